"""The simulated collectors, mood by mood: the real adapters and the real tables, on a clock that nobody waits for."""

import heapq
import re
from collections.abc import AsyncIterator, Mapping
from typing import Any

import anyio
import httpx
import msgspec
import pytest

from bot.collectors import Collector
from bot.collectors.caller import Caller
from bot.collectors.dexpay import Dexpay
from bot.collectors.simulator import (
    DEFAULT,
    MOODS,
    CollectingSimulator,
    CollectingTransport,
    collectors,
    mood_of,
    page,
)
from bot.collectors.simulator.brain import WEBHOOK_SECRET
from bot.collectors.simulator.inprocess import OnCollectionWebhook
from bot.collectors.wire import dexpay as dexpay_wire
from bot.domain import collection as collecting
from bot.domain import payback as paying_back
from bot.domain.collecting import (
    CodeRefused,
    Collected,
    CollectionClaim,
    CollectionRequest,
    Expired,
    LookUpUnknown,
    Method,
    NotPaid,
    Open,
    Opened,
    PayBackRequest,
)
from bot.domain.collection import Collection
from bot.domain.heard import known_id
from bot.domain.inquiry import Float
from bot.domain.payback import PayBack
from bot.gateway.simulator import SimulatorGateway
from bot.gateway.simulator.answers import Webhook
from tests.collecting_answers import NOW, a_collection, a_payback
from tests.provider_server import served_app
from tests.test_collections import FEE

pytestmark = pytest.mark.anyio

METHODS: dict[str, Method] = {"dexchange_link": "any", "dexchange_push": "wave", "dexpay": "wave"}
HORIZON_MS = 2_400_000


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


class Clocked(httpx.AsyncBaseTransport):
    """Asks a simulator at the time that is set, and keeps its webhooks until that time comes."""

    def __init__(self, simulator: CollectingSimulator) -> None:
        self.simulator = simulator
        self.now = NOW
        self.webhooks: list[tuple[int, int, Webhook]] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        bearer = request.headers.get("authorization", "")
        path = request.url.raw_path.decode()
        answer = self.simulator.handle(request.method, path, request.content, self.now, bearer)
        for webhook in answer.webhooks:
            at = self.now + int(webhook.after_seconds * 1000)
            heapq.heappush(self.webhooks, (at, len(self.webhooks), webhook))
        if answer.lost:
            raise httpx.ReadTimeout("lost")
        headers = {} if answer.retry_after is None else {"Retry-After": answer.retry_after}
        return httpx.Response(answer.status, headers=headers, content=answer.body)


def made(name: str, transport: httpx.AsyncBaseTransport) -> Collector:
    # The transport is of this type only for what carries webhooks by itself.
    each: Any = transport
    return next(one for one in collectors(each) if one.name == name)


class Told:
    """What customers and admins are told on the way."""

    def __init__(self) -> None:
        self.notices: list[str] = []
        self.alerts: list[str] = []

    def of(self, applied: collecting.Applied | paying_back.Applied) -> None:
        self.notices += applied.notices
        self.alerts += [alert.kind for alert in applied.alerts]


async def collect(name: str, mood: str) -> tuple[Collection, Told, dict[str, Any]]:
    """A collection in a mood, from its create until half an hour later; and the simulator's audit."""
    clocked = Clocked(CollectingSimulator())
    collector, told = made(name, clocked), Told()
    by_number = name == "dexchange_push"
    payer = f"7712345{mood}" if by_number else None
    amount_xof = 5_075 if by_number else 5_900 + int(mood)
    one = a_collection(method=METHODS[name], amount_xof=amount_xof, payer=payer, collector=name)
    one = msgspec.structs.replace(one, expires_at=NOW + 900_000)
    while (at := min(one.due_at or NOW * 2, *(each[0] for each in clocked.webhooks[:1]), NOW * 2)) < NOW + HORIZON_MS:
        clocked.now = max(clocked.now, at)
        if clocked.webhooks and clocked.webhooks[0][0] <= clocked.now:
            _, _, webhook = heapq.heappop(clocked.webhooks)
            claim = collector.read_webhook(dict(webhook.headers), webhook.body)
            applied = collecting.take_webhook_claim(one, claim, clocked.now)
        else:
            applied = await step(collector, one, clocked.now)
        told.of(applied)
        one = applied.collection
    return one, told, clocked.simulator.audit(clocked.now)


