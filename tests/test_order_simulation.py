"""Orders under everything that may go wrong, with the real scripts on a real database.

A machine of hypothesis plays customers with little money, two processes that share the database, a network that loses
and delays, a provider that accepts a payment at most once for each external id, its webhooks (true, late, twice,
forged), an admin who may be wrong, and a clock that jumps. A process may die between any two transactions and inside
one. After every step the invariants hold; in the end, with a provider that is well again, every payment that was
accepted has ended in one final state or waits, flagged, for a person, and its buyer has been told once.
"""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal, ParamSpec, TypeAlias, TypeVar

from hypothesis import event, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from msgspec.structs import replace

from bot.domain.catalog import WOYOFAL
from bot.domain.inbound import Text
from bot.domain.order import HELD, Order, Source
from bot.domain.order.states import is_sale
from bot.domain.outcome import (
    Delivered,
    NotSent,
    Outcome,
    Processing,
    ProviderDetails,
    Refused,
    TokenAwaited,
    Unknown,
    WebhookClaim,
)
from bot.domain.people import Address
from bot.domain.quote import Quote
from bot.engine import events
from bot.engine.events import IncomingEvent
from bot.errors import LedgerError
from bot.i18n import load
from bot.outbox import messages
from bot.repositories.orders import order_of
from bot.repositories.outbox import OutboxMessage
from bot.repositories.retention import DAY_MS
from bot.settlement.claims import claim_due, claim_one, record_webhook_claim
from bot.shop import ShopSettings
from bot.store import Script
from bot.transactions import housekeeping
from bot.transactions.installation import Budget, Installation
from bot.transactions.money import fund
from bot.transactions.orders import Job, SettlementResult, settle
from bot.transactions.purchases import ask_about, call_back_one, decide, place
from bot.transactions.unit import Unit
from tests.sync_store import WRONG_BALANCES, Killed, SyncStore
from tests.units import acting, upon

P = ParamSpec("P")
T = TypeVar("T")

WORDS = load()
START = 1_800_000_000_000
METER = "14123456789"
ADMIN = Address("telegram", "9")
CUSTOMERS = tuple(Address("telegram", str(number)) for number in (1, 2, 3))
CREDIT_LIMIT_XOF = {str(CUSTOMERS[2]): 3_000}

PayBehaviour: TypeAlias = Literal[
    "success",
    "no code",
    "processing",
    "failed",
    "invalid",
    "float",
    "500",
    "500 after accepting",
    "timeout",
    "timeout after accepting",
    "credentials",
    "busy",
    "maintenance",
    "unreachable",
]
LookUpBehaviour: TypeAlias = Literal["truth", "late truth", "no code", "404", "busy", "another number"]
PAY_BEHAVIOURS: tuple[PayBehaviour, ...] = PayBehaviour.__args__  # type: ignore[attr-defined]  # A Literal's own values.
LOOK_UP_BEHAVIOURS: tuple[LookUpBehaviour, ...] = LookUpBehaviour.__args__  # type: ignore[attr-defined]  # Likewise.
_CODE = re.compile(r"\d{20}|\d{4}(?: \d{4}){4}")


@lru_cache(maxsize=10_000)
def _codes_in(body: str) -> frozenset[str]:
    """The recharge codes of a message. After each step those of all steps before are read again."""
    return frozenset(grouped.replace(" ", "") for grouped in _CODE.findall(body))


some = st.integers(0, 1_000)


@dataclass
class Payment:
    """A payment as the provider knows it. `status` was `before` a moment ago, and slow answers still say so."""

    transaction_id: str
    amount_xof: int
    code: str
    status: Literal["processing", "success", "failed"] = "processing"
    before: Literal["processing", "success", "failed"] = "processing"
    ever: set[str] = field(default_factory=set)

    def become(self, status: Literal["processing", "success", "failed"]) -> None:
        self.before, self.status = self.status, status
        self.ever.add(status)

    @property
    def debit_xof(self) -> int:
        if self.status == "failed":
            return 0
        return self.amount_xof + WOYOFAL.provider_fee.fee_xof(self.amount_xof)

    def details(self, *, fee: bool) -> ProviderDetails:
        fee_xof = WOYOFAL.provider_fee.fee_xof(self.amount_xof) if fee else None
        return ProviderDetails(self.transaction_id, self.amount_xof, fee_xof, "000" + METER)


