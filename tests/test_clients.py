"""Resellers’ clients and sales beyond the transcripts: whose book it is, limits, races, consent, ways that are lost."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from msgspec.structs import replace

from bot.dialogue import Person, Session
from bot.dialogue.context import Context
from bot.dialogue.flow import QuoteTerms
from bot.dialogue.flows import REGISTRY
from bot.dialogue.flows.clients.book import grouped_phone, search_text
from bot.dialogue.flows.clients.entry import MAX_CLIENTS, MAX_METERS
from bot.dialogue.flows.clients.parsing import ClientName, clean_name, parse_number, parse_phone
from bot.dialogue.flows.sales.requests import SaleRequest, parse_sale
from bot.domain.catalog import Catalog
from bot.domain.inbound import Tap
from bot.domain.inquiry import Inquiry
from bot.domain.order import Order
from bot.domain.outcome import Delivered, ProviderDetails
from bot.domain.people import Address
from bot.errors import StoreConflict
from bot.notices.order_news import direct_notice, notice
from bot.notices.sales import SaleParties, for_client, masked
from bot.repositories import clients, consents
from bot.repositories.clients import Client
from bot.repositories.consents import AgreedShop, Consent
from bot.repositories.links import MAX_ALL_WRONG
from bot.repositories.money import Balance
from bot.repositories.people import Terms
from bot.repositories.sales import spent_since_xof
from bot.shop import ShopSettings
from bot.store import Script
from bot.transactions import orders
from bot.transactions.selling import commission_xof
from tests.dialogue_world import START, WORDS
from tests.running import text_of
from tests.sync_store import Killed
from tests.test_trade_transcripts import happen
from tests.trade_world import CLIENT, CUSTOMER, RESELLER, Town
from tests.units import a_unit

CODE = "12345678901234567890"
GROUPED = "1234 5678 9012 3456 7890"
METER = "14123456789"
ELSEWHERE = Address("whatsapp", "221770001122")
X = Person("telegram:1", ("A", "B"), START)
SHOP = ShopSettings(words=WORDS)


@pytest.fixture
def town() -> Iterator[Town]:
    made = Town()
    happen(made, "reseller Chez Modou")
    made.fund(100_000)
    yield made
    made.store.close()


def last_text(town: Town, address: Address = RESELLER) -> str:
    return town.last(address).text.replace("\u00a0", " ")


def in_book(town: Town, text: str = "", address: Address = RESELLER) -> tuple[Client, ...]:
    return town.store.run(clients.search, str(address), text, 6).clients


def names_in_book(town: Town, text: str, address: Address = RESELLER) -> list[str]:
    return [client.name for client in in_book(town, text, address)]


def forget(town: Town, client: Client) -> None:
    town.store.run(clients.delete, str(RESELLER), client.id, town.now)


def invite(town: Town, client: Client) -> None:
    """The reseller's code for a client, as it could have been made."""
    town.store.run(consents.invite, str(RESELLER), client.id, "A3CDEF", RESELLER, town.now, town.now + 1_000_000)


def agreed(town: Town) -> None:
    """Awa is a client, and her codes go to her own chat."""
    town.say(f"/addclient Awa Diop; {METER}")
    town.say("awa")
    town.tap("📲")
    town.say(invited(town), CLIENT)
    town.say("oui", CLIENT)


def invited(town: Town) -> str:
    return str(town.store.one("SELECT code FROM invitation ORDER BY id DESC LIMIT 1"))


def sold(town: Town, line: str = "awa 5000", token: str = CODE) -> None:
    town.say(line)
    town.tap("✅ Vendre")
    town.outcome(Delivered((token,), ProviderDetails("T1")))


# What is typed.


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("fatou 5000", SaleRequest("fatou", 5_000)),
        ("Fatou Ndiaye 5 000", SaleRequest("Fatou Ndiaye", 5_000)),
        ("fatou 5k svp", SaleRequest("fatou", 5_000)),
        ("awa 2 5000", SaleRequest("awa 2", 5_000)),
        ("5 000 F fatou", SaleRequest("fatou", 5_000)),
        ("fatou senelec", SaleRequest("fatou", None, "senelec")),
        ("fatou sen eau", SaleRequest("fatou", None, "seneau")),
        ("fatou woyofal 5000", SaleRequest("fatou", 5_000, "woyofal")),
        ("fatou 5000 woyofal", SaleRequest("fatou", 5_000, "woyofal")),
        ("Fatou S", SaleRequest("Fatou S")),
        ("fatou", SaleRequest("fatou")),
        ("5000", None),
        ("5k", None),
        ("14 123 456 789 5000", None),
        ("compteur 14123456789", SaleRequest("compteur 14123456789")),
        ("x", None),
        ("svp", None),
        ("…", None),
        ("senelec", SaleRequest("senelec")),
    ],
)
def test_a_line_names_a_client_and_what_is_bought_for_them(line: str, meant: SaleRequest | None) -> None:
    assert parse_sale(Catalog(), line) == meant


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Fatou Ndiaye", ClientName("Fatou Ndiaye")),
        ("fatou n'diaye (tata)", ClientName("Fatou N'Diaye", "Tata")),
        ("  Fatou\n  Sall ", ClientName("Fatou Sall")),
        ("Ets (", ClientName("Ets (")),
        ("77 123", None),
        ("", None),
        ("A|B", None),
        ("a" * 41, None),
        ("Awa (" + "b" * 41 + ")", None),
    ],
)
def test_names(text: str, named: ClientName | None) -> None:
    assert clean_name(text) == named


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("77 123 45 67", "771234567"),
        ("+221 77-123-45-67", "771234567"),
        ("00221771234567", "771234567"),
        ("+33 6 12 34 56 78", "33612345678"),
        ("123", None),
        ("77 123 45 6x", None),
        ("1" * 16, None),
        ("٣" * 9, None),
    ],
)
def test_phones(text: str, digits: str | None) -> None:
    assert parse_phone(text) == digits


