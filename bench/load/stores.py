"""One replica on SQLite, one on PostgreSQL, several on PostgreSQL: the same crowd, in turns.

A shared machine changes its speed by the half from one minute to the next. So each is given a crowd, then each another,
and what is compared is what one did beside the other in the same turn. Only one runs at a time: even an idle bot looks
around once a second.
"""

import asyncio
import statistics
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench import runs
from bench.compare import ratios
from bench.load.replicas import Replicas
from bench.load.under_fire import SERVER, folder, scene
from bench.process import Bot, choose_cores
from tests.postgres_server import PostgresServer

SQLITE = "SQLite, 1 process"
ONE = "PostgreSQL, 1 replica"
SEVERAL = "PostgreSQL, {} replicas"

Numbers = dict[str, Any]


async def stores(
    dialogues: int,
    turns: int,
    in_flight: int,
    replicas: int,
    directory: Path | None,
    tell: Callable[[str], None],
) -> dict[str, Numbers]:
    """As many dialogues as each can do, by name: the medians of its turns, and of what it did beside SQLite in each. A
    single process has a core to itself; several share all of them with the database and the bench.
    """
    measured: dict[str, list[Numbers]] = {}
    server = await asyncio.to_thread(PostgresServer, SERVER)
    try:
        for turn in range(turns):
            for name, count in ((SQLITE, 1), (ONE, 1), (SEVERAL.format(replicas), replicas)):
                tell(f"{name}, turn {turn + 1} of {turns}")
                with folder(directory) as path:
                    bot: Bot | Replicas = (
                        Bot(path, choose_cores(), log_level="WARNING")
                        if name == SQLITE
                        else Replicas(path, count, server.new_database(), choose_cores() if count == 1 else None)
                    )
                    numbers = await _turn(bot, server, dialogues, in_flight)
                measured.setdefault(name, []).append(numbers)
    finally:
        await asyncio.to_thread(server.stop)
    return {name: _middle(all_turns) | beside(all_turns, measured[SQLITE]) for name, all_turns in measured.items()}


async def _turn(bot: Bot | Replicas, server: PostgresServer, dialogues: int, in_flight: int) -> Numbers:
    async with scene(bot, bot.port if isinstance(bot, Bot) else bot.ports) as on:
        await on.warm_up()
        before = server.cpu_seconds()
        numbers = await runs.throughput(on, dialogues, in_flight)
        database = server.cpu_seconds() - before if isinstance(bot, Replicas) else 0.0
    return numbers | {"database_cpu_seconds_per_1000": database / dialogues * 1000}


def beside(here: list[Numbers], sqlite: list[Numbers]) -> Numbers:
    """What a store did beside SQLite: the median over the turns, and for the dialogues the lowest and the highest."""
    pairs = list(zip(sqlite, here, strict=True))
    _, _, median, lowest, highest = ratios(pairs, ("dialogues_per_second",))
    return {
        "of_sqlite": {"median": median, "lowest": lowest, "highest": highest},
        "of_sqlites_cpu": ratios(pairs, ("bot_cpu_seconds_per_1000",))[2],
    }


def _middle(all_turns: list[Numbers]) -> Numbers:
    """The median of every figure; the words of the last turn."""
    last = all_turns[-1]
    return {
        name: _middle([turn[name] for turn in all_turns])
        if isinstance(value, dict)
        else statistics.median(turn[name] for turn in all_turns)
        if isinstance(value, float | int)
        else value
        for name, value in last.items()
    }
