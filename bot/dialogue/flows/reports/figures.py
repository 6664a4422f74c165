"""What an admin reads of a stretch of days: how many orders, what became of them, how fast, and the money. Pure.

Only delivered orders are counted into amounts and fees. The rate of success counts the orders that the provider has
decided: a customer who changed their mind says nothing about it.
"""

from typing import Final

from bot.channels.abilities import label_of
from bot.dialogue.acts.audit_log import audit
from bot.dialogue.context import Answer, Context, Deciding, Reply
from bot.dialogue.menu import home_row
from bot.dialogue.parsing.periods import parse_period
from bot.dialogue.periods import arrow, reply_with_file, span, split_format, unclear
from bot.domain.order import STUCK_AFTER_MS
from bot.domain.outbound import Attachment
from bot.domain.period import Period, day_of
from bot.i18n import Safe, Voice
from bot.notices.layout import STAYS, TURNS, Rows, free, lines, paragraphs
from bot.notices.orders import EMBLEM, SERVICE
from bot.repositories.statistics import Counted, Numbers, needing_a_person, numbers_between

_EXPORTS: Final = {
    **dict.fromkeys(("orders", "commandes", "commande", "order"), "orders"),
    **dict.fromkeys(("ledger", "livre", "comptes", "grand-livre"), "ledger"),
}


def today(ctx: Context, _: str = "") -> Deciding:
    """`/today`: the day so far, and who needs somebody."""
    t, now = ctx.t, ctx.now
    days = Period(day_of(now), day_of(now))
    numbers = yield from numbers_between(days.since, days.until)
    needy = yield from needing_a_person(now - STUCK_AFTER_MS)
    text = paragraphs(
        t("today.title", day=t.day(days.first)),
        _became(t, numbers.whole),
        _money(t, numbers),
        t.plural("today.needy", needy) if needy else t("today.nobody"),
    )
    rows: Rows = ((ctx.link("button.stuck", "stuck", mark=STAYS),),) if needy else ()
    return Reply(text, (*rows, (ctx.link("button.week", "stats", "week", STAYS),), home_row(ctx)), separate=True)


def stats(ctx: Context, rest: str = "") -> Answer | Deciding:
    """`/stats [period]`: the same of any stretch of days, the last seven if none is named, by service and channel."""
    days = parse_period(rest, ctx.now, "week")
    return unclear(ctx, "stats.usage") if days is None else _stats(ctx, days)


def _stats(ctx: Context, days: Period) -> Deciding:
    t = ctx.t
    numbers = yield from numbers_between(days.since, days.until)
    whole = numbers.whole
    text = paragraphs(
        t("stats.title", period=span(t, days)),
        _became(t, whole),
        lines(
            t(
                "stats.success",
                rate=percent(t, whole.delivered, whole.tried),
                delivered=whole.delivered,
                tried=whole.tried,
            )
            if whole.tried
            else None,
            t("stats.times", median=duration(t, numbers.median_ms), late=duration(t, numbers.late_ms))
            if numbers.median_ms is not None and numbers.late_ms is not None
            else None,
        ),
        _money(t, numbers),
        lines(
            t("stats.by_service"),
            *(_line(t, f"{EMBLEM[name]} {t(SERVICE[name])}", of) for name, of in numbers.services),
        )
        if numbers.services
        else None,
        lines(
            t("stats.by_channel"),
            *(_line(t, label_of(ctx.shop.channels, name), of) for name, of in numbers.channels),
        )
        if numbers.channels
        else None,
    )
    return Reply(text, _rows(ctx, days, bool(whole.orders)), separate=True)


def _became(t: Voice, of: Counted) -> Safe:
    """What became of the orders."""
    if not of.orders:
        return t("stats.none")
    return lines(
        t.plural("stats.orders", of.orders),
        t("stats.became", delivered=of.delivered, refused=of.refused, cancelled=of.cancelled, open=of.open),
    )


