"""Moving: an installation is carried from one store to another, row by row, and compared.

Theory of operation. The source is read in one snapshot, table by table in the order of its key, in pages: what is held
in memory is a page. Each row goes into a hash of its table as it goes by, computed columns included. The target gets
the source's own schema and all rows in one transaction, without its triggers, which would count again what is carried
as it is, and without its indexes, which are made once at the end. Before anything of it is kept, the target is read in
the same way: the counts, the hashes, the sums of the ledger and the numbers that come next must be the source's. A
difference, an error or the death of the process leaves a target as it was.

The same copier makes backups of PostgreSQL, which are files of SQLite, and brings them back.

`shape` knows the tables, `copying` carries and compares, `sqlite` and `postgres` are the two kinds of ends, `move` is
the command.
"""

from bot.app.moving.move import move, report
from bot.app.moving.postgres_backup import backup_postgres, restore_postgres

__all__ = ["backup_postgres", "move", "report", "restore_postgres"]
