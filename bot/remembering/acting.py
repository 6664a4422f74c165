"""What admins do to people, and the log of it. Pure."""

from collections.abc import Callable
from typing import Any, Final

from bot.dialogue.admin import effects as fx
from bot.dialogue.effects import Effect
from bot.repositories.accounts import customer_of
from bot.repositories.batches import running_of
from bot.store import Script
from bot.transactions.batches import stop_batch
from bot.transactions.unit import Unit


def _freeze(unit: Unit, effect: fx.Freeze) -> Script[None]:
    customer = yield from customer_of(str(effect.address))
    if effect.frozen:
        yield "freeze", {"customer": customer, "now": unit.now}
        yield "approvals_void", {"customer": customer}
        # Hundreds of orders may not have left yet: they are no longer wanted. An order by itself goes on.
        for batch_id in (yield from running_of(customer)):
            yield from stop_batch(unit, batch_id, customer)
    else:
        yield "unfreeze", {"customer": customer}


DEEDS: Final[dict[type[Effect], Callable[[Unit, Any], Script[None]]]] = {fx.Freeze: _freeze}
