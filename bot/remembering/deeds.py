"""What the dialogue wanted to happen, carried out inside the transaction of its step. Pure.

`DEEDS` says for every kind of effect what does it. Each domain of the dialogue brings its own.
"""

from collections.abc import Callable
from typing import Any, Final

from bot.dialogue.effects import (
    AskOrder,
    Effect,
    MoveMoney,
    Resolve,
    Say,
)
from bot.remembering import acting, cases, concerns
from bot.repositories.orders import find_order
from bot.store import Script
from bot.transactions.money import move_money
from bot.transactions.outbound import tell_somebody
from bot.transactions.purchases import ask_about, decide
from bot.transactions.unit import Unit


def _say(unit: Unit, effect: Say) -> Script[None]:
    yield from tell_somebody(unit, effect.address or unit.address, effect.outbound)


def _ask_order(unit: Unit, effect: AskOrder) -> Script[None]:
    order = yield from find_order(effect.order_id)
    if order is not None:
        yield from ask_about(unit, order)


def _resolve(unit: Unit, effect: Resolve) -> Script[None]:
    order = yield from find_order(effect.order_id)
    if order is not None:
        yield from decide(unit, order, effect.outcome)


def _move_money(unit: Unit, effect: MoveMoney) -> Script[None]:
    yield from move_money(unit, effect.key, effect.address, effect.amount_xof, effect.note, effect.reference)


DEEDS: Final[dict[type[Effect], Callable[[Unit, Any], Script[None]]]] = {
    Say: _say,
    AskOrder: _ask_order,
    Resolve: _resolve,
    MoveMoney: _move_money,
    **acting.DEEDS,
    **cases.DEEDS,
    **concerns.DEEDS,
}
