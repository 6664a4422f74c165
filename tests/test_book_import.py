"""A client book from a file beyond its transcripts: what finds no room, what came too late, and whose it is."""

from collections.abc import Iterator

import pytest

from bot.dialogue.flows.clients.import_rows import MAX_ROWS, Plan, plan
from bot.dialogue.tasks import MAX_FETCHED_BYTES, BookRead, TableRead
from bot.domain.inbound import Document, Tap
from bot.domain.outbound import Choice
from bot.repositories import book_imports, clients
from bot.repositories.book_imports import BookRow
from bot.repositories.clients import Client, ClientMeter
from tests.dialogue_world import buttons
from tests.test_trade_transcripts import happen
from tests.trade_world import CUSTOMER, PEOPLE, RESELLER, Town


@pytest.fixture
def town() -> Iterator[Town]:
    made = Town()
    happen(made, "reseller Chez Modou")
    made.fund(100_000)
    yield made
    made.store.close()


def text(town: Town) -> str:
    return town.last(RESELLER).text.replace("\u00a0", " ")


def names(town: Town) -> list[str]:
    return [client.name for client in town.store.run(book_imports.whole_book, str(RESELLER))]


def meter(number: int) -> str:
    return f"147{number:08}"


def row(number: int, name: str = "", reference: str = "", phone: str = "") -> BookRow:
    return BookRow(number, name or f"Client {number}", "", phone, "woyofal" if reference else None, reference)


BOOK = (
    Client(1, "Awa", "", "771234567", (ClientMeter(1, "woyofal", meter(1)),)),
    Client(2, "Bocar"),
    Client(3, "Bocar"),
)


def of(*rows: BookRow, clients: int = 10, meters: int = 3) -> Plan:
    return plan(BOOK, rows, clients, meters)


def test_a_meter_or_a_name_of_the_book_is_its_client() -> None:
    planned = of(
        row(1, "Awa Diop", meter(1), "700000000"), row(2, "bocar", meter(2)), row(3, "Bocar", meter(3), "781112233")
    )
    assert (planned.new, planned.completed, planned.unchanged) == (0, 1, 1)
    (_, bocar) = planned.added
    assert bocar.client == BOOK[1]
    assert ([one.reference for one in bocar.meters], bocar.phone) == ([meter(2), meter(3)], "781112233")


def test_a_file_that_says_somebody_twice_makes_them_once() -> None:
    planned = of(row(1, "Ndeye", meter(4)), row(2, "NDEYE", meter(5)), row(3, "Other", meter(4), "7"), row(4, "ndeye"))
    assert (planned.new, planned.refused) == (1, ())
    assert [one.reference for one in planned.added[0].meters] == [meter(4), meter(5)]


def test_what_finds_no_room_is_refused_by_its_line() -> None:
    planned = of(row(1), row(2), row(3, "Awa", meter(6)), clients=4)
    assert [(one.number, one.why) for one in planned.refused] == [(2, "book_full")]
    planned = of(
        row(1, "Awa", meter(7)), row(2, "Awa", meter(8)), row(3, "New", meter(9)), row(4, "New", meter(9)), meters=2
    )
    assert [(one.number, one.why) for one in planned.refused] == [(2, "meters_full")]


def test_no_more_rows_than_the_limit_are_taken(town: Town) -> None:
    town.say("importer")
    rows = tuple((f"Client N{at}", meter(at)) for at in range(MAX_ROWS + 12))
    town.send("clients.csv", rows)
    assert f"✅ {MAX_ROWS} nouveaux clients" in text(town)
    assert "⚠️ 12 lignes refusées" in text(town)
    assert "… et 2 de plus" in text(town)
    town.tap("✅ Enregistrer")
    assert len(names(town)) == MAX_ROWS
    assert town.store.run(clients.search, str(RESELLER), meter(7), 5).clients[0].name == "Client N7"


