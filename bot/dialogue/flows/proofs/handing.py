"""A customer shows what they paid: by a picture, which nobody here reads, or by the payment's number. Pure.

Where nobody collects, a photo that comes while nothing is asked, or at a quote that money is missing for, is most
likely the capture of a payment: so it is asked about, and the sum and the number with it. Elsewhere it is a photo.
"""

from typing import Final

from bot.dialogue.context import IDLE, Answer, Context, Deciding, Reply
from bot.dialogue.flow import Typed
from bot.dialogue.menu import contact_row, home_row, menu_rows
from bot.dialogue.parsing.amounts import MIN_NUMBER_DIGITS
from bot.dialogue.parsing.paid import PAID
from bot.dialogue.parsing.payment_references import Payment, read_payment
from bot.dialogue.permissions import may
from bot.dialogue.proof_pending import ProofWanted
from bot.domain.catalog import digits_of
from bot.domain.quote import MAX_AMOUNT_XOF
from bot.domain.text import fold
from bot.languages import answers
from bot.notices.layout import offers, paragraphs
from bot.notices.own_account import how_to_pay_in, takes_proofs
from bot.repositories.proofs import NOT_SHOWN, Proof
from bot.shop import ShopSettings
from bot.store import Script
from bot.transactions.proofs import MAX_WORDS_CHARACTERS, NotKept, hand_in

_WORDS: Final = answers("proof")
_NOT_KEPT: Final[dict[NotKept, str]] = {
    "again": "proof.again",
    "counted": "proof.counted",
    "full": "proof.full",
    "often": "proof.often",
}


def is_listed(shop: ShopSettings, _: bool) -> bool:
    """Whether the command stands on the lists."""
    return takes_proofs(shop)


def _is_meant(ctx: Context) -> bool:
    """Whether a person may be showing a payment where they stand: nothing is asked, or money is missing."""
    if not takes_proofs(ctx.shop) or not may(ctx.person, "private"):
        return False
    here = ctx.flows.state_of(ctx.session)
    return here.read_only or ctx.session.state == "proof" or offers(ctx.session.choices, "check")


def proof_line(ctx: Context, text: str) -> Deciding:
    """`/proof [SUM] [NUMBER]`."""
    payment = read_payment(text)
    if not payment.reference or not takes_proofs(ctx.shop):
        return wanted(ctx)
    return (yield from _hand_in(ctx, "", payment, text))


def wanted(ctx: Context, _: str = "") -> Answer:
    """The button or the word: what shows the payment?"""
    if not takes_proofs(ctx.shop):
        has_float = ctx.flows.has_float(ctx)
        return Reply(how_to_pay_in(ctx.t, ctx.shop, ctx.person.address, has_float=has_float), menu_rows(ctx))
    return _ask(ctx, "")


def picture(ctx: Context, ref: str) -> Answer | None:
    """A photo; None where it is none of a payment: whoever is helped at their meter shows that."""
    elsewhere = ctx.flows.state_of(ctx.session).read_only and ctx.session.state != IDLE
    return _ask(ctx, ref or NOT_SHOWN) if _is_meant(ctx) and not elsewhere else None


def _ask(ctx: Context, ref: str) -> Answer:
    cancel = ctx.button("button.cancel", "cancel")
    rows = ((ctx.button("button.proof_send", "asis"), cancel),) if ref else ((cancel,),)
    text = ctx.t("proof.ask_picture" if ref else "proof.ask")
    return ctx.ask("proof", text, rows, base=ctx.afresh(), greeted=True, pending=ProofWanted(ref))


def ask_proof(ctx: Context) -> Answer:
    """The sum and the payment's number, or a picture of it."""
    return _ask(ctx, ctx.pending(ProofWanted).picture)


def as_it_is(ctx: Context, _: str = "") -> Deciding:
    """The picture without a word."""
    return (yield from _hand_in(ctx, ctx.pending(ProofWanted).picture, Payment(), ""))


def read_proof(ctx: Context, text: str) -> Script[Answer | None]:
    """The sum, the payment's number, or both; without a picture the number."""
    payment, ref = read_payment(text), ctx.pending(ProofWanted).picture
    if payment.reference or (ref and payment.amount_xof is not None):
        return (yield from _hand_in(ctx, ref, payment, text))
    if payment.amount_xof is not None:
        return Reply(ctx.t("proof.number_too"))
    if len(digits_of(text)) < MIN_NUMBER_DIGITS:
        return None
    # A meter's number begins a purchase, as it does where nothing is asked.
    ctx.session = ctx.afresh()
    return (yield from ctx.flows.read("bare", ctx, Typed(text, fold(text), ctx.flows.state_of(ctx.session))))


def said(ctx: Context, typed: Typed) -> Script[Answer | None]:
    """“I paid”, “proof”, or a payment's own number, where nobody asked for it."""
    if typed.text.startswith("/") or ctx.session.talking or ctx.session.state == "proof" or not _is_meant(ctx):
        return None
    if typed.folded in _WORDS or typed.folded in PAID:
        return _ask(ctx, "")
    if len(typed.text) > MAX_WORDS_CHARACTERS:
        return None
    payment = read_payment(typed.text)
    # What is all figures may be a meter.
    if not any(character.isalpha() for character in payment.reference):
        return None
    return (yield from _hand_in(ctx, "", payment, typed.text))


def _hand_in(ctx: Context, ref: str, payment: Payment, words: str) -> Deciding:
    amount_xof = payment.amount_xof
    if amount_xof is not None and not 0 < amount_xof <= MAX_AMOUNT_XOF:
        amount_xof = None
    kept = yield from hand_in(ctx.unit, ref, amount_xof, payment.reference, words)
    t, rows = ctx.t, ((*contact_row(ctx), *home_row(ctx)),)
    if not isinstance(kept, Proof):
        return ctx.ask(IDLE, t(_NOT_KEPT[kept]), rows, base=ctx.afresh(), greeted=True)
    known = t.money(kept.amount_xof) if kept.amount_xof is not None else ""
    named = " · ".join(part for part in (known, kept.reference) if part)
    text = paragraphs(t("proof.taken", number=kept.id, what=f" ({named})" if named else ""), t("proof.taken_next"))
    return ctx.ask(IDLE, text, rows, base=ctx.afresh(), greeted=True)
