"""The SQLite store: scripts on aiosqlite's thread, one hop and one COMMIT for everything that waits.

Theory of operation. `run` puts its script on a list; while one batch is in the thread, others gather, and the next
batch takes them all. In the thread a batch is one transaction: BEGIN IMMEDIATE, every script inside its own SAVEPOINT,
COMMIT. A script that raises is rolled back to its savepoint and fails alone. An error of the database itself (locked,
full, read-only, I/O) may have ended the transaction under us, so it fails the whole batch with StoreBusy: nobody is
answered before the COMMIT, hence nobody is lied to. WAL with synchronous=FULL makes a COMMIT survive a power cut.
"""

import asyncio
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiosqlite

from bot.errors import CannotStart, Exit, StoreBusy, StoreConflict, TaalError
from bot.private_files import make_file, make_folder, tighten
from bot.store import P, Script, T
from bot.store.sql import migrations, statements

BUSY_TIMEOUT_SECONDS = 2.0
WAL_PAUSE_SECONDS = 0.01
CONFLICT_TRIES = 3
BATCH_LIMIT = 256

Job = tuple[Callable[[], Script[Any]], "asyncio.Future[Any]"]
Result = tuple[Any, BaseException | None]


class ScriptConnection(aiosqlite.Connection):
    """An aiosqlite connection that runs whole scripts in one hop to its thread."""

    async def run_batch(self, scripts: list[Callable[[], Script[Any]]]) -> list[Result]:
        """Run the scripts in one transaction; a result is (value, None) or (None, error)."""
        return await self._hop(_run_batch, self._conn, statements(), scripts)

    async def apply_migrations(self) -> list[str]:
        """Apply what is missing under an exclusive lock."""
        return await self._hop(_migrate, self._conn)

    async def _hop(self, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        # aiosqlite's own door to its thread carries no types.
        result: T = await self._execute(work, *args, **kwargs)  # type: ignore[no-untyped-call]
        return result


def _run_script(connection: sqlite3.Connection, texts: dict[str, str], script: Script[Any]) -> Any:
    try:
        name, parameters = next(script)
        while True:
            try:
                rows = connection.execute(texts[name], parameters).fetchall()
            except sqlite3.OperationalError:
                raise
            except Exception as error:
                # A script may know what to do about its own statement; most do not, and it comes out again.
                name, parameters = script.throw(error)
            else:
                name, parameters = script.send(rows)
    except StopIteration as stop:
        return stop.value
    finally:
        script.close()


def _run_batch(
    connection: sqlite3.Connection, texts: dict[str, str], scripts: list[Callable[[], Script[Any]]]
) -> list[Result]:
    results: list[Result] = []
    # One that is alone is undone with its transaction.
    alone = len(scripts) == 1
    try:
        connection.execute("BEGIN IMMEDIATE")
        for make in scripts:
            if not alone:
                connection.execute("SAVEPOINT script")
            try:
                results.append((_run_script(connection, texts, make()), None))
            except sqlite3.OperationalError:
                raise
            # Whatever else a script raises is its caller's to handle: it is carried there, not swallowed.
            except Exception as error:
                connection.execute("ROLLBACK" if alone else "ROLLBACK TO script")
                results.append((None, error))
            if not alone:
                connection.execute("RELEASE script")
        if connection.in_transaction:
            connection.execute("COMMIT")
    except sqlite3.DatabaseError as error:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        busy = StoreBusy(f"{type(error).__name__}: {error}")
        busy.__cause__ = error
        return [(None, busy)] * len(scripts)
    return results


def _migrate(connection: sqlite3.Connection) -> list[str]:
    connection.execute("BEGIN EXCLUSIVE")
    try:
        refuse_newer(connection)
        applied = []
        for number, name, text in migrations():
            if number <= connection.execute("PRAGMA user_version").fetchone()[0]:
                continue
            for statement in _statements_of(text):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number}")
            applied.append(name)
        connection.execute("COMMIT")
        return applied
    except (sqlite3.DatabaseError, CannotStart):
        # A full disk may have ended the transaction already.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def refuse_newer(connection: sqlite3.Connection) -> None:
    """Raises CannotStart when a newer program than this one has changed the schema.

    What it means by its columns is not known here: to serve from it would be to guess about money.
    """
    schema = int(connection.execute("PRAGMA user_version").fetchone()[0])
    known = migrations()[-1][0]
    if schema > known:
        raise CannotStart(
            f"DATABASE_URL: {_file_of(connection)} was changed by a newer Taal: its schema is number {schema}, this"
            f" program knows up to {known}. Start the newer version, or restore the backup that was made before the"
            " upgrade (docs/operations.md, Going back)",
            Exit.DATABASE,
        )


