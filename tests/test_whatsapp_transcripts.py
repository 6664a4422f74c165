"""Every transcript, played where few buttons are shown, as WhatsApp would show it: all that is said keeps to its
limits, loses no code and no choice, and says none twice.
"""

import json
import re
from functools import cache
from pathlib import Path

import pytest

from bot.channels.markup import plain
from bot.channels.whatsapp.render import MAX_BODY, render
from bot.domain.outbound import Copy, OpenUrl, Outbound
from bot.domain.people import Language
from bot.repositories import collections
from tests import paying_world
from tests.dialogue_world import ADMIN, AWA
from tests.fake_whatsapp_rules import check, code_alone, visible
from tests.narrow_world import NarrowTown, NarrowWorld
from tests.test_trade_transcripts import FILES as TRADE
from tests.test_trade_transcripts import play
from tests.test_transcripts import FILES, SPEAKERS, do, happen

NUMBER = "221770001122"
MOST_MESSAGES_OF_A_PURCHASE = 6
MESSAGES_OF_A_PAID_PURCHASE = 9
# Lines that name a service or a person, over the buttons that lead there.
HEADLINES = {"facture senelec", "senelec bill", "telegram 221780003344"}
_SIGNS = re.compile(r"[^\w]|[_ˍˋ]")


@cache
def messages_of(path: Path) -> tuple[Outbound, ...]:
    """Everything that is said in a transcript to the person, in order."""
    language: Language = "fr" if path.parent.name == "fr" else "en"
    if path in TRADE:
        town = NarrowTown(language=language)
        play(path.read_text("utf-8"), language, town)
        return tuple(shown.outbound for shown in town.screen)
    world = NarrowWorld(language=language)
    world.meet(ADMIN)
    for line in path.read_text("utf-8").splitlines():
        if line.startswith("* "):
            happen(world, line[2:])
        elif line.startswith(tuple(SPEAKERS)):
            do(world, line)
        else:
            continue
        world.now += 5_000
    return tuple(shown.outbound for shown in world.screen)


def _bare(text: str) -> str:
    return _SIGNS.sub("", text)


def _typed_instead(outbound: Outbound) -> bool:
    """Whether what can be pressed beside a page is typed here."""
    return bool(outbound.typed) and any(isinstance(button, OpenUrl) for row in outbound.rows for button in row)


def _words(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


def _is_whole(label: str, title: str, description: str, seen: str) -> bool:
    """Whether a button or a row says all that it was to say, with what stands below it or in the text."""
    title = re.sub(r"^[0-9]+\. ", "", title)
    rest = _words(label).removeprefix(_words(title)).strip()
    return (not title.endswith("…") or title in label) and (
        _words(f"{title} {description}") == _words(label) or f" {rest} " in f" {_words(seen)} "
    )


@pytest.mark.parametrize("path", [*FILES, *TRADE], ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_transcript_is_said_in_whatsapp(path: Path):
    outbounds = messages_of(path)
    assert outbounds
    for outbound in outbounds:
        checked = [check(json.loads(message.body), {}) for message in render(NUMBER, outbound)]
        seen = "\n".join(visible(body) for body, _ in checked)
        keys = [key for _, rows in checked for row in rows for key in row]
        pressed = {key.get("callback_data", key.get("url")): key for key in keys}
        labels = {}
        for button in (button for row in outbound.rows for button in row):
            if isinstance(button, Copy):
                assert button.text in [code_alone(body) for body, _ in checked]
            elif isinstance(button, OpenUrl):
                assert button.url in pressed
            elif _typed_instead(outbound):
                assert _bare(plain(outbound.typed)) in _bare(seen)
            else:
                labels[button.data] = button.label
        # No label is torn, and none of its words is lost.
        for data, label in labels.items():
            assert _is_whole(label, pressed[data]["text"], pressed[data].get("description", ""), seen)
        # Every line of the text is there, and none says once more what can be pressed.
        for line in plain(outbound.text).splitlines():
            assert _bare(line) in _bare(seen)
        shown = {_words(key["text"]) for key in keys}
        shown |= {_words(f"{key['text']} {key.get('description', '')}") for key in keys}
        shown -= {"", *HEADLINES}
        assert [line for line in seen.splitlines() if _words(line) in shown] == []
        numbers = [_words(number) for number in re.findall(r"(?m)^([0-9]+)\. ", seen)]
        assert len(numbers) == len(set(numbers))


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_nothing_that_is_said_needs_a_message_more_than_its_codes(path: Path):
    for outbound in messages_of(path):
        codes = {button.text for row in outbound.rows for button in row if isinstance(button, Copy)}
        messages = render(NUMBER, outbound)
        # An admin's list of commands is longer than a message with choices may be.
        longer = len(plain(outbound.text)) > MAX_BODY
        assert longer <= ("/resolve" in outbound.text)
        assert len(messages) == 1 + len(codes) + longer
        assert len(check(json.loads(messages[-1].body), {})[0]) <= MAX_BODY


@pytest.mark.parametrize("language", ["fr", "en"])
def test_an_ordinary_purchase_costs_at_most_six_messages(language: Language):
    """From hello to the code by buttons, with the longest way that the provider may take."""
    world = NarrowWorld(language=language)
    world.fund(20_000)
    for step in ("/start", "1", "14123456789", "2", "ok"):
        world.say(step, AWA)
        world.now += 5_000
    happen(world, "outcome processing")
    happen(world, "look-up delivered 48213377901245560931")
    messages = [message for shown in world.screen for message in render(NUMBER, shown.outbound)]
    assert any(code_alone(check(json.loads(message.body), {})[0]) for message in messages)
    assert len(messages) <= MOST_MESSAGES_OF_A_PURCHASE


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_stranger_s_purchase_with_wave_costs_nine_messages_and_the_link_is_one(language: Language):
    """From hello to the code, which is a message of its own."""
    world = NarrowWorld(language=language)
    paying_world.collects(world)
    for step in ("/start", "1", "14123456789", "2", "wave"):
        world.say(step, AWA)
        world.now += 5_000
    since = len(world.screen)
    happen(world, "payment link")
    (link,) = world.screen[since:]
    (message,) = render(NUMBER, link.outbound)
    assert json.loads(message.body)["interactive"]["type"] == "cta_url"
    happen(world, f"payment came {paying_world.newest(world).amount_xof}")
    happen(world, "outcome delivered 48213377901245560931")
    messages = [message for shown in world.screen for message in render(NUMBER, shown.outbound)]
    assert len(messages) == MESSAGES_OF_A_PAID_PURCHASE


@pytest.mark.parametrize(("language", "paid", "cancel"), [("fr", "payé", "annuler"), ("en", "paid", "cancel")])
def test_the_words_that_stand_under_the_link_do_what_its_buttons_do(language: Language, paid: str, cancel: str):
    world = NarrowWorld(language=language)
    paying_world.collects(world)
    for step in ("woyofal 14123456789 5000", "wave"):
        world.say(step, AWA)
    happen(world, "payment link")
    typed = plain(world.last(AWA).typed)
    assert paid in typed
    assert cancel in typed
    # Whatever they say meanwhile.
    world.say("menu", AWA)
    collection_id = paying_world.newest(world).id
    world.say(paid, AWA)
    assert world.store.rows("SELECT awaited_at FROM collection")[0]["awaited_at"] is not None
    world.say("menu", AWA)
    world.say(cancel, AWA)
    collection = world.store.run(collections.load, collection_id)
    assert collection is not None
    assert collection.abandoned_at is not None
