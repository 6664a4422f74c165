"""The simulated provider keeps its word: each mood does what its line in the table says."""

import asyncio
import json
from typing import Any

import msgspec
import pytest

from bot.domain.catalog import split_tokens
from bot.domain.inquiry import Float
from bot.domain.outcome import Delivered, NotSent, Processing, ProviderDetails, Refused, TokenAwaited, Unknown
from bot.gateway import simulator as simulator_package
from bot.gateway import wire
from bot.gateway.simulator import DEFAULT, MOODS, Simulator, SimulatorGateway, mood_of
from bot.gateway.simulator.answers import Answer
from bot.gateway.simulator.people import codes_of, meter_of
from tests.provider_server import served
from tests.test_gateway_client import free_port, http, request_of, serving
from tests.test_wire import Ordered

pytestmark = pytest.mark.anyio

METER = "141234567"
FULL_FLOAT_XOF = 1_000_000


class Bench:
    """A simulator and a clock that is moved by hand."""

    def __init__(self, **settings: Any) -> None:
        self.simulator = Simulator(float_xof=FULL_FLOAT_XOF, **settings)
        self.now = 1_700_000_000_000

    def ask(self, call: wire.Call, authorization: str = "Bearer k") -> Answer:
        return self.simulator.handle(call.method, f"/api/v1{call.path}", call.body, self.now, authorization)

    def pay(
        self, order: Ordered, *, url: str | None = "http://bot.example/x", replay: bool = False
    ) -> tuple[Answer, Any]:
        answer = self.ask(wire.pay_call(order, url))
        reply = wire.Reply(answer.status, answer.body, answer.retry_after)
        if answer.lost:
            return answer, None
        return answer, wire.pay_outcome(reply, service=order.service, external_id=order.id, replay=replay)

    def look_up(self, order: Ordered) -> Any:
        transaction_id = self.audit["payments"][order.id]["transaction_id"]
        answer = self.ask(wire.look_up_call(transaction_id))
        return wire.look_up_outcome(
            wire.Reply(answer.status, answer.body), service=order.service, transaction_id=transaction_id
        )

    def inquire(self, reference: str, service: Any = "woyofal") -> Any:
        answer = self.ask(wire.inquiry_call(service, reference))
        return wire.inquiry_answer(wire.Reply(answer.status, answer.body), service=service, reference=reference)

    @property
    def audit(self) -> dict[str, Any]:
        return self.simulator.audit(self.now)


def order(mood: str, **changes: Any) -> Ordered:
    return Ordered(reference=METER + mood, **{"id": f"order-{mood}", **changes})


def expected_codes(one: Ordered, count: int = 1) -> tuple[str, ...]:
    return tuple(codes_of(one.id, count))


def test_the_table_has_a_line_for_each_mood_and_the_docstring_too():
    assert list(MOODS) == [f"{at:02d}" for at in range(len(MOODS))]
    assert all(mood.about for mood in MOODS.values())
    for digits in MOODS:
        assert f"{digits} " in (simulator_package.__doc__ or "")
    assert mood_of("14123456789") is DEFAULT


@pytest.mark.parametrize("mood", ["89", "00", "22", "15", "16", "18"])
def test_paid_at_once(mood: str):
    bench, one = Bench(), order(mood)
    answer, outcome = bench.pay(one)
    assert isinstance(outcome, Delivered)
    assert outcome.tokens == expected_codes(one)
    assert answer.webhooks == ()
    assert answer.after_seconds == (8 if mood == "15" else 0)
    fee_xof = 150 if mood == "18" else 50
    assert (outcome.details.amount_xof, outcome.details.fee_xof) == (5000, fee_xof)
    assert bench.simulator.float_xof == FULL_FLOAT_XOF - 5000 - fee_xof == outcome.details.current_balance_xof


def test_three_codes():
    _, outcome = Bench().pay(order("03"))
    assert outcome.tokens == expected_codes(order("03"), 3)
    assert [len(token) for token in outcome.tokens] == [20, 20, 20]


