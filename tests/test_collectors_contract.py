"""One contract, three collectors over HTTP: each against a server that plays recorded answers."""

import socket
from collections.abc import AsyncIterator, Callable

import pytest

from bot.collectors import Collector
from bot.collectors.caller import Caller
from bot.collectors.dexchange_link import DexchangeLink
from bot.collectors.dexchange_push import DexchangePush
from bot.collectors.dexpay import Dexpay
from bot.collectors.wire import dexpay as dexpay_wire
from bot.domain.collecting import (
    CannotExpire,
    LookUpUnknown,
    NotOpened,
    Opened,
    OpeningUnknown,
    PayBackNotSent,
    PayBackRefused,
    PayBackUnknown,
)
from bot.domain.inquiry import Float, FloatUnavailable
from bot.errors import ModelError
from bot.gateway.wire.calls import headers as dexchange_headers
from tests.collector_samples import (
    OUR_ID,
    PROVIDER_ID,
    SAMPLES,
    SECRET,
    a_pay_back,
    a_request,
    ask,
    expected_of,
)
from tests.fake_http import DROP, HttpServer, Request, Response

pytestmark = pytest.mark.anyio


class Provider:
    """Plays one answer after the other, and keeps what was asked."""

    def __init__(self) -> None:
        self.answers: list[Response] = []
        self.requests: list[Request] = []
        self.server = HttpServer(self.answer)

    async def answer(self, request: Request) -> Response:
        self.requests.append(request)
        return self.answers.pop(0)


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def shared() -> AsyncIterator[Provider]:
    provider = Provider()
    await provider.server.start()
    yield provider
    await provider.server.aclose()


@pytest.fixture
def provider(shared: Provider) -> Provider:
    shared.answers.clear()
    shared.requests.clear()
    return shared


def _dexchange(of: Callable[[Caller], Collector]) -> Callable[[str], Collector]:
    return lambda root: of(Caller(root, dexchange_headers("key"), act_seconds=0.3, read_seconds=0.3))


COLLECTORS: dict[str, Callable[[str], Collector]] = {
    "dexchange_link": _dexchange(DexchangeLink),
    "dexchange_push": _dexchange(DexchangePush),
    "dexpay": lambda root: Dexpay(Caller(root, dexpay_wire.headers("pk", SECRET), act_seconds=0.3), (SECRET,)),
}


@pytest.fixture(params=COLLECTORS)
async def collector(request: pytest.FixtureRequest, provider: Provider) -> AsyncIterator[Collector]:
    made = COLLECTORS[request.param](f"http://127.0.0.1:{provider.server.port}")
    yield made
    await made.aclose()


async def test_every_sample_over_http(collector: Collector, provider: Provider):
    for name, sample in SAMPLES.items():
        if sample.collector != collector.name:
            continue
        headers = {} if sample.retry_after is None else {"Retry-After": sample.retry_after}
        provider.answers = [Response(sample.status, sample.content, headers)]
        provider.requests.clear()
        assert await ask(collector, sample) == expected_of(sample), name
        # One call is one request, whatever it is answered.
        assert len(provider.requests) == (0 if sample.call == "webhook" else 1), name


async def test_an_answer_that_is_lost_leaves_nothing_certain(collector: Collector, provider: Provider):
    request = a_request(collector.name)
    # A look-up leaves an idle connection: what opens or moves something must not use it, for it would be sent again.
    provider.answers = [Response(500), *[DROP] * 20]
    await collector.look_up(OUR_ID, PROVIDER_ID)
    provider.requests.clear()
    assert isinstance(await collector.create(request, again=False), OpeningUnknown)
    assert isinstance(await collector.pay_back(a_pay_back(), again=False), PayBackUnknown)
    # One request each: nothing that opens or moves something is sent twice.
    assert len(provider.requests) == 2
    for asked in (collector.look_up(OUR_ID, PROVIDER_ID), collector.look_up_pay_back(OUR_ID, PROVIDER_ID)):
        result = await asked
        assert isinstance(result, LookUpUnknown)
        assert result.cause == "unreachable"


