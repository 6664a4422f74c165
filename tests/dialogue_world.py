"""A world for the dialogue: people, a provider and a clock, over the real scripts in a database in memory.

Everything that is remembered goes through the scripts that the program runs; only the channels, the provider and the
passing of time are played here. Whatever a commit leaves to be done is done at once, in order: messages are shown,
inquiries answered, errands run. An order that was confirmed waits until the test says what became of it (`outcome`).
"""

import dataclasses
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import Any

from msgspec.structs import replace

from bot import i18n
from bot.dialogue import Session, ShopSettings
from bot.dialogue.effects import (
    AskFloat,
    EraseOwn,
    Errand,
    Event,
    FloatAnswered,
    Inquire,
    InquiryAnswered,
    SaveMeter,
    ShowCommands,
)
from bot.domain.ledger import credit
from bot.domain.model import (
    Address,
    Bill,
    Choice,
    Copy,
    Document,
    Float,
    FloatUnavailable,
    Inquiry,
    InquiryAnswer,
    InquiryRefused,
    Language,
    Outbound,
    Outcome,
    Processing,
    ServiceName,
    Tap,
    Text,
    Unreadable,
    decoder,
    encode,
)
from bot.domain.order import Order, Source
from bot.remembering import link, messages, orders
from bot.remembering.deeds import DEEDS
from bot.remembering.doing import Doing, EventResult, make_known
from bot.remembering.installation import Budget, Installation
from bot.remembering.known import Known
from bot.remembering.orders import Job, SettlementResult
from bot.remembering.remember import IncomingEvent, remember
from bot.remembering.rows import balance_of, load_order, order_of, post, save_order
from bot.store import Script
from tests.sync_store import LentStore, SyncStore

WORDS = i18n.load()
START = 1_795_510_800_000  # 2026-11-24 09:00 in Dakar.
AWA = Address("telegram", "221770001122")
# The same person in another channel.
OTHER = Address("whatsapp", "221771234567")
ADMIN = Address("telegram", "1")
OUTBOX_ROWS = 500
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
# What belongs to the conversation itself, or only says how often somebody asked.
_TALK = frozenset({"session", "inbox", "outbox", "allowance", "budget", "sqlite_sequence"})
_read_session = decoder(Session).decode

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


class NothingKnown(Known):
    """In a world in which no minute passes, the provider is asked every time."""

    def of(self, service: str, reference: str, now: int) -> None:
        return None


@dataclass
class Shown:
    """A message as somebody sees it."""

    ref: str
    address: Address
    outbound: Outbound
    edited: bool = False


