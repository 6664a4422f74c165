"""An admin credits or debits somebody. Pure.

A credit is as good as gone once it is with the wrong person, so it is asked about where it may be a slip: an address
that nobody has takes the word `new`, the same move a moment after another takes a word of its own, a large sum is
written in words, and a payment's reference is used once.
"""

from typing import Final

from msgspec.structs import replace

from bot.dialogue.acts.audit_log import audit
from bot.dialogue.acts.kinds import ActKind, Undoing, ask, begin, done
from bot.dialogue.acts.naming import address_in
from bot.dialogue.acts.sums import amount_and_why, sum_in_words
from bot.dialogue.context import Context, Deciding, Reply
from bot.dialogue.parsing.amounts import parse_amount
from bot.dialogue.parsing.payment_references import take_reference
from bot.dialogue.session import read_session
from bot.domain.acts import MoveMoney
from bot.domain.outbound import Brief, Outbound
from bot.domain.quote import MAX_AMOUNT_XOF, Quote
from bot.domain.text import fold
from bot.languages import DEFAULT, answers
from bot.notices.layout import STAYS, free, lines, menu_button, paragraphs
from bot.notices.proofs import decided
from bot.repositories import acts, proofs, sessions
from bot.repositories.accounts import customer_of
from bot.repositories.acts import AuditLine, Standing, Touched
from bot.repositories.money import Balance, balance_of
from bot.store import Script
from bot.transactions.money import move_back, move_money
from bot.transactions.people import standing_at

# For so long a quote that was left is one to come back to.
RESUMED_MS: Final = 7_200_000
_NEW: Final = answers("new")
# What the customer reads, by whether it undoes a move and whether it gives.
_TOLD: Final[dict[tuple[bool, bool], str]] = {
    (False, True): "money.credited",
    (False, False): "money.debited",
    (True, True): "money.debit_undone",
    (True, False): "money.credit_undone",
}
_REFERENCE_LINE: Final = ("admin.move.reference", "undo.reference")


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
    amount_xof, address = parse_amount(amount_text), address_in(address_text, ctx.shop.channels)
    if address is None or amount_xof is None or not 0 < amount_xof <= MAX_AMOUNT_XOF:
        return Reply(ctx.t("admin.move.usage"))
    standing = yield from standing_at(address, ctx.unit.installation)
    first, _, rest_of_why = why.partition(" ")
    new = not standing.known and fold(first) in _NEW
    why, reference = take_reference(rest_of_why if new else why)
    act = MoveMoney(ctx.person.fresh[0], address, sign * amount_xof, new, reference=reference)
    # A payment's own number is reason enough.
    return (yield from begin(ctx, act, why or reference))


def _problem(ctx: Context, act: MoveMoney, balance: Balance) -> Script[Reply | None]:
    """Why a move cannot be: nobody is there, a payment was counted before, or there is less than is to be taken."""
    t, address = ctx.t, str(act.address)
    standing = yield from standing_at(act.address, ctx.unit.installation)
    if ctx.undoes:
        return _cannot_undo(ctx, act, standing, balance)
    if not standing.known and not act.new:
        key = "admin.credit.stranger" if act.amount_xof > 0 else "admin.person.none"
        return Reply(t(key, address=address, amount=abs(act.amount_xof)))
    if act.proof:
        proof = yield from proofs.load(act.proof)
        if proof is None or proof.state != "open":
            return Reply(t("proofs.gone") if proof is None else decided(t, proof))
    if act.amount_xof > 0 and standing.reseller is None and not ctx.shop.keeps_advances:
        return Reply(t("admin.credit.no_advances", address=address))
    if act.reference:
        used = yield from acts.used_reference(act.reference)
        if used is not None:
            named = {
                "reference": used.reference,
                "moment": t.moment(used.at),
                "by": used.by_address,
                "address": used.address,
            }
            return Reply(t("admin.move.reference_used", amount=t.money(abs(used.amount_xof)), **named))
    if act.amount_xof > 0:
        return None
    if standing.frozen:
        return Reply(t("admin.debit.frozen", address=address))
    if balance.available_xof < -act.amount_xof:
        return Reply(t("admin.debit.too_much", address=address, balance=t.money(max(0, balance.available_xof))))
    return None


def _cannot_undo(ctx: Context, act: MoveMoney, standing: Standing, balance: Balance) -> Reply | None:
    """Why the counter-entry of a move cannot be: what was credited is spent, or the account is paused."""
    t, address, amount_xof = ctx.t, str(act.address), -act.amount_xof
    if amount_xof <= 0:
        return None
    if standing.frozen:
        return Reply(t("admin.debit.frozen", address=address))
    left_xof = max(0, balance.available_xof)
    if left_xof >= amount_xof:
        return None
    named = {"amount": t.money(amount_xof), "left": t.money(left_xof), "address": address}
    if left_xof == 0:
        return Reply(t("undo.all_spent", **named))
    return Reply(t("undo.spent", spent=t.money(amount_xof - left_xof), left_xof=left_xof, **named))


def _balance(ctx: Context, act: MoveMoney) -> Script[Balance]:
    """What the customer has whose money would move."""
    customer = yield from customer_of(str(act.address))
    return (yield from balance_of(customer, ctx.default_limit_xof))


def _twin(ctx: Context, act: MoveMoney) -> Script[AuditLine | None]:
    """The same move for the same person a moment ago, whoever did it."""
    since = ctx.person.now - ctx.shop.twin_seconds * 1000
    return (yield from acts.same_move(act.what, act.address, abs(act.amount_xof), since))


