"""Writing messages: buttons, lists, codes alone, long texts and templates, within the limits whatever is to be said."""

import html
import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.markup import plain
from bot.channels.whatsapp.render import Media, Message, media_of, render, render_brief, uploaded_as, working
from bot.channels.whatsapp.style import fitted, neutral, shortened, split, styled, units
from bot.channels.whatsapp.templates import DEFAULT_NAMES, TEMPLATES, grouped
from bot.domain.outbound import Brief, Choice, Copy, File, OpenUrl, Outbound
from tests.fake_whatsapp_rules import check, code_alone, visible

AWA = "221770001122"
HIDDEN = "SN.13491208655302741918"
CODE = "12345678901234567890"
APPROVED = {(template.name, str(template.language)): (template.body, 1) for template in TEMPLATES.values()}


def params(message: Message) -> dict[str, Any]:
    decoded: dict[str, Any] = json.loads(message.body)
    return decoded


def bodies(messages: tuple[Message, ...]) -> list[str]:
    """The texts, each checked against every limit of the Cloud API."""
    return [check(params(message), APPROVED)[0] for message in messages]


def keys(messages: tuple[Message, ...]) -> list[dict[str, str]]:
    return [key for message in messages for row in check(params(message), APPROVED)[1] for key in row]


def choices(*labels: str) -> tuple[tuple[Choice, ...], ...]:
    return tuple((Choice(label, f"d{number}"),) for number, label in enumerate(labels, 1))


def test_a_text():
    (message,) = render(AWA, Outbound("<b>Bonjour</b> Awa &amp; <i>Modou</i> : <code>/aide</code>", replaces="60"))
    assert not message.interactive
    assert params(message) == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": AWA,
        "type": "text",
        "text": {"body": "*Bonjour* Awa & _Modou_ : ```/aide```", "preview_url": False},
    }


def test_somebody_without_a_number_is_named_by_their_id():
    (message,) = render(HIDDEN, Outbound("Bonjour"))
    assert params(message)["recipient"] == HIDDEN
    assert "to" not in params(message)


@pytest.mark.parametrize("identity", ["@channel", "two words", "é"])
def test_what_is_no_id_of_whatsapp_gets_no_message(identity: str):
    assert render(identity, Outbound("Bonjour")) == ()


def test_three_short_choices_are_buttons():
    rows = ((Choice("Confirmer", "q.ok"), Choice("Changer le montant", "q.change")), (Choice("Annuler", "q.no"),))
    (message,) = render(AWA, Outbound("<b>Total</b> 5 150 F", rows))
    assert message.interactive
    assert params(message)["interactive"] == {
        "type": "button",
        "body": {"text": "*Total* 5 150 F"},
        "action": {
            "buttons": [
                {"type": "reply", "reply": {"id": "q.ok", "title": "Confirmer"}},
                {"type": "reply", "reply": {"id": "q.change", "title": "Changer le montant"}},
                {"type": "reply", "reply": {"id": "q.no", "title": "Annuler"}},
            ]
        },
    }


def test_a_long_title_loses_its_emblem_first():
    (message,) = render(AWA, Outbound("Total", choices("✅ Confirmer · 5\u00a0075\u00a0F", "Annuler")))
    assert [key["text"] for key in keys((message,))] == ["Confirmer · 5\u00a0075\u00a0F", "Annuler"]
    assert bodies((message,)) == ["Total"]


def titles(messages: tuple[Message, ...]) -> list[tuple[str, str]]:
    """What stands on each button or row, and below it."""
    return [(key["text"], key.get("description", "")) for key in keys(messages)]


def kind(messages: tuple[Message, ...]) -> str:
    return str(params(messages[-1])["interactive"]["type"])


def test_a_button_that_would_be_torn_is_a_row_of_a_list():
    rows = choices("⭐ Enregistrer ce compteur", "🔁 Racheter")
    messages = render(AWA, Outbound("Voici.", rows))
    assert kind(messages) == "list"
    assert bodies(messages) == ["Voici."]
    assert titles(messages) == [("Enregistrer ce compteur", ""), ("🔁 Racheter", "")]


