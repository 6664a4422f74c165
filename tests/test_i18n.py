"""The catalogs: complete, used, alike in both languages, well set; and figures and dates as people write them."""

import ast
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from bot import i18n
from bot.domain.catalog import SERVICES
from bot.domain.catalog import Catalog as ServiceCatalog
from bot.domain.people import Language
from bot.errors import SettingsError
from bot.i18n import LANGUAGES, NBSP, Safe, Voice
from bot.languages import LISTS, WordList, chain_in, known, pick, read

ROOT = Path(__file__).parent.parent
WORDS = i18n.load()
_KEY = re.compile(r"[a-z]+(?:\.[a-z_]+)*")
_TAG = re.compile(r"<(/?)([a-z]+)>")


def source(language: Language) -> Catalog:
    path = ROOT / "locales" / language / "LC_MESSAGES" / "taal.po"
    return read_po(BytesIO(path.read_bytes()), locale=language, abort_invalid=True)


# A language with a fallback may lack messages; `i18n.load` has checked those that it has.
COMPLETE = [language for language in LANGUAGES if LISTS[language].fallback is None]
RAW = {language: i18n.messages_of(source(language)) for language in LANGUAGES}
KEYS = set(RAW["fr"])
# What is said of a service is named after it.
OF_SERVICES = {
    f"{kind}.{service.name}"
    for service in SERVICES
    for kind in ("service", "reference", "reference.ask", "brief", "command")
}


def literals() -> set[str]:
    """Every string in the program that may be a key."""
    texts: set[str] = set()
    for path in (ROOT / "bot").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                texts.add(node.value)
    return texts


def asked_for() -> set[str]:
    """The keys that a voice, a label or a button is called with in so many words."""
    keys: set[str] = set()
    for path in (ROOT / "bot" / "dialogue").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            function = node.func
            name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
            first = node.args[0]
            if name in ("t", "label", "plural", "link", "button", "voice"):
                either = (first.body, first.orelse) if isinstance(first, ast.IfExp) else (first,)
                keys.update(str(part.value) for part in either if isinstance(part, ast.Constant))
    return keys


def placeholders(text: str) -> set[str]:
    return set(re.findall(r"\{([a-z_]+)\}", text))


def test_complete_languages_have_the_same_keys() -> None:
    assert {"fr", "en"} <= set(COMPLETE)
    for language in LANGUAGES:
        assert set(RAW[language]) == KEYS if language in COMPLETE else set(RAW[language]) <= KEYS, language


def test_word_lists_name_what_there_is() -> None:
    french = LISTS["fr"]
    languages = {f"language {code}" for code in LANGUAGES}
    for code, listed in LISTS.items():
        assert listed.acts.keys() <= french.acts.keys() | languages, code
        for kind in ("answers", "periods", "months", "dates", "columns"):
            assert getattr(listed, kind).keys() <= getattr(french, kind).keys(), (code, kind)
        assert listed.services.keys() <= {service.name for service in ServiceCatalog()}, code
        assert listed.fallback in (None, *LANGUAGES), code


def test_a_code_is_looked_up_and_texts_are_picked_along_the_chain() -> None:
    lists = {"fr": WordList("Français"), "wo": WordList("Wolof", "fr"), "srr": WordList("Seereer", "wo")}
    assert chain_in(lists, "srr") == ("srr", "wo", "fr")
    assert chain_in({**lists, "fr": WordList("Français", "srr")}, "srr") == ("srr", "wo", "fr"), (
        "no circle is walked twice"
    )
    assert chain_in(lists, "gone") == ("fr",)
    assert [known(code) for code in ("EN_us", " fr ", "", "zz")] == ["en", "fr", None, None]
    assert (pick({"fr": 1}, "fr"), pick({"fr": 1}, "en")) == (1, None)
    assert WORDS["gone"].language == "fr", "somebody chose a language that has been taken away"


