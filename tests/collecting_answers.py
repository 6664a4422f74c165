"""What collectors may answer, and the collection and the pay-back that the tests of their tables begin with."""

from typing import Any

from bot.domain.collecting import (
    CollectionClaim,
    Exists,
    LookUpUnknown,
    NoSuch,
    NotOpened,
    NotPaid,
    Open,
    Opened,
    OpeningUnknown,
    PaidBack,
    PayBackNotSent,
    PayBackProcessing,
    PayBackRefused,
    PayBackUnknown,
)
from bot.domain.collection import Collection
from bot.domain.payback import PayBack
from bot.domain.people import Address

NOW = 1_800_000_000_000
AWA = Address("telegram", "1")

# What an answer to a create may be.
CREATED: tuple[Any, ...] = (
    Opened("P1", "https://pay.example/1"),
    Exists("P1"),
    Exists(),
    NotOpened("invalid"),
    NotOpened("busy"),
    NotOpened("credentials", 30),
    NotOpened("unreachable"),
    OpeningUnknown("ReadTimeout"),
    OpeningUnknown("no address to pay at", "P1"),
)
# What a look-up may tell that is no payment, and that it told nothing.
TOLD: tuple[Any, ...] = (
    Open("P1", "https://pay.example/1", NOW + 5),
    Open("P1", "https://pay.example/1"),
    Open(),
    NotPaid("expired"),
    NotPaid("refused"),
    NoSuch(),
)
NOTHING = (
    LookUpUnknown("credentials"),
    LookUpUnknown("unreadable", "status SETTLED", strange=True),
    LookUpUnknown("unreachable"),
)
# What an answer to a pay-back may be, and a look-up of one.
PAID: tuple[Any, ...] = (
    PaidBack("P1", 25, 5_075),
    PaidBack("P1", None, 4_000),
    PaidBack(),
    PayBackProcessing("P1"),
    PayBackRefused("float"),
    PayBackRefused("number", "P1"),
    PayBackNotSent("not_authorized"),
    PayBackNotSent("busy", 60),
    PayBackUnknown("ReadTimeout"),
    PayBackUnknown("HTTP 409", True, "P1"),
)
SEEN: tuple[Any, ...] = (
    *(each for each in PAID if isinstance(each, PaidBack | PayBackProcessing | PayBackRefused)),
    NoSuch(),
    *NOTHING,
)
# What a webhook may claim.
CLAIMS = (
    CollectionClaim("paid", reference="OTHER"),
    CollectionClaim("paid", signature="invalid"),
    CollectionClaim("not_paid"),
    CollectionClaim("paid", provider_id="P1"),
    CollectionClaim("unknown", word="SETTLED"),
)


def a_collection(**changed: Any) -> Collection:
    """A collection of 5,075 F for half an hour."""
    fields: dict[str, Any] = {
        "id": "COLLECTION01",
        "address": AWA,
        "customer": str(AWA),
        "language": "fr",
        "collector": "dexpay",
        "method": "wave",
        "amount_xof": 5_075,
        "created_at": NOW,
        "updated_at": NOW,
        "expires_at": NOW + 1_800_000,
        "due_at": NOW,
    }
    return Collection(**(fields | changed))


def a_payback(**changed: Any) -> PayBack:
    """A pay-back of 5,075 F."""
    fields: dict[str, Any] = {
        "id": "PAYBACK00001",
        "address": AWA,
        "customer": str(AWA),
        "language": "fr",
        "collector": "dexchange_push",
        "method": "wave",
        "payer": "771234567",
        "amount_xof": 5_075,
        "created_at": NOW,
        "updated_at": NOW,
        "due_at": NOW,
    }
    return PayBack(**(fields | changed))
