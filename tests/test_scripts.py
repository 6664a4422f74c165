"""The scripts over a database, one transaction at a time: inbox, outbox, budget, webhooks, settling, inquiries."""

from collections import deque
from collections.abc import Iterator
from itertools import count, permutations
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from bot.dialogue.tasks import AskFloat, InquiryAnswered
from bot.domain.inbound import Tap, Text, Unreadable
from bot.domain.inquiry import Inquiry
from bot.domain.ledger import debit
from bot.domain.order import Alert, Order
from bot.domain.outbound import Outbound
from bot.domain.outcome import Delivered, NotSent, Processing, ProviderDetails, Refused, Unknown, WebhookClaim
from bot.domain.people import Address
from bot.domain.quote import Quote
from bot.engine import events
from bot.engine.event_result import EventResult
from bot.engine.events import MAX_TRIES, IncomingEvent, failed
from bot.engine.inquiries import INQUIRY_LEASE_MS, claim_inquiries
from bot.errors import LedgerError, StoreConflict
from bot.i18n import load
from bot.notices.trouble import apology, busy
from bot.outbox import messages
from bot.repositories import meters, orders, retention
from bot.repositories.leases import LOOK_UP_LEASE_MS, PAUSE_LIMIT_MS, PAY_LEASE_MS
from bot.repositories.money import Balance, balance_of, movements_of, post
from bot.repositories.orders import OrderLease, load_order, save_order
from bot.repositories.outbox import OUTBOX_LEASE_MS, OutboxMessage, say
from bot.repositories.retention import DAY_MS, INBOX_DAYS, RULES
from bot.settlement.claims import claim_due, claim_one, record_webhook_claim, release
from bot.shop import ShopSettings
from bot.store import Script
from bot.store.sql import statements
from bot.store.together import in_turn
from bot.transactions import housekeeping, notifications
from bot.transactions.budget import MINUTE_US, Budget, take_budget
from bot.transactions.installation import Installation
from bot.transactions.money import fund, move_money
from bot.transactions.orders import settle
from bot.transactions.outbound import tell_somebody
from bot.transactions.purchases import ask_about, call_back_one, decide
from bot.transactions.purchases import place as place_order
from bot.transactions.unit import Unit
from tests.sync_store import Killed, LentStore, SyncStore
from tests.units import acting, upon

pytestmark = pytest.mark.twins

WORDS = load()
NOW = 1_800_000_000_000
HOUR_MS = 3_600_000
AWA, MODOU, ADMIN = Address("telegram", "1"), Address("telegram", "2"), Address("telegram", "9")
CODE = "12345678901234567890"
DETAILS = ProviderDetails("T1", 5_000, 50, "14123456789")


def an_installation(
    owner: str = "one", admins: tuple[Address, ...] = (), rate: int = 100, limit_xof: int = 0
) -> Installation:
    return Installation(owner, ShopSettings(WORDS), admins, Budget.of(rate), limit_xof)


INSTALLATION = an_installation()


@pytest.fixture
def store() -> Iterator[SyncStore]:
    opened = SyncStore()
    # An installation holds one process's memory, and a store of its own has another past.
    INSTALLATION.known.forget()
    INSTALLATION.lines.clear()
    yield opened
    opened.close()


_numbers = count(1)


def a_quote(total_xof: int = 5_075) -> Quote:
    name = f"Q{next(_numbers):011}"
    return Quote(name, "woyofal", "14123456789", "AWA NDIAYE", total_xof - 75, 75, NOW, NOW + 600_000)


def give(store: SyncStore, address: Address, amount_xof: int, key: str = "gift") -> None:
    store.run(fund, address, amount_xof, f"{key}:{address}", "fr", NOW)


def place(
    store: SyncStore,
    now: int = NOW,
    address: Address = AWA,
    installation: Installation = INSTALLATION,
    quote: Quote | None = None,
) -> str:
    """A confirmed order of a customer who has the money for it."""
    quote = quote or a_quote()
    store.run(fund, address, quote.total_xof, f"for:{quote.id}", "fr", now)
    result = store.run(acting, installation, address, now, place_order, quote)
    assert result.wake == [quote.id]
    return quote.id


def order_in(store: SyncStore, order_id: str) -> Order:
    order = store.run(load_order, order_id)
    assert order is not None
    return order


def balance(store: SyncStore, account: str) -> int:
    return store.run(housekeeping.accounts).get(account, 0)


def texts(store: SyncStore, address: Address) -> list[str]:
    return [row["body"] for row in store.rows("SELECT body FROM outbox WHERE address = ? ORDER BY id", str(address))]


def types(text: str, key: str | None = None, now: int = NOW, address: Address = AWA) -> IncomingEvent:
    return IncomingEvent(address, Text(text), now, (f"I{next(_numbers):011}", f"J{next(_numbers):011}"), key)


# The inbox.


def test_an_update_acts_once(store):
    first = store.run(events.handle_event, INSTALLATION, types("/start", "telegram:update:1"))
    assert first.fresh
    assert first.posted
    before = store.one("SELECT count(*) FROM outbox")
    again = store.run(events.handle_event, INSTALLATION, types("/start", "telegram:update:1"))
    assert (again.fresh, again.posted, again.wake) == (False, [], [])
    assert store.one("SELECT count(*) FROM outbox") == before
    assert store.run(events.handle_event, INSTALLATION, types("/start", "telegram:update:2")).fresh


def test_an_update_and_what_it_did_are_kept_together_or_not_at_all(store):
    """A kill at any point of the transaction leaves nothing, and the redelivery is handled as if it were the first."""
    for statement in range(20):
        store.kill_after = statement
        try:
            store.run(events.handle_event, INSTALLATION, types("/start", "k"))
        except Killed:
            for table in ("inbox", "session", "outbox"):
                assert store.one(f"SELECT count(*) FROM {table}") == 0, (statement, table)
        else:
            break
    assert 3 < statement < 20
    assert store.one("SELECT count(*) FROM outbox") == 1


def test_an_update_that_fails_is_tried_a_few_times_then_set_aside_with_an_apology(store):
    for number in range(1, MAX_TRIES):
        failure = store.run(failed, INSTALLATION, "k", AWA, "ValueError", NOW + number)
        assert (failure.set_aside, failure.posted) == (False, [])
        # It is still to be handled when it comes again.
        assert store.one("SELECT handled_at FROM inbox") is None
    failure = store.run(failed, INSTALLATION, "k", AWA, "x" * 1_000, NOW)
    assert failure.set_aside
    assert [posted.outbound for posted in failure.posted] == [apology(WORDS, "fr")]
    assert store.one("SELECT length(problem) FROM inbox") == 200
    # Set aside, it is a duplicate whenever it comes again, and apologised for once.
    assert not store.run(events.handle_event, INSTALLATION, types("/start", "k")).fresh
    again = store.run(failed, INSTALLATION, "k", AWA, "ValueError", NOW)
    assert (again.set_aside, again.posted) == (True, [])
    assert store.one("SELECT count(*) FROM outbox") == 1


def test_an_update_that_succeeds_at_the_second_try_is_handled(store):
    store.run(failed, INSTALLATION, "k", AWA, "ValueError", NOW)
    assert store.run(events.handle_event, INSTALLATION, types("/start", "k")).fresh
    assert not store.run(events.handle_event, INSTALLATION, types("/start", "k")).fresh


def test_the_apology_is_in_the_persons_language_and_ends_a_wait(store):
    inquiring(store)
    store.connection.execute("UPDATE session SET language = 'en'")
    for _ in range(MAX_TRIES):
        failure = store.run(failed, INSTALLATION, "k", AWA, "ValueError", NOW)
    assert [posted.outbound for posted in failure.posted] == [apology(WORDS, "en")]
    assert store.run(claim_inquiries, INSTALLATION, NOW + HOUR_MS, 10) == []


def test_old_updates_are_forgotten(store):
    store.run(events.handle_event, INSTALLATION, types("/start", "old", NOW))
    store.run(events.handle_event, INSTALLATION, types("/start", "new", NOW + 2 * DAY_MS))
    (rule,) = (rule for rule in RULES if rule.table == "inbox")
    store.run(retention.step, rule, NOW + (INBOX_DAYS + 1) * DAY_MS)
    assert [row["key"] for row in store.rows("SELECT key FROM inbox")] == ["new"]


