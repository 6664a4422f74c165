"""`/shift`: what whoever takes over has to know, on one page; each line with the command that shows it. Pure."""

from typing import Final

from bot.dialogue.context import Context, Deciding
from bot.dialogue.menu import reply_beside
from bot.domain.order import STUCK_AFTER_MS
from bot.domain.people import Address
from bot.domain.period import DAY_MS, Period, day_of
from bot.i18n import Safe
from bot.notices import alerts
from bot.notices.approvals import named
from bot.notices.layout import lines, paragraphs
from bot.notices.orders import SERVICE
from bot.notices.person_names import beside
from bot.repositories import acts, collections, conversations, identities, moves, paybacks, proofs
from bot.repositories.alerts import concerns
from bot.repositories.checks import stuck_orders
from bot.repositories.person_names import called_as
from bot.repositories.statistics import needing_a_person
from bot.store import Script

MOST_NAMED: Final = 5
# So many are counted; a shop that has more is no shift any more.
MOST_COUNTED: Final = 100


def shift(ctx: Context, _: str = "") -> Deciding:
    """What is open, promised, stuck, waiting for a second person, and taken in cash today."""
    t = ctx.t
    parts = (
        (yield from _orders(ctx)),
        (yield from _promised(ctx)),
        (yield from _to_decide(ctx)),
        (yield from _wrong(ctx)),
    )
    text = paragraphs(
        t("shift.title", moment=t.short_moment(ctx.now)),
        lines(*parts) if any(parts) else t("shift.nothing"),
        (yield from _cash(ctx)),
    )
    return reply_beside(ctx, text)


def _orders(ctx: Context) -> Script[Safe | None]:
    t = ctx.t
    every = yield from stuck_orders(acts.END_OF_TIME)
    needy = yield from needing_a_person(ctx.now - STUCK_AFTER_MS)
    return lines(
        t.plural("shift.open", every.many, held=t.money(every.held_xof)) if every.many else None,
        t.plural("shift.needy", needy) if needy else None,
    )


def _promised(ctx: Context) -> Script[Safe | None]:
    """Who waits for a person, and whose money goes back."""
    t = ctx.t
    talks = yield from conversations.counted()
    back = yield from paybacks.open_ones(MOST_COUNTED)
    back_xof = sum(each.amount_xof for each in back)
    stuck = yield from collections.stuck(MOST_COUNTED)
    handed_in = yield from proofs.counted()
    return lines(
        t.plural("shift.talks", talks.many, waiting=talks.waiting) if talks.many else None,
        t.plural("shift.proofs", handed_in) if handed_in else None,
        t.plural("shift.back", len(back), back=t.money(back_xof)) if back else None,
        t.plural("shift.payins", len(stuck)) if stuck else None,
    )


def _to_decide(ctx: Context) -> Script[Safe | None]:
    """What waits for a second person, accounts on their way, and people who may be one."""
    t = ctx.t
    asked = yield from acts.waiting_approvals(MOST_COUNTED)
    under_way = yield from moves.waiting()
    cases = yield from identities.open_cases()
    more = t("shift.more", count=len(asked) - MOST_NAMED) if len(asked) > MOST_NAMED else None
    return lines(
        t.plural("shift.approvals", len(asked)) if asked else None,
        *(
            t(
                "shift.approval",
                id=each.id,
                what=named(t, each.act, each.amount_xof, each.why),
                by=str(each.address),
                moment=t.short_moment(each.expires_at),
            )
            for each in asked[:MOST_NAMED]
        ),
        more,
        t.plural("shift.moves", len(under_way)) if under_way else None,
        t.plural("shift.cases", len(cases)) if cases else None,
    )


def _wrong(ctx: Context) -> Script[Safe | None]:
    """What the admins were told of and is not over, and what is not sold."""
    t = ctx.t
    listed: list[Safe | None] = []
    for each in (yield from concerns()).values():
        if each.ended_at is not None or each.reported is None:
            continue
        listed.append(t("shift.alert", title=alerts.title(t, each.reported), moment=t.short_moment(each.began_at)))
        if each.taken_by is not None:
            name = beside(t, (yield from called_as(Address.parse(each.taken_by))))
            listed.append(alerts.taken(t, each.taken_by, name, each.taken_at or ctx.now))
    closed = ", ".join(t.label(SERVICE[name]) for name in ctx.shop.maintenance)
    return lines(*listed, t("shift.closed", services=closed) if closed else None)


def _cash(ctx: Context) -> Script[Safe]:
    """What admins took in for customers today, and who."""
    t, since = ctx.t, _midnight(ctx.now)
    moved = yield from acts.cash_between(since, since + DAY_MS)
    if not moved:
        return t("shift.no_cash")
    listed = []
    for each in moved:
        name = beside(t, (yield from called_as(each.address)))
        given = t("shift.given", given=t.money(each.given_xof)) if each.given_xof else Safe("")
        listed.append(t("shift.cash_of", who=str(each.address), name=name, taken=t.money(each.taken_xof), given=given))
    left_xof = sum(each.taken_xof - each.given_xof for each in moved)
    return lines(t("shift.cash"), *listed, t("shift.cash_left", left=t.money(left_xof)) if len(moved) > 1 else None)


def _midnight(now: int) -> int:
    day = day_of(now)
    return Period(day, day).since
