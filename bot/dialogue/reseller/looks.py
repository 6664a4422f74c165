"""What a reseller's dialogue may ask of the store: his clients, what he sold today, and who agreed to what. Pure.

"His" is always the reseller who speaks: nobody ever sees another's book.
"""

from bot.dialogue.looks import Look
from bot.domain.model import ServiceName


class LookClients(Look, frozen=True):
    """→ ClientPage of those in whom every word of `text` (folded, at most three count) is found; of all without one."""

    text: str = ""
    skip: int = 0
    count: int = 6


class LookClient(Look, frozen=True):
    """→ Client | None."""

    client_id: int


class LookClientAt(Look, frozen=True):
    """→ Client | None: whose meter or reference it is in the speaker's book."""

    service: ServiceName
    reference: str


class LookBook(Look, frozen=True):
    """→ int: how many clients there are."""


class LookLastSale(Look, frozen=True):
    """→ Order | None: the newest for a client that did not come to nothing."""

    client_id: int


class LookConsent(Look, frozen=True):
    """→ Consent | None: a client's newest."""

    client_id: int


class LookInvitation(Look, frozen=True):
    """→ Invitation | None: the newest of a code, whoever made it."""

    code: str


class LookAgreed(Look, frozen=True):
    """→ tuple[Agreed, ...]: to what the person who speaks has agreed, and not taken back."""
