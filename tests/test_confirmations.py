"""Channels that confirm later: order news is not forgotten before it has arrived, and never lost when it has not."""

from collections import deque
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.domain.outbound import Report, SendLater, SendRefused, Sent, SentBriefly
from bot.domain.people import Address, Identity
from bot.engine.reports import Reports
from bot.errors import StoreBusy, StoreConflict
from bot.outbox import messages
from bot.store import P, Pending, Script, T
from tests.in_process import AWA, Room, room
from tests.test_unsent import Refusing

pytestmark = pytest.mark.anyio

WHATSAPP = Address("whatsapp", "221770001122")
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
        await here.taal.engine.report([Report(AWA, "wamid.7", arrived=True)])
        assert await waiting(here) == []
        await here.says(AWA, "/id")
        assert len(here.codes(AWA)) == 1


async def test_it_may_be_reported_under_another_name_of_the_person(tmp_path: Path) -> None:
    """A status names the number where we sent to the opaque id, or the other way round."""
    async with room(tmp_path) as here:
        await buys_code(here, Sent("wamid.7", confirmed=False))
        await here.taal.engine.report([Report(Address("telegram", "4711"), "wamid.7", arrived=True)])
        assert await waiting(here) == []


async def test_a_passing_trouble_sends_it_again_at_once_but_not_for_ever(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        await buys_code(here, Sent("wamid.0", confirmed=False))
        for number in range(10):
            name = f"wamid.{number + 1}"
            here.mailbox.verdicts[AWA] = deque([Sent(name, confirmed=False)])
            trouble = Report(AWA, f"wamid.{number}", arrived=False, reason="131047", again=True)
            await here.taal.engine.report([trouble])
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
            [Report(AWA, "wamid.7", arrived=arrived, reason="131026", again=again)]
        )
        await buys_code(here, Sent("wamid.7", confirmed=False))
        await here.turn(2)
        await here.says(AWA, "/id")
        assert len(here.codes(AWA)) == codes


async def test_news_that_did_not_arrive_comes_with_the_next_message(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        await buys_code(here, Sent("wamid.7", confirmed=False))
        await here.taal.engine.report([Report(AWA, "wamid.7", arrived=False, reason="131026", unreachable=True)])
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
        await here.taal.engine.report([Report(AWA, "wamid.8", arrived=True)])
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


AWA_BY_TWO_NAMES = (Identity("number", "221770001122"), Identity("user_id", "SN.134"))
# No database takes half a pair of surrogates.
UNSPEAKABLE = "wamid.\ud800"


async def learnt(here: Room) -> list[str]:
    """The names of people that are known."""
    return [row["value"] for row in await here.rows("SELECT value FROM address ORDER BY value")]


async def test_reports_of_one_request_share_one_transaction(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        store = here.taal.store
        ran: list[str] = []

        class Counting:
            """A store that keeps what is asked of it."""

            def ride(self, script: Callable[P, Script[T]], /, *args: P.args, **kwargs: P.kwargs) -> Pending[T]:
                ran.append(script.__name__)
                return store.ride(script, *args, **kwargs)

            async def run(self, script: Callable[P, Script[T]], /, *args: P.args, **kwargs: P.kwargs) -> T:
                ran.append(script.__name__)
                return await store.run(script, *args, **kwargs)

        reports = Reports(Counting(), here.taal.installation, here.clock, here.taal.outbox)  # type: ignore[arg-type]
        named = Report(WHATSAPP, "wamid.1", arrived=True, known_as=AWA_BY_TWO_NAMES)
        told = [named, Report(AWA, "wamid.2", arrived=True), Report(AWA, "wamid.3", arrived=False, reason="131026")]
        assert all(reports.is_news(report) for report in told)
        await reports.hear(told)
        assert ran == ["keep"]
        assert await learnt(here) == [identity.value for identity in AWA_BY_TWO_NAMES]
        # What arrived is known from now on, and so are the names; what did not is told again.
        assert [reports.is_news(report) for report in told] == [False, False, True]
        await reports.hear(told[:2])
        assert ran == ["keep"]
        # New names of a message that is known are news.
        renamed = (AWA_BY_TWO_NAMES[0], Identity("user_id", "SN.135"))
        assert reports.is_news(Report(WHATSAPP, "wamid.1", arrived=True, known_as=renamed))


async def test_a_report_that_cannot_be_handled_keeps_no_other_back(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with room(tmp_path) as here:
        await buys_code(here, Sent("wamid.7", confirmed=False))
        broken = (Identity("number", "221770001122"), Identity("user_id", UNSPEAKABLE))
        await here.taal.engine.report(
            [
                Report(WHATSAPP, UNSPEAKABLE, arrived=True),
                Report(WHATSAPP, "wamid.8", arrived=True, known_as=broken),
                Report(WHATSAPP, "wamid.9", arrived=True, known_as=AWA_BY_TWO_NAMES),
                Report(AWA, "wamid.7", arrived=True),
            ]
        )
        assert await waiting(here) == []
        assert await learnt(here) == [identity.value for identity in AWA_BY_TWO_NAMES]
        # One alone changes nothing, and is taken.
        await here.taal.engine.report([Report(WHATSAPP, UNSPEAKABLE, arrived=True)])


async def test_reports_that_meet_a_conflict_are_kept_one_by_one_and_a_busy_database_brings_them_again(
    tmp_path: Path,
) -> None:
    async with room(tmp_path) as here:
        store = Refusing(here.taal.store, StoreBusy("full"), StoreConflict("moved"))
        reports = Reports(store, here.taal.installation, here.clock, here.taal.outbox)  # type: ignore[arg-type]
        await buys_code(here, Sent("wamid.7", confirmed=False))
        arrived = Report(AWA, "wamid.7", arrived=True)
        await reports.hear([arrived])
        assert await waiting(here) == []
        with pytest.raises(StoreBusy):
            await reports.hear([Report(AWA, "wamid.8", arrived=True)])
        store.errors.append(StoreConflict("moved"))
        await here.rows("PRAGMA query_only = ON")
        with pytest.raises(StoreBusy):
            await reports.hear([Report(AWA, "wamid.8", arrived=True)])
        await here.rows("PRAGMA query_only = OFF")
        await reports.hear([Report(AWA, "wamid.8", arrived=True)])
