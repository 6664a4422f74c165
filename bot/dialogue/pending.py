"""What a question is about until it is answered: a value of its own for each kind of question. Pure.

It is kept in the session as a tagged union, so that an impossible value is an error when the session is read, and never
a default. A state says which kind it needs (`State.pending`); a person who is in it without one has lost their place
and is told so. A kind that is renamed or changed needs no migration: what the version before kept is not understood,
and the person starts again, with nothing paid.
"""

from typing import TypeAlias

from msgspec import Struct

from bot.dialogue.admin_pending import Announcement, OneConversation, OrdersPage, WhichPerson
from bot.dialogue.help_pending import Coached
from bot.dialogue.pin_pending import ChangePin, ChangePinAbove, GiveUpPin, NewPin, RepeatPin
from bot.dialogue.proof_pending import OneProof, ProofWanted
from bot.dialogue.sale_pending import BookSent, DebtSaid, SaleToClient, SaleToName
from bot.dialogue.seller_pending import AdmitSeller, BecomingSeller, OneSeller, RaiseSellerLimit
from bot.domain.acts import Act
from bot.domain.catalog import ServiceName
from bot.domain.collecting import Method
from bot.domain.inquiry import Inquiry
from bot.domain.quote import Quote


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


class Purchase(Struct, frozen=True, kw_only=True):
    """What is being bought, as far as it is known; each kind of it knows more. One that `keeps` buys nothing: the
    number is kept under a name. `on_credit`: it is paid for later.
    """

    service: ServiceName
    amount_xof: int | None = None
    keeps: bool = False
    on_credit: bool = False


class NumberWanted(Purchase, frozen=True, tag="number_wanted"):
    """A purchase whose meter number or reference is asked for."""


class NumberGiven(Purchase, frozen=True, kw_only=True, tag="number_given"):
    """A purchase whose number is known, but not yet whose it is."""

    reference: str


class BeingLookedUp(NumberGiven, frozen=True, kw_only=True, tag="being_looked_up"):
    """A purchase whose number the provider is asked about, by an inquiry of that id, since `asked_at`."""

    inquiry_id: str
    asked_at: int


class MeterShown(Purchase, frozen=True, kw_only=True):
    """A purchase for a meter or a contract that the provider knows, and whose holder was shown."""

    inquiry: Inquiry


class MeterKnown(MeterShown, frozen=True, kw_only=True, tag="meter_known"):
    """How much, which bill, is the quote right?"""


class ConfirmQuote(Struct, frozen=True, tag="confirm_quote"):
    """The Confirm of a quote; `twice`: although the same purchase is under way."""

    quote_id: str
    twice: bool
    purchase: MeterKnown


class AllBills(MeterShown, frozen=True, kw_only=True, tag="all_bills"):
    """Several bills of one contract, offered together: a quote for each. The bills that were found are in `inquiry`."""

    quotes: tuple[Quote, ...]


class ConfirmBills(Struct, frozen=True, tag="confirm_bills"):
    """The Confirm of several bills at once."""

    purchase: AllBills


class BuyBatch(Struct, frozen=True, tag="buy_batch"):
    """The Confirm of a list of sales whose total was shown; `twice`: although some of it is bought already."""

    batch_id: str
    shown_xof: int
    twice: bool


class JoinLink(Struct, frozen=True, tag="join_link"):
    """Whoever typed the code is let into the account."""

    code: str


# What may have to wait for the PIN.
Guarded: TypeAlias = (
    ConfirmQuote
    | ConfirmBills
    | BuyBatch
    | JoinLink
    | ChangePin
    | GiveUpPin
    | ChangePinAbove
    | AdmitSeller
    | RaiseSellerLimit
)


class AwaitsPin(Struct, frozen=True, tag="awaits_pin"):
    """What the right PIN does, and the money that leaves by it, in francs (0: none).

    `nonce` is that of the check that is under way; None: no PIN was typed, or it was wrong.
    """

    what: Guarded
    amount_xof: int
    nonce: str | None = None


class ShownBatch(Struct, frozen=True, tag="shown_batch"):
    """A list of sales that is checked, confirmed or looked at."""

    batch_id: str


class FetchedFile(Struct, frozen=True, tag="fetched_file"):
    """A file that is being fetched and read since it was sent."""

    name: str
    sent_at: int


class OneMeter(Struct, frozen=True, tag="meter"):
    """A saved meter that is bought for, renamed or forgotten."""

    meter_id: int


class MeterToSave(Struct, frozen=True, tag="meter_to_keep"):
    """A meter whose holder was shown, and which is to be kept under a name."""

    service: ServiceName
    reference: str
    holder: str


class HistoryPage(Struct, frozen=True, tag="history_page"):
    """The orders that are shown: a page of them, without the `skip` newest."""

    skip: int


class OneOrder(Struct, frozen=True, tag="order"):
    """An order that is shown, and the page from which it was opened."""

    order_id: str
    skip: int


class PayerWanted(Struct, frozen=True, tag="payer_wanted", omit_defaults=True):
    """The telephone that pays is asked for: by which way, and how much it is asked for in all. It pays for the quote of
    a `purchase`, or brings `wanted_xof`.
    """

    method: Method
    amount_xof: int
    wanted_xof: int = 0
    purchase: MeterKnown | None = None


class CodeWanted(Struct, frozen=True, tag="code_wanted"):
    """The code that the payer of a collection was sent is asked for."""

    collection_id: str


class TopUp(Struct, frozen=True, tag="top_up", omit_defaults=True):
    """Money that somebody wants to bring; None: how much is asked."""

    amount_xof: int | None = None


class Asking(Struct, frozen=True, tag="asking", omit_defaults=True):
    """Something that a person is asked; the order that it is about, where it is about one."""

    order_id: str = ""


Pending: TypeAlias = (
    Readings
    | Asking
    | OneConversation
    | Giving
    | OneClient
    | ClientNumber
    | MeterSoldTo
    | SaleToName
    | SaleToClient
    | DebtSaid
    | BookSent
    | Invited
    | BecomingSeller
    | OneSeller
    | AwaitingConfirm
    | AwaitsPin
    | NewPin
    | RepeatPin
    | ShownBatch
    | FetchedFile
    | OneMeter
    | MeterToSave
    | HistoryPage
    | OneOrder
    | NumberWanted
    | NumberGiven
    | BeingLookedUp
    | MeterKnown
    | AllBills
    | OrdersPage
    | Announcement
    | WhichPerson
    | PayerWanted
    | CodeWanted
    | TopUp
    | Coached
    | ProofWanted
    | OneProof
)
