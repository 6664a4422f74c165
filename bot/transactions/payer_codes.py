"""The code that a payer was sent and reads to us: a try is counted before it leaves. Pure.

Theory of operation. The code itself is never written down: it goes from the message to the collector in memory, as a
task after the commit. A column for it would keep a secret that is worth money for as long as its row is; and nothing is
lost without one, for whoever hears no answer types it again. What is committed before the call is that there was a try,
so that guesses in flight at once, or a process that dies, cannot outrun the bound. What an answer means for the money
only a look-up says.
"""

from typing import Final, Literal, TypeAlias

from bot.domain.collecting import CodeRefused, CodeResult
from bot.domain.collection import Collection
from bot.repositories import collections
from bot.repositories.orders import note
from bot.store import Script
from bot.transactions.budget import take_budget
from bot.transactions.payment_news import pause_where_busy
from bot.transactions.unit import Unit

MOST_TRIES: Final = 3

Tried: TypeAlias = Literal["given", "not_yet", "over", "too_many", "busy"]


def try_code(unit: Unit, collection: Collection) -> Script[Tried]:
    """Count a try of a payer's code, if it may leave now: `given`. Else why not: the collector has not answered yet,
    nothing is waited for any more, it was tried too often, or the provider's budget has no place.
    """
    terms = unit.installation.shop.collecting
    asks_elsewhere = terms is None or terms.collector != collection.collector
    if collection.is_final or collection.kind != "code" or asks_elsewhere:
        return "over"
    if collection.state != "open" or collection.provider_id is None:
        return "not_yet"
    if (yield from collections.code_tries(collection.id)) >= MOST_TRIES:
        return "too_many"
    if (yield from take_budget(unit.installation, "look_up", unit.now, waits=False)):
        return "busy"
    if not (yield from collections.count_code_try(collection.id, MOST_TRIES)):
        return "too_many"
    yield from note(collection.id, unit.now, "code given", collection.state)
    return "given"


def code_answered(unit: Unit, collection: Collection, said: CodeResult) -> Script[int]:
    """The collector answered a try: unless the code was refused, whether it was paid is looked up at once. How many
    tries are left.
    """
    yield from pause_where_busy(unit.installation, said, unit.now)
    yield from note(collection.id, unit.now, f"code: {type(said).__name__}", collection.state)
    if not isinstance(said, CodeRefused) and not collection.is_final:
        yield from collections.await_answer(collection.id, unit.now)
        unit.collect.append(collection.id)
    return max(0, MOST_TRIES - (yield from collections.code_tries(collection.id)))
