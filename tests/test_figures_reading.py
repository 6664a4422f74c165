"""What admins find and read: filters, orders and people by a piece of them, files; and that no code is ever shown."""

import re
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.dialogue.flows.reports.figures import duration, percent
from bot.dialogue.flows.reports.filters import parse, written
from bot.dialogue.flows.reports.find import person_button
from bot.dialogue.parsing.references import parse_order_id
from bot.domain.catalog import Catalog
from bot.domain.order import State
from bot.domain.outbound import Choice, Outbound
from bot.domain.outcome import Delivered, ProviderDetails, Refused, TokenAwaited, Unknown
from bot.domain.people import Address
from bot.repositories.finding import Filter, orders_named, people_named
from bot.transactions.records import PersonRecord, record_of
from tests.planted import ADMIN, AWA, MODOU, Garden, at
from tests.trade_world import PEOPLE, RESELLER, Town

CATALOG = Catalog()
NOON = at("2026-11-24", "12:00")
SUPPORT, OPERATOR, CUSTOMER = PEOPLE["support"], PEOPLE["operator"], PEOPLE["customer"]
OPEN: Final[tuple[State, ...]] = ("waiting", "sending", "processing", "token_awaited", "unknown")


# Filters.


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", Filter()),
        ("delivered", Filter(("delivered",))),
        ("Livrées", Filter(("delivered",))),
        ("refusée annulée", Filter(("refused", "cancelled"))),
        ("en cours", Filter(OPEN)),
        ("open", Filter(OPEN)),
        ("token_awaited", Filter(("token_awaited",))),
        ("en attente", Filter(("waiting",))),
        ("stuck", Filter(stuck=True)),
        ("bloquées woyofal", Filter(stuck=True, service="woyofal")),
        ("eau", Filter(service="seneau")),
        ("week", Filter(first="2026-11-18", last="2026-11-24")),
        ("mois dernier senelec", Filter(service="senelec", first="2026-10-01", last="2026-10-31")),
        ("du 01/11 delivered au 24/11", Filter(("delivered",), first="2026-11-01", last="2026-11-24")),
        ("telegram:221780003344", Filter(address=AWA)),
        ("WhatsApp:+221770001122", Filter(address=MODOU)),
        ("14123456789", Filter(reference="14123456789")),
        ("6777", Filter(reference="6777")),
        (">50000", Filter(least_xof=50_001)),
        (">= 50 000 F CFA", Filter(least_xof=50_000)),
        ("<10k >1.000", Filter(least_xof=1_001, most_xof=9_999)),
        ("<=5 mille", Filter(most_xof=5_000)),
        (">50000 14123456789", Filter(least_xof=50_001, reference="14123456789")),
        ("14123456789 > 50 000 hier", Filter((), False, None, "2026-11-23", "2026-11-23", None, "14123456789", 50_001)),
    ],
)
def test_a_filter_in_any_order(text: str, wanted: Filter) -> None:
    assert parse(text, CATALOG, NOON) == wanted
    assert parse(" ".join(reversed(text.split())), CATALOG, NOON) == wanted or len(text.split()) > 1


@pytest.mark.parametrize("text", ["les belles", "demain", "telegram:", "1:1", "123", ">", "> beaucoup", "w", "31/02"])
def test_what_is_no_filter(text: str) -> None:
    assert parse(text, CATALOG, NOON) is None


_ADDRESSES = st.builds(
    Address, st.sampled_from(["telegram", "whatsapp"]), st.from_regex(r"[0-9A-Z]{1,20}", fullmatch=True)
)
_DAYS = st.sampled_from([(None, None), ("2026-11-24", "2026-11-24"), ("2026-10-01", "2026-10-31")])


