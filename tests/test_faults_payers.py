"""Faults 38 and 39, and a day of payers: one real program for each collector, over HTTP, on both channels.

Strangers buy with Wave and Orange Money; they pay late, twice, too much, too little, from another telephone, or not at
all; answers are lost on the line, webhooks are lost, doubled and forged.

When all have gone, the provider's own books say what each payer paid, and all of it has a home: it bought something,
went back, or is here as theirs. Every test has its own people.
"""

import itertools
from collections.abc import AsyncIterator

import pytest

from tests.databases import DatabaseSettings
from tests.postgres_server import PostgresServer
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
from tests.tcp_proxy import Cut

pytestmark = pytest.mark.anyio

TOTAL_XOF = 5_000 + FEE_XOF + COLLECTION_FEE_XOF
# FAILED at first, and SUCCESS soon after.
SUCCEEDS_LATE = "14123456714"
numbers = itertools.count(7_000)


@pytest.fixture(scope="module", params=COLLECTORS)
async def shop(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, lasting_database: DatabaseSettings
) -> AsyncIterator[Shop]:
    folder, settings = tmp_path_factory.mktemp("payers"), lasting_database
    if settings:
        # Each collector's shop has books of its own.
        server: PostgresServer = request.getfixturevalue("postgres")
        settings = {"database_url": server.new_database()}
    async with collecting(folder, request.param, channels=("telegram", "whatsapp"), **settings) as made:
        yield made


@pytest.fixture
def many(shop: Shop) -> list[Payer]:
    return [shop.person(next(numbers)) for _ in range(12)]


def alerted(shop: Shop, kind: str, id_: str) -> bool:
    """Whether the admins were told something about it."""
    return any(id_ in line["detail"] for line in shop.bot.logged(event="alert", kind=kind))


async def test_38_every_way_to_pay_and_not_to_pay(shop: Shop, many: list[Payer]) -> None:
    """Who pays in full gets the code; what is too much, too little or too often goes back; who does not pay is told."""
    await together(*(payer.buys(mood) for payer, mood in zip(many, (1, 2, 3, 4, 5, 6, 7, 8, 9, 10), strict=False)))
    at_once, slow, refused, cancelled, unpaid, late, twice, little, much, other = many[:10]
    once = (at_once, slow, late, twice, much, other)
    await together(*(payer.code() for payer in once))
    await together(refused.expect("paying.failed"), cancelled.expect("paying.failed"), unpaid.expect("paying.expired"))
    assert [payer.collection["state"] for payer in (refused, cancelled, unpaid)] == ["failed", "failed", "expired"]
    if shop.collector != "dexchange_push":
        # A push is one transaction: it cannot be paid twice.
        await twice.has_paid(2)
        await twice.gets_back(asked_xof(7))
    await little.has_paid(1)
    await together(little.gets_back(asked_xof(8) - 100), much.gets_back(500))
    # A later look tells nothing that was not known.
    looks = {"event": "answer", "id": at_once.collection["id"], "step": "look_up"}
    many_looks = len(shop.bot.logged(**looks))
    shop.bot.let_pass(at_once.collection["id"])
    await shop.bot.logs(many_looks + 1, **looks)
    await at_once.settled()
    assert not at_once.saw("paying.paid_again")
    assert [len(payer.codes) for payer in (*once, little)] == [1] * len(once) + [0]
    assert not other.paybacks


async def test_38_webhooks_are_lost_doubled_and_forged(shop: Shop, many: list[Payer]) -> None:
    """A look-up proves a payment; a webhook is a reason to look, and nothing more."""
    early, lost, exists, doubled, forged, strange = many[:6]
    people = (early, lost, exists, doubled, forged, strange)
    await together(*(payer.buys(mood) for payer, mood in zip(people, (11, 12, 16, 21, 13, 20), strict=True)))
    await together(*(payer.code() for payer in (lost, exists, doubled)))
    id_ = forged.collection["id"]
    await shop.bot.hasten_until(lambda: alerted(shop, "forged_hint", id_), "an alert")
    # Whoever knows the address of one webhook knows no other one.
    body = b'{"STATUS": "SUCCESS", "event": "CHECKOUT_COMPLETED", "status": "COMPLETED"}'
    assert (await shop.bot.post(f"/webhooks/collection/{id_}/{'0' * 32}", body)).status in (401, 404)
    await early.has_paid(1)
    await early.code()
    assert [len(payer.codes) for payer in people] == [1, 1, 1, 1, 0, 0]
    assert {forged.collection["state"], strange.collection["state"]} == {"open"}
    assert alerted(shop, "unreadable", strange.collection["id"])


