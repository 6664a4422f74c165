"""What the provider said of a payment."""

from typing import Literal, TypeAlias

from msgspec import Struct, field


class ProviderDetails(Struct, frozen=True, omit_defaults=True):
    """What an answer of the provider carried besides its verdict; None where it was silent.

    `previous_balance_xof` and `current_balance_xof` are the operator's float around the debit.
    """

    transaction_id: str | None = None
    amount_xof: int | None = None
    fee_xof: int | None = None
    reference: str | None = None
    reference_facture: str | None = None
    previous_balance_xof: int | None = None
    current_balance_xof: int | None = None
    message: str | None = None


NO_DETAILS = ProviderDetails()


class Delivered(Struct, frozen=True, tag="delivered"):
    """Paid; for Woyofal with at least one recharge code. Final."""

    tokens: tuple[str, ...] = ()
    details: ProviderDetails = field(default=NO_DETAILS, name="facts")


class TokenAwaited(Struct, frozen=True, tag="token_awaited"):
    """Paid, but the recharge code has not come yet. Never a failure."""

    details: ProviderDetails = field(default=NO_DETAILS, name="facts")


class Refused(Struct, frozen=True, tag="refused"):
    """Certainly not paid, or refunded by the provider. Final; the hold is given back."""

    reason: Literal["invalid", "float", "already_paid", "failed", "cancelled", "admin"]
    details: ProviderDetails = field(default=NO_DETAILS, name="facts")


class NotSent(Struct, frozen=True, tag="not_sent"):
    """The provider certainly did not take the payment; it may be sent again with the same id."""

    cause: Literal["unreachable", "credentials", "maintenance", "busy"]
    retry_seconds: float | None = None


class Processing(Struct, frozen=True, tag="processing"):
    """The provider took the payment and has not decided. Without a `transaction_id` there is nothing to look up.

    `tokens` came along all the same: they are kept, and shown once a look-up says that the payment succeeded.
    """

    details: ProviderDetails = field(default=NO_DETAILS, name="facts")
    tokens: tuple[str, ...] = ()


class Unknown(Struct, frozen=True, tag="unknown"):
    """Nobody knows whether the payment was taken: the money stays held. `cause` is for the log and the admins.

    `conflict` (409 to a first attempt) means our own id was already used: a bug, never replayed. `heard` says what
    there was of an answer: `nothing` (or nothing but a trouble of the provider's own), an `error`, something `strange`
    (a word, a shape, a contradiction that we cannot read as a verdict), or one that names a `foreign` payment. `tokens`
    came along and are kept like those of `Processing`; `raw` is the beginning of what we could not read. Both may hold
    recharge codes.
    """

    cause: str
    conflict: bool = False
    details: ProviderDetails = field(default=NO_DETAILS, name="facts")
    heard: Literal["nothing", "error", "strange", "foreign"] = "nothing"
    tokens: tuple[str, ...] = ()
    raw: str = ""


Outcome: TypeAlias = Delivered | TokenAwaited | Refused | NotSent | Processing | Unknown


class WebhookClaim(Struct, frozen=True, omit_defaults=True):
    """What a webhook claims. It is believed only as far as a look-up agrees. `raw` is the beginning of one that we
    could not read whole; it is kept with what the provider said, and nowhere else.
    """

    status: Literal["success", "failed", "pending", "unknown"]
    tokens: tuple[str, ...] = ()
    external_id: str | None = None
    custom_data: str | None = None
    details: ProviderDetails = field(default=NO_DETAILS, name="facts")
    raw: str = ""
