"""The process in which one file is read: `python -m bot.documents.reading_process`, a request in, an answer out.

Nobody knows what a file does to a parser, so it is parsed where little can be lost: this process has no secret, writes
no file, opens no connection, may use some seconds of a processor and some memory, and is killed when it is done for.
It begins by giving up what it does not need, and reads its request after that.
"""

import contextlib
import os
import resource
import signal
import sys
from pathlib import Path
from typing import Final

from msgspec import Struct, msgpack

# The largest honest list takes half a second and 60 MiB of addresses. Two of these and the bot stay below the 512 MB
# that the container has.
CPU_SECONDS: Final = 5
MEMORY_BYTES: Final = 160 * 1024 * 1024
# How it ends when there was not enough memory.
OUT_OF_MEMORY: Final = 3


class Request(Struct, array_like=True):
    """A file, and what it is called."""

    name: str
    content: bytes


class Answer(Struct, array_like=True):
    """Its cells, or the code of a `bot.documents.reading.Problem`."""

    rows: tuple[tuple[str, ...], ...] = ()
    problem: str = ""


def give_up_what_is_not_needed() -> None:
    """From here on this process can take little from the others, whatever it reads."""
    # Should memory run short all the same, the system ends this process before any other.
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")
    for what, most in (
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 32),
    ):
        resource.setrlimit(what, (most, most))
    # Who started it ends it: a supervisor that asks all of them to end meets the bot, which says so in the chat.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    # Whatever a library prints is no part of the answer.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)


def main() -> int:
    """Read one request and answer it; the exit status is 0 when there is an answer."""
    give_up_what_is_not_needed()
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    try:
        from bot.documents.reading import Problem, read_table

        request = msgpack.decode(sys.stdin.buffer.read(), type=Request)
        table = read_table(request.content, request.name)
        answer = Answer(problem=table.code) if isinstance(table, Problem) else Answer(table)
        answers.write(msgpack.encode(answer))
        answers.flush()
    except MemoryError:
        return OUT_OF_MEMORY
    return 0


if __name__ == "__main__":
    # Nothing here is worth tidying up.
    os._exit(main())