def test_a_button_may_leave_out_what_the_text_says():
    rows = choices("✅ Confirmer · 152\u00a0250\u00a0F", "Annuler")
    messages = render(AWA, Outbound("Total : <b>152\u00a0250\u00a0F CFA</b>", rows))
    assert kind(messages) == "button"
    assert titles(messages) == [("✅ Confirmer", ""), ("Annuler", "")]
    # The end of another figure is not that figure.
    messages = render(AWA, Outbound("Total : <b>1\u00a0152\u00a0250\u00a0FC</b>", rows))
    assert kind(messages) == "list"
    assert titles(messages) == [("✅ Confirmer · 152\u00a0250\u00a0F", ""), ("Annuler", "")]


def test_the_inner_emblem_goes_first():
    rows = choices("🔁 💡 5\u00a0000\u00a0F · …6788", "👤 ✅ Tout")
    assert titles(render(AWA, Outbound("Vendre", rows))) == [
        ("🔁 5\u00a0000\u00a0F · …6788", ""),
        ("👤 ✅ Tout", ""),
    ]


def test_more_choices_are_a_list_and_stand_nowhere_else():
    rows = choices("Un", "Deux", "Chez maman · 14123456789 · Awa", "Quatre, avec beaucoup de mots")
    messages = render(AWA, Outbound("Que faire ?", rows))
    assert params(messages[0])["interactive"] == {
        "type": "list",
        "body": {"text": "Que faire ?"},
        "action": {
            "button": "☰ Options",
            "sections": [
                {
                    "rows": [
                        {"id": "d1", "title": "Un"},
                        {"id": "d2", "title": "Deux"},
                        {"id": "d3", "title": "Chez maman", "description": "14123456789 · Awa"},
                        {
                            "id": "d4",
                            "title": "Quatre, avec beaucoup…",
                            "description": "Quatre, avec beaucoup de mots",
                        },
                    ]
                }
            ],
        },
    }


def test_a_row_points_at_the_line_of_the_text_that_tells_of_it():
    text = "1. <b>Woyofal 5 000 F</b> · hier\n2. <b>Senelec 7 000 F CFA</b> · lundi\n3. Autre chose"
    rows = choices("Woyofal 5 000 F · hier", "⚡ Senelec 7 000 F · F2026", "Menu", "Suite")
    messages = render(AWA, Outbound(text, rows))
    assert bodies(messages) == ["1. *Woyofal 5 000 F* · hier\n2. *Senelec 7 000 F CFA* · lundi\n3. Autre chose"]
    assert titles(messages) == [
        ("1. Woyofal 5 000 F", ""),
        ("2. ⚡ Senelec 7 000 F", "F2026"),
        ("Menu", ""),
        ("Suite", ""),
    ]


def test_where_nothing_can_be_pressed_the_text_counts_once():
    text = "1. <b>Woyofal 5 000 F</b> · hier\n2. <b>Senelec 7 000 F CFA</b> · lundi\n3. Autre chose"
    rows = choices("Woyofal 5 000 F · hier", "⚡ Senelec 7 000 F · F2026", "Menu", "Suite")
    assert bodies(render(AWA, Outbound(text, rows), interactive=False)) == [
        "1. *Woyofal 5 000 F* · hier\n2. *Senelec 7 000 F CFA* · lundi\n3. Autre chose\n\n3. Menu\n4. Suite"
    ]


def test_more_than_ten_are_paged():
    messages = render(AWA, Outbound("Lequel ?", choices(*(f"Choix {number}" for number in range(1, 24)))))
    assert [len(keys((message,))) for message in messages] == [10, 10, 3]
    assert bodies(messages) == ["Lequel ?", "👇", "👇"]