def test_a_confirm_takes_what_waits_once_and_into_the_book_as_it_is(town: Town) -> None:
    town.say("importer")
    town.send("clients.csv", (("Awa", meter(1)), ("Bocar", meter(2))))
    (first,) = (
        b for row in town.last(RESELLER).rows for b in row if isinstance(b, Choice) and "Enregistrer" in b.label
    )
    town.say("/addclient Moussa; " + meter(1))
    assert names(town) == ["Moussa"]
    # Another thing ends the question: its Confirm is out of date.
    town.hear(RESELLER, Tap(first.data))
    assert names(town) == ["Moussa"]
    town.say("importer")
    town.send("clients.csv", (("Awa", meter(1)), ("Bocar", meter(2))))
    town.store.connection.execute(
        "INSERT INTO client_meter VALUES (99, 1, ?, 'woyofal', ?, '')", (str(RESELLER), meter(2))
    )
    town.say("bof")
    assert "Rien à ajouter" in text(town)
    town.say("importer")
    town.send("clients.csv", (("Ibra", meter(3)),))
    town.store.connection.execute("DELETE FROM book_import")
    town.say("oui")
    assert "déjà traité" in text(town)
    assert names(town) == ["Moussa"]


def test_a_file_that_is_lost_or_too_large_or_unreadable_is_sent_again(town: Town) -> None:
    town.say("importer")
    town.send("lost.csv", ())
    town.say("alors ?")
    assert "Je lis encore" in text(town)
    town.now += 61_000
    town.say("alors ?")
    assert "perdu votre fichier" in text(town)
    town.hear(RESELLER, Document("f", "clients.csv", size_bytes=MAX_FETCHED_BYTES + 1))
    assert "trop gros" in text(town)
    for problem, told in (
        ("too_many_rows", "500 clients au plus"),
        ("busy", "Je lis déjà"),
        ("odd", "Je ne sais pas lire"),
    ):
        town.send("lost.csv", ())
        town.hear(RESELLER, BookRead(problem=problem))
        assert told in text(town)
    # Whoever is elsewhere meanwhile hears nothing of it, and a list that is read late is no book.
    town.say("menu")
    shown = len(town.screen)
    town.hear(RESELLER, BookRead((("Awa", meter(1)),)))
    assert len(town.screen) == shown
    town.say("importer")
    town.send("lost.csv", ())
    town.hear(RESELLER, TableRead(problem="gone"))
    town.say("alors ?")
    assert "Je lis encore" in text(town)
    assert names(town) == []


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        (("Awa", "1.41235E+10"), "numéro illisible"),
        (("Awa", "14700000001", "147000000012"), "numéro illisible"),
        (("Awa", "123456"), "de quel service"),
        (("-Awa", "14700000001"), "pas de nom"),
        (("@Awa",), "pas de nom"),
        (("14700000001",), "pas de nom"),
    ],
)
def test_a_row_that_can_be_read_in_two_ways_is_refused(town: Town, cells: tuple[str, ...], why: str) -> None:
    town.say("importer")
    town.send("clients.csv", (cells,))
    assert why in text(town)
    assert "Rien à ajouter" in text(town)


def test_a_name_alone_is_a_client_and_one_with_a_telephone_number_too(town: Town) -> None:
    town.say("importer")
    town.send("clients.csv", (("Awa Ba",), ("Boutique 2", "77 123 45 67")))
    town.say("oui")
    book = town.store.run(book_imports.whole_book, str(RESELLER))
    assert [(one.name, one.phone, one.meters) for one in book] == [("Awa Ba", "", ()), ("Boutique 2", "771234567", ())]


def test_titles_may_stand_under_a_heading_and_control_characters_do_no_harm(town: Town) -> None:
    town.say("importer")
    rows = (("Mes clients",), ("Nom", "Compteur"), ("A\x07wa\u202e", "1.41235E+10"), ("\x00I\x1bbra", meter(2)))
    town.send("clients.csv", rows)
    assert "numéro illisible" in text(town)
    town.tap("✅ Enregistrer")
    assert names(town) == ["I bra"]


def test_only_a_reseller_imports_and_only_into_their_own_book(town: Town) -> None:
    for who in (CUSTOMER, PEOPLE["admin"]):
        town.say("/importclients", who)
        town.say("importer", who)
        town.send("clients.csv", (("Awa", meter(1)),), who)
        assert not any("Enregistrer" in label for label in buttons(town.last(who)))
    assert town.store.one("SELECT count(*) FROM book_import") == 0
    town.say("importer")
    town.send("clients.csv", (("Awa", meter(1)),))
    import_id = str(town.store.one("SELECT id FROM book_import"))
    assert town.store.run(book_imports.waiting, str(CUSTOMER), import_id) == ()
