"""The contract of `bot.channels.Channel`, over every channel: the same outbounds, the same words on the screen."""

import html
import io
import re
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest

from bot.channels import Channel
from bot.channels.telegram.channel import TelegramChannel
from bot.channels.terminal import TerminalChannel
from bot.channels.whatsapp.channel import WhatsAppChannel
from bot.model import Address, Choice, Copy, Outbound, SendRefused, Sent
from tests.fake_telegram import FakeTelegram
from tests.fake_whatsapp import FakeWhatsApp

pytestmark = pytest.mark.anyio

CODE = "12345678901234567890"


class Stage:
    """One channel with a person at its other end.

    `seen` is all that he saw, oldest first; `copied` is all that one gesture copies; `heard` is a message of his, as
    `Inbound.message_ref` names it.
    """

    def __init__(
        self,
        channel: Channel,
        address: Address,
        *,
        seen: Callable[[], str],
        copied: Callable[[], list[str]],
        leave: Callable[[], Any],
        heard: str | None = None,
    ) -> None:
        self.channel = channel
        self.address = address
        self.seen = seen
        self.copied = copied
        self.leave = leave
        self.heard = heard


@asynccontextmanager
async def telegram() -> AsyncIterator[Stage]:
    async with FakeTelegram() as fake:
        channel = TelegramChannel(fake.token, api_url=fake.url)
        user = fake.user(1001)

        def seen() -> str:
            return "\n".join(line for shown in user.shown for line in (shown.text, *shown.labels))

        def copied() -> list[str]:
            every = (key for shown in user.shown for row in shown.rows for key in row)
            return [key["copy_text"]["text"] for key in every if "copy_text" in key]

        await channel.start()
        yield Stage(channel, Address("telegram", "1001"), seen=seen, copied=copied, leave=user.block)
        await channel.aclose()
        assert fake.errors == []


@asynccontextmanager
async def whatsapp(person: str = "221770001122") -> AsyncIterator[Stage]:
    async with FakeWhatsApp() as fake:
        channel = WhatsAppChannel(fake.token, fake.phone_number_id, api_url=fake.url)
        user = fake.user(person)

        def seen() -> str:
            return "\n".join(line for shown in user.shown for line in (shown.text, *shown.labels))

        def copied() -> list[str]:
            return [shown.code for shown in user.shown if shown.code is not None]

        await channel.start()
        heard = user.text("bonjour")
        yield Stage(channel, Address("whatsapp", person), seen=seen, copied=copied, leave=user.block, heard=heard)
        await channel.aclose()
        assert fake.errors == []


@asynccontextmanager
async def terminal(colour: bool = False) -> AsyncIterator[Stage]:
    out = io.StringIO()
    channel = TerminalChannel(out, colour=colour, width=10_000)

    def copied() -> list[str]:
        return re.findall(r"\[copy\] .*: (\d+)", out.getvalue())

    await channel.start()
    yield Stage(channel, Address("terminal", "local"), seen=out.getvalue, copied=copied, leave=out.close)
    await channel.aclose()


STAGES: dict[str, Callable[[], AbstractAsyncContextManager[Stage]]] = {
    "telegram": telegram,
    "whatsapp": whatsapp,
    "whatsapp without a number": lambda: whatsapp("SN.13491208655302741918"),
    "terminal": terminal,
    "terminal in colour": lambda: terminal(colour=True),
}


@pytest.fixture(params=STAGES)
async def stage(request: pytest.FixtureRequest) -> AsyncIterator[Stage]:
    async with STAGES[request.param]() as stage:
        yield stage


PLAIN = Outbound("Bonjour Awa.")
BUTTONS = Outbound("Que faire ?", ((Choice("Woyofal", "m:w"), Choice("Aide", "m:h")), (Choice("Non", "n"),)))
COPY = Outbound("Votre <b>code</b> :\n<code>1234 5678 9012 3456 7890</code>", ((Copy("Copier", CODE),),), keep=True)
ESCAPED = Outbound(f"Titulaire : {html.escape('<b>Fall & Fils</b> [bold]x[/bold] :smile:')}")
EMOJI = Outbound("⚡ Woyofal 👍🏿 — “ça marche” 🇸🇳")
LONG = Outbound("\n".join(f"{number:04d} " + "😀" * 60 for number in range(60)))

CASES: dict[str, tuple[Outbound, list[str]]] = {
    "plain": (PLAIN, ["Bonjour Awa."]),
    "buttons": (BUTTONS, ["Que faire ?", "Woyofal", "Aide", "Non"]),
    "escaped user text": (ESCAPED, ["Titulaire : <b>Fall & Fils</b> [bold]x[/bold] :smile:"]),
    "emoji": (EMOJI, ["⚡ Woyofal 👍🏿 — “ça marche” 🇸🇳"]),
    "long": (LONG, [f"{number:04d} " + "😀" * 60 for number in range(60)]),
    "a reference from elsewhere": (Outbound("Encore.", replaces="999999"), ["Encore."]),
}


@pytest.mark.parametrize("case", CASES)
async def test_an_outbound_is_sent_and_all_of_it_is_seen(stage: Stage, case: str):
    outbound, expected = CASES[case]
    assert isinstance(await stage.channel.send(stage.address, outbound), Sent)
    seen = stage.seen()
    at = 0
    for words in expected:
        assert words in seen[at:]
        at = seen.index(words, at) + len(words)


async def test_a_code_is_seen_in_groups_and_copied_by_one_gesture(stage: Stage):
    assert isinstance(await stage.channel.send(stage.address, COPY), Sent)
    assert "1234 5678 9012 3456 7890" in stage.seen()
    assert "Votre " in stage.seen()
    assert stage.copied() == [CODE]


async def test_every_choice_of_a_long_menu_is_seen(stage: Stage):
    labels = [f"Choix {number}" for number in range(1, 14)]
    menu = Outbound("Lequel ?", tuple((Choice(label, f"c:{label}"),) for label in labels))
    assert isinstance(await stage.channel.send(stage.address, menu), Sent)
    assert [label for label in labels if label not in stage.seen()] == []


async def test_being_at_work_shows_nothing_that_stays(stage: Stage):
    for heard in (stage.heard, None, "of another channel"):
        await stage.channel.working(stage.address, heard)
    assert stage.seen() == ""
    assert isinstance(await stage.channel.send(stage.address, PLAIN), Sent)


async def test_a_replacement_is_seen_whether_it_edits_or_not(stage: Stage):
    first = await stage.channel.send(stage.address, BUTTONS)
    assert isinstance(first, Sent)
    for text in ("Vous avez choisi Woyofal.", "Vous avez choisi Woyofal."):
        again = await stage.channel.send(stage.address, Outbound(text, replaces=first.message_ref))
        assert isinstance(again, Sent)
    assert "Vous avez choisi Woyofal." in stage.seen()


async def test_a_person_who_is_gone_is_a_value(stage: Stage):
    stage.leave()
    result = await stage.channel.send(stage.address, COPY)
    assert isinstance(result, SendRefused)
    assert result.unreachable
    assert CODE not in result.reason


async def test_it_may_be_closed_twice(stage: Stage):
    await stage.channel.aclose()
    await stage.channel.aclose()
