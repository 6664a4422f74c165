"""The fake Cloud API keeps its word: its limits, its statuses, its batches, its patience."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from bot.channels.whatsapp.webhook import WhatsAppEndpoint
from bot.channels.whatsapp.window import Window
from bot.domain.inbound import Document, Inbound, Tap, Text, Unreadable
from bot.domain.outbound import Report
from tests.fake_http import HttpServer, Request, Response
from tests.fake_whatsapp import APP_SECRET, PHONE_NUMBER_ID, TOKEN, VERIFY_TOKEN, FakeWhatsApp, User
from tests.fake_whatsapp_rules import Refusal, check, code_alone, visible

pytestmark = pytest.mark.anyio

AWA = "221770001122"


class Hook:
    """A webhook of ours: `statuses` is what it will answer, 200 when there is nothing left."""

    def __init__(self) -> None:
        self.inbounds: list[Inbound] = []
        self.reports: list[Report] = []
        self.posts = 0
        self.answers: list[int] = []
        self.endpoint = WhatsAppEndpoint(
            PHONE_NUMBER_ID, app_secret=APP_SECRET, verify_token=VERIFY_TOKEN, window=Window()
        )
        self.server = HttpServer(self._hear)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.port}{self.endpoint.path}"

    async def _hear(self, request: Request) -> Response:
        if request.method == "GET":
            query = dict(httpx.URL(f"http://x{request.path}").params)
            greeting = self.endpoint.greet(query)
            return Response(403) if greeting is None else Response(200, greeting)
        self.posts += 1
        if self.answers and (status := self.answers.pop(0)) != 200:
            return Response(status)
        received = self.endpoint.handle(request.headers, request.body)
        assert received is not None
        assert received.problem == ""
        self.inbounds += received.inbounds
        self.reports += received.reports
        return Response(200)


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    hook = Hook()
    await hook.server.start()
    yield hook
    await hook.server.aclose()
    assert hook.server.errors == []


@pytest.fixture
async def fake(hook: Hook) -> AsyncIterator[FakeWhatsApp]:
    async with FakeWhatsApp() as fake:
        fake.user(AWA)
        assert await fake.subscribe(hook.url)
        yield fake
        assert fake.errors == []


@pytest.fixture
def awa(fake: FakeWhatsApp) -> User:
    return fake.users[AWA]


async def send(fake: FakeWhatsApp, to: str = AWA, token: str = TOKEN, **content: Any) -> httpx.Response:
    key = "to" if to.isdigit() else "recipient"
    async with httpx.AsyncClient(verify=False) as client:
        return await client.post(
            f"{fake.url}/v25.0/{PHONE_NUMBER_ID}/messages",
            headers={"Authorization": f"Bearer {token}"},
            json={"messaging_product": "whatsapp", key: to, **content},
        )


def text(body: str) -> dict[str, Any]:
    return {"type": "text", "text": {"body": body}}


def buttons(*titles: str) -> dict[str, Any]:
    keys = [{"type": "reply", "reply": {"id": f"id.{title}", "title": title}} for title in titles]
    return {
        "type": "interactive",
        "interactive": {"type": "button", "body": {"text": "Que faire ?"}, "action": {"buttons": keys}},
    }


def rows(*titles: str, body: str = "Que faire ?", description: str | None = None) -> dict[str, Any]:
    keys: list[dict[str, str]] = [{"id": f"id.{title}", "title": title} for title in titles]
    if description is not None:
        keys[0]["description"] = description
    action = {"button": "Options", "sections": [{"rows": keys}]}
    return {"type": "interactive", "interactive": {"type": "list", "body": {"text": body}, "action": action}}


async def test_the_challenge_must_be_answered(hook: Hook):
    async with FakeWhatsApp() as fake:
        assert not await fake.subscribe(hook.url, "wrong")
        assert fake.webhook is None
        fake.user(AWA).text("kept until there is a webhook")
        assert await fake.subscribe(hook.url)
        await fake.idle()
    assert [inbound.event for inbound in hook.inbounds] == [Text("kept until there is a webhook")]


async def test_what_people_do_is_brought_signed(fake: FakeWhatsApp, awa: User, hook: Hook):
    assert (await send(fake, **buttons("Oui", "Non"))).status_code == 200
    assert (await send(fake, **rows("Woyofal", "Senelec"))).status_code == 200
    shown = await awa.expect("Que faire ?")
    awa.text("bonjour")
    awa.tap("Non")
    awa.tap("Woyofal")
    awa.tap_data("old", shown.message_id)
    awa.photo()
    awa.voice()
    awa.edit("autre")
    hidden = fake.user("SN.1349", "Modou")
    hidden.text("salut")
    await fake.idle()
    received = [(inbound.address.id, inbound.event) for inbound in hook.inbounds]
    assert sorted(received, key=repr) == sorted(
        [
            (AWA, Text("bonjour")),
            (AWA, Tap("id.Non")),
            (AWA, Tap("id.Woyofal")),
            (AWA, Tap("old")),
            (AWA, Unreadable("photo")),
            (AWA, Unreadable("voice")),
            (AWA, Unreadable("edited")),
            ("SN.1349", Text("salut")),
        ],
        key=repr,
    )
    assert "[Non]" in awa.story()


@pytest.mark.parametrize("milliseconds", [False, True])
async def test_a_message_may_be_days_old(hook: Hook, milliseconds: bool):
    six_days_ago = time.time() - 6 * 86_400
    async with FakeWhatsApp(milliseconds=milliseconds) as fake:
        fake.deliver_to(hook.url)
        fake.user(AWA).text("oui", at=six_days_ago)
        await fake.idle()
    assert abs(hook.inbounds[0].sent_at - six_days_ago * 1000) <= 1000  # type: ignore[operator]  # it is told


async def test_a_batch_is_one_post_of_several_entries(fake: FakeWhatsApp, awa: User, hook: Hook):
    with fake.batch():
        awa.text("un")
        awa.text("deux")
        fake.user("221780003344").text("trois")
    await fake.idle()
    assert hook.posts == 1
    assert [inbound.event for inbound in hook.inbounds] == [Text("un"), Text("deux"), Text("trois")]


async def test_anything_but_a_2xx_is_brought_again_and_the_same_may_come_twice(
    fake: FakeWhatsApp, awa: User, hook: Hook
):
    hook.answers = [503, 401, 500]
    message_id = awa.text("bonjour")
    await fake.idle()
    assert fake.attempts(message_id) == 4
    fake.redeliver(message_id)
    await fake.idle()
    assert [inbound.message_ref for inbound in hook.inbounds] == [message_id, message_id]


async def test_an_outage_keeps_what_waits(fake: FakeWhatsApp, awa: User, hook: Hook):
    port = int(fake.url.rpartition(":")[2])
    hook_port = hook.server.port
    await hook.server.aclose()
    awa.text("bonjour")
    await fake.brought()
    await fake.aclose()
    await hook.server.start(hook_port)
    await fake.start(port)
    await fake.idle()
    assert [inbound.event for inbound in hook.inbounds] == [Text("bonjour")]


async def test_statuses_follow_a_message(fake: FakeWhatsApp, awa: User, hook: Hook):
    answer = (await send(fake, **text("Bonjour"))).json()
    await fake.idle()
    assert [(report.message_ref, report.arrived) for report in hook.reports] == [(answer["messages"][0]["id"], True)]
    awa.block(how="status")
    assert (await send(fake, **text("Bonjour"))).status_code == 200
    awa.block(False)
    awa.close_window(how="status")
    assert (await send(fake, **text("Bonjour"))).status_code == 200
    await fake.idle()
    assert sorted(report.reason for report in hook.reports[1:]) == ["unreachable (131026)", "window (131047)"]
    assert awa.count("Bonjour") == 1


async def test_a_person_is_reached_or_not(fake: FakeWhatsApp, awa: User):
    hidden = fake.user("SN.1349")
    assert (await send(fake, "SN.1349", **text("Bonjour"))).json()["contacts"] == [
        {"input": "SN.1349", "user_id": "SN.1349"}
    ]
    assert hidden.count("Bonjour") == 1
    assert (await send(fake, "221", **text("Bonjour"))).json()["error"]["code"] == 131026
    awa.block()
    assert (await send(fake, **text("Bonjour"))).json()["error"]["code"] == 131026
    awa.block(False)
    awa.close_window()
    assert (await send(fake, **text("Bonjour"))).json()["error"]["code"] == 131047
    awa.text("me revoilà")
    assert (await send(fake, **text("Bonjour"))).status_code == 200


async def test_who_may_call_and_where(fake: FakeWhatsApp):
    assert (await send(fake, token="wrong", **text("x"))).json()["error"]["code"] == 190
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {TOKEN}"}) as client:
        for path in ("/v25.0/5/messages", "/v25.0/5"):
            method = "POST" if path.endswith("messages") else "GET"
            error = (await client.request(method, fake.url + path)).json()["error"]
            assert (error["code"], error["error_subcode"]) == (100, 33)
        assert (await client.get(f"{fake.url}/me")).status_code == 400
        for body in (b"{", b"[]", b"{}"):
            answer = await client.post(f"{fake.url}/v25.0/{PHONE_NUMBER_ID}/messages", content=body)
            assert answer.json()["error"]["code"] == 100


async def test_calls_fail_and_hang(fake: FakeWhatsApp, awa: User):
    fake.fail(130429, status=429, retry_after=3, times=2)
    answer = await send(fake, **text("x"))
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "3")
    fake.hold()
    sending = asyncio.create_task(send(fake, **text("y")))
    await fake.held()
    fake.release()
    assert (await sending).status_code == 429
    assert [call.status for call in await fake.called(count=2)] == [429, 429]
    fake.fail(how="drop after")
    with pytest.raises(httpx.TransportError):
        await send(fake, **text("z"))
    assert awa.count("z") == 1
    with pytest.raises(AssertionError, match="never saw"):
        await awa.expect("never", timeout=0.01)


async def test_a_person_finds_a_button_whose_words_were_cut(fake: FakeWhatsApp, awa: User):
    await send(fake, **buttons("Confirmer · 5\u00a0075\u00a0F", "Enregistrer ce…"))
    await send(fake, **rows("Woyofal 5 000…", description="⏳ Woyofal 5 000 F · 24/11"))
    assert awa.button("✅ Confirmer · 5 075 F")[1]["callback_data"] == "id.Confirmer · 5\u00a0075\u00a0F"
    assert awa.button("⭐ Enregistrer ce compteur")[1]["text"] == "Enregistrer ce…"
    assert awa.button("⏳ Woyofal 5 000 F · 24/11")[1]["text"] == "Woyofal 5 000…"
    with pytest.raises(AssertionError, match="no button"):
        awa.button("Annuler")


async def test_a_long_press_copies_a_code_alone(fake: FakeWhatsApp, awa: User):
    for body in ("1111 2222 3333", "bonjour", "4444 5555 6666", "7777 8888 9999", "Voici vos codes"):
        await send(fake, **text(body))
    assert awa.copied() == "777788889999"
    assert awa.copied("Copier le code 1") == "444455556666"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ({"messaging_product": "telegram"}, 100),
        (text("a" * 4097), 100),
        (text("😀" * 2049), 100),
        (text(" "), 131008),
        (text("x") | {"surprise": 1}, 100),
        (text("x") | {"recipient_type": "group"}, 100),
        ({"type": "text"}, 100),
        ({"type": "poll", "poll": {}}, 131051),
        (buttons(), 131009),
        (buttons("1", "2", "3", "4"), 131009),
        (buttons("a" * 21), 100),
        (buttons("a", "a"), 131009),
        (buttons("a", "a "), 131009),
        (buttons("a\nb"), 131009),
        (rows(*"abcdefghijk"), 131009),
        (rows(), 131009),
        (rows("a" * 25), 100),
        (rows("a", description="d" * 73), 100),
        (rows("a", body="b" * 1025), 100),
        (rows("a", body=""), 131008),
        (rows("a", "a"), 131009),
        ({"type": "document", "document": {"id": "8", "filename": "a.csv"}}, 100),
        ({"type": "document", "document": {"id": "7"}}, 131008),
        ({"type": "document", "document": {"id": "7", "filename": "a.csv", "caption": "x" * 1025}}, 100),
        ({"type": "document", "document": {"id": "7", "filename": "a.csv", "caption": ""}}, 131008),
        ({"type": "image", "image": {"id": "7"}}, 131053),
        ({"type": "image", "image": {"id": "7", "filename": "a.png"}}, 100),
        ({"type": "template", "template": {"name": "unknown", "language": {"code": "fr"}}}, 132001),
        ({"type": "template", "template": {"name": "one", "language": {"code": "fr"}}}, 132000),
    ],
)
def test_the_limits(content: dict[str, Any], code: int):
    with pytest.raises(Refusal) as refused:
        check(
            {"messaging_product": "whatsapp", "to": AWA} | content,
            {("one", "fr"): ("Bonjour {{1}} !", 0)},
            {"7": "text/plain"},
        )
    assert refused.value.code == code


async def test_files_come_and_go(fake: FakeWhatsApp, awa: User, hook: Hook):
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {TOKEN}"}) as client:

        async def upload(media_type: str, form_type: str | None, product: str = "whatsapp") -> httpx.Response:
            fields = {"messaging_product": product, **({} if form_type is None else {"type": form_type})}
            files = {"file": ("clients été.csv", b"un\r\n--deux\r\n\0", media_type)}
            return await client.post(f"{fake.url}/v25.0/{PHONE_NUMBER_ID}/media", data=fields, files=files)

        for media_type, form_type, product in (
            ("text/csv", "text/csv", "whatsapp"),
            ("text/csv", "text/plain", "whatsapp"),
            ("text/plain", None, "whatsapp"),
            ("text/plain", "text/plain", "telegram"),
        ):
            assert (await upload(media_type, form_type, product)).json()["error"]["code"] == 100
        bare = await client.post(f"{fake.url}/v25.0/{PHONE_NUMBER_ID}/media", json={})
        assert bare.json()["error"]["code"] == 100
        media_id = (await upload("text/plain", "text/plain")).json()["id"]
        sent = await send(fake, type="document", document={"id": media_id, "filename": "juin.csv", "caption": "*Juin*"})
        assert sent.status_code == 200
        (shown,) = awa.shown
        assert shown.file is not None
        assert (shown.text, shown.file.file_name, shown.file.content) == ("Juin", "juin.csv", b"un\r\n--deux\r\n\0")
        assert "[juin.csv] Juin" in awa.story()
        # And what a person sends.
        awa.document("clients.csv", b"14123456789;5000", caption="mes clients")
        await fake.idle()
        (event,) = [inbound.event for inbound in hook.inbounds]
        assert isinstance(event, Document)
        assert (event.name, event.media_type) == ("clients.csv", "text/csv")
        url = (await client.get(f"{fake.url}/v25.0/{event.ref}")).json()["url"]
        assert (await client.get(url)).content == b"14123456789;5000"
        assert (await client.get(url, headers={"Authorization": "Bearer x"})).status_code == 401
        fake.forget_files()
        assert (await client.get(url)).status_code == 404
        assert (await client.get(f"{fake.url}/v25.0/{event.ref}")).json()["error"]["error_subcode"] == 33


def template_with(parameter: str) -> tuple[str, Any]:
    components = [{"type": "body", "parameters": [{"type": "text", "text": parameter}]}]
    template = {"name": "one", "language": {"code": "fr"}, "components": components}
    params = {"messaging_product": "whatsapp", "to": AWA, "type": "template", "template": template}
    return check(params, {("one", "fr"): ("Bonjour {{1}} !", 0)})


def test_a_template():
    assert template_with("Awa") == ("Bonjour Awa !", [])


@pytest.mark.parametrize(("parameter", "code"), [("", 132012), ("a\nb", 132018), ("a" * 1020, 132005)])
def test_a_templates_parameters(parameter: str, code: int):
    with pytest.raises(Refusal) as refused:
        template_with(parameter)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("body", "seen"),
    [
        ("*Bonjour* _Awa_ ~non~ `x` ```a *b* c```", "Bonjour Awa non x a *b* c"),
        ("*_deux_*", "deux"),
        ("awa_fall_x a*b*c", "awa_fall_x a*b*c"),
        ("* pas * ça", "* pas * ça"),
        ("*deux\nlignes*", "*deux\nlignes*"),
    ],
)
def test_what_a_person_sees(body: str, seen: str):
    assert visible(body) == seen


def test_a_code_alone():
    assert code_alone("1234 5678 9012") == "123456789012"
    assert code_alone("1234 5678 x") is None
    assert code_alone("12") is None


async def test_what_is_posted_is_what_meta_documents(awa: User, fake: FakeWhatsApp):
    message_id = awa.text("bonjour", at=1_795_510_800)
    body = json.loads(fake.webhook_body([fake._events[message_id]]))
    assert body["object"] == "whatsapp_business_account"
    assert body["entry"][0]["changes"][0]["value"] == {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "221330001122", "phone_number_id": PHONE_NUMBER_ID},
        "contacts": [{"profile": {"name": "Awa"}, "wa_id": AWA}],
        "messages": [
            {"from": AWA, "id": message_id, "timestamp": "1795510800", "type": "text", "text": {"body": "bonjour"}}
        ],
    }
