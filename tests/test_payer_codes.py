"""The code that a payer of Wizall types here: it is handed on and never kept, tried few times, and proves nothing."""

import json
import pickle
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace
from structlog.testing import capture_logs

from bot.app.collecting import addresses_of, listen_to
from bot.app.running import assemble
from bot.collectors.simulator import CollectingSimulator
from bot.collectors.simulator.inprocess import CollectingTransport, collectors
from bot.collectors.wire.dexchange import PUSH
from bot.dialogue.tasks import CodeAnswered, GiveCode
from bot.domain.collecting import LookUpUnknown, Open
from bot.domain.collection import Collection
from bot.domain.inbound import Inbound, Tap, Text
from bot.domain.people import Address
from bot.domain.pin import PayerCode, Pin
from bot.engine.task_runner import nobody_collects
from bot.gateway.simulator import SimulatorGateway
from bot.i18n import NBSP
from bot.repositories import collections
from bot.store.sqlite import SqliteStore
from bot.transactions.payer_codes import MOST_TRIES, try_code
from bot.transactions.unit import Unit
from tests import paying_world
from tests.collecting_world import TERMS, a_shop
from tests.dialogue_world import AWA, OTHER, World
from tests.in_process import ADMIN, Clock, Mailbox, Room
from tests.in_process import AWA as PAYER
from tests.test_transcripts import begun

CODE = "482915"
BUY = "woyofal 14123456789 5000"


@pytest.fixture
def world() -> Iterator[World]:
    world = begun("fr")
    paying_world.collects(world, "wizall")
    yield world
    world.store.close()


def text(world: World, address: Address = AWA) -> str:
    return world.last(address).text.replace(NBSP, " ")


def waits(world: World, address: Address = AWA) -> Collection:
    """Somebody is to pay by Wizall, and was sent a code."""
    world.say(BUY, address)
    world.say("wizall", address)
    world.say("77 123 45 67", address)
    paying_world.happens(world, ["prompt"])
    return paying_world.newest(world)


def tries(world: World) -> int:
    return int(world.store.one("SELECT code_tries FROM collection"))


def everything(world: World) -> str:
    """Every cell of the database."""
    names = [row["name"] for row in world.store.rows("SELECT name FROM sqlite_master WHERE type = 'table'")]
    return json.dumps([[dict(row) for row in world.store.rows(f"SELECT * FROM {name}")] for name in names], default=str)


# The code is written nowhere.


def test_a_code_cannot_be_printed_or_encoded():
    code = PayerCode(CODE)
    task = GiveCode("C1", "P1", code)
    for each in (code, task, (code,), {"code": code}):
        assert CODE not in f"{each!r} {each}"
    for write in (msgspec.json.encode, msgspec.msgpack.encode, pickle.dumps):
        with pytest.raises(TypeError):
            write(task)
    assert (code == PayerCode(CODE), code == PayerCode("1"), code == Pin(CODE)) == (True, False, False)


@pytest.mark.parametrize("answer", ["right", "wrong", "lost"])
def test_no_code_stands_in_the_database_and_its_message_is_taken_away(world: World, answer: str):
    waits(world)
    paying_world.happens(world, ["code", answer])
    world.say("48 29-15")
    assert world.codes == [CODE]
    assert world.erased == [str(AWA)]
    assert CODE not in everything(world)
    assert "48 29-15" not in everything(world)
    assert all(CODE not in shown.outbound.text for shown in world.screen)


@pytest.mark.parametrize("early", [False, True])
def test_a_code_that_came_late_is_not_repeated(world: World, early: bool):
    waits(world)
    world.say(CODE, sent_at=world.now - (3_600_000 if early else 700_000))
    assert world.codes == []
    assert all(CODE not in shown.outbound.text for shown in world.screen)
    assert world.erased == [str(AWA)]


def test_what_is_no_code_is_read_as_ever(world: World):
    waits(world)
    world.now += 40 * 60_000
    world.say("woyofal 14123456789 6000")
    assert world.erased == []
    assert "6 000" in text(world)


# Few tries.


def test_tries_in_flight_do_not_outrun_the_bound(world: World):
    collection = waits(world)
    unit = Unit(world.installation, AWA, str(AWA), "fr", world.now)
    answers = [world.store.run(try_code, unit, collection) for _ in range(MOST_TRIES + 2)]
    assert answers == ["given"] * MOST_TRIES + ["too_many"] * 2
    assert tries(world) == MOST_TRIES
    assert not world.store.run(collections.count_code_try, collection.id, MOST_TRIES)


