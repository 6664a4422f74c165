"""What the simulated provider keeps and says: payments, answers, both documented shapes of an error. Pure."""

from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from bot.gateway.simulator.moods import Mood, TurnedAway


class Webhook(Struct, frozen=True):
    """A webhook to be sent `after_seconds`; `url` is None when the call named none."""

    after_seconds: float
    url: str | None
    external_id: str
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()


class Answer(Struct, frozen=True):
    """What a request gets, `after_seconds`. `lost`: the caller hears nothing at all."""

    status: int
    body: bytes
    after_seconds: float = 0
    lost: bool = False
    retry_after: str | None = None
    webhooks: tuple[Webhook, ...] = ()
    media_type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()


class Payment(Struct):
    """An accepted payment."""

    id: str
    external_id: str
    service_code: str
    reference: str
    reference_facture: str
    amount_xof: int
    fee_xof: int
    previous_xof: int
    current_xof: int
    created_at: int
    custom_data: str | None
    codes: list[str]
    mood: Mood


def turned_away(how: TurnedAway, mood: Mood | None = None) -> Answer:
    match how:
        case "400" if mood is not None and mood.inquiry == "unknown":
            return listed_error(400, "reference_client is invalid")
        case "400":
            return coded_error(400, "Solde insuffisant", "INSUFFICIENT_FUNDS")
        case "401":
            return coded_error(401, "API key is not valid", "INVALID_API_KEY")
        case "403":
            return coded_error(403, "Service under maintenance", "SERVICE_UNAVAILABLE")
        case "409":
            return coded_error(409, "externalTransactionId already used", "DUPLICATE_TRANSACTION")
        case "429":
            return replace(listed_error(429, "Too Many Requests"), retry_after="1")
        case "500":
            return listed_error(500, "Internal server error")
        case "lost":
            return Answer(504, b"", lost=True)


def json_answer(status: int, value: Any) -> Answer:
    return Answer(status, msgspec.json.encode(value))


def listed_error(status: int, message: str) -> Answer:
    """The first documented shape of an error."""
    return json_answer(status, {"message": [message], "success": False})


def coded_error(status: int, message: str, code: str) -> Answer:
    """The second documented shape of an error."""
    return json_answer(status, {"success": False, "message": message, "code": code})


def iso_time(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds")
