"""The file of a database: made for us alone, opened as this store needs it, and what may be wrong with it."""

import sqlite3
import time
from pathlib import Path

from bot.errors import CannotStart, Exit, StoreBusy, TaalError
from bot.private_files import make_file, make_folder, tighten
from bot.store.sqlite.schema import refuse_newer

BUSY_TIMEOUT_SECONDS = 2.0
WAL_PAUSE_SECONDS = 0.01

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


def connect_reader(path: str) -> sqlite3.Connection:
    """A connection that sees what is committed and writes nothing."""
    connection = sqlite3.connect(
        path, timeout=BUSY_TIMEOUT_SECONDS, isolation_level=None, cached_statements=128, check_same_thread=False
    )
    connection.row_factory = sqlite3.Row
    for pragma in ("query_only=ON", "temp_store=MEMORY", "cache_size=-4096"):
        connection.execute(f"PRAGMA {pragma}")
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