def test_rows_and_buttons_that_would_look_the_same_do_not():
    long = "Compteur de la maison de "
    messages = render(AWA, Outbound("Lequel ?", choices(f"{long}Awa", f"{long}Modou", f"{long}Fatou")))
    assert titles(messages) == [
        ("Compteur de la maison…", f"{long}Awa"),
        ("2. Compteur de la…", f"{long}Modou"),
        ("3. Compteur de la…", f"{long}Fatou"),
    ]
    messages = render(AWA, Outbound("Lequel ?", choices("Woyofal 5 000 F · hier à 9:00", "Woyofal 5 000 F · lundi")))
    assert titles(messages) == [("Woyofal 5 000 F", "hier à 9:00"), ("2. Woyofal 5 000 F", "lundi")]
    assert kind(render(AWA, Outbound("Lequel ?", choices("Oui", "oui")))) == "list"


def test_what_no_button_can_carry_can_be_typed():
    rows = ((Choice("Vide", ""), Choice(" ", "b"), Choice("Bord", " c")),)
    assert bodies(render(AWA, Outbound("Lequel ?", rows))) == ["Lequel ?\n\n1. Vide\n2. \n3. Bord"]
    messages = render(AWA, Outbound("Lequel ?", (*rows, (Choice("Bon", "d"), Choice("Aussi", "d")))))
    assert [key["callback_data"] for key in keys(messages)] == ["d"]
    assert bodies(messages) == ["Lequel ?\n\n1. Vide\n2. \n3. Bord\n5. Aussi"]


def test_a_code_goes_alone_and_its_line_is_not_repeated():
    text = f"Voici votre <b>code</b> :\n\n<code>{grouped(CODE)}</code>\n\nTapez-le."
    messages = render(AWA, Outbound(text, ((Copy("Copier", CODE),), (Choice("Menu", "m"),))))
    assert bodies(messages) == ["1234 5678 9012 3456 7890", "Voici votre *code* :\n\nTapez-le."]
    assert code_alone(bodies(messages)[0]) == CODE


def test_several_codes_go_alone_and_keep_their_order_in_the_text():
    other = "66554433221100998877"
    text = f"1. <code>{grouped(CODE)}</code>\n2. <code>{grouped(other)}</code>"
    rows = ((Copy("Copier 1", CODE),), (Copy("Copier 2", other),), (Copy("Encore", CODE),))
    assert bodies(render(AWA, Outbound(text, rows))) == [
        grouped(CODE),
        grouped(other),
        f"1. ```{grouped(CODE)}```\n2. ```{grouped(other)}```",
    ]


def test_codes_that_the_text_does_not_number_stay_too():
    other = "66554433221100998877"
    text = f"Maison\n<code>{CODE}</code>\nBoutique\n<code>{other}</code>"
    rows = ((Copy("Copier 1", CODE), Copy("Copier 2", other)),)
    assert bodies(render(AWA, Outbound(text, rows)))[2] == f"Maison\n```{CODE}```\nBoutique\n```{other}```"


def test_a_code_that_is_not_all_digits_goes_as_it_came():
    assert bodies(render(AWA, Outbound("<code>AB-12</code>", ((Copy("Copier", "AB-12"),),)))) == ["AB-12"]


def test_a_line_whose_tag_reaches_out_stays():
    text = f"<code>{CODE}\nsuite</code>"
    assert bodies(render(AWA, Outbound(text, ((Copy("Copier", CODE),),)))) == [
        grouped(CODE),
        f"```{CODE}```\n```suite```",
    ]


def test_a_text_that_is_too_long_for_its_buttons_goes_before_them():
    text = "\n".join(f"ligne {number}" for number in range(150))
    messages = render(AWA, Outbound(text, choices("Oui", "Non")))
    assert bodies(messages) == [text, "👇"]
    messages = render(AWA, Outbound(text, choices("Un", "Deux", "Trois", "Quatre")))
    assert bodies(messages) == [text, "👇"]


def test_a_text_stands_with_its_buttons_up_to_the_limit():
    assert bodies(render(AWA, Outbound("a" * 1024, choices("Oui")))) == ["a" * 1024]
    assert bodies(render(AWA, Outbound("a" * 1025, choices("Oui")))) == ["a" * 1025, "👇"]
    assert bodies(render(AWA, Outbound("a" * 4096))) == ["a" * 4096]


