"""Collections and pay-backs taken up, over the scripts and both stores: leased once, within the budget, and what a dead
process had in flight is known to be unknown.
"""

from collections.abc import Iterator

import pytest

from bot.collections.claims import Due, claim_all, claim_heard, due_ids, leased_to, release, set_aside
from bot.domain.collecting import CollectionClaim, Opened, PayBackUnknown
from bot.domain.quote import Quote
from bot.errors import StoreConflict
from bot.repositories import collections, paybacks
from bot.repositories.leases import PAY_LEASE_MS
from bot.transactions import housekeeping
from bot.transactions.collections import settle
from bot.transactions.paybacks import settle as settle_payback
from bot.transactions.payment_news import PaymentResult
from tests.collecting_world import PAYER, TERMS, ask, collecting, loaded, pay
from tests.sync_store import SyncStore
from tests.test_scripts import NOW, a_quote, an_installation

pytestmark = pytest.mark.twins

ONE, TWO = collecting(), collecting(owner="two")
HOUR_MS = 3_600_000


@pytest.fixture
def store() -> Iterator[SyncStore]:
    opened = SyncStore()
    yield opened
    opened.close()


def sweep(store: SyncStore, now: int = NOW, installation: object = ONE, *, trusts_clock: bool = True) -> PaymentResult:
    due = store.run(due_ids, installation, now, 50, trusts_clock=trusts_clock)  # type: ignore[arg-type]
    return store.run(claim_all, installation, due, now, trusts_clock=trusts_clock)  # type: ignore[arg-type]


def steps(result: PaymentResult) -> list[tuple[str, str]]:
    return [(job.about.id, job.step) for job in result.jobs]


def wants_back(store: SyncStore, quote: Quote | None = None) -> str:
    """Too little was paid: it is to go back."""
    assert ask(store, ONE, "C1", quote or a_quote())
    store.run(claim_all, ONE, Due(("C1",)), NOW)
    store.run(settle, ONE, "C1", Opened("P1", "https://pay.example"), "create", NOW, leased=True)
    pay(store, ONE, "C1", 4_000, now=NOW)
    return "C1B0"


def test_a_collection_is_created_by_one_process(store: SyncStore) -> None:
    ask(store, ONE, "C1", a_quote())
    assert steps(sweep(store)) == [("C1", "create")]
    assert (loaded(store, "C1").state, loaded(store, "C1").creates) == ("opening", 1)
    assert steps(sweep(store)) == [], "it is ours, and in flight"
    assert steps(sweep(store, installation=TWO)) == [], "it is somebody's"
    assert steps(sweep(store, NOW + PAY_LEASE_MS + 1, TWO, trusts_clock=False)) == [], "by a clock nobody trusts"
    sweep(store, NOW + PAY_LEASE_MS + 1, TWO)
    assert (loaded(store, "C1").state, loaded(store, "C1").reason) == ("unknown", "interrupted")
    assert steps(sweep(store, NOW + 2 * PAY_LEASE_MS, TWO)) == [("C1", "look_up")], "it may have left"


def test_who_takes_over_alone_takes_over_everything(store: SyncStore) -> None:
    payback_id = wants_back(store)
    assert steps(sweep(store)) == [(payback_id, "pay")]
    assert store.run(leased_to, "one") == [payback_id]
    store.run(housekeeping.take_over, NOW)
    assert store.run(leased_to, "one") == []
    sweep(store)
    payback = store.run(paybacks.load, payback_id)
    assert payback is not None
    assert (payback.state, payback.reason) == ("unknown", "interrupted")
    [again] = [job for job in sweep(store, NOW + HOUR_MS).jobs if job.about.id == payback_id]
    assert again.step == "look_up"
    store.run(release, "one", (payback_id, "C1"))
    assert store.run(leased_to, "one") == []


