"""A seeded simulation of payers: links opened, paid once, twice, late, short or by nobody; answers lost, processes
killed between any two statements, orders refused, and delivered late after that, pay-backs lost and refused. At the end
of every run, for every payer: what they paid is what bought, went back, is on its way back, or is held for them; and
nothing left us twice. The operator bears a late delivery only where the money could not be called back any more.
"""

import random
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import pytest
from msgspec.structs import replace

from bot.collections import claims
from bot.domain.audit import Findings
from bot.domain.collecting import (
    Collected,
    CreateResult,
    Exists,
    Expired,
    LookUpResult,
    LookUpUnknown,
    NoSuch,
    NotOpened,
    Open,
    Opened,
    OpeningUnknown,
    PaidBack,
    PayBackNotSent,
    PayBackRefused,
    PayBackResult,
    PayBackUnknown,
    Payment,
)
from bot.domain.collection import Collection
from bot.domain.outcome import Delivered, ProviderDetails, Refused
from bot.domain.payback import PayBack
from bot.domain.people import Address
from bot.domain.period import day_of
from bot.monitoring.audits import audit_steps
from bot.repositories.collections import for_quote
from bot.repositories.orders import load_order
from bot.repositories.paybacks import load as load_payback
from bot.repositories.paybacks import open_ones
from bot.repositories.rules import set_rule
from bot.settlement.claims import claim_due
from bot.transactions import collections, housekeeping, paybacks, refunds
from bot.transactions.installation import Installation
from bot.transactions.orders import settle as settle_order
from bot.transactions.payment_news import PaymentJob
from tests.collecting_world import ask, collecting
from tests.sync_store import WRONG_BALANCES, Killed, LentStore
from tests.test_scripts import ADMIN, NOW, a_quote
from tests.units import acting

SEEDS = 60
STEPS = 70
BOUNDS: dict[str, Any] = {"advance_most_xof": 8_000, "auto_most_xof": 4_500}


def code_of(order_id: str) -> str:
    """A recharge code like no other."""
    return f"{int(order_id[1:]):020}"


@dataclass
class Link:
    """A collection as the provider has it."""

    amount_xof: int
    payments: list[Payment] = field(default_factory=list)
    ended: bool = False


