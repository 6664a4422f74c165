"""The SQLite store: scripts on aiosqlite's thread, one hop and one COMMIT for everything that waits.

Theory of operation. `run` puts its script on a list; while one batch is in the thread, others gather, and the next
batch takes them all. `ride` puts its script on another list, which every batch takes along, and waits a moment before
it begins a batch for these alone. In the thread a batch is one transaction: BEGIN IMMEDIATE, the scripts one after
another, COMMIT. Nearly always none of them raises. When one does, the whole is rolled back and run again with a
SAVEPOINT around each, so that the script which raises fails alone. An error of the database itself (locked, full,
read-only, I/O) may have ended the transaction under us, so it fails the whole batch with StoreBusy: nobody is answered
before the COMMIT, hence nobody is lied to. WAL with synchronous=FULL makes a COMMIT survive a power cut.

`read` goes past all that: further connections, in threads of their own, each read one state of the file while the first
one writes.

What both stores do with what waits is in `bot.store.gathering`. `store` begins the batches, `scripts` is what a batch
does in the thread, `reader` are the further connections, `schema` applies migrations, `file` looks after the file and
opens it.
"""

from bot.store.sqlite.store import SqliteStore

__all__ = ["SqliteStore"]
