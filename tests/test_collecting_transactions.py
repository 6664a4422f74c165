"""Customers who pay for themselves, over the real scripts and both stores: begun once, booked once, bought, given back
or kept, whatever comes late, twice, short or to a closed shop.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from msgspec.structs import replace

from bot.domain.catalog import FeeRule
from bot.domain.collecting import (
    Collected,
    CollectionClaim,
    Exists,
    LookUpUnknown,
    NotOpened,
    NotPaid,
    Open,
    Opened,
    PaidBack,
    PayBackNotSent,
    PayBackRefused,
    PayBackUnknown,
    Payment,
)
from bot.domain.collection import Collection
from bot.domain.collection import begin as opening
from bot.domain.outcome import Delivered, ProviderDetails, Refused
from bot.domain.payback import PayBack
from bot.domain.payback import begin as sending
from bot.domain.quote import Quote
from bot.errors import StoreConflict
from bot.repositories import collections, paybacks, resellers
from bot.repositories.collections import payer_of, taken_of
from bot.repositories.money import available_of
from bot.repositories.orders import load_order
from bot.repositories.people import freeze
from bot.repositories.rules import set_rule
from bot.settlement.claims import claim_one
from bot.store import Script
from bot.transactions import refunds
from bot.transactions.acts import refund_order
from bot.transactions.collections import ask_about, call_off, decide, settle, take_claim
from bot.transactions.installation import Installation
from bot.transactions.orders import settle as settle_order
from bot.transactions.paybacks import ask_back, method_back
from bot.transactions.paybacks import settle as settle_payback
from bot.transactions.paybacks import take_claim as claim_payback
from bot.transactions.payment_news import PaymentResult
from bot.transactions.unit import Unit
from bot.transactions.ways_to_pay import NotBegun, advance_left, asked, ways
from tests.collecting_world import DAY_MS, PAYER, TERMS, ask, collecting, loaded, pay, said
from tests.sync_store import WRONG_BALANCES, SyncStore
from tests.test_scripts import ADMIN, AWA, MODOU, NOW, a_quote, an_installation, give
from tests.units import acting

pytestmark = pytest.mark.twins

NONE, KEPT = collecting(), collecting("allowed")


@pytest.fixture
def store() -> Iterator[SyncStore]:
    opened = SyncStore()
    yield opened
    assert opened.one("SELECT coalesce(sum(amount_xof), 0) FROM entry") == 0
    assert opened.rows(WRONG_BALANCES) == []
    opened.close()


def books(store: SyncStore) -> dict[str, int]:
    rows = store.rows("SELECT account, sum(amount_xof) AS xof FROM entry GROUP BY account ORDER BY account")
    return {row["account"]: row["xof"] for row in rows if row["xof"]}


def back(store: SyncStore, id_: str) -> PayBack:
    payback = store.run(paybacks.load, id_)
    assert payback is not None
    return payback


def opened(store: SyncStore, installation: Installation, id_: str, what: Quote | int, **more: Any) -> Collection:
    """Somebody is asked, and has the link."""
    assert isinstance(ask(store, installation, id_, what, **more), Collection)
    store.run(collections.save, opening(loaded(store, id_), NOW))
    store.run(settle, installation, id_, Opened("P1", "https://pay.example/1"), "create", NOW)
    return loaded(store, id_)


def upon(installation: Installation, act: Any, *args: Any, who: Any = AWA) -> Any:  # any act in a unit
    return acting, installation, who, NOW + 120_000, act, *args


def order_state(store: SyncStore, id_: str) -> str | None:
    order = store.run(load_order, id_)
    return None if order is None else order.state


# Beginning.


def test_a_payer_is_asked_for_the_total_and_the_fee_and_never_twice(store: SyncStore) -> None:
    quote = a_quote()
    begun = ask(store, NONE, "C1", quote)
    assert isinstance(begun, Collection)
    assert (begun.amount_xof, begun.fee_xof, begun.quote_id, begun.due_at) == (5_175, 100, quote.id, NOW)
    assert store.run(collections.quote_of, "C1") == replace(quote, expires_at=begun.expires_at)
    live = ask(store, NONE, "C2", quote, method="orange_money")
    assert live == NotBegun("live", loaded(store, "C1"))
    assert [each.id for each in store.run(collections.open_of, str(AWA), NOW)] == ["C1"]
    store.run(collections.save, opening(loaded(store, "C1"), NOW))
    store.run(settle, NONE, "C1", NotOpened("invalid"), "create", NOW)
    assert isinstance(ask(store, NONE, "C2", quote), Collection), "the first one certainly cannot be paid"
    pay(store, NONE, "C2", 5_175)
    assert ask(store, NONE, "C3", quote) == NotBegun("bought")


def test_what_cannot_be_asked_for(store: SyncStore) -> None:
    quote = a_quote()
    assert ask(store, an_installation(), "C1", quote) == NotBegun("closed")
    assert ask(store, NONE, "C1", quote, method="wizall") == NotBegun("closed")
    assert ask(store, NONE, "C1", a_quote(1_000_000), method="orange_money") == NotBegun("sum")
    assert ask(store, NONE, "C1", quote, method="orange_money", payer=None) == NotBegun("number")
    assert ask(store, NONE, "C1", 5_000) == NotBegun("no_advances")
    assert ask(store, KEPT, "C1", TERMS.advance_most_xof + 1) == NotBegun("held_most")
    tight = collecting("allowed", advance_month_xof=4_000)
    assert ask(store, tight, "C1", 5_000) == NotBegun("month_most")
    opened(store, tight, "C1", 3_000)
    pay(store, tight, "C1", 3_100)
    left = store.run(advance_left, str(AWA), TERMS, NOW)
    assert (left.held_xof, left.month_xof) == (TERMS.advance_most_xof - 3_000, TERMS.advance_month_xof - 3_000)
    assert ask(store, tight, "C2", 1_001) == NotBegun("month_most")
    assert asked(TERMS, 1_000).amount_xof == 1_100


def test_where_customers_had_advances_they_keep_them_until_the_operator_says_otherwise(store: SyncStore) -> None:
    silent = collecting(None)  # type: ignore[arg-type]  # nothing was said
    assert ask(store, silent, "C1", 5_000) == NotBegun("no_advances")
    store.run(set_rule, "advances", "allowed")
    assert isinstance(ask(store, silent, "C1", 5_000), Collection)
    assert ask(store, NONE, "C2", 5_000) == NotBegun("no_advances")


def test_ways_are_offered_with_their_sums_and_one_that_fails_comes_last(store: SyncStore) -> None:
    assert store.run(ways, an_installation().shop, 5_000, NOW) == ()
    offered = store.run(ways, NONE.shop, 5_000, NOW)
    assert [(each.way.method, each.amount_xof, each.fee_xof) for each in offered] == [
        ("wave", 5_100, 100),
        ("orange_money", 5_100, 100),
    ]
    assert [each.way.method for each in store.run(ways, NONE.shop, 2_000_000, NOW)] == ["wave"]
    opened(store, NONE, "C9", a_quote())
    for at in range(3):
        ask(store, NONE, f"C{at}", a_quote())
        store.run(collections.save, opening(loaded(store, f"C{at}"), NOW))
        store.run(settle, NONE, f"C{at}", NotOpened("invalid"), "create", NOW)
    assert [each.way.method for each in store.run(ways, NONE.shop, 5_000, NOW)] == ["orange_money", "wave"]
    assert [each.way.method for each in store.run(ways, NONE.shop, 5_000, NOW + DAY_MS)] == ["wave", "orange_money"]


# Paid as asked.


def test_money_that_has_come_buys_what_was_quoted_by_itself(store: SyncStore) -> None:
    quote = a_quote()
    assert opened(store, NONE, "C1", quote).state == "open"
    result = pay(store, NONE, "C1", 5_175)
    assert (result.orders, order_state(store, quote.id)) == ([quote.id], "waiting")
    assert books(store) == {"collected": -5_125, "collection_fees": 50, "hold": 5_075}
    assert "5 175" in said(result)[0].replace("\N{NO-BREAK SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " ")
    assert store.run(payer_of, str(AWA), "wave") == PAYER
    assert [each.kept_xof for each in store.run(taken_of, "C1")] == [0]
    # The same look-up again moves nothing.
    assert pay(store, NONE, "C1", 5_175).posted == []
    assert books(store)["hold"] == 5_075


def test_the_message_that_asks_is_the_one_that_turns(store: SyncStore) -> None:
    opened(store, NONE, "C1", a_quote())
    store.run(collections.keep_message, "C1", "77")
    [message] = [each for each in pay(store, NONE, "C1", 5_175).posted if each.address == str(AWA)]
    assert message.outbound.replaces == "77"


@pytest.mark.parametrize(
    ("advances", "home"), [("none", {"paybacks": 5_175}), ("allowed", {"customer:telegram:1": 5_175})]
)
def test_paid_twice(store: SyncStore, advances: Any, home: dict[str, int]) -> None:
    installation = collecting(advances)
    opened(store, installation, "C1", a_quote())
    pay(store, installation, "C1", 5_175)
    pay(store, installation, "C1", 5_175, 5_175)
    assert books(store) == {"collected": -10_250, "hold": 5_075, **home}
    if advances == "none":
        assert back(store, "C1B1").state == "waiting"


def test_too_much_buys_and_the_rest_goes_back(store: SyncStore) -> None:
    opened(store, NONE, "C1", a_quote())
    pay(store, NONE, "C1", 6_000)
    assert (back(store, "C1B0").amount_xof, back(store, "C1B0").payer) == (825, PAYER)
    assert books(store)["hold"] == 5_075


@pytest.mark.parametrize(
    ("given", "named", "state"),
    [
        (PAYER, PAYER, "waiting"),
        (PAYER, None, "waiting"),
        (PAYER, "761234567", "held"),
        (None, "761234567", "held"),
    ],
)
def test_a_number_that_only_the_provider_named_gets_nothing_before_an_admin_agrees(
    store: SyncStore, given: str | None, named: str | None, state: str
) -> None:
    opened(store, NONE, "C1", a_quote(), payer=given)
    result = pay(store, NONE, "C1", 6_000, payer=named)
    payback = back(store, "C1B0")
    assert (payback.state, payback.payer) == (state, named or given)
    assert [kind for kind, _ in result.alerts if kind == "held"] == ([] if state == "waiting" else ["held"])
    # What nobody gave us is not offered the next time either.
    assert store.run(payer_of, str(AWA), "wave") == given


def test_too_little_buys_nothing(store: SyncStore) -> None:
    quote = a_quote()
    opened(store, NONE, "C1", quote)
    assert "5 175" in said(pay(store, NONE, "C1", 4_000))[0].replace("\N{NO-BREAK SPACE}", " ").replace(
        "\N{NARROW NO-BREAK SPACE}", " "
    )
    assert order_state(store, quote.id) is None
    assert back(store, "C1B0").amount_xof == 4_000


def test_where_money_stays_two_parts_buy(store: SyncStore) -> None:
    quote = a_quote()
    opened(store, KEPT, "C1", quote)
    pay(store, KEPT, "C1", 4_000)
    assert order_state(store, quote.id) is None
    pay(store, KEPT, "C1", 4_000, 1_175)
    assert order_state(store, quote.id) == "waiting"
    assert store.run(available_of, str(AWA)) == 0


def test_a_payment_is_taken_to_one_collection_only(store: SyncStore) -> None:
    opened(store, KEPT, "C1", 1_000)
    opened(store, KEPT, "C2", 1_000)
    same = Collected((Payment(1_100, "T1", 50, PAYER),))
    store.run(settle, KEPT, "C1", same, "look_up", NOW)
    other = store.run(settle, KEPT, "C2", same, "look_up", NOW)
    assert other is not None
    assert [kind for kind, _ in other.alerts] == ["unreadable"]
    assert store.run(available_of, str(AWA)) == 1_000
    both = Collected((Payment(1_100, "T1", 50, PAYER), Payment(1_100, "T2", 50, PAYER)))
    store.run(settle, KEPT, "C2", both, "look_up", NOW)
    assert store.run(available_of, str(AWA)) == 2_000


# What no longer holds.


def later(quote: Quote) -> int:
    return quote.created_at + 3_600_000


def test_what_is_paid_late_still_buys_electricity_at_the_same_price(store: SyncStore) -> None:
    quote = a_quote()
    opened(store, NONE, "C1", quote)
    store.run(settle, NONE, "C1", Open(), "look_up", later(quote))
    assert loaded(store, "C1").state == "expired"
    pay(store, NONE, "C1", 5_175, now=later(quote))
    assert order_state(store, quote.id) == "waiting"


def test_what_was_paid_in_time_and_heard_of_late_was_paid_in_time(store: SyncStore) -> None:
    bill = replace(a_quote(), service="senelec", reference_facture="F1")
    opened(store, NONE, "C1", bill)
    payment = Payment(5_175, "T1", 50, PAYER, NOW + 1_000)
    store.run(settle, NONE, "C1", Collected((payment,)), "look_up", NOW + 5 * DAY_MS)
    assert order_state(store, bill.id) == "waiting"


@pytest.mark.parametrize("what", ["bill", "days", "fee", "twin"])
def test_what_is_paid_late_and_holds_no_longer_goes_back(store: SyncStore, what: str) -> None:
    quote = a_quote()
    quote = replace(quote, service="senelec") if what == "bill" else quote
    opened(store, NONE, "C1", quote)
    now = later(quote) + (2 * DAY_MS if what == "days" else 0)
    if what == "fee":
        store.run(set_rule, "fee:woyofal", "3%")
    if what == "twin":
        give(store, AWA, 5_075)
        store.run(*upon(NONE, place, replace(quote, id="Q-OTHER")))
    store.run(settle, NONE, "C1", Open(), "look_up", now)
    result = pay(store, NONE, "C1", 5_175, now=now)
    assert order_state(store, quote.id) is None
    assert back(store, "C1B0").amount_xof == 5_175
    assert said(result)


def place(unit: Unit, quote: Quote) -> Script[None]:
    from bot.transactions.purchases import place as confirm

    yield from confirm(unit, quote)


def test_nothing_is_bought_that_may_not_be(store: SyncStore) -> None:
    """A paused account, a service that is closed, an amount that is not sold any more, a day's limit, a Cancel."""
    quotes = {name: a_quote() for name in ("closed", "frozen", "limits", "cancelled", "bought", "limit")}
    quotes["limits"] = a_quote(100_000_000)
    for name, quote in quotes.items():
        opened(store, KEPT, name, quote)
    store.run(*upon(KEPT, call_off, loaded(store, "cancelled")))
    from bot.domain.collecting import Expired

    store.run(settle, KEPT, "cancelled", Expired(), "expire", NOW)
    pay(store, KEPT, "cancelled", 5_175)
    pay(store, KEPT, "limits", quotes["limits"].total_xof + 100)
    give(store, AWA, 5_075)
    store.run(*upon(KEPT, place, quotes["bought"]))
    pay(store, KEPT, "bought", 5_175)
    store.run(set_rule, "maintenance:woyofal", "")
    pay(store, KEPT, "closed", 5_175)
    store.run(set_rule, "maintenance:woyofal", None)
    store.run(freeze, str(AWA), NOW)
    pay(store, KEPT, "frozen", 5_175)
    assert [order_state(store, quote.id) for quote in quotes.values()] == [None, None, None, None, "waiting", None]


