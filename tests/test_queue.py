"""The queue for the provider: within the rate, by class, with a share for each, and fair by person in every class."""

import random
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.outcome import Processing, ProviderDetails, Unknown, WebhookClaim
from bot.domain.people import Address
from bot.engine import events
from bot.engine.inquiries import claim_inquiries
from bot.repositories.batches import Entry
from bot.settlement.claims import claim_all, claim_due, claim_one, due_ids, record_webhook_claim
from bot.transactions import batches, housekeeping
from bot.transactions.budget import IN_LINE, Budget, Kind, Plan, ask, take_budget
from bot.transactions.installation import Installation
from bot.transactions.orders import settle
from bot.transactions.purchases import ask_about
from tests.sync_store import SyncStore
from tests.test_batches import keep_for
from tests.test_scripts import AWA, CODE, DETAILS, HOUR_MS, MODOU, NOW, an_installation, order_in, place, types
from tests.units import acting, upon

NOW_US = NOW * 1000
SECOND_US = 1_000_000
MINUTE_US = 60 * SECOND_US
KINDS: tuple[Kind, ...] = (*IN_LINE, "batch")


@pytest.fixture
def store() -> Iterator[SyncStore]:
    opened = SyncStore()
    yield opened
    opened.close()


def most_in_a_minute(granted: list[int]) -> int:
    window: deque[int] = deque()
    most = 0
    for at in granted:
        window.append(at)
        while window[0] <= at - MINUTE_US:
            window.popleft()
        most = max(most, len(window))
    return most


# The arithmetic.


@given(
    st.lists(
        st.tuples(st.sampled_from(KINDS), st.booleans(), st.sampled_from([0, 1, 7, 100, 700, 3_000, 20_000])),
        min_size=50,
        max_size=300,
    ),
    st.sampled_from([2, 10, 23, 30, 100, 1_000]),
)
def test_no_minute_holds_more_than_the_rate_whoever_asks_whenever(
    calls: list[tuple[Kind, bool, int]], rate: int
) -> None:
    budget, plan, now_us, granted = Budget.of(rate), Plan(0), NOW_US, []
    for kind, newcomer, pause_ms in calls:
        now_us += pause_ms * 1000
        plan, wait_us = ask(budget, plan, kind, now_us, newcomer=newcomer)
        if wait_us == 0:
            granted.append(now_us)
    assert most_in_a_minute(granted) <= rate


def crowd(rate: int, demand: Mapping[Kind, float], minutes: int = 10, seed: int = 1) -> dict[Kind, list[int]]:
    """So many of each class turn up a second, at random moments, and wait until they are served; when each place was
    given. What waits is looked at four times a second, newcomers as they come.
    """
    chance, budget, plan = random.Random(seed), Budget.of(rate), Plan(0)
    waiting: Counter[Kind] = Counter()
    given: dict[Kind, list[int]] = {kind: [] for kind in demand}
    for tick in range(minutes * 60 * 4):
        now_us = NOW_US + tick * SECOND_US // 4
        came: list[Kind] = [kind for kind, each in demand.items() for _ in range(int(each / 4 + chance.random()))]
        chance.shuffle(came)
        for kind, newcomer in [*((kind, False) for kind in IN_LINE if waiting[kind]), *((kind, True) for kind in came)]:
            while True:
                plan, wait_us = ask(budget, plan, kind, now_us, newcomer=newcomer)
                if wait_us == 0:
                    given[kind].append(now_us)
                if newcomer or wait_us or waiting[kind] == 1:
                    break
                waiting[kind] -= 1
            if newcomer:
                waiting[kind] += wait_us > 0
            elif wait_us == 0:
                # The last of its line was served: nobody of it waits.
                waiting[kind] = 0
                plan = Plan(plan.arrival_us, {each: since for each, since in plan.since_us.items() if each != kind})
    assert most_in_a_minute(sorted(at for each in given.values() for at in each)) <= rate
    return given


@pytest.mark.parametrize(("rate", "seed"), [(10, 1), (30, 2), (100, 3), (100, 4), (300, 5)])
def test_a_storm_of_everything_starves_nobody_and_pays_come_first(rate: int, seed: int) -> None:
    storm: dict[Kind, float] = dict.fromkeys(IN_LINE, rate / 10)
    given = crowd(rate, storm, seed=seed)
    places = {kind: len(each) for kind, each in given.items()}
    whole = sum(places.values())
    assert whole >= rate * 0.88 * 10 * 0.9
    # What is kept for each, less the moment that it takes to look again.
    shares: dict[Kind, int] = {"look_up": 6, "inquiry": 8, "poll": 12}
    for kind, one_in in shares.items():
        assert places[kind] >= 0.6 * rate * 0.88 * 10 / one_in, places
        gaps = [after - before for before, after in pairwise(given[kind])]
        assert max(gaps) <= 3 * Budget.of(rate).interval_us * one_in + SECOND_US
    assert places["pay"] > 0.5 * whole, places
    assert places["pay"] > places["look_up"] > places["poll"] * 0.9


