"""Who is let in: the signature and the greeting; what the endpoint tells the window; the window and the pace."""

import hashlib
import hmac
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels import WebhookEndpoint
from bot.channels.whatsapp.pace import PersonPace
from bot.channels.whatsapp.signature import challenge, sign, verify
from bot.channels.whatsapp.webhook import WhatsAppEndpoint
from bot.channels.whatsapp.window import Window
from bot.domain.inbound import Text
from tests.test_whatsapp_parse import AWA, NOON, NUMBER, sample

SECRET = "app secret"
HOUR = 3_600_000


def endpoint(app_secret: str = SECRET, verify_token: str = "token", window: Window | None = None) -> WhatsAppEndpoint:
    return WhatsAppEndpoint(NUMBER, app_secret=app_secret, verify_token=verify_token, window=window or Window())


def signed(body: bytes, secret: str = SECRET) -> dict[str, str]:
    return {"x-hub-signature-256": "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}


def take(one: WhatsAppEndpoint, body: bytes) -> None:
    received = one.handle(signed(body), body)
    assert received is not None
    one.take_note(received)


def test_a_signed_batch_is_received():
    one: WebhookEndpoint = endpoint()
    received = one.handle(signed(sample("batch")), sample("batch"))
    assert received is not None
    assert [inbound.event for inbound in received.inbounds] == [Text("un"), Text("deux"), Text("trois")]
    assert [report.arrived for report in received.reports] == [True]
    assert (received.answer, received.problem) == (b"", "")


def test_what_is_signed_and_cannot_be_read_is_a_problem():
    received = endpoint().handle(signed(b"{"), b"{")
    assert received is not None
    assert received.problem


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-hub-signature-256": ""},
        {"x-hub-signature-256": "sha256="},
        {"x-hub-signature-256": "é"},
        signed(sample("text"), "another secret"),
        signed(sample("text") + b" "),
        {"x-hub-signature-256": sign(sample("text"), SECRET).removeprefix("sha256=")},
        {"x-hub-signature": sign(sample("text"), SECRET)},
    ],
)
def test_what_is_not_signed_is_refused(headers: dict[str, str]):
    assert endpoint().handle(headers, sample("text")) is None


def test_an_empty_secret_lets_nobody_in():
    assert endpoint("").handle(signed(sample("text"), ""), sample("text")) is None
    assert endpoint("").proof(signed(sample("text"), "")) == "none"


def test_headers_tell_only_whether_a_body_is_worth_reading():
    one: WebhookEndpoint = endpoint()
    assert one.proof(signed(b"whatever", "another secret")) == "in the body"
    for header in ("", "sha256=", "sha256=" + "0" * 63, "sha256=" + "G" * 64, "é", " sha256=" + "0" * 64):
        assert one.proof({"x-hub-signature-256": header}) == "none"
    assert one.proof({}) == "none"


@given(st.binary(max_size=100), st.binary(max_size=100), st.text(min_size=1, max_size=20))
def test_a_signature_is_of_these_bytes_and_this_secret(body: bytes, other: bytes, secret: str):
    assert verify(sign(body, secret), body, secret)
    assert verify(sign(body, secret), other, secret) == (body == other)


ASKED = {"hub.mode": "subscribe", "hub.verify_token": "token", "hub.challenge": "1158201444"}


def test_the_greeting_is_echoed_to_who_knows_the_token():
    assert endpoint().greet(ASKED) == b"1158201444"


@pytest.mark.parametrize(
    "query",
    [
        {},
        ASKED | {"hub.mode": "unsubscribe"},
        ASKED | {"hub.verify_token": "Token"},
        ASKED | {"hub.verify_token": "é\ud800"},
        ASKED | {"hub.challenge": "<script>"},
        ASKED | {"hub.challenge": ""},
        {"hub.mode": "subscribe", "hub.challenge": "1"},
    ],
)
def test_nobody_else_is_greeted(query: dict[str, str]):
    assert endpoint().greet(query) is None


