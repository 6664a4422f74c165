"""What may be wrong now, and how bad it is. Pure.

A *concern* is one kind of thing that is wrong, however many orders or people it is about. Its kind is its tag: as such
it stands in the database and in the metrics.
"""

from typing import Final, Literal, TypeAlias, get_args

from msgspec import Struct

HOUR_MS = 3_600_000


# A pace at which money would last for longer than this is no pace.
MOST_HOURS = 24 * 30


class FloatNow(Struct, frozen=True):
    """The operator's money at the provider as the provider said last (None: never), what was spent of it today, and how
    many hours are left at today's pace (None: for weeks, or nobody knows).
    """

    balance_xof: int | None
    reported_at: int | None
    today_xof: int
    hours: int | None
    alert_xof: int


def hours_left(balance_xof: int, today_xof: int, lately_xof: int, since_midnight_ms: int) -> int | None:
    """For how many whole hours a balance lasts at today's pace.

    The pace is the faster one of today's so far and that of the last 24 hours (`lately_xof`): in the morning today says
    little, and an alert had better come early.
    """
    # Francs per day, so that no fraction is needed; a day that has just begun counts as six hours.
    today_pace = today_xof * 24 * HOUR_MS // max(since_midnight_ms, 6 * HOUR_MS)
    per_day_xof = max(today_pace, lately_xof)
    if per_day_xof <= 0:
        return None
    hours = max(0, balance_xof) * 24 // per_day_xof
    return hours if hours <= MOST_HOURS else None


class FloatLow(Struct, frozen=True, tag="float_low"):
    """The float is below the threshold."""

    balance_xof: int
    hours: int | None
    alert_xof: int


class Stuck(Struct, frozen=True, tag="stuck"):
    """`many` orders need a person or have been open for long; `orders` are the oldest of them."""

    many: int
    held_xof: int
    orders: tuple[str, ...]


class ProviderDown(Struct, frozen=True, tag="provider_down"):
    """`failed` of the last `calls` to the provider reached nobody."""

    failed: int
    calls: int


class ProviderSlow(Struct, frozen=True, tag="provider_slow"):
    """One in twenty of the last `calls` to the provider took `p95_ms` or longer."""

    p95_ms: int
    calls: int


class SuccessFalling(Struct, frozen=True, tag="success_falling"):
    """`delivered` of the `ended` orders of the last hour were delivered; in the week before it was `usual_percent` in a
    hundred.
    """

    delivered: int
    ended: int
    usual_percent: int


class Unbalanced(Struct, frozen=True, tag="unbalanced"):
    """The ledger sums to `total_xof` instead of zero."""

    total_xof: int


class Drift(Struct, frozen=True, tag="drift"):
    """The provider's balance fell by `fall_xof` more than our payments explain, between two of its answers."""

    fall_xof: int
    since: int
    until: int


class Fast(Struct, frozen=True):
    """A customer who buys at an unusual speed: `orders` and `meters` within ten minutes, or `hour_xof` within an hour
    where `usual_xof` would be usual (0: they have no past).
    """

    customer: str
    shop_name: str
    orders: int
    meters: int
    hour_xof: int
    usual_xof: int


class UnusualSpeed(Struct, frozen=True, tag="unusual_speed"):
    """Customers who buy at an unusual speed."""

    people: tuple[Fast, ...]


Concern: TypeAlias = FloatLow | Stuck | ProviderDown | ProviderSlow | SuccessFalling | Unbalanced | Drift | UnusualSpeed


Phase: TypeAlias = Literal["begins", "goes_on", "over"]


KINDS: Final[frozenset[str]] = frozenset(str(kind.__struct_config__.tag) for kind in get_args(Concern))


def kind_of(concern: Concern) -> str:
    """Under which name a concern is remembered."""
    return str(concern.__struct_config__.tag)


def subjects_of(concern: Concern) -> frozenset[str]:
    """The orders or people that a concern is about; the others are about nobody in particular."""
    match concern:
        case Stuck(orders=orders):
            return frozenset(orders)
        case UnusualSpeed(people=people):
            return frozenset(each.customer for each in people)
        case _:
            return frozenset()


def has_grown(before: Concern, now: Concern) -> bool:
    """Whether admins who know of `before` should be told again: it is about more, or much worse."""
    if isinstance(before, FloatLow) and isinstance(now, FloatLow):
        return now.balance_xof * 2 <= before.balance_xof
    if isinstance(before, Stuck) and isinstance(now, Stuck) and now.many > before.many:
        return True
    if isinstance(before, Unbalanced | Drift):
        return now != before
    return bool(subjects_of(now) - subjects_of(before))


class AuditSummary(Struct, frozen=True):
    """What is remembered of a nightly audit."""

    first: str
    last: str
    orders: int
    entries: int
    moved_xof: int
    findings: int


class DaySummary(Struct, frozen=True):
    """What the morning report tells: orders confirmed on `day` by what became of them, the money of the day, and where
    things stand now.
    """

    day: str
    orders: int
    delivered: int
    refused: int
    cancelled: int
    open: int
    amount_xof: int
    fees_xof: int
    commissions_xof: int
    float: FloatNow
    stuck: int
    audit: AuditSummary | None