def test_a_resellers_day_has_an_end(store: SyncStore) -> None:
    store.run(resellers.make, str(AWA), "Chez Awa", NOW)
    store.run(resellers.set_day_limit, str(AWA), 1_000)
    quote = a_quote()
    opened(store, NONE, "C1", quote)
    pay(store, NONE, "C1", 5_175)
    assert order_state(store, quote.id) is None
    assert store.run(available_of, str(AWA)) == 5_175, "a reseller's money stays, it is a trade account"


# To have here.


def test_a_reseller_fills_their_float(store: SyncStore) -> None:
    store.run(resellers.make, str(AWA), "Chez Awa", NOW)
    opened(store, NONE, "C1", 2_000_000)
    pay(store, NONE, "C1", 2_000_100)
    assert store.run(available_of, str(AWA)) == 2_000_000


def test_an_advance_stays_within_its_bounds_and_the_rest_goes_back(store: SyncStore) -> None:
    installation = collecting("allowed", advance_most_xof=5_000)
    opened(store, installation, "C1", 4_000)
    pay(store, installation, "C1", 4_100, 3_000)
    assert store.run(available_of, str(AWA)) == 5_000
    assert back(store, "C1B1").amount_xof == 2_000


def test_money_that_cannot_go_back_stays_its_owners_and_the_admins_know(store: SyncStore) -> None:
    opened(store, NONE, "C1", a_quote(), payer=None)
    result = pay(store, NONE, "C1", 4_000, payer=None)
    assert ("homeless", "C1: 4000") in result.alerts
    assert said(result, ADMIN)
    assert store.run(available_of, str(AWA)) == 4_000
    opened(store, NONE, "C2", a_quote())
    assert [kind for kind, _ in pay(store, NONE, "C2", 150).alerts] == ["homeless", "another_amount"], "below the least"


