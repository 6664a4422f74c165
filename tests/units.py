"""A unit of work for a step that is tried out alone, and a way to answer its scripts without a database."""

from collections.abc import Callable, Mapping
from typing import Any

from bot.dialogue import Person
from bot.dialogue.admin_pending import Announcement, OneConversation, OrdersPage, WhichPerson
from bot.dialogue.help_pending import Coached
from bot.dialogue.pending import (
    AllBills,
    Asking,
    AwaitingConfirm,
    AwaitsPin,
    BeingLookedUp,
    ClientNumber,
    CodeWanted,
    ConfirmQuote,
    FetchedFile,
    Giving,
    HistoryPage,
    Invited,
    MeterKnown,
    MeterSoldTo,
    MeterToSave,
    NumberGiven,
    NumberWanted,
    OneClient,
    OneMeter,
    OneOrder,
    PayerWanted,
    Pending,
    Reading,
    Readings,
    ShownBatch,
    TopUp,
)
from bot.dialogue.pin_pending import NewPin, RepeatPin
from bot.dialogue.proof_pending import OneProof, ProofWanted
from bot.dialogue.sale_pending import BookSent, DebtSaid, SaleToClient, SaleToName
from bot.dialogue.seller_pending import BecomingSeller, OneSeller
from bot.domain.acts import (
    Act,
    AgreeTerms,
    ChangeReseller,
    EndReseller,
    Freeze,
    MakeReseller,
    MoveMoney,
    NameAdmin,
    RefundOrder,
    RemovePin,
    ResolveOrder,
    RetryOrder,
    SetCommission,
    SetFee,
    SetLimit,
    SetMaintenance,
    SetText,
    StartBroadcast,
    UndoAct,
    Unfreeze,
)
from bot.domain.identity_acts import DecideIdentity, MoveAccount
from bot.domain.inquiry import Bill, Inquiry
from bot.domain.payment_acts import DecidePayBack, DecidePayIn, SendElsewhere
from bot.domain.people import Address
from bot.domain.quote import Quote
from bot.repositories.finding import Filter
from bot.repositories.money import Balance
from bot.repositories.orders import load_order
from bot.shop import ShopSettings
from bot.store import Script
from bot.store.together import in_turn
from bot.transactions.budget import Budget
from bot.transactions.installation import Installation
from bot.transactions.unit import Unit

