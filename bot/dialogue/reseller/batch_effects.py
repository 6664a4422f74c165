"""What a reseller's list of sales wants to happen. Pure values."""

from bot.dialogue.effects import Effect
from bot.domain.model import Quote
from bot.repositories.batches import Entry


class KeepBatch(Effect, frozen=True):
    """Write down a list. Lines without a fault and without a holder are asked about at the provider, each meter once.

    An earlier list of the speaker's that was not confirmed is dropped.
    """

    batch_id: str
    name: str
    entries: tuple[Entry, ...]
    unknown: tuple[str, ...]


class ReadyBatch(Effect, frozen=True):
    """The check of a list is being told: it waits for the Confirm now."""

    batch_id: str


class DropBatch(Effect, frozen=True):
    """A list comes to nothing; one that was confirmed stays."""

    batch_id: str


class StartBatch(Effect, frozen=True):
    """The Confirm: every quote becomes an order with its hold, in one transaction, once. The step has looked at the
    balance in this transaction.
    """

    batch_id: str
    quotes: tuple[Quote, ...]


class StopBatch(Effect, frozen=True):
    """Buy nothing more of a running batch: what was not sent is called back and its money is free."""

    batch_id: str
