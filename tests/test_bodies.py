"""Bodies of requests: how many bytes of them there may be at once, how long they may take, and who gives way."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.bodies import Bodies, Body
from bot.errors import StoreBusy
from bot.web import callback_url
from tests.test_web import HEADERS, KEY, UPDATE, RecordingEngine

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


async def test_of_strangers_the_body_that_is_still_for_longest_gives_way() -> None:
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


async def test_a_body_that_comes_without_a_pause_does_not_give_way_to_those_that_stay() -> None:
    bodies = few(most_unproved=100)
    honest = Sender(bodies.body(50, proved=False))
    for _ in range(20):
        await honest.sends(b"x")
        # They are younger, and bring much at once.
        await Sender(bodies.body(50, proved=False)).sends(b"x" * 25)
    await honest.sends(None)
    assert await honest.answer() is None
    assert honest.body.content == b"x" * 20


async def test_a_body_that_is_more_than_strangers_may_have_is_not_read_though_it_is_alone() -> None:
    bodies = few()
    alone = Sender(bodies.body(100, proved=False))
    await alone.sends(b"x" * 60)
    assert not alone.done
    await alone.sends(b"x")
    assert await alone.answer() == "no room"
    assert bodies.held_bytes == 0


async def test_a_body_that_came_whole_has_room_before_strangers_and_behind_nobody() -> None:
    bodies = few()
    stranger = Sender(bodies.body(50, proved=False))
    await stranger.sends(b"x" * 50)
    assert bodies.hold(50)
    assert not stranger.done
    assert bodies.hold(1)
    assert await stranger.answer() == "no room"
    assert bodies.hold(49)
    assert not bodies.hold(1)
    bodies.let_go(49)
    assert bodies.hold(1)
    assert bodies.held_bytes == 52


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["begin", "add", "whole", "prove", "end", "hold", "let go"]),
            st.integers(0, 9),
            st.integers(0, 70),
        ),
        max_size=80,
    )
)
def test_the_limits_hold_whatever_comes_and_goes(steps: list[tuple[str, int, int]]) -> None:
    bodies, here, whole = few(), dict[int, Body](), list[int]()

    def check() -> None:
        held = sum(body.held_bytes for body in here.values()) + sum(whole)
        assert bodies.held_bytes == held <= bodies.total_bytes
        strangers = sum(body.held_bytes for body in here.values() if not body.proved)
        assert bodies.held_unproved_bytes == strangers <= bodies.unproved_bytes

    for what, who, size in steps:
        if what == "hold" and bodies.hold(size):
            whole.append(size)
        elif what == "let go" and whole:
            bodies.let_go(whole.pop())
        elif what == "begin" and who not in here:
            here[who] = bodies.body(100, proved=who < 3)
            bodies.begin(here[who])
        elif who in here:
            held = {at: body.held_bytes for at, body in here.items() if body.proved}
            match what:
                case "add" if here[who]._stopped is None:
                    bodies.add(here[who], size)
                case "whole":
                    bodies.whole(here[who])
                case "prove":
                    here[who].prove()
                case "end":
                    bodies.end(here.pop(who))
            # What is proved never gives way.
            assert all(here[at].held_bytes >= bytes_ for at, bytes_ in held.items() if at in here)
        check()
    for body in here.values():
        bodies.end(body)
    for size in whole:
        bodies.let_go(size)
    assert (bodies.held_bytes, bodies.held_unproved_bytes) == (0, 0)


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


@pytest.mark.parametrize("whole", [True, False])
async def test_who_is_turned_away_for_want_of_room_is_asked_to_come_again(whole: bool) -> None:
    engine = RecordingEngine(Bodies(total_bytes=10))
    engine.whole = whole
    async with engine.client() as client:
        for path, body in (("/webhooks/telegram", UPDATE), (callback_url("", "KNOWN", KEY), {"STATUS": "SUCCESS"})):
            answer = await client.post(path, json=body, headers=HEADERS)
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    assert not engine.heard
    assert not engine.claims


async def test_a_body_that_came_whole_is_counted_until_it_is_remembered() -> None:
    bodies = Bodies()
    engine = RecordingEngine(bodies)
    engine.whole = True
    held: list[int] = []
    engine.hearing = lambda: held.append(bodies.held_bytes)
    async with engine.client() as client:
        for path in ("/webhooks/telegram", callback_url("", "KNOWN", KEY)):
            for trouble in (None, StoreBusy("full"), RuntimeError("ours")):
                engine.trouble = trouble
                with contextlib.suppress(RuntimeError):
                    await client.post(path, json=UPDATE, headers=HEADERS)
                assert bodies.held_bytes == 0
    assert len(held) == 6
    assert all(held)


async def test_nothing_is_read_of_who_proves_nothing() -> None:
    read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        while True:
            read += 1
            yield b"x"

    engine = RecordingEngine()
    async with engine.client() as client:
        for path, status in (
            ("/webhooks/telegram", 401),
            ("/webhooks/dexchange/KNOWN/0", 404),
            ("/webhooks/batch?unsigned", 401),
        ):
            answer = await client.post(path, content=endless(), headers={"x-proof": "none"})
            assert answer.status_code == status
    assert read == 0


async def test_who_drips_is_told_so() -> None:
    engine = RecordingEngine(Bodies(body_seconds=0.05))

    async def drops() -> AsyncIterator[bytes]:
        while True:
            yield b" "
            await asyncio.sleep(0.001)

    async with engine.client() as client:
        answer = await client.post("/webhooks/telegram", content=drops(), headers=HEADERS)
    assert answer.status_code == 408
    assert not engine.heard
