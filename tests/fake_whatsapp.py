"""A fake Cloud API over HTTP on loopback, with WhatsApp's manners, and the people who write to the bot.

    fake = FakeWhatsApp()
    await fake.start()                       # fake.url is what WHATSAPP_API_URL must be
    await fake.subscribe("http://127.0.0.1:8080/webhooks/whatsapp")
    awa = fake.user("221770001122")
    awa.text("/start")
    await awa.expect("Bienvenue")
    awa.tap("💡 Woyofal")

Its people have the methods of those of `fake_telegram`, so that a conversation can be had with either. How webhooks
travel, as the real ones do: a POST signed over its bytes holds a batch; nothing waits for anything, nothing keeps its
order; anything but a 2xx, and silence, is delivered again after a growing pause. `batch` gathers what happens inside it
into one POST, `redeliver` brings a message that was already taken again.

What the bot sends is held to the limits of the Cloud API (`fake_whatsapp_rules`). A message that was taken is followed
by statuses: sent, then delivered, or failed. A person whose window is closed can only be sent templates.

Faults: `fail` for the next calls, `refuse_interactive` for buttons, `hold` and `release` for calls that hang,
`user.block()`, `user.close_window()`, `aclose` and `start(port)` for an outage.
"""

import asyncio
import base64
import contextlib
import hashlib
import hmac
import itertools
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import parse_qsl, quote, urlsplit

import httpx
import msgspec

from bot.channels.whatsapp.templates import TEMPLATES
from tests.fake_http import DROP, HttpClient, HttpServer, Part, Request, Response, form
from tests.fake_whatsapp_rules import Refusal, check, check_upload, code_alone, visible

TOKEN = "EAAfake-token-for-tests-000000000000"
PHONE_NUMBER_ID = "106540352242922"
ACCOUNT_ID = "102290129340398"
DISPLAY_PHONE_NUMBER = "221330001122"
APP_SECRET = "fake-app-secret-for-tests"
VERIFY_TOKEN = "fake-verify-token-for-tests"
EXPECT_SECONDS = 10.0
IN_FLIGHT = -1

How = Literal["answer", "drop before", "drop after", "garbage"]

encode = msgspec.json.encode


@dataclass
class Shown:
    """One message that a person saw. `text` is what they read, `body` what was sent; `file` came with it, and its
    `file_name` is what they read of it.
    """

    message_id: str
    text: str
    body: str
    rows: list[list[dict[str, Any]]]
    at: float
    kind: str
    edited: bool = False
    file: Part | None = None

    @property
    def labels(self) -> list[str]:
        return [key["text"] for row in self.rows for key in row if "copy_text" not in key]

    @property
    def code(self) -> str | None:
        """What a long press copies, when this is a code alone in its message."""
        return code_alone(self.body) if self.kind == "text" else None


@dataclass
class Fault:
    """What the next `times` calls of one kind (to `who`) meet instead of an answer."""

    what: str
    code: int
    status: int
    who: str | None
    times: int
    retry_after: int | None
    how: How


@dataclass
class Call:
    """A call that the bot made and what it got (0: the connection was cut; IN_FLIGHT: nothing yet)."""

    what: str
    params: dict[str, Any]
    status: int

    @property
    def who(self) -> str | None:
        return self.params.get("to") or self.params.get("recipient")


@dataclass
class Delivery:
    """One attempt to bring a batch to the webhook; status 0 is no answer."""

    ids: tuple[str, ...]
    attempt: int
    status: int


@dataclass
class _Event:
    """Something to be told to the webhook: a message of a person, or a status of one that they were sent."""

    id: str
    kind: Literal["messages", "statuses"]
    body: dict[str, Any]
    contact: dict[str, Any] = field(default_factory=dict)