@pytest.mark.parametrize("storming", ["pay", "inquiry"])
def test_a_storm_of_one_class_takes_nothing_that_the_others_need(storming: Kind) -> None:
    """A few look-ups and polls beside a storm are served at their own pace, each within seconds."""
    demand: dict[Kind, float] = {storming: 30.0, "look_up": 0.1, "poll": 0.06}
    given = crowd(100, demand)
    for kind in ("look_up", "poll"):
        assert len(given[kind]) >= demand[kind] * 600 * 0.7, kind
    assert len(given[storming]) >= 0.7 * 88 * 10
    # A pay finds its place at once, however many inquire.
    calm = crowd(100, {"inquiry": 30.0, "pay": 0.3})
    assert len(calm["pay"]) >= 0.3 * 600 * 0.75


def test_without_a_crowd_everybody_is_served_at_once() -> None:
    demand: dict[Kind, float] = {"pay": 0.2, "look_up": 0.2, "inquiry": 0.2, "poll": 0.1}
    budget, plan, now_us = Budget.of(100), Plan(0), NOW_US
    chance = random.Random(3)
    for _ in range(2_000):
        now_us += SECOND_US * 2
        plan, wait_us = ask(budget, plan, chance.choice(list(demand)), now_us, newcomer=True)
        assert (wait_us, plan.since_us) == (0, {})


def test_a_newcomer_goes_behind_those_who_wait() -> None:
    budget, plan = Budget.of(100), Plan(0)
    while not (refused := ask(budget, plan, "inquiry", NOW_US, newcomer=True))[1]:
        plan = refused[0]
    plan, wait_us = refused
    assert plan.since_us == {"inquiry": NOW_US}
    # There is a place: it is for whoever waits, not for whoever comes at the right moment; and pays have no such line.
    after = NOW_US + wait_us
    _, turned_away_us = ask(budget, plan, "inquiry", after, newcomer=True)
    assert turned_away_us > 0
    assert ask(budget, plan, "pay", after, newcomer=True)[1] == 0
    assert ask(budget, plan, "inquiry", after, newcomer=False)[1] == 0


@pytest.mark.parametrize("jump_us", [-3600 * SECOND_US, 3600 * SECOND_US])
def test_a_clock_that_jumps_neither_shuts_the_queue_nor_empties_it(jump_us: int) -> None:
    budget, plan = Budget.of(100), Plan(0)
    for kind in KINDS:
        for _ in range(20):
            plan, _ = ask(budget, plan, kind, NOW_US, newcomer=False)
    now_us = NOW_US + jump_us
    granted = 0
    for _ in range(100):
        plan, wait_us = ask(budget, plan, "pay", now_us, newcomer=False)
        granted += wait_us == 0
    # Those who wait have waited an hour by this clock, or begin anew: at the most one place is left for each.
    assert budget.burst - 3 <= granted <= budget.burst
    for kind in IN_LINE:
        waits = [ask(budget, plan, kind, now_us + at * SECOND_US, newcomer=False)[1] for at in range(12)]
        assert 0 in waits, kind


# The row.


def test_a_place_costs_one_statement_where_nobody_waits(store: SyncStore) -> None:
    asked: list[str] = []
    store.connection.set_trace_callback(asked.append)
    installation = an_installation()
    for at, kind in enumerate(KINDS):
        assert store.run(take_budget, installation, kind, NOW + at * 5_000, newcomer=True) == 0
    store.connection.set_trace_callback(None)
    assert len([text for text in asked if "budget" in text]) == len(asked) - 2 * len(KINDS) == len(KINDS)


def test_who_will_not_ask_again_stands_in_nobodys_line(store: SyncStore) -> None:
    installation = an_installation()
    fill(store, installation)
    assert store.run(take_budget, installation, "poll", NOW, waits=False) > 0
    assert store.one("SELECT poll_since_us FROM budget") == 0
    assert store.run(take_budget, installation, "poll", NOW) > 0
    assert store.one("SELECT poll_since_us FROM budget") == NOW_US
    # A process that is alone with the database begins with no lines.
    store.run(housekeeping.take_over, NOW)
    assert store.one("SELECT poll_since_us + pay_since_us FROM budget") == 0


