"""Telegram and WhatsApp as people meet them: screens on which messages appear, and servers that bring what people do.

A screen keeps every message that it was ever given, so that what was shown to whom can be looked at. Telegram brings
one update of a chat after another, WhatsApp each for itself; both bring again what was not taken.
"""

import asyncio
import io
import re
import zipfile
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from bot.channels.abilities import Abilities
from bot.channels.plain import PlainChannel
from bot.channels.telegram.abilities import ABILITIES as TELEGRAM
from bot.channels.whatsapp.abilities import ABILITIES as WHATSAPP
from bot.domain.inbound import Inbound, Tap, Text
from bot.domain.outbound import Choice, Copy, File, Outbound, Report, SendLater, SendRefused, SendResult, Sent
from bot.domain.people import Address
from bot.errors import StoreError

if TYPE_CHECKING:
    from tests.simulation.process import Process
    from tests.simulation.world import World

# Twenty digits, in groups or not.
_CODE: Final = re.compile(r"\b\d{20}\b|\b\d{4}(?:\s\d{4}){4}\b")
UPDATE_TRIES: Final = 400
HANGS_SECONDS: Final = 170.0
SEND_FAULTS: Final = ("send later", "send refused", "send raises", "send hangs")


class SendBroke(Exception):
    """A fault in a channel's own code."""


class Shown(Struct):
    """A message on a screen."""

    ref: str
    outbound: Outbound


