"""What the person types: lines from a descriptor, and what a line says.

Lines are read in a thread of their own, from the file descriptor: a pipe, a file, a tty and /dev/null all work the same
way there, and a thread that sleeps in `os.read` holds no lock that would keep Python from ending.
"""

import asyncio
import codecs
import mimetypes
import os
import sys
import threading
import time
from pathlib import Path

from bot.domain.inbound import Document, Inbound, Text
from bot.domain.people import Address, Language

FILE = "/file"
QUIT = frozenset(("/quit", "/exit"))


class Line(str):
    """A line, and when it was typed, in milliseconds; a pipe does not tell."""

    typed_at: int | None = None


def inbound_of(line: str, key: str, *, address: Address, language: Language = "fr") -> Inbound:
    """What a typed line says; `key` must be unique among all inbounds."""
    sent_at = line.typed_at if isinstance(line, Line) else None
    return Inbound(key, address, _sent_file(line) or Text(str(line)), language, sent_at=sent_at)


def _sent_file(line: str) -> Document | None:
    word, _, named = line.strip().partition(" ")
    if word.lower() != FILE or not named.strip():
        return None
    path = Path(os.path.expanduser(named.strip()))
    try:
        size_bytes = path.stat().st_size
    except (OSError, ValueError):
        # Whoever fetches it will not find it, and say so.
        size_bytes = 0
    return Document(str(path), path.name, mimetypes.guess_type(path.name)[0] or "", size_bytes)


def standard_input() -> int | None:
    """The descriptor of standard input; None where it is not open."""
    try:
        return None if sys.stdin is None else sys.stdin.fileno()
    except (OSError, ValueError):
        return None


def read_lines(source: int, loop: asyncio.AbstractEventLoop, queue: "asyncio.Queue[Line | None]") -> None:
    """Put every line of `source` into `queue`, then None."""

    def put(text: str | None) -> bool:
        line = None if text is None else Line(text)
        if line is not None:
            line.typed_at = time.time_ns() // 1_000_000
        try:
            loop.call_soon_threadsafe(queue.put_nowait, line)
        except RuntimeError:
            # The loop has ended: nobody waits for lines any more.
            return False
        return True

    def read() -> None:
        decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        rest = ""
        while True:
            try:
                chunk = os.read(own, 65536)
            except OSError:
                chunk = b""
            # No text column of a database takes the character NUL.
            rest += decode(chunk, final=not chunk).replace("\0", "")
            *whole, rest = rest.split("\n")
            if not all(put(line) for line in whole):
                return
            if not chunk:
                if rest:
                    put(rest)
                put(None)
                return

    def read_and_close() -> None:
        try:
            read()
        finally:
            os.close(own)

    try:
        # A descriptor of its own: when the other is closed, its number may soon name something else.
        own = os.dup(source)
    except OSError:
        queue.put_nowait(None)
        return
    threading.Thread(target=read_and_close, name="terminal-lines", daemon=True).start()
