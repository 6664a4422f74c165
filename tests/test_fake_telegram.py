"""The fake Bot API has Telegram's manners: what the kill tests and the bench stand on is tested first."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from bot.channels.telegram.secret import HEADER, secret_token
from bot.channels.telegram.webhook import TelegramEndpoint
from bot.domain.inbound import Document, Inbound, Tap, Text
from tests.fake_http import DROP, HttpClient, HttpServer, Request, Response
from tests.fake_telegram import TOKEN, FakeTelegram

pytestmark = pytest.mark.anyio

KEY = b"a key of the tests"


class Bot:
    """A bot that only has an endpoint: it takes updates, and answers as it is told."""

    def __init__(self) -> None:
        self.server = HttpServer(self._serve)
        self.endpoint = TelegramEndpoint(KEY, lambda: "TaalBot")
        self.taken: list[Inbound] = []
        self.answers: list[Response] = []
        self.gate: dict[str, asyncio.Event] = {}
        self.in_flight: dict[str, int] = {}
        self.most_in_flight: dict[str, int] = {}
        self._changed = asyncio.Event()

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(5):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    async def _serve(self, request: Request) -> Response:
        assert request.path == self.endpoint.path
        received = self.endpoint.handle(request.headers, request.body)
        if received is None:
            return Response(401)
        (inbound,) = received.inbounds
        lane = f"{inbound.address.id} {type(inbound.event).__name__}"
        self.in_flight[lane] = self.in_flight.get(lane, 0) + 1
        self.most_in_flight[lane] = max(self.most_in_flight.get(lane, 0), self.in_flight[lane])
        self._changed.set()
        try:
            if gate := self.gate.get(lane):
                await gate.wait()
        finally:
            self.in_flight[lane] -= 1
        if self.answers:
            return self.answers.pop(0)
        self.taken.append(inbound)
        self._changed.set()
        return Response(200, received.answer, {"Content-Type": "application/json"})

    def texts(self) -> list[str]:
        return [inbound.event.text for inbound in self.taken if isinstance(inbound.event, Text)]


@pytest.fixture
async def fake() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram(backoff_seconds=0.01) as fake:
        yield fake
        assert fake.errors == []


@pytest.fixture
async def bot() -> AsyncIterator[Bot]:
    bot = Bot()
    await bot.server.start()
    yield bot
    await bot.server.aclose()
    assert bot.server.errors == []


async def call(fake: FakeTelegram, method: str, token: str = TOKEN, /, **params: Any) -> dict[str, Any]:
    client = HttpClient("127.0.0.1", fake._server.port)
    body = json.dumps(params).encode()
    response = await client.post(f"/bot{token}/{method}", body, {"Content-Type": "application/json"}, timeout=10)
    await client.aclose()
    answer: dict[str, Any] = json.loads(response.body)
    assert answer["ok"] is (response.status == 200)
    return answer


async def set_webhook(fake: FakeTelegram, bot: Bot, secret: str | None = None, **params: Any) -> None:
    url = f"http://127.0.0.1:{bot.server.port}{bot.endpoint.path}"
    token = secret_token(KEY) if secret is None else secret
    assert (await call(fake, "setWebhook", url=url, secret_token=token, **params))["ok"]


async def test_one_update_in_flight_per_chat_and_taps_in_a_lane_of_their_own(fake: FakeTelegram, bot: Bot):
    await set_webhook(fake, bot)
    user, other = fake.user(1), fake.user(2)
    bot.gate["1 Text"] = asyncio.Event()
    user.text("un")
    user.text("deux")
    user.tap_data("m:w")
    other.text("autre")
    await bot.until(lambda: len(bot.taken) == 2)
    assert {type(inbound.event) for inbound in bot.taken} == {Tap, Text}
    assert bot.texts() == ["autre"]
    bot.gate["1 Text"].set()
    await fake.idle()
    assert bot.texts() == ["autre", "un", "deux"]
    assert bot.most_in_flight["1 Text"] == 1
    # The endpoint answered the tap in its response, and that was carried out.
    assert user.tap_answers == [None]
    assert [one.webhook for one in fake.calls if one.method == "answerCallbackQuery"] == [True]


async def test_what_is_not_taken_comes_again_in_order(fake: FakeTelegram, bot: Bot):
    await set_webhook(fake, bot)
    bot.answers = [Response(500), DROP, Response(401), Response(200)]
    first = fake.user(1).text("un")
    fake.user(1).text("deux")
    await fake.idle()
    assert fake.attempts(first) == 4
    assert [delivery.status for delivery in fake.deliveries] == [500, 0, 401, 200, 200]
    assert bot.texts() == ["deux"]


async def test_retry_after_is_obeyed(fake: FakeTelegram, bot: Bot):
    await set_webhook(fake, bot)
    bot.answers = [Response(503, headers={"Retry-After": "1"})]
    loop = asyncio.get_running_loop()
    began = loop.time()
    fake.user(1).text("un")
    await fake.idle()
    assert loop.time() - began >= 0.95


async def test_updates_wait_for_a_bot_that_is_down_and_come_when_it_is_back(fake: FakeTelegram, bot: Bot):
    await set_webhook(fake, bot)
    port = bot.server.port
    await bot.server.aclose()
    update = fake.user(1).text("un")
    await fake._until(lambda: fake.attempts(update) >= 2, 5, lambda: "not tried twice")
    await bot.server.start(port)
    await fake.idle()
    assert bot.texts() == ["un"]
    assert (await call(fake, "getWebhookInfo"))["result"]["last_error_message"]


async def test_a_wrong_secret_is_not_taken(fake: FakeTelegram, bot: Bot):
    await set_webhook(fake, bot, "wrong")
    update = fake.user(1).text("un")
    await fake._until(lambda: fake.attempts(update) >= 2, 5, lambda: "not tried twice")
    assert bot.taken == []
    await set_webhook(fake, bot)
    await fake.idle()
    assert bot.texts() == ["un"]


def test_the_endpoint_refuses_without_the_header_and_names_what_it_cannot_read():
    endpoint = TelegramEndpoint(KEY, lambda: None)
    assert endpoint.handle({}, b"{}") is None
    received = endpoint.handle({HEADER.lower(): secret_token(KEY)}, b"poison")
    assert received is not None
    assert received.problem


async def test_a_tap_is_forgotten_after_its_time(bot: Bot):
    async with FakeTelegram(backoff_seconds=0.01, tap_life_seconds=0.05) as fake:
        await set_webhook(fake, bot)
        bot.answers = [Response(503)] * 100
        fake.user(1).tap_data("m:w")
        await fake.idle()
        assert bot.taken == []


async def test_no_more_connections_than_the_bot_asked_for(fake: FakeTelegram, bot: Bot):
    await set_webhook(fake, bot, max_connections=3)
    gate = asyncio.Event()
    for number in range(1, 11):
        bot.gate[f"{number} Text"] = gate
        fake.user(number).text("x")
    await bot.until(lambda: sum(bot.in_flight.values()) == 3)
    gate.set()
    await fake.idle()
    assert len(bot.taken) == 10


async def test_only_what_the_bot_asked_for_comes(fake: FakeTelegram, bot: Bot):
    await set_webhook(fake, bot, allowed_updates=["message", "callback_query"])
    fake.user(1).edit("x")
    fake.user(1).text("un")
    await fake.idle()
    assert bot.texts() == ["un"]


async def test_updates_move_from_the_webhook_to_polling(fake: FakeTelegram, bot: Bot):
    await set_webhook(fake, bot)
    assert (await call(fake, "getUpdates"))["error_code"] == 409
    bot.answers = [Response(500)] * 1000
    update = fake.user(1).text("un")
    await fake._until(lambda: fake.attempts(update) >= 1, 5, lambda: "not tried")
    await call(fake, "deleteWebhook")
    (polled,) = (await call(fake, "getUpdates"))["result"]
    assert polled["update_id"] == update
    assert (await call(fake, "getUpdates", offset=update))["result"] == [polled]
    assert (await call(fake, "getUpdates", offset=update + 1, timeout=0))["result"] == []
    await fake.idle()


async def test_a_second_poll_ends_the_first(fake: FakeTelegram):
    first = asyncio.ensure_future(call(fake, "getUpdates", timeout=20))
    await fake.called("getUpdates")
    second = asyncio.ensure_future(call(fake, "getUpdates", timeout=20))
    assert (await asyncio.wait_for(first, 5))["error_code"] == 409
    update = fake.user(1).text("un")
    assert [one["update_id"] for one in (await asyncio.wait_for(second, 5))["result"]] == [update]


async def test_tokens(fake: FakeTelegram):
    assert (await call(fake, "getMe"))["result"]["username"] == "TaalBot"
    assert (await call(fake, "getMe", "815:other"))["error_code"] == 401
    assert (await call(fake, "getMe", "nonsense"))["error_code"] == 404
    assert (await call(fake, "getYou"))["error_code"] == 404


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"text": ""}, "message text is empty"),
    ({"text": " \n"}, "message text is empty"),
    ({"text": "<b></b>", "parse_mode": "HTML"}, "message text is empty"),
    ({"text": "😀" * 2049}, "message is too long"),
    ({"text": "a < b", "parse_mode": "HTML"}, "can't parse entities: Unclosed start tag at byte offset 2"),
    ({"text": "é<x>", "parse_mode": "HTML"}, 'can\'t parse entities: Unsupported start tag "x" at byte offset 2'),
    ({"text": "<b>x", "parse_mode": "HTML"}, "can't parse entities: Can't find end tag corresponding to start tag"),
    ({"text": "x</b>", "parse_mode": "HTML"}, "can't parse entities: Unexpected end tag"),
    ({"text": "<b><i>x</b></i>", "parse_mode": "HTML"}, "can't parse entities: Unmatched end tag"),
    ({"text": "x", "parse_mode": "Markup"}, "unsupported parse_mode"),
    ({"text": "x", "key": {"text": "a", "callback_data": ""}}, "BUTTON_DATA_INVALID"),
    ({"text": "x", "key": {"text": "a", "callback_data": "é" * 33}}, "BUTTON_DATA_INVALID"),
    ({"text": "x", "key": {"text": "a", "copy_text": {"text": ""}}}, "BUTTON_COPY_TEXT_INVALID"),
    ({"text": "x", "key": {"text": "a", "copy_text": {"text": "1" * 257}}}, "BUTTON_COPY_TEXT_INVALID"),
    ({"text": "x", "key": {"text": "a"}}, "Text buttons are unallowed"),
    ({"text": "x", "key": {"text": "", "callback_data": "x"}}, "can't parse inline keyboard button"),
    ({"text": "x", "chat_id": 2}, "chat not found"),
    ({"text": "x", "chat_id": None}, "chat_id is empty"),
]


@pytest.mark.parametrize(("params", "words"), REFUSED)
async def test_what_the_bot_api_refuses(fake: FakeTelegram, params: dict[str, Any], words: str):
    fake.user(1)
    key = params.pop("key", None) if "key" in params else None
    markup = {"reply_markup": {"inline_keyboard": [[key]]}} if key is not None else {}
    answer = await call(fake, "sendMessage", **{"chat_id": 1, **params, **markup})
    assert answer["error_code"] == 400
    assert words in answer["description"]
    assert fake.users[1].shown == []


async def test_what_the_bot_api_takes(fake: FakeTelegram):
    user = fake.user(1)
    for text in ("😀" * 2048, "<b>" + "&lt;" * 4096 + "</b>", "A & B &copy; <code>&#128075;</code>"):
        assert (await call(fake, "sendMessage", chat_id="1", text=text, parse_mode="HTML"))["ok"]
    assert user.shown[-1].text == "A & B &copy; 👋"
    assert user.shown[-1].entities == [{"type": "code", "offset": 13, "length": 2}]
    with pytest.raises(AssertionError, match="never saw 'jamais'"):
        await user.expect("jamais", timeout=0.01)
    await user.expect("👋")
    with pytest.raises(AssertionError, match="no button"):
        user.tap("Rien")


def part(name: str, content: bytes, file_name: str | None = None) -> bytes:
    named = "" if file_name is None else f'; filename="{file_name}"\r\nContent-Type: text/csv'
    return f'--mark\r\nContent-Disposition: form-data; name="{name}"{named}\r\n\r\n'.encode() + content + b"\r\n"


async def post_form(fake: FakeTelegram, method: str, *parts: bytes) -> Any:
    client = HttpClient("127.0.0.1", int(fake.url.rpartition(":")[2]))
    headers = {"Content-Type": "multipart/form-data; boundary=mark"}
    answer = await client.post(f"/bot{TOKEN}/{method}", b"".join((*parts, b"--mark--\r\n")), headers)
    await client.aclose()
    return json.loads(answer.body)


@pytest.mark.parametrize(
    ("method", "parts", "words"),
    [
        ("sendDocument", [part("chat_id", b"1")], "there is no document in the request"),
        ("sendDocument", [part("chat_id", b"1"), part("document", b"x")], "there is no document in the request"),
        ("sendDocument", [part("chat_id", b"1"), part("document", b"", "a.csv")], "file must be non-empty"),
        ("sendPhoto", [part("chat_id", b"1"), part("photo", b"x", "a.png")], "IMAGE_PROCESS_FAILED"),
        (
            "sendDocument",
            [part("chat_id", b"1"), part("document", b"x", "a.csv"), part("caption", b"x" * 1025)],
            "caption is too long",
        ),
        ("sendDocument", [part("chat_id", b"2"), part("document", b"x", "a.csv")], "chat not found"),
        ("sendDocument", [b"no form at all"], "can't parse request body"),
    ],
)
async def test_what_the_bot_api_refuses_of_files(fake: FakeTelegram, method: str, parts: list[bytes], words: str):
    fake.user(1)
    answer = await post_form(fake, method, *parts)
    assert answer["error_code"] == 400
    assert words in answer["description"]
    assert fake.users[1].shown == []


async def test_files_come_and_go(fake: FakeTelegram, bot: Bot):
    user = fake.user(1)
    content = b"un\r\n--deux\r\n\0\xff"
    answer = await post_form(fake, "sendDocument", part("chat_id", b"1"), part("document", content, "clients été.csv"))
    assert answer["ok"]
    (shown,) = user.shown
    assert shown.file is not None
    assert (shown.file.file_name, shown.file.content) == ("clients été.csv", content)
    assert "[clients été.csv]" in user.story()
    edited = await call(fake, "editMessageText", chat_id=1, message_id=shown.message_id, text="x")
    assert "there is no text in the message to edit" in edited["description"]
    # And what a person sends.
    await call(
        fake, "setWebhook", url=f"http://127.0.0.1:{bot.server.port}{bot.endpoint.path}", secret_token=secret_token(KEY)
    )
    user.document("clients.csv", content)
    await bot.until(lambda: len(bot.taken) == 1)
    event = bot.taken[0].event
    assert isinstance(event, Document)
    assert (event.name, event.media_type, event.size_bytes) == ("clients.csv", "text/csv", len(content))
    reply = await call(fake, "getFile", file_id=event.ref)
    assert reply["result"]["file_size"] == len(content)
    fake.forget_files()
    assert (await call(fake, "getFile", file_id=event.ref))["error_code"] == 400


async def test_a_message_of_a_person_can_be_deleted_once(fake: FakeTelegram):
    user = fake.user(1)
    user.text("4711")
    (message_id,) = user.written
    assert (await call(fake, "deleteMessage", chat_id=1, message_id=message_id))["ok"]
    assert user.written == {}
    again = await call(fake, "deleteMessage", chat_id=1, message_id=message_id)
    assert again["description"] == "Bad Request: message to delete not found"


async def test_commands_of_one_chat(fake: FakeTelegram):
    fake.user(1)
    listed = [{"command": "credit", "description": "x"}]
    for chat_id, words in ((1, None), (2, "chat not found")):
        scope = {"type": "chat", "chat_id": chat_id}
        answer = await call(fake, "setMyCommands", commands=listed, scope=scope)
        assert answer["ok"] == (words is None)
        assert words is None or words in answer["description"]
    assert fake.commands == {("chat 1", ""): listed}
    assert "BOT_COMMANDS_TOO_MUCH" in (await call(fake, "setMyCommands", commands=listed * 101))["description"]


async def test_an_outage_keeps_what_waits(bot: Bot):
    fake = FakeTelegram()
    await fake.start()
    await set_webhook(fake, bot)
    port = fake._server.port
    await fake.aclose()
    fake.user(1).text("un")
    await fake.start(port)
    await fake.idle()
    assert bot.texts() == ["un"]
    await fake.aclose()


async def test_it_runs_by_itself_and_takes_orders(fake: FakeTelegram):
    client = HttpClient("127.0.0.1", fake._server.port)

    async def control(what: str, **params: Any) -> Response:
        return await client.post(f"/control/{what}", json.dumps(params).encode(), {})

    assert (await control("text", chat_id=7, text="bonjour")).status == 200
    button = {"inline_keyboard": [[{"text": "Menu", "callback_data": "m"}]]}
    await call(fake, "sendMessage", chat_id=7, text="Salut", reply_markup=button)
    assert json.loads((await control("shown/7")).body) == [{"text": "Salut", "labels": ["Menu"]}]
    assert (await control("tap", chat_id=7, label="Menu")).status == 200
    assert (await control("tap", chat_id=7, label="Rien")).status == 400
    assert [update.tap for update in fake._pending.values()] == [False, True]
    await client.aclose()
