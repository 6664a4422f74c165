"""A world for the dialogue: people, a provider and a clock, over the real scripts in a database in memory.

Everything that is remembered goes through the scripts that the program runs; only the channels, the provider and the
passing of time are played here. Whatever a commit leaves to be done is done at once, in order: messages are shown,
inquiries answered, tasks run. An order that was confirmed waits until the test says what became of it (`outcome`).
"""

import dataclasses
import hashlib
from dataclasses import dataclass, field
from functools import cache

from bot import i18n
from bot.dialogue.tasks import (
    AskFloat,
    AskReading,
    CodeAnswered,
    EraseOwn,
    Event,
    FloatAnswered,
    GiveCode,
    Inquire,
    InquiryAnswered,
    ReadingAnswered,
    ShowCommands,
    Task,
)
from bot.domain.catalog import ServiceName
from bot.domain.collecting import CodeResult, Open
from bot.domain.inbound import Document, Tap, Text, Unreadable
from bot.domain.inquiry import Bill, Float, FloatUnavailable, Inquiry, InquiryAnswer, InquiryRefused
from bot.domain.order import Source
from bot.domain.outbound import Choice, Copy, Outbound
from bot.domain.outcome import Outcome, Processing
from bot.domain.people import Address
from bot.domain.person_names import clean_name
from bot.engine import readings
from bot.engine.event_result import EventResult
from bot.engine.events import IncomingEvent, handle_event
from bot.outbox import messages
from bot.settlement.claims import claim_one
from bot.store import Script
from bot.transactions import orders
from bot.transactions.orders import Job, SettlementResult
from tests.world_books import ADMIN, AWA, START, WORDS, Books

__all__ = ["ADMIN", "AWA", "OTHER", "START", "WORDS", "Shown", "World", "buttons", "copies", "fresh_id"]

# Awa in another channel.
OTHER = Address("whatsapp", "221771234567")
OUTBOX_ROWS = 500
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

METERS: dict[str, tuple[str, str, str]] = {
    "14123456789": ("Awa DIOP", "Pikine Icotaf 2, Dakar", "ACTIF"),
    "14555666777": ("Ets NDIAYE & Fils", "Marché central, Thiès", "ACTIF"),
    "1412345678": ("Modou FALL", "", ""),
}
BILLS: dict[str, tuple[str, tuple[Bill, ...]]] = {
    "210278816": ("Awa DIOP", (Bill("F2026110042", 18_450, 185, "2026-12-05"),)),
    "310000003": (
        "Cheikh FAYE",
        (
            Bill("F2026090011", 12_300, 123, "2026-10-05"),
            Bill("F2026100012", 15_750, 158, "2026-11-05"),
            Bill("F2026110013", 9_900, 99, "2026-12-05"),
        ),
    ),
    "210000000": ("Fatou SARR", ()),
    "450123": ("Awa DIOP", (Bill("E-778812", 7_215, 72, "2026-11-30"),)),
    "900000009": ("SA Grands Moulins", (Bill("F2026110099", 2_500_000, 25_000, "2026-12-10"),)),
}


@cache
def fresh_id(number: int) -> str:
    """The id that the world gives out as its `number`th."""
    digest = int.from_bytes(hashlib.sha256(str(number).encode()).digest()[:8], "big")
    return "".join(_CROCKFORD[(digest >> (5 * at)) & 31] for at in range(12))


@dataclass
class Shown:
    """A message as somebody sees it."""

    ref: str
    address: Address
    outbound: Outbound
    edited: bool = False


