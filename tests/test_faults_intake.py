"""The real process before senders who are nobody: half-sent bodies, half-sent heads and answers that nobody fetches."""

import asyncio
import contextlib
import os
import socket
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.running import WHATSAPP_PATH, Bot, Town, eventually, text_update, town
from tests.running_whatsapp import signed, text_message, webhook_body

pytestmark = pytest.mark.anyio

MIB = 1024 * 1024
# As the process reads it: a body or a head that is not whole in this time never will be.
WAITED_SECONDS = 5.0
UNREADABLE = b"x" * MIB
SIGNED_BY_NOBODY = f"X-Hub-Signature-256: sha256={'0' * 64}\r\n"


def memory_bytes(bot: Bot, name: str) -> int:
    """`VmRSS` (now) or `VmHWM` (the most it ever was) of the process."""
    status = Path(f"/proc/{bot.pid}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith(name))) * 1024


def open_files(bot: Bot) -> int:
    return len(os.listdir(f"/proc/{bot.pid}/fd"))


class Crowd:
    """Connections that each send something and then nothing more, nor read."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self.sockets: list[socket.socket] = []
        self._sending: list[asyncio.Task[None]] = []

    def send(self, count: int, head: str, rest: bytes = b"") -> None:
        """`count` more connections send this."""
        for _ in range(count):
            one = socket.socket()
            one.setblocking(False)
            self.sockets.append(one)
            self._sending.append(asyncio.create_task(self._send(one, head.encode(), rest)))

    async def _send(self, one: socket.socket, head: bytes, rest: bytes) -> None:
        loop = asyncio.get_running_loop()
        # It may be cut in the middle: so it should.
        with contextlib.suppress(OSError):
            await loop.sock_connect(one, ("127.0.0.1", self._bot.port))
            await loop.sock_sendall(one, head)
            await loop.sock_sendall(one, rest)

    def answers(self) -> Iterator[bytes]:
        """What those were told that are cut."""
        for one in self.sockets:
            with contextlib.suppress(OSError):
                yield one.recv(200)

    async def aclose(self) -> None:
        for task in self._sending:
            task.cancel()
        await asyncio.gather(*self._sending, return_exceptions=True)
        for one in self.sockets:
            one.close()


def head(path: str, headers: str = "", length: int | None = MIB) -> str:
    framing = "Transfer-Encoding: chunked\r\n" if length is None else f"Content-Length: {length}\r\n"
    return f"POST {path} HTTP/1.1\r\nHost: taal\r\n{headers}{framing}\r\n"


@pytest.fixture(scope="module")
async def place(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Town, Bot]]:
    async with town(tmp_path_factory.mktemp("intake"), channels=("telegram", "whatsapp")) as (here, bot):
        yield here, bot


async def test_half_sent_bodies_by_the_hundred_cost_little_and_keep_nobody_waiting(place: tuple[Town, Bot]) -> None:
    here, bot = place
    awa = here.customer(1001)
    awa.user.text("/id")
    await awa.shown(1)
    before, files = memory_bytes(bot, "VmRSS"), open_files(bot)
    crowd = Crowd(bot)
    began = time.monotonic()
    # Each lacks its last byte.
    half = UNREADABLE[:1_000_000]
    crowd.send(200, head(WHATSAPP_PATH, SIGNED_BY_NOBODY, 1_000_001), half)
    crowd.send(50, head(WHATSAPP_PATH, SIGNED_BY_NOBODY, None) + f"{1_000_001:x}\r\n", half)
    crowd.send(50, head("/webhooks/telegram", "", 1_000_001), half)
    crowd.send(50, head("/webhooks/dexchange/ORDER/0", "", 1_000_001), half)
    crowd.send(50, head("/healthz", "", 1_000_001), half)
    crowd.send(50, f"POST {WHATSAPP_PATH} HTTP/1.1\r\nX-Long: ", half)
    crowd.send(50, f"POST {WHATSAPP_PATH} HTTP/1.1\r\n")
    crowd.send(20, "GET /healthz HTTP/1.1\r\n\r\n" * 20_000)
    took = []
    try:
        update_id = 50_000
        while time.monotonic() - began < WAITED_SECONDS - 1:
            asked = time.monotonic()
            telegram = await bot.update(text_update(update_id, awa.user, "/id"))
            message = text_message(f"wamid.intake{update_id}", here.whatsapp.user("221770001122"), "/id")
            whatsapp = await bot.post(WHATSAPP_PATH, *signed(webhook_body(message)))
            took.append((time.monotonic() - asked) / 2)
            assert (telegram.status, whatsapp.status) == (200, 200)
            update_id += 1
            await asyncio.sleep(0.05)
        grown = memory_bytes(bot, "VmHWM") - before
        took.sort()
        figures = f"{grown / MIB:.0f} MiB, {took[len(took) // 2] * 1000:.1f} ms, {took[-1] * 1000:.1f} ms at most"
        print(figures)
        assert grown < 50 * MIB, figures
        # 100 ms is what is promised, on a machine of its own.
        assert took[len(took) // 2] < 0.1, figures
        assert took[-1] < 5.0, figures
        # Everybody is cut in the end, who was silent too, while the test still holds its ends.
        await eventually(lambda: open_files(bot) <= files + 3, lambda: f"{open_files(bot)} files, not {files}")
        assert await bot.metric("taal_body_bytes") == 0
        assert await bot.metric("taal_bodies_refused_total") > 0
        # Nor does a log grow with them: so many lines a minute of each kind, of the hundred and more that it might be.
        assert len(bot.logged(event="webhook refused")) == 2 * 20
        answers = b"\n".join(crowd.answers())
        assert b"HTTP/1.1 401" in answers
        assert b"HTTP/1.1 404" in answers
    finally:
        await crowd.aclose()
