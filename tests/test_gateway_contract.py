"""One contract, three gateways: the client over HTTP to the simulator, the simulator in process, and recorded answers.

A *case* is a situation with a name. Each world stages it in its own way: a simulator by the last digits of the meter,
the recording by the answers that it plays. The gateway must say the same thing in every world.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import msgspec
import pytest

from bot.domain.catalog import ServiceName
from bot.domain.inquiry import Float, Inquiry, InquiryAnswer, InquiryRefused, InquiryUnavailable
from bot.domain.outcome import Delivered, NotSent, Outcome, Processing, Refused, TokenAwaited, Unknown
from bot.gateway import Gateway
from bot.gateway.client import DexchangeGateway
from bot.gateway.simulator import Simulator, SimulatorGateway
from bot.gateway.simulator.http import SimulatorApp
from bot.gateway.simulator.people import bills_of
from tests.provider_samples import ORDER_ID, SAMPLES
from tests.provider_server import served_app
from tests.test_wire import Ordered

pytestmark = pytest.mark.anyio

# Case: the simulator's digits, and the recorded answers to a first call and to a replay of it.
PAY_CASES: dict[str, tuple[str, tuple[str, ...]]] = {
    "paid": ("89", ("pay_woyofal_success", "pay_conflict_replayed")),
    "three codes": ("03", ("pay_woyofal_three_codes",)),
    "capitals": ("16", ("pay_woyofal_capitals",)),
    "no code yet": ("08", ("pay_woyofal_no_code",)),
    "processing": ("01", ("pay_woyofal_processing", "pay_conflict_replayed")),
    "failed": ("13", ("pay_woyofal_failed",)),
    "float": ("12", ("pay_float_coded", "pay_float_replayed")),
    "invalid": ("04", ("pay_invalid_amount", "pay_invalid_amount")),
    "conflict": ("09", ("pay_conflict", "pay_conflict_replayed")),
    "500, not taken": ("05", ("pay_server_error", "pay_woyofal_success")),
    "500, taken": ("21", ("pay_server_error", "pay_conflict_replayed")),
    "web page": ("29", ("pay_web_page", "pay_conflict_replayed")),
    "new word": ("25", ("pay_woyofal_new_word",)),
    "maintenance": ("10", ("pay_maintenance", "pay_maintenance")),
    "busy": ("19", ("pay_busy", "pay_woyofal_success")),
    "key refused": ("20", ("pay_key_refused", "pay_woyofal_success")),
    "no answer": ("06", ("lost", "pay_conflict_replayed")),
    "lost on its way": ("07", ("lost", "pay_woyofal_success")),
}
METER = "141234567"


class Recording(httpx.AsyncBaseTransport):
    """Plays recorded answers, one a request; a sample speaks of the order `ORDER_ID`."""

    def __init__(self) -> None:
        self.answers: list[str] = []
        self.requests: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        name = self.answers.pop(0)
        if name == "lost":
            raise httpx.ReadTimeout("recorded")
        sample = SAMPLES[name]
        headers = {} if sample.retry_after is None else {"Retry-After": sample.retry_after}
        return httpx.Response(sample.status, headers=headers, content=sample.content)


class World:
    """A gateway, and how to bring about a case in it."""

    def __init__(self, gateway: Gateway, simulator: Simulator | None, recording: Recording | None) -> None:
        self.gateway = gateway
        self.simulator = simulator
        self.recording = recording

    def order(self, case: str) -> Ordered:
        digits, answers = PAY_CASES[case]
        if self.recording is not None:
            self.recording.answers = list(answers)
        return Ordered(id=ORDER_ID, reference=METER + digits)

    def stage(self, digits: str, *answers: str) -> str:
        """Prepare a read; gives the reference to ask for."""
        if self.recording is not None:
            self.recording.answers = list(answers)
            return SAMPLES[answers[0]].reference
        return METER + digits

    async def pay(self, case: str) -> Outcome:
        return await self.gateway.pay(self.order(case), callback_url=None, replay=False)

    async def pay_and_replay(self, case: str) -> tuple[Outcome, Outcome]:
        order = self.order(case)
        first = await self.gateway.pay(order, callback_url=None, replay=False)
        return first, await self.gateway.pay(order, callback_url=None, replay=True)


@pytest.fixture(scope="module")
async def provider() -> AsyncIterator[tuple[SimulatorApp, int]]:
    """One server for all tests; each test puts a simulator of its own behind it."""
    async with served_app(Simulator()) as made:
        yield made


@asynccontextmanager
async def http_world(provider: tuple[SimulatorApp, int]) -> AsyncIterator[World]:
    app, port = provider
    app.simulator = Simulator(pace=0.001, api_key="right")
    gateway = DexchangeGateway(f"http://127.0.0.1:{port}/", "right", pay_seconds=1.0)
    yield World(gateway, app.simulator, None)
    await gateway.aclose()


@asynccontextmanager
async def in_process_world(_: object) -> AsyncIterator[World]:
    simulator = Simulator(pace=0.001, api_key="simulator")
    gateway = SimulatorGateway(simulator, time_out_seconds=0.01)
    yield World(gateway, simulator, None)
    await gateway.aclose()


@asynccontextmanager
async def recorded_world(_: object) -> AsyncIterator[World]:
    recording = Recording()
    gateway = DexchangeGateway("http://provider.invalid", "key", transport=recording)
    yield World(gateway, None, recording)
    await gateway.aclose()


WORLDS = {"http": http_world, "in process": in_process_world, "recorded": recorded_world}


@pytest.fixture(params=WORLDS)
async def world(request: pytest.FixtureRequest, provider: tuple[SimulatorApp, int]) -> AsyncIterator[World]:
    async with WORLDS[request.param](provider) as made:
        yield made


def essence(value: Outcome | InquiryAnswer) -> Any:
    """What must be the same in every world: the kind, and why."""
    match value:
        case Delivered(tokens=tokens):
            return Delivered, len(tokens)
        case Refused(reason=reason) | InquiryRefused(reason=reason):
            return type(value), reason
        case NotSent(cause=cause) | InquiryUnavailable(cause=cause):
            return type(value), cause
        case Unknown(conflict=True):
            return Unknown, "conflict"
    return (type(value),)


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        ("paid", (Delivered, 1)),
        ("three codes", (Delivered, 3)),
        ("capitals", (Delivered, 1)),
        ("no code yet", (TokenAwaited,)),
        ("processing", (Processing,)),
        ("failed", (Refused, "failed")),
        ("float", (Refused, "float")),
        ("invalid", (Refused, "invalid")),
        ("conflict", (Unknown, "conflict")),
        ("500, not taken", (Unknown,)),
        ("500, taken", (Unknown,)),
        ("web page", (Unknown,)),
        ("new word", (Unknown,)),
        ("maintenance", (NotSent, "maintenance")),
        ("busy", (NotSent, "busy")),
        ("key refused", (NotSent, "credentials")),
        ("no answer", (Unknown,)),
        ("lost on its way", (Unknown,)),
    ],
)
async def test_a_first_payment(world: World, case: str, expected: Any):
    assert essence(await world.pay(case)) == expected


def test_every_case_is_tried():
    marks = test_a_first_payment.pytestmark
    assert {case for case, _ in marks[0].args[1]} == set(PAY_CASES)


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        ("paid", (Processing,)),
        ("processing", (Processing,)),
        ("500, not taken", (Delivered, 1)),
        ("500, taken", (Processing,)),
        ("web page", (Processing,)),
        ("no answer", (Processing,)),
        ("lost on its way", (Delivered, 1)),
        ("float", (Unknown,)),
        ("invalid", (Unknown,)),
        ("conflict", (Processing,)),
        ("maintenance", (NotSent, "maintenance")),
        ("busy", (Delivered, 1)),
        ("key refused", (Delivered, 1)),
    ],
)
async def test_a_replay(world: World, case: str, expected: Any):
    _, second = await world.pay_and_replay(case)
    assert essence(second) == expected
    if expected == (Processing,):
        assert isinstance(second, Processing)
        assert second.details.transaction_id is None
    if world.simulator is not None:
        assert max(world.simulator.accepted.values(), default=0) <= 1
        assert world.simulator.received[ORDER_ID] == 2


@pytest.mark.parametrize("case", ["paid", "float", "500, taken", "web page", "busy"])
async def test_one_payment_is_one_request(world: World, case: str):
    await world.pay(case)
    if world.simulator is not None:
        assert world.simulator.received == {ORDER_ID: 1}
    if world.recording is not None:
        assert len(world.recording.requests) == 1


async def test_what_a_payment_tells(world: World):
    outcome = await world.pay("paid")
    assert isinstance(outcome, Delivered)
    details = outcome.details
    assert details.transaction_id
    assert details.reference == "14123456789"
    assert details.reference_facture is None
    amount_xof, fee_xof = details.amount_xof, details.fee_xof
    assert amount_xof is not None
    assert fee_xof == -(-amount_xof // 100)
    assert details.previous_balance_xof is not None
    assert details.current_balance_xof == details.previous_balance_xof - amount_xof - fee_xof


@pytest.mark.parametrize(
    ("digits", "sample", "expected"),
    [
        ("08", "look_up_success", (TokenAwaited,)),
        ("89", "look_up_nested_code", (Delivered, 1)),
        ("28", "look_up_pending", (Processing,)),
        ("13", "look_up_failed", (Refused, "failed")),
    ],
)
async def test_a_look_up(world: World, digits: str, sample: str, expected: Any):
    transaction_id = "TXB000123"
    if world.simulator is not None:
        # Nothing is asked of the provider before it has a payment to be asked about.
        world.simulator.pace = 1.0
        order = Ordered(reference=METER + digits)
        await world.gateway.pay(order, callback_url=None, replay=False)
        transaction_id = world.simulator.audit(0)["payments"][order.id]["transaction_id"]
    else:
        world.stage(digits, sample)
    outcome = await world.gateway.look_up(transaction_id, "woyofal")
    assert essence(outcome) == expected
    assert not isinstance(outcome, NotSent)
    assert outcome.details.transaction_id == transaction_id
    assert outcome.details.reference


async def test_a_look_up_of_nothing_learns_nothing(world: World):
    world.stage("89", "look_up_not_found")
    assert essence(await world.gateway.look_up("TXB000123", "woyofal")) == (Unknown,)


@pytest.mark.parametrize(
    ("digits", "sample", "service", "count"),
    [
        ("89", "inquiry_woyofal", "woyofal", 0),
        ("22", "inquiry_senelec_bills", "senelec", None),
        ("00", "inquiry_seneau_nothing", "seneau", 0),
    ],
)
async def test_an_inquiry(world: World, digits: str, sample: str, service: ServiceName, count: int | None):
    reference = world.stage(digits, sample)
    answer = await world.gateway.inquire(service, reference)
    assert isinstance(answer, Inquiry)
    assert (answer.service, answer.reference) == (service, reference)
    if count is None:
        assert len(answer.bills) >= 2
        assert all(bill.amount_xof > 0 and bill.reference_facture for bill in answer.bills)
    else:
        assert len(answer.bills) == count
    if service != "seneau":
        assert answer.holder
        assert answer.address_line
        assert answer.meter_status


@pytest.mark.parametrize(
    ("digits", "sample", "expected"),
    [
        ("04", "inquiry_unknown_meter", (InquiryRefused, "Référence client introuvable")),
        ("26", "inquiry_operator_error", (InquiryUnavailable, "unreachable")),
    ],
)
async def test_an_inquiry_in_vain(world: World, digits: str, sample: str, expected: Any):
    assert essence(await world.gateway.inquire("woyofal", world.stage(digits, sample))) == expected


async def test_the_chosen_bill_is_the_one_that_is_paid(world: World):
    reference, facture = METER + "22", "F000000001"
    if world.simulator is not None:
        facture = bills_of("SENELEC_SN_BILL", reference, 3)[1]["referenceFacture"]
    else:
        world.stage("22", "pay_senelec_success")
    order = Ordered(service="senelec", reference=reference, reference_facture=facture)
    outcome = await world.gateway.pay(order, callback_url=None, replay=False)
    assert isinstance(outcome, Delivered)
    assert outcome.tokens == ()
    assert outcome.details.reference_facture == facture
    if world.recording is not None:
        sent = msgspec.json.decode(world.recording.requests[0].content)
        assert sent["reference_facture"] == facture
        assert "amount" not in sent


async def test_the_float(world: World):
    world.stage("", "balance")
    answer = await world.gateway.balance()
    assert isinstance(answer, Float)
    assert answer.balance_xof > 0


@pytest.mark.parametrize("world", ["http", "in process"], indirect=True)
async def test_a_provider_that_is_closed(world: World):
    assert world.simulator is not None
    world.simulator.outage = "maintenance"
    assert essence(await world.pay("paid")) == (NotSent, "maintenance")
    assert essence(await world.gateway.inquire("woyofal", METER + "89")) == (InquiryUnavailable, "maintenance")
    world.simulator.outage = "error"
    assert essence(await world.pay("paid")) == (Unknown,)
    assert essence(await world.gateway.look_up("TXB1", "woyofal")) == (Unknown,)
    world.simulator.outage = None
    assert essence(await world.pay("paid")) == (Delivered, 1)
