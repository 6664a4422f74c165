"""The audit log, read. Pure."""

from collections.abc import Mapping
from typing import Final

from bot.dialogue.acts.naming import address_in
from bot.dialogue.commanding import WORDS
from bot.dialogue.context import Context, Deciding
from bot.dialogue.menu import reply_beside
from bot.dialogue.parsing.periods import parse_period
from bot.dialogue.parsing.references import parse_order_id
from bot.dialogue.permissions import ROLE
from bot.domain.people import Address
from bot.domain.period import Period
from bot.domain.text import fold
from bot.i18n import Safe, Voice
from bot.languages import spelled_words
from bot.notices.layout import lines, paragraphs, truncate
from bot.notices.orders import SERVICE, STATE
from bot.notices.person_names import person_line
from bot.repositories import acts
from bot.repositories.acts import AuditLine
from bot.repositories.finding import MOST_FOUND, people_ending
from bot.repositories.person_names import called_as

MAX_LINES = 15
# What stands behind a verb, as keys of the catalogs.
_PART: Final[Mapping[str, str]] = {
    "on": "log.on",
    "off": "log.off",
    "add": "log.add",
    "remove": "log.remove",
    "stop": "log.stop",
    "day": "log.day",
    **{str(state): key for state, key in STATE.items()},
    **{str(role): key for role, key in ROLE.items()},
    **{str(service): key for service, key in SERVICE.items()},
}
_ROLE: Final[Mapping[str, str]] = {str(role): key for role, key in ROLE.items()}


def log(ctx: Context, rest: str = "") -> Deciding:
    """`/log [who, target or period]`: the last lines, newest first."""
    t = ctx.t
    wanted = rest.strip()
    stretch: Period | None = parse_period(wanted, ctx.now) if wanted else None
    if stretch is not None:
        newest = yield from acts.lines_between(stretch.since, stretch.until, MAX_LINES)
    else:
        about = _about(ctx, wanted)
        people = (yield from people_ending(about, MOST_FOUND)) if about.isascii() and about.isdecimal() else ()
        if len(people) > 1:
            return (yield from _which(ctx, people))
        newest = yield from acts.lines_about(str(people[0]) if people else about, MAX_LINES)
    if not newest:
        return reply_beside(ctx, t("admin.log.none"))
    title = t("admin.log.title" if len(newest) < MAX_LINES else "admin.log.title_last", count=len(newest))
    return reply_beside(ctx, paragraphs(title, *(_line(ctx, line) for line in newest)))


def _which(ctx: Context, people: tuple[Address, ...]) -> Deciding:
    """Several addresses end so: the log of which one?"""
    listed = []
    for one in people:
        listed.append(person_line(ctx.t, (yield from called_as(one))))
    return reply_beside(ctx, lines(ctx.t("user.which"), *listed))


def _about(ctx: Context, wanted: str) -> str:
    """An address or an order's id as the log has it; anything else is a verb, in any of its words, or a service."""
    address = address_in(wanted, ctx.shop.channels)
    if address is not None:
        return str(address)
    order_id = parse_order_id(wanted)
    return order_id if order_id is not None and len(order_id) == 12 else WORDS.get(fold(wanted), wanted.lower())


def _verb(t: Voice, what: str) -> Safe:
    """What was done, by the first word that the language has for its command, and by that of a state, a role or a
    service.
    """
    command, *more = what.split(" ")
    said = next((word for word, name in spelled_words(t.language).items() if name == command), command)
    return Safe(" ".join((t.escaped(said), *(t(_PART[part]) if part in _PART else t.escaped(part) for part in more))))


def _line(ctx: Context, line: AuditLine) -> Safe:
    t = ctx.t
    parts = (
        f"{t.short_moment(line.at)} · <b>{_verb(t, line.what)}</b> <code>{t.escaped(truncate(line.target, 60))}</code>",
        t.money(line.amount_xof) if line.amount_xof else "",
        t("admin.log.by", address=line.address, role=t(_ROLE.get(line.role, "role.none"))),
        t("admin.log.second", address=line.second) if line.second else "",
        t.escaped(line.why),
    )
    return Safe("\n".join((parts[0] + (f" · {parts[1]}" if parts[1] else ""), *(part for part in parts[2:] if part))))
