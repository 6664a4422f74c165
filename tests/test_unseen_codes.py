"""Fault 33: what comes with a word, a number or a code that nobody expected is kept, asked about, and not shown before
the provider or an admin agrees. A whole bot, with the provider's moods and a clock that the test moves.
"""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from bot.gateway.wire import read_webhook_claim
from tests.in_process import ADMIN, AWA, Room, room

pytestmark = pytest.mark.anyio

WORDLESS = "14123456730"
SECOND_CODE = "14123456731"
ANOTHER_NUMBER = "14123456732"
PAID_AT_ONCE = "14123456799"
LOOK_UP_ALONE = "14123456702"
STRANGE = "90000111122223333444"


def payment(here: Room, order_id: str) -> dict[str, Any]:
    row: dict[str, Any] = here.simulator.audit(here.clock.now)["payments"][order_id]
    return row


async def webhook(here: Room, order_id: str, **body: Any) -> None:
    """The provider brings a webhook that names its own id; everything that follows at once happens."""
    fields = {"id": payment(here, order_id)["transaction_id"], "externalTransactionId": order_id, **body}
    assert await here.taal.settlement.webhook_claim(order_id, read_webhook_claim(msgspec.json.encode(fields)))
    await here.quiet()
    await here.taal.outbox.sweep()
    await here.quiet()


@pytest.mark.parametrize("word", [{}, {"STATUS": None}, {"STATUS": "RECHARGED"}, {"STATUS": 200}])
async def test_a_webhook_without_a_word_that_we_know_loses_no_code(tmp_path: Path, word: dict[str, Any]) -> None:
    """Its code is kept, the provider is asked at once, and says that the payment succeeded: the code is the buyer's."""
    async with room(tmp_path, pace=1.0) as here:
        order_id = await here.buys(AWA, WORDLESS)
        here.clock.move(3)
        (code,) = payment(here, order_id)["codes"]
        await webhook(here, order_id, token=code, **word)
        assert here.codes(AWA) == [code]
        assert here.saw(ADMIN, "alert.contradiction") == 1
        assert (await here.balances())["hold"] == 0


async def test_a_webhook_without_a_word_shows_nothing_by_itself(tmp_path: Path) -> None:
    async with room(tmp_path, pace=1000.0) as here:
        order_id = await here.buys(AWA, LOOK_UP_ALONE)
        await webhook(here, order_id, token=STRANGE)
        for seconds in (1, 3, 10, 60):
            await here.turn(seconds)
        assert here.codes(AWA) == []
        assert here.saw(ADMIN, "alert.forged_hint") == 1
        # An admin who has asked the provider takes what was kept, and nobody has to type it.
        await here.says(ADMIN, f"/order {order_id}")
        assert here.saw(ADMIN, "admin.resolve.ask") == 0
        assert "3444" in here.mailbox.to(ADMIN)[-1].text
        await here.says(ADMIN, f"/resolve {order_id} delivered")
        await here.says(ADMIN, "confirmer")
        assert here.codes(AWA) == [STRANGE]
        assert all(STRANGE not in outbound.text.replace(" ", "") for outbound in here.mailbox.to(ADMIN))


async def test_a_second_code_after_delivery_is_sent_once_the_provider_agrees(tmp_path: Path) -> None:
    """One message, with the new code alone, that says what it is; however often the webhook comes."""
    async with room(tmp_path, pace=1.0) as here:
        order_id = await here.buys(AWA, SECOND_CODE)
        first, second = payment(here, order_id)["codes"]
        assert here.codes(AWA) == [first]
        balances = await here.balances()
        here.clock.move(3)
        for _ in range(3):
            await webhook(here, order_id, STATUS="SUCCESS", token=f"{first} {second}")
        assert here.codes(AWA) == [first, second]
        assert here.saw(AWA, "notice.more_codes") == 1
        assert here.saw(ADMIN, "alert.more_codes") == 1
        assert await here.balances() == balances
        # Asked for again, both are there.
        await here.says(AWA, "/code")
        assert here.codes(AWA)[2:] == [first, second]


async def test_another_code_that_the_provider_does_not_confirm_is_an_admins_to_give(tmp_path: Path) -> None:
    async with room(tmp_path, pace=1.0) as here:
        order_id = await here.buys(AWA, PAID_AT_ONCE)
        own = payment(here, order_id)["codes"]
        await webhook(here, order_id, STATUS="SUCCESS", token=STRANGE)
        for seconds in (1, 3, 10, 60):
            await here.turn(seconds)
        assert here.codes(AWA) == own
        assert here.saw(ADMIN, "alert.more_codes") == 1
        assert (await here.order(order_id))["due_at"] is None
        await here.says(ADMIN, f"/resolve {order_id} delivered le fournisseur confirme")
        await here.says(ADMIN, "confirmer")
        assert here.codes(AWA) == [*own, STRANGE]
        # There is nothing more to give.
        await here.says(ADMIN, f"/resolve {order_id} delivered")
        assert here.saw(ADMIN, "admin.resolve.no_code") == 1


async def test_a_webhook_with_another_payments_id_is_kept_and_shows_nothing(tmp_path: Path) -> None:
    async with room(tmp_path, pace=1.0) as here:
        order_id = await here.buys(AWA, PAID_AT_ONCE)
        own = payment(here, order_id)["codes"]
        await webhook(here, order_id, STATUS="SUCCESS", token=STRANGE, id="SOMEBODYELSES")
        await here.turn(60)
        assert here.codes(AWA) == own
        assert here.saw(ADMIN, "alert.forged_hint") == 1
        (kept,) = await here.rows("SELECT said FROM provider_fact WHERE source = 'webhook'")
        assert STRANGE in kept["said"]
        assert "SOMEBODYELSES" in kept["said"]


@pytest.mark.parametrize("body", [b"[1, 2]", b'{"recharge": "9000 0111 1222 2333 3444"}', b"\xff\xfe code"])
async def test_what_nobody_can_read_is_kept_as_it_came(tmp_path: Path, body: bytes) -> None:
    async with room(tmp_path, pace=1.0) as here:
        order_id = await here.buys(AWA, LOOK_UP_ALONE)
        assert await here.taal.settlement.webhook_claim(order_id, read_webhook_claim(body))
        await here.quiet()
        (kept,) = await here.rows("SELECT said, decided_at FROM provider_fact WHERE source = 'webhook'")
        assert body.decode("utf-8", "replace") == msgspec.json.decode(kept["said"])["raw"]
        assert kept["decided_at"] is not None
        await here.turn(0)
        assert here.saw(ADMIN, "alert.contradiction") == 1


async def test_a_look_up_that_names_a_telephone_is_ours(tmp_path: Path) -> None:
    async with room(tmp_path, pace=1.0) as here:
        order_id = await here.buys(AWA, ANOTHER_NUMBER)
        await here.turn(6)
        assert here.codes(AWA) == payment(here, order_id)["codes"]
        assert here.saw(ADMIN, "alert.forged_hint") == 0
        noted = await here.rows("SELECT what FROM journal WHERE order_id = :id", id=order_id)
        assert "look_up: another number" in [row["what"] for row in noted]
