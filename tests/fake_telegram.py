"""A fake Bot API over HTTP on loopback, with Telegram's manners, and the people who write to the bot.

    fake = FakeTelegram()
    await fake.start()                       # fake.url is what TELEGRAM_API_URL must be
    awa = fake.user(1001)
    awa.text("/start")
    await awa.expect("Bienvenue")
    awa.tap("Woyofal")
    awa.document("clients.csv", b"14123456789;5000")

How updates travel, as the real one does it: by webhook one update is in flight per chat and lane, the next follows a
2xx; taps travel in another lane than messages; anything but a 2xx, and silence, is delivered again after a growing
pause (short here: `backoff_seconds`), or after the `Retry-After` of the answer; a tap older than `tap_life_seconds` is
forgotten. Without a webhook, getUpdates gives what waits, and forgets what lies below `offset`. A method in the
answer to a webhook is carried out.

What the bot sends is held to the limits of the Bot API (`fake_telegram_rules`) and refused in its words.

Faults: `fail` for the next calls, `hold` and `release` for calls that hang, `user.block()`, `aclose` and `start(port)`
for an outage.

By itself: `python tests/fake_telegram.py --port 8081 [--token T]`; then `POST /control/text` and `/control/tap` with
{"chat_id", "text" or "label"}, and `GET /control/shown/<chat_id>`.
"""

import asyncio
import contextlib
import itertools
import json
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from urllib.parse import parse_qsl, urlsplit

import msgspec

if not __package__:  # run as a script
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.fake_http import DROP, HttpClient, HttpServer, Part, Request, Response, form
from tests.fake_telegram_rules import MAX_COMMANDS, Refusal, caption, is_picture, keyboard, visible

BOT = {"id": 815, "is_bot": True, "first_name": "Taal", "username": "TaalBot"}
TOKEN = "815:AAfake-token-for-tests-000000000000"
EXPECT_SECONDS = 10.0
IN_FLIGHT = -1

# Kinds of updates that only come when they are asked for, or may be asked away.
_OPTIONAL = frozenset(("message", "edited_message", "callback_query", "my_chat_member"))

encode = msgspec.json.encode


@dataclass
class Shown:
    """One thing that a person saw: a new message, or a message that changed. `file` came with it: its `name` is how it
    was shown, as a photo or as a document.
    """

    message_id: int
    text: str
    html: str
    rows: list[list[dict[str, Any]]]
    edited: bool
    at: float
    entities: list[dict[str, Any]] = field(default_factory=list)
    file: Part | None = None

    @property
    def labels(self) -> list[str]:
        return [key["text"] for row in self.rows for key in row]


@dataclass
class Update:
    """An update that waits to be confirmed."""

    id: int
    chat_id: int
    tap: bool
    body: dict[str, Any]
    at: float
    attempts: int = 0


@dataclass
class Fault:
    """What the next `times` calls of `method` (to `chat_id`) meet instead of an answer."""

    method: str
    chat_id: int | None
    times: int
    status: int
    description: str
    retry_after: int | None
    how: Literal["answer", "drop before", "drop after", "garbage"]


@dataclass
class Call:
    """A call that the bot made and what it got (0: the connection was cut; IN_FLIGHT: nothing yet).

    `webhook` says that it came in the answer to an update.
    """

    method: str
    params: dict[str, Any]
    status: int
    webhook: bool = False


@dataclass
class Delivery:
    """One attempt to bring an update to the webhook; status 0 is no answer."""

    update_id: int
    attempt: int
    status: int