def test_a_session_that_moved_is_a_conflict(store):
    """Two replicas hear one chat at once: the one that read before the other wrote must read again."""
    store.run(events.handle_event, INSTALLATION, types("/start"))

    def overtaken() -> Script[EventResult]:
        script = in_turn(events.handle_event(INSTALLATION, types("woyofal")))
        rows: Any = None
        while True:
            name, parameters = script.send(rows)
            if name == "session_save":
                store.connection.execute("UPDATE session SET version = version + 1")
            rows = yield name, parameters

    with pytest.raises(StoreConflict):
        store.run(overtaken)


# The outbox.


def tell(
    store: SyncStore, address: Address, text: str, *, keep: bool = False, now: int = NOW, owner: str = "one"
) -> int:
    return store.run(say, str(address), Outbound(text, durable=keep), owner, now).id


def claimed(store: SyncStore, now: int, owner: str = "two", limit: int = 100) -> list[str]:
    return [posted.outbound.text for posted in store.run(messages.claim_outbox, an_installation(owner), now, limit)]


def test_a_message_is_leased_to_its_maker(store):
    posted = store.run(say, str(AWA), Outbound("a"), "one", NOW)
    assert posted.leased
    assert claimed(store, NOW) == []
    assert claimed(store, NOW + OUTBOX_LEASE_MS - 1) == []
    assert claimed(store, NOW + OUTBOX_LEASE_MS) == ["a"]
    # And then to whoever took it over.
    assert claimed(store, NOW + OUTBOX_LEASE_MS, "three") == []


def test_a_message_waits_behind_what_waits_in_its_chat(store):
    first = tell(store, AWA, "a")
    store.run(messages.later, "one", first, 1, str(AWA), NOW + 10_000)
    behind = store.run(say, str(AWA), Outbound("b"), "one", NOW)
    other = store.run(say, str(MODOU), Outbound("c"), "one", NOW)
    assert (behind.leased, other.leased) == (False, True)
    assert claimed(store, NOW + 9_999) == []
    assert claimed(store, NOW + 10_000) == ["a", "b"]


def test_a_message_waits_behind_what_another_process_is_sending(store):
    tell(store, AWA, "a", owner="one")
    behind = store.run(say, str(AWA), Outbound("b"), "two", NOW)
    assert not behind.leased
    assert claimed(store, NOW) == []
    store.run(messages.sent, 1, 1)
    assert claimed(store, NOW) == ["b"]


def test_later_lets_go_of_the_whole_chat(store):
    first = tell(store, AWA, "a")
    tell(store, AWA, "b")
    tell(store, MODOU, "c")
    store.run(messages.later, "one", first, 1, str(AWA), NOW + 5_000)
    assert claimed(store, NOW + 5_000) == ["a", "b"]
    assert store.one("SELECT attempts FROM outbox WHERE id = ?", first) == 1


def test_a_claim_takes_the_oldest_and_no_more_than_asked(store):
    for number in range(5):
        tell(store, Address("telegram", str(number)), str(number))
    assert claimed(store, NOW + OUTBOX_LEASE_MS, limit=2) == ["0", "1"]
    assert claimed(store, NOW + OUTBOX_LEASE_MS, limit=2) == ["2", "3"]


@given(
    st.lists(
        st.tuples(st.integers(0, 2), st.sampled_from(["say", "claim", "sent", "later", "lease ends"])), max_size=40
    )
)
@example([(0, "say"), (0, "lease ends"), (0, "say"), (0, "sent")])
def test_one_chat_is_served_in_order_whatever_happens(steps):
    """Two processes, three chats, pauses and lost leases: a message is never handed out past an earlier one. A process
    that has lost what it had in hand was started again, and has another name.
    """
    store, now, numbers = SyncStore(), NOW, count()
    maker = "one"
    hands: dict[int, deque[tuple[OutboxMessage, str]]] = {chat: deque() for chat in range(3)}
    for chat, what in steps:
        address = Address("telegram", str(chat))
        if what == "say":
            posted = store.run(say, str(address), Outbound(f"{next(numbers)}"), maker, now)
            if posted.leased:
                hands[chat].append((posted, maker))
        elif what == "claim":
            for posted in store.run(messages.claim_outbox, an_installation("two"), now, 10):
                hands[int(Address.parse(posted.address).id)].append((posted, "two"))
        elif what == "lease ends":
            now += OUTBOX_LEASE_MS
            maker += "'"
            for hand in hands.values():
                hand.clear()
        elif hands[chat]:
            posted, owner = hands[chat].popleft()
            oldest = store.one("SELECT min(id) FROM outbox WHERE address = ?", str(address))
            assert posted.id == oldest
            if what == "sent":
                assert store.run(messages.sent, posted.id, posted.lease)
            else:
                store.run(messages.later, owner, posted.id, posted.lease, str(address), now + 1_000)
                assert {other for _, other in hands[chat]} <= {owner}
                hands[chat].clear()
                now += 1_000
    # Nothing is lost: what was not sent is claimed in the end.
    left = {row["id"] for row in store.rows("SELECT id FROM outbox")}
    claimed_last = {
        posted.id for posted in store.run(messages.claim_outbox, an_installation("three"), now + OUTBOX_LEASE_MS, 100)
    }
    assert claimed_last == left
    store.close()


def test_order_news_is_kept_for_who_cannot_be_reached_and_sent_when_they_write(store):
    store.run(events.handle_event, INSTALLATION, types("/start"))
    store.run(messages.sent, 1, 1)
    kept, other = tell(store, AWA, "your code", keep=True), tell(store, AWA, "small talk")
    store.run(messages.given_up, kept, 1, str(AWA), NOW, True)
    store.run(messages.given_up, other, 1, str(AWA), NOW, True)
    assert claimed(store, NOW + 10 * OUTBOX_LEASE_MS) == []
    assert store.one("SELECT count(*) FROM outbox") == 1
    # It does not stand in the way of what is said meanwhile, and comes first when they write.
    result = store.run(events.handle_event, INSTALLATION, types("/help", now=NOW + HOUR_MS))
    assert result.posted[0].outbound.text == "your code"
    assert result.posted[0].leased
    assert len(result.posted) > 1
    assert store.one("SELECT unreachable_at FROM session") is None
    # Once.
    store.run(messages.sent, kept, result.posted[0].lease)
    assert all(
        p.outbound.text != "your code" for p in store.run(events.handle_event, INSTALLATION, types("/help")).posted
    )


def test_a_message_in_a_far_future_was_put_off_before_the_clock_jumped_back(store):
    first = tell(store, AWA, "a")
    store.run(messages.later, "one", first, 1, str(AWA), NOW + HOUR_MS)
    tell(store, MODOU, "b", now=NOW + HOUR_MS)
    assert sorted(claimed(store, NOW)) == ["a", "b"]


def test_taking_over_frees_everything_at_once(store):
    tell(store, AWA, "a")
    order_id = place(store)
    store.run(claim_one, INSTALLATION, order_id, NOW)
    assert store.run(claim_due, an_installation("two"), NOW, 10).jobs == []
    store.run(housekeeping.take_over, NOW)
    assert claimed(store, NOW) == ["a"]
    # The call that was in flight may or may not have arrived.
    store.run(claim_due, an_installation("two"), NOW, 10)
    assert order_in(store, order_id).state == "unknown"


def test_the_backlog(store):
    assert store.run(housekeeping.backlog) == (0, None, {})
    tell(store, AWA, "a", now=NOW)
    tell(store, AWA, "b", now=NOW + 1)
    place(store)
    assert store.run(housekeeping.backlog) == (2, NOW, {"waiting": 1})
    assert store.run(housekeeping.ping)


def test_what_is_kept_can_be_read_and_dropped(store):
    assert store.run(housekeeping.kept, "beat") is None
    store.run(housekeeping.ping)
    assert store.run(housekeeping.kept, "beat") is not None
    store.run(housekeeping.drop_kept, "beat")
    assert store.run(housekeeping.kept, "beat") is None


# The budget.


def most_in_a_minute(times_ms: list[int]) -> int:
    window: deque[int] = deque()
    most = 0
    for at in sorted(times_ms):
        window.append(at)
        while window[0] <= at - 60_000:
            window.popleft()
        most = max(most, len(window))
    return most


@pytest.mark.parametrize("rate", [2, 3, 10, 60, 100, 1_000])
def test_a_greedy_caller_never_passes_the_rate(rate):
    store, installation, now, granted = SyncStore(), an_installation(rate=rate), NOW, []
    while now < NOW + 200_000:
        wait_ms = store.run(take_budget, installation, "pay", now)
        if wait_ms:
            now += wait_ms
        else:
            granted.append(now)
    assert most_in_a_minute(granted) <= rate
    # And it is not needlessly small: what is promised is given.
    assert len([at for at in granted if at >= NOW + 60_000]) >= rate * 88 // 100 * 140 // 60 - 1
    store.close()


