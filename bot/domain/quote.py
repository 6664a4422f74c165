"""What is promised: an offer that a confirmation makes an order."""

from msgspec import Struct

from bot.domain.catalog import ServiceName
from bot.errors import ModelError

MAX_AMOUNT_XOF = 1_000_000_000


class Quote(Struct, frozen=True):
    """An offer: confirmed before `expires_at` it becomes the order of the same id.

    A reseller's quote is for a client of theirs, and earns them `commission_xof`: the client pays them `price_xof`, and
    `total_xof` leaves their own balance. `batch_id` and `line` say which line of which batch it is.
    `on_credit`: the client pays later, and owes the price until then.
    """

    id: str
    service: ServiceName
    reference: str
    holder: str
    amount_xof: int
    fee_xof: int
    created_at: int
    expires_at: int
    reference_facture: str | None = None
    due_on: str | None = None
    commission_xof: int = 0
    client_id: int | None = None
    client: str = ""
    batch_id: str | None = None
    line: int | None = None
    on_credit: bool = False

    def __post_init__(self) -> None:
        if not 0 < self.amount_xof <= MAX_AMOUNT_XOF or self.fee_xof < 0:
            raise ModelError(f"a quote over {self.amount_xof} + {self.fee_xof} XOF")
        if not 0 <= self.commission_xof <= self.price_xof:
            raise ModelError(f"a commission of {self.commission_xof} XOF on {self.price_xof}")

    @property
    def price_xof(self) -> int:
        """What whoever uses the electricity or owes the bill pays."""
        return self.amount_xof + self.fee_xof

    @property
    def total_xof(self) -> int:
        """What leaves the balance of whoever confirms."""
        return self.price_xof - self.commission_xof
