"""What to do at the meter, one step a message. Pure.

Theory of operation. The meter shows a word; each word has its path of steps (`_PATHS`), and each step asks one thing
whose answer either ends it (“it works”) or leads to the next step. Behind the last step stands a person, who is told
the order. The buttons carry all that a step needs and are good at any time: people walk to their meter, wait there as
long as it makes them wait, and press then.

Nobody but the meter can check a code, so nothing is said here of whether a code is right. A code is shown again only
to whoever could read it anyway.
"""

from typing import Final

from msgspec.structs import replace

from bot.dialogue.context import IDLE, Answer, Context, Deciding, Reply
from bot.dialogue.help_pending import Coached
from bot.dialogue.menu import contact_row, home_row
from bot.domain.order import Order
from bot.domain.outbound import Choice
from bot.i18n import Safe
from bot.notices.layout import Rows, lines, paragraphs
from bot.notices.orders import codes, order_number
from bot.repositories import own_orders
from bot.store import Script

# Among so many codes one is looked for that somebody else bought for the person.
MAX_GIVEN: Final = 20
GROUP_DIGITS: Final = 4
# What is done about each word that a meter shows.
_PATHS: Final[dict[str, tuple[str, ...]]] = {
    "rejected": ("meter", "type", "wait"),
    "used": ("used",),
    "old": ("old",),
    "lock": ("wait", "meter", "type"),
    "other": ("meter", "type", "wait"),
}
# Of several codes an early one may be what is missing.
_OLD_OF_SEVERAL: Final = ("type",)
_STEP: Final[dict[str, str]] = {
    "meter": "coach.meter",
    "type": "coach.type",
    "wait": "coach.wait",
    "used": "coach.used",
    "old": "coach.old",
}
_SHOWS: Final[dict[str, str]] = {
    "rejected": "button.shows_rejected",
    "used": "button.shows_used",
    "old": "button.shows_old",
    "lock": "button.shows_lock",
    "other": "button.shows_other",
}


def refused(ctx: Context, argument: str = "") -> Deciding:
    """The meter refuses the code of an order (`ORDER.shown.at`); without one, the newest code that the person has."""
    order_id, _, rest = argument.partition(".")
    shown, _, at = rest.partition(".")
    order = (yield from readable(ctx, order_id)) if order_id else (yield from newest(ctx))
    if order is not None:
        return coach(ctx, order, shown, int(at) if at.isdecimal() and len(at) < 3 else 0)
    if (yield from own_orders.open_of(ctx.person.whose)):
        # No code yet: what it is waiting for.
        return (yield from ctx.flows.follow(ctx, "last"))
    return Reply(ctx.t("coach.none"), (contact_row(ctx), home_row(ctx)))


def coach(ctx: Context, order: Order, shown: str, at: int) -> Answer:
    """One step of the path for what the meter shows; the question what it shows, where that is not known."""
    t = ctx.t
    ctx.session = replace(ctx.afresh(), pending=Coached(order.id, shown, at), greeted=True)
    if shown not in _PATHS:
        when = t.short_moment(order.confirmed_at)
        head = t("coach.which", amount=t.money(order.amount_xof), reference=order.reference, moment=when)
        named = [ctx.link(_SHOWS[each], "refused", f"{order.id}.{each}") for each in _PATHS]
        rows: Rows = ((named[0], named[1]), (named[2], named[3]), (named[4],), (_another(ctx), *home_row(ctx)))
        return ctx.ask("coach", paragraphs(head, t("coach.ask")), rows)
    path = path_of(order, shown)
    if at >= len(path):
        return _over(ctx, order, "coach.over")
    step = path[at]
    text = t(_STEP[step], reference=order.reference)
    fails = f"{order.id}.{shown}.{at + 1}"
    if step == "meter":
        yes, no = ctx.link("button.same_meter", "refused", fails), ctx.link("button.no_meter", "elsewhere", order.id)
        return ctx.ask("coach", text, ((yes, no),))
    if step in ("used", "old"):
        there, missing = "button.credit_there", "button.credit_missing"
    else:
        there, missing = "button.works", "button.still_refused"
        text = paragraphs(text, _large(ctx, order))
    return ctx.ask("coach", text, ((ctx.link(there, "works", order.id), ctx.link(missing, "refused", fails)),))


def path_of(order: Order, shown: str) -> tuple[str, ...]:
    """The steps for what the meter shows."""
    return _OLD_OF_SEVERAL if shown == "old" and len(order.tokens) > 1 else _PATHS[shown]


def ask_coach(ctx: Context) -> Deciding:
    """What does the meter show, or the step that was shown last."""
    known = ctx.pending(Coached)
    order = yield from readable(ctx, known.order_id)
    return Reply(ctx.t("order.none"), (home_row(ctx),)) if order is None else coach(ctx, order, known.shown, known.at)


def works(ctx: Context, _: str = "") -> Answer:
    """The meter has taken the code."""
    return ctx.ask(IDLE, ctx.t("coach.works"), (home_row(ctx),), base=ctx.afresh())


def elsewhere(ctx: Context, order_id: str) -> Deciding:
    """The code is for another meter than the one at which it was typed."""
    order = yield from readable(ctx, order_id)
    return Reply(ctx.t("order.none"), (home_row(ctx),)) if order is None else _over(ctx, order, "coach.elsewhere")


def readable(ctx: Context, order_id: str) -> Script[Order | None]:
    """An order with codes that the person may read: their own, or one that was bought for them."""
    order = yield from ctx.own_order(order_id)
    if order is None:
        given = yield from own_orders.codes_of(ctx.person.whose, MAX_GIVEN)
        order = next((one for one in given if one.id == order_id), None)
    return order if order is not None and order.tokens else None


def newest(ctx: Context) -> Script[Order | None]:
    """The newest order with codes that the person may read."""
    paid = yield from own_orders.codes_of(ctx.person.whose, 1)
    return paid[0] if paid else None


def _over(ctx: Context, order: Order, key: str) -> Answer:
    """Nothing more to try here: a person, who is told the order."""
    text = ctx.t(key, reference=order.reference, order=order_number(order.id))
    return ctx.ask(IDLE, text, (contact_row(ctx, order.id), home_row(ctx)), base=ctx.afresh())


def _another(ctx: Context) -> Choice:
    return ctx.link("button.another_code", "history")


def _large(ctx: Context, order: Order) -> Safe:
    """The code as it is typed: a group a line. Several codes stand numbered, for they are typed in their order."""
    token = order.tokens[0]
    if len(order.tokens) > 1 or not token.isdecimal():
        return codes(ctx.t, order)
    groups = (token[at : at + GROUP_DIGITS] for at in range(0, len(token), GROUP_DIGITS))
    return lines(*(Safe(f"<b>{group}</b>") for group in groups))