class Screen:
    """One person's chat with the bot."""

    def __init__(self, world: "World", address: Address) -> None:
        self.world = world
        self.address = address
        # All that was ever shown, in its order.
        self.shown: list[Shown] = []
        self.has_blocked_us = False
        self._updates: list[Inbound] = []
        self._is_bringing = False
        self.waiting = 0

    def show(self, outbound: Outbound, file: File | None = None) -> str:
        """A message appears."""
        ref = f"{self.address.id}.{len(self.shown) + 1}"
        self.shown.append(Shown(ref, outbound))
        self.world.oracle.shown(self.address, codes_in(outbound, file))
        return ref

    def choices(self, newest: int) -> list[tuple[str, str]]:
        """The buttons of the newest messages: the message, and what the button says to us."""
        return [
            (shown.ref, button.data)
            for shown in self.shown[-newest:]
            for row in shown.outbound.rows
            for button in row
            if isinstance(button, Choice)
        ]

    def says(self, text: str) -> None:
        """The person types something."""
        self._sends(Text(text), None)

    def taps(self, ref: str, data: str) -> None:
        """The person presses a button of a message."""
        self._sends(Tap(data), ref)

    def _sends(self, event: Text | Tap, message_ref: str | None) -> None:
        world = self.world
        self.has_blocked_us = False
        number = world.next_number("update")
        key = f"{self.address.channel}:update:{number}"
        inbound = Inbound(key, self.address, event, "fr", message_ref, sent_at=world.now() // 1000 * 1000)
        world.note(f"{self.address} {event!r}")
        self.waiting += 1
        if self.address.channel == "whatsapp":
            world.loop.begin(self._bring(inbound))
            return
        self._updates.append(inbound)
        if not self._is_bringing:
            self._is_bringing = True
            world.loop.begin(self._bring_in_order())

    async def _bring_in_order(self) -> None:
        while self._updates:
            await self._bring(self._updates.pop(0))
        self._is_bringing = False

    async def _bring(self, inbound: Inbound) -> None:
        faults = self.world.faults
        if faults.strikes("update late"):
            await asyncio.sleep(faults.chance.uniform(0, 20))
        else:
            await asyncio.sleep(0.02)
        if faults.strikes("update doubled"):
            self.world.loop.begin(self._deliver(inbound))
        for _ in range(UPDATE_TRIES):
            if await self._deliver(inbound):
                self.waiting -= 1
                return
            await asyncio.sleep(2.0)
        raise AssertionError(f"{inbound.key} is never taken")

    async def _deliver(self, inbound: Inbound) -> bool:
        process = self.world.somebody()
        if process is None:
            return False
        try:
            taken = await process.run(_heard(process, inbound), 30.0)
        except StoreError:
            return False
        if taken:
            self.world.oracle.heard(inbound.key)
        return bool(taken)


async def _heard(process: "Process", inbound: Inbound) -> bool:
    await process.taal.engine.hear(inbound)
    return True


class FakeChannel(PlainChannel):
    """What one process has of a channel."""

    name: str
    abilities: Abilities

    def __init__(self, world: "World", process: "Process") -> None:
        self._world = world
        self._process = process

    async def send(self, address: Address, outbound: Outbound, file: File | None = None) -> SendResult:
        world, process, faults = self._world, self._process, self._world.faults
        await process.lives()
        if process.dies_here("before a send"):
            process.die("before a send")
            await process.lives()
        await asyncio.sleep(0.03)
        await process.lives()
        screen = world.screen(address)
        if screen.has_blocked_us:
            return SendRefused("blocked", unreachable=True)
        fault = faults.one_of(SEND_FAULTS)
        if fault == "send later":
            return SendLater(faults.chance.choice((1.0, 3.0, 20.0)), "429")
        if fault == "send refused":
            screen.has_blocked_us = True
            return SendRefused("blocked", unreachable=True)
        if fault == "send raises":
            raise SendBroke
        if fault == "send hangs":
            await asyncio.sleep(HANGS_SECONDS)
        result = self._take(screen, outbound, file)
        world.note(f"{process.name} shows {address} {outbound.text[:40]!r}")
        if process.dies_here("after a send"):
            process.die("after a send")
            await process.lives()
        if faults.strikes("send answer lost"):
            return SendLater(2.0, "no answer")
        return result

    async def fetch(self, ref: str, limit_bytes: int) -> bytes | None:
        """Nobody sends files here."""
        return None

    def _take(self, screen: Screen, outbound: Outbound, file: File | None) -> SendResult:
        return Sent(screen.show(outbound, file))


class FakeTelegram(FakeChannel):
    """Takes messages for good; a word on progress is an edit."""

    name = "telegram"
    abilities = TELEGRAM


class FakeWhatsApp(FakeChannel):
    """Takes messages, and tells later what became of them."""

    name = "whatsapp"
    abilities = WHATSAPP

    def _take(self, screen: Screen, outbound: Outbound, file: File | None) -> SendResult:
        if outbound.progress:
            return Sent()
        world = self._world
        if world.faults.strikes("report failed"):
            ref = f"lost.{world.next_number('lost')}"
            again = world.faults.chance.random() < 0.5
            report = Report(screen.address, ref, False, "131026", unreachable=not again, again=again)
        else:
            ref = screen.show(outbound, file)
            report = Report(screen.address, ref, True)
        # What did not arrive is always reported: nobody else would know.
        if not report.arrived or not world.faults.strikes("report lost"):
            reporting = world.loop.begin(self._report(report))
            world.reports.add(reporting)
            reporting.add_done_callback(world.reports.discard)
        return Sent(ref, confirmed=False)

    async def _report(self, report: Report) -> None:
        await asyncio.sleep(self._world.faults.chance.choice((0.0, 0.1, 5.0)))
        for _ in range(UPDATE_TRIES):
            process = self._world.somebody()
            try:
                if process is not None and await process.run(_reported(process, (report,))):
                    return
            except StoreError:
                pass
            await asyncio.sleep(2.0)


async def _reported(process: "Process", reports: Sequence[Report]) -> bool:
    engine = process.taal.engine
    news = [report for report in reports if engine.is_news(report)]
    if news:
        await engine.report(news)
    return True


def codes_in(outbound: Outbound, file: File | None = None) -> set[str]:
    """Whatever in a message and its file may be a recharge code."""
    texts = [outbound.text, *(button.text for row in outbound.rows for button in row if isinstance(button, Copy))]
    if outbound.brief is not None:
        texts += outbound.brief.codes
    if file is not None and zipfile.is_zipfile(io.BytesIO(file.content)):
        with zipfile.ZipFile(io.BytesIO(file.content)) as table:
            texts += [table.read(name).decode() for name in table.namelist() if "sheet" in name or "String" in name]
    return {"".join(found.split()) for text in texts for found in _CODE.findall(text)}
