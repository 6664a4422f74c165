"""What a reseller may say and press around a list of sales, beside the ways that the transcripts go."""

import re
import sqlite3

import pytest

from bot.dialogue.flows.batches.intake import CHECKED_IN_A_MOMENT
from bot.dialogue.flows.batches.lines import MAX_LINES
from bot.dialogue.tasks import MAX_FETCHED_BYTES, BatchChecked, Fetch, TableRead
from bot.domain.inbound import Document, Tap
from bot.domain.outbound import Choice
from bot.domain.outcome import Delivered, ProviderDetails
from tests.narrow_world import NarrowTown
from tests.running import text_of
from tests.trade_world import ADMIN, CLIENT, CUSTOMER, RESELLER, Town

A, B, C = "14700000101", "14700000102", "14700000103"
LIST = f"{A};1000;Une\n{B};2000;Deux"


@pytest.fixture
def town() -> Town:
    world = Town()
    reseller(world)
    world.fund(100_000)
    return world


def reseller(town: Town, pin_above_xof: int = 0) -> None:
    town.fund(0)
    town.store.connection.execute(
        "INSERT INTO reseller VALUES (?, 'Chez Awa', '{}', NULL, NULL, ?, 0, 0, 0)", (str(RESELLER), pin_above_xof)
    )


def last(town: Town) -> str:
    return re.sub(r"</?b>", "", town.last().text).replace("\u00a0", " ")


def read(town: Town, key: str) -> bool:
    """Whether the last message says it."""
    return text_of(key) in town.last().text


def batch(town: Town) -> sqlite3.Row:
    """The row of the newest list."""
    return town.store.rows("SELECT * FROM batch ORDER BY made_at DESC, rowid DESC LIMIT 1")[0]


def many(town: Town, table: str) -> int:
    return int(town.store.one(f"SELECT count(*) FROM {table}"))


def button(town: Town, act: str) -> str:
    """The newest button of an act."""
    return next(
        choice.data
        for shown in reversed(town.screen)
        for row in shown.outbound.rows
        for choice in row
        if isinstance(choice, Choice) and f".{act}." in choice.data
    )


def press(town: Town, data: str) -> None:
    town.hear(RESELLER, Tap(data), "1")


def known(town: Town) -> None:
    """Somebody who has sold for these meters before."""
    for meter, holder in ((A, "Maison 101"), (B, "Maison 102")):
        town.store.connection.execute(
            "INSERT INTO meter (customer, service, reference, holder, nickname, saved_at)"
            " VALUES (?, 'woyofal', ?, ?, ?, 0)",
            (str(RESELLER), meter, holder, meter),
        )


# Sending a list.


def test_the_menus_button_and_a_word_explain_how(town: Town) -> None:
    press(town, "~.batch.")
    assert read(town, "batch.how")
    for typed in ("lot", "/batch"):
        town.say("menu")
        town.say(typed)
        assert read(town, "batch.how")


def test_a_list_after_the_command(town: Town) -> None:
    town.say(f"/batch {A};1000;Une")
    assert "1 ligne à acheter sur 1" in last(town)
    town.say(f"/batch@TaalBot\n{LIST}")
    assert "2 lignes à acheter sur 2" in last(town)
    town.say("/batch bonjour")
    assert read(town, "batch.none_good")


@pytest.mark.parametrize("state", ["quote", "amount", "reference"])
def test_a_list_is_understood_wherever_no_text_of_several_lines_is_awaited(town: Town, state: str) -> None:
    town.say({"quote": f"w {A} 1000", "amount": f"w {A}", "reference": "woyofal"}[state])
    town.say(LIST)
    assert "2 lignes à acheter sur 2" in last(town)


def test_a_nickname_of_several_lines_is_no_list(town: Town) -> None:
    town.say(f"w {A} 1000")
    town.say("oui")
    town.pay_all()
    town.tap("➕")
    town.say(LIST)
    assert many(town, "batch") == 0


def test_long_lists_are_read_and_longer_ones_are_not(town: Town) -> None:
    town.fund(10_000_000)
    lines = "\n".join(f"{14_700_000_100 + at};1000;Client {at}" for at in range(100))
    assert 2_000 < len(lines) < 4_096
    town.say(lines)
    assert "100 lignes à acheter sur 100" in last(town)
    town.say("\n".join(f"{14_700_000_100 + at};1000;Client {at}" for at in range(300)))
    assert read(town, "unclear.long")


def test_one_line_is_an_ordinary_sale(town: Town) -> None:
    town.say(f"{A} 1000")
    assert "Vérifiez avant de payer" in last(town)
    town.say(f"{A}\n1000")
    assert many(town, "batch") == 0


