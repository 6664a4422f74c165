"""An owner credits what a proof shows, or refuses it with a reason that the customer reads. Pure.

A proof is credited by the act that credits anybody (`MoveMoney`), which bears the proof's number: it asks with the
name and the address, takes a second person where any credit would, counts the payment once, ends the proof in its own
transaction, and is undone like any other. Where two owners are at it, one of them is told who was quicker.
"""

from typing import Final

from msgspec.structs import replace

from bot.dialogue.acts.audit_log import audit
from bot.dialogue.acts.kinds import begin, reason
from bot.dialogue.context import IDLE, Answer, Context, Deciding, Reply
from bot.dialogue.menu import home_row
from bot.dialogue.parsing.payment_references import Payment, read_checked
from bot.dialogue.proof_pending import OneProof
from bot.domain.acts import MoveMoney
from bot.domain.outbound import Outbound
from bot.domain.quote import MAX_AMOUNT_XOF
from bot.notices import proofs as notices
from bot.notices.layout import Rows, free, paragraphs
from bot.notices.person_names import beside
from bot.repositories import proofs
from bot.repositories.acts import Touched
from bot.repositories.money import balance_of
from bot.repositories.person_names import called_as
from bot.repositories.proofs import Proof
from bot.store import Script
from bot.transactions.acts import interest_of

MOST_LISTED: Final = 8


def proofs_open(ctx: Context, page_at: str = "") -> Deciding:
    """`/proofs`: what waits, the oldest first."""
    t = ctx.t
    skip = int(page_at) if page_at.isascii() and page_at.isdecimal() and len(page_at) <= 6 else 0
    listed = yield from proofs.open_ones(skip, MOST_LISTED)
    if not listed and skip:
        return (yield from proofs_open(ctx))
    if not listed:
        return ctx.ask("proofs", t("proofs.none"), (home_row(ctx, "~"),), base=ctx.afresh())
    many = yield from proofs.counted()
    entries, rows = [], []
    for proof in listed:
        amount = t("proofs.unknown") if proof.amount_xof is None else t.money(proof.amount_xof)
        called = yield from called_as(proof.address)
        entries.append(
            t(
                "proofs.line",
                number=proof.id,
                moment=t.short_moment(proof.handed_at),
                amount=amount,
                reference=proof.reference or "—",
                address=str(proof.address),
                names=beside(t, called),
            )
        )
        rows.append((free(t.label("button.proof", number=proof.id), "proofpage", str(proof.id)),))
    more: Rows = ()
    if many > skip + len(listed):
        more = ((ctx.link_to("button.proofs_more", "proofs", skip + MOST_LISTED),),)
    text = paragraphs(t.plural("proofs.title", many), *entries)
    return ctx.ask("proofs", text, (*rows, *more, home_row(ctx, "~")), base=ctx.afresh())


def _proof(ctx: Context, number: str) -> Script[Proof | Reply]:
    """The proof of a number, while nobody has decided it and it is not the speaker's own; else what there is to say."""
    known = None
    if number.isascii() and number.isdecimal() and len(number) <= 12:
        known = yield from proofs.load(int(number))
    if known is None:
        return _reply(ctx, "proofs.gone")
    if known.state != "open":
        return Reply(notices.decided(ctx.t, known), _queue_rows(ctx), no_question=True)
    if (yield from interest_of(ctx.unit.address, Touched(address=known.address))) is not None:
        return _reply(ctx, "admin.interest.own")
    return known


def _reply(ctx: Context, key: str) -> Reply:
    return Reply(ctx.t(key), _queue_rows(ctx), no_question=True)


def _queue_rows(ctx: Context) -> Rows:
    return ((ctx.link("button.proofs", "proofs"), *home_row(ctx)),)


def page(ctx: Context, number: str) -> Deciding:
    """One proof, and what is still to be typed."""
    proof = yield from _proof(ctx, number)
    if isinstance(proof, Reply):
        return proof
    ctx.session = replace(ctx.afresh(), pending=OneProof(proof.id))
    return (yield from ask_page(ctx))