def test_a_try_that_finds_no_place_in_the_budget_is_not_counted(world: World):
    collection = waits(world)
    unit = Unit(world.installation, AWA, str(AWA), "fr", world.now)
    world.store.rows("UPDATE budget SET arrival_us = ?", (world.now + 60_000) * 1000)
    assert world.store.run(try_code, unit, collection) == "busy"
    assert tries(world) == 0
    world.say(CODE)
    assert "dans quelques secondes" in text(world)
    assert world.codes == []


def test_a_code_counts_only_while_it_is_waited_for(world: World):
    collection = waits(world)
    unit = Unit(world.installation, AWA, str(AWA), "fr", world.now)
    for other in (
        replace(collection, state="failed"),
        replace(collection, kind="prompt"),
        replace(collection, collector="dexchange_link"),
    ):
        assert world.store.run(try_code, unit, other) == "over"
    for other in (replace(collection, state="unknown"), replace(collection, provider_id=None)):
        assert world.store.run(try_code, unit, other) == "not_yet"
    # It ended between the question and the count.
    world.store.rows("UPDATE collection SET state = 'expired'")
    assert world.store.run(try_code, unit, collection) == "too_many"
    world.store.rows("DELETE FROM collection")
    assert world.store.run(collections.code_tries, collection.id) == 0


def test_where_no_try_is_left_a_round_sum_is_one(world: World):
    waits(world)
    world.store.rows("UPDATE collection SET code_tries = ?", MOST_TRIES)
    for said, is_code in ((CODE, True), (CODE, True), ("5000", False)):
        world.say(said)
        assert ("plus d’essai" in text(world)) == is_code
    assert world.codes == []


# Nobody's telephone is asked again and again.


def prompts(world: World, number: str, address: Address = AWA) -> bool:
    """Somebody wants that telephone to pay; whether it is asked."""
    before = int(world.store.one("SELECT count(*) FROM collection"))
    world.say("/topup 5000", address)
    world.say("om", address)
    world.say(number, address)
    return int(world.store.one("SELECT count(*) FROM collection")) > before


def test_one_account_has_few_telephones_asked_that_did_not_pay(world: World):
    paying_world.collects(world, "wizall", "allowed")
    asked = [prompts(world, f"7712345{at:02}") for at in range(8)]
    assert asked == [True] * 6 + [False] * 2
    assert "qui n’ont pas payé" in text(world)
    world.store.run(paying_world.remember, str(AWA), "orange_money", "771234599", world.now)
    assert prompts(world, "771234599"), "the one that paid is theirs"
    world.now += 1_200_000
    assert prompts(world, "771234511")


def test_one_telephone_is_asked_rarely_whoever_wants_it(world: World):
    paying_world.collects(world, "wizall", "allowed")
    asked = [prompts(world, "771234567", Address("telegram", str(50 + at))) for at in range(8)]
    assert asked == [True] * 6 + [False] * 2
    assert prompts(world, "771234568")


# What the payer may do meanwhile.


def test_cancel_and_paid_mean_the_payment_that_waits_for_its_code(world: World):
    waits(world)
    world.say("c’est fait")
    assert "Nous demandons tout de suite" in text(world)
    assert world.store.one("SELECT awaited_at FROM collection") is not None
    world.say("stop")
    assert paying_world.newest(world).abandoned_at is not None


def test_a_button_leads_to_the_code_and_nobody_else_s(world: World):
    collection = waits(world)
    world.say("menu")
    world.tap("🔢 Taper le code")
    assert "Tapez ici le code" in text(world)
    world.hear(OTHER, Tap(f"-.paycode.{collection.id}"))
    assert "Nous n’attendons aucun paiement" in text(world, OTHER)
    paying_world.happens(world, ["came", "5175"])
    world.tap("🔢 Taper le code", gone=True)
    assert "est bien arrivé" in text(world)


def test_a_code_for_what_is_paid_already_says_so(world: World):
    waits(world)
    paying_world.happens(world, ["came", "5175"])
    world.say(CODE)
    assert "est bien arrivé" in text(world)
    assert world.codes == []


@pytest.mark.parametrize("said", [CODE, "et alors ?"])
def test_a_code_for_what_is_gone_is_asked_for_no_more(world: World, said: str):
    waits(world)
    world.store.rows("UPDATE collection SET customer = 'telegram:9'")
    world.say(said)
    assert "Nous n’attendons aucun paiement" in text(world) or "Je n’ai pas compris" in text(world)
    assert world.codes == []


def test_figures_mean_what_they_meant_where_no_code_is_waited_for(world: World):
    world.say("menu")
    world.say("5000")
    assert world.codes == []
    world.under(collecting=replace(world.shop.collecting or TERMS, methods=("wave",)))
    world.say("menu")
    world.say("5000")
    assert world.codes == []


