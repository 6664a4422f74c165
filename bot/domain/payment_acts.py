"""What admins ask for about money that customers pay by themselves: acts, as those of `bot.domain.acts`. Pure."""

from typing import Literal

from msgspec import Struct

from bot.domain.people import Address


class DecidePayIn(Struct, frozen=True, tag="payin", omit_defaults=True):
    """A customer's payment came in, with so much; None: it did not, and does not any more. The address is theirs."""

    collection_id: str
    address: Address
    paid_xof: int | None = None

    @property
    def command(self) -> str:
        return f"payin {self.collection_id} {'notpaid' if self.paid_xof is None else f'paid {self.paid_xof}'}"


class DecidePayBack(Struct, frozen=True, tag="payback", omit_defaults=True):
    """Money goes back to who paid it (`confirm`), went back (`paid`), or stays theirs here (`kept`). `payer` is the
    number to which it was to go when that was asked for.
    """

    payback_id: str
    address: Address
    verdict: Literal["confirm", "paid", "kept"]
    payer: str = ""

    @property
    def command(self) -> str:
        return f"payback {self.payback_id} {self.verdict}"


class SendElsewhere(Struct, frozen=True, tag="payback_to"):
    """Money that is held goes to another number than `before`, both of nine digits. The address is the customer's."""

    payback_id: str
    address: Address
    before: str
    number: str

    @property
    def command(self) -> str:
        # A telephone's number stands in no list of requests.
        return f"payback {self.payback_id} to {self.number[:2]}•••{self.number[-2:]}"