def _money(t: Voice, numbers: Numbers) -> Safe:
    """Amounts and fees of the delivered orders, and what the books say of the days."""
    of, books = numbers.whole, numbers.books
    return lines(
        t("stats.amount", amount=t.money(of.amount_xof)) if of.delivered else None,
        t("stats.fee", fee=t.money(of.fee_xof)) if of.delivered else None,
        t("stats.earned", earned=t.money(books.fees_xof)) if books.fees_xof else None,
        t("stats.commission", commission=t.money(books.commissions_xof)) if books.commissions_xof else None,
        t("stats.borne", borne=t.money(books.borne_xof)) if books.borne_xof else None,
        t("stats.refunded", refunded=t.money(of.refunded_xof)) if of.refunded_xof else None,
        t("stats.paid_in", money=t.money(books.paid_in_xof)) if books.paid_in_xof else None,
        t("stats.paid_out", money=t.money(books.paid_out_xof)) if books.paid_out_xof else None,
    )


def _line(t: Voice, name: str, of: Counted) -> Safe:
    return t(
        "stats.line",
        name=Safe(name),
        orders=of.orders,
        amount=t.short_money(of.amount_xof),
        fee=t.short_money(of.fee_xof),
        rate=percent(t, of.delivered, of.tried) if of.tried else "—",
    )


def percent(t: Voice, part: int, whole: int) -> Safe:
    """`98,5 %`: to a tenth, rounded down, so that only all of it is 100 %."""
    tenths = part * 1000 // whole
    if tenths % 10 == 0:
        return t("figure.whole", whole=tenths // 10)
    return t("figure.percent", whole=tenths // 10, tenth=tenths % 10)


def duration(t: Voice, took_ms: int) -> Safe:
    """`4,2 s`, `3 min 05 s`, `2 h 10 min`."""
    seconds = took_ms // 1000
    if seconds < 60:
        return t("figure.seconds", whole=seconds, tenth=took_ms // 100 % 10)
    if seconds < 3600:
        return t("figure.minutes", minutes=seconds // 60, seconds=f"{seconds % 60:02}")
    return t("figure.hours", hours=seconds // 3600, minutes=f"{seconds // 60 % 60:02}")


def _rows(ctx: Context, days: Period, any_orders: bool) -> Rows:
    both = f"{days.first} {days.last}"
    seen: Rows = (
        (
            ctx.link("button.chart", "stats_chart", both, STAYS),
            ctx.link("button.orders", "orders", f"0 {both}", STAYS),
        ),
    )
    before = days.moved(-1)
    previous = free(arrow(ctx.t, "button.before", before), "stats", f"{before.first} {before.last}", TURNS)
    return (*(seen if any_orders else ()), (previous,), home_row(ctx))


def stats_chart(ctx: Context, rest: str) -> Answer:
    """The same as a picture."""
    days = parse_period(rest, ctx.now, "week")
    if days is None:
        return unclear(ctx, "stats.usage")
    attachment = Attachment("stats_chart", ctx.session.language, (days.first, days.last))
    return reply_with_file(ctx, ctx.t("stats.chart", period=span(ctx.t, days)), (home_row(ctx),), attachment)


def export(ctx: Context, rest: str = "") -> Deciding:
    """`/export orders|ledger [period] [csv|xlsx]`: all of it as a file; who took it is in the audit log."""
    name, _, more = rest.strip().partition(" ")
    what = _EXPORTS.get(name.lower())
    asked, kind = split_format(more)
    days = parse_period(asked, ctx.now, "month")
    if what is None or days is None:
        return unclear(ctx, "export.usage")
    yield from audit(ctx, "export", f"{what} {days.first} {days.last} {kind}")
    key = "export.orders" if what == "orders" else "export.ledger"
    attachment = Attachment(f"export_{what}", ctx.session.language, (days.first, days.last, kind))
    return reply_with_file(ctx, ctx.t(key, period=span(ctx.t, days)), (home_row(ctx),), attachment)
