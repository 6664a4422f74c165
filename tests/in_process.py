"""A whole bot in the test's own process, with a clock that the test moves: for what takes minutes or jumps an hour.

The store is a real file, the provider is the simulator behind the real client, and the channel is a mailbox. Nothing
runs by itself: `Room.turn` lets everything that is due at the clock's time happen, and comes back when all is quiet.
"""

import asyncio
import contextlib
import itertools
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

from bot.app import Taal, assemble, demo_shop
from bot.channels.plain import PlainChannel
from bot.channels.telegram.abilities import ABILITIES
from bot.domain.inbound import Document, Inbound, Tap, Text
from bot.domain.outbound import Choice, Copy, File, Outbound, SendResult, Sent
from bot.domain.people import Address, Language
from bot.gateway.simulator import Simulator, SimulatorGateway
from bot.gateway.wire import read_webhook_claim
from bot.shop import ShopSettings
from bot.store.postgres import PostgresStore
from bot.store.postgres.parameters import numbered
from bot.store.sqlite import SqliteStore
from bot.transactions.allowances import Limits
from tests.running import eventually, text_of

ADMIN = Address("telegram", "1")
AWA = Address("telegram", "1001")
MOUSSA = Address("telegram", "1002")
A_TUESDAY = 1_795_500_000_000
RATHER_RICH_XOF = 1_000_000


class Clock:
    """The time in milliseconds; it stands still until it is moved. `jumped_ms` is how far somebody has set it."""

    def __init__(self, now: int = A_TUESDAY) -> None:
        self.now = now
        self.jumped_ms = 0

    def __call__(self) -> int:
        return self.now

    def move(self, seconds: float) -> None:
        """Forward, or back."""
        self.now += int(seconds * 1000)

    def jump(self, seconds: float) -> None:
        """It is set to another time, while no time passes."""
        self.move(seconds)
        self.jumped_ms += int(seconds * 1000)

    def ticks(self) -> float:
        """The seconds of a clock that nobody can set."""
        return (self.now - self.jumped_ms) / 1000


class Mailbox(PlainChannel):
    """A channel that keeps what it is given. `verdicts` are what the next sends to an address meet: an exception is
    raised, and None is never answered. `before` happens once while a send that will be confirmed later is under way.
    """

    name = "telegram"
    abilities = ABILITIES

    def __init__(self) -> None:
        self.sent: list[tuple[Address, Outbound]] = []
        # Files that went with messages, and what people sent by the channel's name for it.
        self.files: list[tuple[Address, File]] = []
        self.uploads: dict[str, bytes] = {}
        self.tries: list[Address] = []
        self.verdicts: dict[Address, deque[SendResult | Exception | None]] = {}
        self.before: dict[Address, Callable[[], Awaitable[None]]] = {}

    async def send(self, address: Address, outbound: Outbound, file: File | None = None) -> SendResult:
        self.tries.append(address)
        waiting = self.verdicts.get(address)
        verdict = waiting.popleft() if waiting else Sent(str(len(self.sent)))
        if verdict is None:
            await asyncio.Event().wait()
        if isinstance(verdict, Exception):
            raise verdict
        assert verdict is not None
        if isinstance(verdict, Sent) and not verdict.confirmed and address in self.before:
            await self.before.pop(address)()
        if isinstance(verdict, Sent):
            self.sent.append((address, outbound))
            if file is not None:
                self.files.append((address, file))
        return verdict

    async def fetch(self, ref: str, limit_bytes: int) -> bytes | None:
        """What somebody sent."""
        content = self.uploads.get(ref)
        return None if content is None or len(content) > limit_bytes else content

    def to(self, address: Address) -> list[Outbound]:
        return [outbound for whose, outbound in self.sent if whose == address]


