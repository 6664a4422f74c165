"""A message whose sending raises, or never ends, is tried a few times and set aside; the next of its chat go out."""

import asyncio
import sqlite3
from collections import deque
from collections.abc import Callable, Iterator, MutableMapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot import metrics
from bot.domain.inbound import Text
from bot.domain.outbound import Attachment, Outbound, SendLater, SendResult, Sent
from bot.domain.people import Address
from bot.errors import StoreBusy
from bot.leases import ORPHAN_SECONDS
from bot.outbox import marks
from bot.outbox.messages import MOST_FAILURES
from bot.outbox.worker import FAILURE_PAUSE_SECONDS
from bot.repositories.outbox import MOST_WAITING, OutboxMessage, say
from bot.store import Item, P, Pending, Script, Store, T
from bot.time_limits import TimeLimit
from tests.in_process import ADMIN, AWA, MOUSSA, Room, room

pytestmark = pytest.mark.anyio

PAID_AT_ONCE = "14123456799"
POISON = ValueError("cannot be rendered: 1234 5678 9012 3456 7890")


@pytest.fixture(autouse=True)
def logged() -> Iterator[list[MutableMapping[str, object]]]:
    """What was logged; to draw every traceback on the test's screen takes longer than all the rest."""
    with capture_logs() as lines:
        yield lines


def raises(times: int = MOST_FAILURES) -> "deque[SendResult | Exception | None]":
    return deque([POISON] * times)


async def passes(here: Room, tries: int = MOST_FAILURES) -> None:
    """The time in which all tries are made."""
    for pause in FAILURE_PAUSE_SECONDS[: tries - 1]:
        await here.turn(pause + 0.1)


async def outbox(here: Room) -> list[dict[str, object]]:
    return await here.rows("SELECT * FROM outbox ORDER BY id")