def ask_move(ctx: Context, act: MoveMoney, why: str) -> Deciding:
    """What the move would do to the balance."""
    t = ctx.t
    balance = yield from _balance(ctx, act)
    if (problem := (yield from _problem(ctx, act, balance))) is not None:
        return problem
    twin = None if ctx.undoes else (yield from _twin(ctx, act))
    if twin is not None and not act.twin:
        act = replace(act, twin=True)
    key = "admin.credit.ask" if act.amount_xof > 0 else "admin.debit.ask"
    text = paragraphs(
        None if twin is None else t("admin.move.twin", clock=t.clock(twin.at), by=twin.address, why=twin.why),
        lines(
            t(key, amount=t.money(abs(act.amount_xof)), address=str(act.address)),
            sum_in_words(ctx, abs(act.amount_xof)),
            t("admin.move.new") if act.new else None,
            t("proofs.check") if act.proof and not ctx.undoes else None,
            t(_REFERENCE_LINE[bool(ctx.undoes)], reference=act.reference) if act.reference else None,
            t("admin.move.before", balance=t.money(balance.available_xof)),
            t("admin.move.after", balance=t.money(balance.available_xof + act.amount_xof)),
            t("admin.move.seen"),
        ),
    )
    label = "button.do" if twin is None else "button.admin_twice"
    return ask(ctx, text, act, why, must=True, label=label)


def do_move(ctx: Context, act: MoveMoney, why: str) -> Deciding:
    """Move it, and tell whose money it is."""
    t = ctx.t
    balance = yield from _balance(ctx, act)
    if (problem := (yield from _problem(ctx, act, balance))) is not None:
        return problem
    if not act.twin and (yield from _twin(ctx, act)) is not None:
        # Somebody was quicker with the same: it is asked about first.
        return (yield from ask_move(ctx, act, why))
    why = " · ".join(dict.fromkeys(filter(None, (why, act.reference))))
    after_xof = balance.available_xof + act.amount_xof
    message = yield from _notice(ctx, act, balance)
    yield from audit(ctx, act.what, str(act.address), why, abs(act.amount_xof))
    if ctx.undoes:
        if act.proof:
            yield from ctx.write(proofs.reopen(act.proof))
        yield from ctx.write(move_back(ctx.unit, act.key, act.address, act.amount_xof, why, act.reference))
    else:
        if act.proof:
            yield from ctx.write(proofs.end(act.proof, "credited", ctx.by, ctx.now))
        yield from ctx.write(move_money(ctx.unit, act.key, act.address, act.amount_xof, why, act.reference))
    yield from ctx.tell(act.address, message)
    text = t(
        "admin.credit.done" if act.amount_xof > 0 else "admin.debit.done",
        amount=t.money(abs(act.amount_xof)),
        address=str(act.address),
        balance=t.money(after_xof),
    )
    return done(ctx, text)


def _notice(ctx: Context, act: MoveMoney, before: Balance) -> Script[Outbound]:
    """What the person reads whose money it is, in their language, in all where they have not written yet; with the way
    back to a purchase that waited for it.
    """
    standing = yield from standing_at(act.address, ctx.unit.installation)
    member = next((each for each in standing.members if each.address == act.address), None)
    t = ctx.shop.words[DEFAULT if member is None else member.language]
    voices = (t,) if member is not None and member.has_written else tuple(ctx.shop.words.values())
    told, after_xof = _TOLD[bool(ctx.undoes), act.amount_xof > 0], before.available_xof + act.amount_xof
    text = paragraphs(
        *(voice(told, amount=voice.money(abs(act.amount_xof)), balance=voice.money(after_xof)) for voice in voices)
    )
    quote = yield from _waiting_quote(act, before, ctx.now)
    resume = () if quote is None else ((free(t.label("button.resume"), "resume", quote.id, STAYS),),)
    brief = Brief("news", t.language, t.label("brief.account"))
    return Outbound(text, (*resume, (menu_button(t),)), durable=True, brief=brief)


def _waiting_quote(act: MoveMoney, before: Balance, now: int) -> Script[Quote | None]:
    """The quote that somebody had too little for, and now has enough: they stand before it, or did a moment ago."""
    body = yield from sessions.body_at(str(act.address))
    if body is None:
        return None
    session = read_session(body)
    quote = session.quote
    if quote is None or (session.state != "quote" and now - quote.created_at > RESUMED_MS):
        return None
    if not before.spendable_xof < quote.total_xof <= before.spendable_xof + act.amount_xof:
        return None
    return quote


def _counter(_: Context, act: MoveMoney) -> Script[tuple[MoveMoney, ...]]:
    """The move back, which frees the payment's number to be counted where it belongs."""
    yield from ()
    return (MoveMoney(act.key, act.address, -act.amount_xof, twin=True, reference=act.reference, proof=act.proof),)


def _whose(_: Context, act: MoveMoney) -> Script[str]:
    """The account that has the money: once it is another's, what is there may be somebody else's."""
    return (yield from customer_of(str(act.address)))


def moved(ctx: Context, act: MoveMoney) -> Script[int]:
    """How much an act moves."""
    yield from ()
    return abs(act.amount_xof)


def _own_word(act: MoveMoney) -> str:
    return "word.twice" if act.twin else f"word.{act.what}"


MOVE = ActKind(
    ask=ask_move,
    do=do_move,
    who="owner",
    touches=lambda act: Touched(address=act.address),
    counts="sum",
    because="what goes to or comes from a customer is money of the operator's",
    moves=moved,
    own_words=("word.credit", "word.debit"),
    own_word=_own_word,
    undoing=Undoing(inverse=_counter, value=_whose, sets=lambda _: frozenset()),
)
