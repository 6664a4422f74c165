"""The demonstration as a process, with somebody at its keyboard.

async with Keyboard() as demo:
    demo.types("/start")
    await demo.reads("Bienvenue")
"""

import asyncio
import contextlib
import os
import re
import sys
import tempfile

from bot.i18n import NBSP
from tests.running import ROOT, eventually

LINK = re.compile(r"http://127\.0\.0\.1:\d+/pay/\w+/\w+")
# From hello to the link that a stranger pays by: what they type, and what stands in the answer.
TO_THE_LINK = {"/start": "[1]", "w 14123456701 2000": "[1] Wave", "wave": "/pay/"}


class Keyboard:
    """`python -m bot demo` with a pseudo-terminal for its keyboard; what it prints is read through a pipe. It meets
    others with the same `folder` alone.
    """

    def __init__(self, *options: str, folder: str | None = None) -> None:
        self._options = options
        self._made = None if folder is not None else tempfile.TemporaryDirectory(prefix="demo")
        self.folder = folder or (self._made.name if self._made is not None else "")
        self.printed = ""

    async def __aenter__(self) -> "Keyboard":
        self._keys, theirs = os.openpty()
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bot",
            "demo",
            *self._options,
            cwd=ROOT,
            env={**os.environ, "XDG_RUNTIME_DIR": self.folder},
            stdin=theirs,
            stdout=asyncio.subprocess.PIPE,
        )
        os.close(theirs)
        self._reading = asyncio.create_task(self._read())
        return self

    async def __aexit__(self, *_: object) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()
        await self._reading
        os.close(self._keys)
        if self._made is not None:
            self._made.cleanup()

    def types(self, *lines: str) -> None:
        for line in lines:
            os.write(self._keys, f"{line}\n".encode())

    async def reads(self, words: str) -> None:
        """Wait until these words stand there."""
        await eventually(lambda: words in self.printed, lambda: f"{words!r} in:\n{self.printed}")

    async def ended(self) -> int:
        """Wait until it has ended by itself; answers its status."""
        return await asyncio.wait_for(self._process.wait(), 20)

    def kill(self) -> None:
        """End it in the middle of whatever it does."""
        self._process.kill()

    async def link(self) -> str:
        """Where the payment that was offered last is paid."""
        await eventually(lambda: LINK.search(self.printed), lambda: f"a link in:\n{self.printed}")
        return str(LINK.findall(self.printed)[-1])

    async def to_the_link(self) -> str:
        """Say hello, ask for electricity, and choose how to pay for it; answers where."""
        for line, answer in TO_THE_LINK.items():
            self.types(line)
            await self.reads(answer)
        return await self.link()

    async def _read(self) -> None:
        assert self._process.stdout is not None
        while piece := await self._process.stdout.read(65536):
            self.printed += piece.decode(errors="replace").replace(NBSP, " ")
