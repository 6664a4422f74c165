"""What only reads and may have much to read: answered beside the transactions, in its turn, or not at all."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.dialogue.flows import REGISTRY
from bot.dialogue.tasks import AskAudit, AskReading, AuditAnswered, ReadingAnswered
from bot.domain.people import Address
from bot.engine.readings import MOST_ALTOGETHER, MOST_OF_ONE_PERSON, Readings
from bot.errors import StoreBusy
from bot.store import P, Script, T
from bot.store.sqlite import SqliteStore, scripts
from tests.dialogue_world import ADMIN, AWA, World
from tests.in_process import ADMIN as BOSS
from tests.in_process import room

TODAY = AskReading("/today", "", None, None)
EMPTY = ReadingAnswered()


class SlowWorld(World):
    """A world in which readings come when the test lets them."""

    held: tuple[Address, ReadingAnswered] | None = None

    def read(self, address: Address, asked: AskReading) -> ReadingAnswered | None:  # type: ignore[override]
        self.held = (address, super().read(address, asked))
        return None

    def arrive(self) -> None:
        assert self.held is not None
        self.hear(*self.held)


def texts(world: World, address: Address = ADMIN) -> list[str]:
    return [shown.outbound.text for shown in world.screen if shown.address == address]


def test_what_may_have_much_to_read_is_declared() -> None:
    assert set(REGISTRY.readings) == {
        *("/today", "/stats", "/orders", "/find", "/user", "/log", "/stuck", "/day", "/month", "/statement", "/chart"),
        *("/shift", "/report", "/settings"),
        *("stats", "orders", "user", "stuck", "day", "month", "statement", "chart"),
    }


def test_a_reading_leaves_what_waits_for_its_yes_at_once() -> None:
    world = SlowWorld()
    world.meet(AWA)
    world.say(f"/credit {AWA} 5000 Wave", ADMIN)
    asked = world.last(ADMIN)
    world.say("/today", ADMIN)
    assert world.last(ADMIN) is asked, "nothing is said before it was read"
    world.say("oui", ADMIN)
    assert world.balance(AWA) == 0
    world.arrive()
    assert str(world.shop.words["fr"]("today.nobody")) in world.last(ADMIN).text


def test_a_reading_that_comes_when_they_have_gone_on_changes_nothing_but_is_read() -> None:
    world = SlowWorld()
    world.say("/orders", ADMIN)
    world.say("woyofal 14123456789 5000", ADMIN)
    before = world.sessions[ADMIN]
    world.arrive()
    assert world.sessions[ADMIN] == before
    assert "Confirm" not in world.last(ADMIN).text


def test_whoever_lost_their_role_meanwhile_reads_nothing() -> None:
    world = World()
    world.say("/id", ADMIN)
    world.install(admins=())
    shown = len(texts(world))
    answered = world.read(ADMIN, TODAY)
    world.hear(ADMIN, answered)
    assert len(texts(world)) == shown


def test_a_question_is_not_put_again_when_it_is_over() -> None:
    world = SlowWorld()
    world.say("woyofal 14123456789", ADMIN)
    world.say("/today", ADMIN)
    world.say("annuler", ADMIN)
    shown = len(texts(world))
    world.arrive()
    assert len(texts(world)) == shown + 1


@pytest.mark.parametrize("problem", ["unavailable", "busy"])
def test_whoever_asks_is_told_that_it_cannot_be_read(problem: str) -> None:
    world = World()
    world.say("woyofal 14123456789", ADMIN)
    question = world.last(ADMIN).text
    world.hear(ADMIN, ReadingAnswered(problem=problem))  # type: ignore[arg-type]
    told, again = texts(world)[-2:]
    assert told == str(world.shop.words["fr"](f"reading.{problem}"))
    assert question in again


class FakeStore:
    """Answers when it is let go; `error` is what it raises."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.gate = asyncio.Event()
        self.reading = 0
        self.most = 0

    async def read(self, script: Callable[P, Script[T]], /, *args: P.args, **kwargs: P.kwargs) -> ReadingAnswered:
        if self.error is not None:
            raise self.error
        self.reading += 1
        self.most = max(self.most, self.reading)
        await self.gate.wait()
        self.reading -= 1
        return EMPTY


def readings(store: FakeStore) -> Readings:
    return Readings(store, World().installation, lambda: 0)  # type: ignore[arg-type]


@pytest.mark.anyio
async def test_one_thing_is_read_after_another_and_a_person_queues_few() -> None:
    store = FakeStore()
    queue = readings(store)
    async with asyncio.TaskGroup() as group:
        asked = [group.create_task(queue.answer(ADMIN, TODAY)) for _ in range(MOST_OF_ONE_PERSON + 1)]
        others = [
            group.create_task(queue.answer(Address("telegram", str(100 + at)), TODAY)) for at in range(MOST_ALTOGETHER)
        ]
        await asyncio.wait([asked[-1]])
        assert store.reading == 1
        store.gate.set()
    answers = [task.result().problem for task in (*asked, *others)]
    assert answers.count("busy") == 1 + MOST_OF_ONE_PERSON
    assert not queue._waiting
    assert not queue._turns


@pytest.mark.anyio
@pytest.mark.parametrize("error", [StoreBusy("interrupted"), KeyError("a fault of ours")])
async def test_a_reading_that_fails_is_unavailable(error: Exception) -> None:
    assert (await readings(FakeStore(error)).answer(ADMIN, TODAY)).problem == "unavailable"


@pytest.mark.anyio
async def test_a_reading_that_takes_too_long_is_broken_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def endless() -> Script[None]:
        yield "endless", {}

    monkeypatch.setattr(scripts, "READ_SECONDS", 0.0)
    monkeypatch.setattr(
        scripts,
        "statements",
        lambda: {"endless": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"},
    )
    store = await SqliteStore.open(str(tmp_path / "taal.db"))
    with pytest.raises(StoreBusy, match="interrupted"):
        await store.read(endless)
    await store.aclose()


@pytest.mark.anyio
async def test_a_whole_bot_answers_what_it_read(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        for text in ("/today", "/stats", "/orders", "/find 141", "/user telegram:1", "/log", "/stuck"):
            before = here.story(BOSS)
            await here.says(BOSS, text)
            assert here.story(BOSS) != before, text


@pytest.mark.anyio
async def test_an_audit_waits_for_its_turn_and_tells_when_it_cannot_be_had(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        tasks = here.taal.engine._tasks
        day = AskAudit("2026-11-23", "2026-11-23")
        answers = await asyncio.gather(*(tasks.run(day, BOSS, None) for _ in range(MOST_OF_ONE_PERSON + 1)))
        assert answers[-1] == ReadingAnswered(problem="busy")
        assert all(isinstance(answer, AuditAnswered) for answer in answers[:-1])
        await here.taal.store.aclose()
        assert await tasks.run(day, BOSS, None) == ReadingAnswered(problem="unavailable")
