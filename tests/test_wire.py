"""What the provider's bytes mean: samples, every spelling of them, and bytes that mean nothing."""

import re
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.catalog import ServiceName
from bot.domain.inquiry import Bill, Float, FloatUnavailable, Inquiry, InquiryRefused, InquiryUnavailable
from bot.domain.outcome import (
    Delivered,
    NotSent,
    Outcome,
    Processing,
    ProviderDetails,
    Refused,
    TokenAwaited,
    Unknown,
    WebhookClaim,
)
from bot.gateway import wire
from bot.gateway.wire.reading import MAX_BODY_BYTES, flag, read, read_tokens, whole
from tests.provider_samples import ORDER_ID, SAMPLES, Sample, expected_of, read_sample, without_raw

CODE = "12345678901234567890"


class Ordered(msgspec.Struct, frozen=True):
    """As much of an order as a payment needs."""

    id: str = ORDER_ID
    service: ServiceName = "woyofal"
    reference: str = "14123456789"
    amount_xof: int = 5000
    reference_facture: str | None = None


def pay(
    status: int, body: Any, *, service: ServiceName = "woyofal", replay: bool = False, retry_after: str | None = None
) -> Outcome:
    content = body if isinstance(body, bytes) else msgspec.json.encode(body)
    outcome: Outcome = without_raw(
        wire.pay_outcome(wire.Reply(status, content, retry_after), service=service, external_id=ORDER_ID, replay=replay)
    )
    return outcome


def look_up(status: int, body: Any, service: ServiceName = "woyofal") -> Outcome:
    outcome: Outcome = without_raw(
        wire.look_up_outcome(wire.Reply(status, msgspec.json.encode(body)), service=service, transaction_id="TXB000123")
    )
    return outcome


def inquire(status: int, body: Any, service: ServiceName = "senelec", retry_after: str | None = None) -> Any:
    content = body if isinstance(body, bytes) else msgspec.json.encode(body)
    return wire.inquiry_answer(wire.Reply(status, content, retry_after), service=service, reference="210278816")


def refused_400(message: str) -> Outcome:
    return pay(400, {"message": [message], "success": False})


# Requests.


def body_of(call: wire.Call) -> dict[str, Any]:
    return msgspec.json.decode(call.body, type=dict[str, Any])


def test_a_prepaid_payment_names_its_amount_and_no_bill():
    call = wire.pay_call(Ordered(reference_facture="99887766554433221100"), "https://bot.example/webhooks/x")
    assert (call.method, call.path) == ("POST", "/billing/pay")
    assert body_of(call) == {
        "serviceCode": "WOYOFAL_SN_BILL",
        "reference_client": "14123456789",
        "amount": 5000,
        "externalTransactionId": ORDER_ID,
        "callBackURL": "https://bot.example/webhooks/x",
        "customData": ORDER_ID,
    }


def test_a_bill_payment_names_the_bill_and_no_amount():
    assert body_of(wire.pay_call(Ordered(service="seneau", reference_facture="F1"), None)) == {
        "serviceCode": "SENEAU_SN_BILL",
        "reference_client": "14123456789",
        "reference_facture": "F1",
        "externalTransactionId": ORDER_ID,
        "customData": ORDER_ID,
    }
    assert "reference_facture" not in body_of(wire.pay_call(Ordered(service="seneau"), None))


def test_a_replay_is_the_same_bytes():
    assert wire.pay_call(Ordered(), "https://bot.example/x") == wire.pay_call(Ordered(), "https://bot.example/x")


def test_other_requests():
    assert body_of(wire.inquiry_call("senelec", "210278816")) == {
        "serviceCode": "SENELEC_SN_BILL",
        "reference_client": "210278816",
    }
    assert wire.balance_call() == wire.Call("GET", "/api-services/balance")
    assert wire.look_up_call("TXB1") == wire.Call("GET", "/transaction/TXB1")
    assert wire.look_up_call("../billing?x#y").path == "/transaction/%2E%2E%2Fbilling%3Fx%23y"
    assert wire.headers("k1")["Authorization"] == "Bearer k1"