def test_a_damaged_word_list_is_named(tmp_path: Path) -> None:
    catalog = tmp_path / "fr" / "LC_MESSAGES" / "taal.po"
    catalog.parent.mkdir(parents=True)
    catalog.touch()
    assert read(tmp_path) == {"fr": WordList("fr")}
    (tmp_path / "fr" / "words.toml").write_text('name = "Français"\nact = []\n')
    with pytest.raises(SettingsError, match=r"words\.toml is damaged"):
        read(tmp_path)


def test_every_key_is_used_and_every_used_key_exists() -> None:
    assert KEYS - literals() - OF_SERVICES == set()
    assert (asked_for() | OF_SERVICES) - KEYS == set()
    assert len(asked_for()) > 150


def test_placeholders_agree_across_languages_and_forms() -> None:
    for key in KEYS:
        named = {frozenset(placeholders(form)) for language in COMPLETE for form in RAW[language][key]}
        union = set().union(*named)
        assert all(union - have <= {"count"} for have in named), key


@pytest.mark.parametrize("language", COMPLETE)
def test_plural_forms(language: Language) -> None:
    catalog = source(language)
    assert (str(catalog.locale), catalog.num_plurals) == (language, 2)
    assert catalog.plural_expr == {"fr": "(n > 1)", "en": "(n != 1)"}[language]
    assert not list(catalog.check())
    voice = WORDS[language]
    one, other = RAW[language]["bill.which"]
    assert voice.plural("bill.which", 1) == one.replace("{count}", "1")
    assert voice.plural("bill.which", 3) == other.replace("{count}", "3")
    assert voice.plural("bill.which", 0) == (one if language == "fr" else other).replace("{count}", "0")


def faults(language: Language, key: str, form: str) -> list[str]:
    """What is badly set in a message."""
    problems: list[str] = []
    if key.startswith("format."):
        # A pattern for Babel, not words.
        return problems if form else ["empty"]
    if not form or form.strip(" \n") != form:
        problems.append("empty, or a space at an end")
    if "'" in form or "..." in form or "  " in form:
        problems.append("a typewriter's apostrophe, dots or double space")
    # Tags are the three that every channel knows, and closed; other angle brackets are written as entities.
    opened: list[str] = []
    for closing, name in _TAG.findall(form):
        if not closing:
            opened.append(name)
        elif not opened or opened.pop() != name:
            problems.append(f"</{name}> closes nothing")
        if name not in ("b", "i", "code"):
            problems.append(f"<{name}> is known to no channel")
    words = _TAG.sub("", re.sub(r"<code>.*?</code>", "x", form))
    if opened or re.search(r"[<>&]", words):
        problems.append("an open tag or a bare bracket")
    if language == "fr" and re.search(r"[^\u00a0][?!;]|[^\u00a0\d]:|\d:(?!\d)", words):
        problems.append("no no-break space before ? ! ; or :")
    if language == "en" and re.search(r"[\s\u00a0][:;?!]", words):
        problems.append("a space before a mark")
    return problems


@pytest.mark.parametrize("language", LANGUAGES)
def test_typography(language: Language) -> None:
    problems = {
        key: bad for key in RAW[language] for form in RAW[language][key] if (bad := faults(language, key, form))
    }
    assert problems == {}


def test_typography_is_really_looked_at() -> None:
    for bad in ("Non!", "Quoi ?", "l'eau", "<u>x</u>", "<b>x", "x</b>", "a & b", " x", "Solde: 5", "et... voilà"):
        assert faults("fr", "k", bad), bad
    assert faults("en", "k", "What ?")
    assert not faults("en", "k", "What? At 21:05.")


