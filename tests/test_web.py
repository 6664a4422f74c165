"""The web room: what is answered to whom, whatever comes; and what the log and the metrics say of it."""

import json
import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from bot.bodies import Bodies
from bot.channels import Proof, Received
from bot.channels.telegram.secret import HEADER, secret_token
from bot.channels.telegram.webhook import TelegramEndpoint
from bot.domain.inbound import Inbound, Text
from bot.domain.outbound import Report
from bot.domain.outcome import WebhookClaim
from bot.domain.people import Address
from bot.engine import HandlingFailed
from bot.errors import StoreBusy
from bot.gateway.wire import read_webhook_claim
from bot.store.sqlite import SqliteStore
from bot.transactions import housekeeping
from bot.web import MAX_BODY_BYTES, Answer, WebApp, callback_url, proof
from tests.in_process import Room, room
from tests.running import SECRET_KEY, Bot, Town, eventually, town

pytestmark = pytest.mark.anyio

KEY = SECRET_KEY.encode()
HEADERS = {HEADER: secret_token(KEY), "Content-Type": "application/json"}
UPDATE = {
    "update_id": 1,
    "message": {
        "message_id": 1,
        "date": 1,
        "text": "/start",
        "chat": {"id": 1001, "type": "private"},
        "from": {"id": 1001, "is_bot": False, "first_name": "Awa", "language_code": "fr"},
    },
}
TAP = {
    "update_id": 2,
    "callback_query": {
        "id": "77",
        "from": UPDATE["message"]["from"],  # type: ignore[index]  # a literal of mixed values
        "chat_instance": "1",
        "data": "~.menu.",
        "message": {"message_id": 1, "chat": {"id": 1001, "type": "private"}, "date": 1, "text": "x"},
    },
}


class BatchEndpoint:
    """An endpoint where one request brings two people's messages and a report of a third, or that alone when its body
    is `report`; one that is `unsigned` proves nothing. A GET must say the word.
    """

    path = "/webhooks/batch"
    limit_bytes = 1_000

    def proof(self, headers: Mapping[str, str]) -> Proof:
        return "none" if headers.get("x-proof") == "none" else "in the body"

    def take_note(self, received: Received) -> None:
        """Nothing to take note of."""

    def handle(self, headers: Mapping[str, str], body: bytes) -> Received | None:
        if body == b"unsigned":
            return None
        people = [Address("whatsapp", name) for name in ("221770001122", "221770003344")]
        inbounds = tuple(Inbound(f"whatsapp:message:{who.id}", who, Text("bonjour")) for who in people)
        reports = (Report(people[0], "wamid.1", arrived=False, reason="131026"),)
        return Received(() if body == b"report" else inbounds, reports=reports)

    def greet(self, query: Mapping[str, str]) -> bytes | None:
        return b"here" if query.get("word") == "open" else None


class RecordingEngine:
    """What the web room calls: it keeps what it hears and raises what it is told to."""

    def __init__(self, bodies: Bodies | None = None) -> None:
        self.bodies = bodies
        self.whole = False
        self.heard: list[Inbound] = []
        self.claims: list[tuple[str, WebhookClaim]] = []
        self.reports: list[Report] = []
        self.known: set[str] = set()
        self.hearing: Callable[[], object] = lambda: None
        self.trouble: Exception | None = None
        self.problems: dict[str, str] = {}

    async def hear(self, inbound: Inbound) -> None:
        self.hearing()
        if self.trouble is not None:
            raise self.trouble
        self.heard.append(inbound)

    def is_news(self, report: Report) -> bool:
        return report.message_ref not in self.known

    async def report(self, reports: Sequence[Report]) -> None:
        if self.trouble is not None:
            raise self.trouble
        self.reports += reports

    async def take_webhook_claim(self, order_id: str, webhook_claim: WebhookClaim) -> bool:
        self.hearing()
        if self.trouble is not None:
            raise self.trouble
        self.claims.append((order_id, webhook_claim))
        return order_id == "KNOWN"

    async def ready(self) -> Mapping[str, str]:
        return self.problems

    async def gauge(self) -> None:
        """Nothing to bring up to date."""

    def client(self) -> httpx.AsyncClient:
        app = WebApp(
            endpoints=[TelegramEndpoint(KEY, lambda: "TaalBot"), BatchEndpoint()],
            hear=self.hear,
            is_news=self.is_news,
            report=self.report,
            take_webhook_claim=self.take_webhook_claim,
            read_webhook_claim=read_webhook_claim,
            secret_key=KEY,
            ready=self.ready,
            gauge=self.gauge,
            bodies=self.bodies,
        )
        by_asgi = httpx.ASGITransport(app)
        self.posted = Posting(app, by_asgi)
        return httpx.AsyncClient(transport=self.posted if self.whole else by_asgi, base_url="http://test")


