"""A message pays only if it was meant now: what was sent before a quote was shown confirms nothing (fault 34)."""

import time
from collections.abc import AsyncIterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.dialogue.late import COMPARED_MESSAGES, Clocks
from bot.dialogue.session import PROMPT_SECONDS
from bot.domain.inbound import Text
from bot.domain.people import Address
from bot.i18n import NBSP
from tests.dialogue_world import AWA, OTHER, World
from tests.running import Bot, Customer, Town, eventually, town
from tests.running_whatsapp import Person

METER = "14123456799"
KNOWN = "14123456789"
SECOND = 1_000


@pytest.fixture
def world() -> World:
    world = World()
    world.fund(50_000)
    return world


def last_text(world: World) -> str:
    return world.last().text.replace(NBSP, " ")


def stamped(at: int) -> int:
    """As the channel stamps it: in whole seconds."""
    return at // SECOND * SECOND


# What the rule is.


def test_an_answer_in_the_second_of_its_question_is_taken(world: World) -> None:
    world.now += 250
    world.say(f"w {KNOWN} 5000", sent_at=stamped(world.now - 100))
    world.now += 600
    world.say("oui", sent_at=stamped(world.now))
    assert len(world.orders) == 1


def test_what_was_sent_before_the_quote_confirms_nothing_and_is_told_once(world: World) -> None:
    world.say(f"w {KNOWN} 5000")
    shown, quote = world.now, world.sessions[AWA].quote
    world.now += 60_000
    for at, text in enumerate(("oui", "ok", "1", "3000", "payer", "solde")):
        world.say(text, sent_at=stamped(shown) - 30_000 + at * SECOND)
    assert not world.orders
    assert [one.outbound.text.count("n’a rien payé ni rien changé") for one in world.screen] == [0, 1]
    assert "« oui »" in last_text(world)
    assert world.sessions[AWA].quote == quote
    world.say("oui", sent_at=stamped(world.now))
    assert [order.id for order in world.orders.values()] == [quote.id if quote else ""]


def test_what_was_sent_between_the_question_and_its_repetition_answers_it(world: World) -> None:
    world.say(f"w {KNOWN} 5000")
    shown = world.now
    world.now += 60_000
    world.say("oui", sent_at=stamped(shown) - 5 * SECOND)
    world.say("oui", sent_at=stamped(shown) + 5 * SECOND)
    assert len(world.orders) == 1


def test_a_queue_is_told_once_though_an_inquiry_is_answered_in_the_middle_of_it(world: World) -> None:
    long_ago = stamped(world.now) - 300 * SECOND
    world.say("/start", sent_at=long_ago - SECOND)
    world.holding = True
    world.say(f"w {KNOWN} 5000", sent_at=long_ago)
    world.say("oui", sent_at=long_ago + SECOND)
    world.say("ok", sent_at=long_ago + 2 * SECOND)
    assert "n’arrive que maintenant" in last_text(world)
    before = len(world.screen)
    world.answer_held()
    assert world.sessions[AWA].state == "quote"
    for at in (3, 4):
        world.say("ok", sent_at=long_ago + at * SECOND)
    assert len(world.screen) == before + 1, "the quote, and no second word on what was late"
    assert not world.orders
    world.say("oui", sent_at=stamped(world.now) + SECOND)
    assert len(world.orders) == 1


def test_a_renewed_quote_is_confirmed_only_by_what_was_sent_after_it_was_shown(world: World) -> None:
    world.say(f"w {KNOWN} 5000", sent_at=stamped(world.now))
    world.now += 601_000
    sent_at = stamped(world.now)
    world.say("oui", sent_at=sent_at - 2 * SECOND)
    assert "a expiré" in last_text(world)
    world.now += 1_500
    world.say("oui", sent_at=sent_at - SECOND)
    assert not world.orders
    world.now += 2_000
    world.say("oui", sent_at=stamped(world.now))
    assert len(world.orders) == 1


def test_a_command_and_the_word_that_stops_are_never_too_early(world: World) -> None:
    world.say(f"w {KNOWN} 5000")
    world.say("/balance", sent_at=stamped(world.now) - 30_000)
    assert "Solde" in last_text(world)


