"""What admins did a moment ago and may undo. Pure."""

from collections.abc import Callable
from typing import Final

from msgspec import Struct, ValidationError

from bot.domain.acts import Act, read_act
from bot.domain.encoding import decoder, encode
from bot.domain.people import Address
from bot.errors import StoreConflict
from bot.repositories.rows import all_of, reader
from bot.store import Script

# More acts than this are not looked through for whoever changed something since.
MOST_SINCE: Final = 200


class ActUndo(Struct, frozen=True):
    """An act that was done, and the acts of `inverse` that put back what there was. `left_as` is what it set, as it was
    left; `what` is its name in the audit log; `second` is who approved it. `act` is None, and `inverse` empty, where an
    earlier version kept it in a way that this one does not understand.
    """

    id: str
    act: Act | None
    inverse: tuple[Act, ...]
    left_as: str
    what: str
    why: str
    by_address: Address
    second: str
    done_at: int
    undone_at: int | None = None
    undone_by: str | None = None


_decode: Final[Callable[[str], tuple[Act, ...]]] = decoder(tuple[Act, ...]).decode


def _read_inverse(text: str) -> tuple[Act, ...]:
    try:
        return _decode(text)
    except ValidationError:
        return ()


_undo: Final = reader(ActUndo, act=read_act, inverse=_read_inverse, by_address=Address.parse)


def keep(done: ActUndo) -> Script[None]:
    """Keep what was done, and how it is undone."""
    yield (
        "act_undo_add",
        {
            "id": done.id,
            "act": encode(done.act).decode(),
            "inverse": encode(done.inverse).decode(),
            "left_as": done.left_as,
            "what": done.what,
            "why": done.why,
            "by": str(done.by_address),
            "second": done.second,
            "now": done.done_at,
        },
    )


def load(undo_id: str) -> Script[ActUndo | None]:
    """What was done under an id; None where nothing was that can be undone."""
    rows = yield "act_undo_of", {"id": undo_id}
    return _undo(rows[0]) if rows else None


def since(moment: int) -> Script[tuple[ActUndo, ...]]:
    """What was done after a moment and not undone, newest first."""
    return all_of((yield "act_undo_since", {"since": moment, "count": MOST_SINCE}), _undo)


def end(undo_id: str, by: str, now: int) -> Script[None]:
    """An act is undone, once; raises StoreConflict where somebody was quicker."""
    rows = yield "act_undo_end", {"id": undo_id, "by": by, "now": now}
    if not rows:
        raise StoreConflict(f"act {undo_id} was undone")


def free_payment(reference: str, address: Address, amount_xof: int) -> Script[None]:
    """The payment that was counted by an act that is undone may be counted again."""
    yield "reference_free", {"reference": reference, "address": str(address), "amount_xof": amount_xof}
