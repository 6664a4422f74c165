"""`/payback ID to NUMBER`: money that is held goes to another number, after the customer was asked. Pure.

For a link the provider alone names who paid, and what it means by that number is written nowhere. The customer is asked
by a person; nothing is asked of them by the bot, for whoever has their telephone would answer. What was said is shown
before → after, with the whole number, for a typing slip sends money to a stranger. The customer reads it, and it still
waits for the Confirm that sends it. It can be done only while the money is held: what left went where it went.
"""

import re
from typing import Final

from bot.dialogue.acts.audit_log import audit
from bot.dialogue.acts.kinds import ActKind, ask, begin, done
from bot.dialogue.acts.sums import sum_in_words
from bot.dialogue.context import Context, Deciding, Reply
from bot.dialogue.flows.payins.reading import PAYBACK_STATE, amount_back
from bot.domain.collecting import Method, payer_number
from bot.domain.payback import PayBack, readdress
from bot.domain.payment_acts import SendElsewhere
from bot.domain.people import Address
from bot.notices.collecting import METHOD, masked
from bot.notices.layout import lines, paragraphs
from bot.repositories import paybacks
from bot.repositories.acts import Touched
from bot.store import Script
from bot.transactions import refunds
from bot.transactions.acts import interest_of

# A number as people write one, and the reason after it.
_NUMBER_AND_WHY: Final = re.compile(r"((?:(?:\+|00)?221[\s.-]?)?7(?:[\s.-]?[0-9]){8})(?![0-9])\s*(.*)", re.DOTALL)


def asked(ctx: Context, found: PayBack, tail: str) -> Deciding:
    """What follows the word `to`: the number, and the reason."""
    written = _NUMBER_AND_WHY.fullmatch(tail.strip())
    number = None if written is None else payer_number(written[1])
    if written is None or number is None:
        return Reply(ctx.t("payback.to_usage", id=found.id))
    return (yield from begin(ctx, SendElsewhere(found.id, found.address, found.payer, number), written[2]))


def _meant(ctx: Context, act: SendElsewhere) -> Script[Reply | tuple[PayBack, Method]]:
    """The pay-back and how it goes to the other number, if that can still be done."""
    found = yield from paybacks.load(act.payback_id)
    if found is None:
        return Reply(ctx.t("payback.none"))
    if found.payer != act.before:
        return Reply(ctx.t("payback.number_changed", id=found.id))
    if act.number == found.payer:
        return Reply(ctx.t("payback.to_same", id=found.id))
    if (yield from _is_own(ctx, act.number)):
        return Reply(ctx.t("payback.to_own"))
    method = yield from refunds.method_to(ctx.unit, found, act.number)
    if method is None:
        return Reply(ctx.t("payback.to_nowhere", id=found.id))
    if not readdress(found, act.number, method, ctx.now).moved:
        state = ctx.t(PAYBACK_STATE[found.state])
        return Reply(ctx.t("payback.impossible", id=found.id, state=state))
    return found, method


def _is_own(ctx: Context, number: str) -> Script[bool]:
    """Whether it is the telephone of who decides, as far as a channel calls people by their numbers."""
    for name, abilities in ctx.shop.channels.items():
        touched = Touched(address=Address(name, f"221{number}"))
        for whose in {ctx.by, str(ctx.unit.address)} if abilities.ids_are_numbers else ():
            if (yield from interest_of(Address.parse(whose), touched)) is not None:
                return True
    return False


def ask_where(ctx: Context, act: SendElsewhere, why: str) -> Deciding:
    """Before → after, and whose money it is."""
    meant = yield from _meant(ctx, act)
    if isinstance(meant, Reply):
        return meant
    found, method = meant
    t = ctx.t
    text = t(
        "payback.ask_to",
        id=found.id,
        amount=t.money(found.amount_xof),
        before=f"{masked(found.payer)}, {t(METHOD[found.method])}",
        after=f"{_whole(act.number)}, {t(METHOD[method])}",
    )
    owner = t("admin.order.owner", address=str(found.address))
    return ask(ctx, paragraphs(text, lines(owner, sum_in_words(ctx, found.amount_xof))), act, why, must=True)


def _whole(number: str) -> str:
    """A number in its groups: who confirms it must be able to read it back to the customer."""
    return f"{number[:2]} {number[2:5]} {number[5:7]} {number[7:]}"


def do_where(ctx: Context, act: SendElsewhere, why: str) -> Deciding:
    """Set it; the customer reads it."""
    meant = yield from _meant(ctx, act)
    if isinstance(meant, Reply):
        return meant
    found, method = meant
    what = f"payback to {masked(act.number)}, before {masked(found.payer)}"
    yield from audit(ctx, what, found.id, why, found.amount_xof)
    yield from ctx.write(refunds.send_elsewhere(ctx.unit, found, act.number, method))
    return done(ctx, ctx.t("payback.to_done", id=found.id))


ELSEWHERE = ActKind(
    ask=ask_where,
    do=do_where,
    who="operator",
    touches=lambda act: Touched(address=act.address),
    counts="sum",
    because="what goes to another number than the one that paid counts, and counts again when it is sent",
    moves=amount_back,
    own_words=("word.payback_to",),
)
