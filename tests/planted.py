"""Orders and money of our choosing, at moments of our choosing, through the scripts that the program runs."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.domain.catalog import ServiceName
from bot.domain.ledger import credit
from bot.domain.order import confirm
from bot.domain.outcome import Delivered, Outcome, ProviderDetails, Refused
from bot.domain.people import Address
from bot.domain.quote import Quote
from bot.repositories.money import post
from bot.repositories.orders import add_order
from bot.settlement.claims import claim_one
from bot.shop import ShopSettings
from bot.store import Script
from bot.transactions import orders
from bot.transactions.installation import Budget, Installation
from bot.transactions.people import make_known
from tests.dialogue_world import WORDS, fresh_id
from tests.sync_store import SyncStore

AWA = Address("telegram", "221780003344")
MODOU = Address("whatsapp", "221770001122")
ADMIN = Address("telegram", "1")
CODE = "12345678901234567890"


def at(day: str, clock: str = "09:00") -> int:
    """A moment in Dakar, in milliseconds."""
    return int(datetime.fromisoformat(f"{day}T{clock}:00+00:00").timestamp() * 1000)


@dataclass
class Garden:
    """A store in which orders are planted."""

    store: SyncStore = field(default_factory=SyncStore)
    installation: Installation = field(
        default_factory=lambda: Installation("garden", ShopSettings(words=WORDS), (ADMIN,), Budget.of(600_000))
    )
    given: int = 0

    def fund(self, who: Address, amount_xof: int, now: int, why: str = "Wave") -> None:
        """Money comes in, or goes out when it is negative."""
        self.given += 1

        def script() -> Script[None]:
            customer = yield from make_known(who, "fr", now)
            yield from post(credit(f"gift:{self.given}", customer, amount_xof, why), now, 1_000_000_000)

        self.store.run(script)

    def place(
        self,
        who: Address,
        now: int,
        amount_xof: int = 5_000,
        *,
        service: ServiceName = "woyofal",
        reference: str = "14123456789",
        holder: str = "Awa DIOP",
        fee_xof: int = 75,
        **more: Any,
    ) -> str:
        """An order is confirmed; answers its id."""
        self.given += 1
        quote = Quote(fresh_id(self.given), service, reference, holder, amount_xof, fee_xof, now, now + 600_000, **more)

        def script() -> Script[None]:
            customer = yield from make_known(who, "fr", now)
            order, held = confirm(quote, who, customer, "fr", now)
            yield from add_order(order)
            yield from post(held, now, 1_000_000_000)

        self.store.run(script)
        return quote.id

    def end(self, order_id: str, outcome: Outcome, now: int) -> str:
        """It leaves for the provider, who decides."""
        # Orders are planted in any order of time: the provider's budget is not what is tested.
        self.store.connection.execute("UPDATE budget SET arrival_us = 0")
        assert self.store.run(claim_one, self.installation, order_id, now).jobs
        self.store.run(orders.settle, self.installation, order_id, outcome, "pay", now, leased=True)
        return order_id

    def sell(self, who: Address, now: int, amount_xof: int = 5_000, took_ms: int = 4_000, **more: Any) -> str:
        """An order is confirmed and delivered, after some time."""
        order_id = self.place(who, now, amount_xof, **more)
        tokens = () if more.get("service") in ("senelec", "seneau") else (CODE,)
        return self.end(order_id, Delivered(tokens, ProviderDetails(transaction_id=f"TX-{self.given}")), now + took_ms)

    def refuse(self, who: Address, now: int, **more: Any) -> str:
        """An order is confirmed, sent and refused."""
        return self.end(self.place(who, now, **more), Refused("failed"), now + 2_000)
