"""`/help`, for everybody: how the bot works, how a reseller sells, and every command that is not everybody's. Pure.

The commands come from the table itself, those alone that the person may use, so that the help is never behind it. An
ordinary customer reads what he always read, or the admins' own text in its place.
"""

from typing import Final

from bot.dialogue import listing
from bot.dialogue.context import Answer, Context, Reply
from bot.dialogue.effects import Say
from bot.dialogue.menus import help_text, menu_rows
from bot.domain.model import MAX_TEXT_CHARACTERS, Outbound
from bot.i18n import Safe
from bot.notices.layout import lines, paragraphs

# In the order in which they stand; a command that stands nowhere here comes last.
_GROUPS: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    ("help.selling", ("clients", "addclient", "batch", "day", "month", "statement", "chart", "pin")),
    ("help.reading", ("today", "stats", "orders", "order", "find", "user", "stuck", "float", "audit", "log", "export")),
    ("help.orders", ("resolve", "retry", "refund", "resend")),
    ("help.people", ("reseller", "freeze", "unfreeze", "limit", "unpin", "identity", "broadcast", "admin")),
    ("help.rules", ("fee", "commission", "maintenance", "text")),
    ("help.money", ("credit", "debit", "approve", "refuse")),
)


def assist(ctx: Context, _: str = "") -> Answer:
    """`/help`: what the person who asks can do, in as many messages as it takes."""
    parts = [help_text(ctx)]
    if ctx.person.reseller is not None:
        parts.append(ctx.t("help.reseller"))
    parts += _commands(ctx)
    pages: list[Safe] = [parts[0]]
    for part in parts[1:]:
        longer = paragraphs(pages[-1], part)
        if len(longer) <= MAX_TEXT_CHARACTERS:
            pages[-1] = longer
        else:
            pages.append(part)
    ctx.effects += tuple(Say(Outbound(page)) for page in pages[:-1])
    return Reply(pages[-1], menu_rows(ctx))


def _commands(ctx: Context) -> list[Safe]:
    """Every command that the person may use, in groups."""
    left = dict(listing.commands_for(ctx.t, ctx.person))
    groups = [(key, [(name, left.pop(name)) for name in names if name in left]) for key, names in _GROUPS]
    groups.append(("help.more", list(left.items())))
    return [lines(ctx.t(key), *(_line(ctx, name, about) for name, about in listed)) for key, listed in groups if listed]


def _line(ctx: Context, name: str, about: str) -> Safe:
    """`/name usage — what it does`."""
    told = f"/{name} {about}" if " — " in about else f"/{name} — {about}"
    return ctx.t.escaped(told)
