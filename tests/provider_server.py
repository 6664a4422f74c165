"""The simulated provider on a free port of this machine."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.gateway.simulator import Simulator
from bot.gateway.simulator.http import SimulatorApp, SimulatorServer


@asynccontextmanager
async def served_app(simulator: Simulator) -> AsyncIterator[tuple[SimulatorApp, int]]:
    """Serve a simulator in this loop; gives the application, whose `simulator` may be replaced, and the port."""
    ready: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    server = SimulatorServer("127.0.0.1", 0, simulator, ready.set_result)
    running = asyncio.create_task(server.serve())
    try:
        yield server.app, await asyncio.wait_for(ready, 10)
    finally:
        server.should_exit = True
        await asyncio.wait_for(running, 10)


@asynccontextmanager
async def served(simulator: Simulator) -> AsyncIterator[int]:
    """Serve a simulator in this loop; gives the port."""
    async with served_app(simulator) as (_, port):
        yield port
