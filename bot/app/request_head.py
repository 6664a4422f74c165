"""The head of a request, as httptools tells of it: within its limits, and as ASGI and a `Post` have it."""

from typing import Any
from urllib.parse import unquote

import httptools

from bot.app.connection_limits import MAX_HEAD_BYTES


class RequestHead:
    """Reads the heads of requests, one after another. `in_head` is True until one is whole, and from its request's end
    on; `path` is decoded, names of `headers` are in lower case; `continues` when a body waits to be asked for.
    """

    def __init__(self) -> None:
        self.parser = httptools.HttpRequestParser(self)
        # What follows a request with "Connection: close" is not read, and is no reason to refuse that request.
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        self.in_head = True
        self.path = ""
        self.headers: list[tuple[bytes, bytes]] = []
        self.continues = False
        self._url = self._raw_path = self._query = b""
        # As they were understood.
        self._fields_bytes = 0

    def on_message_begin(self) -> None:
        self._url, self.headers, self.continues = b"", [], False

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        # These come after a body, too; each with a colon, a space and the end of its line.
        self._fields_bytes += len(name) + len(value) + 4
        if self._fields_bytes > MAX_HEAD_BYTES:
            raise httptools.HttpParserError("too long")
        if self.in_head:
            name = name.lower()
            self.headers.append((name, value))
            if name == b"expect":
                self.continues = value.lower() == b"100-continue"

    def end_head(self) -> None:
        """It is whole. Raises httptools.HttpParserError when its address is too long, or has no path."""
        if len(self._url) > MAX_HEAD_BYTES:
            raise httptools.HttpParserError("too long")
        self.in_head = False
        self._raw_path, self._query = _path_and_query(self._url)
        self.path = self._raw_path.decode("ascii")
        if b"%" in self._raw_path:
            self.path = unquote(self.path)

    def end_request(self) -> None:
        """The next head begins."""
        self.in_head = True
        self._fields_bytes = 0

    def keeps_alive(self) -> bool:
        """Whether the connection is kept behind the answer."""
        parser = self.parser
        return parser.get_http_version() != "1.0" and parser.should_keep_alive() and not parser.should_upgrade()

    def scope(self) -> dict[str, Any]:
        """What ASGI tells an application of it."""
        return {
            "http_version": self.parser.get_http_version(),
            "method": self.parser.get_method().decode("ascii"),
            "path": self.path,
            "raw_path": self._raw_path,
            "query_string": self._query,
            "headers": self.headers,
        }


def _path_and_query(url: bytes) -> tuple[bytes, bytes]:
    """An address that was asked for, cut in two. Raises httptools.HttpParserError for one without a path."""
    if url.startswith(b"/") and b"#" not in url:
        path, _, query = url.partition(b"?")
        return path, query
    # With a host, as proxies are asked.
    parts = httptools.parse_url(url)
    if parts.path is None:
        raise httptools.HttpParserError("no path")
    return parts.path, parts.query or b""