def test_a_description_has_its_limit_too():
    long = "mot " * 30
    messages = render(AWA, Outbound("Lequel ?", choices(long, "Deux", "Trois", "Quatre")))
    assert keys(messages)[0]["description"] == "mot " * 17 + "mot…"


def test_a_text_that_is_too_long_is_cut_at_a_line():
    text = "\n".join(["😀" * 1100] * 3)
    assert bodies(render(AWA, Outbound(text))) == ["😀" * 1100] * 3


def test_many_choices_that_no_row_can_carry_go_before_the_list():
    rows = tuple((Choice(f"Choix avec des mots, beaucoup de mots, numéro {number}", ""),) for number in range(40))
    messages = render(AWA, Outbound("Lequel ?", (*rows, (Choice("Bon", "d"),))))
    assert [len(keys((message,))) for message in messages] == [0, 0, 1]
    assert bodies(messages)[0] == "Lequel ?"
    assert bodies(messages)[2] == "👇"


def test_words_alone():
    rows = ((Choice("Un", "d1"), Choice("Deux", "d2")), (Copy("Copier", CODE),))
    messages = render(AWA, Outbound("Lequel ?", rows), interactive=False)
    assert bodies(messages) == [grouped(CODE), "Lequel ?\n\n1. Un\n2. Deux"]
    assert not any(message.interactive for message in messages)


def test_nothing_visible_is_no_message():
    assert render(AWA, Outbound(" \n ")) == ()
    assert bodies(render(AWA, Outbound(" ", choices("Oui")))) == ["👇"]


def test_working_marks_as_read_and_shows_typing():
    assert json.loads(working("wamid.x")) == {
        "messaging_product": "whatsapp",
        "status": "read",
        "message_id": "wamid.x",
        "typing_indicator": {"type": "text"},
    }


# Templates.


def test_the_templates_are_what_meta_takes():
    for (kind, language), template in TEMPLATES.items():
        assert template.language == language
        assert re.fullmatch(r"[a-z0-9_]{1,512}", template.name)
        assert re.findall(r"\{\{(\d)\}\}", template.body) == [str(n + 1) for n in range(template.parameters)]
        assert template.parameters == (2 if kind == "codes" else 1)
        # A variable may stand neither first nor last, and there must be more words than variables (documented).
        assert not template.body.startswith("{{")
        assert not template.body.rstrip(".").endswith("}}")
        assert len(template.body.split()) > 3 * template.parameters
        assert len(template.button) <= 25
        assert len(template.body) < 550


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_brief_of_codes(language: Any):
    brief = Brief("codes", language, "Woyofal 5 000 F,\n  Awa", (CODE,))
    message = render_brief(AWA, brief)
    body, rows = check(params(message), APPROVED)
    assert "Woyofal 5 000 F, Awa" in body
    assert f": {grouped(CODE)}. " in body
    assert rows == [[{"text": "button", "payload": "menu"}]]
    two = bodies((render_brief(HIDDEN, Brief("codes", language, "x", (CODE, "11112222"))),))
    assert f"1) {grouped(CODE)} · 2) 1111 2222" in two[0]


def test_news_and_codes_that_are_too_many():
    (body,) = bodies((render_brief(AWA, Brief("news", "fr", "")),))
    assert body == TEMPLATES["news", "fr"].body.replace("{{1}}", "…")
    many = Brief("codes", "en", "x" * 500, tuple(f"{number:020d}" for number in range(40)))
    assert params(render_brief(AWA, many))["template"]["name"] == "taal_news"
    assert params(render_brief(AWA, Brief("codes", "en", "x")))["template"]["name"] == "taal_news"


def test_templates_may_have_other_names_and_another_code_of_their_language():
    names = {**DEFAULT_NAMES, ("codes", "en"): "my_code:en_US"}
    template = params(render_brief(AWA, Brief("codes", "en", "x", (CODE,)), names))["template"]
    assert (template["name"], template["language"]) == ("my_code", {"code": "en_US"})
    template = params(render_brief(AWA, Brief("news", "fr", "x"), {}))["template"]
    assert (template["name"], template["language"]) == ("taal_news", {"code": "fr"})


