"""What is asked of the provider without paying: whose meter this is and what is owed, and how much the float holds."""

from typing import Literal, TypeAlias

from msgspec import Struct

from bot.domain.catalog import ServiceName


class Bill(Struct, frozen=True):
    """One unpaid bill; `due_on` is `YYYY-MM-DD` or None; `fee_xof` is the provider's, for information."""

    reference_facture: str
    amount_xof: int
    fee_xof: int = 0
    due_on: str | None = None


class Inquiry(Struct, frozen=True, tag="inquiry"):
    """Whose meter or contract this is and what is owed.

    `reference` is the one that was asked, not the zero-padded one that comes back. For Woyofal `bills` is empty: the
    provider's pseudo bill has amount 0 and a `referenceFacture` that is a session token, never a recharge code.
    """

    service: ServiceName
    reference: str
    holder: str
    address_line: str
    meter_status: str
    bills: tuple[Bill, ...] = ()


class InquiryRefused(Struct, frozen=True, tag="inquiry_refused"):
    """The provider says there is no such meter or reference; `reason` is its own text, for the log and the admins."""

    reason: str


class InquiryUnavailable(Struct, frozen=True, tag="inquiry_unavailable"):
    """Nothing was learned: unreachable, busy, in maintenance, or our credentials were refused."""

    cause: Literal["unreachable", "busy", "maintenance", "credentials", "unreadable"]
    retry_seconds: float = 5.0


InquiryAnswer: TypeAlias = Inquiry | InquiryRefused | InquiryUnavailable


class Float(Struct, frozen=True, tag="float"):
    """The operator's money at the provider, as the provider tells it."""

    balance_xof: int


class FloatUnavailable(Struct, frozen=True, tag="float_unavailable"):
    """The provider did not tell its balance; `cause` is for the admin who asked. `answered`: it was there, and said
    something else. `detail` names the error of the network, where that was in the way.
    """

    cause: str
    answered: bool = False
    detail: str = ""


FloatAnswer: TypeAlias = Float | FloatUnavailable
