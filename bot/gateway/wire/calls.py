"""Requests as values: what is asked, where, with which headers. Pure."""

import re
from typing import Literal
from urllib.parse import quote, urlsplit

import msgspec
from msgspec import Struct

from bot.domain.catalog import Catalog, ServiceName
from bot.gateway import PayRequest

MAX_RETRY_SECONDS = 3600.0
_CATALOG = Catalog()


class Call(Struct, frozen=True):
    """One request: `path` begins below the API's root (`/billing/pay`), `body` is JSON or empty."""

    method: Literal["GET", "POST", "DELETE"]
    path: str
    body: bytes = b""


class Reply(Struct, frozen=True):
    """One answer as it came; `retry_after` is the header of that name, which the provider does not document."""

    status: int
    body: bytes
    retry_after: str | None = None

    @property
    def is_2xx(self) -> bool:
        return 200 <= self.status < 300

    @property
    def retry_seconds(self) -> float | None:
        """The pause that the provider asks for, in seconds; a date or nonsense is none."""
        match = re.fullmatch(r"\s*([0-9]{1,9})(?:\.[0-9]*)?\s*s?\s*", self.retry_after or "", re.IGNORECASE)
        return None if match is None else min(float(match[1]), MAX_RETRY_SECONDS)


def api_root(base_url: str) -> str:
    """Where the API begins. The pages disagree (`/api/v1`, `/v1`): a base that ends in a version is taken as it is."""
    base = base_url.rstrip("/")
    return base if re.search(r"/v\d+$", urlsplit(base).path) else f"{base}/api/v1"


def headers(api_key: str) -> dict[str, str]:
    """What every request carries. Compression is declined, so that a body's size is known before it is unpacked."""
    return {
        "Authorization": f"Bearer {api_key}",
        "Content-Type": "application/json",
        "Accept": "application/json",
        "Accept-Encoding": "identity",
        "User-Agent": "taal",
    }


def inquiry_call(service: ServiceName, reference: str) -> Call:
    """Whose meter or contract, and what is owed."""
    asked = {"serviceCode": _CATALOG[service].code, "reference_client": reference}
    return Call("POST", "/billing/inquiry", msgspec.json.encode(asked))


def pay_call(request: PayRequest, callback_url: str | None) -> Call:
    """A payment. The same request and URL give the same bytes: a replay must be the same body with the same id."""
    service = _CATALOG[request.service]
    asked: dict[str, str | int] = {"serviceCode": service.code, "reference_client": request.reference}
    if service.prepaid:
        asked["amount"] = request.amount_xof
    elif request.reference_facture is not None:
        # Without it the provider would settle the first unpaid bill, which may not be the confirmed one.
        asked["reference_facture"] = request.reference_facture
    asked["externalTransactionId"] = request.id
    if callback_url is not None:
        asked["callBackURL"] = callback_url
    asked["customData"] = request.id
    return Call("POST", "/billing/pay", msgspec.json.encode(asked))


def look_up_call(transaction_id: str) -> Call:
    """What became of a payment. The id came from outside: nothing in it may leave its place in the path."""
    return Call("GET", f"/transaction/{quote(transaction_id, safe='').replace('.', '%2E')}")


def balance_call() -> Call:
    """The operator's float (an address seen only in the provider's SDK)."""
    return Call("GET", "/api-services/balance")
