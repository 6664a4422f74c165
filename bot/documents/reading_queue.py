"""Files that people sent, fetched and read one after another, each in a process of its own that can be given up.

Theory of operation. A file waits for its turn before it is fetched, so that what waits costs nothing. A person has one
file in hand at a time and a few that wait; everybody together has two. The process (`reading_process`) takes the file
through a pipe, limits itself, and is killed when it takes too long, when what it answers is too much, and when whoever
waits for it is gone. It knows nothing of us: not one variable of our environment but where its modules are.
"""

import asyncio
import contextlib
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, get_args

from msgspec import MsgspecError, msgpack

from bot.documents.reading import MAX_BYTES, MAX_CHARACTERS, Code, Problem, Rows
from bot.documents.reading_process import Answer, Request
from bot.logs import get_logger

MOST_AT_ONCE = 2
MOST_OF_ONE_PERSON = 4
MOST_ALTOGETHER = 32
FETCH_SECONDS = 30.0
# Its own limit counts seconds of a processor, which may be shared by many.
READ_SECONDS = 15.0
# A character has up to four bytes, a cell some bytes of its own.
MAX_ANSWER_BYTES = 6 * MAX_CHARACTERS

_COMMAND: Final = (sys.executable, "-P", "-B", "-m", "bot.documents.reading_process")
_CODES: Final = {code: Problem(code) for code in get_args(Code)}

log = get_logger("documents")


class _Person:
    """Somebody's files: how many there are, and whose turn it is among them."""

    def __init__(self) -> None:
        self.files = 0
        self.turn = asyncio.Lock()


class ReadingQueue:
    """Reads files for everybody. For one event loop."""

    def __init__(
        self,
        *,
        most_at_once: int = MOST_AT_ONCE,
        fetch_seconds: float = FETCH_SECONDS,
        read_seconds: float = READ_SECONDS,
        command: Sequence[str] = _COMMAND,
    ) -> None:
        self._turn = asyncio.Semaphore(most_at_once)
        self._fetch_seconds = fetch_seconds
        self._read_seconds = read_seconds
        self._command = tuple(command)
        self._people: dict[str, _Person] = {}
        self._files = 0

    async def read(self, reader: str, name: str, fetch: Callable[[], Awaitable[bytes | None]]) -> Rows | Problem:
        """The cells of a file that `fetch` brings (None: it cannot be had), as `reading.read_table` has them.

        `reader` tells people apart. Too many files of theirs, or of all, are `busy`, and never fetched. Raises nothing.
        """
        person = self._people.get(reader) or _Person()
        if person.files >= MOST_OF_ONE_PERSON or self._files >= MOST_ALTOGETHER:
            return Problem("busy")
        self._people[reader] = person
        person.files += 1
        self._files += 1
        try:
            async with person.turn, self._turn:
                return await self._fetched(name, fetch)
        finally:
            self._files -= 1
            person.files -= 1
            if not person.files:
                del self._people[reader]

    async def _fetched(self, name: str, fetch: Callable[[], Awaitable[bytes | None]]) -> Rows | Problem:
        try:
            async with asyncio.timeout(self._fetch_seconds):
                content = await fetch()
        except TimeoutError:
            content = None
        if content is None:
            return Problem("gone")
        if len(content) > MAX_BYTES:
            return Problem("too_large")
        return await self._in_a_process(msgpack.encode(Request(name, content)))

    async def _in_a_process(self, request: bytes) -> Rows | Problem:
        try:
            process = await asyncio.create_subprocess_exec(
                *self._command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env=_environment()
            )
        except OSError as error:
            log.error("no process to read a file in", problem=type(error).__name__)
            return Problem("busy")
        try:
            async with asyncio.timeout(self._read_seconds):
                answer = await _exchange(process, request)
        except TimeoutError:
            answer = b""
        finally:
            await _end(process)
        if process.returncode or not answer:
            # By its own limits, by ours, or by the system for want of memory.
            log.warning("a file was too much work", status=process.returncode)
            return Problem("too_heavy")
        return _read_answer(answer)


def _environment() -> dict[str, str]:
    return {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}


async def _exchange(process: Process, request: bytes) -> bytes:
    """What the process answers; nothing when it answers more than it may."""
    if process.stdin is None or process.stdout is None:
        raise TypeError("a process without pipes")
    try:
        process.stdin.write(request)
        await process.stdin.drain()
        process.stdin.close()
    # uvloop's word for a pipe that is closed already is RuntimeError.
    except (BrokenPipeError, ConnectionResetError, RuntimeError):
        return b""
    answer = bytearray()
    while piece := await process.stdout.read(65_536):
        answer += piece
        if len(answer) > MAX_ANSWER_BYTES:
            return b""
    await process.wait()
    return bytes(answer)


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


def _read_answer(answer: bytes) -> Rows | Problem:
    try:
        read = msgpack.decode(answer, type=Answer)
    except MsgspecError as error:
        log.warning("a file was answered with nonsense", problem=type(error).__name__)
        return Problem("not_a_table")
    return read.rows if not read.problem else _CODES.get(read.problem, Problem("not_a_table"))
