"""Fills a database with a year: orders, books, people, and all that is kept beside them.

Theory of operation. The schema is made by the program's own migrations. The orders come from a seed, row by row; most
of the rest follows from them by SQL. While it is filled nothing is synchronised and the indexes are away; then they are
made again from their own statements, and the file is as the program would have left it.
"""

import asyncio
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

from bench.growth import books, people
from bench.growth.orders import OrderRow, Year, ids
from bench.growth.scale import DAY_MS, FIRST_ORDINARY, OWNER, Scale, address_of
from bot.store.sqlite import SqliteStore

_CONSTANT = {"replays": 0, "hint_tries": 0, "reopened": 0, "borne_xof": 0}


def fill(path: Path, scale: Scale, *, seed: int = 7, tell: Callable[[str], None] = lambda text: None) -> float:
    """Make the file, which must not be there yet, and answer how many seconds that took."""
    began = time.perf_counter()
    asyncio.run(make(path))
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-3000000", "temp_store=MEMORY"):
            connection.execute(f"PRAGMA {pragma}")
        found = connection.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL")
        indexes = dict(found.fetchall())
        connection.execute("BEGIN")
        for name in indexes:
            connection.execute(f"DROP INDEX {name}")
        filler = _Filler(connection, scale, seed)
        for step in (filler.orders, filler.entries, filler.records, filler.people, filler.rest):
            since = time.perf_counter()
            step()
            tell(f"{step.__name__}: {time.perf_counter() - since:.1f} s")
        since = time.perf_counter()
        for sql in indexes.values():
            connection.execute(sql)
        connection.execute("COMMIT")
        connection.execute("PRAGMA journal_mode=WAL")
        tell(f"indexes: {time.perf_counter() - since:.1f} s")
    finally:
        connection.close()
    return time.perf_counter() - began


async def make(path: Path) -> None:
    """A database at the newest schema; one that is there is brought up to it."""
    store = await SqliteStore.open(str(path))
    await store.migrate()
    await store.aclose()


class _Filler:
    def __init__(self, connection: sqlite3.Connection, scale: Scale, seed: int) -> None:
        self._connection = connection
        self._scale = scale
        self._year = Year(scale, seed)
        self._chance = Random(seed + 1)

    def orders(self) -> None:
        names = [*OrderRow._fields, *_CONSTANT]
        marks = ", ".join(["?"] * len(OrderRow._fields) + [str(value) for value in _CONSTANT.values()])
        self._connection.executemany(f"INSERT INTO orders ({', '.join(names)}) VALUES ({marks})", self._year.rows())

    def entries(self) -> None:
        """What was paid in, and what each order moved, day by day."""
        self._connection.execute(books.CREDITED)
        self._connection.executemany("INSERT INTO credited VALUES (?, ?, ?, ?, ?, ?)", self._credits())
        after = 0
        for day in range(self._scale.begin // DAY_MS - 1, self._scale.now // DAY_MS + 1):
            upto = self._year.upto.get(day, after)
            self._connection.execute(books.CREDITS_OF_A_DAY, {"day": day})
            self._connection.execute(books.ORDERS_OF_A_DAY, {"after": after, "upto": upto})
            after = upto
        self._connection.execute(books.BALANCES)

    def records(self) -> None:
        """What was written down beside: journal, answers of the provider, its balances, the acts of admins."""
        self._run(books.RECORDS)

    def people(self) -> None:
        connection, scale = self._connection, self._scale
        connection.executemany(people.SESSION, people.sessions(scale))
        connection.executemany(people.NAME, people.names(scale))
        connection.executemany(people.METER, people.meters(scale))
        connection.executemany(people.RESELLER, people.resellers(scale))
        connection.executemany(people.CLIENT, people.clients(scale))
        connection.executemany(people.CLIENT_METER, people.client_meters(scale))

    def rest(self) -> None:
        """Lists of sales, the inbox of eight days, messages that wait or are kept, and what has a few rows."""
        connection, scale = self._connection, self._scale
        connection.executemany(people.BATCH, people.batches(scale, self._year.batches))
        connection.executemany(people.INBOX, people.inbox(scale))
        connection.executemany(people.OUTBOX, people.outbox(scale))
        self._run(people.REST)

    def _run(self, statements: tuple[str, ...]) -> None:
        times = {"now": self._scale.now, "begin": self._scale.begin, "owner": OWNER}
        for sql in statements:
            self._connection.execute(sql, times)

    def _credits(self) -> Iterator[tuple[int, str, str, int, int, str]]:
        """Everybody pays in what they will spend, and a little more, before they first buy; the great ones monthly."""
        keys = ids(self._chance)
        for person, spent_xof in self._year.spent_xof.items():
            first_at = self._year.first_at[person] - 3_600_000
            times = range(first_at, self._scale.now - DAY_MS, 30 * DAY_MS) if spent_xof > 1_000_000 else ()
            for at in times or (first_at,):
                part_xof = -(-spent_xof // max(1, len(times)) // 5_000) * 5_000 + (
                    5_000 if person >= FIRST_ORDINARY else 100_000
                )
                key = next(keys)
                yield at // DAY_MS, key, address_of(person), part_xof, at, f"WAVE-{key}"
