"""Runs the steps over a database, and shows beside each other what they hold in a full one and in an empty one."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec import Struct
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bench.growth.held import Hold
from bench.growth.scale import NOW
from bench.growth.shop import Shop
from bench.growth.steps import STEPS, Step

# Nothing shall hold the database for longer.
MOST_HELD_MS = 20.0


class Measured(Struct, frozen=True):
    """One step over one database, the middle of its repetitions: how often it came for the database and for how long in
    all, its longest stay with the script that it was for, and the longest statement of that. In ms. `slow` are the
    statements that took too long by themselves, with their longest times, `plans` how SQLite goes about them.
    """

    total_ms: float
    stays: int
    held_ms: float
    script: str
    statement: str
    statement_ms: float
    slow: dict[str, float] = {}
    plans: dict[str, list[str]] = {}
    problem: str = ""


Found = Mapping[str, Measured]


def measure(path: Path, now: int = NOW, steps: Sequence[Step] = STEPS) -> dict[str, Measured]:
    """Every step over the database, which is changed by it."""
    return asyncio.run(_measure(path, now, steps))


async def _measure(path: Path, now: int, steps: Sequence[Step]) -> dict[str, Measured]:
    shop = Shop(str(path), now)
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
            runs.append(_of(shop, shop.store.holds, problem))
        runs.sort(key=lambda run: run.held_ms)
        found[f"{step.group}: {step.name}"] = runs[len(runs) // 2]
    await shop.store.aclose()
    return found


def _of(shop: Shop, holds: Sequence[Hold], problem: str) -> Measured:
    if not holds:
        return Measured(0.0, 0, 0.0, "", "", 0.0, problem=problem or "it asked for nothing")
    worst = max(holds, key=lambda hold: hold.took_ms)
    statement, statement_ms = worst.longest
    slow: dict[str, float] = {}
    for name, took_ms in (each for hold in holds for each in hold.statements):
        if took_ms > MOST_HELD_MS:
            slow[name] = max(took_ms, slow.get(name, 0.0))
    return Measured(
        sum(hold.took_ms for hold in holds),
        len(holds),
        worst.took_ms,
        worst.script,
        statement,
        statement_ms,
        slow,
        {name: shop.store.plan(name) for name in (slow or {statement: 0.0}) if worst.took_ms > MOST_HELD_MS and name},
        problem,
    )


def show(console: Console, empty: Found, full: Found) -> None:
    """The table, and the plans of what holds the database for too long."""
    table = Table(title="How long each holds the database, in ms, without its commit", title_justify="left")
    table.add_column("step")
    for head in (
        "longest, empty",
        "longest, full",
        "in all, full",
        "stays",
        "longest statement",
        "script",
        "statement",
    ):
        table.add_column(head, justify="left" if head in ("script", "statement") else "right")
    for name, each in full.items():
        marked = f"[bold]{each.held_ms:.1f}[/bold]" if each.held_ms > MOST_HELD_MS else f"{each.held_ms:.1f}"
        table.add_row(
            escape(name),
            f"{empty[name].held_ms:.1f}",
            marked,
            f"{each.total_ms:.1f}",
            str(each.stays),
            f"{each.statement_ms:.1f}",
            each.script,
            each.statement,
        )
    console.print(table)
    plans: dict[str, list[str]] = {}
    for name, each in sorted(full.items(), key=lambda item: -item[1].held_ms):
        if each.held_ms > MOST_HELD_MS:
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
