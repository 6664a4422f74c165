"""The store's contract, one test file for every store: what a script may rely on, and what a caller may.

A store is added by a `Backend` of its own in `BACKENDS`; no test below names a database.
"""

import ast
import asyncio
import re
import resource
import signal
import sqlite3
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, Protocol, get_args

import pytest

import bot
from bot.errors import CannotStart, StoreBusy, StoreConflict
from bot.store import Ask, Asks, Each, Parameters, Script, Store
from bot.store.gathering import CONFLICT_TRIES, RIDE_SECONDS
from bot.store.sql import Dialect, migrations, statements
from bot.store.sqlite import SqliteStore
from bot.store.sqlite.store import BATCH_LIMIT
from bot.store.together import nothing
from bot.store.together import together as in_step
from tests.postgres_backend import Postgres
from tests.postgres_server import PostgresServer

pytestmark = pytest.mark.anyio

# A locked database must be given up within this time: a channel waits for its answer meanwhile.
BUSY_WITHIN_SECONDS = 6.0


class Pause(Protocol):
    """A place in a script at which it waits."""

    def here(self) -> Script[None]:
        """Wait until the pause is over."""
        ...

    async def has_begun(self, scripts: int = 1) -> None:
        """Return when so many scripts wait."""
        ...


class Backend(Protocol):
    """What the tests do to a database behind the store's back."""

    url: str
    dialect: Dialect
    batches_at_once: int
    """How many transactions of one store may be under way."""
    opening: str
    """The import of the store, as `Opened`, for a process of its own."""

    async def open(self) -> Store:
        """Another store over the same database."""
        ...

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Through a connection of its own."""
        ...

    def write(self, sql: str) -> None:
        """Through a connection of its own, committed."""
        ...

    def prepare(self, sql: str) -> None:
        """Raise when the statement does not fit the schema."""
        ...

    def columns(self, table: str) -> dict[str, str]:
        """The columns that are written, and a value of the type of each."""
        ...

    def pause(self) -> AbstractAsyncContextManager[Pause]:
        """Scripts can wait inside until the block ends."""
        ...

    def turn(self, loop: asyncio.AbstractEventLoop) -> None:
        """Let the loop go round, from within a script that has just asked for something."""
        ...

    def write_locked(self) -> AbstractContextManager[None]:
        """Somebody else holds the lock that a writer needs."""
        ...

    async def set_full(self, store: Store, full: bool) -> None:
        """No room for another page; room again."""
        ...

    async def set_read_only(self, store: Store, read_only: bool) -> None:
        """No write is taken; writes are taken again."""
        ...

    def is_sound(self) -> bool:
        """Whether the database finds no fault with itself."""
        ...


class ThreadPause:
    """Scripts that run in a thread of their own may wait for an event."""

    def __init__(self) -> None:
        self._begun = threading.Semaphore(0)
        self.over = threading.Event()

    def here(self) -> Script[None]:
        yield "ping", {}
        self._begun.release()
        assert self.over.wait(10)

    async def has_begun(self, scripts: int = 1) -> None:
        for _ in range(scripts):
            assert await asyncio.to_thread(self._begun.acquire, timeout=10)


class Sqlite:
    dialect: Dialect = "sqlite"
    batches_at_once = 1
    opening = "from bot.store.sqlite import SqliteStore as Opened"

    def __init__(self, folder: Path) -> None:
        self.url = str(folder / "data" / "taal.db")

    async def open(self) -> Store:
        return await SqliteStore.open(self.url)

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self.url, timeout=5, isolation_level=None)

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        connection = self._connect()
        try:
            return connection.execute(sql).fetchall()
        finally:
            connection.close()

    def write(self, sql: str) -> None:
        self.query(sql)

    def prepare(self, sql: str) -> None:
        connection = self._connect()
        try:
            connection.execute(f"EXPLAIN {sql}", dict.fromkeys(parameters_of(sql)))
        finally:
            connection.close()

    def columns(self, table: str) -> dict[str, str]:
        return {
            name: "0" if kind == "INTEGER" else "'x'" for _, name, kind, *_ in self.query(f"PRAGMA table_info({table})")
        }

    @asynccontextmanager
    async def pause(self) -> AsyncIterator[Pause]:
        pause = ThreadPause()
        try:
            yield pause
        finally:
            pause.over.set()

    def turn(self, loop: asyncio.AbstractEventLoop) -> None:
        turned = threading.Event()
        loop.call_soon_threadsafe(turned.set)
        assert turned.wait(10)

    @contextmanager
    def write_locked(self) -> Iterator[None]:
        connection = self._connect()
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            connection.execute("ROLLBACK")
            connection.close()

    async def set_full(self, store: Store, full: bool) -> None:
        # The limit belongs to one connection, so it is set on the store's own.
        await self._pragma(store, f"max_page_count = {1 if full else 1_000_000}")

    async def set_read_only(self, store: Store, read_only: bool) -> None:
        await self._pragma(store, f"query_only = {int(read_only)}")

    async def _pragma(self, store: Store, pragma: str) -> None:
        assert isinstance(store, SqliteStore)
        await (await store._connection.execute(f"PRAGMA {pragma}")).close()

    def is_sound(self) -> bool:
        return self.query("PRAGMA integrity_check") == [("ok",)] and self.query("PRAGMA foreign_key_check") == []


BACKENDS = get_args(Dialect)


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Backend]:
    if request.param == "sqlite":
        yield Sqlite(tmp_path)
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    with Postgres(server.new_database()) as made:
        yield made


@pytest.fixture
async def store(backend: Backend) -> AsyncIterator[Store]:
    opened = await backend.open()
    await opened.migrate()
    yield opened
    await opened.aclose()


def keep(*names: str) -> Script[int]:
    """Write some rows; answer with how many there were."""
    for name in names:
        yield "kept_add", {"name": name, "value": "x"}
    return len(names)


def keep_then_raise(name: str, error: Exception) -> Script[None]:
    yield "kept_add", {"name": name, "value": "x"}
    raise error


def load(name: str) -> Script[str | None]:
    rows = yield "kept_load", {"name": name}
    return rows[0]["value"] if rows else None


def names(backend: Backend) -> set[str]:
    return {row[0] for row in backend.query("SELECT name FROM kept")}


@asynccontextmanager
async def busy(backend: Backend, store: Store) -> AsyncIterator[None]:
    """Keep the store busy, so that what comes meanwhile is committed together."""
    async with backend.pause() as pause:
        stalled = [asyncio.create_task(store.run(pause.here)) for _ in range(backend.batches_at_once)]
        await pause.has_begun(backend.batches_at_once)
        yield
    await asyncio.gather(*stalled)


async def together(backend: Backend, store: Store, *calls: Callable[[], Awaitable[Any]]) -> list[Any]:
    """Run calls so that they wait at the same time: a store that groups commits them as one."""
    async with busy(backend, store):
        tasks = [asyncio.ensure_future(call()) for call in calls]
        for _ in range(5):
            await asyncio.sleep(0)
    return await asyncio.gather(*tasks, return_exceptions=True)


# What a script may rely on.


async def test_a_script_is_kept_whole_and_answered(backend, store):
    assert await store.run(keep, "a", "b") == 2
    assert names(backend) == {"a", "b"}
    assert await store.run(load, "a") == "x"
    assert await store.run(load, "nothing") is None


async def test_a_script_takes_keywords(store):
    assert await store.run(load, name="nothing") is None


@pytest.mark.parametrize("error", [ValueError("ours"), KeyError("ours"), RuntimeError("ours")])
async def test_whatever_a_script_raises_undoes_it_and_is_raised(backend, store, error):
    with pytest.raises(type(error)) as raised:
        await store.run(keep_then_raise, "a", error)
    assert raised.value is error
    assert names(backend) == set()
    assert await store.run(keep, "b") == 1


async def test_a_broken_rule_of_the_schema_fails_the_script(backend, store):
    def twice() -> Script[None]:
        yield "kept_add", {"name": "before", "value": "x"}
        for _ in range(2):
            yield (
                "entry_add",
                {"transfer": "t", "account": "hold", "amount_xof": 1, "order_id": None, "note": "", "at": 1},
            )

    with pytest.raises(Exception, match="entry"):
        await store.run(twice)
    assert names(backend) == set()
    assert backend.query("SELECT * FROM entry") == []


async def test_a_failing_script_fails_alone(backend, store):
    """Others that were committed with it are kept and answered."""

    def broken() -> Script[None]:
        yield "kept_add", {"name": "unique", "value": "x"}
        for _ in range(2):
            yield (
                "session_add",
                {
                    "address": "a:1",
                    "customer": "a:1",
                    "language": "fr",
                    "body": "{}",
                    "now": 1,
                    "inquiry_due_at": None,
                    "inquiry_owner": None,
                },
            )

    results = await together(
        backend,
        store,
        lambda: store.run(keep, "first"),
        lambda: store.run(keep_then_raise, "second", ValueError("ours")),
        lambda: store.run(keep, "third"),
        lambda: store.run(broken),
        lambda: store.run(keep, "last"),
    )
    assert [results[at] for at in (0, 2, 4)] == [1, 1, 1]
    assert isinstance(results[1], ValueError)
    assert isinstance(results[3], Exception)
    assert names(backend) == {"first", "third", "last"}
    assert backend.query("SELECT * FROM session") == []


async def test_a_conflict_is_run_again(backend, store):
    tries = []

    def moving(times: int) -> Script[str]:
        tries.append(1)
        yield "kept_add", {"name": f"try {len(tries)}", "value": "x"}
        if len(tries) < times:
            raise StoreConflict("moved")
        return "done"

    assert await store.run(moving, CONFLICT_TRIES) == "done"
    assert names(backend) == {f"try {CONFLICT_TRIES}"}
    tries.clear()
    with pytest.raises(StoreConflict):
        await store.run(moving, 1_000)
    assert len(tries) == CONFLICT_TRIES


async def test_writers_do_not_see_each_other_half_done(store):
    """Read, then write what was read plus one: none of a hundred is lost."""

    def count() -> Script[None]:
        balance_xof = yield from _balance()
        yield (
            "entry_add",
            {
                "transfer": f"t{balance_xof}",
                "account": "float",
                "amount_xof": 1,
                "order_id": None,
                "note": "",
                "at": 1,
            },
        )

    await asyncio.gather(*(store.run(count) for _ in range(100)))
    assert await store.run(_balance) == 100


def _balance() -> Script[int]:
    rows = yield "audit_rest", {"after": 0}
    return sum(int(row["amount_xof"]) for row in rows)


# What a caller may rely on.


async def test_nobody_is_answered_before_the_commit(backend, store):
    loop = asyncio.get_running_loop()
    seen: list[tuple[bool, set[str]]] = []
    first: list[asyncio.Task[int]] = []

    def witness() -> Script[None]:
        # Let the loop go round: an answer that was given too early would have arrived by then.
        for _ in range(5):
            yield "ping", {}
            backend.turn(loop)
        seen.append((first[0].done(), names(backend)))

    def begin() -> "asyncio.Task[int]":
        first.append(asyncio.ensure_future(store.run(keep, "a")))
        return first[0]

    await together(backend, store, begin, lambda: store.run(witness))
    assert first[0].result() == 1
    # Whether they were committed together or one after the other: answered means visible to others.
    for answered, visible in seen:
        assert not answered or visible == {"a"}
    assert names(backend) == {"a"}


async def test_what_was_answered_is_visible_to_others(backend, store):
    for number in range(20):
        await store.run(keep, f"n{number}")
        assert f"n{number}" in names(backend)


async def test_many_at_once_are_all_answered(backend, store):
    many = BATCH_LIMIT * 2 + 7
    assert sum(await asyncio.gather(*(store.run(keep, f"n{at}") for at in range(many)))) == many
    assert len(names(backend)) == many


async def test_what_rides_shares_a_commit_with_what_comes_and_was_there_before_it(backend, store):
    riding = [store.ride(keep, "first"), store.ride(keep, "second")]

    def comes_later() -> Script[bool]:
        return {"first", "second"} <= {str(row["name"]) for row in (yield from _kept_now())}

    assert await store.run(comes_later)
    # Answered together with what took it along.
    assert [pending.done() for pending in riding] == [True, True]
    assert names(backend) == {"first", "second"}


def _kept_now() -> Script[list[dict[str, str]]]:
    kept = []
    for name in ("first", "second"):
        kept += [{"name": name} for _ in (yield "kept_load", {"name": name})]
    return kept


async def test_what_rides_leaves_by_itself_when_nobody_comes(backend, store):
    assert await store.ride(keep, "alone") == 1
    assert names(backend) == {"alone"}


async def test_what_rides_fails_alone_and_harms_nobody(backend, store):
    riding = store.ride(keep_then_raise, "broken", ValueError("ours"))
    conflict = store.ride(keep_then_raise, "moved", StoreConflict("moved"))
    assert await store.run(keep, "whole") == 1
    assert isinstance(riding.exception(), ValueError)
    assert isinstance(conflict.exception(), StoreConflict)
    assert names(backend) == {"whole"}


async def test_what_rides_behind_a_transaction_under_way_is_not_forgotten(backend, store):
    async with busy(backend, store):
        riding = store.ride(keep, "behind")
        # Its time to leave alone comes while the other is still under way.
        await asyncio.sleep(2 * RIDE_SECONDS)
    assert await riding == 1
    assert names(backend) == {"behind"}


async def test_what_rides_is_written_before_the_store_closes(backend, store):
    other = await backend.open()
    riding = other.ride(keep, "last words")
    await other.aclose()
    assert await riding == 1
    assert names(backend) == {"last words"}


async def test_items_that_ride_are_given_to_one_script_and_each_is_answered(backend, store):
    runs = []

    def count_all(keys: Sequence[str]) -> Script[Sequence[str]]:
        runs.append(tuple(keys))
        for key in keys:
            yield from keep(key)
        return [key.upper() for key in keys]

    riding = [store.ride_each(count_all, key) for key in "abc"]
    assert await asyncio.gather(*riding) == ["A", "B", "C"]
    assert runs == [("a", "b", "c")]
    assert names(backend) == {"a", "b", "c"}


async def test_items_that_ride_with_one_that_fails_fail_with_it_and_nothing_of_them_is_kept(backend, store):
    def all_or_none(keys: Sequence[str]) -> Script[Sequence[str]]:
        for key in keys:
            yield from keep(key)
        if "bad" in keys:
            raise KeyError("bad")
        return keys

    riding = [store.ride_each(all_or_none, key) for key in ("good", "bad")]
    kept = asyncio.ensure_future(store.run(keep, "other"))
    answers = await asyncio.gather(*riding, kept, return_exceptions=True)
    assert [type(each) for each in answers[:2]] == [KeyError, KeyError]
    assert names(backend) == {"other"}


# Several statements at once.


SESSION: Parameters = {
    "address": "telegram:1",
    "customer": "telegram:1",
    "language": "fr",
    "body": "{}",
    "now": 1,
    "inquiry_due_at": None,
    "inquiry_owner": None,
}


def note_all(count: int) -> Each:
    line: Parameters = {"order_id": "O1", "at": 1, "what": "x", "state": "y"}
    return Each("journal_add", [{**line, "detail": str(number)} for number in range(count)])


async def test_what_is_asked_together_is_answered_as_one_after_another(backend, store):
    """Also what looks at a table that one before it has changed, several rows, and a statement without an answer."""

    def together_once() -> Script[list[list[dict[str, Any]]]]:
        asks = Asks(
            [
                ("inbox_add", {"key": "k", "now": 5}),
                ("caller", {"address": "telegram:1"}),
                note_all(3),
                ("session_add", SESSION),
                ("session_load", {"address": "telegram:1"}),
                ("caller", {"address": "telegram:1"}),
                ("journal_of", {"order_id": "O1"}),
                ("inbox_add", {"key": "k", "now": 6}),
                note_all(0),
                note_all(9),
                ("journal_of", {"order_id": "O1"}),
            ]
        )
        assert not (yield asks)
        return [[dict(zip(row.keys(), row, strict=True)) for row in rows] for rows in asks.answers]

    answers = await store.run(together_once)
    taken, nobody, noted, added, loaded, somebody, lines, again, none, many, all_lines = answers
    assert (taken, noted, added, again, none, many) == ([{"tries": 0}], [], [], [], [], [])
    assert nobody[0]["version"] is None
    assert somebody[0]["version"] == 1
    assert somebody[0].keys() == nobody[0].keys()
    assert loaded[0]["body"] == SESSION["body"]
    assert [line["detail"] for line in lines] == ["0", "1", "2"]
    assert len(all_lines) == 12


async def test_one_statement_for_many_values_answers_with_all_their_rows(store):
    def each() -> Script[tuple[list[int], int, int]]:
        values: list[Parameters] = [{"key": key, "now": 1} for key in "abacb"]
        rows = yield Each("inbox_add", values)
        fresh = [int(row["tries"]) for row in rows]
        one = yield Each("inbox_add", [{"key": "z", "now": 1}])
        none = yield Each("inbox_add", [])
        return fresh, len(one), len(none)

    assert await store.run(each) == ([0, 0, 0], 1, 0)


@pytest.mark.parametrize("at", [0, 1, 2])
async def test_what_is_wrong_with_one_of_several_is_raised_for_all_and_undoes_them(backend, store, at):
    seen = []
    broken: Ask = ("session_add", {**SESSION, "customer": None})

    def script() -> Script[None]:
        asks: list[Ask | Each] = [("inbox_add", {"key": "k", "now": 1}), note_all(2)]
        asks.insert(at, broken)
        try:
            yield Asks(asks)
        except Exception as error:
            seen.append(error)
            raise

    with pytest.raises(Exception, match=r"(?i)null"):
        await store.run(script)
    assert seen
    assert backend.query("SELECT key FROM inbox") == []


async def test_scripts_go_together_and_what_one_raises_ends_them_all(backend, store):
    ended = []

    def slow(key: str, steps: int) -> Script[int]:
        try:
            for step in range(steps):
                yield from keep(f"{key}{step}")
        finally:
            ended.append(key)
        return steps

    def both() -> Script[tuple[int, int, None]]:
        return (yield from in_step(slow("a", 3), slow("b", 1), nothing()))

    def failing() -> Script[None]:
        yield from keep("d")
        raise StoreConflict("moved")

    def broken() -> Script[Any]:
        return (yield from in_step(slow("c", 3), failing()))

    assert await store.run(both) == (3, 1, None)
    assert names(backend) == {"a0", "a1", "a2", "b0"}
    with pytest.raises(StoreConflict):
        await store.run(broken)
    assert set(ended) == {"a", "b", "c"}
    assert len(names(backend)) == 4


async def test_what_is_behind_a_savepoint_is_undone_alone(backend, store):
    """Whatever came before stays, and so does what others wrote in the same transaction."""

    def undone(key: str) -> Script[str]:
        yield from keep(f"{key} before")
        yield "deciding_begins", {}
        try:
            yield from keep(f"{key} within")
            raise KeyError(key)
        except KeyError:
            yield "deciding_is_undone", {}
        yield "deciding_ends", {}
        yield from keep(f"{key} after")
        return key

    first, _, second = await asyncio.gather(store.run(undone, "a"), store.run(keep, "other"), store.run(undone, "b"))
    assert (first, second) == ("a", "b")
    assert names(backend) == {"a after", "a before", "b after", "b before", "other"}


async def test_reading_sees_what_was_committed_and_nobody_waits_for_it(backend, store):
    await store.run(keep, "before")
    async with backend.pause() as pause:

        def long_reading() -> Script[list[str | None]]:
            first = yield from load("before")
            yield from pause.here()
            return [first, (yield from load("meanwhile"))]

        reading = asyncio.create_task(store.read(long_reading))
        await pause.has_begun()
        async with asyncio.timeout(5):
            assert await store.run(keep, "meanwhile") == 1
        assert not reading.done()
    # One state from the first statement to the last.
    assert await reading == ["x", None]
    assert await store.read(load, "meanwhile") == "x"


async def test_a_short_reading_does_not_wait_for_a_long_one(backend, store):
    await store.run(keep, "a")
    async with backend.pause() as pause:

        def long_reading() -> Script[str | None]:
            kept = yield from load("a")
            yield from pause.here()
            return kept

        reading = asyncio.create_task(store.read(long_reading))
        await pause.has_begun()
        async with asyncio.timeout(5):
            assert await store.read(load, "a") == "x"
        assert not reading.done()
    assert await reading == "x"


async def test_whoever_only_reads_cannot_write(backend, store):
    with pytest.raises(StoreBusy):
        await store.read(keep, "smuggled")
    assert await store.run(keep, "written") == 1
    assert names(backend) == {"written"}


async def test_what_a_reading_script_raises_comes_out_and_the_next_one_reads(backend, store):
    def broken() -> Script[None]:
        yield "kept_load", {"name": "x"}
        raise KeyError("ours")

    with pytest.raises(KeyError):
        await store.read(broken)
    assert await store.read(load, "x") is None


async def test_nothing_is_read_from_a_closed_store(backend, store):
    for has_read in (False, True):
        other = await backend.open()
        if has_read:
            assert await other.read(load, "x") is None
        await other.aclose()
        with pytest.raises(StoreBusy):
            await other.read(load, "x")


async def test_a_caller_who_goes_away_harms_nobody(backend, store):
    async with busy(backend, store):
        leaving = asyncio.create_task(store.run(keep, "left"))
        staying = asyncio.create_task(store.run(keep, "stayed"))
        await asyncio.sleep(0)
        leaving.cancel()
    assert await staying == 1
    assert "stayed" in names(backend)
    assert await store.run(keep, "later") == 1


async def test_a_locked_database_is_busy_within_bounds_and_then_works_again(backend, store):
    with backend.write_locked():
        begun_at = time.monotonic()
        results = await asyncio.gather(store.run(keep, "a"), store.run(keep, "b"), return_exceptions=True)
        assert time.monotonic() - begun_at < BUSY_WITHIN_SECONDS
        assert [type(result) for result in results] == [StoreBusy, StoreBusy]
    assert await store.run(keep, "c") == 1
    assert names(backend) == {"c"}


async def test_a_lock_that_is_let_go_in_time_is_waited_for(backend, store):
    with backend.write_locked():
        waiting = asyncio.create_task(store.run(keep, "a"))
        await asyncio.sleep(0.05)  # The time of a foreign transaction, not of ours.
        assert not waiting.done()
    assert await waiting == 1


async def test_a_full_disk_is_busy_and_keeps_nothing_of_the_script(backend, store):
    await store.run(keep, "before")
    await backend.set_full(store, True)

    def large() -> Script[None]:
        yield "kept_add", {"name": "small", "value": "x"}
        yield "kept_add", {"name": "large", "value": "x" * 1_000_000}

    results = await together(backend, store, lambda: store.run(large), lambda: store.run(keep, "mate"))
    assert isinstance(results[0], StoreBusy)
    # Whoever was committed with it is kept and told so, or neither.
    assert isinstance(results[1], StoreBusy) == ("mate" not in names(backend))
    assert names(backend) - {"mate"} == {"before"}
    await backend.set_full(store, False)
    await store.run(large)
    assert {"before", "small", "large"} <= names(backend)
    assert backend.is_sound()


async def test_a_read_only_database_is_busy_and_then_works_again(backend, store):
    await backend.set_read_only(store, True)
    with pytest.raises(StoreBusy):
        await store.run(keep, "a")
    await backend.set_read_only(store, False)
    assert await store.run(keep, "b") == 1
    assert names(backend) == {"b"}


async def test_a_closed_store_is_busy(backend, store):
    other = await backend.open()
    waiting = asyncio.create_task(other.run(keep, "last words"))
    await asyncio.sleep(0)
    await other.aclose()
    assert await waiting == 1
    with pytest.raises(StoreBusy):
        await other.run(keep, "too late")
    assert names(backend) == {"last words"}


async def test_what_cannot_be_opened_is_named(tmp_path):
    with pytest.raises(CannotStart, match=f"DATABASE_URL: {tmp_path}"):
        await SqliteStore.open(str(tmp_path))


async def test_a_file_that_is_no_database_is_named(tmp_path):
    path = tmp_path / "notes.db"
    path.write_bytes(b"these are notes, and not a database at all" * 100)

    async def start() -> None:
        await (await SqliteStore.open(str(path))).migrate()

    with pytest.raises(CannotStart, match=f"DATABASE_URL: {path}"):
        await start()


async def test_a_store_in_memory_reads_what_it_wrote():
    store = await SqliteStore.open(":memory:")
    await store.migrate()
    assert await store.run(keep, "a") == 1
    assert await store.read(load, "a") == "x"
    await store.aclose()


async def test_a_store_in_memory_works_like_any_other():
    store = await SqliteStore.open(":memory:")
    await store.migrate()
    assert await store.run(keep, "a") == 1
    await store.aclose()


async def test_an_error_of_the_database_undoes_everything_that_was_to_be_committed(backend, store):
    """Whether the transaction survived such an error is not known, so nobody is told that they were heard."""
    backend.write("ALTER TABLE credit_limit RENAME TO away")

    def limit() -> Script[None]:
        yield "audit_limits", {}

    results = await together(backend, store, lambda: store.run(keep, "mate"), lambda: store.run(limit))
    assert isinstance(results[1], StoreBusy)
    assert isinstance(results[0], StoreBusy) == ("mate" not in names(backend))
    backend.write("ALTER TABLE away RENAME TO credit_limit")
    await store.run(limit)
    assert await store.run(keep, "later") == 1


# The schema.


async def test_a_fresh_database_gets_every_migration_once(backend):
    store = await backend.open()
    every = [name for _, name, _ in migrations()]
    assert await store.pending() == every
    assert await store.migrate() == every
    assert await store.pending() == []
    assert await store.migrate() == []
    await store.aclose()


async def test_two_that_start_at_once_migrate_once(backend):
    stores = await asyncio.gather(*(backend.open() for _ in range(3)))
    applied = await asyncio.gather(*(store.migrate() for store in stores))
    assert sorted(map(len, applied)) == [0, 0, len(migrations())]
    for number, store in enumerate(stores):
        assert await store.run(keep, f"n{number}") == 1
        await store.aclose()
    assert len(names(backend)) == 3


async def test_a_locked_database_is_not_migrated(backend):
    store = await backend.open()
    with backend.write_locked(), pytest.raises(StoreBusy):
        await store.migrate()
    assert await store.migrate() == [name for _, name, _ in migrations()]
    await store.aclose()


async def test_a_migration_that_fails_leaves_nothing_behind(backend):
    store = await backend.open()
    backend.write("CREATE TABLE entry (foreign_to_us INTEGER)")
    with pytest.raises(CannotStart, match=r'entry"? already exists'):
        await store.migrate()
    assert await store.pending() == [name for _, name, _ in migrations()]
    backend.write("DROP TABLE entry")
    assert await store.migrate() == [name for _, name, _ in migrations()]
    assert await store.run(keep, "a") == 1
    await store.aclose()


def test_migrations_are_numbered_without_gaps():
    assert [number for number, _, _ in migrations()] == list(range(1, len(migrations()) + 1))


async def test_the_ledger_is_append_only(backend, store):
    backend.write("INSERT INTO entry (transfer, account, amount_xof, note, at) VALUES ('t', 'hold', 5, '', 1)")
    for statement in ("UPDATE entry SET amount_xof = 6", "DELETE FROM entry"):
        with pytest.raises(Exception, match="append-only"):
            backend.write(statement)
    assert backend.query("SELECT amount_xof FROM entry") == [(5,)]


async def test_a_transfer_is_written_once(backend, store):
    insert = "INSERT INTO entry (transfer, account, amount_xof, note, at) VALUES ('t', 'hold', 5, '', 1)"
    backend.write(insert)
    with pytest.raises(Exception, match=r"(?i)unique"):
        backend.write(insert)


async def test_an_order_is_over_an_amount(backend, store):
    columns = backend.columns("orders")
    with pytest.raises(Exception, match="orders_amount"):
        backend.write(f"INSERT INTO orders ({', '.join(columns)}) VALUES ({', '.join(columns.values())})")


# The statements.


def parameters_of(sql: str) -> set[str]:
    return set(re.findall(r"(?<!:):([a-z_]+)", sql))


# The rooms whose generators are scripts, or may be.
SCRIPTS = ("repositories", "transactions", "dialogue", "engine", "settlement", "collections", "outbox", "monitoring")


def _asks_in(module: ast.Module) -> Iterator[tuple[ast.expr, ast.expr | None, ast.stmt | ast.expr]]:
    """What is yielded alone, what is asked with others (`Asks`), and what for many values (`Each`)."""
    for node in ast.walk(module):
        if isinstance(node, ast.Yield) and isinstance(node.value, ast.Tuple):
            yield node.value.elts[0], node.value.elts[1], node
        elif isinstance(node, ast.AnnAssign) and ast.unparse(node.annotation) == "list[Ask]" and node.value is not None:
            tuples = (each for each in ast.walk(node.value) if isinstance(each, ast.Tuple))
            yield from ((each.elts[0], each.elts[1], node) for each in tuples if isinstance(each.ctx, ast.Load))
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        if node.func.id == "Each":
            yield node.args[0], None, node
        elif node.func.id == "Asks":
            (asks,) = node.args
            for ask in asks.elts if isinstance(asks, ast.List) else ():
                if isinstance(ask, ast.Tuple):
                    yield ask.elts[0], ask.elts[1], node


def asked_for() -> Iterator[tuple[str, set[str] | None, str]]:
    """Every statement that a script yields, with its parameters where they are written beside it, and its module."""
    root = Path(bot.__file__).parent
    for path in (path for room in SCRIPTS for path in sorted((root / room).rglob("*.py"))):
        for name, parameters, node in _asks_in(ast.parse(path.read_text("utf-8"))):
            assert isinstance(name, ast.Constant), f"{path.name}:{node.lineno} names its statement elsewhere"
            keys = None
            if isinstance(parameters, ast.Dict):
                keys = {str(key.value) for key in parameters.keys if isinstance(key, ast.Constant)}
            yield str(name.value), keys, path.relative_to(root).as_posix()


def test_every_statement_is_used_and_every_used_one_exists():
    assert {name for name, *_ in asked_for()} == set(statements())


def test_what_a_repository_asks_for_is_asked_for_by_repositories_alone():
    """And another statement by one module, whose own it is."""
    asking: dict[str, set[str]] = {}
    for name, _, module in asked_for():
        asking.setdefault(name, set()).add(module)
    shared = {name: modules for name, modules in asking.items() if len(modules) > 1}
    assert [name for name, modules in shared.items() if any(not at.startswith("repositories/") for at in modules)] == []


@pytest.mark.parametrize("dialect", BACKENDS)
def test_scripts_give_each_statement_its_parameters(dialect):
    for name, given, _ in asked_for():
        if given is not None:
            assert given == parameters_of(statements(dialect)[name]), name


async def test_every_statement_fits_the_schema(backend, store):
    for sql in statements(backend.dialect).values():
        backend.prepare(sql)


# Crashes of a real process.


CHILD = """
import asyncio, sys

