"""A channel of JSON over HTTP, as anybody would add one: a program of the operator's own stands between us and people.

It posts `{"id", "from", "text" | "tap" | "file"}` to our endpoint, with the shared secret in a header. We post messages
to `<JSON_URL>/messages`; it answers 200 with `{"id"}` once it has taken one, 410 where nobody is there any more. A file
that somebody sent is at `<JSON_URL>/files/<id>`.
"""

import base64
import hmac
from collections.abc import Collection, Iterable, Mapping
from typing import ClassVar
from urllib.parse import quote

import msgspec
from pydantic import SecretStr

from bot.channels import Proof, Received
from bot.channels.abilities import Abilities
from bot.channels.adapter import ChannelAdapter, Finding, OpenChannel, Place
from bot.channels.files import file_name
from bot.channels.markup import plain
from bot.channels.plain import PlainChannel, PlainEndpoint
from bot.domain.inbound import Document, Inbound, Tap, Text
from bot.domain.outbound import Button, Choice, Copy, File, Outbound, SendLater, SendRefused, SendResult, Sent
from bot.domain.people import Address
from bot.errors import ModelError
from bot.http_client import HttpClient
from bot.setting_types import BaseUrl

ABILITIES = Abilities("JSON")


class SentFile(msgspec.Struct):
    id: str
    name: str
    type: str = ""


class Message(msgspec.Struct, rename={"sender": "from"}):
    id: str
    sender: str
    text: str = ""
    tap: str = ""
    file: SentFile | None = None


class Taken(msgspec.Struct):
    id: str


def parse(body: bytes) -> Inbound:
    """What somebody did. Raises msgspec.MsgspecError and ModelError."""
    message = msgspec.json.decode(body, type=Message)
    event: Text | Tap | Document = Tap(message.tap) if message.tap else Text(message.text)
    if message.file is not None:
        event = Document(message.file.id, message.file.name, message.file.type)
    return Inbound(f"json:{message.id}", Address("json", message.sender), event)


def render(person: str, outbound: Outbound, file: File | None) -> bytes:
    """One message: its words without tags, its buttons in rows, its file."""
    rows = [[_button(each) for each in row] for row in outbound.rows]
    kept = None
    if file is not None:
        content = base64.b64encode(file.content).decode()
        kept = {"name": file_name(file.name), "type": file.media_type, "content": content}
    return msgspec.json.encode({"to": person, "text": plain(outbound.text), "buttons": rows, "file": kept})


def _button(button: Button) -> dict[str, str]:
    if isinstance(button, Choice):
        return {"label": button.label, "tap": button.data}
    return {"label": button.label, **({"copy": button.text} if isinstance(button, Copy) else {"open": button.url})}


class JsonChannel(PlainChannel):
    name = "json"
    abilities = ABILITIES

    def __init__(self, url: str) -> None:
        self._client = HttpClient(url)

    async def send(self, address: Address, outbound: Outbound, file: File | None = None) -> SendResult:
        if outbound.progress:
            return Sent()
        reply = await self._client.post("/messages", render(address.id, outbound, file))
        if reply.status == 410:
            return SendRefused("nobody is there", unreachable=True)
        if reply.status != 200:
            return SendLater(2.0, reply.error or str(reply.status))
        return Sent(msgspec.json.decode(reply.body, type=Taken).id)

    async def fetch(self, ref: str, limit_bytes: int) -> bytes | None:
        reply = await self._client.get(f"/files/{quote(ref, safe='')}", max_body_bytes=limit_bytes)
        return reply.body if reply.status == 200 else None

    async def aclose(self) -> None:
        await self._client.aclose()


class JsonEndpoint(PlainEndpoint):
    path = "/json/inbound"
    limit_bytes = 64 * 1024

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    def proof(self, headers: Mapping[str, str]) -> Proof:
        secret = headers.get("x-json-secret", "").encode()
        return "given" if self._secret and hmac.compare_digest(secret, self._secret) else "none"

    def handle(self, headers: Mapping[str, str], body: bytes) -> Received | None:
        try:
            return Received((parse(body),))
        except (msgspec.MsgspecError, ModelError) as error:
            return Received(problem=type(error).__name__)


class JsonAdapter(ChannelAdapter):
    channel: ClassVar[str] = "json"
    abilities: ClassVar[Abilities] = ABILITIES
    key: ClassVar[str] = "url"
    begin: ClassVar[str] = "JSON_URL is missing: where messages are to be posted"

    url: BaseUrl | None = None
    secret: SecretStr | None = None

    @classmethod
    def missing(cls, given: Collection[str]) -> Iterable[str]:
        if cls.is_begun(given) and "JSON_SECRET" not in given:
            yield "JSON_SECRET is missing: without it nobody is let in"

    def open(self, place: Place) -> OpenChannel:
        secret = "" if self.secret is None else self.secret.get_secret_value()
        return OpenChannel(JsonChannel(self.url or ""), JsonEndpoint(secret))

    async def check(self, public_url: str | None) -> list[Finding]:
        return [("json", self.secret is not None, f"messages are posted to {self.url}")]