@given(
    st.lists(
        st.tuples(st.sampled_from(["pay", "inquiry", "poll"]), st.sampled_from([0, 1, 7, 100, 700, 3_000, 20_000])),
        min_size=50,
        max_size=400,
    ),
    st.sampled_from([2, 10, 30, 100]),
)
def test_no_minute_holds_more_requests_than_the_rate_whatever_the_mix(calls, rate):
    store, installation, now, granted = SyncStore(), an_installation(rate=rate), NOW, []
    for kind, pause_ms in calls:
        now += pause_ms
        if store.run(take_budget, installation, kind, now) == 0:
            granted.append(now)
    assert most_in_a_minute(granted) <= rate
    store.close()


def test_pays_come_before_inquiries_before_polls(store):
    """All ask for as much as they can get: what is left for one is never less than for those behind it."""
    taken = {}
    for kind in ("poll", "inquiry", "pay"):
        taken[kind] = 0
        while store.run(take_budget, INSTALLATION, kind, NOW) == 0:
            taken[kind] += 1
    # Polls leave six of the burst, inquiries three of these, pays take the rest.
    assert taken == {"poll": 4, "inquiry": 3, "pay": 3}
    waits = [store.run(take_budget, INSTALLATION, kind, NOW) for kind in ("pay", "inquiry", "poll")]
    assert waits == sorted(waits)
    assert 0 < waits[0] < waits[1] < waits[2]


def test_a_wait_is_as_long_as_it_says(store):
    for kind in ("pay", "inquiry", "poll"):
        now = NOW + 10 * HOUR_MS * len(kind)
        while store.run(take_budget, INSTALLATION, "pay", now) == 0:
            pass
        wait_ms = store.run(take_budget, INSTALLATION, kind, now)
        assert store.run(take_budget, INSTALLATION, kind, now + wait_ms - 1) > 0
        assert store.run(take_budget, INSTALLATION, kind, now + wait_ms) == 0


@pytest.mark.parametrize("jump_ms", [-HOUR_MS, HOUR_MS])
def test_a_jump_of_the_clock_neither_blocks_nor_floods(store, jump_ms):
    while store.run(take_budget, INSTALLATION, "pay", NOW) == 0:
        pass
    now, granted = NOW + jump_ms, 0
    for _ in range(1_000):
        granted += store.run(take_budget, INSTALLATION, "pay", now) == 0
    assert granted == INSTALLATION.budget.burst


def test_the_budget_is_one_for_all(store):
    installations = [an_installation("one"), an_installation("two")]
    granted = sum(store.run(take_budget, installations[at % 2], "pay", NOW) == 0 for at in range(100))
    assert granted == INSTALLATION.budget.burst


@pytest.mark.parametrize(("told_seconds", "pause_ms"), [(None, 5_000), (2.5, 2_500), (30, 30_000), (3_600, 60_000)])
def test_a_429_pauses_everybody(store, told_seconds, pause_ms):
    """For as long as the provider says, at most a minute; pays are no exception."""
    order_id = place(store)
    store.run(claim_one, INSTALLATION, order_id, NOW)
    store.run(settle, INSTALLATION, order_id, NotSent("busy", told_seconds), "pay", NOW, leased=True)
    for kind in ("pay", "inquiry", "poll"):
        assert store.run(take_budget, INSTALLATION, kind, NOW + pause_ms - 1) > 0
    assert store.run(take_budget, INSTALLATION, "pay", NOW + pause_ms) == 0


def test_what_the_budget_does_not_allow_stays_due_and_is_told(store):
    while store.run(take_budget, INSTALLATION, "pay", NOW) == 0:
        pass
    order_id = place(store)
    result = store.run(claim_one, INSTALLATION, order_id, NOW)
    assert (result.jobs, result.posted) == ([], [])
    assert result.wait_ms > 0
    assert order_in(store, order_id).state == "waiting"
    # It gets long: the customer is told, once.
    result = store.run(claim_due, INSTALLATION, NOW, 10)
    assert result.posted == []
    later = NOW + 5_000
    while store.run(take_budget, INSTALLATION, "pay", later) == 0:
        pass
    assert len(store.run(claim_due, INSTALLATION, later, 10).posted) == 1
    assert len(store.run(claim_due, INSTALLATION, later + 1, 10).posted) == 0
    result = store.run(claim_due, INSTALLATION, later + 60_000, 10)
    assert [job.step for job in result.jobs] == ["pay"]


def test_the_smallest_budget_lets_everybody_through(store):
    installation = an_installation(rate=2)
    for kind in ("poll", "inquiry", "pay"):
        assert installation.budget.allowance_us(kind) >= 0
    assert store.run(take_budget, installation, "poll", NOW) == 0
    assert installation.budget.interval_us == MINUTE_US


# Placing.


def _books(store: SyncStore, order_id: str) -> tuple[object, ...]:
    """All that is written of an order, apart from the versions that its row went through."""
    order = dict(store.connection.execute("SELECT * FROM orders WHERE id = ?", (order_id,)).fetchone())
    order.pop("version")
    journal = [tuple(row) for row in store.connection.execute("SELECT order_id, at, what, state, detail FROM journal")]
    entries = [tuple(row) for row in store.connection.execute("SELECT account, amount_xof, order_id, at FROM entry")]
    budget = [tuple(row) for row in store.connection.execute("SELECT * FROM budget")]
    return order, journal, entries, budget


@pytest.mark.parametrize("rate", [100, 2])
def test_an_order_that_is_claimed_with_its_confirm_is_one_that_is_claimed_at_once_after_it(rate):
    """One transaction writes what two would have, where the provider has a place for it and where it has none."""
    quote, installation, stored = a_quote(), an_installation("two", rate=rate), []
    for takes_up in (True, False):
        store = SyncStore()
        installation.lines.clear()
        store.run(fund, AWA, quote.total_xof, "gift", "fr", NOW)
        if rate == 2:
            assert not store.run(take_budget, installation, "pay", NOW)
        unit = Unit(installation, AWA, str(AWA), "fr", NOW, takes_up)
        store.run(place_order, unit, quote)
        jobs = unit.settled.jobs
        if not takes_up:
            assert unit.wake == [quote.id]
            jobs = store.run(claim_one, installation, quote.id, NOW).jobs
        assert [(job.order.id, job.step, job.order.pay_attempts) for job in jobs] == [(quote.id, "pay", 1)] * (rate > 2)
        stored.append(_books(store, quote.id))
        # What the provider then says finds the row under the version that the job has.
        for job in jobs:
            settled = store.run(
                settle, installation, job.order.id, Delivered((CODE,), DETAILS), "pay", NOW, leased=True
            )
            assert settled is not None
            assert [order.state for order in settled.moves] == ["delivered"]
        again = Unit(installation, AWA, str(AWA), "fr", NOW, takes_up)
        store.run(place_order, again, quote)
        assert (again.wake, again.settled.jobs) == ([], [])
        store.close()
    assert stored[0] == stored[1]


def test_a_confirmed_quote_becomes_one_order_and_one_hold(store):
    quote = a_quote()
    give(store, AWA, 20_000)
    for _ in range(2):
        result = store.run(acting, INSTALLATION, AWA, NOW, place_order, quote)
    assert result.wake == []
    assert store.one("SELECT count(*) FROM orders") == 1
    assert balance(store, "hold") == quote.total_xof
    assert balance(store, f"customer:{AWA}") == 20_000 - quote.total_xof


def test_an_order_without_money_is_not_written(store):
    give(store, AWA, 100)
    with pytest.raises(LedgerError):
        store.run(acting, INSTALLATION, AWA, NOW, place_order, a_quote())
    assert store.one("SELECT count(*) FROM orders") == 0
    assert balance(store, "hold") == 0


def test_a_credit_limit_is_a_limit(store):
    give(store, AWA, 75)
    with pytest.raises(LedgerError):
        store.run(acting, an_installation(limit_xof=4_999), AWA, NOW, place_order, a_quote())
    store.run(acting, an_installation(limit_xof=5_000), AWA, NOW, place_order, a_quote())
    assert balance(store, f"customer:{AWA}") == -5_000
    money = store.run(balance_of, str(AWA), 5_000)
    assert (money.available_xof, money.held_xof, money.spendable_xof) == (-5_000, 5_075, 0)