# Style.


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<b>a</b>b", "ab"),
        ("a<b>b</b>", "ab"),
        ("(<b>a</b>)", "(*a*)"),
        ("<b> a </b>", " *a* "),
        ("<b>a\n\nb</b>", "*a*\n\n*b*"),
        ("<b> </b>", " "),
        ("<b>a <i>b</i></b>", "*a* *_b_*"),
        ("<b>a</b> <b>b</b>", "*a* *b*"),
        ("<b><code>12</code></b>", "```12```"),
        ("<b>x</b><b></b>y", "xy"),
        ("2 * 3 * 4", "2 ∗ 3 ∗ 4"),
        ("*gras* _penché_ ~barré~ `code`", "∗gras∗ ˍpenchéˍ ∼barré∼ ˋcodeˋ"),
        ("awa_fall 2*3", "awa_fall 2*3"),
        ("> cité\n>non", "› cité\n>non"),
        ("a\x00\x1bb\r\nc", "ab\nc"),
    ],
)
def test_tags_and_signs(text: str, expected: str):
    assert styled(text) == expected


def test_labels_are_fitted():
    assert fitted("Menu", 20) == ("Menu", False)
    assert fitted("💡 Woyofal · 123456789", 20) == ("Woyofal · 123456789", False)
    assert fitted("Chez maman · 14123456789", 20) == ("Chez maman…", True)
    assert fitted("Anticonstitutionnellement", 20) == ("Anticonstitutionnel…", True)
    assert shortened("😀" * 20, 20) == "😀" * 9 + "…"
    assert shortened("court", 20) == "court"


def test_pieces():
    assert split("", 10) == []
    assert split("aaa bbb\nccc ddd", 10) == ["aaa bbb", "ccc ddd"]
    assert split("aaa bbb ccc ddd", 10) == ["aaa bbb", "ccc ddd"]
    assert split("a" * 25, 10) == ["a" * 10, "a" * 10, "a" * 5]
    assert split("😀" * 8, 10) == ["😀" * 5, "😀" * 3]


def _bare(text: str) -> str:
    """The letters and digits of a text, without the signs that may be replaced."""
    return re.sub(r"[\W_ˍˋ]", "", text)


_letters = st.text(st.sampled_from("aé1 *_~`>\n\u00a0&<😀·"), min_size=1, max_size=60)
_words = _letters.map(html.escape)
_tagged = st.builds(lambda tag, text: f"<{tag}>{text}</{tag}>", st.sampled_from(["b", "i", "code"]), _words)
_texts = st.lists(_words | _tagged, min_size=1, max_size=40).map(lambda parts: "".join(parts)[:4096])
_labels = st.text(st.sampled_from("aéÉ1 *_·\u00a0😀✅\n"), min_size=1, max_size=90)
_data = st.text(st.sampled_from("ab. 1"), max_size=6)
_codes = st.text(st.sampled_from("0123456789"), min_size=8, max_size=40)
_choice = st.builds(Choice, _labels, _data)
_copy = st.builds(Copy, _labels, _codes)
_open = st.builds(OpenUrl, _labels, st.sampled_from(["https://pay.example.sn/a_1_", "https://wave.example.sn/c?b=*c*"]))
_rows = st.lists(st.lists(_choice | _copy | _open, max_size=4).map(tuple), max_size=8).map(tuple)


@given(_texts, _rows, st.booleans())
def test_no_limit_is_exceeded_no_code_is_lost_and_every_choice_is_reached(text: str, rows: Any, interactive: bool):
    outbound = Outbound(text, rows)
    messages = render(AWA, outbound, interactive=interactive)
    seen = bodies(messages)
    pressed = {key.get("callback_data", key.get("url")) for key in keys(messages)}
    alone = [code_alone(body) for body in seen]
    text = "".join("".join(seen).split())
    number = 0
    for button in (button for row in rows for button in row):
        if isinstance(button, Copy):
            assert button.text in alone
        elif isinstance(button, OpenUrl):
            assert button.url in pressed or button.url in text
        else:
            number += 1
            assert button.data in pressed or f"{number}." in text
    if not any(isinstance(button, Copy | OpenUrl) for row in rows for button in row):
        # Every word is there, in order; signs may have been replaced by others that look the same.
        assert _bare("".join(seen)).startswith(_bare(plain(text)))


