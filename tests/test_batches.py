"""Batches over the real scripts: kept, checked, started once, told, stopped; whose they are, and who comes first."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from msgspec.structs import replace

from bot.domain.ids import derived_id
from bot.domain.inquiry import Inquiry, InquiryRefused, InquiryUnavailable
from bot.domain.order import Order
from bot.domain.outcome import Delivered, NotSent, Processing, ProviderDetails, Refused, Unknown, WebhookClaim
from bot.domain.people import Address
from bot.domain.quote import Quote
from bot.errors import LedgerError
from bot.outbox import messages
from bot.repositories.batch_meters import Meter, known_meters
from bot.repositories.batch_progress import Check, tally_of
from bot.repositories.batches import (
    Batch,
    Entry,
    Tally,
    drop,
    entries_of,
    load_batch,
    made_by,
    mark_ready,
    order_of_line,
    running_of,
    twins_of,
    unbought_of,
)
from bot.repositories.batches import keep as keep_list
from bot.repositories.leases import PAUSE_LIMIT_MS
from bot.repositories.orders import load_order
from bot.settlement.claims import claim_due, claim_one, record_webhook_claim, set_aside
from bot.store import Script
from bot.transactions import batches, housekeeping
from bot.transactions.batches import CHECK_LEASE_MS, MAX_CHECK_TRIES, start_batch, stop_batch
from bot.transactions.budget import Budget, take_budget
from bot.transactions.installation import Installation
from bot.transactions.orders import Job, settle
from bot.transactions.purchases import call_back_one
from bot.transactions.unit import Unit
from tests.sync_store import WRONG_BALANCES, Killed, SyncStore
from tests.test_scripts import AWA, INSTALLATION, MODOU, NOW, a_quote, an_installation, balance, give, place, texts
from tests.units import acting, upon

ID = "B00000000001"
DETAILS = ProviderDetails("T1")
CODE = "12345678901234567890"
# The provider's budget lets hundreds through at once.
FAST = an_installation(rate=600_000)


@pytest.fixture
def store() -> Iterator[SyncStore]:
    opened = SyncStore()
    yield opened
    opened.close()


def entries(count: int, batch_id: str = ID, holder: str = "AWA NDIAYE") -> tuple[Entry, ...]:
    return tuple(
        Entry(at, derived_id(batch_id, at), f"line {at}", f"{14_000_000_000 + at}", 1_000, f"Client {at}", holder)
        for at in range(1, count + 1)
    )


def quotes(lines: tuple[Entry, ...], batch_id: str = ID) -> tuple[Quote, ...]:
    return tuple(
        Quote(
            line.order_id,
            "woyofal",
            line.reference,
            line.holder,
            line.amount_xof,
            50,
            NOW,
            NOW,
            commission_xof=10,
            client=line.name,
            batch_id=batch_id,
            line=line.number,
        )
        for line in lines
    )


def keep_for(
    store: SyncStore, who: Address, now: int, batch_id: str, lines: tuple[Entry, ...], unknown: tuple[str, ...]
) -> None:
    """A list of somebody's, as it was read."""
    asked = len(unknown)
    batch = Batch(batch_id, "ventes.csv", "checking", now, len(lines), asked, asked)
    meters: tuple[Meter, ...] = tuple(("woyofal", reference) for reference in unknown)
    store.run(keep_list, batch, str(who), str(who), lines, meters)


def keep(store: SyncStore, lines: tuple[Entry, ...], unknown: tuple[str, ...] = (), batch_id: str = ID) -> None:
    keep_for(store, AWA, NOW, batch_id, lines, unknown)


def ready(store: SyncStore, count: int, batch_id: str = ID, funds_xof: int | None = None) -> tuple[Quote, ...]:
    """A checked batch of a reseller who has the money for it."""
    lines = entries(count, batch_id)
    keep(store, lines, batch_id=batch_id)
    store.run(mark_ready, str(AWA), batch_id)
    give(store, AWA, count * 1_040 if funds_xof is None else funds_xof, f"for {batch_id}")
    return quotes(lines, batch_id)


def start(installation: Installation, now: int, quoted: tuple[Quote, ...], batch_id: str = ID) -> Script[Unit]:
    """The Confirm of a reseller's list, and what it leaves to be done."""
    unit = Unit(installation, AWA, str(AWA), "fr", now)
    yield from start_batch(unit, batch_id, quoted)
    return unit


