"""An answer as HTTP/1.1 has it on the wire. Pure."""

from functools import lru_cache
from http import HTTPStatus

_STATUS_LINES = {status.value: b"HTTP/1.1 %d %s\r\n" % (status, status.phrase.encode()) for status in HTTPStatus}
_WITHOUT_BODY = frozenset((204, 304))
_NO_REQUEST = b"Invalid HTTP request received."

PLAIN = (b"content-type", b"text/plain; charset=utf-8")
CLOSE = (b"connection", b"close")

Headers = tuple[tuple[bytes, bytes], ...]


def answer_lines(
    status: int, headers: Headers, body: bytes, *, keep_alive: bool, asks_for_head: bool = False
) -> tuple[bytes, bool]:
    """A whole answer, and whether the connection is kept behind it. Raises ValueError for a header of two lines."""
    lines, has_length, closes = _header_lines(headers)
    length = b"" if has_length or status in _WITHOUT_BODY else b"content-length: %d\r\n" % len(body)
    close = b"" if keep_alive or closes else b"connection: close\r\n"
    whole = b"".join((_STATUS_LINES[status], lines, length, close, b"\r\n", b"" if asks_for_head else body))
    return whole, keep_alive and not closes


# They are the same for a second, in which the date is.
@lru_cache(maxsize=16)
def _header_lines(headers: Headers) -> tuple[bytes, bool, bool]:
    """Their lines, and whether the answer's length is among them, and a word about the connection: nobody says anything
    else there than that it shall be closed.
    """
    if any(b"\n" in value or b"\r" in value for _, value in headers):
        raise ValueError("a header of more than a line")
    names = {name for name, _ in headers}
    lines = b"".join(b"%s: %s\r\n" % header for header in headers)
    return lines, b"content-length" in names, b"connection" in names


def no_request() -> bytes:
    """What is answered to what is no request."""
    return answer_lines(400, (PLAIN, CLOSE), _NO_REQUEST, keep_alive=False)[0]
