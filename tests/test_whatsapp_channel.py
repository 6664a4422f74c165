"""Sending: the channel over the fake Cloud API, its window, its pace, its fallbacks and its silence about secrets."""

import asyncio
import html
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from bot.channels.whatsapp.answers import WINDOW_CLOSED
from bot.channels.whatsapp.api import DEFAULT_API_URL, CloudApi
from bot.channels.whatsapp.channel import WhatsAppChannel
from bot.channels.whatsapp.http import CloudClient
from bot.channels.whatsapp.webhook import WhatsAppEndpoint
from bot.domain.outbound import Brief, Choice, Copy, File, Outbound, SendLater, SendRefused, Sent, SentBriefly
from bot.domain.people import Address
from tests.fake_http import HttpServer, Part, Request, Response
from tests.fake_whatsapp import ACCOUNT_ID, APP_SECRET, PHONE_NUMBER_ID, VERIFY_TOKEN, FakeWhatsApp, User
from tests.running import eventually

pytestmark = pytest.mark.anyio

AWA = Address("whatsapp", "221770001122")
HIDDEN = Address("whatsapp", "SN.13491208655302741918")
GROUPED = "1234 5678 9012 3456 7890"
COPY = (Copy("Copier", "12345678901234567890"),)
CODE = Outbound(f"Votre code :\n<code>{GROUPED}</code>\nTapez-le.", (COPY,), durable=True)
KEPT = Outbound(CODE.text, (COPY,), durable=True, brief=Brief("codes", "fr", "Woyofal 5 000 F", (COPY[0].text,)))
MENU = Outbound("Menu", ((Choice("Woyofal", "m:w"),),))
PNG = File("ventes.png", "image/png", b"\x89PNG\r\n\x1a\n" + bytes(range(256)))
CSV = File("relevé.csv", "text/csv", "compteur;montant\r\n14123456789;5000\r\n".encode("utf-8-sig"))
NOON = 1_795_510_800_000
HOUR = 3_600_000

Seen = list[tuple[str, str]]


@dataclass
class Clock:
    """Time that stands still until it is moved."""

    now: int = NOON
    ticks: float = 1000.0
    seen: Seen = field(default_factory=list)


@pytest.fixture
async def fake() -> AsyncIterator[FakeWhatsApp]:
    async with FakeWhatsApp() as fake:
        fake.user(AWA.id)
        yield fake
        assert fake.errors == []


@pytest.fixture
def clock() -> Clock:
    return Clock()


def channel_of(fake: FakeWhatsApp, clock: Clock, token: str | None = None, **others: object) -> WhatsAppChannel:
    return WhatsAppChannel(
        token or fake.token,
        PHONE_NUMBER_ID,
        api_url=f"{fake.url}/",
        observe=lambda method, seconds, result: clock.seen.append((method, result)),
        clock=lambda: clock.now,
        ticks=lambda: clock.ticks,
        **others,  # type: ignore[arg-type]  # each test names what it needs
    )


@pytest.fixture
async def channel(fake: FakeWhatsApp, clock: Clock) -> AsyncIterator[WhatsAppChannel]:
    channel = channel_of(fake, clock)
    yield channel
    await channel.aclose()


@pytest.fixture
def awa(fake: FakeWhatsApp) -> User:
    return fake.users[AWA.id]


async def test_sent_names_the_message_with_the_code_and_is_not_confirmed(
    awa: User, channel: WhatsAppChannel, clock: Clock
):
    result = await channel.send(AWA, CODE)
    assert result == Sent(awa.shown[0].message_id, confirmed=False)
    assert [shown.text for shown in awa.shown] == [GROUPED, "Votre code :\nTapez-le."]
    assert awa.copied() == "12345678901234567890"
    assert clock.seen == [("messages", "ok")] * 2


async def test_somebody_without_a_number_is_reached(fake: FakeWhatsApp, channel: WhatsAppChannel):
    hidden = fake.user(HIDDEN.id)
    assert isinstance(await channel.send(HIDDEN, MENU), Sent)
    assert [shown.labels for shown in hidden.shown] == [["Woyofal"]]


