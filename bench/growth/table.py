"""Runs the steps over a database, and shows beside each other what they hold in a full one and in an empty one."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec import Struct
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bench import document
from bench.growth.held import HeldSqlite, Hold
from bench.growth.held_postgres import HeldPostgres
from bench.growth.scale import NOW
from bench.growth.shop import Shop
from bench.growth.steps import STEPS, Step

# Nothing shall hold the database for longer.
MOST_HELD_MS = 20.0


class Measured(Struct, frozen=True):
    """One step over one database, the middle of its repetitions: how often it came for the database and for how long in
    all, its longest stay with the script that it was for, and the longest statement of that. In ms. `slow` are the
    statements that took too long by themselves, with their longest times, `plans` how the database goes about them.
    What was read on the connection that nobody waits for is apart: `reading_ms` in all, and its longest stay.
    """

    total_ms: float
    stays: int
    held_ms: float
    script: str
    statement: str
    statement_ms: float
    reading_ms: float = 0.0
    longest_reading_ms: float = 0.0
    slow: dict[str, float] = {}
    plans: dict[str, list[str]] = {}
    problem: str = ""


Found = Mapping[str, Measured]


def measure(where: Path | str, now: int = NOW, steps: Sequence[Step] = STEPS) -> dict[str, Measured]:
    """Every step over a SQLite file or the PostgreSQL database of a URL, which is changed by it."""
    return asyncio.run(_measure(where, now, steps))


async def _measure(where: Path | str, now: int, steps: Sequence[Step]) -> dict[str, Measured]:
    shop = Shop(HeldSqlite(str(where)) if isinstance(where, Path) else await HeldPostgres.open(where), now)
    found: dict[str, Measured] = {}
    for step in steps:
        runs: list[Measured] = []
        for _ in range(step.times):
            if step.first is not None:
                await step.first(shop)
            shop.store.holds.clear()
            problem = ""
            try:
                await step.act(shop)
            except LookupError as error:
                problem = str(error)
            runs.append(await _of(shop, shop.store.holds, problem))
        runs.sort(key=lambda run: run.held_ms)
        found[f"{step.group}: {step.name}"] = runs[len(runs) // 2]
    await shop.store.aclose()
    return found


async def _of(shop: Shop, holds: Sequence[Hold], problem: str) -> Measured:
    held = [hold for hold in holds if not hold.reads]
    reading = [hold.took_ms for hold in holds if hold.reads]
    worst = max(held, key=lambda hold: hold.took_ms, default=Hold(""))
    statement, statement_ms = worst.longest
    slow: dict[str, float] = {}
    for name, took_ms in (each for hold in holds for each in hold.statements):
        if took_ms > MOST_HELD_MS:
            slow[name] = max(took_ms, slow.get(name, 0.0))
    explained = slow or ({statement: statement_ms} if worst.took_ms > MOST_HELD_MS and statement else {})
    return Measured(
        total_ms=sum(hold.took_ms for hold in held),
        stays=len(held),
        held_ms=worst.took_ms,
        script=worst.script,
        statement=statement,
        statement_ms=statement_ms,
        reading_ms=sum(reading),
        longest_reading_ms=max(reading, default=0.0),
        slow=slow,
        plans={name: await shop.store.plan(name) for name in explained},
        problem=problem if holds else problem or "it asked for nothing",
    )


def in_document(empty: Found, full: Found) -> str:
    """The table as Markdown."""
    rows = [
        (
            f"`{name}`",
            f"{empty[name].held_ms:.1f}",
            f"{each.held_ms:.1f}",
            str(each.stays),
            f"{each.longest_reading_ms:.0f}" if each.reading_ms else "",
            f"{each.reading_ms:.0f}" if each.reading_ms else "",
        )
        for name, each in full.items()
    ]
    headings = ("step", "longest, empty", "longest, full", "stays", "longest reading", "reading in all")
    return document.markdown(headings, rows)


def show(console: Console, empty: Found, full: Found) -> None:
    """The table, and the plans of what holds the database for too long."""
    table = Table(title="The longest that each holds the database, in ms, without its commit", title_justify="left")
    table.add_column("step")
    for head in ("empty", "full", "in all", "stays", "reading", "statement"):
        table.add_column(head, justify="right")
    table.add_column("in the script")
    for name, each in full.items():
        marked = f"[bold]{each.held_ms:.1f}[/bold]" if each.held_ms > MOST_HELD_MS else f"{each.held_ms:.1f}"
        table.add_row(
            escape(name),
            f"{empty[name].held_ms:.1f}",
            marked,
            f"{each.total_ms:.1f}",
            str(each.stays),
            f"{each.reading_ms:.1f}" if each.reading_ms else "",
            f"{each.statement} {each.statement_ms:.1f}",
            each.script,
        )
    console.print(table)
    plans: dict[str, list[str]] = {}
    for name, each in sorted(full.items(), key=lambda item: -item[1].held_ms):
        if each.held_ms > MOST_HELD_MS or each.slow:
            slow = ", ".join(
                f"{statement} {ms:.0f}" for statement, ms in sorted(each.slow.items(), key=lambda of: -of[1])
            )
            console.print(
                escape(f"{name}: {each.held_ms:.0f} ms; statements: {slow or each.statement + ', many times'}")
            )
            plans.update(each.plans)
    for statement, lines in plans.items():
        console.print("", statement, *(f"    {escape(line)}" for line in lines), sep="\n")
    for name, each in full.items():
        if each.problem or empty[name].problem:
            console.print(f"[bold]{escape(name)}: {escape(each.problem or empty[name].problem)}[/bold]")