def test_phones_are_written_as_people_read_them() -> None:
    assert (grouped_phone("771234567"), grouped_phone("33612345678")) == ("77 123 45 67", "+33612345678")


def test_a_number_tells_its_service_or_leaves_it_open() -> None:
    here = Context(Session(), X, SHOP, a_unit(X, SHOP), REGISTRY)
    assert parse_number(here, "14 123 456 789") == ("woyofal", METER)
    assert parse_number(here, "seneau 450123") == ("seneau", "450123")
    assert parse_number(here, "450123") == (None, "450123")
    assert parse_number(here, "seneau") is None


def test_figures_that_stand_apart_are_sought_as_one_number() -> None:
    assert (search_text("77 123"), search_text("Né  Fatou!"), search_text("é" * 90)) == ("77123", "ne fatou", "e" * 36)


# The book.


def test_everybody_is_found_by_any_part_and_in_any_order(town: Town) -> None:
    for line in ("Fatou Ndiaye (Tata); 14700000001; 771234567", "Moussa Sow; senelec 210278816", "Aïda Fall"):
        town.say(f"/addclient {line}")
    for text in ("fatou", "diaye", "ndiaye fatou", "tata", "1234", "700000001"):
        assert names_in_book(town, text) == ["Fatou Ndiaye"], text
    assert names_in_book(town, "aida") == ["Aïda Fall"]
    assert names_in_book(town, "sow 2102") == ["Moussa Sow"]
    assert names_in_book(town, "zz") == []
    assert len(names_in_book(town, "")) == 3


def test_a_book_is_seen_and_changed_by_its_owner_alone(town: Town) -> None:
    town.say(f"/addclient Awa Diop; {METER}; 771234567")
    happen(town, "reseller customer Chez Aida")
    one = in_book(town, "awa")[0]
    run, other = town.store.run, str(CUSTOMER)
    assert run(clients.load, other, one.id) is None
    assert run(clients.with_meter, other, "woyofal", METER) is None
    assert names_in_book(town, "awa", CUSTOMER) == []
    for act in ("client", "sell", "renameclient", "phoneclient", "forgetclient", "invite", "uninvite", "clientmeters"):
        town.hear(CUSTOMER, tap(f"~.{act}.{one.id}"))
        assert "plus dans votre carnet" in last_text(town, CUSTOMER), act
    run(clients.delete, other, one.id, town.now)
    run(clients.delete_meter, other, one.meters[0].id)
    run(clients.set_holder, other, one.meters[0].id, "X")
    writes: tuple[tuple[Callable[..., Script[None]], tuple[Any, ...]], ...] = (
        (clients.rename, ("X", "")),
        (clients.set_phone, ("",)),
        (clients.add_meter, ("woyofal", "14700000001", "")),
        (consents.invite, ("A3CDEF", CUSTOMER, town.now, town.now + 1)),
        (consents.end, (town.now,)),
    )
    for write, arguments in writes:
        with pytest.raises(StoreConflict):
            run(write, other, one.id, *arguments)
    assert run(clients.load, str(RESELLER), one.id) == one
    # The same meter may be in both books.
    town.say(f"/addclient Mme Diop; {METER}", CUSTOMER)
    assert names_in_book(town, "diop", CUSTOMER) == ["Mme Diop"]
    assert names_in_book(town, "diop") == ["Awa Diop"]


def test_a_consent_is_read_by_the_one_whose_client_gave_it(town: Town) -> None:
    agreed(town)
    one = in_book(town, "awa")[0]
    assert town.store.run(consents.newest_of, str(CUSTOMER), one.id) is None
    consent = town.store.run(consents.newest_of, str(RESELLER), one.id)
    assert consent is not None
    assert not consent.revoked


def test_a_number_that_nobody_has_is_no_search(town: Town) -> None:
    town.say(f"/addclient Awa Diop; {METER}")
    town.say("/addclient Awa Fall; 14700000001")
    town.say("/clients")
    town.say("hmm")
    assert "pas compris" in last_text(town)
    town.say("/clients")
    town.say("5000")
    assert "Tapez le numéro du compteur" in last_text(town)
    town.say("mes clients")
    town.say("6789")
    assert "👤" in last_text(town)


def test_the_book_is_shown_by_pages(town: Town) -> None:
    for number in range(14):
        town.say(f"/addclient Client {number:02}")
    town.say("/clients")
    assert "14 clients" in last_text(town)
    assert "Client 13" in last_text(town)
    town.tap("Suivants")
    town.tap("Suivants")
    assert "Client 00" in last_text(town)
    assert all("Suivants" not in button.label for row in town.last().rows for button in row)
    town.tap("⬅️ Précédents")
    assert "Client 07" in last_text(town)
    town.say("/clients client 1")
    assert "Client 10" in last_text(town)
    assert "Client 09" not in last_text(town)