def test_a_customers_own_limit_counts_more_than_the_default(store):
    store.connection.execute("INSERT INTO credit_limit VALUES (?, 6000)", (str(AWA),))
    store.run(acting, INSTALLATION, AWA, NOW, place_order, a_quote())
    assert balance(store, f"customer:{AWA}") == -5_075


def test_money_is_moved_once_for_each_key(store):
    give(store, AWA, 500, "k")
    with pytest.raises(Exception, match="UNIQUE"):
        give(store, AWA, 500, "k")
    store.run(acting, INSTALLATION, ADMIN, NOW, move_money, "m", MODOU, 700, "cash")
    with pytest.raises(LedgerError):
        store.run(acting, INSTALLATION, ADMIN, NOW, move_money, "n", MODOU, -701, "back")
    assert balance(store, f"customer:{MODOU}") == 700
    assert balance(store, "funding") == -1_200


def test_a_word_to_somebody_else_makes_them_known(store):
    store.run(acting, INSTALLATION, ADMIN, NOW, tell_somebody, MODOU, Outbound("you got money"))
    store.run(acting, INSTALLATION, ADMIN, NOW, tell_somebody, ADMIN, Outbound("done"))
    assert store.one("SELECT customer FROM session WHERE address = ?", str(MODOU)) == str(MODOU)
    assert len(texts(store, MODOU)) == len(texts(store, ADMIN)) == 1


# Claiming.


def test_a_claim_writes_down_that_the_call_is_about_to_leave(store):
    order_id = place(store)
    (job,) = store.run(claim_one, INSTALLATION, order_id, NOW).jobs
    kept = order_in(store, order_id)
    assert (kept.state, kept.pay_attempts, job.step) == ("sending", 1, "pay")
    assert job.order == kept
    assert store.one("SELECT lease_owner FROM orders") == "one"


def test_a_lease_is_honoured_until_it_ends(store):
    order_id = place(store)
    assert len(store.run(claim_due, INSTALLATION, NOW, 10).jobs) == 1
    for now in (NOW, NOW + PAY_LEASE_MS - 1):
        result = store.run(claim_due, an_installation("two"), now, 10)
        assert (result.jobs, result.moves) == ([], [])
        assert store.run(claim_one, an_installation("two"), order_id, now).jobs == []
    # Whoever had it is gone: nobody knows whether the call left.
    result = store.run(claim_due, an_installation("two", (ADMIN,)), NOW + PAY_LEASE_MS, 10)
    assert result.jobs == []
    assert [order.state for order in result.moves] == ["unknown"]
    assert len(texts(store, ADMIN)) == 1
    assert balance(store, "hold") == 5_075


def test_a_look_up_is_leased_too(store):
    order_id = accepted(store)
    due_at = order_in(store, order_id).due_at
    assert due_at is not None
    (job,) = store.run(claim_due, INSTALLATION, due_at, 10).jobs
    assert (job.step, job.transaction_id) == ("look_up", "T1")
    assert store.run(claim_due, an_installation("two"), due_at + LOOK_UP_LEASE_MS - 1, 10).jobs == []
    (job,) = store.run(claim_due, an_installation("two"), due_at + LOOK_UP_LEASE_MS, 10).jobs
    assert job.step == "look_up"


def test_what_was_not_sent_yet_is_taken_up_first(store):
    polled = accepted(store)
    due_at = order_in(store, polled).due_at or 0
    waiting = place(store, due_at + 5_000)
    jobs = store.run(claim_due, INSTALLATION, due_at + 5_000, 10).jobs
    assert [job.order.id for job in jobs] == [waiting, polled]
    assert [job.step for job in jobs] == ["pay", "look_up"]


def test_a_claim_takes_no_more_than_asked_and_nothing_before_its_time(store):
    for _ in range(4):
        place(store)
    assert len(store.run(claim_due, INSTALLATION, NOW - 1, 10).jobs) == 0
    assert len(store.run(claim_due, INSTALLATION, NOW, 3).jobs) == 3
    assert len(store.run(claim_due, INSTALLATION, NOW, 3).jobs) == 1


def test_the_clock_jumps_back_an_hour(store):
    """Orders written in a future that has not come yet are neither forgotten for an hour nor fired over and over."""
    waiting, polled = place(store), accepted(store)
    now = NOW - HOUR_MS
    jobs = store.run(claim_due, INSTALLATION, now, 10).jobs
    assert {job.order.id for job in jobs} == {waiting, polled}
    for job in jobs:
        outcome = Processing(DETAILS)
        store.run(
            settle, INSTALLATION, job.order.id, outcome, "pay" if job.step == "pay" else "look_up", now, leased=True
        )
    assert store.run(claim_due, INSTALLATION, now, 10).jobs == []
    assert len(store.run(claim_due, INSTALLATION, now + 15_000, 10).jobs) == 2


def test_a_lease_from_before_the_clock_jumped_back_has_ended(store):
    order_id = place(store)
    store.run(claim_one, INSTALLATION, order_id, NOW)
    store.run(claim_due, an_installation("two"), NOW - HOUR_MS, 10)
    assert order_in(store, order_id).state == "unknown"


def test_the_clock_jumps_forward_an_hour(store):
    """Everything that became due is asked once, as far as the budget goes, and keeps its place in the poll table."""
    for _ in range(3):
        accepted(store)
    now = NOW + HOUR_MS
    jobs = store.run(claim_due, INSTALLATION, now, 10).jobs
    assert len(jobs) == 3
    for job in jobs:
        store.run(settle, INSTALLATION, job.order.id, Processing(DETAILS), "look_up", now, leased=True)
    assert store.run(claim_due, INSTALLATION, now, 10).jobs == []
    assert {order_in(store, job.order.id).polls for job in jobs} == {1}


def test_an_order_that_moved_is_a_conflict(store):
    order_id = place(store)
    stale = order_in(store, order_id)
    store.run(claim_one, INSTALLATION, order_id, NOW)
    with pytest.raises(StoreConflict):
        store.run(save_order, replace(stale, state="refused"))


def test_nothing_to_ask_moves_along_the_poll_table(store):
    order_id = place(store)
    store.run(claim_one, INSTALLATION, order_id, NOW)
    store.run(settle, INSTALLATION, order_id, Processing(), "pay", NOW, leased=True)
    result = store.run(claim_due, INSTALLATION, NOW + 5_000, 10)
    assert result.jobs == []
    order = order_in(store, order_id)
    assert (order.state, order.polls, order.due_at) == ("processing", 1, NOW + 15_000)


# Settling.


def accepted(store: SyncStore, installation: Installation = INSTALLATION) -> str:
    """An order that the provider took and has not decided."""
    order_id = place(store, installation=installation)
    store.run(claim_one, installation, order_id, NOW)
    store.run(settle, installation, order_id, Processing(DETAILS), "pay", NOW, leased=True)
    assert order_in(store, order_id).state == "processing"
    return order_id


def codes(store: SyncStore) -> int:
    return sum("1234 5678 9012 3456 7890" in row["body"] for row in store.rows("SELECT body FROM outbox"))


def test_a_success_is_settled_once_however_often_it_is_brought(store):
    """The same webhook five times, together with the poll and the answer to the pay call: one code message."""
    order_id = accepted(store)
    for number in range(5):
        settled = store.run(settle, INSTALLATION, order_id, Delivered((CODE,), DETAILS), "look_up", NOW + number)
        assert bool(settled.moves) == (number == 0)
    store.run(settle, INSTALLATION, order_id, Delivered((CODE,), DETAILS), "pay", NOW)
    assert codes(store) == 1
    assert store.run(housekeeping.accounts) == {
        f"customer:{AWA}": 0,
        "float": 5_050,
        "fees": 25,
        "funding": -5_075,
        "hold": 0,
    }
    assert store.one("SELECT count(*) FROM entry WHERE order_id = ? AND transfer LIKE '%:spend'", order_id) == 3


def test_a_refusal_gives_the_money_back_once(store):
    order_id = accepted(store)
    for _ in range(3):
        store.run(settle, INSTALLATION, order_id, Refused("failed"), "look_up", NOW)
    assert balance(store, f"customer:{AWA}") == 5_075
    assert balance(store, "hold") == 0


def test_settling_is_whole_or_not_at_all(store):
    """A kill at any statement: the order, its money, its journal and the message stand or fall together."""
    order_id = accepted(store)

    def state() -> tuple[object, ...]:
        return (
            order_in(store, order_id),
            store.run(housekeeping.accounts),
            [row["text"] for row in store.rows("SELECT what || state AS text FROM journal")],
            codes(store),
        )

    before = state()
    for statement in range(30):
        store.kill_after = statement
        try:
            store.run(settle, INSTALLATION, order_id, Delivered((CODE,), DETAILS), "look_up", NOW)
        except Killed:
            assert state() == before, statement
        else:
            break
    assert 5 < statement < 30
    assert codes(store) == 1


