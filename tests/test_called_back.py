"""An order came to nothing, its money was to go back to the number that paid, and then it succeeds after all: what has
certainly not left pays for it, over the scripts and both stores. What left, or may have, is not called back.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from msgspec.structs import replace

from bot.collections.claims import claim_all, due_ids
from bot.domain.collecting import (
    PaidBack,
    PayBackNotSent,
    PayBackProcessing,
    PayBackRefused,
    PayBackResult,
    PayBackUnknown,
)
from bot.domain.ledger import debit
from bot.domain.order import Source
from bot.domain.outcome import Delivered, Outcome, ProviderDetails, Refused, TokenAwaited
from bot.domain.payback import PayBack
from bot.domain.quote import Quote
from bot.errors import StoreConflict
from bot.repositories import paybacks
from bot.repositories.money import available_of, post, set_credit_limit
from bot.repositories.orders import load_order
from bot.settlement.claims import claim_one
from bot.store import Script
from bot.store.sql import statements
from bot.store.sqlite.scripts import run_script
from bot.store.together import in_turn
from bot.transactions import refunds
from bot.transactions.installation import Installation
from bot.transactions.orders import SettlementResult
from bot.transactions.orders import settle as settle_order
from bot.transactions.paybacks import settle as settle_payback
from tests.collecting_world import collecting, pay
from tests.sync_store import WRONG_BALANCES, SyncStore
from tests.test_collecting_transactions import back, books, opened, place, upon
from tests.test_scripts import ADMIN, AWA, NOW, a_quote, give

pytestmark = pytest.mark.twins

NONE, TWO = collecting(), collecting(owner="two")
CODE = "12345678901234567890"
LATE = NOW + 600_000
# What the books say when 5,175 F have bought what they were paid for, 5,075 F and a fee.
BOUGHT = {"collected": -5_125, "collection_fees": 100 - 50, "fees": 25, "float": 5_050}


@pytest.fixture
def store() -> Iterator[SyncStore]:
    opened = SyncStore()
    yield opened
    assert opened.one("SELECT coalesce(sum(amount_xof), 0) FROM entry") == 0
    assert opened.rows(WRONG_BALANCES) == []
    opened.close()


def refused(store: SyncStore, installation: Installation = NONE, quote: Quote | None = None) -> Quote:
    """What was paid for is refused, and the money is to go back."""
    quote = quote or a_quote()
    opened(store, installation, "C1", quote)
    pay(store, installation, "C1", quote.total_xof + 100)
    store.run(claim_one, installation, quote.id, NOW)
    store.run(settle_order, installation, quote.id, Refused("invalid"), "pay", NOW, leased=True)
    return quote


def delivered(amount_xof: int = 5_000) -> Delivered:
    return Delivered((CODE,), ProviderDetails("T1", amount_xof, 50, "14123456789"))


def succeeds(
    store: SyncStore,
    quote: Quote,
    outcome: Outcome | None = None,
    installation: Installation = NONE,
    source: Source = "look_up",
) -> SettlementResult:
    """Late."""
    result = store.run(settle_order, installation, quote.id, outcome or delivered(), source, LATE)
    assert isinstance(result, SettlementResult)
    return result


def read_by_owner(result: SettlementResult) -> list[str]:
    plain = str.maketrans(dict.fromkeys("\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}", " "))
    return [each.outbound.text.translate(plain) for each in result.posted if each.address == str(AWA)]


def borne(store: SyncStore, quote: Quote) -> int:
    order = store.run(load_order, quote.id)
    assert order is not None
    return order.borne_xof


def leaving(store: SyncStore, installation: Installation = NONE, now: int = LATE) -> list[tuple[str, str]]:
    """What is called for, if the worker looks now."""
    due = store.run(due_ids, installation, now, 50)
    result = store.run(claim_all, installation, due, now)
    return [(job.about.id, job.step) for job in result.jobs if isinstance(job.about, PayBack)]


@pytest.mark.parametrize("state", ["waiting", "held"])
def test_what_has_not_left_pays_for_the_order_that_succeeds_after_all(store: SyncStore, state: str) -> None:
    installation = collecting(auto_most_xof=100) if state == "held" else NONE
    quote = refused(store, installation)
    payback = back(store, "C1R0")
    assert (payback.state, payback.amount_xof) == (state, 5_175)
    result = succeeds(store, quote, installation=installation)
    called = back(store, "C1R0")
    assert (called.state, called.reason, called.due_at, called.stuck_at) == ("kept", "called_back", None, None)
    [text] = read_by_owner(result)
    assert "Les 5 175 F CFA qui allaient repartir vers vous l’ont payé" in text
    assert "1234 5678" in text
    assert (books(store), borne(store, quote)) == (BOUGHT, 0), "as if it had succeeded at once"
    assert [alert.kind for alert in result.alerts] == ["late_success"]
    assert leaving(store, installation, LATE + 86_400_000) == []
    # An admin who had it before them confirms nothing any more.
    if state == "held":
        with pytest.raises(StoreConflict):
            store.run(*upon(installation, refunds.confirm, payback, who=ADMIN))
    store.run(*upon(installation, refunds.confirm, called, who=ADMIN))
    assert (back(store, "C1R0").state, books(store)) == ("kept", BOUGHT)
    assert read_by_owner(succeeds(store, quote, installation=installation)) == []


LEFT: dict[str, PayBackResult | None] = {
    "sending": None,
    "processing": PayBackProcessing("B1"),
    "unknown": PayBackUnknown("timeout"),
    "refused": PayBackRefused("number"),
    "done": PaidBack("B1", 25),
}


@pytest.mark.parametrize("state", LEFT)
def test_what_left_or_may_have_is_not_called_back(store: SyncStore, state: str) -> None:
    quote = refused(store)
    assert leaving(store) == [("C1R0", "pay")]
    if (said := LEFT[state]) is not None:
        store.run(settle_payback, NONE, "C1R0", said, "pay", LATE, leased=True)
    before = back(store, "C1R0")
    assert before.state == state
    result = succeeds(store, quote)
    assert back(store, "C1R0") == before
    [text] = read_by_owner(result)
    assert "Rien n’a été repris" in text
    assert (borne(store, quote), books(store)["corrections"]) == (5_075, -5_075)


@pytest.mark.parametrize(
    "answer", [PayBackNotSent("unreachable"), PayBackRefused("float")], ids=["not sent", "float too low"]
)
def test_what_the_provider_certainly_did_not_take_has_not_left(store: SyncStore, answer: PayBackResult) -> None:
    quote = refused(store)
    leaving(store)
    store.run(settle_payback, NONE, "C1R0", answer, "pay", LATE, leased=True)
    succeeds(store, quote)
    assert (back(store, "C1R0").state, books(store)) == ("kept", BOUGHT)


def test_what_was_turned_away_after_the_order_had_succeeded_waits_for_a_person(store: SyncStore) -> None:
    """The operator bore the order, for a call was under way; nobody sends the money a second time by itself."""
    quote = refused(store)
    assert leaving(store) == [("C1R0", "pay")]
    succeeds(store, quote)
    store.run(settle_payback, NONE, "C1R0", PayBackNotSent("unreachable"), "pay", LATE, leased=True)
    assert back(store, "C1R0").state == "waiting"
    assert leaving(store, now=LATE + 3_600_000) == []
    assert back(store, "C1R0").stuck_at == LATE + 3_600_000
    assert leaving(store, now=LATE + 7_200_000) == []


# Two at once.


def test_a_worker_that_has_leased_it_keeps_it(store: SyncStore) -> None:
    quote = refused(store)
    assert leaving(store, TWO) == [("C1R0", "pay")], "leased, and the call has not begun"
    row = store.rows("SELECT state, lease_owner FROM payback WHERE id = 'C1R0'")[0]
    assert tuple(row) == ("sending", "two"), "with the lease it is written that a call is in flight"
    succeeds(store, quote)
    store.run(settle_payback, TWO, "C1R0", PaidBack("B1", 25), "pay", LATE, leased=True)
    assert (back(store, "C1R0").state, borne(store, quote)) == ("done", 5_075)


def test_a_worker_that_has_only_read_that_it_is_due_takes_up_nothing(store: SyncStore) -> None:
    quote = refused(store)
    due = store.run(due_ids, TWO, LATE, 50)
    assert due.paybacks == ("C1R0",)
    succeeds(store, quote)
    assert store.run(claim_all, TWO, due, LATE).jobs == []
    assert books(store) == BOUGHT


def _amid(outer: Script[Any], inner: Script[Any], at: int) -> Script[tuple[Any, Any, bool]]:
    """Two transactions that nothing keeps apart: after so many statements of the one comes all of the other."""
    met, answer = None, None
    rows: Any = None
    asking = in_turn(outer)
    for number in range(10_000):
        if number == at:
            met = yield from inner
        try:
            rows = yield asking.send(rows)
        except StopIteration as end:
            answer = end.value
            break
    inner.close()
    return answer, met, number >= at


def _claims() -> Script[Any]:
    due = yield from due_ids(TWO, LATE, 50)
    return (yield from claim_all(TWO, due, LATE))


@pytest.mark.parametrize("outer", ["worker", "order"])
def test_however_the_two_meet_it_leaves_or_pays_and_never_both(store: SyncStore, outer: str) -> None:
    quote = refused(store)
    seen = set()
    for at in range(200):
        store.connection.execute("SAVEPOINT before")
        try:
            store.connection.execute("SAVEPOINT met")
            scripts = [_claims(), settle_order(NONE, quote.id, delivered(), "look_up", LATE)]
            one, other = scripts if outer == "worker" else reversed(scripts)
            try:
                met = run_bare(store, _amid(one, other, at))
            except StoreConflict:
                store.connection.execute("ROLLBACK TO met")
                seen.add("one of them is run again")
                continue
            claimed = met[0] if outer == "worker" else met[1]
            jobs = [] if claimed is None else [job for job in claimed.jobs if job.about.id == "C1R0"]
            [state] = store.rows("SELECT state FROM payback WHERE id = 'C1R0'")[0]
            seen.add(state)
            if met[2]:
                assert (state, len(jobs)) in {("kept", 0), ("sending", 1)}
                expected_xof = 0 if state == "kept" else 5_075
                row = store.rows("SELECT borne_xof FROM orders WHERE id = ?", quote.id)[0]
                assert row["borne_xof"] == expected_xof, (at, state)
            else:
                break
        finally:
            store.connection.execute("ROLLBACK TO before")
            store.connection.execute("RELEASE before")
    assert seen >= {"sending", "kept", "one of them is run again"}, seen


def run_bare(store: SyncStore, script: Script[Any]) -> Any:
    """Within the transaction that is open."""
    return run_script(store.connection, statements(), script)


# What comes after.


def test_a_code_that_is_awaited_is_paid_for_too_and_a_second_refusal_gives_all_of_it_back(store: SyncStore) -> None:
    quote = refused(store)
    awaited = succeeds(store, quote, TokenAwaited(ProviderDetails("T1", 5_000, 50, "14123456789")))
    [text] = read_by_owner(awaited)
    assert "Les 5 175 F CFA qui allaient repartir vers vous la paient" in text
    assert books(store) == {"collected": -5_125, "collection_fees": 50, "hold": 5_075}
    store.run(settle_order, NONE, quote.id, Refused("invalid"), "admin", LATE)
    assert (back(store, "C1R1").state, back(store, "C1R1").amount_xof) == ("waiting", 5_175)
    succeeds(store, quote)
    assert (back(store, "C1R1").state, books(store)) == ("kept", BOUGHT)


def test_a_fee_that_was_given_back_once_is_not_given_back_again(store: SyncStore) -> None:
    quote = refused(store)
    leaving(store)
    store.run(settle_payback, NONE, "C1R0", PaidBack("B1", 25), "pay", LATE, leased=True)
    succeeds(store, quote, TokenAwaited(ProviderDetails("T1", 5_000, 50, "14123456789")))
    store.run(settle_order, NONE, quote.id, Refused("invalid"), "admin", LATE)
    assert store.run(paybacks.load, "C1R1") is None, "what the operator bore comes back to the operator"
    assert books(store) == {"collected": 75, "collection_fees": -75}


def test_what_a_late_success_did_not_need_goes_back(store: SyncStore) -> None:
    quote = refused(store, quote=replace(a_quote(), service="senelec"))
    succeeds(store, quote, Delivered((), ProviderDetails("T1", 4_500, 50, "14123456789")), source="replay")
    assert back(store, "C1R0").state == "kept"
    assert (back(store, "C1R1D").amount_xof, back(store, "C1R1D").state) == (500, "waiting")
    assert store.run(available_of, str(AWA)) == 0


def test_who_owes_pays_with_what_is_there(store: SyncStore) -> None:
    quote = refused(store)
    store.run(set_credit_limit, str(AWA), 10_000)
    store.run(post, debit("d", str(AWA), 4_000, "rent"), NOW, 0)
    store.run(set_credit_limit, str(AWA), 0)
    succeeds(store, quote)
    assert (borne(store, quote), store.run(available_of, str(AWA))) == (5_075 - 1_175, 0)
    assert books(store)["collection_fees"] == -50, "nothing was left for the fee"


def test_the_money_of_another_customer_is_not_called_back(store: SyncStore) -> None:
    """Accounts were parted since."""
    quote = refused(store)
    store.connection.execute("UPDATE payback SET customer = 'telegram:9' WHERE id = 'C1R0'")
    succeeds(store, quote)
    assert (back(store, "C1R0").state, borne(store, quote)) == ("waiting", 5_075)


def test_what_was_bought_in_another_way_has_no_fee_to_give_back(store: SyncStore) -> None:
    """The payment came when the order was there already: it went back whole, and its fee was never taken."""
    quote = a_quote()
    opened(store, NONE, "C1", quote)
    give(store, AWA, 5_075)
    store.run(*upon(NONE, place, quote))
    pay(store, NONE, "C1", 5_175)
    store.run(claim_one, NONE, quote.id, NOW)
    store.run(settle_order, NONE, quote.id, Refused("invalid"), "pay", NOW, leased=True)
    assert (back(store, "C1B0").amount_xof, back(store, "C1R0").amount_xof) == (5_175, 5_075)
    assert books(store)["collection_fees"] == -50
