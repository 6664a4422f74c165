"""Files are read in processes that can be given up: what they may cost, who waits for whom, and that they end."""

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from msgspec import msgpack

from bot.documents import reading, reading_process
from bot.documents.reading import MAX_BYTES, Problem, read_table
from bot.documents.reading_process import Answer
from bot.documents.reading_queue import MOST_ALTOGETHER, MOST_AT_ONCE, MOST_OF_ONE_PERSON, ReadingQueue
from tests.hostile_files import CHEAP, DEAR, shared, sheet, strings, with_parts
from tests.running import eventually, town
from tests.test_batch_kill import make_reseller

pytestmark = pytest.mark.anyio

LIST = b"14123456789;5000;Awa\n"
ROWS = (("14123456789", "5000", "Awa"),)


def brings(content: bytes | None) -> Callable[[], Awaitable[bytes | None]]:
    async def fetch() -> bytes | None:
        return content

    return fetch


async def no_fetch() -> bytes | None:
    raise AssertionError("nobody may fetch it")


def children(pid: int | None = None) -> set[int]:
    """The processes that a process has started and that are still there."""
    pids: set[int] = set()
    for task in Path(f"/proc/{pid or os.getpid()}/task").iterdir():
        # A thread may end between being listed and being read; its children are another thread's then.
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            pids |= {int(child) for child in (task / "children").read_text().split()}
    return pids


def doing(script: str) -> ReadingQueue:
    """A queue whose process does this, within the limits of a real one, instead of reading."""
    start = "import os, sys, time\nfrom bot.documents import reading_process as process\n"
    answer = "\ndef answer(*cells): os.write(1, process.msgpack.encode(process.Answer((cells,))))\n"
    return ReadingQueue(command=(sys.executable, "-c", start + answer + script))


# What a process costs.


@pytest.mark.parametrize("name", CHEAP)
def test_a_hostile_file_is_refused_before_it_costs_anything(name: str) -> None:
    called, make, problem = CHEAP[name]
    content = make()
    assert len(content) <= MAX_BYTES
    began = time.thread_time()
    assert read_table(content, called) == Problem(problem)  # type: ignore[arg-type]  # a code, in a text
    assert time.thread_time() - began < 2


def test_a_long_text_is_cut_before_anything_is_done_with_it() -> None:
    """As many cells as a list may have share the longest text that still fits."""
    text = b"a " * 2_000_000
    content = with_parts(sheet=sheet(shared(20, 90)), strings=strings(text))
    began = time.thread_time()
    table = read_table(content, "l.xlsx")
    assert time.thread_time() - began < 2
    assert not isinstance(table, Problem)
    assert {len(cell) for row in table for cell in row} == {reading.MAX_CELL_CHARACTERS}


async def test_what_cannot_be_foreseen_is_killed(capfd: pytest.CaptureFixture[str]) -> None:
    queue = ReadingQueue(read_seconds=1.5)
    before, (content,) = children(), [make() for make in DEAR.values()]
    assert len(content) < 10_000
    reading_it = asyncio.create_task(queue.read("awa", "Awa.xlsx", brings(content)))
    await eventually(lambda: children() - before, "a process")
    # Another person's list is read meanwhile.
    assert await queue.read("moussa", "l.csv", brings(LIST)) == ROWS
    assert not reading_it.done()
    assert await reading_it == Problem("too_heavy")
    assert children() <= before
    assert "too much work" in (output := capfd.readouterr().out)
    assert "Awa" not in output


async def test_it_knows_nothing_of_us_and_may_do_nothing_to_us(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEXCHANGE_API_KEY", "a key")
    script = f"""
process.give_up_what_is_not_needed()
def refused(what):
    try: what()
    except (OSError, MemoryError) as error: return type(error).__name__
    return "done"
def write():
    with open({str(tmp_path / "file")!r}, "w") as file: file.write("x")
os.kill(os.getpid(), {int(signal.SIGTERM)})
answer(" ".join(sorted(os.environ)), refused(write), refused(lambda: bytearray(1 << 28)),
       open("/proc/self/oom_score_adj").read().strip(), refused(lambda: [open("/dev/null") for _ in range(40)].clear()))
"""
    rows = await doing(script).read("awa", "l.csv", brings(LIST))
    assert not isinstance(rows, Problem)
    ((environment, *others),) = rows
    assert set(environment.split()) <= {"PYTHONPATH", "LC_CTYPE"}
    assert others == ["OSError", "MemoryError", "1000", "OSError"]


async def test_its_own_limits_end_it_too() -> None:
    """Seconds of a processor, and memory, of which the real process has more."""
    spin = "process.CPU_SECONDS = 1\nprocess.give_up_what_is_not_needed()\nwhile True: pass"
    assert await doing(spin).read("awa", "l.csv", brings(LIST)) == Problem("too_heavy")
    want = (
        "from bot.documents import reading\n"
        "reading.read_table = lambda *_: bytearray(1 << 28)\n"
        "os._exit(process.main())"
    )
    assert await doing(want).read("awa", "l.csv", brings(LIST)) == Problem("too_heavy")


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("sys.stdin.buffer.read()\nwhile True: os.write(1, bytes(65_536))", "too_heavy"),
        ("sys.stdin.buffer.read(); os.write(1, b'nonsense')", "not_a_table"),
        ("sys.stdin.buffer.read(); os.write(1, process.msgpack.encode(process.Answer((), 'new')))", "not_a_table"),
        # It takes nothing, and neither answers nor ends; it takes nothing, and ends; it takes all, and ends.
        ("time.sleep(60)", "too_heavy"),
        ("pass", "too_heavy"),
        ("sys.stdin.buffer.read()", "too_heavy"),
    ],
)
async def test_whatever_it_answers_is_taken_for_no_more_than_it_is(script: str, expected: str) -> None:
    queue = doing(script)
    queue._read_seconds = 0.3 if "sleep" in script else 15.0
    before = children()
    content = b"1;2\n" * 100_000
    assert await queue.read("awa", "l.csv", brings(content)) == Problem(expected)  # type: ignore[arg-type]  # a code
    assert children() <= before


