"""Answers of the provider, as its pages and its SDK show them, with what each must be taken for.

Each file of `samples/provider` is one answer: the call it answers, the HTTP status, the body (or `raw` text), and the
value that the gateway must make of it.
"""

from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from bot.domain.catalog import ServiceName
from bot.domain.inquiry import FloatAnswer, InquiryAnswer
from bot.domain.outcome import Outcome, Unknown, WebhookClaim
from bot.gateway import wire

FOLDER = Path(__file__).parent / "samples" / "provider"
ORDER_ID = "4f0c2a"


class Sample(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    about: str
    call: str
    service: ServiceName
    status: int
    expected: msgspec.Raw
    body: msgspec.Raw = msgspec.Raw(b"")
    raw: str | None = None
    replay: bool = False
    retry_after: str | None = None
    reference: str = "14123456789"
    transaction_id: str = "TXB000123"

    @property
    def content(self) -> bytes:
        return bytes(self.body) if self.raw is None else self.raw.encode()

    @property
    def reply(self) -> wire.Reply:
        return wire.Reply(self.status, self.content, self.retry_after)


SAMPLES: dict[str, Sample] = {
    path.stem: msgspec.json.decode(path.read_bytes(), type=Sample) for path in sorted(FOLDER.glob("*.json"))
}


def without_raw(answer: Any) -> Any:
    """An answer but for what is kept of its bytes, which differ with every spelling."""
    return replace(answer, raw="") if isinstance(answer, Unknown | WebhookClaim) else answer


def read_sample(sample: Sample) -> Any:
    """What `wire` makes of a sample, without its raw bytes."""
    return without_raw(_read(sample))


def _read(sample: Sample) -> Any:
    match sample.call:
        case "pay":
            return wire.pay_outcome(sample.reply, service=sample.service, external_id=ORDER_ID, replay=sample.replay)
        case "look_up":
            return wire.look_up_outcome(sample.reply, service=sample.service, transaction_id=sample.transaction_id)
        case "inquiry":
            return wire.inquiry_answer(sample.reply, service=sample.service, reference=sample.reference)
        case "balance":
            return wire.float_answer(sample.reply)
        case "webhook":
            return wire.read_webhook_claim(sample.content)
    raise AssertionError(sample.call)


def expected_of(sample: Sample) -> Any:
    kinds: dict[str, Any] = {"inquiry": InquiryAnswer, "balance": FloatAnswer, "webhook": WebhookClaim}
    return msgspec.json.decode(sample.expected, type=kinds.get(sample.call, Outcome))
