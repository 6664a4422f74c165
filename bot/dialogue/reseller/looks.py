"""What a reseller's dialogue may ask of the store: his clients, what he sold today, and who agreed to what. Pure.

"His" is always the reseller who speaks: nobody ever sees another's book.
"""

from msgspec import Struct

from bot.dialogue.looks import Look
from bot.domain.model import Address, Language, ServiceName


class ClientMeter(Struct, frozen=True):
    """A client's meter or reference. `holder` is the provider's word; empty until it was looked up once."""

    id: int
    service: ServiceName
    reference: str
    holder: str = ""


class Client(Struct, frozen=True):
    """Somebody in a reseller's book. `nickname` and `phone` may be empty; `phone` is digits alone."""

    id: int
    name: str
    nickname: str = ""
    phone: str = ""
    meters: tuple[ClientMeter, ...] = ()


class ClientPage(Struct, frozen=True):
    """Some clients, those sold to last first; `more` says that others follow."""

    clients: tuple[Client, ...]
    more: bool


class Consent(Struct, frozen=True):
    """A client's word that his codes may come to `address`, in `language`; taken back when `revoked`.

    `untold` says that his reseller has not read that yet. `reachable` is False while the address cannot be reached.
    """

    address: Address
    language: Language
    agreed_at: int
    revoked: bool = False
    untold: bool = False
    reachable: bool = True


class Invitation(Struct, frozen=True):
    """A code by which a client comes to be asked: `address` made it, who speaks `language`, for `client` in the book of
    `customer`.
    """

    id: int
    client_id: int
    client: str
    customer: str
    shop_name: str
    address: Address
    language: Language
    made_at: int
    expires_at: int
    state: str


class Agreed(Struct, frozen=True):
    """A shop from which codes come to the person who speaks; `client` is what he is called there."""

    shop_name: str
    client: str


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


class LookSpent(Look, frozen=True):
    """→ int: what left the speaker's balance for orders confirmed since then and did not come back, in XOF."""

    since: int


class LookConsent(Look, frozen=True):
    """→ Consent | None: a client's newest."""

    client_id: int


class LookInvitation(Look, frozen=True):
    """→ Invitation | None: the newest of a code, whoever made it."""

    code: str


class LookAgreed(Look, frozen=True):
    """→ tuple[Agreed, ...]: to what the person who speaks has agreed, and not taken back."""
