"""Faults 38 and 39: the real program collects, by each collector over HTTP, and is killed at every point between a link
and a pay-back.

At the end the provider's own books say what each payer paid, and all of it has a home: it bought
something, went back, or is here as theirs.
"""

from pathlib import Path

import pytest

from tests.databases import DatabaseSettings
from tests.running_collecting import (
    COLLECTION_FEE_XOF,
    COLLECTORS,
    FEE_XOF,
    METER,
    REFUSED,
    Payer,
    Shop,
    asked_xof,
    collecting,
    eventually,
    together,
)

pytestmark = pytest.mark.anyio

PAY = "/billing/pay"
TOTAL_XOF = 5_000 + FEE_XOF + COLLECTION_FEE_XOF


@pytest.mark.parametrize("collector", COLLECTORS)
async def test_38_39_killed_between_link_payment_credit_purchase_and_pay_back(
    tmp_path: Path, database: DatabaseSettings, collector: str
) -> None:
    """One kill finds six people, each at another point. All get what they paid for, or their money back, once."""
    async with collecting(tmp_path, collector, **database) as shop:
        bot, books = shop.bot, shop.books
        awa, ndeye, modou, fatou, binta, coumba = (shop.person(1001 + at) for at in range(6))
        await together(*(each.order(METER, 5000) for each in (awa, ndeye, modou)))
        await together(*(each.is_asked() for each in (awa, ndeye, modou)))
        books.deaf = True
        # Binta's purchase was refused, and the call that pays her back is on its way.
        await binta.order(REFUSED, 5000)
        await binta.pay()
        await binta.has_paid(1)
        await eventually(lambda: binta.paybacks, "what goes back")
        books.hang(shop.pay_back_path, heard=True)
        if not shop.gives_number:
            await shop.ordered(f"/payback {binta.paybacks[0]['id']} confirm vérifié")
        await _hangs(shop, shop.pay_back_path)
        # What Fatou paid for is ordered, and the call that buys it is on its way.
        await fatou.order(METER, 5000)
        await fatou.is_asked()
        books.hang(PAY, heard=True)
        await fatou.decide()
        await fatou.has_paid(1)
        await _hangs(shop, PAY)
        # Coumba is being asked, and nobody reads what the collector answers.
        books.hang(shop.create_path, heard=True)
        await coumba.order(METER, 5000)
        await _hangs(shop, shop.create_path)
        # Modou has paid, a look-up says so, and it cannot be written down.
        await modou.decide()
        shop.line.hold()
        bot.let_pass(modou.collection["id"])
        await eventually(lambda: modou.collection["lease_owner"], "a look-up on its way")
        with bot.locked():
            shop.line.release()
            await bot.logs(event="answer", id=modou.collection["id"], step="look_up", result="Collected")
            assert not bot.rows("SELECT key FROM collected WHERE collection_id = ?", modou.collection["id"])
            await bot.kill()
        # Ndeye pays while nobody is there, and no webhook will ever tell. Awa pays later.
        await ndeye.decide()
        fatous_order = fatou.collection["quote_id"]
        assert (bot.order(fatous_order)["state"], binta.paybacks[0]["state"]) == ("sending", "sending")
        assert (awa.collection["state"], coumba.collection["state"]) == ("open", "opening")
        books.deaf = False
        await bot.start()
        await together(
            _buys(awa), _is_bought(ndeye), _is_bought(modou), _settled_by_webhook(shop, fatou), _ends(shop, coumba)
        )
        if collector == "dexpay":
            # It is looked up by our id, and never sent again.
            await binta.gets_back_by_itself(TOTAL_XOF)
            assert books.asked(binta.paybacks[0]["id"]) == 1
        else:
            # The provider takes no id twice, and never told its own: it was sent once more, and then people decide.
            payback = binta.paybacks[0]["id"]
            await bot.hasten_until(lambda: books.asked(payback) == 2, "the same pay-back once more")
            await eventually(lambda: binta.paybacks[0]["state"] == "unknown", "nobody knows")
            await shop.ordered(f"/payback {payback} paid vu chez le fournisseur", two=True)
            await binta.gets_back_by_itself(TOTAL_XOF)
        for each in (awa, ndeye, modou, fatou):
            assert len(each.codes) == 1
        assert not binta.codes
        assert bot.order(fatous_order)["state"] == "delivered"


