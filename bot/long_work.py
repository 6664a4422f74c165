"""Long work: documents of many rows, audits and sums of all the books, each done in a process of its own.

Theory of operation. Such work reads for seconds or minutes and computes all the while. Beside the bot's loop it would
take Python's one lock again and again, and its only reading connection; so it is handed to another process
(`long_work_process`), which opens the database by itself to read, stands back wherever somebody else wants the
processor, and is gone with all its memory when it has answered. There is one at a time; whoever waits for too long is
told that the database is busy, and asks again.

The process is told through a pipe what to do, and knows nothing else of us: not one variable of our environment but
where its modules are. It is killed when it takes too long and when whoever waits for it is gone; when we are gone, it
hears its pipe end.
"""

import asyncio
import contextlib
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Awaitable, Callable, Sequence
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple, TypeAlias

from msgspec import MsgspecError, Raw, Struct, msgpack

from bot.domain.audit import Findings
from bot.domain.catalog import Catalog
from bot.domain.collecting import Advances
from bot.domain.outbound import Attachment, File
from bot.errors import StoreBusy
from bot.store import P, ReadingStore, Script, T

# No channel carries a larger file.
MAX_ANSWER_BYTES = 100_000_000
LENGTH_BYTES = 4

_COMMAND: Final = (sys.executable, "-P", "-B", "-m", "bot.long_work_process")


class Limits(NamedTuple):
    """How long a work waits for its turn, and how long it may take then."""

    turn_seconds: float
    seconds: float


# Sending a message may take 150 seconds, and the making of its file is a part of that.
OF_A_DOCUMENT: Final = Limits(10.0, 120.0)
OF_THE_BOOKS: Final = Limits(150.0, 300.0)


class MakeDocument(Struct, frozen=True, tag="document"):
    """Make the file that an attachment asks for."""

    attachment: Attachment


class AuditDays(Struct, frozen=True, tag="audit"):
    """Audit the days from `first` to `last` (`YYYY-MM-DD`)."""

    first: str
    last: str


class SumLedger(Struct, frozen=True, tag="ledger"):
    """Sum all entries."""


Work: TypeAlias = MakeDocument | AuditDays | SumLedger


class Request(Struct, frozen=True):
    """What is to be done, where, and what of the settings it takes. `advances`: what was said of them where
    customers pay for themselves. `now` is in milliseconds.
    """

    work: Work
    database_url: str
    catalog: Catalog
    default_credit_limit_xof: int
    now: int
    advances: Advances | None = "allowed"


class Answer(Struct, frozen=True):
    """What it came to; or why the database could not be read (`busy`), or the type of what was raised (`problem`)."""

    value: Raw = Raw(b"\xc0")
    busy: str = ""
    problem: str = ""


class Made(Struct, frozen=True):
    """The file that was made; None when there is nothing to make it of."""

    file: File | None


class ProcessDied(StoreBusy):
    """The process ended, or was killed, without an answer."""


