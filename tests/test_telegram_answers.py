"""What the Bot API's answers mean, and the webhook's secret."""

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.telegram.answers import Again, Place, Reply, outcome, pause_seconds, place, verdict
from bot.channels.telegram.secret import secret_token, verify
from bot.domain.outbound import SendLater, SendRefused, Sent


def ok(result: Any) -> Reply:
    return Reply(200, json.dumps({"ok": True, "result": result}).encode())


def no(status: int, description: str = "", **parameters: Any) -> Reply:
    body = {"ok": False, "error_code": status, "description": description}
    return Reply(status, json.dumps(body | ({"parameters": parameters} if parameters else {})).encode())


NOT_MODIFIED = "Bad Request: message is not modified: specified new message content and reply markup are the same"

TABLE = [
    (ok({"message_id": 7, "date": 1, "chat": {}, "text": "x"}), False, Sent("7"), "ok"),
    (ok(True), True, Sent(None), "ok"),
    (ok({}), False, Sent(None), "ok"),
    (Reply(200, b"<html>"), False, SendLater(2.0, "unreadable answer"), "ok"),
    (Reply(200, b'{"ok": false}'), False, SendLater(2.0, "unreadable answer"), "ok"),
    (Reply(0, error="ServerDisconnectedError"), False, SendLater(2.0, "ServerDisconnectedError"), "network"),
    (no(429, "Too Many Requests: retry after 7", retry_after=7), False, SendLater(7.0, "too many requests"), "busy"),
    (Reply(429, b"slow down"), False, SendLater(2.0, "too many requests"), "busy"),
    (no(500), False, SendLater(2.0, "server 500"), "server"),
    (Reply(502, b"<html>bad gateway"), True, SendLater(2.0, "server 502"), "server"),
    (no(408), False, SendLater(2.0, "server 408"), "server"),
    (Reply(302), False, SendLater(2.0, "unreadable 302"), "unreadable"),
    (no(401, "Unauthorized"), False, SendLater(30.0, "credentials"), "credentials"),
    (no(404, "Not Found"), False, SendLater(30.0, "credentials"), "credentials"),
    (
        no(403, "Forbidden: bot was blocked by the user"),
        True,
        SendRefused("Forbidden: bot was blocked by the user", True),
        "unreachable",
    ),
    (Reply(403), False, SendRefused("forbidden", True), "unreachable"),
    (
        no(400, "Bad Request: chat not found"),
        True,
        SendRefused("Bad Request: chat not found", True),
        "unreachable",
    ),
    (no(400, "Bad Request: PEER_ID_INVALID"), False, SendRefused("Bad Request: PEER_ID_INVALID", True), "unreachable"),
    (no(400, NOT_MODIFIED), True, Sent(None), "rejected"),
    (no(400, "Bad Request: message to edit not found"), True, Again("anew"), "rejected"),
    (no(400, "Bad Request: message can't be edited"), True, Again("anew"), "rejected"),
    (no(400, "Bad Request: can't parse entities: Unsupported"), True, Again("plain"), "rejected"),
    (no(400, "Bad Request: can't parse entities: Unsupported"), False, Again("plain"), "rejected"),
    (
        no(400, "Bad Request: BUTTON_DATA_INVALID"),
        False,
        SendRefused("Bad Request: BUTTON_DATA_INVALID", False),
        "rejected",
    ),
    (Reply(413, b"too large"), True, SendRefused("status 413", False), "rejected"),
]


@pytest.mark.parametrize(("reply", "edit", "expected", "word"), TABLE)
def test_the_table_of_answers(reply: Reply, edit: bool, expected: object, word: str):
    assert verdict(reply, edit=edit, retry_seconds=2.0) == expected
    assert outcome(reply) == word


@pytest.mark.parametrize(
    ("reply", "photo", "document"),
    [
        (no(400, "Bad Request: IMAGE_PROCESS_FAILED"), Again("document"), Again("bare")),
        (no(400, "Bad Request: PHOTO_INVALID_DIMENSIONS"), Again("document"), Again("bare")),
        (Reply(413, b"too large"), Again("document"), Again("bare")),
        (no(400, "Bad Request: can't parse entities: x"), Again("plain"), Again("plain")),
        (no(400, "Bad Request: chat not found"), *[SendRefused("Bad Request: chat not found", True)] * 2),
        (no(429, "slow", retry_after=7), *[SendLater(7.0, "too many requests")] * 2),
        (ok({"message_id": 7, "photo": [], "caption": "x"}), Sent("7"), Sent("7")),
    ],
)
def test_what_is_made_of_a_file_that_was_sent(reply: Reply, photo: object, document: object):
    assert verdict(reply, edit=False, retry_seconds=2.0, part="photo") == photo
    assert verdict(reply, edit=False, retry_seconds=2.0, part="document") == document


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (ok({"file_id": "F", "file_size": 52, "file_path": "documents/file_7.csv"}), Place("documents/file_7.csv", 52)),
        (ok({"file_id": "F", "file_path": "documents/file_7"}), Place("documents/file_7", 0)),
        (ok({"file_id": "F"}), None),
        (ok({"file_path": "/var/lib/telegram-bot-api/documents/file_7.csv"}), None),
        (ok({"file_path": "documents/../../botsecret/getMe"}), None),
        (ok({"file_path": "documents/x?y"}), None),
        (ok({"file_path": "documents/x%2e%2e"}), None),
        (ok({"file_path": 5}), None),
        (ok(True), None),
        (Reply(200, b"<html>"), None),
        (Reply(200, b"[" * 100_000), None),
        (no(400, "Bad Request: file is too big"), None),
        (Reply(0, error="TimeoutError"), None),
    ],
)
def test_where_a_file_can_be_had(reply: Reply, expected: Place | None):
    assert place(reply) == expected


def test_a_pause_is_neither_negative_nor_endless():
    assert pause_seconds(no(429, retry_after=-3), 2.0) == 0.0
    assert pause_seconds(no(429, retry_after=10**9), 2.0) == 3600.0
    assert pause_seconds(no(429, migrate_to_chat_id=5), 2.0) == 2.0


@given(st.integers(0, 999), st.binary(max_size=100), st.booleans())
def test_no_answer_makes_it_raise(status: int, body: bytes, edit: bool):
    assert verdict(Reply(status, body), edit=edit, retry_seconds=1.0)


def test_the_secret_token_is_telegrams_alphabet_and_hides_the_key():
    token = secret_token(b"a key")
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,256}", token)
    assert token == secret_token(b"a key") != secret_token(b"another key")


@pytest.mark.parametrize("header", [None, "", "x", "é", secret_token(b"another key"), secret_token(b"a key")[:-1]])
def test_a_wrong_header_proves_nothing(header: str | None):
    assert not verify(header, b"a key")


def test_the_right_header_proves_telegram():
    assert verify(secret_token(b"a key"), b"a key")