@given(
    st.lists(st.sampled_from([*OPEN, "delivered", "refused", "cancelled"]), unique=True),
    st.booleans(),
    st.sampled_from([None, "woyofal", "senelec", "seneau"]),
    _DAYS,
    st.none() | _ADDRESSES,
    st.none() | st.from_regex(r"[0-9]{4,20}", fullmatch=True).filter(str.isascii),
    st.none() | st.integers(0, 10**9),
    st.none() | st.integers(0, 10**9),
)
def test_a_filter_written_out_means_the_same(
    states: list[State], stuck: bool, service: Any, days: Any, address: Any, reference: Any, least: Any, most: Any
) -> None:
    of = Filter(tuple(states), stuck, service, days[0], days[1], address, reference, least, most)
    again = parse(written(of), CATALOG, NOON)
    assert again is not None
    assert set(again.states) == set(of.states)
    for name in ("stuck", "service", "first", "last", "address", "reference", "least_xof", "most_xof"):
        assert getattr(again, name) == getattr(of, name), name
    # Written once more it is the same text: a page's buttons do not grow.
    assert sorted(written(again).split()) == sorted(written(of).split())


# Finding.


def matches(garden: Garden, text: str, since: int = 0) -> dict[str, list[str]]:
    kinds = {
        str(kind): [order.id for order in orders]
        for kind, orders in garden.store.run(orders_named, text, parse_order_id(text), since)
    }
    people = garden.store.run(people_named, text)
    return kinds | ({"people": [str(one) for one in people]} if people else {})


def test_everything_by_a_piece_of_it() -> None:
    garden = Garden()
    garden.fund(AWA, 10_000_000, NOON)
    garden.fund(MODOU, 10_000_000, NOON)
    awa = garden.sell(AWA, NOON, 5_000)
    code = "22345678901234564321"
    details = ProviderDetails(transaction_id="PAY-77.x_1")
    ndiaye = garden.place(MODOU, NOON + 1, reference="14555666777", holder="Ets NDIAYE & Fils", client="Fatou SARR")
    garden.end(ndiaye, Delivered((code, "32345678901234569999"), details), NOON + 2)
    assert matches(garden, awa) == {"order": [awa]}
    assert matches(garden, awa[:5].lower()) == {"order": [awa]}
    assert matches(garden, f"{awa[:4]}-{awa[4:8]}-{awa[8:]}") == {"order": [awa]}
    assert matches(garden, "14555666777") == {"reference": [ndiaye]}
    assert matches(garden, "14 555 666 777") == {"reference": [ndiaye]}
    assert matches(garden, "5556") == {"reference": [ndiaye]}
    assert matches(garden, "ndiaye") == {"name": [ndiaye]}
    assert matches(garden, "DIOP") == {"name": [awa]}
    assert matches(garden, "fatou s") == {"name": [ndiaye]}
    assert matches(garden, "PAY-77.x") == {"transaction": [ndiaye]}
    assert matches(garden, "4321") == {"code": [ndiaye]}
    assert matches(garden, "9999") == {"code": [ndiaye]}
    assert matches(garden, "221770001122") == {"people": [str(MODOU)]}
    assert matches(garden, "+221 77 000 11 22") == {"people": [str(MODOU)]}
    assert matches(garden, "telegram:221780003344") == {"people": [str(AWA)]}
    # More than its last four digits find no code: nobody can try their way along one.
    assert matches(garden, "64321") == {}
    assert matches(garden, code) == {}
    assert matches(garden, "2345") == {"reference": [awa]}
    assert matches(garden, "nobody") == {}
    # What is long past is found by its own number alone.
    assert matches(garden, "DIOP", NOON + 1) == {}
    assert matches(garden, awa, NOON + 1) == {"order": [awa]}


@pytest.mark.parametrize("text", ["%%%", "___", "a%p", "d_op", "\\\\\\", "%\\%", "x%", '":"', "_W_"])
def test_no_letter_is_a_wildcard(text: str) -> None:
    garden = Garden()
    garden.fund(AWA, 1_000_000, NOON)
    garden.sell(AWA, NOON, 5_000, client="abcp")
    assert matches(garden, text) == {}
    odd = garden.sell(AWA, NOON + 1, 5_000, holder=f"M. {text}!")
    assert matches(garden, text) == {"name": [odd]}


