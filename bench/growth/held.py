"""A store that notes how long each script holds the database, and which of its statements took how long.

It is the program's own connection with the program's own pragmas, without its thread: scripts come one after another,
each in a transaction of its own, so that a figure is what everybody else would have waited for that script.
"""

import asyncio
import re
import sqlite3
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, ParamSpec, Protocol, TypeVar

from bot.store import Item, Script, Store
from bot.store.sql import statements
from bot.store.sqlite.file import connect, connect_reader
from bot.store.together import in_turn

P = ParamSpec("P")
T = TypeVar("T")


@dataclass
class Hold:
    """One script's stay: its name, how long it took, its commit apart, for that is the disk's, and its statements with
    their times; all in ms. While it `reads` on the connection that is for that, nobody waits for it.
    """

    script: str
    reads: bool = False
    took_ms: float = 0.0
    commit_ms: float = 0.0
    statements: list[tuple[str, float]] = field(default_factory=list)

    @property
    def longest(self) -> tuple[str, float]:
        """The statement that took longest."""
        return max(self.statements, key=lambda each: each[1], default=("", 0.0))


class HeldStore(Store, Protocol):
    """A store of one of the databases; `holds` are the stays since it was cleared last."""

    holds: list[Hold]

    async def value(self, sql: str, /, **parameters: str) -> str:
        """A value that a step needs, found past the scripts; empty when there is none."""

    async def plan(self, name: str) -> list[str]:
        """How the database goes about a statement."""


class HeldSqlite:
    """One SQLite file."""

    trouble = ""

    def __init__(self, path: str) -> None:
        self._connection = connect(path)
        self._reader = connect_reader(path)
        self.holds: list[Hold] = []
        self._texts = statements()

    async def run(self, script: Callable[P, Script[T]], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """As the contract says, but for trying again: nobody else writes here."""
        hold = Hold(name_of(script))
        self.holds.append(hold)
        began = time.perf_counter()
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            result: T = self._drive(self._connection, script(*args, **kwargs), hold)
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        ended = time.perf_counter()
        self._connection.execute("COMMIT")
        hold.took_ms, hold.commit_ms = (ended - began) * 1000, (time.perf_counter() - ended) * 1000
        return result

    def ride(self, script: Callable[P, Script[T]], /, *args: P.args, **kwargs: P.kwargs) -> "asyncio.Task[T]":
        """It travels alone here: what it costs is seen better."""
        return asyncio.get_running_loop().create_task(self.run(script, *args, **kwargs))

    def ride_each(self, script: Callable[[Sequence[Item]], Script[Sequence[T]]], item: Item, /) -> "asyncio.Future[T]":
        """So does each item."""

        async def alone() -> T:
            return (await self.run(script, (item,)))[0]

        return asyncio.get_running_loop().create_task(alone())

    async def read(self, script: Callable[P, Script[T]], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """On the other connection."""
        hold = Hold(name_of(script), reads=True)
        self.holds.append(hold)
        began = time.perf_counter()
        self._reader.execute("BEGIN")
        try:
            return self._drive(self._reader, script(*args, **kwargs), hold)
        finally:
            self._reader.execute("ROLLBACK")
            hold.took_ms = (time.perf_counter() - began) * 1000

    def _drive(self, connection: sqlite3.Connection, script: Script[T], hold: Hold) -> T:
        reply: Any = None
        error: Exception | None = None
        asking = in_turn(script)
        while True:
            try:
                name, parameters = asking.send(reply) if error is None else asking.throw(error)
            except StopIteration as end:
                result: T = end.value
                return result
            reply, error, since = None, None, time.perf_counter()
            try:
                reply = connection.execute(self._texts[name], parameters).fetchall()
            # It is the script's to handle, as in the program's own store.
            except Exception as raised:
                error = raised
            hold.statements.append((name, (time.perf_counter() - since) * 1000))

    async def value(self, sql: str, /, **parameters: str) -> str:
        row = self._connection.execute(sql, parameters).fetchone()
        return "" if row is None else str(row[0])

    async def plan(self, name: str) -> list[str]:
        text = self._texts[name]
        named = dict.fromkeys(re.findall(r":(\w+)", text), 1)
        return [str(row["detail"]) for row in self._connection.execute(f"EXPLAIN QUERY PLAN {text}", named)]

    async def migrate(self) -> list[str]:
        """The file was made with every migration."""
        return []

    async def pending(self) -> list[str]:
        return []

    async def aclose(self) -> None:
        self._reader.close()
        self._connection.close()


def name_of(script: Callable[..., object]) -> str:
    """What a script is called."""
    called = getattr(script, "func", script)
    return str(getattr(called, "__name__", called))