WHOM = Address("telegram", "9")
# One of each kind of act at least, and how it is named to people.
NAMED_ACTS: tuple[tuple[Act, str], ...] = (
    (MoveMoney("7KQ4M2XR9BTZ", WHOM, 5_000), "credit telegram:9 5000"),
    (MoveMoney("7KQ4M2XR9BTZ", WHOM, -5_000, twin=True, reference="T1"), "debit telegram:9 5000"),
    (ResolveOrder("7KQ4M2XR9BTZ", "delivered", ("48213377901245560931",)), "resolve 7KQ4M2XR9BTZ delivered"),
    (RefundOrder("7KQ4M2XR9BTZ", 5_000), "refund 7KQ4M2XR9BTZ 5000"),
    (RetryOrder("7KQ4M2XR9BTZ"), "retry 7KQ4M2XR9BTZ"),
    (Freeze(WHOM), "freeze telegram:9"),
    (Unfreeze(WHOM), "unfreeze telegram:9"),
    (SetLimit(WHOM, "credit", 5_000), "limit telegram:9 credit 5000"),
    (SetLimit(WHOM, "day", None), "limit telegram:9 day none"),
    (SetFee("woyofal", "2% + 100"), "fee woyofal 2% + 100"),
    (SetCommission("seneau", None), "commission seneau default"),
    (SetMaintenance(True, ("woyofal", "seneau"), "Back soon."), "maintenance on woyofal,seneau Back soon."),
    (SetMaintenance(False, ("woyofal",)), "maintenance off woyofal"),
    (SetText("pay_in", "fr", "Wave"), "text pay_in fr Wave"),
    (ChangeReseller(WHOM, MakeReseller("Chez Awa")), "reseller telegram:9 make Chez Awa"),
    (ChangeReseller(WHOM, AgreeTerms("woyofal", "1%")), "reseller telegram:9 terms woyofal 1%"),
    (ChangeReseller(WHOM, EndReseller()), "reseller telegram:9 off"),
    (NameAdmin(WHOM, "operator"), "admin telegram:9 operator"),
    (NameAdmin(WHOM, None), "admin telegram:9 none"),
    (StartBroadcast("Bonjour", "", "everybody"), "broadcast everybody"),
    (RemovePin(WHOM), "unpin telegram:9"),
    (MoveAccount(WHOM, Address("telegram", "8")), "move telegram:9 telegram:8"),
    (DecideIdentity(WHOM, same=True, other=Address("telegram", "8")), "identity telegram:9 same telegram:8"),
    (DecideIdentity(WHOM, same=False), "identity telegram:9 another"),
    (DecidePayIn("0123456789AB", WHOM, 5_000), "payin 0123456789AB paid 5000"),
    (DecidePayIn("0123456789AB", WHOM), "payin 0123456789AB notpaid"),
    (DecidePayBack("0123456789AB", WHOM, "kept"), "payback 0123456789AB kept"),
    (UndoAct("0123456789AB", WHOM), "undo 0123456789AB"),
    (SendElsewhere("0123456789AB", WHOM, "771234567", "761234567"), "payback 0123456789AB to 76•••67"),
)
# One of each kind of thing that a question may be about.
METER_KNOWN = MeterKnown(
    service="woyofal", amount_xof=20_000, inquiry=Inquiry("woyofal", "14123456789", "Awa DIOP", "DAKAR", "ACTIVE")
)
BILLS_OWED = Inquiry(
    "senelec", "310000003", "Cheikh FAYE", "", "", (Bill("F2026090011", 12_300), Bill("F2026100012", 15_750))
)
ALL_BILLS = AllBills(
    service="senelec",
    inquiry=BILLS_OWED,
    quotes=tuple(
        Quote(
            f"{at}KQ4M2XR9BTZ",
            "senelec",
            "310000003",
            "Cheikh FAYE",
            bill.amount_xof,
            185,
            0,
            600_000,
            bill.reference_facture,
        )
        for at, bill in enumerate(BILLS_OWED.bills)
    ),
)
PENDING: dict[type[Pending], Pending] = {
    OneMeter: OneMeter(1),
    MeterToSave: MeterToSave("woyofal", "14123456789", "Awa DIOP"),
    HistoryPage: HistoryPage(5),
    OneOrder: OneOrder("Q8K9GAW1MT8A", 5),
    Giving: Giving("K7M4QX"),
    Readings: Readings((Reading("woyofal", "14123456789"), Reading("senelec", "210278816"))),
    OneClient: OneClient(1),
    ClientNumber: ClientNumber("Awa Diop", "Awa", 1),
    MeterSoldTo: MeterSoldTo("Q8K9GAW1MT8A"),
    SaleToName: SaleToName("awa", 5_000, "woyofal"),
    SaleToClient: SaleToClient(1, 5_000, "woyofal"),
    DebtSaid: DebtSaid("owes", "fatou", 3_000),
    BookSent: BookSent("7KQ4M2XR9BTZ", "clients.csv"),
    Invited: Invited("A3CDEF"),
    BecomingSeller: BecomingSeller("A3CDEF"),
    OneSeller: OneSeller(1),
    AwaitingConfirm: AwaitingConfirm(MoveMoney("7KQ4M2XR9BTZ", WHOM, 5_000), "Wave deposit"),
    AwaitsPin: AwaitsPin(ConfirmQuote("7KQ4M2XR9BTZ", twice=False, purchase=METER_KNOWN), 20_150),
    NumberWanted: NumberWanted(service="senelec"),
    NumberGiven: NumberGiven(service="woyofal", reference="1412345678", amount_xof=20_000),
    BeingLookedUp: BeingLookedUp(
        service="woyofal", reference="14123456789", inquiry_id="7KQ4M2XR9BTZ", asked_at=1_795_510_800_000
    ),
    MeterKnown: METER_KNOWN,
    AllBills: ALL_BILLS,
    NewPin: NewPin("HASH"),
    RepeatPin: RepeatPin(None, "HASH", "7KQ4M2XR9BTZ"),
    ShownBatch: ShownBatch("7KQ4M2XR9BTZ"),
    FetchedFile: FetchedFile("sales.xlsx", 0),
    OrdersPage: OrdersPage(Filter(states=("refused",), first="2026-11-01", last="2026-11-24"), 6),
    Announcement: Announcement("Bonjour à tous.", "Hello, everybody."),
    CodeWanted: CodeWanted("0123456789AB"),
    PayerWanted: PayerWanted("orange_money", 5_175, purchase=METER_KNOWN),
    TopUp: TopUp(5_000),
    Asking: Asking("7KQ4M2XR9BTZ"),
    Coached: Coached("7KQ4M2XR9BTZ", "rejected", 1),
    OneConversation: OneConversation(1),
    ProofWanted: ProofWanted("AgAC1"),
    OneProof: OneProof(1),
    WhichPerson: WhichPerson("credit", ("telegram:1001", "telegram:771001"), "", " 5000 Wave"),
}


def tag_of(act: type[Act]) -> str:
    """The name under which a kind of act is kept."""
    return str(act.__struct_config__.tag)


def a_unit(person: Person, shop: ShopSettings) -> Unit:
    """Whatever `person` does in a shop, in a process of its own."""
    installation = Installation("test", shop, (), Budget.of(88))
    return Unit(installation, Address.parse(person.address), person.customer, "fr", person.now)


def the_balance(balance: Balance) -> dict[str, Any]:  # rows by the names of statements
    """What the store answers of an account that has this much."""
    return {
        "balance_of": [
            {
                "available_xof": balance.available_xof,
                "held_xof": balance.held_xof,
                "limit_xof": balance.credit_limit_xof,
            }
        ],
    }


def acting(
    installation: Installation,
    address: Address,
    now: int,
    act: Callable[..., Script[None]],
    *args: Any,  # of the act
) -> Script[Unit]:
    """What somebody does, in a unit of work of its own, which it answers with."""
    unit = Unit(installation, address, str(address), "fr", now)
    yield from act(unit, *args)
    return unit


def upon(act: Callable[..., Script[None]]) -> Callable[..., Script[None]]:  # Any act upon an order.
    """The same act, upon the order of an id."""

    def done(unit: Unit, order_id: str, *args: Any) -> Script[None]:  # of the act
        order = yield from load_order(order_id)
        assert order is not None
        yield from act(unit, order, *args)

    return done


def answered(script: Script[Any], answers: Mapping[Any, Any] | Callable[[Any], Any]) -> Any:  # of any script
    """What a script returns when each statement is answered by its name."""
    reply: Any = None
    asking = in_turn(script)
    find = answers if callable(answers) else answers.__getitem__
    try:
        while True:
            asked: Any = asking.send(reply)
            reply = find(asked[0])
    except StopIteration as end:
        return end.value
