"""The ledger of a period as tables: every entry, and what each account held before and after."""

from collections import Counter
from typing import Final

from bot.documents.parts import LongFile, Maker, cut_line, format_of
from bot.documents.tables import Column, TableRow
from bot.domain.outbound import File
from bot.domain.period import Period
from bot.i18n import Voice
from bot.notices.orders import order_number
from bot.repositories.exports import last_entry, ledger_stretch
from bot.store import ReadingStore

# How many entries are looked at in one go.
STRETCH = 1_000


async def export_ledger(store: ReadingStore, t: Voice, arguments: tuple[str, ...]) -> File | None:
    """Every entry of a period, and each account's balance before and after it: first and last day, format."""
    first, last, format = arguments
    period = Period(first, last)
    async with LongFile(format_of(format), cut_line(t)) as file:
        upto = await store.read(last_entry)
        opening: Counter[str] = Counter()
        moved: Counter[str] = Counter()
        begun = False
        for after in range(0, upto, STRETCH):
            until = min(after + STRETCH, upto)
            stretch = await store.read(ledger_stretch, period.since, period.until, after, until)
            opening.update(stretch.before_xof)
            rows: list[TableRow] = []
            for entry in stretch.entries:
                moved[entry.account] += entry.amount_xof
                rows.append(
                    (
                        entry.at,
                        entry.id,
                        entry.account,
                        entry.amount_xof,
                        order_number(entry.order_id),
                        entry.transfer,
                        entry.note,
                    )
                )
            if rows and not begun:
                await file.start(t.label("paper.ledger"), _entry_columns(t), rows)
                begun = True
            # Of a ledger that was cut the balances are true all the same.
            await file.add(rows)
        if not opening and not moved:
            return None
        if not begun:
            await file.start(t.label("paper.ledger"), _entry_columns(t))
        await file.end()
        await _add_balances(file, t, opening, moved)
        return await file.file(t.label("paper.file.ledger"), period)


def _entry_columns(t: Voice) -> tuple[Column, ...]:
    return (
        Column(t.label("paper.at"), "moment"),
        Column(t.label("paper.number"), "count"),
        Column(t.label("paper.account")),
        Column(t.label("paper.amount"), "amount"),
        Column(t.label("paper.order")),
        Column(t.label("paper.transfer")),
        Column(t.label("paper.note")),
    )


async def _add_balances(file: LongFile, t: Voice, opening: Counter[str], moved: Counter[str]) -> None:
    columns = (
        Column(t.label("paper.account")),
        Column(t.label("paper.opening"), "amount"),
        Column(t.label("paper.moved"), "amount"),
        Column(t.label("paper.closing"), "amount"),
    )
    accounts = sorted({*opening, *moved})
    rows: list[TableRow] = [
        (account, opening[account], moved[account], opening[account] + moved[account]) for account in accounts
    ]
    before, during = sum(opening.values()), sum(moved.values())
    await file.start(t.label("paper.balances"), columns, rows)
    await file.add(rows)
    # Double entries: anything but zero here is a fault in the books.
    await file.end([(t.label("paper.total"), before, during, before + during)])


KINDS: Final[dict[str, Maker]] = {"export_ledger": export_ledger}
