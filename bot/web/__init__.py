"""The web room: verify, hear or settle, and only then 200.

| path                                | who calls            | answer                                                 |
|-------------------------------------|----------------------|--------------------------------------------------------|
| a channel's webhook endpoint        | the channel's server | 401 unverified; 503 not remembered; 200 once committed |
| /webhooks/dexchange/{order}/{proof} | the pay provider     | 404 wrong or unknown path; 503 not kept; 200 once kept |
| /webhooks/collection/{id}/{proof}   | who collects for us  | the same                                               |
| /pay/done, /pay/failed              | a payer's browser    | a page that sends them back to the conversation        |
| any of the webhooks                 |                      | 413 too large; 408 too slow; 503 no room for it now    |
| /healthz                            | the supervisor       | 200 while the process answers                          |
| /readyz                             | the load balancer    | 200 when database, schema and workers are well         |
| /metrics                            | Prometheus           | counters and histograms                                |

The provider signs nothing, so the address that it is given is the proof: it carries the order's id and an HMAC of it
with our secret key. What it says is a hint all the same; settlement reads the status back before anything is final.

There are two ways in. What came whole and small is verified and parsed at once, and answered at once where nothing has
to be remembered, as with most that a channel tells of messages. What is larger, or slower, is read as ASGI has it: what
path and headers can prove is checked before a byte of the body is read, and all bodies are read within the limits of
`bodies`. A large body is verified and parsed in a thread, and what it brings is handled by the piece, so that nobody
else waits for more than a piece. When the database is busy in the middle, the whole request is answered 503 and comes
again; what was remembered before is dropped by its key.

`app` leads to the two ways, `channel_webhook`, `provider_webhook` and `collection_webhook` are what is posted to (the
last two `proved` by their address), `reading` reads a body within the limits, `answers` says what may be answered.
"""

from bot.web.answers import RETRY_AFTER_SECONDS, Answer, Answering
from bot.web.app import WebApp
from bot.web.channel_webhook import PIECE
from bot.web.collection_webhook import COLLECTION_PATH, collection_url
from bot.web.provider_webhook import MAX_BODY_BYTES, PROVIDER_PATH, callback_url, proof

__all__ = [
    "COLLECTION_PATH",
    "MAX_BODY_BYTES",
    "PIECE",
    "PROVIDER_PATH",
    "RETRY_AFTER_SECONDS",
    "Answer",
    "Answering",
    "WebApp",
    "callback_url",
    "collection_url",
    "proof",
]