@pytest.mark.parametrize(
    ("base", "root"),
    [
        ("https://api.example", "https://api.example/api/v1"),
        ("https://api.example/", "https://api.example/api/v1"),
        ("https://api.example/pay", "https://api.example/pay/api/v1"),
        ("https://api.example/v1/", "https://api.example/v1"),
        ("https://api.example/api/v1", "https://api.example/api/v1"),
    ],
)
def test_where_the_api_begins(base: str, root: str):
    assert wire.api_root(base) == root


# Answers, as recorded.


@pytest.mark.parametrize("name", SAMPLES)
def test_samples(name: str):
    assert read_sample(SAMPLES[name]) == expected_of(SAMPLES[name])


# The same answers in every spelling.


def snake(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name)


SPELLINGS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "capitals": str.upper,
    "small": str.lower,
    "snake": snake,
    "snake in capitals": lambda name: snake(name).upper(),
}
NESTINGS: dict[str, Callable[[Any, Any], Any]] = {
    "under transaction": lambda message, inner: {"message": message, "transaction": inner},
    "flat": lambda message, inner: inner,
    "under data": lambda message, inner: {"message": message, "success": True, "data": inner},
    "under data and transaction": lambda message, inner: {"status": "success", "data": {"transaction": inner}},
    "in a list": lambda message, inner: {"status": 200, "data": [inner]},
}
PAID_OR_NOT = [name for name in SAMPLES if name.startswith(("pay_woyofal_", "pay_senelec_"))]


def respelled(value: Any, spelling: Callable[[str], str], as_text: bool) -> Any:
    if isinstance(value, dict):
        return {spelling(name): respelled(item, spelling, as_text) for name, item in value.items()}
    if as_text and isinstance(value, int):
        return str(value).lower()
    return value


@pytest.mark.parametrize("nesting", NESTINGS)
@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("name", PAID_OR_NOT)
@pytest.mark.parametrize("as_text", [False, True], ids=["numbers", "texts"])
def test_every_spelling_means_the_same(name: str, spelling: str, nesting: str, as_text: bool):
    sample = SAMPLES[name]
    body = msgspec.json.decode(sample.content)
    inner = respelled(body.get("transaction", body), SPELLINGS[spelling], as_text)
    for status in (200, 201):
        nested = NESTINGS[nesting](body.get("message"), inner)
        assert pay(status, nested, service=sample.service) == expected_of(sample)


# What a pay answer may and may not prove.

WITH_STATUS = {"externalTransactionId": ORDER_ID, "transactionId": "TXB1"}


@pytest.mark.parametrize("status", [300, 301, 404, 405, 408, 410, 413, 415, 418, 422, 500, 502, 503, 504, 599, 100])
def test_other_statuses_prove_nothing(status: int):
    assert isinstance(pay(status, {"message": ["no such thing"], "success": False}), Unknown)
    assert isinstance(pay(status, b""), Unknown)


@pytest.mark.parametrize("status", [200, 400, 401, 403, 404, 429, 500])
@pytest.mark.parametrize("code", ["OPERATOR_ERROR", "TIMEOUT_ERROR", "operator_error"])
def test_the_codes_of_doubt_are_believed_under_any_status(status: int, code: str):
    body = {"success": False, "message": "x", "code": code, "transaction": {"Status": "FAILED"}}
    assert isinstance(pay(status, body), Unknown)
    assert isinstance(look_up(status, body), Unknown)


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        ("INVALID_AMOUNT", Refused("invalid")),
        ("INVALID_PHONE", Refused("invalid")),
        ("INVALID_CURRENCY", Refused("invalid")),
        ("MISSING_REQUIRED_FIELD", Refused("invalid")),
        ("INSUFFICIENT_FUNDS", Refused("float")),
        ("TRANSACTION_FAILED", Refused("failed")),
        ("INVALID_API_KEY", NotSent("credentials")),
        ("EXPIRED_API_KEY", NotSent("credentials")),
        ("MISSING_API_KEY", NotSent("credentials")),
        ("DUPLICATE_TRANSACTION", Unknown("HTTP 400 DUPLICATE_TRANSACTION", conflict=True, heard="error")),
        ("SERVICE_UNAVAILABLE", Unknown("HTTP 400 SERVICE_UNAVAILABLE", heard="error")),
        ("SOMETHING_NEW", Unknown("HTTP 400 SOMETHING_NEW", heard="error")),
    ],
)
def test_error_codes_of_a_first_attempt(code: str, outcome: Outcome):
    assert pay(400, {"success": False, "code": code}) == outcome
    assert isinstance(pay(400, {"success": False, "code": code}, replay=True), Unknown)