@pytest.mark.parametrize("how", [Cut.AFTER, Cut.HALF_ANSWER, Cut.BEFORE])
async def test_38_the_answer_to_a_create_is_lost(shop: Shop, many: list[Payer], how: Cut) -> None:
    """The same request goes under the same id, and never under another while the first may be paid."""
    awa, books = many[0], shop.books
    await awa.quoted(METER, 5000)
    shop.line.cut(how, shop.create_path.encode())
    await awa.choose(shop.method)
    id_ = awa.collection["id"]
    if how is Cut.BEFORE or shop.collector == "dexpay":
        await awa.pay()
        await awa.code()
    else:
        await shop.bot.hasten_until(lambda: books.asked(id_) == 2, "the same request once more")
        await eventually(lambda: awa.collection["lease_owner"] is None, "its answer is written down")
        # The link is lost with the answer; whoever was asked on their telephone can pay.
        assert awa.collection["state"] == "unknown"
        if shop.gives_number:
            await awa.decide()
            await awa.code()
    assert awa.collection["id"] == id_
    assert books.asked(id_) == (1 if how is Cut.BEFORE or shop.collector == "dexpay" else 2)


@pytest.mark.parametrize("how", [Cut.AFTER, Cut.BEFORE])
async def test_39_the_answer_to_a_pay_back_is_lost(shop: Shop, many: list[Payer], how: Cut) -> None:
    """Nobody knows whether it went back: it is looked up, never sent under another id, and in the end people decide."""
    awa, books = many[0], shop.books
    await awa.order(REFUSED, 5000)
    await awa.is_asked()
    if shop.gives_number:
        # It goes back by itself, as soon as the purchase has come to nothing.
        shop.line.cut(how, shop.pay_back_path.encode())
    await awa.decide()
    await eventually(lambda: awa.paybacks, lambda: f"what goes back\n{shop.bot.story()}")
    id_ = awa.paybacks[0]["id"]
    if not shop.gives_number:
        shop.line.cut(how, shop.pay_back_path.encode())
        await shop.ordered(f"/payback {id_} confirm vérifié")
    await eventually(lambda: alerted(shop, "unknown", id_), lambda: f"an alert\n{shop.bot.story()}")
    await awa.expect("payback.checking")
    if shop.collector == "dexpay" and how is Cut.BEFORE:
        # That they know nothing of it proves nothing; two people find out that it never left.
        await shop.bot.hasten_until(lambda: awa.paybacks[0]["stuck_at"], "it waits for people")
        await shop.ordered(f"/payback {id_} kept jamais parti", two=True)
        await eventually(lambda: awa.paybacks[0]["state"] == "kept", "it is theirs again")
        assert books.asked(id_) == 0
        return
    if shop.collector != "dexpay" and how is Cut.AFTER:
        # Sent once more under the same id, it was answered that the id is used: which proves nothing, either.
        await shop.bot.hasten_until(lambda: books.asked(id_) == 2, "the same call once more")
        await eventually(lambda: awa.paybacks[0]["lease_owner"] is None, "its answer is written down")
        assert awa.paybacks[0]["state"] == "unknown"
        await shop.ordered(f"/payback {id_} paid vu chez le fournisseur", two=True)
    await awa.gets_back_by_itself(TOTAL_XOF)
    assert books.asked(id_) == (1 if shop.collector == "dexpay" or how is Cut.BEFORE else 2)
    assert not awa.codes


