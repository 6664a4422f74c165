"""A list of sales as a file: every line that was written, what is wrong with it or what became of it.

It goes to the reseller whose orders these are, so the recharge codes are in it, in groups as they are typed.
"""

from typing import Final

from bot.documents.parts import Maker, file_of_tables, format_of
from bot.documents.tables import Column, Table, TableRow
from bot.domain.order import Order
from bot.domain.outbound import File
from bot.i18n import Voice
from bot.notices.batches import FAULT, name_of
from bot.notices.orders import STATE, grouped, order_number
from bot.repositories.batches import Batch, Entry, whole_of
from bot.store import ReadingStore


async def batch(store: ReadingStore, t: Voice, arguments: tuple[str, ...]) -> File | None:
    """The maker of `batch`: a batch's id and a format."""
    batch_id, kind = arguments
    whole = await store.read(whole_of, batch_id)
    if whole is None:
        return None
    table = _table(t, *whole)
    return await file_of_tables(f"{t.label('paper.file.batch')}-{batch_id}", None, format_of(kind), table)


def _table(t: Voice, of: Batch, entries: tuple[Entry, ...], orders: tuple[Order, ...]) -> Table:
    columns = (
        Column(t.label("paper.line"), "count"),
        Column(t.label("paper.meter")),
        Column(t.label("paper.holder")),
        Column(t.label("paper.client")),
        Column(t.label("paper.amount"), "amount"),
        Column(t.label("paper.price"), "amount"),
        Column(t.label("paper.commission"), "amount"),
        Column(t.label("paper.left"), "amount"),
        Column(t.label("paper.state")),
        Column(t.label("paper.whole_codes")),
        Column(t.label("paper.at"), "moment"),
        Column(t.label("paper.order")),
        Column(t.label("paper.written")),
    )
    by_line = {order.line: order for order in orders}
    rows = tuple(_row(t, of, entry, by_line.get(entry.number)) for entry in entries)
    bought = [order for order in orders if order.state == "delivered"]
    total: TableRow = (
        None,
        None,
        None,
        t.label("paper.bought"),
        sum(order.amount_xof for order in bought),
        sum(order.price_xof for order in bought),
        sum(order.commission_xof for order in bought),
        sum(order.total_xof for order in bought),
        *(None,) * 5,
    )
    title = t.label("paper.batch_title", name=str(name_of(t, of.name, of.made_at)))
    return Table(title, columns, rows, total if bought else None)


def _row(t: Voice, of: Batch, entry: Entry, order: Order | None) -> TableRow:
    if order is None:
        state = t.label(FAULT[entry.fault], line=entry.repeats or 0) if entry.fault else t.label(_OPEN[of.state])
        return (
            entry.number,
            entry.reference or None,
            entry.holder or None,
            entry.name or None,
            entry.amount_xof or None,
            *(None,) * 3,
            state,
            *(None,) * 3,
            entry.written,
        )
    # What came to nothing costs and earns nothing.
    sums = (order.price_xof, order.commission_xof, order.total_xof)
    return (
        entry.number,
        order.reference,
        order.holder or None,
        order.client or None,
        order.amount_xof,
        *((None,) * 3 if order.state in ("refused", "cancelled") else sums),
        t.label(STATE[order.state]),
        " / ".join(grouped(token) for token in order.tokens) or None,
        order.confirmed_at,
        order_number(order.id),
        entry.written,
    )


# What a line without a fault is that has become no order.
_OPEN: Final[dict[str, str]] = {
    "checking": "paper.line.checking",
    "ready": "paper.line.ready",
    "running": "paper.line.ready",
    "done": "paper.line.ready",
    "dropped": "paper.line.dropped",
}

KINDS: Final[dict[str, Maker]] = {"batch": batch}