def test_a_refusal_code_refuses_under_another_4xx_but_a_text_does_not():
    assert pay(422, {"success": False, "code": "INVALID_AMOUNT"}) == Refused("invalid")
    assert isinstance(pay(422, {"success": False, "message": ["amount is wrong"]}), Unknown)


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("amount must be a positive number", "invalid"),
        ("Insufficient balance", "float"),
        ("SOLDE INSUFFISANT", "float"),
        ("Bill already paid", "already_paid"),
        ("Facture déjà réglée", "already_paid"),
        ("Cette facture a déjà été payée", "already_paid"),
    ],
)
def test_texts_of_a_first_400(message: str, reason: str):
    outcome = refused_400(message)
    assert isinstance(outcome, Refused)
    assert (outcome.reason, outcome.details.message) == (reason, message)


@pytest.mark.parametrize(
    "message", ["Operator timed out", "Délai dépassé, réessayez", "Service indisponible", "Transaction en cours", ""]
)
def test_a_400_that_sounds_like_trouble_proves_nothing(message: str):
    assert isinstance(refused_400(message), Unknown)


def test_a_400_that_speaks_of_a_used_id_is_a_conflict():
    outcome = refused_400("externalTransactionId already exists")
    assert isinstance(outcome, Unknown)
    assert outcome.conflict


@pytest.mark.parametrize(
    "body",
    [
        b"<html>400 Bad Request</html>",
        {"statusCode": 400, "message": ["amount must be a number"], "error": "Bad Request"},
        {"success": True, "message": ["amount must be a number"]},
        {"success": False, "transaction": {"success": True}, "message": "amount"},
        {"success": False, "transaction": {"Status": "SUCCESS", "token": CODE}},
        {"success": False, "transaction": {"Status": "PENDING"}},
        [],
    ],
)
def test_a_400_in_no_documented_shape_proves_nothing(body: Any):
    assert isinstance(pay(400, body), Unknown)


def test_a_400_that_carries_a_failed_payment_refuses():
    assert pay(400, {"success": False, "transaction": {"Status": "FAILED"}}) == Refused("failed")


@pytest.mark.parametrize("replay", [False, True])
def test_turned_away_before_anything_was_read(replay: bool):
    def turned_away(status: int, body: Any, retry_after: str | None = None) -> Outcome:
        return pay(status, body, replay=replay, retry_after=retry_after)

    assert turned_away(401, {}) == NotSent("credentials")
    assert turned_away(403, b"<h1>Forbidden</h1>") == NotSent("credentials")
    assert turned_away(403, b"<h1>Maintenance</h1>", "120") == NotSent("maintenance", 120.0)
    assert turned_away(403, {"code": "SERVICE_UNAVAILABLE"}) == NotSent("maintenance")
    assert turned_away(429, b"") == NotSent("busy")


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        (" 7 s ", 7.0),
        ("1.5", 1.0),
        ("999999", 3600.0),
        ("-1", None),
        ("soon", None),
        ("", None),
        ("Tue, 24 Nov 2026 08:00:00 GMT", None),
        ("9" * 5000, None),
    ],
)
def test_retry_after(header: str, seconds: float | None):
    assert pay(429, b"", retry_after=header) == NotSent("busy", seconds)