def both(name):
    yield "kept_add", {"name": name + " one", "value": "x" * 200}
    yield "kept_add", {"name": name + " two", "value": "x" * 200}

async def worker(store, run, number):
    for at in range(1_000_000):
        name = f"{run}.{number}.{at}"
        await store.run(both, name)
        sys.stdout.write(name + "\\n")
        sys.stdout.flush()

async def main(path, run):
    store = await Opened.open(path)
    await store.migrate()
    await asyncio.gather(*(worker(store, run, number) for number in range(8)))

asyncio.run(main(*sys.argv[1:]))
"""


def test_a_kill_loses_nothing_that_was_answered(backend, tmp_path):
    acknowledged: set[str] = set()
    for run in range(3):
        process = subprocess.Popen(
            [sys.executable, "-c", backend.opening + CHILD, backend.url, str(run)], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        for _ in range(150 + 37 * run):
            acknowledged.add(process.stdout.readline().strip())
        process.send_signal(signal.SIGKILL)
        # A line that the kill cut in two was not answered.
        acknowledged |= {line.strip() for line in process.stdout if line.endswith("\n")}
        assert process.wait(10) == -signal.SIGKILL
        assert backend.is_sound()
        kept = names(backend)
        assert {f"{name} one" for name in acknowledged} | {f"{name} two" for name in acknowledged} <= kept
        # And nothing is half there.
        assert {name[:-4] for name in kept if name.endswith(" one")} == {
            name[:-4] for name in kept if name.endswith(" two")
        }
    assert len(acknowledged) > 500


NO_ROOM = """
import asyncio, os, resource, sys
from bot.errors import StoreBusy
from bot.store.sqlite import SqliteStore

def keep(name, size):
    yield "kept_add", {"name": name, "value": "x" * size}

async def main(path):
    store = await SqliteStore.open(path)
    await store.migrate()
    await store.run(keep, "before", 10)
    size = max(os.path.getsize(path), os.path.getsize(path + "-wal"))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 8192, hard))
    for number in range(3):
        try:
            await store.run(keep, f"during {number}", 500_000)
        except StoreBusy:
            print("busy", flush=True)
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    await store.run(keep, "after", 500_000)
    await store.aclose()

asyncio.run(main(sys.argv[1]))
"""


def test_a_write_that_the_system_refuses_is_busy_and_heals_by_itself(tmp_path):
    assert resource.RLIMIT_FSIZE >= 0
    backend = Sqlite(tmp_path)
    ended = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(NO_ROOM), backend.url], capture_output=True, text=True, timeout=60
    )
    assert (ended.stdout.split(), ended.returncode) == (["busy"] * 3, 0), ended.stderr
    assert names(backend) == {"before", "after"}
    assert backend.is_sound()
