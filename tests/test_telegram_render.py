"""Writing messages: the calls for an outbound, the cutting of long texts, and the tags of our texts."""

import html
import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.markup import plain, runs
from bot.channels.telegram.render import (
    MAX_CAPTION_UNITS,
    MAX_UNITS,
    Call,
    erasure,
    file_question,
    render,
    render_passing,
    split,
    tap_answer,
)
from bot.domain.outbound import Choice, Copy, File, OpenUrl, Outbound
from tests.fake_telegram_rules import caption, keyboard, units, visible

ROWS = ((Choice("Confirmer", "q:1:ok"), Choice("Annuler", "q:1:no")), (), (Copy("Copier le code", "12345678"),))
KEYBOARD = {
    "inline_keyboard": [
        [
            {"text": "Confirmer", "callback_data": "q:1:ok"},
            {"text": "Annuler", "callback_data": "q:1:no"},
        ],
        [{"text": "Copier le code", "copy_text": {"text": "12345678"}}],
    ]
}


def params(call: Call) -> dict[str, Any]:
    decoded: dict[str, Any] = json.loads(call.body)
    return decoded


def test_a_message_with_buttons():
    (call,) = render("1001", Outbound("<b>Total</b> 5 150 F", ROWS))
    assert (call.method, call.edit) == ("sendMessage", False)
    assert params(call) == {
        "chat_id": 1001,
        "text": "<b>Total</b> 5 150 F",
        "parse_mode": "HTML",
        "link_preview_options": {"is_disabled": True},
        "reply_markup": KEYBOARD,
    }


def test_a_page_opens_by_a_button_of_its_own():
    url = "https://pay.example.sn/c?a=1&b=2"
    (call,) = render("1001", Outbound("Payez", ((OpenUrl("Ouvrir Wave", url), Choice("Annuler", "n")),)))
    keyboard = {"inline_keyboard": [[{"text": "Ouvrir Wave", "url": url}, {"text": "Annuler", "callback_data": "n"}]]}
    assert params(call)["reply_markup"] == keyboard


def test_a_message_without_buttons_has_no_keyboard():
    (call,) = render("-100123", Outbound("Bonjour"))
    assert params(call)["chat_id"] == -100123
    assert "reply_markup" not in params(call)


def test_a_replacement_is_an_edit():
    (call,) = render("1001", Outbound("Bonjour", ROWS, replaces="60"))
    assert (call.method, call.edit) == ("editMessageText", True)
    assert params(call)["message_id"] == 60
    assert params(call)["reply_markup"] == KEYBOARD


@pytest.mark.parametrize("message_ref", ["", "0", "-5", "wamid.HBg", "6 0"])
def test_a_reference_of_another_channel_is_not_edited(message_ref: str):
    (call,) = render("1001", Outbound("Bonjour", replaces=message_ref))
    assert (call.method, call.edit) == ("sendMessage", False)


def test_anew_and_plain():
    (call,) = render("1001", Outbound("<b>A</b> &amp; B", replaces="60"), styled=False, replace=False)
    assert (call.method, call.edit) == ("sendMessage", False)
    assert params(call)["text"] == "A & B"
    assert "parse_mode" not in params(call)


@pytest.mark.parametrize("chat_id", ["", "awa", "@channel", "0", "12x", "1" * 20, "١٢"])
def test_what_is_no_id_of_telegram_gets_no_call(chat_id: str):
    assert render(chat_id, Outbound("Bonjour")) == ()


def test_the_answer_to_a_tap_in_the_webhooks_own_answer_and_as_a_call():
    assert json.loads(tap_answer("42")) == {"method": "answerCallbackQuery", "callback_query_id": "42"}
    assert json.loads(tap_answer("42", "é" * 300, method=False)) == {"callback_query_id": "42", "text": "é" * 200}


def test_a_short_text_is_left_alone():
    assert split("<b>a</b>") == ["<b>a</b>"]
    assert split("a" * 4096) == ["a" * 4096]


def test_a_text_whose_escapes_make_it_long_is_not_long():
    text = "&lt;" * 1024
    assert split(text) == [text]