class Provider:
    """Accepts an external id once. What it answers is told as the gateway tells it."""

    def __init__(self) -> None:
        self.payments: dict[str, Payment] = {}
        self.codes: dict[str, str] = {}
        self.conflicts: list[str] = []
        self.replayed: set[str] = set()

    def pay(self, order: Order, behaviour: PayBehaviour, *, replay: bool) -> Outcome:
        if behaviour == "unreachable":
            return NotSent("unreachable")
        if behaviour == "credentials" or behaviour == "busy" or behaviour == "maintenance":
            return NotSent(behaviour)
        if behaviour in ("500", "timeout"):
            return Unknown(behaviour)
        if order.id in self.payments:
            # A first attempt must never meet this, unless it was on its way when the same was sent again.
            if not replay and order.id not in self.replayed:
                self.conflicts.append(order.id)
            return Processing() if replay else Unknown("409", conflict=True)
        if behaviour == "invalid" or behaviour == "float":
            return Unknown("HTTP 400") if replay else Refused(behaviour)
        payment = self._accept(order)
        details = payment.details(fee=True)
        if behaviour == "success" or behaviour == "no code":
            payment.become("success")
            return Delivered((payment.code,), details) if behaviour == "success" else TokenAwaited(details)
        if behaviour == "failed":
            payment.become("failed")
            return Refused("failed", details)
        return Processing(details) if behaviour == "processing" else Unknown(behaviour)

    def _accept(self, order: Order) -> Payment:
        number = len(self.payments) + 1
        payment = Payment(f"T{number}", order.amount_xof, f"{number:04}".rjust(20, "7"))
        self.payments[order.id] = payment
        self.codes[payment.code] = order.id
        return payment

    def look_up(self, transaction_id: str, behaviour: LookUpBehaviour) -> Outcome:
        if behaviour == "404":
            return Unknown("HTTP 404")
        if behaviour == "busy":
            return NotSent("busy")
        payments = [payment for payment in self.payments.values() if payment.transaction_id == transaction_id]
        if not payments:
            return Unknown("HTTP 404")
        (payment,) = payments
        details = payment.details(fee=False)
        if behaviour == "another number":
            # Perhaps a telephone; it proves nothing either way.
            details = replace(details, reference="221770000000")
        status = payment.before if behaviour == "late truth" else payment.status
        if status == "processing":
            return Processing(details)
        if status == "failed":
            return Refused("failed", details)
        return TokenAwaited(details) if behaviour == "no code" else Delivered((payment.code,), details)

    def webhook(self, order_id: str, *, code: bool, worded: bool = True) -> WebhookClaim:
        """`worded` is False where its status is absent, or a word that nobody knows."""
        payment = self.payments[order_id]
        status: Literal["success", "failed", "pending"] = "pending"
        if payment.status != "processing":
            status = payment.status
        tokens = (payment.code,) if code and status == "success" else ()
        return WebhookClaim(status if worded else "unknown", tokens, order_id, order_id, payment.details(fee=True))


@dataclass
class Call:
    """A call that a process is making. `answer` is there once the provider has answered."""

    job: Job
    installation: Installation
    answer: Outcome | None = None

    @property
    def source(self) -> Source:
        return "look_up" if self.job.step == "look_up" else "replay" if self.job.step == "replay" else "pay"