def test_a_replayed_409_says_received_and_keeps_an_id_that_is_surely_one():
    assert pay(409, b"", replay=True) == Processing()
    outcome = pay(409, {"id": 5, "transaction": {"transactionId": "TXB1", "Status": "FAILED"}}, replay=True)
    assert isinstance(outcome, Processing)
    assert outcome.details.transaction_id == "TXB1"
    assert pay(409, b"") == Unknown("409 to a first attempt", conflict=True, heard="error")
    assert pay(409, {"externalTransactionId": "x"}, replay=True) == Unknown("foreign answer", heard="foreign")


def test_a_replayed_2xx_is_a_true_result():
    assert isinstance(pay(200, {**WITH_STATUS, "Status": "FAILED"}, replay=True), Refused)
    assert isinstance(pay(200, {**WITH_STATUS, "Status": "SUCCESS", "token": CODE}, replay=True), Delivered)


@pytest.mark.parametrize(
    ("body", "cause"),
    [
        ({"success": False, "message": "no"}, "no status"),
        ({"success": False, "message": "no", "code": "INVALID_AMOUNT"}, "no status"),
        ({"status": "SUCCESS", "transaction": {"transactionId": "TXB1"}}, "no status"),
        ({"Status": 1}, "no status"),
        ({"Status": " "}, "no status"),
        ({"Status": "x" * 200}, "no status"),
        ({"Status": "SUCCESS", "status": "FAILED"}, "contradicting statuses"),
        ({"Status": "SUCCESS", "success": False, "token": CODE}, "SUCCESS but not success"),
        ({"success": "false", "transaction": {"Status": "SUCCESS"}}, "SUCCESS but not success"),
        ({"transaction": {"Status": "FAILED", "success": True}}, "FAILED with signs of success"),
        ({"Status": "CANCELLED", "token": CODE}, "CANCELLED with signs of success"),
        ({"Status": f"code {CODE}"}, "status CODE [number]"),
    ],
)
def test_what_2xx_answers_do_not_prove(body: Any, cause: str):
    outcome = pay(200, body)
    assert isinstance(outcome, Unknown)
    assert outcome.cause == cause
    assert wire.read_webhook_claim(msgspec.json.encode(body)).status == "unknown"


def test_a_flat_success_flag_says_that_the_request_was_served():
    assert pay(200, {"success": True, "Status": "FAILED"}) == Refused("failed")
    assert isinstance(pay(200, {"success": True, "status": 200, "Status": "PENDING"}), Processing)


def test_no_code_is_invented():
    for token in (None, "", "null", "pending", True, 1.5, {"x": 1}, [], ["", None], "1" * 65, "1" * 2000, [["1" * 20]]):
        body = {**WITH_STATUS, "Status": "SUCCESS", "token": token, "referenceFacture": CODE}
        assert isinstance(pay(200, body), TokenAwaited), token


@pytest.mark.parametrize(
    ("token", "tokens"),
    [
        (CODE, (CODE,)),
        (int(CODE), (CODE,)),
        ("1234 5678 9012 3456 7890", (CODE,)),
        ("1" * 20 + "2" * 20, ("1" * 20, "2" * 20)),
        (["1" * 20, "2" * 20, "1" * 20], ("1" * 20, "2" * 20)),
        ([{"Token": "1" * 20}, {"no": 1}], ("1" * 20,)),
        ({"TOKEN": CODE}, (CODE,)),
        ("1234567890123456", ("1234567890123456",)),
        ([f"{at:020d}" for at in range(20)], tuple(f"{at:020d}" for at in range(12))),
    ],
)
def test_codes_in_every_form(token: Any, tokens: tuple[str, ...]):
    assert read_tokens(token) == tokens