async def step(collector: Collector, one: Collection, now: int) -> collecting.Applied:
    """What a worker does for a collection that is due."""
    match collecting.next_step(one, collector.abilities):
        case "create" | "again" as what:
            begun = collecting.begin(one, now)
            request = CollectionRequest(
                id=one.id,
                method=one.method,
                amount_xof=one.amount_xof,
                about="Woyofal",
                callback_url="http://bot.invalid/collected",
                success_url="http://bot.invalid/pay/done",
                failure_url="http://bot.invalid/pay/failed",
                payer=one.payer,
            )
            return collecting.created(begun, await collector.create(request, again=what == "again"), now)
        case "look_up":
            result = await collector.look_up(one.id, known_id(one))
            return collecting.told(one, result, now, provider_fee=FEE)
        case "expire":
            return collecting.expired(one, await collector.expire(one.id, one.provider_id), now)
        case "tick":
            return collecting.tick(one, now)


EXPECTED: dict[str, tuple[str, set[str], set[str]]] = {
    "01": ("paid", {"open", "paid"}, set()),
    "02": ("paid", {"open", "paid"}, set()),
    "03": ("failed", {"open", "failed"}, set()),
    "04": ("failed", {"open", "failed"}, set()),
    "05": ("expired", {"open", "expired"}, set()),
    "06": ("paid", {"open", "expired", "paid_late"}, set()),
    "07": ("paid", {"open", "paid", "paid_again"}, set()),
    "08": ("paid", {"open", "paid_other"}, {"another_amount"}),
    "09": ("paid", {"open", "paid_other"}, {"another_amount"}),
    "10": ("paid", {"open", "paid"}, set()),
    "11": ("paid", {"open", "paid"}, {"forged_hint"}),
    "12": ("paid", {"open", "paid"}, set()),
    "13": ("expired", {"open", "expired"}, {"forged_hint"}),
    "14": ("paid", {"checking", "paid"}, set()),
    "15": ("paid", {"checking", "open", "paid"}, set()),
    "16": ("paid", {"checking", "paid"}, {"conflict"}),
    "17": ("paid", {"checking", "open", "paid"}, set()),
    "18": ("paid", {"open", "paid"}, {"credentials"}),
    "19": ("paid", {"open", "paid"}, set()),
    "20": ("open", {"open"}, {"unreadable", "stuck"}),
    "21": ("paid", {"open", "paid"}, set()),
    "29": ("paid", {"open", "paid"}, {"credentials"}),
    "99": ("paid", {"open", "paid"}, set()),
}


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("mood", EXPECTED)
async def test_a_mood_through_an_adapter_and_the_table(name: str, mood: str):
    one, told, audit = await collect(name, mood)
    state, notices, alerts = EXPECTED[mood]
    if (name, mood) == ("dexchange_push", "07"):
        notices = notices - {"paid_again"}
    assert one.state == state
    # An answer that says "open" may come before the one that says "paid", or not.
    assert set(told.notices) | {"open"} == notices | {"open"}
    assert set(told.alerts) == alerts
    # The invariant: what the payer's money did is known, to the franc; and nothing exists twice.
    (audited,) = audit["collections"].values()
    assert one.paid_xof == sum(audited["paid"])
    assert [payment.amount_xof for payment in one.payments] == audited["paid"]


def test_every_mood_of_collecting_is_tried():
    of_collecting = {digits for digits, mood in MOODS.items() if not mood.about.startswith("pay-back")}
    assert of_collecting | {"99"} == set(EXPECTED)


async def test_another_telephone_is_known_by_its_number():
    one, _, _ = await collect("dexchange_push", "10")
    assert (one.payer, one.payments[0].payer) == ("771234510", "780000099")


