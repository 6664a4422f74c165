"""A whole bot in memory with one person at the terminal: a customer who pays by themselves, a reseller, the owner.

The customer pays by hand, on a page on this machine or by a word in the terminal; or, where nobody may be there to do
so, a simulated payer pays after a moment.
"""

import secrets
from typing import TYPE_CHECKING, Literal, TypeAlias

from msgspec.structs import replace

from bot.app.adapters import demo_shop, listen
from bot.app.collecting import addresses_of, demo_terms, listen_to
from bot.app.running import Taal, assemble, wall_clock
from bot.domain.people import Address, Language
from bot.repositories import collections, resellers
from bot.store import Store
from bot.store.sqlite import SqliteStore
from bot.transactions import housekeeping
from bot.transactions.money import fund

if TYPE_CHECKING:
    from bot.app.demo_page import DemoPage
    from bot.app.demo_terminal import DemoTerminal
    from bot.collectors.simulator import CollectingTransport

Part: TypeAlias = Literal["customer", "reseller", "admin"]
DEMO_ADDRESS = Address("terminal", "demo")
DEMO_SHOP_NAME = "Chez Taal"
DEMO_KEY = b"nothing that is kept"


class Demonstration:
    """A whole bot in memory with one person at the terminal."""

    def __init__(
        self,
        taal: Taal,
        terminal: "DemoTerminal",
        page: "DemoPage | None" = None,
        payer: "CollectingTransport | None" = None,
    ) -> None:
        self.taal = taal
        self.terminal = terminal
        self._page = page
        self._payer = payer
        self._lines = 0

    @classmethod
    async def open(
        cls, language: Language, funds_xof: int, part: Part = "customer", *, together: bool = False
    ) -> "Demonstration":
        """Build and start it; whoever plays `part` has `funds_xof`. Where others may come (`together`), a customer may
        be given money by them. Raises CannotStart where this machine has no port for the page.
        """
        from bot.app.demo_page import DemoPage
        from bot.app.demo_terminal import DemoTerminal
        from bot.collectors.simulator import CollectingSimulator, SimulatedCollector
        from bot.gateway.simulator import SimulatorGateway

        store = await SqliteStore.open(":memory:")
        await store.migrate()
        terminal = DemoTerminal(language)
        simulator = CollectingSimulator(page_key=secrets.token_bytes(32))
        gateway = SimulatorGateway(simulator)
        page, collector = None, None
        # Who sells or runs the shop has money; a customer pays.
        if part == "customer":
            page, collector = DemoPage(demo_shop().words), SimulatedCollector(simulator)
            simulator.root = terminal.pages = page.root
        shop = replace(demo_shop(), advances="allowed" if together else None)
        taal = assemble(
            store=store,
            gateway=gateway,
            channels={terminal.name: terminal},
            shop=shop if collector is None else replace(shop, collecting=demo_terms()),
            admins=(DEMO_ADDRESS,) if part == "admin" else (),
            collector=collector,
            addresses=addresses_of(None if page is None else page.root, DEMO_KEY),
        )
        listen(gateway, taal.settlement)
        listen_to(collector, taal.collecting)
        await _give(store, DEMO_ADDRESS, part, funds_xof, language)
        taal.start()
        if page is None or collector is None:
            return cls(taal, terminal)
        page.open(collector.payer)
        return cls(taal, terminal, page, collector.payer)

    @property
    def by_hand(self) -> bool:
        """Whether the customer pays by hand; otherwise somebody pays for them after a moment."""
        return self.terminal.by_hand

    @by_hand.setter
    def by_hand(self, by_hand: bool) -> None:
        self.terminal.by_hand = by_hand
        if self._payer is not None:
            self._payer.collecting.by_hand = by_hand

    def terminal_of(self, address: Address) -> "DemoTerminal":
        """Whose screen that is."""
        return self.terminal.others.get(address, self.terminal)

    async def add(self, address: Address, part: Part, terminal: "DemoTerminal", funds_xof: int) -> None:
        """Somebody else comes, or comes again, at a terminal of their own; they have `funds_xof` more than before."""
        terminal.pages, terminal.by_hand = self.terminal.pages, self.by_hand
        await _give(self.taal.store, address, part, funds_xof, terminal.language)
        if part == "admin" and address not in self.taal.installation.admins:
            self.taal.installation.admins += (address,)
        self.terminal.others[address] = terminal

    async def say(self, line: str, address: Address = DEMO_ADDRESS) -> None:
        """Somebody types a line."""
        from bot.app.demo_terminal import CHOICES
        from bot.channels.terminal import inbound_of

        if self._payer is not None and (choice := CHOICES.get(line.lower())) is not None:
            waiting = await self._waiting(self._payer, address)
            if not waiting:
                return await self.terminal_of(address).say_nothing_waits()
            return self._payer.decide(waiting[0], choice)
        self._lines += 1
        language = self.terminal_of(address).language
        inbound = inbound_of(line, f"terminal:line:{self._lines}", address=address, language=language)
        await self.taal.engine.hear(inbound)
        return None

    async def awaited(self) -> int:
        """How many orders and payments have not ended, and will by themselves."""
        _, _, states = await self.taal.store.run(housekeeping.backlog)
        opened = await self._opened(DEMO_ADDRESS)
        if self._payer is not None and self.by_hand:
            waiting = await self._waiting(self._payer, DEMO_ADDRESS)
            opened = [each for each in opened if each not in waiting]
        return sum(states.values()) + len(opened)

    async def _opened(self, address: Address) -> list[str]:
        opened = await self.taal.store.run(collections.open_of, str(address), wall_clock())
        return [each.id for each in opened]

    async def _waiting(self, payer: "CollectingTransport", address: Address) -> list[str]:
        """The collections that wait for their payer, newest first."""
        return [each for each in await self._opened(address) if payer.may_choose(each)]

    async def close(self) -> None:
        """Stop everything."""
        if self._page is not None:
            await self._page.aclose()
        await self.taal.stop(1.0)
        await self.taal.store.aclose()


async def _give(store: Store, address: Address, part: Part, funds_xof: int, language: Language) -> None:
    """Money, and a shop to a reseller."""
    if funds_xof:
        await store.run(fund, address, funds_xof, f"demo {address.id}", language, wall_clock())
    if part == "reseller":
        await store.run(resellers.make, str(address), DEMO_SHOP_NAME, wall_clock())
