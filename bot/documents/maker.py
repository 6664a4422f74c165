"""The way from an `Attachment` to a `File`, at the moment when its message is sent.

Theory of operation. The outbox keeps what is to be made, not its bytes: a file is as true as the database is when it is
sent, and a message that is sent again has it made again. A maker reads the store, a page at a time, and writes in a
thread, so that nobody else waits; few are made at once, for many large ones would take the memory of all and make none
of them earlier. What the store cannot give now is asked for again by the outbox; a document that cannot
be made at all must not hold up the message that it goes with, nor the chat behind it.

A new kind is a `Maker` in `KINDS`.
"""

import asyncio
from collections.abc import Mapping
from typing import Final

from bot.documents import batch, ledger, orders, pictures
from bot.documents.parts import Maker
from bot.domain.outbound import Attachment, File
from bot.errors import StoreBusy
from bot.i18n import Words
from bot.logs import get_logger
from bot.store import Store

MOST_AT_ONCE = 2

log = get_logger("documents")

KINDS: Final[dict[str, Maker]] = {**orders.KINDS, **ledger.KINDS, **pictures.KINDS, **batch.KINDS}


class Documents:
    """Makes documents, few at once. `more` are kinds that need to know more of the installation than a store."""

    def __init__(self, store: Store, words: Words, more: Mapping[str, Maker] | None = None) -> None:
        self._store = store
        self._words = words
        self._kinds = {**KINDS, **(more or {})}
        self._turns = asyncio.Semaphore(MOST_AT_ONCE)

    async def make(self, attachment: Attachment) -> File | None:
        """The file; None when there is nothing to make it of, or when it cannot be made, which is logged.

        Raises StoreBusy when it may be made later.
        """
        maker = self._kinds.get(attachment.kind)
        if maker is None:
            log.error("no maker of such a document", kind=attachment.kind)
            return None
        async with self._turns:
            try:
                return await maker(self._store, self._words[attachment.language], attachment.arguments)
            except StoreBusy:
                raise
            # A fault of ours in one document: its message is worth more than the file. What went wrong may quote the
            # document, so the log gets the type alone.
            except Exception as error:
                log.error("a document could not be made", kind=attachment.kind, problem=type(error).__name__)
                return None