class OrderSimulation(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.store = SyncStore()
        self.now = START
        self.births = 0
        # The next transaction is killed after so many statements.
        self.doomed: int | None = None
        self.installations = self.born()
        self.provider = Provider()
        self.calls: list[Call] = []
        # Requests whose caller has gone: they may still arrive.
        self.adrift: list[Job] = []
        self.mail: list[tuple[str, WebhookClaim]] = []
        self.hand: list[tuple[OutboxMessage, Installation]] = []
        self.read: list[tuple[int, str, str]] = []
        self.again: Counter[int] = Counter()
        self.orders: list[str] = []
        self.admin_decided: dict[str, set[str]] = {}
        self.admin_codes: dict[str, str] = {}
        # Which messages ever carried a code, by outbox id.
        self.carriers: dict[str, set[int]] = {}
        self.updates = 0

    def born(self) -> tuple[Installation, Installation]:
        self.births += 1
        shop, budget = ShopSettings(WORDS), Budget.of(6_000)
        one, two = (Installation(f"{name}{self.births}", shop, (ADMIN,), budget) for name in "ab")
        return one, two

    # What every rule goes through.

    def run(self, script: Callable[P, Script[T]], /, *args: P.args, **kwargs: P.kwargs) -> T | None:
        """A transaction; None when the process was killed inside it."""
        self.store.kill_after, self.doomed = self.doomed, None
        try:
            result = self.store.run(script, *args, **kwargs)
        except Killed:
            self.die(lingers=False)
            return None
        self.check_codes()
        return result

    def follow(self, settled: SettlementResult | None, installation: Installation) -> None:
        if settled is None:
            return
        self.hand += [(posted, installation) for posted in settled.posted if posted.leased]
        for job in settled.jobs:
            if job.step == "replay":
                # Once, unless the one before was never answered to us.
                assert job.order.replays == 0
                self.provider.replayed.add(job.order.id)
            if job.step == "pay":
                # I1: a first call leaves only while it is certain that none has arrived or may still arrive.
                assert job.order.id not in self.provider.payments
                assert all(job.order.id != adrift.order.id for adrift in self.adrift)
                assert all(job.order.id != call.job.order.id or call.job.step == "look_up" for call in self.calls)
            self.calls.append(Call(job, installation))

    def die(self, *, lingers: bool) -> None:
        """Both processes are killed: everything in memory is gone. Another starts."""
        if lingers:
            self.adrift += [call.job for call in self.calls if call.answer is None and call.job.step != "look_up"]
        self.calls.clear()
        self.hand.clear()
        self.installations = self.born()
        self.doomed = None
        self.store.run(housekeeping.take_over, self.now)

    def all_orders(self) -> list[Order]:
        return [order_of(row) for row in self.store.rows("SELECT * FROM orders ORDER BY id")]

    # The customers.

    @initialize(amounts_xof=st.lists(st.sampled_from([0, 2_000, 6_000]), min_size=3, max_size=3))
    def open_shop(self, amounts_xof: list[int]) -> None:
        for customer, limit_xof in CREDIT_LIMIT_XOF.items():
            self.store.connection.execute("INSERT INTO credit_limit VALUES (?, ?)", (customer, limit_xof))
        for address, amount_xof in zip(CUSTOMERS, amounts_xof, strict=True):
            self.store.run(fund, address, amount_xof, f"first:{address}", "fr", self.now)

    @rule(
        who=st.sampled_from(CUSTOMERS),
        amount_xof=st.sampled_from([1_000, 2_500, 5_000]),
        taps=st.integers(1, 2),
        commission_xof=st.sampled_from([0, 10, 70]),
    )
    def confirms(self, who: Address, amount_xof: int, taps: int, commission_xof: int = 0) -> None:
        """One of them sells to a client: the commission is theirs."""
        name = f"ORDER{len(self.orders):07}"
        quote = Quote(
            name,
            "woyofal",
            METER,
            "AWA",
            amount_xof,
            50,
            self.now,
            self.now + 600_000,
            commission_xof=commission_xof,
        )
        before = self.store.run(housekeeping.accounts).get(f"customer:{who}", 0)
        affordable = before + CREDIT_LIMIT_XOF.get(str(who), 0) >= quote.total_xof
        woken: list[str] = []
        for _ in range(taps):
            try:
                result = self.run(acting, self.installations[0], who, self.now, place, quote)
            except LedgerError:
                assert not affordable
                return
            if result is None:
                # Killed before the commit: the update was not answered, nothing is there.
                return
            woken += result.wake
        if woken:
            assert affordable
            assert woken == [name]
            self.orders.append(name)

    @rule(who=st.sampled_from(CUSTOMERS))
    def pays_in(self, who: Address) -> None:
        self.updates += 1
        self.run(fund, who, 1_500, f"more:{self.updates}", "fr", self.now)

    @precondition(lambda self: self.orders)
    @rule(at=some, act=st.sampled_from([call_back_one, ask_about]))
    def cancels_or_asks(self, at: int, act: Callable[[Unit, Order], Script[None]]) -> None:
        order_id = self.orders[at % len(self.orders)]
        row = self.store.rows("SELECT address FROM orders WHERE id = ?", order_id)[0]
        result = self.run(acting, self.installations[0], Address.parse(row["address"]), self.now, upon(act), order_id)
        if result is not None:
            self.follow(result.settled, self.installations[0])

    @rule(who=st.sampled_from(CUSTOMERS), twice=st.booleans())
    def writes(self, who: Address, twice: bool) -> None:
        self.updates += 1
        incoming = IncomingEvent(who, Text("/help"), self.now, ("I", "J"), f"update:{self.updates}")
        for number in range(1 + twice):
            result = self.run(events.handle_event, self.installations[0], incoming)
            if result is None:
                return
            assert result.fresh == (number == 0)
            self.hand += [(posted, self.installations[0]) for posted in result.posted if posted.leased]

    # The admin, who may be wrong.

    @precondition(lambda self: self.orders)
    @rule(at=some, delivered=st.booleans())
    def decides(self, at: int, delivered: bool) -> None:
        order_id = self.orders[at % len(self.orders)]
        row = self.store.rows("SELECT * FROM orders WHERE id = ?", order_id)[0]
        if row["state"] not in ("unknown", "token_awaited", "processing"):
            return
        outcome: Outcome = Refused("admin")
        if delivered:
            code = f"{len(self.admin_codes) + 1:04}".rjust(20, "5")
            self.admin_codes[code] = order_id
            outcome = Delivered((code,))
        result = self.run(acting, self.installations[0], ADMIN, self.now, upon(decide), order_id, outcome)
        if result is not None:
            self.admin_decided.setdefault(order_id, set()).add("delivered" if delivered else "refused")
            self.follow(result.settled, self.installations[0])

    # The processes.

    @rule(who=st.integers(0, 1), count=st.integers(1, 5))
    def sweeps(self, who: int, count: int) -> None:
        self.follow(self.run(claim_due, self.installations[who], self.now, count), self.installations[who])

    @precondition(lambda self: self.orders)
    @rule(at=some)
    def wakes(self, at: int) -> None:
        order_id = self.orders[at % len(self.orders)]
        self.follow(self.run(claim_one, self.installations[0], order_id, self.now), self.installations[0])

    @rule(lingers=st.booleans())
    def dies(self, lingers: bool) -> None:
        self.die(lingers=lingers)

    @rule(statements=st.integers(0, 12))
    def will_die_inside(self, statements: int) -> None:
        self.doomed = statements

    @rule(ms=st.sampled_from([1_000, 4_000, 15_000, 61_000, 95_000, 700_000, 3_600_000, -3_600_000]))
    def time_passes(self, ms: int) -> None:
        self.now += ms

    # The network.

    def reach(self, call: Call, behaviour: PayBehaviour, look_up_behaviour: LookUpBehaviour) -> None:
        job = call.job
        if job.step == "look_up":
            assert job.transaction_id is not None
            call.answer = self.provider.look_up(job.transaction_id, look_up_behaviour)
        else:
            call.answer = self.provider.pay(job.order, behaviour, replay=job.step == "replay")

    @precondition(lambda self: self.calls)
    @rule(at=some, behaviour=st.sampled_from(PAY_BEHAVIOURS), look_up_behaviour=st.sampled_from(LOOK_UP_BEHAVIOURS))
    def arrives(self, at: int, behaviour: PayBehaviour, look_up_behaviour: LookUpBehaviour) -> None:
        call = self.calls[at % len(self.calls)]
        if call.answer is None:
            self.reach(call, behaviour, look_up_behaviour)

    @precondition(lambda self: self.calls)
    @rule(at=some, behaviour=st.sampled_from(PAY_BEHAVIOURS), look_up_behaviour=st.sampled_from(LOOK_UP_BEHAVIOURS))
    def is_answered(self, at: int, behaviour: PayBehaviour, look_up_behaviour: LookUpBehaviour) -> None:
        call = self.calls.pop(at % len(self.calls))
        if call.answer is None:
            self.reach(call, behaviour, look_up_behaviour)
        self.answered(call)

    @precondition(lambda self: self.calls)
    @rule(at=some, lingers=st.booleans())
    def times_out(self, at: int, lingers: bool) -> None:
        """Whether it arrived or not, the caller learns nothing; it may even arrive later."""
        call = self.calls.pop(at % len(self.calls))
        if call.answer is None and call.job.step != "look_up" and lingers:
            self.adrift.append(call.job)
        call.answer = Unknown("timeout")
        self.answered(call)

    # The usual way, in one step, so that the unusual ones begin from everywhere.

    @rule(
        who=st.sampled_from(CUSTOMERS),
        amount_xof=st.sampled_from([1_000, 2_500]),
        behaviour=st.sampled_from(PAY_BEHAVIOURS),
    )
    def buys(self, who: Address, amount_xof: int, behaviour: PayBehaviour) -> None:
        before = len(self.orders)
        self.confirms(who, amount_xof, 1)
        if len(self.orders) > before:
            self.wakes(before)
            self.all_answered(self.orders[before], behaviour, "truth")

    @precondition(lambda self: self.orders)
    @rule(at=some, behaviour=st.sampled_from(PAY_BEHAVIOURS), look_up_behaviour=st.sampled_from(LOOK_UP_BEHAVIOURS))
    def comes_round(self, at: int, behaviour: PayBehaviour, look_up_behaviour: LookUpBehaviour) -> None:
        order_id = self.orders[at % len(self.orders)]
        due_at = self.store.one("SELECT due_at FROM orders WHERE id = ?", order_id)
        if due_at is not None:
            self.now = max(self.now, due_at)
            self.wakes(at)
            self.all_answered(order_id, behaviour, look_up_behaviour)

    def all_answered(self, order_id: str, behaviour: PayBehaviour, look_up_behaviour: LookUpBehaviour) -> None:
        while mine := [call for call in self.calls if call.job.order.id == order_id]:
            self.calls.remove(mine[0])
            if mine[0].answer is None:
                self.reach(mine[0], behaviour, look_up_behaviour)
            self.answered(mine[0])

    def answered(self, call: Call) -> None:
        assert call.answer is not None
        settled = self.run(
            settle, call.installation, call.job.order.id, call.answer, call.source, self.now, leased=call.job.leased
        )
        self.follow(settled, call.installation)

    @precondition(lambda self: self.adrift)
    @rule(at=some, behaviour=st.sampled_from(PAY_BEHAVIOURS))
    def arrives_after_all(self, at: int, behaviour: PayBehaviour) -> None:
        # Whatever is said to it, nobody hears.
        self.provider.pay(self.adrift.pop(at % len(self.adrift)).order, behaviour, replay=True)

    # The provider.

    @precondition(lambda self: self.provider.payments)
    @rule(at=some, status=st.sampled_from(["success", "failed"]))
    def decides_a_payment(self, at: int, status: Literal["success", "failed"]) -> None:
        """Out of PROCESSING, and once in a while out of FAILED; a success stands."""
        payment = list(self.provider.payments.values())[at % len(self.provider.payments)]
        if payment.status == "processing" or (payment.status == "failed" and status == "success"):
            payment.become(status)

    @precondition(lambda self: self.provider.payments)
    @rule(
        at=some,
        code=st.booleans(),
        times=st.integers(1, 2),
        then=st.sampled_from([None, "late", *LOOK_UP_BEHAVIOURS]),
        worded=st.booleans(),
    )
    def posts_a_webhook(
        self, at: int, code: bool, times: int, then: LookUpBehaviour | Literal["late"] | None, worded: bool = True
    ) -> None:
        """It comes late or now, once or twice; the look-ups that it leads to are answered at once, or some time."""
        order_id = list(self.provider.payments)[at % len(self.provider.payments)]
        webhook_claim = self.provider.webhook(order_id, code=code, worded=worded)
        self.mail.append((order_id, webhook_claim))
        for _ in range(0 if then == "late" else times):
            self.hears(order_id, webhook_claim)
        if then is not None and then != "late":
            self.all_answered(order_id, "success", then)

    @precondition(lambda self: self.mail)
    @rule(at=some, keep=st.booleans())
    def a_webhook_comes(self, at: int, keep: bool) -> None:
        order_id, webhook_claim = self.mail[at % len(self.mail)]
        if not keep:
            self.mail.remove((order_id, webhook_claim))
        self.hears(order_id, webhook_claim)

    @precondition(lambda self: self.orders)
    @rule(at=some, how=st.sampled_from(["another id", "another data", "another payment", "ours, with nothing in it"]))
    def a_forged_webhook_comes(self, at: int, how: str) -> None:
        order_id = self.orders[at % len(self.orders)]
        code, details = "6" * 20, ProviderDetails("FORGED")
        forged = {
            "another id": WebhookClaim("success", (code,), "OTHER", details=details),
            "another data": WebhookClaim("success", (code,), order_id, "OTHER", details=details),
            # Believed only if it names the payment that we know, and then only as far as the look-up agrees.
            "another payment": WebhookClaim("success", (), order_id, details=details),
            "ours, with nothing in it": WebhookClaim("success", (), order_id),
        }
        self.hears(order_id, forged[how])

    def hears(self, order_id: str, webhook_claim: WebhookClaim) -> None:
        self.follow(
            self.run(record_webhook_claim, self.installations[0], order_id, webhook_claim, self.now),
            self.installations[0],
        )

    # The outbox.

    @rule(who=st.integers(0, 1))
    def sweeps_the_outbox(self, who: int) -> None:
        installation = self.installations[who]
        for posted in self.run(messages.claim_outbox, installation, self.now, 20) or ():
            self.hand.append((posted, installation))

    @precondition(lambda self: self.hand)
    @rule(at=some, how=st.sampled_from(["sent", "sent", "sent", "later", "blocked", "sent and killed"]))
    def sends(self, at: int, how: str) -> None:
        # One chat is served in order.
        chat = self.hand[at % len(self.hand)][0].address
        posted, installation = next(item for item in self.hand if item[0].address == chat)
        self.hand.remove((posted, installation))
        if how in ("sent", "sent and killed"):
            self.received(posted)
            if how == "sent":
                self.run(messages.sent, posted.id, posted.lease)
            else:
                self.die(lingers=False)
        elif how == "later":
            # What another process holds of the chat stays in that one's hand.
            self.hand = [item for item in self.hand if item[0].address != chat or item[1] is not installation]
            self.run(messages.later, installation.owner, posted.id, posted.lease, chat, self.now + 5_000)
        else:
            self.run(messages.given_up, posted.id, posted.lease, chat, self.now, True)

    def received(self, posted: OutboxMessage) -> None:
        self.read.append((posted.id, posted.address, posted.outbound.text))

    # The invariants.

    def check_codes(self) -> None:
        """I4: a code stands in nobody's message but the buyer's."""
        for row in self.store.rows("SELECT id, address, body FROM outbox"):
            for code in _codes_in(row["body"]):
                order_id = self.provider.codes.get(code) or self.admin_codes.get(code)
                assert order_id is not None, "a code that nobody issued is shown"
                self.carriers.setdefault(code, set()).add(row["id"])
                (order,) = self.store.rows("SELECT address FROM orders WHERE id = ?", order_id)
                assert row["address"] == order["address"]

    @invariant()
    def money_is_conserved(self) -> None:
        """I5."""
        assert self.store.rows(WRONG_BALANCES) == []
        accounts = self.store.run(housekeeping.accounts)
        assert sum(accounts.values()) == 0
        for account, balance_xof in accounts.items():
            if account.startswith("customer:"):
                assert balance_xof >= -CREDIT_LIMIT_XOF.get(account.removeprefix("customer:"), 0)
        orders = self.all_orders()
        open_xof = sum(order.total_xof for order in orders if order.state in HELD)
        assert accounts.get("hold", 0) == open_xof
        # A commission is earned by a delivery and by nothing else.
        earned_xof = sum(order.commission_xof for order in orders if order.state == "delivered")
        assert accounts.get("commissions", 0) == -earned_xof

    @invariant()
    def orders_agree_with_what_happened(self) -> None:
        """I1, I2."""
        assert self.provider.conflicts == []
        for order in self.all_orders():
            payment = self.provider.payments.get(order.id)
            ever = payment.ever if payment is not None else set()
            decisions = self.admin_decided.get(order.id, set())
            if order.state == "refused":
                assert payment is None or "failed" in ever or "refused" in decisions
            elif order.state == "cancelled":
                assert payment is None
            elif order.state == "delivered":
                assert "success" in ever or "delivered" in decisions
                assert order.tokens
            elif order.state == "token_awaited":
                assert "success" in ever
            elif order.state in ("waiting", "sending", "processing", "unknown"):
                # In somebody's hands: nothing that is open is ever forgotten.
                assert order.due_at is not None or order.stuck_at is not None
            if order.state == "waiting":
                assert payment is None

    # The end.

    def teardown(self) -> None:
        try:
            if self.orders:
                self.ends()
        finally:
            self.store.close()

    def ends(self) -> None:
        """The provider is well, the network too, and the webhooks come, or only those that have come already."""
        self.doomed = None
        webhooks = len(self.orders) % 2 == 0 or self.updates % 2 == 0
        self.adrift.clear()
        self.now = max(self.now, START) + 2 * 3_600_000
        for taken in self.provider.payments.values():
            if taken.status == "processing":
                taken.become("success")
            taken.before = taken.status
        self.rest()
        if webhooks:
            for order_id in self.provider.payments:
                self.hears(order_id, self.provider.webhook(order_id, code=False))
            self.rest()
        self.everybody_reads()
        self.money_is_conserved()
        self.orders_agree_with_what_happened()
        float_xof = 0
        for order in self.all_orders():
            payment: Payment | None = self.provider.payments.get(order.id)
            decided = order.id in self.admin_decided
            event(f"ended {order.state}")
            # I2: final, or flagged for a person. With its webhook, final.
            assert order.is_final or order.stuck_at is not None
            if payment is not None and not decided and (webhooks or order.is_final):
                ended = "delivered" if payment.status == "success" else "refused"
                late = payment.ever >= {"failed", "success"} and not webhooks
                assert order.state == ended or (late and order.state == "refused")
            if order.state == "delivered":
                self.was_notified_once(order)
            if not decided and order.state == "delivered" and payment is not None:
                assert order.tokens == (payment.code,)
                float_xof += payment.debit_xof
        booked_xof = sum(
            row["amount_xof"]
            for row in self.store.rows("SELECT order_id, amount_xof FROM entry WHERE account = 'float'")
            if row["order_id"] not in self.admin_decided
        )
        # I5: what the books say was spent at the provider is what it took.
        assert booked_xof == float_xof

    def rest(self) -> None:
        """Until nothing is due any more."""
        for _ in range(2_000):
            while self.calls:
                call = self.calls.pop()
                if call.answer is None:
                    self.reach(call, "success", "truth")
                self.answered(call)
            settled = self.run(claim_due, self.installations[0], self.now, 50)
            self.follow(settled, self.installations[0])
            if self.calls:
                continue
            due = self.store.one(
                "SELECT min(max(due_at, coalesce(lease_until, 0))) FROM orders WHERE due_at IS NOT NULL"
            )
            if due is None:
                return
            self.now = max(self.now + 500, due)
        raise AssertionError("the orders never come to rest")

    def everybody_reads(self) -> None:
        for who in CUSTOMERS:
            self.writes(who, False)
        for posted, _ in self.hand:
            self.received(posted)
            self.run(messages.sent, posted.id, posted.lease)
        self.hand.clear()
        self.now += DAY_MS
        while left := self.run(messages.claim_outbox, self.installations[0], self.now, 100):
            for posted in left:
                self.received(posted)
                self.run(messages.sent, posted.id, posted.lease)
        assert self.store.one("SELECT count(*) FROM outbox WHERE given_up_at IS NULL") == 0

    def was_notified_once(self, order: Order) -> None:
        """Each code in one message, that the buyer has; a seller has it in their receipt and in what they hand on. A
        kill between a send and its mark may repeat a message, nothing else. There are several codes where an admin's
        was not the provider's.
        """
        for code in order.tokens:
            carriers = self.carriers.get(code, set())
            assert len(carriers) == (2 if is_sale(order) else 1)
            for carrier in carriers:
                got = [
                    text for number, address, text in self.read if (number, address) == (carrier, str(order.address))
                ]
                assert got
                assert all(text == got[0] for text in got)


OrderSimulation.TestCase.settings = settings(
    max_examples=min(settings().max_examples * 6, 3_000), stateful_step_count=60
)
TestOrderSimulation: Any = OrderSimulation.TestCase
