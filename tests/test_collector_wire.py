"""What the collectors' bytes mean: every sample, requests, and bytes that mean nothing."""

import hmac
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.collectors.wire import dexchange, dexpay
from bot.collectors.wire.creating import unfit, unfit_pay_back
from bot.collectors.wire.reading import iso_time, method_in, time_of
from bot.collectors.wire.signature import sign, signature_of
from bot.domain.collecting import NotOpened, PayBackRefused, payer_number
from bot.gateway.wire.calls import Call, Reply
from bot.gateway.wire.reading import layer_of
from tests.collector_samples import OUR_ID, READERS, SAMPLES, Sample, a_pay_back, a_request, expected_of, read_sample


def sent(call: Call) -> dict[str, Any]:
    return msgspec.json.decode(call.body, type=dict[str, Any])


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_is_taken_for_what_it_is(name: str):
    assert read_sample(SAMPLES[name]) == expected_of(SAMPLES[name])


def test_every_reader_has_samples():
    assert {(sample.collector, sample.call) for sample in SAMPLES.values()} >= {
        (collector, call)
        for collector, call in READERS
        # The two collectors of one provider share these readers.
        if (collector, call) not in {("dexchange_link", c) for c in ("confirm_code", "pay_back", "look_up_pay_back")}
    }


# Properties.

NAMES = "transaction data payments attempts id amount AMOUNT status Status customer phone metadata event expires_at"
TEXTS = "SUCCESS FAILED payment_url message code success https://pay.example/1 9999999999999999999999999999"
words = st.sampled_from([*NAMES.split(), *TEXTS.split()])
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=12) | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words | st.text(max_size=4), inner, max_size=5),
    max_leaves=12,
)
bodies = st.binary(max_size=60) | values.map(msgspec.json.encode)
statuses = st.sampled_from([200, 201, 204, 301, 400, 401, 403, 404, 409, 418, 422, 429, 500, 503])
headers = st.dictionaries(st.sampled_from(["X-Webhook-Signature", "x-dexpay-signature", "other"]), st.text(max_size=70))


@settings(max_examples=100)
@given(bodies, statuses, headers, st.booleans())
def test_no_bytes_make_a_reader_raise(body: bytes, status: int, given_headers: dict[str, str], again: bool):
    reply = Reply(status, body)
    for (collector, call), reader in READERS.items():
        sample = Sample("any", collector, call, status, raw=body.decode("utf-8", "replace"), headers=given_headers)
        reader(msgspec.structs.replace(sample, again=again))
    dexpay.attempt_url(reply)
    # Bytes that are no UTF-8, too.
    dexpay.read_claim(given_headers, body, ("secret",))
    dexchange.read_claim(body)
    dexchange.created(reply, a_request("dexchange_link"), dexchange.LINK, again=again)


@settings(max_examples=60)
@given(values, st.sampled_from([200, 201]))
def test_only_a_word_that_is_known_collects(value: Any, status: int):
    text = msgspec.json.encode(value).decode()
    for collector in ("dexchange_link", "dexchange_push", "dexpay"):
        result = READERS[collector, "look_up"](Sample("any", collector, "look_up", status, raw=text))
        if type(result).__name__ == "Collected":
            assert "SUCCESS" in text


# Requests.


def test_a_link_is_asked_for_with_everything_that_any_page_requires():
    call = dexchange.link_call(a_request("dexchange_link"))
    assert (call.method, call.path) == ("POST", "/transaction/merchant/get-link")
    assert sent(call) == {
        "externalTransactionId": OUR_ID,
        "ItemName": "Woyofal 14123456789",
        "ItemPrice": 5_075,
        "callBackURL": "https://bot.example/collected/x",
        "successUrl": "https://bot.example/pay/done",
        "failureUrl": "https://bot.example/pay/failed",
        "customData": OUR_ID,
        "ClientPhone": "771234567",
    }
    assert "ClientPhone" not in sent(dexchange.link_call(a_request("dexchange_link", payer=None)))


def test_a_push_names_nine_digits():
    call = dexchange.push_call(a_request("dexchange_push", payer="+221 77 123 45 67"))
    assert (call.method, call.path) == ("POST", "/transaction/init")
    assert (sent(call)["serviceCode"], sent(call)["number"]) == ("WAVE_SN_CASHOUT", "771234567")
    back = dexchange.pay_back_call(a_pay_back(method="orange_money"))
    assert (sent(back)["serviceCode"], sent(back)["number"], sent(back)["amount"]) == (
        "OM_SN_CASHIN",
        "771234567",
        5_075,
    )
    assert sent(dexchange.code_call("TX1", "123456")) == {"transactionId": "TX1", "otp": "123456"}


def test_a_session_is_asked_for_under_our_reference():
    call = dexpay.session_call(a_request(expires_at=1_795_604_400_000))
    assert (call.method, call.path) == ("POST", "/checkout-sessions")
    asked = sent(call)
    assert (asked["reference"], asked["amount"], asked["client_support_fee"]) == (OUR_ID, 5_075, False)
    assert asked["expires_at"] == "2026-11-25T11:00:00.000Z"
    assert "expires_at" not in sent(dexpay.session_call(a_request()))


def test_an_attempt_names_the_operator_and_the_number():
    call = dexpay.attempt_call(a_request(method="wave"))
    assert call is not None
    assert call.path == f"/checkout-sessions/{OUR_ID}/transaction-attempt"
    assert sent(call)["operator"] == "wave"
    assert sent(call)["customer"]["phone"] == "+221771234567"
    assert dexpay.attempt_call(a_request(method="any")) is None
    assert dexpay.attempt_call(a_request(method="wave", payer=None)) is None