async def pay_back(name: str, mood: str) -> tuple[PayBack, Told, CollectingSimulator]:
    """A pay-back in a mood, from its first call until it rests, or for a day."""
    clocked = Clocked(CollectingSimulator())
    collector, told = made(name, clocked), Told()
    one = a_payback(payer=f"7712345{mood}", collector=name)
    while one.due_at is not None and one.due_at < NOW + 86_400_000:
        now = clocked.now = max(clocked.now, one.due_at)
        match paying_back.next_step(one, collector.abilities):
            case "pay" | "again" as what:
                request = PayBackRequest(
                    id=one.id,
                    method=one.method,
                    amount_xof=one.amount_xof,
                    payer=one.payer,
                    callback_url="http://bot.invalid/collected",
                    success_url="http://bot.invalid/pay/done",
                    failure_url="http://bot.invalid/pay/failed",
                )
                begun = paying_back.begin(one, now)
                paid = await collector.pay_back(request, again=what == "again")
                applied = paying_back.paid(begun, paid, now, provider_fee=FEE)
            case "look_up":
                seen = await collector.look_up_pay_back(one.id, known_id(one))
                applied = paying_back.told(one, seen, now, provider_fee=FEE)
            case "tick":
                applied = paying_back.tick(one, now)
        told.of(applied)
        one = applied.payback
    return one, told, clocked.simulator


@pytest.mark.parametrize(
    ("name", "mood", "state", "alerts"),
    [
        ("dexchange_link", "99", "done", set()),
        ("dexchange_push", "99", "done", set()),
        ("dexpay", "99", "done", set()),
        # Taken, and only the provider's id could be asked about: two people decide.
        ("dexchange_push", "22", "unknown", {"unknown", "stuck"}),
        ("dexpay", "22", "done", {"unknown"}),
        ("dexchange_push", "23", "done", {"unknown"}),
        # Not taken, and never sent again where an id may be taken twice.
        ("dexpay", "23", "unknown", {"unknown"}),
        ("dexchange_push", "24", "refused", {"refused"}),
        ("dexpay", "24", "refused", {"refused"}),
        ("dexchange_push", "25", "done", {"float"}),
        ("dexpay", "25", "done", {"float"}),
        ("dexchange_push", "26", "done", set()),
        ("dexpay", "26", "done", set()),
        ("dexchange_push", "27", "unknown", {"unknown", "stuck"}),
        ("dexpay", "27", "done", {"unknown"}),
        ("dexchange_push", "28", "refused", {"refused"}),
        ("dexpay", "28", "refused", {"refused"}),
    ],
)
async def test_a_pay_back_in_a_mood(name: str, mood: str, state: str, alerts: set[str]):
    one, told, simulator = await pay_back(name, mood)
    assert one.state == state
    assert set(told.alerts) - {"stuck"} == alerts - {"stuck"}
    assert one.stuck_at is not None or state == "done"
    # However often it was sent, the money left once at most, and it left if we say so.
    audited = simulator.audit(one.updated_at)["paybacks"]
    left = 100_000_000 - simulator.float_xof
    assert left == (5_075 + 26 if state == "done" or mood in ("22", "27") else 0)
    assert len(audited) <= 1


def test_what_is_collected_fills_the_float():
    simulator = CollectingSimulator(float_xof=0)
    body = msgspec.json.encode({"reference": "C1", "amount": 5_000, "webhook_url": "http://x.invalid"})
    simulator.handle("POST", "/api/v1/checkout-sessions", body, NOW)
    assert simulator.audit(NOW + 2_999)["float_xof"] == 0
    assert simulator.audit(NOW + 3_000)["float_xof"] == 4_950
    assert simulator.audit(NOW + 9_000)["float_xof"] == 4_950


def test_a_float_that_is_too_low_pays_nothing_back():
    simulator = CollectingSimulator(float_xof=100)
    body = msgspec.json.encode(
        {"serviceCode": "WAVE_SN_CASHIN", "amount": 5_000, "number": "771234599", "externalTransactionId": "B1"}
    )
    assert simulator.handle("POST", "/api/v1/transaction/init", body, NOW).status == 400
    assert simulator.float_xof == 100


@pytest.mark.parametrize(
    ("amount_xof", "number", "digits"),
    [(5_907, None, "07"), (5_075, "771234507", "07"), (5_903, "771234507", "03"), (5_900, "771234507", "07")],
)
def test_who_chooses_the_mood(amount_xof: int, number: str | None, digits: str):
    assert mood_of(amount_xof, number) == MOODS[digits]