async def test_a_replacement_is_sent_below(awa: User, channel: WhatsAppChannel):
    first = await channel.send(AWA, MENU)
    assert isinstance(first, Sent)
    assert isinstance(await channel.send(AWA, Outbound("Choisi.", replaces=first.message_ref)), Sent)
    assert [shown.text for shown in awa.shown] == ["Menu", "Choisi."]


async def test_an_address_that_is_no_id_and_a_message_of_nothing_make_no_call(
    fake: FakeWhatsApp, channel: WhatsAppChannel
):
    assert await channel.send(Address("whatsapp", "@awa"), KEPT) == SendRefused("not an id of WhatsApp", True)
    assert await channel.send(AWA, Outbound(" ")) == SendRefused("nothing to show", unreachable=False)
    assert fake.calls == []


# The window.


@pytest.mark.parametrize("outbound", [CODE, MENU])
async def test_without_a_brief_a_closed_window_is_unreachable(awa: User, channel: WhatsAppChannel, outbound: Outbound):
    awa.close_window()
    assert await channel.send(AWA, outbound) == SendRefused(WINDOW_CLOSED, unreachable=True)


async def test_a_closed_window_lets_a_template_through(fake: FakeWhatsApp, awa: User, channel: WhatsAppChannel):
    awa.close_window()
    result = await channel.send(AWA, KEPT)
    assert result == SentBriefly(awa.shown[0].message_id)
    assert f": {GROUPED}. Répondez" in awa.shown[0].text
    assert [call.status for call in fake.calls] == [400, 200]
    # Now it is known, until they write.
    assert isinstance(await channel.send(AWA, KEPT), SentBriefly)
    assert len(fake.calls) == 3
    awa.text("menu")
    channel.window.note_message(AWA.id, NOON)
    assert isinstance(await channel.send(AWA, KEPT), Sent)


async def test_our_own_clock_closes_the_window(fake: FakeWhatsApp, channel: WhatsAppChannel, clock: Clock):
    channel.window.note_message(AWA.id, NOON)
    clock.now += 23 * HOUR
    assert isinstance(await channel.send(AWA, KEPT), Sent)
    clock.now += HOUR
    assert isinstance(await channel.send(AWA, KEPT), SentBriefly)
    assert [call.params["type"] for call in fake.calls] == ["text", "text", "template"]
    # Without a brief the Cloud API is asked all the same: it may know better.
    assert isinstance(await channel.send(AWA, CODE), Sent)


async def test_a_window_that_is_told_closed_later_is_known_when_it_is_sent_again(fake: FakeWhatsApp, clock: Clock):
    channel = channel_of(fake, clock)
    endpoint = WhatsAppEndpoint(
        PHONE_NUMBER_ID, app_secret=APP_SECRET, verify_token=VERIFY_TOKEN, window=channel.window
    )
    requests = []

    async def hear(request: Request) -> Response:
        received = endpoint.handle(request.headers, request.body)
        assert received is not None
        endpoint.take_note(received)
        requests.append(received)
        return Response(200)

    server = HttpServer(hear)
    await server.start()
    fake.deliver_to(f"http://127.0.0.1:{server.port}{endpoint.path}")
    fake.users[AWA.id].close_window(how="status")
    sent = await channel.send(AWA, KEPT)
    assert isinstance(sent, Sent)
    await fake.idle()
    failed = next(
        report for received in requests for report in received.reports if report.message_ref == sent.message_ref
    )
    assert (failed.arrived, failed.unreachable, failed.again) == (False, True, True)
    assert isinstance(await channel.send(AWA, KEPT), SentBriefly)
    await fake.idle()
    await server.aclose()
    await channel.aclose()


@pytest.mark.parametrize("code", [132001, 132015, 131047, 131009, 131026])
async def test_a_template_that_is_not_taken_leaves_the_message_to_be_kept(
    fake: FakeWhatsApp, awa: User, channel: WhatsAppChannel, caplog: pytest.LogCaptureFixture, code: int
):
    awa.close_window()
    fake.fail(131047)
    fake.fail(code)
    result = await channel.send(AWA, KEPT)
    assert isinstance(result, SendRefused)
    assert result.unreachable
    assert str(code) in result.reason
    assert ("does not take a template" in caplog.text) == (code > 132000)


async def test_a_template_may_wait(fake: FakeWhatsApp, awa: User, channel: WhatsAppChannel):
    awa.close_window()
    fake.fail(131047)
    fake.fail(130429, status=429)
    assert isinstance(await channel.send(AWA, KEPT), SendLater)


