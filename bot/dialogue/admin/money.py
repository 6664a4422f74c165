"""An admin credits or debits somebody, and asks for the float. Pure.

A credit is as good as gone once it is with the wrong person, so it is asked about where it may be a slip: an address
that nobody has takes the word `new`, the same move a moment after another takes a word of its own, a large sum is
written in words, and a payment's reference is used once.
"""

import re
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from bot.dialogue import read
from bot.dialogue.admin.audit_log import audit
from bot.dialogue.admin.drafts import TWIN, Draft, address_in, ask, begin, done, whose
from bot.dialogue.admin.in_words import IN_WORDS_FROM_XOF, MOST_XOF, in_words
from bot.dialogue.admin.second import only_owner
from bot.dialogue.context import Answer, Context, Deciding, Reply
from bot.dialogue.tasks import AskFloat, FloatAnswered
from bot.domain.model import MAX_AMOUNT_XOF, Address, Float, Outbound
from bot.domain.text import fold
from bot.i18n import Safe
from bot.notices.alerts import float_lines
from bot.notices.layout import lines, paragraphs, truncate
from bot.repositories import acts
from bot.repositories.accounts import customer_of
from bot.repositories.acts import AuditLine
from bot.repositories.floats import float_now, keep_float
from bot.repositories.money import Balance, balance_of
from bot.store import Script
from bot.transactions.money import move_money
from bot.transactions.people import standing_at

NEW: Final = "new"
_NEW: Final = frozenset({"new", "nouveau", "nouvelle"})
# The payment's own number, as Wave or a receipt has it.
_REFERENCE: Final = re.compile(r"(?<!\S)r[ée]f\s*[:=]\s*([A-Za-z0-9][A-Za-z0-9._/-]{2,39})(?!\S)", re.IGNORECASE)


def credit(ctx: Context, rest: str) -> Deciding:
    """`/credit ADDRESS AMOUNT [new] [ref:REFERENCE] reason`."""
    return (yield from _move(ctx, rest, 1))


def debit(ctx: Context, rest: str) -> Deciding:
    """`/debit ADDRESS AMOUNT [ref:REFERENCE] reason`."""
    return (yield from _move(ctx, rest, -1))


def _move(ctx: Context, rest: str, sign: int) -> Deciding:
    """Read the command and ask for a Confirm that shows the balance before and after."""
    address_text, _, tail = rest.partition(" ")
    amount_text, why = amount_and_why(tail)
    amount_xof, address = read.amount(amount_text), address_in(address_text, ctx.shop.channels)
    if address is None or amount_xof is None or not 0 < amount_xof <= MAX_AMOUNT_XOF:
        return Reply(ctx.t("admin.move.usage"))
    standing = yield from standing_at(address, ctx.unit.installation)
    why, marks = _marks(why, known=standing.known)
    draft = f"move {ctx.person.fresh[0]} {address} {sign * amount_xof}{marks}"
    # A payment's own number is reason enough.
    return (yield from MOVE.put(ctx, begin(ctx, draft, why or _read(draft).reference)))


def _marks(why: str, *, known: bool) -> tuple[str, str]:
    """The reason, without what is said of the person (`new`) and of the payment (`ref:…`); and these for the draft."""
    first, _, rest = why.partition(" ")
    marks = ""
    if not known and fold(first) in _NEW:
        why, marks = rest, f" {NEW}"
    if (found := _REFERENCE.search(why)) is not None:
        marks += f" ref={found[1].upper()}"
        why = " ".join((why[: found.start()] + why[found.end() :]).split())
    return why, marks


def amount_and_why(text: str) -> tuple[str, str]:
    """The leading words that are part of an amount (`5 000 F`), and the reason after them."""
    words = text.split()
    taken = 0
    while taken < len(words) and read.is_figure(words[taken], first=taken == 0):
        taken += 1
    return " ".join(words[:taken]), " ".join(words[taken:])


class Move(Struct, frozen=True):
    """What a draft moves: to whom (negative: from whom), how much, whether they may be somebody new, whether it is
    known to repeat another move, and the payment's own reference.
    """

    key: str
    address: Address
    amount_xof: int
    new: bool = False
    twin: bool = False
    reference: str = ""

    @property
    def what(self) -> str:
        return "credit" if self.amount_xof > 0 else "debit"


def _read(draft: str) -> Move:
    # A session may still hold a draft of an older version, in which a note followed.
    _, key, address, amount, *marks = draft.split(" ")
    reference = next((mark[4:] for mark in marks if mark.startswith("ref=")), "")
    return Move(key, Address.parse(address), int(amount), NEW in marks, TWIN in marks, reference)


def _problem(ctx: Context, move: Move, balance: Balance) -> Script[Reply | None]:
    """Why a move cannot be: nobody is there, a payment was counted before, or there is less than is to be taken."""
    t, address = ctx.t, str(move.address)
    standing = yield from standing_at(move.address, ctx.unit.installation)
    if not standing.known and not move.new:
        key = "admin.credit.stranger" if move.amount_xof > 0 else "admin.person.none"
        return Reply(t(key, address=address, amount=abs(move.amount_xof)))
    if move.reference:
        used = yield from acts.used_reference(move.reference)
        if used is not None:
            named = {
                "reference": used.reference,
                "moment": t.moment(used.at),
                "by": used.by_address,
                "address": used.address,
            }
            return Reply(t("admin.move.reference_used", amount=t.money(abs(used.amount_xof)), **named))
    if move.amount_xof > 0:
        return None
    if standing.frozen:
        return Reply(t("admin.debit.frozen", address=address))
    if balance.available_xof < -move.amount_xof:
        return Reply(t("admin.debit.too_much", address=address, balance=t.money(max(0, balance.available_xof))))
    return None


