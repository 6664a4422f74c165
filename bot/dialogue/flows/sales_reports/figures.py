"""What a reseller earns and sells: their balance, days and months, statements and charts. Pure.

A sale belongs to the day on which it was confirmed. What is shown of any stretch of days stands on one page, from which
the one before, the one after, the statement and the chart are a tap away; the files are made when they are sent.
"""

from bot.dialogue.context import Answer, Context, Deciding, Reply
from bot.dialogue.menu import home_row, reply_beside
from bot.dialogue.parsing.periods import parse_period
from bot.dialogue.periods import arrow, reply_with_file, span, split_format, unclear
from bot.domain.outbound import Attachment
from bot.domain.period import DAY_MS, Period, day_of
from bot.i18n import Safe, Voice
from bot.notices.layout import STAYS, Rows, free, lines, paragraphs, truncate
from bot.notices.orders import EMBLEM, SERVICE
from bot.repositories.debts import Credit, credit_of
from bot.repositories.money import Balance
from bot.repositories.sales import ClientSum, Sales, Sum, earned_by, sales_of
from bot.store import Script
from bot.transactions import selling

# The balance.


def balance_lines(ctx: Context, money: Balance) -> Script[Safe | None]:
    """What a reseller reads below their balance: credit, commissions, what is left of their day. None for others."""
    terms = ctx.person.reseller
    if terms is None:
        return None
    t, now = ctx.t, ctx.now
    today = day_of(now)
    days = Period(today, today)
    earned = yield from earned_by(ctx.customer, days.since, Period(f"{today[:7]}-01", today).since, days.until)
    left_xof = yield from selling.day_left_xof(ctx.customer, terms, now)
    credit_xof = min(money.credit_limit_xof, max(0, money.spendable_xof))
    return lines(
        t("balance.credit_left", left=t.money(credit_xof)) if money.credit_limit_xof else None,
        t("balance.earned", today=t.money(earned.today_xof), month=t.money(earned.month_xof)),
        t("balance.day_limit", limit=t.money(terms.day_limit_xof), left=t.money(left_xof))
        if terms.day_limit_xof is not None and left_xof is not None
        else None,
    )


# Days and months.


def day(ctx: Context, rest: str = "") -> Answer | Deciding:
    """`/day [day]`: the sales of a day, today if none is named; a bare number is a day of the month."""
    typed = rest.strip()
    if typed.isdecimal() and len(typed) < 3:
        typed = _last_that_came(typed, int(day_of(ctx.now)[8:]), ctx.now)
    return _page(ctx, typed, "today")


def month(ctx: Context, rest: str = "") -> Answer | Deciding:
    """`/month [month]`: the same for a month, this one if none is named; a bare number is a month of the year."""
    typed = rest.strip()
    now = day_of(ctx.now)
    if typed.isdecimal() and len(typed) < 3:
        year = int(now[:4]) - (int(typed) > int(now[5:7]))
        typed = f"{year}-{int(typed):02}"
    return _page(ctx, typed or now[:7], "month")


def _last_that_came(number: str, today: int, now: int) -> str:
    """The newest day of that number: of this month, or of the one before."""
    of = day_of(now) if int(number) <= today else day_of(now - today * DAY_MS)
    return f"{of[:7]}-{int(number):02}"


def _page(ctx: Context, typed: str, default: str) -> Answer | Deciding:
    days = parse_period(typed, ctx.now, default)
    return unclear(ctx, "sales.usage") if days is None else _sales(ctx, days)


def _sales(ctx: Context, days: Period) -> Deciding:
    t = ctx.t
    sales = yield from sales_of(ctx.customer, days.since, days.until)
    credit = yield from credit_of(ctx.customer, days.since, days.until)
    whole = sales.whole
    text = paragraphs(
        t("sales.title", period=span(t, days)),
        lines(
            t.plural("sales.count", whole.sales),
            t("sales.amount", amount=t.money(whole.amount_xof)),
            t("sales.fee", fee=t.money(whole.fee_xof)),
            t("sales.commission", commission=t.money(whole.commission_xof)),
            t("sales.left", left=t.money(sales.left_xof)),
        )
        if whole.sales
        else t("sales.none"),
        lines(
            t("sales.refunded", refunded=t.money(sales.refunded_xof)) if sales.refunded_xof else None,
            t("sales.open", count=sales.open_orders, held=t.money(sales.open_xof)) if sales.open_orders else None,
            t("sales.unpaid", count=sales.unpaid) if sales.unpaid else None,
        ),
        _by_service(t, sales),
        _by_client(t, sales),
        _till(t, whole, credit),
    )
    return Reply(text, _rows(ctx, days, bool(whole.sales)), separate=True)