def test_anything_else_is_paid():
    assert mood_of(5_000, None) == mood_of(5_999, None) == mood_of(5_000, "771234599") == DEFAULT


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/api/v1/transaction/merchant/get-link", b"{}", 400),
        ("POST", "/api/v1/transaction/init", b"not json", 400),
        ("POST", "/api/v1/transaction/init", b'{"amount":500,"number":"12"}', 422),
        ("POST", "/api/v1/checkout-sessions", b'{"amount":0}', 400),
        ("POST", "/api/v1/checkout-sessions/X/transaction-attempt", b"{}", 404),
        ("POST", "/api/v1/nothing", b"{}", 404),
        ("GET", "/api/v1/transaction/merchant/X", b"", 404),
        ("GET", "/api/v1/transaction/X", b"", 404),
        ("GET", "/api/v1/checkout-sessions/reference/X", b"", 404),
        ("DELETE", "/api/v1/checkout-sessions/X", b"", 404),
        ("GET", "/api/v1/payouts/X", b"", 404),
        ("GET", "/pay/X", b"", 404),
    ],
)
def test_what_the_simulator_does_not_know(method: str, path: str, body: bytes, status: int):
    simulator = CollectingSimulator()
    assert simulator.handle(method, path, body, NOW).status == status
    simulator.outage = "busy"
    assert simulator.handle(method, path, body, NOW).status == (404 if path.startswith("/pay/") else 429)


def test_the_page_needs_no_script_is_small_and_writes_what_it_is_told_as_words():
    bad = '"><script>x</script>'
    shown = [
        page.payment(5_075, bad, status, f"https://x.example/{bad}") for status in ("PENDING", *page.CHOICES.values())
    ]
    for body in (*shown, page.missing()):
        assert len(body) < 20_000
        assert b"<script" not in body
        assert bad.encode() not in body
    assert [body.count(b"<form") for body in shown] == [1, 0, 0, 0]
    assert [body.count(b"<a ") for body in shown] == [0, 1, 1, 1]
    assert len(page.payment(5_075, "x" * 5_000, "EXPIRED", None)) < 5_000


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "//x.example", 5, None])
def test_a_page_leads_on_to_no_odd_address(url: object):
    assert page.landing_urls({"success_url": url, "failure_url": "https://bot.example/pay/failed"}) == (
        None,
        "https://bot.example/pay/failed",
    )


@pytest.fixture(scope="module")
async def served() -> AsyncIterator[tuple[CollectingSimulator, int]]:
    simulator = CollectingSimulator(by_hand=True, pace=0.01)
    async with served_app(simulator) as (_, port):
        simulator.root = f"http://127.0.0.1:{port}"
        yield simulator, port


@pytest.mark.parametrize(
    ("choice", "expected"), [("pay", Collected), ("refuse", NotPaid), ("cancel", NotPaid), ("nonsense", Open)]
)
async def test_a_payer_opens_the_page_over_http(
    served: tuple[CollectingSimulator, int], choice: str, expected: type[Any]
):
    _, port = served
    collector = Dexpay(Caller(f"http://127.0.0.1:{port}", dexpay_wire.headers("pk", "sk")), (WEBHOOK_SECRET,))
    # Nobody listens there: the webhook that follows is lost.
    request = msgspec.structs.replace(REQUEST, id=f"C-{choice}", callback_url=f"http://127.0.0.1:{port}/collected")
    opened = await collector.create(request, again=False)
    assert isinstance(opened, Opened)
    assert opened.url is not None
    assert re.fullmatch(rf"http://127\.0\.0\.1:{port}/pay/C-{choice}/[0-9a-f]{{32}}", opened.url)
    async with httpx.AsyncClient() as browser:
        first = await browser.get(opened.url)
        assert "5\u00a0000\u00a0F\u00a0CFA" in first.text
        assert "Woyofal" in first.text
        assert "form-action 'self'" in first.headers["content-security-policy"]
        assert isinstance(await collector.look_up(request.id, None), Open)
        assert (await browser.post(opened.url[:-1], data={"choice": choice})).status_code == 404
        assert isinstance(await collector.look_up(request.id, None), Open)
        answer = await browser.post(opened.url, data={"choice": choice}, follow_redirects=True)
        assert answer.headers["content-type"].startswith("text/html")
        assert ("<form" in answer.text) == (choice == "nonsense")
        assert ("/pay/done" in answer.text) == (choice == "pay")
        assert ("/pay/failed" in answer.text) == (choice in ("refuse", "cancel"))
    assert isinstance(await collector.look_up(request.id, None), expected)
    await collector.aclose()