@pytest.mark.parametrize(("mood", "webhooks"), [("01", 1), ("02", 0), ("11", 5), ("27", 1)])
def test_processing_then_the_code(mood: str, webhooks: int):
    bench, one = Bench(), order(mood)
    answer, outcome = bench.pay(one)
    assert isinstance(outcome, Processing)
    assert isinstance(bench.look_up(one), Processing)
    bench.now += 8000
    looked_up = bench.look_up(one)
    if mood == "27":
        assert isinstance(looked_up, TokenAwaited)
    else:
        assert looked_up == Delivered(expected_codes(one), looked_up.details)
    assert len(answer.webhooks) == webhooks
    for webhook in answer.webhooks:
        claim = wire.read_webhook_claim(webhook.body)
        assert (claim.status, claim.tokens, claim.external_id, claim.custom_data) == (
            "success",
            expected_codes(one),
            one.id,
            one.id,
        )
        assert claim.details.transaction_id == outcome.details.transaction_id
        assert webhook.url == "http://bot.example/x"
        assert webhook.after_seconds == 3


def test_a_webhook_without_a_status_word():
    bench, one = Bench(), order("30")
    answer, outcome = bench.pay(one)
    assert isinstance(outcome, Processing)
    (webhook,) = answer.webhooks
    claim = wire.read_webhook_claim(webhook.body)
    assert (claim.status, claim.tokens) == ("unknown", expected_codes(one))
    assert claim.details.transaction_id == outcome.details.transaction_id
    bench.now += 3000
    assert isinstance(bench.look_up(one), TokenAwaited)


def test_a_second_code_after_the_first():
    bench, one = Bench(), order("31")
    answer, outcome = bench.pay(one)
    both = expected_codes(one, 2)
    assert outcome.tokens == both[:1]
    assert bench.look_up(one).tokens == both[:1]
    assert wire.read_webhook_claim(answer.webhooks[0].body).tokens == both
    bench.now += 3000
    assert bench.look_up(one).tokens == both


def test_a_look_up_that_names_a_telephone():
    bench, one = Bench(), order("32")
    bench.pay(one)
    bench.now += 3000
    looked_up = bench.look_up(one)
    assert isinstance(looked_up, Delivered)
    assert looked_up.details.reference == "221770000000"


def test_success_without_a_code_and_the_code_by_look_up():
    bench, one = Bench(), order("08")
    assert isinstance(bench.pay(one)[1], TokenAwaited)
    assert isinstance(bench.look_up(one), TokenAwaited)
    bench.now += 8000
    assert isinstance(bench.look_up(one), Delivered)


def test_failures_do_not_touch_the_float():
    bench = Bench()
    assert bench.pay(order("13"))[1].reason == "failed"
    answer, outcome = bench.pay(order("23"))
    assert isinstance(outcome, Processing)
    assert wire.read_webhook_claim(answer.webhooks[0].body).status == "failed"
    bench.now += 3000
    assert isinstance(bench.look_up(order("23")), Refused)
    assert bench.simulator.float_xof == FULL_FLOAT_XOF


def test_a_late_success_after_a_failure():
    bench, one = Bench(), order("14")
    answer, outcome = bench.pay(one)
    assert isinstance(outcome, Refused)
    assert isinstance(bench.look_up(one), Refused)
    bench.now += 5000
    assert isinstance(bench.look_up(one), Delivered)
    assert wire.read_webhook_claim(answer.webhooks[0].body).tokens == expected_codes(one)


@pytest.mark.parametrize("mood", ["06", "21", "29"])
def test_accepted_but_nobody_hears_of_it(mood: str):
    bench, one = Bench(), order(mood)
    answer, outcome = bench.pay(one)
    assert answer.lost or isinstance(outcome, Unknown)
    assert [webhook.after_seconds for webhook in answer.webhooks] == [35]
    assert bench.audit["accepted"] == {one.id: 1}
    assert isinstance(bench.pay(one, replay=True)[1], Processing)
    assert bench.audit["accepted"] == {one.id: 1}
    assert bench.audit["received"] == {one.id: 2}
    assert isinstance(bench.look_up(one), Delivered)


