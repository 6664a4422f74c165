"""A batch of 200 lines, killed three times in the middle: each line is bought exactly once, or reported."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from tests.fake_telegram import Shown
from tests.running import Bot, Customer, Town, eventually

pytestmark = pytest.mark.anyio

LINES = 200
AMOUNT_XOF = 1_000
# The code by webhook; paid, but answered late; paid at once, twice as often.
MOODS = ("01", "15", "50", "51")
METERS = [f"147{at:06}{MOODS[at % len(MOODS)]}" for at in range(LINES)]
FAULTY = ("14799999904;1000;Unknown", "14123456789;10;Too small")


def make_reseller(bot: Bot, awa: Customer[Any]) -> None:
    bot.rows("INSERT INTO reseller VALUES (?, 'Chez Awa', '{}', NULL, NULL, 0, 0, 0, 0)", awa.address)


def states(bot: Bot) -> dict[str, int]:
    return {row["state"]: row["many"] for row in bot.rows("SELECT state, count(*) AS many FROM orders GROUP BY state")}


def batch_state(bot: Bot) -> str:
    return str(bot.rows("SELECT state FROM batch")[0]["state"])


def files(awa: Customer[Any]) -> list[Shown]:
    return [shown for shown in awa.user.shown if shown.file is not None]


async def bought(bot: Bot, count: int) -> None:
    """Wait until so many lines are bought."""
    await eventually(
        lambda: states(bot).get("delivered", 0) >= count, lambda: f"{count} lines, but {states(bot)}\n{bot.story()}"
    )


async def come(bot: Bot, condition: Callable[[], object], what: str) -> None:
    """Let pauses go by until `look` answers something true: those before a line is sent, or sent once more."""

    def hastened() -> object:
        bot.rows(
            "UPDATE orders SET due_at = 0 WHERE state IN ('waiting', 'unknown') AND lease_owner IS NULL AND due_at > 0"
        )
        return condition()

    await eventually(hastened, lambda: f"{what}, but {states(bot)}\n{bot.story()}", 30)


def lines_under_way(bot: Bot) -> int:
    """Those that are still to be sent, and those of which the provider may still tell by itself."""
    return int(
        bot.rows(
            "SELECT count(*) AS many FROM orders WHERE state IN ('waiting', 'sending')"
            " OR (state = 'unknown' AND replays = 0) OR (state = 'processing' AND facts LIKE '%transaction_id%')"
        )[0]["many"]
    )


def provider_says(payment: dict[str, Any], order_id: str) -> dict[str, Any]:
    """The webhook that tells of a payment whose answer was lost."""
    body = {"id": payment["transaction_id"], "externalTransactionId": order_id, "transactionType": "BILL"}
    return body | {"STATUS": "SUCCESS", "token": " ".join(payment["codes"])}


async def test_200_lines_killed_three_times_are_each_bought_once_or_reported(tmp_path: Path) -> None:
    async with Town(tmp_path, pace=0.05) as place:
        bot, awa = place.bot(dexchange_rate_per_minute=3600), place.customer(1001)
        await bot.start()
        await awa.settled()
        make_reseller(bot, awa)
        lines = [f"{meter};{AMOUNT_XOF};Client {at}" for at, meter in enumerate(METERS, 1)]
        awa.user.document("ventes.csv", "\r\n".join(("compteur;montant;nom", *lines, *FAULTY)).encode())
        # The first death: while the provider is being asked whose meters these are.
        await eventually(
            lambda: bot.rows("SELECT count(*) AS many FROM batch_line WHERE state = 'good'")[0]["many"] >= 40,
            lambda: f"some meters are known\n{bot.story()}\n{awa.user.story()}",
        )
        await bot.kill()
        await bot.start()
        await awa.press(".do.")
        # Three more while it buys.
        for count in (20, 45, 70):
            await bought(bot, count)
            await bot.kill()
            assert states(bot).get("waiting", 0) > 0, "it was killed too late to be in the middle"
            await bot.start()
        await come(bot, lambda: not lines_under_way(bot), "every line was sent")
        # What is left has nothing to be looked up by: past a minute of asking it is reported as being checked.
        await bot.hasten_until(lambda: batch_state(bot) == "done", "the batch ends")
        await bot.outbox_is_empty()

        # Every line was bought, or is reported as being checked; none is lost, none was bought twice.
        orders = {row["id"]: dict(row) for row in bot.rows("SELECT * FROM orders")}
        assert sorted(order["reference"] for order in orders.values()) == METERS
        assert {order["line"] for order in orders.values()} == set(range(1, LINES + 1))
        assert set(place.provider.simulator.accepted.values()) == {1}
        lost = [order for order in orders.values() if order["state"] != "delivered"]
        assert {order["state"] for order in lost} <= {"unknown", "processing"}
        assert lost, "no answer was lost: the kills proved little"

        # One summary, whose file has every line.
        (summary,) = files(awa)
        assert summary.file is not None
        assert f"{LINES - len(lost)} achetées sur {LINES}" in summary.text
        assert f"{len(lost)} en vérification" in summary.text
        sheet = load_workbook(io.BytesIO(summary.file.content)).worksheets[0]
        rows = [row for row in sheet.iter_rows(min_row=2, values_only=True) if row[0] is not None]
        assert [row[0] for row in rows] == list(range(1, LINES + len(FAULTY) + 1))
        assert [row[1] for row in rows[:LINES]] == METERS
        codes = {str(row[1]): str(row[9]).replace(" ", "") for row in rows if row[9] is not None}
        payments = place.provider.simulator.audit(0)["payments"]
        assert codes == {
            order["reference"]: payments[order["id"]]["codes"][0]
            for order in orders.values()
            if order["state"] == "delivered"
        }

        # Its progress was told in one message, over all its lives.
        assert len({shown.message_id for shown in awa.user.shown if shown.edited and "░" in shown.text}) == 1

        # The provider tells of those whose answers were lost: each is told alone, with its number.
        for order in lost:
            assert (await bot.webhook(order["id"], provider_says(payments[order["id"]], order["id"]))).status == 200
        await bot.hasten_until(lambda: states(bot) == {"delivered": LINES}, "every line is bought")
        await bot.outbox_is_empty()
        for order in lost:
            assert any(f"Ligne {order['line']} de la liste" in shown.text for shown in awa.user.shown)
        assert len(files(awa)) == 1
        assert place.provider.simulator.accepted == dict.fromkeys(orders, 1)
        held = bot.rows("SELECT coalesce(sum(amount_xof), 0) AS xof FROM entry WHERE account = 'hold'")
        assert held[0]["xof"] == 0
        place.check()
