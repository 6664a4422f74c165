"""Bodies that are made to be hard to read, for everything that reads what strangers send: nothing raises but what is
declared, nothing is believed, and none takes long.
"""

import time
from collections.abc import Callable
from typing import Any

import pytest

from bot.channels.telegram.parse import Malformed, ParsedUpdate
from bot.channels.telegram.parse import parse as telegram
from bot.channels.whatsapp.parse import Batch
from bot.channels.whatsapp.parse import parse as whatsapp
from bot.domain.outcome import Delivered, Refused, TokenAwaited, WebhookClaim
from bot.gateway import wire
from tests.test_whatsapp_parse import NUMBER

# Of a processor, for a body as large as any that is taken.
SECONDS = 1.0
DEEP = 100_000
MESSAGE = (
    b'{"message_id":1,"date":1,"chat":{"id":1,"type":"private"},"from":{"id":1,"is_bot":false,"first_name":"a"},'
    b'"reply_to_message":'
)
BODIES = {
    "open arrays": b"[" * DEEP,
    "arrays": b"[" * DEEP + b"]" * DEEP,
    "objects": b'{"a":' * DEEP + b"1" + b"}" * DEEP,
    "an update that holds arrays": b'{"update_id":1,"message":{"x":' + b"[" * DEEP + b"]" * DEEP + b"}}",
    "answers to answers": b'{"update_id":1,"message":' + MESSAGE * 20_000 + b"null" + b"}" * 20_001,
    "a batch that holds arrays": (
        b'{"object":"whatsapp_business_account","entry":[{"changes":[{"field":"messages","value":'
        + (b"[" * DEEP + b"]" * DEEP + b"}]}]}")
    ),
    "a claim that holds arrays": b'{"STATUS":"SUCCESS","id":' + b"[" * DEEP + b"]" * DEEP + b"}",
    "digits": b'{"update_id":' + b"9" * 500_000 + b"}",
    "an exponent": b'{"update_id":1e' + b"9" * 50_000 + b"}",
    "a fraction": b'{"balance":0.' + b"1" * 500_000 + b"}",
    "NULs": b'{"update_id":1,"message":{"text":"' + b"\\u0000" * 200_000 + b'"}}',
    "half a character": b'{"update_id":1,"message":{"text":"\\ud800"}}',
    "bytes of no text": b'{"update_id":1,"message":{"text":"\xff\xfe"}}',
    "a mark and nothing": b"\xef\xbb\xbf{}",
    "another encoding": '{"update_id":1}'.encode("utf-16"),
    "many names": b"{" + b",".join(b'"k%d":1' % number for number in range(100_000)) + b"}",
    "one name many times": b"{" + b",".join([b'"update_id":1'] * 100_000) + b"}",
    "a long text": b'{"STATUS":"SUCCES","id":"' + b"x" * 1_000_000 + b'"}',
    "no number": b'{"balance":NaN,"update_id":Infinity}',
    "nothing": b"",
}


def reply(body: bytes, status: int = 200) -> wire.Reply:
    return wire.Reply(status, body)


READERS: dict[str, tuple[Callable[[bytes], Any], type | tuple[type, ...]]] = {
    "telegram": (lambda body: telegram(body, "TaalBot"), (ParsedUpdate, Malformed)),
    "whatsapp": (lambda body: whatsapp(body, NUMBER), Batch),
    "a claim": (wire.read_webhook_claim, WebhookClaim),
    "a payment": (
        lambda body: wire.pay_outcome(reply(body), service="woyofal", external_id="ORDER", replay=False),
        object,
    ),
    "a look-up": (
        lambda body: wire.look_up_outcome(reply(body), service="senelec", transaction_id="TX"),
        object,
    ),
    "an inquiry": (
        lambda body: wire.inquiry_answer(reply(body), service="woyofal", reference="14123456789"),
        object,
    ),
    "a refusal": (lambda body: wire.inquiry_answer(reply(body, 404), service="senelec", reference="1"), object),
    "the float": (lambda body: wire.float_answer(reply(body)), object),
}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("body", BODIES)
def test_what_is_hard_to_read_is_read_soon_or_not_at_all(reader: str, body: str) -> None:
    read, kinds = READERS[reader]
    began = time.process_time()
    found = read(BODIES[body])
    assert time.process_time() - began < SECONDS
    assert isinstance(found, kinds)
    assert not isinstance(found, (Delivered, Refused, TokenAwaited)), "nothing final is said"