class Posting(httpx.AsyncBaseTransport):
    """Requests as a connection hands them over: what is posted comes whole, and by ASGI if that is not wanted. It keeps
    how each was answered.
    """

    def __init__(self, app: WebApp, by_asgi: httpx.ASGITransport) -> None:
        self.ways: list[str] = []
        self._app = app
        self._by_asgi = by_asgi

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        content = await request.aread()
        headers = [(name.lower(), value) for name, value in request.headers.raw]
        answer = self._app.post(request.url.path, headers, content) if request.method == "POST" else None
        if answer is None:
            self.ways.append("by ASGI")
            return await self._by_asgi.handle_async_request(request)
        self.ways.append("at once" if isinstance(answer, Answer) else "later")
        if not isinstance(answer, Answer):
            answer = await answer
        return httpx.Response(answer.status, headers=answer.headers, content=answer.body)


@pytest.fixture(params=["whole", "by ASGI"])
def engine(request: pytest.FixtureRequest) -> RecordingEngine:
    engine = RecordingEngine()
    engine.whole = request.param == "whole"
    return engine


async def test_an_update_is_handled_before_it_is_acknowledged(engine: RecordingEngine) -> None:
    async with engine.client() as client:
        answer = await client.post("/webhooks/telegram", json=UPDATE, headers=HEADERS)
    assert (answer.status_code, answer.content) == (200, b"")
    assert [inbound.key for inbound in engine.heard] == ["telegram:update:1"]


async def test_a_tap_is_answered_in_the_response(engine: RecordingEngine) -> None:
    async with engine.client() as client:
        answer = await client.post("/webhooks/telegram", json=TAP, headers=HEADERS)
    assert answer.json() == {"method": "answerCallbackQuery", "callback_query_id": "77"}
    assert answer.headers["content-type"] == "application/json"


async def test_a_batch_is_handled_whole_and_reports_are_passed_on(engine: RecordingEngine) -> None:
    async with engine.client() as client:
        answer = await client.post("/webhooks/batch", content=b"{}")
        engine.trouble = StoreBusy("full")
        refused = await client.post("/webhooks/batch", content=b"{}")
    assert (answer.status_code, refused.status_code) == (200, 503)
    assert [inbound.address.id for inbound in engine.heard] == ["221770001122", "221770003344"]
    assert [report.message_ref for report in engine.reports] == ["wamid.1"]


async def test_an_endpoint_greets_only_who_knows_the_word(engine: RecordingEngine) -> None:
    async with engine.client() as client:
        known = await client.get("/webhooks/batch?word=open")
        other = await client.get("/webhooks/batch?word=shut")
        telegram = await client.get("/webhooks/telegram")
    assert (known.status_code, known.content) == (200, b"here")
    assert other.status_code == telegram.status_code == 403


