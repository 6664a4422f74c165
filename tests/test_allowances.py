"""One person must not cost the others anything: limits on inquiries, asks and messages, and what is known already."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from bot.dialogue.tasks import InquiryAnswered
from bot.domain.catalog import ServiceName
from bot.domain.inbound import Text
from bot.domain.inquiry import Bill, Inquiry, InquiryAnswer, InquiryRefused, InquiryUnavailable
from bot.domain.outcome import Delivered
from bot.domain.people import Address, Identity
from bot.domain.quote import Quote
from bot.engine import events
from bot.engine.event_result import EventResult
from bot.engine.inquiries import PendingInquiry, claim_inquiries
from bot.repositories.batches import Entry
from bot.repositories.leases import PAUSE_LIMIT_MS
from bot.settlement.claims import claim_one
from bot.transactions import batches
from bot.transactions.allowances import QUICK_INQUIRIES, Allowance, Limits, Meter, Used, is_quick, use
from bot.transactions.installation import Installation
from bot.transactions.known import KNOWN_MS, MOST_KNOWN, Known
from bot.transactions.orders import settle
from bot.transactions.purchases import ask_about
from tests.in_process import AWA as ANNA
from tests.in_process import MOUSSA, room
from tests.running import text_of
from tests.sync_store import SyncStore
from tests.test_batches import keep_for
from tests.test_scripts import (
    AWA,
    DETAILS,
    HOUR_MS,
    MODOU,
    NOW,
    accepted,
    an_installation,
    place,
    replace_event,
    texts,
    types,
)
from tests.units import acting, upon

LIMITS = Limits()

pytestmark = pytest.mark.anyio


@pytest.fixture
def store() -> Iterator[SyncStore]:
    opened = SyncStore()
    yield opened
    opened.close()


# The arithmetic.


@given(st.lists(st.integers(0, 40_000), min_size=20, max_size=200), st.integers(2, 40), st.integers(10, 600))
def test_within_any_time_nobody_has_more_than_the_allowance_and_what_refills(
    pauses: list[int], count: int, seconds: int
) -> None:
    allowance = Allowance(count, seconds, 60)
    used, now, granted = Used(), NOW, []
    for pause_ms in pauses:
        now += pause_ms
        used, verdict = use(allowance, used, now)
        if verdict == "yes":
            granted.append(now)
    for at, first in enumerate(granted):
        for many, last in enumerate(granted[at:], 1):
            assert many <= count + (last - first) // allowance.interval_ms


def test_it_is_told_once_and_ends_when_it_was_said_to() -> None:
    used, verdicts = Used(), []
    for at in range(200):
        used, verdict = use(LIMITS.inquiries, used, NOW + at * 20)
        verdicts.append(verdict)
    assert verdicts == ["yes"] * 30 + ["warn"] + ["silent"] * 169
    assert use(LIMITS.inquiries, used, used.shut_until - 1)[1] == "silent"
    # Then a part of it is there again, and not the whole.
    after, verdict, again = used, "yes", 0
    while verdict == "yes":
        after, verdict = use(LIMITS.inquiries, after, used.shut_until)
        again += verdict == "yes"
    assert again == 7


@pytest.mark.parametrize(("allowance", "pause_ms"), [(LIMITS.inquiries, 20_000), (LIMITS.inquiries_reseller, 3_000)])
def test_who_types_by_hand_never_meets_it(allowance: Allowance, pause_ms: int) -> None:
    """A customer a number every twenty seconds, a reseller one every three, all day long."""
    used = Used()
    for at in range(5_000):
        used, verdict = use(allowance, used, NOW + at * pause_ms)
        assert verdict == "yes"
        assert not is_quick(used, NOW + at * pause_ms)


def test_nobody_writes_so_fast_by_hand() -> None:
    """A message a second for an hour, or a hundred forwarded at once, are read; two a second are not for ever."""
    for pause_ms, count, wanted in (
        (1_000, 3_600, "yes"),
        (0, 100, "yes"),
        (500, 3_600, "silent"),
        (20, 200, "silent"),
    ):
        used, verdicts = Used(), set()
        for at in range(count):
            used, verdict = use(LIMITS.messages, used, NOW + at * pause_ms)
            verdicts.add(verdict)
        assert wanted in verdicts
        assert verdicts == {"yes"} or wanted == "silent"


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_clock_that_jumps_shuts_nobody_out(hours: int) -> None:
    used = Used()
    for _ in range(100):
        used, _ = use(LIMITS.inquiries, used, NOW)
    used, verdict = use(LIMITS.inquiries, used, NOW + hours * HOUR_MS)
    assert verdict == "yes"
    assert not is_quick(used, NOW + hours * HOUR_MS)


def test_what_comes_faster_than_anybody_types_is_quick() -> None:
    used, quick = Used(), []
    for at in range(10):
        used, _ = use(LIMITS.inquiries, used, NOW + at)
        quick.append(is_quick(used, NOW + at))
    assert quick == [False] * QUICK_INQUIRIES + [True] * (10 - QUICK_INQUIRIES)
    assert not is_quick(use(LIMITS.inquiries, used, NOW + 20_000)[0], NOW + 20_000)


def test_only_so_many_addresses_are_remembered_and_those_that_flood_are() -> None:
    meter = Meter(Allowance(2, 60, 60), most=10)
    for _ in range(3):
        verdict, until = meter.use("flooder", NOW)
    assert (verdict, until) == ("warn", NOW + 60_000)
    for at in range(500):
        meter.use(f"passer-by {at}", NOW)
        assert len(meter) <= 10
    assert meter.use("flooder", NOW)[0] == "silent"
    # Were all of them flooding, the oldest would be forgotten first.
    for at in range(1_500):
        meter.use(f"another {at // 3}", NOW)
        assert len(meter) <= 10
    assert meter.use("flooder", NOW)[0] == "yes"


def test_the_figures_of_the_settings() -> None:
    limits = Limits.of(10, 100, 30)
    assert (limits.inquiries.count, limits.inquiries_reseller.count) == (10, 100)
    assert (limits.messages.count, limits.messages.seconds) == (60, 120)


# Inquiries.


def meter(number: int) -> str:
    return f"14{number:09}"


def asks(store: SyncStore, installation: Installation, number: int, now: int = NOW, who: Address = AWA) -> EventResult:
    return store.run(
        events.handle_event, installation, types(f"w {meter(number)} 5000", f"u{who}{number}{now}", now, who)
    )


def test_a_flood_of_numbers_is_told_once_and_then_meets_silence(store: SyncStore) -> None:
    """Fifty a second: thirty count, four go out at once, one telling, and everything else answers all the time."""
    installation = an_installation(rate=6_000)
    results = [asks(store, installation, number, NOW + number * 20) for number in range(500)]
    assert sum(each.inquiry is not None for each in results) == LIMITS.inquiries.count
    assert sum(each.inquiry is not None and not each.inquiry_wait_ms for each in results) == QUICK_INQUIRIES
    notices = [text for text in texts(store, AWA) if text_of("inquiry.limited") in text]
    assert len(notices) == 1
    assert "02:42" not in notices[0]
    assert all(each.posted == [] for each in results[LIMITS.inquiries.count + 1 :])
    # Each of them is handled, so none of them comes again.
    assert store.one("SELECT count(*) FROM inbox WHERE handled_at IS NOT NULL") == 500
    later = NOW + 15_000
    for word in ("solde", "/code", "aide", "annuler", "menu"):
        assert store.run(events.handle_event, installation, types(word, now=later)).posted, word
    # Another process, or the same after a restart, forgives nothing.
    assert asks(store, an_installation("two", rate=6_000), 900, later).inquiry is None
    # And nobody else notices.
    assert asks(store, installation, 901, later, MODOU).inquiry is not None
    ends = int(store.one("SELECT shut_until FROM allowance WHERE customer = ?", str(AWA)))
    assert asks(store, installation, 902, ends - 1).inquiry is None
    assert asks(store, installation, 903, ends).inquiry is not None


def test_the_words_say_what_happened_to_the_money_and_when_it_ends(store: SyncStore) -> None:
    installation = an_installation(rate=6_000)
    for number in range(40):
        asks(store, installation, number)
    (notice,) = [text for text in texts(store, AWA) if text_of("inquiry.limited") in text]
    ends = int(store.one("SELECT shut_until FROM allowance"))
    assert installation.shop.words["fr"].clock(ends) in notice
    assert "Rien n’a été payé" in notice
    # Somebody who was not asked about anything is not left waiting for an answer, either.
    assert store.one("SELECT inquiry_due_at FROM session") is None


def test_linked_addresses_count_once(store: SyncStore) -> None:
    installation = an_installation(rate=6_000)
    people = (AWA, MODOU)
    for who in people:
        store.run(events.handle_event, installation, types("/start", address=who))
        store.connection.execute("UPDATE session SET customer = 'telegram:joint' WHERE address = ?", (str(who),))
    results = [asks(store, installation, number, NOW, people[number % 2]) for number in range(60)]
    assert sum(each.inquiry is not None for each in results) == LIMITS.inquiries.count
    assert [row["customer"] for row in store.rows("SELECT customer FROM allowance")] == ["telegram:joint"]


def test_a_resellers_limit_is_wider_and_lists_do_not_count(store: SyncStore) -> None:
    installation = an_installation(rate=6_000)
    store.run(events.handle_event, installation, types("/start"))
    sells(store, AWA)
    lines = tuple(Entry(at, f"Q{at:011}", "line", meter(at), 1_000, "Client", "") for at in range(1, 201))
    keep_for(store, AWA, NOW, "B1", lines, tuple(line.reference for line in lines))
    assert len(store.run(batches.claim_checks, installation, NOW, 500).asks) > 50
    assert store.rows("SELECT * FROM allowance") == []
    results = [asks(store, installation, number, NOW + number * 5_000) for number in range(300, 500)]
    assert all(each.inquiry is not None and each.inquiry_wait_ms == 0 for each in results)


def sells(store: SyncStore, who: Address) -> None:
    """Make somebody a reseller, with whatever columns that takes."""
    known = {
        "customer": str(who),
        "shop_name": "Boutique",
        "commissions": "{}",
        "day_limit_xof": None,
        "pin_hash": None,
    }
    names = [row["name"] for row in store.rows("SELECT name FROM pragma_table_info('reseller')")]
    values = [known.get(name, 0) for name in names]
    store.connection.execute(f"INSERT INTO reseller VALUES ({', '.join('?' * len(names))})", values)


def test_a_number_that_was_typed_too_fast_waits_and_the_newest_takes_its_place(store: SyncStore) -> None:
    installation = an_installation(rate=6_000)
    for number in range(10):
        result = asks(store, installation, number)
    assert result.inquiry_wait_ms > 0
    assert store.run(claim_inquiries, installation, NOW + result.inquiry_wait_ms - 1, 50) == []
    (pending,) = store.run(claim_inquiries, installation, NOW + result.inquiry_wait_ms, 50)
    assert pending.reference == meter(9)


def test_who_asks_where_their_code_is_again_and_again_is_not_asked_for_each_time(store: SyncStore) -> None:
    installation = an_installation(rate=6_000)
    order_id = accepted(store)
    woken = [
        bool(store.run(acting, installation, AWA, NOW + at * 100, upon(ask_about), order_id).wake) for at in range(20)
    ]
    assert woken == [True] * LIMITS.asks.count + [False] * (20 - LIMITS.asks.count)
    later = NOW + 2_000 + LIMITS.asks.interval_ms
    assert store.run(acting, installation, AWA, later, upon(ask_about), order_id).wake == [order_id]
    # An admin who looks after somebody else's order is no such person.
    assert all(store.run(acting, installation, MODOU, NOW, upon(ask_about), order_id).wake for _ in range(20))


# What is known.

INQUIRY = Inquiry("woyofal", meter(1), "AWA NDIAYE", "Dakar", "ACTIVE")
OWED = Inquiry("senelec", "210278816", "AWA NDIAYE", "Dakar", "", (Bill("F1", 7_000, 70, "2026-12-05"),))


def answers(
    store: SyncStore,
    installation: Installation,
    result: EventResult,
    answer: InquiryAnswer,
    now: int = NOW,
    who: Address = AWA,
) -> EventResult:
    assert result.inquiry is not None
    event = replace_event(types("x", now=now, address=who), InquiryAnswered(result.inquiry.inquiry_id, answer))
    return store.run(events.handle_event, installation, event)


def test_the_same_number_within_a_minute_is_answered_from_what_is_known(store: SyncStore) -> None:
    """By anybody, in the same transaction, without a request and without using up what they may ask."""
    installation = an_installation()
    first = answers(store, installation, asks(store, installation, 1), INQUIRY)
    arrival_us = store.one("SELECT arrival_us FROM budget")
    again = asks(store, installation, 1, NOW + KNOWN_MS - 1, MODOU)
    assert (again.inquiry, again.state) == (None, "quote")
    assert [posted.outbound.text for posted in again.posted] != []
    assert "AWA NDIAYE" in again.posted[0].outbound.text
    assert len(again.posted) == len(first.posted)
    assert store.one("SELECT arrival_us FROM budget") == arrival_us
    assert store.one("SELECT count(*) FROM allowance WHERE customer = ?", str(MODOU)) == 0
    # What was told from memory is not younger for it; after the minute, or before it by a clock set back, it is asked.
    assert asks(store, installation, 1, NOW + KNOWN_MS, MODOU).inquiry is not None
    answers(store, installation, asks(store, installation, 1, NOW + HOUR_MS), INQUIRY, NOW + HOUR_MS)
    assert asks(store, installation, 1, NOW, MODOU).inquiry is not None


def test_that_there_is_no_such_number_is_known_and_that_nothing_was_learned_is_not(store: SyncStore) -> None:
    installation = an_installation()
    answers(store, installation, asks(store, installation, 1), InquiryRefused("no such meter"))
    refused = asks(store, installation, 1, NOW + 1, MODOU)
    assert (refused.inquiry, refused.state) == (None, "reference")
    assert text_of("inquiry.refused.woyofal") in refused.posted[0].outbound.text
    answers(store, installation, asks(store, installation, 2), InquiryUnavailable("busy"))
    assert asks(store, installation, 2, NOW + 1, MODOU).inquiry is not None
    # An answer that nobody waits for any more says nothing of the number that is waited for now.
    waiting = asks(store, installation, 3)
    asks(store, installation, 4)
    answers(store, installation, waiting, InquiryRefused("no such meter"))
    assert asks(store, installation, 4, NOW + 1, MODOU).inquiry is not None


@pytest.mark.parametrize("ended", [False, True])
def test_what_was_owed_is_not_believed_once_it_is_being_paid(store: SyncStore, ended: bool) -> None:
    installation = an_installation(rate=6_000)
    asked = types("senelec 210278816")
    answers(store, installation, store.run(events.handle_event, installation, asked), OWED)
    by_another = types("senelec 210278816", now=NOW + 1, address=MODOU)
    assert store.run(events.handle_event, installation, by_another).state == "quote"
    bill = Quote("BILL00000001", "senelec", "210278816", "AWA NDIAYE", 7_000, 75, NOW, NOW + 600_000, "F1")
    place(store, NOW, Address("telegram", "77"), installation, bill)
    if ended:
        store.run(claim_one, installation, bill.id, NOW)
        store.run(settle, installation, bill.id, Delivered((), DETAILS), "pay", NOW + 2, leased=True)
    result = store.run(events.handle_event, installation, at_time(by_another, NOW + 3))
    assert result.inquiry is not None
    # And what the provider says then is believed only if nothing is under way.
    if ended:
        answers(store, installation, result, replace(OWED, bills=()), NOW + HOUR_MS, MODOU)


def at_time(before: events.IncomingEvent, now: int) -> events.IncomingEvent:
    return types("senelec 210278816", now=now, address=before.address)


def test_who_waits_in_line_for_a_number_that_somebody_else_was_told_is_told_it_too(store: SyncStore) -> None:
    installation = an_installation()
    first = asks(store, installation, 1)
    while not asks(
        store, installation, 100 + len(store.rows("SELECT * FROM session")), NOW, person(store)
    ).inquiry_wait_ms:
        pass
    waiting = asks(store, installation, 1, NOW + 1, MODOU)
    assert waiting.inquiry_wait_ms > 0
    answers(store, installation, first, INQUIRY, NOW + 2)
    arrival_us = store.one("SELECT arrival_us FROM budget")
    claimed: list[PendingInquiry] = store.run(claim_inquiries, installation, NOW + waiting.inquiry_wait_ms + 1, 1)
    (theirs,) = [
        pending for pending in store.run(claim_inquiries, installation, NOW + 30_000, 50) + claimed if pending.answer
    ]
    assert (theirs.address, theirs.answer) == (str(MODOU), INQUIRY)
    assert store.one("SELECT arrival_us FROM budget") >= arrival_us


def person(store: SyncStore) -> Address:
    return Address("telegram", str(9_000 + len(store.rows("SELECT * FROM session"))))


def test_a_list_takes_what_is_known(store: SyncStore) -> None:
    installation = an_installation()
    answers(store, installation, asks(store, installation, 1), INQUIRY)
    lines = tuple(Entry(at, f"Q{at:011}", "line", meter(at), 1_000, "Client", "") for at in (1, 2))
    for batch_id, unknown in (("B1", lines), ("B2", lines[:1])):
        references = tuple(line.reference for line in unknown)
        renamed = tuple(replace(line, order_id=f"{batch_id}{line.number:010}") for line in unknown)
        who = AWA if batch_id == "B1" else MODOU
        keep_for(store, who, NOW, batch_id, renamed, references)
    checks = store.run(batches.claim_checks, installation, NOW, 50)
    assert [check.reference for check in checks.asks] == [meter(2)]
    # Of the second list every line is known: it goes to its owner at once.
    assert checks.checked == [("B2", str(MODOU))]
    assert store.one("SELECT holder FROM batch_line WHERE batch_id = 'B2'") == "AWA NDIAYE"
    # And what a check has learned is known to everybody.
    store.run(batches.check_answered, installation, checks.asks[0], replace(INQUIRY, reference=meter(2)), NOW)
    assert asks(store, installation, 2, NOW + 1, MODOU).inquiry is None


def test_only_so_much_is_known_and_the_newest_is() -> None:
    known = Known()
    for at in range(MOST_KNOWN + 5):
        known.keep("woyofal", meter(at), replace(INQUIRY, reference=meter(at)), NOW + at)
    assert len(known) == MOST_KNOWN
    now = NOW + MOST_KNOWN
    assert known.of("woyofal", meter(4), now) is None
    assert known.of("woyofal", meter(5), now) is not None
    # Said again it is no younger; when something else is said, that holds.
    known.keep("woyofal", meter(5), replace(INQUIRY, reference=meter(5)), now)
    assert known.of("woyofal", meter(5), NOW + 5 + KNOWN_MS) is None
    service: ServiceName = "woyofal"
    known.keep(service, meter(9), InquiryRefused("no such meter"), now)
    assert known.of(service, meter(9), now) == (now, InquiryRefused("no such meter"))
    known.forget()
    assert len(known) == 0


def test_a_name_is_let_go_after_its_minute_and_when_the_clock_was_set_back() -> None:
    known = Known()
    known.keep("woyofal", meter(1), replace(INQUIRY, reference=meter(1)), NOW)
    known.keep("woyofal", meter(2), replace(INQUIRY, reference=meter(2)), NOW + KNOWN_MS)
    assert len(known) == 1, "nobody had to ask for it again"
    assert known.of("woyofal", meter(2), NOW) is None
    assert known.of("woyofal", meter(2), NOW + KNOWN_MS) is None, "how old it is, nobody knows"


def test_nothing_reaches_beyond_what_we_ever_write() -> None:
    for allowance in (LIMITS.inquiries, LIMITS.inquiries_reseller, LIMITS.asks, LIMITS.messages):
        assert allowance.rest_seconds * 1000 < PAUSE_LIMIT_MS


# Messages.


async def test_31_who_floods_is_told_once_and_costs_the_others_nothing(tmp_path: Path) -> None:
    """Fifty texts a second of anything; beside them somebody buys, and the flooder's own code arrives."""
    async with room(tmp_path, rate_per_minute=100) as here:
        flooder = Address("telegram", "666")
        order_id = await here.buys(flooder, "14123456799")
        assert here.codes(flooder)
        confirm = await here.quotes(ANNA, "14123456798")
        before = len(here.mailbox.to(flooder))
        for at in range(400):
            await here.hears(flooder, Text(("bonjour", f"w {meter(at)} 5000", "🙂" * 50)[at % 3]), f"flood:{at}")
            here.clock.move(0.02)
        await here.quiet()
        assert here.saw(flooder, "flooded") == 1
        assert len(here.mailbox.to(flooder)) - before <= LIMITS.messages.count + 2
        # Every one was answered 2xx and is known when it comes again.
        handled = await here.rows("SELECT key FROM inbox WHERE key LIKE 'flood:%' AND handled_at IS NOT NULL")
        assert len(handled) == 400
        await here.hears(flooder, Text("bonjour"), "flood:1")
        # Nobody else is swallowed.
        await here.taps(ANNA, confirm)
        assert await here.order(confirm.rpartition(".")[2])
        await here.says(MOUSSA, "/code")
        assert here.mailbox.to(MOUSSA)
        # The minute is over: they are answered again, and their code is where it was.
        here.clock.move(60)
        seen = len(here.codes(flooder))
        await here.says(flooder, "/code")
        assert len(here.codes(flooder)) == seen + 1
        assert (await here.order(order_id))["state"] == "delivered"


def test_a_person_with_several_names_is_told_in_the_chat_that_is_theirs(store: SyncStore) -> None:
    installation = an_installation()
    number, user_id = Identity("number", "221770001122"), Identity("user_id", "SN.1")
    hello = replace_names(types("bonjour", "u1", address=Address("whatsapp", number.value)), (number, user_id))
    chat = store.run(events.handle_event, installation, hello).address
    flooding = replace_names(types("bonjour", "u2", address=Address("whatsapp", user_id.value)), (user_id,))
    result = store.run(events.pass_over, installation, flooding, NOW + 60_000)
    assert (result.address, [posted.address for posted in result.posted]) == (chat, [str(chat)])
    assert not store.run(events.pass_over, installation, flooding, None).fresh


def replace_names(before: events.IncomingEvent, names: tuple[Identity, ...]) -> events.IncomingEvent:
    return dataclasses.replace(before, known_as=names)


async def test_31_a_stranger_is_told_in_their_own_language(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        for at in range(LIMITS.messages.count + 20):
            await here.hears(ANNA, Text("hello"), f"flood:{at}", "en")
        await here.quiet()
        assert here.saw(ANNA, "flooded", "en") == 1
