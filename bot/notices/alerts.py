"""What monitoring tells the admins: what is wrong, what it means, what to do, and a button that does it. Pure.

A concern is reported when it begins, again when it has grown or has lasted for hours, and when it is over.
"""

import re
from collections.abc import Mapping
from typing import Final, assert_never

from bot.domain.concerns import (
    Concern,
    Drift,
    Fast,
    FloatLow,
    FloatNow,
    Phase,
    ProviderDown,
    ProviderSlow,
    Stuck,
    SuccessFalling,
    Unbalanced,
    UnusualSpeed,
    kind_of,
)
from bot.domain.order import AlertKind
from bot.domain.outbound import Brief, Choice, Outbound
from bot.i18n import Safe, Voice
from bot.notices.layout import STAYS, Rows, fit, free, lines, paragraphs, truncate
from bot.notices.order_news import person_rows
from bot.notices.orders import order_number
from bot.repositories.alerts import ConcernRecord

MAX_BRIEF_CHARACTERS = 60
# Orders and people that are named one by one, each with a button.
MOST_NAMED = 3
_DATA_BYTES = 64
# Orders that a group reads of in one line.
MOST_IN_GROUP: Final = 5
_ORDER_ID: Final = re.compile(r"[0-9A-HJKMNP-TV-Z]{12}")
_OVER: Final[dict[str, str]] = {
    "float_low": "watch.over.float_low",
    "stuck": "watch.over.stuck",
    "provider_down": "watch.over.provider_down",
    "provider_slow": "watch.over.provider_slow",
    "success_falling": "watch.over.success_falling",
    "unbalanced": "watch.over.unbalanced",
    "unusual_speed": "watch.over.unusual_speed",
}
GROUP_SUBJECT: Final[Mapping[AlertKind, str]] = {
    "credentials": "more_alerts.credentials",
    "float": "more_alerts.float",
    "unknown": "more_alerts.unknown",
    "conflict": "more_alerts.conflict",
    "token_awaited": "more_alerts.token_awaited",
    "late_success": "more_alerts.late_success",
    "failed_after_success": "more_alerts.failed_after_success",
    "contradiction": "more_alerts.contradiction",
    "amount_differs": "more_alerts.amount_differs",
    "another_amount": "more_alerts.another_amount",
    "fee_differs": "more_alerts.fee_differs",
    "forged_hint": "more_alerts.forged_hint",
    "more_codes": "more_alerts.more_codes",
    "stuck": "more_alerts.stuck",
    "undecided": "more_alerts.undecided",
    "unsent": "more_alerts.unsent",
}


def tells_its_end(kind: str) -> bool:
    """Whether a concern has an end that is worth reporting; a fall of the float is an event and has none."""
    return kind in _OVER


def concern(
    now: Concern, before: Concern | None, phase: Phase, lasted_ms: int, t: Voice, taken: Safe | None = None
) -> Outbound:
    """One concern, as it is `now`; `before` is what was reported of it last, where something was, and `taken` who sees
    to it.
    """
    if phase == "over":
        text = paragraphs(t(_OVER[kind_of(now)]), t("watch.lasted", lasted=span(t, lasted_ms)))
        return _outbound(text, (), t)
    title, meaning, rows = _described(t, now)
    since = None
    if phase == "goes_on":
        since = lines(t("watch.goes_on", lasted=span(t, lasted_ms)), _changed(t, before, now))
    take = _row(t, "button.take", "takealert", kind_of(now))
    return _outbound(paragraphs(since, title, meaning, taken), (*rows, take), t)


def concern_in_group(now: Concern, phase: Phase, lasted_ms: int, t: Voice) -> Safe:
    """The same where no person may be named."""
    if phase == "over":
        return lines(t(_OVER[kind_of(now)]), t("watch.lasted", lasted=span(t, lasted_ms)))
    since = t("watch.goes_on", lasted=span(t, lasted_ms)) if phase == "goes_on" else None
    return lines(since, title(t, now))


