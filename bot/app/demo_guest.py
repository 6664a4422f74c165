"""A guest of a demonstration: its keyboard and its screen, while the bot runs in the terminal beside it."""

import asyncio
import contextlib
import sys

import msgspec

from bot.app.demo_meeting import MOST_LINE_BYTES, Hello, Meeting, Said
from bot.app.demonstration import Part
from bot.channels.terminal import TerminalChannel
from bot.domain.people import Language
from bot.languages import DEFAULT, pick

# Whoever is first may not listen yet.
TRIES = 50
PAUSE_SECONDS = 0.1

_OVER: dict[Language, str] = {
    "fr": "La démonstration d’à côté est finie.\n",
    "en": "The demonstration beside is over.\n",
}


async def play_beside(meeting: Meeting, part: Part, language: Language) -> bool:
    """Type and read until one of both ends; False when nobody listens there."""
    streams = await _connected(meeting)
    if streams is None:
        return False
    reader, writer = streams
    screen = TerminalChannel()
    writer.write(msgspec.json.encode(Hello(part, language, sys.stdout.isatty())) + b"\n")
    printing = asyncio.create_task(_print(reader, screen), name="demo-screen")
    typing = asyncio.create_task(_type(screen, writer), name="demo-keyboard")
    await asyncio.wait((printing, typing), return_when=asyncio.FIRST_COMPLETED)
    if printing.done():
        screen.show(pick(_OVER, language) or _OVER[DEFAULT])
    writer.close()
    for task in (printing, typing):
        task.cancel()
    await asyncio.wait((printing, typing))
    for task in (printing, typing):
        if not task.cancelled():
            task.result()
    return True


async def _connected(meeting: Meeting) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
    for _ in range(TRIES):
        with contextlib.suppress(OSError):
            return await asyncio.open_unix_connection(meeting.socket, limit=MOST_LINE_BYTES)
        await asyncio.sleep(PAUSE_SECONDS)
    return None


async def _print(reader: asyncio.StreamReader, screen: TerminalChannel) -> None:
    with contextlib.suppress(OSError, ValueError):
        while line := await reader.readline():
            screen.show(msgspec.json.decode(line, type=str))


async def _type(screen: TerminalChannel, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        async for line in screen.lines():
            writer.write(msgspec.json.encode(Said(str(line), line.typed_at)) + b"\n")
            await writer.drain()