def test_loading_prefers_compiled_catalogs_and_names_what_is_missing(tmp_path: Path) -> None:
    for language in LANGUAGES:
        folder = tmp_path / language / "LC_MESSAGES"
        folder.mkdir(parents=True)
        with (folder / "taal.mo").open("wb") as compiled:
            write_mo(compiled, source(language))
    words = i18n.load(tmp_path)
    for language in COMPLETE:
        for key, forms in RAW[language].items():
            assert words[language]._forms[key] == WORDS[language]._forms[key], forms
        for count in (0, 1, 2, 1_000_000):
            assert words[language].plural("bill.which", count) == WORDS[language].plural("bill.which", count)
    assert list(words) == list(LANGUAGES)
    assert len(words) == len(LANGUAGES)
    with pytest.raises(SettingsError):
        i18n.load(tmp_path / "nowhere")
    (tmp_path / "en" / "LC_MESSAGES" / "taal.mo").write_bytes(b"\0" * 20)
    with pytest.raises(SettingsError):
        i18n.load(tmp_path)


def test_arguments_are_escaped_unless_they_are_ours() -> None:
    t = WORDS["fr"]
    assert "<b>&lt;i&gt; &amp; co</b>" in t("detail.holder", holder="<i> & co")
    assert t("detail.holder", holder=Safe("<i>")).endswith("<b><i></b>")
    assert t("state.waiting") is t("state.waiting"), "what has no placeholder is not made anew"
    assert t("detail.holder", holder='L\'Atelier "5 & 6"').endswith('<b>L\'Atelier "5 &amp; 6"</b>'), "quotes stay"
    assert Safe(" · ").join(("<i>", t("state.waiting"))) == f"&lt;i&gt; · {t('state.waiting')}"
    assert Safe("<b>{}</b>").format(5 < 6) + "<" == "<b>True</b>&lt;"
    assert t.label("button.confirm", total="<5>") == "✅ Confirmer · <5>"
    assert t("code.how_many", count=3).startswith("Tapez les 3 codes")
    with pytest.raises(KeyError):
        t("no.such.key")
    with pytest.raises(KeyError):
        t("detail.holder")


def test_money_is_written_as_people_write_it() -> None:
    assert WORDS["fr"].money(1_000_000_000) == "1 000 000 000 F CFA".replace(" ", NBSP)
    assert WORDS["fr"].money(-5_075) == "-5 075 F CFA".replace(" ", NBSP)
    assert WORDS["en"].money(0) == f"0{NBSP}F{NBSP}CFA"
    assert WORDS["fr"].money(5_000) == "5 000 F CFA".replace(" ", NBSP)
    assert WORDS["en"].money(5_000) == f"5,000{NBSP}F{NBSP}CFA"
    assert WORDS["fr"].short_money(5_000) == f"5{NBSP}000{NBSP}F"


def test_dates_are_those_of_dakar() -> None:
    at = int(datetime(2026, 11, 24, 21, 5, 59, tzinfo=UTC).timestamp() * 1000)
    fr, en = WORDS["fr"], WORDS["en"]
    assert fr.moment(at).replace(NBSP, " ") == "24/11/2026 à 21:05"
    assert en.moment(at).replace(NBSP, " ") == "24 Nov 2026, 21:05"
    assert fr.short_moment(at).replace(NBSP, " ") == "24/11 à 21:05"
    assert en.short_moment(at).replace(NBSP, " ") == "24 Nov, 21:05"
    assert fr.clock(at) == en.clock(at) == "21:05"
    assert fr.day("2026-12-05") == "05/12/2026"
    assert en.day("2026-12-05").replace(NBSP, " ") == "5 Dec 2026"
    assert fr.day("bientôt <b>") == "bientôt &lt;b&gt;"


def test_it_is_quick() -> None:
    # The best of several rounds, in this thread's own time: other work of the machine is none of ours.
    assert min(_seconds(i18n.load) for _ in range(5)) < 0.4
    voice = WORDS["fr"]

    def many() -> None:
        for _ in range(20_000):
            voice("state.waiting")

    assert min(_seconds(many) for _ in range(5)) / 20_000 < 2e-6


def _seconds(work: Callable[[], object]) -> float:
    started = time.thread_time()
    work()
    return time.thread_time() - started


def test_a_voice_knows_its_language() -> None:
    assert isinstance(WORDS["en"], Voice)
    assert WORDS["en"].language == "en"
    assert _KEY.fullmatch("quote.title")