@pytest.mark.parametrize(
    ("status", "body", "url"),
    [
        (201, {"data": {"id": "a1", "payment_url": "https://pay.wave.com/c/y"}}, "https://pay.wave.com/c/y"),
        (201, {"success": False, "payment_url": "https://pay.wave.com/c/y"}, None),
        (201, {"id": "a1"}, None),
        (400, {"payment_url": "https://pay.wave.com/c/y"}, None),
        (201, b"<html>", None),
    ],
)
def test_the_address_that_an_attempt_opens(status: int, body: Any, url: str | None):
    content = body if isinstance(body, bytes) else msgspec.json.encode(body)
    assert dexpay.attempt_url(Reply(status, content)) == url


def test_a_repeated_request_is_the_same_bytes():
    calls: list[Callable[[], Call]] = [
        lambda: dexchange.link_call(a_request("dexchange_link")),
        lambda: dexchange.push_call(a_request("dexchange_push")),
        lambda: dexpay.session_call(a_request()),
        lambda: dexchange.pay_back_call(a_pay_back()),
        lambda: dexpay.pay_back_call(a_pay_back()),
    ]
    assert all(call() == call() for call in calls)


def test_no_id_leaves_its_place_in_a_path():
    evil = "../payouts?x#y"
    for call in (
        dexchange.look_up_call(evil),
        dexchange.link_look_up_call(evil),
        dexpay.look_up_call(evil),
        dexpay.expire_call("x", evil),
        dexpay.pay_back_look_up_call("x", evil),
    ):
        assert call.path.endswith("/%2E%2E%2Fpayouts%3Fx%23y")
    assert dexpay.expire_call("x", None).path == "/checkout-sessions/x"
    assert dexpay.pay_back_look_up_call("x", None).path == "/payouts/x"


# What cannot be sent at all.


@pytest.mark.parametrize(
    ("abilities", "changes", "expected"),
    [
        (dexchange.PUSH, {"method": "wave"}, None),
        (dexchange.PUSH, {"method": "any"}, NotOpened("invalid")),
        (dexchange.PUSH, {"method": "wave", "amount_xof": 199}, NotOpened("invalid")),
        (dexchange.PUSH, {"method": "wave", "amount_xof": 1_000_001}, NotOpened("invalid")),
        (dexchange.PUSH, {"method": "wave", "payer": None}, NotOpened("number")),
        (dexchange.PUSH, {"method": "wave", "payer": "12"}, NotOpened("number")),
        (dexchange.LINK, {"method": "any", "amount_xof": 5_000_000, "payer": None}, None),
        (dexchange.LINK, {"method": "any", "amount_xof": 99}, NotOpened("invalid")),
        (dexpay.ABILITIES, {"method": "orange_money", "payer": None}, None),
    ],
)
def test_what_is_not_even_sent(abilities: Any, changes: dict[str, Any], expected: NotOpened | None):
    assert unfit(abilities, a_request(**changes)) == expected


def test_a_pay_back_that_is_not_even_sent():
    assert unfit_pay_back(dexchange.LINK, a_pay_back()) is None
    assert unfit_pay_back(dexchange.LINK, a_pay_back(method="card")) == PayBackRefused("invalid")
    assert unfit_pay_back(dexchange.LINK, a_pay_back(amount_xof=1)) == PayBackRefused("invalid")
    assert unfit_pay_back(dexpay.ABILITIES, a_pay_back(payer="33")) == PayBackRefused("number")


@pytest.mark.parametrize(
    ("told", "method"),
    [
        ({"operator": "wave"}, "wave"),
        ({"ServiceCode": "OM_SN_CASHOUT"}, "orange_money"),
        ({"operator": "Orange Money"}, "orange_money"),
        ({"OperatorApi": "FM"}, "free_money"),
        ({"ServiceName": "Wizall"}, "wizall"),
        ({"operator": "bank", "ServiceCode": "WAVE_SN_CASHOUT"}, "wave"),
        ({"operator": 5}, None),
        ({}, None),
    ],
)
def test_what_was_paid_with(told: dict[str, Any], method: str | None):
    assert method_in(layer_of(told)) == method


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("771234567", "771234567"),
        ("+221 77 123 45 67", "771234567"),
        ("00221771234567", "771234567"),
        ("221-77-123-45-67", "771234567"),
        ("338211234", None),
        ("77123456", None),
        ("7712345678", None),
        ("+33612345678", None),
        ("٧٧١٢٣٤٥٦٧", None),
        ("", None),
    ],
)
def test_numbers_however_they_are_written(text: str, number: str | None):
    assert payer_number(text) == number


# Signatures and times.


def test_a_signature_is_checked_on_the_raw_bytes():
    raw = b'{"a":1}'
    assert sign(raw, "s") == hmac.new(b"s", raw, "sha256").hexdigest()
    assert signature_of({"X-WEBHOOK-SIGNATURE": sign(raw, "s")}, raw, ("other", "s")) == "valid"
    assert signature_of({"X-Dexpay-Signature": sign(raw, "s")}, raw, ("s",)) == "valid"
    assert signature_of({"X-Webhook-Signature": sign(raw, "s")}, raw + b" ", ("s",)) == "invalid"
    assert signature_of({"X-Webhook-Signature": "\ud800"}, raw, ("s",)) == "invalid"
    assert signature_of({}, raw, ("s",)) == "missing"
    assert signature_of({"X-Webhook-Signature": sign(raw, "s")}, raw, ()) == "none"


@given(st.integers(0, 4_000_000_000_000))
def test_a_time_comes_back_as_it_went(at: int):
    assert time_of(iso_time(at)) == at


@pytest.mark.parametrize("value", [None, 5, "", "tomorrow", "2026-13-01", "9" * 50])
def test_a_time_that_is_none(value: Any):
    assert time_of(value) is None