def test_a_few_of_each_kind_newest_first() -> None:
    garden = Garden()
    garden.fund(AWA, 1_000_000, NOON)
    made = [garden.place(AWA, NOON + at_) for at_ in range(5)]
    assert matches(garden, "DIOP") == {"name": made[:1:-1]}


# People.


def person(garden: Garden, who: Address) -> PersonRecord | None:
    return garden.store.run(record_of, who, garden.installation)


def test_somebodys_account() -> None:
    garden = Garden()
    assert person(garden, AWA) is None
    garden.fund(AWA, 50_000, at("2026-10-01"))
    sold = [garden.sell(AWA, NOON + at_, 1_000) for at_ in range(6)]
    execute = garden.store.connection.execute
    execute("INSERT INTO frozen VALUES (?, ?)", (str(AWA), NOON))
    execute(
        "INSERT INTO reseller VALUES (?, 'Chez Awa', '{}', 9000, 'argon', 0, 0, 0, ?)", (str(AWA), at("2026-10-05"))
    )
    execute("INSERT INTO admin VALUES (?, 'support', 'telegram:1', 0)", (str(AWA),))
    execute("INSERT INTO credit_limit VALUES (?, 700)", (str(AWA),))
    execute("INSERT INTO client VALUES (5, 'telegram:9', 'Awa', '', '', '', 0)")
    execute("INSERT INTO consent VALUES (1, 5, ?, ?, NULL, NULL)", (str(AWA), NOON))
    of = person(garden, AWA)
    assert of is not None
    assert (of.customer, of.orders, of.meters) == (str(AWA), 6, 0)
    assert of.balance.available_xof == 50_000 - 6 * 1_075
    assert of.balance.credit_limit_xof == 700
    assert of.since_at == at("2026-10-01")
    assert of.roles == ((AWA, "support"),)
    assert of.reseller is not None
    assert (of.reseller.shop_name, of.reseller.day_limit_xof) == ("Chez Awa", 9_000)
    assert (of.reseller_since_at, of.frozen_at) == (at("2026-10-05"), NOON)
    assert [order.id for order in of.last_orders] == sold[:0:-1]
    assert len(of.movements) == 5
    assert len(of.agreed) == 1
    garden.store.connection.execute("UPDATE consent SET revoked_at = 1")
    again = person(garden, AWA)
    assert again is not None
    assert again.agreed == ()


def test_an_account_of_two_addresses_is_found_by_either() -> None:
    garden = Garden()
    garden.fund(AWA, 50_000, NOON)
    garden.fund(MODOU, 1, NOON)
    garden.store.connection.execute("UPDATE session SET customer = ? WHERE address = ?", (str(AWA), str(MODOU)))
    one, other = person(garden, AWA), person(garden, MODOU)
    assert one == other
    assert one is not None
    assert {member.address for member in one.members} == {AWA, MODOU}


def test_an_address_that_no_button_carries_has_none() -> None:
    assert person_button(Address("whatsapp", "X" * 60)) is None
    button = person_button(AWA)
    assert button is not None
    assert button.data == f"-.user.{AWA}"


# Figures as people read them.


def test_figures_are_rounded_down() -> None:
    from tests.dialogue_world import WORDS

    fr, en = WORDS["fr"], WORDS["en"]
    shown = [
        percent(fr, part, whole).replace("\u00a0", " ")
        for part, whole in ((999, 1000), (9_999, 10_000), (1, 1), (0, 7))
    ]
    assert shown == ["99,9 %", "99,9 %", "100 %", "0 %"]
    assert percent(en, 2, 3) == "66.6%"
    assert [duration(en, ms) for ms in (0, 4_290, 59_999, 60_000, 3_599_999, 3_600_000, 90_000_000)] == [
        "0.0 s",
        "4.2 s",
        "59.9 s",
        "1 min 00 s",
        "59 min 59 s",
        "1 h 00 min",
        "25 h 00 min",
    ]