@pytest.mark.parametrize(
    ("mood", "first"),
    [("05", [Unknown]), ("07", [None.__class__]), ("10", [NotSent, NotSent]), ("19", [NotSent]), ("20", [NotSent])],
)
def test_turned_away_first_and_then_paid(mood: str, first: list[type]):
    bench, one = Bench(), order(mood)
    for kind in first:
        assert isinstance(bench.pay(one)[1], kind)
        assert bench.audit["accepted"] == {}
    assert isinstance(bench.pay(one, replay=True)[1], Delivered)
    assert bench.audit["accepted"] == {one.id: 1}


def test_turned_away_for_ever():
    bench = Bench()
    for _ in range(3):
        assert bench.pay(order("09"))[1] == Unknown(
            "409 to a first attempt",
            conflict=True,
            details=ProviderDetails(message="externalTransactionId already used"),
            heard="error",
        )
        assert bench.pay(order("12"))[1].reason == "float"
        assert bench.pay(order("04"))[1].reason == "invalid"
    assert bench.audit["accepted"] == {}


def test_a_webhook_before_the_answer():
    bench, one = Bench(), order("17")
    answer, outcome = bench.pay(one)
    assert isinstance(outcome, Processing)
    assert answer.webhooks[0].after_seconds < answer.after_seconds
    assert isinstance(bench.look_up(one), Delivered)


def test_a_webhook_that_lies():
    bench, one = Bench(), order("24")
    answer, _ = bench.pay(one)
    claim = wire.read_webhook_claim(answer.webhooks[0].body)
    assert claim.status == "success"
    assert claim.tokens
    assert claim.tokens != expected_codes(one)
    bench.now += 2000
    assert isinstance(bench.look_up(one), Processing)


def test_a_word_never_seen_and_no_end():
    bench = Bench()
    outcome = bench.pay(order("25"))[1]
    assert isinstance(outcome, Unknown)
    assert outcome.cause == "status ACCEPTED"
    bench.pay(order("28"))
    bench.now += 10**9
    assert isinstance(bench.look_up(order("25")), Delivered)
    assert isinstance(bench.look_up(order("28")), Processing)


def test_inquiries():
    bench = Bench()
    meter = bench.inquire(METER + "89")
    assert (meter.meter_status, meter.bills) == ("ACTIF", ())
    assert meter.holder
    assert meter == bench.inquire(METER + "89")
    assert bench.inquire(METER + "04").reason == "Référence client introuvable"
    assert bench.inquire("abc").reason == "Référence client introuvable"
    assert bench.inquire(METER + "26").cause == "unreachable"
    assert [len(bench.inquire(METER + mood, "senelec").bills) for mood in ("89", "22", "00")] == [1, 3, 0]


def test_a_session_token_looks_like_a_code_and_is_none():
    bench, one = Bench(), order("89")
    session = meter_of(one.reference)[0]["referenceFacture"]
    assert split_tokens(session) == (session,)
    _, outcome = bench.pay(one)
    assert session not in outcome.tokens
    assert session.encode() not in msgspec.json.encode(bench.inquire(one.reference))


def test_a_bill_is_paid_once():
    bench = Bench()
    bills = bench.inquire(METER + "22", "senelec").bills
    chosen = bills[1]
    one = order("22", service="senelec", reference_facture=chosen.reference_facture)
    _, outcome = bench.pay(one)
    assert isinstance(outcome, Delivered)
    assert outcome.tokens == ()
    assert (outcome.details.amount_xof, outcome.details.reference_facture) == (
        chosen.amount_xof,
        chosen.reference_facture,
    )
    assert bench.inquire(METER + "22", "senelec").bills == (bills[0], bills[2])
    again = order("22", id="order-2", service="senelec", reference_facture=chosen.reference_facture)
    assert bench.pay(again)[1].reason == "already_paid"
    unnamed = bench.pay(order("22", id="order-3", service="senelec"))[1]
    assert unnamed.details.reference_facture == bills[0].reference_facture