@pytest.mark.parametrize("order_of_events", list(permutations(["pay", "look_up", "admin"])))
def test_a_contradiction_keeps_the_first_final_word_or_the_success(store, order_of_events):
    order_id = place(store)
    store.run(claim_one, INSTALLATION, order_id, NOW)
    outcomes = {"pay": Unknown("timeout"), "look_up": Delivered((CODE,), DETAILS), "admin": Refused("admin")}
    for who in order_of_events:
        store.run(settle, INSTALLATION, order_id, outcomes[who], who, NOW)
    assert order_in(store, order_id).state == "delivered"
    assert codes(store) == 1
    assert balance(store, "float") == 5_050
    assert balance(store, "hold") == 0
    assert balance(store, f"customer:{AWA}") == 0


def test_money_that_was_spent_meanwhile_is_not_taken_twice(store):
    """FAILED gave it back, they bought something else, then SUCCESS: the operator bears it, nobody is overdrawn."""
    first = accepted(store)
    store.run(settle, INSTALLATION, first, Refused("failed"), "look_up", NOW)
    store.run(acting, INSTALLATION, AWA, NOW, place_order, a_quote())
    assert balance(store, f"customer:{AWA}") == 0
    installation = an_installation(admins=(ADMIN,))
    store.run(settle, installation, first, Delivered((CODE,), DETAILS), "look_up", NOW)
    assert balance(store, f"customer:{AWA}") == 0
    assert balance(store, "corrections") == -5_075
    assert balance(store, "hold") == 5_075
    assert codes(store) == 1
    assert len(texts(store, ADMIN)) == 1


def test_an_admin_may_refuse_what_was_reopened(store):
    """The way out is open even then: given back, taken again, given back, each under a key of its own."""
    order_id = accepted(store)
    store.run(settle, INSTALLATION, order_id, Refused("failed"), "look_up", NOW)
    store.run(settle, INSTALLATION, order_id, Delivered((), DETAILS), "look_up", NOW)
    assert order_in(store, order_id).state == "token_awaited"
    store.run(settle, INSTALLATION, order_id, Refused("admin"), "admin", NOW)
    assert order_in(store, order_id).state == "refused"
    assert balance(store, f"customer:{AWA}") == 5_075
    store.run(settle, INSTALLATION, order_id, Delivered((CODE,), DETAILS), "admin", NOW)
    assert order_in(store, order_id).state == "delivered"
    assert (balance(store, f"customer:{AWA}"), balance(store, "hold")) == (0, 0)


def test_the_lease_ends_with_the_answer(store):
    order_id = place(store)
    store.run(claim_one, INSTALLATION, order_id, NOW)
    store.run(settle, INSTALLATION, order_id, NotSent("unreachable"), "pay", NOW, leased=True)
    assert store.one("SELECT lease_owner FROM orders") is None
    assert [job.step for job in store.run(claim_due, INSTALLATION, NOW + 5_000, 10).jobs] == ["pay"]


def test_another_process_ends_no_lease_of_ours(store):
    order_id = accepted(store)
    store.run(claim_due, INSTALLATION, NOW + 5_000, 10)
    store.run(settle, an_installation("two"), order_id, Unknown("x"), "look_up", NOW + 5_000, leased=True)
    assert store.one("SELECT lease_owner FROM orders") == "one"
    store.run(release, "two", order_id)
    assert store.one("SELECT lease_owner FROM orders") == "one"
    store.run(release, "one", order_id)
    assert store.one("SELECT lease_owner FROM orders") is None


def test_settling_an_order_that_is_not_there(store):
    assert store.run(settle, INSTALLATION, "NOBODY", Delivered((CODE,)), "look_up", NOW) is None
    assert store.run(record_webhook_claim, INSTALLATION, "NOBODY", WebhookClaim("success"), NOW) is None


def test_notices_are_written_in_the_language_of_now(store):
    order_id = accepted(store)
    store.connection.execute("UPDATE session SET language = 'en' WHERE address = ?", (str(AWA),))
    settled = store.run(settle, INSTALLATION, order_id, Refused("failed"), "look_up", NOW)
    assert any(word in settled.posted[0].outbound.text for word in ("money", "given back", "back"))


def test_the_admins_are_not_flooded(store):
    installation = an_installation(admins=(ADMIN, MODOU))
    for number in range(5):
        order_id = place(store, installation=installation)
        store.run(claim_one, installation, order_id, NOW)
        store.run(settle, installation, order_id, NotSent("credentials"), "pay", NOW + number, leased=True)
    assert len(texts(store, ADMIN)) == len(texts(store, MODOU)) == 1
    assert len(store.run(notifications.tell_admins, installation, Alert("credentials", "x"), None, NOW + 600_000)) == 2
    # After the clock jumped back, an alert of the future silences nobody.
    assert len(store.run(notifications.tell_admins, installation, Alert("credentials", "x"), None, NOW - HOUR_MS)) == 2
    # What concerns one order is not told at every poll; others of its kind wait, to be told together.
    one, other = (
        order_in(store, place(store, installation=installation)),
        order_in(store, place(store, installation=installation)),
    )
    failed = Alert("failed_after_success", "x")
    counts = [
        len(store.run(notifications.tell_admins, installation, failed, order, NOW)) for order in (one, other, one)
    ]
    assert counts == [2, 0, 0]
    waiting = store.rows("SELECT order_id FROM waiting_alert WHERE kind = 'failed_after_success'")
    assert [row["order_id"] for row in waiting] == [other.id]
    assert len(store.run(notifications.tell_admins, installation, failed, one, NOW + 6 * HOUR_MS)) == 2


# Webhooks.


def test_a_webhook_is_kept_and_looked_up_at_once(store):
    order_id = accepted(store)
    webhook_claim = WebhookClaim("success", (CODE,), order_id, order_id, ProviderDetails("T1"))
    settled = store.run(record_webhook_claim, INSTALLATION, order_id, webhook_claim, NOW + 1_000)
    assert settled is not None
    ((job),) = settled.jobs
    assert (job.step, job.transaction_id) == ("look_up", "T1")
    assert settled.posted == []
    assert order_in(store, order_id).webhook_claim == webhook_claim
    assert codes(store) == 0
    assert balance(store, "hold") == 5_075
    # While it is looked up, the sweep leaves it alone.
    assert store.run(claim_due, an_installation("two"), NOW + 1_000, 10).jobs == []


@pytest.mark.parametrize(
    "forged",
    [
        WebhookClaim("success", (CODE,), "OTHER"),
        WebhookClaim("success", custom_data="OTHER"),
        WebhookClaim("success", details=ProviderDetails("T2")),
    ],
)
def test_a_webhook_whose_ids_are_not_ours_does_nothing_and_is_alerted(store, forged):
    installation = an_installation(admins=(ADMIN,))
    order_id = accepted(store, installation)
    before = order_in(store, order_id)
    settled = store.run(record_webhook_claim, installation, order_id, forged, NOW)
    assert settled is not None
    assert settled.jobs == []
    assert [alert.kind for alert in settled.alerts] == ["forged_hint"]
    assert order_in(store, order_id) == before
    assert len(texts(store, ADMIN)) == 1
    assert store.one("SELECT count(*) FROM journal WHERE what LIKE 'webhook%'") == 1


def test_a_forged_success_shows_nothing(store):
    """Its ids match, the look-up says PROCESSING: nothing is shown, and in the end it is alerted."""
    installation = an_installation(admins=(ADMIN,))
    order_id = accepted(store, installation)
    now = NOW + 1_000
    store.run(
        record_webhook_claim,
        installation,
        order_id,
        WebhookClaim("success", (CODE,), order_id, details=ProviderDetails("T1")),
        now,
    )
    alerts = []
    for pause_ms in (0, 1_000, 3_000, 10_000):
        now += pause_ms
        if pause_ms:
            (job,) = store.run(claim_due, installation, now, 10).jobs
            assert job.step == "look_up"
        settled = store.run(settle, installation, order_id, Processing(DETAILS), "look_up", now, leased=True)
        alerts += [alert.kind for alert in settled.alerts]
    assert alerts == ["forged_hint"]
    assert codes(store) == 0
    assert order_in(store, order_id).state == "processing"


