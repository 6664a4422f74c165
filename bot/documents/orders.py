"""Orders as tables: a reseller's own statement, and everybody's orders for the admins.

The two are described column by column, below. No recharge code is in either: a statement may be shown to anyone who
keeps the reseller's books, and an admin sees the last four digits at most.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from msgspec import Struct

from bot.documents.parts import PAGE_ROWS, LongFile, Maker, cut_line, format_of
from bot.documents.tables import Cell, Column, ColumnKind, TableRow
from bot.domain.outbound import File
from bot.domain.period import Period
from bot.i18n import Voice
from bot.notices.orders import SERVICE, STATE, order_number
from bot.repositories.exports import Exported, orders_page, sales_page
from bot.store import ReadingStore


class Field(Struct, frozen=True):
    """One column: the key of its title, what its cells mean, what stands in them, and whether they are summed."""

    title: str
    kind: ColumnKind
    value: Callable[[Voice, Exported], Cell]
    summed: bool = False


# What left the balance at first: a refund, which has a column of its own, is not taken off.
_LEFT = Field("paper.left", "amount", lambda t, of: of.left_xof + of.order.refunded_xof, True)
_REFUNDED = Field("paper.refunded", "amount", lambda t, of: of.order.refunded_xof, True)
_AMOUNT = Field("paper.amount", "amount", lambda t, of: of.order.amount_xof, True)
_FEE = Field("paper.fee", "amount", lambda t, of: of.order.fee_xof, True)
_PRICE = Field("paper.price", "amount", lambda t, of: of.order.price_xof, True)
_COMMISSION = Field("paper.commission", "amount", lambda t, of: of.order.commission_xof, True)
_AT = Field("paper.at", "moment", lambda t, of: of.order.confirmed_at)
_ORDER = Field("paper.order", "text", lambda t, of: order_number(of.order.id))
_SERVICE = Field("paper.service", "text", lambda t, of: t.label(SERVICE[of.order.service]))
_REFERENCE = Field("paper.reference", "text", lambda t, of: of.order.reference)
_HOLDER = Field("paper.holder", "text", lambda t, of: of.order.holder)
_CLIENT = Field("paper.client", "text", lambda t, of: of.order.client)
_STATE = Field("paper.state", "text", lambda t, of: t.label(STATE[of.order.state]))

# What a sale is, what it cost and what became of it: the same in every list of orders.
_SALE: Final = (
    _CLIENT,
    _SERVICE,
    _REFERENCE,
    _HOLDER,
    _AMOUNT,
    _FEE,
    _PRICE,
    _COMMISSION,
    _LEFT,
    _REFUNDED,
    _STATE,
)
STATEMENT: Final = (_AT, *_SALE, _ORDER)
EXPORT: Final = (
    _AT,
    _ORDER,
    Field("paper.channel", "text", lambda t, of: of.order.address.channel),
    Field("paper.customer", "text", lambda t, of: of.order.customer),
    *_SALE,
    Field("paper.reason", "text", lambda t, of: of.order.reason),
    Field("paper.codes", "text", lambda t, of: " ".join(f"…{token[-4:]}" for token in of.order.tokens)),
    Field("paper.delivered_at", "moment", lambda t, of: of.order.delivered_at),
    Field("paper.updated_at", "moment", lambda t, of: of.order.updated_at),
    Field("paper.transaction", "text", lambda t, of: of.order.details.transaction_id),
    Field("paper.paid", "amount", lambda t, of: of.order.details.amount_xof),
    Field("paper.provider_fee", "amount", lambda t, of: of.order.details.fee_xof),
    Field("paper.float_before", "amount", lambda t, of: of.order.details.previous_balance_xof),
    Field("paper.float_after", "amount", lambda t, of: of.order.details.current_balance_xof),
    Field("paper.batch", "text", lambda t, of: of.order.batch_id),
    Field("paper.line", "count", lambda t, of: of.order.line),
)


class Sums:
    """What the delivered orders come to, and those that are still open; refused and cancelled ones are no sales."""

    def __init__(self, t: Voice, fields: Sequence[Field]) -> None:
        self._t = t
        self._fields = fields
        self._delivered = [0] * len(fields)
        self._open = [0] * len(fields)
        self._is_open = False

    def take(self, orders: Sequence[Exported], rows: Sequence[TableRow]) -> None:
        """Count a page."""
        for of, row in zip(orders, rows, strict=True):
            if of.order.state in ("refused", "cancelled"):
                continue
            self._is_open = self._is_open or not of.order.is_final
            sums = self._delivered if of.order.is_final else self._open
            for at, field in enumerate(self._fields):
                cell = row[at]
                if field.summed and isinstance(cell, int):
                    sums[at] += cell

    def rows(self) -> list[TableRow]:
        """The rows under the table; that of the open orders only if there are any."""
        rows = [self._row("paper.total", self._delivered)]
        if self._is_open:
            rows.append(self._row("paper.open", self._open))
        return rows

    def _row(self, key: str, sums: Sequence[int]) -> TableRow:
        cells: list[Cell] = [of if field.summed else None for field, of in zip(self._fields, sums, strict=True)]
        # The first column that holds text says what the row is.
        cells[next(at for at, field in enumerate(self._fields) if field.kind == "text")] = self._t.label(key)
        return tuple(cells)


def _rows(t: Voice, fields: Sequence[Field], page: Sequence[Exported]) -> list[TableRow]:
    return [tuple(field.value(t, of) for field in fields) for of in page]


async def _file(
    t: Voice,
    stem: str,
    title: str,
    fields: Sequence[Field],
    period: Period,
    format: str,
    read: Callable[[Exported | None], Awaitable[tuple[Exported, ...]]],
) -> File | None:
    async with LongFile(format_of(format), cut_line(t)) as file:
        sums = Sums(t, fields)
        after: Exported | None = None
        while page := await read(after):
            rows = await asyncio.to_thread(_rows, t, fields, page)
            if after is None:
                await file.start(title, [Column(t.label(field.title), field.kind) for field in fields], rows)
            sums.take(page, rows)
            await file.add(rows)
            after = page[-1]
            if file.full or len(page) < PAGE_ROWS:
                break
        if after is not None:
            # Sums of a part would pass for those of the whole.
            await file.end(() if file.full else sums.rows())
        return await file.file(stem, period)


async def statement(store: ReadingStore, t: Voice, arguments: tuple[str, ...]) -> File | None:
    """What a customer sold in a period: customer, first and last day, format."""
    customer, first, last, format = arguments
    period = Period(first, last)

    async def read(after: Exported | None) -> tuple[Exported, ...]:
        return await store.read(sales_page, customer, period.since, period.until, PAGE_ROWS, after)

    return await _file(t, t.label("paper.file.statement"), t.label("paper.statement"), STATEMENT, period, format, read)


async def export_orders(store: ReadingStore, t: Voice, arguments: tuple[str, ...]) -> File | None:
    """Everybody's orders of a period: first and last day, format."""
    first, last, format = arguments
    period = Period(first, last)

    async def read(after: Exported | None) -> tuple[Exported, ...]:
        return await store.read(orders_page, period.since, period.until, PAGE_ROWS, after)

    return await _file(t, t.label("paper.file.orders"), t.label("paper.orders"), EXPORT, period, format, read)


KINDS: Final[dict[str, Maker]] = {"statement": statement, "export_orders": export_orders}