# Fallbacks.


async def test_refused_buttons_leave_the_words(
    fake: FakeWhatsApp, awa: User, channel: WhatsAppChannel, caplog: pytest.LogCaptureFixture
):
    outbound = Outbound(CODE.text, (COPY, (Choice("Menu", "m"), Choice("Aide", "a"))))
    # The code is taken, the buttons are refused: the words follow alone, and the code is not sent twice.
    fake.refuse_interactive = True
    result = await channel.send(AWA, outbound)
    assert result == Sent(awa.shown[0].message_id, confirmed=False)
    assert [shown.text for shown in awa.shown] == [GROUPED, "Votre code :\nTapez-le.\n\n1. Menu\n2. Aide"]
    assert [call.status for call in fake.calls] == [200, 400, 200]
    assert "1122" in caplog.text
    assert AWA.id not in caplog.text
    assert GROUPED not in caplog.text


async def test_words_that_are_refused_are_refused(fake: FakeWhatsApp, channel: WhatsAppChannel):
    fake.fail(100, times=2)
    assert await channel.send(AWA, MENU) == SendRefused("format (100)", unreachable=False)
    fake.fail(100)
    assert await channel.send(AWA, CODE) == SendRefused("format (100)", unreachable=False)


# Trouble.


@pytest.mark.parametrize("how", ["drop before", "drop after", "garbage"])
async def test_a_failing_server_is_tried_later(fake: FakeWhatsApp, awa: User, channel: WhatsAppChannel, how: str):
    fake.fail(how=how)  # type: ignore[arg-type]  # a literal that pytest hands over as a string
    result = await channel.send(AWA, MENU)
    assert isinstance(result, SendLater)
    assert result.retry_seconds == 2.0
    assert fake.token not in result.reason
    assert awa.count("Menu") == (how == "drop after")


@pytest.mark.parametrize("status", [200, 400, 500])
@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b"{}",
        b"null",
        b'{"messages": []}',
        b'{"messages": [{"id": 5}]}',
        b'{"error": null}',
        b'{"error": "x"}',
        b'{"error": {}}',
        b'{"error": {"code": "x", "message": "y"}}',
        b'"\\ud800"',
        b"\xff",
        b"",
        b"[" * 100_000,
    ],
)
async def test_no_answer_makes_it_raise(clock: Clock, status: int, body: bytes):
    async def answer(request: Request) -> Response:
        return Response(status, body)

    server = HttpServer(answer)
    await server.start()
    channel = WhatsAppChannel("token", "1", api_url=f"http://127.0.0.1:{server.port}")
    result = await channel.send(AWA, MENU)
    assert isinstance(result, SendLater | SendRefused)
    assert isinstance(result, SendLater) or status == 400
    await channel.aclose()
    await server.aclose()


async def test_an_api_that_is_away_is_tried_later(fake: FakeWhatsApp, channel: WhatsAppChannel, clock: Clock):
    await fake.aclose()
    result = await channel.send(AWA, CODE)
    assert isinstance(result, SendLater)
    assert clock.seen == [("messages", "network")]


async def test_somebody_out_of_reach_is_refused(fake: FakeWhatsApp, awa: User, channel: WhatsAppChannel):
    awa.block()
    expected = SendRefused("unreachable (131026)", unreachable=True)
    assert await channel.send(AWA, CODE) == expected
    assert await channel.send(Address("whatsapp", "221770009999"), KEPT) == expected


async def test_429_waits_as_long_as_it_is_told(fake: FakeWhatsApp, channel: WhatsAppChannel):
    fake.fail(130429, status=429, retry_after=7)
    assert await channel.send(AWA, MENU) == SendLater(7.0, "busy (130429)")
    assert isinstance(await channel.send(AWA, MENU), Sent)


async def test_a_wrong_token_waits_is_loud_once_and_stays_secret(
    fake: FakeWhatsApp, clock: Clock, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG)
    channel = channel_of(fake, clock, "EAAwrong-and-SECRET")
    for _ in range(2):
        assert await channel.send(AWA, CODE) == SendLater(30.0, "credentials (190)")
    problems = repr(await channel.check())
    await channel.working(AWA, "wamid.x")
    await channel.aclose()
    assert clock.seen[0] == ("messages", "credentials")
    assert len([record for record in caplog.records if "refuses the access token" in record.getMessage()]) == 1
    assert "SECRET" not in caplog.text + problems
    assert GROUPED not in caplog.text
    assert AWA.id not in caplog.text