def test_debts_are_paid_first(store: SyncStore) -> None:
    from bot.domain.ledger import debit
    from bot.repositories.money import post, set_credit_limit

    store.run(set_credit_limit, str(AWA), 10_000)
    store.run(post, debit("d", str(AWA), 4_500, "rent"), NOW, 0)
    opened(store, NONE, "C1", a_quote())
    pay(store, NONE, "C1", 4_000)
    assert store.run(available_of, str(AWA)) == -500
    assert store.run(paybacks.of_collection, "C1") == ()


# Money back.


def test_an_order_that_came_to_nothing_gives_back_all_that_was_paid(store: SyncStore) -> None:
    quote = a_quote()
    opened(store, NONE, "C1", quote)
    pay(store, NONE, "C1", 5_175)
    store.run(settle_order, NONE, quote.id, Refused("invalid"), "admin", NOW)
    payback = back(store, "C1R0")
    assert (payback.amount_xof, payback.state) == (5_175, "waiting")
    assert store.run(available_of, str(AWA)) == 0
    done = PaidBack("B1", 25)
    store.run(paybacks.save, sending(payback, NOW))
    result = store.run(settle_payback, NONE, payback.id, done, "pay", NOW)
    assert result is not None
    assert said(result)
    assert books(store) == {"collected": 75, "collection_fees": -75}, "what came and went cost us two fees"


