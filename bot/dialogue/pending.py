"""What a question is about until it is answered: a value of its own for each kind of question. Pure.

It is kept in the session as a tagged union, so that an impossible value is an error when the session is read, and never
a default. A state says which kind it needs (`State.pending`); whoever stands in it without one has lost their place and
is told so. A kind that is renamed or changed needs no migration: what the version before kept is not understood, and
the person starts again, with nothing paid.
"""

from typing import TypeAlias

from msgspec import Struct

from bot.domain.acts import Act
from bot.domain.model import ServiceName


class Reading(Struct, frozen=True):
    """One way to read a number that was typed."""

    service: ServiceName
    reference: str
    amount_xof: int | None = None


class Readings(Struct, frozen=True, tag="readings"):
    """A number that can be read in several ways: which one is meant?"""

    readings: tuple[Reading, ...]


class OneClient(Struct, frozen=True, tag="client"):
    """A client of a reseller, whose page it is or of whom something changes."""

    client_id: int


class ClientNumber(Struct, frozen=True, tag="client_number"):
    """Somebody whose meter number is asked for; whoever is not in the book yet has no `client_id`."""

    name: str
    nickname: str = ""
    client_id: int | None = None


class MeterSoldTo(Struct, frozen=True, tag="meter_sold_to"):
    """The meter of an order: whose is it?"""

    order_id: str


class SaleToName(Struct, frozen=True, tag="sale_to_name"):
    """A sale to somebody whom several are called like: which one? `name` is folded."""

    name: str
    amount_xof: int | None = None
    service: ServiceName | None = None


class SaleToClient(Struct, frozen=True, tag="sale_to_client"):
    """A sale to a client who has several meters: which one?"""

    client_id: int
    amount_xof: int | None = None
    service: ServiceName | None = None


class Invited(Struct, frozen=True, tag="invited"):
    """The code by which a client is asked whether their codes may come to them."""

    code: str


class Giving(Struct, frozen=True, tag="giving"):
    """The code of the account to which all that is here would go."""

    code: str


class AwaitingConfirm(Struct, frozen=True, tag="awaiting_confirm", omit_defaults=True):
    """What an admin asked for, and the reason that they gave for it so far."""

    act: Act
    why: str = ""


Pending: TypeAlias = (
    Readings | Giving | OneClient | ClientNumber | MeterSoldTo | SaleToName | SaleToClient | Invited | AwaitingConfirm
)
