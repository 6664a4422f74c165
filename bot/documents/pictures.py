"""Charts of a period: a reseller's sales a day, and everybody's orders a day by what became of them; and the drawings
that go with the package.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

from bot.documents.charts import MAX_BARS, Bar, BarChart, Series, draw, gathered
from bot.documents.parts import Maker, file_of
from bot.domain.outbound import File
from bot.domain.period import DAY_MS, Period
from bot.i18n import Voice
from bot.repositories.exports import day_number, ordered_by_day, sold_by_day
from bot.store import ReadingStore

# How many days one transaction counts.
DAYS_AT_ONCE = 31
# Drawn once, by `docs/drawings.py`: without words, so that they serve every language.
DRAWINGS: Final = Path(__file__).parent / "drawings"
DRAWN: Final = frozenset({"meter", "bill"})
# A dot between the parts of a line, with room around it.
_DOT = "\u00a0\u00a0·\u00a0\u00a0"


async def sales_chart(store: ReadingStore, t: Voice, arguments: tuple[str, ...]) -> File | None:
    """What clients paid for a customer's sales on each day: customer, first and last day."""
    customer, first, last = arguments
    period = Period(first, last)
    days: dict[int, tuple[int, ...]] = {}
    sales = 0
    for since, until in _parts(period):
        for each in await store.read(sold_by_day, customer, since, until):
            days[each.day] = (each.price_xof,)
            sales += each.sales
    bars, weekly = _bars(t, period, days, 1)
    chart = BarChart(
        t.label("paper.chart.sales_week" if weekly else "paper.chart.sales"),
        _under(
            t,
            period,
            t.plural("paper.chart.sold", sales, figure=t.figure(sales)),
            t.money(sum(price for (price,) in days.values())),
        ),
        (Series("sold"),),
        bars,
        t.label("paper.chart.none_sold"),
    )
    return await _picture(t.label("paper.file.sales_chart"), period, chart, t.short_money, t)


async def stats_chart(store: ReadingStore, t: Voice, arguments: tuple[str, ...]) -> File | None:
    """Everybody's orders on each day by what became of them: first and last day."""
    first, last = arguments
    period = Period(first, last)
    days: dict[int, tuple[int, ...]] = {}
    for since, until in _parts(period):
        for each in await store.read(ordered_by_day, since, until):
            days[each.day] = (each.delivered, each.open, each.failed)
    ordered = sum(sum(values) for values in days.values())
    bars, weekly = _bars(t, period, days, 3)
    chart = BarChart(
        t.label("paper.chart.orders_week" if weekly else "paper.chart.orders"),
        _under(t, period, t.plural("paper.chart.ordered", ordered, figure=t.figure(ordered))),
        (
            Series("delivered", t.label("paper.chart.delivered")),
            Series("open", t.label("paper.chart.open")),
            Series("failed", t.label("paper.chart.failed")),
        ),
        bars,
        t.label("paper.chart.none_ordered"),
    )
    return await _picture(t.label("paper.file.stats_chart"), period, chart, t.figure, t)


async def where_number(store: ReadingStore, t: Voice, arguments: tuple[str, ...]) -> File | None:
    """Where a number is written: on the `meter`, or on the `bill`."""
    (drawn,) = arguments
    if drawn not in DRAWN:
        raise ValueError(f"no drawing of that name: {drawn!r}")
    content = await asyncio.to_thread((DRAWINGS / f"{drawn}.png").read_bytes)
    return file_of(t.label("paper.file.number"), None, "png", "image/png", content)


def _parts(period: Period) -> Iterator[tuple[int, int]]:
    for since in range(period.since, period.until, DAYS_AT_ONCE * DAY_MS):
        yield since, min(since + DAYS_AT_ONCE * DAY_MS, period.until)


def _bars(t: Voice, period: Period, days: Mapping[int, tuple[int, ...]], series: int) -> tuple[tuple[Bar, ...], bool]:
    """A bar for each day of a period, or for seven where there are many; whether it is seven."""
    nothing = (0,) * series
    first = day_number(period.since)
    bars = tuple(Bar(t.short_day(day), days.get(first + at, nothing)) for at, day in enumerate(period.days))
    return (gathered(bars), True) if len(bars) > MAX_BARS else (bars, False)


def _under(t: Voice, period: Period, *details: str) -> str:
    """The line under the title."""
    days = t.day(period.first) if period.first == period.last else f"{t.day(period.first)} – {t.day(period.last)}"
    return _DOT.join((days, *details))


async def _picture(stem: str, period: Period, chart: BarChart, figure: Callable[[int], str], t: Voice) -> File:
    content = await asyncio.to_thread(draw, chart, figure, t.figure)
    return file_of(stem, period, "png", "image/png", content)


KINDS: Final[dict[str, Maker]] = {
    "sales_chart": sales_chart,
    "stats_chart": stats_chart,
    "where_number": where_number,
}