class User:
    """One person. `chat_id` is their number, or an opaque id; then the webhooks do not tell a number."""

    def __init__(self, fake: "FakeWhatsApp", chat_id: str, name: str) -> None:
        self._fake = fake
        self.chat_id = chat_id
        self.name = name
        self.blocked: How | Literal["status"] | None = None
        self.window: Literal["open", "closed", "closed late"] = "open"
        self.shown: list[Shown] = []
        self.transcript: list[str] = []
        self.read_by_bot: list[str] = []
        self.typing = 0
        self._seen = 0
        self._changed = asyncio.Event()

    # What the person does. Each answers the id of their message.

    def text(self, text: str, *, at: float | None = None) -> str:
        """Type a message; `at` (seconds UTC) is when, which may be days ago."""
        self.transcript.append(f"> {text}")
        return self.message(type="text", text={"body": text}, at=at)

    def tap(self, label: str, *, at: float | None = None) -> str:
        """Press the newest button, or choose the newest row, of this label."""
        shown, key = self.button(label)
        if "payload" in key:
            self.transcript.append(f"> [{label}]")
            return self.message(type="button", button={"text": key["text"], "payload": key["payload"]}, at=at)
        return self.tap_data(key["callback_data"], shown.message_id, label=label, at=at)

    def tap_data(
        self, data: str, message_id: str | None = None, *, label: str | None = None, at: float | None = None
    ) -> str:
        """Press a button that may hang far above."""
        self.transcript.append(f"> [{label or data}]")
        row = next(
            (key for one in self.shown for keys in one.rows for key in keys if key.get("callback_data") == data), {}
        )
        kind = (
            "list_reply"
            if any(one.message_id == message_id and one.kind == "list" for one in self.shown)
            else "button_reply"
        )
        reply = {"id": data, "title": row.get("text", label or data)}
        context = {} if message_id is None else {"context": {"from": DISPLAY_PHONE_NUMBER, "id": message_id}}
        return self.message(type="interactive", interactive={"type": kind, kind: reply}, at=at, **context)

    def photo(self, *, at: float | None = None) -> str:
        """Send a picture."""
        image = {"mime_type": "image/jpeg", "sha256": "c2hhMjU2", "id": "1003383421387256", "caption": "compteur"}
        return self.message(type="image", image=image, at=at)

    def document(
        self, name: str, content: bytes, media_type: str = "text/csv", *, at: float | None = None, **more: Any
    ) -> str:
        """Send a file."""
        self.transcript.append(f"> [{name}]")
        media_id = self._fake.keep(Part("file", name, media_type, content))
        document = {"id": media_id, "filename": name, "mime_type": media_type, "sha256": "c2hhMjU2", **more}
        return self.message(type="document", document=document, at=at)

    def voice(self) -> str:
        """Send a voice message."""
        return self.message(type="audio", audio={"mime_type": "audio/ogg; codecs=opus", "id": "1", "voice": True})

    def message(self, *, at: float | None = None, **content: Any) -> str:
        """Send anything: `message(type="sticker", sticker={…})`."""
        self.window = "open"
        fake = self._fake
        message_id = fake.new_id(self.chat_id)
        who = {"from_user_id": self.chat_id} if self.hidden else {"from": self.chat_id}
        message = {**who, "id": message_id, "timestamp": fake.timestamp(at), **content}
        contact = {"profile": {"name": self.name}, "user_id" if self.hidden else "wa_id": self.chat_id}
        fake.tell(_Event(message_id, "messages", message, contact))
        return message_id

    def edit(self, text: str, message_id: str = "wamid.earlier") -> str:
        """Change an earlier message."""
        edited = {"original_message_id": message_id, "message": {"type": "text", "text": {"body": text}}}
        return self.message(type="edit", edit=edited)

    def block(self, blocked: bool = True, *, how: Literal["answer", "status"] = "answer") -> None:
        """Be out of reach, or come back: the API says so at once, or takes messages and lets them fail."""
        self.blocked = how if blocked else None

    def close_window(self, *, how: Literal["answer", "status"] = "answer") -> None:
        """Let 24 hours pass since the person last wrote."""
        self.window = "closed" if how == "answer" else "closed late"

    @property
    def hidden(self) -> bool:
        """Whether the person shows no number."""
        return not self.chat_id.isdigit()

    # What the person sees.

    def button(self, label: str) -> tuple[Shown, dict[str, Any]]:
        """The newest button of this label, also where its words had to be cut: where it hangs and what it is."""
        for shown in reversed(self.shown):
            for key in (key for row in shown.rows for key in row):
                if "copy_text" not in key and _says(key, label):
                    return shown, key
        raise AssertionError(f"no button {label!r}\n{self.story()}")

    def copied(self, label: str = "") -> str:
        """What a long press on the newest code copies; a number at the end of `label` chooses among the newest ones."""
        codes: list[str] = []
        for shown in reversed(self.shown):
            if shown.code is not None:
                codes.insert(0, shown.code)
            elif codes:
                break
        assert codes, f"no code to copy\n{self.story()}"
        number = label.rsplit(" ", 1)[-1]
        return codes[int(number) - 1] if number.isdigit() else codes[-1]

    async def expect(self, fragment: str, timeout: float = EXPECT_SECONDS) -> Shown:
        """Wait for a message with this fragment; what was shown before it counts as seen."""
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
        if shown.code is not None:
            shown.rows = [[{"text": "(long press)", "copy_text": {"text": shown.code}}]]
        self.shown.append(shown)
        buttons = "".join(f"\n  [{label}]" for label in shown.labels)
        file = f"[{shown.file.file_name}] " if shown.file is not None else ""
        self.transcript.append(f"< {file}{shown.text}{buttons}")
        self._changed.set()