@given(_letters)
def test_what_somebody_wrote_never_shines(text: str):
    assert visible(neutral(text)) == neutral(text)
    assert units(neutral(text)) == units(text)


@given(_texts)
def test_styling_loses_no_letter(text: str):
    assert _bare(visible(styled(text))) == _bare(plain(text))


_simple_words = st.text(st.sampled_from("aé1 \n\u00a0·"), max_size=8)
_simple_tagged = st.builds(
    lambda tag, text: f"<{tag}>{text}</{tag}>", st.sampled_from(["b", "i", "code"]), _simple_words
)


@given(st.lists(_simple_words | _simple_tagged, max_size=12).map("".join))
def test_a_simple_text_is_styled_as_one_that_is_read_run_by_run(text: str):
    # An escape has the whole text read run by run.
    assert styled(text) + "\n&" == styled(f"{text}\n&amp;")


# Pages.

PAGE = OpenUrl("Ouvrir Wave", "https://pay.example.sn/c_1_?a=b&c=*d*")


def test_a_page_opens_by_a_button_under_the_text():
    (message,) = render(AWA, Outbound("Payez <b>5 150 F</b>", ((PAGE,),)))
    assert message.interactive
    assert params(message)["interactive"] == {
        "type": "cta_url",
        "body": {"text": "Payez *5 150 F*"},
        "action": {"name": "cta_url", "parameters": {"display_text": "Ouvrir Wave", "url": PAGE.url}},
    }


def test_choices_follow_the_button_that_opens_a_page():
    messages = render(AWA, Outbound("Payez", ((PAGE,), *choices("J’ai payé", "Annuler"))))
    assert bodies(messages) == ["Payez", "👇"]
    assert [key.get("url", key.get("callback_data")) for key in keys(messages)] == [PAGE.url, "d1", "d2"]


def test_where_it_is_known_what_to_type_one_message_is_enough():
    typed = "Écrivez <b>payé</b>."
    outbound = Outbound("Payez", ((PAGE,), *choices("J’ai payé", "Annuler")), typed=typed)
    (message,) = render(AWA, outbound)
    assert params(message)["interactive"]["type"] == "cta_url"
    assert bodies((message,)) == ["Payez\n\nÉcrivez *payé*."]
    assert bodies(render(AWA, outbound, interactive=False)) == [f"Payez\n\nÉcrivez *payé*.\n\nOuvrir Wave: {PAGE.url}"]
    # Choices that can be pressed are.
    (message,) = render(AWA, Outbound("Payez", choices("J’ai payé", "Annuler"), typed=typed))
    assert bodies((message,)) == ["Payez"]
    assert [key["callback_data"] for key in keys((message,))] == ["d1", "d2"]


def test_where_buttons_are_refused_the_page_stands_in_the_text_letter_for_letter():
    messages = render(AWA, Outbound("Payez", ((PAGE,), *choices("J’ai payé"))), interactive=False)
    assert bodies(messages) == [f"Payez\n\nOuvrir Wave: {PAGE.url}\n1. J’ai payé"]


def test_one_message_opens_one_page_and_names_the_others():
    other = OpenUrl("Orange", "https://om.example.sn/")
    (body,) = bodies(render(AWA, Outbound("Payez", ((PAGE, other),))))
    assert body == "Payez\n\nOrange: https://om.example.sn/"


def test_words_that_the_button_has_no_room_for_stand_in_the_text():
    long = OpenUrl("📱 Ouvrir Orange Money maintenant", PAGE.url)
    messages = render(AWA, Outbound("Payez", ((long,),)))
    assert bodies(messages) == ["Payez\n\n▸ 📱 Ouvrir Orange Money maintenant"]
    assert keys(messages)[0]["text"] == "Ouvrir Orange Money…"
    assert keys(render(AWA, Outbound("Payez", ((OpenUrl("\n", PAGE.url),),))))[0]["text"] == PAGE.url[:20]


