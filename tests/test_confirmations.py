"""Channels that confirm later: order news is not forgotten before it has arrived, and never lost when it has not."""

from collections import deque
from pathlib import Path

import pytest

from bot.domain.outbound import Report, SendLater, SendRefused, Sent, SentBriefly
from bot.domain.people import Address
from bot.outbox import messages
from tests.in_process import AWA, Room, room

pytestmark = pytest.mark.anyio

PAID_AT_ONCE = "14123456799"
DAY_SECONDS = 86_400


async def waiting(here: Room) -> list[str | None]:
    """The names of the messages at rest in the outbox."""
    return [row["message_ref"] for row in await here.rows("SELECT message_ref FROM outbox ORDER BY id")]


async def buys_code(here: Room, verdict: object) -> None:
    """A purchase whose code message meets `verdict`; everything before it arrives as usual."""
    await here.says(AWA, "/start")
    data = await here.quotes(AWA, PAID_AT_ONCE)
    here.mailbox.verdicts[AWA] = deque([Sent("sent"), verdict])  # type: ignore[list-item]  # any SendResult
    await here.taps(AWA, data)


async def test_news_that_arrived_is_forgotten(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        await buys_code(here, Sent("wamid.7", confirmed=False))
        assert await waiting(here) == ["wamid.7"]
        assert len(here.codes(AWA)) == 1
        await here.taal.engine.report(Report(AWA, "wamid.7", arrived=True))
        assert await waiting(here) == []
        await here.says(AWA, "/id")
        assert len(here.codes(AWA)) == 1


async def test_it_may_be_reported_under_another_name_of_the_person(tmp_path: Path) -> None:
    """A status names the number where we sent to the opaque id, or the other way round."""
    async with room(tmp_path) as here:
        await buys_code(here, Sent("wamid.7", confirmed=False))
        await here.taal.engine.report(Report(Address("telegram", "4711"), "wamid.7", arrived=True))
        assert await waiting(here) == []


async def test_a_passing_trouble_sends_it_again_at_once_but_not_for_ever(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        await buys_code(here, Sent("wamid.0", confirmed=False))
        for number in range(10):
            name = f"wamid.{number + 1}"
            here.mailbox.verdicts[AWA] = deque([Sent(name, confirmed=False)])
            trouble = Report(AWA, f"wamid.{number}", arrived=False, reason="131047", again=True)
            await here.taal.engine.report(trouble)
            await here.turn(2)
        assert len(here.codes(AWA)) == 1 + messages.MOST_AGAIN
        await here.says(AWA, "/id")
        assert len(here.codes(AWA)) == 2 + messages.MOST_AGAIN


@pytest.mark.parametrize(("arrived", "again", "codes"), [(True, False, 1), (False, False, 2), (False, True, 2)])
async def test_a_report_may_come_before_the_answer_to_the_send(
    tmp_path: Path, arrived: bool, again: bool, codes: int
) -> None:
    async with room(tmp_path) as here:
        here.mailbox.before[AWA] = lambda: here.taal.engine.report(
            Report(AWA, "wamid.7", arrived=arrived, reason="131026", again=again)
        )
        await buys_code(here, Sent("wamid.7", confirmed=False))
        await here.turn(2)
        await here.says(AWA, "/id")
        assert len(here.codes(AWA)) == codes


async def test_news_that_did_not_arrive_comes_with_the_next_message(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        await buys_code(here, Sent("wamid.7", confirmed=False))
        await here.taal.engine.report(Report(AWA, "wamid.7", arrived=False, reason="131026", unreachable=True))
        await here.turn(3600)
        assert len(here.codes(AWA)) == 1, "nothing is sent to somebody who cannot be reached"
        await here.says(AWA, "/id")
        assert len(here.codes(AWA)) == 2
        assert await waiting(here) == []


async def test_what_was_said_briefly_follows_whole(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        await buys_code(here, SentBriefly("wamid.8"))
        assert here.codes(AWA) == []
        assert await waiting(here) == [None]
        # The template's own arrival is not the message's.
        await here.taal.engine.report(Report(AWA, "wamid.8", arrived=True))
        assert await waiting(here) == [None]
        await here.says(AWA, "/id")
        assert len(here.codes(AWA)) == 1


async def test_replies_are_forgotten_at_once(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        here.mailbox.verdicts[AWA] = deque([Sent("wamid.1", confirmed=False), SendRefused("131026", unreachable=True)])
        await here.says(AWA, "/start")
        await here.says(AWA, "/id")
        assert await waiting(here) == []


async def test_news_that_is_never_confirmed_is_pruned_after_days(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        await buys_code(here, Sent("wamid.7", confirmed=False))
        here.clock.move(7 * DAY_SECONDS)
        await here.taal.retention.keep()
        assert await waiting(here) == ["wamid.7"]
        here.clock.move(2 * DAY_SECONDS)
        await here.taal.retention.keep()
        assert await waiting(here) == []


async def test_a_reply_that_is_confirmed_later_needs_no_rest(tmp_path: Path) -> None:
    """`rests` is for order news; asked of anything else it forgets the message."""
    async with room(tmp_path) as here:
        here.mailbox.verdicts[AWA] = deque([SendLater(60, "busy")])
        await here.says(AWA, "/start")
        ((message_id,),) = [tuple(row.values()) for row in await here.rows("SELECT id FROM outbox")]
        await here.taal.store.run(messages.rests, message_id, 1, "wamid.1", str(AWA), here.clock())
        assert await waiting(here) == []