def ask_page(ctx: Context) -> Deciding:
    """What was handed in, and the sum and the number that an owner reads in it."""
    t = ctx.t
    proof = yield from _proof(ctx, str(ctx.pending(OneProof).number))
    if isinstance(proof, Reply):
        ctx.session = ctx.afresh()
        return proof
    called, others = (yield from called_as(proof.address)), (yield from proofs.of_same_payment(proof))
    balance = yield from balance_of(proof.customer, ctx.default_limit_xof)
    known = proof.amount_xof is not None and bool(proof.reference)
    text = paragraphs(
        notices.described(t, proof, called, others),
        t("admin.limit.balance", balance=t.money(balance.available_xof)),
        t("proofs.how_other" if known else "proofs.how_number" if proof.amount_xof is not None else "proofs.how"),
    )
    if (picture := notices.picture_of(proof)) is not None and picture.channel == ctx.unit.address.channel:
        # A message with a picture takes no other's place.
        ctx.replaces = None
        ctx.send(Outbound(t("proofs.shown", number=proof.id), picture=picture))
    rows = notices.deciding_rows(t, proof, typed_here=True)
    return ctx.ask("proof_page", text, (*rows, *_queue_rows(ctx)), pending=OneProof(proof.id))


def read_sum(ctx: Context, text: str) -> Script[Answer | None]:
    """`5000 TXN123`; `5000 none` where the picture shows no number."""
    proof = yield from _proof(ctx, str(ctx.pending(OneProof).number))
    if isinstance(proof, Reply):
        ctx.session = ctx.afresh()
        return proof
    payment = read_checked(text)
    if payment is None:
        return None
    amount_xof = proof.amount_xof if payment.amount_xof is None else payment.amount_xof
    # Whatever has no number of its own bears the proof's: so it is counted once, too.
    number = f"PROOF-{proof.id}" if payment.without else payment.reference or proof.reference
    if amount_xof is None or not number or not 0 < amount_xof <= MAX_AMOUNT_XOF:
        return None
    return (yield from _begin(ctx, proof, Payment(amount_xof, number)))


def credit(ctx: Context, number: str) -> Deciding:
    """One tap, where the sum and the number are known."""
    proof = yield from _proof(ctx, number)
    if isinstance(proof, Reply):
        return proof
    if proof.amount_xof is None or not proof.reference:
        return (yield from page(ctx, number))
    return (yield from _begin(ctx, proof, Payment(proof.amount_xof, proof.reference)))


def _begin(ctx: Context, proof: Proof, payment: Payment) -> Deciding:
    act = MoveMoney(
        ctx.person.fresh[0], proof.address, payment.amount_xof or 0, reference=payment.reference, proof=proof.id
    )
    return (yield from begin(ctx, act, ctx.t.label("proofs.because", number=proof.id)))


# Refuse.


def begin_refusing(ctx: Context, number: str) -> Deciding:
    """The button: why not?"""
    proof = yield from _proof(ctx, number)
    if isinstance(proof, Reply):
        return proof
    ctx.session = replace(ctx.afresh(), pending=OneProof(proof.id))
    return ask_why(ctx)


def ask_why(ctx: Context) -> Answer:
    """The reason, which the customer reads."""
    rows = tuple((ctx.button(refusal.button, "because", name),) for name, refusal in notices.REFUSALS.items())
    last = (ctx.button("button.cancel", "cancel"), ctx.button("button.back", "back"))
    return ctx.ask("proof_refusing", ctx.t("proofs.ask_why", number=ctx.pending(OneProof).number), (*rows, last))


def refuse(ctx: Context, why: str) -> Deciding:
    """Refuse it, once, and tell whom it is of."""
    proof = yield from _proof(ctx, str(ctx.pending(OneProof).number))
    ctx.session = ctx.afresh()
    if isinstance(proof, Reply):
        return proof
    why = reason(why)
    yield from audit(ctx, "proof refuse", str(proof.address), f"#{proof.id}: {why}")
    yield from proofs.end(proof.id, "refused", ctx.person.address, ctx.now)
    yield from ctx.tell(proof.address, notices.refused(ctx.shop.words[proof.language], proof, why))
    text = ctx.t("proofs.refused", number=proof.id, address=str(proof.address))
    return ctx.ask(IDLE, text, _queue_rows(ctx), base=ctx.afresh())
