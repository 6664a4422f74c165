"""What a reseller's dialogue may ask of the store about his lists of sales, and how far they are. Pure.

"His" is always the reseller who speaks: somebody else's batch does not exist for him.
"""

from typing import Literal, TypeAlias

from msgspec import Struct

from bot.dialogue.looks import Look
from bot.dialogue.reseller.lines import Fault

# `checking` until every meter is known, `ready` for the Confirm, `running` until every line has ended or needs a
# person, then `done`; `dropped` was never confirmed.
BatchState: TypeAlias = Literal["checking", "ready", "running", "done", "dropped"]


class Part(Struct, frozen=True):
    """Some lines that were confirmed: how many, for how much, what their clients pay, what leaves the balance for them,
    and the commission on them, in XOF.
    """

    lines: int = 0
    amount_xof: int = 0
    price_xof: int = 0
    total_xof: int = 0
    commission_xof: int = 0


class Tally(Struct, frozen=True):
    """How far a batch is, line by line: bought, not bought (the money is back), stopped before it was sent (likewise),
    being checked for long, under way, and waiting to be sent.
    """

    bought: Part = Part()
    refused: Part = Part()
    stopped: Part = Part()
    checked: Part = Part()
    under_way: Part = Part()
    waiting: Part = Part()

    @property
    def lines(self) -> int:
        """How many were confirmed."""
        return sum(part.lines for part in self._parts)

    @property
    def total_xof(self) -> int:
        """What was set aside for them all."""
        return sum(part.total_xof for part in self._parts)

    @property
    def has_ended(self) -> bool:
        """Whether every line has ended or needs a person."""
        return not (self.under_way.lines or self.waiting.lines)

    @property
    def _parts(self) -> tuple[Part, ...]:
        return self.bought, self.refused, self.stopped, self.checked, self.under_way, self.waiting


class Batch(Struct, frozen=True):
    """A list of sales. `name` is its file's, empty for one that was typed; `lines` counts all. Of `asked` meters that
    the provider had to be asked about, `unchecked` are left. `message_ref` names the message that tells its progress.
    """

    id: str
    name: str
    state: BatchState
    made_at: int
    lines: int
    asked: int = 0
    unchecked: int = 0
    stopped_at: int | None = None
    message_ref: str | None = None


class Entry(Struct, frozen=True):
    """A line of a batch as it is kept. `order_id` is the id of the order that it becomes; `client` is the name under
    which that is booked: the client's in the reseller's book (`client_id`), else the one of the list.
    """

    number: int
    order_id: str
    written: str
    reference: str
    amount_xof: int
    name: str
    holder: str = ""
    client_id: int | None = None
    fault: Fault = ""
    repeats: int | None = None


class Known(Struct, frozen=True):
    """A meter for which the reseller has sold before, or which he keeps."""

    holder: str
    client_id: int | None = None
    client: str = ""


class LookBatch(Look, frozen=True):
    """→ Batch | None."""

    batch_id: str


class LookBatches(Look, frozen=True):
    """→ tuple[Batch, ...], newest first, those that were dropped left out."""

    count: int = 5


class LookRunning(Look, frozen=True):
    """→ Batch | None: the newest that is running and was not stopped."""


class LookTally(Look, frozen=True):
    """→ Tally of a batch of the speaker's."""

    batch_id: str


class LookEntries(Look, frozen=True):
    """→ tuple[Entry, ...] of a batch of the speaker's."""

    batch_id: str


class LookEntryOrder(Look, frozen=True):
    """→ Order | None: what became of a line of a batch of the speaker's."""

    batch_id: str
    line: int


class LookUnbought(Look, frozen=True):
    """→ tuple[Order, ...]: the lines of a batch of the speaker's that were not bought or are being checked."""

    batch_id: str
    count: int


class LookBatchTwins(Look, frozen=True):
    """→ tuple[int, ...]: the lines for whose meter and amount the speaker has an open order, or one that was delivered
    and confirmed since `since`.
    """

    batch_id: str
    since: int


class LookKnownMeters(Look, frozen=True):
    """→ dict[str, Known]: those of the Woyofal meters for which the speaker has sold before, or which he keeps."""

    references: tuple[str, ...]