async def test_no_fault_of_the_network_tells_the_token(caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    output = ""
    for url in ("http://127.0.0.1:1", "http://127.0.0.1:1:2", "gopher://127.0.0.1", "nonsense", ""):
        try:
            channel = WhatsAppChannel("EAASECRET", "1", api_url=url)
        except httpx.InvalidURL as error:
            output += repr(error)
            continue
        result = await channel.send(AWA, CODE)
        assert isinstance(result, SendLater)
        output += repr(result) + repr(await channel.check())
        await channel.aclose()
    assert "SECRET" not in output + caplog.text
    assert GROUPED not in output + caplog.text


# Pace.


async def test_a_person_has_a_burst_and_others_go_on(
    fake: FakeWhatsApp, awa: User, channel: WhatsAppChannel, clock: Clock
):
    modou = Address("whatsapp", "221780003344")
    fake.user(modou.id)
    for _ in range(22):
        assert isinstance(await channel.send(AWA, CODE), Sent)
    # One message is left of the burst; a code and its receipt are two, and neither goes without the other.
    assert await channel.send(AWA, CODE) == SendLater(pytest.approx(6.0), "this person's pace")  # type: ignore[arg-type]  # a float to pytest
    assert isinstance(await channel.send(AWA, MENU), Sent)
    assert isinstance(await channel.send(modou, CODE), Sent)
    assert len(awa.shown) == 45
    clock.ticks += 12.0
    assert isinstance(await channel.send(AWA, CODE), Sent)


async def test_131056_makes_that_person_wait(fake: FakeWhatsApp, channel: WhatsAppChannel, clock: Clock):
    modou = Address("whatsapp", "221780003344")
    fake.user(modou.id)
    fake.fail(131056, who=AWA.id)
    assert await channel.send(AWA, MENU) == SendLater(6.0, "pair (131056)")
    assert isinstance(await channel.send(AWA, MENU), SendLater)
    assert isinstance(await channel.send(modou, MENU), Sent)
    assert len(fake.calls) == 2
    clock.ticks += 6.0
    assert isinstance(await channel.send(AWA, MENU), Sent)


async def test_the_pace_keeps_sends_apart(fake: FakeWhatsApp, clock: Clock):
    people = [Address("whatsapp", str(221_770_000_000 + number)) for number in range(20)]
    for address in people:
        fake.user(address.id)
    channel = channel_of(fake, clock, rate_per_second=40.0)
    loop = asyncio.get_running_loop()
    began = loop.time()
    # A burst of 5 is free; the other 15 take 15 / 35 of a second.
    await asyncio.gather(*(channel.send(address, MENU) for address in people))
    assert loop.time() - began >= 0.4
    await channel.aclose()


async def test_many_sends_at_once_each_arrive_once(fake: FakeWhatsApp, clock: Clock):
    channel = channel_of(fake, clock, rate_per_second=None)
    people = [fake.user(221_780_000_000 + number) for number in range(200)]
    results = await asyncio.gather(
        *(
            channel.send(Address("whatsapp", user.chat_id), Outbound(f"Pour {html.escape(user.chat_id)}"))
            for user in people
        )
    )
    assert all(isinstance(result, Sent) for result in results)
    assert [[shown.text for shown in user.shown] for user in people] == [[f"Pour {user.chat_id}"] for user in people]
    await channel.aclose()


# Files.


async def test_a_table_is_uploaded_as_plain_text_and_keeps_its_name(
    fake: FakeWhatsApp, awa: User, channel: WhatsAppChannel, clock: Clock
):
    result = await channel.send(AWA, Outbound("<b>Ventes</b> du jour"), CSV)
    (shown,) = awa.shown
    assert result == Sent(shown.message_id, confirmed=False)
    assert shown.text == "Ventes du jour"
    assert shown.file is not None
    assert (shown.file.name, shown.file.file_name) == ("document", "relevé.csv")
    assert (shown.file.media_type, shown.file.content) == ("text/plain", CSV.content)
    assert clock.seen == [("upload", "ok"), ("messages", "ok")]


async def test_a_picture_is_shown_and_buttons_follow(awa: User, channel: WhatsAppChannel):
    result = await channel.send(AWA, Outbound("Ventes", MENU.rows), PNG)
    picture, text = awa.shown
    assert result == Sent(picture.message_id, confirmed=False)
    assert (picture.kind, picture.text) == ("image", "")
    assert picture.file is not None
    assert picture.file.content == PNG.content
    assert (text.text, text.labels) == ("Ventes", ["Woyofal"])


@pytest.mark.parametrize(
    "file", [File("x.zip", "application/zip", b"PK"), File("x.webp", "image/webp", b"RIFF")], ids=["zip", "webp"]
)
async def test_a_file_that_is_not_taken_leaves_the_words(
    fake: FakeWhatsApp, awa: User, channel: WhatsAppChannel, caplog: pytest.LogCaptureFixture, file: File
):
    assert isinstance(await channel.send(AWA, MENU, file), Sent)
    assert [(shown.text, shown.labels) for shown in awa.shown] == [("Menu", ["Woyofal"])]
    assert "does not take a file" in caplog.text
    assert file.name not in caplog.text
    assert AWA.id not in caplog.text


@pytest.mark.parametrize("outbound", [MENU, Outbound("Menu"), Outbound("x" * 2000), CODE], ids=range(4))
async def test_a_message_with_a_file_that_is_refused_leaves_the_words(
    fake: FakeWhatsApp, awa: User, channel: WhatsAppChannel, outbound: Outbound
):
    # The upload is taken, and then the message that names it is not.
    def refuse_files(body: dict[str, object]) -> bool:
        return body.get("type") in ("image", "document")

    fake.refuse = refuse_files
    assert isinstance(await channel.send(AWA, outbound, CSV), Sent)
    assert [shown.file for shown in awa.shown] == [None] * len(awa.shown)
    with_file = len(awa.shown)
    assert isinstance(await channel.send(AWA, outbound), Sent)
    assert [shown.body for shown in awa.shown[:with_file]] == [shown.body for shown in awa.shown[with_file:]]


async def test_a_file_and_refused_buttons_leave_both_words_and_file(
    fake: FakeWhatsApp, awa: User, channel: WhatsAppChannel
):
    fake.refuse_interactive = True
    assert isinstance(await channel.send(AWA, MENU, CSV), Sent)
    assert [(shown.text, shown.file is not None) for shown in awa.shown] == [("", True), ("Menu\n\n1. Woyofal", False)]


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ({"code": 130429, "status": 429, "retry_after": 7}, SendLater(7.0, "busy (130429)")),
        ({"code": 131000, "status": 500}, SendLater(2.0, "server (131000)")),
        ({"code": 190, "status": 401}, SendLater(30.0, "credentials (190)")),
        ({"how": "garbage", "status": 200}, None),
        ({"how": "drop before"}, None),
        ({"how": "drop after"}, None),
    ],
)
async def test_an_upload_that_fails_is_tried_later_and_nothing_is_sent(
    fake: FakeWhatsApp, awa: User, channel: WhatsAppChannel, fault: dict[str, Any], expected: SendLater | None
):
    fake.fail(what="upload", **fault)
    result = await channel.send(AWA, MENU, CSV)
    assert isinstance(result, SendLater)
    assert expected is None or result == expected
    assert fake.token not in result.reason
    assert awa.shown == []


