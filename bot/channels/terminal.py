"""The terminal: a conversation on one screen, or through a pipe.

Messages are printed with their buttons as numbered lines; a button is pressed by typing its number or its label, which
the dialogue understands by itself. So a line is a plain Text, and the terminal keeps only two words for itself:
`/quit`, and `/file PATH`, which sends a file. A file that comes is written into a folder, and the screen says where. On
a tty the texts have style and width; elsewhere they are bare, line for line, for another program to read.

Lines are read in a thread of their own, from the file descriptor: a pipe, a file, a tty and /dev/null all work the same
way there, and a thread that sleeps in `os.read` holds no lock that would keep Python from ending.
"""

import asyncio
import codecs
import mimetypes
import os
import re
import stat
import sys
import tempfile
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from bot.channels.abilities import Abilities
from bot.channels.files import file_name
from bot.channels.markup import plain, runs
from bot.channels.plain import PlainChannel
from bot.domain.model import (
    Address,
    Choice,
    Document,
    File,
    Inbound,
    Language,
    Outbound,
    SendRefused,
    SendResult,
    Sent,
    Text,
)

if TYPE_CHECKING:
    from rich.console import Console

WIDTH = 80
PROMPT = "› "
QUIT = frozenset(("/quit", "/exit"))
FILE = "/file"
KEPT = "[file]"

_STYLES = {"b": "bold", "i": "italic", "code": "bold cyan"}
# A name that comes from the provider or from a person must not move the cursor or change the title of the window.
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class Line(str):
    """A line, and when it was typed, in milliseconds; a pipe does not tell."""

    typed_at: int | None = None


def heard(line: str, key: str, *, address: Address, language: Language = "fr") -> Inbound:
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


class TerminalChannel(PlainChannel):
    """A `Channel` that prints. `colour` is whether to use style and colour; by default, whether `out` is a tty. Files
    are written into `folder`; by default into one that is made for them in the system's folder for temporary files.
    """

    name = "terminal"
    abilities = Abilities("Terminal")

    def __init__(
        self,
        out: TextIO | None = None,
        *,
        colour: bool | None = None,
        width: int = WIDTH,
        folder: Path | None = None,
    ) -> None:
        self._folder = folder
        self._out = out or sys.stdout
        self._colour = self._out.isatty() if colour is None else colour
        self._width = width
        self._console: Console | None = None
        self._prompting = False

    async def fetch(self, ref: str, limit_bytes: int) -> bytes | None:
        """The content of the file at the path that was typed."""
        return await asyncio.to_thread(_content, ref, limit_bytes)

    async def send(self, address: Address, outbound: Outbound, file: File | None = None) -> SendResult:
        """Print one message. A screen cannot edit, so what replaces another message is printed below it."""
        if outbound.progress:
            return Sent()
        lines = _buttons(outbound)
        if file is not None:
            lines.insert(0, f"{KEPT} {await asyncio.to_thread(self._keep, file)}")
        try:
            if self._prompting:
                self._out.write("\r\x1b[K")
            if self._colour:
                self._print_styled(outbound.text, lines)
            else:
                self._out.write(_bare(outbound.text, lines))
            if self._prompting:
                self._out.write(PROMPT)
            self._out.flush()
        except (OSError, ValueError) as error:
            # A pipe that nobody reads any more, or a file that was closed: nobody is there.
            return SendRefused(type(error).__name__, unreachable=True)
        return Sent()

    def echo(self, line: str) -> None:
        """Print what the person says, where no keyboard shows it."""
        self._out.write(f"{PROMPT}{_clean(line)}\n")
        self._out.flush()

    async def lines(self, descriptor: int | None = None) -> AsyncIterator[Line]:
        """The lines that the person types, without blanks around them and without empty ones; ends with the input.

        `descriptor` is where to read from: standard input by default, which need not be open. Lines that come from
        elsewhere than a tty are echoed, so that what is printed reads as a conversation.
        """
        source = _standard_input() if descriptor is None else descriptor
        if source is None:
            return
        typed = os.isatty(source)  # False for a descriptor that is closed
        queue: asyncio.Queue[Line | None] = asyncio.Queue()
        _read(source, asyncio.get_running_loop(), queue)
        while True:
            self._prompt(typed)
            came = await queue.get()
            self._prompting = False
            if came is None:
                return
            line = Line(came.strip())
            # What was typed ahead waits here, and answers no question that was not there yet.
            line.typed_at = came.typed_at if typed else None
            if not line:
                continue
            if not typed:
                self.echo(line)
            if line.lower() in QUIT:
                return
            yield line

    def _prompt(self, typed: bool) -> None:
        if typed and self._out.isatty():
            self._out.write(PROMPT)
            self._out.flush()
            self._prompting = True

    def _keep(self, file: File) -> str:
        """Write a file into the folder, under a name that is still free there; answers where, or what went wrong."""
        name = file_name(file.name)
        try:
            if self._folder is None:
                self._folder = Path(tempfile.mkdtemp(prefix="taal-"))
            self._folder.mkdir(parents=True, exist_ok=True)
            path, number = self._folder / name, 1
            while not _made(path, file.content):
                number += 1
                path = self._folder / f"{Path(name).stem}-{number}{Path(name).suffix}"
        except OSError as error:
            return f"{name}: {error.strerror}"
        return str(path)

    def _print_styled(self, words: str, lines: list[str]) -> None:
        from rich.text import Text as Styled  # here, because a pipe never needs it and the demo must start fast

        if self._console is None:
            from rich.console import Console

            self._console = Console(
                file=self._out, width=self._width, force_terminal=True, highlight=False, emoji=False, markup=False
            )
        text = Styled()
        for tags, run in runs(words):
            text.append(_clean(run), style=" ".join(_STYLES[tag] for tag in tags))
        self._console.print(text)
        for line in lines:
            # A path that is cut into lines can be neither pressed nor copied.
            self._console.print(Styled(line, style="green"), soft_wrap=line.startswith(KEPT))
        self._console.print()