def fill(store: SyncStore, installation: Installation, now: int = NOW) -> None:
    """Use the whole burst up, and stand in no line."""
    while store.run(take_budget, installation, "pay", now, waits=False) == 0:
        pass


def one_place(store: SyncStore, installation: Installation, now: int, kind: Kind) -> int:
    """The first millisecond from `now` on at which a class finds one place, when nothing is free at `now`."""
    fill(store, installation, now)
    return now + store.run(take_budget, installation, kind, now, waits=False)


# By person.


def person(number: int) -> Address:
    return Address("telegram", str(5_000 + number))


def test_the_one_pay_of_a_person_does_not_stand_behind_the_fifty_of_another(store: SyncStore) -> None:
    installation = an_installation()
    fill(store, installation)
    for _ in range(50):
        place(store, NOW, AWA, installation)
    own = place(store, NOW + 1_000, MODOU, installation)
    served: list[str] = []
    now = NOW + 1_000
    while own not in served:
        now = one_place(store, installation, now, "pay")
        served += [job.order.id for job in store.run(claim_due, installation, now, 60).jobs]
    assert len(served) <= 2


def test_of_many_the_turn_goes_round(store: SyncStore) -> None:
    """Each has ten pays that wait; of thirty places everybody has ten, and nobody two in a row."""
    installation = an_installation()
    fill(store, installation)
    for who in (1, 2, 3):
        for _ in range(10):
            place(store, NOW + who, person(who), installation)
    now = NOW + 1_000
    served: list[str] = []
    while len(served) < 30:
        now = one_place(store, installation, now, "pay")
        served += [job.order.customer for job in store.run(claim_due, installation, now, 60).jobs]
    assert set(Counter(served).values()) == {10}
    assert all(one != other for one, other in pairwise(served))


def test_what_was_put_off_since_it_was_read_is_left_alone(store: SyncStore) -> None:
    """What is due is read beside the transactions: meanwhile one may have been asked about, and rests again."""
    installation = an_installation()
    first, second = (place(store, NOW, person(who), installation) for who in range(2))
    due = store.run(due_ids, installation, NOW, 60)
    assert sorted(due) == sorted((first, second))
    store.connection.execute("UPDATE orders SET due_at = ? WHERE id = ?", (NOW + 10_000, first))
    assert [job.order.id for job in store.run(claim_all, installation, due, NOW, 60).jobs] == [second]


def test_turns_are_not_written_where_nobody_goes_without(store: SyncStore) -> None:
    installation = an_installation()
    for who in range(3):
        place(store, NOW, person(who), installation)
    assert len(store.run(claim_due, installation, NOW, 60).jobs) == 3
    assert store.rows("SELECT * FROM provider_turn") == []
    assert store.one("SELECT pay_since_us FROM budget") == 0


def test_a_turn_of_a_time_that_has_not_come_counts_for_none(store: SyncStore) -> None:
    """The clock was set back an hour: who was served just before it must not wait for an hour."""
    installation = an_installation()
    for who, at in ((AWA, NOW + HOUR_MS), (MODOU, NOW - 1)):
        store.connection.execute("INSERT INTO provider_turn VALUES ('pay', ?, ?)", (str(who), at))
        place(store, NOW, who, installation)
    assert [job.order.address for job in store.run(claim_due, installation, NOW, 60).jobs] == [AWA, MODOU]


def test_a_line_is_closed_when_its_last_has_left(store: SyncStore) -> None:
    installation = an_installation()
    fill(store, installation)
    order_id = place(store, NOW, AWA, installation)
    assert store.run(claim_one, installation, order_id, NOW).jobs == []
    assert store.one("SELECT pay_since_us FROM budget") == NOW_US
    assert installation.lines == {"pay"}
    # While they wait, nobody who confirms later overtakes them.
    later = NOW + 5_000
    other = place(store, later, MODOU, installation)
    assert store.run(claim_one, installation, other, later).jobs == []
    assert [job.order.id for job in store.run(claim_due, installation, later, 60).jobs] == [order_id, other]
    assert store.one("SELECT pay_since_us FROM budget") == 0
    assert installation.lines == set()
    another = place(store, later, MODOU, installation)
    assert len(store.run(claim_one, installation, another, later).jobs) == 1


def test_a_line_that_was_longer_than_could_be_looked_at_stays_open(store: SyncStore) -> None:
    installation = an_installation(rate=6_000)
    for _ in range(4):
        place(store, NOW, AWA, installation)
    installation.lines.add("pay")
    assert len(store.run(claim_due, installation, NOW, 3).jobs) == 3
    assert installation.lines == {"pay"}
    assert [row["customer"] for row in store.rows("SELECT customer FROM provider_turn")] == [str(AWA)]