class Room:
    """One bot, its clock, its provider and its mailbox. Texts and taps are heard as they would be from Telegram."""

    keys = itertools.count(1)

    def __init__(self, taal: Taal, simulator: Simulator, mailbox: Mailbox, clock: Clock) -> None:
        self.taal = taal
        self.simulator = simulator
        self.mailbox = mailbox
        self.clock = clock

    # What people do.

    async def says(self, who: Address, text: str, *, key: str | None = None, language: Language = "fr") -> None:
        """Somebody types; everything that follows at once happens."""
        await self.hears(who, Text(text), key, language)
        await self.quiet()

    async def taps(self, who: Address, data: str, *, key: str | None = None) -> None:
        """Somebody presses a button."""
        await self.hears(who, Tap(data), key)
        await self.quiet()

    async def hears(
        self, who: Address, event: Text | Tap | Document, key: str | None = None, language: Language = "fr"
    ) -> None:
        """The update alone: what follows happens in its own time."""
        await self.taal.engine.hear(Inbound(key or f"telegram:update:{next(self.keys)}", who, event, language))

    async def quotes(self, who: Address, reference: str, amount_xof: int = 5000) -> str:
        """Ask for a quote; answers its Confirm's data."""
        await self.says(who, f"w {reference} {amount_xof}")
        return self.button(who, "confirm")

    async def buys(self, who: Address, reference: str, amount_xof: int = 5000) -> str:
        """Quote and Confirm; answers the order's id."""
        data = await self.quotes(who, reference, amount_xof)
        await self.taps(who, data)
        return data.rpartition(".")[2]

    # What happens.

    async def turn(self, seconds: float = 0.0) -> None:
        """The time moves on, and every worker does what is due now."""
        self.clock.move(seconds)
        if self.taal.replicas.is_shared:
            await self.taal.replicas.enter()
        await self.taal.engine.sweep()
        await self.taal.settlement.sweep()
        await self.taal.outbox.sweep()
        await self.quiet()

    async def quiet(self) -> None:
        """Wait until nothing is in flight."""
        await eventually(lambda: self.taal.idle, "nothing is in flight")

    # What they see.

    def button(self, who: Address, act: str) -> str:
        """The newest button of an act that a person was shown."""
        matching = [data for data in self.buttons(who) if f".{act}." in data]
        assert matching, f"no button {act!r} in\n{self.story(who)}"
        return matching[-1]

    def buttons(self, who: Address) -> list[str]:
        return [
            button.data
            for outbound in self.mailbox.to(who)
            for row in outbound.rows
            for button in row
            if isinstance(button, Choice)
        ]

    def codes(self, who: Address) -> list[str]:
        """Every code that a person could copy."""
        return [
            button.text
            for outbound in self.mailbox.to(who)
            for row in outbound.rows
            for button in row
            if isinstance(button, Copy)
        ]

    def saw(self, who: Address, key: str, language: str = "fr") -> int:
        """How often a person was shown a message of the catalogs."""
        return sum(text_of(key, language) in outbound.text for outbound in self.mailbox.to(who))

    def story(self, who: Address) -> str:
        return "\n---\n".join(outbound.text for outbound in self.mailbox.to(who))

    # What is remembered.

    async def rows(self, sql: str, **values: Any) -> list[dict[str, Any]]:
        """Ask the database directly."""
        store = self.taal.store
        if isinstance(store, SqliteStore):
            async with store._connection.execute(sql, values) as cursor:
                return [dict(row) for row in await cursor.fetchall()]
        assert isinstance(store, PostgresStore)
        statement = numbered(sql)
        connection = await store._writers.take()
        try:
            return [dict(row) for row in await connection.fetch(statement.text, *statement.arguments(values))]
        finally:
            store._writers.give_back(connection, is_good=True)

    async def order(self, order_id: str) -> dict[str, Any]:
        return (await self.rows("SELECT * FROM orders WHERE id = :id", id=order_id))[0]

    async def balances(self) -> dict[str, int]:
        """Every account; they sum to zero."""
        rows = await self.rows("SELECT account, sum(amount_xof) AS xof FROM entry GROUP BY account")
        balances = {row["account"]: row["xof"] for row in rows}
        assert sum(balances.values()) == 0
        return balances


@contextlib.asynccontextmanager
async def room(
    folder: Path,
    *,
    pace: float = 0.0,
    rate_per_minute: int = 6000,
    clock: Clock | None = None,
    simulator: Simulator | None = None,
    webhooks: bool = False,
    shop: Callable[[], ShopSettings] = demo_shop,
    database_url: str | None = None,
    limits: Limits = Limits(),  # noqa: B008  # frozen
) -> AsyncIterator[Room]:
    """A bot over the file `taal.db` in `folder`, or over the PostgreSQL at `database_url`, which others may share; with
    `webhooks` the provider's reach it.
    """
    store: SqliteStore | PostgresStore
    if database_url is None:
        store = await SqliteStore.open(str(folder / "taal.db"))
    else:
        store = await PostgresStore.open(database_url)
    await store.migrate()
    clock = clock or Clock()
    simulator = simulator or Simulator(pace=pace)
    mailbox = Mailbox()
    gateway = SimulatorGateway(simulator, clock=clock, time_out_seconds=0.01)
    taal = assemble(
        store=store,
        gateway=gateway,
        channels={mailbox.name: mailbox},
        shop=shop(),
        admins=(ADMIN,),
        rate_per_minute=rate_per_minute,
        default_credit_limit_xof=RATHER_RICH_XOF,
        clock=clock,
        ticks=clock.ticks,
        limits=limits,
        is_shared=database_url is not None,
    )

    async def webhook(order_id: str, body: bytes) -> None:
        await taal.settlement.webhook_claim(order_id, read_webhook_claim(body))

    if webhooks:
        gateway.on_webhook = webhook
    try:
        yield Room(taal, simulator, mailbox, clock)
    finally:
        await asyncio.wait_for(taal.stop(1.0), 10)
        await store.aclose()
