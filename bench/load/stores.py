"""One replica on SQLite, one on PostgreSQL, several on PostgreSQL: the same crowd, one after another."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench import runs
from bench.load.replicas import Replicas
from bench.load.under_fire import SERVER, folder, scene
from bench.process import Bot, choose_cores
from tests.postgres_server import PostgresServer

SQLITE = "SQLite, 1 process"
ONE = "PostgreSQL, 1 replica"
SEVERAL = "PostgreSQL, {} replicas"

Numbers = dict[str, Any]


async def stores(
    dialogues: int, in_flight: int, replicas: int, directory: Path | None, tell: Callable[[str], None]
) -> dict[str, Numbers]:
    """As many dialogues as each can do, by name. A single process has a core to itself; several share all of them with
    the database and the bench.
    """
    measured: dict[str, Numbers] = {}
    server = await asyncio.to_thread(PostgresServer, SERVER)
    try:
        for name, count in ((SQLITE, 1), (ONE, 1), (SEVERAL.format(replicas), replicas)):
            tell(name)
            with folder(directory) as path:
                bot: Bot | Replicas = (
                    Bot(path, choose_cores(), log_level="WARNING")
                    if name == SQLITE
                    else Replicas(path, count, server.new_database(), choose_cores() if count == 1 else None)
                )
                async with scene(bot, bot.port if isinstance(bot, Bot) else bot.ports) as on:
                    await on.warm_up()
                    before = server.cpu_seconds()
                    numbers = await runs.throughput(on, dialogues, in_flight)
                    database = server.cpu_seconds() - before if name != SQLITE else 0.0
                    measured[name] = numbers | {"database_cpu_seconds_per_1000": database / dialogues * 1000}
    finally:
        await asyncio.to_thread(server.stop)
    return measured