@dataclass
class World:
    """One database, a process that dies now and then, a provider that loses answers, payers who do as they like."""

    chance: random.Random
    installation: Installation
    store: LentStore = field(default_factory=LentStore)
    now: int = NOW
    links: dict[str, Link] = field(default_factory=dict)
    sent_back: dict[str, int] = field(default_factory=dict)
    whose: dict[str, Address] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    asked: int = 0
    called_back: int = 0
    borne: int = 0

    def run(self, script: Any, *args: Any, **more: Any) -> Any:
        """A transaction in which the process may be killed; then another one takes over."""
        if self.chance.random() < 0.15:
            self.store.kill_after = self.chance.randrange(0, 25)
        try:
            return self.store.run(script, *args, **more)
        except Killed:
            self.store.kill_after = None
            self.store.run(housekeeping.take_over, self.now)
            return None
        finally:
            self.store.kill_after = None

    # What people and time do.

    def step(self) -> None:
        self.now += self.chance.choice((1_000, 5_000, 20_000, 120_000, 600_000))
        deeds = (self.begins, self.pays, self.works, self.provider, self.late, self.admin, self.closes)
        self.chance.choices(deeds, (2, 4, 8, 3, 2, 1, 0.3))[0]()

    def begins(self) -> None:
        who = Address("telegram", str(self.chance.randrange(1, 4)))
        self.asked += 1
        what = a_quote() if self.chance.random() < 0.8 else 3_000
        what = what if isinstance(what, int) else replace(what, created_at=self.now, expires_at=self.now + 600_000)
        # Who pays by a link need not say from which telephone.
        payer = None if self.chance.random() < 0.2 else "771234567"
        made = ask(self.store, self.installation, f"C{self.asked:011}", what, who=who, payer=payer, now=self.now)
        if isinstance(made, Collection):
            self.whose[made.id] = who

    def pays(self) -> None:
        if not self.links:
            return
        id_ = self.chance.choice(sorted(self.links))
        link = self.links[id_]
        if len(link.payments) < 3 and (not link.ended or self.chance.random() < 0.3):
            more = self.chance.choice((0, 0, 0, 0, 500, -1_000))
            # A telephone that is not told, now and then.
            payer = None if self.chance.random() < 0.2 else "771234567"
            link.payments.append(Payment(link.amount_xof + more, f"T{id_}{len(link.payments)}", 50, payer))

    def closes(self) -> None:
        self.run(set_rule, "maintenance:woyofal", self.chance.choice(("", None)))

    def admin(self) -> None:
        """What waits is confirmed, what was refused stays the customer's, what nobody knows was found out."""
        for payback in self.store.run(open_ones):
            gone = payback.id in self.sent_back
            if payback.state == "held":
                self.run(acting, self.installation, ADMIN, self.now, refunds.confirm, payback)
            elif payback.state == "refused" or (payback.state == "unknown" and payback.stuck_at is not None):
                decide = refunds.decide_paid if gone else refunds.decide_kept
                self.run(acting, self.installation, ADMIN, self.now, decide, payback)

    def provider(self) -> None:
        """The orders that were bought are paid for, or refused."""
        claimed = self.run(claim_due, self.installation, self.now, 50)
        for job in () if claimed is None else claimed.jobs:
            refused = self.chance.random() < 0.4
            details = ProviderDetails("T1", job.order.amount_xof, 50, job.order.reference)
            said = Refused("invalid") if refused else Delivered((code_of(job.order.id),), details)
            # The settling of payments is simulated elsewhere: here nobody dies.
            self.store.run(settle_order, self.installation, job.order.id, said, "pay", self.now, leased=True)
            if refused:
                self.refused.append(job.order.id)

    def late(self) -> None:
        """An order that was refused is delivered all the same."""
        if not self.refused:
            return
        order_id = self.refused[-1]
        before = self.back_of(order_id)
        details = ProviderDetails("T1", 5_000, 50)
        if self.run(
            settle_order, self.installation, order_id, Delivered((code_of(order_id),), details), "look_up", self.now
        ):
            self.refused.pop()
        order, after = self.store.run(load_order, order_id), self.back_of(order_id)
        assert order is not None
        if order.state != "delivered":
            assert before == after, "the process was killed, and nothing of it is left"
            return
        self.borne += order.borne_xof > 0
        if before is not None and before.state in ("held", "waiting"):
            assert after is not None
            assert (after.state, after.reason) == ("kept", "called_back")
            assert order.borne_xof == 0
            self.called_back += 1
        else:
            assert before == after, "what left, or may have, is not called back"

    def back_of(self, order_id: str) -> PayBack | None:
        """What is to go back for an order that was refused."""
        collection = self.store.run(for_quote, order_id)
        return None if collection is None else self.store.run(load_payback, f"{collection.id}R0")

    def works(self) -> None:
        due = self.store.run(claims.due_ids, self.installation, self.now, 50)
        claimed = self.run(claims.claim_all, self.installation, due, self.now)
        for job in () if claimed is None else claimed.jobs:
            if self.chance.random() < 0.1:
                # The process dies with the call in flight, before or after it left.
                if self.chance.random() < 0.5:
                    self.call(job)
                self.store.run(housekeeping.take_over, self.now)
                return
            said = self.call(job)
            about = job.about
            if isinstance(about, Collection):
                by = {"look_up": "look_up", "expire": "expire"}.get(job.step, "create")
                self.run(collections.settle, self.installation, about.id, said, by, self.now, leased=True)
            else:
                by = "look_up" if job.step == "look_up" else "pay"
                self.run(paybacks.settle, self.installation, about.id, said, by, self.now, leased=True)

    # What the provider does.

    def call(self, job: PaymentJob) -> Any:
        if not isinstance(job.about, Collection):
            return self._back(job)
        if job.step == "look_up":
            return self._looked_up(job.about.id)
        if job.step == "expire":
            self.links[job.about.id].ended = True
            return Expired()
        return self._created(job.about)

    def _created(self, collection: Collection) -> CreateResult:
        if self.chance.random() < 0.15:
            return NotOpened(self.chance.choice(("unreachable", "busy")))
        if collection.id in self.links:
            return Exists()
        self.links[collection.id] = Link(collection.amount_xof)
        return OpeningUnknown("timeout") if self.chance.random() < 0.2 else Opened(None, "https://pay.example")

    def _looked_up(self, id_: str) -> LookUpResult:
        if self.chance.random() < 0.1:
            return LookUpUnknown("unreachable")
        link = self.links.get(id_)
        if link is None:
            return NoSuch()
        return Collected(tuple(link.payments)) if link.payments else Open()

    def _back(self, job: PaymentJob) -> PayBackResult | NoSuch:
        id_ = job.about.id
        if job.step == "look_up":
            return PaidBack(fee_xof=30) if id_ in self.sent_back else NoSuch()
        luck = self.chance.random()
        if luck < 0.15:
            return PayBackNotSent("unreachable")
        if luck < 0.25:
            return PayBackUnknown("timeout")
        if luck < 0.35 and id_ not in self.sent_back:
            return PayBackRefused("float" if luck < 0.3 else "number")
        assert id_ not in self.sent_back, f"{id_} went back twice"
        self.sent_back[id_] = job.about.amount_xof
        return PaidBack(fee_xof=30) if luck < 0.8 else PayBackUnknown("timeout")

    # What must hold.

    def ends(self) -> None:
        """Everything is let come home, and then accounted for."""
        self.chance.random = lambda: 0.5  # type: ignore[method-assign]  # nobody dies any more, nothing is lost
        self.store.run(set_rule, "maintenance:woyofal", None)
        for _ in range(40):
            self.now += 600_000
            self.works()
            self.provider()
            self.admin()

    def check(self) -> Findings:
        store = self.store
        assert store.one("SELECT coalesce(sum(amount_xof), 0) FROM entry") == 0
        assert store.rows(WRONG_BALANCES) == []
        for id_, link in self.links.items():
            taken = store.rows("SELECT key, amount_xof FROM collected WHERE collection_id = ?", id_)
            assert Counter(row["key"] for row in taken) == Counter(
                str(payment.transaction_id) for payment in link.payments
            ), id_
        paid: Counter[str] = Counter()
        for id_, link in self.links.items():
            paid[str(self.whose[id_])] += sum(payment.amount_xof for payment in link.payments)
        found: Counter[str] = Counter()
        audit = self.audited()
        for finding in audit.findings:
            assert finding.kind == "homeless", audit.findings
            found[finding.detail] += finding.found_xof
        for who in {str(each) for each in self.whose.values()}:
            # Where nothing stays, what nobody left to them is named to the last franc. What an admin left to them may
            # have paid for an order that succeeded late.
            stays_xof = self.held(who) if self.installation.shop.keeps_advances else self.left_by_admin(who)
            assert max(0, self.held(who) - stays_xof) <= found[who] <= self.held(who), (who, audit.findings)
            assert paid[who] == self.bought(who) + self.back(who) + self.held(who), who
        return audit

    def audited(self) -> Findings:
        """The audit of all days."""
        steps, reply = audit_steps(self.installation, day_of(NOW), day_of(self.now), self.now + 600_000), None
        while True:
            try:
                step = steps.send(reply)
            except StopIteration as end:
                came_to: Findings = end.value
                return came_to
            reply = self.store.run(step)

    def bought(self, who: str) -> int:
        """What their orders took that came to something, and what was taken for collecting their money."""
        orders = self.store.rows("SELECT id, state FROM orders WHERE customer = ?", who)
        came = 0
        for row in orders:
            order = self.store.run(load_order, row["id"])
            assert order is not None
            came += order.total_xof - order.borne_xof if order.state not in ("refused", "cancelled") else 0
        fees = self.store.one(
            "SELECT coalesce(sum(amount_xof), 0) FROM entry WHERE account = ? AND transfer LIKE 'collection:%'",
            f"customer:{who}",
        )
        return came - int(fees)

    def back(self, who: str) -> int:
        """What went back to them at the provider's, and what is set aside to go."""
        rows = self.store.rows("SELECT id, state, reason, amount_xof FROM payback WHERE customer = ?", who)
        for row in rows:
            if row["state"] == "done":
                assert self.sent_back[row["id"]] == row["amount_xof"]
            assert row["state"] != "waiting" or row["id"] not in self.sent_back
            assert row["reason"] != "called_back" or row["id"] not in self.sent_back
        return sum(row["amount_xof"] for row in rows if row["state"] != "kept")

    def left_by_admin(self, who: str) -> int:
        rows = self.store.rows("SELECT amount_xof, reason FROM payback WHERE customer = ? AND state = 'kept'", who)
        return sum(row["amount_xof"] for row in rows if row["reason"] != "called_back")

    def held(self, who: str) -> int:
        return int(
            self.store.one("SELECT coalesce(sum(amount_xof), 0) FROM entry WHERE account = ?", f"customer:{who}")
        )


@pytest.mark.parametrize("advances", ["none", "allowed"])
def test_every_payers_money_has_a_home(advances: Any) -> None:
    seen: Counter[str] = Counter()
    for seed in range(SEEDS):
        world = World(random.Random(f"{advances}:{seed}"), collecting(advances, **BOUNDS))
        for _ in range(STEPS):
            world.step()
        world.ends()
        seen["homeless"] += len(world.check().findings)
        seen += Counter({"called back": world.called_back, "borne": world.borne})
        for table in ("collection", "payback", "orders"):
            for row in world.store.rows(f"SELECT state, count(*) AS many FROM {table} GROUP BY state"):
                seen[f"{table} {row['state']}"] += row["many"]
        world.store.close()
    # It has been everywhere that matters.
    wanted = {"collection paid", "collection expired", "orders delivered", "orders refused", "payback done"}
    # Where money stays, nothing is on its way back when an order succeeds late.
    wanted |= {"called back", "borne", "homeless"} if advances == "none" else set()
    assert wanted <= set(+seen), seen
