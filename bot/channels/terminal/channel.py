"""Messages on a screen, and the files that come with them in a folder."""

import asyncio
import contextlib
import os
import stat
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from bot.channels.abilities import Abilities
from bot.channels.files import file_name
from bot.channels.markup import runs
from bot.channels.plain import PlainChannel
from bot.channels.terminal.lines import QUIT, Line, read_lines, standard_input
from bot.channels.terminal.render import bare, buttons, clean
from bot.domain.outbound import File, Outbound, SendRefused, SendResult, Sent
from bot.domain.people import Address

if TYPE_CHECKING:
    from rich.console import Console

WIDTH = 80
PROMPT = "› "
KEPT = "[file]"

_STYLES = {"b": "bold", "i": "italic", "code": "bold cyan"}


class TerminalChannel(PlainChannel):
    """A `Channel` that prints. `colour` is whether to use style and colour; by default, whether `out` is a tty. Files
    are written into `folder`; by default into one that is made for them in the system's folder for temporary files.
    """

    name = "terminal"
    abilities = Abilities("Terminal", commands=True)

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
        lines = buttons(outbound)
        if file is not None:
            lines.insert(0, f"{KEPT} {await asyncio.to_thread(self._keep, file)}")
        try:
            with self._above_the_prompt():
                if self._colour:
                    self._print_styled(outbound.text, lines)
                else:
                    self._out.write(bare(outbound.text, lines))
        except (OSError, ValueError) as error:
            # A pipe that nobody reads any more, or a file that was closed: nobody is there.
            return SendRefused(type(error).__name__, unreachable=True)
        return Sent()

    def show(self, printed: str) -> None:
        """Print what was made ready elsewhere, above what is being typed."""
        with self._above_the_prompt():
            self._out.write(printed)

    def echo(self, line: str) -> None:
        """Print what the person says, where no keyboard shows it."""
        self._out.write(f"{PROMPT}{clean(line)}\n")
        self._out.flush()

    async def lines(self, descriptor: int | None = None) -> AsyncIterator[Line]:
        """The lines that the person types, without blanks around them and without empty ones; ends with the input.

        `descriptor` is where to read from: standard input by default, which need not be open. Lines that come from
        elsewhere than a tty are echoed, so that what is printed reads as a conversation.
        """
        source = standard_input() if descriptor is None else descriptor
        if source is None:
            return
        typed = os.isatty(source)  # False for a descriptor that is closed
        queue: asyncio.Queue[Line | None] = asyncio.Queue()
        read_lines(source, asyncio.get_running_loop(), queue)
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

    @contextlib.contextmanager
    def _above_the_prompt(self) -> Iterator[None]:
        if self._prompting:
            self._out.write("\r\x1b[K")
        yield
        if self._prompting:
            self._out.write(PROMPT)
        self._out.flush()

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
            text.append(clean(run), style=" ".join(_STYLES[tag] for tag in tags))
        self._console.print(text)
        for line in lines:
            # A path that is cut into lines can be neither pressed nor copied.
            self._console.print(Styled(line, style="green"), soft_wrap=line.startswith(KEPT))
        self._console.print()


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