async def test_an_upload_whose_answer_names_nothing_is_tried_later(clock: Clock):
    async def answer(request: Request) -> Response:
        return Response(200, b'{"id": 5}')

    server = HttpServer(answer)
    await server.start()
    channel = WhatsAppChannel("token", "1", api_url=f"http://127.0.0.1:{server.port}")
    assert await channel.send(AWA, MENU, CSV) == SendLater(2.0, "unreadable answer")
    await channel.aclose()
    await server.aclose()


async def test_a_file_does_not_pass_a_closed_window(fake: FakeWhatsApp, awa: User, channel: WhatsAppChannel):
    awa.close_window()
    assert await channel.send(AWA, MENU, CSV) == SendRefused(WINDOW_CLOSED, unreachable=True)
    assert isinstance(await channel.send(AWA, KEPT, CSV), SentBriefly)
    assert [shown.kind for shown in awa.shown] == ["template"]
    # Where it is known to be closed, nothing is uploaded for nothing.
    assert [call.what for call in fake.calls].count("upload") == 1


async def test_progress_is_never_told(fake: FakeWhatsApp, channel: WhatsAppChannel):
    assert await channel.send(AWA, Outbound("7 / 200", replaces="wamid.x", progress=True)) == Sent()
    assert fake.calls == []