def test_an_order_that_cost_less_gives_back_the_difference(store: SyncStore) -> None:
    quote = replace(a_quote(), service="senelec")
    opened(store, NONE, "C1", quote)
    pay(store, NONE, "C1", 5_175)
    details = ProviderDetails("T1", 4_500, 50, "14123456789")
    store.run(claim_one, NONE, quote.id, NOW)
    store.run(settle_order, NONE, quote.id, Delivered((), details), "pay", NOW, leased=True)
    assert order_state(store, quote.id) == "delivered"
    assert back(store, "C1R0D").amount_xof == 500
    store.run(*upon(NONE, refund_order, quote.id, 1_000, "sorry", who=ADMIN))
    assert back(store, "C1R0F").amount_xof == 1_000
    assert store.run(available_of, str(AWA)) == 0


def test_where_money_stays_an_order_that_came_to_nothing_leaves_it_in_the_account(store: SyncStore) -> None:
    quote = a_quote()
    opened(store, KEPT, "C1", quote)
    pay(store, KEPT, "C1", 5_175)
    store.run(settle_order, KEPT, quote.id, Refused("invalid"), "admin", NOW)
    assert store.run(available_of, str(AWA)) == 5_075
    other = a_quote()
    give(store, AWA, 5_075)
    store.run(*upon(NONE, place, other))
    store.run(settle_order, NONE, other.id, Refused("invalid"), "admin", NOW)
    assert store.run(paybacks.open_ones) == (), "nobody collected what an admin gave"


