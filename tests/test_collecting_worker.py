"""The whole way of a payer's money, in one process over a file: asked, paid, bought, or back; webhooks, a stop, a store
that is away, an answer that cannot be decided.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from msgspec.structs import replace

from bot.app.collecting import addresses_of, collector_of, listen_to, terms_of
from bot.app.running import Taal, assemble
from bot.bodies import Bodies
from bot.collectors.simulator import CollectingSimulator, SimulatedCollector
from bot.domain.quote import Quote
from bot.errors import StoreBusy
from bot.gateway.simulator import SimulatorGateway
from bot.gateway.wire import read_webhook_claim
from bot.repositories.collections import load
from bot.store import Script
from bot.store.sqlite import SqliteStore
from bot.transactions.unit import Unit
from bot.transactions.ways_to_pay import begin
from bot.web import WebApp, collection_url
from tests.collecting_world import a_shop
from tests.in_process import ADMIN, AWA, Clock, Mailbox
from tests.running import eventually

pytestmark = pytest.mark.anyio
KEY = b"k" * 32


class House:
    """One bot that collects, its clock, its provider and its mailbox."""

    def __init__(self, taal: Taal, simulator: CollectingSimulator, mailbox: Mailbox, clock: Clock) -> None:
        self.taal, self.simulator, self.mailbox, self.clock = taal, simulator, mailbox, clock
        assert taal.collecting is not None
        self.collecting = taal.collecting

    async def asks(self, id_: str, what: Quote | int, payer: str = "771234501", method: str = "wave") -> None:
        def script() -> Script[Unit]:
            unit = Unit(self.taal.installation, AWA, str(AWA), "fr", self.clock())
            yield from begin(unit, id_, method, what, payer)  # type: ignore[arg-type]  # a method by its name
            return unit

        unit = await self.taal.store.run(script)
        for each in unit.collect:
            self.collecting.wake(each)
        await self.quiet()

    async def turn(self, seconds: float = 0.0) -> None:
        self.clock.move(seconds)
        await self.collecting.sweep()
        await self.taal.settlement.sweep()
        await self.taal.outbox.sweep()
        await self.quiet()

    async def quiet(self) -> None:
        await eventually(lambda: self.taal.idle, "nothing is in flight")

    def story(self) -> str:
        return "\n---\n".join(outbound.text for outbound in self.mailbox.to(AWA))


@asynccontextmanager
async def house(folder: Path, advances: Any = "none") -> AsyncIterator[House]:
    store = await SqliteStore.open(str(folder / "taal.db"))
    await store.migrate()
    clock, simulator, mailbox = Clock(), CollectingSimulator(pace=0.0), Mailbox()
    gateway = SimulatorGateway(simulator, clock=clock, time_out_seconds=0.01)
    collector = SimulatedCollector(simulator, clock=clock, time_out_seconds=0.01)
    taal = assemble(
        store=store,
        gateway=gateway,
        channels={mailbox.name: mailbox},
        shop=replace(a_shop(advances), words=a_shop().words),
        admins=(ADMIN,),
        rate_per_minute=6_000,
        clock=clock,
        ticks=clock.ticks,
        collector=collector,
        addresses=addresses_of(None, KEY),
    )
    listen_to(collector, taal.collecting)
    try:
        yield House(taal, simulator, mailbox, clock)
    finally:
        await taal.stop(1.0)
        await store.aclose()


def a_quote(here: House, id_: str = "Q00000000001", amount_xof: int = 2_000) -> Quote:
    now = here.clock()
    return Quote(id_, "woyofal", "14123456701", "AWA", amount_xof, 50, now, now + 600_000)


async def test_a_stranger_pays_and_the_code_comes_by_itself(tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        await here.asks("C00000000001", a_quote(here))
        assert "/pay/C00000000001" in here.story()
        for _ in range(20):
            await here.turn(5)
        collection = await here.taal.store.run(load, "C00000000001")
        assert collection is not None
        assert collection.state == "paid"
        assert "Voici votre code Woyofal" in here.story()


async def test_what_cannot_be_bought_goes_back(tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        await here.asks("C00000000001", a_quote(here, amount_xof=1_957))
        for _ in range(40):
            await here.turn(5)
        assert here.simulator.audit(here.clock())["collections"]


async def test_a_webhook_is_taken_by_its_address_alone(tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        app = WebApp(
            endpoints=[],
            hear=here.taal.engine.hear,
            is_news=here.taal.engine.is_news,
            report=here.taal.engine.report,
            take_webhook_claim=here.taal.settlement.webhook_claim,
            read_webhook_claim=read_webhook_claim,
            secret_key=KEY,
            ready=here.taal.ready,
            gauge=here.taal.gauge,
            bodies=Bodies(),
            take_collection_webhook=here.collecting.webhook_claim,
        )
        await here.asks("C00000000001", a_quote(here))
        body = {"reference": "C00000000001", "status": "COMPLETED"}
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://taal") as client:
            assert (await client.post("/webhooks/collection/C00000000001/0", json=body)).status_code == 404
            known = collection_url("", "C00000000001", KEY)
            assert (await client.post(known, json=body)).status_code == 200
            unknown = collection_url("", "nobody", KEY)
            assert (await client.post(unknown, json=body)).status_code == 404


async def test_a_store_that_is_away_loses_no_answer(tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        await here.asks("C00000000001", a_quote(here))
        away = [StoreBusy("away"), None]

        async def keep() -> None:
            if (error := away.pop(0)) is not None:
                raise error

        await here.collecting._keep("C00000000001", keep)
        assert away == []


async def test_an_answer_that_cannot_be_decided_is_for_a_person(tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        await here.asks("C00000000001", a_quote(here))

        async def fails() -> None:
            raise ValueError("no")

        await here.collecting._keep("C00000000001", fails)
        collection = await here.taal.store.run(load, "C00000000001")
        assert collection is not None
        assert (collection.due_at, collection.stuck_at is None) == (None, False)
        assert not await here.collecting.claimed("nobody", read_nothing())


def read_nothing() -> Any:
    from bot.domain.collecting import CollectionClaim

    return CollectionClaim("open")


async def test_a_process_that_stops_takes_nothing_up(tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        here.collecting.refrain()
        await here.asks("C00000000001", a_quote(here))
        await here.turn()
        collection = await here.taal.store.run(load, "C00000000001")
        assert collection is not None
        assert collection.state == "waiting"


async def test_a_call_that_did_not_leave_in_time_does_not_leave(tmp_path: Path) -> None:
    async with house(tmp_path) as here:

        async def unsure() -> bool:
            return False

        here.collecting._departure._make_sure = unsure
        await here.asks("C00000000001", a_quote(here))
        assert here.simulator.audit(here.clock())["collections"] == {}


def test_who_collects_is_said_by_the_settings() -> None:
    from bot.app.channels import load_settings
    from bot.errors import SettingsError

    assert (terms_of(load_settings({}, None)), collector_of(load_settings({}, None))) == (None, None)
    keys = {"DEXCHANGE_API_KEY": "k1", "DEXPAY_API_KEY": "k2", "DEXPAY_API_SECRET": "s2"}
    for name in ("dexchange_link", "dexchange_push", "dexpay", "simulator"):
        settings = load_settings({"COLLECT_WITH": name, **keys}, None)
        terms, collector = terms_of(settings), collector_of(settings)
        assert terms is not None
        assert collector is not None
        assert terms.collector == name
        assert terms.abilities == collector.abilities
    chosen = load_settings({"COLLECT_WITH": "dexpay", "WAYS_TO_PAY": "Wave, orange_money,wave", **keys}, None)
    assert chosen.ways_to_pay == ("wave", "orange_money")
    assert {"k1", "k2", "s2"} <= set(chosen.secrets)
    with pytest.raises(SettingsError, match="WAYS_TO_PAY"):
        terms_of(load_settings({"COLLECT_WITH": "dexchange_link", "WAYS_TO_PAY": "wave"}, None))
    with pytest.raises(SettingsError, match="must list ways to pay"):
        load_settings({"WAYS_TO_PAY": "gold"}, None)
    for name, missing in (
        ("dexpay", "DEXPAY_API_KEY"),
        ("dexchange_link", "PUBLIC_URL"),
        ("dexchange_push", "needs it"),
    ):
        with pytest.raises(SettingsError, match=missing):
            load_settings({"COLLECT_WITH": name}, None, needs=("provider",))