def accepted(store: SyncStore, installation: Installation, who: Address, transaction_id: str, now: int = NOW) -> str:
    """An order that the provider is working on."""
    order_id = place(store, now, who, an_installation(rate=60_000))
    assert store.run(claim_one, an_installation(rate=60_000), order_id, now).jobs
    details = ProviderDetails(transaction_id, DETAILS.amount_xof, DETAILS.fee_xof, DETAILS.reference)
    store.run(settle, installation, order_id, Processing(details), "pay", now, leased=True)
    store.connection.execute("UPDATE budget SET arrival_us = 0")
    return order_id


def test_a_look_up_that_somebody_waits_for_goes_before_every_poll(store: SyncStore) -> None:
    """Somebody asks for their code, a webhook came, a pay was never answered: none of them stands behind polls."""
    installation = an_installation()
    polls = [accepted(store, installation, person(at), f"P{at}") for at in range(20)]
    asked, claimed = accepted(store, installation, AWA, "A1"), accepted(store, installation, MODOU, "M1")
    lost = place(store, NOW, person(99), installation)
    store.run(claim_one, installation, lost, NOW)
    store.run(settle, installation, lost, Unknown("timeout"), "pay", NOW, leased=True)
    later = NOW + 20_000
    fill(store, installation, later)
    assert store.run(acting, installation, AWA, later, upon(ask_about), asked).wake == [asked]
    assert store.run(claim_one, installation, asked, later).jobs == []
    settled = store.run(
        record_webhook_claim,
        installation,
        claimed,
        WebhookClaim("success", (CODE,), details=ProviderDetails("M1")),
        later,
    )
    assert settled is not None
    assert settled.jobs == []
    served: list[str] = []
    while len(served) < 3:
        later = one_place(store, installation, later, "look_up")
        served += [job.order.id for job in store.run(claim_due, installation, later, 60).jobs]
    assert set(served[:3]) == {asked, claimed, lost}
    assert not set(served) & set(polls)
    # Once asked about, it is an order like all others.
    assert store.one("SELECT count(*) FROM orders WHERE awaited_at IS NOT NULL") == 0
    assert order_in(store, asked).state == "processing"


def test_polls_take_turns_by_person(store: SyncStore) -> None:
    installation = an_installation()
    many = {accepted(store, installation, AWA, f"A{at}") for at in range(20)}
    one = accepted(store, installation, MODOU, "M1")
    served: list[str] = []
    now = NOW + 60_000
    while one not in served:
        now = one_place(store, installation, now, "poll")
        served += [job.order.id for job in store.run(claim_due, installation, now, 60).jobs]
    assert len(served) <= 2
    assert many.issuperset(served[:-1])


def test_inquiries_take_turns_by_account_not_by_address(store: SyncStore) -> None:
    """Ten addresses of one account wait; the one of another person is served first or second."""
    installation = an_installation()
    fill(store, installation)
    joint = [person(at) for at in range(10)]
    for who in joint:
        store.run(events.handle_event, installation, types("/start", address=who))
        store.connection.execute("UPDATE session SET customer = 'telegram:joint' WHERE address = ?", (str(who),))
    for at, who in enumerate([*joint, MODOU]):
        result = store.run(events.handle_event, installation, types(f"w 141234567{at:02} 5000", address=who))
        assert result.inquiry_wait_ms > 0
    served: list[str] = []
    now = NOW + 5_000
    while str(MODOU) not in served:
        now = one_place(store, installation, now, "inquiry")
        served += [pending.address for pending in store.run(claim_inquiries, installation, now, 50)]
    assert len(served) <= 2


def test_checks_of_lists_take_turns_by_person(store: SyncStore) -> None:
    """A list that comes later does not stand behind the whole of the one before."""
    installation = an_installation()
    for at, who in enumerate((AWA, MODOU)):
        lines = tuple(
            Entry(line, f"Q{at:05}{line:06}", "line", f"{14_000_000_000 + at * 100 + line}", 1_000, "Client", "")
            for line in range(1, 11)
        )
        unknown = tuple(line.reference for line in lines)
        keep_for(store, who, NOW + at, f"B{at:011}", lines, unknown)
    now = NOW + 10_000
    served: list[str] = []
    while len(served) < 10:
        now = one_place(store, installation, now, "batch")
        served += [check.batch_id for check in store.run(batches.claim_checks, installation, now, 50).asks]
    assert served.count("B00000000001") == 5
