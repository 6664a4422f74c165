"""Where demonstrations of one user meet, so that a customer and an admin in two terminals see each other.

Theory of operation. There is one folder for it, this user's alone (0700). Whoever locks it first plays the whole bot
and listens at a socket in it; whoever comes later and asked for a part is a guest: a keyboard and a screen for that
bot, which gives each guest an address of its own. Nothing of it is on any network, and nothing is kept: the lock goes
with its process, however that ends, the socket and the folder go at its end, and those of one that was killed are taken
over by the next. Where there can be no such folder, a demonstration is alone, as one without a keyboard is always.

What goes over the socket is JSON, a line each: who comes (`Hello`), then what is typed (`Said`); back comes what is to
be printed.
"""

import asyncio
import contextlib
import fcntl
import io
import os
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import Struct

from bot.app.demonstration import DEMO_ADDRESS, Demonstration, Part
from bot.channels.terminal.lines import Line
from bot.domain.people import Address, Language
from bot.languages import DEFAULT, pick
from bot.private_files import make_folder

if TYPE_CHECKING:
    from bot.app.demo_terminal import DemoTerminal

MOST_GUESTS = 8
MOST_LINE_BYTES = 1024 * 1024
"""The longest line on the socket; whoever sends a longer one is no demonstration."""
MOST_WAITING_BYTES = 4 * 1024 * 1024
"""What a screen that stands still may have waiting for it before it is given up."""

_SOCKET = "socket"
_PARTS: Final[dict[Language, dict[Part, str]]] = {
    "fr": {"customer": "client", "reseller": "revendeur", "admin": "admin"},
    "en": {"customer": "customer", "reseller": "reseller", "admin": "admin"},
}
_JOINED: Final[dict[Language, str]] = {
    "fr": "<i>Démonstration : vous êtes {me} dans celle d’à côté, avec {others}.</i>",
    "en": "<i>Demonstration: you are {me} in the one beside, with {others}.</i>",
}
_TRY: Final[dict[Language, str]] = {
    "fr": "<i>Essayez : /credit {address} 5000 essai ; /inbox quand on vous cherche.</i>",
    "en": "<i>Try: /credit {address} 5000 a try; /inbox when somebody asks for you.</i>",
}
_CAME: Final[dict[Language, str]] = {
    "fr": "<i>Démonstration : {who} est là.</i>",
    "en": "<i>Demonstration: {who} is here.</i>",
}
_LEFT: Final[dict[Language, str]] = {
    "fr": "<i>Démonstration : {who} est parti.</i>",
    "en": "<i>Demonstration: {who} has left.</i>",
}


class Hello(Struct, frozen=True):
    """Who comes: the part they play, their language, and whether their screen has colours."""

    part: Part
    language: Language
    colour: bool = False


class Said(Struct, frozen=True):
    """A line, and when it was typed, in milliseconds."""

    line: str
    typed_at: int | None = None


class Meeting:
    """The folder, which this process holds open: locked where it `is_first`. `close` gives it back."""

    def __init__(self, folder: Path, descriptor: int, *, is_first: bool) -> None:
        self._folder = folder
        self._descriptor = descriptor
        self.is_first = is_first

    @classmethod
    def enter(cls) -> "Meeting | None":
        """Go where the demonstrations of this user meet; None where there can be no such place."""
        folder = _folder()
        try:
            make_folder(folder)
            descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError:
            return None
        found = os.fstat(descriptor)
        if found.st_uid != os.geteuid() or found.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            # Somebody else laid it there: whoever they wait for, it is not us.
            os.close(descriptor)
            return None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return cls(folder, descriptor, is_first=False)
        return cls(folder, descriptor, is_first=True)

    @property
    def socket(self) -> str:
        """Where the first one listens."""
        return str(self._folder / _SOCKET)

    def close(self) -> None:
        """Leave; the first one takes the folder along."""
        if self.is_first:
            with contextlib.suppress(OSError):
                os.unlink(self.socket)
            with contextlib.suppress(OSError):
                self._folder.rmdir()
        os.close(self._descriptor)