def test_above_the_bound_an_admin_confirms(store: SyncStore) -> None:
    installation = collecting(auto_most_xof=1_000)
    opened(store, installation, "C1", a_quote())
    result = pay(store, installation, "C1", 4_000)
    held = back(store, "C1B0")
    assert (held.state, held.due_at) == ("held", None)
    assert said(result, ADMIN)
    store.run(*upon(installation, refunds.confirm, held, who=ADMIN))
    assert back(store, "C1B0").state == "waiting"
    store.run(*upon(installation, refunds.decide_kept, back(store, "C1B0"), who=ADMIN))
    assert (back(store, "C1B0").state, store.run(available_of, str(AWA))) == ("kept", 4_000)
    store.run(*upon(installation, refunds.decide_paid, back(store, "C1B0"), who=ADMIN))
    assert (back(store, "C1B0").state, store.run(available_of, str(AWA))) == ("done", 0)


def test_answers_to_a_pay_back(store: SyncStore) -> None:
    opened(store, NONE, "C1", a_quote())
    pay(store, NONE, "C1", 4_000)
    assert store.run(settle_payback, NONE, "none", PaidBack(), "pay", NOW) is None
    store.run(paybacks.save, sending(back(store, "C1B0"), NOW))
    busy = PayBackNotSent("busy", 3.0)
    store.run(settle_payback, NONE, "C1B0", busy, "pay", NOW)
    assert back(store, "C1B0").state == "waiting"
    store.run(paybacks.save, sending(back(store, "C1B0"), NOW))
    store.run(settle_payback, NONE, "C1B0", PayBackUnknown("timeout"), "pay", NOW, leased=True)
    claim = CollectionClaim("paid", "payback", "C1B0")
    assert store.run(claim_payback, NONE, "C1B0", claim, NOW) is not None
    assert store.run(claim_payback, NONE, "none", claim, NOW) is None
    store.run(settle_payback, NONE, "C1B0", PayBackRefused("number"), "look_up", NOW)
    assert (back(store, "C1B0").state, books(store)["paybacks"]) == ("refused", 4_000)


