"""A whole bot in memory with one person at the terminal: a customer who pays by themselves, a reseller, the owner."""

import sys
from typing import TYPE_CHECKING, Literal, TypeAlias

from msgspec.structs import replace

from bot import logs
from bot.app.adapters import demo_shop, listen
from bot.app.collecting import addresses_of, demo_terms, listen_to, simulated
from bot.app.running import Taal, assemble, wall_clock
from bot.domain.people import Address, Language
from bot.repositories import collections, resellers
from bot.store.sqlite import SqliteStore
from bot.transactions import housekeeping
from bot.transactions.money import fund

if TYPE_CHECKING:
    from bot.channels.terminal import TerminalChannel

Part: TypeAlias = Literal["customer", "reseller", "admin"]
DEMO_ADDRESS = Address("terminal", "demo")
DEMO_SHOP_NAME = "Chez Taal"
DEMO_KEY = b"nothing that is kept"


class Demonstration:
    """A whole bot in memory with one person at the terminal."""

    def __init__(self, taal: Taal, terminal: "TerminalChannel", language: Language) -> None:
        self.taal = taal
        self.terminal = terminal
        self._language = language
        self._lines = 0

    @classmethod
    async def open(cls, language: Language, funds_xof: int, part: Part = "customer") -> "Demonstration":
        """Build and start it; whoever plays `part` has `funds_xof`."""
        from bot.channels.terminal import TerminalChannel
        from bot.gateway.simulator import Simulator, SimulatorGateway

        logs.configure("ERROR", stream=sys.stderr)
        store = await SqliteStore.open(":memory:")
        await store.migrate()
        terminal = TerminalChannel()
        gateway = SimulatorGateway(Simulator())
        # Who sells or runs the shop has money; a customer pays.
        collector = simulated(gateway) if part == "customer" else None
        taal = assemble(
            store=store,
            gateway=gateway,
            channels={terminal.name: terminal},
            shop=demo_shop() if collector is None else replace(demo_shop(), collecting=demo_terms()),
            admins=(DEMO_ADDRESS,) if part == "admin" else (),
            collector=collector,
            addresses=addresses_of(None, DEMO_KEY),
        )
        listen(gateway, taal.settlement)
        listen_to(collector, taal.collecting)
        if funds_xof:
            await store.run(fund, DEMO_ADDRESS, funds_xof, "demo", language, wall_clock())
        if part == "reseller":
            await store.run(resellers.make, str(DEMO_ADDRESS), DEMO_SHOP_NAME, wall_clock())
        taal.start()
        return cls(taal, terminal, language)

    async def say(self, line: str) -> None:
        """The customer types a line."""
        from bot.channels.terminal import inbound_of

        self._lines += 1
        inbound = inbound_of(line, f"terminal:line:{self._lines}", address=DEMO_ADDRESS, language=self._language)
        await self.taal.engine.hear(inbound)

    async def awaited(self) -> int:
        """How many orders and payments have not ended."""
        _, _, states = await self.taal.store.run(housekeeping.backlog)
        opened = await self.taal.store.run(collections.open_of, str(DEMO_ADDRESS), wall_clock())
        return sum(states.values()) + len(opened)

    async def close(self) -> None:
        """Stop everything."""
        await self.taal.stop(1.0)
        await self.taal.store.aclose()
