"""What admins ask for: a value of its own for each kind of act. Pure.

An act waits in the session for its Confirm, and in the store for a second person. It says what is to be done, and not
what that would lead to: that is read from the books when the act is asked about, and again when it is done. Its
`command` names it to people where no amount does.
"""

from collections.abc import Callable
from typing import Literal, TypeAlias

from msgspec import Struct, ValidationError

from bot.domain.catalog import ServiceName
from bot.domain.encoding import decoder
from bot.domain.identity_acts import DecideIdentity, MoveAccount
from bot.domain.payment_acts import DecidePayBack, DecidePayIn, SendElsewhere
from bot.domain.people import Address, Language, Role

TextName: TypeAlias = Literal["pay_in", "help", "contact", "closed"]


class MoveMoney(Struct, frozen=True, tag="move", omit_defaults=True):
    """`amount_xof` goes to an address; a negative amount is taken from it. The `key` makes two Confirms of one question
    one move. The address may be somebody `new`, a `twin` is known to repeat another move, `reference` is the payment's
    own number, and `proof` the number of what shows that it was made (0: nothing was handed in).
    """

    key: str
    address: Address
    amount_xof: int
    new: bool = False
    twin: bool = False
    reference: str = ""
    proof: int = 0

    @property
    def what(self) -> Literal["credit", "debit"]:
        return "credit" if self.amount_xof > 0 else "debit"

    @property
    def command(self) -> str:
        return f"{self.what} {self.address} {abs(self.amount_xof)}"


class ResolveOrder(Struct, frozen=True, tag="resolve", omit_defaults=True):
    """An order was delivered, with these recharge codes, or refused."""

    order_id: str
    verdict: Literal["delivered", "refused"]
    tokens: tuple[str, ...] = ()

    @property
    def command(self) -> str:
        # Recharge codes are never repeated to anybody.
        return f"resolve {self.order_id} {self.verdict}"


class RefundOrder(Struct, frozen=True, tag="refund"):
    """The operator gives back so much of a delivered order."""

    order_id: str
    amount_xof: int

    @property
    def command(self) -> str:
        return f"refund {self.order_id} {self.amount_xof}"


class RetryOrder(Struct, frozen=True, tag="retry"):
    """An order is taken up now."""

    order_id: str

    @property
    def command(self) -> str:
        return f"retry {self.order_id}"


class Freeze(Struct, frozen=True, tag="freeze"):
    """The account of an address is paused."""

    address: Address

    @property
    def command(self) -> str:
        return f"freeze {self.address}"


class Unfreeze(Struct, frozen=True, tag="unfreeze"):
    """A paused account may buy again."""

    address: Address

    @property
    def command(self) -> str:
        return f"unfreeze {self.address}"


class SetLimit(Struct, frozen=True, tag="limit"):
    """How far an account may go below zero, or what may leave a reseller's in a day; None: as set, or no limit."""

    address: Address
    kind: Literal["credit", "day"]
    limit_xof: int | None

    @property
    def command(self) -> str:
        return f"limit {self.address} {self.kind} {'none' if self.limit_xof is None else self.limit_xof}"


class SetFee(Struct, frozen=True, tag="fee"):
    """What customers pay for a service beside the amount, in the settings' notation; None: as the settings say."""

    service: ServiceName
    rule: str | None

    @property
    def command(self) -> str:
        return f"fee {self.service} {_rule(self.rule)}"


class SetCommission(Struct, frozen=True, tag="commission"):
    """What resellers earn who have no terms of their own, in the settings' notation; None: as the settings say."""

    service: ServiceName
    rule: str | None

    @property
    def command(self) -> str:
        return f"commission {self.service} {_rule(self.rule)}"


class SetMaintenance(Struct, frozen=True, tag="maintenance", omit_defaults=True):
    """Services are not sold for a while (`on`), or sold again; customers read the `text`."""

    on: bool
    services: tuple[ServiceName, ...]
    text: str = ""

    @property
    def command(self) -> str:
        return f"maintenance {'on' if self.on else 'off'} {','.join(self.services)} {self.text}".rstrip()


class SetText(Struct, frozen=True, tag="text"):
    """A text of the shop's own in one language; None: the catalogs'."""

    name: TextName
    language: Language
    text: str | None

    @property
    def command(self) -> str:
        return f"text {self.name} {self.language} {_rule(self.text)}"


class MakeReseller(Struct, frozen=True, tag="make"):
    """Somebody becomes a reseller, or their shop is called otherwise."""

    shop_name: str

    @property
    def command(self) -> str:
        return f"make {self.shop_name}".rstrip()


class AgreeTerms(Struct, frozen=True, tag="terms"):
    """What a reseller earns by a service; None: the shop's terms."""

    service: ServiceName
    rule: str | None

    @property
    def command(self) -> str:
        return f"terms {self.service} {_rule(self.rule)}"


class EndReseller(Struct, frozen=True, tag="off"):
    """Somebody is no reseller any more."""

    @property
    def command(self) -> str:
        return "off"


class ChangeReseller(Struct, frozen=True, tag="reseller"):
    """Whether somebody is a reseller, and on which terms."""

    address: Address
    change: MakeReseller | AgreeTerms | EndReseller

    @property
    def command(self) -> str:
        return f"reseller {self.address} {self.change.command}"


class NameAdmin(Struct, frozen=True, tag="admin"):
    """An address has a role among the admins; None: it has none any more."""

    address: Address
    role: Role | None

    @property
    def command(self) -> str:
        return f"admin {self.address} {self.role or 'none'}"


class StartBroadcast(Struct, frozen=True, tag="broadcast"):
    """A text goes to many people, in French, in English or in both; an empty text leaves a language out."""

    fr: str
    en: str
    audience: str

    @property
    def command(self) -> str:
        return f"broadcast {self.audience}"


class RemovePin(Struct, frozen=True, tag="unpin"):
    """A reseller's PIN is taken away."""

    address: Address

    @property
    def command(self) -> str:
        return f"unpin {self.address}"


class UndoAct(Struct, frozen=True, tag="undo", omit_defaults=True):
    """An act of a moment ago is undone. `address` and `rule` are whose affair it was."""

    undo_id: str
    address: Address | None = None
    rule: str = ""

    @property
    def command(self) -> str:
        return f"undo {self.undo_id}"


# In the order in which `docs/roles.md` lists them.
Act: TypeAlias = (
    MoveMoney
    | ResolveOrder
    | RefundOrder
    | RetryOrder
    | DecidePayIn
    | DecidePayBack
    | SendElsewhere
    | Freeze
    | Unfreeze
    | SetLimit
    | SetFee
    | SetCommission
    | SetMaintenance
    | SetText
    | ChangeReseller
    | NameAdmin
    | StartBroadcast
    | RemovePin
    | MoveAccount
    | DecideIdentity
    | UndoAct
)
_decode: Callable[[str], Act] = decoder(Act).decode  # type: ignore[arg-type]  # A union is no type to mypy.


def read_act(text: str) -> Act | None:
    """An act as it was kept; None for what an earlier version kept and this one does not understand."""
    # Once an act was kept as a command, which begins with a letter.
    if not text.startswith("{"):
        return None
    try:
        return _decode(text)
    except ValidationError:
        return None


def _rule(text: str | None) -> str:
    return "default" if text is None else text
