"""Carrying all rows from one end to the other, and comparing the two."""

import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Final, Protocol, TypeAlias

import msgspec
from msgspec import Struct

from bot.app.moving.shape import Shape, Table, shape_of
from bot.errors import CannotStart, Exit

# Rows that are in memory at once.
PAGE_ROWS: Final = 1_000
LEDGER: Final = "entry"
JOURNAL: Final = "journal"

Values: TypeAlias = tuple["str | int | None", ...]
Page: TypeAlias = Sequence[Values]

_encoder: Final = msgspec.json.Encoder()


class Differs(CannotStart):
    """What arrived is not what was sent, or cannot arrive; nothing of it is kept."""

    def __init__(self, words: str) -> None:
        super().__init__(f"nothing was kept: {words}", Exit.FAILED)


class Source(Protocol):
    """One state of a database, whatever others write meanwhile."""

    async def schema(self) -> int:
        """The number of its last migration; 0 when it is empty."""
        ...

    def pages(self, table: Table) -> AsyncIterator[Page]:
        """All rows of a table in the order of its key, computed columns last, at most `PAGE_ROWS` at a time."""
        ...

    async def accounts(self) -> dict[str, int]:
        """What the entries of each account sum to, in XOF."""
        ...

    async def last_number(self, table: Table) -> int:
        """The last number that a row of a numbered table ever had; 0 when it had none."""
        ...


class Target(Source, Protocol):
    """An empty database in a transaction that is still open."""

    async def make(self, shape: Shape) -> None:
        """Make the schema, with nothing in it, and put triggers and indexes aside."""
        ...

    async def write(self, table: Table, pages: AsyncIterator[Page]) -> None:
        """Write rows, of which the computed columns are left out."""
        ...

    async def number_from(self, table: Table, last: int) -> None:
        """The next row of a numbered table gets the number behind `last`."""
        ...

    async def complete(self) -> None:
        """Put triggers and indexes back."""
        ...

    async def keep(self) -> None:
        """End the transaction, durably. Raises StoreBusy when nobody knows whether it was kept."""
        ...


class Carried(Struct, frozen=True):
    """What was carried, and compared."""

    schema: int
    rows: Mapping[str, int]
    accounts: Mapping[str, int]
    chain: str

    def __str__(self) -> str:
        return (
            f"schema {self.schema}, {len(self.rows)} tables, {sum(self.rows.values()):,} rows, among them"
            f" {self.rows['orders']:,} orders and {self.rows[LEDGER]:,} ledger entries;\n"
            f"compared: every row of every table, the ledger sums of {len(self.accounts):,} accounts, which sum to"
            f" {sum(self.accounts.values())} in all, and the journal's {self.rows[JOURNAL]:,} lines, whose chain ends"
            f" in {self.chain[:16]}"
        )


class Chain:
    """A hash over rows in their order, whatever the pages are that they come in."""

    def __init__(self) -> None:
        self._hash = hashlib.blake2b(digest_size=32)
        self.rows = 0

    async def along(self, pages: AsyncIterator[Page]) -> AsyncIterator[Page]:
        """The same pages, once they are in the hash."""
        async for page in pages:
            self._hash.update(_encoder.encode_lines(page))
            self.rows += len(page)
            yield page

    @property
    def end(self) -> str:
        """What the rows up to here come to."""
        return self._hash.hexdigest()


async def carry(source: Source, target: Target) -> Carried:
    """Carry everything over and compare it. The target's transaction is still open then.

    Raises Differs, and what the two ends raise.
    """
    shape = shape_of(await source.schema())
    await target.make(shape)
    sent: dict[str, Chain] = {}
    numbers: dict[str, int] = {}
    for table in shape.tables:
        sent[table.name] = chain = Chain()
        await target.write(table, chain.along(source.pages(table)))
        if table.numbered:
            numbers[table.name] = last = await source.last_number(table)
            await target.number_from(table, last)
    await target.complete()
    accounts = await source.accounts()
    problems = [problem async for problem in _differences(shape, target, sent, numbers)]
    if await target.accounts() != accounts:
        problems.append("the sums of the ledger's accounts are others")
    if total_xof := sum(accounts.values()):
        problems.append(f"the ledger sums to {total_xof} F instead of 0")
    if problems:
        raise Differs("; ".join(problems))
    rows = {name: chain.rows for name, chain in sent.items()}
    return Carried(shape.schema, rows, accounts, sent[JOURNAL].end)


async def _differences(
    shape: Shape, target: Target, sent: Mapping[str, Chain], numbers: Mapping[str, int]
) -> AsyncIterator[str]:
    for table in shape.tables:
        chain = sent[table.name]
        arrived = Chain()
        async for _ in arrived.along(target.pages(table)):
            pass
        if arrived.rows != chain.rows:
            yield f"{table.name}: {chain.rows:,} rows were sent, {arrived.rows:,} arrived"
        elif arrived.end != chain.end:
            yield f"{table.name}: its {chain.rows:,} rows are not the same"
        if table.numbered and await target.last_number(table) != numbers[table.name]:
            yield f"{table.name}: its next row would get another number"