# Whole conversations where a file would be too long.


def town() -> Town:
    """A town with support, an operator, a customer who has bought, and a reseller."""
    there = Town()
    for name in ("support", "operator"):
        there.fund(0, PEOPLE[name])
        there.store.connection.execute("INSERT INTO admin VALUES (?, ?, 'telegram:1', 0)", (str(PEOPLE[name]), name))
    there.fund(1_000_000, CUSTOMER)
    return there


def bought(there: Town, *, outcome: Any = None, amount: int = 5_000) -> str:
    """The customer buys; the order's id."""
    there.say(f"w 14123456789 {amount}", CUSTOMER)
    there.say("oui", CUSTOMER)
    order_id = there.newest().id
    if outcome is not None:
        there.outcome(outcome, "pay", order_id)
    return order_id


CODE = "12345678901234567890"
PAID = Delivered((CODE,), ProviderDetails(transaction_id="TX-1"))


def texts(there: Town, who: Address, since: int = 0) -> list[Outbound]:
    return [shown.outbound for shown in there.screen[since:] if shown.address == who]


@pytest.mark.parametrize(
    ("outcome", "says"),
    [
        (PAID, "1234 5678 9012 3456 7890"),
        (Refused("failed"), "sont revenus"),
        (Unknown("timeout"), "Nous vérifions"),
        (TokenAwaited(ProviderDetails(transaction_id="TX-1")), "code"),
        (None, "en cours"),
    ],
)
def test_news_sent_again_reach_the_owner_and_nobody_else(outcome: Any, says: str) -> None:
    there = town()
    order_id = bought(there, outcome=outcome)
    since = len(there.screen)
    there.say(f"/resend {order_id[:8].lower()}", SUPPORT)
    again = texts(there, CUSTOMER, since)
    assert len(again) == 1
    assert says in again[0].text
    assert again[0].durable
    for who in (SUPPORT, OPERATOR, ADMIN):
        assert not re.search(r"\d{16,}|(?:\d{4} ){3}\d{4}", "".join(m.text for m in texts(there, who)))
    log = there.store.rows("SELECT what, target, address, role FROM audit")
    assert [tuple(row) for row in log] == [("resend", order_id, str(SUPPORT), "support")]
    # The order itself is as it was.
    assert there.store.one("SELECT count(*) FROM orders WHERE state = 'delivered'") == (outcome is PAID)


def test_a_file_is_written_into_the_audit_log() -> None:
    there = town()
    there.say("/export ledger du 01/11 au 24/11 csv", OPERATOR)
    attachment = texts(there, OPERATOR)[-1].attachment
    assert attachment is not None
    assert attachment.arguments == ("2026-11-01", "2026-11-24", "csv")
    rows = there.store.rows("SELECT what, target, role FROM audit")
    assert [tuple(row) for row in rows] == [("export", "ledger 2026-11-01 2026-11-24 csv", "operator")]
    for wrong in ("/export", "/export orders demain", "/export photos"):
        there.say(wrong, OPERATOR)
        assert texts(there, OPERATOR)[-1].attachment is None
    assert there.store.one("SELECT count(*) FROM audit") == 1