def test_a_list_that_was_not_there_yet_is_not_picked_from(world: World) -> None:
    world.say("bonjour")
    world.say("1", sent_at=stamped(world.now) - 30_000)
    assert world.sessions[AWA].state == "idle"
    world.say("solde", sent_at=stamped(world.now) - 30_000)
    assert "Solde" in last_text(world), "what means something by itself is followed"


def test_a_message_is_stale_when_a_quote_would_be(world: World) -> None:
    world.say("bonjour", sent_at=world.now - 600 * SECOND)
    assert "toujours là" not in last_text(world)
    world.say("bonjour", sent_at=world.now - 601 * SECOND)
    assert "toujours là" in last_text(world)


def test_a_request_in_another_channel_is_not_agreed_to_beforehand(world: World) -> None:
    world.say("/link", AWA)
    world.now += 60_000
    world.say(f"/link {world.link_code()}", OTHER)
    world.say("/link oui", AWA, sent_at=stamped(world.now) - 30_000)
    assert world.customer(OTHER) == str(OTHER)
    world.say("/link oui", AWA, sent_at=stamped(world.now) + SECOND)
    assert world.customer(OTHER) == str(AWA)


@pytest.mark.parametrize("ahead_ms", [-3_600_000, -4_000, -1_500, 0, 1_500, 3_500])
def test_an_honest_yes_counts_although_our_clock_is_ahead_or_behind(world: World, ahead_ms: int) -> None:
    """The channel's clock goes right, ours does not; she reads for a second, and her messages take 300 ms."""

    def says(text: str) -> None:
        world.say(text, sent_at=stamped(world.now - ahead_ms - 300))

    world.now += 123
    says(f"w {KNOWN}")
    world.now += 1_300
    says("5000")
    assert world.sessions[AWA].state == "quote"
    world.now += 1_300
    says("oui")
    assert len(world.orders) == 1


def test_a_clock_that_was_set_is_believed_again(world: World) -> None:
    world.say("bonjour", sent_at=stamped(world.now) + 3_600_000)
    world.now += 5_000
    world.say(f"w {KNOWN}", sent_at=stamped(world.now))
    world.now += 5_000
    world.say("5000", sent_at=stamped(world.now))
    world.now += 5_000
    world.say("oui", sent_at=stamped(world.now))
    assert len(world.orders) == 1


def test_a_clock_that_is_far_off_is_told() -> None:
    clocks = Clocks()
    lags = [clocks.compare("telegram", 30_000 + at) for at in range(2 * COMPARED_MESSAGES)]
    assert [one for one in lags if one is not None] == [30, 30]
    assert [clocks.compare("whatsapp", -60_000) for _ in range(COMPARED_MESSAGES)][-1] == -60
    # One message that came at once says that only the others were late.
    assert {clocks.compare("terminal", 900 if at == 7 else 90_000) for at in range(COMPARED_MESSAGES)} == {None}


# Any queue.

PURCHASE = f"w {KNOWN} 5000"
BURSTS = st.sampled_from(
    (
        (PURCHASE, "oui"),
        (PURCHASE, "1"),
        (KNOWN, "5000", "oui"),
        ("oui",),
        ("woyofal", KNOWN, "3000", "ok", "payer"),
        (PURCHASE, "merci", "deux fois", "confirmer"),
        ("annuler", PURCHASE, "2000", "oui"),
    )
)
# After a pause, a few texts with a short one between them.
BURSTS_SENT = st.lists(st.tuples(st.integers(0, 400_000), st.integers(1_000, 90_000), BURSTS), min_size=1, max_size=4)


