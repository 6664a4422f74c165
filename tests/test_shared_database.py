"""Two bots over one PostgreSQL, in one process and on one clock: what holds for all of them together."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.app import demo_shop
from bot.domain.inbound import Tap, Text
from bot.domain.outbound import File, Outbound, SendResult
from bot.domain.people import Address
from bot.gateway.simulator import Simulator
from bot.repositories.outbox import say
from bot.store.postgres import PostgresStore
from bot.transactions.allowances import Allowance, Limits
from bot.transactions.budget import Budget, take_budget
from bot.transactions.installation import Installation
from tests.in_process import A_TUESDAY, ADMIN, AWA, MOUSSA, Clock, Mailbox, Room, room
from tests.postgres_server import PostgresServer
from tests.sync_store import SyncStore

pytestmark = pytest.mark.anyio

METER = "14123456799"
FEW = Limits(inquiries=Allowance(3, 600, 150), messages=Allowance(12, 120, 60))


@pytest.fixture
async def pair(tmp_path: Path, postgres: PostgresServer) -> AsyncIterator[tuple[Room, Room]]:
    """Two bots; what a test calls the first is none: both do the same."""
    url, clock, simulator = postgres.new_database(), Clock(), Simulator(pace=0.0)
    async with (
        room(tmp_path, database_url=url, clock=clock, simulator=simulator, limits=FEW) as one,
        room(tmp_path, database_url=url, clock=clock, simulator=simulator, limits=FEW) as two,
    ):
        await one.turn()
        await two.turn()
        await one.turn()
        yield one, two


async def test_one_update_on_both_is_handled_once_and_two_taps_make_one_order(pair: tuple[Room, Room]) -> None:
    one, two = pair
    await asyncio.gather(*(here.hears(AWA, Text("/start"), "telegram:update:77") for here in pair))
    await one.quiet()
    await two.quiet()
    assert one.saw(AWA, "welcome") + two.saw(AWA, "welcome") == 1
    confirm = await one.quotes(AWA, METER)
    await asyncio.gather(*(here.hears(AWA, Tap(confirm)) for here in pair))
    for here in pair:
        await here.quiet()
        await here.turn(1)
    assert len(await one.rows("SELECT id FROM orders")) == 1
    assert one.simulator.received.total() == 1
    assert len(one.codes(AWA) + two.codes(AWA)) == 1


async def test_the_budget_is_one_for_all(postgres: PostgresServer) -> None:
    """As many places as one process gives, however many ask for one at the same moment."""
    shop, alone = demo_shop(), SyncStore()
    bots = [Installation(name, shop, (), Budget.of(100)) for name in ("one", "two", "alone")]
    given = sum(alone.run(take_budget, bots[2], "pay", A_TUESDAY) == 0 for _ in range(40))
    url = postgres.new_database()
    stores = [await PostgresStore.open(url) for _ in range(2)]
    await stores[0].migrate()
    waits = await asyncio.gather(
        *(
            store.run(take_budget, bot, "pay", A_TUESDAY)
            for bot, store in zip(bots, stores, strict=False)
            for _ in range(20)
        )
    )
    assert waits.count(0) == given == 10
    for store in stores:
        await store.aclose()


async def test_what_one_person_may_ask_holds_for_all_together(pair: tuple[Room, Room]) -> None:
    for number in range(8):
        here = pair[number % 2]
        await here.says(AWA, f"w 141234567{number:02} 5000")
    assert sum(here.saw(AWA, "inquiry.limited") for here in pair) == 1
    assert sum(len([data for data in here.buttons(AWA) if ".confirm." in data]) for here in pair) <= 3


async def test_somebody_who_floods_both_is_heard_no_more_often_and_told_once(pair: tuple[Room, Room]) -> None:
    for number in range(30):
        await pair[number % 2].hears(MOUSSA, Text("/id"))
    for here in (*pair, *pair):
        await here.turn(1)
    assert sum(len(here.mailbox.to(MOUSSA)) for here in pair) == 12 + 1
    assert sum(here.saw(MOUSSA, "flooded") for here in pair) == 1


async def test_what_an_admin_changes_through_one_holds_in_the_other_from_the_next_word_on(
    pair: tuple[Room, Room],
) -> None:
    one, two = pair
    await two.quotes(AWA, METER)
    assert "5 075" in two.story(AWA).replace("\u00a0", " ")
    await one.says(ADMIN, "/fee woyofal 10%")
    await one.says(ADMIN, "confirmer")
    await two.quotes(AWA, METER)
    assert "5 500" in two.story(AWA).replace("\u00a0", " ")
    await one.says(ADMIN, f"/freeze {AWA} étrange")
    await one.says(ADMIN, "confirmer")
    await two.says(AWA, f"w {METER} 5000")
    assert two.saw(AWA, "blocked.frozen")


class Gated(Mailbox):
    """A mailbox that takes a message when it is let through."""

    def __init__(self, mailbox: Mailbox) -> None:
        super().__init__()
        self.sent = mailbox.sent
        self.gate = asyncio.Event()

    async def send(self, address: Address, outbound: Outbound, file: File | None = None) -> SendResult:
        await self.gate.wait()
        return await super().send(address, outbound, file)


async def test_a_chat_keeps_its_order_over_both_and_waits_for_no_lease_to_end(pair: tuple[Room, Room]) -> None:
    one, two = pair
    gated = Gated(one.mailbox)
    one.taal.outbox._delivery._channels = {"telegram": gated}
    two.taal.outbox._delivery._channels = {"telegram": one.mailbox}
    for here, text in ((one, "first"), (two, "second"), (one, "third")):
        owner = here.taal.installation.owner
        here.taal.outbox.push([await here.taal.store.run(say, str(AWA), Outbound(text), owner, here.clock())])
    await two.taal.outbox.sweep()
    assert one.mailbox.to(AWA) == []
    gated.gate.set()
    await one.quiet()
    await two.turn(1)
    await one.turn(1)
    assert [outbound.text for outbound in one.mailbox.to(AWA)] == ["first", "second", "third"]
