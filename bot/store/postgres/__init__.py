"""The PostgreSQL store: scripts on pooled connections, a few of them in one transaction.

Theory of operation. `run` puts its script on a list, `ride` on another. While no batch is under way, one is begun:
everything that rides, and what waits. A batch is one transaction: BEGIN, the scripts one after another, COMMIT. Each
statement is a message there and back; what a script asks together goes in one message as far as its statements have
nothing to do with each other (`joining`). A batch begins by taking its turn, a lock that one transaction holds at a
time, of whichever process: so it sees what it would see if it were alone, and no two meet. When one script of several
raises, the transaction is rolled back and each is run in a transaction of its own, so that the script which raises
fails alone. Whoever is answered goes on in turns of the loop of their own, beside the next batch. Scripts are pure:
after a conflict with a stranger's transaction, or a connection that was lost before COMMIT was sent, they are run
again, for a few seconds; then StoreBusy is raised, as for whatever else is the database's trouble and not the script's.

A COMMIT whose answer is lost may have been carried out. So each transaction that writes sends, together with its
COMMIT, a row of `commit_key` with a key that is its alone. Whoever does not know asks for that key by inserting it as
not kept: PostgreSQL lets the question wait while the transaction is under way, answers with the row if it was
committed, and keeps the transaction from ever being committed if it was not. Only then is it run again, or answered
with what it returned.

`read` has connections of its own, in read-only transactions that see one state (`reader`).

`store` begins batches of what waits (`bot.store.gathering`), `transactions` is one attempt on a connection, `commits`
ends it and finds out how it ended, `connections` opens and lends connections and says what their errors mean, `hosts`
are those of an address that names several, `parameters` turns `:name` into `$1`, `joining` makes one statement of
several, `schema` applies migrations.
"""

from bot.store.postgres.reader import LONG_READ_SECONDS, Reader
from bot.store.postgres.store import PostgresStore

__all__ = ["LONG_READ_SECONDS", "PostgresStore", "Reader"]