async def test_38_39_killed_where_what_is_left_may_stay(tmp_path: Path, database: DatabaseSettings) -> None:
    """With ADVANCES=allowed what is left stays, buys the next time, and goes back when its owner asks for it."""
    async with collecting(tmp_path, "dexpay", advances="allowed", **database) as shop:
        bot, books = shop.bot, shop.books
        awa, modou, fatou = (shop.person(1001 + at) for at in range(3))
        # Awa pays 500 F too much, Modou 100 F too little; Fatou brings a sum to have here, and has not paid it yet.
        await together(awa.buys(9), modou.buys(8))
        await together(awa.code(), modou.has_paid(1))
        fatou.user.text("/topup 5000")
        await fatou.press(".by.wave:")
        await fatou.is_asked()
        assert (awa.advance_xof, modou.advance_xof, fatou.advance_xof) == (500, asked_xof(8) - 100, 0)
        # Modou wants it back: an admin has confirmed it, and the call is on its way.
        modou.user.text("/refund me")
        await modou.press(".do")
        await eventually(lambda: modou.paybacks, lambda: f"what goes back\n{modou.user.story()}")
        books.hang(shop.pay_back_path, heard=True)
        await modou.may_go_back()
        await _hangs(shop, shop.pay_back_path)
        await bot.kill()
        await fatou.decide()
        await bot.start()
        await together(fatou.has_paid(1), modou.gets_back_by_itself(asked_xof(8) - 100))
        assert books.asked(modou.paybacks[0]["id"]) == 1
        assert (awa.advance_xof, modou.advance_xof, fatou.advance_xof) == (500, 0, 5_000)
        # What is here buys, and is asked for first.
        await fatou.buy(METER, 4_000)
        await fatou.code()
        assert fatou.advance_xof == 1_000 - FEE_XOF


async def _hangs(shop: Shop, mark: str) -> None:
    await eventually(lambda: shop.books.hung[mark] and mark not in shop.books.hanging, f"{mark} hangs")


async def _buys(payer: Payer) -> None:
    await payer.pay()
    await payer.code()


async def _is_bought(payer: Payer) -> None:
    await payer.has_paid(1)
    await payer.code()


async def _settled_by_webhook(shop: Shop, payer: Payer) -> None:
    """The order is sent once more, a 409 proves that it arrived, and the webhook brings the code."""
    order_id, bot, books = payer.collection["quote_id"], shop.bot, shop.books
    await bot.hasten_until(lambda: books.received[order_id] == 2, "a second pay call")
    payment = books.audit()["payments"][order_id]
    told = {"id": payment["transaction_id"], "STATUS": "SUCCESS", "token": payment["codes"][0]}
    assert (await bot.webhook(order_id, told)).status == 200
    await payer.code()
    assert books.accepted[order_id] == 1


async def _ends(shop: Shop, payer: Payer) -> None:
    """A create whose answer is lost is asked for under the same id, and never under another."""
    id_, books = payer.collection["id"], shop.books
    if shop.collector == "dexpay":
        # It is looked up by our id, which tells the link as well.
        await _buys(payer)
        assert books.asked(id_) == 1
    else:
        await shop.bot.hasten_until(lambda: books.asked(id_) == 2, "the same create once more")
        await eventually(lambda: payer.collection["lease_owner"] is None, "its answer is written down")
        assert payer.collection["state"] == "unknown"
        if shop.gives_number:
            # Their telephone asks all the same; the webhook names the provider's id, by which it is looked up.
            await payer.decide()
            await payer.code()
    assert payer.collection["id"] == id_
    assert [session for session in books.audit()["collections"] if session == id_] == [id_]