def test_a_list_of_too_many_lines_or_of_none(town: Town) -> None:
    town.send("big.xlsx", tuple((str(14_700_000_000 + at), "1000") for at in range(MAX_LINES + 1)))
    assert read(town, "batch.too_many")
    town.send("empty.xlsx", ((), ("",)))
    assert read(town, "batch.empty")
    assert many(town, "batch") == 0


def test_a_list_whose_meters_are_all_known_is_checked_at_once(town: Town) -> None:
    known(town)
    before = len(town.screen)
    town.say(LIST)
    assert len(town.screen) == before + 1
    assert "2 lignes à acheter sur 2" in last(town)
    assert batch(town)["state"] == "ready"


def test_a_client_of_the_book_keeps_their_name(town: Town) -> None:
    town.say(f"/addclient Fatou Sy; {A}")
    town.say(LIST)
    town.say("oui")
    rows = town.store.rows("SELECT client, client_id FROM orders ORDER BY line")
    assert [(row["client"], row["client_id"] is not None) for row in rows] == [("Fatou Sy", True), ("Deux", False)]


def test_a_file_that_cannot_be_read(town: Town) -> None:
    for problem in ("gone", "too_large", "not_a_table", "too_many_rows", "encrypted", "too_heavy", "busy"):
        town.tasks = {}
        town.hear(RESELLER, Document("ref", "lost.csv"))
        town.hear(RESELLER, TableRead(problem=problem))
        assert read(town, f"file.{problem}")


@pytest.fixture
def fetched(town: Town) -> list[str]:
    """The names of the files that anybody would have fetched."""
    names: list[str] = []

    def fetch(task: Fetch) -> None:
        names.append(task.name)

    town.tasks[Fetch] = fetch
    return names


def test_a_file_that_is_known_to_be_too_large_is_not_fetched(town: Town, fetched: list[str]) -> None:
    town.hear(RESELLER, Document("ref", "huge.csv", size_bytes=MAX_FETCHED_BYTES + 1))
    assert read(town, "file.too_large")
    town.hear(RESELLER, Document("ref", "large.csv", size_bytes=MAX_FETCHED_BYTES))
    assert fetched == ["large.csv"]


def test_whoever_may_not_sell_sends_files_in_vain(town: Town, fetched: list[str]) -> None:
    for stranger in (CUSTOMER, ADMIN):
        town.hear(stranger, Document("ref", "list.csv"))
        assert text_of("unreadable.photo") in town.last(stranger).text
    town.store.connection.execute("INSERT INTO frozen VALUES (?, 0)", (str(RESELLER),))
    town.hear(RESELLER, Document("ref", "list.csv"))
    assert read(town, "blocked.frozen")
    assert fetched == []