async def test_a_file_is_read_no_further_than_its_limit(fake: FakeWhatsApp, channel: WhatsAppChannel, clock: Clock):
    ref = fake.keep(Part("file", "clients.csv", "text/csv", CSV.content))
    assert await channel.fetch(ref, len(CSV.content)) == CSV.content
    assert await channel.fetch(ref, len(CSV.content) - 1) is None
    assert clock.seen == [("media", "ok"), ("file", "ok"), ("media", "ok"), ("file", "rejected")]
    fake.forget_files()
    assert await channel.fetch(ref, len(CSV.content)) is None


@pytest.mark.parametrize("what", ["media", "file"])
@pytest.mark.parametrize("how", ["answer", "drop before"])
async def test_a_file_that_cannot_be_had_is_none(
    fake: FakeWhatsApp, channel: WhatsAppChannel, caplog: pytest.LogCaptureFixture, what: str, how: str
):
    caplog.set_level(logging.DEBUG)
    ref = fake.keep(Part("file", "clients.csv", "text/csv", CSV.content))
    # Twice, because a GET is asked again when a connection ends that was used before.
    fake.fail(what=what, how=how, times=2)  # type: ignore[arg-type]  # literals that pytest hands over as strings
    assert await channel.fetch(ref, 1000) is None
    assert fake.token not in caplog.text
    assert "clients.csv" not in caplog.text


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{port}",
        "http://localhost:{port}",
        "https://lookaside.fbsbx.com.evil.example",
        "http://lookaside.fbsbx.com",
        "https://lookaside.fbsbx.com:8443",
        "https://a:b@lookaside.fbsbx.com",
        "file://",
        "nonsense",
        "http://[",
        "http://a:b:c",
        "",
    ],
)
async def test_the_access_token_is_shown_to_no_foreign_host(
    fake: FakeWhatsApp, channel: WhatsAppChannel, caplog: pytest.LogCaptureFixture, url: str
):
    seen: list[Request] = []

    async def listen(request: Request) -> Response:
        seen.append(request)
        return Response(200, b"stolen")

    foreign = HttpServer(listen)
    await foreign.start()
    fake.files_url = url.format(port=foreign.port) or "/"
    ref = fake.keep(Part("file", "clients.csv", "text/csv", CSV.content))
    assert await channel.fetch(ref, 1000) is None
    assert seen == []
    assert "a host for a file that is not its own" in caplog.text
    await foreign.aclose()


def test_the_host_of_files_is_metas():
    api = CloudApi("token", "1")
    for url in ("https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=5", f"{DEFAULT_API_URL}/v25.0/5"):
        assert str(api._ours(url)) == url
    assert api._ours(None) is None


async def test_a_redirect_to_a_file_is_not_followed():
    asked: list[str] = []

    async def answer(request: Request) -> Response:
        asked.append(request.path)
        if request.path == "/v25.0/5":
            return Response(200, f'{{"url": "http://127.0.0.1:{server.port}/file"}}'.encode())
        return Response(302, b"", {"Location": "/elsewhere"})

    server = HttpServer(answer)
    await server.start()
    channel = WhatsAppChannel("token", "1", api_url=f"http://127.0.0.1:{server.port}")
    assert await channel.fetch("5", 1000) is None
    assert asked == ["/v25.0/5", "/file"]
    await channel.aclose()
    await server.aclose()
    assert await channel.fetch("5", 1000) is None


# The rest.


async def test_working_marks_as_read_and_types(fake: FakeWhatsApp, awa: User, channel: WhatsAppChannel, clock: Clock):
    message_id = awa.text("w 14123456789")
    await channel.working(AWA, message_id)
    assert (awa.read_by_bot, awa.typing) == ([message_id], 1)
    await channel.working(AWA, None)
    await channel.working(AWA, "wamid.unknown")
    assert clock.seen == [("typing", "ok"), ("typing", "format")]
    assert awa.shown == []