def stop(now: int, who: Address = AWA) -> Script[Unit]:
    """Somebody stops the list."""
    unit = Unit(FAST, who, str(who), "fr", now)
    yield from stop_batch(unit, ID, str(who))
    return unit


def run(store: SyncStore, count: int, batch_id: str = ID, installation: Any = FAST) -> tuple[Quote, ...]:
    """A batch that was confirmed."""
    quoted = ready(store, count, batch_id)
    unit = store.run(start, installation, NOW, quoted, batch_id)
    assert unit.wake == [quoted[0].id]
    return quoted


def batch_in(store: SyncStore, batch_id: str = ID) -> Batch:
    batch = store.run(load_batch, batch_id, str(AWA))
    assert batch is not None
    return batch


def order_in(store: SyncStore, order_id: str) -> Order:
    order = store.run(load_order, order_id)
    assert order is not None
    return order


def jobs_of(store: SyncStore, now: int = NOW, count: int = 50, installation: Any = FAST) -> list[Job]:
    return store.run(claim_due, installation, now, count).jobs


def deliver(store: SyncStore, order_id: str, now: int = NOW) -> Any:
    return store.run(settle, FAST, order_id, Delivered((CODE,), DETAILS), "pay", now, leased=True)


def tell(store: SyncStore, now: int = NOW) -> list[str]:
    return [posted.outbound.text for posted in store.run(batches.tell_batches, FAST, now)]


# Kept and checked.


def test_a_list_is_kept_as_it_was_read(store):
    lines = (*entries(2), Entry(3, derived_id(ID, 3), "bad", "", 0, "", fault="no_meter"))
    keep(store, lines)
    assert store.run(entries_of, str(AWA), ID) == lines
    assert batch_in(store) == Batch(ID, "ventes.csv", "checking", NOW, 3)


def test_another_list_takes_the_place_of_one_that_was_not_confirmed(store):
    keep(store, entries(1))
    keep(store, entries(1, "B2"), batch_id="B2")
    assert batch_in(store).state == "dropped"
    assert [batch.id for batch in store.run(made_by, str(AWA))] == ["B2"]
    store.run(drop, str(AWA), "B2")
    assert store.run(made_by, str(AWA)) == ()


def test_somebody_elses_batch_does_not_exist(store):
    quoted = run(store, 2)
    # One is bought and one under way.
    deliver(store, jobs_of(store)[0].order.id)
    questions: tuple[tuple[Any, object], ...] = (
        (lambda whose: load_batch(ID, whose), None),
        (made_by, ()),
        (running_of, []),
        (lambda whose: entries_of(whose, ID), ()),
        (lambda whose: order_of_line(whose, ID, 1), None),
        (lambda whose: unbought_of(whose, ID, 10), ()),
        (lambda whose: tally_of(whose, ID), Tally()),
        (lambda whose: twins_of(whose, ID, 0), ()),
    )
    for question, nothing in questions:
        assert store.run(question, str(MODOU)) == nothing, question
        assert store.run(question, str(AWA)) != nothing, question
    store.run(stop, NOW, MODOU)
    assert order_in(store, quoted[1].id).state == "sending"
    keep(store, entries(1, "B2"), batch_id="B2")
    for write in (mark_ready, drop):
        store.run(write, str(MODOU), "B2")
    store.run(start_batch, Unit(INSTALLATION, MODOU, str(MODOU), "fr", NOW), "B2", quotes(entries(1, "B2"), "B2"))
    assert batch_in(store, "B2").state == "checking"
    assert store.run(order_of_line, str(AWA), ID, 9) is None


