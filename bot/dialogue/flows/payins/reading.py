"""An admin reads what customers paid by themselves, and what goes back to them. Pure."""

from typing import Final, Literal

from bot.dialogue.context import Context, Deciding, Reply
from bot.dialogue.menu import home_row
from bot.domain import collection as collecting
from bot.domain import payback as paying_back
from bot.domain.collection import Collection
from bot.domain.payback import PayBack
from bot.domain.payment_acts import DecidePayBack, SendElsewhere
from bot.i18n import Safe
from bot.notices.causes import cause
from bot.notices.collecting import METHOD, masked
from bot.notices.layout import STAYS, Rows, free, lines, paragraphs
from bot.notices.trail import trail_line
from bot.repositories import collections, paybacks
from bot.repositories.collections import Taken
from bot.repositories.orders import TrailLine, trail_of
from bot.store import Script
from bot.transactions.paybacks import given_by_customer

WEEK_MS: Final = 604_800_000
MAX_TRAIL_LINES: Final = 20
MAX_BUTTONS: Final = 8

NUMBER_FROM: Final[dict[Literal["provider", "admin"], str]] = {
    "provider": "payback.unsure",
    "admin": "payback.from_admin",
}
PAYIN_STATE: Final[dict[collecting.State, str]] = {
    "waiting": "paystate.waiting",
    "opening": "paystate.opening",
    "open": "paystate.open",
    "unknown": "paystate.unknown",
    "paid": "paystate.paid",
    "failed": "paystate.failed",
    "expired": "paystate.expired",
    "not_opened": "paystate.not_opened",
    "cancelled": "paystate.cancelled",
}
PAYBACK_STATE: Final[dict[paying_back.State, str]] = {
    "held": "paystate.held",
    "waiting": "paystate.waiting",
    "sending": "paystate.opening",
    "processing": "paystate.processing",
    "unknown": "paystate.unknown",
    "done": "paystate.done",
    "refused": "paystate.refused",
    "kept": "paystate.kept",
}

_STATES: Final[dict[str, str]] = {str(state): key for state, key in (*PAYIN_STATE.items(), *PAYBACK_STATE.items())}


def payins(ctx: Context, _: str = "") -> Deciding:
    """`/payins`: what needs a person, what goes back, and the newest."""
    t = ctx.t
    stuck = yield from collections.stuck()
    back = yield from paybacks.open_ones()
    newest = yield from collections.newest(ctx.now - WEEK_MS)
    if not (stuck or back or newest):
        return Reply(t("payins.none"))
    text = paragraphs(
        t("payins.title"),
        lines(t("payins.stuck"), *(_payin_line(ctx, each) for each in stuck)) if stuck else None,
        lines(t("payins.back"), *(_payback_line(ctx, each) for each in back)) if back else None,
        lines(t("payins.newest"), *(_payin_line(ctx, each) for each in newest)) if newest else None,
    )
    rows: Rows = (
        *((free(f"{each.id} · {t.short_money(each.amount_xof)}", "payback", each.id, STAYS),) for each in back),
        *((free(f"{each.id} · {t.short_money(each.amount_xof)}", "payin", each.id, STAYS),) for each in stuck),
    )
    return Reply(text, (*rows[:MAX_BUTTONS], home_row(ctx)), separate=True)


def _payin_line(ctx: Context, each: Collection) -> Safe:
    return _line(ctx, each, ctx.t(PAYIN_STATE[each.state]))


def _payback_line(ctx: Context, each: PayBack) -> Safe:
    return _line(ctx, each, ctx.t(PAYBACK_STATE[each.state]))


def _line(ctx: Context, each: Collection | PayBack, state: Safe) -> Safe:
    t = ctx.t
    named = {"id": each.id, "amount": t.money(each.amount_xof), "method": t(METHOD[each.method])}
    return t("payins.line", moment=t.short_moment(each.created_at), state=state, **named)


def show_payin(ctx: Context, collection: Collection) -> Deciding:
    """Everything about one payment; no number is shown whole."""
    t = ctx.t
    taken = yield from collections.taken_of(collection.id)
    trail = yield from trail_of(collection.id)
    back = yield from paybacks.of_collection(collection.id)
    text = paragraphs(
        _payin_line(ctx, collection),
        lines(
            t("admin.order.owner", address=str(collection.address)),
            t("payin.fee", fee=t.money(collection.fee_xof)) if collection.fee_xof else None,
            t("payin.payer", number=masked(collection.payer)) if collection.payer is not None else None,
            t("payin.quote", id=collection.quote_id) if collection.quote_id is not None else t("payin.topup"),
            t("admin.order.reason", reason=cause(t, collection.reason)) if collection.reason else None,
        ),
        lines(t("payin.payments"), *(_taken(ctx, each) for each in taken)) if taken else None,
        lines(t("payins.back"), *(_payback_line(ctx, each) for each in back)) if back else None,
        _past(ctx, trail.lines),
        t("payin.decide", id=collection.id),
    )
    rows: Rows = tuple((free(each.id, "payback", each.id, STAYS),) for each in back[:MAX_BUTTONS])
    return Reply(text, (*rows, home_row(ctx)), separate=True)


def _taken(ctx: Context, taken: Taken) -> Safe:
    t = ctx.t
    number = "—" if taken.payer is None else masked(taken.payer)
    return t("payin.payment", amount=t.money(taken.amount_xof), number=number, moment=t.short_moment(taken.taken_at))


def _past(ctx: Context, trail: tuple[TrailLine, ...]) -> Safe | None:
    past = trail[-MAX_TRAIL_LINES:]
    return lines(ctx.t("admin.order.trail"), *(trail_line(ctx.t, line, _STATES) for line in past)) if past else None


def show_payback(ctx: Context, payback: PayBack) -> Deciding:
    """Everything about money that goes back."""
    t = ctx.t
    trail = yield from trail_of(payback.id)
    named_by = yield from named_by_another(payback)
    text = paragraphs(
        _payback_line(ctx, payback),
        lines(
            t("admin.order.owner", address=str(payback.address)),
            t("payback.to", number=masked(payback.payer)),
            t(NUMBER_FROM[named_by]) if named_by is not None else None,
            t("payback.of", id=payback.collection_id) if payback.collection_id is not None else None,
            t("admin.order.reason", reason=cause(t, payback.reason)) if payback.reason else None,
        ),
        _past(ctx, trail.lines),
        None if payback.is_final else t("payback.decide", id=payback.id),
        t("payback.decide_to", id=payback.id) if payback.state == "held" else None,
    )
    # Whoever has to ask the customer reads who that is, and writes to their chat.
    customer = free(t.label("button.customer"), "user", str(payback.address), STAYS)
    written_to = free(t.label("button.write_to"), "write", str(payback.address), STAYS)
    return Reply(text, ((customer, written_to), home_row(ctx)), separate=True)


def named_by_another(payback: PayBack) -> Script[Literal["provider", "admin"] | None]:
    """Who named the number to which it goes, where the customer never gave it to us: the provider, so that an admin has
    to ask whose it is, or an admin who has asked.
    """
    if payback.collection_id is None:
        return None
    collection = yield from collections.load(payback.collection_id)
    if collection is None or given_by_customer(collection, payback.payer):
        return None
    told = any(payment.payer == payback.payer for payment in collection.payments)
    return "provider" if told else "admin"


def amount_back(ctx: Context, act: DecidePayBack | SendElsewhere) -> Script[int]:
    """How much an act on a pay-back is about."""
    found = yield from paybacks.load(act.payback_id)
    return 0 if found is None else found.amount_xof
