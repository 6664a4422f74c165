"""One time limit for many, watched by one timer."""

import asyncio

import pytest

from bot.time_limits import TimeLimit

pytestmark = pytest.mark.anyio


async def _within(limit: TimeLimit, event: asyncio.Event) -> str:
    task = asyncio.current_task()
    assert task is not None

    async def work() -> str:
        await event.wait()
        return "done"

    return await limit.within(task, work())


async def test_each_has_its_own_time_and_the_others_go_on() -> None:
    limit, never, soon = TimeLimit(0.02), asyncio.Event(), asyncio.Event()
    stuck = [asyncio.create_task(_within(limit, never)) for _ in range(3)]
    quick = asyncio.create_task(_within(limit, soon))
    await asyncio.sleep(0)
    soon.set()
    assert await quick == "done"
    assert [type(each) for each in await asyncio.gather(*stuck, return_exceptions=True)] == [TimeoutError] * 3
    # Whoever begins when nobody runs any more has the whole time again.
    assert isinstance((await asyncio.gather(_within(limit, never), return_exceptions=True))[0], TimeoutError)
    assert not len(limit._running)
    assert not limit._over


async def test_a_cancellation_of_somebody_else_goes_on() -> None:
    limit, never = TimeLimit(60.0), asyncio.Event()
    task = asyncio.create_task(_within(limit, never))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not len(limit._running)


async def test_what_is_over_and_cancelled_is_cancelled() -> None:
    limit, never = TimeLimit(0.0), asyncio.Event()
    task = asyncio.create_task(_within(limit, never))
    await asyncio.sleep(0)
    limit._running._look()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