def test_an_unknown_pay_back_is_asked_about_and_a_webhook_hurries_it(store: SyncStore) -> None:
    payback_id = wants_back(store)
    sweep(store)
    store.run(settle_payback, ONE, payback_id, PayBackUnknown("timeout"), "pay", NOW, leased=True)
    assert steps(sweep(store)) == []
    claim = CollectionClaim("paid", "payback", payback_id, provider_id="B1")
    assert store.run(claim_heard, ONE, payback_id, claim, NOW) is not None
    assert steps(sweep(store)) == [(payback_id, "look_up")]
    assert store.run(claim_heard, ONE, "nobody", claim, NOW) is None
    assert store.run(claim_heard, ONE, "C1", CollectionClaim("paid", "collection", "C1"), NOW) is not None
    assert steps(sweep(store)) == [("C1", "look_up")]


def test_a_pay_back_that_moved_is_a_conflict(store: SyncStore) -> None:
    payback_id = wants_back(store)
    read = store.run(paybacks.load, payback_id)
    assert read is not None
    store.run(paybacks.save, read)
    with pytest.raises(StoreConflict):
        store.run(paybacks.save, read)


def test_nothing_to_ask_is_no_call(store: SyncStore) -> None:
    from msgspec.structs import replace

    blind = collecting(abilities=replace(TERMS.abilities, looks_up_by="provider_id", expires=False))
    assert ask(store, blind, "C1", a_quote())
    store.run(claim_all, blind, Due(("C1",)), NOW)
    store.run(settle, blind, "C1", Opened(None, "https://pay.example"), "create", NOW, leased=True)
    assert steps(sweep(store, NOW + 10_000, blind)) == []
    assert loaded(store, "C1").polls == 2
    payback_id = "C2B0"
    assert ask(store, blind, "C2", a_quote())
    store.run(claim_all, blind, Due(("C2",)), NOW)
    store.run(settle, blind, "C2", Opened("P2", "https://pay.example"), "create", NOW, leased=True)
    pay(store, blind, "C2", 4_000, now=NOW)
    sweep(store, NOW, blind)
    store.run(settle_payback, blind, payback_id, PayBackUnknown("timeout"), "pay", NOW, leased=True)
    assert steps(sweep(store, NOW + 20_000, blind)) == [("C1", "look_up")][:0]
    payback = store.run(paybacks.load, payback_id)
    assert payback is not None
    assert payback.polls == 1


def test_calls_wait_for_the_providers_budget(store: SyncStore) -> None:
    slow = an_installation(rate=2)
    slow.shop = collecting().shop
    payback_id = wants_back(store)
    for at in range(2, 5):
        ask(store, ONE, f"C{at}", a_quote())
    result = sweep(store, NOW + HOUR_MS, slow)
    assert len(result.jobs) == 1
    assert result.wait_ms > 0
    assert payback_id not in [id_ for id_, _ in steps(result)]


def test_what_another_collector_opened_is_for_a_person(store: SyncStore) -> None:
    payback_id = wants_back(store)
    ask(store, ONE, "C2", a_quote())
    other = collecting(collector="dexchange_link")
    result = sweep(store, NOW + HOUR_MS, other)
    assert (result.jobs, {kind for kind, _ in result.alerts}) == ([], {"stuck"})
    payback = store.run(paybacks.load, payback_id)
    assert payback is not None
    assert payback.stuck_at is not None
    assert [each.id for each in store.run(collections.stuck)] == ["C1", "C2"]


def test_what_cannot_be_worked_on_is_set_aside(store: SyncStore) -> None:
    payback_id = wants_back(store)
    for id_ in ("C1", payback_id):
        assert store.run(set_aside, ONE, id_, "ValueError", NOW).alerts == [("stuck", f"{id_}: ValueError")]
    assert store.run(set_aside, ONE, "nobody", "ValueError", NOW).alerts == []
    assert not store.run(due_ids, ONE, NOW + HOUR_MS, 50)


def test_a_clock_that_was_set_back_stops_nothing(store: SyncStore) -> None:
    wants_back(store)
    assert PAYER
    due = store.run(due_ids, ONE, NOW - 2 * HOUR_MS, 50)
    assert (due.collections, due.paybacks) == (("C1",), ("C1B0",))