def test_a_filter_that_is_too_long_for_a_button_stays_in_the_session() -> None:
    there = town()
    for _ in range(8):
        bought(there, outcome=PAID, amount=5_000)
        there.now += 11 * 60_000
    long = "/orders livrée woyofal 14123456789 telegram:221780003344 01/11/2026 30/11/2026"
    there.say(long, SUPPORT)
    assert len(texts(there, SUPPORT)[-1].rows) == 8
    there.tap("Plus anciens", SUPPORT)
    assert "1. ✅" in texts(there, SUPPORT)[-1].text
    assert "3. ✅" not in texts(there, SUPPORT)[-1].text
    there.tap("Plus récents", SUPPORT)
    assert "6. ✅" in texts(there, SUPPORT)[-1].text
    # Such a button belongs to its question; the filter is not lost to another's.
    there.say("/today", SUPPORT)
    there.tap("Plus anciens", SUPPORT, gone=True)
    assert "Plus anciens" not in str(texts(there, SUPPORT)[-1].rows)
    # A button that nobody made changes nothing.
    from bot.domain.inbound import Tap

    for data in ("~.orders.x", "~.orders.1234567 open", "~.orders.0 nonsense", "~.orders."):
        there.hear(SUPPORT, Tap(data), "1")
        assert "filtre" in texts(there, SUPPORT)[-1].text


def test_a_person_by_the_end_of_the_address() -> None:
    there = town()
    bought(there, outcome=PAID)
    there.fund(5, Address("whatsapp", "221780003344"))
    there.say("/user 0003344", SUPPORT)
    which = texts(there, SUPPORT)[-1]
    assert "telegram:221780003344" in which.text
    assert "whatsapp:221780003344" in which.text
    there.tap("👤 whatsapp", SUPPORT)
    assert "whatsapp:221780003344" in texts(there, SUPPORT)[-1].text.splitlines()[0]
    there.fund(5, Address("whatsapp", "Z" * 70))
    there.fund(5, Address("whatsapp", "Y" + "Z" * 70))
    there.say(f"/user {'Z' * 20}", SUPPORT)
    assert len(texts(there, SUPPORT)[-1].rows) == 1, "no button carries such an address"
    there.say(f"/find {'Z' * 20}", SUPPORT)
    assert len(texts(there, SUPPORT)[-1].rows) == 1
    there.say(f"/user whatsapp:{'Z' * 70}", SUPPORT)
    assert "Z" * 70 in texts(there, SUPPORT)[-1].text


def test_everything_known_of_a_person_is_told() -> None:
    there = town()
    execute = there.store.connection.execute
    for _ in range(6):
        bought(there, outcome=PAID, amount=1_000)
        there.now += 11 * 60_000
    execute("INSERT INTO reseller VALUES (?, '', '{}', 9000, 'argon', 0, 0, 0, ?)", (str(CUSTOMER), NOON))
    execute("INSERT INTO frozen VALUES (?, ?)", (str(CUSTOMER), NOON))
    execute("INSERT INTO admin VALUES (?, 'support', 'telegram:1', 0)", (str(CUSTOMER),))
    execute("INSERT INTO credit_limit VALUES (?, 700)", (str(CUSTOMER),))
    execute("INSERT INTO client VALUES (5, 'telegram:9', 'Awa', '', '', '', 0)")
    execute("INSERT INTO reseller VALUES ('telegram:9', 'Chez <Awa>', '{}', NULL, NULL, 0, 0, 0, 0)")
    execute("INSERT INTO consent VALUES (1, 5, ?, ?, NULL, NULL)", (str(CUSTOMER), NOON))
    bought_open = there.store.one("SELECT count(*) FROM orders")
    there.say(f"/user {CUSTOMER}", OPERATOR)
    message = texts(there, OPERATOR)[-1]
    for part in ("En pause", "support", "9 000", "700", "PIN", "Chez &lt;Awa&gt;", "/unfreeze"):
        assert part in message.text.replace("\u00a0", " "), part
    assert "argon" not in message.text
    assert "/freeze" not in message.text
    assert "/credit" not in message.text
    assert bought_open == 6
    there.tap("🧾", OPERATOR)
    assert str(CUSTOMER) in texts(there, OPERATOR)[-1].text


