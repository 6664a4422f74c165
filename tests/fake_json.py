"""The other side of `tests.json_channel`: the operator's program, and people before its screens."""

import base64
import itertools
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import unquote

from tests.fake_http import HttpServer, Request, Response


class FakeJson:
    """Takes messages, as `shown`; `files` are what people sent, by id. Whoever is in `gone` is not there any more."""

    def __init__(self) -> None:
        self.shown: list[dict[str, Any]] = []
        self.files: dict[str, bytes] = {}
        self.gone: set[str] = set()
        self.url = ""
        self._ids = itertools.count(1)

    async def handle(self, request: Request) -> Response:
        if request.method == "GET":
            content = self.files.get(unquote(request.path).removeprefix("/files/"))
            return Response(404) if content is None else Response(200, content)
        message = json.loads(request.body)
        if message["to"] in self.gone:
            return Response(410)
        self.shown.append(message)
        return Response(200, json.dumps({"id": f"{next(self._ids)}"}).encode())

    def says(self, person: str, **more: Any) -> bytes:
        """The body of what a person does."""
        return json.dumps({"id": f"in-{next(self._ids)}", "from": person, **more}).encode()

    def seen(self, person: str) -> str:
        """All that a person was shown: words and labels."""
        return "\n".join(
            line
            for message in self.shown
            if message["to"] == person
            for line in (message["text"], *(button["label"] for row in message["buttons"] for button in row))
        )

    def copied(self, person: str) -> list[str]:
        """What a person can copy by one gesture."""
        rows = (row for message in self.shown if message["to"] == person for row in message["buttons"])
        return [button["copy"] for row in rows for button in row if "copy" in button]

    def opened(self, person: str) -> list[str]:
        """The pages that a person can open by one gesture."""
        rows = (row for message in self.shown if message["to"] == person for row in message["buttons"])
        return [button["open"] for row in rows for button in row if "open" in button]

    def kept(self) -> list[tuple[str, bytes]]:
        """The files that came with messages."""
        files = (message["file"] for message in self.shown if message["file"] is not None)
        return [(file["name"], base64.b64decode(file["content"])) for file in files]


@asynccontextmanager
async def fake_json() -> AsyncIterator[FakeJson]:
    """One that listens on loopback."""
    fake = FakeJson()
    server = HttpServer(fake.handle)
    await server.start()
    fake.url = f"http://127.0.0.1:{server.port}"
    try:
        yield fake
    finally:
        await server.aclose()
    assert server.errors == []