def test_the_float_runs_out():
    bench = Bench()
    assert isinstance(bench.pay(order("88", amount_xof=900_000))[1], Delivered)
    assert bench.pay(order("89", amount_xof=900_000))[1].reason == "float"
    assert bench.simulator.float_xof == 91_000
    assert wire.float_answer(wire.Reply(200, bench.ask(wire.balance_call()).body)) == Float(91_000)


@pytest.mark.parametrize(
    "change", [{"amount": 0}, {"amount": "5000"}, {"amount": True}, {"amount": None}, {"serviceCode": "GAS"}]
)
def test_nonsense_is_refused(change: dict[str, Any]):
    bench = Bench()
    asked = {**msgspec.json.decode(wire.pay_call(order("89"), None).body), **change}
    assert bench.ask(wire.Call("POST", "/billing/pay", msgspec.json.encode(asked))).status == 400
    assert bench.audit["accepted"] == {}


def test_unknown_places_and_bodies():
    bench = Bench()
    assert bench.ask(wire.Call("POST", "/billing/pay", b"{")).status == 400
    assert bench.ask(wire.Call("POST", "/billing/inquiry", b'{"serviceCode": "GAS"}')).status == 400
    assert bench.ask(wire.Call("GET", "/billing/pay")).status == 404
    assert bench.ask(wire.look_up_call("nobody")).status == 404
    assert bench.simulator.handle("GET", "/", b"", 0).status == 404


def test_a_payment_without_an_id_is_taken_each_time():
    bench = Bench()
    asked = msgspec.json.decode(wire.pay_call(order("89"), None).body)
    del asked["externalTransactionId"]
    for _ in range(2):
        assert bench.ask(wire.Call("POST", "/billing/pay", msgspec.json.encode(asked))).status == 200
    assert len(bench.audit["accepted"]) == 2


def test_keys_and_outages():
    bench = Bench(api_key="right")
    assert bench.ask(wire.balance_call(), "Bearer wrong").status == 401
    assert bench.ask(wire.balance_call(), "Bearer right").status == 200
    for outage, status in (("maintenance", 403), ("busy", 429), ("error", 503), ("silent", 504)):
        bench.simulator.outage = outage  # type: ignore[assignment]  # the loop's variable is a plain text
        answer = bench.ask(wire.balance_call(), "Bearer right")
        assert answer.status == status
        assert answer.lost == (outage == "silent")
    assert bench.audit["calls"] == {"turned_away": 5, "balance": 1}


def test_the_minute_is_counted():
    bench = Bench(rate_per_minute=2)
    assert [bench.ask(wire.balance_call()).status for _ in range(3)] == [200, 200, 429]
    bench.now += 59_999
    assert bench.ask(wire.balance_call()).status == 429
    bench.now += 1
    assert bench.ask(wire.balance_call()).status == 200


# In process.


async def test_webhooks_in_process():
    arrived: asyncio.Queue[tuple[str, bytes]] = asyncio.Queue()

    async def listen(external_id: str, body: bytes) -> None:
        arrived.put_nowait((external_id, body))

    gateway = SimulatorGateway(Simulator(pace=0.001), time_out_seconds=0.01)
    gateway.on_webhook = listen
    assert gateway.on_webhook is listen
    one = order("06")
    assert await gateway.pay(one, callback_url=None, replay=False) == Unknown("ReadTimeout")
    external_id, body = await asyncio.wait_for(arrived.get(), 5)
    assert external_id == one.id
    assert wire.read_webhook_claim(body).tokens == expected_codes(one)
    await gateway.pay(order("01"), callback_url=None, replay=False)
    await gateway.aclose()
    assert arrived.empty()


