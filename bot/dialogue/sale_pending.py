"""What a reseller's question is about: a sale or a debt that waits for its client, a book in a file (see `pending`).

Pure.
"""

from typing import Literal, TypeAlias

from msgspec import Struct

from bot.domain.catalog import ServiceName

# What is said of a debt: it is one more, all of it or so much was paid, how much is it, and the words to ask for it.
DebtKind: TypeAlias = Literal["owes", "credit", "paid", "paid_all", "ask", "remind"]


class SaleToName(Struct, frozen=True, tag="sale_to_name"):
    """A sale to somebody whom several are called like: which one? `name` is folded."""

    name: str
    amount_xof: int | None = None
    service: ServiceName | None = None
    on_credit: bool = False


class SaleToClient(Struct, frozen=True, tag="sale_to_client"):
    """A sale to a client who has several meters: which one?"""

    client_id: int
    amount_xof: int | None = None
    service: ServiceName | None = None
    on_credit: bool = False


class DebtSaid(Struct, frozen=True, tag="debt_said"):
    """What was said of the debt of somebody whom several are called like: which one? `name` is folded."""

    kind: DebtKind
    name: str
    amount_xof: int | None = None


class BookSent(Struct, frozen=True, tag="book_sent"):
    """The lines of a client book that was sent as a file and waits for its Confirm."""

    import_id: str
    name: str
