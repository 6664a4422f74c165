"""What the admins of a world decide in the end: whatever waits for them, and what nobody else can, as the providers
tell them.
"""

from typing import TYPE_CHECKING, Final

from bot.domain.collection import FINAL as COLLECTION_FINAL
from bot.domain.order import FINAL

if TYPE_CHECKING:
    from tests.simulation.world import World

OPEN: Final = f"SELECT id, state FROM orders WHERE state NOT IN {tuple(sorted(FINAL))} ORDER BY id"


def reconcile(world: "World") -> None:
    """The admins follow the alerts of payments that were called failed, and whose success no look-up confirmed."""
    for order_id in sorted(world.provider.brought_success):
        payment = world.provider.payments[order_id]
        refused = world.database.rows("SELECT 1 FROM orders WHERE id = ? AND state = 'refused'", order_id)
        if refused and world.provider.status(payment) == "SUCCESS":
            world.admins[0].resolves(order_id, f"delivered {' '.join(payment.codes)}")


def decide(world: "World") -> None:
    """The admins decide what nobody else can, as the provider tells them."""
    one = world.admins[0]
    for row in world.database.rows(OPEN):
        payment = world.provider.payments.get(row["id"])
        if payment is not None and world.provider.status(payment) == "SUCCESS":
            one.resolves(row["id"], f"delivered {' '.join(payment.codes)}")
        else:
            one.resolves(row["id"], "refused")
    approve(world)


def decide_payments(world: "World", stuck: bool) -> bool:
    """The admins confirm what waits for them, and decide what nobody else can, as the collector's books say.
    Whether there was anything.
    """
    one, simulator, said = world.admins[0], world.payers.simulator, world.updates
    for row in world.database.rows("SELECT id, state FROM payback ORDER BY id"):
        id_, gone = row["id"], simulator.has_gone_back(row["id"])
        if row["state"] == "held":
            one.decides("payback", id_, "confirm", "rendre")
        elif row["state"] == "refused" or (stuck and row["state"] == "unknown"):
            one.decides("payback", id_, "paid" if gone else "kept", "rendre")
    if not stuck:
        return world.updates > said
    unheard = world.oracle.payers.unheard() if world.oracle.payers is not None else {}
    for row in world.database.rows("SELECT id, state FROM collection ORDER BY id"):
        if (xof := unheard.get(row["id"])) is not None:
            one.decides("payin", row["id"], f"paid {xof}", "encaissement")
        elif row["state"] not in COLLECTION_FINAL:
            one.decides("payin", row["id"], "notpaid", "encaissement")
    approve(world)
    return True


def approve(world: "World") -> None:
    """The other admin agrees."""
    other = world.admins[1]
    if other.screen.has_blocked_us:
        other.screen.says("/menu")
    other.approves()