def test_a_code_is_found_beside_the_transaction_and_inside_it():
    beside = {"token": CODE, "transaction": {"Status": "SUCCESS"}}
    assert isinstance(pay(200, beside), Delivered)
    deep = {"transaction": {"Status": "SUCCESS", "a": [1], "b": {"c": {"TOKEN": CODE}}}}
    assert isinstance(pay(200, deep), Delivered)
    too_deep: dict[str, Any] = {"token": CODE}
    for _ in range(8):
        too_deep = {"x": too_deep}
    assert isinstance(pay(200, {"transaction": {"Status": "SUCCESS", **too_deep}}), TokenAwaited)


def test_a_wrapper_that_wraps_nothing_hides_no_other():
    body = {"transaction": 5, "TRANSACTION": {"Status": "PENDING", "transactionId": "TXB1"}}
    assert pay(200, body) == Processing(ProviderDetails("TXB1"))


def test_wrappers_are_not_followed_for_ever():
    body: dict[str, Any] = {"Status": "SUCCESS"}
    for _ in range(8):
        body = {"data": body}
    assert pay(200, body) == Unknown("no status", heard="strange")


@pytest.mark.parametrize(
    ("value", "amount"),
    [
        (5000, 5000),
        (5000.0, 5000),
        ("5000", 5000),
        (" 5 000 ", 5000),
        ("5\u202f000", 5000),
        ("5000.00", 5000),
        ("-20", -20),
        (0, 0),
        (5000.5, None),
        ("5.000", None),
        ("5,000", None),
        ("5k", None),
        (True, None),
        (None, None),
        ([1], None),
        (10**30, None),
        (-(10**30), None),
        (1e300, None),
        ("9" * 50, None),
        ("", None),
    ],
)
def test_amounts(value: Any, amount: int | None):
    assert whole(value) == amount


@pytest.mark.parametrize(
    ("value", "truth"),
    [
        (True, True),
        (False, False),
        (1, True),
        (0, False),
        ("TRUE", True),
        (" false ", False),
        ("yes", True),
        ("no", False),
        (2, None),
        ("maybe", None),
        (None, None),
        ([], None),
    ],
)
def test_flags(value: Any, truth: bool | None):
    assert flag(value) is truth


def test_details_that_cannot_be_read_are_absent():
    outcome = pay(200, {"Status": "PENDING", "amount": 0, "transactionFee": -5, "transactionId": {}, "id": True})
    assert outcome == Processing()
    wrong = pay(200, {"Status": "PENDING", "id": 77, "message": [1, "Numéro 77 123 45 67 reçu"], "balance": "-5"})
    assert isinstance(wrong, Processing)
    assert wrong.details.transaction_id == "77"
    assert wrong.details.message == "Numéro [number] reçu"
    assert wrong.details.current_balance_xof == -5


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'"SUCCESS"',
        b"null",
        b"\xff\xfe",
        b'{"Status": "SUCCESS", "token": "\xff"}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"Status": "SUCCESS", "x": 1e999}',
        b'{"Status": "SUCCESS"} trailing',
        b'{"Status": "SUCCESS", "x": "' + b"x" * MAX_BODY_BYTES + b'"}',
    ],
    ids=lambda body: repr(body[:20]),
)
def test_bodies_that_cannot_be_read(body: bytes):
    assert read(body) is None
    assert pay(200, body) == Unknown("unreadable answer")
    assert wire.look_up_outcome(wire.Reply(200, body), service="woyofal", transaction_id="x").__class__ is Unknown
    assert inquire(200, body) == InquiryUnavailable("unreadable")
    assert wire.float_answer(wire.Reply(200, body)) == FloatUnavailable("unreadable")
    assert wire.read_webhook_claim(body) == WebhookClaim("unknown", raw=body[:2_000].decode("utf-8", "replace"))


def test_deep_but_readable_bodies_are_read():
    body = b'{"Status":"PENDING","token":' + b"[" * 200 + b"]" * 200 + b',"x":' + b'{"token":' * 200 + b"1" + b"}" * 201
    assert isinstance(pay(200, body), Processing)
    assert isinstance(pay(200, b'{"Status":"SUCCESS","id":' + b"9" * 4300 + b"}"), TokenAwaited)


