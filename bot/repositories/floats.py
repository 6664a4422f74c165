"""The operator's money at the provider, as its answers name it. Pure."""

from bot.domain.concerns import FloatNow, hours_left
from bot.domain.period import DAY_MS
from bot.store import Script


def float_now(alert_xof: int, now: int, fresh_xof: int | None = None) -> Script[FloatNow]:
    """The float as far as it is remembered, or was named just now (`fresh_xof`); it is low below `alert_xof`."""
    rows = yield "witness_last", {}
    midnight = now - now % DAY_MS
    spent = yield "float_spent", {"day": midnight, "since": now - DAY_MS}
    today_xof, lately_xof = int(spent[0]["today_xof"]), int(spent[0]["lately_xof"])
    balance_xof, reported_at = fresh_xof, now
    if balance_xof is None:
        if not rows:
            return FloatNow(None, None, today_xof, None, alert_xof)
        balance_xof, reported_at = int(rows[0]["current_xof"]), int(rows[0]["at"])
    hours = hours_left(balance_xof, today_xof, lately_xof, now - midnight)
    return FloatNow(balance_xof, reported_at, today_xof, hours, alert_xof)


def last_reported_at() -> Script[int | None]:
    """When the provider named its balance last; None: never."""
    rows = yield "witness_last", {}
    return int(rows[0]["at"]) if rows else None


def record_float(balance_xof: int, now: int) -> Script[None]:
    """The provider named its balance because it was asked."""
    yield (
        "witness_add",
        {"sent_at": now, "at": now, "order_id": None, "previous_xof": None, "current_xof": balance_xof},
    )


def keep_witness(
    sent_at: int, now: int, order_id: str, previous_xof: int | None, current_xof: int | None
) -> Script[None]:
    """An answer about an order named the provider's balance before and after it; it was sent at `sent_at` or later."""
    yield (
        "witness_add",
        {
            "sent_at": sent_at,
            "at": now,
            "order_id": order_id,
            "previous_xof": previous_xof,
            "current_xof": current_xof,
        },
    )
