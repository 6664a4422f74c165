"""When a collection is looked at again, and what is done then. Pure."""

from bot.domain.collecting import Abilities
from bot.domain.collection.states import Collection, Next
from bot.domain.heard import known_id

# While it can be paid, in seconds after the look before; the last figure repeats.
POLL_AFTER_SECONDS = (5, 10, 15, 30, 60, 120, 300)
# Once it has ended, for payments that come late or twice; then it rests until a webhook or an admin wakes it.
AFTER_END_SECONDS = (600, 3600, 21600, 86400, 259200, 604800)
# When a create that certainly did nothing is tried again; past the last one it is given up.
RETRY_AFTER_SECONDS = (2, 5, 10, 20)
# How long a create whose answer was lost rests before the same request is sent once more.
AGAIN_AFTER_SECONDS = 5
MAX_CREATES = 6
# Nobody has learned anything for so long after the expiry: a person is needed.
STUCK_AFTER_MS = 900_000


def next_step(collection: Collection, abilities: Abilities) -> Next:
    """What to do for a collection that is due."""
    if collection.state == "waiting":
        return "create"
    if collection.state in ("open", "unknown") and collection.abandoned_at is not None:
        return "expire"
    can_ask = abilities.looks_up_by == "our_id" or known_id(collection) is not None
    if collection.state == "unknown" and collection.creates < MAX_CREATES:
        # The same request with the same id: where the first one arrived, this one is answered with a 409.
        nobody_knows = collection.reason == "no_such" or not can_ask
        if nobody_knows and collection.reason != "exists":
            return "again"
    # What was certainly never opened is asked about only when a webhook says otherwise.
    never_sent = collection.state == "not_opened" or (collection.state == "cancelled" and collection.creates == 0)
    if not can_ask or (never_sent and collection.webhook_claim is None):
        return "tick"
    return "look_up"


def poll_seconds(collection: Collection) -> int | None:
    """The pause before the next look; None for a rest."""
    if not collection.is_final:
        return POLL_AFTER_SECONDS[min(collection.polls, len(POLL_AFTER_SECONDS) - 1)]
    return AFTER_END_SECONDS[collection.polls] if collection.polls < len(AFTER_END_SECONDS) else None