# Look-ups.


def test_a_look_up_learns_nothing_where_it_is_turned_away():
    assert look_up(401, {}) == NotSent("credentials")
    assert look_up(403, {"message": "maintenance"}) == NotSent("maintenance")
    assert look_up(429, {}) == NotSent("busy")
    assert look_up(500, {"transaction": {"Status": "FAILED"}}) == Unknown("HTTP 500")
    assert look_up(400, {"success": False, "code": "TRANSACTION_FAILED"}) == Unknown("HTTP 400", heard="error")


def test_a_look_up_about_another_payment_or_service_is_not_believed():
    assert look_up(200, {"transaction": {"transactionId": "OTHER", "Status": "SUCCESS"}}) == Unknown(
        "foreign answer", heard="foreign"
    )
    other = {"transaction": {"ServiceCode": "SENEAU_SN_BILL", "Status": "SUCCESS"}}
    assert look_up(200, other) == Unknown("foreign answer", heard="foreign")
    own = {"transaction": {"serviceCode": "senelec_sn_bill", "id": 9, "Status": "SUCCESS"}}
    assert isinstance(look_up(200, own, "senelec"), Delivered)
    unreadable = look_up(200, [])
    assert isinstance(unreadable, Unknown)
    assert unreadable.details.transaction_id == "TXB000123" or unreadable.cause == "unreadable answer"


# The float.


@pytest.mark.parametrize(
    ("status", "body", "answer"),
    [
        (200, {"balance": 5}, Float(5)),
        (200, {"data": {"Balance": "5 000"}}, Float(5000)),
        (200, {"balance": {"balance": "x"}, "BALANCE": -5}, Float(-5)),
        (200, {"balance": {}}, FloatUnavailable("unreadable", answered=True)),
        (200, {}, FloatUnavailable("unreadable", answered=True)),
        (401, {}, FloatUnavailable("credentials", answered=True)),
        (401, {"message": "not authorized", "code": "INVALID_API_KEY"}, FloatUnavailable("credentials", answered=True)),
        (401, {"message": ["Non autorisé"], "success": False}, FloatUnavailable("not_authorized", answered=True)),
        (403, {"message": "IP 203.0.113.7 is not allowed"}, FloatUnavailable("not_authorized", answered=True)),
        (403, {"message": "maintenance"}, FloatUnavailable("maintenance")),
        (404, {}, FloatUnavailable("HTTP 404", answered=True)),
        (500, {}, FloatUnavailable("HTTP 500")),
    ],
)
def test_float(status: int, body: Any, answer: Any):
    assert wire.float_answer(wire.Reply(status, msgspec.json.encode(body))) == answer


# Inquiries.

BILL = {
    "referenceClient": "000210278816",
    "referenceFacture": "F1",
    "nom": "NDIAYE",
    "prenom": "Awa",
    "montant": "12 500",
    "dateEcheance": "2026-12-15T00:00:00Z",
    "paid": "false",
}


def bills(*changes: dict[str, Any]) -> dict[str, Any]:
    return {"success": True, "bills": [{**BILL, **change} for change in changes]}