def test_a_customer_asks_for_their_advance(store: SyncStore) -> None:
    def refund(unit: Unit, id_: str, amount_xof: int) -> Script[None]:
        yield from refunds.ask_refund(unit, id_, amount_xof)

    store.run(*upon(KEPT, refund, "R0", 1_000))
    opened(store, KEPT, "C1", 4_000)
    pay(store, KEPT, "C1", 4_100)
    store.run(*upon(KEPT, refund, "R1", 1_000))
    assert (back(store, "R1").state, back(store, "R1").amount_xof) == ("held", 1_000)
    assert [each.id for each in store.run(paybacks.of_customer, str(AWA))] == ["R1"]
    found = store.run(paybacks.find, "R")
    assert found is not None
    assert (found.id, store.run(paybacks.find, "X"), store.run(paybacks.find, "")) == ("R1", None, None)


def test_by_which_method_money_goes_back() -> None:
    assert method_back(TERMS, "wave", PAYER, 5_000) == "wave"
    assert method_back(TERMS, "any", PAYER, 5_000) == "orange_money"
    assert method_back(TERMS, "any", "701234567", 5_000) == "wave"
    assert method_back(TERMS, "any", "761234567", 5_000) is None
    assert method_back(TERMS, "wave", None, 5_000) is None
    assert method_back(TERMS, "wave", "12", 5_000) is None
    assert method_back(TERMS, "wave", PAYER, 100) is None


# What else is told, and by whom.


def test_what_is_heard_of_a_collection(store: SyncStore) -> None:
    assert store.run(settle, NONE, "none", Exists(), "create", NOW) is None
    ask(store, NONE, "C1", a_quote(), method="orange_money")
    store.run(collections.save, opening(loaded(store, "C1"), NOW))
    result = store.run(settle, NONE, "C1", Opened("P1"), "create", NOW, leased=True)
    assert result is not None
    assert "77 ••• •• 67" in said(result)[0]
    claim = CollectionClaim("paid", "collection", "C1", signature="valid")
    assert store.run(take_claim, NONE, "none", claim, NOW) is None
    assert store.run(take_claim, NONE, "C1", claim, NOW) is not None
    assert store.run(take_claim, NONE, "C1", replace(claim, signature="invalid"), NOW) is not None
    busy = LookUpUnknown("busy", retry_seconds=1)
    store.run(settle, NONE, "C1", busy, "look_up", NOW)
    refused = LookUpUnknown("not_authorized")
    first = store.run(settle, NONE, "C1", refused, "look_up", NOW)
    again = store.run(settle, NONE, "C1", refused, "look_up", NOW)
    assert first is not None
    assert again is not None
    assert (len(said(first, ADMIN)), len(said(again, ADMIN))) == (1, 0)
    result = store.run(settle, NONE, "C1", NotPaid("refused"), "look_up", NOW)
    assert result is not None
    assert len(said(result)) == 1


def test_who_says_that_they_paid_is_believed_so_far_that_it_is_looked_up(store: SyncStore) -> None:
    opened(store, NONE, "C1", a_quote())

    def ask_often(unit: Unit) -> Script[list[bool]]:
        told = []
        for _ in range(7):
            told.append((yield from ask_about(unit, loaded_now)))
        return told

    loaded_now = loaded(store, "C1")
    unit = Unit(NONE, AWA, str(AWA), "fr", NOW + 1)
    assert store.run(ask_often, unit) == [True] * 6 + [False]
    assert (unit.collect[0], loaded(store, "C1").due_at) == ("C1", NOW + 1)
    assert store.run(ask_about, Unit(NONE, ADMIN, str(ADMIN), "fr", NOW), loaded_now)


