"""Bodies of requests: how many bytes of them there may be at once, how long they may take, and who gives way."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.bodies import Bodies, Body
from tests.test_web import KNOCK, UPDATE, Desk

pytestmark = pytest.mark.anyio


class Sender:
    """Somebody who sends a body piece by piece."""

    def __init__(self, body: Body) -> None:
        self.body = body
        self._pieces: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._reading: asyncio.Task[str | None] | None = None

    async def _stream(self) -> AsyncIterator[bytes]:
        while (piece := await self._pieces.get()) is not None:
            yield piece

    async def _read(self, announced_bytes: int | None) -> str | None:
        with self.body:
            return await self.body.read(self._stream(), announced_bytes)

    async def sends(self, *pieces: bytes | None, announced_bytes: int | None = None) -> None:
        """Send some pieces (None: the end), and let all of them be read."""
        if self._reading is None:
            self._reading = asyncio.create_task(self._read(announced_bytes))
        for piece in pieces:
            self._pieces.put_nowait(piece)
        for _ in range(4):
            await asyncio.sleep(0)

    async def answer(self) -> str | None:
        assert self._reading is not None
        return await asyncio.wait_for(self._reading, 5)

    @property
    def done(self) -> bool:
        return self._reading is not None and self._reading.done()


async def pieces(*all_of_them: bytes) -> AsyncIterator[bytes]:
    for piece in all_of_them:
        yield piece


def few(**limits: float) -> Bodies:
    return Bodies(**{"total_bytes": 100, "unproved_bytes": 60, "most_unproved": 3, **limits})  # type: ignore[arg-type]


async def test_a_body_is_counted_from_its_first_byte_until_its_request_ends() -> None:
    bodies = few()
    with bodies.body(50, proved=False) as body:
        assert await body.read(pieces(b"abc", b"de"), 5) is None
        assert (body.content, bodies.held_bytes, bodies.held_unproved_bytes) == (b"abcde", 5, 5)
        body.prove()
        body.prove()
        assert (bodies.held_bytes, bodies.held_unproved_bytes) == (5, 0)
    assert (bodies.held_bytes, bodies.held_unproved_bytes) == (0, 0)


async def test_a_body_that_is_announced_too_large_is_not_read() -> None:
    bodies = few()
    one = Sender(bodies.body(50, proved=True))
    await one.sends(b"x", announced_bytes=51)
    assert await one.answer() == "too large"


async def test_a_body_that_grows_too_large_is_not_read_to_its_end() -> None:
    bodies = few()
    one = Sender(bodies.body(50, proved=True))
    await one.sends(b"x" * 50)
    assert not one.done
    await one.sends(b"x")
    assert await one.answer() == "too large"
    assert bodies.held_bytes == 0


async def test_drops_do_not_keep_a_body_alive() -> None:
    bodies = few(body_seconds=0.05)
    one = Sender(bodies.body(50, proved=True))
    await one.sends(b"x")
    for _ in range(3):
        await one.sends(b"x")
    assert await one.answer() == "too slow"
    assert bodies.held_bytes == 0


async def test_of_strangers_the_body_that_began_first_gives_way() -> None:
    bodies = few()
    first, second, third = (Sender(bodies.body(50, proved=False)) for _ in range(3))
    await first.sends(b"x" * 30)
    await second.sends(b"x" * 30)
    assert not first.done
    await third.sends(b"x" * 30)
    assert await first.answer() == "no room"
    await third.sends(None)
    assert await third.answer() is None
    assert not second.done
    # In number, too.
    more = [Sender(bodies.body(50, proved=False)) for _ in range(3)]
    for one in more:
        await one.sends(b"")
    assert await second.answer() == "no room"
    assert not [one for one in more if one.done]


async def test_the_oldest_gives_way_to_nobody_else_when_it_is_itself_too_much() -> None:
    bodies = few()
    first, second = (Sender(bodies.body(100, proved=False)) for _ in range(2))
    await first.sends(b"x" * 30)
    await second.sends(b"x" * 20)
    await first.sends(b"x" * 20)
    assert await first.answer() == "no room"
    assert not second.done


async def test_strangers_never_keep_out_who_is_proved() -> None:
    bodies = few()
    stranger = Sender(bodies.body(60, proved=False))
    await stranger.sends(b"x" * 60)
    telegram, provider = (Sender(bodies.body(60, proved=True)) for _ in range(2))
    await telegram.sends(b"x" * 40)
    assert not stranger.done
    await provider.sends(b"x" * 40, None)
    assert await stranger.answer() == "no room"
    assert await provider.answer() is None
    # Of the proved nobody gives way: who comes too much comes again.
    await telegram.sends(b"x" * 15)
    late = [Sender(bodies.body(60, proved=True)) for _ in range(2)]
    await late[0].sends(b"x" * 40)
    await late[1].sends(b"x" * 10)
    assert await late[1].answer() == "no room"
    assert not telegram.done


async def test_who_is_turned_away_for_want_of_room_is_asked_to_come_again() -> None:
    desk = Desk(Bodies(total_bytes=10))
    async with desk.client() as client:
        answer = await client.post("/webhooks/telegram", json=UPDATE, headers=KNOCK)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    assert not desk.heard


async def test_nothing_is_read_of_who_proves_nothing() -> None:
    read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        while True:
            read += 1
            yield b"x"

    desk = Desk()
    async with desk.client() as client:
        for path, status in (
            ("/webhooks/telegram", 401),
            ("/webhooks/dexchange/KNOWN/0", 404),
            ("/webhooks/batch?unsigned", 401),
        ):
            answer = await client.post(path, content=endless(), headers={"x-proof": "none"})
            assert answer.status_code == status
    assert read == 0


async def test_who_drips_is_told_so() -> None:
    desk = Desk(Bodies(body_seconds=0.05))

    async def drops() -> AsyncIterator[bytes]:
        while True:
            yield b" "
            await asyncio.sleep(0.001)

    async with desk.client() as client:
        answer = await client.post("/webhooks/telegram", content=drops(), headers=KNOCK)
    assert answer.status_code == 408
    assert not desk.heard
