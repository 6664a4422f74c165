"""The SQLite store: scripts on aiosqlite's thread, one hop and one COMMIT for everything that waits.

Theory of operation. `run` puts its script on a list; while one batch is in the thread, others gather, and the next
batch takes them all. In the thread a batch is one transaction: BEGIN IMMEDIATE, every script inside its own SAVEPOINT,
COMMIT. A script that raises is rolled back to its savepoint and fails alone. An error of the database itself (locked,
full, read-only, I/O) may have ended the transaction under us, so it fails the whole batch with StoreBusy: nobody is
answered before the COMMIT, hence nobody is lied to. WAL with synchronous=FULL makes a COMMIT survive a power cut.

`store` gathers and answers, `scripts` is what a batch does in the thread, `schema` applies migrations, `file` looks
after the file and opens it.
"""

from bot.store.sqlite.store import SqliteStore

__all__ = ["SqliteStore"]
