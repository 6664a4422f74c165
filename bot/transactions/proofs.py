"""Proofs of payment: what a customer may hand in, and who is told of it. Pure.

Theory of operation. Where nobody collects, money comes in by a person who sees that it came. A customer shows what they
paid by a picture or by the payment's number; it becomes a row (`repositories.proofs`) from which an owner credits it or
refuses it. An account hands in a few within an hour, and has no more than a few open; nothing is kept twice, and no
payment that was counted already. Owners are told of all that wait in one message, not twice within a minute.
"""

from typing import Final, Literal, TypeAlias

from bot.domain.hiding import without_codes, without_tricks
from bot.domain.outbound import Outbound
from bot.i18n import Voice
from bot.notices import proofs as notices
from bot.repositories import proofs
from bot.repositories.acts import used_reference
from bot.repositories.alerts import take_turn
from bot.repositories.outbox import OutboxMessage
from bot.repositories.person_names import called_as
from bot.repositories.proofs import Proof
from bot.store import Script
from bot.transactions.admins import tell_admins
from bot.transactions.allowances import Allowance, read, use, write
from bot.transactions.installation import Installation
from bot.transactions.unit import Unit

# A person hands in so much within an hour, and then rests.
ALLOWED: Final = Allowance(6, 3600, 1800)
MOST_OPEN: Final = 3
MAX_WORDS_CHARACTERS: Final = 200
TELL_PAUSE_MS: Final = 60_000
TELL_AGAIN_MS: Final = 14_400_000
# More are not looked at for one message.
MOST_TOLD: Final = 50

# Why nothing was kept: it was before; it was credited already; too many wait; too many were handed in.
NotKept: TypeAlias = Literal["again", "counted", "full", "often"]


def hand_in(unit: Unit, picture: str, amount_xof: int | None, reference: str, words: str) -> Script[Proof | NotKept]:
    """Keep a proof of the person of this unit, and tell whoever may credit it."""
    if (yield from proofs.was_handed_in(unit.customer, reference, picture)):
        return "again"
    if reference and (yield from used_reference(reference)) is not None:
        return "counted"
    if (yield from proofs.open_of(unit.customer)) >= MOST_OPEN:
        return "full"
    used, verdict = use(ALLOWED, (yield from read(unit.customer, "proof")), unit.now)
    if verdict != "silent":
        yield from write(unit.customer, "proof", used, unit.now)
    if verdict != "yes":
        return "often"
    said = without_codes(without_tricks(words))[:MAX_WORDS_CHARACTERS]
    kept = yield from proofs.add(unit.address, picture, amount_xof, reference, said, unit.now)
    unit.posted += yield from tell_waiting(unit.installation, unit.now)
    return kept


def tell_waiting(installation: Installation, now: int) -> Script[list[OutboxMessage]]:
    """Tell owners of what waits and of which they were not told, unless it is too soon."""
    untold = yield from proofs.untold(now - TELL_AGAIN_MS, MOST_TOLD)
    if not untold or not (yield from take_turn("proofs", TELL_PAUSE_MS, now)):
        return []
    for proof in untold:
        yield from proofs.mark_told(proof.id, now)
    if len(untold) > 1:
        return (
            yield from tell_admins(installation, lambda voice: notices.several(voice, untold), now, owners_only=True)
        )
    (proof,) = untold
    called = yield from called_as(proof.address)
    others = yield from proofs.of_same_payment(proof)

    def waiting(voice: Voice) -> Outbound:
        return notices.waiting(voice, proof, called, others)

    return (yield from tell_admins(installation, waiting, now, (str(proof.address),), owners_only=True))