def test_the_best_clients_and_days_by_their_number() -> None:
    there = town()
    there.store.connection.execute(
        "INSERT INTO reseller VALUES (?, 'Chez Modou', '{}', NULL, NULL, 0, 0, 0, 0)", (str(RESELLER),)
    )
    there.fund(1_000_000, RESELLER)
    garden = Garden(there.store, there.installation, given=5_000)
    sold: list[str] = []
    for at_ in range(12):
        client = f"Client {at_:02}" if at_ else ""
        sold.append(garden.sell(RESELLER, there.now, 1_000 + at_, client=client, commission_xof=10))
    there.store.connection.execute("UPDATE orders SET refunded_xof = 500 WHERE id = ?", (sold[0],))
    there.now += 60_000
    there.say("/day")
    page = there.last().text
    assert "12 ventes" in page
    assert "et 2 autres" in page
    assert "Client 11" in page
    assert "500" in page
    assert "sans client" not in page
    there.say("/day 24")
    assert there.last().text == page
    there.say("/day 25")
    assert "25/10/2026" in there.last().text.replace("\u00a0", " ")
    there.say("/day 32")
    assert "Je n’ai pas compris" in there.last().text
    there.say("/month 12")
    assert "décembre 2025" in there.last().text.replace("\u00a0", " ")
    there.say("/month 13")
    assert "Je n’ai pas compris" in there.last().text
    there.say("/day 01/01/2000")
    assert there.last().rows[0][0].label == "02/01/2000 ▶"


def test_no_filter_and_no_find_shows_a_code() -> None:
    there = town()
    order_id = bought(there, outcome=PAID)
    for text in (
        "/orders",
        "/find 7890",
        f"/find {order_id}",
        f"/order {order_id}",
        f"/user {CUSTOMER}",
        "/today",
        "/stats",
    ):
        there.say(text, SUPPORT)
    shown = "".join(m.text + str(m.rows) for m in texts(there, SUPPORT))
    assert not re.search(r"\d{16,}|(?:\d{4} ){3}\d{4}", shown)
    assert CODE[-4:] in shown


def test_an_order_that_is_found_twice_is_shown_once() -> None:
    there = town()
    order_id = bought(there, outcome=Delivered((CODE,), ProviderDetails(transaction_id="DIOP-1")))
    there.say("/find diop", SUPPORT)
    shown = texts(there, SUPPORT)[-1]
    assert [button.data for row in shown.rows for button in row if isinstance(button, Choice)] == [
        f"-.inspect.{order_id}",
        "-.menu.",
    ]
    assert "Transaction" not in shown.text


# Help.


def test_the_admins_own_help_stands_in_the_place_of_ours() -> None:
    there = town()
    there.store.connection.execute("INSERT INTO rule VALUES ('text:help:fr', 'Appelez <b>Moussa</b> & fils')")
    there.say("/help", CUSTOMER)
    own, offer = texts(there, CUSTOMER)[-1].text.split("\n\n")
    assert own == "Appelez &lt;b&gt;Moussa&lt;/b&gt; &amp; fils"
    assert "<b>contact</b>" in offer
    there.say("/help", SUPPORT)
    text = texts(there, SUPPORT)[-1].text
    assert text.startswith("Appelez &lt;b&gt;Moussa")
    assert "/today" in text
    there.say("/language en", CUSTOMER)
    there.say("/help", CUSTOMER)
    assert "How it works" in texts(there, CUSTOMER)[-1].text


def test_a_help_that_is_too_long_for_one_message_comes_in_two() -> None:
    there = town()
    there.store.connection.execute("INSERT INTO rule VALUES ('text:help:fr', ?)", ("Appelez Moussa. " * 220,))
    since = len(there.screen)
    there.say("/help", ADMIN)
    first, second = texts(there, ADMIN, since)
    assert first.text.startswith("Appelez Moussa.")
    assert not first.rows
    assert second.rows
    both = first.text + second.text
    assert max(len(first.text), len(second.text)) <= 4096
    assert both.count("/credit ") == both.count("/today ") == 1