async def test_nobody_need_listen():
    gateway = SimulatorGateway(Simulator(pace=0.001))
    await gateway.pay(order("01"), callback_url=None, replay=False)
    async with asyncio.timeout(5):
        while not gateway.simulator.webhooks_sent:
            await asyncio.sleep(0)
    await gateway.aclose()


# Over HTTP.


async def asked(port: int, method: str, path: str, body: bytes = b"") -> tuple[int, Any]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = f"{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n"
    writer.write(head.encode() + body)
    head_bytes, _, content = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    return int(head_bytes.split()[1]), json.loads(content)


async def test_the_server_keeps_a_book_and_can_be_closed():
    simulator = Simulator(pace=0.001)
    async with served(simulator) as port:
        await asked(port, "POST", "/api/v1/billing/pay", wire.pay_call(order("01"), None).body)
        status, audit = await asked(port, "GET", "/_sim/audit")
        assert status == 200
        assert audit["accepted"] == {"order-01": 1}
        assert audit["payments"]["order-01"]["codes"] == list(expected_codes(order("01")))
        assert await asked(port, "POST", "/_sim/outage", b'{"outage": "maintenance"}') == (200, {})
        assert (await asked(port, "GET", "/api/v1/api-services/balance"))[0] == 403
        assert await asked(port, "POST", "/_sim/outage", b'{"outage": null}') == (200, {})
        assert (await asked(port, "GET", "/api/v1/api-services/balance"))[0] == 200
        assert (await asked(port, "POST", "/_sim/outage", b'{"outage": "flood"}'))[0] == 400
        assert (await asked(port, "GET", "/_sim/nothing"))[0] == 404


async def test_webhooks_are_sent_until_they_are_taken():
    received: asyncio.Queue[bytes] = asyncio.Queue()
    answers = iter([b"503 Later", b"404 Not Found", b"200 OK"])

    async def takes_the_third(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            received.put_nowait(await request_of(reader))
            writer.write(http(b"", b"HTTP/1.1 " + next(answers)))

    simulator, one = Simulator(pace=0.001), order("01")
    async with serving(takes_the_third) as listener, served(simulator) as port:
        url = f"http://127.0.0.1:{listener.port}/webhooks/dexchange/order-01/secret"
        await asked(port, "POST", "/api/v1/billing/pay", wire.pay_call(one, url).body)
        requests = [await asyncio.wait_for(received.get(), 5) for _ in range(3)]
    assert {request.split(b"\r\n")[0] for request in requests} == {b"POST /webhooks/dexchange/order-01/secret HTTP/1.1"}
    assert wire.read_webhook_claim(requests[0].partition(b"\r\n\r\n")[2]).tokens == expected_codes(one)
    assert simulator.webhooks_sent == {one.id: 3}
    assert received.empty()


async def test_webhooks_are_given_up_when_nobody_is_there():
    simulator, one = Simulator(pace=0.0001), order("01")
    url = f"http://127.0.0.1:{await free_port()}/"
    async with served(simulator) as port:
        await asked(port, "POST", "/api/v1/billing/pay", wire.pay_call(one, url).body)
        async with asyncio.timeout(5):
            while simulator.webhooks_sent[one.id] < 4:
                await asyncio.sleep(0)


async def test_a_lost_answer_waits_for_the_caller_to_give_up():
    simulator, one = Simulator(pace=0.001), order("06")
    async with served(simulator) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        body = wire.pay_call(one, None).body
        head = f"POST /api/v1/billing/pay HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body[:10])
        writer.write(body[10:])
        async with asyncio.timeout(5):
            while not simulator.accepted:
                await asyncio.sleep(0)
        assert not reader.at_eof()
        writer.close()
    assert simulator.accepted == {one.id: 1}
