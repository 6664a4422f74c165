"""A town of several people for whole conversations: customers, resellers, clients, admins, over the real scripts.

Everything that is remembered goes through the scripts that the program runs, in a database in memory; only the
channels, the provider and the passing of time are played here. Nothing happens by itself: what the engine, the
settlement and the outbox would do after a commit is done at once, in order, until nothing is left, except that an
order's pay call waits for its answer until the test gives it (`outcome`), or for `pay_all`.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from msgspec.structs import replace

from bot import i18n
from bot.dialogue import ShopSettings
from bot.dialogue.effects import AskFloat, EraseOwn, Errand, Event, FloatAnswered, InquiryAnswered, ShowCommands
from bot.dialogue.reseller.batch_effects import BatchChecked
from bot.dialogue.reseller.effects import TableRead
from bot.dialogue.reseller.pin_effects import Pin, PinAnswered, PinHashed
from bot.domain.model import (
    Address,
    Choice,
    Delivered,
    Document,
    Float,
    Inquiry,
    InquiryAnswer,
    InquiryRefused,
    Language,
    Outbound,
    Outcome,
    ProviderDetails,
    Refused,
    Tap,
    Text,
)
from bot.domain.order import Source
from bot.remembering import batch_work, broadcasts, messages, orders
from bot.remembering.doing import EventResult
from bot.remembering.installation import Budget, Installation
from bot.remembering.known import Known
from bot.remembering.orders import Job, SettlementResult
from bot.remembering.remember import IncomingEvent, claim_inquiries, fund, remember
from tests.dialogue_world import BILLS, METERS, START, WORDS, Shown, fresh_id
from tests.sync_store import SyncStore

PEOPLE: dict[str, Address] = {
    # Who has no name in a script is the reseller, whom most of them are about.
    "": Address("telegram", "221770001122"),
    "client": Address("whatsapp", "221775550011"),
    "customer": Address("telegram", "221780003344"),
    "admin": Address("telegram", "1"),
    "second": Address("telegram", "2"),
    "operator": Address("telegram", "3"),
    "support": Address("telegram", "4"),
}
RESELLER, CLIENT, CUSTOMER, ADMIN = (PEOPLE[name] for name in ("", "client", "customer", "admin"))
NAMES = {address: name for name, address in PEOPLE.items()}
MAX_ROUNDS = 1_000
# So few that a broadcast to a handful of people takes several sweeps.
TOLD_A_SWEEP = 2
# Meters of a whole street: any number with these first digits is somebody's.
STREET = "14700000"


class NothingKnown(Known):
    """In a town in which no minute passes, the provider is asked every time."""

    def of(self, service: str, reference: str, now: int) -> None:
        return None


@dataclass
class Town:
    """Everybody and everything outside the scripts."""

    language: Language = "fr"
    shop: ShopSettings = field(default_factory=lambda: ShopSettings(words=WORDS))
    now: int = START
    store: SyncStore = field(default_factory=SyncStore)
    screen: list[Shown] = field(default_factory=list)
    next_answer: InquiryAnswer | None = None
    float_answer: Any = field(default_factory=lambda: Float(1_234_500))
    calls: dict[str, Job] = field(default_factory=dict)
    erased: list[str] = field(default_factory=list)
    files: dict[str, tuple[tuple[str, ...], ...]] = field(default_factory=dict)
    given: int = 0
    refs: int = 0
    errands: dict[type[Errand], Callable[[Any], Event | None]] = field(default_factory=dict)
    # What a process has felt of the provider by itself.
    felt: tuple[Any, ...] = ()
    knows: frozenset[str] = frozenset()
    sweeps: list[Callable[[], SettlementResult | EventResult | None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.installation = Installation("town", self.shop, (ADMIN,), Budget.of(6_000), known=NothingKnown())

    # What people do.

    def say(self, text: str, address: Address = RESELLER, sent_at: int | None = None) -> None:
        """Somebody types."""
        self.hear(address, Text(text), sent_at=sent_at)

    def tap(self, label: str, address: Address = RESELLER, *, gone: bool = False, sent_at: int | None = None) -> None:
        """Press the newest button with that label; `gone` also finds buttons that were replaced meanwhile."""
        seen: set[str] = set()
        for shown in reversed(self.screen):
            if shown.address != address or (shown.ref in seen and not gone):
                continue
            seen.add(shown.ref)
            for row in shown.outbound.rows:
                for button in row:
                    if isinstance(button, Choice) and button.label.replace(i18n.NBSP, " ").startswith(label):
                        self.hear(address, Tap(button.data), shown.ref, sent_at)
                        return
        raise AssertionError(f"no button {label!r}")

    def send(self, name: str, rows: tuple[tuple[str, ...], ...], address: Address = RESELLER) -> None:
        """Somebody sends a file that holds these rows."""
        ref = f"file{len(self.files) + 1}"
        self.files[ref] = rows
        self.hear(address, Document(ref, name, size_bytes=100))

    def hear(self, address: Address, event: Event, message_ref: str | None = None, sent_at: int | None = None) -> None:
        """One event of one person, and everything that follows at once."""
        self.given += 2
        key = f"{address.channel}:update:{self.given}" if isinstance(event, Text | Tap | Document) else None
        fresh = (fresh_id(self.given), fresh_id(self.given + 1))
        said = IncomingEvent(address, event, self.now, fresh, key, self.language, message_ref, sent_at)
        heard = self.store.run(remember, self.installation, said)
        self._act(address, heard)
        self.settle_down()

    def fund(self, amount_xof: int, address: Address = RESELLER) -> None:
        """Money comes in for somebody."""
        self.given += 1
        self.store.run(fund, address, amount_xof, f"gift:{self.given}", self.language, self.now)

    # What follows.

    def _act(self, address: Address, heard: EventResult) -> None:
        """What the engine does after a commit."""
        self.deliver()
        for order_id in heard.wake:
            self.follow(self.store.run(orders.claim_one, self.installation, order_id, self.now))
        self.follow(heard.settled)
        if heard.inquiry is not None and not heard.inquiry_wait_ms:
            asked = heard.inquiry
            answer, self.next_answer = self.next_answer or self.provider(asked.service, asked.reference), None
            self.hear(address, InquiryAnswered(asked.inquiry_id, answer))
        for errand in heard.errands:
            answered = self.run_errand(address, errand)
            if answered is not None:
                self.hear(address, answered)

    def run_errand(self, address: Address, errand: Errand) -> Event | None:
        """What the engine brings back from an errand."""
        if type(errand) in self.errands:
            return self.errands[type(errand)](errand)
        match errand:
            case AskFloat():
                return FloatAnswered(self.float_answer)
            case EraseOwn():
                self.erased.append(str(address))
                return None
            case ShowCommands():
                return None
        return later_errand(self, errand)

    def follow(self, news: SettlementResult) -> None:
        """What the settlement does after a commit: calls wait for their answers."""
        for job in news.jobs:
            self.calls[job.order.id] = job
        self.deliver()

    def settle_down(self) -> None:
        """Do what is due until nothing is: sweeps, and messages."""
        for _ in range(MAX_ROUNDS):
            before = len(self.screen)
            for pending in self.store.run(claim_inquiries, self.installation, self.now, 50):
                answer = self.next_answer or self.provider(pending.service, pending.reference)
                self.next_answer = None
                self.hear(Address.parse(pending.address), InquiryAnswered(pending.inquiry_id, answer))
            busy = bool(self.store.run(broadcasts.tell_some, self.installation, self.now, TOLD_A_SWEEP))
            busy = self._batches() or busy
            for sweep in self.sweeps:
                done = sweep()
                busy = busy or done is not None
                if isinstance(done, SettlementResult):
                    self.follow(done)
            self.deliver()
            if len(self.screen) == before and not busy:
                return
        raise AssertionError("the town does not settle down")

    def _batches(self) -> bool:
        """Meters of lists are asked about, and lists tell how far they are."""
        checks = self.store.run(batch_work.claim_checks, self.installation, self.now, 50)
        for check in checks.asks:
            answer, self.next_answer = self.next_answer or self.provider("woyofal", check.reference), None
            owner = self.store.run(batch_work.line_checked, check, answer, self.now)
            if owner is not None:
                self.hear(Address.parse(owner), BatchChecked(check.batch_id))
        return bool(self.store.run(batch_work.tell_batches, self.installation, self.now)) or bool(checks.asks)

    def deliver(self) -> None:
        """The outbox sends what it holds, and every channel takes it."""
        # The lease of the process that wrote a row is ours: we are that process.
        self.store.connection.execute("UPDATE outbox SET lease_owner = NULL, lease_until = NULL")
        while claimed := self.store.run(messages.claim_outbox, self.installation, self.now, 500):
            for posted in claimed:
                ref = self.show(posted.outbound, Address.parse(posted.address))
                # A batch keeps the name of its progress message.
                self.store.run(messages.sent, posted.id, posted.lease, posted.outbound.batch_id, ref)

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

    # The provider.

    def provider(self, service: str, reference: str) -> InquiryAnswer:
        """Whose meter it is."""
        number = reference.lstrip("0")
        if service == "woyofal":
            if number in METERS:
                return Inquiry("woyofal", reference, *METERS[number])
            if number.startswith(STREET) and len(number) == 11:
                return Inquiry("woyofal", reference, f"Maison {int(number[-3:])}", "Rue 10, Dakar", "ACTIF")
        elif number in BILLS:
            holder, bills = BILLS[number]
            return Inquiry(service, reference, holder, "", "", bills)  # type: ignore[arg-type]
        return InquiryRefused("no such meter")

    def code(self, order_id: str) -> str:
        """A recharge code, the same for the same order."""
        return f"{int(order_id, 36) % 10**20:020}"

    def outcome(self, outcome: Outcome, source: Source = "pay", order_id: str | None = None) -> None:
        """The provider answers for an order: by default the one that was called last."""
        if order_id is None:
            order_id = next(reversed(self.calls)) if self.calls else self.newest()
        job = self.calls.pop(order_id, None)
        leased = job is not None and job.leased
        news = self.store.run(orders.settle, self.installation, order_id, outcome, source, self.now, leased=leased)
        assert news is not None
        self.follow(news)
        self.settle_down()

    def pay_all(self, count: int = MAX_ROUNDS) -> int:
        """The provider answers every call and takes up what is due, up to `count` orders: a meter that ends in 13 is
        refused, everything else is paid, Woyofal with a code. Answers how many were answered.
        """
        done = 0
        while done < count:
            if not self.calls:
                self.follow(self.store.run(orders.claim_due, self.installation, self.now, 50))
            if not self.calls:
                break
            order_id, job = next(iter(self.calls.items()))
            order = job.order
            if order.reference.endswith("13"):
                self.outcome(Refused("failed"), "pay", order_id)
            else:
                tokens = (self.code(order_id),) if order.service == "woyofal" else ()
                details = ProviderDetails(transaction_id=f"TX-{order_id[:4]}")
                self.outcome(Delivered(tokens, details), "pay", order_id)
            done += 1
        return done

    def newest(self) -> str:
        """The id of the order that was confirmed last."""
        rows = self.store.rows("SELECT id FROM orders ORDER BY confirmed_at DESC, rowid DESC LIMIT 1")
        return str(rows[0]["id"])

    def sweep(self) -> None:
        """The workers look once around. A call that was not answered within its lease is one whose process died."""
        self.store.connection.execute(
            "UPDATE orders SET lease_owner = 'dead' WHERE lease_owner = ? AND lease_until <= ?",
            (self.installation.owner, self.now),
        )
        self.follow(self.store.run(orders.claim_due, self.installation, self.now, 50))
        self.settle_down()

    # What can be seen.

    def last(self, address: Address = RESELLER) -> Outbound:
        """What somebody read last."""
        return next(shown.outbound for shown in reversed(self.screen) if shown.address == address)

    def balance(self, address: Address = RESELLER) -> int:
        """The sum of somebody's entries, in XOF."""
        rows = self.store.rows(
            "SELECT coalesce(sum(amount_xof), 0) AS xof FROM entry WHERE account = 'customer:' || ?", str(address)
        )
        return int(rows[0]["xof"])

    def under(self, **changes: Any) -> None:
        """Another shop: fees, limits, what needs two people."""
        self.shop = replace(self.shop, **changes)
        self.installation = replace_desk(self.installation, self.shop)