async def test_39_pay_backs_that_do_not_go_as_they_should(shop: Shop, many: list[Payer]) -> None:
    """Failed, the float too low twice, slow, the number refused: the money goes back once, or stays theirs."""
    failed, poor, slow, wrong = many[:4]
    await together(*(payer.buys(mood, REFUSED) for payer, mood in zip(many, (24, 25, 26, 28), strict=False)))
    await together(poor.gets_back(asked_xof(25)), slow.gets_back(asked_xof(26)))
    for payer in (failed, wrong):
        await payer.may_go_back()
        await payer.goes_back_as("refused")
        await shop.ordered(f"/payback {payer.paybacks[0]['id']} kept le numéro n’en veut pas")
        await payer.goes_back_as("kept")
    assert not any(payer.codes for payer in many)


async def test_38_what_was_quoted_holds_no_longer(shop: Shop, many: list[Payer]) -> None:
    """Paid within the day it still buys; paid later, or by who may not buy any more, it goes back."""
    late, too_late, frozen = many[:3]
    await together(*(payer.order(METER, 5000) for payer in (late, too_late, frozen)))
    await together(*(payer.is_asked() for payer in (late, too_late, frozen)))
    late.lives_on(hours=2)
    too_late.lives_on(hours=26)
    await together(late.comes_to("expired"), too_late.comes_to("expired"))
    await together(late.expect("paying.expired"), too_late.expect("paying.expired"))
    await shop.ordered(f"/freeze {frozen.address} à vérifier")
    await together(*(payer.decide() for payer in (late, too_late, frozen)))
    await together(*(payer.has_paid(1) for payer in (late, too_late, frozen)))
    await late.code()
    await too_late.gets_back(TOTAL_XOF)
    await frozen.gets_back(TOTAL_XOF)
    assert not too_late.codes
    assert not frozen.codes


async def test_38_a_purchase_succeeds_after_it_had_come_to_nothing(shop: Shop, many: list[Payer]) -> None:
    """What was to go back for it, and waits for an admin, does not go: it has bought what it was paid for."""
    awa = many[0]
    await awa.order(SUCCEEDS_LATE, 60_000)
    await awa.pay()
    await awa.code()
    await awa.goes_back_as("kept")
    assert shop.bot.order(awa.collection["quote_id"])["state"] == "delivered"
    assert len(awa.codes) == 1


@pytest.mark.parametrize("channel", ["telegram", "whatsapp"])
async def test_a_stranger_buys_and_buys_again(shop: Shop, channel: str) -> None:
    """From hello to the code in at most seven inputs, and the same once more in three; the way to pay is Wave, or the
    page where it is chosen.
    """
    number = next(numbers)
    awa = shop.person(number if channel == "telegram" else f"22177000{number}")
    awa.user.text("bonjour")
    await awa.press(".buy.woyofal")
    await awa.user.expect("numéro du compteur")
    awa.user.text(METER)
    await awa.offered(await awa.tap(".amount.5000"))
    await awa.choose(shop.method)
    await awa.pay()
    await awa.code()
    assert awa.inputs <= 7, awa.user.story()
    before = awa.inputs
    await awa.offered(lambda: awa.user.text("encore"))
    await awa.choose(shop.method, known=True)
    await awa.pay()
    await awa.code(2)
    assert awa.inputs - before <= 3, awa.user.story()
    assert len(set(awa.codes)) == 2


@pytest.mark.parametrize("channel", ["telegram", "whatsapp"])
async def test_orange_money_refused_expired_and_paid_late(shop: Shop, channel: str) -> None:
    """Orange Money buys where it is offered; who refuses, or lets the time pass, is told and may begin again."""
    number = next(numbers)
    awa = shop.person(number if channel == "telegram" else f"22177000{number}")
    await awa.quoted(METER, 5000)
    await awa.choose("any" if shop.collector == "dexchange_link" else "orange_money")
    await awa.pay("refuse")
    await awa.expect("paying.failed")
    await awa.offered(await awa.tap(".payagain."))
    # Only a number that has paid is remembered.
    await awa.choose("any" if shop.collector == "dexchange_link" else "orange_money")
    await awa.is_asked()
    awa.lives_on(hours=1)
    await awa.comes_to("expired")
    await awa.expect("paying.expired")
    await awa.decide()
    await awa.has_paid(1)
    await awa.code()
    assert len(awa.codes) == 1
