"""What the dialogue wanted to happen, carried out inside the transaction of its step. Pure.

`DEEDS` says for every kind of effect what does it. Each domain of the dialogue brings its own.
"""

from collections.abc import Callable
from typing import Any, Final

from bot.dialogue.effects import (
    AskLink,
    AskOrder,
    CancelOrder,
    DeleteMeter,
    Effect,
    EndLink,
    Join,
    MakeLink,
    MissLink,
    MoveMoney,
    Part,
    Place,
    RenameMeter,
    Resolve,
    SaveMeter,
    Say,
)
from bot.dialogue.link_undo import UndoLink
from bot.domain.ledger import credit
from bot.domain.order import confirm
from bot.errors import StoreConflict
from bot.remembering import acting, batches, broadcasts, cases, clients, concerns, link, numbers, pins, undo
from bot.remembering.allowances import may_ask
from bot.remembering.doing import Doing, make_due, make_known
from bot.remembering.looks import find_order
from bot.remembering.orders import call_back_alone, place, settle_inside
from bot.remembering.rows import note, post, say
from bot.store import Script


def _say(doing: Doing, effect: Say) -> Script[None]:
    address = effect.address or doing.address
    if address != doing.address:
        yield from make_known(address, doing.language, doing.now)
    doing.heard.posted.append((yield from say(str(address), effect.outbound, doing.installation.owner, doing.now)))


def _place(doing: Doing, effect: Place) -> Script[None]:
    order, held = confirm(effect.quote, doing.address, doing.customer, doing.language, doing.now)
    # The quote's id is the order's.
    placed = yield from place(doing.installation, order, held, doing.now, doing.heard.settled, takes_up=doing.takes_up)
    if placed and not doing.takes_up:
        doing.heard.wake.append(order.id)


def _save_meter(doing: Doing, effect: SaveMeter) -> Script[None]:
    yield (
        "meter_save",
        {
            "customer": doing.customer,
            "service": effect.service,
            "reference": effect.reference,
            "holder": effect.holder,
            "nickname": effect.nickname,
            "now": doing.now,
        },
    )


def _rename_meter(doing: Doing, effect: RenameMeter) -> Script[None]:
    yield "meter_rename", {"id": effect.meter_id, "nickname": effect.nickname, "customer": doing.customer}


def _delete_meter(doing: Doing, effect: DeleteMeter) -> Script[None]:
    yield "meter_delete", {"id": effect.meter_id, "customer": doing.customer}


def _cancel_order(doing: Doing, effect: CancelOrder) -> Script[None]:
    order = yield from find_order(effect.order_id)
    if order is not None and order.customer == doing.customer:
        yield from call_back_alone(doing.installation, order, doing.now, doing.heard.settled)


def _ask_order(doing: Doing, effect: AskOrder) -> Script[None]:
    order = yield from find_order(effect.order_id)
    own = order is not None and order.customer == doing.customer
    # For somebody who asks again and again nothing is hurried any more: it is polled in its own time.
    if own and not (yield from may_ask(doing.installation.limits.asks, doing.customer, doing.now)):
        return
    doing.heard.wake += yield from make_due(effect.order_id, doing.now)


def _resolve(doing: Doing, effect: Resolve) -> Script[None]:
    order = yield from find_order(effect.order_id)
    if order is not None:
        yield from note(order.id, doing.now, f"admin {doing.address}", order.state, type(effect.outcome).__name__)
        yield from settle_inside(doing.installation, order, effect.outcome, doing.now, doing.heard.settled)


def _move_money(doing: Doing, effect: MoveMoney) -> Script[None]:
    owner = yield from make_known(effect.address, doing.language, doing.now)
    if effect.reference:
        used = yield (
            "reference_use",
            {
                "reference": effect.reference,
                "now": doing.now,
                "by": str(doing.address),
                "address": str(effect.address),
                "amount_xof": effect.amount_xof,
            },
        )
        if not used:
            raise StoreConflict(f"payment {effect.reference} was counted")
    transfer = credit(effect.key, owner, effect.amount_xof, effect.note)
    yield from post(transfer, doing.now, doing.installation.default_credit_limit_xof)


def _link(doing: Doing, effect: link.LinkEffect) -> Script[None]:
    if isinstance(effect, Join):
        yield from undo.write_down_link(effect.link_id, doing.now)
    yield from link.carry_out(
        effect, doing.address, doing.customer, doing.now, doing.installation.default_credit_limit_xof
    )
    if isinstance(effect, MissLink):
        doing.heard.posted += yield from undo.watch_tries(doing.installation, doing.address, doing.now)


def _undo(doing: Doing, effect: UndoLink) -> Script[None]:
    doing.heard.posted += yield from undo.undo(doing.installation, doing.address, effect.link_id, doing.now)


DEEDS: Final[dict[type[Effect], Callable[[Doing, Any], Script[None]]]] = {
    Say: _say,
    UndoLink: _undo,
    Place: _place,
    SaveMeter: _save_meter,
    RenameMeter: _rename_meter,
    DeleteMeter: _delete_meter,
    CancelOrder: _cancel_order,
    AskOrder: _ask_order,
    Resolve: _resolve,
    MoveMoney: _move_money,
    **acting.DEEDS,
    **batches.DEEDS,
    **broadcasts.DEEDS,
    **cases.DEEDS,
    **clients.DEEDS,
    **numbers.DEEDS,
    **pins.DEEDS,
    **concerns.DEEDS,
    **dict.fromkeys((MakeLink, MissLink, AskLink, EndLink, Join, Part), _link),
}