def _file_of(connection: sqlite3.Connection) -> str:
    return str(connection.execute("PRAGMA database_list").fetchone()["file"]) or "the database in memory"


_HEADER = b"SQLite format 3\0"
_DAMAGED = {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_FORMAT}
_NOT_OURS = {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_AUTH}
_HELD = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_DISK = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_NOLFS}


def trouble(path: str | Path, error: BaseException) -> TaalError:
    """What is wrong with a database file, in words that name the file and what to change.

    StoreBusy when it is only locked, and may be had later.
    """
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in _DAMAGED:
        words = "is no database, or a damaged one: restore a backup (docs/operations.md), or name another file"
        return CannotStart(f"DATABASE_URL: {path} {words} ({error})", Exit.DATABASE)
    if code in _NOT_OURS:
        words = "cannot be opened and written: mend the owner or mode of it and its folder, or name another file"
        return CannotStart(f"DATABASE_URL: {path} {words} ({error})")
    if code in _DISK:
        words = "cannot be written: the disk is full or failing; make room, or name a file on another one"
        return CannotStart(f"DATABASE_URL: {path} {words} ({error})")
    if code in _HELD:
        return StoreBusy(f"DATABASE_URL: {path} does not answer: another program holds it ({error}); try again later")
    return CannotStart(f"DATABASE_URL: {path} is not as this program needs it ({error})", Exit.DATABASE)


def prepare(path: Path) -> None:
    """Make the file and its folder for us alone, and take others' rights to what is there away. Raises CannotStart."""
    try:
        make_folder(path.parent)
        make_file(path)
        with path.open("rb") as file:
            known = file.read(len(_HEADER)) in (b"", _HEADER)
    except OSError as error:
        raise CannotStart(
            f"DATABASE_URL: {path} cannot be made or written ({error.strerror}: {error.filename}): mend the owner or"
            " mode of the folder, or name a file elsewhere"
        ) from error
    if known:  # Not the mode of whatever else somebody has named by mistake.
        for each in files_of(path):
            tighten(each)


def files_of(path: Path) -> tuple[Path, ...]:
    """The files that a database consists of, and its lock."""
    return (path, *(path.with_name(path.name + ending) for ending in ("-wal", "-shm", ".lock")))


def _statements_of(text: str) -> list[str]:
    """The statements of a migration; `executescript` would commit the transaction that holds the lock."""
    found, pending = [], ""
    for line in text.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            found.append(pending)
            pending = ""
    return found


