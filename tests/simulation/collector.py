"""Who collects in a world, and the way to them: the simulated collectors' brain behind the real adapters.

Some of the worlds collect: each by one of the adapters, with advances or without. How a payer behaves is drawn for each
collection, and for each pay-back how it goes, so that it does not depend on sums and numbers. What the payers have paid
and what went back to them is in the simulator's own books, and these alone are what the oracle asks.
"""

import random
from typing import TYPE_CHECKING, Any, Final

import httpx
import msgspec
from msgspec.structs import replace

from bot.collectors import Collector
from bot.collectors.caller import Caller
from bot.collectors.dexchange_link import DexchangeLink
from bot.collectors.dexchange_push import DexchangePush
from bot.collectors.dexpay import Dexpay
from bot.collectors.simulator import DEFAULT, MOODS, CollectingSimulator, Mood
from bot.collectors.simulator.brain import WEBHOOK_SECRET
from bot.collectors.simulator.sessions import PaidOut, Session
from bot.collectors.wire import dexchange, dexpay
from bot.domain.catalog import FeeRule
from bot.gateway.simulator.answers import Answer, Webhook
from bot.gateway.wire.calls import headers as dexchange_headers
from bot.shop import CollectingTerms, ShopSettings
from tests.simulation.line import Line

if TYPE_CHECKING:
    from tests.simulation.payers import PayersOracle
    from tests.simulation.process import Process
    from tests.simulation.world import World

# How many of the worlds collect.
SHARE: Final = 0.4
ROOT: Final = "http://collector.invalid"
ABILITIES: Final = {"dexpay": dexpay.ABILITIES, "dexchange_link": dexchange.LINK, "dexchange_push": dexchange.PUSH}
# Of payers who know what they do: 3 s after they were asked, at once, 40 s later, with no webhook.
USUAL_MOODS: Final = (DEFAULT, DEFAULT, DEFAULT, MOODS["01"], MOODS["01"], MOODS["02"], MOODS["12"])
# Any way in which a collection can go wrong, most often by another sum, twice or too late; and a pay-back.
PAYER_MOODS: Final = tuple(
    MOODS[digits]
    for digits in (*(f"{number:02d}" for number in range(2, 22)), "29", *("06", "07", "07", "08", "09", "10") * 6)
)
BACK_MOODS: Final = tuple(MOODS[f"{number}"] for number in range(22, 29))
# What a session is at the collector's when nobody can pay it any more.
OVER: Final = ("FAILED", "CANCELLED", "EXPIRED")
GARBAGE: Final = (
    b"",
    b"<html><body>Bonjour</body></html>",
    b'{"success": true}',
    b'{"transaction": [], "data": 7}',
    b'{"success": true, "data": {"status": 7, "attempts": {"a": 1}}}',
    b'{"message": "ok", "transaction": {"Status": 7, "payments": [7]}}',
    b"\xff\xfe\x00",
)


def shop_of(shop: ShopSettings, chance: random.Random) -> ShopSettings:
    """The shop of a world: as it was, or one in which customers pay for themselves."""
    if chance.random() >= SHARE:
        return shop
    name = chance.choice(tuple(ABILITIES))
    abilities = ABILITIES[name]
    terms = CollectingTerms(
        name,
        abilities,
        tuple(way.method for way in abilities.ways if way.method != "card"),
        fee=chance.choice((FeeRule(), FeeRule(fixed_xof=100), FeeRule(basis_points=100))),
        provider_fee=FeeRule(basis_points=100),
        pay_back_fee=FeeRule(basis_points=50),
        advance_most_xof=chance.choice((200_000, 3_000)),
        auto_most_xof=chance.choice((50_000, 1_500)),
    )
    return replace(shop, collecting=terms, advances=chance.choice(("none", "none", "none", "allowed")))


def collector_of(world: "World", process: "Process") -> Collector | None:
    """What a process collects by."""
    terms, line = world.shop.collecting, CollectorLine(world, process)
    if terms is None:
        return None
    if terms.collector == "dexpay":
        return Dexpay(Caller(ROOT, dexpay.headers("key", "secret"), transport=line), (WEBHOOK_SECRET,))
    caller = Caller(ROOT, dexchange_headers("key"), transport=line)
    return DexchangeLink(caller) if terms.collector == "dexchange_link" else DexchangePush(caller)


class PlayedCollector(CollectingSimulator):
    """The provider of a world that collects: a mood is drawn for each collection and pay-back."""

    def __init__(self, world: "World") -> None:
        super().__init__()
        self._world = world
        self._chance = random.Random(f"payers {world.seed}")
        self._moods: dict[str, Mood] = {}

    def _create(self, kind: Any, asked: dict[str, Any], external_id: str, *more: Any) -> Answer:  # as the brain has it
        self._draw(external_id, USUAL_MOODS, PAYER_MOODS)
        return super()._create(kind, asked, external_id, *more)

    def _pay_back(self, external_id: str, *more: Any) -> Answer:  # as the brain has it
        self._draw(external_id, (DEFAULT, MOODS["26"]), BACK_MOODS)
        return super()._pay_back(external_id, *more)

    def _draw(self, external_id: str, usual: tuple[Mood, ...], bad: tuple[Mood, ...]) -> None:
        if external_id not in self._moods:
            self._moods[external_id] = self._drawn(usual, bad)
        self.mood_of = lambda amount_xof, number: self._moods[external_id]

    def _drawn(self, usual: tuple[Mood, ...], bad: tuple[Mood, ...]) -> Mood:
        mood, faults = self._chance.choice(usual), self._world.faults
        # Also when all else is well: people decide what nobody knows.
        if self._chance.random() < faults.strength.get("payer moods", 0.0):
            mood = self._chance.choice(bad)
            faults.seen[f"payer mood: {mood.about}"] += 1
        return mood

    @property
    def sessions(self) -> dict[str, Session]:
        """What payers were asked for, by our id."""
        return self._sessions

    @property
    def paid_out(self) -> dict[str, PaidOut]:
        """What was sent back, by our id."""
        return self._paid_out

    def paid_xof(self, external_id: str) -> int:
        """What was paid of a collection until now."""
        session = self._sessions.get(external_id)
        return 0 if session is None else sum(payment.amount_xof for payment in session.payments(self._world.now()))

    def has_gone_back(self, external_id: str) -> bool:
        """Whether the payer has the money of a pay-back."""
        paid_out = self._paid_out.get(external_id)
        return paid_out is not None and paid_out.status(self._world.now()) == "SUCCESS"