def test_a_long_text_is_cut_at_a_line_and_its_code_is_whole():
    text = "👋" * 1900 + "\n<b>Code</b>\n<code>1234 5678 9012 3456 7890</code>\n" + "🙏" * 1900
    calls = render("1001", Outbound(text, ROWS, replaces="60"))
    assert [call.method for call in calls] == ["editMessageText", "sendMessage"]
    assert [("reply_markup" in params(call)) for call in calls] == [False, True]
    assert "<code>1234 5678 9012 3456 7890</code>" in params(calls[0])["text"]


def test_three_pieces_carry_the_buttons_once():
    calls = render("1001", Outbound("😀" * 4096, ROWS))
    assert len(calls) == 2
    calls = render("1001", Outbound("<b>" + "😀 " * 2000 + "😀" * 89 + "</b>", ROWS))
    assert [("reply_markup" in params(call)) for call in calls] == [False] * (len(calls) - 1) + [True]
    long = "\n".join(["😀" * 1100] * 3)
    calls = render("1001", Outbound(long, ROWS))
    assert [params(call)["text"] for call in calls] == ["😀" * 1100] * 3
    assert [("reply_markup" in params(call)) for call in calls] == [False, False, True]


def test_tags_that_are_open_at_a_cut_are_closed_and_opened_again():
    text = "<b>" + "😀" * 1500 + " <i>" + "😀" * 1500 + "</i></b> x"
    first, second = split(text)
    assert first == "<b>" + "😀" * 1500 + " </b>"
    assert second == "<b><i>" + "😀" * 1500 + "</i></b> x"
    for piece in (first, second):
        visible({"text": piece, "parse_mode": "HTML"})


def test_a_stray_end_tag_does_no_harm():
    assert "".join(split("</b>" + "😀" * 2100)).count("😀") == 2100


def test_a_text_of_nothing_visible_is_left_to_telegram_to_refuse():
    assert split("<b>" + "\n\U000e0020" * 2040 + "</b>") != []
    blank = "\u2003" * 4000 + "&nbsp;" * 10
    assert split(blank) == [blank]
    assert split("\n" * 4090 + "&nbsp;") == ["\n" * 4090 + "&nbsp;"]


_words = st.text(st.sampled_from("ab 😀é\n&<>\"'"), min_size=1, max_size=900).map(html.escape)
_styled = st.builds(lambda tag, text: f"<{tag}>{text}</{tag}>", st.sampled_from(["b", "i", "code"]), _words)
_texts = st.lists(_words | _styled, min_size=1, max_size=12).map("".join)


@given(_texts)
def test_pieces_are_valid_short_and_lose_no_letter(text: str):
    text = re.sub(r"<[^>]*$|&[^;]*$", "", text[:12_000])
    for tag in ("b", "i", "code"):
        if text.count(f"<{tag}>") > text.count(f"</{tag}>"):
            text += f"</{tag}>"
    if not plain(text).strip():
        return
    pieces = split(text)
    for piece in pieces:
        shown, _ = visible({"text": piece, "parse_mode": "HTML"})
        assert units(shown) <= MAX_UNITS
    assert re.sub(r"\s", "", "".join(map(plain, pieces))) == re.sub(r"\s", "", plain(text))


@given(st.text(min_size=1, max_size=200), st.text(min_size=1, max_size=40).filter(str.strip))
def test_what_a_user_typed_arrives_as_it_was_typed(text: str, label: str):
    body = params(render("1", Outbound(f"Nom : <b>{html.escape(text)}</b>!", ((Choice(label, "x"),),)))[0])
    assert visible(body)[0].removeprefix("Nom : ").removesuffix("!") == text
    assert keyboard(body["reply_markup"])[0][0]["text"] == label


def test_runs_of_one_style():
    assert list(runs("Bonjour <b>Awa &amp; <i>Modou</i></b> <code>1 &lt; 2</code>")) == [
        ((), "Bonjour "),
        (("b",), "Awa & "),
        (("b", "i"), "Modou"),
        ((), " "),
        (("code",), "1 < 2"),
    ]


def test_a_text_that_breaks_the_rule_loses_nothing():
    assert plain("1 < 2 & <u>3</u> &copy; &#128075; &apos;") == "1 < 2 & <u>3</u> &copy; 👋 '"
    assert list(runs("</b>a<b>b<i>c</b>d")) == [((), "a"), (("b",), "b"), (("b", "i"), "c"), (("i",), "d")]


# Files.

PNG = File("ventes.png", "image/png", b"\x89PNG")
CSV = File("clients/juin.csv", "text/csv", b"14123456789;5000")