def connect(path: str) -> sqlite3.Connection:
    """A connection as this store needs it: explicit transactions, durable commits, rows by name."""
    connection = sqlite3.connect(
        path, timeout=BUSY_TIMEOUT_SECONDS, isolation_level=None, cached_statements=256, check_same_thread=False
    )
    connection.row_factory = sqlite3.Row
    _write_ahead(connection)
    # What is deleted is overwritten, where that costs no further page: secrets and recharge codes leave the file.
    for pragma in (
        "synchronous=FULL",
        "foreign_keys=ON",
        "temp_store=MEMORY",
        "cache_size=-16384",
        "secure_delete=FAST",
    ):
        connection.execute(f"PRAGMA {pragma}")
    refuse_newer(connection)
    return connection


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Keep the log beside the file. Of several that open a new file in the same instant SQLite turns all but one away,
    without waiting for its busy timeout: they try again.
    """
    until = time.monotonic() + BUSY_TIMEOUT_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() >= until:
                raise
            time.sleep(WAL_PAUSE_SECONDS)
        else:
            return


class SqliteStore:
    """A `bot.store.Store` in one SQLite file."""

    def __init__(self, connection: ScriptConnection, path: str) -> None:
        self._connection = connection
        self._path = path
        self._waiting: list[Job] = []
        self._flusher: asyncio.Task[None] | None = None
        self._trouble = ""
        self._changes = 0

    @classmethod
    async def open(cls, path: str, *, make: bool = True) -> "SqliteStore":
        """Open the file, with `make` also make it and its folder, for us alone.

        Raises CannotStart when it is not to be had, is damaged or newer than this program, and StoreBusy when it is
        only locked.
        """
        if make and path != ":memory:":
            await asyncio.to_thread(prepare, Path(path))
        connection = ScriptConnection(lambda: connect(path), iter_chunk_size=64)
        connection._thread.daemon = True  # A store that was never closed must not keep the process alive.
        try:
            await connection
        except (sqlite3.DatabaseError, CannotStart) as error:
            # aiosqlite has told its thread to end and does not wait for it; it must not outlive the loop.
            await asyncio.to_thread(connection._thread.join, BUSY_TIMEOUT_SECONDS)
            if isinstance(error, CannotStart):
                raise
            raise trouble(path, error) from error
        return cls(connection, path)

    async def run(self, script: Callable[P, Script[T]], /, *args: P.args, **kwargs: P.kwargs) -> T:
        for _ in range(CONFLICT_TRIES):
            future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
            self._waiting.append((lambda: script(*args, **kwargs), future))
            if self._flusher is None:
                self._flusher = asyncio.create_task(self._flush())
            try:
                return await future
            except StoreConflict as error:
                conflict = error
        raise conflict

    async def _flush(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:BATCH_LIMIT], self._waiting[BATCH_LIMIT:]
                try:
                    results = await self._connection.run_batch([make for make, _ in batch])
                    changes = self._connection.total_changes
                except (sqlite3.Error, ValueError) as closed:  # ValueError: the connection is closed.
                    results, changes = [(None, StoreBusy(str(closed)))] * len(batch), self._changes
                self._watch(results, changes)
                for (_, future), (value, error) in zip(batch, results, strict=True):
                    if future.done():
                        continue  # The caller was cancelled; the commit stands.
                    if error is None:
                        future.set_result(value)
                    else:
                        future.set_exception(error)
        finally:
            self._flusher = None

    def _watch(self, results: list[Result], changes: int) -> None:
        """Remember how the last write went. A commit of nothing proves nothing: a full disk takes it, too."""
        busy = next((error for _, error in results if isinstance(error, StoreBusy)), None)
        before, self._changes = self._changes, changes
        if busy is not None:
            self._trouble = str(busy)
        elif self._changes != before:
            self._trouble = ""

    @property
    def trouble(self) -> str:
        return self._trouble

    async def checkpoint(self) -> None:
        """Put what is in the log into the file and empty the log, so that nothing older than now is left in it.

        What another process reads meanwhile stays in the log until later. Raises StoreBusy.
        """
        try:
            await (await self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")).close()
        except (sqlite3.Error, ValueError) as error:  # ValueError: the connection is closed.
            raise StoreBusy(f"{type(error).__name__}: {error}") from error

    async def migrate(self) -> list[str]:
        try:
            return await self._connection.apply_migrations()
        except sqlite3.DatabaseError as error:
            raise trouble(self._path, error) from error

    async def pending(self) -> list[str]:
        try:
            async with self._connection.execute("PRAGMA user_version") as cursor:
                row = await cursor.fetchone()
        except (sqlite3.Error, ValueError) as error:  # ValueError: the connection is closed.
            raise StoreBusy(f"{type(error).__name__}: {error}") from error
        done = int(row[0]) if row else 0
        return [name for number, name, _ in migrations() if number > done]

    async def aclose(self) -> None:
        while self._flusher is not None:
            await asyncio.wait([self._flusher])
        await self._connection.close()