async def test_a_connection_that_was_never_made_sent_nothing(collector: Collector):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        gone = COLLECTORS[collector.name](f"http://127.0.0.1:{closed.getsockname()[1]}")
        request = a_request(collector.name)
        assert await gone.create(request, again=False) == NotOpened("unreachable")
        assert await gone.create(request, again=True) == NotOpened("unreachable")
        assert await gone.pay_back(a_pay_back(), again=False) == PayBackNotSent("unreachable")
        assert await gone.look_up(OUR_ID, PROVIDER_ID) == LookUpUnknown("unreachable", "no connection")
        assert isinstance(await gone.balance(), FloatUnavailable)
        await gone.aclose()


async def test_the_sums_bounds_are_kept_before_anything_is_sent(collector: Collector, provider: Provider):
    way = collector.abilities.ways[0]
    request = a_request(collector.name, method=way.method, amount_xof=way.least_xof - 1)
    assert await collector.create(request, again=False) == NotOpened("invalid")
    assert await collector.pay_back(a_pay_back(amount_xof=1), again=False) == PayBackRefused("invalid")
    assert provider.requests == []


async def test_what_a_collector_cannot_do_it_says(collector: Collector, provider: Provider):
    if collector.abilities.looks_up_by == "provider_id":
        assert await collector.look_up(OUR_ID, None) == LookUpUnknown("no_id", "no id of the provider's to ask by")
        assert isinstance(await collector.look_up_pay_back(OUR_ID, None), LookUpUnknown)
    if not collector.abilities.expires:
        assert await collector.expire(OUR_ID, PROVIDER_ID) == CannotExpire()
    if all(way.kind != "code" for way in collector.abilities.ways):
        assert isinstance(await collector.confirm_code(OUR_ID, PROVIDER_ID, "123456"), LookUpUnknown)
    assert provider.requests == []


async def test_the_balance(collector: Collector, provider: Provider):
    provider.answers = [Response(200, b'{"balance":{"success":true,"balance":394455}}')]
    answer = await collector.balance()
    assert answer == (
        FloatUnavailable("no call for it is known", answered=True) if collector.name == "dexpay" else Float(394_455)
    )


async def test_an_attempt_gives_the_address_that_opens_the_application(provider: Provider):
    collector = COLLECTORS["dexpay"](f"http://127.0.0.1:{provider.server.port}")
    request = a_request(method="wave")
    session = Response(201, b'{"data":{"id":"cs","reference":"COLLECTION01","payment_url":"https://pay.example/s"}}')
    attempt = Response(201, b'{"data":{"payment_url":"https://pay.wave.com/c/z"}}')
    for second, url in ((attempt, "https://pay.wave.com/c/z"), (DROP, "https://pay.example/s")):
        provider.answers = [session, second]
        assert await collector.create(request, again=False) == Opened("cs", url)
    provider.answers = [Response(500)]
    assert isinstance(await collector.create(request, again=False), OpeningUnknown)
    await collector.aclose()


async def test_credentials_are_in_the_headers_and_nowhere_else(collector: Collector, provider: Provider):
    provider.answers = [Response(500)]
    await collector.look_up(OUR_ID, PROVIDER_ID)
    (request,) = provider.requests
    secrets = {"key", "pk", SECRET}
    assert any(secret in value for value in request.headers.values() for secret in secrets)
    assert not any(secret in request.path for secret in secrets - {"pk"})


def test_a_credential_that_no_header_can_carry():
    with pytest.raises(ModelError):
        Caller("http://x.invalid", {"x-api-key": "k\r\nevil: 1"})


def test_everything_of_the_contract_is_there():
    wanted = {name for name in vars(Collector) if not name.startswith("_")}
    for kind in (DexchangeLink, DexchangePush, Dexpay):
        assert wanted <= set(dir(kind))