def replace_desk(installation: Installation, shop: ShopSettings) -> Installation:
    """The same desk over another shop."""
    return Installation(
        installation.owner,
        shop,
        installation.admins,
        installation.budget,
        installation.default_credit_limit_xof,
        known=installation.known,
    )


def later_errand(town: Town, errand: Errand) -> Event | None:
    """Errands of the domains: a file is read, a PIN is checked."""
    answer = ERRANDS.get(type(errand).__name__)
    if answer is None:
        raise AssertionError(f"nobody runs {type(errand).__name__}")
    return answer(town, errand)


# What comes back from an errand, by its name: a domain adds its own here, and its sweeps to `Town.settle_down`.
ERRANDS: dict[str, Callable[[Town, Any], Event | None]] = {}


def _check_pin(town: Town, errand: Any) -> Event:
    """As argon2 would, at no cost: a hash is the PIN's own SHA-256."""
    return PinAnswered(errand.nonce, _cheap_hash(errand.pin) == errand.pin_hash, errand.pin_hash, errand.number)


def _hash_pin(town: Town, errand: Any) -> Event:
    return PinHashed(errand.nonce, _cheap_hash(errand.pin))


def _cheap_hash(pin: Pin) -> str:
    return hashlib.sha256(f"salt {pin.digits}".encode()).hexdigest()


def _check_batch(town: Town, errand: Any) -> Event:
    return BatchChecked(errand.batch_id)


def _fetch(town: Town, errand: Any) -> Event | None:
    """A file whose reading was held up is never read: its process died."""
    if errand.name.startswith("lost"):
        return None
    return TableRead(problem="not_a_table") if errand.name.endswith(".pdf") else TableRead(town.files[errand.ref])


ERRANDS |= {"CheckPin": _check_pin, "HashPin": _hash_pin, "CheckBatch": _check_batch, "Fetch": _fetch}
