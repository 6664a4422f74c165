"""Batches through the whole bot in process, with the provider's moods and a clock that the test moves."""

import io
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from bot.documents.batch import batch as make_batch
from bot.domain.outbound import Attachment, Outbound
from bot.i18n import load
from tests.in_process import AWA, MOUSSA, Room, room

pytestmark = pytest.mark.anyio

# What happens in the moods, and how a line in each ends within two hours.
MOODS = {
    "00": "delivered",
    "01": "delivered",
    "02": "delivered",
    "03": "delivered",
    "05": "delivered",
    "07": "delivered",
    "08": "delivered",
    "10": "delivered",
    "11": "delivered",
    "12": "refused",
    "13": "refused",
    "16": "delivered",
    "17": "delivered",
    "18": "delivered",
    "19": "delivered",
    "20": "delivered",
    "23": "refused",
    "24": "delivered",
    "25": "delivered",
}


async def a_reseller(here: Room, *meters: str) -> None:
    """Awa sells, and has sold for these meters before."""
    await here.says(AWA, "/start")
    store: Any = here.taal.store
    await store._connection.execute(
        "INSERT INTO reseller VALUES (?, 'Chez Awa', '{}', NULL, NULL, 0, 0, 0, 0)", (str(AWA),)
    )
    for meter in meters:
        await store._connection.execute(
            "INSERT INTO meter (customer, service, reference, holder, nickname, saved_at)"
            " VALUES (?, 'woyofal', ?, 'AWA', ?, 0)",
            (str(AWA), meter, meter),
        )


def listed(*meters: str) -> str:
    return "\n".join(f"{meter};1000;{at}" for at, meter in enumerate(meters, 1))


async def confirmed(here: Room, *meters: str) -> str:
    """A list of these meters that was confirmed; answers its id."""
    await here.says(AWA, listed(*meters))
    for _ in range(60):
        if any(".do." in data for data in here.buttons(AWA)):
            break
        await here.turn(1)
    await here.taps(AWA, here.button(AWA, "do"))
    return str((await here.rows("SELECT id FROM batch WHERE state = 'running'"))[0]["id"])


async def the_state(here: Room) -> str:
    return str((await here.rows("SELECT state FROM batch"))[0]["state"])


def documents(here: Room) -> list[Outbound]:
    return [outbound for outbound in here.mailbox.to(AWA) if outbound.attachment is not None]


async def test_every_mood_ends_once_and_is_told_once(tmp_path: Path) -> None:
    meters = [f"147000000{mood}" for mood in MOODS]
    async with room(tmp_path, webhooks=True, pace=1.0) as here:
        await a_reseller(here)
        await confirmed(here, *meters)
        for _ in range(400):
            await here.turn(2)
            if await the_state(here) == "done":
                break
        assert await the_state(here) == "done"
        (summary,) = documents(here)
        for _ in range(60):
            await here.turn(120)
        orders = await here.rows("SELECT * FROM orders ORDER BY line")
        assert {row["reference"][-2:]: row["state"] for row in orders} == MOODS
        for row in orders:
            assert here.simulator.accepted[row["id"]] == (
                row["state"] == "delivered" or row["reference"][-2:] in "13 23"
            )
        balances = await here.balances()
        assert balances.get("hold", 0) == 0
        assert summary.durable
        assert len(documents(here)) == 1
        # While it ran, no line was told by itself; those that ended later were, and say which they are.
        notices = [outbound.text for outbound in here.mailbox.to(AWA) if "Livré pour" in outbound.text]
        assert all("de la liste" in text for text in notices)
        for outbound in here.mailbox.to(AWA):
            assert outbound.progress <= (outbound.replaces is not None)


async def test_a_single_customer_is_served_before_the_rest_of_a_batch(tmp_path: Path) -> None:
    meters = [f"14{at:07}50" for at in range(200)]
    async with room(tmp_path, rate_per_minute=100) as here:
        await a_reseller(here, *meters)
        await confirmed(here, *meters)
        for _ in range(10):
            await here.turn(1)
        before = len(here.simulator.accepted)
        assert 5 < before < 30
        order_id = await here.buys(MOUSSA, "14555555550")
        await here.quiet()
        assert (await here.order(order_id))["state"] == "delivered"
        assert len(here.simulator.accepted) <= before + 2
        # And the batch goes on at the pace that the provider allows.
        for _ in range(160):
            await here.turn(1)
        assert len(here.simulator.accepted) == 201
        assert await the_state(here) == "done"


async def test_polls_of_single_customers_go_before_a_batch(tmp_path: Path) -> None:
    meters = [f"14{at:07}50" for at in range(60)]
    async with room(tmp_path, rate_per_minute=100, pace=1.0) as here:
        await a_reseller(here, *meters)
        # Never a webhook; a look-up has the code after 8 seconds.
        order_id = await here.buys(MOUSSA, "14555555502")
        await confirmed(here, *meters)
        for _ in range(17):
            await here.turn(1)
        assert (await here.order(order_id))["state"] == "delivered"
        assert len(here.simulator.accepted) < 40