class WorkFailed(Exception):
    """A fault of ours in the work; `problem` is the type of what was raised, whose text may quote what was read."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


class LongWork:
    """Has long work done. For one event loop. `clock` is in milliseconds."""

    def __init__(
        self,
        database_url: str,
        catalog: Catalog,
        default_credit_limit_xof: int,
        clock: Callable[[], int],
        advances: Advances | None = "allowed",
        *,
        of_a_document: Limits = OF_A_DOCUMENT,
        of_the_books: Limits = OF_THE_BOOKS,
        command: Sequence[str] = _COMMAND,
    ) -> None:
        self._database_url = database_url
        self._catalog = catalog
        self._default_credit_limit_xof = default_credit_limit_xof
        self._clock = clock
        self._advances = advances
        self._of_a_document = of_a_document
        self._of_the_books = of_the_books
        self._command = tuple(command)
        self._turn = asyncio.Lock()

    async def document(self, attachment: Attachment) -> File | None:
        """The file, as its maker makes it. Raises StoreBusy, ProcessDied and WorkFailed."""
        return (await self._do(MakeDocument(attachment), Made, self._of_a_document)).file

    async def audit(self, first: str, last: str) -> Findings:
        """What an audit of these days found. Raises StoreBusy, ProcessDied and WorkFailed."""
        return await self._do(AuditDays(first, last), Findings, self._of_the_books)

    async def ledger_total(self) -> int:
        """What all entries sum to, in XOF. Raises StoreBusy, ProcessDied and WorkFailed."""
        return await self._do(SumLedger(), int, self._of_the_books)

    async def _do(self, work: Work, kind: type[T], limits: Limits) -> T:
        try:
            async with asyncio.timeout(limits.turn_seconds):
                await self._turn.acquire()
        except TimeoutError:
            raise StoreBusy("other long work is being done") from None
        try:
            request = Request(
                work,
                self._database_url,
                self._catalog,
                self._default_credit_limit_xof,
                self._clock(),
                self._advances,
            )
            answer = await self._in_a_process(msgpack.encode(request), limits.seconds)
        finally:
            self._turn.release()
        if answer.busy:
            raise StoreBusy(answer.busy)
        if answer.problem:
            raise WorkFailed(answer.problem)
        return msgpack.decode(answer.value, type=kind)

    async def _in_a_process(self, request: bytes, seconds: float) -> Answer:
        try:
            # What a process that is killed leaves of its temporary files goes with their folder.
            with TemporaryDirectory(prefix="taal-", ignore_cleanup_errors=True) as folder:
                process = await asyncio.create_subprocess_exec(
                    *self._command, folder, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env=_environment()
                )
                try:
                    async with asyncio.timeout(seconds):
                        answer = await _exchange(process, request)
                finally:
                    await _end(process)
        except TimeoutError:
            raise ProcessDied(f"no answer after {seconds:.0f} seconds") from None
        except OSError as error:
            raise ProcessDied(f"no process: {type(error).__name__}") from error
        try:
            return msgpack.decode(answer, type=Answer)
        except MsgspecError:
            raise ProcessDied(f"it ended with status {process.returncode}") from None


def _environment() -> dict[str, str]:
    return {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}


async def _exchange(process: Process, request: bytes) -> bytearray:
    """What the process answers; nothing when it answers more than it may. Its own pipe stays open all the while."""
    if process.stdin is None or process.stdout is None:
        raise TypeError("a process without pipes")
    # uvloop's word for a pipe that is closed already is RuntimeError.
    with contextlib.suppress(BrokenPipeError, ConnectionResetError, RuntimeError):
        process.stdin.write(len(request).to_bytes(LENGTH_BYTES, "big") + request)
        await process.stdin.drain()
    answer = bytearray()
    while piece := await process.stdout.read(65_536):
        answer += piece
        if len(answer) > MAX_ANSWER_BYTES:
            return bytearray()
    await process.wait()
    return answer


async def _end(process: Process) -> None:
    """It is gone when this returns, and killed when this is interrupted."""
    if process.returncode is None:
        # It may be gone since, and the loop has not heard of it yet.
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        # asyncio tells that it ended only once its pipe was read to the end.
        while process.stdout is not None and await process.stdout.read(65_536):
            pass
        await process.wait()


class _TooManyReadings(Exception):
    pass


class _FewReadings:
    """A store that may be read a few times."""

    def __init__(self, store: ReadingStore, most: int) -> None:
        self._store = store
        self._left = most

    async def read(self, script: Callable[P, Script[T]], /, *args: P.args, **kwargs: P.kwargs) -> T:
        if not self._left:
            raise _TooManyReadings
        self._left -= 1
        return await self._store.read(script, *args, **kwargs)


async def here_if_short(
    store: ReadingStore,
    most: int,
    here: Callable[[ReadingStore], Awaitable[T]],
    elsewhere: Callable[[], Awaitable[T]],
) -> T:
    """What `here` comes to, or `elsewhere` when that takes more than `most` readings: how long a work is, nobody knows
    before it is begun, and most are shorter than the start of a process.
    """
    try:
        return await here(_FewReadings(store, most))
    except _TooManyReadings:
        return await elsewhere()
