"""What a customer reads before and after paying fits on a small telephone."""

import re
from html import unescape
from textwrap import wrap

import pytest

from bot.domain.outbound import Outbound
from bot.domain.outcome import Delivered, Outcome, Processing, ProviderDetails, TokenAwaited, Unknown
from bot.domain.people import Language
from tests.dialogue_world import AWA, World

COLUMNS = 38
MOST_LINES = 9
MOST_NEWS_LINES = 7
CODE = "48213377901245560931"
DETAILS = ProviderDetails(transaction_id="TX-1001", fee_xof=None)


def shown_lines(outbound: Outbound) -> int:
    """How many written lines a message takes there."""
    text = unescape(re.sub(r"</?(?:b|i|code)>", "", outbound.text))
    return sum(len(wrap(line, COLUMNS)) for line in text.split("\n"))


def a_world(language: Language) -> World:
    world = World(language)
    world.fund(50_000)
    return world


def last(world: World) -> Outbound:
    return [shown.outbound for shown in world.screen if shown.address == AWA][-1]


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("typed", ["woyofal 14123456789 5000", "senelec 210278816"])
def test_a_quote_and_a_receipt_are_short(language: Language, typed: str) -> None:
    world = a_world(language)
    world.say(typed)
    quote = last(world)
    assert shown_lines(quote) <= MOST_LINES, quote.text
    assert "Pikine" not in quote.text
    world.say("oui" if language == "fr" else "yes")
    assert shown_lines(last(world)) <= MOST_LINES, last(world).text
    prepaid = typed.startswith("woyofal")
    world.outcome(Delivered((CODE,) if prepaid else (), DETAILS))
    assert shown_lines(last(world)) <= MOST_LINES, last(world).text


@pytest.mark.parametrize("language", ["fr", "en"])
def test_nobody_reads_where_a_stranger_lives(language: Language) -> None:
    world = a_world(language)
    world.say("woyofal 14123456789")
    assert "Awa DIOP" in last(world).text
    assert "Pikine" not in last(world).text
    assert "ACTIF" not in last(world).text


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("outcome", [Processing(DETAILS), TokenAwaited(DETAILS), Unknown("timeout")])
def test_news_of_what_is_not_done_yet_are_short(language: Language, outcome: Outcome) -> None:
    world = a_world(language)
    world.say("woyofal 14123456789 5000")
    world.say("oui" if language == "fr" else "yes")
    # Within a minute of the Confirm nothing is said of a payment that only goes on.
    world.now += 61_000
    world.outcome(outcome)
    assert shown_lines(last(world)) <= MOST_NEWS_LINES, last(world).text


def test_until_when_a_price_is_good_is_said_when_little_is_left() -> None:
    world = a_world("en")
    world.say("woyofal 14123456789 5000")
    assert "until" not in last(world).text
    world.now += 8 * 60_000
    world.say("hm")
    assert "Price good until" in last(world).text