@dataclass
class World(Books):
    """Everything outside the scripts."""

    screen: list[Shown] = field(default_factory=list)
    next_answer: InquiryAnswer | None = None
    holding: bool = False
    held_inquiry: tuple[Address, Inquire] | None = None
    float_answer: Float | FloatUnavailable = field(default_factory=lambda: Float(1_234_500))
    # The orders that the settlement was told to take up, and its calls that wait for their answers.
    woken: list[str] = field(default_factory=list)
    calls: dict[str, Job] = field(default_factory=dict)
    erased: list[str] = field(default_factory=list)
    # The codes that payers typed, and what the collector says of the next one.
    codes: list[str] = field(default_factory=list)
    code_answer: CodeResult = field(default_factory=Open)
    # What people call themselves, as their channel tells it with all that they do.
    given_names: dict[Address, str] = field(default_factory=dict)
    given: int = 0
    refs: int = 0

    # What people do.

    def hear(
        self, address: Address, event: Event, message_ref: str | None = None, sent_at: int | None = None
    ) -> EventResult:
        """One event of one person, and everything that follows at once; answers what the event itself left to do."""
        # What was read needs no ids.
        self.given += 0 if isinstance(event, ReadingAnswered) else 2
        by_person = isinstance(event, Text | Tap | Document | Unreadable)
        key = f"{address.channel}:update:{self.given}" if by_person else None
        fresh = (fresh_id(self.given), fresh_id(self.given + 1))
        incoming = IncomingEvent(address, event, self.now, fresh, key, self.language, message_ref, sent_at)
        if by_person and (name := self.given_names.get(address)) is not None:
            incoming = dataclasses.replace(incoming, given_name=clean_name(name))
        result = self.store.run(handle_event, self.installation, incoming)
        self.act(address, result)
        self.settle_down()
        return result

    def say(self, text: str, address: Address = AWA, sent_at: int | None = None) -> EventResult:
        """Somebody types."""
        return self.hear(address, Text(text), sent_at=sent_at)

    def tap(self, label: str, address: Address = AWA, *, gone: bool = False, sent_at: int | None = None) -> EventResult:
        """Press the newest button with that label; `gone` also finds buttons that were replaced meanwhile."""
        seen: set[str] = set()
        for shown in reversed(self.screen):
            if shown.address != address or (shown.ref in seen and not gone):
                continue
            seen.add(shown.ref)
            for row in shown.outbound.rows:
                for button in row:
                    if isinstance(button, Choice) and button.label.replace(i18n.NBSP, " ").startswith(label):
                        return self.hear(address, Tap(button.data), shown.ref, sent_at)
        raise AssertionError(f"no button {label!r}")

    # What follows.

    def act(self, address: Address, result: EventResult) -> None:
        """What the engine does after a commit."""
        self.deliver()
        self.wake(result.wake)
        self.follow(result.settled)
        if result.inquiry is not None:
            self.inquire(address, result.inquiry, result.inquiry_wait_ms)
        for task in result.tasks:
            answered = self.run_task(address, task)
            if answered is not None:
                self.hear(address, answered)

    def wake(self, order_ids: list[str]) -> None:
        """What the settlement does when orders are due: here it waits until the test says what becomes of them."""
        self.woken += order_ids

    def follow(self, settled: SettlementResult) -> None:
        """What the settlement does after a commit: calls wait for their answers."""
        for job in settled.jobs:
            self.calls[job.order.id] = job
        self.deliver()

    def settle_down(self) -> None:
        """What the workers do by themselves: here nothing."""

    def inquire(self, address: Address, inquiry: Inquire, wait_ms: int) -> None:
        """The provider is asked whose meter it is: it answers at once, or holds its answer back."""
        if self.holding:
            self.held_inquiry = (address, inquiry)
        else:
            answer = self.answer_of(inquiry.service, inquiry.reference)
            self.hear(address, InquiryAnswered(inquiry.inquiry_id, answer))

    def run_task(self, address: Address, task: Task) -> Event | None:
        """What the engine brings back from an task."""
        match task:
            case AskFloat():
                return FloatAnswered(self.float_answer)
            case AskReading():
                return self.read(address, task)
            case EraseOwn():
                self.erased.append(str(address))
                return None
            case ShowCommands():
                return None
            case GiveCode():
                self.codes.append(task.code.digits)
                return CodeAnswered(task.collection_id, self.code_answer)
        raise AssertionError(f"nobody runs {type(task).__name__}")

    def read(self, address: Address, asked: AskReading) -> ReadingAnswered:
        """What a reading comes to, which writes nothing."""
        changes = self.store.connection.total_changes
        answered = self.store.run(readings.answer, self.installation, address, asked, self.now)
        assert self.store.connection.total_changes == changes, f"{asked.name} wrote"
        return answered

    def deliver(self) -> None:
        """The outbox sends what it holds, and every channel takes it."""
        if not self.store.rows("SELECT 1 FROM outbox LIMIT 1"):
            return
        # The lease of the process that wrote a row is ours: we are that process.
        self.store.connection.execute("UPDATE outbox SET lease_owner = NULL, lease_until = NULL")
        self.store.run(self._send)

    def _send(self) -> Script[None]:
        claimed = None
        while claimed is None or len(claimed) == OUTBOX_ROWS:
            claimed = yield from messages.claim_outbox(self.installation, self.now, OUTBOX_ROWS)
            for posted in claimed:
                ref = self.show(posted.outbound, Address.parse(posted.address))
                # A batch keeps the name of its progress message.
                yield from messages.sent(
                    posted.id, posted.lease, posted.outbound.batch_id, ref, posted.outbound.collection_id
                )

    def show(self, outbound: Outbound, address: Address) -> str:
        """A message arrives, or takes another's place; Telegram edits, WhatsApp does not."""
        edits = address.channel == "telegram" and outbound.replaces is not None and outbound.attachment is None
        if outbound.progress and not edits:
            return ""
        if edits and outbound.replaces is not None:
            self.screen.append(Shown(outbound.replaces, address, outbound, edited=True))
            return outbound.replaces
        self.refs += 1
        self.screen.append(Shown(str(self.refs), address, outbound))
        return str(self.refs)

    # What the provider says.

    def answer_of(self, service: ServiceName, reference: str) -> InquiryAnswer:
        """What the test wants it to answer next, else what it knows."""
        answer, self.next_answer = self.next_answer or self.provider(service, reference), None
        return answer

    def provider(self, service: ServiceName, reference: str) -> InquiryAnswer:
        """Whose meter it is."""
        number = reference.lstrip("0")
        if service == "woyofal" and number in METERS:
            return Inquiry(service, reference, *METERS[number])
        if service != "woyofal" and number in BILLS:
            holder, bills = BILLS[number]
            return Inquiry(service, reference, holder, "", "", bills)
        return InquiryRefused("not found")

    def answer_held(self, answer: InquiryAnswer | None = None) -> None:
        """The provider answers the inquiry that it was holding back."""
        assert self.held_inquiry is not None
        (address, inquiry), self.held_inquiry, self.holding = self.held_inquiry, None, False
        answer = answer or self.provider(inquiry.service, inquiry.reference)
        self.hear(address, InquiryAnswered(inquiry.inquiry_id, answer))

    def outcome(self, outcome: Outcome, source: Source = "pay", order_id: str | None = None) -> None:
        """The provider answers for an order: by default the one that was called last, else the newest."""
        # What was held back until now has left by itself.
        self.deliver()
        if order_id is None:
            order_id = next(reversed(self.calls)) if self.calls else self.newest().id
        if source == "pay" and self.orders[order_id].state == "waiting":
            self.follow(self.store.run(claim_one, self.installation, order_id, self.now))
        job = self.calls.pop(order_id, None)
        leased = job is not None and job.leased
        settled = self.store.run(orders.settle, self.installation, order_id, outcome, source, self.now, leased=leased)
        assert settled is not None
        self.follow(settled)
        self.settle_down()

    def polls(self, count: int) -> None:
        """The provider is asked about the newest order, and has nothing new to say."""
        for _ in range(count):
            self.follow(self.store.run(claim_one, self.installation, self.newest().id, self.now))
            for order_id in tuple(self.calls):
                self.outcome(Processing(), "look_up", order_id)

    # What can be seen.

    def last(self, address: Address = AWA) -> Outbound:
        """What somebody read last."""
        return next(shown.outbound for shown in reversed(self.screen) if shown.address == address)


def buttons(outbound: Outbound) -> list[str]:
    """The labels of a message's buttons."""
    return [button.label for row in outbound.rows for button in row]


def copies(outbound: Outbound) -> list[str]:
    """What a message's copy buttons put on the clipboard."""
    return [button.text for row in outbound.rows for button in row if isinstance(button, Copy)]
