"""Reading webhooks: every recorded sample, and that no bytes at all can make the reader raise."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from bot.channels.whatsapp.parse import Batch, parse
from bot.channels.whatsapp.people import identity, target
from bot.domain.inbound import Document, Inbound, Moved, Tap, Text, Unreadable
from bot.domain.outbound import Report
from bot.domain.people import Address, Identity

SAMPLES = Path(__file__).parent / "samples" / "whatsapp"
NUMBER = "106540352242922"
AWA = "221770001122"
MODOU = "221780003344"
HIDDEN = "SN.13491208655302741918"
OURS = "wamid.HBgLours"
NOON = 1_795_510_800_000

BOTH = (Identity("number", AWA), Identity("user_id", HIDDEN))
NEW_ID = Identity("user_id", "SN.22680135574819330027")
NEW_NUMBER = Identity("number", "221770005566")

FromPerson = tuple[str, Text | Tap | Document | Unreadable | Moved]

# sample: who said what (one or several, in the order in which they are heard), or what became of a message; () is
# nothing.
EXPECTED: dict[str, tuple[FromPerson | Report, ...]] = {
    "text": ((AWA, Text("Woyofal 14 1234 567 89")),),
    "text_reply": ((AWA, Text("5000")),),
    "text_forwarded": ((AWA, Text("14123456789")),),
    "text_from_ad": ((AWA, Text("Bonjour 👋🏿 & <merci>")),),
    "text_milliseconds": ((AWA, Text("bonjour")),),
    "text_number_timestamp": ((AWA, Text("bonjour")),),
    "text_with_both_ids": ((AWA, Text("bonjour")),),
    "text_user_id_only": ((HIDDEN, Text("bonjour")),),
    "text_contact_only": ((HIDDEN, Text("bonjour")),),
    "text_unknown_fields": ((AWA, Text("bonjour")),),
    "button_reply": ((AWA, Tap("17.confirm.0A1B2C3D4E5F")),),
    "list_reply": ((AWA, Tap("~.buy.woyofal")),),
    "flow_reply": ((AWA, Unreadable("other")),),
    "template_reply": ((AWA, Text("menu")),),
    "template_reply_bare": ((AWA, Text("Mes codes")),),
    "image": ((AWA, Unreadable("photo")),),
    "audio": ((AWA, Unreadable("voice")),),
    "video": ((AWA, Unreadable("other")),),
    "document": ((AWA, Document("1", "facture.pdf", "application/pdf")),),
    "document_bare": ((AWA, Document("1003383421387256", "", "text/csv")),),
    "document_empty": ((AWA, Unreadable("other")),),
    "sticker": ((AWA, Unreadable("sticker")),),
    "location": ((AWA, Unreadable("location")),),
    "contacts": ((AWA, Unreadable("contact")),),
    "order": ((AWA, Unreadable("other")),),
    "unsupported": ((AWA, Unreadable("other")),),
    "unsupported_bare": ((AWA, Unreadable("other")),),
    "unsupported_pin": (),
    "ephemeral": ((AWA, Unreadable("other")),),
    "new_kind": ((AWA, Unreadable("other")),),
    "without_kind": ((AWA, Unreadable("other")),),
    "edited": ((AWA, Unreadable("edited")),),
    "revoked": (),
    "reaction": (),
    "reaction_removed": (),
    "system_number_changed": ((AWA, Moved(BOTH[:1], (NEW_NUMBER,))),),
    "system_number_and_id_changed": ((AWA, Moved(BOTH, (NEW_NUMBER, NEW_ID))),),
    "system_user_id_changed": ((HIDDEN, Moved(BOTH[1:], (NEW_ID,))),),
    "system_other": (),
    "user_id_update": ((HIDDEN, Moved(BOTH[1:], (NEW_ID,))),),
    "status_delivered_both_ids": (Report(Address("whatsapp", AWA), OURS, True),),
    "request_welcome": (),
    "group": (),
    "echo": (),
    "app_echo": (),
    "another_number": (),
    "template_review": (),
    "empty": (),
    "status_sent": (),
    "status_deleted": (),
    "status_delivered": (Report(Address("whatsapp", AWA), OURS, True),),
    "status_read": (Report(Address("whatsapp", AWA), OURS, True),),
    "status_played": (Report(Address("whatsapp", AWA), OURS, True),),
    "status_read_user_id": (Report(Address("whatsapp", HIDDEN), OURS, True),),
    "status_failed_window": (
        Report(Address("whatsapp", AWA), OURS, False, "window (131047)", unreachable=True, again=True),
    ),
    "status_failed_undeliverable": (
        Report(Address("whatsapp", AWA), OURS, False, "unreachable (131026)", unreachable=True),
    ),
    "status_failed_pair": (Report(Address("whatsapp", AWA), OURS, False, "pair (131056)", again=True),),
    "status_failed_server": (Report(Address("whatsapp", AWA), OURS, False, "server (131000)", again=True),),
    "status_failed_parameter": (Report(Address("whatsapp", AWA), OURS, False, "format (131009)"),),
    "status_failed_new_code": (Report(Address("whatsapp", AWA), OURS, False, "rejected (139999)"),),
    "status_failed_bare": (Report(Address("whatsapp", AWA), OURS, False, "rejected (400)"),),
    "batch": (
        (AWA, Text("un")),
        (MODOU, Text("deux")),
        (AWA, Text("trois")),
        Report(Address("whatsapp", AWA), OURS, True),
    ),
    "errors": (),
}


def sample(name: str) -> bytes:
    return (SAMPLES / f"{name}.json").read_bytes()


def changed(name: str, **message: Any) -> bytes:
    """A sample whose first message has other fields; None takes a field away."""
    webhook = json.loads(sample(name))
    value = webhook["entry"][0]["changes"][0]["value"]
    key = "messages" if "messages" in value else "statuses"
    whole = {name: content for name, content in (value[key][0] | message).items() if content is not None}
    value[key][0] = whole
    return json.dumps(webhook).encode()


def test_the_table_names_every_sample():
    assert sorted(EXPECTED) == sorted(path.stem for path in SAMPLES.glob("*.json"))


@pytest.mark.parametrize("name", EXPECTED)
def test_a_sample_is_parsed_as_the_table_says(name: str):
    batch = parse(sample(name), NUMBER)
    read = [(inbound.address.id, inbound.event) for inbound in batch.inbounds]
    # What else they are called is told below.
    reports = (replace(report, known_as=(), at=None) for report in batch.reports)
    assert (*read, *reports) == EXPECTED[name]
    assert batch.problem == ("told of an error (130429)" if name == "errors" else "")
    for inbound in batch.inbounds:
        assert inbound.address.channel == "whatsapp"
        key = f"whatsapp:message:{inbound.message_ref}"
        assert inbound.key == key or isinstance(inbound.event, Moved)
        assert inbound.language_hint == "fr"
        assert inbound.sent_at is not None
        assert 0 <= inbound.sent_at - NOON < 4000


@pytest.mark.parametrize("name", EXPECTED)
def test_beside_what_cannot_be_read_a_sample_is_parsed_as_it_is_alone(name: str):
    webhook = json.loads(sample(name))
    flawed = {"metadata": {"phone_number_id": NUMBER}, "statuses": [7]}
    webhook["entry"].append({"changes": [{"field": "messages", "value": flawed}]})
    alone, beside = parse(sample(name), NUMBER), parse(json.dumps(webhook).encode(), NUMBER)
    assert (beside.inbounds, beside.reports) == (alone.inbounds, alone.reports)
    assert beside.problem.startswith(alone.problem)
    assert beside.problem.removeprefix(alone.problem).lstrip("; ").startswith("status: Expected `object`")


def test_everything_of_one_inbound():
    (inbound,) = parse(sample("text"), NUMBER).inbounds
    wamid = json.loads(sample("text"))["entry"][0]["changes"][0]["value"]["messages"][0]["id"]
    assert inbound == Inbound(
        f"whatsapp:message:{wamid}",
        Address("whatsapp", AWA),
        Text("Woyofal 14 1234 567 89"),
        "fr",
        wamid,
        NOON,
        known_as=BOTH[:1],
        given_name="Awa Diop",
    )


@pytest.mark.parametrize(
    ("name", "known_as"),
    [
        ("text", BOTH[:1]),
        ("text_with_both_ids", (*BOTH, Identity("username", "awa"))),
        ("text_user_id_only", (BOTH[1], Identity("username", "awa"))),
        ("text_contact_only", BOTH[1:]),
        ("status_delivered", BOTH[:1]),
        ("status_read_user_id", BOTH[1:]),
        ("status_delivered_both_ids", (*BOTH, Identity("username", "awa"))),
        ("status_failed_undeliverable", ()),
    ],
)
def test_everything_that_names_a_person_is_told(name: str, known_as: tuple[Identity, ...]):
    batch = parse(sample(name), NUMBER)
    names = [inbound.known_as for inbound in batch.inbounds] + [report.known_as for report in batch.reports]
    assert names == [known_as]
    assert all(report.at in (NOON, None) for report in batch.reports)


def test_a_field_that_holds_the_other_name_is_read_by_its_form():
    (inbound,) = parse(changed("text_with_both_ids", **{"from": HIDDEN}), NUMBER).inbounds
    assert inbound.known_as[:2] == BOTH
    assert inbound.address.id == AWA


def test_a_change_that_names_nobody_is_a_problem():
    for name, fields in (
        ("system_number_changed", {"from": None}),
        ("system_number_changed", {"system": {"type": "user_changed_number"}}),
        ("system_user_id_changed", {"id": "two words"}),
    ):
        batch = parse(changed(name, **fields), NUMBER)
        assert (batch.inbounds, batch.problem) == ((), "message: ValueError")
    assert parse(changed("system_number_changed", system=None), NUMBER) == Batch()
    webhook = json.loads(sample("user_id_update"))
    value = webhook["entry"][0]["changes"][0]["value"]
    value["user_id_update"][0]["user_id"] = {"previous": "SN.1"}
    assert parse(json.dumps(webhook).encode(), NUMBER).problem == "user_id_update: ValueError"
    value["user_id_update"] = 5
    assert parse(json.dumps(webhook).encode(), NUMBER).problem.startswith("change: ")
    value["metadata"]["phone_number_id"] = "another"
    value["user_id_update"] = []
    assert parse(json.dumps(webhook).encode(), NUMBER) == Batch()


def test_a_contact_that_cannot_be_read_takes_no_message_with_it():
    webhook = json.loads(sample("text_with_both_ids"))
    webhook["entry"][0]["changes"][0]["value"]["contacts"].insert(0, {"wa_id": 5})
    (inbound,) = parse(json.dumps(webhook).encode(), NUMBER).inbounds
    assert inbound.known_as[:2] == BOTH


@pytest.mark.parametrize(
    ("timestamp", "sent_at"),
    [
        ("1795510800", NOON),
        ("1795510800123", NOON + 123),
        (1795510800, NOON),
        (1795510800.0, NOON),
        ("1795510800.9", NOON),
        ("", None),
        ("yesterday", None),
        ("inf", None),
        ("-5", None),
        (0, None),
        (None, None),
    ],
)
def test_timestamps(timestamp: Any, sent_at: int | None):
    (inbound,) = parse(changed("text", timestamp=timestamp), NUMBER).inbounds
    assert inbound.sent_at == sent_at


def test_a_long_text_is_cut_and_has_no_nul():
    (inbound,) = parse(changed("text", text={"body": "é\0" * 5000}), NUMBER).inbounds
    assert inbound.event == Text("é" * 4096)


def test_a_file_s_name_is_cut_before_its_ending_and_has_no_nul():
    document = {"id": "7", "filename": "é\0" * 5000 + ".csv", "mime_type": "text/\0csv"}
    (inbound,) = parse(changed("document", document=document), NUMBER).inbounds
    assert inbound.event == Document("7", "é" * 116 + ".csv", "text/csv")
    assert inbound.own_ref is None


def test_a_text_without_its_content_is_answered_all_the_same():
    (inbound,) = parse(changed("text", text=None), NUMBER).inbounds
    assert inbound.event == Unreadable("other")


def test_one_that_cannot_be_read_takes_no_other_with_it():
    webhook = json.loads(sample("batch"))
    first = webhook["entry"][0]["changes"]
    first[0]["value"]["messages"][0] = {"id": 5, "secret": "1234 5678 9012 3456 7890"}
    first[1]["value"]["statuses"].insert(0, {"id": "wamid.x"})
    first.append({"field": "messages", "value": "1234 5678 9012 3456 7890"})
    batch = parse(json.dumps(webhook).encode(), NUMBER)
    assert [inbound.event for inbound in batch.inbounds] == [Text("un"), Text("deux")]
    assert len(batch.reports) == 1
    assert [problem.partition(":")[0] for problem in batch.problem.split("; ")] == ["message", "status", "change"]
    assert "1234" not in batch.problem


@pytest.mark.parametrize(
    "body",
    [
        changed("text", **{"from": None}).replace(b'"wa_id"', b'"other"'),
        changed("text", **{"from": "two words"}).replace(b'"wa_id"', b'"other"'),
        changed("text", id=""),
        changed("text", id="wamid with blanks"),
        changed("status_read", recipient_id=None),
    ],
)
def test_what_names_nobody_or_nothing_is_a_problem(body: bytes):
    batch = parse(body, NUMBER)
    assert (batch.inbounds, batch.reports) == ((), ())
    assert batch.problem.endswith(": ValueError")


def test_several_contacts_do_not_tell_who_wrote():
    webhook = json.loads(changed("text", **{"from": None}))
    webhook["entry"][0]["changes"][0]["value"]["contacts"] *= 2
    assert parse(json.dumps(webhook).encode(), NUMBER).problem == "message: ValueError"


@pytest.mark.parametrize(
    "body", [b"", b"null", b"[]", b"{}", b'{"entry": 5}', b"[" * 100_000, b"\xff\xfe", b'"\\ud800"']
)
def test_what_is_no_webhook_is_a_problem(body: bytes):
    batch = parse(body, NUMBER)
    assert batch == Batch(problem=batch.problem)
    assert batch.problem.startswith("webhook: ")


def test_a_number_is_preferred_and_written_one_way():
    assert identity("+221770001122", HIDDEN) == "221770001122"
    assert identity(None, HIDDEN) == HIDDEN
    assert identity("", "SN.ENT.11815799212886844830") == "SN.ENT.11815799212886844830"
    assert identity("not one", None) is None
    assert identity(None, None) is None
    assert target(AWA) == {"to": AWA}
    assert target(HIDDEN) == {"recipient": HIDDEN}
    assert target("@channel") is None


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


@given(st.binary(max_size=200))
def test_no_bytes_raise(body: bytes):
    assert isinstance(parse(body, NUMBER), Batch)


@given(
    st.sampled_from(sorted(EXPECTED)),
    st.sampled_from(["id", "from", "from_user_id", "timestamp", "type", "text", "interactive", "button", "unsupported"])
    | st.just("document")
    | st.sampled_from(["status", "recipient_id", "errors", "group_id"]),
    _json,
)
def test_no_wrong_field_raises(name: str, key: str, value: Any):
    webhook = json.loads(sample(name))
    for entry in webhook["entry"]:
        for change in entry["changes"]:
            for item in change["value"].get("messages", []) + change["value"].get("statuses", []):
                item[key] = value
    for inbound in parse(msgspec.json.encode(webhook), NUMBER).inbounds:
        assert Address.parse(str(inbound.address)) == inbound.address
