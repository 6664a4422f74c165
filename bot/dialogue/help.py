"""`/help`, for everybody: how the bot works, how a reseller sells, and every command that is not everybody's. Pure.

The commands come from the table itself, those alone that the person may use, so that the help is never behind it. An
ordinary customer reads what he always read, or the admins' own text in its place.
"""

from typing import Final

from bot.dialogue import listing
from bot.dialogue.effects import Say
from bot.dialogue.here import Answer, Aside, Here, lines, paragraphs
from bot.dialogue.menus import help_text, menu_rows
from bot.i18n import Safe
from bot.model import MAX_TEXT_CHARACTERS, Outbound

# In the order in which they stand; a command that stands nowhere here comes last.
_GROUPS: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    ("help.selling", ("clients", "addclient", "batch", "day", "month", "statement", "chart", "pin")),
    ("help.reading", ("today", "stats", "orders", "order", "find", "user", "stuck", "float", "audit", "log", "export")),
    ("help.orders", ("resolve", "retry", "refund", "resend")),
    ("help.people", ("reseller", "freeze", "unfreeze", "limit", "unpin", "identity", "broadcast", "admin")),
    ("help.rules", ("fee", "commission", "maintenance", "text")),
    ("help.money", ("credit", "debit", "approve", "refuse")),
)


def assist(here: Here, _: str = "") -> Answer:
    """`/help`: what the person who asks can do, in as many messages as it takes."""
    parts = [help_text(here)]
    if here.speaker.reseller is not None:
        parts.append(here.t("help.reseller"))
    parts += _commands(here)
    pages: list[Safe] = [parts[0]]
    for part in parts[1:]:
        longer = paragraphs(pages[-1], part)
        if len(longer) <= MAX_TEXT_CHARACTERS:
            pages[-1] = longer
        else:
            pages.append(part)
    here.effects += tuple(Say(Outbound(page)) for page in pages[:-1])
    return Aside(pages[-1], menu_rows(here))


def _commands(here: Here) -> list[Safe]:
    """Every command that the person may use, in groups."""
    left = dict(listing.commands_for(here.t, here.speaker))
    groups = [(key, [(name, left.pop(name)) for name in names if name in left]) for key, names in _GROUPS]
    groups.append(("help.more", list(left.items())))
    return [
        lines(here.t(key), *(_line(here, name, about) for name, about in listed)) for key, listed in groups if listed
    ]


def _line(here: Here, name: str, about: str) -> Safe:
    """`/name usage — what it does`."""
    told = f"/{name} {about}" if " — " in about else f"/{name} — {about}"
    return here.t.escaped(told)
