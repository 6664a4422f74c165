"""What customers hand in to show that they paid, and what became of it. Pure."""

from typing import Final, Literal, TypeAlias

from msgspec import Struct

from bot.domain.people import Address, Language
from bot.errors import StoreConflict
from bot.repositories.rows import all_of, reader
from bot.store import Script

ProofState: TypeAlias = Literal["open", "credited", "refused"]
# A picture that its channel cannot show again.
NOT_SHOWN: Final = "-"


class Proof(Struct, frozen=True):
    """Something by which a person shows that they paid: the channel's own name of a `picture` (`NOT_SHOWN`: it has
    none; empty: there is no picture), the payment's `reference` and the sum as far as they are known, and their words.
    `customer` is their account now.
    """

    id: int
    address: Address
    customer: str
    language: Language
    picture: str
    amount_xof: int | None
    reference: str
    words: str
    state: ProofState
    handed_at: int
    decided_by: str | None = None
    decided_at: int | None = None


_proof: Final = reader(Proof, address=Address.parse)


def add(address: Address, picture: str, amount_xof: int | None, reference: str, words: str, now: int) -> Script[Proof]:
    """Put one in the queue."""
    rows = yield (
        "proof_add",
        {
            "address": str(address),
            "picture": picture,
            "amount_xof": amount_xof,
            "reference": reference,
            "words": words,
            "now": now,
        },
    )
    return _proof((yield "proof_load", {"id": rows[0]["id"]})[0])


def load(number: int) -> Script[Proof | None]:
    """One of them; None where there is none of that number."""
    rows = yield "proof_load", {"id": number}
    return _proof(rows[0]) if rows else None


def open_ones(skip: int, count: int) -> Script[tuple[Proof, ...]]:
    """Those that nobody has decided yet, the oldest first."""
    return all_of((yield "proofs_open", {"skip": skip, "count": count}), _proof)


def counted() -> Script[int]:
    """How many nobody has decided yet."""
    return int((yield "proofs_counted", {})[0]["many"])


def open_of(customer: str) -> Script[int]:
    """How many of an account nobody has decided yet."""
    return int((yield "proofs_open_of", {"customer": customer})[0]["many"])


def was_handed_in(customer: str, reference: str, picture: str) -> Script[bool]:
    """Whether an account handed in the same before, and was not refused it."""
    return bool((yield "proof_again", {"customer": customer, "reference": reference, "picture": picture}))


def of_same_payment(proof: Proof) -> Script[tuple[int, ...]]:
    """Others that name the same payment, and were not refused."""
    rows = yield "proof_of_others", {"reference": proof.reference, "id": proof.id}
    return tuple(int(row["id"]) for row in rows)


def end(number: int, state: ProofState, by: str, now: int) -> Script[None]:
    """One of them is credited or refused, once; raises StoreConflict where somebody was quicker."""
    rows = yield "proof_end", {"id": number, "state": state, "by": by, "now": now}
    if not rows:
        raise StoreConflict(f"proof {number} was decided")


def reopen(number: int) -> Script[None]:
    """Its credit was undone: it waits again."""
    yield "proof_reopen", {"id": number}


def untold(told_before: int, count: int) -> Script[tuple[Proof, ...]]:
    """Those of which owners were not told since `told_before`, the oldest first."""
    return all_of((yield "proofs_untold", {"told_before": told_before, "count": count}), _proof)


def mark_told(number: int, now: int) -> Script[None]:
    """Owners were told of it."""
    yield "proof_told", {"id": number, "now": now}
