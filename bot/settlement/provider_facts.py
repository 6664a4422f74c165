"""What the provider said is kept first, then decided. Pure.

Theory of operation. An answer that came in may be the only trace of a recharge code that was paid for. So it is written
down first, by a statement that knows nothing of the order: it cannot fail because the order's row is unreadable, has
moved, or is gone. `hear` then lets it act on the order, behind a savepoint: whatever deciding raises undoes the
deciding alone, and the fact stays, undecided. Both share one commit, so a process that dies has written down the fact
and what came of it, or has not received it. An undecided fact is tried again after pauses that grow (`decide_kept`) and
is set aside for a person, with an alert; it is still tried again, for somebody may have mended what stood in its way. A
process that starts decides first what another left behind.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from msgspec import Struct

from bot.domain.encoding import decoder, encode
from bot.domain.order import Alert, Source
from bot.domain.outcome import Outcome, WebhookClaim
from bot.errors import ModelError
from bot.repositories.orders import hold_for_person, note, row_of
from bot.settlement.claims import record_webhook_claim
from bot.store import Rows, Script
from bot.store.together import together
from bot.transactions.installation import Installation
from bot.transactions.notifications import tell_admins
from bot.transactions.orders import SettlementResult, settle

FactSource: TypeAlias = Source | Literal["webhook"]

# When a fact that could not be decided is tried again; the last figure repeats. After some tries a person is told.
DECIDE_AGAIN_MS = (2_000, 10_000, 60_000, 600_000, 3_600_000)
SET_ASIDE_AFTER = 3
# A fact is due so long after it came in, in case the process that received it died before deciding it.
DECIDE_AFTER_MS = 2_000

# A union is no class, but msgspec reads it.
_read_outcome: Callable[[str], Outcome] = decoder(Outcome).decode  # type: ignore[arg-type]
_read_webhook_claim = decoder(WebhookClaim).decode


class OrderMissing(ModelError):
    """The provider spoke of an order that is not there."""


class ProviderFact(Struct, frozen=True):
    """One thing that the provider said. `key` is unique; `asked_id` is the transaction that a look-up asked for."""

    key: str
    order_id: str
    source: FactSource
    said: Outcome | WebhookClaim
    received_at: int
    asked_id: str | None = None

    @property
    def outcome(self) -> str:
        """In a word."""
        return self.said.status if isinstance(self.said, WebhookClaim) else str(self.said.__struct_config__.tag)


@dataclass(frozen=True)
class FactResult:
    """What became of a fact: what its deciding left to be done, or why it could not be decided."""

    settled: SettlementResult | None = None
    error: Exception | None = None


def keep(fact: ProviderFact, decided_at: int | None = None) -> Script[bool]:
    """Write down what came in; False when it was there already. `decided_at` for one that is decided at once."""
    rows = yield (
        "provider_fact_keep",
        {
            "key": fact.key,
            "order_id": fact.order_id,
            "source": fact.source,
            "outcome": fact.outcome,
            "asked_id": fact.asked_id,
            "said": encode(fact.said).decode(),
            "received_at": fact.received_at,
            "due_at": fact.received_at + DECIDE_AFTER_MS if decided_at is None else None,
            "decided_at": decided_at,
        },
    )
    return bool(rows)


def hear(installation: Installation, fact: ProviderFact, now: int, *, leased: bool = False) -> Script[FactResult]:
    """Write a fact down and let it act on its order. `leased` as in `settle`. What deciding raises is in the answer."""
    is_new, found = yield from together(keep(fact, now), row_of(fact.order_id))
    if not is_new:
        return FactResult()
    yield "deciding_begins", {}
    try:
        result = yield from _act(installation, fact, now, leased=leased, found=found)
    # Whatever it is, what came in must not be lost with it; the caller logs and counts it.
    except Exception as error:
        yield "deciding_is_undone", {}
        yield "deciding_ends", {}
        yield "provider_fact_reopen", {"key": fact.key, "due_at": now + DECIDE_AFTER_MS}
        return FactResult(error=error)
    yield "deciding_ends", {}
    return FactResult(result)


def decide(installation: Installation, fact: ProviderFact, now: int) -> Script[SettlementResult | None]:
    """Let a kept fact act on its order, once; None when it is not kept, or decided already.

    Raises OrderMissing when there is no such order, and whatever deciding raises: the fact then stays undecided.
    """
    rows = yield "provider_fact_decide", {"key": fact.key, "now": now}
    return (yield from _act(installation, fact, now)) if rows else None


def _act(
    installation: Installation, fact: ProviderFact, now: int, *, leased: bool = False, found: Rows | None = None
) -> Script[SettlementResult]:
    result: SettlementResult | None
    if isinstance(fact.said, WebhookClaim):
        result = yield from record_webhook_claim(installation, fact.order_id, fact.said, now, found=found)
    elif fact.source == "webhook":
        raise ModelError("a webhook's fact holds an outcome")
    else:
        result = yield from settle(installation, fact.order_id, fact.said, fact.source, now, leased=leased, found=found)
    if result is None:
        raise OrderMissing(f"no order {fact.order_id}")
    return result


def undecided(now: int, count: int) -> Script[list[str]]:
    """The keys of the facts that are to be decided now, in the order in which they came in."""
    rows = yield "provider_facts_due", {"now": now, "beyond": now + 2 * DECIDE_AGAIN_MS[-1], "count": count}
    return [str(row["key"]) for row in rows]


def decide_kept(installation: Installation, key: str, now: int) -> Script[SettlementResult | None]:
    """Decide a fact from what was kept of it. Raises what `decide` raises, and DecodeError."""
    rows = yield "provider_fact_load", {"key": key}
    if not rows:
        return None
    row = rows[0]
    read = _read_webhook_claim if row["source"] == "webhook" else _read_outcome
    fact = ProviderFact(key, row["order_id"], row["source"], read(row["said"]), row["received_at"], row["asked_id"])
    return (yield from decide(installation, fact, now))


def failed(installation: Installation, key: str, problem: str, now: int) -> Script[SettlementResult]:
    """A fact could not be decided: try again later; after some tries its order waits for a person, who is told."""
    result = SettlementResult()
    rows = yield "provider_fact_failed", {"key": key, "problem": problem[:200]}
    if not rows:
        return result
    tries, order_id = int(rows[0]["tries"]), str(rows[0]["order_id"])
    pause_ms = DECIDE_AGAIN_MS[min(tries, len(DECIDE_AGAIN_MS)) - 1]
    yield "provider_fact_later", {"key": key, "due_at": now + pause_ms}
    if tries == SET_ASIDE_AFTER:
        yield from hold_for_person(order_id, now)
        yield from note(order_id, now, "answer set aside", "stuck", problem)
        result.alerts.append(Alert("undecided", f"{order_id}: {problem}"))
        result.posted += yield from tell_admins(installation, result.alerts[0], None, now)
    return result
