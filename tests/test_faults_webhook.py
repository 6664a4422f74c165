"""Faults 10 to 14: the provider's webhook comes early, often, forged or contradicting; and Telegram's, unproved.

One bot serves them all; every test has its own customer.
"""

import asyncio
import contextlib
import inspect
import json
from collections.abc import AsyncIterator, Iterator

import pytest

from bot.channels.telegram import secret
from bot.web import PROVIDER_PATH, proof, proved
from tests.databases import DatabaseSettings
from tests.running import SECRET_KEY, TELEGRAM_HEADERS, Bot, Customer, Town, eventually, text_update, town

pytestmark = pytest.mark.anyio

FIVE_TIMES = "14123456711"
FAILED_THEN_SUCCESS = "14123456714"
BEFORE_THE_ANSWER = "14123456717"
LYING = "14123456724"
LOOK_UP_ALONE = "14123456702"
CODE_BY_WEBHOOK_ALONE = "14123456727"
PAID_AT_ONCE = "14123456799"


@pytest.fixture(scope="module")
async def served(
    tmp_path_factory: pytest.TempPathFactory, lasting_database: DatabaseSettings
) -> AsyncIterator[tuple[Town, Bot]]:
    async with town(tmp_path_factory.mktemp("webhook"), admins="telegram:1", **lasting_database) as (place, bot):
        place.customer(1)
        yield place, bot
        # What is still open ends now, so that the books can be closed.
        place.provider.simulator.pace = 0
        bot.hasten()
        await eventually(
            lambda: not bot.rows("SELECT id FROM orders WHERE state NOT IN ('delivered', 'refused')"), "all have ended"
        )


@contextlib.contextmanager
def pace(place: Town, pace: float) -> Iterator[None]:
    """How fast the provider's time goes: at 1000 a payment stays in PROCESSING, at 0 it ends."""
    usual, place.provider.simulator.pace = place.provider.simulator.pace, pace
    try:
        yield
    finally:
        place.provider.simulator.pace = usual


async def test_10_the_webhook_comes_before_the_answer(served: tuple[Town, Bot]) -> None:
    """It is matched by our own id; the PROCESSING that arrives later moves nothing back."""
    place, bot = served
    awa = place.customer(1010)
    with pace(place, 0.5):
        await awa.buy(BEFORE_THE_ANSWER)
        await awa.code()
    await bot.order_is(awa.order_id, "delivered")
    # Only now does the answer to the pay call come.
    assert not bot.logged(event="provider", call="pay", result="processing")
    await bot.logs(event="provider", call="pay", result="processing")
    await eventually(lambda: bot.order(awa.order_id)["lease_owner"] is None, "the answer is settled")
    states = [row["state"] for row in bot.rows("SELECT state FROM journal WHERE order_id = ?", awa.order_id)]
    assert states[-1] == "delivered"
    assert "processing" not in states
    assert len(awa.codes) == 1
    assert not awa.saw("notice.processing.code")


async def test_11_the_same_webhook_five_times(served: tuple[Town, Bot]) -> None:
    """One code message, however often it comes, then and later."""
    place, bot = served
    awa = place.customer(1011)
    await awa.buy(FIVE_TIMES)
    await eventually(lambda: place.provider.simulator.webhooks_sent[awa.order_id] == 5, "five webhooks")
    await awa.code()
    payment = place.provider.simulator.audit(0)["payments"][awa.order_id]
    body = {"id": payment["transaction_id"], "STATUS": "SUCCESS", "token": payment["codes"][0]}
    again = await asyncio.gather(*(bot.webhook(awa.order_id, body) for _ in range(5)))
    assert {response.status for response in again} == {200}
    await _nothing_more_comes(bot, awa)
    assert awa.codes == payment["codes"]


