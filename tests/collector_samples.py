"""Answers of those who collect, as their pages, SDKs and other merchants' code show them, and what each is taken for.

Each file of `samples/collector` is one answer: which collector, the call it answers, the HTTP status, the body (or
`raw` text), the headers of a webhook, and the value that the collector must make of it.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from bot.collectors import Collector
from bot.collectors.wire import dexchange, dexpay
from bot.domain.collecting import (
    CodeResult,
    CollectionClaim,
    CollectionRequest,
    CreateResult,
    ExpireResult,
    LookUpResult,
    PayBackLookUp,
    PayBackRequest,
    PayBackResult,
)
from bot.domain.inquiry import FloatAnswer
from bot.gateway.wire.calls import Reply

FOLDER = Path(__file__).parent / "samples" / "collector"
OUR_ID = "COLLECTION01"
PROVIDER_ID = "TXC000123"
SECRET = "sk_test_secret"
KINDS: dict[str, Any] = {
    "create": CreateResult,
    "look_up": LookUpResult,
    "confirm_code": CodeResult,
    "expire": ExpireResult,
    "pay_back": PayBackResult,
    "look_up_pay_back": PayBackLookUp,
    "balance": FloatAnswer,
    "webhook": CollectionClaim,
}
METHODS: dict[str, Any] = {"dexchange_link": "any", "dexchange_push": "wave", "dexpay": "any"}


def a_request(collector: str = "dexpay", **changes: Any) -> CollectionRequest:
    """A collection of 5,075 F."""
    request = CollectionRequest(
        id=OUR_ID,
        method=METHODS[collector],
        amount_xof=5_075,
        about="Woyofal 14123456789",
        callback_url="https://bot.example/collected/x",
        success_url="https://bot.example/pay/done",
        failure_url="https://bot.example/pay/failed",
        payer="771234567",
    )
    return msgspec.structs.replace(request, **changes)


def a_pay_back(**changes: Any) -> PayBackRequest:
    """A pay-back of 5,075 F by Wave."""
    request = PayBackRequest(
        id=OUR_ID,
        method="wave",
        amount_xof=5_075,
        payer="771234567",
        callback_url="https://bot.example/collected/x",
        success_url="https://bot.example/pay/done",
        failure_url="https://bot.example/pay/failed",
    )
    return msgspec.structs.replace(request, **changes)


class Sample(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    about: str
    collector: str
    call: str
    status: int = 200
    body: msgspec.Raw = msgspec.Raw(b"")
    raw: str | None = None
    headers: Mapping[str, str] = {}
    again: bool = False
    retry_after: str | None = None
    method: str | None = None
    provider_id: str | None = PROVIDER_ID
    expected: msgspec.Raw = msgspec.Raw(b"")

    @property
    def content(self) -> bytes:
        return bytes(self.body) if self.raw is None else self.raw.encode()

    @property
    def reply(self) -> Reply:
        return Reply(self.status, self.content, self.retry_after)

    @property
    def request(self) -> CollectionRequest:
        return a_request(self.collector, **({} if self.method is None else {"method": self.method}))


SAMPLES: dict[str, Sample] = {
    path.stem: msgspec.json.decode(path.read_bytes(), type=Sample) for path in sorted(FOLDER.glob("*.json"))
}


def expected_of(sample: Sample) -> Any:
    return msgspec.json.decode(sample.expected, type=KINDS[sample.call])


def read_sample(sample: Sample) -> Any:
    """What `wire` makes of a sample's bytes."""
    return READERS[sample.collector, sample.call](sample)


def _dexchange(look_up: Any, abilities: Any) -> dict[str, Any]:
    return {
        "create": lambda each: dexchange.created(each.reply, each.request, abilities, again=each.again),
        "look_up": lambda each: look_up(each.reply, OUR_ID, PROVIDER_ID),
        "confirm_code": lambda each: dexchange.code_taken(each.reply, PROVIDER_ID),
        "pay_back": lambda each: dexchange.paid_back(each.reply, a_pay_back(), again=each.again),
        "look_up_pay_back": lambda each: dexchange.pay_back_looked_up(each.reply, OUR_ID, PROVIDER_ID),
        "webhook": lambda each: dexchange.read_claim(each.content),
    }


_READERS: dict[str, dict[str, Any]] = {
    "dexchange_link": _dexchange(dexchange.link_looked_up, dexchange.LINK),
    "dexchange_push": _dexchange(dexchange.push_looked_up, dexchange.PUSH),
    "dexpay": {
        "create": lambda each: dexpay.session_created(each.reply, each.request, again=each.again),
        "look_up": lambda each: dexpay.looked_up(each.reply, OUR_ID),
        "expire": lambda each: dexpay.expired(each.reply),
        "pay_back": lambda each: dexpay.paid_back(each.reply, again=each.again),
        "look_up_pay_back": lambda each: dexpay.pay_back_looked_up(each.reply, OUR_ID, each.provider_id),
        "webhook": lambda each: dexpay.read_claim(each.headers, each.content, (SECRET,)),
    },
}
READERS = {(name, call): reader for name, calls in _READERS.items() for call, reader in calls.items()}


async def ask(collector: Collector, sample: Sample) -> Any:
    """What an adapter makes of a sample that its server plays."""
    match sample.call:
        case "create":
            return await collector.create(sample.request, again=sample.again)
        case "look_up":
            return await collector.look_up(OUR_ID, sample.provider_id)
        case "confirm_code":
            return await collector.confirm_code(OUR_ID, PROVIDER_ID, "123456")
        case "expire":
            return await collector.expire(OUR_ID, sample.provider_id)
        case "pay_back":
            return await collector.pay_back(a_pay_back(), again=sample.again)
        case "look_up_pay_back":
            return await collector.look_up_pay_back(OUR_ID, sample.provider_id)
        case "webhook":
            return collector.read_webhook(sample.headers, sample.content)
    raise AssertionError(sample.call)