def test_a_webhook_before_the_answer_to_the_pay_call(store):
    """The look-up settles; the later answer PROCESSING moves nothing back; the call's lease is not ended by others."""
    order_id = place(store)
    store.run(claim_one, INSTALLATION, order_id, NOW)
    settled = store.run(
        record_webhook_claim,
        INSTALLATION,
        order_id,
        WebhookClaim("success", (CODE,), order_id, details=ProviderDetails("T1")),
        NOW + 100,
    )
    assert settled is not None
    assert [job.step for job in settled.jobs] == ["look_up"]
    store.run(settle, INSTALLATION, order_id, Unknown("HTTP 404"), "look_up", NOW + 200, leased=settled.jobs[0].leased)
    assert order_in(store, order_id).state == "sending"
    assert store.one("SELECT lease_owner FROM orders") == "one"
    due_later = store.run(claim_due, INSTALLATION, NOW + 60_000, 10)
    assert (due_later.jobs, due_later.moves) == ([], [])
    store.run(
        settle, INSTALLATION, order_id, Delivered((), DETAILS), "look_up", NOW + 300, leased=settled.jobs[0].leased
    )
    assert order_in(store, order_id).state == "delivered"
    store.run(settle, INSTALLATION, order_id, Processing(DETAILS), "pay", NOW + 400, leased=True)
    assert order_in(store, order_id).state == "delivered"
    assert codes(store) == 1


def test_a_lease_begins_with_a_write_only_where_nobody_has_one(store):
    order_id = accepted(store)
    store.run(claim_due, an_installation("two"), NOW + 5_000, 10)
    order = order_in(store, order_id)
    store.run(save_order, order, lease=OrderLease("one", NOW + 90_000))
    assert store.one("SELECT lease_owner FROM orders") == "two"
    assert store.one("SELECT lease_until FROM orders") == NOW + 5_000 + LOOK_UP_LEASE_MS
    store.run(release, "two", order_id)
    store.run(save_order, order_in(store, order_id), lease=OrderLease("one", NOW + 90_000))
    assert store.one("SELECT lease_owner FROM orders") == "one"
    assert store.one("SELECT lease_until FROM orders") == NOW + 90_000


def test_a_webhook_that_finds_no_place_in_the_budget_holds_nobody_else_off(store):
    """Its look-up waits for a place; whoever comes first when there is one does it."""
    order_id = accepted(store)
    while store.run(take_budget, INSTALLATION, "pay", NOW) == 0:
        pass
    claim = WebhookClaim("success", (CODE,), order_id, details=ProviderDetails("T1"))
    settled = store.run(record_webhook_claim, INSTALLATION, order_id, claim, NOW)
    assert settled is not None
    assert (settled.jobs, settled.wait_ms > 0) == ([], True)
    assert store.one("SELECT lease_owner FROM orders") is None
    assert store.one("SELECT awaited_at FROM orders") == NOW
    [job] = store.run(claim_due, an_installation("two"), NOW + settled.wait_ms, 10).jobs
    assert (job.order.id, job.step, job.leased) == (order_id, "look_up", True)
    assert store.one("SELECT lease_owner FROM orders") == "two"
    assert store.one("SELECT awaited_at FROM orders") is None


def test_a_webhook_that_finds_no_place_ends_no_lease_of_a_call_in_flight(store):
    order_id = place(store)
    store.run(claim_one, INSTALLATION, order_id, NOW)
    while store.run(take_budget, INSTALLATION, "pay", NOW) == 0:
        pass
    claim = WebhookClaim("success", (CODE,), order_id, details=ProviderDetails("T1"))
    settled = store.run(record_webhook_claim, INSTALLATION, order_id, claim, NOW)
    assert settled is not None
    assert settled.jobs == []
    assert store.one("SELECT lease_owner FROM orders") == "one"
    assert store.one("SELECT lease_until FROM orders") == NOW + PAY_LEASE_MS
    assert store.one("SELECT awaited_at FROM orders") == NOW


def test_a_webhook_during_a_replay_begins_no_second_one(store):
    order_id = place(store)
    store.run(claim_one, INSTALLATION, order_id, NOW)
    store.run(settle, INSTALLATION, order_id, Unknown("ReadTimeout"), "pay", NOW, leased=True)
    ((replay),) = store.run(claim_due, INSTALLATION, NOW + 20_000, 10).jobs
    assert (replay.step, replay.leased) == ("replay", True)
    settled = store.run(
        record_webhook_claim,
        INSTALLATION,
        order_id,
        WebhookClaim("success", (CODE,), order_id, details=ProviderDetails("T1")),
        NOW + 20_100,
    )
    assert settled is not None
    assert [(job.step, job.leased) for job in settled.jobs] == [("look_up", False)]
    store.run(
        settle, INSTALLATION, order_id, Unknown("HTTP 404"), "look_up", NOW + 20_200, leased=settled.jobs[0].leased
    )
    assert store.one("SELECT lease_owner FROM orders") == "one"
    assert store.run(claim_due, INSTALLATION, NOW + 80_000, 10).jobs == []


def test_a_webhook_for_an_order_that_was_not_sent(store):
    order_id = place(store)
    settled = store.run(record_webhook_claim, INSTALLATION, order_id, WebhookClaim("success", (CODE,)), NOW)
    assert settled is not None
    assert [alert.kind for alert in settled.alerts] == ["forged_hint"]
    assert order_in(store, order_id).state == "waiting"


def test_a_late_webhook_after_a_refusal(store):
    order_id = accepted(store)
    store.run(settle, INSTALLATION, order_id, Refused("failed"), "look_up", NOW)
    settled = store.run(
        record_webhook_claim,
        INSTALLATION,
        order_id,
        WebhookClaim("success", (CODE,), order_id, details=ProviderDetails("T1")),
        NOW,
    )
    assert settled is not None
    assert [job.step for job in settled.jobs] == ["look_up"]
    store.run(settle, INSTALLATION, order_id, Delivered((), DETAILS), "look_up", NOW, leased=True)
    assert order_in(store, order_id).state == "delivered"
    assert codes(store) == 1


def test_a_webhook_while_the_budget_is_used_up_is_kept(store):
    order_id = accepted(store)
    while store.run(take_budget, INSTALLATION, "pay", NOW) == 0:
        pass
    settled = store.run(
        record_webhook_claim,
        INSTALLATION,
        order_id,
        WebhookClaim("success", (CODE,), details=ProviderDetails("T1")),
        NOW,
    )
    assert settled is not None
    assert settled.jobs == []
    assert settled.wait_ms > 0
    (job,) = store.run(claim_due, INSTALLATION, NOW + 20_000, 10).jobs
    assert job.step == "look_up"


def test_a_webhook_names_what_a_lost_answer_did_not(store):
    order_id = place(store)
    store.run(claim_one, INSTALLATION, order_id, NOW)
    store.run(settle, INSTALLATION, order_id, Unknown("timeout"), "pay", NOW, leased=True)
    settled = store.run(
        record_webhook_claim,
        INSTALLATION,
        order_id,
        WebhookClaim("success", (CODE,), order_id, details=ProviderDetails("T7")),
        NOW,
    )
    assert settled is not None
    assert [job.transaction_id for job in settled.jobs] == ["T7"]


# What people ask for.


def test_a_customer_calls_back_what_was_not_sent(store):
    order_id = place(store)
    result = store.run(acting, INSTALLATION, AWA, NOW, upon(call_back_one), order_id)
    assert [order.state for order in result.settled.moves] == ["cancelled"]
    assert balance(store, f"customer:{AWA}") == 5_075
    store.run(acting, INSTALLATION, AWA, NOW, upon(call_back_one), order_id)
    assert balance(store, f"customer:{AWA}") == 5_075
    assert store.run(claim_due, INSTALLATION, NOW + HOUR_MS, 10).jobs == []


def test_nobody_calls_back_anothers_order_nor_one_that_was_sent(store):
    order_id = place(store)
    store.run(
        events.handle_event, INSTALLATION, IncomingEvent(MODOU, Tap(f"-.recall.{order_id}"), NOW, ("I", "J"), "tap")
    )
    assert order_in(store, order_id).state == "waiting"
    store.run(claim_one, INSTALLATION, order_id, NOW)
    store.run(acting, INSTALLATION, AWA, NOW, upon(call_back_one), order_id)
    assert order_in(store, order_id).state == "sending"
    store.run(events.handle_event, INSTALLATION, IncomingEvent(AWA, Tap("-.recall.NOBODY"), NOW, ("I", "J"), "nobody"))
    assert store.one("SELECT count(*) FROM orders") == 1