async def test_11_webhooks_together_with_the_poll(served: tuple[Town, Bot]) -> None:
    """Five in the same instant, the look-ups that they cause, and the poll: one code message, money spent once."""
    place, bot = served
    awa = place.customer(1111)
    with pace(place, 1000):
        await awa.buy(LOOK_UP_ALONE)
        await bot.order_is(awa.order_id, "processing")
    payment = place.provider.simulator.audit(0)["payments"][awa.order_id]
    body = {"id": payment["transaction_id"], "externalTransactionId": awa.order_id, "STATUS": "SUCCESS"}
    with pace(place, 0):
        bot.hasten()
        await asyncio.gather(*(bot.webhook(awa.order_id, body | {"token": payment["codes"][0]}) for _ in range(5)))
        await awa.code()
    await _nothing_more_comes(bot, awa)
    assert awa.codes == payment["codes"]
    order = bot.order(awa.order_id)
    assert _balance(bot, 1111) == -order["amount_xof"] - order["fee_xof"]


async def test_12_a_forged_success(served: tuple[Town, Bot]) -> None:
    """The look-up says PROCESSING: nothing is shown, it is counted, the admins know; the true code comes later."""
    place, bot = served
    admin, awa = place.customer(1), place.customer(1012)
    counted = await bot.metric("taal_forged_hints_total")
    with pace(place, 0.01):
        await awa.buy(LYING)
        await eventually(lambda: place.provider.simulator.accepted[awa.order_id], "accepted")
    with pace(place, 1000):
        await eventually(lambda: bot.order(awa.order_id)["hint"], "the lie is kept")
        await bot.hasten_until(lambda: admin.saw("alert.forged_hint"), "an alert")
        assert await bot.metric("taal_forged_hints_total") == counted + 1
        assert awa.codes == []
        assert bot.order(awa.order_id)["state"] == "processing"
    with pace(place, 0):
        bot.hasten()
        code = await awa.code()
    assert awa.codes == place.provider.simulator.audit(0)["payments"][awa.order_id]["codes"] == [code]


async def test_12_a_forged_webhook_names_other_ids(served: tuple[Town, Bot]) -> None:
    """It is not even kept."""
    place, bot = served
    awa = place.customer(1112)
    counted = await bot.metric("taal_forged_hints_total")
    with pace(place, 1000):
        await awa.buy(LOOK_UP_ALONE)
        await bot.order_is(awa.order_id, "processing")
        lie = {"STATUS": "SUCCESS", "token": "11112222333344445555", "externalTransactionId": "SOMEBODYELSE"}
        assert (await bot.webhook(awa.order_id, lie)).status == 200
        assert await bot.metric("taal_forged_hints_total") == counted + 1
        assert bot.order(awa.order_id)["hint"] is None
        await _nothing_more_comes(bot, awa)
    assert awa.codes == []
    bot.check_log("11112222333344445555")


@pytest.mark.parametrize(("update_id", "wrong"), [(13, {}), (14, dict.fromkeys(TELEGRAM_HEADERS, "f" * 64))])
async def test_13_a_wrong_secret_token(served: tuple[Town, Bot], update_id: int, wrong: dict[str, str]) -> None:
    """401, and nothing is stored."""
    place, bot = served
    stranger = place.customer(1300 + update_id)
    key = f"telegram:update:{update_id}"
    body = json.dumps(text_update(update_id, stranger.user, "/start")).encode()
    response = await bot.post("/webhooks/telegram", body, wrong)
    assert response.status == 401
    assert not response.body
    assert not bot.rows("SELECT * FROM inbox WHERE key = ?", key)
    assert not bot.rows("SELECT * FROM session WHERE address = ?", f"telegram:{1300 + update_id}")
    # The same bytes with the right token are taken.
    assert (await bot.post("/webhooks/telegram", body, TELEGRAM_HEADERS)).status == 200
    assert bot.rows("SELECT * FROM inbox WHERE key = ?", key)


