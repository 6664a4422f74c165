"""Collecting and paying back as values: what is asked of a collector, and what it answers. Pure.

A *collection* asks a payer for one exact sum by one *method*; a *pay-back* sends money to the number that paid. The id
of each is ours. It is stored before the call leaves, and it is all that a lost answer leaves to ask about.
"""

import re
from typing import Literal, TypeAlias

from msgspec import Struct

_NUMBER = re.compile(r"(?:(?:\+|00)?221)?(7[0-9]{8})")

Method: TypeAlias = Literal["wave", "orange_money", "free_money", "wizall", "card", "any"]
"""What a payer pays with; with `any` they choose on the page that the link opens."""

CallCause: TypeAlias = Literal[
    "unreachable",
    "credentials",
    "not_authorized",
    "unverified",
    "maintenance",
    "busy",
    "unreadable",
    "foreign",
    "no_id",
]
"""Why a call told nothing. `not_authorized`: our address is not on the account's list; `unverified`: the provider has
not verified the account; `foreign`: the answer speaks of somebody else's payment; `no_id`: it is looked up by the
provider's id, and none is known.
"""


Advances: TypeAlias = Literal["none", "allowed"]
"""Whether what customers have may stay with the operator, for later purchases."""


def payer_number(text: str) -> str | None:
    """A Senegalese mobile number as nine digits, however it was written; None when it is none."""
    match = _NUMBER.fullmatch(re.sub(r"[\s.()/-]", "", text))
    return None if match is None else match[1]


Kind: TypeAlias = Literal["link", "prompt", "code"]


class Way(Struct, frozen=True):
    """One way to pay: the payer opens a `link`, answers a `prompt` on their telephone, or reads us a `code` that they
    are sent. `most_xof` None: no bound is known. `needs_number`: the collector must be told the payer's number.
    """

    method: Method
    kind: Kind
    least_xof: int
    most_xof: int | None = None
    needs_number: bool = False

    def takes(self, amount_xof: int) -> bool:
        """Whether a sum is within the bounds."""
        return amount_xof >= self.least_xof and (self.most_xof is None or amount_xof <= self.most_xof)


class Abilities(Struct, frozen=True):
    """What a collector can do. `pays_back` are the methods by which money goes back.

    `looks_up_by`: by our own id, or only by the id that it gave; then a lost answer leaves a webhook to wait for.
    `expires`: it can end a collection when we ask it to. `refuses_twice`: it takes no pay-back a second time under the
    same id, so that one whose answer was lost may be sent once more.
    """

    ways: tuple[Way, ...]
    pays_back: tuple[Way, ...]
    looks_up_by: Literal["our_id", "provider_id"]
    expires: bool = False
    refuses_twice: bool = False

    def way(self, method: Method) -> Way | None:
        """How a method goes; None when it is not offered."""
        return next((way for way in self.ways if way.method == method), None)


class CollectionRequest(Struct, frozen=True, kw_only=True):
    """What is asked of a payer. `about` is one line that they read; `payer` is their number, nine digits.

    The same request must give the same bytes: a repeated create says exactly what the first one said.
    """

    id: str
    method: Method
    amount_xof: int
    about: str
    callback_url: str
    success_url: str
    failure_url: str
    payer: str | None = None
    expires_at: int | None = None


class PayBackRequest(Struct, frozen=True, kw_only=True):
    """Money for the number that paid, nine digits."""

    id: str
    method: Method
    amount_xof: int
    payer: str
    callback_url: str
    success_url: str
    failure_url: str


class Payment(Struct, frozen=True, omit_defaults=True):
    """One payment of a payer, as a look-up told it.

    `transaction_id` None: the look-up tells that the collection was paid, and gives the payment no id of its own.
    `fee_xof` is what the provider kept, `payer` the number that paid, nine digits, `method` what it paid with; None
    where nothing was told.
    """

    amount_xof: int
    transaction_id: str | None = None
    fee_xof: int | None = None
    payer: str | None = None
    paid_at: int | None = None
    method: Method | None = None


# What an answer to a create means.


class Opened(Struct, frozen=True, tag="opened"):
    """The payer can pay: at `url`, or without one by a prompt or a code on their telephone."""

    provider_id: str | None = None
    url: str | None = None
    expires_at: int | None = None


class Exists(Struct, frozen=True, tag="exists"):
    """Our id was used before: the provider has this collection, and what it is must be looked up."""

    provider_id: str | None = None


class NotOpened(Struct, frozen=True, tag="not_opened"):
    """It is certain that nothing exists that could be paid. `invalid` and `number` are final, for the same request
    would be refused again; any other cause may be tried again with the same id.
    """

    cause: Literal[
        "unreachable", "credentials", "not_authorized", "unverified", "maintenance", "busy", "invalid", "number"
    ]
    retry_seconds: float | None = None
    message: str | None = None


