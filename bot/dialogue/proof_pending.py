"""What a question about a proof of payment is about (see `pending`). Pure."""

from msgspec import Struct


class ProofWanted(Struct, frozen=True, tag="proof_wanted", omit_defaults=True):
    """Something that shows a payment; the channel's own name of the picture that was sent already."""

    picture: str = ""


class OneProof(Struct, frozen=True, tag="one_proof"):
    """A proof that an owner reads, or refuses."""

    number: int
