"""An admin decides what became of an order. Pure.

What a decision would do is shown before it is confirmed: the order's own rules say it, and nothing is written.
"""

import re
from typing import Final, Literal

from msgspec import Struct

from bot.dialogue.acts.audit_log import audit
from bot.dialogue.acts.kinds import ActKind, Two, ask, begin, done, reason
from bot.dialogue.context import Context, Deciding, Reply
from bot.dialogue.flows.order_admin.inspect import endings
from bot.dialogue.parsing.references import parse_order_id
from bot.domain.acts import ResolveOrder
from bot.domain.catalog import split_tokens
from bot.domain.ledger import customer_account
from bot.domain.order import Applied, Order, State, apply, next_step, unseen
from bot.domain.outcome import Delivered, Outcome, Refused
from bot.i18n import Safe
from bot.notices.layout import lines, paragraphs
from bot.notices.orders import STATE, money_line, order_number, receipt
from bot.repositories import orders
from bot.repositories.acts import Touched
from bot.repositories.money import balance_of
from bot.store import Script
from bot.transactions import purchases

# The provider has such an order, or may have it: only a look-up can prove that it was not paid.
MAY_BE_PAID: Final[frozenset[State]] = frozenset({"processing", "unknown"})
_VERDICTS: Final[dict[str, Literal["delivered", "refused"]]] = {"delivered": "delivered", "refused": "refused"}


def resolve(ctx: Context, rest: str) -> Deciding:
    """`/resolve ID delivered CODE… [reason]`, `/resolve ID refused [reason]`."""
    words = rest.split(None, 2)
    verdict = _VERDICTS.get(words[1].lower()) if len(words) > 1 else None
    codes, why = _codes_and_why(words[2] if len(words) > 2 else "")
    order_id = parse_order_id(words[0]) if words else None
    if order_id is None or verdict is None or (verdict == "refused" and codes):
        return Reply(ctx.t("admin.resolve.usage"))
    order = yield from orders.find_order(order_id)
    if order is None:
        return Reply(ctx.t("admin.order.none"))
    # Without a code: those that the provider sent and nobody has confirmed.
    chosen = unseen(order) if verdict == "delivered" and not codes.strip() else split_tokens(codes)
    if verdict == "refused" and order.state in MAY_BE_PAID and next_step(order) == "look_up":
        # The best proof is the provider's own: if it says that the payment failed, the money goes back by itself.
        yield from purchases.ask_about(ctx.unit, order)
    return (yield from begin(ctx, ResolveOrder(order.id, verdict, chosen), why))


def _codes_and_why(text: str) -> tuple[str, str]:
    """The codes, and the reason after them, which begins with the first word that has only letters."""
    for word in re.finditer(r"\S+", text):
        if any(sign.isalpha() for sign in word[0]) and not any(sign.isdecimal() for sign in word[0]):
            return text[: word.start()], text[word.start() :]
    return text, ""


class Decision(Struct, frozen=True):
    """What an admin decides of an order, and what follows of it."""

    order: Order
    outcome: Outcome
    applied: Applied


def _decided(ctx: Context, act: ResolveOrder) -> Script[Reply | Decision]:
    """What a decision would do, by the order's own rules; or why it cannot be."""
    t, now = ctx.t, ctx.person.now
    outcome: Outcome = Refused("admin") if act.verdict == "refused" else Delivered(act.tokens)
    order = yield from orders.find_order(act.order_id)
    if order is None:
        return Reply(t("admin.order.none"))
    service = ctx.shop.catalog[order.service]
    if isinstance(outcome, Delivered) and service.prepaid and not outcome.tokens:
        return Reply(t("admin.resolve.no_code"))
    if isinstance(outcome, Refused) and order.state == "token_awaited":
        # It is paid: the code will come, or the provider gives the money back and says so.
        return Reply(
            paragraphs(
                t("admin.resolve.awaited", order=order_number(order.id), id=order.id),
                money_line(t, order, separate=True),
            )
        )
    owner = yield from balance_of(order.customer, ctx.default_limit_xof)
    applied = apply(order, outcome, source="admin", service=service, now=now, available_xof=owner.spendable_xof)
    if not applied.moved:
        return Reply(t("admin.resolve.impossible", order=order_number(order.id), state=t(STATE[order.state])))
    return Decision(order, outcome, applied)


