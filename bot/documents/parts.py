"""What makers of documents share: what a maker is, the names of files, and tables written a page at a time."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Self, TypeAlias

from bot.documents.tables import Column, Table, TableRow, Writer
from bot.documents.writing import MEDIA_TYPES, Format, write, writer_of
from bot.domain.outbound import File
from bot.domain.period import Period
from bot.i18n import Voice
from bot.store import ReadingStore

# Makes one kind of document from its arguments; None when there is nothing to make it of. Raises StoreBusy as the store
# does, and ValueError for arguments that are none of this kind.
Maker: TypeAlias = Callable[[ReadingStore, Voice, tuple[str, ...]], Awaitable[File | None]]

# Small enough that whoever wants Python's one lock meanwhile has it within some milliseconds.
PAGE_ROWS = 50
# More rows nobody reads, and some channels carry no larger file.
MAX_ROWS = 100_000

_FORMATS: Final[dict[str, Format]] = {"csv": "csv", "xlsx": "xlsx"}


def format_of(text: str) -> Format:
    """The format that an attachment asks for. Raises ValueError for any other."""
    if text not in _FORMATS:
        raise ValueError(f"not a format of tables: {text!r}")
    return _FORMATS[text]


def cut_line(t: Voice) -> str:
    """What stands under a table of which only the first `MAX_ROWS` rows are there."""
    return t.label("paper.cut", count=t.figure(MAX_ROWS))


def file_of(stem: str, period: Period | None, ending: str, media_type: str, content: bytes) -> File:
    """A file whose name tells what it holds: `ventes-2026-11-01-2026-11-24.csv`; one day stands in it once."""
    days = [] if period is None else sorted({period.first, period.last})
    return File(f"{'-'.join([stem, *days])}.{ending}", media_type, content)


async def file_of_tables(stem: str, period: Period | None, format: Format, *tables: Table) -> File:
    """Short tables as a file. They are written in a thread."""
    content = await asyncio.to_thread(write, format, *tables)
    return file_of(stem, period, format, MEDIA_TYPES[format], content)


class LongFile:
    """A file of tables whose rows come a page at a time, at most `MAX_ROWS` a table. Every page is written in a thread.

    `cut` is the sentence that stands under a table of which not everything is there. What was written is thrown away
    where the `async with` around it ends by an error.
    """

    def __init__(self, format: Format, cut: str) -> None:
        self._format = format
        self._cut = cut
        self._writer: Writer | None = None
        self._rows = 0
        self._left_out = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        # At the end of the process openpyxl throws its files away by itself.
        if self._writer is not None and kind is not None and issubclass(kind, Exception):
            await asyncio.to_thread(self._writer.discard)

    async def start(self, title: str, columns: Sequence[Column], sample: Sequence[TableRow] = ()) -> None:
        """Begin a table; `sample` are rows by which its widths may be chosen."""
        await asyncio.to_thread(self._start, title, columns, sample)

    def _start(self, title: str, columns: Sequence[Column], sample: Sequence[TableRow]) -> None:
        if self._writer is None:
            self._writer = writer_of(self._format)
        self._rows, self._left_out = 0, False
        self._writer.start(title, columns, sample)

    @property
    def full(self) -> bool:
        """Whether rows were left out of the table that was begun."""
        return self._left_out

    async def add(self, rows: Sequence[TableRow]) -> None:
        """Add a page."""
        kept = rows[: MAX_ROWS - self._rows]
        self._rows += len(kept)
        self._left_out = self._left_out or len(kept) < len(rows)
        if kept and self._writer is not None:
            await asyncio.to_thread(self._writer.add, kept)

    async def end(self, totals: Sequence[TableRow] = ()) -> None:
        """End the table that was begun."""
        if self._writer is not None:
            await asyncio.to_thread(self._writer.end, totals, self._cut if self._left_out else "")

    async def file(self, stem: str, period: Period) -> File | None:
        """The whole of it; None when no table was begun."""
        if self._writer is None:
            return None
        content = await asyncio.to_thread(self._writer.content)
        return file_of(stem, period, self._format, MEDIA_TYPES[self._format], content)