def taken(t: Voice, by: str, name: Safe, at: int) -> Safe:
    """Who sees to it."""
    return t("watch.taken", by=by, name=name, clock=t.clock(at))


def in_group(t: Voice, kind: AlertKind, subjects: tuple[str, ...]) -> Safe:
    """Alerts about orders where no person may be named. Those of messages are about people."""
    orders = () if kind == "unsent" else tuple(order_number(each) for each in subjects if _ORDER_ID.fullmatch(each))
    named = ", ".join(orders[:MOST_IN_GROUP])
    return lines(
        t.plural("alert_group.orders", max(1, len(subjects)), what=t(GROUP_SUBJECT[kind])),
        t.escaped(f"{named} …" if len(orders) > MOST_IN_GROUP else named) if named else None,
    )


def silence_over(t: Voice, lasting: list[ConcernRecord]) -> Outbound:
    """An admin is told everything again, and what lasts."""
    text = paragraphs(
        t("quiet.over"),
        *(
            t("shift.alert", title=title(t, each.reported), moment=t.short_moment(each.began_at))
            for each in lasting
            if each.reported
        ),
        t("quiet.shift"),
    )
    return _outbound(text, (), t)


def title(t: Voice, of: Concern) -> Safe:
    """What is wrong, in one line."""
    return _described(t, of)[0]


def _outbound(text: str, rows: Rows, t: Voice) -> Outbound:
    about = truncate(t.label("brief.alert"), MAX_BRIEF_CHARACTERS)
    return Outbound(fit(text), rows, durable=True, brief=Brief("news", t.language, about))


