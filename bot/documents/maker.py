"""The way from an `Attachment` to a `File`, at the moment when its message is sent.

Theory of operation. The outbox keeps what is to be made, not its bytes: a file is as true as the database is when it is
sent, and a message that is sent again has it made again. A maker reads the store, a page at a time, and writes in a
thread, so that nobody else waits; few are made at once, for many large ones would take the memory of all and make none
of them earlier. One that turns out to be long is begun anew in a process of its own (`bot.long_work`). What the store
cannot give now is asked for again by the outbox; a document that cannot be made at all must not hold up the message
that it goes with, nor the chat behind it.

A new kind is a `Maker` in `KINDS`.
"""

import asyncio
from collections.abc import Mapping
from typing import Final

from cachetools import FIFOCache

from bot.documents import batch, ledger, orders, pictures
from bot.documents.parts import Maker
from bot.domain.outbound import Attachment, File
from bot.errors import StoreBusy
from bot.i18n import Words
from bot.logs import get_logger
from bot.long_work import LongWork, ProcessDied, WorkFailed, here_if_short
from bot.store import ReadingStore

MOST_AT_ONCE = 2
# A document that takes no more than this is made here: up to 200 rows, in less time than a process takes to start.
FEW_READINGS = 4

log = get_logger("documents")

KINDS: Final[dict[str, Maker]] = {**orders.KINDS, **ledger.KINDS, **pictures.KINDS, **batch.KINDS}


class Documents:
    """Makes documents, few at once. `more` are kinds that need to know more of the installation than a store. Where
    there is `long_work`, long ones are made in a process of their own.
    """

    def __init__(
        self,
        store: ReadingStore,
        words: Words,
        more: Mapping[str, Maker] | None = None,
        long_work: LongWork | None = None,
    ) -> None:
        self._store = store
        self._words = words
        self._kinds = {**KINDS, **(more or {})}
        self._long_work = long_work
        self._turns = asyncio.Semaphore(MOST_AT_ONCE)
        # The documents whose process has died once.
        self._died: FIFOCache[Attachment, bool] = FIFOCache(100)

    async def make(self, attachment: Attachment) -> File | None:
        """The file; None when there is nothing to make it of, or when it cannot be made, which is logged.

        Raises StoreBusy when it may be made later.
        """
        maker = self._kinds.get(attachment.kind)
        if maker is None:
            log.error("no maker of such a document", kind=attachment.kind)
            return None
        died_before = self._died.pop(attachment, False)
        try:
            return await self._made(maker, attachment)
        except ProcessDied as error:
            problem = str(error)
            if not died_before:
                self._died[attachment] = True
                log.warning("a document is begun anew", kind=attachment.kind, problem=problem)
                raise
        except StoreBusy:
            raise
        except WorkFailed as error:
            problem = error.problem
        # A fault of ours in one document: its message is worth more than the file. What went wrong may quote the
        # document, so the log gets the type alone.
        except Exception as error:
            problem = type(error).__name__
        log.error("a document could not be made", kind=attachment.kind, problem=problem)
        return None

    async def _made(self, maker: Maker, attachment: Attachment) -> File | None:
        async def here(store: ReadingStore) -> File | None:
            async with self._turns:
                return await maker(store, self._words[attachment.language], attachment.arguments)

        long_work = self._long_work
        if long_work is None:
            return await here(self._store)
        return await here_if_short(self._store, FEW_READINGS, here, lambda: long_work.document(attachment))