def test_an_answer_to_a_code_disturbs_nobody_who_is_at_something_else(world: World):
    collection = waits(world)
    world.say(BUY)
    for answer in ("wrong", "right", "lost"):
        world.hear(AWA, CodeAnswered(collection.id, paying_world.CODE_ANSWERS[answer]))
        world.tap("Changer le montant")
        assert "montant" in text(world), "they are where they were"
    world.store.rows("UPDATE collection SET code_tries = ?", MOST_TRIES)
    world.hear(AWA, CodeAnswered(collection.id, paying_world.CODE_ANSWERS["wrong"]))
    assert "plus d’essai" in text(world)


def test_an_answer_after_the_news_says_nothing(world: World):
    collection = waits(world)
    paying_world.happens(world, ["came", "5175"])
    since = len(world.screen)
    world.hear(AWA, CodeAnswered(collection.id, Open("P-1")))
    world.hear(AWA, CodeAnswered("nobody", Open("P-1")))
    assert world.screen[since:] == []


def test_where_the_provider_counts_more_requests_everybody_waits(world: World):
    collection = waits(world)
    world.hear(AWA, CodeAnswered(collection.id, LookUpUnknown("busy", "HTTP 429", 5)))
    assert "n’a pas répondu" in text(world)
    unit = Unit(world.installation, AWA, str(AWA), "fr", world.now)
    assert world.store.run(try_code, unit, paying_world.newest(world)) == "busy"


@pytest.mark.anyio
async def test_where_nobody_collects_no_code_goes_anywhere():
    assert isinstance(await nobody_collects("C1", "P1", CODE), LookUpUnknown)


# The whole way.

METER, ODD, GOOD = "14000000007", "000111", "123456"


@asynccontextmanager
async def wizall(folder: Path) -> AsyncIterator[Room]:
    """A whole bot whose customers pay by Wizall, at DEXCHANGE's simulator."""
    store = await SqliteStore.open(str(folder / "taal.db"))
    await store.migrate()
    clock, simulator, mailbox = Clock(), CollectingSimulator(pace=0.0), Mailbox()

    async def unheard(*_: object) -> None:
        """A webhook is lost: look-ups alone tell."""

    transport = CollectingTransport(simulator, unheard, clock, 0.01)
    _, push, _ = collectors(transport)
    taal = assemble(
        store=store,
        gateway=SimulatorGateway(simulator, clock=clock, time_out_seconds=0.01),
        channels={mailbox.name: mailbox},
        shop=a_shop(collector=push.name, abilities=PUSH, methods=("wizall",)),
        admins=(ADMIN,),
        rate_per_minute=6_000,
        clock=clock,
        ticks=clock.ticks,
        collector=push,
        addresses=addresses_of(None, b"k" * 32),
    )
    listen_to(push, taal.collecting)
    try:
        yield Room(taal, simulator, mailbox, clock)
    finally:
        await taal.stop(1.0)
        await store.aclose()


@pytest.mark.anyio
async def test_a_stranger_pays_by_wizall_and_their_code_is_in_no_file_and_no_log(tmp_path: Path):
    with capture_logs() as lines:
        async with wizall(tmp_path) as here:

            async def turns(count: int) -> None:
                assert here.taal.collecting is not None
                for _ in range(count):
                    await here.taal.collecting.sweep()
                    await here.turn(5)

            for said in (f"woyofal {METER} 2000", "wizall", "77 111 00 77"):
                await here.taal.engine.hear(Inbound(f"telegram:{said}", PAYER, Text(said), "fr"))
                await here.quiet()
            await turns(3)
            assert here.saw(PAYER, "code.given") == 0
            assert "Tapez ici le code" in here.story(PAYER)
            assert (await here.rows("SELECT state FROM collection"))[0]["state"] == "open", "no code, no payment"
            await here.says(PAYER, ODD)
            assert "n’accepte pas ce code" in here.story(PAYER)
            await turns(2)
            assert (await here.rows("SELECT state FROM collection"))[0]["state"] == "open"
            await here.says(PAYER, GOOD)
            await turns(6)
            assert (await here.rows("SELECT state FROM collection"))[0]["state"] == "paid"
            assert "Voici votre code Woyofal" in here.story(PAYER)
    for path in (path for path in tmp_path.iterdir() if path.is_file()):
        for code in (ODD, GOOD):
            assert code.encode() not in path.read_bytes(), path
    assert ODD not in repr(lines)
    assert GOOD not in repr(lines)