async def test_a_message_that_raises_is_set_aside_and_the_next_go_out_in_order(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        await here.says(ADMIN, "/start")
        await here.says(AWA, "/start")
        here.mailbox.tries.clear()
        here.mailbox.verdicts[AWA] = raises()
        for text in ("/help", "/id", "/balance"):
            await here.says(AWA, text)
        # Nobody else waits for it.
        await here.says(MOUSSA, "/id")
        assert here.story(MOUSSA).count("telegram:1002") == 1
        before = len(here.mailbox.to(AWA))
        await passes(here)
        assert here.mailbox.tries.count(AWA) == MOST_FAILURES + 2
        texts = [outbound.text for outbound in here.mailbox.to(AWA)[before:]]
        assert ["telegram:1001" in texts[0], "0 F" in texts[1].replace("\u00a0", " ")] == [True, True]
        # The admins are told who did not get what, and why by its type alone.
        assert here.saw(ADMIN, "alert.unsent") == 1
        assert "ValueError" in here.story(ADMIN)
        assert "telegram:1001" in here.story(ADMIN)
        assert "1234 5678" not in here.story(ADMIN)
        assert f"-.user.{AWA}" in str(here.buttons(ADMIN))
        # It is kept for them.
        (left,) = await outbox(here)
        assert (left["problem"], left["failures"], left["keep"]) == ("ValueError", MOST_FAILURES - 1, 0)


async def test_one_try_that_raises_costs_a_moment_and_no_message(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        await here.says(AWA, "/start")
        here.mailbox.verdicts[AWA] = raises(1)
        await here.says(AWA, "/help")
        await here.says(AWA, "/id")
        assert not here.story(AWA).count("telegram:1001")
        await passes(here, 2)
        assert here.story(AWA).count("telegram:1001") == 1
        assert await outbox(here) == []


async def test_order_news_that_raises_is_kept_and_sent_when_the_person_writes(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        await here.says(AWA, "/start")
        data = await here.quotes(AWA, PAID_AT_ONCE)
        here.mailbox.verdicts[AWA] = deque([Sent("sent"), *[POISON] * MOST_FAILURES])
        await here.taps(AWA, data)
        await passes(here)
        assert not here.codes(AWA)
        await here.says(AWA, "/id")
        assert len(here.codes(AWA)) == 1
        assert await outbox(here) == []


async def test_news_that_still_raises_when_the_person_writes_stands_in_nobodys_way(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        await here.says(AWA, "/start")
        data = await here.quotes(AWA, PAID_AT_ONCE)
        here.mailbox.verdicts[AWA] = deque([Sent("sent"), *[POISON] * (MOST_FAILURES + 1)])
        await here.taps(AWA, data)
        await passes(here)
        await here.says(AWA, "/id")
        # One more try, and what was asked is answered at once.
        assert here.story(AWA).count("telegram:1001") == 1
        assert not here.codes(AWA)
        await here.says(AWA, "/id")
        assert len(here.codes(AWA)) == 1


async def test_a_channel_that_never_answers_is_given_a_time_limit(tmp_path: Path) -> None:
    """The message may have arrived: it is sent again, and others do not wait for ever."""
    async with room(tmp_path) as here:
        await here.says(ADMIN, "/start")
        await here.says(AWA, "/start")
        here.taal.outbox._delivery.limit = TimeLimit(0.02)
        here.mailbox.verdicts[AWA] = deque([None] * MOST_FAILURES)
        await here.says(AWA, "/help")
        await here.says(AWA, "/id")
        await passes(here)
        assert here.story(AWA).count("telegram:1001") == 1
        assert "TimeoutError" in here.story(ADMIN)


async def test_a_file_that_cannot_be_made_is_no_reason_to_be_silent(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        await here.says(ADMIN, "/start")
        await here.says(AWA, "/start")

        async def make(attachment: Attachment) -> None:
            raise KeyError("no such column")

        here.taal.outbox._delivery.make = make
        await here.taal.store.run(
            say, str(AWA), Outbound("Voici.", attachment=Attachment("statement", "fr")), "another", here.clock()
        )
        await here.turn(301)
        await here.says(AWA, "/id")
        await passes(here)
        assert here.story(AWA).count("telegram:1001") == 1
        assert "KeyError" in here.story(ADMIN)


@pytest.mark.parametrize("kept", [False, True])
async def test_a_body_that_cannot_be_read_is_set_aside_and_told(tmp_path: Path, kept: bool) -> None:
    async with room(tmp_path) as here:
        await here.says(ADMIN, "/start")
        here.mailbox.verdicts[AWA] = deque([SendLater(5.0, "busy")])
        await here.says(AWA, "/start")
        with sqlite3.connect(tmp_path / "taal.db") as database:
            database.execute("UPDATE outbox SET body = 'torn', keep = ? WHERE address = ?", (int(kept), str(AWA)))
        database.close()
        await here.says(AWA, "/id")
        await here.turn(10)
        await here.turn(1)
        assert here.story(AWA).count("telegram:1001") == 1
        assert here.saw(ADMIN, "alert.unsent") == 1
        # They are answered as before, whatever lies there for them.
        await here.says(AWA, "/id")
        assert here.story(AWA).count("telegram:1001") == 2
        (left,) = await outbox(here)
        assert left["problem"] in ("ValidationError", "DecodeError")


async def test_the_admins_are_told_of_many_together(tmp_path: Path) -> None:
    people = [Address("telegram", str(2000 + number)) for number in range(5)]
    async with room(tmp_path) as here:
        await here.says(ADMIN, "/start")
        for who in people:
            here.mailbox.verdicts[who] = raises()
            await here.says(who, "/start")
        await passes(here)
        assert here.saw(ADMIN, "alert.unsent") == 1
        await here.turn(61)
        await here.taal.monitoring.check()
        await here.quiet()
        together = here.mailbox.to(ADMIN)[-1]
        assert all(str(who) in together.text for who in people[1:])
        assert str(people[0]) not in together.text


async def test_when_the_admins_cannot_be_told_the_chat_goes_on_all_the_same(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        await here.says(AWA, "/start")
        set_aside = metrics.outbox_set_aside._value.get()
        await here.rows("INSERT INTO admin (address, role, named_by, named_at) VALUES ('no address', 'owner', 'x', 0)")
        here.mailbox.verdicts[AWA] = raises()
        await here.hears(AWA, Text("/help"))
        await here.hears(AWA, Text("/id"))
        await here.quiet()
        await passes(here)
        assert here.story(AWA).count("telegram:1001") == 1
        assert metrics.outbox_set_aside._value.get() == set_aside + 1


async def test_words_that_wait_for_one_person_are_bounded_and_order_news_is_not(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        await here.says(AWA, "/start")
        here.mailbox.verdicts[AWA] = deque([SendLater(60.0, "busy")])
        await here.says(AWA, "/id")
        store, owner = here.taal.store, here.taal.installation.owner

        def speaks() -> Script[None]:
            for number in range(MOST_WAITING + 10):
                yield from say(str(AWA), Outbound(f"word {number}"), owner, here.clock())
                if number % 10 == 9:
                    yield from say(str(AWA), Outbound(f"news {number}", durable=True), owner, here.clock())

        await store.run(speaks)
        rows = await outbox(here)
        assert sum(1 for row in rows if row["keep"]) == (MOST_WAITING + 10) // 10
        assert sum(1 for row in rows if not row["keep"]) == MOST_WAITING
        await here.turn(61)
        texts = [outbound.text for outbound in here.mailbox.to(AWA)]
        assert texts[-2:] == [f"word {MOST_WAITING + 9}", f"news {MOST_WAITING + 9}"]
        assert await outbox(here) == []


async def test_one_chat_takes_no_more_in_hand_than_it_can_be_sent(tmp_path: Path) -> None:
    """A channel that hangs, and somebody who is told very much meanwhile: what is in memory is bounded."""
    async with room(tmp_path) as here:
        await here.says(AWA, "/start")
        here.mailbox.verdicts[AWA] = deque([None])
        await here.hears(AWA, Text("/id"))

        def speaks() -> Script[list[OutboxMessage]]:
            posted = []
            for number in range(2 * MOST_WAITING + 20):
                posted.append(
                    (yield from say(str(AWA), Outbound(f"{number}"), here.taal.installation.owner, here.clock()))
                )
            return posted

        here.taal.outbox.push(await here.taal.store.run(speaks))
        await asyncio.sleep(0)
        assert len(here.taal.outbox._leases.held) <= MOST_WAITING + 1
        assert len(await outbox(here)) <= 2 * MOST_WAITING + 1
        for task in tuple(here.taal.outbox._background.tasks):
            task.cancel()


class Refusing:
    """A store that does not take what rides, as often as it is told to."""

    def __init__(self, store: Store, *errors: Exception) -> None:
        self.store = store
        self.errors = list(errors)
        self.rode: list[str] = []

    async def run(self, script: Callable[P, Script[T]], /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self.store.run(script, *args, **kwargs)

    def ride(self, script: Callable[P, Script[T]], /, *args: P.args, **kwargs: P.kwargs) -> Pending[T]:
        self.rode.append(script.__name__)
        if not self.errors:
            return self.store.ride(script, *args, **kwargs)
        return self._refused()

    def ride_each(self, script: Callable[[Sequence[Item]], Script[Sequence[T]]], item: Item, /) -> Pending[T]:
        self.rode.append(script.__name__)
        return self._refused() if self.errors else self.store.ride_each(script, item)

    def _refused(self) -> "asyncio.Future[Any]":
        refused: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        refused.set_exception(self.errors.pop())
        return refused


async def _two_messages(here: Room) -> None:
    for text in ("one", "two"):
        posted = await here.taal.store.run(say, str(AWA), Outbound(text), here.taal.installation.owner, here.clock())
        here.taal.outbox.push([posted])


async def test_a_mark_that_the_database_does_not_take_is_written_later_and_its_chat_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(marks, "MARK_PAUSE_SECONDS", 0.0)
    async with room(tmp_path) as here:
        await here.says(AWA, "/start")
        store = Refusing(here.taal.store, StoreBusy("full"), StoreBusy("full"))
        here.taal.outbox._store = store  # type: ignore[assignment]
        await _two_messages(here)
        await here.quiet()
        assert here.taal.outbox.idle
        assert [text.text for text in here.mailbox.to(AWA)][-2:] == ["one", "two"]
        assert store.rode.count("sent_each") == 4
        assert not await outbox(here)


async def test_a_mark_that_cannot_be_written_is_no_reason_to_send_again(
    tmp_path: Path, logged: list[MutableMapping[str, object]]
) -> None:
    """A fault of ours: the person has the message, and has it once as long as this process lives."""
    async with room(tmp_path) as here:
        await here.says(AWA, "/start")
        here.taal.outbox._store = Refusing(here.taal.store, KeyError("no such mark"))  # type: ignore[assignment]
        await _two_messages(here)
        await here.quiet()
        await here.turn(2 * ORPHAN_SECONDS)
        assert [text.text for text in here.mailbox.to(AWA)][-2:] == ["one", "two"]
        assert any(line["event"] == "a chat's messages could not be sent" for line in logged)
        assert len(await outbox(here)) == 1
