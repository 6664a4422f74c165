"""`/help`, for everybody: how the bot works, what flows add to it, and every command that is not everybody's. Pure.

The commands come from the table itself, only those that the person may use, so that the help is always up to date. An
ordinary customer reads what customers always read, or the admins' own text in its place.
"""

from typing import Final

from bot.dialogue import listing
from bot.dialogue.context import Answer, Context, Reply
from bot.dialogue.flow import HelpLine
from bot.dialogue.flows.start.welcome import help_text
from bot.dialogue.menu import menu_rows
from bot.domain.outbound import MAX_TEXT_CHARACTERS, Outbound
from bot.i18n import Safe
from bot.notices.layout import lines, paragraphs

# The groups in their order; a command that is in none of them comes last.
_GROUPS: Final = ("help.selling", "help.reading", "help.orders", "help.people", "help.rules", "help.money", "help.more")
_LAST: Final = HelpLine("help.more", 0)


def assist(ctx: Context, _: str = "") -> Answer:
    """`/help`: what the person who asks can do, in as many messages as it takes."""
    parts = [help_text(ctx)]
    parts += ctx.flows.help_texts(ctx)
    parts += _commands(ctx)
    pages: list[Safe] = [parts[0]]
    for part in parts[1:]:
        longer = paragraphs(pages[-1], part)
        if len(longer) <= MAX_TEXT_CHARACTERS:
            pages[-1] = longer
        else:
            pages.append(part)
    for page in pages[:-1]:
        ctx.send(Outbound(page))
    return Reply(pages[-1], menu_rows(ctx))


def _commands(ctx: Context) -> list[Safe]:
    """Every command that the person may use, in groups."""
    listed = [
        (command.help or _LAST, command, about)
        for command, about in listing.for_person(ctx.t, ctx.flows.commands, ctx.person, ctx.shop)
    ]
    grouped = [
        (group, sorted((each for each in listed if each[0].group == group), key=lambda each: each[0].order))
        for group in _GROUPS
    ]
    return [
        lines(ctx.t(group), *(_line(ctx, command.name, about) for _, command, about in named))
        for group, named in grouped
        if named
    ]


def _line(ctx: Context, name: str, about: str) -> Safe:
    """`/name usage — what it does`."""
    line = f"/{name} {about}" if " — " in about else f"/{name} — {about}"
    return ctx.t.escaped(line)
