"""What monitoring needs in a town: `* do watch` checks once, the other doings bring about what it is to see."""

from typing import Any

from bot.dialogue.tasks import AuditAnswered, Event
from bot.domain.catalog import Catalog
from bot.domain.concerns import ProviderDown, ProviderSlow
from bot.domain.inquiry import Float
from bot.domain.outcome import Delivered, Outcome, ProviderDetails, Refused, Unknown
from bot.domain.people import Address
from bot.domain.quote import Quote
from bot.monitoring import concerns, daily_jobs
from bot.monitoring.audits import audit_steps, ledger_steps
from bot.repositories.floats import record_float
from bot.repositories.orders import load_order
from bot.settlement.claims import claim_one
from bot.store import Script
from bot.transactions import moves, orders, purchases
from bot.transactions.orders import SettlementResult
from bot.transactions.unit import Unit
from tests.busy_day import looked_around
from tests.dialogue_world import fresh_id
from tests.trade_world import PEOPLE, TASKS, Town


def audited(town: Town, first: str, last: str) -> Any:
    """An audit."""
    return driven(town, audit_steps(town.installation, first, last, town.now))


def driven(town: Town, steps: Any) -> Any:
    """Steps, run one after another."""
    reply: Any = None
    while True:
        try:
            step = steps.send(reply)
        except StopIteration as end:
            return end.value
        reply = town.store.run(step)


def _audit(town: Town, task: Any) -> Event:
    return AuditAnswered(audited(town, task.first, task.last))


def monitor(town: Town, words: list[str]) -> None:
    """What `Monitoring.check` does; `* do watch 10` once a minute for ten minutes."""
    for minute in range(int(words[0]) if words else 1):
        town.now += 60_000 if minute else 0
        if town.store.run(concerns.float_is_old, town.installation, town.now) and isinstance(town.float_answer, Float):
            town.store.run(record_float, town.float_answer.balance_xof, town.now)
        looked_around(town.store, town.installation, town.measured, town.assessed, town.now)
        town.store.run(concerns.report_groups, town.installation, town.now)
        town.store.run(moves.carry_out, town.installation, town.now)
        if town.store.run(concerns.ledger_is_due, town.now):
            balances, _ = driven(town, ledger_steps(town.now))
            town.store.run(concerns.report_ledger, town.installation, sum(balances.values()), town.now)
        if (due := town.store.run(daily_jobs.audit_due, town.now)) is not None:
            town.store.run(daily_jobs.report_audit, town.installation, audited(town, *due), town.now)
        town.store.run(daily_jobs.morning_report, town.installation, town.now)
        town.deliver()


def measure(town: Town, words: list[str]) -> None:
    """`* do feel down 8 10`, `* do feel slow 12`, `* do feel well`: what the process measured of the provider."""
    town.assessed = frozenset({"provider_down", "provider_slow"})
    town.measured = ()
    if words[0] == "down":
        town.measured = (ProviderDown(int(words[1]), int(words[2])),)
    elif words[0] == "slow":
        town.measured = (ProviderSlow(int(words[1]) * 1000, 40),)


def provider_has(town: Town, words: list[str]) -> None:
    """`* do provider_has 80000`: so much is in the float now."""
    town.float_answer = Float(int(words[0]))


def call_back(town: Town, order_id: str) -> Script[None]:
    """Its owner cancels an order that was not sent."""
    order = yield from load_order(order_id)
    assert order is not None
    yield from orders.call_back(town.installation, order, town.now, SettlementResult())


def place(town: Town, who: Address, amount_xof: int, *, sent: bool = True) -> str:
    """An order, confirmed and sent, past the dialogue."""
    town.given += 1
    order_id = fresh_id(town.given)
    fee_xof = Catalog().woyofal.fee.fee_xof(amount_xof)
    quote = Quote(
        order_id, "woyofal", f"147{town.given:08}", "AWA NDIAYE", amount_xof, fee_xof, town.now, town.now + 600_000
    )
    unit = Unit(town.installation, who, str(who), town.language, town.now)
    town.store.run(purchases.place, unit, quote)
    if sent:
        town.follow(town.store.run(claim_one, town.installation, order_id, town.now))
    return order_id


def buys(town: Town, words: list[str]) -> None:
    """`* do buys customer 12 5000 delivered`: so many orders of so much, one every three minutes or `quickly`, and what
    became of them. What the buyer reads of them stands in other transcripts.
    """
    who, count, amount_xof = PEOPLE[words[0].replace("reseller", "")], int(words[1]), int(words[2])
    since = len(town.screen)
    for _ in range(count):
        town.fund(amount_xof * 2, who)
        if words[3] == "cancelled":
            town.store.run(call_back, town, place(town, who, amount_xof, sent=False))
            continue
        order_id = place(town, who, amount_xof)
        outcome: Outcome
        if words[3] == "delivered":
            outcome = Delivered((town.code(order_id),))
        elif words[3] == "dear":
            outcome = Delivered((town.code(order_id),), ProviderDetails(fee_xof=amount_xof // 20))
        elif words[3] == "refused":
            outcome = Refused("failed")
        elif words[3] == "unknown":
            outcome = Unknown("ReadTimeout")
        else:
            # Debited: the provider tells its balance, which `provider_has` may have changed meanwhile.
            assert isinstance(town.float_answer, Float)
            before, fee_xof = town.float_answer.balance_xof, -(-amount_xof // 100)
            town.float_answer = Float(before - amount_xof - fee_xof)
            details = ProviderDetails(
                f"TX{order_id}", amount_xof, fee_xof, None, None, before, before - amount_xof - fee_xof
            )
            outcome = Delivered((town.code(order_id),), details)
        town.outcome(outcome, "pay", order_id)
        town.now += 1_000 if words[-1] == "quickly" else 180_000
    town.screen[since:] = [shown for shown in town.screen[since:] if shown.address != who]


def plant(town: Town, words: list[str]) -> None:
    """`* do plant 1`: a hand in the database adds so many francs to the newest order's fee; `* do plant -1` takes them
    away again.
    """
    town.store.connection.execute("DROP TRIGGER IF EXISTS entry_is_never_changed")
    town.store.connection.execute(
        "UPDATE entry SET amount_xof = amount_xof + ? WHERE id = (SELECT max(id) FROM entry WHERE account = 'fees')",
        (int(words[0]),),
    )


def clock(town: Town, words: list[str]) -> None:
    """`* do clock -24`: the clock is turned by so many hours."""
    town.now += int(words[0]) * 3_600_000


TASKS["AskAudit"] = _audit
DOINGS = {"watch": monitor, "feel": measure, "provider_has": provider_has, "buys": buys, "plant": plant, "clock": clock}