async def test_stop_in_the_middle(tmp_path: Path) -> None:
    meters = [f"14{at:07}50" for at in range(40)]
    async with room(tmp_path, rate_per_minute=100) as here:
        await a_reseller(here, *meters)
        await confirmed(here, *meters)
        for _ in range(10):
            await here.turn(1)
        bought = len(here.simulator.accepted)
        await here.says(AWA, "/stop")
        for _ in range(60):
            await here.turn(2)
        assert len(here.simulator.accepted) == bought
        assert await the_state(here) == "done"
        (summary,) = documents(here)
        assert f"{40 - bought} arrêtées avant l’achat" in summary.text
        balances = await here.balances()
        assert balances.get("hold", 0) == 0


async def test_a_check_and_a_batch_go_on_after_a_restart(tmp_path: Path) -> None:
    meters = [f"14{at:07}50" for at in range(40)]
    async with room(tmp_path, rate_per_minute=100) as here:
        await a_reseller(here)
        await here.says(AWA, listed(*meters))
        for _ in range(5):
            await here.turn(1)
        left = (await here.rows("SELECT count(*) AS many FROM batch_line WHERE state = 'to_check'"))[0]["many"]
        assert 0 < left < 40
        clock, simulator = here.clock, here.simulator
    async with room(tmp_path, rate_per_minute=100, clock=clock, simulator=simulator) as here:
        for _ in range(40):
            await here.turn(1)
        await here.taps(AWA, here.button(AWA, "do"))
        for _ in range(5):
            await here.turn(1)
    async with room(tmp_path, rate_per_minute=100, clock=clock, simulator=simulator) as here:
        for _ in range(60):
            await here.turn(1)
        assert await the_state(here) == "done"
        assert set(simulator.accepted.values()) == {1}
        assert len(simulator.accepted) == 40
        assert len(documents(here)) == 1


async def test_the_file_tells_every_line(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        await a_reseller(here)
        await here.says(
            AWA, "14700000003;1000;Trois\n14700000013;2000;Refus\n14700000050;5;Petit\n14700000050;3000;Bon"
        )
        await here.turn(1)
        batch_id = (await here.rows("SELECT id FROM batch"))[0]["id"]
        before = await sheet(here, batch_id)
        assert [row[8] for row in before] == ["pas encore achetée"] * 2 + [
            "montant sous le minimum",
            "pas encore achetée",
        ]
        await here.taps(AWA, here.button(AWA, "do"))
        for _ in range(3):
            await here.turn(1)
        rows = await sheet(here, batch_id)
        assert [(row[0], row[1], row[3], row[4]) for row in rows] == [
            (1, "14700000003", "Trois", 1000),
            (2, "14700000013", "Refus", 2000),
            (3, "14700000050", "Petit", 5),
            (4, "14700000050", "Bon", 3000),
            (None, None, "Acheté", 4000),
        ]
        assert [row[8] for row in rows[:4]] == ["réussi", "refusé", "montant sous le minimum", "réussi"]
        codes = str(rows[0][9]).split(" / ")
        assert [len(code) for code in codes] == [24, 24, 24]
        order_id = str(rows[0][11]).replace("-", "")
        assert here.simulator.audit(0)["payments"][order_id]["codes"] == [code.replace(" ", "") for code in codes]
        assert rows[1][5:8] == (None, None, None)
        assert rows[1][9] is None
        assert rows[0][12] == "14700000003 ; 1000 ; Trois"
        words = load()["en"]
        assert await make_batch(here.taal.store, words, ("NOTHING", "csv")) is None
        csv = await make_batch(here.taal.store, words, (batch_id, "csv"))
        assert csv is not None
        assert csv.name == f"list-{batch_id}.csv"
        assert csv.content.decode("utf-8-sig").startswith("Line;Meter;")


async def sheet(here: Room, batch_id: str) -> list[tuple[Any, ...]]:
    """The rows of a batch's file under its titles."""
    attachment = Attachment("batch", "fr", (batch_id, "xlsx"))
    file = await make_batch(here.taal.store, load()[attachment.language], attachment.arguments)
    assert file is not None
    return list(load_workbook(io.BytesIO(file.content)).worksheets[0].iter_rows(min_row=2, values_only=True))


async def test_a_list_that_the_dialogue_cannot_take_is_set_aside(tmp_path: Path) -> None:
    """A check whose handling raises is tried a few times, and keeps nobody else waiting."""
    async with room(tmp_path) as here:
        await a_reseller(here)
        await here.says(AWA, listed("14700000050", "14700000051"))
        store: Any = here.taal.store
        await store._connection.execute("UPDATE batch_line SET amount_xof = -5")
        for _ in range(200):
            await here.turn(1)
        # Their session begins afresh, and the list waits beside it.
        assert here.saw(AWA, "apology") == 1
        assert await the_state(here) == "ready"
        await here.buys(MOUSSA, "14555555550")
        assert here.codes(MOUSSA)