def test_an_admin_says_what_became_of_it(store: SyncStore) -> None:
    quote = a_quote()
    opened(store, NONE, "C1", quote)
    store.run(*upon(NONE, decide, loaded(store, "C1"), Collected((Payment(5_175, "T9"),)), who=ADMIN))
    assert order_state(store, quote.id) == "waiting"
    assert [each.id for each in store.run(collections.newest, NOW)] == ["C1"]
    assert [each.id for each in store.run(collections.of_customer, str(AWA))] == ["C1"]
    assert store.run(collections.stuck) == ()
    found = store.run(collections.find, "C")
    assert found is not None
    assert (found.id, store.run(collections.find, "X"), store.run(collections.find, "")) == ("C1", None, None)
    assert [(each.method, each.state, each.many) for each in store.run(collections.lately, NOW)] == [
        ("wave", "paid", 1)
    ]


def test_accounts_that_are_joined_and_parted(store: SyncStore) -> None:
    opened(store, KEPT, "C1", 4_000)
    pay(store, KEPT, "C1", 4_100)
    store.run(collections.move_all, str(AWA), str(MODOU))
    assert loaded(store, "C1").customer == str(MODOU)
    assert store.run(payer_of, str(AWA), "wave") is None
    store.run(collections.part, str(MODOU), str(AWA), (), (str(AWA),))
    assert loaded(store, "C1").customer == str(AWA)


def test_where_collecting_is_free_the_price_is_the_price(store: SyncStore) -> None:
    free = collecting(fee=FeeRule())
    quote = a_quote()
    ask(store, free, "C1", quote)
    store.run(collections.save, opening(loaded(store, "C1"), NOW))
    result = store.run(settle, free, "C1", Opened("P1", "http://127.0.0.1:8090/pay/C1"), "create", NOW)
    assert result is not None
    assert "http://127.0.0.1:8090/pay/C1" in said(result)[0], "what no button can carry stands in the text"
    pay(store, free, "C1", 5_075)
    store.run(settle_order, free, quote.id, Refused("invalid"), "admin", NOW)
    assert back(store, "C1R0").amount_xof == 5_075


def test_nothing_is_asked_back_or_begun_twice_under_one_id(store: SyncStore) -> None:
    opened(store, KEPT, "C1", 4_000)
    pay(store, KEPT, "C1", 4_100)
    again = ask(store, KEPT, "C1", 1_000)
    assert isinstance(again, Collection)
    assert loaded(store, "C1").amount_xof == 4_100
    for expected in (3_000, 3_000):
        store.run(ask_back, KEPT, loaded(store, "C1"), "R1", 1_000, PAYER, NOW, PaymentResult())
        assert store.run(available_of, str(AWA)) == expected
    with pytest.raises(StoreConflict):
        store.run(collections.save, replace(loaded(store, "C1"), version=0))
    with pytest.raises(StoreConflict):
        store.run(paybacks.save, replace(back(store, "R1"), version=7))


def test_a_customer_who_paid_nothing_has_nothing_to_ask_back(store: SyncStore) -> None:
    def refund(unit: Unit, id_: str, amount_xof: int) -> Script[None]:
        yield from refunds.ask_refund(unit, id_, amount_xof)

    give(store, AWA, 5_000)
    opened(store, KEPT, "C1", 4_000)
    store.run(*upon(KEPT, refund, "R1", 1_000))
    assert store.run(paybacks.load, "R1") is None


def test_a_pay_back_that_is_looked_at_again_says_nothing_new(store: SyncStore) -> None:
    opened(store, NONE, "C1", a_quote())
    pay(store, NONE, "C1", 4_000)
    claim = CollectionClaim("paid", "payback", "another")
    result = store.run(claim_payback, NONE, "C1B0", claim, NOW)
    assert result is not None
    assert [kind for kind, _ in result.alerts] == ["foreign_hint"]
    assert back(store, "C1B0").version == 0


def test_an_order_that_came_to_nothing_and_whose_payer_nobody_knows(store: SyncStore) -> None:
    quote = a_quote()
    opened(store, NONE, "C1", quote, payer=None)
    pay(store, NONE, "C1", 5_175, payer=None)
    store.run(settle_order, NONE, quote.id, Refused("invalid"), "admin", NOW)
    assert store.run(available_of, str(AWA)) == 5_175