class FakeWhatsApp:
    """The Cloud API for one number. `errors` must be empty at the end of a test: they are faults of the fake itself."""

    def __init__(
        self,
        *,
        backoff_seconds: float = 0.05,
        longest_backoff_seconds: float = 1.0,
        push_timeout_seconds: float = 30.0,
        statuses: bool = True,
        milliseconds: bool = False,
    ) -> None:
        self.token = TOKEN
        self.phone_number_id = PHONE_NUMBER_ID
        self.users: dict[str, User] = {}
        self.calls: list[Call] = []
        self.deliveries: list[Delivery] = []
        self.webhook: str | None = None
        self.templates: dict[tuple[str, str], tuple[str, int]] = {
            (template.name, template.language): (template.body, 1) for template in TEMPLATES.values()
        }
        self.statuses = statuses
        self.milliseconds = milliseconds
        self._backoff_seconds = backoff_seconds
        self._longest_backoff_seconds = longest_backoff_seconds
        self._push_timeout_seconds = push_timeout_seconds
        self._server = HttpServer(self._serve)
        self._client: HttpClient | None = None
        self._path = ""
        self._connections = asyncio.Semaphore(40)
        self._numbers = itertools.count(1)
        self._events: dict[str, _Event] = {}
        self._batch: list[_Event] | None = None
        self._bringing: set[asyncio.Task[None]] = set()
        self._waiting: list[list[_Event]] = []
        self._changed = asyncio.Event()
        self._faults: list[Fault] = []
        self._held = False
        self._hanging = 0
        self.refuse_interactive = False
        # Which other messages are refused as a parameter that is not valid.
        self.refuse: Callable[[dict[str, Any]], bool] = lambda params: False
        # Where a file is said to lie; by default, here.
        self.files_url: str | None = None
        self._media: dict[str, Part] = {}

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
        waiting, self._waiting = self._waiting, []
        for events in waiting:
            self._bring(events)

    async def aclose(self) -> None:
        """Be away: nothing is taken and nothing is delivered. What waits is kept."""
        for task in tuple(self._bringing):
            task.cancel()
        await asyncio.gather(*self._bringing, return_exceptions=True)
        if self._client is not None:
            await self._client.aclose()
        await self._server.aclose()

    async def __aenter__(self) -> "FakeWhatsApp":
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def subscribe(self, url: str, verify_token: str = VERIFY_TOKEN) -> bool:
        """What an operator does in Meta's pages: the challenge, and the webhook when it is answered rightly."""
        query = f"hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token={quote(verify_token)}"
        async with httpx.AsyncClient(verify=False) as client:
            answer = await client.get(f"{url}?{query}")
        if answer.status_code != 200 or answer.text != "1158201444":
            return False
        self.deliver_to(url)
        return True

    def deliver_to(self, url: str) -> None:
        """Bring webhooks here from now on, those that wait too."""
        parts = urlsplit(url)
        assert parts.hostname is not None
        self.webhook, self._path = url, parts.path
        self._client = HttpClient(parts.hostname, parts.port or 80)
        waiting, self._waiting = self._waiting, []
        for events in waiting:
            self._bring(events)

    # People and what they do.

    def user(self, chat_id: str | int, name: str = "Awa") -> User:
        """The person with this number, or opaque id; they have written before, so that their window is open."""
        identity = str(chat_id)
        if identity not in self.users:
            self.users[identity] = User(self, identity, name)
        return self.users[identity]

    def new_id(self, chat_id: str) -> str:
        """A message's id. Like a real one it holds the person's number, in base64."""
        name = f"{next(self._numbers):020X}".encode()
        held = b"\x1c\x18%c%s\x15\x02\x00\x12\x18\x14%s\x00" % (len(chat_id), chat_id.encode(), name)
        return f"wamid.{base64.b64encode(held).decode()}"

    def keep(self, file: Part) -> str:
        """Take a file, of a person or of the bot; answers its id."""
        media_id = str(1_003_383_421_387_256 + len(self._media))
        self._media[media_id] = file
        return media_id

    def forget_files(self) -> None:
        """Let a month pass: no file is kept any more."""
        self._media.clear()

    def timestamp(self, at: float | None = None) -> str:
        """A moment as webhooks tell it, now by default."""
        moment = time.time() if at is None else at
        return str(int(moment * 1000) if self.milliseconds else int(moment))

    def tell(self, event: _Event) -> None:
        """Put an event on its way, or into the batch that is being gathered."""
        self._events[event.id if event.kind == "messages" else f"{event.id} {event.body['status']}"] = event
        if self._batch is not None:
            self._batch.append(event)
        else:
            self._bring([event])

    @contextlib.contextmanager
    def batch(self) -> Iterator[None]:
        """Gather all that happens inside into one POST."""
        gathered: list[_Event] = []
        self._batch = gathered
        try:
            yield
        finally:
            self._batch = None
            if gathered:
                self._bring(gathered)

    def redeliver(self, message_id: str) -> None:
        """Bring a message again that may have been taken already."""
        self._bring([self._events[message_id]])

    async def idle(self, timeout: float = EXPECT_SECONDS) -> None:
        """Wait until the webhook has confirmed everything."""
        await self._until(
            lambda: not self._bringing and not self._waiting, timeout, lambda: f"{len(self._bringing)} not confirmed"
        )

    async def brought(self, count: int = 1, timeout: float = EXPECT_SECONDS) -> None:
        """Wait until so many attempts were made to bring something to the webhook."""
        await self._until(lambda: len(self.deliveries) >= count, timeout, lambda: f"{len(self.deliveries)} attempts")

    def attempts(self, message_id: str) -> int:
        """How often a message was brought to the webhook."""
        return sum(message_id in delivery.ids for delivery in self.deliveries)

    # Faults.

    def fail(
        self,
        code: int = 131000,
        *,
        status: int = 400,
        retry_after: int | None = None,
        how: How = "answer",
        who: str | None = None,
        times: int = 1,
        what: Literal["messages", "upload", "media", "file"] = "messages",
    ) -> None:
        """Let the next `times` sends fail, or uploads, or questions where a file lies, or downloads. "drop after": the
        call is carried out and the connection cut.
        """
        self._faults.append(Fault(what, code, status, who, times, retry_after, how))

    def hold(self) -> None:
        """Let sends hang until `release`; they are carried out then."""
        self._held = True

    def release(self) -> None:
        """Let the sends go that hang."""
        self._held = False
        self._changed.set()

    async def held(self, count: int = 1, timeout: float = EXPECT_SECONDS) -> None:
        """Wait until so many sends hang."""
        await self._until(lambda: self._hanging >= count, timeout, lambda: f"{self._hanging} hang")

    async def called(self, what: str = "messages", count: int = 1, timeout: float = EXPECT_SECONDS) -> list[Call]:
        """Wait until there were so many calls; answers them."""
        await self._until(
            lambda: sum(call.what == what for call in self.calls) >= count,
            timeout,
            lambda: f"{what}: {[call.what for call in self.calls]}",
        )
        return [call for call in self.calls if call.what == what]

    async def _until(self, condition: Callable[[], bool], timeout: float, what: Callable[[], str]) -> None:
        try:
            async with asyncio.timeout(timeout):
                while not condition():
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise AssertionError(what()) from None

    # The webhook's side.

    def webhook_body(self, events: list[_Event]) -> bytes:
        """The bytes of a webhook: each event is a change of its own, and several are spread over two entries."""
        changes = [
            {
                "field": "messages",
                "value": {
                    "messaging_product": "whatsapp",
                    "metadata": {
                        "display_phone_number": DISPLAY_PHONE_NUMBER,
                        "phone_number_id": self.phone_number_id,
                    },
                    **({"contacts": [event.contact]} if event.contact else {}),
                    event.kind: [event.body],
                },
            }
            for event in events
        ]
        half = (len(changes) + 1) // 2
        entries = [{"id": ACCOUNT_ID, "changes": part} for part in (changes[:half], changes[half:]) if part]
        return encode({"object": "whatsapp_business_account", "entry": entries})

    def _bring(self, events: list[_Event]) -> None:
        if self._client is None:
            self._waiting.append(events)
            return
        task = asyncio.get_running_loop().create_task(self._bring_until_taken(events))
        self._bringing.add(task)
        task.add_done_callback(self._brought)

    def _brought(self, task: asyncio.Task[None]) -> None:
        self._bringing.discard(task)
        self._changed.set()

    async def _bring_until_taken(self, events: list[_Event]) -> None:
        assert self._client is not None
        body = self.webhook_body(events)
        signature = hmac.new(APP_SECRET.encode(), body, hashlib.sha256).hexdigest()
        headers = {"Content-Type": "application/json", "X-Hub-Signature-256": f"sha256={signature}"}
        try:
            for attempt in itertools.count(1):
                try:
                    async with self._connections:
                        response = await self._client.post(
                            self._path, body, headers, timeout=self._push_timeout_seconds
                        )
                except OSError:
                    response = Response(0)
                self.deliveries.append(Delivery(tuple(event.id for event in events), attempt, response.status))
                self._changed.set()
                if 200 <= response.status < 300:
                    return
                # The real one obeys no Retry-After; its pauses grow to hours.
                await asyncio.sleep(min(self._backoff_seconds * 2.0 ** (attempt - 1), self._longest_backoff_seconds))
        except asyncio.CancelledError:
            self._waiting.append(events)
            raise

    # The API's side.

    async def _serve(self, request: Request) -> Response:
        path, _, query = request.path.partition("?")
        version, _, rest = path.removeprefix("/").partition("/")
        if not version.startswith("v") and version != "attachments":
            return _refused(Refusal(2500, "Unknown path components", 400))
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return _refused(Refusal(190, "Invalid OAuth access token - Cannot parse access token", 401))
        if version == "attachments":
            return self._with_faults(Call("file", {"id": rest}, IN_FLIGHT), lambda: self._attachment(rest))
        if request.method == "GET" and rest.isdigit() and rest != self.phone_number_id:
            return self._with_faults(Call("media", {"id": rest}, IN_FLIGHT), lambda: self._where(rest))
        if request.method == "GET":
            call = Call(f"GET {rest}", dict(parse_qsl(query)), IN_FLIGHT)
            self.calls.append(call)
            response = self._look(rest)
        elif rest == f"{self.phone_number_id}/media":
            response = self._with_faults(Call("upload", {}, IN_FLIGHT), lambda: self._upload(request))
        elif rest != f"{self.phone_number_id}/messages":
            return _refused(Refusal(100, "Unsupported post request. Object does not exist"), subcode=33)
        else:
            response = await self._messages(request)
        return response

    def _with_faults(self, call: Call, carry_out: Callable[[], Response]) -> Response:
        """Carry out a call that is no message, or let it meet its fault."""
        self.calls.append(call)
        self._changed.set()
        fault = self._fault(call)
        try:
            response = self._faulty(fault, carry_out) if fault else carry_out()
        except Refusal as refusal:
            response = _refused(refusal)
        call.status = response.status
        return response

    def _upload(self, request: Request) -> Response:
        try:
            fields = {part.name: part for part in form(request)}
        except ValueError:
            raise Refusal(100, "(#100) The parameter messaging_product is required.") from None
        if "messaging_product" not in fields or fields["messaging_product"].content != b"whatsapp":
            raise Refusal(100, "The parameter messaging_product is required.")
        if "file" not in fields or not fields["file"].file_name or "type" not in fields:
            raise Refusal(100, "The parameter file is required.")
        check_upload(fields["file"].media_type, fields["type"].content.decode())
        return _json(200, {"id": self.keep(fields["file"])})

    def _where(self, media_id: str) -> Response:
        if media_id not in self._media:
            return _refused(Refusal(100, "Unsupported get request. Object does not exist"), subcode=33)
        file = self._media[media_id]
        url = f"{self.files_url or self.url}/attachments/{media_id}?ext=1795510800&hash=abc"
        media = {"url": url, "mime_type": file.media_type, "sha256": "c2hhMjU2", "file_size": len(file.content)}
        return _json(200, media | {"id": media_id, "messaging_product": "whatsapp"})

    def _attachment(self, media_id: str) -> Response:
        if media_id not in self._media:
            return Response(404)
        return Response(200, self._media[media_id].content)

    def _look(self, rest: str) -> Response:
        if rest == self.phone_number_id:
            fields = {
                "id": rest,
                "display_phone_number": f"+{DISPLAY_PHONE_NUMBER}",
                "verified_name": "Taal",
                "quality_rating": "GREEN",
            }
            if self.webhook is not None:
                fields["webhook_configuration"] = {"application": self.webhook}  # type: ignore[assignment]  # JSON
            return _json(200, fields)
        if rest == f"{ACCOUNT_ID}/subscribed_apps":
            apps = [{"whatsapp_business_api_data": {"id": "12345", "name": "Taal"}}]
            return _json(200, {"data": apps if self.webhook else []})
        if rest == f"{ACCOUNT_ID}/message_templates":
            listed = [{"name": name, "language": code, "status": "APPROVED"} for name, code in self.templates]
            return _json(200, {"data": listed})
        return _refused(Refusal(100, "Unsupported get request. Object does not exist"), subcode=33)

    async def _messages(self, request: Request) -> Response:
        try:
            params = json.loads(request.body)
        except ValueError:
            return _refused(Refusal(100, "Invalid JSON"))
        if not isinstance(params, dict):
            return _refused(Refusal(100, "Invalid parameter"))
        call = Call("read" if params.get("status") == "read" else "messages", params, IN_FLIGHT)
        self.calls.append(call)
        self._changed.set()
        if self._held:
            self._hanging += 1
            self._changed.set()
            try:
                await self._until(lambda: not self._held, 3600, lambda: "held for an hour")
            finally:
                self._hanging -= 1
        fault = self._fault(call)
        response = self._faulty(fault, lambda: self._carry_out(params)) if fault else self._carry_out(params)
        call.status = response.status
        self._changed.set()
        return response

    def _fault(self, call: Call) -> Fault | None:
        for fault in self._faults:
            if call.what == fault.what and fault.who in (None, call.who):
                fault.times -= 1
                if not fault.times:
                    self._faults.remove(fault)
                return fault
        return None

    def _faulty(self, fault: Fault, carry_out: Callable[[], Response]) -> Response:
        if fault.how == "garbage":
            return Response(fault.status if fault.status != 400 else 200, b"<html>not the Cloud API</html>")
        if fault.how == "drop after":
            carry_out()
        if fault.how != "answer":
            return DROP
        return _refused(Refusal(fault.code, "made up", fault.status, fault.retry_after))

    def _carry_out(self, params: dict[str, Any]) -> Response:
        try:
            if params.get("status") == "read":
                return self._read(params)
            return self._send(params)
        except Refusal as refusal:
            return _refused(refusal)

    def _read(self, params: dict[str, Any]) -> Response:
        event = self._events.get(str(params.get("message_id")))
        if event is None or event.kind != "messages":
            raise Refusal(100, "Invalid parameter: message_id")
        user = self.user(event.body.get("from") or event.body["from_user_id"])
        user.read_by_bot.append(event.id)
        user.typing += "typing_indicator" in params
        return _json(200, {"success": True})

    def _send(self, params: dict[str, Any]) -> Response:
        if not params.get("to") and not params.get("recipient"):
            raise Refusal(100, "The parameter to is required.")
        types = {media_id: file.media_type for media_id, file in self._media.items()}
        body, rows = check(params, self.templates, types)
        if (self.refuse_interactive and params["type"] == "interactive") or self.refuse(params):
            raise Refusal(131009, "Parameter value is not valid")
        who = params.get("to") or params["recipient"]
        user = self.users.get(who)
        if user is None or user.blocked == "answer":
            raise Refusal(131026, "Message undeliverable")
        template = params["type"] == "template"
        if user.window == "closed" and not template:
            raise Refusal(131047, "Re-engagement message")
        message_id = self.new_id(who)
        answer = {
            "messaging_product": "whatsapp",
            "contacts": [{"input": who, "user_id" if user.hidden else "wa_id": who}],
            "messages": [{"id": message_id, **({"message_status": "accepted"} if template else {})}],
        }
        if user.blocked == "status":
            self._status(user, message_id, "failed", 131026)
        elif user.window == "closed late" and not template:
            self._status(user, message_id, "failed", 131047)
        else:
            kind = params[params["type"]].get("type") or params["type"]
            shown = Shown(message_id, visible(body), body, rows, time.monotonic(), kind)
            if kind in ("image", "document"):
                content = params[kind]
                file = self._media[content["id"]]
                shown.file = Part(kind, content.get("filename", file.file_name), file.media_type, file.content)
            user._show(shown)
            for status in ("sent", "delivered"):
                self._status(user, message_id, status)
        return _json(200, answer)

    def _status(self, user: User, message_id: str, status: str, code: int | None = None) -> None:
        if not self.statuses or self.webhook is None:
            return
        who = {"recipient_user_id" if user.hidden else "recipient_id": user.chat_id}
        report: dict[str, Any] = {"id": message_id, "status": status, "timestamp": self.timestamp(), **who}
        if code is not None:
            report["errors"] = [
                {"code": code, "title": "made up", "message": "made up", "error_data": {"details": "x"}}
            ]
        self.tell(_Event(message_id, "statuses", report))