class OpeningUnknown(Struct, frozen=True, tag="opening_unknown"):
    """Nobody knows whether it exists: it may be created again with the same id only, and may be paid meanwhile."""

    reason: str
    provider_id: str | None = None


CreateResult: TypeAlias = Opened | Exists | NotOpened | OpeningUnknown


# What an answer to a look-up means.


class Collected(Struct, frozen=True, tag="collected"):
    """Paid, once or more often."""

    payments: tuple[Payment, ...]


class Open(Struct, frozen=True, tag="open"):
    """It exists and may still be paid. `url` and `expires_at` are told again by some."""

    provider_id: str | None = None
    url: str | None = None
    expires_at: int | None = None


class NotPaid(Struct, frozen=True, tag="not_paid"):
    """The provider says that it ended without a payment; a later payment is taken all the same."""

    cause: Literal["refused", "cancelled", "expired"]
    message: str | None = None


class NoSuch(Struct, frozen=True, tag="no_such"):
    """The provider knows nothing of it. After a create whose answer was lost that proves nothing for a while."""


class LookUpUnknown(Struct, frozen=True, tag="look_up_unknown"):
    """Nothing was learned. `reason` is for the log and the admins; `strange`: there was an answer, with a word or a
    shape that we cannot read as a verdict.
    """

    cause: CallCause
    reason: str = ""
    retry_seconds: float | None = None
    strange: bool = False


LookUpResult: TypeAlias = Collected | Open | NotPaid | NoSuch | LookUpUnknown


class CodeRefused(Struct, frozen=True, tag="code_refused"):
    """The code that the payer read to us is wrong or too old; they may try another."""

    message: str | None = None


CodeResult: TypeAlias = Open | CodeRefused | LookUpUnknown
"""What an answer to a payer's code means; whether they paid is looked up."""


# What an answer to an expire means.


class Expired(Struct, frozen=True, tag="expired"):
    """It can no longer be paid. A payment may have come before: a last look-up tells."""


class CannotExpire(Struct, frozen=True, tag="cannot_expire"):
    """This collector ends nothing by itself, or no longer: it may have been paid."""


ExpireResult: TypeAlias = Expired | CannotExpire | LookUpUnknown


# What an answer to a pay-back, or to a look-up of one, means.


class PaidBack(Struct, frozen=True, tag="paid_back"):
    """The money went back. Final. `fee_xof` is what the provider kept for that."""

    provider_id: str | None = None
    fee_xof: int | None = None
    amount_xof: int | None = None


class PayBackProcessing(Struct, frozen=True, tag="processing"):
    """The provider has taken it and has not decided."""

    provider_id: str | None = None


class PayBackRefused(Struct, frozen=True, tag="refused"):
    """Certainly not paid back. Final for this pay-back; `float`: the operator's money at the provider is too little."""

    cause: Literal["float", "number", "invalid", "failed", "cancelled"]
    provider_id: str | None = None
    message: str | None = None


class PayBackNotSent(Struct, frozen=True, tag="not_sent"):
    """The provider certainly did not take it; it may be sent again with the same id."""

    cause: Literal["unreachable", "credentials", "not_authorized", "unverified", "maintenance", "busy"]
    retry_seconds: float | None = None


class PayBackUnknown(Struct, frozen=True, tag="unknown"):
    """Nobody knows whether it was taken: never under another id. `duplicate`: the provider says that our id was used,
    which to a first attempt means that it was taken, or that something else is wrong.
    """

    reason: str
    duplicate: bool = False
    provider_id: str | None = None


PayBackResult: TypeAlias = PaidBack | PayBackProcessing | PayBackRefused | PayBackNotSent | PayBackUnknown
PayBackLookUp: TypeAlias = PaidBack | PayBackProcessing | PayBackRefused | NoSuch | LookUpUnknown


class CollectionClaim(Struct, frozen=True, omit_defaults=True):
    """What a webhook claims: a reason to look up, never a proof. `reference` is our id, as far as it names one.

    `signature` is `none` where there is no secret to check it by, and `missing` where there is one and the webhook
    carries none. `raw` is the beginning of a body that we could not read whole.
    """

    status: Literal["paid", "open", "not_paid", "unknown"]
    about: Literal["collection", "payback", "unknown"] = "unknown"
    reference: str | None = None
    provider_id: str | None = None
    transaction_id: str | None = None
    amount_xof: int | None = None
    payer: str | None = None
    word: str | None = None
    signature: Literal["valid", "invalid", "missing", "none"] = "none"
    raw: str = ""