@dataclass
class World:
    """Everything outside the scripts."""

    language: Language = "fr"
    shop: ShopSettings = field(default_factory=lambda: ShopSettings(words=WORDS))
    now: int = START
    store: SyncStore = field(default_factory=LentStore)
    screen: list[Shown] = field(default_factory=list)
    next_answer: InquiryAnswer | None = None
    holding: bool = False
    held_inquiry: tuple[Address, Inquire] | None = None
    float_answer: Float | FloatUnavailable = field(default_factory=lambda: Float(1_234_500))
    # The orders that the settlement was told to take up, and its calls that wait for their answers.
    woken: list[str] = field(default_factory=list)
    calls: dict[str, Job] = field(default_factory=dict)
    erased: list[str] = field(default_factory=list)
    given: int = 0
    refs: int = 0

    def __post_init__(self) -> None:
        self.installation = Installation("world", self.shop, (ADMIN,), Budget.of(6_000), known=NothingKnown())

    def install(self, **changes: Any) -> None:
        """Another installation: whatever a `Desk` has."""
        self.installation = dataclasses.replace(self.installation, **changes, ruled={})
        self.shop = self.installation.shop

    def under(self, **changes: Any) -> None:
        """Another shop: fees, limits, what needs two people."""
        self.install(shop=replace(self.shop, **changes))

    # What people do.

    def hear(
        self, address: Address, event: Event, message_ref: str | None = None, sent_at: int | None = None
    ) -> EventResult:
        """One event of one person, and everything that follows at once; answers what the event itself left to do."""
        self.given += 2
        by_person = isinstance(event, Text | Tap | Document | Unreadable)
        key = f"{address.channel}:update:{self.given}" if by_person else None
        fresh = (fresh_id(self.given), fresh_id(self.given + 1))
        said = IncomingEvent(address, event, self.now, fresh, key, self.language, message_ref, sent_at)
        heard = self.store.run(remember, self.installation, said)
        self.act(address, heard)
        self.settle_down()
        return heard

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

    def meet(self, address: Address) -> None:
        """Somebody has been here before, and reads what is sent to them in this world's language."""
        self.store.run(make_known, address, self.language, self.now)

    def fund(self, amount_xof: int, address: Address = AWA) -> None:
        """Money comes in for somebody, or goes out when it is negative."""
        key = f"fund:{self.store.one('SELECT count(*) FROM entry')}"

        def script() -> Script[None]:
            customer = yield from make_known(address, self.language, self.now)
            yield from post(credit(key, customer, amount_xof, ""), self.now, self.installation.default_credit_limit_xof)

        self.store.run(script)

    # What follows.

    def act(self, address: Address, heard: EventResult) -> None:
        """What the engine does after a commit."""
        self.deliver()
        self.wake(heard.wake)
        self.follow(heard.settled)
        if heard.inquiry is not None:
            self.inquire(address, heard.inquiry, heard.inquiry_wait_ms)
        for errand in heard.errands:
            answered = self.run_errand(address, errand)
            if answered is not None:
                self.hear(address, answered)

    def wake(self, order_ids: list[str]) -> None:
        """What the settlement does when orders are due: here it waits until the test says what becomes of them."""
        self.woken += order_ids

    def follow(self, news: SettlementResult) -> None:
        """What the settlement does after a commit: calls wait for their answers."""
        for job in news.jobs:
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

    def run_errand(self, address: Address, errand: Errand) -> Event | None:
        """What the engine brings back from an errand."""
        match errand:
            case AskFloat():
                return FloatAnswered(self.float_answer)
            case EraseOwn():
                self.erased.append(str(address))
                return None
            case ShowCommands():
                return None
        raise AssertionError(f"nobody runs {type(errand).__name__}")

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
                yield from messages.sent(posted.id, posted.lease, posted.outbound.batch_id, ref)

    def show(self, outbound: Outbound, address: Address) -> str:
        """A message arrives, or takes another's place; Telegram edits, WhatsApp does not."""
        edits = address.channel == "telegram" and outbound.replaces is not None and outbound.paper is None
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
        if order_id is None:
            order_id = next(reversed(self.calls)) if self.calls else self.newest().id
        if source == "pay" and self.orders[order_id].state == "waiting":
            self.follow(self.store.run(orders.claim_one, self.installation, order_id, self.now))
        job = self.calls.pop(order_id, None)
        leased = job is not None and job.leased
        news = self.store.run(orders.settle, self.installation, order_id, outcome, source, self.now, leased=leased)
        assert news is not None
        self.follow(news)
        self.settle_down()

    def polls(self, count: int) -> None:
        """The provider is asked about the newest order, and has nothing new to say."""
        for _ in range(count):
            self.follow(self.store.run(orders.claim_one, self.installation, self.newest().id, self.now))
            for order_id in tuple(self.calls):
                self.outcome(Processing(), "look_up", order_id)

    # What can be seen, and changed behind everybody's back.

    def last(self, address: Address = AWA) -> Outbound:
        """What somebody read last."""
        return next(shown.outbound for shown in reversed(self.screen) if shown.address == address)

    def customer(self, address: Address = AWA) -> str:
        """The account behind an address."""
        return self.store.run(link.customer_of, str(address))

    def balance(self, address: Address = AWA) -> int:
        """The sum of the entries of somebody's account, in XOF."""
        return self.store.run(balance_of, self.customer(address))

    @property
    def orders(self) -> Mapping[str, Order]:
        """Every order by its id, in the order in which they were confirmed."""
        rows = self.store.rows("SELECT * FROM orders ORDER BY rowid")
        return MappingProxyType({row["id"]: order_of(row) for row in rows})

    def newest(self) -> Order:
        """The order that was confirmed last."""
        rows = self.store.rows("SELECT * FROM orders ORDER BY confirmed_at DESC, rowid DESC LIMIT 1")
        return order_of(rows[0])

    def change_order(self, order_id: str, **changes: Any) -> None:
        """An order becomes another behind everybody's back."""

        def script() -> Script[None]:
            order = yield from load_order(order_id)
            assert order is not None
            yield from save_order(replace(order, **changes))

        self.store.run(script)

    @property
    def sessions(self) -> Mapping[Address, Session]:
        """Every session by its address."""
        rows = self.store.rows("SELECT address, body FROM session")
        return MappingProxyType({Address.parse(row["address"]): _read_session(row["body"]) for row in rows})

    def put_session(self, session: Session, address: Address = AWA) -> None:
        """Somebody's session becomes this one."""

        def script() -> Script[None]:
            yield from make_known(address, self.language, self.now)
            yield "session_reset", {"address": str(address), "body": encode(session).decode(), "now": self.now}

        self.store.run(script)

    def save_meter(self, reference: str, holder: str, nickname: str, address: Address = AWA) -> None:
        """A Woyofal meter is among those that somebody saved."""
        doing = Doing(self.installation, address, self.customer(address), self.language, self.now, EventResult())
        self.store.run(lambda: DEEDS[SaveMeter](doing, SaveMeter("woyofal", reference, holder, nickname)))

    def join(self, address: Address, into: Address = AWA) -> None:
        """An address belongs to the account of another from now on."""
        self.meet(address)
        self.store.connection.execute(
            "UPDATE session SET customer = ? WHERE address = ?", (self.customer(into), str(address))
        )

    def forget(self, table: str) -> None:
        """All rows of a table are gone."""
        self.store.connection.execute(f"DELETE FROM {table}")

    def books(self) -> list[str]:
        """Everything that is written down but for the conversation itself, to compare with another moment's."""
        tables = [row[0] for row in self.store.rows("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        return [
            f"{table}: {tuple(row)}"
            for table in tables
            if table not in _TALK
            for row in self.store.rows(f"SELECT * FROM {table}")
        ]

    def link_code(self) -> str:
        """The code that was made last for joining two chats."""
        return str(self.store.one("SELECT code FROM link ORDER BY id DESC LIMIT 1"))


def buttons(outbound: Outbound) -> list[str]:
    """The labels of a message's buttons."""
    return [button.label for row in outbound.rows for button in row]


def copies(outbound: Outbound) -> list[str]:
    """What a message's copy buttons put on the clipboard."""
    return [button.text for row in outbound.rows for button in row if isinstance(button, Copy)]