def test_only_the_list_itself_tells_its_progress(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is said beside it keeps its own place."""
    monkeypatch.setattr(town, "_batches", lambda: False)
    town.say(LIST)
    heard = len(town.screen)
    town.say("/link")
    beside, shown = town.screen[heard:]
    assert beside.outbound.batch_id is None
    assert shown.outbound.batch_id == batch(town)["id"]


def test_a_file_that_comes_beside_something_else_leaves_it_alone(town: Town) -> None:
    town.say(f"w {C} 1000")
    town.hear(RESELLER, TableRead(((A, "1000"), (B, "2000"))))
    # The quote stands, and the list waits.
    town.say("oui")
    assert many(town, "orders") == 1
    assert any(text_of("batch.is_checked").split("{")[0] in shown.outbound.text for shown in town.screen)
    town.tap("📋 Voir la liste")
    assert "2 lignes à acheter sur 2" in last(town)


def test_a_problem_that_comes_beside_something_else(town: Town) -> None:
    town.say(f"w {C} 1000")
    town.hear(RESELLER, TableRead(problem="gone"))
    town.say("oui")
    assert many(town, "orders") == 1


def test_a_reader_of_files_whose_clock_was_set_back(town: Town) -> None:
    town.hear(RESELLER, Document("ref", "lost.csv"))
    town.now -= 1
    town.say("menu")
    town.hear(RESELLER, Document("ref", "lost.csv"))
    town.now -= 60_000
    town.say("et alors ?")
    assert read(town, "file.lost")


# Where it is.


def test_a_check_that_is_under_way_is_told(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(town, "_batches", lambda: False)
    town.say(LIST)
    town.say("oui")
    assert "0 sur 2" in last(town)
    press(town, f"-.batch.{batch(town)['id']}")
    assert "0 sur 2" in last(town)
    # An event that comes too early says nothing.
    before = len(town.screen)
    town.hear(RESELLER, BatchChecked(str(batch(town)["id"])))
    assert len(town.screen) == before
    town.say("laisser la liste")
    assert read(town, "batch.dropped")
    assert batch(town)["state"] == "dropped"


def test_a_confirm_of_bills_that_are_long_known_pays_nothing(town: Town) -> None:
    town.say("senelec 210278816\nseneau 450123")
    confirm = button(town, "do")
    town.store.connection.execute("UPDATE batch SET made_at = made_at - 3700000")
    press(town, confirm)
    assert read(town, "batch.bills_old")
    assert many(town, "orders") == 0
    assert batch(town)["state"] == "dropped"


def test_bills_in_one_line_are_a_list_and_one_bill_is_none(town: Town) -> None:
    town.say("senelec 210278816, seneau 450123")
    assert "2 lignes à acheter sur 2" in last(town)
    town.say("annuler")
    town.say("payer senelec 210278816, merci")
    assert "Vérifiez avant de payer" in last(town)
    town.say("menu")
    town.say("merci, senelec 210278816")
    assert many(town, "batch") == 1


def test_nothing_of_a_list_is_bought_while_one_of_its_services_rests(town: Town) -> None:
    town.say(f"{A};1000;Une\nsenelec 210278816")
    confirm = button(town, "do")
    town.under(maintenance={"senelec": ""})
    press(town, confirm)
    assert many(town, "orders") == 0


def test_where_no_message_takes_anothers_place_only_a_long_check_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    town = NarrowTown()
    reseller(town)
    town.fund(100_000)
    monkeypatch.setattr(town, "_batches", lambda: False)
    before = len(town.screen)
    town.say(LIST)
    assert len(town.screen) == before
    town.say("alors ?")
    assert "0 sur 2" in last(town)
    town.say("\n".join(f"147000002{at:02};1000" for at in range(CHECKED_IN_A_MOMENT + 1)))
    assert f"0 sur {CHECKED_IN_A_MOMENT + 1}" in last(town)


def test_a_check_is_told_beside_what_was_begun_meanwhile(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as held:
        held.setattr(town, "_batches", lambda: False)
        town.say(LIST)
        town.say(f"w {C} 1000")
    town.sweep()
    assert any("Vérifiez avant" in shown.outbound.text for shown in town.screen)
    town.say("oui")
    assert many(town, "orders") == 1
    assert batch(town)["state"] == "ready"


def test_the_check_of_a_batch_that_is_none_or_was_told(town: Town) -> None:
    town.say(LIST)
    before = len(town.screen)
    town.hear(RESELLER, BatchChecked("nothing"))
    town.hear(RESELLER, BatchChecked(str(batch(town)["id"])))
    assert len(town.screen) == before


def test_a_batch_that_was_dropped_can_be_looked_at_and_not_bought(town: Town) -> None:
    town.say(LIST)
    first, confirm = str(batch(town)["id"]), button(town, "do")
    town.say(f"{A};3000")
    town.say(LIST)
    press(town, confirm)
    assert many(town, "orders") == 0
    press(town, f"-.batch.{first}")
    assert "a été laissée" in last(town)
    press(town, f"~.batchdrop.{first}")
    assert "a été laissée" in last(town)


def test_a_batch_of_another_reseller_does_not_exist(town: Town) -> None:
    """Neither where it is, nor its lines, nor its file; and nobody else stops or drops it."""
    town.say(LIST)
    town.say("oui")
    town.store.connection.execute("UPDATE batch SET customer = 'other'")
    theirs = batch(town)["id"]
    for act in ("batch", "batchstop", "batchfile"):
        press(town, f"-.{act}.{theirs}")
        assert read(town, "batch.none"), act
    press(town, f"~.batchdrop.{theirs}")
    assert not read(town, "batch.dropped")
    town.say("1")
    assert "Une" not in last(town)
    row = batch(town)
    assert (row["state"], row["stopped_at"]) == ("running", None)


@pytest.mark.parametrize("act", ["batch", "batchstop", "batchfile"])
def test_buttons_of_a_batch_that_is_not_theirs(town: Town, act: str) -> None:
    press(town, f"-.{act}.NOTHING")
    assert read(town, "batch.none")
    if act != "batch":
        press(town, f"-.{act}.")
        assert read(town, "batch.none")
    town.hear(CLIENT, Tap(f"-.{act}.NOTHING"), "1")
    assert text_of("step_over") in town.last(CLIENT).text


def test_dropping_nothing_leads_to_the_menu(town: Town) -> None:
    press(town, "~.batchdrop.")
    assert read(town, "menu.title")


# Buying.


def test_a_confirm_of_another_price_asks_again(town: Town) -> None:
    town.say(LIST)
    town.store.connection.execute("INSERT INTO rule VALUES ('fee:woyofal', '2%, min 100')")
    town.say("oui")
    assert read(town, "batch.price_changed")
    assert many(town, "orders") == 0
    town.say("oui")
    assert many(town, "orders") == 2


def test_money_that_went_away_before_the_confirm(town: Town) -> None:
    town.say(LIST)
    confirm = button(town, "do")
    town.fund(-99_000)
    press(town, confirm)
    assert "il manque" in last(town)
    assert many(town, "orders") == 0


def test_a_confirm_of_a_batch_that_went_away(town: Town) -> None:
    town.say(LIST)
    town.store.connection.execute("DELETE FROM batch")
    town.say("oui")
    assert read(town, "batch.none")


def test_two_confirms_are_one(town: Town) -> None:
    town.say(LIST)
    confirm = button(town, "do")
    press(town, confirm)
    press(town, confirm)
    assert many(town, "orders") == 2
    # Another chat of the same account confirmed meanwhile; here the question still stands.
    town.say(f"{C};1000\n{A};2000")
    confirm = button(town, "do")
    town.store.connection.execute("UPDATE batch SET state = 'running' WHERE id = ?", (batch(town)["id"],))
    press(town, confirm)
    assert any(text_of("batch.before") in shown.outbound.text for shown in town.screen)
    assert many(town, "orders") == 2


@pytest.mark.parametrize(
    ("close", "open_again", "key"),
    [
        (
            "INSERT INTO rule VALUES ('maintenance:woyofal', '')",
            "DELETE FROM rule",
            "blocked.maintenance_money",
        ),
        (
            f"INSERT INTO frozen (customer, at) VALUES ('{RESELLER}', 0)",
            "DELETE FROM frozen",
            "blocked.frozen",
        ),
    ],
)
def test_nothing_is_bought_while_it_may_not(town: Town, close: str, open_again: str, key: str) -> None:
    town.say(LIST)
    town.store.connection.execute(close)
    town.say("oui")
    assert read(town, key)
    assert many(town, "orders") == 0
    press(town, f"-.batch.{batch(town)['id']}")
    assert read(town, key)
    town.store.connection.execute(open_again)
    press(town, f"-.batch.{batch(town)['id']}")
    town.say("oui")
    assert many(town, "orders") == 2


def test_many_faults_and_many_twins_are_cut_short(town: Town) -> None:
    town.fund(1_000_000)
    lines = [f"{14_700_000_100 + at};1000" for at in range(12)]
    town.say("\n".join(lines))
    town.say("oui")
    town.now += 1_000
    town.say("\n".join([*lines, *(f"{14_700_000_300 + at};10" for at in range(12))]))
    assert "lignes 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 …" in last(town)
    assert "… et 2 autres, dans le fichier" in last(town)


def test_many_lines_that_were_not_bought_are_cut_short(town: Town) -> None:
    town.fund(1_000_000)
    town.say("\n".join(f"14700000{at % 10}13;{1_000 + at}" for at in range(12)))
    town.say("oui")
    town.now += 5_000
    town.pay_all()
    assert "12 non achetées" in last(town)
    assert "… et 2 autres, dans le fichier" in last(town)


# Stopping, and looking at lines.


def test_stop_when_everything_was_sent(town: Town) -> None:
    town.say(LIST)
    town.say("oui")
    town.now += 1_000
    town.sweep()
    town.say("arrêter")
    assert any(text_of("batch.stopped_late") in shown.outbound.text for shown in town.screen)
    before = many(town, "journal")
    press(town, button(town, "batchstop"))
    assert many(town, "journal") == before


def test_stop_in_the_middle_of_a_sale_stops_the_batch(town: Town) -> None:
    town.say(LIST)
    town.say("oui")
    town.say(f"w {C} 1000")
    town.say("stop")
    assert [row["state"] for row in town.store.rows("SELECT state FROM orders ORDER BY line")] == [
        "sending",
        "cancelled",
    ]
    # The quote still stands.
    town.say("oui")
    assert many(town, "orders") == 3


def test_stop_where_nothing_runs_means_what_it_always_does(town: Town) -> None:
    town.say("stop")
    assert not read(town, "batch.none")
    town.say(f"w {C} 1000")
    town.say("stop")
    assert read(town, "cancel.done")


def test_cancel_does_not_offer_to_call_a_line_back(town: Town) -> None:
    town.say(LIST)
    town.say("oui")
    town.say("menu")
    town.say("annuler")
    assert read(town, "cancel.nothing")


def test_a_line_is_shown_by_its_number(town: Town) -> None:
    town.say(f"{A};1000;Une\n{B};10;Deux")
    for typed, expected in (
        ("1", "Titulaire : Maison 101"),
        ("ligne 2", "montant sous le minimum"),
        ("line 1", "Pas encore acheté"),
        ("3", "Cette liste a 2 lignes"),
        ("0", "Cette liste a 2 lignes"),
    ):
        town.say(typed)
        assert expected in last(town), typed
    town.say("oui")
    town.say("1")
    assert "Commande :" in last(town)
    assert "en cours d’envoi" in last(town) or "État" in last(town)
    town.outcome(Delivered(("11112222333344445555",), ProviderDetails("T")), "pay")
    town.say("1")
    assert "1111 2222 3333 4444 5555" in last(town)
    assert town.last().rows == ()
    # A larger figure is what it always is.
    town.say("5000")
    assert read(town, "reference.ask.woyofal")


def test_a_number_typed_after_the_list_went_away(town: Town) -> None:
    town.say(LIST)
    town.store.connection.execute("DELETE FROM batch")
    town.say("1")
    assert read(town, "batch.none")
    assert read(town, "menu.title")


def test_who_is_no_reseller_any_more_reads_no_codes(town: Town) -> None:
    town.say(LIST)
    town.say("oui")
    town.outcome(Delivered(("11112222333344445555",), ProviderDetails("T")), "pay")
    town.store.connection.execute("DELETE FROM reseller")
    town.say("1")
    assert "1111 2222" not in last(town)
    town.say("oui")
    town.say(LIST)
    assert many(town, "batch") == 1


def test_a_client_who_agreed_gets_their_code_at_once(town: Town) -> None:
    town.say(f"/addclient Fatou Sy; {A}")
    town.fund(0, CLIENT)
    client_id = town.store.one("SELECT id FROM client")
    town.store.connection.execute(
        "INSERT INTO consent (client_id, address, agreed_at) VALUES (?, ?, 0)", (client_id, str(CLIENT))
    )
    town.say(LIST)
    town.say("oui")
    before = len([shown for shown in town.screen if shown.address == CLIENT])
    town.outcome(Delivered(("11112222333344445555",), ProviderDetails("T")), "pay")
    messages = [shown.outbound.text for shown in town.screen if shown.address == CLIENT]
    assert len(messages) == before + 1
    assert "1111 2222 3333 4444 5555" in messages[-1]
    # The reseller reads of it in the summary, not line by line.
    assert "1111" not in last(town)


def test_two_accounts_that_are_joined_share_their_lists(town: Town) -> None:
    town.say(LIST)
    town.store.connection.execute("UPDATE batch SET customer = 'other'")
    town.store.run(_joined, "other", str(RESELLER))
    town.say("oui")
    assert many(town, "orders") == 2


def _joined(customer: str, into: str):
    yield "batches_join", {"customer": customer, "into": into}


# The PIN.


def test_the_pin_is_asked_before_a_batch(town: Town) -> None:
    from bot.domain.pin import Pin
    from tests.trade_world import _cheap_hash

    town.store.connection.execute("UPDATE reseller SET pin_hash = ?", (_cheap_hash(Pin("1234")),))
    town.say(LIST)
    town.say("oui")
    assert many(town, "orders") == 0
    town.say("retour")
    assert "2 lignes à acheter sur 2" in last(town)
    town.say("oui")
    town.say("1234")
    assert many(town, "orders") == 2
    assert "achats en cours" in last(town)


def test_what_was_bought_elsewhere_while_the_pin_was_typed_is_not_bought_again(town: Town) -> None:
    from bot.domain.pin import Pin
    from tests.trade_world import _cheap_hash

    town.store.connection.execute("UPDATE reseller SET pin_hash = ?", (_cheap_hash(Pin("1234")),))
    town.say(LIST)
    town.say("oui")
    town.say("1234")
    # Hidden while the next list is confirmed, as if another chat of the account bought it a moment later.
    town.store.connection.execute("UPDATE orders SET customer = 'other'")
    town.say(LIST)
    town.say("oui")
    town.store.connection.execute("UPDATE orders SET customer = ?", (str(RESELLER),))
    town.say("1234")
    assert many(town, "orders") == 2
    press(town, button(town, "twice"))
    town.say("1234")
    assert many(town, "orders") == 4