def test_a_book_has_an_end(town: Town) -> None:
    town.say("14700000001 1000")
    town.tap("✅ Vendre")
    town.pay_all()
    town.store.connection.executemany(
        "INSERT INTO client (customer, name, nickname, phone, found_by, added_at) VALUES (?, ?, '', '', ?, 1)",
        [(str(RESELLER), f"N{number}", f"n{number}") for number in range(MAX_CLIENTS)],
    )
    for typed in ("/addclient", "/addclient Awa; 14123456789"):
        town.say(typed)
        assert "carnet est plein" in last_text(town)
    town.tap("➕ Garder")
    town.say("Awa")
    assert "carnet est plein" in last_text(town)
    assert town.store.run(clients.count_of, str(RESELLER)) == MAX_CLIENTS


def test_a_client_has_so_many_numbers_at_most(town: Town) -> None:
    for number in range(MAX_METERS):
        town.say(f"/addclient Awa; 147000000{number:02}")
    town.say("/addclient Awa; 14700000050")
    assert f"{MAX_METERS} numéros au plus" in last_text(town)
    assert len(in_book(town, "awa")[0].meters) == MAX_METERS


def test_ways_that_lead_nowhere_any_more_say_so(town: Town) -> None:
    town.say(f"/addclient Awa Diop; {METER}; 771234567")
    one = in_book(town, "awa")[0]
    town.say("awa")
    places = [("Renommer", "Nom"), ("📞", "77 222 33 44"), ("🗑 Oublier", "oui")]
    for label, text in places:
        town.say("awa")
        town.tap(label)
        forget(town, one)
        town.say(text)
        assert "plus dans votre carnet" in last_text(town), label
        town.say(f"/addclient Awa Diop; {METER}; 771234567")
        one = in_book(town, "awa")[0]
    for label, pressed in [("📞", "Plus de"), ("🔢", "🗑 Ôter")]:
        town.say("awa")
        town.tap(label)
        forget(town, one)
        town.tap(pressed)
        assert "plus dans votre carnet" in last_text(town), label
        town.say(f"/addclient Awa Diop; {METER}; 771234567")
        one = in_book(town, "awa")[0]
    town.say("awa")
    shown = town.last()
    town.say("/addclient Awa Diop; senelec 210278816")
    town.say("awa 5000")
    town.say("annuler")
    forget(town, one)
    for row in shown.rows:
        for button in row:
            if button.label.startswith(("💵", "🔢", "Renommer", "📞", "📲", "🗑")):
                town.tap(button.label, gone=True)
                assert "plus dans votre carnet" in last_text(town), button.label
    for act in ("client", "uninvite", "invite", "sell"):
        for argument in ("", "x", "9" * 20, "woyofal:", "mars:1"):
            town.hear(RESELLER, tap(f"~.{act}.{argument}"))
            assert "plus dans votre carnet" in last_text(town)
    for act in ("keepclient", "forward"):
        town.hear(RESELLER, tap(f"~.{act}.NOSUCHORDER1"))
        assert "Que voulez-vous faire" in last_text(town)


def tap(data: str) -> Tap:
    return Tap(data)


def test_a_phone_is_taken_away_again(town: Town) -> None:
    town.say(f"/addclient Awa Diop; {METER}; 771234567")
    assert names_in_book(town, "7712") == ["Awa Diop"]
    town.say("awa")
    town.tap("📞")
    town.tap("Plus de téléphone")
    assert "n’a plus de téléphone" in last_text(town)
    assert names_in_book(town, "7712") == []


def test_a_bad_name_is_asked_again(town: Town) -> None:
    town.say("/addclient")
    town.say("123")
    assert "Ce nom ne va pas" in last_text(town)
    town.say("Awa; 14123456789")
    assert "est dans votre carnet" in last_text(town)
    town.say("awa")
    town.tap("Renommer")
    town.say("123")
    assert "Ce nom ne va pas" in last_text(town)
    town.say("Awa Fall")
    assert "Awa Fall" in last_text(town)
    town.say("awa")
    town.tap("🔢")
    town.say("bonjour")
    assert "Je n’y ai pas trouvé de numéro" in last_text(town)
    town.say("14123456789")
    assert "a déjà le numéro" in last_text(town)


def test_somebody_without_a_number_yet(town: Town) -> None:
    town.say("/addclient")
    town.say("Awa")
    town.tap("Sans numéro")
    assert "Awa est dans votre carnet" in last_text(town).replace("<b>", "").replace("</b>", "")
    town.say("awa")
    assert "Pas encore de compteur" in last_text(town)
    town.say("5000")
    assert "n’a pas encore de numéro" in last_text(town)
    town.say("awa")
    town.tap("➕ Un compteur")
    town.say(METER)
    assert "a un numéro de plus" in last_text(town)


def test_an_order_that_is_kept_for_a_client_who_vanished(town: Town) -> None:
    """The order of a question can no longer be found: nothing is kept, and the menu is shown."""
    town.say("14700000001 1000")
    town.tap("✅ Vendre")
    town.pay_all()
    for answer_ in ("Awa", "[Maison 1]"):
        town.tap("➕ Garder", gone=True)
        town.store.connection.execute("UPDATE orders SET customer = 'x:1'")
        if answer_.startswith("["):
            town.tap(answer_.strip("[]"))
        else:
            town.say(answer_)
        assert "Que voulez-vous faire" in last_text(town)
        town.store.connection.execute("UPDATE orders SET customer = ?", (str(RESELLER),))
    assert town.store.run(clients.count_of, str(RESELLER)) == 0


