"""A unit of work for a step that is tried out alone, and a way to answer its scripts without a database."""

from collections.abc import Callable, Mapping
from typing import Any

from bot.dialogue import Person
from bot.dialogue.pending import (
    ClientNumber,
    Giving,
    Invited,
    MeterSoldTo,
    OneClient,
    Pending,
    Reading,
    Readings,
    SaleToClient,
    SaleToName,
)
from bot.domain.model import Address
from bot.repositories.money import Balance
from bot.repositories.orders import load_order
from bot.shop import ShopSettings
from bot.store import Script
from bot.transactions.budget import Budget
from bot.transactions.installation import Installation
from bot.transactions.unit import Unit

# One of each kind of thing that a question may be about.
PENDING: dict[type[Pending], Pending] = {
    Giving: Giving("K7M4QX"),
    Readings: Readings((Reading("woyofal", "14123456789"), Reading("senelec", "210278816"))),
    OneClient: OneClient(1),
    ClientNumber: ClientNumber("Awa Diop", "Awa", 1),
    MeterSoldTo: MeterSoldTo("Q8K9GAW1MT8A"),
    SaleToName: SaleToName("awa", 5_000, "woyofal"),
    SaleToClient: SaleToClient(1, 5_000, "woyofal"),
    Invited: Invited("A3CDEF"),
}


def a_unit(person: Person, shop: ShopSettings) -> Unit:
    """Whatever `person` does in a shop, in a process of its own."""
    installation = Installation("test", shop, (), Budget.of(88))
    return Unit(installation, Address.parse(person.address), person.customer, "fr", person.now)


def the_balance(balance: Balance) -> dict[str, Any]:  # rows by the names of statements
    """What the store answers of an account that has this much."""
    return {
        "account_balance": [{"balance_xof": balance.available_xof}],
        "held_of": [{"held_xof": balance.held_xof}],
        "credit_limit_of": [{"limit_xof": balance.credit_limit_xof}],
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
    find = answers if callable(answers) else answers.__getitem__
    try:
        while True:
            asked: Any = script.send(reply)
            reply = find(asked[0])
    except StopIteration as end:
        return end.value
