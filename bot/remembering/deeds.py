"""What the dialogue wanted to happen, carried out inside the transaction of its step. Pure.

`DEEDS` says for every kind of effect what does it. Each domain of the dialogue brings its own.
"""

from collections.abc import Callable
from typing import Any, Final

from bot.dialogue.effects import (
    AskLink,
    AskOrder,
    CancelOrder,
    Effect,
    EndLink,
    Join,
    MakeLink,
    MissLink,
    MoveMoney,
    Part,
    Place,
    Resolve,
    Say,
)
from bot.dialogue.link_undo import UndoLink
from bot.domain.ledger import credit
from bot.domain.order import confirm
from bot.errors import StoreConflict
from bot.remembering import acting, batches, cases, concerns, link, numbers
from bot.repositories.money import post
from bot.repositories.orders import find_order, note
from bot.store import Script
from bot.transactions import undo_link
from bot.transactions.allowances import may_ask
from bot.transactions.orders import call_back_alone, make_due, place, settle_inside
from bot.transactions.outbound import tell_somebody
from bot.transactions.people import make_known
from bot.transactions.unit import Unit


def _say(unit: Unit, effect: Say) -> Script[None]:
    yield from tell_somebody(unit, effect.address or unit.address, effect.outbound)


def _place(unit: Unit, effect: Place) -> Script[None]:
    order, held = confirm(effect.quote, unit.address, unit.customer, unit.language, unit.now)
    # The quote's id is the order's.
    placed = yield from place(unit.installation, order, held, unit.now, unit.settled, takes_up=unit.takes_up)
    if placed and not unit.takes_up:
        unit.wake.append(order.id)


def _cancel_order(unit: Unit, effect: CancelOrder) -> Script[None]:
    order = yield from find_order(effect.order_id)
    if order is not None and order.customer == unit.customer:
        yield from call_back_alone(unit.installation, order, unit.now, unit.settled)


def _ask_order(unit: Unit, effect: AskOrder) -> Script[None]:
    order = yield from find_order(effect.order_id)
    own = order is not None and order.customer == unit.customer
    # For somebody who asks again and again nothing is hurried any more: it is polled in its own time.
    if own and not (yield from may_ask(unit.installation.limits.asks, unit.customer, unit.now)):
        return
    unit.wake += yield from make_due(effect.order_id, unit.now)


def _resolve(unit: Unit, effect: Resolve) -> Script[None]:
    order = yield from find_order(effect.order_id)
    if order is not None:
        yield from note(order.id, unit.now, f"admin {unit.address}", order.state, type(effect.outcome).__name__)
        yield from settle_inside(unit.installation, order, effect.outcome, unit.now, unit.settled)


def _move_money(unit: Unit, effect: MoveMoney) -> Script[None]:
    owner = yield from make_known(effect.address, unit.language, unit.now)
    if effect.reference:
        used = yield (
            "reference_use",
            {
                "reference": effect.reference,
                "now": unit.now,
                "by": str(unit.address),
                "address": str(effect.address),
                "amount_xof": effect.amount_xof,
            },
        )
        if not used:
            raise StoreConflict(f"payment {effect.reference} was counted")
    transfer = credit(effect.key, owner, effect.amount_xof, effect.note)
    yield from post(transfer, unit.now, unit.installation.default_credit_limit_xof)


def _link(unit: Unit, effect: link.LinkEffect) -> Script[None]:
    if isinstance(effect, Join):
        yield from undo_link.write_down_link(effect.link_id, unit.now)
    yield from link.carry_out(effect, unit.address, unit.customer, unit.now, unit.installation.default_credit_limit_xof)
    if isinstance(effect, MissLink):
        unit.posted += yield from undo_link.watch_tries(unit.installation, unit.address, unit.now)


def _undo(unit: Unit, effect: UndoLink) -> Script[None]:
    unit.posted += yield from undo_link.undo(unit.installation, unit.address, effect.link_id, unit.now)


DEEDS: Final[dict[type[Effect], Callable[[Unit, Any], Script[None]]]] = {
    Say: _say,
    UndoLink: _undo,
    Place: _place,
    CancelOrder: _cancel_order,
    AskOrder: _ask_order,
    Resolve: _resolve,
    MoveMoney: _move_money,
    **acting.DEEDS,
    **batches.DEEDS,
    **cases.DEEDS,
    **numbers.DEEDS,
    **concerns.DEEDS,
    **dict.fromkeys((MakeLink, MissLink, AskLink, EndLink, Join, Part), _link),
}
