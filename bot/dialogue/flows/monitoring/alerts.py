"""Alerts: who sees to one, and who is not told for a while. Pure.

Whoever takes an alert is named to the others, and wherever it is told of again, until it is over or another admin takes
it over. Silence is one's own: whoever asks for it (`/quiet`) is not told of what can wait, the others know until when,
and it ends by itself. The last one who would be told gets none.
"""

import re
from typing import Final

from msgspec.structs import replace

from bot.dialogue.acts.audit_log import audit
from bot.dialogue.context import Context, Deciding, Reply
from bot.dialogue.menu import home_row, reply_beside
from bot.domain.people import Address
from bot.domain.text import fold
from bot.i18n import Safe
from bot.languages import answers
from bot.notices import alerts as notices
from bot.notices.accounts import news
from bot.notices.layout import STAYS, Rows, free, lines, paragraphs
from bot.notices.person_names import beside
from bot.repositories import alerts
from bot.repositories.alerts import LONGEST_SILENCE_MS, ConcernRecord, save_concern
from bot.repositories.person_names import called_as
from bot.store import Script
from bot.transactions.admins import tell_admins
from bot.transactions.alerting import acting_admins, name_in_group, silent_now, tell_group

_OVER: Final = "over"
_SPAN: Final = re.compile(r"(?:([0-9]{1,2})\s*(?:h|heures?|hours?)\s*)?(?:([0-9]{1,3})\s*(?:m|mn|min|minutes?)?)?")
_NONE: Final = answers("no_silence")
_MINUTE_MS: Final = 60_000


# Who sees to it.


def take(ctx: Context, rest: str = "") -> Deciding:
    """`/take`: I see to it. Where several things are wrong, each has its button."""
    lasting = [each for each in (yield from alerts.concerns()).values() if each.lasts]
    kind, _, more = rest.strip().partition(" ")
    chosen = next((each for each in lasting if each.kind == kind), None)
    if chosen is not None:
        return (yield from _take(ctx, chosen, over=more == _OVER))
    if not lasting or kind:
        return reply_beside(ctx, ctx.t("take.nothing"))
    if len(lasting) == 1:
        return (yield from _take(ctx, lasting[0], over=False))
    rows: Rows = tuple((free(ctx.t.label(_NAME[each.kind]), "takealert", each.kind, STAYS),) for each in lasting)
    return Reply(
        paragraphs(ctx.t("take.which"), *(_title(ctx, each) for each in lasting)), (*rows, home_row(ctx)), separate=True
    )


_NAME: Final = {
    "float_low": "alert_name.float_low",
    "stuck": "alert_name.stuck",
    "provider_down": "alert_name.provider_down",
    "provider_slow": "alert_name.provider_slow",
    "success_falling": "alert_name.success_falling",
    "unbalanced": "alert_name.unbalanced",
    "drift": "alert_name.drift",
    "unusual_speed": "alert_name.unusual_speed",
}


def _title(ctx: Context, each: ConcernRecord) -> Safe:
    return Safe("") if each.reported is None else notices.title(ctx.t, each.reported)


def _take(ctx: Context, record: ConcernRecord, *, over: bool) -> Deciding:
    t, me = ctx.t, ctx.person.address
    if record.taken_by == me:
        return reply_beside(ctx, t("take.yours"))
    if record.taken_by is not None and not over:
        called = yield from called_as(Address.parse(record.taken_by))
        whose = notices.taken(t, record.taken_by, beside(t, called), record.taken_at or ctx.now)
        row = (free(t.label("button.take_over_alert"), "takealert", f"{record.kind} {_OVER}", STAYS),)
        return Reply(whose, (row, home_row(ctx)), separate=True)
    yield from audit(ctx, "take", record.kind)
    yield from save_concern(replace(record, taken_by=me, taken_at=ctx.now))
    called = yield from called_as(ctx.unit.address)
    concern = record.reported
    ctx.unit.posted += yield from tell_admins(
        ctx.unit.installation,
        lambda voice: news(
            voice,
            lines(
                notices.taken(voice, me, beside(voice, called), ctx.now),
                None if concern is None else notices.title(voice, concern),
            ),
        ),
        ctx.now,
        (me,),
    )
    name = yield from name_in_group(ctx.unit.address)
    ctx.unit.posted += yield from tell_group(
        ctx.unit.installation,
        lambda voice: lines(
            voice("alert_group.taken", name=name) if name else voice("alert_group.taken_by_one"),
            None if concern is None else notices.title(voice, concern),
        ),
        ctx.now,
    )
    return reply_beside(ctx, paragraphs(t("take.done"), _title(ctx, record)))


# Who is not told.


def quiet(ctx: Context, rest: str = "") -> Deciding:
    """`/quiet 1h`: nothing that can wait, for so long; `/quiet off` ends it, `/quiet` says who is not told."""
    wanted = fold(rest.strip())
    if not wanted:
        return (yield from _silent(ctx))
    if wanted in _NONE:
        ended = yield from alerts.end_silence(ctx.person.address)
        if ended:
            yield from audit(ctx, "quiet off", ctx.person.address)
            yield from _tell_others(ctx, "quiet.ended_there", None)
        return reply_beside(ctx, ctx.t("quiet.off" if ended else "quiet.none_yours"))
    wanted_ms = _span_ms(wanted)
    if not 0 < wanted_ms <= LONGEST_SILENCE_MS:
        return reply_beside(ctx, ctx.t("quiet.usage"))
    acting = yield from acting_admins(ctx.unit.installation)
    listening = acting - {ctx.person.address, *(yield from silent_now(ctx.now))}
    if not listening:
        return reply_beside(ctx, ctx.t("quiet.alone"))
    until_at = ctx.now + wanted_ms
    yield from audit(ctx, "quiet", ctx.person.address, str(ctx.t.moment(until_at)))
    yield from alerts.be_silent(ctx.person.address, until_at)
    yield from _tell_others(ctx, "quiet.there", until_at)
    return reply_beside(ctx, ctx.t("quiet.done", clock=ctx.t.clock(until_at)))


def _span_ms(text: str) -> int:
    """`1h`, `90 min`, `1h30`; a bare figure is hours. 0 for anything else."""
    match = _SPAN.fullmatch(text)
    if match is None:
        return 0
    hours, minutes = int(match[1] or 0), int(match[2] or 0)
    if text.isdecimal():
        hours, minutes = minutes, 0
    return (hours * 60 + minutes) * _MINUTE_MS


def _silent(ctx: Context) -> Deciding:
    """Who is not told, and until when."""
    silent, listed = (yield from silent_now(ctx.now)), []
    for each in (yield from alerts.silences()):
        if each.address in silent:
            name = beside(ctx.t, (yield from called_as(Address.parse(each.address))))
            listed.append(ctx.t("quiet.line", address=each.address, name=name, clock=ctx.t.clock(each.until_at)))
    title = ctx.t("quiet.title") if listed else ctx.t("quiet.none")
    return reply_beside(ctx, paragraphs(lines(title, *listed), ctx.t("quiet.usage")))


def _tell_others(ctx: Context, key: str, until_at: int | None) -> Script[None]:
    called, me = (yield from called_as(ctx.unit.address)), ctx.person.address
    ctx.unit.posted += yield from tell_admins(
        ctx.unit.installation,
        lambda voice: news(
            voice,
            voice(key, address=me, name=beside(voice, called), clock=voice.clock(until_at or ctx.now)),
        ),
        ctx.now,
        (me,),
    )
