"""What a reseller's dialogue may ask of the store about his lists of sales, and how far they are. Pure.

"His" is always the reseller who speaks: somebody else's batch does not exist for him.
"""

from bot.dialogue.looks import Look


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