def test_somebody_asks_about_an_order(store):
    order_id = accepted(store)
    assert store.run(claim_one, INSTALLATION, order_id, NOW).jobs != []
    store.run(settle, INSTALLATION, order_id, Processing(DETAILS), "look_up", NOW, leased=True)
    result = store.run(acting, INSTALLATION, AWA, NOW + 1, upon(ask_about), order_id)
    assert result.wake == [order_id]
    assert [job.step for job in store.run(claim_one, INSTALLATION, order_id, NOW + 1).jobs] == ["look_up"]
    store.run(settle, INSTALLATION, order_id, Delivered((CODE,), DETAILS), "look_up", NOW, leased=True)
    assert store.run(acting, INSTALLATION, AWA, NOW, upon(ask_about), order_id).wake == []


def test_an_admins_decision_is_written_down_with_their_name(store):
    order_id = place(store)
    store.run(claim_one, INSTALLATION, order_id, NOW)
    store.run(settle, INSTALLATION, order_id, Unknown("timeout"), "pay", NOW, leased=True)
    store.run(acting, INSTALLATION, ADMIN, NOW, upon(decide), order_id, Delivered((CODE,)))
    assert order_in(store, order_id).state == "delivered"
    lines = [row["what"] for row in store.rows("SELECT what FROM journal ORDER BY id")]
    assert f"admin {ADMIN}" in lines
    assert not any(CODE in str(tuple(row)) for row in store.rows("SELECT * FROM journal"))
    assert codes(store) == 1


def test_an_order_is_found_by_a_beginning_that_is_its_own(store):
    for name in ("AAAA11110000", "AAAA22220000"):
        place(store, quote=replace(a_quote(), id=name))
    for wanted, expected in (
        ("AAAA1", "AAAA11110000"),
        ("AAAA22220000", "AAAA22220000"),
        ("AAAA", None),
        ("", None),
        ("B", None),
        ("%", None),
    ):
        for order in (store.run(orders.find_order, wanted), store.run(orders.own, str(AWA), wanted)):
            assert (order.id if order is not None else None) == expected


# What people ask.


def test_the_balance_tells_what_is_there_and_what_is_held(store):
    give(store, AWA, 1_000)
    place(store)
    assert store.run(balance_of, str(AWA), 0) == Balance(1_000, 5_075, 0)
    assert store.run(balance_of, "telegram:404", 0) == Balance(0, 0, 0)


def test_movements_are_named_newest_first(store):
    order_id = place(store)
    store.run(claim_one, INSTALLATION, order_id, NOW)
    store.run(settle, INSTALLATION, order_id, Refused("invalid"), "pay", NOW + 5, leased=True)
    store.run(acting, INSTALLATION, ADMIN, NOW, move_money, "m", AWA, -75, "cash out")
    movements = store.run(movements_of, str(AWA))
    assert [(movement.kind, movement.amount_xof) for movement in movements] == [
        ("debit", -75),
        ("release", 5_075),
        ("hold", -5_075),
        ("credit", 5_075),
    ]
    assert movements[1].order_id == order_id
    assert movements[0].note == "cash out"
    assert len(store.run(movements_of, str(AWA), 2)) == 2
    assert store.run(movements_of, str(MODOU)) == ()


def test_a_movement_of_a_second_round_is_named_by_its_last_word(store):
    order_id = accepted(store)
    store.run(settle, INSTALLATION, order_id, Refused("failed"), "look_up", NOW)
    store.run(settle, INSTALLATION, order_id, Delivered((), DETAILS), "look_up", NOW)
    store.run(settle, INSTALLATION, order_id, Refused("admin"), "admin", NOW)
    kinds = [movement.kind for movement in store.run(movements_of, str(AWA))]
    assert kinds == ["release", "reopen", "release", "hold", "credit"]


def test_saved_meters(store):
    def of(service: Any = None, address: Address = AWA) -> list[tuple[str, str]]:
        return [(meter.reference, meter.nickname) for meter in store.run(meters.saved_by, str(address), service)]

    for reference, nickname in (("14123456789", "Maison"), ("14000000001", "Boutique")):
        store.run(meters.save, str(AWA), "woyofal", reference, "AWA", nickname, NOW)
    store.run(meters.save, str(AWA), "senelec", "210278816", "AWA", "Bureau", NOW)
    assert len(of()) == 3
    # The one that was paid for last comes first.
    place(store, NOW + 1)
    assert of("woyofal")[0] == ("14123456789", "Maison")
    # Saved again, it gets the new nickname.
    store.run(meters.save, str(AWA), "senelec", "210278816", "AWA", "Atelier", NOW)
    assert of("senelec") == [("210278816", "Atelier")]
    (meter,) = store.run(meters.saved_by, str(AWA), "senelec")
    # Nobody renames or forgets another's.
    store.run(meters.rename, str(MODOU), meter.id, "Mine")
    store.run(meters.delete, str(MODOU), meter.id)
    assert of("senelec") == [("210278816", "Atelier")]
    assert of(address=MODOU) == []
    store.run(meters.rename, str(AWA), meter.id, "Chez moi")
    assert of("senelec") == [("210278816", "Chez moi")]
    store.run(meters.delete, str(AWA), meter.id)
    assert of("senelec") == []


def test_recent_meters_are_those_that_are_not_saved(store):
    place(store)
    place(store, NOW + 1, quote=replace(a_quote(), reference="14000000002", holder="MODOU"))
    recent = store.run(meters.paid_lately_by, str(AWA), "woyofal")
    assert [meter.reference for meter in recent] == ["14000000002", "14123456789"]
    assert store.run(meters.paid_lately_by, str(AWA), "woyofal", 1) == recent[:1]
    assert store.run(meters.paid_lately_by, str(AWA), "senelec") == ()
    store.run(meters.save, str(AWA), "woyofal", "14000000002", "MODOU", "x", NOW)
    assert [meter.reference for meter in store.run(meters.paid_lately_by, str(AWA), "woyofal")] == ["14123456789"]


def test_orders_by_the_page(store):
    ids = [place(store, NOW + number) for number in range(7)]
    place(store, address=MODOU)
    first = store.run(orders.page_of, str(AWA), 0, 5)
    rest = store.run(orders.page_of, str(AWA), 5, 5)
    assert [order.id for order in (*first.orders, *rest.orders)] == ids[::-1]
    assert (first.more, rest.more) == (True, False)
    assert store.run(orders.page_of, str(AWA), 2, 5).more is False


def test_open_orders_and_codes(store):
    delivered, waiting = accepted(store), place(store, NOW + 1)
    store.run(settle, INSTALLATION, delivered, Delivered((CODE,), DETAILS), "look_up", NOW)
    assert [order.id for order in store.run(orders.open_of, str(AWA))] == [waiting]
    assert [order.tokens for order in store.run(orders.codes_of, str(AWA), str(AWA), 3)] == [(CODE,)]
    assert store.run(orders.codes_of, str(MODOU), str(MODOU), 3) == ()
    assert store.run(orders.open_of, str(MODOU)) == ()


def test_nobody_sees_anothers_order(store):
    order_id = place(store)
    assert store.run(orders.own, str(AWA), order_id).id == order_id
    assert store.run(orders.own, str(MODOU), order_id) is None
    assert store.run(orders.find_order, order_id).id == order_id
    assert store.run(orders.find_order, "NOBODY") is None


def test_ones_own_order_is_looked_up_by_its_id_and_not_among_all_that_one_made(store):
    sql = statements()["order_own"]
    plan = store.rows(f"EXPLAIN QUERY PLAN {sql}", customer=str(AWA), first="A", last="B")
    assert ["id>?" in row["detail"] for row in plan] == [True]


def test_a_twin_is_open_or_was_delivered_lately(store):
    order_id = accepted(store)

    def twin(since: int, amount_xof: int = 5_000, address: Address = AWA) -> str | None:
        order = store.run(orders.twin_of, str(address), replace(a_quote(), amount_xof=amount_xof), since)
        return order.id if order is not None else None

    assert twin(NOW + HOUR_MS) == order_id
    assert twin(NOW, 5_001) is None
    assert twin(NOW, address=MODOU) is None
    store.run(settle, INSTALLATION, order_id, Delivered((CODE,), DETAILS), "look_up", NOW)
    assert twin(NOW) == order_id
    assert twin(NOW + 1) is None
    refused = accepted(store)
    store.run(settle, INSTALLATION, refused, Refused("failed"), "look_up", NOW)
    assert twin(NOW) == order_id


