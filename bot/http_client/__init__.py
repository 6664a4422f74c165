"""HTTP/1.1 to one server, on httptools and little else: bytes out, bytes in, and every trouble a value.

Theory of operation. A client keeps some connections to its server. A request takes the one that was used last, or opens
another, or waits its turn, first come, first served. It is written at once and whole, and never written a second time,
whatever happens: whether a call may be repeated is for its caller to say. The answer is parsed as it comes, and a
connection is used again only when its answer was whole, nothing came after it, and both sides want to.

Everything has its limit: the head of an answer, its body, what comes over the wire for both, the time to connect, the
time of the whole call (one timer watches all of them), and how long a connection may lie idle.

No text of an error leaves this room, only the name of its type: a URL may carry a secret.

`client` is what others call, with its pool of connections; `connection` is one of them, and reads the answer.
"""

from bot.http_client.client import HttpClient
from bot.http_client.connection import (
    COMPRESSED,
    DISCONNECTED,
    MAX_HEAD_BYTES,
    TOO_LARGE,
    UNREADABLE,
    HttpConnection,
    HttpReply,
)

__all__ = [
    "COMPRESSED",
    "DISCONNECTED",
    "MAX_HEAD_BYTES",
    "TOO_LARGE",
    "UNREADABLE",
    "HttpClient",
    "HttpConnection",
    "HttpReply",
]
