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

from bot.dialogue.tasks import (
    BatchChecked,
    BookRead,
    Event,
    Inquire,
    InquiryAnswered,
    PinAnswered,
    PinHashed,
    TableRead,
    Task,
)
from bot.domain.catalog import ServiceName
from bot.domain.concerns import Concern
from bot.domain.inbound import Document
from bot.domain.inquiry import Inquiry, InquiryAnswer
from bot.domain.outcome import Delivered, ProviderDetails, Refused
from bot.domain.people import Address
from bot.domain.pin import Pin
from bot.engine.event_result import EventResult
from bot.engine.inquiries import claim_inquiries
from bot.settlement.claims import claim_due, claim_one
from bot.transactions import batches, broadcasts
from bot.transactions.money import fund
from bot.transactions.orders import SettlementResult
from tests.dialogue_world import World

PEOPLE: dict[str, Address] = {
    # Who has no name in a script is the reseller, whom most of them are about.
    "": Address("telegram", "221770001122"),
    "client": Address("whatsapp", "221775550011"),
    "customer": Address("telegram", "221780003344"),
    "seller": Address("whatsapp", "221765550022"),
    "other": Address("telegram", "221765550033"),
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


@dataclass
class Town(World):
    """Everybody and everything outside the scripts. Orders are called as soon as they are due."""

    files: dict[str, tuple[tuple[str, ...], ...]] = field(default_factory=dict)
    tasks: dict[type[Task], Callable[[Any], Event | None]] = field(default_factory=dict)
    # What a process has measured of the provider by itself.
    measured: tuple[Concern, ...] = ()
    assessed: frozenset[str] = frozenset()
    sweeps: list[Callable[[], SettlementResult | EventResult | None]] = field(default_factory=list)

    # What people do.

    def send(self, name: str, rows: tuple[tuple[str, ...], ...], address: Address = RESELLER) -> None:
        """Somebody sends a file that holds these rows."""
        ref = f"file{len(self.files) + 1}"
        self.files[ref] = rows
        self.hear(address, Document(ref, name, size_bytes=100))

    def fund(self, amount_xof: int, address: Address = RESELLER) -> None:
        """Money comes in for somebody."""
        self.given += 1
        self.store.run(fund, address, amount_xof, f"gift:{self.given}", self.language, self.now)

    # What follows.

    def wake(self, order_ids: list[str]) -> None:
        for order_id in order_ids:
            self.follow(self.store.run(claim_one, self.installation, order_id, self.now))

    def inquire(self, address: Address, inquiry: Inquire, wait_ms: int) -> None:
        # One that must rest first is taken up by a sweep.
        if not wait_ms:
            super().inquire(address, inquiry, wait_ms)

    def run_task(self, address: Address, task: Task) -> Event | None:
        if (own := self.tasks.get(type(task))) is not None:
            return own(task)
        if (run := TASKS.get(type(task).__name__)) is not None:
            return run(self, task)
        return super().run_task(address, task)

    def settle_down(self) -> None:
        """Do what is due until nothing is: sweeps, and messages."""
        for _ in range(MAX_ROUNDS):
            before = len(self.screen)
            for pending in self.store.run(claim_inquiries, self.installation, self.now, 50):
                answer = self.answer_of(pending.service, pending.reference)
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
        checks = self.store.run(batches.claim_checks, self.installation, self.now, 50)
        for check in checks.asks:
            answer = self.answer_of(check.service, check.reference)
            owner = self.store.run(batches.line_checked, check, answer, self.now)
            if owner is not None:
                self.hear(Address.parse(owner), BatchChecked(check.batch_id))
        return bool(self.store.run(batches.tell_batches, self.installation, self.now)) or bool(checks.asks)

    # The provider.

    def provider(self, service: ServiceName, reference: str) -> InquiryAnswer:
        number = reference.lstrip("0")
        if service == "woyofal" and number.startswith(STREET) and len(number) == 11:
            return Inquiry(service, reference, f"Maison {int(number[-3:])}", "Rue 10, Dakar", "ACTIF")
        return super().provider(service, reference)

    def code(self, order_id: str) -> str:
        """A recharge code, the same for the same order."""
        return f"{int(order_id, 36) % 10**20:020}"

    def pay_all(self, count: int = MAX_ROUNDS) -> int:
        """The provider answers every call and takes up what is due, up to `count` orders: a meter that ends in 13 is
        refused, everything else is paid, Woyofal with a code. Answers how many were answered.
        """
        done = 0
        while done < count:
            if not self.calls:
                self.follow(self.store.run(claim_due, self.installation, self.now, 50))
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

    def sweep(self) -> None:
        """The workers run once. A call that was not answered within its lease is one whose process died."""
        self.store.connection.execute(
            "UPDATE orders SET lease_owner = 'dead' WHERE lease_owner = ? AND lease_until <= ?",
            (self.installation.owner, self.now),
        )
        self.follow(self.store.run(claim_due, self.installation, self.now, 50))
        self.settle_down()


# What comes back from a task, by its name: a domain adds its own here, and its sweeps to `Town.settle_down`.
TASKS: dict[str, Callable[[Town, Any], Event | None]] = {}


def _check_pin(town: Town, task: Any) -> Event:
    """As argon2 would, at no cost: a hash is the PIN's own SHA-256."""
    return PinAnswered(task.nonce, _cheap_hash(task.pin) == task.pin_hash, task.pin_hash, task.number)


def _hash_pin(town: Town, task: Any) -> Event:
    return PinHashed(task.nonce, _cheap_hash(task.pin))


def _cheap_hash(pin: Pin) -> str:
    return hashlib.sha256(f"salt {pin.digits}".encode()).hexdigest()


def _check_batch(town: Town, task: Any) -> Event:
    return BatchChecked(task.batch_id)


def _fetch(town: Town, task: Any) -> Event | None:
    """A file whose reading was held up is never read: its process died."""
    if task.name.startswith("lost"):
        return None
    read: type[TableRead | BookRead] = BookRead if task.is_book else TableRead
    return read(problem="not_a_table") if task.name.endswith(".pdf") else read(town.files[task.ref])


TASKS |= {"CheckPin": _check_pin, "HashPin": _hash_pin, "CheckBatch": _check_batch, "Fetch": _fetch}
