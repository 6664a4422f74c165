"""Reading updates: every recorded sample, and that no bytes at all can make the reader raise."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.telegram.parse import Malformed, ParsedUpdate, parse
from bot.domain.inbound import Document, Inbound, Tap, Text, Unreadable
from bot.domain.people import Address

SAMPLES = Path(__file__).parent / "samples" / "telegram"
AWA = "1001"
JOHN = "1002"
GROUP = "-1009876543210"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

# sample: (who, what, language, the message that the button hangs on, the tap to be answered); None is nothing heard.
EXPECTED: dict[str, tuple[Any, ...] | None] = {
    "text": (AWA, Text("Woyofal 14 1234 567 89"), "fr"),
    "text_emoji": (AWA, Text("Bonjour 👋🏿 & <merci>"), "fr"),
    "command_start": (AWA, Text("/start"), "fr"),
    "command_start_deep_link": (AWA, Text("/start parrain_42"), "fr"),
    "command_with_bot_name": (AWA, Text("/history 2"), "fr"),
    "text_english": (JOHN, Text("hello"), "en"),
    "text_without_language": (AWA, Text("bonjour"), "fr"),
    "text_reply": (AWA, Text("5000"), "fr"),
    "text_forwarded": (AWA, Text("14123456789"), "fr"),
    "photo": (AWA, Unreadable("photo", "AgACAgQAAxkBAAM"), "fr"),
    "voice": (AWA, Unreadable("voice"), "fr"),
    "audio": (AWA, Unreadable("voice"), "fr"),
    "video_note": (AWA, Unreadable("voice"), "fr"),
    "video": (AWA, Unreadable("other"), "fr"),
    "animation": (AWA, Unreadable("other"), "fr"),
    "sticker": (AWA, Unreadable("sticker"), "fr"),
    "document": (AWA, Document("AgACAgQAAxkBAAM", "facture.pdf", "application/pdf", 1474), "fr"),
    "document_album": (AWA, Document("BQACAgQAAxkBAAIB2", "clients-2.csv", "text/csv", 52), "fr"),
    "document_forwarded": (AWA, Document("BQACAgQAAxkBAAIB3", "relevé juin.xlsx", XLSX, 20_971_520), "fr"),
    "document_bare": (AWA, Document("BQACAgQAAxkBAAIB4", ""), "fr"),
    "location": (AWA, Unreadable("location"), "fr"),
    "venue": (AWA, Unreadable("location"), "fr"),
    "contact": (AWA, Unreadable("contact"), "fr"),
    "dice": (AWA, Unreadable("other"), "fr"),
    "poll_shared": (AWA, Unreadable("other"), "fr"),
    "service_pin": None,
    "service_timer": None,
    "edited_text": (AWA, Unreadable("edited"), "fr"),
    "edited_caption": None,
    "edited_live_location": None,
    "group_command": (GROUP, Unreadable("group"), "fr"),
    "group_command_ours": (GROUP, Unreadable("group"), "fr"),
    "group_command_of_another_bot": None,
    "group_text": None,
    "group_photo": None,
    "group_document": None,
    "group_edited": None,
    "group_joined": None,
    "from_a_bot": None,
    "channel_post": None,
    "tap": (AWA, Tap("m:woyofal"), "fr", "60", "4382bfdwdsb323b2d9"),
    "tap_old_message": (AWA, Tap("q:01:ok"), "fr", None, "4382bfdwdsb323b2da"),
    "tap_inline": (JOHN, Tap("m:woyofal"), "en", None, "4382bfdwdsb323b2db"),
    "tap_game": (AWA, Tap(""), "fr", "60", "4382bfdwdsb323b2dc"),
    "tap_group": (None, None, "fr", None, "4382bfdwdsb323b2dd"),
    "blocked": None,
    "reaction": None,
    "inline_query": None,
}


def sample(name: str) -> bytes:
    return (SAMPLES / f"{name}.json").read_bytes()


def changed(name: str, **message: Any) -> bytes:
    """A sample whose message has other fields; None takes a field away."""
    update = json.loads(sample(name))
    update["message"] = {key: value for key, value in (update["message"] | message).items() if value is not None}
    return json.dumps(update).encode()


def test_the_table_names_every_sample():
    assert sorted(EXPECTED) == sorted(path.stem for path in SAMPLES.glob("*.json"))


@pytest.mark.parametrize("name", EXPECTED)
def test_a_sample_is_parsed_as_the_table_says(name: str):
    body = sample(name)
    number = json.loads(body)["update_id"]
    expected = EXPECTED[name]
    if expected is None:
        assert parse(body, "TaalBot") == ParsedUpdate(number)
        return
    who, event, language, message_ref, tap_id = (*expected, None, None)[:5]
    inbound = None
    if who is not None:
        key, address = f"telegram:update:{number}", Address("telegram", who)
        # A person's own text can be taken away by its name.
        own_ref = str(json.loads(body)["message"]["message_id"]) if isinstance(event, Text) else None
        # What a person writes is stamped; a tap is not, and in a group nobody asks.
        message = json.loads(body).get("message")
        sent_at = message["date"] * 1000 if message is not None and message["chat"]["type"] == "private" else None
        sender = next(part["from"] for part in json.loads(body).values() if isinstance(part, dict))
        # A group is not called as whoever speaks in it.
        given_name = f"{sender['first_name']} {sender.get('last_name', '')}".strip() if who != GROUP else ""
        inbound = Inbound(key, address, event, language, message_ref, sent_at, own_ref, given_name=given_name)
    assert parse(body, "TaalBot") == ParsedUpdate(number, inbound, tap_id)


def test_raw_json_is_read_like_bytes():
    assert parse(msgspec.Raw(sample("tap"))) == parse(sample("tap"))


def test_without_knowing_its_name_the_bot_takes_every_command_of_a_group_for_its_own():
    parsed = parse(sample("group_command_of_another_bot"), None)
    assert isinstance(parsed, ParsedUpdate)
    assert parsed.inbound is not None


@pytest.mark.parametrize(
    ("code", "language"),
    [("en", "en"), ("EN-us", "en"), ("en_GB", "en"), ("fr", "fr"), ("wo", "fr"), ("enm", "fr"), ("", "fr")],
)
def test_english_profiles_get_english_and_all_others_french(code: str, language: str):
    sender = json.loads(sample("text"))["message"]["from"] | {"language_code": code}
    parsed = parse(changed("text", **{"from": sender}))
    assert isinstance(parsed, ParsedUpdate)
    assert parsed.inbound is not None
    assert parsed.inbound.language_hint == language


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("x" * 65_536, "x" * 4096),
        ("14\u0000123", "14123"),
        ("/help@taalbot", "/help"),
        ("/help@TaalBot,", "/help@TaalBot,"),
        ("écrire à awa@TaalBot", "écrire à awa@TaalBot"),
        ("/", "/"),
        ("", ""),
    ],
)
def test_what_a_text_becomes(typed: str, read: str):
    parsed = parse(changed("text", text=typed))
    assert isinstance(parsed, ParsedUpdate)
    assert parsed.inbound is not None
    assert parsed.inbound.event == Text(read)


def test_a_file_s_name_is_cut_before_its_ending_and_has_no_nul():
    document = {"file_id": "F", "file_name": "é\0" * 5000 + ".csv", "mime_type": "text/\0csv"}
    parsed = parse(changed("document", document=document))
    assert isinstance(parsed, ParsedUpdate)
    assert parsed.inbound is not None
    assert parsed.inbound.event == Document("F", "é" * 116 + ".csv", "text/csv")


def test_a_file_without_its_id_is_no_update_and_is_not_quoted():
    malformed = parse(changed("document", document={"file_name": "secret.csv"}))
    assert isinstance(malformed, Malformed)
    assert "secret" not in malformed.reason


def test_a_message_without_a_sender_or_from_a_bot_says_nothing():
    robot = {"id": 7, "is_bot": True, "first_name": "Robot"}
    for name in ("text", "photo", "group_command"):
        for sender in (None, robot):
            parsed = parse(changed(name, **{"from": sender}))
            assert isinstance(parsed, ParsedUpdate)
            assert parsed.inbound is None
    edited = json.loads(sample("edited_text"))
    for sender in (None, robot):
        edited["edited_message"]["from"] = sender
        parsed = parse(json.dumps(edited).encode())
        assert isinstance(parsed, ParsedUpdate)
        assert parsed.inbound is None
    tap = json.loads(sample("tap"))
    tap["callback_query"]["from"] = robot
    assert parse(json.dumps(tap).encode()) == ParsedUpdate(tap["update_id"], None, "4382bfdwdsb323b2d9")


@pytest.mark.parametrize(
    ("body", "number"),
    [
        (b"", None),
        (b"not json", None),
        (b"[]", None),
        (b"null", None),
        (b'{"update_id": "1"}', None),
        (b'{"update_id": 7, "message": 3}', 7),
        (b'{"update_id": 7, "message": {"message_id": 1, "chat": {"id": "x", "type": "private"}}}', 7),
        (b'{"update_id": 7, "callback_query": {"id": 1}}', 7),
        (b'{"update_id": 7, "message": {"message_id": 1, "chat": {"id": 1, "type": "private"}, "text": "\xff"}}', 7),
        (b'{"update_id": 7, "message": {"text": "\\ud800"}}', None),
        (b'{"update_id": 7, "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", None),
    ],
)
def test_what_is_no_update_is_a_value_that_quotes_nothing(body: bytes, number: int | None):
    malformed = parse(body)
    assert isinstance(malformed, Malformed)
    assert malformed.update_id == number
    assert malformed.reason
    assert len(malformed.reason) < 200


def test_what_the_reader_cannot_read_is_not_in_its_reason():
    malformed = parse(changed("text", message_id="1234 5678 9012 3456 7890"))
    assert isinstance(malformed, Malformed)
    assert "1234" not in malformed.reason


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=10,
)


@given(st.binary(max_size=200))
def test_no_bytes_make_it_raise(body: bytes):
    assert isinstance(parse(body), ParsedUpdate | Malformed)


@given(st.data())
def test_no_json_in_any_field_makes_it_raise(data: st.DataObject):
    update = json.loads(sample(data.draw(st.sampled_from(sorted(EXPECTED)))))
    kind = data.draw(st.sampled_from(sorted(update)))
    if isinstance(update[kind], dict) and data.draw(st.booleans()):
        field = data.draw(st.sampled_from(sorted(update[kind])))
        update[kind][field] = data.draw(_json)
    else:
        update[kind] = data.draw(_json)
    assert isinstance(parse(json.dumps(update).encode(), data.draw(st.none() | st.text())), ParsedUpdate | Malformed)