class Payers:
    """The collector's side of a world: takes requests, and brings webhooks."""

    def __init__(self, world: "World") -> None:
        self.world = world

    @property
    def simulator(self) -> PlayedCollector:
        """Its books."""
        simulator = self.world.provider.simulator
        assert isinstance(simulator, PlayedCollector)
        return simulator

    @property
    def books(self) -> "PayersOracle":
        """Whoever watches."""
        payers = self.world.oracle.payers
        assert payers is not None
        return payers

    def take(self, request: httpx.Request) -> Answer:
        """A request arrives."""
        asked = _asked(request)
        back_id, create_id = _pay_back_id(request, asked), _create_id(request, asked)
        if back_id is not None:
            number = str(asked.get("number") or asked.get("destination_phone"))[-9:]
            self.books.sends_back(back_id, asked["amount"], number, back_id in self.simulator.paid_out)
        if create_id is not None:
            self.books.asks(create_id, int(asked.get("amount") or asked.get("ItemPrice") or 0))
        answer = self.simulator.handle(
            request.method,
            request.url.raw_path.decode("ascii"),
            request.content,
            self.world.now(),
            request.headers.get("authorization", ""),
        )
        for webhook in answer.webhooks:
            self._begin(webhook)
        url = asked.get("callBackURL") or asked.get("webhook_url")
        if create_id is not None and url and self.world.faults.strikes("webhook forged"):
            self._begin(self._forged(create_id, str(url)))
        return answer

    def _begin(self, webhook: Webhook) -> None:
        provider = self.world.provider
        provider.webhooks += 1
        self.world.loop.begin(self._bring(webhook)).add_done_callback(provider.brought)

    def _forged(self, id_: str, url: str) -> Webhook:
        """Somebody claims a payment, of more than was asked: by an address that they made up, or that they learnt."""
        chance = self.world.faults.chance
        body = {"externalTransactionId": id_, "reference": id_, "STATUS": "SUCCESS", "status": "COMPLETED"}
        more = {"AMOUNT": 50_000, "amount": 50_000, "PHONE_NUMBER": "779999999"}
        if chance.random() < 0.5:
            url = url[:-1] + ("0" if url[-1] != "0" else "1")
        return Webhook(chance.uniform(0, 20), url, id_, msgspec.json.encode(body | more))

    async def _bring(self, webhook: Webhook) -> None:
        faults = self.world.faults
        await self.world.wait(webhook.after_seconds)
        if faults.strikes("webhook lost") or webhook.url is None:
            return
        for _ in range(1 + faults.strikes("webhook doubled")):
            if faults.strikes("webhook late"):
                await self.world.wait(faults.chance.uniform(0, 60))
            headers = {name.lower(): value for name, value in webhook.headers}
            await self.world.provider.post(webhook.url, webhook.body, headers)


class CollectorLine(Line):
    """The way to the collector."""

    call = "a call to the collector"
    garbage = GARBAGE

    def acts(self, request: httpx.Request) -> bool:
        return request.method != "GET"

    def moving_id(self, request: httpx.Request) -> str | None:
        asked = _asked(request)
        return _pay_back_id(request, asked) or _create_id(request, asked)

    def take(self, request: httpx.Request) -> Answer:
        answer = self.world.payers.take(request)
        self.world.note(f"{request.method} {request.url.path[-28:]} {answer.status}")
        return answer

    def reworded(self, body: bytes, word: str) -> bytes:
        told = msgspec.json.decode(body) if body.startswith(b"{") else {}
        for name, key in (("transaction", "Status"), ("data", "status")):
            if isinstance(told.get(name), dict):
                told[name][key] = word
        return msgspec.json.encode(told)


def _asked(request: httpx.Request) -> dict[str, Any]:
    return msgspec.json.decode(request.content, type=dict[str, Any]) if request.content else {}


def _pay_back_id(request: httpx.Request, asked: dict[str, Any]) -> str | None:
    if request.method == "POST" and request.url.path.endswith("/payouts"):
        return str(asked["reference"])
    return str(asked["externalTransactionId"]) if str(asked.get("serviceCode")).endswith("_CASHIN") else None


def _create_id(request: httpx.Request, asked: dict[str, Any]) -> str | None:
    if request.url.path.endswith(("/get-link", "/init")) and not str(asked.get("serviceCode")).endswith("_CASHIN"):
        return str(asked["externalTransactionId"])
    return str(asked["reference"]) if request.url.path.endswith("/checkout-sessions") else None