def test_an_empty_token_greets_nobody():
    assert challenge(ASKED | {"hub.verify_token": ""}, "") is None


def test_the_endpoint_tells_the_window_who_wrote_and_whose_is_closed():
    window = Window()
    one = endpoint(window=window)
    take(one, sample("text"))
    assert not window.is_closed(AWA, NOON + 23 * HOUR)
    assert window.is_closed(AWA, NOON + 24 * HOUR)
    take(one, sample("image"))
    take(one, sample("status_failed_window"))
    assert window.is_closed(AWA, NOON)
    body = json.dumps(json.loads(sample("text"))).replace('"1795510800"', '"never"').encode()
    take(one, body)
    assert window.is_closed(AWA, NOON)


def test_the_window_is_open_for_a_day_and_unknown_without_a_word():
    window = Window(most_people=2)
    assert not window.is_closed("a", NOON)
    window.note_message("a", NOON)
    # A message that was six days on its way does not shorten it.
    window.note_message("a", NOON - 144 * HOUR)
    assert not window.is_closed("a", NOON + 24 * HOUR - 60_000)
    assert window.is_closed("a", NOON + 24 * HOUR - 59_999)
    window.shut("a")
    assert window.is_closed("a", NOON)
    window.note_message("a", NOON)
    assert not window.is_closed("a", NOON)
    window.note_message("b", 1)
    window.note_message("c", 1)
    assert not window.is_closed("a", NOON + 48 * HOUR)
    assert window.is_closed("b", NOON)
    assert window.is_closed("c", NOON)


def test_a_burst_then_one_in_six_seconds():
    pace = PersonPace()
    assert [pace.take("a", 1, 100.0) for _ in range(45)] == [0.0] * 45
    assert pace.take("a", 1, 100.0) == pytest.approx(6.0)
    assert pace.take("b", 1, 100.0) == 0.0
    assert pace.take("a", 2, 106.0) == pytest.approx(6.0)
    assert pace.take("a", 1, 106.0) == 0.0
    assert pace.take("a", 1, 106.0) == pytest.approx(6.0)
    assert pace.take("a", 45, 106.0 + 46 * 6) == 0.0


def test_when_the_api_says_too_much_nothing_is_left():
    pace = PersonPace()
    pace.spend("a", 100.0)
    assert pace.take("a", 1, 100.0) == pytest.approx(6.0)
    assert pace.take("a", 1, 106.0) == 0.0


def test_more_than_the_burst_goes_when_nothing_is_owed():
    pace = PersonPace(burst=3, each_seconds=1.0)
    assert pace.take("a", 5, 0.0) == 0.0
    assert pace.take("a", 1, 0.0) == pytest.approx(3.0)


def test_people_who_owe_nothing_are_forgotten_first():
    pace = PersonPace(burst=1, each_seconds=10.0, most_people=2)
    assert pace.take("a", 1, 0.0) == 0.0
    assert pace.take("b", 1, 15.0) == 0.0
    assert pace.take("c", 1, 15.0) == 0.0
    assert pace.take("b", 1, 16.0) == pytest.approx(9.0)
    assert pace.take("d", 1, 16.0) == 0.0
    assert pace.take("b", 1, 16.0) == 0.0
    assert pace.take("d", 1, 16.0) == pytest.approx(10.0)


@given(st.lists(st.tuples(st.floats(0, 60), st.integers(1, 5)), max_size=100))
def test_no_stretch_of_time_holds_more_than_the_burst_and_its_share(steps: list[tuple[float, int]]):
    pace, now, taken = PersonPace(burst=5, each_seconds=6.0), 0.0, []
    for pause, count in steps:
        now += pause
        if not pace.take("a", count, now):
            taken += [now] * count
    for first, start in enumerate(taken):
        for last in range(first, len(taken)):
            assert last - first + 1 <= 5 + (taken[last] - start) / 6.0 + 1e-6