async def test_13_a_wrong_address_of_an_order(served: tuple[Town, Bot]) -> None:
    """404 for a wrong proof, for another order's proof, and for the proof of an order that does not exist."""
    place, bot = served
    awa = place.customer(1113)
    lie = json.dumps({"STATUS": "SUCCESS", "token": "11112222333344445555"}).encode()
    key = SECRET_KEY.encode()
    with pace(place, 1000):
        await awa.buy(LOOK_UP_ALONE)
        await bot.order_is(awa.order_id, "processing")
        for path in (
            f"{PROVIDER_PATH}/{awa.order_id}/{'0' * 40}",
            f"{PROVIDER_PATH}/{awa.order_id}/{proof('ANOTHERORDER', key)}",
            f"{PROVIDER_PATH}/{awa.order_id}/{proof(awa.order_id, b'another key')}",
            f"{PROVIDER_PATH}/NOSUCHORDER0/{proof('NOSUCHORDER0', key)}",
            f"{PROVIDER_PATH}/{awa.order_id}/%C3%A9",
            f"{PROVIDER_PATH}/{awa.order_id}",
        ):
            assert (await bot.post(path, lie)).status == 404, path
        assert bot.order(awa.order_id)["hint"] is None


def test_13_secrets_are_compared_in_constant_time() -> None:
    """Time cannot be measured well enough in a test; that the comparison is the one made for it can be read."""
    assert "hmac.compare_digest(" in inspect.getsource(secret.verify)
    assert "hmac.compare_digest(" in inspect.getsource(proved)


async def test_14_failed_then_success(served: tuple[Town, Bot]) -> None:
    """The money went back at once; the late success delivers the code, takes the money again and alerts."""
    place, bot = served
    admin, awa = place.customer(1), place.customer(1014)
    with pace(place, 0.2):
        await awa.buy(FAILED_THEN_SUCCESS)
        await bot.order_is(awa.order_id, "refused")
        await awa.expect("notice.money_back")
        assert _balance(bot, 1014) == 0
        await awa.code()
    await awa.expect("notice.late")
    await admin.expect("alert.late_success")
    order = bot.order(awa.order_id)
    assert order["state"] == "delivered"
    assert _balance(bot, 1014) == -order["amount_xof"] - order["fee_xof"]


async def test_14_success_then_failed(served: tuple[Town, Bot]) -> None:
    """The final state is kept and it is flagged."""
    place, bot = served
    admin, awa = place.customer(1), place.customer(1114)
    await awa.buy(PAID_AT_ONCE)
    await awa.code()
    spent = _balance(bot, 1114)
    payment = place.provider.simulator.audit(0)["payments"][awa.order_id]
    failed = {"id": payment["transaction_id"], "externalTransactionId": awa.order_id, "STATUS": "FAILED"}
    assert (await bot.webhook(awa.order_id, failed)).status == 200
    await admin.expect("alert.failed_after_success")
    await _nothing_more_comes(bot, awa)
    assert bot.order(awa.order_id)["state"] == "delivered"
    assert _balance(bot, 1114) == spent
    assert not awa.saw("notice.money_back")


async def test_the_code_comes_by_webhook_once_the_look_up_agrees(served: tuple[Town, Bot]) -> None:
    """A look-up that says SUCCESS and has no code is completed by what the webhook brought."""
    place, _ = served
    awa = place.customer(1015)
    await awa.buy(CODE_BY_WEBHOOK_ALONE)
    await awa.code()
    assert awa.codes == place.provider.simulator.audit(0)["payments"][awa.order_id]["codes"]


async def _nothing_more_comes(bot: Bot, customer: Customer) -> None:
    """Whatever was going on for a customer has come to rest, and their chat has seen the last of it."""
    order_id = customer.order_id
    await eventually(lambda: bot.order(order_id)["lease_owner"] is None, "no call is in flight")
    customer.user.text("/id")
    await customer.user.expect(f"telegram:{customer.user.chat_id}")


def _balance(bot: Bot, chat_id: int) -> int:
    account = f"customer:telegram:{chat_id}"
    balance: int = bot.rows("SELECT coalesce(sum(amount_xof), 0) AS xof FROM entry WHERE account = ?", account)[0][
        "xof"
    ]
    return balance
