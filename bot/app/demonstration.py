"""A whole bot in memory with one person at the terminal: a customer with money, a reseller, or the owner."""

import sys
from typing import TYPE_CHECKING, Literal, TypeAlias

from bot import logs
from bot.app.adapters import demo_shop, listen
from bot.app.running import Taal, assemble, wall_clock
from bot.domain.people import Address, Language
from bot.repositories import resellers
from bot.store.sqlite import SqliteStore
from bot.transactions import housekeeping
from bot.transactions.money import fund

if TYPE_CHECKING:
    from bot.channels.terminal import TerminalChannel

Part: TypeAlias = Literal["customer", "reseller", "admin"]
DEMO_ADDRESS = Address("terminal", "demo")
DEMO_SHOP_NAME = "Chez Taal"


class Demonstration:
    """A whole bot in memory with one person at the terminal, who has money."""

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
        taal = assemble(
            store=store,
            gateway=gateway,
            channels={terminal.name: terminal},
            shop=demo_shop(),
            admins=(DEMO_ADDRESS,) if part == "admin" else (),
        )
        listen(gateway, taal.settlement)
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

    async def open_orders(self) -> int:
        """How many orders have not ended."""
        _, _, states = await self.taal.store.run(housekeeping.backlog)
        return sum(states.values())

    async def close(self) -> None:
        """Stop everything."""
        await self.taal.stop(1.0)
        await self.taal.store.aclose()
