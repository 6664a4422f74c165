"""Requests of every kind, made by schemathesis from a description of what may come in, to the real program over HTTP.

Whatever comes, nothing is answered with a fault of ours or slowly; only what is proved is heard; and whoever buys
afterwards gets their code.
"""

import asyncio
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.core.result import Ok

from bot.channels.telegram.secret import HEADER, secret_token
from bot.web import proof
from tests.fake_whatsapp import PHONE_NUMBER_ID, VERIFY_TOKEN
from tests.running import SECRET_KEY, Town
from tests.running_whatsapp import signed

pytestmark = pytest.mark.anyio

# The slowest answer that is still prompt, on a machine that does much else.
ANSWER_SECONDS = 5.0
EXAMPLES = 12
SECRET = secret_token(SECRET_KEY.encode())

ANY: dict[str, Any] = {}
TEXT = {"type": "string", "maxLength": 60}
CHAT_ID = {"enum": [1001, 1002, -7]}
CHAT = {"type": "object", "properties": {"id": CHAT_ID, "type": {"enum": ["private", "group"]}}}
FILE = {"type": "object", "properties": {"file_id": TEXT, "file_name": TEXT, "file_size": {"type": "integer"}}}
PERSON = {
    "type": "object",
    "properties": {"id": CHAT_ID, "is_bot": {"type": "boolean"}, "first_name": TEXT},
    "required": ["id", "is_bot", "first_name"],
}
MESSAGE = {
    "type": "object",
    "properties": {
        "message_id": {"type": "integer"},
        "date": {"type": "integer"},
        "chat": {
            "type": "object",
            "properties": {"id": {"enum": [1001, 1002, -7]}, "type": {"enum": ["private", "group"]}},
        },
        "from": PERSON,
        "text": TEXT,
        "document": {
            "type": "object",
            "properties": {"file_id": TEXT, "file_name": TEXT, "file_size": {"type": "integer"}},
        },
        "reply_to_message": ANY,
    },
    "required": ["message_id", "date", "chat", "from"],
}
UPDATE = {
    "type": "object",
    "properties": {
        "update_id": {"type": "integer", "minimum": 1, "maximum": 2**40},
        "message": MESSAGE,
        "callback_query": {
            "type": "object",
            "properties": {"id": TEXT, "from": PERSON, "data": TEXT, "message": MESSAGE},
        },
        "my_chat_member": ANY,
    },
    "required": ["update_id"],
}
BATCH = {
    "type": "object",
    "properties": {
        "object": {"enum": ["whatsapp_business_account", "page"]},
        "entry": {
            "type": "array",
            "maxItems": 2,
            "items": {
                "type": "object",
                "properties": {
                    "changes": {
                        "type": "array",
                        "maxItems": 2,
                        "items": {
                            "type": "object",
                            "properties": {
                                "field": {"enum": ["messages", "account_update"]},
                                "value": {
                                    "type": "object",
                                    "properties": {
                                        "metadata": {
                                            "type": "object",
                                            "properties": {"phone_number_id": {"enum": [PHONE_NUMBER_ID, "1"]}},
                                        },
                                        "messages": {
                                            "type": "array",
                                            "maxItems": 3,
                                            "items": {
                                                "type": "object",
                                                "properties": {
                                                    "id": TEXT,
                                                    "from": {"enum": ["221771234567", "x"]},
                                                    "timestamp": TEXT,
                                                    "type": {"enum": ["text", "interactive", "image", "order"]},
                                                    "text": {"type": "object", "properties": {"body": TEXT}},
                                                    "interactive": ANY,
                                                },
                                            },
                                        },
                                        "statuses": {"type": "array", "maxItems": 3, "items": ANY},
                                    },
                                },
                            },
                            "required": ["field", "value"],
                        },
                    }
                },
                "required": ["changes"],
            },
        },
    },
    "required": ["object", "entry"],
}
CLAIM = {
    "type": "object",
    "properties": {"id": TEXT, "STATUS": {"enum": ["SUCCESS", "FAILED", "?"]}, "externalTransactionId": TEXT},
}
ORDER = "0000000000000"