def test_a_sale_before_they_were_in_the_book_is_theirs(town: Town) -> None:
    sold(town, "14700000001 1000")
    town.tap("➕ Garder")
    town.tap("Maison 1")
    one = in_book(town, "maison")[0]
    sale = town.store.run(clients.last_sale_to, str(RESELLER), one.id)
    assert sale is not None
    assert (sale.reference, sale.client) == ("14700000001", "Maison 1")


# A sale.


def test_a_reseller_types_a_name_where_a_number_is_asked_for(town: Town) -> None:
    town.say("/addclient Awa Diop; senelec 210278816")
    town.say(f"/addclient Awa Diop; {METER}")
    town.say("senelec")
    town.say("awa")
    assert "F2026110042" in last_text(town)


def test_a_word_of_ours_is_no_clients_name_but_a_slip_of_it_is(town: Town) -> None:
    town.say(f"/addclient Aida; {METER}")
    town.say("/addclient Eau Vive; 14700000001")
    town.say("aide")
    assert "Comment ça marche" in last_text(town)
    town.say("aidd")
    assert "Comment ça marche" in last_text(town)
    town.say("aida")
    assert "👤" in last_text(town)
    town.say("eau")
    assert "référence client" in last_text(town)


def test_more_of_a_name_is_typed_and_the_sale_stays(town: Town) -> None:
    for line in ("Fatou Ndiaye; 14123456789", "Fatou Sall; 14700000001", "Fatou Sall; senelec 210278816"):
        town.say(f"/addclient {line}")
    town.say("fatou 5000")
    town.say("sall senelec")
    assert "F2026110042" in last_text(town)
    town.say("annuler")
    town.say("fatou")
    town.tap("Fatou Sall")
    assert "👤" in last_text(town)
    town.say("fatou")
    forget(town, in_book(town, "sall")[0])
    town.tap("Fatou Sall")
    assert "plus dans votre carnet" in last_text(town)


def test_a_meter_that_went_while_it_was_picked(town: Town) -> None:
    for line in ("Fatou Sall; 14700000001", "Fatou Sall; 14700000002"):
        town.say(f"/addclient {line}")
    town.say("sall 5000")
    one = in_book(town, "sall")[0]
    town.say("hmm")
    assert "plusieurs numéros" in last_text(town)
    town.store.run(clients.delete_meter, str(RESELLER), one.meters[0].id)
    town.tap("💡 14700000001")
    assert "plus dans votre carnet" in last_text(town)
    town.say(f"/addclient Fatou Sall; {METER}")
    town.say("sall 5000")
    forget(town, one)
    town.say("hmm")
    assert "plus dans votre carnet" in last_text(town)


def test_whom_when_everybody_went(town: Town) -> None:
    for line in ("Fatou Ndiaye", "Fatou Sall"):
        town.say(f"/addclient {line}")
    town.say("fatou 5000")
    for one in in_book(town, "fatou"):
        forget(town, one)
    town.say("1 2 3")
    assert "Que voulez-vous faire" in last_text(town)


def test_the_next_sale_never_changes_the_one_that_is_shown(town: Town) -> None:
    """Typed at somebody else's quote, `fatou 2000` is a sale to Fatou and no new amount."""
    town.say(f"/addclient Awa Diop; {METER}")
    town.say("/addclient Fatou Sall; 14700000001")
    for first in ("awa 5000", "awa"):
        town.say(first)
        if first == "awa":
            town.tap("💵")
        town.say("fatou 2000")
        assert "Maison 1" in last_text(town)
        assert "2 000" in last_text(town)
        town.say("annuler")
        # Nobody looks up so many meters in the same moment.
        town.now += 10_000
    town.say("awa 5000")
    town.say("bigue 2000")
    assert "Je ne connais aucun client" in last_text(town)
    assert "5 000 F CFA" in last_text(town)
    town.say("3000")
    assert "3 000 F CFA" in last_text(town)
    town.say("compteur 14700000002")
    assert "Maison 2" in last_text(town)


def test_nobody_by_that_name_unless_it_is_a_number_with_words(town: Town) -> None:
    town.say("woyofal bigue 5000")
    assert "Je ne connais aucun client" in last_text(town)
    town.say("compteur 14123456789 5000")
    assert "Je ne connais aucun client" not in last_text(town)
    town.say("woyofal compteur 14123456789")
    assert "Awa DIOP" in last_text(town)


def test_a_saved_meter_is_still_found_by_its_name(town: Town) -> None:
    town.store.connection.execute(
        "INSERT INTO meter (customer, service, reference, holder, nickname, saved_at) "
        "VALUES (?, ?, ?, '', 'Maison', 1)",
        (str(RESELLER), "woyofal", METER),
    )
    town.say("maison 5000")
    assert "Awa DIOP" in last_text(town)
    town.say("woyofal maison 5000")
    assert "Awa DIOP" in last_text(town)


