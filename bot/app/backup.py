"""Backups: a whole and checked copy of the database while it is in use, and the way back.

Theory of operation. `VACUUM INTO` reads one moment of the database in one read transaction, which in WAL mode holds up
no writer, and writes a file without a trace of what was deleted. The copy is made under another name, checked, and only
then given its own, so that a file with a backup's name is a good one. It never holds the installation's secret key.

`restore` is for a database that nobody serves: it takes the lock that serving holds. The copy is checked and laid
beside the database first; the database that is there keeps its commits (its log is folded into it) and another name;
then one rename puts the copy in its place. A crash leaves the one or the other, whole. A log that belongs to the old
database is never left beside the new one.
"""

import contextlib
import os
import shutil
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from msgspec import Struct

from bot.app.adapters import sole_user
from bot.app.secret_key import KEPT_NAME
from bot.errors import CannotStart, Exit, StoreBusy
from bot.private_files import make_file, make_folder, publish, sync_folder
from bot.settings import Settings
from bot.store.sqlite.file import BUSY_TIMEOUT_SECONDS, connect
from bot.store.sqlite.schema import refuse_newer

_NO_ROOM = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN}


class Contents(Struct, frozen=True):
    """What a checked copy holds; `problems` is empty when it is a good one."""

    size_bytes: int
    schema: int
    orders: int
    entries: int
    problems: tuple[str, ...]

    def __str__(self) -> str:
        return (
            f"{self.size_bytes:,} bytes; schema {self.schema}, {self.orders:,} orders, {self.entries:,} ledger entries;"
            " checked: integrity, references, the ledger sums to zero"
        )


def backup(settings: Settings, to: Path, now: datetime | None = None) -> tuple[Path, Contents]:
    """Copy the database into the file `to`, or into a dated file in the folder `to`. Answers the file and its contents;
    with problems in them there is no file.

    Raises CannotStart and StoreBusy.
    """
    source = settings.database_path
    if not source.is_file() or not source.stat().st_size:
        raise CannotStart(f"DATABASE_URL: there is no database {source} to make a backup of")
    with making(to, now) as made:
        _copy(source, made.unfinished)
        contents = made.finish()
    return made.to, contents


class Making(NamedTuple):
    """A backup that is being made, under another name than it will have."""

    to: Path
    unfinished: Path

    def finish(self) -> Contents:
        """Check it, and give it its name if it is well. Raises CannotStart, FileExistsError and OSError."""
        contents = examine(self.unfinished)
        if not contents.problems:
            publish(self.unfinished, self.to)
        return contents


@contextlib.contextmanager
def making(to: Path, now: datetime | None = None) -> Iterator[Making]:
    """An empty file that becomes the backup `to`, or a dated one in the folder `to`. Raises CannotStart."""
    if to.is_dir():
        to = to / f"taal-{(now or datetime.now(UTC)):%Y%m%dT%H%M%SZ}.db"
    unfinished = to.with_name(f".{to.name}.{os.getpid()}")
    try:
        make_folder(to.parent)
        if to.exists():
            raise FileExistsError(to)
        unfinished.unlink(missing_ok=True)
        make_file(unfinished, new=True)
        try:
            yield Making(to, unfinished)
        finally:
            for ending in ("", "-journal"):
                unfinished.with_name(unfinished.name + ending).unlink(missing_ok=True)
    except FileExistsError:
        raise CannotStart(f"{to} is there already, and no backup is written over", Exit.EXISTS) from None
    except OSError as error:
        raise CannotStart(f"{to} cannot be written ({error.strerror})") from error


def _copy(source: Path, to: Path) -> None:
    with opened(source) as database:
        refuse_newer(database)
        try:
            database.execute("VACUUM INTO ?", (str(to),))
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode & 0xFF in _NO_ROOM:
                raise CannotStart(f"{to.parent} takes no copy of {source}: is its disk full? ({error})") from error
            raise
    with opened(to) as database:
        # The copy is nobody's yet: what is undone by a crash is thrown away whole.
        database.execute("PRAGMA journal_mode=MEMORY")
        take_key_out(database)


def take_key_out(copy: sqlite3.Connection) -> None:
    """Delete the secret key from a copy, where an earlier version kept it. Raises what SQLite raises."""
    copy.execute("PRAGMA secure_delete=ON")
    if copy.execute("SELECT 1 FROM sqlite_schema WHERE name = 'kept'").fetchone():
        copy.execute("DELETE FROM kept WHERE name = ?", (KEPT_NAME,))


