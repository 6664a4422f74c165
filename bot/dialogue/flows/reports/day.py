"""`/report`: the report of the morning, of any day and at any time. Pure."""

from bot.dialogue.context import Context, Deciding, Reply
from bot.dialogue.menu import home_row
from bot.dialogue.parsing.periods import parse_period
from bot.dialogue.periods import unclear
from bot.domain.period import day_of
from bot.i18n import Safe
from bot.notices.audits import morning
from bot.transactions.day_summary import day_summary


def report(ctx: Context, rest: str = "") -> Deciding:
    """`/report [day]`: yesterday, where no day is named."""
    days = parse_period(rest, ctx.now, "yesterday")
    if days is None or days.first != days.last or days.first > day_of(ctx.now):
        return unclear(ctx, "report.usage")
    told = morning((yield from day_summary(ctx.shop, days.first, ctx.now)), ctx.t, asked=True)
    return Reply(Safe(told.text), (*told.rows, home_row(ctx)), separate=True)