@given(BURSTS_SENT, st.integers(0, 900_000), st.integers(1, 1_200_000), st.integers(-3_000, 3_000), st.booleans())
@settings(max_examples=150, deadline=None)
def test_no_queue_of_texts_confirms_what_was_shown_after_they_were_sent(
    typed: list[tuple[int, int, tuple[str, ...]]], down_from: int, down_ms: int, ahead_ms: int, known: bool
) -> None:
    """Somebody types at any pace; for a while nothing gets through, and then everything does at once. Or our process is
    young, and has heard nothing of them yet.
    """
    world = World()
    world.fund(1_000_000)
    began = world.now + 777
    down_until = down_from + down_ms
    clock, shown_at, quote = 0, 0, None
    world.now = began + ahead_ms
    if known:
        world.say("/start", sent_at=stamped(began - 200))
    for pause, text in [
        (pause if at == 0 else gap, text) for pause, gap, burst in typed for at, text in enumerate(burst)
    ]:
        clock += pause
        arrived = down_until if down_from <= clock < down_until else clock + 200
        world.now = max(world.now, began + arrived + ahead_ms)
        orders = len(world.orders)
        world.say(text, sent_at=stamped(began + clock))
        if len(world.orders) > orders:
            # By the channel's true clock; a stamp tells no more than the second.
            slack = 1_200 if known else PROMPT_SECONDS * SECOND
            assert stamped(began + clock) + 999 >= shown_at - slack
            assert began + arrived - (began + clock) <= 600_000 + SECOND
        now = world.sessions[AWA].quote
        if now is not None and (quote is None or now.id != quote.id):
            shown_at, quote = world.now - ahead_ms, now


@given(st.integers(0, 999), st.integers(-3_600_000, 3_000), st.integers(0, 900), st.integers(50, 30_000))
@settings(max_examples=100, deadline=None)
def test_whoever_answers_what_they_read_is_answered(phase: int, ahead_ms: int, delay_ms: int, reads_ms: int) -> None:
    world = World()
    world.fund(50_000)
    world.now += phase
    for text in ("bonjour", f"w {KNOWN}", "5000", "oui"):
        world.now += reads_ms + delay_ms
        world.say(text, sent_at=stamped(world.now - ahead_ms - delay_ms))
    assert len(world.orders) == 1


# The real program: its channel was away, and everything comes at once.


@pytest.fixture(scope="module")
async def served(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Town, Bot]]:
    async with town(tmp_path_factory.mktemp("now"), channels=("telegram", "whatsapp")) as (place, bot):
        yield place, bot


@pytest.mark.anyio
async def test_34_telegram_brings_a_queue_by_webhook(served: tuple[Town, Bot]) -> None:
    place, bot = served
    awa = place.customer(3401)
    await awa.quote(METER)
    long_ago = time.time() - 120
    for at, text in enumerate(("oui", "ok", "payer", "1")):
        awa.user.text(text, at=long_ago + at)
    await place.fake.idle()
    await awa.expect("late.text")
    assert awa.saw("late.text") == 1
    awa.user.text("oui", at=time.time() - 7_000)
    await place.fake.idle()
    assert not bot.rows("SELECT id FROM orders WHERE customer = 'telegram:3401'")
    awa.user.text("oui")
    await awa.code()


@pytest.mark.anyio
@pytest.mark.parametrize("days", [0.001, 6.9])
async def test_34_whatsapp_retries_for_days(served: tuple[Town, Bot], days: float) -> None:
    place, bot = served
    awa: Customer[Person] = place.customer(f"22177003400{int(days)}")
    await awa.quote(METER)
    long_ago = time.time() - days * 86_400
    with place.whatsapp.batch():
        for at, text in enumerate(("oui", f"w {METER} 5000", "oui", "1")):
            awa.user.text(text, at=long_ago + at)
    await place.whatsapp.idle()
    await awa.settled()
    assert awa.saw("late.text") + awa.saw("still_there") == 1
    assert not bot.rows("SELECT id FROM orders WHERE customer = ?", awa.address)


@pytest.mark.anyio
async def test_34_telegram_is_polled_after_an_outage(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("polled")
    async with Town(folder) as place:
        bot = place.bot(webhook=False)
        awa = place.customer(3402)
        long_ago = time.time() - 300
        # The bot is down: Telegram keeps what people write.
        for at, text in enumerate(("/start", f"w {METER} 5000", "oui", "ok", "1")):
            awa.user.text(text, at=long_ago + 10 * at)
        await bot.start()
        try:
            await awa.expect("late.text")
            await awa.settled()
            assert awa.saw("late.text") == 1
            assert not bot.rows("SELECT id FROM orders")
            awa.user.text("oui")
            await eventually(lambda: bot.rows("SELECT id FROM orders"), "an order")
        finally:
            await bot.aclose()


def test_the_events_that_have_no_time_are_followed() -> None:
    world = World()
    world.fund(50_000)
    world.hear(Address("telegram", "9"), Text("bonjour"))
    assert world.sessions[Address("telegram", "9")].lag_ms is None