@pytest.mark.parametrize(
    ("status", "body", "answer"),
    [
        (401, {}, InquiryUnavailable("credentials")),
        (403, {"message": ["Maintenance"]}, InquiryUnavailable("maintenance")),
        (403, {"message": ["no"]}, InquiryUnavailable("credentials")),
        (400, {"success": False, "code": "EXPIRED_API_KEY"}, InquiryUnavailable("credentials")),
        (500, {}, InquiryUnavailable("unreachable")),
        (503, b"<html>", InquiryUnavailable("unreachable")),
        (400, {"success": False, "code": "SERVICE_UNAVAILABLE"}, InquiryUnavailable("unreachable")),
        (200, {"success": False, "code": "TIMEOUT_ERROR"}, InquiryUnavailable("unreachable")),
        (400, {"success": False, "message": "Réessayez plus tard"}, InquiryUnavailable("unreachable")),
        (400, {"success": False, "message": ["reference_client invalid"]}, InquiryRefused("reference_client invalid")),
        (200, {"success": False, "message": "Client inconnu"}, InquiryRefused("Client inconnu")),
        (404, {"success": False, "code": "NOT_FOUND"}, InquiryRefused("NOT_FOUND")),
        (404, {"success": False}, InquiryRefused("HTTP 404")),
        (404, {"statusCode": 404, "message": "Cannot POST /billing/inquiry"}, InquiryUnavailable("unreadable")),
        (404, b"<html>", InquiryUnavailable("unreadable")),
        (200, {"success": True}, InquiryUnavailable("unreadable")),
        (200, {"bills": {}}, InquiryUnavailable("unreadable")),
        (200, {"bills": ["x"]}, InquiryUnavailable("unreadable")),
        (200, bills({}, {"montant": None}), InquiryUnavailable("unreadable")),
        (200, bills({"montant": 10**12}), InquiryUnavailable("unreadable")),
        (200, bills({"referenceFacture": ""}), InquiryUnavailable("unreadable")),
        (200, bills({"referenceClient": "000210278817"}), InquiryUnavailable("unreadable")),
        (200, {"referenceClient": 210278817, "bills": []}, InquiryUnavailable("unreadable")),
    ],
)
def test_inquiries_that_find_nothing(status: int, body: Any, answer: Any):
    assert inquire(status, body) == answer


def test_an_inquiry_waits_as_long_as_it_is_told():
    assert inquire(429, b"", retry_after="9") == InquiryUnavailable("busy", 9.0)


def test_bills_that_are_owed():
    body = bills(
        {"frais": 125},
        {"paid": True},
        {"paid": "PAID"},
        {"paid": "Oui"},
        {"paid": 1},
        {"montant": 0},
        {"paid": None, "referenceFacture": 7, "montant": 3000.0, "frais": -1, "dateEcheance": "15/12/2026"},
    )
    answer = inquire(200, body)
    assert isinstance(answer, Inquiry)
    assert answer.bills == (Bill("F1", 12500, 125, "2026-12-15"), Bill("7", 3000))


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2028-02-29", "2028-02-29"),
        ("2000-02-29", "2000-02-29"),
        ("2026-12-31 10:00", "2026-12-31"),
        ("2026-02-29", None),
        ("2100-02-29", None),
        ("2026-13-01", None),
        ("2026-00-10", None),
        ("0000-01-01", None),
        ("2026-12-320", None),
        ("2026-1-1", None),
        (20261215, None),
    ],
)
def test_due_days(text: Any, day: str | None):
    answer = inquire(200, bills({"dateEcheance": text}))
    assert answer.bills[0].due_on == day


@pytest.mark.parametrize(
    ("prenom", "nom", "holder"),
    [
        ("Awa", "NDIAYE", "Awa NDIAYE"),
        (" Awa ", " NDIAYE\n FALL ", "Awa NDIAYE FALL"),
        ("Awa", "AWA NDIAYE", "AWA NDIAYE"),
        ("Awa NDIAYE", "Ndiaye", "Awa NDIAYE"),
        (None, "AWA NDIAYE", "AWA NDIAYE"),
        ("null", "AWA NDIAYE", "AWA NDIAYE"),
        ("Awa", "N/A", "Awa"),
        ("", "", ""),
        (7, None, ""),
        ("Al", "ALIOU FALL", "Al ALIOU FALL"),
        ("A" * 100, "B" * 100, "A" * 80),
        ("A\u200bwa", "N\x00D", "A wa N D"),
    ],
)
def test_holders(prenom: Any, nom: Any, holder: str):
    assert inquire(200, bills({"prenom": prenom, "nom": nom})).holder == holder