def _bare(words: str, lines: list[str]) -> str:
    return "\n".join((_clean(plain(words)), *lines, "", ""))


def _buttons(outbound: Outbound) -> list[str]:
    """One line a button. What can be chosen has a number, as the dialogue counts; order news has none, for a number
    belongs to the question that was asked last.
    """
    lines: list[str] = []
    number = 0
    for row in outbound.rows:
        for button in row:
            if isinstance(button, Choice):
                number += 1
                mark = "[" if outbound.durable else f"[{number}] "
                lines.append(f"{mark}{_clean(button.label)}{']' if outbound.durable else ''}")
            else:
                lines.append(f"[copy] {_clean(button.label)}: {_clean(button.text)}")
    return lines


def _made(path: Path, content: bytes) -> bool:
    """Write a new file; False when there is one of that name."""
    try:
        with path.open("xb") as kept:
            kept.write(content)
    except FileExistsError:
        return False
    return True


def _content(path: str, limit_bytes: int) -> bytes | None:
    try:
        # A pipe or a device has no end, and waits for it in `open` already.
        if not stat.S_ISREG(os.stat(path).st_mode):
            return None
        with open(path, "rb") as source:
            content = source.read(limit_bytes + 1)
    except (OSError, ValueError):
        return None
    return content if len(content) <= limit_bytes else None


def _clean(text: str) -> str:
    return _CONTROLS.sub("", text)


def _standard_input() -> int | None:
    try:
        return None if sys.stdin is None else sys.stdin.fileno()
    except (OSError, ValueError):
        return None


def _read(source: int, loop: asyncio.AbstractEventLoop, queue: "asyncio.Queue[Line | None]") -> None:
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
            rest += decode(chunk, final=not chunk)
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