class User:
    """One person in a private chat with the bot."""

    def __init__(self, fake: "FakeTelegram", chat_id: int, language_code: str, first_name: str) -> None:
        self._fake = fake
        self.chat_id = chat_id
        self.blocked = False
        self.shown: list[Shown] = []
        self.screen: dict[int, Shown] = {}
        self.transcript: list[str] = []
        self.tap_answers: list[str | None] = []
        self.written: dict[int, dict[str, Any]] = {}
        self.profile: dict[str, Any] = {
            "id": chat_id,
            "is_bot": False,
            "first_name": first_name,
            "language_code": language_code,
        }
        self._seen = 0
        self._changed = asyncio.Event()

    # What the person does. Each answers the id of its update.

    def text(self, text: str, *, at: float | None = None) -> int:
        """Type a message, or one that was typed `at` a time (in seconds) and was under way since."""
        self.transcript.append(f"> {text}")
        entities = {}
        if text.startswith("/"):
            entities = {"entities": [{"type": "bot_command", "offset": 0, "length": len(text.split()[0])}]}
        dated = {} if at is None else {"date": int(at)}
        return self.message(text=text, **entities, **dated)

    def tap(self, label: str) -> int:
        """Press the newest button of this label."""
        shown, key = self.button(label)
        if "callback_data" not in key:
            raise AssertionError(f"the button {label!r} sends nothing: {key}")
        return self.tap_data(key["callback_data"], shown.message_id, label=label)

    def tap_data(self, data: str, message_id: int | None = None, *, label: str | None = None) -> int:
        """Press a button that may no longer be on the screen."""
        self.transcript.append(f"> [{label or data}]")
        fake = self._fake
        query: dict[str, Any] = {
            "id": str(next(fake._query_ids)),
            "from": self.profile,
            "chat_instance": str(-self.chat_id),
            "data": data,
        }
        if message_id is not None:
            shown = self.screen.get(message_id)
            query["message"] = {"message_id": message_id, "chat": self._chat(), "date": int(time.time())}
            query["message"] |= {"from": BOT, "text": shown.text} if shown else {"date": 0}
        fake._queries[query["id"]] = self
        return fake.push({"callback_query": query}, self.chat_id, tap=True)

    def message(self, **content: Any) -> int:
        """Send anything: `message(photo=[…], caption="…")`."""
        return self._fake.push({"message": self._message(content)}, self.chat_id)

    def document(self, name: str, content: bytes, media_type: str = "text/csv", **more: Any) -> int:
        """Send a file."""
        self.transcript.append(f"> [{name}]")
        file_id = self._fake.keep(content)
        document = {"file_id": file_id, "file_unique_id": f"u{file_id}", "file_name": name, "mime_type": media_type}
        return self.message(document=document | {"file_size": len(content)}, **more)

    def edit(self, text: str, message_id: int = 1) -> int:
        """Change an earlier message."""
        message = {**self._message({"text": text}), "message_id": message_id, "edit_date": int(time.time())}
        return self._fake.push({"edited_message": message}, self.chat_id)

    def block(self, blocked: bool = True) -> None:
        """Block the bot, or let it in again."""
        self.blocked = blocked

    def _message(self, content: dict[str, Any]) -> dict[str, Any]:
        message_id = next(self._fake._message_ids)
        self.written[message_id] = content
        return {
            "message_id": message_id,
            "from": self.profile,
            "chat": self._chat(),
            "date": int(time.time()),
            **content,
        }

    def _chat(self) -> dict[str, Any]:
        return {"id": self.chat_id, "type": "private", "first_name": self.profile["first_name"]}

    # What the person sees.

    def button(self, label: str) -> tuple[Shown, dict[str, Any]]:
        """The newest button of this label: where it hangs and what it is."""
        for shown in sorted(self.screen.values(), key=lambda shown: shown.at, reverse=True):
            for row in shown.rows:
                for key in row:
                    if key["text"] == label:
                        return shown, key
        raise AssertionError(f"no button {label!r}\n{self.story()}")

    def copied(self, label: str) -> str:
        """What the newest copy button of this label puts on the clipboard."""
        text: str = self.button(label)[1]["copy_text"]["text"]
        return text

    async def expect(self, fragment: str, timeout: float = EXPECT_SECONDS) -> Shown:
        """Wait for a message, new or changed, with this fragment; what was shown before it counts as seen."""
        try:
            async with asyncio.timeout(timeout):
                while True:
                    for at in range(self._seen, len(self.shown)):
                        if fragment in self.shown[at].text:
                            self._seen = at + 1
                            return self.shown[at]
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise AssertionError(f"never saw {fragment!r}\n{self.story()}") from None

    def count(self, fragment: str) -> int:
        """How many messages with this fragment were ever shown."""
        return sum(fragment in shown.text for shown in self.shown)

    def story(self) -> str:
        """The conversation, for people."""
        return "\n".join(self.transcript)

    def _show(self, shown: Shown) -> None:
        self.shown.append(shown)
        self.screen[shown.message_id] = shown
        buttons = "".join(f"\n  [{label}]" for label in shown.labels)
        file = f"[{shown.file.file_name}] " if shown.file is not None else ""
        self.transcript.append(f"{'~' if shown.edited else '<'} {file}{shown.text}{buttons}")
        self._changed.set()