def test_ones_own_terms_come_before_the_shops(town: Town) -> None:
    town.store.connection.execute(
        """UPDATE reseller SET commissions = '{"woyofal": {"amount_basis_points": 100, "fee_basis_points": 0}}'"""
    )
    town.say(f"{METER} 5000")
    assert "Votre commission : <b>50 F CFA" in last_text(town)
    town.say("senelec 210278816")
    assert "Votre commission : <b>55 F CFA" in last_text(town)


def test_who_is_no_reseller_any_more_confirms_no_sale_at_a_resellers_price(town: Town) -> None:
    town.say(f"{METER} 5000")
    town.store.connection.execute("DELETE FROM reseller")
    town.tap("✅ Vendre")
    assert town.store.one("SELECT count(*) FROM orders") == 0
    assert "Votre commission" not in last_text(town)
    assert "5 075" in last_text(town)
    town.tap("✅ Confirmer")
    assert town.store.one("SELECT commission_xof FROM orders") == 0


def test_the_daily_limit_holds_for_two_quotes_in_two_channels(town: Town) -> None:
    """Both were offered when there was room for one; the second Confirm finds none left."""
    happen(town, "day 10000")
    town.say("/id", ELSEWHERE)
    town.store.connection.execute("UPDATE session SET customer = ? WHERE address = ?", (str(RESELLER), str(ELSEWHERE)))
    town.say(f"{METER} 6000")
    town.say(f"{METER} 6000", ELSEWHERE)
    assert "Vendre" in town.last(ELSEWHERE).rows[0][0].label
    town.tap("✅ Vendre")
    town.tap("✅ Vendre", ELSEWHERE)
    assert "il vous reste <b>3 928 F CFA" in last_text(town, ELSEWHERE)
    assert town.store.one("SELECT count(*) FROM orders") == 1
    town.outcome(Delivered((CODE,), ProviderDetails("T1")))
    assert town.store.run(spent_since_xof, str(RESELLER), town.now // 86_400_000 * 86_400_000) == 6_072
    # What was made good came back.
    town.store.connection.execute("UPDATE orders SET refunded_xof = 72")
    assert town.store.run(spent_since_xof, str(RESELLER), 0) == 6_000
    # A limit below what is spent already leaves nothing, and never less.
    happen(town, "day 1000")
    town.say(f"{METER} 1000")
    assert "il vous reste <b>0 F CFA" in last_text(town)


# After delivery.


def an_order(**changes: Any) -> Order:
    order = Order(
        id="7KQ4M2XR9BTZ",
        address=RESELLER,
        customer=str(RESELLER),
        language="fr",
        service="woyofal",
        reference=METER,
        holder="Awa DIOP",
        amount_xof=5_000,
        fee_xof=75,
        confirmed_at=START,
        updated_at=START,
        state="delivered",
        tokens=(CODE,),
        commission_xof=15,
        client_id=1,
        client="Awa <b>",
    )
    return replace(order, **changes)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_what_is_passed_on_has_nothing_of_the_resellers_money(language: Any) -> None:
    own, forwarded = notice(
        an_order(),
        "delivered",
        WORDS,
        now=START,
        balance=Balance(43_210),
        language=language,
        parties=SaleParties("Boutique <1>"),
    )
    plain = forwarded.text.replace("\u00a0", " ").replace(",", " ")
    assert GROUPED in plain
    assert "Boutique &lt;1&gt;" in plain
    for money in ("43 210", "5 060", "ommission", "solde", "balance"):
        assert money not in plain
    assert forwarded.rows == ()
    assert own.text.replace("\u00a0", " ").replace(",", " ").count("43 210") == 1
    assert own.text.count(GROUPED) == 1
    assert forwarded.durable
    assert own.durable
    assert forwarded.brief is not None
    assert forwarded.brief.codes == (GROUPED,)
    assert own.brief is not None
    assert own.brief.codes == ()


def test_what_is_passed_on_says_what_was_paid_in_truth() -> None:
    t = WORDS["fr"]
    less = for_client(t, an_order(details=ProviderDetails(amount_xof=4_000)), "").replace("\u00a0", " ")
    assert "4 000 F CFA" in less
    assert "5 0" not in less
    free = for_client(t, an_order(fee_xof=0, commission_xof=0), "Chez Modou")
    assert "Prix payé" not in free


def test_a_further_code_of_a_sale_is_told_alone_and_as_what_it_is() -> None:
    """To the reseller, in the message to pass on, and in the client's own chat."""
    more = an_order(tokens=("2" * 20,))
    own, forwarded = notice(more, "more_codes", WORDS, now=START, parties=SaleParties("Boutique"))
    assert text_of("notice.more_codes") in own.text
    assert WORDS["fr"].plural("code.more", 1) in forwarded.text
    given = Consent(address=CLIENT, language="en", agreed_at=START)
    (only,) = notice(more, "more_codes", WORDS, now=START, parties=SaleParties("Boutique", consent=given))
    assert text_of("notice.more_codes") in only.text
    direct = direct_notice(more, SaleParties("Boutique", consent=given), WORDS["en"], more=True)
    assert WORDS["en"].plural("code.more", 1) in direct.text
    assert "2222 2222 2222 2222 2222" in direct.text


def test_a_code_that_is_no_figure_is_masked_whole() -> None:
    assert CODE[:-4] not in masked(CODE)
    assert masked(CODE).endswith("7890</code>")
    assert "AB" not in masked("AB12-XY")


def test_late_success_is_told_to_both(town: Town) -> None:
    agreed(town)
    town.say("awa 5000")
    town.tap("✅ Vendre")
    happen(town, "outcome failed")
    town.outcome(Delivered((CODE,), ProviderDetails("T1")), "look_up", town.newest().id)
    assert GROUPED in last_text(town, CLIENT)
    assert GROUPED not in last_text(town)
    assert "7890" in last_text(town)


def test_a_bill_is_receipted_in_the_clients_chat(town: Town) -> None:
    agreed(town)
    town.say("/addclient Awa Diop; senelec 210278816")
    town.say("awa senelec")
    town.tap("✅ Vendre")
    town.outcome(Delivered((), ProviderDetails("T1")))
    assert "C’est payé" in last_text(town, CLIENT)
    assert "dans sa propre discussion" in last_text(town)
    assert all("Montrer" not in button.label for row in town.last().rows for button in row)


def test_the_message_for_the_client_again(town: Town) -> None:
    sold(town, f"{METER} 5000")
    order_id = town.newest().id
    town.hear(RESELLER, tap(f"-.forward.{order_id}"))
    assert GROUPED in last_text(town)
    town.store.connection.execute("DELETE FROM reseller")
    town.hear(RESELLER, tap(f"-.forward.{order_id}"))
    assert GROUPED not in last_text(town)


# Straight to the client.


def test_the_code_goes_out_with_the_order_or_not_at_all(town: Town) -> None:
    """Wherever the process is killed, the order, the reseller's news and the client's code are there together."""
    agreed(town)
    town.say("awa 5000")
    town.tap("✅ Vendre")
    order_id = town.newest().id
    kills = 0
    for after in range(60):
        town.store.kill_after = after
        try:
            town.store.run(
                orders.settle,
                town.installation,
                order_id,
                Delivered((CODE,), ProviderDetails("T1")),
                "pay",
                town.now,
                leased=True,
            )
        except Killed:
            kills += 1
            assert town.store.one("SELECT count(*) FROM outbox") == 0
            assert town.store.one("SELECT state FROM orders") == "sending"
            continue
        break
    town.store.kill_after = None
    assert kills > 10
    addressees = [row["address"] for row in town.store.rows("SELECT address FROM outbox ORDER BY id")]
    assert sorted(addressees) == sorted([str(RESELLER), str(CLIENT)])
    town.deliver()
    assert GROUPED in last_text(town, CLIENT)
    # The same answer once more says nothing more.
    town.outcome(Delivered((CODE,), ProviderDetails("T1")), "look_up", order_id)
    assert sum(GROUPED in shown.outbound.text for shown in town.screen) == 1


def test_it_is_in_the_clients_language(town: Town) -> None:
    agreed(town)
    town.say("/language en", CLIENT)
    sold(town)
    assert "Type it on the meter" in last_text(town, CLIENT)
    brief = town.last(CLIENT).brief
    assert brief is not None
    assert (brief.language, brief.codes) == ("en", (GROUPED,))


def test_a_client_who_cannot_be_reached_gets_it_when_they_write_and_the_reseller_forwards_the_next(town: Town) -> None:
    agreed(town)
    town.say("awa 5000")
    town.tap("✅ Vendre")
    deliver, town.deliver = town.deliver, lambda: None  # type: ignore[method-assign]  # The channel is down for a while.
    town.outcome(Delivered((CODE,), ProviderDetails("T1")))
    message = town.store.one("SELECT id FROM outbox WHERE address = ?", str(CLIENT))
    give_up(town, message)
    town.deliver = deliver  # type: ignore[method-assign]
    town.deliver()
    assert all(GROUPED not in shown.outbound.text for shown in town.screen)
    town.tap("👁")
    assert GROUPED in last_text(town)
    sold(town, "awa 2000", "99998888777766665555")
    assert "n’est pas joignable" in town.screen[-2].outbound.text.replace("\u00a0", " ")
    assert "9999 8888 7777 6666 5555" in last_text(town)
    town.say("bonjour", CLIENT)
    assert any(GROUPED in shown.outbound.text for shown in town.screen if shown.address == CLIENT)


def give_up(town: Town, message_id: int) -> None:
    """The channel says that the client's chat is gone, as the outbox writes it."""
    town.store.connection.execute("UPDATE outbox SET given_up_at = ? WHERE id = ?", (town.now, message_id))
    town.store.connection.execute("UPDATE session SET unreachable_at = ? WHERE address = ?", (town.now, str(CLIENT)))


def test_a_paused_client_still_gets_what_was_bought_for_them(town: Town) -> None:
    agreed(town)
    town.store.connection.execute("INSERT INTO frozen VALUES (?, 1)", (str(CLIENT),))
    sold(town)
    assert GROUPED in last_text(town, CLIENT)


def test_stop_works_from_every_channel_of_the_client(town: Town) -> None:
    agreed(town)
    other = Address("telegram", "221775550011")
    town.say("/id", other)
    town.store.connection.execute("UPDATE session SET customer = ? WHERE address = ?", (str(CLIENT), str(other)))
    town.say("Arrêt", other)
    assert "C’est arrêté" in last_text(town, other)
    sold(town)
    assert all(GROUPED not in shown.outbound.text for shown in town.screen if shown.address == CLIENT)


def test_stop_leaves_what_is_going_on_first(town: Town) -> None:
    agreed(town)
    town.say("woyofal", CLIENT)
    for stop in ("stop", "/stop"):
        town.say("woyofal", CLIENT)
        town.say(stop, CLIENT)
        assert "C’est annulé" in last_text(town, CLIENT)
    # An order that can be called back is something that is going on; a slip of the finger is no stop.
    town.say("shop", CLIENT)
    assert town.store.run(consents.agreed_by, str(CLIENT)) == (AgreedShop("Chez Modou", "Awa Diop"),)
    town.fund(10_000, CLIENT)
    town.say(f"{METER} 1000", CLIENT)
    town.tap("✅ Confirmer", CLIENT)
    happen(town, "outcome unreachable")
    town.say("stop", CLIENT)
    assert "pas encore partie" in last_text(town, CLIENT)
    assert town.store.run(consents.agreed_by, str(CLIENT))


def test_stop_ends_every_shops_at_once(town: Town) -> None:
    agreed(town)
    happen(town, "reseller customer Chez Aida")
    town.say(f"/addclient Mme Diop; {METER}", CUSTOMER)
    town.say("diop", CUSTOMER)
    town.tap("📲", CUSTOMER)
    town.say(invited(town), CLIENT)
    town.say("oui", CLIENT)
    town.say("STOP", CLIENT)
    assert "Chez Modou, Chez Aida" in last_text(town, CLIENT)
    assert town.store.run(consents.agreed_by, str(CLIENT)) == ()


def test_the_reseller_reads_once_that_it_was_taken_back(town: Town) -> None:
    agreed(town)
    town.say("STOP", CLIENT)
    sold(town)
    assert sum("ne veut plus recevoir" in shown.outbound.text for shown in town.screen) == 1
    sold(town, "awa 2000")
    assert sum("ne veut plus recevoir" in shown.outbound.text for shown in town.screen) == 1


def test_another_chat_that_agrees_takes_the_first_ones_place(town: Town) -> None:
    agreed(town)
    one = in_book(town, "awa")[0]
    invite(town, one)
    town.say("A3CDEF", CUSTOMER)
    town.say("oui", CUSTOMER)
    sold(town)
    assert GROUPED in last_text(town, CUSTOMER)
    assert all(GROUPED not in shown.outbound.text for shown in town.screen if shown.address == CLIENT)
    assert town.store.one("SELECT count(*) FROM consent WHERE revoked_at IS NULL") == 1


def test_an_invitation_is_taken_once(town: Town) -> None:
    town.say("/addclient Awa Diop")
    one = in_book(town, "awa")[0]
    invite(town, one)
    for address in (CLIENT, CUSTOMER):
        town.say("A3CDEF", address)
    town.say("oui", CLIENT)
    town.say("oui", CUSTOMER)
    assert "déjà servi" in last_text(town, CUSTOMER)
    invitation = town.store.run(consents.invitation_of, "A3CDEF")
    assert invitation is not None
    with pytest.raises(StoreConflict):
        town.store.run(consents.agree, invitation.id, CUSTOMER, town.now)
    with pytest.raises(StoreConflict):
        town.store.run(consents.decline, invitation.id)
    town.say("A3CDEF", ELSEWHERE)
    assert town.store.one("SELECT count(*) FROM link_miss") == 1


def test_an_invitation_waits_while_everybody_together_types_too_many_wrong_codes(town: Town) -> None:
    for _ in range(MAX_ALL_WRONG):
        town.store.rows("INSERT INTO link_miss (address, at) VALUES ('telegram:7777', ?)", town.now)
    town.say(f"/addclient Awa Diop; {METER}")
    town.say("awa")
    town.tap("📲")
    town.say(invited(town), CLIENT)
    assert "dans une heure" in last_text(town, CLIENT)
    assert town.store.one("SELECT count(*) FROM consent") == 0
    assert town.store.one("SELECT state FROM invitation") == "made"


def test_an_invitation_of_a_client_who_was_forgotten(town: Town) -> None:
    town.say("/addclient Awa Diop")
    one = in_book(town, "awa")[0]
    invite(town, one)
    for answer_ in ("oui", "non", "hmm"):
        town.say("A3CDEF", CLIENT)
        if answer_ == "oui":
            forget(town, one)
            town.say("oui", CLIENT)
            assert "déjà servi" in last_text(town, CLIENT)
            town.say("/addclient Awa Diop")
            one = in_book(town, "awa")[0]
            invite(town, one)
            continue
        forget(town, one)
        shown_before = len(town.screen)
        town.say(answer_, CLIENT)
        assert all(shown.address == CLIENT for shown in town.screen[shown_before:])
        town.say("/addclient Awa Diop")
        one = in_book(town, "awa")[0]
        invite(town, one)


def test_whoever_is_forgotten_gets_nothing_more(town: Town) -> None:
    agreed(town)
    one = in_book(town, "awa")[0]
    town.say("awa 5000")
    forget(town, one)
    town.tap("✅ Vendre")
    town.outcome(Delivered((CODE,), ProviderDetails("T1")))
    assert GROUPED in last_text(town)
    assert all(GROUPED not in shown.outbound.text for shown in town.screen if shown.address == CLIENT)


def test_a_shop_without_a_name_is_spoken_of_all_the_same(town: Town) -> None:
    town.store.connection.execute("UPDATE reseller SET shop_name = ''")
    agreed(town)
    assert "votre revendeur" in last_text(town, CLIENT)
    town.say("awa")
    town.tap("📴")
    assert "votre revendeur" in last_text(town, CLIENT)


def test_who_agreed_is_not_asked_again(town: Town) -> None:
    town.say("/addclient Awa Diop")
    town.say("awa")
    town.tap("📲")
    town.say(invited(town), CLIENT)
    town.say("oui", CLIENT)
    town.tap("📲", gone=True)
    assert "reçoit déjà ses codes" in last_text(town)


# One account, two channels.


def test_the_book_of_who_sold_once_goes_along_when_their_account_is_joined(town: Town) -> None:
    agreed(town)
    town.say("/addclient Fatou Sall; 14700000001")
    town.store.connection.execute("DELETE FROM reseller")
    town.say("/id", ELSEWHERE)
    town.store.connection.execute(
        "INSERT INTO reseller VALUES (?, 'Aida', '{}', NULL, NULL, 0, 0, 0, 1)", [str(ELSEWHERE)]
    )
    town.say(f"/addclient Mme Diop; {METER}", ELSEWHERE)
    town.say("/link", ELSEWHERE)
    town.say(town.store.one("SELECT code FROM link"))
    town.say("oui")
    town.tap("✅ Confirmer", ELSEWHERE)
    assert sorted(names_in_book(town, "", ELSEWHERE)) == ["Awa Diop", "Fatou Sall", "Mme Diop"]
    # The meter that both had is the one's whose account it is now.
    for reference, name in ((METER, "Mme Diop"), ("14700000001", "Fatou Sall")):
        owner = town.store.run(clients.with_meter, str(ELSEWHERE), "woyofal", reference)
        assert owner is not None
        assert owner.name == name
    town.say("/clients")
    assert "Fatou Sall" in last_text(town)


def test_terms_are_told_apart_from_everybodys() -> None:
    here = Context(Session(), X, SHOP, a_unit(X, SHOP), REGISTRY)
    assert commission_xof(None, SHOP.catalog.woyofal, 5_000, 75) == 0
    with pytest.raises(StopIteration) as end:
        next(REGISTRY.quote_terms(here, Inquiry("woyofal", METER, "Awa", "", ""), 5_000, 75))
    assert end.value.value == QuoteTerms()
    with pytest.raises(StopIteration) as end:
        next(REGISTRY.spending_limit_xof(here))
    assert end.value.value is None
    assert Terms().day_limit_xof is None


@pytest.mark.parametrize("typed", ["vendre", "vendre 5", "vendre svp", "Vends", "vente"])
def test_only_the_whole_button_or_a_yes_sells(town: Town, typed: str) -> None:
    town.say(f"w {METER} 5000")
    town.say(typed)
    assert town.store.one("SELECT count(*) FROM orders") == 0
    town.say("✅ vendre · 5 075 f")
    assert town.store.one("SELECT count(*) FROM orders") == 1


# What a client bought, and their codes.


def test_a_clients_code_is_found_by_any_way_to_ask_for_it(town: Town) -> None:
    town.say(f"/addclient Awa Diop; {METER}")
    sold(town)
    for typed in ("code awa", "le code de awa diop", "Codes de Awa", "donne moi le code de awa"):
        before = len(town.screen)
        town.say(typed)
        texts = [shown.outbound.text for shown in town.screen[before:]]
        assert any(text.startswith("<b>Awa Diop</b>") and GROUPED in text for text in texts), typed
        assert "à transférer" in last_text(town)


@pytest.mark.parametrize("typed", ["code 123", "code oumar", "codes", "code", "code woyofal", "code awa diop jr"])
def test_what_names_nobody_gives_no_clients_code(town: Town, typed: str) -> None:
    town.say(f"/addclient Awa Diop; {METER}")
    town.say(typed)
    assert "à transférer" not in last_text(town)
    assert "Pas de code à revoir" not in last_text(town)


def test_a_clients_code_is_nobody_elses(town: Town) -> None:
    town.say(f"/addclient Awa Diop; {METER}")
    sold(town)
    client = in_book(town)[0]
    for act in ("clientcodes", "clientsales"):
        town.hear(CLIENT, Tap(f"-.{act}.{client.id}"), "1")
        assert GROUPED not in town.last(CLIENT).text
        town.hear(RESELLER, Tap(f"-.{act}.999"), "1")
        assert "n’est plus dans" in last_text(town)
    town.say("code awa", CLIENT)
    assert GROUPED not in town.last(CLIENT).text
    town.say("w")
    before = len(town.screen)
    town.say("code awa")
    assert GROUPED not in "".join(shown.outbound.text for shown in town.screen[before:])


def test_a_client_who_bought_nothing(town: Town) -> None:
    town.say(f"/addclient Awa Diop; {METER}")
    client = in_book(town)[0]
    town.hear(RESELLER, Tap(f"-.clientsales.{client.id}"), "1")
    assert "n’a encore rien acheté" in last_text(town)
    town.hear(RESELLER, Tap(f"-.clientcodes.{client.id}"), "1")
    assert "Pas de code à revoir" in last_text(town)


def test_somebody_is_found_behind_many_of_their_name(town: Town) -> None:
    town.say("/addclient Fatou Diop; 14700000001")
    for number in range(9):
        town.say(f"/addclient Fatou Nd{'abcefghij'[number]}; 1470000010{number}")
    town.say("fatou d 3000")
    assert "Client : <b>Fatou Diop" in last_text(town)