@pytest.mark.parametrize("trouble", [StoreBusy("full"), HandlingFailed("KeyError")])
async def test_what_is_not_remembered_is_brought_again(engine: RecordingEngine, trouble: Exception) -> None:
    engine.trouble = trouble
    async with engine.client() as client:
        for path, body in (("/webhooks/telegram", TAP), (callback_url("", "KNOWN", KEY), {"STATUS": "SUCCESS"})):
            answer = await client.post(path, json=body, headers=HEADERS)
            assert answer.status_code == 503
            assert int(answer.headers["retry-after"]) > 0
            # A tap that will come again is not answered yet.
            assert answer.content == b""


async def test_what_changes_nothing_is_answered_at_once(engine: RecordingEngine) -> None:
    engine.whole, engine.known = True, {"wamid.1"}
    async with engine.client() as client:
        statuses = [
            (await client.post(path, content=body, headers=HEADERS)).status_code
            for path, body in (
                ("/webhooks/batch", b"report"),
                ("/webhooks/batch", b"unsigned"),
                ("/webhooks/telegram", b'{"update_id": 1}'),
                ("/webhooks/telegram", b"nonsense"),
                ("/webhooks/dexchange/KNOWN/0", b""),
            )
        ]
        assert (statuses, engine.posted.ways) == ([200, 401, 200, 200, 404], ["at once"] * 5)
        assert not engine.reports
        engine.known.clear()
        await client.post("/webhooks/batch", content=b"report")
        assert engine.posted.ways[-1] == "later"
        assert [report.message_ref for report in engine.reports] == ["wamid.1"]


async def test_what_is_large_is_read_as_it_comes_though_it_came_whole(engine: RecordingEngine) -> None:
    engine.whole = True
    async with engine.client() as client:
        large = json.dumps(UPDATE).encode() + b" " * 200_000
        assert (await client.post("/webhooks/telegram", content=large, headers=HEADERS)).status_code == 200
        assert (await client.post("/webhooks/batch", content=b" " * 1_001)).status_code == 413
        assert (await client.post("/elsewhere", content=b"")).status_code == 404
    assert engine.posted.ways == ["by ASGI"] * 3
    assert len(engine.heard) == 1


async def test_a_batch_whose_signature_is_wrong_is_refused(engine: RecordingEngine) -> None:
    async with engine.client() as client:
        assert (await client.post("/webhooks/batch", content=b"unsigned")).status_code == 401
    assert not engine.heard


async def test_a_webhook_claim_needs_its_proof_and_its_order(engine: RecordingEngine) -> None:
    async with engine.client() as client:
        known = await client.post(callback_url("", "KNOWN", KEY), json={"STATUS": "SUCCESS"})
        unknown = await client.post(callback_url("", "OTHER", KEY), json={"STATUS": "SUCCESS"})
        forged = await client.post(f"/webhooks/dexchange/KNOWN/{proof('OTHER', KEY)}", json={"STATUS": "SUCCESS"})
    assert [answer.status_code for answer in (known, unknown, forged)] == [200, 404, 404]
    assert [order_id for order_id, _ in engine.claims] == ["KNOWN", "OTHER"]


async def test_a_body_beyond_all_measure(engine: RecordingEngine) -> None:
    async with engine.client() as client:
        for path in ("/webhooks/telegram", callback_url("", "KNOWN", KEY)):
            answer = await client.post(path, content=b"x" * (MAX_BODY_BYTES + 1), headers=HEADERS)
            assert answer.status_code == 413
    assert not engine.heard
    assert not engine.claims


async def test_health_and_readiness(engine: RecordingEngine) -> None:
    async with engine.client() as client:
        assert (await client.get("/healthz")).status_code == 200
        assert (await client.get("/readyz")).status_code == 200
        engine.problems = {"outbox": "has stopped"}
        unready = await client.get("/readyz")
        assert unready.status_code == 503
        assert unready.text == "outbox: has stopped\n"
        # The process is alive all the same: a restart would not help a full disk.
        assert (await client.get("/healthz")).status_code == 200


# Whatever comes.

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["id", "from", "chat", "text", "data", "message", "type", "date", "entities", "STATUS", "token"]
            )
            | st.text(max_size=5),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)