def test_meters_are_known_from_the_book_from_saved_ones_and_from_sales(store):
    booked, blank, saved, sold, asked = (f"1400000000{at}" for at in range(5))
    store.connection.execute("INSERT INTO client VALUES (7, ?, 'Fatou', '', '', '', 0)", (str(AWA),))
    for at, (meter, holder) in enumerate(((booked, "FATOU SY"), (blank, ""))):
        store.connection.execute(
            "INSERT INTO client_meter VALUES (?, 7, ?, 'woyofal', ?, ?)", (at, str(AWA), meter, holder)
        )
    store.connection.execute(
        "INSERT INTO meter VALUES (1, ?, 'woyofal', ?, 'MODOU FALL', 'maison', 0)", (str(AWA), saved)
    )
    place(store, quote=replace(a_quote(), reference=sold))
    deliver(store, jobs_of(store)[0].order.id)
    meters: tuple[Meter, ...] = tuple(("woyofal", meter) for meter in (booked, blank, saved, sold, asked))
    known = store.run(known_meters, str(AWA), meters)
    assert {meter: (one.holder, one.client_id, one.client) for (_, meter), one in known.items()} == {
        booked: ("FATOU SY", 7, "Fatou"),
        blank: ("", 7, "Fatou"),
        saved: ("MODOU FALL", None, ""),
        sold: ("AWA NDIAYE", None, ""),
    }
    assert store.run(known_meters, str(MODOU), meters) == {}


def checks(store: SyncStore, now: int = NOW, installation: Any = FAST) -> list[Check]:
    return store.run(batches.claim_checks, installation, now, 50).asks


def holder(reference: str) -> Inquiry:
    return Inquiry("woyofal", reference, "FATOU SY", "", "")


def test_each_unknown_meter_is_asked_about_once_and_durably(store):
    one, two, three = entries(3, holder="")
    three = replace(three, reference=one.reference)
    keep(store, (one, two, three), (one.reference, two.reference))
    assert (batch_in(store).asked, batch_in(store).unchecked) == (2, 2)
    asked = checks(store)
    assert [check.line for check in asked] == [1, 2]
    # Nobody asks while somebody does; a process that died did not.
    assert checks(store) == []
    assert [check.line for check in checks(store, NOW + CHECK_LEASE_MS)] == [1, 2]
    assert checks(store, NOW + CHECK_LEASE_MS) == []
    store.run(housekeeping.take_over, NOW + CHECK_LEASE_MS)
    assert len(checks(store, NOW + CHECK_LEASE_MS)) == 2
    # A clock that was set back keeps no meter waiting.
    assert len(checks(store, NOW - PAUSE_LIMIT_MS)) == 2

    assert store.run(batches.line_checked, asked[0], holder(one.reference), NOW) is None
    assert batch_in(store).unchecked == 1
    assert store.run(batches.line_checked, asked[1], InquiryRefused("no such meter"), NOW) == str(AWA)
    # An answer that comes twice changes nothing.
    assert store.run(batches.line_checked, asked[1], holder(two.reference), NOW) == str(AWA)
    assert [(line.holder, line.fault) for line in store.run(entries_of, str(AWA), ID)] == [
        ("FATOU SY", ""),
        ("", "unknown"),
        ("FATOU SY", ""),
    ]
    assert checks(store, NOW + 10 * CHECK_LEASE_MS) == []


def test_a_line_at_fault_asks_for_no_other(store):
    bad, good = entries(2, holder="")
    bad = replace(bad, reference=good.reference, fault="too_small")
    keep(store, (bad, good), (good.reference,))
    assert [check.line for check in checks(store)] == [2]


def test_a_provider_that_does_not_answer_is_asked_again_and_not_for_ever(store):
    (line,) = entries(1, holder="")
    keep(store, (line,), (line.reference,))
    now = NOW
    for tried in range(1, MAX_CHECK_TRIES):
        (check,) = checks(store, now)
        assert store.run(batches.line_checked, check, InquiryUnavailable("busy", 7.0), now) is None
        assert checks(store, now + tried * 7_000 - 1) == []
        now += tried * 7_000
    (check,) = checks(store, now)
    assert store.run(batches.line_checked, check, InquiryUnavailable("busy"), now) == str(AWA)
    assert store.run(entries_of, str(AWA), ID)[0].fault == "unasked"
    # Late answers of an earlier ask.
    assert store.run(batches.line_checked, check, InquiryUnavailable("busy"), now) is None


def test_checks_come_after_everybody_else(store):
    slow = an_installation(rate=100)
    lines = entries(30, holder="")
    keep(store, lines, tuple(line.reference for line in lines))
    asked = checks(store, installation=slow)
    assert 0 < len(asked) <= 2
    # A person's inquiry and a poll still find a place.
    assert store.run(take_budget, slow, "poll", NOW) == 0
    assert store.run(take_budget, slow, "inquiry", NOW) == 0
    assert store.run(take_budget, slow, "batch", NOW) > 0


