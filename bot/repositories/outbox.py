"""The outbox: messages on their way to people. Pure."""

from msgspec import Struct

from bot.domain.encoding import decoder, encode
from bot.domain.outbound import Outbound
from bot.store import Script

OUTBOX_LEASE_MS = 300_000
# A quick outcome is there by then.
HOLD_MS = 6_000


# So many messages of one chat are handed over at once; what comes beyond waits, and of that no more than as many words
# are kept. Order news is never among those that go.
MOST_WAITING = 100


read_outbound = decoder(Outbound).decode


class OutboxMessage(Struct, frozen=True):
    """A message that was put in the outbox. `leased`: it is ours to send now, under the number `lease`. `attempts`
    counts the channel's pauses, `failures` the tries that raised. `reach` is what its channel calls the person of this
    chat now; None: what stands in the address; empty: nobody is to get it. `is_held`: it is not to be sent yet.
    """

    id: int
    address: str
    outbound: Outbound
    leased: bool
    created_at: int
    attempts: int = 0
    lease: int = 1
    failures: int = 0
    reach: str | None = None
    is_held: bool = False


def say(
    address: str, outbound: Outbound, owner: str, now: int, *, held_for: str | None = None
) -> Script[OutboxMessage]:
    """Put a message in the outbox, leased to `owner` unless it must wait behind another of its chat.

    One that is `held_for` an order is sent by nobody for a moment (`HOLD_MS`): news of the order takes its place
    (`drop_held`), and anything else that is said in the chat makes it go first, at once.
    """
    if held_for is not None:
        rows = yield (
            "outbox_hold",
            {
                "address": address,
                "body": encode(outbound).decode(),
                "keep": int(outbound.durable),
                "due_at": now + HOLD_MS,
                "held_for": held_for,
            },
        )
        return OutboxMessage(int(rows[0]["id"]), address, outbound, False, now, reach=rows[0]["reach"], is_held=True)
    rows = yield (
        "outbox_add",
        {
            "address": address,
            "body": encode(outbound).decode(),
            "keep": int(outbound.durable),
            "now": now,
            "owner": owner,
            "until": now + OUTBOX_LEASE_MS,
            "most": MOST_WAITING,
        },
    )
    leased = rows[0]["lease_owner"] == owner
    if not leased:
        yield "outbox_trim", {"address": address, "most": MOST_WAITING}
        yield "outbox_hurry", {"address": address, "now": now}
    return OutboxMessage(int(rows[0]["id"]), address, outbound, leased, now, reach=rows[0]["reach"])


def drop_held(address: str, order_id: str) -> Script[None]:
    """There is news of an order: what was held back of it, and is in nobody's hands, need not be said any more."""
    yield "outbox_drop_held", {"address": address, "held_for": order_id}
