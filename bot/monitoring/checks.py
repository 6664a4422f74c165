"""What may be wrong now: the float, stuck orders, success, the provider's balances, unusual speed. Pure.

Each check reads the books of a moment, cheap enough for every minute or every ten.
"""

from bot.domain.audit import Auditor
from bot.domain.concerns import (
    HOUR_MS,
    Concern,
    Drift,
    Fast,
    FloatLow,
    Stuck,
    SuccessFalling,
    UnusualSpeed,
)
from bot.domain.order import STUCK_AFTER_MS
from bot.domain.period import DAY_MS
from bot.repositories import auditing
from bot.repositories import checks as books
from bot.repositories.floats import float_now
from bot.shop import ShopSettings
from bot.store import Script
from bot.transactions.installation import Installation

SPEED_MS = 600_000
# Success is falling: of at least so many orders of the last hour so many in a hundred fewer than in the week before,
# which must have had so many.
LEAST_ENDED = 10
LEAST_USUAL = 50
FALLEN_PERCENT = 20
# So many orders, or different meters, within ten minutes are unusual, for a customer and for a reseller by hand.
FAST_ORDERS, FAST_METERS = 10, 6
FAST_RESELLER_ORDERS, FAST_RESELLER_METERS = 60, 40
# So much within an hour may be unusual; it is when it is so many times what is usual in an hour of the month before.
FAST_FLOOR_XOF = 200_000
FAST_TIMES = 5
USUAL_DAYS = 30
MOST_FAST = 5
MOST_LOOKED_AT = 50
MOST_STUCK = 10
# Answers that may still be under way are left out of a look at the provider's balances.
STILL_COMING_MS = 90_000
MOST_PAID = 2_000


def float_low(shop: ShopSettings, now: int) -> Script[Concern | None]:
    known = yield from float_now(shop.float_alert_xof, now)
    if known.balance_xof is None or known.balance_xof >= known.alert_xof:
        return None
    return FloatLow(known.balance_xof, known.hours, known.alert_xof)


def stuck(now: int) -> Script[Concern | None]:
    since = now - STUCK_AFTER_MS
    orders = yield from books.stuck_orders(since)
    if not orders.many:
        return None
    return Stuck(orders.many, orders.held_xof, (yield from books.first_stuck(since, MOST_STUCK)))


def success_falling(now: int) -> Script[Concern | None]:
    orders = yield from books.ended(now - HOUR_MS, now - 7 * DAY_MS)
    if orders.ended_lately < LEAST_ENDED or orders.ended_before < LEAST_USUAL:
        return None
    usual_percent = orders.delivered_before * 100 // orders.ended_before
    if orders.delivered_lately * 100 // orders.ended_lately > usual_percent - FALLEN_PERCENT:
        return None
    return SuccessFalling(orders.delivered_lately, orders.ended_lately, usual_percent)


def drift(installation: Installation, now: int) -> Script[Concern | None]:
    """The falls of the float in the last hour that nothing explains."""
    since, until = now - HOUR_MS, now - STILL_COMING_MS
    witnesses = yield from auditing.float_witnesses(since, until)
    if not witnesses:
        return None
    auditor = Auditor(installation.shop.catalog, now)
    begin = witnesses[0].at - auditing.LEAD_MS
    for order in (yield from auditing.unwitnessed_between(begin, now, MOST_PAID)):
        auditor.paid(order)
    auditor.paid_back((yield from auditing.paid_back(begin, now, now)))
    auditor.collected((yield from auditing.collected_between(begin, now)))
    auditor.float(witnesses, since, until)
    falls = [each for each in auditor.findings("", "").findings if each.kind == "fall"]
    if not falls:
        return None
    fall_xof = -sum(each.difference_xof for each in falls)
    return Drift(fall_xof, min(each.since or 0 for each in falls), max(each.until or 0 for each in falls))


def unusual_speed(now: int) -> Script[Concern | None]:
    fast: dict[str, Fast] = {}
    for one in (yield from books.many_orders(now - SPEED_MS, FAST_ORDERS, FAST_METERS, MOST_LOOKED_AT)):
        sells = one.shop_name is not None
        most_orders, most_meters = (FAST_RESELLER_ORDERS, FAST_RESELLER_METERS) if sells else (FAST_ORDERS, FAST_METERS)
        if one.orders >= most_orders or one.meters >= most_meters:
            fast[one.customer] = _fast(one, (yield from _usual_xof(one.customer, now)))
    for one in (yield from books.much_money(now - HOUR_MS, FAST_FLOOR_XOF, MOST_LOOKED_AT)):
        known = fast.get(one.customer)
        usual_xof = (yield from _usual_xof(one.customer, now)) if known is None else known.usual_xof
        if one.total_xof > FAST_TIMES * usual_xof:
            fast[one.customer] = _fast(one, usual_xof)
    return UnusualSpeed(tuple(fast.values())[:MOST_FAST]) if fast else None


def _fast(one: books.Buying, usual_xof: int) -> Fast:
    return Fast(one.customer, one.shop_name or "", one.orders, one.meters, one.total_xof, usual_xof)


def _usual_xof(customer: str, now: int) -> Script[int]:
    """What a customer spends in an hour in which they buy at all, in the month before this hour; 0 without a past."""
    until = now - HOUR_MS
    usual = yield from books.usual_of(customer, until - USUAL_DAYS * DAY_MS, until)
    return usual.total_xof // max(1, usual.hours)