def test_what_needs_a_person(store):
    fresh, old, lost, done = accepted(store), place(store, NOW - HOUR_MS), place(store), accepted(store)
    store.run(claim_one, INSTALLATION, lost, NOW)
    store.run(settle, INSTALLATION, lost, Unknown("timeout"), "pay", NOW, leased=True)
    store.run(settle, INSTALLATION, done, Delivered((CODE,), DETAILS), "look_up", NOW)
    stuck = [order.id for order in store.run(orders.stuck, NOW - 600_000)]
    assert stuck == [old, lost]
    store.connection.execute("UPDATE orders SET stuck_at = 1 WHERE id = ?", (fresh,))
    assert fresh in [order.id for order in store.run(orders.stuck, NOW - 600_000)]


def test_the_trail_tells_everything_but_codes(store):
    order_id = accepted(store)
    store.run(settle, INSTALLATION, order_id, Delivered((CODE,), DETAILS), "look_up", NOW)
    trail = store.run(orders.trail_of, order_id)
    assert [line.what for line in trail.lines] == ["confirmed", "pay begun", "pay: Processing", "look_up: Delivered"]
    assert [line.state for line in trail.lines] == ["waiting", "sending", "processing", "delivered"]
    assert CODE not in str(trail.lines)
    assert sum(amount_xof for _, amount_xof in trail.movements) == 0
    assert store.run(orders.trail_of, "NOBODY") == orders.Trail((), ())


def test_a_chat_is_let_go_without_being_put_off(store):
    tell(store, AWA, "a")
    store.run(messages.release_chat, "two", str(AWA))
    assert claimed(store, NOW) == []
    store.run(messages.release_chat, "one", str(AWA))
    assert claimed(store, NOW) == ["a"]


def test_a_message_that_is_malformed_makes_nobody_unreachable(store):
    store.run(events.handle_event, INSTALLATION, types("/start"))
    store.run(messages.given_up, 1, 1, str(AWA), NOW, False)
    assert store.one("SELECT unreachable_at FROM session") is None
    assert store.one("SELECT count(*) FROM outbox") == 0


def test_the_float_is_asked_after_the_commit(store):
    installation = an_installation(admins=(ADMIN,))
    result = store.run(events.handle_event, installation, types("/float", address=ADMIN))
    assert AskFloat() in result.tasks


# Inquiries.


def inquiring(store: SyncStore, now: int = NOW) -> EventResult:
    store.run(events.handle_event, INSTALLATION, types("/start", now=now))
    store.run(events.handle_event, INSTALLATION, types("woyofal", now=now))
    result = store.run(events.handle_event, INSTALLATION, types("14123456789", now=now))
    assert result.inquiry is not None
    return result


def test_an_inquiry_is_asked_by_who_received_it_and_by_nobody_else(store):
    result = inquiring(store)
    assert result.inquiry_wait_ms == 0
    assert store.run(claim_inquiries, INSTALLATION, NOW + INQUIRY_LEASE_MS - 1, 10) == []


def test_an_inquiry_that_died_with_its_process_is_asked_again(store):
    result = inquiring(store)
    assert result.inquiry is not None
    (pending,) = store.run(claim_inquiries, INSTALLATION, NOW + INQUIRY_LEASE_MS, 10)
    assert (pending.address, pending.inquiry_id) == (str(AWA), result.inquiry.inquiry_id)
    assert (pending.service, pending.reference) == ("woyofal", "14123456789")
    # Leased to whoever took it up; then free again.
    assert store.run(claim_inquiries, INSTALLATION, NOW + INQUIRY_LEASE_MS + 1, 10) == []
    assert len(store.run(claim_inquiries, INSTALLATION, NOW + 2 * INQUIRY_LEASE_MS, 10)) == 1
    store.run(housekeeping.take_over, NOW + 2 * INQUIRY_LEASE_MS)
    assert len(store.run(claim_inquiries, INSTALLATION, NOW + 2 * INQUIRY_LEASE_MS, 10)) == 1


def test_an_answered_inquiry_is_not_asked_again(store):
    result = inquiring(store)
    assert result.inquiry is not None
    answer = Inquiry("woyofal", "14123456789", "AWA NDIAYE", "Dakar", "ACTIVE")
    incoming = replace_event(types("x"), InquiryAnswered(result.inquiry.inquiry_id, answer))
    store.run(events.handle_event, INSTALLATION, incoming)
    assert store.one("SELECT inquiry_due_at FROM session") is None
    assert store.run(claim_inquiries, INSTALLATION, NOW + HOUR_MS, 10) == []


def replace_event(incoming: IncomingEvent, event: InquiryAnswered) -> IncomingEvent:
    return IncomingEvent(incoming.address, event, incoming.now, incoming.fresh_ids)


def test_an_inquiry_waits_for_the_budget(store):
    while store.run(take_budget, INSTALLATION, "pay", NOW) == 0:
        pass
    result = inquiring(store)
    assert result.inquiry_wait_ms > 0
    # The budget is still used up when the sweep comes: it waits on, then it is asked.
    assert store.run(claim_inquiries, INSTALLATION, NOW + result.inquiry_wait_ms - 1, 10) == []
    while store.run(take_budget, INSTALLATION, "pay", NOW + result.inquiry_wait_ms) == 0:
        pass
    assert store.run(claim_inquiries, INSTALLATION, NOW + result.inquiry_wait_ms, 10) == []
    assert len(store.run(claim_inquiries, INSTALLATION, NOW + 60_000, 10)) == 1


def test_a_long_line_before_an_inquiry_is_told_to_those_who_wait_long(store):
    while store.run(take_budget, INSTALLATION, "pay", NOW) == 0:
        pass
    notices = []
    for number in range(8):
        address = Address("telegram", str(100 + number))
        for text in ("/start", "woyofal", "14123456789"):
            result = store.run(events.handle_event, INSTALLATION, types(text, address=address))
        assert result.inquiry is not None
        notices.append(busy(WORDS, "fr") in [posted.outbound for posted in result.posted])
    # The longer the line, the longer the wait: whoever is told of it, those behind them are too.
    assert notices == sorted(notices)
    assert notices[-1]


def test_an_inquiry_of_a_future_that_has_not_come_is_asked(store):
    inquiring(store)
    assert len(store.run(claim_inquiries, INSTALLATION, NOW - HOUR_MS, 10)) == 1


def test_a_session_that_cannot_be_read_holds_nobody_up(store):
    inquiring(store)
    store.connection.execute(
        "INSERT INTO session VALUES (?, ?, 'fr', 'not JSON', 1, 1, 1, NULL, NULL, NULL)", (str(MODOU), str(MODOU))
    )
    claimed_inquiries = store.run(claim_inquiries, INSTALLATION, NOW + INQUIRY_LEASE_MS, 10)
    assert [pending.address for pending in claimed_inquiries] == [str(AWA)]
    assert store.one("SELECT inquiry_due_at FROM session WHERE address = ?", str(MODOU)) is None


def test_a_session_that_no_longer_waits_is_let_go(store):
    store.run(events.handle_event, INSTALLATION, types("/start"))
    store.connection.execute("UPDATE session SET inquiry_due_at = 1")
    assert store.run(claim_inquiries, INSTALLATION, NOW, 10) == []


def test_a_picture_is_answered(store):
    incoming = IncomingEvent(AWA, Unreadable("photo"), NOW, ("I", "J"), "k")
    assert store.run(events.handle_event, INSTALLATION, incoming).posted


def test_nothing_reaches_beyond_a_pause_that_we_ever_write():
    assert max(OUTBOX_LEASE_MS, PAY_LEASE_MS, LOOK_UP_LEASE_MS, INQUIRY_LEASE_MS) < PAUSE_LIMIT_MS


def test_a_transfer_that_overdraws_names_itself(store):
    with pytest.raises(LedgerError, match="by 5 XOF"):
        store.run(post, debit("d", str(AWA), 5, ""), NOW, 0)


def test_a_lent_database_keeps_nothing_of_who_had_it_before():
    first = LentStore()
    first.run(fund, AWA, 5_000, "gift", "fr", NOW)
    first.kill_after = 1
    with pytest.raises(Killed):
        first.run(fund, AWA, 7_000, "another", "fr", NOW)
    assert first.one("SELECT sum(amount_xof) FROM entry WHERE amount_xof > 0") == 5_000
    database = first.connection
    del first
    again = LentStore()
    assert again.connection is database
    assert list(again.connection.iterdump()) == list(SyncStore().connection.iterdump())