async def test_a_payer_who_is_sooner_than_the_mood_pays_once():
    """Somebody pays after 3 s of the mood, unless whoever has the page has chosen before."""
    simulator = CollectingSimulator()
    at = NOW

    def paid(external_id: str) -> list[int]:
        sums: list[int] = simulator.audit(at)["collections"][external_id]["paid"]
        return sums

    for external_id, choice in (("C1", "pay"), ("C2", "refuse")):
        asked = msgspec.json.encode({"reference": external_id, "amount": 5_000})
        assert simulator.handle("POST", "/api/v1/checkout-sessions", asked, NOW).status == 201
        simulator.decide(external_id, choice, NOW + 1000)
    at = NOW + 60_000
    assert (paid("C1"), paid("C2")) == ([5_000], [])


async def test_one_server_pays_bills_and_collects(served: tuple[CollectingSimulator, int]):
    _, port = served
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}/api/v1") as client:
        inquiry = {"serviceCode": "WOYOFAL_SN_BILL", "reference_client": "14123456789"}
        assert (await client.post("/billing/inquiry", json=inquiry)).json()["success"] is True
        link = {"externalTransactionId": "L1", "ItemPrice": 500, "ItemName": "x"}
        assert (await client.post("/transaction/merchant/get-link", json=link)).status_code == 201


REQUEST = CollectionRequest(
    id="C1",
    method="any",
    amount_xof=5_000,
    about="Woyofal",
    callback_url="http://bot.invalid/collected",
    success_url="http://bot.invalid/pay/done",
    failure_url="http://bot.invalid/pay/failed",
    payer="771234599",
)


async def test_in_process_the_webhooks_come_by_themselves():
    simulator = CollectingSimulator(pace=0.001)
    heard: list[CollectionClaim] = []
    came = anyio.Event()

    async def listen(external_id: str, headers: Mapping[str, str], body: bytes) -> None:
        heard.append(dexpay.read_webhook(headers, body))
        came.set()

    listener: OnCollectionWebhook = listen
    transport = CollectingTransport(simulator, listener)
    _, push, dexpay = collectors(transport)
    await dexpay.create(REQUEST, again=False)
    with anyio.fail_after(5):
        await came.wait()
    assert [(claim.status, claim.signature, claim.reference) for claim in heard] == [("paid", "valid", "C1")]
    assert isinstance(await push.balance(), Float)
    gateway = SimulatorGateway(simulator)
    assert isinstance(await gateway.balance(), Float)
    await gateway.aclose()
    await transport.aclose()


async def test_a_payer_of_wizall_reads_us_a_code():
    clocked = Clocked(CollectingSimulator())
    push = made("dexchange_push", clocked)
    request = msgspec.structs.replace(REQUEST, method="wizall")
    opened = await push.create(request, again=False)
    assert isinstance(opened, Opened)
    assert isinstance(await push.confirm_code("C1", opened.provider_id or "", "000000"), CodeRefused)
    clocked.now = NOW + 60_000
    assert isinstance(await push.look_up("C1", opened.provider_id), Open)
    assert isinstance(await push.confirm_code("C1", opened.provider_id or "", "123456"), Open)
    assert isinstance(await push.look_up("C1", opened.provider_id), Collected)
    clocked.simulator.outage = "error"
    assert isinstance(await push.confirm_code("C1", opened.provider_id or "", "123456"), LookUpUnknown)


async def test_a_session_is_ended_before_anybody_pays_and_not_after():
    clocked = Clocked(CollectingSimulator())
    dexpay = made("dexpay", clocked)
    await dexpay.create(REQUEST, again=False)
    assert await dexpay.expire("C1", None) == Expired()
    clocked.now = NOW + 60_000
    assert await dexpay.look_up("C1", None) == NotPaid("cancelled")
    await dexpay.create(msgspec.structs.replace(REQUEST, id="C2"), again=False)
    clocked.now = NOW + 120_000
    assert type(await dexpay.expire("C2", None)).__name__ == "CannotExpire"