def test_lists_are_checked_side_by_side(store):
    lines = entries(5, holder="")
    keep(store, lines, tuple(line.reference for line in lines))
    other = entries(5, "B2", "")
    keep_for(store, MODOU, NOW + 1, "B2", other, tuple(line.reference for line in other))
    asked = store.run(batches.claim_checks, FAST, NOW + 1, 4).asks
    assert [(check.batch_id, check.line) for check in asked] == [(ID, 1), ("B2", 1), (ID, 2), ("B2", 2)]


def test_a_check_that_nobody_brought_is_brought_again(store):
    keep(store, entries(1))
    claimed = store.run(batches.claim_checks, FAST, NOW + 1, 10)
    assert claimed.checked == []
    claimed = store.run(batches.claim_checks, FAST, NOW + batches.ASK_AGAIN_MS, 10)
    assert claimed.checked == [(ID, str(AWA))]
    assert store.run(batches.claim_checks, FAST, NOW + batches.ASK_AGAIN_MS + 1, 10).checked == []
    store.run(mark_ready, str(AWA), ID)
    assert store.run(batches.claim_checks, FAST, NOW + 9 * batches.ASK_AGAIN_MS, 10).checked == []


def test_what_was_bought_lately_is_pointed_out(store):
    lines = entries(4)
    for line in lines[:3]:
        place(store, quote=replace(a_quote(), reference=line.reference, amount_xof=line.amount_xof))
    order_ids = {job.order.reference: job.order.id for job in jobs_of(store)}
    deliver(store, order_ids[lines[0].reference])
    store.run(settle, FAST, order_ids[lines[1].reference], Refused("failed"), "pay", NOW)
    keep(store, (*lines[:3], replace(lines[3], reference=lines[0].reference, amount_xof=2_000)))
    assert store.run(twins_of, str(AWA), ID, NOW) == (1, 3)
    assert store.run(twins_of, str(AWA), ID, NOW + 1) == (3,)


# Started.


def test_a_confirmed_batch_is_one_order_and_one_hold_a_line(store):
    quoted = run(store, 3)
    placed = [order_in(store, quote.id) for quote in quoted]
    assert [(order.batch_id, order.line, order.client, order.commission_xof) for order in placed] == [
        (ID, 1, "Client 1", 10),
        (ID, 2, "Client 2", 10),
        (ID, 3, "Client 3", 10),
    ]
    assert balance(store, "hold") == 3 * 1_040
    assert balance(store, f"customer:{AWA}") == 0
    # Another Confirm, in whatever way it comes, is none.
    assert store.run(start, FAST, NOW, quoted).wake == []
    assert balance(store, "hold") == 3 * 1_040
    assert store.run(tally_of, str(AWA), ID).total_xof == 3 * 1_040