def fields(call: Call) -> dict[str, str]:
    assert call.upload is not None
    assert call.body == b""
    return dict(call.upload.fields)


def test_a_picture_has_the_text_for_its_caption_and_the_buttons_under_it():
    (call,) = render("1001", Outbound("<b>Ventes</b> &amp; frais", ROWS, replaces="60"), file=PNG)
    assert (call.method, call.edit) == ("sendPhoto", False)
    sent = fields(call)
    assert json.loads(sent.pop("reply_markup")) == KEYBOARD
    assert sent == {"chat_id": "1001", "caption": "<b>Ventes</b> &amp; frais", "parse_mode": "HTML"}
    assert call.upload is not None
    assert (call.upload.part, call.upload.file_name, call.upload.alone) == ("photo", "ventes.png", False)


def test_anything_else_is_a_document_and_so_is_a_picture_that_was_refused():
    (call,) = render("1001", Outbound("Vos ventes"), file=CSV)
    assert call.method == "sendDocument"
    assert call.upload is not None
    assert (call.upload.part, call.upload.file_name) == ("document", "clients_juin.csv")
    assert "reply_markup" not in fields(call)
    (call,) = render("1001", Outbound("Vos ventes"), file=PNG, as_picture=False)
    assert call.method == "sendDocument"


def test_a_bare_caption_has_no_tags():
    (call,) = render("1001", Outbound("<b>Ventes</b> &amp; frais"), file=CSV, styled=False)
    assert fields(call) == {"chat_id": "1001", "caption": "Ventes & frais"}


@pytest.mark.parametrize(
    ("text", "calls"),
    [
        ("x" * 1024, ["sendDocument"]),
        ("x" * 1025, ["sendMessage", "sendDocument"]),
        ("<b>" + "&amp;" * 800 + "</b>", ["sendDocument"]),
        ("😀" * 512, ["sendDocument"]),
        ("😀" * 513, ["sendMessage", "sendDocument"]),
        ("😀" * 4000, ["sendMessage", "sendMessage", "sendDocument"]),
    ],
)
def test_what_is_too_long_for_a_caption_goes_first_with_the_buttons(text: str, calls: list[str]):
    rendered = render("1001", Outbound(text, ROWS, replaces="60"), file=CSV)
    assert [call.method for call in rendered] == calls
    *texts, last = rendered
    assert last.upload is not None
    assert last.upload.alone == bool(texts)
    if texts:
        assert fields(last) == {"chat_id": "1001"}
        assert params(texts[-1])["reply_markup"] == KEYBOARD
        assert not any(call.edit for call in texts)


@given(st.text(min_size=1, max_size=1500))
def test_no_caption_is_too_long_and_no_word_is_lost(text: str):
    rendered = render("1001", Outbound(html.escape(text)), file=PNG)
    *texts, last = rendered
    shown, _ = caption(fields(last))
    assert units(shown) <= MAX_CAPTION_UNITS
    assert shown == ("" if texts else text.strip())


def test_a_file_for_nobody_is_no_call():
    assert render("@channel", Outbound("x"), file=CSV) == ()


# Words in passing, and what a person wrote.


def test_a_word_in_passing_is_one_edit_or_nothing():
    call = render_passing("1001", Outbound("<b>7</b> / 200", ROWS, replaces="60", progress=True))
    assert call is not None
    assert call.method == "editMessageText"
    assert params(call)["text"] == "<b>7</b> / 200"
    bare = render_passing("1001", Outbound("<b>7</b> / 200", replaces="60"), styled=False)
    assert bare is not None
    assert params(bare)["text"] == "7 / 200"
    assert render_passing("1001", Outbound("7 / 200", progress=True)) is None
    assert render_passing("1001", Outbound("7 / 200", replaces="wamid.x", progress=True)) is None
    assert render_passing("@channel", Outbound("7 / 200", replaces="60", progress=True)) is None
    assert render_passing("1001", Outbound("😀" * 4000, replaces="60", progress=True)) is None


def test_an_erasure_names_one_message():
    assert json.loads(erasure("1001", "51") or b"") == {"chat_id": 1001, "message_id": 51}
    assert erasure("@channel", "51") is None
    assert erasure("1001", "wamid.x") is None


def test_a_question_for_a_file():
    assert json.loads(file_question('BQ"AC')) == {"file_id": 'BQ"AC'}
