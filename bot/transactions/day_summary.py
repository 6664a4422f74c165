"""What the report of a day counts: in the morning for everybody, and whenever an admin asks. Pure."""

from bot.domain.concerns import DaySummary
from bot.domain.order import FINAL, STUCK_AFTER_MS
from bot.domain.period import Period
from bot.repositories import daily_jobs
from bot.repositories.checks import stuck_orders
from bot.repositories.floats import float_now
from bot.shop import ShopSettings
from bot.store import Script


def day_summary(shop: ShopSettings, day: str, now: int) -> Script[DaySummary]:
    """The orders and the money of a day (`YYYY-MM-DD`), and where things stand now."""
    days = Period(day, day)
    orders = yield from daily_jobs.orders_between(days.since, days.until)
    many = {of.state: of.many for of in orders}
    earned = yield from daily_jobs.fees_between(days.since, days.until)
    known = yield from float_now(shop.float_alert_xof, now)
    stuck = yield from stuck_orders(now - STUCK_AFTER_MS)
    audited = yield from daily_jobs.job("audit")
    return DaySummary(
        day,
        orders=sum(many.values()),
        delivered=many.get("delivered", 0),
        refused=many.get("refused", 0),
        cancelled=many.get("cancelled", 0),
        open=sum(of.many for of in orders if of.state not in FINAL),
        amount_xof=sum(of.amount_xof for of in orders if of.state == "delivered"),
        fees_xof=earned.fees_xof,
        commissions_xof=earned.commissions_xof,
        float=known,
        stuck=stuck.many,
        audit=audited.summary if audited is not None and audited.day == day else None,
    )