def _balance(ctx: Context, move: Move) -> Script[Balance]:
    """What the customer has whose money would move."""
    customer = yield from customer_of(str(move.address))
    return (yield from balance_of(customer, ctx.default_limit_xof))


def _twin(ctx: Context, move: Move) -> Script[AuditLine | None]:
    """The same move for the same person a moment ago, whoever did it."""
    since = ctx.person.now - ctx.shop.twin_seconds * 1000
    return (yield from acts.same_move(move.what, move.address, abs(move.amount_xof), since))


def sum_in_words(ctx: Context, amount_xof: int) -> Safe | None:
    """A large sum in words: a zero too many is read there."""
    if not IN_WORDS_FROM_XOF <= amount_xof <= MOST_XOF:
        return None
    return ctx.t("admin.in_words", words=in_words(amount_xof, ctx.session.language))


def ask_move(ctx: Context, draft: str) -> Deciding:
    """What the move would do to the balance."""
    t, move = ctx.t, _read(draft)
    balance = yield from _balance(ctx, move)
    if (problem := (yield from _problem(ctx, move, balance))) is not None:
        return problem
    twin = yield from _twin(ctx, move)
    if twin is not None and not move.twin:
        draft, why = f"{draft} {TWIN}", ctx.session.why
        ctx.session = replace(ctx.session, draft=draft, why=why)
    key = "admin.credit.ask" if move.amount_xof > 0 else "admin.debit.ask"
    text = paragraphs(
        None if twin is None else t("admin.move.twin", clock=t.clock(twin.at), by=twin.address, why=twin.why),
        lines(
            t(key, amount=t.money(abs(move.amount_xof)), address=str(move.address)),
            sum_in_words(ctx, abs(move.amount_xof)),
            t("admin.move.new") if move.new else None,
            t("admin.move.reference", reference=move.reference) if move.reference else None,
            t("admin.move.before", balance=t.money(balance.available_xof)),
            t("admin.move.after", balance=t.money(balance.available_xof + move.amount_xof)),
            t("admin.move.seen"),
        ),
    )
    return ask(ctx, text, draft, must=True, label="button.admin_confirm" if twin is None else "button.admin_twice")


def do_move(ctx: Context, draft: str) -> Deciding:
    """Move it, and tell whose money it is."""
    t, move = ctx.t, _read(draft)
    balance = yield from _balance(ctx, move)
    if (problem := (yield from _problem(ctx, move, balance))) is not None:
        return problem
    if not move.twin and (yield from _twin(ctx, move)) is not None:
        # Somebody was quicker with the same: it is asked about first.
        return (yield from ask_move(ctx, draft))
    why = " · ".join(dict.fromkeys(filter(None, (ctx.session.why, move.reference))))
    after_xof = balance.available_xof + move.amount_xof
    # The customer's language is not known here: French, then English.
    both = paragraphs(
        *(
            voice(
                "money.credited" if move.amount_xof > 0 else "money.debited",
                amount=voice.money(abs(move.amount_xof)),
                balance=voice.money(after_xof),
            )
            for voice in ctx.shop.words.values()
        )
    )
    yield from audit(ctx, move.what, str(move.address), why, abs(move.amount_xof))
    key = f"admin:{move.key}"
    yield from ctx.write(move_money(ctx.unit, key, move.address, move.amount_xof, why, move.reference))
    yield from ctx.tell(move.address, Outbound(both, durable=True))
    text = t(
        "admin.credit.done" if move.amount_xof > 0 else "admin.debit.done",
        amount=t.money(abs(move.amount_xof)),
        address=str(move.address),
        balance=t.money(after_xof),
    )
    return done(ctx, text)


def moved(ctx: Context, draft: str) -> Script[int]:
    """How much a draft moves."""
    yield from ()
    return abs(_read(draft).amount_xof)


def ask_float(ctx: Context, _: str = "") -> Answer:
    """`/float`: the operator's money at the provider; the answer comes as an event."""
    ctx.after_commit(AskFloat())
    return Reply(ctx.t("admin.float.asked"), separate=True)


def float_answered(ctx: Context, event: FloatAnswered) -> Deciding:
    """The provider told its balance, or did not; what is remembered is told either way."""
    t, answer = ctx.t, event.answer
    if isinstance(answer, Float):
        yield from keep_float(answer.balance_xof, ctx.now)
        known = yield from float_now(ctx.shop.float_alert_xof, ctx.now, answer.balance_xof)
        told = lines(t("admin.float", balance=t.money(answer.balance_xof)), float_lines(t, known, fresh=True))
        return Reply(paragraphs(told, (yield from _alone(ctx))), separate=True)
    known = yield from float_now(ctx.shop.float_alert_xof, ctx.now)
    text = t("admin.float.unavailable", cause=truncate(answer.cause, 200))
    return Reply(paragraphs(text, float_lines(t, known, fresh=False), (yield from _alone(ctx))), separate=True)


def _alone(ctx: Context) -> Script[Safe | None]:
    """That one telephone can move everything, where that is so."""
    if ctx.shop.approval_xof is not None or not (yield from only_owner(ctx)):
        return None
    return ctx.t("admin.float.one_owner", limit=ctx.t.money(ctx.shop.approval_default_xof))


MOVE = Draft(
    ask_move,
    do_move,
    "owner",
    whose(2),
    "sum",
    "what goes to or comes from a customer is money of the operator's",
    moved,
)