def _given_back_xof(order: Order, applied: Applied) -> int:
    """What of the order's money the customer would have again."""
    own = customer_account(order.customer)
    entries = (entry for transfer in applied.transfers for entry in transfer.entries if entry.account == own)
    return max(0, sum(entry.amount_xof for entry in entries))


def ask_resolve(ctx: Context, act: ResolveOrder, why: str) -> Deciding:
    """What the decision would do, and to whom."""
    t = ctx.t
    decision = yield from _decided(ctx, act)
    if isinstance(decision, Reply):
        return decision
    order, outcome, applied = decision.order, decision.outcome, decision.applied
    tokens = outcome.tokens if isinstance(outcome, Delivered) else ()
    text = paragraphs(
        t("admin.resolve.ask", order=order_number(order.id)),
        lines(receipt(t, order, separate=True), t("admin.order.owner", address=str(order.address))),
        lines(
            t("admin.resolve.moves", before=t(STATE[order.state]), after=t(STATE[applied.order.state])),
            money_line(t, applied.order, separate=True),
            t.plural("admin.order.codes", len(tokens), endings=endings(tokens)) if tokens else None,
            _odd_lengths(ctx, tokens),
            t("admin.resolve.notice"),
        ),
        _unproved(ctx, order) if isinstance(outcome, Refused) else None,
    )
    return ask(ctx, text, act, why, must=_given_back_xof(order, applied) > 0)


def _unproved(ctx: Context, order: Order) -> Safe | None:
    """That the provider may have been paid, and what it said last in its own words."""
    if order.state not in MAY_BE_PAID:
        return None
    return ctx.t("admin.resolve.unproved", words=reason(order.details.message or "—"))


def unproved(ctx: Context, act: ResolveOrder) -> Script[Two | None]:
    """Giving back what may have been paid takes a second person, whatever the amount."""
    decision = yield from _decided(ctx, act)
    if isinstance(decision, Reply) or isinstance(decision.outcome, Delivered):
        return None
    order = decision.order
    return Two("admin.two.unproved", words=order.details.message or "") if order.state in MAY_BE_PAID else None


def _odd_lengths(ctx: Context, tokens: tuple[str, ...]) -> Safe | None:
    if all(len(token) == 20 and token.isdecimal() for token in tokens):
        return None
    return ctx.t("admin.resolve.odd_code")


def do_resolve(ctx: Context, act: ResolveOrder, why: str) -> Deciding:
    """Decide it."""
    decision = yield from _decided(ctx, act)
    if isinstance(decision, Reply):
        return decision
    order, outcome, applied = decision.order, decision.outcome, decision.applied
    what = "resolve delivered" if isinstance(outcome, Delivered) else "resolve refused"
    yield from audit(ctx, what, order.id, why, _given_back_xof(order, applied))
    yield from ctx.write(purchases.decide(ctx.unit, order, outcome))
    return done(ctx, ctx.t("admin.resolve.done", order=order_number(order.id), id=order.id))


def returned(ctx: Context, act: ResolveOrder) -> Script[int]:
    """How much a decision gives back."""
    decision = yield from _decided(ctx, act)
    return 0 if isinstance(decision, Reply) else _given_back_xof(decision.order, decision.applied)


RESOLVE = ActKind(
    ask=ask_resolve,
    do=do_resolve,
    who="operator",
    touches=lambda act: Touched(order=act.order_id),
    counts="sum and two",
    because="what goes back counts; what the provider may have been paid for takes two; a code moves nothing",
    moves=returned,
    two=unproved,
    own_words=("word.resolve",),
)
