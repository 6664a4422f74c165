"""`python -m bench.load`: replicas over one PostgreSQL, which are killed while people buy and webhooks are lost.

Prints what was lost and how long people waited, and ends with 1 if one of the goals was missed. With `--stores` it
measures instead how many dialogues one process does on SQLite, one on PostgreSQL, and several.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

import uvloop
from rich.console import Console
from rich.table import Table

from bench import document
from bench.load.stores import ONE, stores
from bench.load.under_fire import Plan, under_fire

MOST_P99_MS = 1_000.0
# What a process gains after its caches are full is kept: a leak would show, noise would not.
MOST_GROWTH = 0.10
LEAST_OF_SQLITE = 0.5
MOST_OF_SQLITES_CPU = 1.8

Numbers = dict[str, Any]


class Goal(NamedTuple):
    """A line of the table: what was measured, and what it has to keep to."""

    name: str
    value: Callable[[Numbers], float]
    most: float
    form: str = "{:.0f}"


GOALS = (
    Goal("stuck: people, orders, messages", lambda run: run["stuck"], 0),
    Goal("paid twice", lambda run: run["paid_twice"], 0),
    Goal("paid without a code", lambda run: run["paid_without_code"], 0),
    Goal("codes shown to somebody else", lambda run: run["foreign_codes"], 0),
    Goal("francs and orders by which the books differ from the provider's", lambda run: run["ledger"], 0),
    Goal("webhook to code outside the kills, p99, ms", lambda run: run["p99_ms"], MOST_P99_MS),
    Goal("memory gained by a replica", lambda run: run["memory_growth"], MOST_GROWTH, "{:.1%}"),
)
FIGURES = (
    ("purchases, in s", "{purchases} in {seconds:.0f}"),
    ("of these paid by their customers with Wave", "{collected}"),
    ("replicas killed", "{kills}"),
    ("webhooks lost", "{webhooks_lost:.0%}"),
    ("updates and webhooks brought again", "{brought_again}"),
    ("webhook to code outside the kills, p50, ms", "{p50_ms:.0f}"),
    ("webhook to code, the kills included, p99, ms", "{all_p99_ms:.0f}"),
    ("longest purchase, s", "{longest_dialogue_seconds:.1f}"),
    ("from a kill to ready again, at most, s", "{seconds_to_restart:.1f}"),
    ("memory of a replica, MiB", "{memory_mib:.0f}"),
    ("CPU of a purchase, replicas, ms", "{replicas_cpu_ms:.1f}"),
    ("CPU of a purchase, database, ms", "{database_cpu_ms:.1f}"),
)
STORES = (
    ("dialogues a second", "{dialogues_per_second:.0f}"),
    ("of SQLite's dialogues in the same turn", "{of_sqlite[median]:.2f}"),
    ("the same, lowest and highest", "{of_sqlite[lowest]:.2f} to {of_sqlite[highest]:.2f}"),
    ("CPU of the bot for 1,000, s", "{bot_cpu_seconds_per_1000:.2f}"),
    ("of SQLite's CPU in the same turn", "{of_sqlites_cpu:.2f}"),
    ("CPU of the database's server for 1,000, s", "{database_cpu_seconds_per_1000:.2f}"),
    ("message to reply, p50, ms", "{reply[p50_ms]:.0f}"),
    ("memory of a process, highest, MiB", "{peak_rss_mib:.0f}"),
    ("waited for its core", "{bot_waited_for_core:.0%}"),
)


def missed(run: Numbers) -> list[str]:
    """The goals that a run did not reach; nan reaches none."""
    names = [goal.name for goal in GOALS if not goal.value(run) <= goal.most]
    return names if run["finished"] else [*names, f"somebody never got what they came for: {run['where']}"]


def stores_missed(measured: dict[str, Numbers]) -> list[str]:
    """The goals that PostgreSQL did not reach beside SQLite."""
    one, found = measured[ONE], []
    if one["of_sqlite"]["median"] < LEAST_OF_SQLITE:
        found.append(f"at least {LEAST_OF_SQLITE} of SQLite's dialogues a second")
    if one["of_sqlites_cpu"] > MOST_OF_SQLITES_CPU:
        found.append(f"at most {MOST_OF_SQLITES_CPU} of the CPU that it takes on SQLite")
    return found


def main() -> int:
    """Measure and print; answers 0 if every goal was reached."""
    plan = Plan()
    parser = argparse.ArgumentParser(prog="bench.load", description=__doc__)
    parser.add_argument("--replicas", type=int, default=plan.replicas)
    parser.add_argument("--rate", type=float, default=plan.per_second, help="purchases a second")
    parser.add_argument("--seconds", type=float, default=plan.seconds)
    parser.add_argument("--kills", type=int, default=plan.kills)
    parser.add_argument("--lost", type=float, default=plan.lost_share, help="the share of the webhooks that is lost")
    parser.add_argument("--collect", type=float, default=plan.collect_share, help="the share that pays for itself")
    of_another_kind = parser.add_mutually_exclusive_group()
    of_another_kind.add_argument("--stores", action="store_true", help="compare the stores instead")
    parser.add_argument("--dialogues", type=int, default=1_000, help="of each store in each turn")
    parser.add_argument("--turns", type=int, default=3, help="of each store")
    parser.add_argument("--in-flight", type=int, default=200, help="dialogues at once, of each store")
    of_another_kind.add_argument("--tables", action="store_true", help="tell what became of PostgreSQL's tables, too")
    parser.add_argument("--directory", type=Path, help="where the replicas' folders live (default: as tempfile)")
    parser.add_argument("--write", action="store_true", help="put the table into docs/performance.md")
    parser.add_argument("--json", action="store_true", help="print the numbers as JSON")
    asked = parser.parse_args()
    plan = Plan(asked.replicas, asked.rate, asked.seconds, asked.kills, asked.lost, asked.collect)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        if asked.stores:
            work = stores(asked.dialogues, asked.turns, asked.in_flight, asked.replicas, asked.directory, _tell)
            measured = runner.run(work)
            headings, rows, failed = ["measure", *measured], _compared(measured), stores_missed(measured)
            section, command = "stores", f"python -m bench.load --stores --turns {asked.turns}"
        else:
            measured = runner.run(under_fire(plan, asked.directory, _tell))
            headings, rows, failed = ["measure", "measured", "goal"], _table(measured), missed(measured)
            section, command = "load", "python -m bench.load"
    text = document.markdown(headings, rows)
    if asked.tables:
        section, text = "tables", str(measured["tables"])
        pace = f"--rate {plan.per_second:.0f} --seconds {plan.seconds:.0f}"
        command = f"python -m bench.load --tables {pace} --kills {plan.kills}"
    if asked.json:
        print(json.dumps(measured, indent=2))
    else:
        _print(headings, rows)
        if asked.tables:
            print(text)
    if asked.write:
        document.write(section, command, text)
    for name in failed:
        print(f"missed: {name}", file=sys.stderr)
    return 1 if failed else 0


def _table(run: Numbers) -> list[tuple[str, ...]]:
    goals = [(goal.name, goal.form.format(goal.value(run)), f"≤ {goal.form.format(goal.most)}") for goal in GOALS]
    return [*((name, form.format_map(run), "") for name, form in FIGURES), *goals]


def _compared(measured: dict[str, Numbers]) -> list[tuple[str, ...]]:
    return [(name, *(form.format_map(run) for run in measured.values())) for name, form in STORES]


def _print(headings: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    table = Table()
    for number, heading in enumerate(headings):
        table.add_column(heading, justify="right" if number else "left")
    for row in rows:
        table.add_row(*row)
    Console(highlight=False, width=120).print(table)


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