class Guests:
    """Those who came to `show`; each begins with the money that `funds_xof` says for their part."""

    def __init__(self, show: Demonstration, part: Part, funds_xof: Callable[[Part], int]) -> None:
        self._show = show
        self._funds_xof = funds_xof
        self._there: dict[Address, Part] = {DEMO_ADDRESS: part}
        self._known: set[Address] = set()
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    async def open(self, meeting: Meeting) -> bool:
        """Let them come; False where there can be no socket, and nobody does."""
        with contextlib.suppress(OSError):
            os.unlink(meeting.socket)
        with contextlib.suppress(OSError):
            self._server = await asyncio.start_unix_server(self._serve, meeting.socket, limit=MOST_LINE_BYTES)
        return self._server is not None

    async def aclose(self) -> None:
        """See them off."""
        self._there.clear()
        if self._server is not None:
            self._server.close()
        for writer in self._writers:
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        address: Address | None = None
        try:
            hello = msgspec.json.decode(await reader.readline(), type=Hello)
            address = self._address_for(hello.part)
            if address is not None:
                await self._sit(address, hello, writer)
                while line := await reader.readline():
                    said = msgspec.json.decode(line, type=Said)
                    typed = Line(said.line)
                    typed.typed_at = said.typed_at
                    await self._show.say(typed, address)
        except (OSError, ValueError, msgspec.MsgspecError):
            # Gone in the middle of a line, or no demonstration at all.
            pass
        finally:
            self._writers.discard(writer)
            writer.close()
            if address is not None and (part := self._there.pop(address, None)) is not None:
                await self._tell(_LEFT, address, part)

    def _address_for(self, part: Part) -> Address | None:
        if len(self._there) > MOST_GUESTS:
            return None
        names = (part, *(f"{part}{number}" for number in range(2, MOST_GUESTS + 2)))
        free = (Address("terminal", name) for name in names if Address("terminal", name) not in self._there)
        return next(free, None)

    async def _sit(self, address: Address, hello: Hello, writer: asyncio.StreamWriter) -> None:
        from bot.app.demo_terminal import DemoTerminal

        terminal = DemoTerminal(hello.language, out=Screen(writer), colour=hello.colour)
        others = ", ".join(_named(who, part, hello.language) for who, part in self._there.items())
        await self._tell(_CAME, address, hello.part)
        self._there[address] = hello.part
        await self._show.add(
            address,
            hello.part,
            terminal,
            0 if address in self._known else self._funds_xof(hello.part),
        )
        self._known.add(address)
        me = _named(address, hello.part, hello.language)
        await terminal.note(_in(_JOINED, hello.language).format(me=me, others=others))
        if hello.part == "admin":
            customer = next((who for who, part in self._there.items() if part == "customer"), DEMO_ADDRESS)
            await terminal.note(_in(_TRY, hello.language).format(address=customer))

    async def _tell(self, words: dict[Language, str], who: Address, part: Part) -> None:
        for address in self._there:
            terminal: DemoTerminal = self._show.terminal_of(address)
            text = _in(words, terminal.language).format(who=_named(who, part, terminal.language))
            await terminal.note(text)


class Screen(io.StringIO):
    """A guest's screen: what is written is sent by `flush`. Raises BrokenPipeError when nobody looks at it any more."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        super().__init__()
        self._writer = writer

    def flush(self) -> None:
        text = self.getvalue()
        self.seek(0)
        self.truncate()
        if not text:
            return
        if self._writer.transport.get_write_buffer_size() > MOST_WAITING_BYTES:
            self._writer.transport.abort()
        if self._writer.is_closing():
            raise BrokenPipeError
        self._writer.write(msgspec.json.encode(text) + b"\n")


def _folder() -> Path:
    running = os.environ.get("XDG_RUNTIME_DIR")
    if running:
        return Path(running, "taal-demo")
    return Path(tempfile.gettempdir(), f"taal-demo-{os.geteuid()}")


def _named(address: Address, part: Part, language: Language) -> str:
    return f"{address} ({(pick(_PARTS, language) or _PARTS[DEFAULT])[part]})"


def _in(words: dict[Language, str], language: Language) -> str:
    return pick(words, language) or words[DEFAULT]
