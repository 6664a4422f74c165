"""`/help`, for everybody: how the bot works, what flows add to it, and every command that is not everybody's. Pure.

The commands come from the table itself, only those that the person may use, so that the help is always up to date. An
ordinary customer reads what customers always read, or the admins' own text in its place. Admins have so many that
`/help` only names them, in groups; `/help credit` explains one.
"""

from typing import Final

from bot.dialogue import listing
from bot.dialogue.commanding import command_named, usage_of
from bot.dialogue.context import Answer, Context, Reply
from bot.dialogue.flow import Command, HelpLine
from bot.dialogue.flows.start.welcome import help_text
from bot.dialogue.menu import contact_row, home_row, menu_rows, reply_beside
from bot.dialogue.permissions import RANK, ROLE
from bot.domain.outbound import MAX_TEXT_CHARACTERS, Outbound
from bot.i18n import Safe
from bot.languages import spelled_words
from bot.notices.layout import lines, paragraphs

# The groups in their order; a command that is in none of them comes last.
_GROUPS: Final = ("help.selling", "help.reading", "help.orders", "help.people", "help.rules", "help.money", "help.more")
_LAST: Final = HelpLine("help.more", 0)


def assist(ctx: Context, rest: str = "") -> Answer:
    """`/help`: what the person who asks can do, in as many messages as it takes. `/help COMMAND`: one command."""
    command = command_named(ctx, rest.strip().lstrip("/"))
    if command is not None and command.permission not in ("customer", "private") and command.about:
        return reply_beside(ctx, _explained(ctx, command))
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
    # Where the help names words, the menu does not name them again.
    return Reply(pages[-1], menu_rows(ctx) if ctx.channel.commands else (contact_row(ctx), home_row(ctx)))


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
    if ctx.person.role is None:
        return [
            lines(ctx.t(group), *(_line(ctx, command.name, about) for _, command, about in named))
            for group, named in grouped
            if named
        ]
    names = ((group, " · ".join(f"/{command.name}" for _, command, _ in named)) for group, named in grouped if named)
    return [lines(*(lines(ctx.t(group), ctx.t.escaped(named)) for group, named in names)), ctx.t("help.each")]


def _explained(ctx: Context, command: Command) -> Safe:
    """One command: how it is typed, what it does, who may, what else it is called, and an example."""
    t = ctx.t
    usage, what = usage_of(t, command)
    words = spelled_words(ctx.session.language)
    others = [f"/{word}" for word, name in words.items() if name == command.name != word]
    least = next((rank for role, rank in RANK.items() if role == command.permission), None)
    whose = [t(ROLE[role]) for role, rank in RANK.items() if least is not None and rank >= least]
    return lines(
        t("help.usage", usage=f"/{command.name} {usage}".strip()),
        t.escaped(what[:1].upper() + what[1:]),
        t("help.who", roles=Safe(", ".join(whose))) if whose else None,
        t("help.also", words=", ".join(others)) if others else None,
        t("help.example", example=f"/{command.name} {command.example}") if command.example else None,
    )


def _line(ctx: Context, name: str, about: str) -> Safe:
    """`/name usage — what it does`."""
    line = f"/{name} {about}" if " — " in about else f"/{name} — {about}"
    return ctx.t.escaped(line)
