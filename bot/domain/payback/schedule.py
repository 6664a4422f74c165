"""When a pay-back is looked at again, and what is done then. Pure."""

from bot.domain.collecting import Abilities
from bot.domain.heard import known_id
from bot.domain.payback.states import Next, PayBack

# When one that was taken is asked about, in seconds after the look before; past the last one a person is needed.
POLL_AFTER_SECONDS = (5, 15, 60, 300, 900, 1800, 3600, 7200, 14400, 28800, 57600, 86400)
# When one that certainly was not taken is tried again; the last figure repeats.
RETRY_AFTER_SECONDS = (5, 30, 120, 600)
# Where the operator's money at the provider is too little, it is waited for.
FLOAT_AFTER_SECONDS = 900
# How long one whose answer was lost rests before the same body with the same id is sent once more.
AGAIN_AFTER_SECONDS = 15
MAX_PAYS = 2


def next_step(payback: PayBack, abilities: Abilities) -> Next:
    """What to do for a pay-back that is due. One whose answer was lost is never sent under another id; it is sent again
    under its own, once, only where the provider takes no id twice.
    """
    if payback.state == "waiting":
        return "pay"
    can_ask = abilities.looks_up_by == "our_id" or known_id(payback) is not None
    if payback.state == "unknown" and not can_ask and abilities.refuses_twice and payback.pays < MAX_PAYS:
        return "again"
    asked_for = payback.state in ("processing", "unknown") or payback.webhook_claim is not None
    return "look_up" if can_ask and asked_for else "tick"


def poll_seconds(payback: PayBack) -> int | None:
    """The pause before the next look; None past the end of the table."""
    return POLL_AFTER_SECONDS[payback.polls] if payback.polls < len(POLL_AFTER_SECONDS) else None