async def test_a_system_without_room_for_another_process_is_busy() -> None:
    queue = ReadingQueue(command=("/nowhere/python",))
    assert await queue.read("awa", "l.csv", brings(LIST)) == Problem("busy")


async def test_nobody_waits_for_it_any_more_and_it_is_killed() -> None:
    queue, before = doing("time.sleep(60)"), children()
    waiting = asyncio.create_task(queue.read("awa", "l.csv", brings(LIST)))
    await eventually(lambda: children() - before, "a process")
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert children() <= before


# Who waits for whom.


async def test_a_file_is_fetched_when_it_is_its_turn() -> None:
    queue, gate, fetching = ReadingQueue(), asyncio.Event(), list[str]()

    def held(name: str) -> Callable[[], Awaitable[bytes | None]]:
        async def fetch() -> bytes | None:
            fetching.append(name)
            await gate.wait()
            return None

        return fetch

    async def rest() -> None:
        for _ in range(5):
            await asyncio.sleep(0)

    awas = [asyncio.create_task(queue.read("awa", "l.csv", held("awa"))) for _ in range(MOST_OF_ONE_PERSON)]
    await rest()
    # One of hers is in hand, the others wait, and one more is too many: it is never fetched.
    assert fetching == ["awa"]
    assert await queue.read("awa", "l.csv", no_fetch) == Problem("busy")
    others = [
        asyncio.create_task(queue.read(f"person {at}", "l.csv", held(f"person {at}")))
        for at in range(MOST_ALTOGETHER - MOST_OF_ONE_PERSON)
    ]
    await rest()
    assert fetching == ["awa", "person 0"][:MOST_AT_ONCE]
    assert await queue.read("one more", "l.csv", no_fetch) == Problem("busy")
    gate.set()
    assert set(await asyncio.gather(*awas, *others)) == {Problem("gone")}
    assert len(fetching) == MOST_ALTOGETHER
    # Whoever has nothing in hand is forgotten.
    assert not queue._people
    assert await queue.read("awa", "l.csv", brings(None)) == Problem("gone")


async def test_a_file_that_does_not_come_is_not_waited_for() -> None:
    async def never() -> bytes | None:
        await asyncio.Event().wait()
        return None

    queue = ReadingQueue(fetch_seconds=0.01)
    assert await queue.read("awa", "l.csv", never) == Problem("gone")
    assert await queue.read("awa", "l.csv", brings(bytes(MAX_BYTES + 1))) == Problem("too_large")


def test_the_process_takes_what_the_queue_sends() -> None:
    answer = msgpack.decode(msgpack.encode(Answer(ROWS)), type=Answer)
    assert (answer.rows, answer.problem) == (ROWS, "")
    assert reading_process.CPU_SECONDS < 10


async def test_a_hostile_file_costs_the_real_bot_nothing_but_an_answer(tmp_path: Path) -> None:
    async with town(tmp_path) as (place, bot):
        awa, moussa = place.customer(1001), place.customer(1002)
        await awa.settled()
        make_reseller(bot, awa)
        before = len(place.fake.calls)
        moussa.user.document("liste.xlsx", LIST)
        await moussa.shown(1)
        assert not [call for call in place.fake.calls[before:] if call.method == "getFile"]
        _, make, _ = CHEAP["one text of megabytes in thousands of cells"]
        awa.user.document("liste.xlsx", make())
        await awa.expect("file.too_heavy")
        assert not children(bot.pid)
        # Who is turned away may send the next list.
        awa.user.document("liste.csv", b"14123456799;5000;Awa\n")
        await eventually(lambda: awa.buttons(".do."), awa.user.story)