def test_a_file_comes_before_the_button_that_opens_a_page():
    assert [kind for kind, _ in kinds(render(AWA, Outbound("Payez", ((PAGE,),)), media=CSV))] == [
        "document",
        "interactive",
    ]


# Files.

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = Media("77", "document", "clients.csv")
PNG = Media("78", "image", "ventes.png")
UPLOADED = {"77": "text/plain", "78": "image/png"}


def kinds(messages: tuple[Message, ...]) -> list[tuple[str, str]]:
    """The kind and the words of each message, checked against every limit of the Cloud API."""
    return [(params(message)["type"], check(params(message), APPROVED, UPLOADED)[0]) for message in messages]


@pytest.mark.parametrize(
    ("media_type", "uploaded", "kind"),
    [
        ("image/png", "image/png", "image"),
        ("image/jpeg", "image/jpeg", "image"),
        ("image/webp", "image/webp", "document"),
        ("text/csv", "text/plain", "document"),
        ("text/csv; charset=utf-8", "text/plain", "document"),
        (XLSX, XLSX, "document"),
        ("application/pdf", "application/pdf", "document"),
    ],
)
def test_what_a_file_is_uploaded_as_and_shown_as(media_type: str, uploaded: str, kind: str):
    file = File("../clients.csv", media_type, b"x")
    assert uploaded_as(file) == uploaded
    assert media_of(file, "77") == Media("77", kind, "_clients.csv")  # type: ignore[arg-type]  # one of the two


def test_without_choices_the_text_is_the_caption():
    (message,) = render(AWA, Outbound("<b>Ventes</b> du jour"), media=CSV)
    assert message.file
    assert not message.interactive
    assert params(message)["document"] == {"id": "77", "filename": "clients.csv", "caption": "*Ventes* du jour"}
    (message,) = render(AWA, Outbound("Ventes"), media=PNG)
    assert params(message)["image"] == {"id": "78", "caption": "Ventes"}


@pytest.mark.parametrize("interactive", [True, False])
def test_with_choices_the_file_comes_before_the_text_and_its_buttons(interactive: bool):
    messages = render(AWA, Outbound("Ventes", choices("Menu")), media=CSV, interactive=interactive)
    words = "Ventes" if interactive else "Ventes\n\n1. Menu"
    assert kinds(messages) == [("document", ""), ("interactive" if interactive else "text", words)]


def test_a_file_carries_its_text_where_what_the_buttons_do_can_be_typed():
    outbound = Outbound("Ventes", choices("Messages", "Menu"), typed="Écrivez <b>messages</b>.")
    (message,) = render(AWA, outbound, media=CSV)
    assert params(message)["document"]["caption"] == "Ventes\n\nÉcrivez *messages*."
    # Words that are too long for a caption keep their buttons, and so does a message whose file was not taken.
    long = Outbound("x" * 1020, choices("Messages"), typed="Écrivez messages.")
    assert [kind for kind, _ in kinds(render(AWA, long, media=CSV))] == ["document", "interactive"]
    assert [kind for kind, _ in kinds(render(AWA, outbound))] == ["interactive"]


def test_what_is_too_long_for_a_caption_goes_first():
    assert [kind for kind, _ in kinds(render(AWA, Outbound("x" * 1024), media=CSV))] == ["document"]
    assert kinds(render(AWA, Outbound("x" * 1025), media=PNG)) == [("text", "x" * 1025), ("image", "")]


def test_codes_come_before_a_file():
    outbound = Outbound(f"<code>{grouped(CODE)}</code>", ((Copy("Copier", CODE),),))
    assert kinds(render(AWA, outbound, media=CSV)) == [("text", grouped(CODE)), ("document", "")]


def test_a_file_for_nobody_is_no_message():
    assert render("@channel", Outbound("x"), media=CSV) == ()