BODIES = (
    st.binary(max_size=200)
    | JSON.map(lambda value: json.dumps(value).encode())
    | st.builds(
        lambda update_id, kind, value: json.dumps({"update_id": update_id, kind: value}).encode(),
        st.integers(-5, 2**53),
        st.sampled_from(["message", "callback_query", "edited_message", "my_chat_member", "poll"]),
        JSON,
    )
)
PATHS = st.sampled_from(
    [
        "/webhooks/telegram",
        callback_url("", "KNOWN", KEY),
        "/webhooks/dexchange/x/y",
        "/healthz",
        "/readyz",
        "/metrics",
        "/",
    ]
) | st.text("/abcé%.?#\u0000 ", max_size=30).map(lambda text: "/" + quote(text))


@pytest.fixture(scope="module", params=["whole", "by ASGI"])
async def living(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[Room, httpx.AsyncClient]]:
    """The web room before a whole bot."""
    async with room(tmp_path_factory.mktemp("web")) as here:
        app = WebApp(
            endpoints=[TelegramEndpoint(KEY, lambda: "TaalBot")],
            hear=here.taal.engine.hear,
            is_news=here.taal.engine.is_news,
            report=here.taal.engine.report,
            take_webhook_claim=here.taal.settlement.webhook_claim,
            read_webhook_claim=read_webhook_claim,
            secret_key=KEY,
            ready=here.taal.ready,
            gauge=here.taal.gauge,
        )
        by_asgi = httpx.ASGITransport(app, raise_app_exceptions=False)
        transport = Posting(app, by_asgi) if request.param == "whole" else by_asgi
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            yield here, client


@given(
    method=st.sampled_from(["GET", "POST", "PUT", "HEAD", "DELETE", "OPTIONS"]),
    path=PATHS,
    body=BODIES,
    token=st.sampled_from([secret_token(KEY), "", "é".encode(), "x" * 64]),
)
@settings(max_examples=150)
async def test_nothing_makes_it_fall(
    living: tuple[Room, httpx.AsyncClient], method: str, path: str, body: bytes, token: Any
) -> None:
    """No request is answered with a 5xx, whatever its method, path, headers and body."""
    _, client = living
    answer = await client.request(method, f"http://test{path}", content=body, headers={HEADER: token})
    assert answer.status_code < 500, answer.status_code
    if token != secret_token(KEY) and path == "/webhooks/telegram" and method == "POST":
        assert answer.status_code == 401


@given(
    value=JSON, kind=st.sampled_from(["message", "callback_query", "edited_message"]), update_id=st.integers(1, 2**40)
)
@settings(max_examples=150)
async def test_every_verified_update_is_taken(
    living: tuple[Room, httpx.AsyncClient], value: Any, kind: str, update_id: int
) -> None:
    """An update that Telegram vouches for gets a 2xx on its first attempt, however odd it is."""
    _, client = living
    person = {"id": 1 + update_id % 50, "is_bot": False, "first_name": "Awa"}
    odd: Any = value
    if isinstance(value, dict):
        odd = {
            "message_id": 1,
            "date": 1,
            "chat": {"id": person["id"], "type": "private"},
            "from": person,
            "id": "5",
        } | value
    answer = await client.post(
        "/webhooks/telegram", content=json.dumps({"update_id": update_id, kind: odd}), headers=HEADERS
    )
    assert answer.status_code == 200


# What it says of itself.