def _till(t: Voice, whole: Sum, credit: Credit) -> Safe | None:
    """The cash that must be there: what clients paid at once, and what they paid of what they owed."""
    if not whole.sales and not credit.repaid_xof:
        return None
    in_till_xof = whole.price_xof - credit.sold_xof + credit.repaid_xof
    return lines(
        t("sales.till", price=t.money(in_till_xof)),
        t("sales.on_credit", sold=t.money(credit.sold_xof)) if credit.sold_xof else None,
        t("sales.repaid", repaid=t.money(credit.repaid_xof)) if credit.repaid_xof else None,
    )


def _by_service(t: Voice, sales: Sales) -> Safe | None:
    listed = (_line(t, f"{EMBLEM[name]} {t(SERVICE[name])}", of) for name, of in sales.services)
    return lines(t("sales.by_service"), *listed) if sales.services else None


def _by_client(t: Voice, sales: Sales) -> Safe | None:
    """The best clients; nothing where every sale was to nobody in particular."""
    if not any(client.name for client in sales.clients):
        return None
    return lines(
        t("sales.by_client"),
        *(_line(t, _name(t, client), client.sum) for client in sales.clients),
        _line(t, t.plural("sales.others", sales.other_clients), sales.others) if sales.other_clients else None,
    )


def _name(t: Voice, client: ClientSum) -> Safe:
    return t.escaped(truncate(client.name, 40)) if client.name else t("sales.nobody")


def _line(t: Voice, name: str, of: Sum) -> Safe:
    return t(
        "sales.line",
        name=Safe(name),
        count=of.sales,
        price=t.short_money(of.price_xof),
        commission=t.short_money(of.commission_xof),
    )


def _rows(ctx: Context, days: Period, sold: bool) -> Rows:
    """The page before and the page after, and what can be made of this one."""
    t = ctx.t
    act = "month" if days.is_month else "day"
    before, after = days.moved(-1), days.moved(1)
    turns = (
        *((free(arrow(t, "button.before", before), act, _named(before)),) if before.first >= "2000-01-01" else ()),
        *((free(arrow(t, "button.after", after), act, _named(after)),) if after.since <= ctx.now else ()),
    )
    files = (
        free(t.label("button.xlsx"), "statement", f"{_both(days)} xlsx", STAYS),
        free(t.label("button.csv"), "statement", f"{_both(days)} csv", STAYS),
    )
    chart = (ctx.link("button.chart", "chart", _both(days), STAYS),)
    return (*((turns,) if turns else ()), *((files, chart) if sold else ()), home_row(ctx))


def _both(days: Period) -> str:
    return f"{days.first} {days.last}"


def _named(days: Period) -> str:
    return days.first if days.first == days.last else _both(days)


# Files.


def statement(ctx: Context, rest: str = "") -> Answer | Deciding:
    """`/statement [period] [csv|xlsx]`: every sale of it as a file."""
    asked, kind = split_format(rest)
    days = parse_period(asked, ctx.now, "month")
    if days is None:
        return unclear(ctx, "statement.usage")
    other = "csv" if kind == "xlsx" else "xlsx"
    rows: Rows = ((free(ctx.t.label(f"button.{other}"), "statement", f"{_both(days)} {other}", STAYS),),)
    attachment = Attachment("statement", ctx.session.language, (ctx.customer, days.first, days.last, kind))
    return _sent(ctx, days, "statement.ready", attachment, rows)


def chart(ctx: Context, rest: str = "") -> Answer | Deciding:
    """`/chart [period]`: sales per day as a picture."""
    days = parse_period(rest, ctx.now, "month")
    if days is None:
        return unclear(ctx, "chart.usage")
    attachment = Attachment("sales_chart", ctx.session.language, (ctx.customer, days.first, days.last))
    return _sent(ctx, days, "chart.ready", attachment, ())


def _sent(ctx: Context, days: Period, key: str, attachment: Attachment, rows: Rows) -> Deciding:
    """A file for days on which something was sold; a word on it where nothing was."""
    t = ctx.t
    sales = yield from sales_of(ctx.customer, days.since, days.until, clients=0)
    if not sales.whole.sales:
        return reply_beside(ctx, t("sales.no_file", period=span(t, days)))
    text = t(
        key,
        period=span(t, days),
        sales=t.plural("sales.count", sales.whole.sales),
        price=t.money(sales.whole.price_xof),
        commission=t.money(sales.whole.commission_xof),
    )
    return reply_with_file(ctx, text, (*rows, home_row(ctx)), attachment)