def test_lines_take_their_turns_one_place_of_the_budget_after_another(store):
    slow = an_installation(rate=100)
    run(store, 5, installation=slow)
    due = [row["due_at"] - NOW for row in store.rows("SELECT due_at FROM orders ORDER BY line")]
    assert due == [at * slow.budget.interval_us // 1000 for at in range(5)]


def test_without_the_money_nothing_is_written(store):
    quoted = ready(store, 3, funds_xof=3 * 1_040 - 1)
    with pytest.raises(LedgerError):
        store.run(start, FAST, NOW, quoted)
    assert batch_in(store).state == "ready"
    assert store.one("SELECT count(*) FROM orders") == 0
    assert balance(store, "hold") == 0


@pytest.mark.parametrize("statements", range(14))
def test_a_kill_while_it_starts_leaves_all_or_nothing(store, statements):
    quoted = ready(store, 3)
    store.kill_after = statements
    with pytest.raises(Killed):
        store.run(start, FAST, NOW, quoted)
    assert batch_in(store).state == "ready"
    assert store.one("SELECT count(*) FROM orders") == 0
    store.run(start, FAST, NOW, quoted)
    assert store.one("SELECT count(*) FROM orders") == 3


def test_an_id_that_is_taken_is_not_bought_again(store):
    quoted = ready(store, 2)
    place(store, quote=replace(a_quote(), id=quoted[0].id))
    store.run(start, FAST, NOW, quoted)
    assert order_in(store, quoted[0].id).batch_id is None
    assert order_in(store, quoted[1].id).batch_id == ID


def test_500_lines_start_in_one_short_transaction(store):
    # The reseller has sold before: the balance is a sum of many entries.
    for at in range(2_000):
        store.connection.execute(
            "INSERT INTO entry (transfer, account, amount_xof, note, at) VALUES (?, ?, 1, '', 0)",
            (f"old:{at}", f"customer:{AWA}"),
        )
    store.connection.execute("UPDATE customer_balance SET balance_xof = balance_xof + 2000")
    quoted = ready(store, 500)
    began = time.thread_time()
    store.run(start, FAST, NOW, quoted)
    seconds = time.thread_time() - began
    assert store.one("SELECT count(*) FROM orders") == 500
    # About 0.03 s; so much more that a busy machine does not fail it, and too little for a balance a line.
    assert seconds < 0.5


# Who comes first.


def test_a_single_order_is_taken_up_before_every_line_of_a_batch(store):
    slow = an_installation(rate=100)
    run(store, 200, installation=slow)
    later = NOW + 3_600_000
    single = place(store, later, MODOU)
    taken = [job.order for job in store.run(claim_due, slow, later, 50).jobs]
    assert taken[0].id == single
    # The batch takes what is left, and keeps the most of the burst free.
    assert len(taken) == 2
    assert store.run(take_budget, slow, "pay", later) == 0


def test_what_was_sent_is_asked_about_before_more_is_sent(store):
    run(store, 3)
    first = jobs_of(store, count=1)[0].order.id
    store.run(settle, FAST, first, Processing(DETAILS), "pay", NOW, leased=True)
    later = NOW + 60_000
    assert [job.order.line for job in jobs_of(store, later, 2)] == [1, 2]


def test_waiting_in_a_batch_is_no_news_and_reads_no_further(store):
    slow = an_installation(rate=100)
    run(store, 50, installation=slow)
    later = NOW + 3_600_000
    result = store.run(claim_due, slow, later, 50)
    assert result.wait_ms > 0
    assert result.posted == []
    assert texts(store, AWA) == []
    assert {row["reason"] for row in store.rows("SELECT reason FROM orders")} == {""}


def test_the_shortest_wait_counts(store):
    slow = an_installation(rate=100)
    run(store, 2, installation=slow)
    later = NOW + 3_600_000
    while store.run(take_budget, slow, "pay", later) == 0:
        pass
    place(store, later, MODOU)
    alone = store.run(take_budget, slow, "pay", later)
    assert store.run(claim_due, slow, later, 50).wait_ms == alone


def test_a_webhook_of_a_line_stands_in_nobodys_way(store):
    slow = an_installation(rate=100)
    quoted = run(store, 1, installation=slow)
    store.run(claim_one, slow, quoted[0].id, NOW)
    store.run(settle, slow, quoted[0].id, Processing(DETAILS), "pay", NOW, leased=True)
    later = NOW + 600_000
    while store.run(take_budget, slow, "batch", later) == 0:
        pass
    settled = store.run(
        record_webhook_claim, slow, quoted[0].id, WebhookClaim("success", (CODE,), details=DETAILS), later
    )
    assert settled.jobs == []
    assert store.run(take_budget, slow, "inquiry", later) == 0
    # The webhook's claim is kept: the line is due and asked about when it has a place.
    assert [job.order.id for job in store.run(claim_due, slow, later + 60_000, 50).jobs] == [quoted[0].id]


def test_the_smallest_budget_lets_batches_through():
    for rate in range(2, 60):
        assert Budget.of(rate).allowance_us("batch") >= 0


# Told.


def named(store: SyncStore, ref: str = "77") -> None:
    store.connection.execute("UPDATE batch SET message_ref = ? WHERE id = ?", (ref, ID))


def test_progress_replaces_one_message_at_most_every_three_seconds(store):
    quoted = run(store, 3)
    named(store)
    assert tell(store) == []
    ids = [job.order.id for job in jobs_of(store, NOW + 1_000)]
    assert ids == [quote.id for quote in quoted]
    deliver(store, ids[0], NOW + 1_000)
    assert texts(store, AWA) == []
    assert tell(store, NOW + 2_000) == []
    posted = store.run(batches.tell_batches, FAST, NOW + 3_000)
    assert [(one.outbound.progress, one.outbound.replaces, one.outbound.batch_id) for one in posted] == [
        (True, "77", ID)
    ]
    assert "1 achetée sur 3" in posted[0].outbound.text
    # Nothing new, no word.
    assert tell(store, NOW + 10_000) == []
    # A word that is still on its way is not followed by another.
    deliver(store, ids[1], NOW + 10_000)
    assert tell(store, NOW + 10_000) == []
    store.run(messages.sent, posted[0].id, posted[0].lease, ID, "77")
    deliver_again = store.run(settle, FAST, ids[2], Processing(DETAILS), "pay", NOW + 10_000, leased=True)
    assert deliver_again.posted == []
    assert len(tell(store, NOW + 14_000)) == 1


def test_a_clock_that_was_set_back_stops_no_progress(store):
    run(store, 2)
    named(store)
    deliver(store, jobs_of(store, NOW + 1_000)[0].order.id)
    assert len(tell(store, NOW - 3_600_000)) == 1


def test_the_end_is_told_once_with_the_file_and_the_money(store):
    run(store, 2)
    named(store)
    one, two = (job.order.id for job in jobs_of(store, NOW + 1_000))
    deliver(store, one)
    store.run(settle, FAST, two, Refused("failed"), "pay", NOW, leased=True)
    messages = store.run(batches.tell_batches, FAST, NOW + 1)
    progress, summary = (posted.outbound for posted in messages)
    assert progress.progress
    assert progress.rows == ()
    assert summary.durable
    assert summary.attachment is not None
    assert (summary.attachment.kind, summary.attachment.arguments) == ("batch", (ID, "xlsx"))
    assert "1 achetée sur 2" in summary.text
    assert "1 non achetée" in summary.text
    assert "Client 2" in summary.text
    assert batch_in(store).state == "done"
    assert tell(store, NOW + 3_600_000) == []


def test_without_a_message_to_replace_only_the_end_is_told(store):
    run(store, 2)
    one, two = (job.order.id for job in jobs_of(store, NOW + 1_000))
    deliver(store, one)
    assert tell(store, NOW + 5_000) == []
    deliver(store, two)
    assert len(tell(store, NOW + 5_001)) == 1


def test_a_line_without_an_answer_holds_no_summary_up_and_is_told_alone_in_the_end(store):
    run(store, 2)
    named(store)
    one, two = (job.order.id for job in jobs_of(store, NOW + 1_000))
    deliver(store, one)
    store.run(settle, FAST, two, Unknown("timeout"), "pay", NOW, leased=True)
    assert len(tell(store, NOW + 4_000)) == 1
    (replay,) = jobs_of(store, NOW + 60_000)
    assert replay.step == "replay"
    store.run(settle, FAST, two, Unknown("timeout"), "replay", NOW + 60_000, leased=True)
    summary = tell(store, NOW + 60_001)[-1]
    assert "1 en vérification" in summary
    assert "restent mis de côté" in summary
    # What is no end is told no more; the end is, with the number of the line.
    assert store.run(settle, FAST, two, Processing(ProviderDetails("T2")), "replay", NOW + 70_000).posted == []
    (notice, forward) = store.run(settle, FAST, two, Delivered((CODE,)), "look_up", NOW + 80_000).posted
    assert notice.outbound.text.startswith("📋 <b>Ligne 2</b> de la liste ventes.csv")
    assert "Ligne 2" not in forward.outbound.text
    assert balance(store, "hold") == 0


def test_a_line_that_was_set_aside_holds_no_summary_up(store):
    run(store, 1)
    (job,) = jobs_of(store)
    # Whoever held it is gone.
    store.connection.execute("UPDATE orders SET lease_owner = NULL, lease_until = NULL")
    store.run(set_aside, FAST, job.order.id, "ValueError", NOW)
    assert "1 en vérification" in tell(store, NOW + 1)[-1]


def test_a_batch_that_is_quiet_is_looked_at_all_the_same(store):
    run(store, 1)
    store.connection.execute("UPDATE orders SET state = 'cancelled'")
    assert tell(store, NOW + batches.QUIET_MS) == []
    assert len(tell(store, NOW + batches.QUIET_MS + 1)) == 1


def test_a_reseller_who_left_the_account_reads_nothing_of_its_money(store):
    give(store, MODOU, 0)
    run(store, 1)
    deliver(store, jobs_of(store)[0].order.id)
    store.connection.execute("UPDATE session SET customer = ? WHERE address = ?", (str(MODOU), str(AWA)))
    assert "Solde :" not in tell(store, NOW + 1)[-1].replace("\u00a0", " ")


def test_a_batch_whose_owner_has_no_session_is_told_in_french(store):
    run(store, 1)
    store.connection.execute("DELETE FROM session")
    deliver(store, jobs_of(store)[0].order.id)
    assert "terminée" in tell(store, NOW + 1)[-1]


def test_an_order_whose_batch_is_gone_is_told_like_any_other(store):
    quoted = run(store, 1)
    deliver_first = jobs_of(store)[0].order.id
    store.connection.execute("DELETE FROM batch")
    assert deliver(store, deliver_first).posted[0].outbound.durable
    assert order_in(store, quoted[0].id).state == "delivered"


def test_the_check_tells_how_far_it_is(store):
    lines = entries(3, holder="")
    keep(store, lines, tuple(line.reference for line in lines))
    named(store)
    (first, *_) = checks(store)
    store.run(batches.line_checked, first, holder(first.reference), NOW)
    (word,) = store.run(batches.tell_batches, FAST, NOW + 1)
    assert word.outbound.progress
    assert "1 sur 3" in word.outbound.text


# Stopped.


def test_stop_gives_back_what_was_not_sent(store):
    run(store, 5)
    sent = [job.order.id for job in jobs_of(store, count=2)]
    unit = store.run(stop, NOW + 1)
    assert unit.settled.posted == []
    tally = store.run(tally_of, str(AWA), ID)
    assert (tally.stopped.lines, tally.under_way.lines, tally.waiting.lines) == (3, 2, 0)
    assert balance(store, "hold") == 2 * 1_040
    assert jobs_of(store, NOW + 3_600_000) == []
    assert store.run(running_of, str(AWA)) == []
    for order_id in sent:
        deliver(store, order_id)
    assert "arrêtée" in tell(store, NOW + 2)[-1]
    assert balance(store, "hold") == 0
    assert balance(store, f"customer:{AWA}") == 3 * 1_040
    # Said twice, it is done once.
    store.run(stop, NOW + 9)


def test_a_line_that_comes_back_unsent_after_the_stop_is_not_sent_again(store):
    run(store, 1)
    (job,) = jobs_of(store)
    store.run(stop, NOW + 1)
    store.run(settle, FAST, job.order.id, NotSent("unreachable"), "pay", NOW + 2, leased=True)
    assert order_in(store, job.order.id).state == "cancelled"
    assert balance(store, "hold") == 0
    # Without a stop it is.
    other = run(store, 1, "B2")
    store.run(claim_one, FAST, other[0].id, NOW)
    store.run(settle, FAST, other[0].id, NotSent("unreachable"), "pay", NOW, leased=True)
    assert order_in(store, other[0].id).state == "waiting"


def test_who_calls_one_line_back_hears_of_it(store):
    quoted = run(store, 2)
    result = store.run(acting, FAST, AWA, NOW, upon(call_back_one), quoted[1].id)
    (notice,) = result.settled.posted
    assert notice.outbound.text.startswith("📋 <b>Ligne 2</b>")
    assert balance(store, "hold") == 1_040
    # One that was sent is not called back.
    jobs_of(store)
    assert store.run(acting, FAST, AWA, NOW, upon(call_back_one), quoted[0].id).settled.posted == []


def test_a_kill_while_it_stops_leaves_all_or_nothing(store):
    run(store, 3)
    for statements in (0, 1, 2, 4, 7, 10):
        store.kill_after = statements
        with pytest.raises(Killed):
            store.run(stop, NOW + 1)
        assert balance(store, "hold") == 3 * 1_040
    store.run(stop, NOW + 1)
    assert balance(store, "hold") == 0


# The whole of it, in any order.


class Selling(RuleBasedStateMachine):
    """Confirms, stops, payments with every kind of answer, webhooks and crashes, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.store = SyncStore()
        self.now = NOW
        self.accepted: dict[str, int] = {}
        self.calls: dict[str, Job] = {}
        self.quoted: tuple[Quote, ...] = ()
        self.ended: list[str] = []

    def teardown(self) -> None:
        self.store.close()

    def dies(self, statements: int | None, script: Any, *args: Any, **kwargs: Any) -> Any:
        """Run a script; with `statements` the process is killed after so many, and starts again."""
        self.store.kill_after = statements
        try:
            return self.store.run(script, *args, **kwargs)
        except Killed:
            self.calls.clear()
            self.store.run(housekeeping.take_over, self.now)
            return None
        finally:
            self.store.kill_after = None

    @initialize(count=st.integers(1, 6))
    def kept(self, count: int) -> None:
        self.quoted = ready(self.store, count)

    crashes = st.none() | st.integers(0, 30)

    @rule(at=crashes)
    def confirms(self, at: int | None) -> None:
        self.dies(at, start, FAST, self.now, self.quoted)

    @rule(at=crashes)
    def stops(self, at: int | None) -> None:
        self.dies(at, stop, self.now)

    @rule(seconds=st.sampled_from((0, 1, 20, 70, 400)), at=crashes, count=st.integers(1, 4))
    def sweeps(self, seconds: int, at: int | None, count: int) -> None:
        self.now += seconds * 1000
        result = self.dies(at, claim_due, FAST, self.now, count)
        for job in result.jobs if result is not None else ():
            self.calls[job.order.id] = job
            if job.step != "look_up":
                # The provider hears every call, and accepts each id once.
                self.accepted.setdefault(job.order.id, 0)

    @precondition(lambda self: self.calls)
    @rule(
        data=st.data(),
        kind=st.sampled_from(("delivered", "refused", "processing", "unknown", "unreachable", "dies")),
        at=crashes,
    )
    def answers(self, data: st.DataObject, kind: str, at: int | None) -> None:
        order_id = data.draw(st.sampled_from(sorted(self.calls)))
        job = self.calls.pop(order_id)
        source: Any = {"pay": "pay", "replay": "replay"}.get(job.step, "look_up")
        if kind == "dies":
            self.calls.clear()
            self.store.run(housekeeping.take_over, self.now)
            return
        if kind in ("delivered", "processing") and job.step != "look_up":
            self.accepted[order_id] += 1
            assert self.accepted[order_id] == 1 or job.step == "replay"
        outcome = {
            "delivered": Delivered((CODE,), ProviderDetails(f"T{order_id}")),
            "refused": Refused("failed"),
            "processing": Processing(ProviderDetails(f"T{order_id}")),
            "unknown": Unknown("timeout"),
            "unreachable": NotSent("unreachable"),
        }[kind]
        self.dies(at, settle, FAST, order_id, outcome, source, self.now, leased=job.leased)

    @rule(at=crashes)
    def tells(self, at: int | None) -> None:
        posted = self.dies(at, batches.tell_batches, FAST, self.now)
        self.ended += [one.outbound.text for one in posted or () if one.outbound.durable]

    @invariant()
    def books_are_right(self) -> None:
        placed = {row["id"]: row for row in self.store.rows("SELECT * FROM orders")}
        assert set(placed) in (set(), {quote.id for quote in self.quoted})
        accounts = self.store.run(housekeeping.accounts)
        assert sum(accounts.values()) == 0
        assert self.store.rows(WRONG_BALANCES) == []
        held = sum(
            row["amount_xof"] + row["fee_xof"] - row["commission_xof"]
            for row in placed.values()
            if row["state"] not in ("delivered", "refused", "cancelled")
        )
        assert accounts.get("hold", 0) == held
        assert accounts.get(f"customer:{AWA}", 0) >= 0
        # One pay call under one id for a line; what was called back had never left, or was certainly turned away.
        paid = self.store.rows("SELECT order_id FROM journal WHERE what = 'pay begun'")
        assert {row["order_id"] for row in paid} <= set(placed)
        assert len(self.ended) <= 1
        if self.ended:
            assert self.store.one("SELECT state FROM batch") == "done"
            assert all(row["state"] != "waiting" for row in placed.values())


Selling.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestSelling = Selling.TestCase