async def test_metrics_can_be_read(living: tuple[Room, httpx.AsyncClient]) -> None:
    here, client = living
    here.taal.start()
    await client.post("/webhooks/telegram", json=UPDATE, headers=HEADERS)
    answer = await client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    families = {family.name: family for family in text_string_to_metric_families(answer.text)}
    expected = {
        "taal_updates",
        "taal_orders",
        "taal_open_orders",
        "taal_outcomes",
        "taal_outbox_rows",
        "taal_outbox_age_seconds",
        "taal_provider_calls",
        "taal_provider_budget_wait",
        "taal_provider_seconds",
        "taal_update_to_reply_seconds",
        "taal_order_seconds",
        "taal_worker_alive",
        "taal_alerts",
        "taal_forged_webhook_claims",
        "taal_forged_hints",
    }
    assert expected <= set(families)
    # Not one label holds what a person typed, an id or an amount.
    for family in families.values():
        for sample in family.samples:
            for name, label in sample.labels.items():
                assert name == "le" or re.fullmatch(r"[A-Za-z_.0-9]{0,40}", label), (family.name, label)
                assert not re.search(r"\d{4}", label) or name in ("le", "version"), (family.name, label)


async def test_a_worker_that_stopped_is_told(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        here.taal.start()
        assert await here.taal.ready() == {}
        task = here.taal.workers["outbox"]
        task.cancel()
        await eventually(task.done, "it has stopped")
        assert await here.taal.ready() == {"outbox": "has stopped"}


async def test_asking_whether_it_is_ready_writes_nothing(tmp_path: Path) -> None:
    """Anybody who reaches the port may ask, and as often as they like."""
    async with room(tmp_path) as here:
        log = tmp_path / "taal.db-wal"
        before = log.read_bytes()
        for _ in range(20):
            assert await here.taal.ready() == {}
        assert log.read_bytes() == before


async def test_a_database_that_takes_no_writes_is_told_until_it_takes_one(tmp_path: Path) -> None:
    """An empty commit proves nothing; the next write that is kept does."""
    async with room(tmp_path) as here:
        await here.rows("PRAGMA query_only = ON")
        with pytest.raises(StoreBusy):
            await here.taal.store.run(housekeeping.ping)
        await here.rows("PRAGMA query_only = OFF")
        await here.taal.store.run(housekeeping.accounts)
        assert "readonly" in (await here.taal.ready())["database"]
        here.taal.start()  # Its pulse writes at once, and then now and then.
        await eventually(lambda: not here.taal.store.trouble, "it takes writes again")
        assert await here.taal.ready() == {}


async def test_a_database_that_is_behind_is_told(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        empty = await SqliteStore.open(str(tmp_path / "empty.db"))
        kept, here.taal.store = here.taal.store, empty
        try:
            assert "0001_start" in (await here.taal.ready())["migrations"]
            await here.taal.gauge()
        finally:
            here.taal.store = kept
            await empty.aclose()


@pytest.fixture(scope="module")
async def served(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Town, Bot]]:
    async with town(tmp_path_factory.mktemp("log")) as (place, bot):
        yield place, bot


async def test_the_log_has_one_line_for_everything_that_matters(served: tuple[Town, Bot]) -> None:
    """One for each update, each move of an order and each call to the provider; no code, meter or secret in any."""
    place, bot = served
    awa = place.customer(1001)
    await awa.buy("14123456701")
    code = await awa.code()
    await bot.order_is(awa.order_id, "delivered")
    await eventually(lambda: bot.logged(event="order", state="delivered"), "the last line")
    updates = bot.logged(event="update", sender="telegram:1001")
    assert [line["kind"] for line in updates] == ["text", "tap"]
    assert all(line["key"].startswith("telegram:update:") and line["level"] == "info" for line in updates)
    moves = bot.logged(event="order", order=awa.order_id)
    assert [line["state"] for line in moves] == ["processing", "delivered"]
    # Monitoring asks for the float at its own time.
    calls = [(line["call"], line["result"]) for line in bot.logged(event="provider") if line["call"] != "balance"]
    assert calls[:2] == [("inquiry", "inquiry"), ("pay", "processing")]
    assert calls.count(("look_up", "delivered")) == 1
    assert all({"at", "level", "event"} <= line.keys() for line in bot.lines)
    bot.check_log(code, "14123456701")
    assert not [line for line in bot.lines if line["level"] in ("error", "critical")]
