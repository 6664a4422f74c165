"""Proofs of payment, as customers and owners read of them. Pure."""

from typing import Final

from msgspec import Struct

from bot.domain.outbound import Brief, Choice, Outbound, Picture
from bot.i18n import Safe, Voice
from bot.notices.contact import contact_button, quoted
from bot.notices.layout import STAYS, Rows, fit, free, lines, menu_button, paragraphs
from bot.notices.person_names import person_line
from bot.repositories.person_names import Called
from bot.repositories.proofs import NOT_SHOWN, Proof


class Refusal(Struct, frozen=True):
    """Why one is refused: on the owner's button, and as the customer reads it."""

    button: str
    why: str


REFUSALS: Final[dict[str, Refusal]] = {
    "missing": Refusal("button.proof_missing", "proof.why.missing"),
    "unreadable": Refusal("button.proof_unreadable", "proof.why.unreadable"),
    "counted": Refusal("button.proof_counted", "proof.why.counted"),
}


def described(t: Voice, proof: Proof, called: Called, others: tuple[int, ...]) -> Safe:
    """One proof: of whom, how much, which payment, and their words."""
    return lines(
        t("proofs.one", number=proof.id, moment=t.short_moment(proof.handed_at)),
        person_line(t, called),
        t("proofs.sum", amount=t("proofs.unknown") if proof.amount_xof is None else t.money(proof.amount_xof)),
        t("proofs.reference", reference=proof.reference) if proof.reference else t("proofs.no_reference"),
        t("proofs.picture" if picture_of(proof) else "proofs.picture_hidden") if proof.picture else None,
        quoted(t, proof.words) if proof.words else None,
        t("proofs.same_payment", numbers=", ".join(f"#{number}" for number in others)) if others else None,
    )


def picture_of(proof: Proof) -> Picture | None:
    """The picture, where its channel can show it again."""
    return None if proof.picture in ("", NOT_SHOWN) else Picture(proof.address.channel, proof.picture)


def deciding_rows(t: Voice, proof: Proof, *, typed_here: bool = False) -> Rows:
    """What an owner does with one: by one tap where the sum and the payment are known, else by what they type on its
    page (`typed_here`: this is it).
    """
    refuse = free(t.label("button.proof_refuse"), "proofrefuse", str(proof.id), STAYS)
    if proof.amount_xof is None or not proof.reference:
        if typed_here:
            return ((refuse,),)
        return ((free(t.label("button.proof_type"), "proofpage", str(proof.id), STAYS), refuse),)
    label = t.label("button.proof_credit", amount=t.short_money(proof.amount_xof))
    return ((free(label, "proofcredit", str(proof.id), STAYS), refuse),)


def waiting(t: Voice, proof: Proof, called: Called, others: tuple[int, ...]) -> Outbound:
    """One waits, to whoever may credit it."""
    rows = (*deciding_rows(t, proof), (_queue(t),))
    text = fit(described(t, proof, called, others))
    return Outbound(text, rows, durable=True, brief=_brief(t), picture=picture_of(proof))


def several(t: Voice, untold: tuple[Proof, ...]) -> Outbound:
    """Several wait, to whoever may credit them."""
    return Outbound(t.plural("proofs.many", len(untold)), ((_queue(t),),), durable=True, brief=_brief(t))


def refused(t: Voice, proof: Proof, why: str) -> Outbound:
    """It was not accepted, to whom it is of."""
    usual = REFUSALS.get(why)
    text = paragraphs(
        t("proof.refused", number=proof.id, moment=t.short_moment(proof.handed_at)),
        t("proof.refused_why", why=why if usual is None else t.label(usual.why)),
    )
    rows: Rows = ((contact_button(t), menu_button(t)),)
    return Outbound(text, rows, durable=True, brief=Brief("news", t.language, t.label("brief.account")))


def decided(t: Voice, proof: Proof) -> Safe:
    """That one was decided before, by whom and when."""
    key = "proofs.was_credited" if proof.state == "credited" else "proofs.was_refused"
    return t(key, number=proof.id, by=proof.decided_by or "", moment=t.moment(proof.decided_at or proof.handed_at))


def _queue(t: Voice) -> Choice:
    return free(t.label("button.proofs"), "proofs", "", STAYS)


def _brief(t: Voice) -> Brief:
    return Brief("news", t.language, t.label("brief.inbox"))
