"""What is sold, as data: the services, what to ask for each, limits and fees. No I/O, no clock.

A service is one entry in `SERVICES`. Everything else that is kept by service is made of these entries: what it is
called in the catalogs of words (`service.<name>` and the like), its command, its place in the menu, its settings.

Fees are whole XOF, rounded up to a franc: percent (in hundredths of a percent) of the amount, plus a fixed part, then
held between a minimum and a maximum.
"""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from msgspec import Struct

from bot.errors import ModelError

BASIS_POINTS = 10_000


class FeeRule(Struct, frozen=True):
    """`basis_points` of the amount plus `fixed_xof`, at least `minimum_xof`, at most `maximum_xof` when that is set."""

    basis_points: int = 0
    fixed_xof: int = 0
    minimum_xof: int = 0
    maximum_xof: int | None = None

    def __post_init__(self) -> None:
        if min(self.basis_points, self.fixed_xof, self.minimum_xof) < 0 or self.basis_points > BASIS_POINTS:
            raise ModelError("a fee rule takes no negative part and at most 100 %")
        if self.maximum_xof is not None and self.maximum_xof < self.minimum_xof:
            raise ModelError("a fee rule's maximum is below its minimum")

    def fee_xof(self, amount_xof: int) -> int:
        """The fee for an amount, rounded up to a whole franc."""
        fee = -(-amount_xof * self.basis_points // BASIS_POINTS) + self.fixed_xof
        fee = max(fee, self.minimum_xof)
        return fee if self.maximum_xof is None else min(fee, self.maximum_xof)

    def __str__(self) -> str:
        """The operator's notation, as `parse` reads it."""
        terms = [f"{_percent(self.basis_points)}%"] if self.basis_points else []
        terms += [str(self.fixed_xof)] if self.fixed_xof or not terms else []
        ends = [f"min {self.minimum_xof}"] if self.minimum_xof else []
        ends += [] if self.maximum_xof is None else [f"max {self.maximum_xof}"]
        return ", ".join([" + ".join(terms), *ends])

    @classmethod
    def parse(cls, text: str) -> "FeeRule":
        """Read the operator's notation: `1.5% + 50, min 100, max 2000`; every part may be left out, `0` is no fee.

        Raises ModelError with the text that was not understood.
        """
        parts = [part.strip() for part in text.split(",")]
        values: dict[str, int] = {}
        for term in (part.strip() for part in parts[0].split("+")):
            if match := re.fullmatch(r"(\d{1,3})(?:\.(\d{1,2}))?\s*%", term):
                name, value = "basis_points", int(match[1]) * 100 + int((match[2] or "0").ljust(2, "0"))
            elif re.fullmatch(r"\d{1,9}", term):
                name, value = "fixed_xof", int(term)
            else:
                raise ModelError(f"not a fee: {text!r}")
            if name in values:
                raise ModelError(f"not a fee: {text!r}")
            values[name] = value
        for part in parts[1:]:
            match = re.fullmatch(r"(min|max)\s+(\d{1,9})", part)
            if match is None:
                raise ModelError(f"not a fee: {text!r}")
            values["minimum_xof" if match[1] == "min" else "maximum_xof"] = int(match[2])
        return cls(**values)


class Commission(Struct, frozen=True):
    """What a reseller earns of a sale: a part of the amount and a part of the fee, in hundredths of a percent each,
    rounded down to a whole franc.
    """

    amount_basis_points: int = 0
    fee_basis_points: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.amount_basis_points <= BASIS_POINTS or not 0 <= self.fee_basis_points <= BASIS_POINTS:
            raise ModelError("a commission is between 0 and 100 %")

    def commission_xof(self, amount_xof: int, fee_xof: int) -> int:
        """The commission on a sale."""
        return (amount_xof * self.amount_basis_points + fee_xof * self.fee_basis_points) // BASIS_POINTS

    def __str__(self) -> str:
        """The operator's notation, as `parse` reads it."""
        return f"{_percent(self.amount_basis_points)}% + {_percent(self.fee_basis_points)}% fee"

    @classmethod
    def parse(cls, text: str) -> "Commission":
        """Read the operator's notation: `0.5% + 20% fee`; either part may be left out, `0` is no commission.

        Raises ModelError with the text that was not understood.
        """
        values: dict[str, int] = {}
        for term in (part.strip() for part in text.split("+")):
            match = re.fullmatch(r"(\d{1,3})(?:[.,](\d{1,2}))?\s*%(?:\s*(fee|frais))?", term)
            if match is None and term != "0":
                raise ModelError(f"not a commission: {text!r}")
            name = "fee_basis_points" if match is not None and match[3] else "amount_basis_points"
            if name in values:
                raise ModelError(f"not a commission: {text!r}")
            values[name] = 0 if match is None else int(match[1]) * 100 + int((match[2] or "0").ljust(2, "0"))
        return cls(**values)


def _percent(basis_points: int) -> str:
    whole, part = divmod(basis_points, 100)
    return f"{whole}.{part:02}".rstrip("0").rstrip(".") if part else str(whole)


class Bounds(Struct, frozen=True):
    """How far an owner may go from a telephone: the most that a fee may ask in hundredths of a percent and in fixed
    XOF, that a commission may give of the amount and of the fee, and that an account may owe.
    """

    fee_basis_points: int = 1_000
    fee_xof: int = 2_000
    commission_basis_points: int = 200
    commission_fee_basis_points: int = 8_000
    credit_limit_xof: int = 1_000_000

    def allow_fee(self, rule: FeeRule) -> bool:
        """Whether a fee is within them."""
        return rule.basis_points <= self.fee_basis_points and max(rule.fixed_xof, rule.minimum_xof) <= self.fee_xof

    def allow_commission(self, rule: Commission) -> bool:
        """Whether a commission is within them."""
        return (
            rule.amount_basis_points <= self.commission_basis_points
            and rule.fee_basis_points <= self.commission_fee_basis_points
        )


# It leaves the operator something of the default fees after the provider's 1 %.
DEFAULT_COMMISSION = Commission(fee_basis_points=2_000)


class Service(Struct, frozen=True):
    """One thing on sale.

    `name` is what the store keeps, and stays. `code` is the provider's `serviceCode`. `emblem` stands before its name
    for people. `menu` says in which row of the menu it is, and at which place in it. `prepaid` means: the customer
    chooses the amount and gets a recharge code; otherwise the bill imposes the amount. `usual_digits` is what a
    reference usually has; another length earns a soft warning at most, the inquiry decides. `words` are what people
    type to name the service, beside its name. `commission` is what a reseller earns who has no terms of their own.
    """

    name: str
    code: str
    emblem: str
    menu: tuple[int, int]
    prepaid: bool
    usual_digits: tuple[int, int]
    words: tuple[str, ...]
    minimum_xof: int = 1
    maximum_xof: int = 1_000_000
    suggestions_xof: tuple[int, ...] = ()
    fee: FeeRule = FeeRule()
    provider_fee: FeeRule = FeeRule(basis_points=100)
    commission: Commission = DEFAULT_COMMISSION

    def __post_init__(self) -> None:
        if not 0 < self.minimum_xof <= self.maximum_xof:
            raise ModelError(f"{self.name}: the smallest amount is above the largest")

    def is_usual(self, reference: str) -> bool:
        """Whether a number has the length that the numbers of this service usually have."""
        low, high = self.usual_digits
        return low <= len(reference) <= high


DEFAULT_FEE = FeeRule(basis_points=150, minimum_xof=50)

WOYOFAL = Service(
    name="woyofal",
    code="WOYOFAL_SN_BILL",
    emblem="💡",
    menu=(30, 10),
    prepaid=True,
    usual_digits=(11, 11),
    words=("w", "woyofal", "woyo", "wayofal", "woyafal", "light", "courant", "lumiere"),
    minimum_xof=1_000,
    maximum_xof=500_000,
    suggestions_xof=(1_000, 2_000, 5_000, 10_000, 20_000),
    fee=DEFAULT_FEE,
)
SENELEC = Service(
    name="senelec",
    code="SENELEC_SN_BILL",
    emblem="⚡",
    menu=(40, 10),
    prepaid=False,
    usual_digits=(9, 12),
    words=("s", "senelec", "sénélec", "electricite", "electricity"),
    fee=DEFAULT_FEE,
)
SENEAU = Service(
    name="seneau",
    code="SENEAU_SN_BILL",
    emblem="💧",
    menu=(40, 20),
    prepaid=False,
    usual_digits=(1, 12),
    words=("e", "seneau", "sen eau", "sen'eau", "eau", "water", "sde"),
    fee=DEFAULT_FEE,
)


# In the order in which they are listed.
SERVICES: Final = (WOYOFAL, SENELEC, SENEAU)

if TYPE_CHECKING:
    ServiceName: TypeAlias = str
else:
    # Whatever is decoded names a service of the catalog; any other name is an error where it comes in.
    ServiceName = Literal[tuple(service.name for service in SERVICES)]


class Catalog(Struct, frozen=True):
    """The services as this operator sells them."""

    services: tuple[Service, ...] = SERVICES

    def __getitem__(self, name: str) -> Service:
        """The service of that name. Raises KeyError."""
        for service in self.services:
            if service.name == name:
                return service
        raise KeyError(name)

    def __iter__(self) -> Iterator[Service]:
        return iter(self.services)

    @property
    def woyofal(self) -> Service:
        """Prepaid electricity, for which a number alone is read, and a list of numbers."""
        return self["woyofal"]

    def replaced(self, service: Service) -> "Catalog":
        """The same with another `service` of that name."""
        return Catalog(tuple(service if each.name == service.name else each for each in self.services))


def digits_of(reference: str) -> str:
    """A meter number or reference as the provider takes it: people type spaces, dots and dashes, which are dropped."""
    return re.sub(r"[\s.\-_/·\u00a0\u202f]", "", reference)


def same_reference(one: str, other: str) -> bool:
    """Whether two references name the same meter: the provider pads with zeros on the left."""
    return one.lstrip("0") == other.lstrip("0")


def split_tokens(raw: str) -> tuple[str, ...]:
    """The recharge codes in a provider's `token` field.

    Codes have 20 digits, and three may come at once, in one run or apart: a run of 40 or 60 digits is cut into
    twenties, and anything that is not a digit parts two codes. Groups of four are one code. What fits none of this is
    kept as it came, so that nothing a customer paid for is lost.
    """
    raw = raw.strip()
    if not raw:
        return ()
    pieces = [piece for piece in re.split(r"[,;|/\n\r\t]+|\s{2,}", raw) if piece.strip()]
    tokens: list[str] = []
    for piece in pieces:
        runs = re.findall(r"\d+", piece)
        digits = "".join(runs)
        if re.search(r"[^\d\s\-.]", piece) or not digits:
            tokens.append(piece.strip())
        elif all(len(run) >= 16 for run in runs) and not any(len(run) % 20 == 0 and len(run) > 20 for run in runs):
            tokens.extend(runs)
        elif len(digits) % 20 == 0:
            tokens.extend(digits[at : at + 20] for at in range(0, len(digits), 20))
        else:
            tokens.append(digits)
    return tuple(tokens)