class FakeTelegram:
    """The Bot API for one bot. `errors` must be empty at the end of a test: they are faults of the fake itself."""

    def __init__(
        self,
        token: str = TOKEN,
        *,
        backoff_seconds: float = 0.05,
        longest_backoff_seconds: float = 1.0,
        tap_life_seconds: float = 150.0,
        push_timeout_seconds: float = 30.0,
    ) -> None:
        self.token = token
        self.users: dict[int, User] = {}
        self.calls: list[Call] = []
        self.deliveries: list[Delivery] = []
        self.commands: dict[tuple[str, str], list[dict[str, str]]] = {}
        self.webhook: dict[str, Any] | None = None
        self.last_error: str | None = None
        self._backoff_seconds = backoff_seconds
        self._longest_backoff_seconds = longest_backoff_seconds
        self._tap_life_seconds = tap_life_seconds
        self._push_timeout_seconds = push_timeout_seconds
        self._server = HttpServer(self._serve)
        self._client: HttpClient | None = None
        self._connections = asyncio.Semaphore(40)
        self._update_ids = itertools.count(815_000_001)
        self._message_ids = itertools.count(1)
        self._query_ids = itertools.count(4_000_000_001)
        self._queries: dict[str, User] = {}
        self._pending: dict[int, Update] = {}
        self._lanes: dict[tuple[int, bool], deque[Update]] = {}
        self._workers: dict[tuple[int, bool], asyncio.Task[None]] = {}
        self._hurry = asyncio.Event()
        self._changed = asyncio.Event()
        self._poll = 0
        self._allowed: frozenset[str] = _OPTIONAL
        self._faults: list[Fault] = []
        self._held: set[str] = set()
        self._waiting_calls: list[str] = []
        self._files: dict[str, bytes] = {}
        self._methods: dict[str, Callable[[dict[str, Any]], Any]] = {
            "getMe": self._get_me,
            "sendMessage": self._send_message,
            "editMessageText": self._edit_message_text,
            "sendPhoto": lambda params: self._send_file("photo", params),
            "sendDocument": lambda params: self._send_file("document", params),
            "getFile": self._get_file,
            "deleteMessage": self._delete_message,
            "answerCallbackQuery": self._answer_callback_query,
            "setMyCommands": self._set_my_commands,
            "setWebhook": self._set_webhook,
            "deleteWebhook": self._delete_webhook,
            "getWebhookInfo": self._get_webhook_info,
        }

    # Life.

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.port}"

    @property
    def errors(self) -> list[Exception]:
        return self._server.errors

    async def start(self, port: int = 0) -> None:
        """Listen; on the old port again after `aclose`."""
        await self._server.start(port)
        self._wake_lanes()

    async def aclose(self) -> None:
        """Be away: nothing is taken and nothing is delivered. What waits is kept."""
        workers = list(self._workers.values())
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
        self._workers.clear()
        if self._client is not None:
            await self._client.aclose()
        await self._server.aclose()

    async def __aenter__(self) -> "FakeTelegram":
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    # People and updates.

    def user(self, chat_id: int, language_code: str = "fr", first_name: str = "Awa") -> User:
        """The person with this id; known to the bot from now on."""
        if chat_id not in self.users:
            self.users[chat_id] = User(self, chat_id, language_code, first_name)
        return self.users[chat_id]

    def push(self, body: dict[str, Any], chat_id: int = 0, *, tap: bool = False, update_id: int | None = None) -> int:
        """Put an update on its way, whatever its shape."""
        number = next(self._update_ids) if update_id is None else update_id
        if (body.keys() & _OPTIONAL) - self._allowed:
            return number
        update = Update(number, chat_id, tap, {"update_id": number, **body}, time.monotonic())
        self._pending[number] = update
        lane = (chat_id, tap)
        self._lanes.setdefault(lane, deque()).append(update)
        self._changed.set()
        if self.webhook is not None:
            self._work(lane)
        return number

    def keep(self, content: bytes) -> str:
        """Take a file of a person; answers its `file_id`."""
        file_id = f"BQACAgQAAxkBAAI{len(self._files) + 1:04d}"
        self._files[file_id] = content
        return file_id

    def forget_files(self) -> None:
        """Let an hour pass: what `getFile` named is no longer there."""
        self._files.clear()

    async def idle(self, timeout: float = EXPECT_SECONDS) -> None:
        """Wait until the bot has confirmed every update."""
        await self._until(lambda: not self._pending, timeout, lambda: f"not confirmed: {list(self._pending)}")

    def attempts(self, update_id: int) -> int:
        """How often an update was brought to the webhook."""
        return sum(delivery.update_id == update_id for delivery in self.deliveries)

    # Faults.

    def fail(
        self,
        method: str = "sendMessage",
        *,
        status: int = 500,
        description: str = "Internal Server Error",
        retry_after: int | None = None,
        how: Literal["answer", "drop before", "drop after", "garbage"] = "answer",
        chat_id: int | None = None,
        times: int = 1,
    ) -> None:
        """Let the next `times` calls fail. "drop after": the call is carried out and the connection cut."""
        self._faults.append(Fault(method, chat_id, times, status, description, retry_after, how))

    def hold(self, method: str = "sendMessage") -> None:
        """Let calls of this method hang until `release`; they are carried out then."""
        self._held.add(method)

    def release(self, method: str = "sendMessage") -> None:
        """Let the calls go that hang."""
        self._held.discard(method)
        self._changed.set()

    async def held(self, count: int = 1, timeout: float = EXPECT_SECONDS) -> None:
        """Wait until so many calls hang."""
        await self._until(lambda: len(self._waiting_calls) >= count, timeout, lambda: f"hang: {self._waiting_calls}")

    async def called(self, method: str, count: int = 1, timeout: float = EXPECT_SECONDS) -> list[Call]:
        """Wait until a method was called so often; answers its calls."""
        await self._until(
            lambda: sum(call.method == method for call in self.calls) >= count,
            timeout,
            lambda: f"{method}: {[call.method for call in self.calls]}",
        )
        return [call for call in self.calls if call.method == method]

    async def _until(self, condition: Callable[[], bool], timeout: float, what: Callable[[], str]) -> None:
        try:
            async with asyncio.timeout(timeout):
                while not condition():
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise AssertionError(what()) from None

    # The webhook's side.

    def _wake_lanes(self) -> None:
        hurry, self._hurry = self._hurry, asyncio.Event()
        hurry.set()
        if self.webhook is not None:
            for lane in list(self._lanes):
                self._work(lane)

    def _work(self, lane: tuple[int, bool]) -> None:
        if lane not in self._workers:
            self._workers[lane] = asyncio.get_running_loop().create_task(self._deliver(lane))

    async def _deliver(self, lane: tuple[int, bool]) -> None:
        waiting = self._lanes[lane]
        try:
            while waiting and self.webhook is not None:
                update = waiting[0]
                stale = update.tap and time.monotonic() - update.at > self._tap_life_seconds
                pause = 0.0 if stale or update.id not in self._pending else await self._bring(update)
                if pause is None:
                    # The bot took it.
                    self._pending.pop(update.id, None)
                elif pause:
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(pause):
                            await self._hurry.wait()
                    continue
                else:
                    self._pending.pop(update.id, None)
                waiting.popleft()
                self._changed.set()
        finally:
            self._workers.pop(lane, None)
            if not waiting:
                self._lanes.pop(lane, None)

    async def _bring(self, update: Update) -> float | None:
        """Deliver once. None when it was taken, else the pause before the next attempt."""
        webhook, client = self.webhook, self._client
        if webhook is None or client is None:
            return self._backoff_seconds
        update.attempts += 1
        headers = {"Content-Type": "application/json"}
        if webhook["secret_token"]:
            headers["X-Telegram-Bot-Api-Secret-Token"] = webhook["secret_token"]
        try:
            async with self._connections:
                response = await client.post(
                    webhook["path"], encode(update.body), headers, timeout=self._push_timeout_seconds
                )
        except OSError as error:
            self.last_error = type(error).__name__
            response = Response(0)
        self.deliveries.append(Delivery(update.id, update.attempts, response.status))
        self._changed.set()
        if 200 <= response.status < 300:
            await self._webhook_reply(response)
            return None
        if response.status:
            self.last_error = f"Wrong response from the webhook: {response.status}"
        if "retry-after" in response.headers:
            return max(float(response.headers["retry-after"]), 0.001)
        return min(self._backoff_seconds * 2.0 ** (update.attempts - 1), self._longest_backoff_seconds)

    async def _webhook_reply(self, response: Response) -> None:
        if not response.body:
            return
        try:
            params = json.loads(response.body)
        except ValueError:
            return
        if isinstance(params, dict) and isinstance(params.get("method"), str):
            await self._handle(str(params.pop("method")), params, webhook=True)

    # The API's side.

    async def _serve(self, request: Request) -> Response:
        path, _, query = request.path.partition("?")
        if path.startswith("/control/"):
            return self._control(path.removeprefix("/control/"), request)
        if path.startswith("/file/bot"):
            return await self._download(path.removeprefix("/file/bot"))
        prefix, _, method = path.removeprefix("/bot").partition("/")
        if not path.startswith("/bot") or ":" not in prefix:
            return _refused(404, "Not Found")
        if prefix != self.token:
            return _refused(401, "Unauthorized")
        try:
            params = _params(request, query)
        except ValueError:
            return _refused(400, "Bad Request: can't parse request body")
        return await self._handle(method, params)

    async def _download(self, path: str) -> Response:
        prefix, _, file_path = path.partition("/")
        if prefix != self.token:
            return _refused(401, "Unauthorized")
        return await self._handle("file", {"file_path": file_path})

    async def _handle(self, method: str, params: dict[str, Any], *, webhook: bool = False) -> Response:
        chat_id = _integer(params.get("chat_id"))
        call = Call(method, params, IN_FLIGHT, webhook)
        self.calls.append(call)
        self._changed.set()
        if method in self._held:
            self._waiting_calls.append(method)
            self._changed.set()
            try:
                await self._until(lambda: method not in self._held, 3600, lambda: "held for an hour")
            finally:
                self._waiting_calls.remove(method)
        fault = self._fault(method, chat_id)
        response = await self._faulty(fault, method, params) if fault else await self._carry_out(method, params)
        call.status = response.status
        return response

    def _fault(self, method: str, chat_id: int | None) -> Fault | None:
        for fault in self._faults:
            if fault.method in (method, "*") and fault.chat_id in (None, chat_id):
                fault.times -= 1
                if not fault.times:
                    self._faults.remove(fault)
                return fault
        return None

    async def _faulty(self, fault: Fault, method: str, params: dict[str, Any]) -> Response:
        if fault.how == "garbage":
            return Response(200, b"<html>not the Bot API</html>")
        if fault.how == "drop after":
            await self._carry_out(method, params)
        if fault.how != "answer":
            return DROP
        return _refused(fault.status, fault.description, fault.retry_after)

    async def _carry_out(self, method: str, params: dict[str, Any]) -> Response:
        try:
            if method == "getUpdates":
                result = await self._get_updates(params)
            elif method == "file":
                return Response(200, self._file(params["file_path"].removeprefix("documents/")))
            elif method in self._methods:
                result = self._methods[method](params)
            else:
                raise Refusal(404, "Not Found")
        except Refusal as refusal:
            return _refused(refusal.code, refusal.description, refusal.retry_after)
        return _json(200, {"ok": True, "result": result})

    def _reach(self, params: dict[str, Any]) -> User:
        chat_id = _integer(params.get("chat_id"))
        if chat_id is None:
            raise Refusal(400, "Bad Request: chat_id is empty")
        user = self.users.get(chat_id)
        if user is None:
            raise Refusal(400, "Bad Request: chat not found")
        if user.blocked:
            raise Refusal(403, "Forbidden: bot was blocked by the user")
        return user

    def _send_message(self, params: dict[str, Any]) -> dict[str, Any]:
        user = self._reach(params)
        text, entities = visible(params)
        rows = keyboard(params.get("reply_markup"))
        message_id = next(self._message_ids)
        user._show(Shown(message_id, text, params["text"], rows, False, time.monotonic(), entities))
        return _message(user, message_id, text, rows, entities)

    def _edit_message_text(self, params: dict[str, Any]) -> dict[str, Any]:
        user = self._reach(params)
        old = user.screen.get(_integer(params.get("message_id")) or 0)
        if old is None:
            raise Refusal(400, "Bad Request: message to edit not found")
        text, entities = visible(params)
        if old.file is not None:
            raise Refusal(400, "Bad Request: there is no text in the message to edit")
        rows = keyboard(params.get("reply_markup"))
        if (text, entities, rows) == (old.text, old.entities, old.rows):
            raise Refusal(
                400,
                "Bad Request: message is not modified: specified new message content and reply markup are exactly "
                "the same as a current content and reply markup of the message",
            )
        user._show(Shown(old.message_id, text, params["text"], rows, True, time.monotonic(), entities))
        return _message(user, old.message_id, text, rows, entities) | {"edit_date": int(time.time())}

    def _send_file(self, kind: str, params: dict[str, Any]) -> dict[str, Any]:
        user = self._reach(params)
        file = params.get(kind)
        if isinstance(file, str) and kind == "photo":
            return self._send_known_photo(user, file, params)
        if not isinstance(file, Part) or not file.file_name:
            raise Refusal(400, f"Bad Request: there is no {kind} in the request")
        if not file.content:
            raise Refusal(400, "Bad Request: file must be non-empty")
        if kind == "photo" and not is_picture(file.content):
            raise Refusal(400, "Bad Request: IMAGE_PROCESS_FAILED")
        text, entities = caption(params)
        rows = keyboard(params.get("reply_markup"))
        message_id = next(self._message_ids)
        html = params.get("caption", "")
        user._show(Shown(message_id, text, html, rows, False, time.monotonic(), entities, file))
        sent = _message(user, message_id, text, rows, entities)
        sent["caption"] = sent.pop("text")
        return sent | {"document": {"file_id": "BQAC", "file_unique_id": "u", "file_name": file.file_name}}

    def _send_known_photo(self, user: User, file_id: str, params: dict[str, Any]) -> dict[str, Any]:
        """A photo by the name that Telegram gave it; the message has a caption, and no text that could be edited."""
        if file_id not in self._files:
            raise Refusal(400, "Bad Request: wrong remote file identifier specified: Wrong string length")
        text, entities = caption(params)
        rows = keyboard(params.get("reply_markup"))
        message_id = next(self._message_ids)
        part = Part("photo", file_id, "image/jpeg", self._files[file_id])
        user._show(Shown(message_id, text, params.get("caption", ""), rows, False, time.monotonic(), entities, part))
        sent = _message(user, message_id, text, rows, entities)
        sent["caption"] = sent.pop("text")
        return sent

    def _file(self, file_id: str) -> bytes:
        if file_id not in self._files:
            raise Refusal(404, "Not Found")
        return self._files[file_id]

    def _get_file(self, params: dict[str, Any]) -> dict[str, Any]:
        file_id = str(params.get("file_id"))
        if file_id not in self._files:
            raise Refusal(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
        size = len(self._files[file_id])
        return {"file_id": file_id, "file_unique_id": "u", "file_size": size, "file_path": f"documents/{file_id}"}

    def _delete_message(self, params: dict[str, Any]) -> bool:
        user = self._reach(params)
        if user.written.pop(_integer(params.get("message_id")) or 0, None) is None:
            raise Refusal(400, "Bad Request: message to delete not found")
        return True

    def _answer_callback_query(self, params: dict[str, Any]) -> bool:
        user = self._queries.pop(str(params.get("callback_query_id")), None)
        if user is None:
            raise Refusal(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
        user.tap_answers.append(params.get("text"))
        return True

    def _get_me(self, params: dict[str, Any]) -> dict[str, Any]:
        return BOT | {"can_join_groups": True, "can_read_all_group_messages": False, "supports_inline_queries": False}

    def _set_my_commands(self, params: dict[str, Any]) -> bool:
        if len(params["commands"]) > MAX_COMMANDS:
            raise Refusal(400, "Bad Request: BOT_COMMANDS_TOO_MUCH")
        for command in params["commands"]:
            name, description = command["command"], command["description"]
            if not (1 <= len(name) <= 32 and name == name.lower() and name.replace("_", "").isalnum()):
                raise Refusal(400, "Bad Request: BOT_COMMAND_INVALID")
            if not 1 <= len(description) <= 256:
                raise Refusal(400, "Bad Request: BOT_COMMAND_DESCRIPTION_INVALID")
        where = params.get("scope") or {"type": "default"}
        scope = where["type"]
        if scope == "chat":
            scope = f"chat {self._reach(where).chat_id}"
        self.commands[scope, params.get("language_code") or ""] = params["commands"]
        return True

    def _set_webhook(self, params: dict[str, Any]) -> bool:
        url = params.get("url") or ""
        if not url:
            return self._delete_webhook(params)
        parts = urlsplit(url)
        if parts.scheme != "http" or parts.hostname not in ("127.0.0.1", "localhost"):
            raise Refusal(400, "Bad Request: bad webhook: this fake reaches http on loopback only")
        secret = params.get("secret_token") or ""
        if len(secret) > 256 or not all(sign.isalnum() or sign in "_-" for sign in secret):
            raise Refusal(400, "Bad Request: secret token contains unallowed characters")
        connections = _integer(params.get("max_connections")) or 40
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self.webhook = {
            "url": url,
            "path": path,
            "secret_token": secret,
            "max_connections": connections,
            "allowed_updates": params.get("allowed_updates"),
        }
        self._client = HttpClient(parts.hostname, parts.port or 80)
        self._connections = asyncio.Semaphore(connections)
        self._allow(params)
        self._drop_pending(params)
        self._poll += 1
        self._wake_lanes()
        return True

    def _delete_webhook(self, params: dict[str, Any]) -> bool:
        self.webhook = None
        self._drop_pending(params)
        self._wake_lanes()
        return True

    def _allow(self, params: dict[str, Any]) -> None:
        if params.get("allowed_updates"):
            self._allowed = frozenset(params["allowed_updates"])

    def _drop_pending(self, params: dict[str, Any]) -> None:
        if params.get("drop_pending_updates"):
            self._pending.clear()

    def _get_webhook_info(self, params: dict[str, Any]) -> dict[str, Any]:
        info: dict[str, Any] = {
            "url": self.webhook["url"] if self.webhook else "",
            "has_custom_certificate": False,
            "pending_update_count": len(self._pending),
        }
        if self.webhook:
            info["max_connections"] = self.webhook["max_connections"]
            if self.webhook["allowed_updates"]:
                info["allowed_updates"] = self.webhook["allowed_updates"]
        if self.last_error:
            info |= {"last_error_date": int(time.time()), "last_error_message": self.last_error}
        return info

    async def _get_updates(self, params: dict[str, Any]) -> list[dict[str, Any]]:
        if self.webhook is not None:
            raise Refusal(
                409,
                "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the "
                "webhook first",
            )
        self._allow(params)
        self._poll += 1
        mine = self._poll
        self._changed.set()
        offset = _integer(params.get("offset")) or 0
        if offset > 0:
            for update_id in [update_id for update_id in self._pending if update_id < offset]:
                self._confirm(update_id)
        limit = min(max(_integer(params.get("limit")) or 100, 1), 100)
        deadline = time.monotonic() + (_integer(params.get("timeout")) or 0)
        while not self._pending and (left := deadline - time.monotonic()) > 0:
            self._changed.clear()
            # Not wait_for: it begins to wait a turn later, and would miss what happens in between.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await self._changed.wait()
            if mine != self._poll:
                raise Refusal(
                    409,
                    "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
                )
        return [self._pending[update_id].body for update_id in sorted(self._pending)[:limit]]

    def _confirm(self, update_id: int) -> None:
        update = self._pending.pop(update_id)
        lane = self._lanes.get((update.chat_id, update.tap))
        if lane is not None:
            with contextlib.suppress(ValueError):
                lane.remove(update)
            if not lane:
                self._lanes.pop((update.chat_id, update.tap), None)
        self._changed.set()

    # The control of a fake that runs by itself.

    def _control(self, what: str, request: Request) -> Response:
        if what.startswith("shown/"):
            user = self.user(int(what.removeprefix("shown/")))
            return _json(200, [{"text": shown.text, "labels": shown.labels} for shown in user.shown])
        params = json.loads(request.body)
        user = self.user(int(params["chat_id"]), params.get("language_code", "fr"))
        try:
            update_id = user.text(params["text"]) if what == "text" else user.tap(params["label"])
        except AssertionError as error:
            return _json(400, {"error": str(error)})
        return _json(200, {"update_id": update_id})


def _message(
    user: User, message_id: int, text: str, rows: list[list[dict[str, Any]]], entities: list[dict[str, Any]]
) -> dict[str, Any]:
    message = {"message_id": message_id, "from": BOT, "chat": user._chat(), "date": int(time.time()), "text": text}
    if entities:
        message["entities"] = entities
    if rows:
        message["reply_markup"] = {"inline_keyboard": rows}
    return message


def _params(request: Request, query: str) -> dict[str, Any]:
    """Parameters as JSON, as a form, or in the URL; in the last two, whatever is no text is written as JSON."""
    if request.headers.get("content-type", "").startswith("application/json"):
        body = msgspec.json.decode(request.body) if request.body else {}
        if not isinstance(body, dict):
            raise ValueError("not an object")
    elif request.headers.get("content-type", "").startswith("multipart/"):
        parts = form(request)
        body = {part.name: part.content.decode() if part.file_name is None else part for part in parts}
    else:
        body = dict(parse_qsl(query) + parse_qsl(request.body.decode()))
    for name in ("reply_markup", "commands", "scope", "allowed_updates", "link_preview_options"):
        if isinstance(body.get(name), str):
            body[name] = json.loads(body[name])
    return body


def _integer(value: Any) -> int | None:
    try:
        return None if value is None else int(value)
    except (TypeError, ValueError):
        return None


def _json(status: int, value: Any) -> Response:
    return Response(status, encode(value), {"Content-Type": "application/json"})


def _refused(status: int, description: str, retry_after: int | None = None) -> Response:
    answer: dict[str, Any] = {"ok": False, "error_code": status, "description": description}
    if retry_after is not None:
        answer["parameters"] = {"retry_after": retry_after}
    return _json(status, answer)


def _arguments() -> Iterator[str]:
    yield from sys.argv[1:]


async def _main() -> None:
    arguments = dict(zip(*[_arguments()] * 2, strict=True))
    fake = FakeTelegram(arguments.get("--token", TOKEN))
    await fake.start(int(arguments.get("--port", "8081")))
    print(f"TELEGRAM_API_URL={fake.url} TELEGRAM_BOT_TOKEN={fake.token}", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_main())