async def test_check_says_what_the_api_says(fake: FakeWhatsApp, clock: Clock):
    channel = channel_of(fake, clock, account_id=ACCOUNT_ID)
    assert await channel.check() == [
        (True, "number: +221330001122, Taal, quality GREEN"),
        (True, "webhook: WhatsApp did not tell where it is"),
        (False, "subscription: 0 app(s) hear the account"),
        (True, "templates: all approved"),
    ]
    fake.deliver_to("http://127.0.0.1:9/webhooks/whatsapp")
    del fake.templates["taal_news", "en"]
    assert (await channel.check())[1:] == [
        (True, "webhook: http://127.0.0.1:9/webhooks/whatsapp"),
        (True, "subscription: 1 app(s) hear the account"),
        (False, "templates: not approved: taal_news (en)"),
    ]
    await channel.aclose()
    fake.deliver_to("http://127.0.0.1:9/elsewhere")
    other = channel_of(fake, clock)
    assert await other.check() == [
        (True, "number: +221330001122, Taal, quality GREEN"),
        (False, "webhook: http://127.0.0.1:9/elsewhere"),
    ]
    await other.aclose()
    foreign = channel_of(fake, clock, account_id="5")
    assert (await foreign.check())[2:] == [
        (False, "subscription: WhatsApp did not tell: account (100)"),
        (False, "templates: WhatsApp did not tell: account (100)"),
    ]
    await foreign.aclose()


@pytest.mark.parametrize(
    ("told", "link"),
    [
        ('"+221 33 000 11 22"', "https://wa.me/221330001122"),
        ('"15550783881"', "https://wa.me/15550783881"),
        ('"//evil.example"', None),
        ("221330001122", None),
        ("null", None),
    ],
)
async def test_our_own_number_makes_the_link(told: str, link: str | None, caplog: pytest.LogCaptureFixture):
    async def answer(request: Request) -> Response:
        return Response(200, f'{{"display_phone_number": {told}}}'.encode())

    server = HttpServer(answer)
    await server.start()
    channel = WhatsAppChannel("token", "1", api_url=f"http://127.0.0.1:{server.port}")
    assert channel.link is None
    await channel.start()
    await channel.start()
    await eventually(lambda: channel.link is not None or "does not tell our number" in caplog.text, "an answer")
    assert channel.link == link
    await channel.aclose()
    await server.aclose()


async def test_our_own_number_is_asked_again_until_it_is_told(caplog: pytest.LogCaptureFixture):
    answers = [Response(500), Response(200, b"{}"), Response(200, b'{"display_phone_number": "+221 33 000 11 22"}')]

    async def answer(request: Request) -> Response:
        return answers.pop(0)

    server = HttpServer(answer)
    await server.start()
    channel = WhatsAppChannel("token", "1", api_url=f"http://127.0.0.1:{server.port}", retry_seconds=0.01)
    await channel.start()
    await eventually(lambda: channel.link, "its link")
    assert caplog.text.count("does not tell our number") == 1
    await channel.aclose()
    await server.aclose()


async def test_after_the_end_nothing_is_sent(fake: FakeWhatsApp, channel: WhatsAppChannel):
    await channel.start()
    await channel.aclose()
    assert isinstance(await channel.send(AWA, MENU), SendLater)
    await channel.working(AWA, "wamid.x")
    assert fake.calls == []


async def test_its_own_clock_tells_the_time(fake: FakeWhatsApp, awa: User):
    channel = WhatsAppChannel(fake.token, PHONE_NUMBER_ID, api_url=fake.url)
    channel.window.note_message(AWA.id, NOON - 10_000 * HOUR)
    assert isinstance(await channel.send(AWA, KEPT), SentBriefly)
    await channel.aclose()


async def test_what_is_no_plain_request_goes_the_long_way(fake: FakeWhatsApp):
    client = CloudClient()
    client.headers["Authorization"] = f"Bearer {fake.token}"
    client.base_url = httpx.URL(f"{fake.url}/v25.0")
    answer = await client.get(f"/{PHONE_NUMBER_ID}", params={"fields": "verified_name"})
    assert answer.json()["verified_name"] == "Taal"
    await client.aclose()