def _described(t: Voice, of: Concern) -> tuple[Safe, Safe, Rows]:
    match of:
        case FloatLow(balance_xof=balance_xof, alert_xof=alert_xof):
            title = t("watch.float_low", balance=t.money(balance_xof), alert=t.money(alert_xof))
            return title, lines(left(t, of.hours), t("watch.float_low.do")), (_row(t, "button.see_float", "float"),)
        case Stuck(orders=orders):
            title = t.plural("watch.stuck", of.many, held=t.money(of.held_xof))
            return title, t("watch.stuck.do"), order_rows(t, orders)
        case ProviderDown():
            title = t("watch.provider_down", failed=of.failed, calls=of.calls)
            return title, t("watch.provider_down.do"), (_row(t, "button.close_sales", "maintenance", "on"),)
        case ProviderSlow():
            title = t("watch.provider_slow", seconds=of.p95_ms // 1000)
            return title, t("watch.provider_slow.do"), (_row(t, "button.close_sales", "maintenance", "on"),)
        case SuccessFalling():
            title = t("watch.success_falling", delivered=of.delivered, ended=of.ended, usual=of.usual_percent)
            return title, t("watch.success_falling.do"), (_row(t, "button.see_orders", "orders", "0 refused today"),)
        case Unbalanced(total_xof=total_xof):
            title = t("watch.unbalanced", total=t.money(total_xof))
            return title, t("watch.unbalanced.do"), (_row(t, "button.audit_now", "audit"),)
        case Drift():
            between = {"since": t.short_moment(of.since), "until": t.short_moment(of.until)}
            title = t("watch.drift", fall=t.money(of.fall_xof), **between)
            return title, t("watch.drift.do"), (_row(t, "button.audit_now", "audit"),)
        case UnusualSpeed(people=people):
            title = t.plural("watch.unusual_speed", len(people))
            named = lines(*(_fast(t, each) for each in people))
            return title, paragraphs(named, t("watch.unusual_speed.do")), _people_rows(t, people)
        case _:
            assert_never(of)


def left(t: Voice, hours: int | None) -> Safe:
    """For how long a float lasts at today's pace."""
    if hours is None:
        return t("float.left_long")
    if hours >= 48:
        return t.plural("float.left_days", hours // 24)
    return t.plural("float.left", hours) if hours else t("float.left_none")


def _fast(t: Voice, of: Fast) -> Safe:
    usual = t("watch.usual", usual=t.money(of.usual_xof)) if of.usual_xof else t("watch.no_past")
    name = f"{of.shop_name} ({of.customer})" if of.shop_name else of.customer
    return t("watch.fast", customer=name, orders=of.orders, meters=of.meters, hour=t.money(of.hour_xof), usual=usual)


def _changed(t: Voice, before: Concern | None, now: Concern) -> Safe | None:
    """What is different from what was reported last."""
    if before == now:
        return None
    if isinstance(before, FloatLow) and isinstance(now, FloatLow):
        return t("watch.was", was=t.money(before.balance_xof))
    if isinstance(before, Stuck) and isinstance(now, Stuck):
        return t.plural("watch.was_orders", before.many)
    if isinstance(before, UnusualSpeed) and isinstance(now, UnusualSpeed):
        return t.plural("watch.was_people", len(before.people))
    if isinstance(before, Unbalanced) and isinstance(now, Unbalanced):
        return t("watch.was", was=t.money(before.total_xof))
    return None


def _row(t: Voice, key: str, act: str, argument: str = "") -> tuple[Choice]:
    return (free(t.label(key), act, argument, STAYS),)


def order_rows(t: Voice, orders: tuple[str, ...]) -> Rows:
    """A button for each of the first orders, and one for all that need a person."""
    named = orders[:MOST_NAMED] if len(orders) <= MOST_NAMED else orders[: MOST_NAMED - 1]
    rows: Rows = tuple((free(order_number(each), "inspect", each, STAYS),) for each in named)
    return rows if len(named) == len(orders) else (*rows, _row(t, "button.see_stuck", "stuck"))


def _people_rows(t: Voice, people: tuple[Fast, ...]) -> Rows:
    # An address may be longer than a button can carry; the text names it for /user.
    fitting = [each for each in people[:MOST_NAMED] if len(f"-.user.{each.customer}".encode()) <= _DATA_BYTES]
    return tuple(
        (free(truncate(each.shop_name or each.customer, 20), "user", each.customer, STAYS),) for each in fitting
    )


def span(t: Voice, lasted_ms: int) -> Safe:
    """How long something lasted, in minutes or hours."""
    minutes = max(1, lasted_ms // 60_000)
    return t.plural("span.minutes", minutes) if minutes < 120 else t.plural("span.hours", minutes // 60)


def group(kind: AlertKind, orders: tuple[str, ...], since: int, t: Voice) -> Outbound:
    """Alerts of one kind that came too soon after another, in one message. Those of messages name people."""
    if kind == "unsent":
        return _group_of_people(t, kind, orders, since)
    named = ", ".join(order_number(each) for each in orders[:10])
    text = paragraphs(
        t.plural("more_alerts", len(orders), what=t(GROUP_SUBJECT[kind]), since=t.clock(since)),
        t.escaped(f"{named} …" if len(orders) > 10 else named),
        t("more_alerts.do"),
    )
    return _outbound(text, order_rows(t, orders), t)


def _group_of_people(t: Voice, kind: AlertKind, addresses: tuple[str, ...], since: int) -> Outbound:
    named = ", ".join(addresses[:10])
    text = paragraphs(
        t.plural("more_alerts.people", len(addresses), what=t(GROUP_SUBJECT[kind]), since=t.clock(since)),
        t.escaped(f"{named} …" if len(addresses) > 10 else named),
        t("more_alerts.people.do"),
    )
    return _outbound(text, person_rows(addresses[:MOST_NAMED]), t)


def float_lines(t: Voice, of: FloatNow, *, fresh: bool) -> Safe:
    """What is known of the float: what the provider said last (unless it is `fresh`), today's spending, hours left."""
    known = None
    if of.balance_xof is None or of.reported_at is None:
        known = t("float.unknown")
    elif not fresh:
        known = t("float.known", balance=t.money(of.balance_xof), moment=t.short_moment(of.reported_at))
    return lines(
        known,
        t("float.today", today=t.money(of.today_xof)),
        left(t, of.hours) if of.balance_xof is not None else None,
        t("float.alert", alert=t.money(of.alert_xof)) if of.alert_xof else t("float.no_alert"),
    )
