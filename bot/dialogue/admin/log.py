"""The audit log, read. Pure."""

from collections.abc import Mapping
from typing import Final

from bot.dialogue import read
from bot.dialogue.admin.acting_looks import AuditLine, LookLog
from bot.dialogue.admin.drafts import address_in
from bot.dialogue.admin.team import ROLE
from bot.dialogue.here import Aside, Deciding, Here, brief, paragraphs
from bot.dialogue.menus import home_row
from bot.dialogue.period import Period, period

MAX_LINES = 15
_ROLE: Final[Mapping[str, str]] = {str(role): key for role, key in ROLE.items()}


def log(here: Here, rest: str = "") -> Deciding:
    """`/log [who, target or period]`: the last lines, newest first."""
    t = here.t
    wanted = rest.strip()
    stretch: Period | None = period(wanted, here.speaker.now) if wanted else None
    if stretch is not None:
        look = LookLog(stretch.since, stretch.until, count=MAX_LINES)
    else:
        look = LookLog(about=_about(wanted), count=MAX_LINES)
    found: tuple[AuditLine, ...] = yield look
    if not found:
        return Aside(t("admin.log.none"), (home_row(here),), apart=True)
    title = t("admin.log.title" if len(found) < MAX_LINES else "admin.log.title_last", count=len(found))
    return Aside(paragraphs(title, *(_line(here, line) for line in found)), (home_row(here),), apart=True)


def _about(wanted: str) -> str:
    """An address or an order's id as the log has it; anything else is a verb or a service."""
    address = address_in(wanted)
    if address is not None:
        return str(address)
    order_id = read.order_id(wanted)
    return order_id if order_id is not None and len(order_id) == 12 else wanted.lower()


def _line(here: Here, line: AuditLine) -> str:
    t = here.t
    parts = (
        f"{t.short_moment(line.at)} · <b>{t.escaped(line.what)}</b> <code>{t.escaped(brief(line.target, 60))}</code>",
        t.money(line.amount_xof) if line.amount_xof else "",
        t("admin.log.by", address=line.address, role=t(_ROLE.get(line.role, "role.none"))),
        t("admin.log.second", address=line.second) if line.second else "",
        t.escaped(line.why),
    )
    return "\n".join((parts[0] + (f" · {parts[1]}" if parts[1] else ""), *(part for part in parts[2:] if part)))
