"""What the watch sees: the float, stuck orders, success, the provider's balances, unusual speed. Pure.

Each sight is a look at the books of a moment, cheap enough for every minute or every ten.
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
    rows = yield "stuck_count", {"since": since}
    if not int(rows[0]["many"]):
        return None
    first = yield "stuck_first", {"since": since, "count": MOST_STUCK}
    return Stuck(int(rows[0]["many"]), int(rows[0]["held_xof"]), tuple(str(row["id"]) for row in first))


def success_falling(now: int) -> Script[Concern | None]:
    rows = yield "ended_since", {"lately": now - HOUR_MS, "since": now - 7 * DAY_MS}
    row = rows[0]
    ended, before = int(row["ended_lately"]), int(row["ended_before"])
    if ended < LEAST_ENDED or before < LEAST_USUAL:
        return None
    delivered, usual = int(row["delivered_lately"]), int(row["delivered_before"]) * 100 // before
    if delivered * 100 // ended > usual - FALLEN_PERCENT:
        return None
    return SuccessFalling(delivered, ended, usual)


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
    auditor.float(witnesses, since, until)
    falls = [each for each in auditor.findings("", "").findings if each.kind == "fall"]
    if not falls:
        return None
    fall_xof = -sum(each.difference_xof for each in falls)
    return Drift(fall_xof, min(each.since or 0 for each in falls), max(each.until or 0 for each in falls))


def unusual_speed(now: int) -> Script[Concern | None]:
    found: dict[str, Fast] = {}
    rows = yield (
        "fast_orders",
        {"since": now - SPEED_MS, "orders": FAST_ORDERS, "meters": FAST_METERS, "count": 50},
    )
    for row in rows:
        sells = row["shop_name"] is not None
        most_orders, most_meters = (FAST_RESELLER_ORDERS, FAST_RESELLER_METERS) if sells else (FAST_ORDERS, FAST_METERS)
        orders, meters = int(row["orders"]), int(row["meters"])
        if orders >= most_orders or meters >= most_meters:
            customer = str(row["customer"])
            usual_xof = yield from _usual_xof(customer, now)
            found[customer] = Fast(customer, row["shop_name"] or "", orders, meters, int(row["total_xof"]), usual_xof)
    rows = yield "fast_money", {"since": now - HOUR_MS, "floor_xof": FAST_FLOOR_XOF, "count": 50}
    for row in rows:
        customer, hour_xof = str(row["customer"]), int(row["total_xof"])
        usual_xof = found[customer].usual_xof if customer in found else (yield from _usual_xof(customer, now))
        if hour_xof > FAST_TIMES * usual_xof:
            found[customer] = Fast(
                customer, row["shop_name"] or "", int(row["orders"]), int(row["meters"]), hour_xof, usual_xof
            )
    return UnusualSpeed(tuple(found.values())[:MOST_FAST]) if found else None


def _usual_xof(customer: str, now: int) -> Script[int]:
    """What a customer spends in an hour in which he buys at all, in the month before this hour; 0 without a past."""
    until = now - HOUR_MS
    rows = yield "usual_money", {"customer": customer, "since": until - USUAL_DAYS * DAY_MS, "until": until}
    return int(rows[0]["total_xof"]) // max(1, int(rows[0]["hours"]))