def posted(schema: Any, statuses: tuple[int, ...], *parameters: Any) -> dict[str, Any]:
    """A POST of JSON."""
    return {
        "parameters": list(parameters),
        "requestBody": {"required": True, "content": {"application/json": {"schema": schema}}},
        "responses": {str(status): {"description": "as documented"} for status in statuses},
    }


def got(statuses: tuple[int, ...], *parameters: Any) -> dict[str, Any]:
    """A GET."""
    return {
        "parameters": list(parameters),
        "responses": {str(status): {"description": "as documented"} for status in statuses},
    }


def header(name: str, *right: str) -> dict[str, Any]:
    """A header that is now right and now something else."""
    return {"name": name, "in": "header", "schema": {"anyOf": [{"enum": list(right)}, {"type": "string"}]}}


def query(name: str, *right: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": {"anyOf": [{"enum": list(right)}, {"type": "string"}]}}


def part(name: str, *right: str) -> dict[str, Any]:
    schema = {"anyOf": [{"enum": list(right)}, {"type": "string", "minLength": 1}]}
    return {"name": name, "in": "path", "required": True, "schema": schema}


PROVEN = proof(ORDER, SECRET_KEY.encode())
DESCRIPTION: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "what comes in", "version": "1"},
    "paths": {
        "/webhooks/telegram": {"post": posted(UPDATE, (200, 400, 401, 413), header(HEADER, SECRET))},
        "/webhooks/whatsapp": {
            "post": posted(BATCH, (200, 400, 401, 413), header("X-Hub-Signature-256", "sha256=0")),
            "get": got(
                (200, 401, 403, 404),
                query("hub.mode", "subscribe"),
                query("hub.verify_token", VERIFY_TOKEN),
                query("hub.challenge", "1158201444"),
            ),
        },
        "/webhooks/dexchange/{order}/{proof}": {
            "post": posted(CLAIM, (200, 400, 404, 413), part("order", ORDER), part("proof", PROVEN))
        },
        "/healthz": {"get": got((200,))},
        "/readyz": {"get": got((200,))},
        "/metrics": {"get": got((200,))},
        "/{anything}": {
            "get": got((200, 404), part("anything", "metrics")),
            "post": posted(ANY, (404, 405), part("anything")),
        },
    },
}


def bombard(url: str) -> Counter[tuple[str, int]]:
    """Send all that schemathesis makes of the description; answers which statuses each path gave how often."""
    seen: Counter[tuple[str, int]] = Counter()
    schema = schemathesis.openapi.from_dict(DESCRIPTION)
    session = requests.Session()

    def send(case: schemathesis.Case[Any], *, proven: bool) -> None:
        request = session.prepare_request(requests.Request(**case.as_transport_kwargs(base_url=url)))
        if proven:
            text = request.body or b""
            assert isinstance(text, bytes | str)
            body = text.encode() if isinstance(text, str) else text
            request.headers.update({HEADER: SECRET, **signed(body)[1]})
        began = time.monotonic()
        answer = session.send(request, timeout=ANSWER_SECONDS)
        assert time.monotonic() - began < ANSWER_SECONDS
        assert answer.status_code < 500, (case.path, request.body)
        seen[case.path, answer.status_code] += 1
        if case.operation.method == "post":
            documented = case.operation.definition.raw["responses"]
            assert str(answer.status_code) in documented, (case.path, answer.status_code, request.body)

    for made in schema.get_all_operations():
        assert isinstance(made, Ok)
        operation = made.ok()

        @given(case=operation.as_strategy())
        @settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
        def all_of_it(case: schemathesis.Case[Any]) -> None:
            send(case, proven=False)
            send(case, proven=True)

        all_of_it()
    return seen


async def test_whatever_comes_is_answered_and_the_next_one_buys(tmp_path: Path) -> None:
    async with Town(tmp_path, channels=("telegram", "whatsapp")) as place:
        bot = place.bot()
        await bot.start()
        seen = await asyncio.to_thread(bombard, bot.url)
        for path in ("/webhooks/telegram", "/webhooks/whatsapp"):
            assert min(seen[path, 200], seen[path, 401]) > 0, seen
        assert seen["/webhooks/dexchange/{order}/{proof}", 404], seen
        awa = place.customer(1003)
        await awa.buy("14123456799")
        await awa.code()
        bot.check_books(place.provider)