def examine(path: Path) -> Contents:
    """Check a copy that nobody writes to. Raises CannotStart when it is no database, or newer than this program."""
    with opened(path, "mode=ro&immutable=1") as database:
        refuse_newer(database)
        problems = [str(row[0]) for row in database.execute("PRAGMA integrity_check(3)") if row[0] != "ok"]
        problems += [
            f"a row of {row[0]} refers to none of {row[2]}" for row in database.execute("PRAGMA foreign_key_check")
        ]
        tables = {row[0] for row in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
        orders = entries = 0
        if {"orders", "entry"} <= tables:
            orders = int(database.execute("SELECT count(*) FROM orders").fetchone()[0])
            entries, total_xof = database.execute("SELECT count(*), coalesce(sum(amount_xof), 0) FROM entry").fetchone()
            if total_xof:
                problems.append(f"the ledger sums to {total_xof} F instead of 0")
            for row in database.execute(
                "SELECT transfer, sum(amount_xof) FROM entry GROUP BY transfer HAVING sum(amount_xof) <> 0 LIMIT 3"
            ):
                problems.append(f"the transfer {row[0]} sums to {row[1]} F instead of 0")
        else:
            problems.append("it is no database of Taal")
        schema = int(database.execute("PRAGMA user_version").fetchone()[0])
    return Contents(path.stat().st_size, schema, orders, int(entries), tuple(problems))


def refuse_no_backup(source: Path) -> None:
    """Raises CannotStart when there is no such file, or when it is a database in use."""
    if not source.is_file():
        raise CannotStart(f"there is no backup {source}")
    if _beside(source, "-wal").exists() and _beside(source, "-wal").stat().st_size:
        raise CannotStart(f"{source} has a log beside it: it is a database in use, or a copy of one, and no backup")


def restore(settings: Settings, source: Path, now: datetime | None = None) -> tuple[Contents, Path | None]:
    """Put the backup `source` in the place of the database. Answers its contents, and the name under which the database
    of before is kept, None when there was none; with problems in the contents nothing was changed.

    Raises CannotStart when another process serves, and StoreBusy.
    """
    database = settings.database_path
    refuse_no_backup(source)
    with sole_user(database):
        contents = examine(source)
        if contents.problems:
            return contents, None
        unfinished = database.with_name(f".{database.name}.{os.getpid()}")
        try:
            unfinished.unlink(missing_ok=True)
            make_file(unfinished, new=True)
            with source.open("rb") as read, unfinished.open("r+b") as written:
                shutil.copyfileobj(read, written, 1024 * 1024)
                written.flush()
                os.fsync(written.fileno())
            before = _put_aside(database, now or datetime.now(UTC))
            unfinished.replace(database)
            sync_folder(database.parent)
        except OSError as error:
            raise CannotStart(f"DATABASE_URL: {database} cannot be restored ({error.strerror})") from error
        finally:
            unfinished.unlink(missing_ok=True)
    return contents, before


def _put_aside(database: Path, now: datetime) -> Path | None:
    """Give the database another name beside its own, with everything that was committed to it, and remove its log."""
    if not database.stat().st_size:
        return None
    # A damaged one is kept as it is.
    with (
        contextlib.suppress(sqlite3.DatabaseError, CannotStart),
        contextlib.closing(connect(str(database))) as last,
    ):
        last.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    aside = database.with_name(f"{database.name}.before-{now:%Y%m%dT%H%M%SZ}")
    try:
        os.link(database, aside)
    except OSError:
        # A file system without second names for a file: for this moment the database has only its new one.
        database.rename(aside)
    log = _beside(database, "-wal")
    if log.exists():
        log.replace(_beside(aside, "-wal"))
    _beside(database, "-shm").unlink(missing_ok=True)
    return aside


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(path.name + ending)


@contextlib.contextmanager
def opened(path: Path, how: str = "mode=rw") -> Iterator[sqlite3.Connection]:
    """A connection to a file that is there. Raises CannotStart and StoreBusy."""
    try:
        uri = f"file:{quote(str(path.absolute()))}?{how}"
        connection = sqlite3.connect(uri, uri=True, timeout=BUSY_TIMEOUT_SECONDS, isolation_level=None)
        connection.row_factory = sqlite3.Row
        with contextlib.closing(connection):
            yield connection
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise StoreBusy(f"{path} is held by another program ({error}); try again later") from error
        raise CannotStart(f"{path} is no database, or a damaged one ({error})", Exit.DATABASE) from error