def test_a_prepaid_meter_that_is_not_described_is_none():
    assert inquire(200, {"success": True, "bills": []}, "woyofal") == InquiryRefused("no such meter")
    unreadable_bill = bills({"montant": "?", "referenceFacture": None})
    assert inquire(200, unreadable_bill, "woyofal") == Inquiry("woyofal", "210278816", "Awa NDIAYE", "", "")


def test_a_session_token_leaves_no_trace():
    for name in ("inquiry_woyofal", "pay_woyofal_success", "pay_woyofal_no_code"):
        assert b"99887766554433221100" in SAMPLES[name].content
        assert b"99887766554433221100" not in msgspec.json.encode(read_sample(SAMPLES[name]))


# Anything at all.

json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
NAMES = ["Status", "STATUS", "status", "success", "token", "transaction", "data", "message", "code", "amount", "bills"]
NAMES += ["externalTransactionId", "transactionId", "id", "balance", "referenceClient", "paid", "montant", "nom"]
WORDS = ["SUCCESS", "COMPLETED", "FAILED", "CANCELLED", "PENDING", "success", "OPERATOR_ERROR", ORDER_ID, CODE, "x", ""]
likely_objects: st.SearchStrategy[Any] = st.recursive(
    st.dictionaries(
        st.sampled_from(NAMES), st.sampled_from(WORDS) | st.booleans() | st.none() | json_values, max_size=6
    ),
    lambda inner: st.dictionaries(st.sampled_from(NAMES), inner | st.lists(inner, max_size=2), max_size=5),
    max_leaves=5,
)
bodies = st.binary(max_size=200) | json_values.map(msgspec.json.encode) | likely_objects.map(msgspec.json.encode)
statuses = st.integers(100, 599) | st.sampled_from([200, 201, 400, 401, 403, 404, 409, 429, 500, 503])
services = st.sampled_from(["woyofal", "senelec", "seneau"])


def says_word(body: bytes, *words: str) -> bool:
    return any(word in body.decode("utf-8", "replace").upper() for word in words)


@given(
    status=statuses, body=bodies, service=services, replay=st.booleans(), retry_after=st.none() | st.text(max_size=8)
)
def test_nothing_is_final_without_a_word_for_it(
    status: int, body: bytes, service: ServiceName, replay: bool, retry_after: str | None
):
    outcome = pay(status, body, service=service, replay=replay, retry_after=retry_after)
    if isinstance(outcome, (Delivered, TokenAwaited)):
        assert 200 <= status < 300
        assert says_word(body, "SUCCESS", "COMPLETED")
    elif isinstance(outcome, Refused):
        assert 200 <= status < 300 or (400 <= status < 500 and not replay)
        assert says_word(body, "FAILED", "CANCELLED") or (status >= 400 and says_word(body, "SUCCESS", "CODE"))
    elif isinstance(outcome, NotSent):
        assert status in (400, 401, 403, 429)
    msgspec.json.encode(outcome)


@given(status=statuses, body=bodies, service=services)
def test_nothing_raises(status: int, body: bytes, service: ServiceName):
    reply = wire.Reply(status, body)
    looked_up = wire.look_up_outcome(reply, service=service, transaction_id="TXB1")
    if isinstance(looked_up, (Delivered, Refused, TokenAwaited)):
        assert 200 <= status < 300
        assert says_word(body, "SUCCESS", "COMPLETED", "FAILED", "CANCELLED")
    for value in (
        looked_up,
        wire.inquiry_answer(reply, service=service, reference="210278816"),
        wire.float_answer(reply),
        wire.read_webhook_claim(body),
    ):
        msgspec.json.encode(value)


def test_every_sample_has_its_own_name():
    assert all(isinstance(sample, Sample) and sample.about for sample in SAMPLES.values())
    assert {sample.call for sample in SAMPLES.values()} == {"pay", "look_up", "inquiry", "balance", "webhook"}