def _says(key: dict[str, Any], label: str) -> bool:
    """Whether a person who looks for `label` finds it here: whole, described, without its emblem, or cut."""
    label, title = label.replace("\u00a0", " "), key["text"].replace("\u00a0", " ")
    if label in (title, key.get("description", "").replace("\u00a0", " ")):
        return True
    bare = label.lstrip("".join(sign for sign in label if not sign.isalnum()))
    stem = title.removesuffix("…")
    return title == bare or (stem != title and bool(stem) and (bare.startswith(stem) or label.startswith(stem)))


def _json(status: int, value: Any) -> Response:
    return Response(status, encode(value), {"Content-Type": "application/json"})


def _refused(refusal: Refusal, subcode: int | None = None) -> Response:
    error: dict[str, Any] = {
        "message": f"(#{refusal.code}) {refusal.message}",
        "type": "OAuthException",
        "code": refusal.code,
        "error_data": {"messaging_product": "whatsapp", "details": refusal.message},
        "fbtrace_id": "Az8or2yhqkZfEZ-_4Qn_Bam",
    }
    if subcode is not None:
        error["error_subcode"] = subcode
    response = _json(refusal.status, {"error": error})
    if refusal.retry_after is not None:
        response.headers["Retry-After"] = str(refusal.retry_after)
    return response
