"""A reseller's client book, and who of it agreed to what. Pure."""

from msgspec import Struct

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
