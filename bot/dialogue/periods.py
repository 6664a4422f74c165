"""Stretches of days, and the files made of them, as everybody who reads figures asks for them. Pure."""

from typing import Final

from msgspec.structs import replace

from bot.dialogue.context import Answer, Context
from bot.dialogue.menu import reply_beside
from bot.dialogue.session import Transition
from bot.domain.outbound import Attachment, Outbound
from bot.domain.period import Period
from bot.i18n import Safe, Voice
from bot.notices.layout import Rows

FORMATS: Final = ("csv", "xlsx")


def unclear(ctx: Context, usage: str) -> Answer:
    """A period that was not understood: what was typed stays in the chat, examples are what helps."""
    return reply_beside(ctx, ctx.t(usage))


def span(t: Voice, days: Period) -> Safe:
    """A stretch of days in words: a day, a month, or from one day to another."""
    if days.first == days.last:
        return t.day(days.first)
    if days.is_month:
        return t.month(days.first)
    return t("period.span", first=t.day(days.first), last=t.day(days.last))


def arrow(t: Voice, key: str, days: Period) -> str:
    """A label that leads to other days, short enough for any channel."""
    short = days.first == days.last or days.is_month
    return t.label(key, period=span(t, days) if short else t.plural("period.days", len(days.days)))


def split_format(rest: str) -> tuple[str, str]:
    """A period and the file's format, which may stand anywhere among its words; xlsx if none is named."""
    words = rest.split()
    kinds = [word.lower() for word in words if word.lower() in FORMATS]
    return " ".join(word for word in words if word.lower() not in FORMATS), kinds[-1] if kinds else "xlsx"


def reply_with_file(ctx: Context, text: str, rows: Rows, attachment: Attachment) -> Transition:
    """A message with a file, beside whatever was going on."""
    ctx.send(Outbound(text, rows, attachment=attachment))
    return ctx.become(replace(ctx.session, updated_at=ctx.now))
