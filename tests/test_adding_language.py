"""What it costs to add a language: its folder in `locales/`, and nothing else. Wolof is added to a copy and spoken.

A handful of messages and words is enough: what the catalog lacks is read in French.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from bot import i18n
from bot.errors import SettingsError
from tests.test_adding_biller import HALF_COMPILED

ROOT = Path(__file__).parent.parent

CATALOG = r"""
msgid ""
msgstr ""
"Language: wo\n"
"MIME-Version: 1.0\n"
"Content-Type: text/plain; charset=utf-8\n"
"Content-Transfer-Encoding: 8bit\n"
"Plural-Forms: nplurals=1; plural=0;\n"

msgid "welcome"
msgstr "Dalal ak jàmm ci Taal. Tànnal li nga bëgg jënd."

msgid "menu.title"
msgstr "Lan nga bëgg ?"

msgid "menu.balance"
msgstr "💰 Sama xaalis"

msgid "hello"
msgstr "Maa ngi fi. Lan nga bëgg ?"

msgid "thanks"
msgstr "Ñoo ko bokk. Ba beneen yoon !"

msgid "language.changed"
msgstr "Baax na : nanu wax wolof."

msgid "button.menu"
msgstr "🏠 Njëlbéen"

msgid "quote.title"
msgstr "Xoolal bala ngay fay"

msgid "code.title"
msgid_plural "code.title"
msgstr[0] "✅ Sa kod Woyofal a ngi nii"

msgid "cancel.nothing"
msgstr "Amul dara lu ñu wara bàyyi."

msgid "command.balance"
msgstr "Sama xaalis"

msgid "format.short_moment"
msgstr "dd/MM 'ci' HH:mm"

# Not translated yet.
msgid "balance.empty"
msgstr ""
"""

WORDS = """
name = "Wolof"
fallback = "fr"

[acts]
confirm = ["dëgg la"]
balance = ["sama xaalis"]
history = ["li ma jënd"]
menu = ["njëlbéen"]
"language wo" = ["wolof", "ci wolof"]
cancel = ["bàyyil"]

[services]
woyofal = ["kuraŋ"]

[answers]
stop_broadcast = ["taxaw"]

[periods]
yesterday = ["démb"]

[months]
11 = ["nowàmbar"]
"""


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program with one folder more."""
    root = tmp_path_factory.mktemp("taal")
    for part in ("bot", "locales"):
        shutil.copytree(ROOT / part, root / part, ignore=HALF_COMPILED)
    catalog = root / "locales" / "wo" / "LC_MESSAGES" / "taal.po"
    catalog.parent.mkdir(parents=True)
    catalog.write_text(CATALOG, "utf-8")
    (root / "locales" / "wo" / "words.toml").write_text(WORDS, "utf-8")
    return root


def run(root: Path, *arguments: str, lines: Sequence[str] = ()) -> str:
    """What a Python with the copy before everything else says; each of `lines` is typed once the one before is done."""
    ran = subprocess.run(
        [sys.executable, *arguments],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root), "PYTHONIOENCODING": "utf-8"},
        input="".join(f"{line}\n" for line in lines),
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.replace("\u00a0", " ")


def talk(root: Path, *lines: str, options: Sequence[str] = ()) -> list[str]:
    """The answers to some lines, one after the other."""
    output = run(root, "-m", "bot", "demo", *options, lines=lines)
    return output.split("› ")[1:]


def test_somebody_changes_to_it_and_buys_in_it(copy: Path) -> None:
    start, asked, changed, welcome, number, quote, ordered, balance = talk(
        copy,
        "/start",
        "8",
        "wolof",
        "njelbeen",
        "kuraŋ 14123456701",
        "2000",
        "dëgg la",
        "SAMA XAALIS",
        options=("--as", "admin"),
    )
    assert "[8] 🌐 Langue" in start, "of three languages the menu asks which"
    assert "[1] 🌐 Français\n[2] 🌐 English\n[3] 🌐 Wolof" in asked
    assert "Baax na : nanu wax wolof." in changed
    assert "Lan nga bëgg ?" in welcome
    assert "💰 Sama xaalis" in welcome
    assert "🧾 Mes achats" in welcome, "what is not translated is said in French"
    assert "Titulaire : Fatou Sow" in number
    assert "Quel montant ?" in number
    assert "Xoolal bala ngay fay" in quote
    assert "Total : 2 050 F CFA (50 F de frais)" in quote
    assert "⏳ Paiement envoyé" in ordered
    assert "✅ Sa kod Woyofal a ngi nii" in ordered, "the notice of the delivery, with a plural of its own"
    assert "Tapez-le au compteur" in ordered
    assert "🏠 Njëlbéen" in ordered
    assert "47 950 F CFA" in balance


def test_somebody_begins_in_it_and_changes_by_a_command(copy: Path) -> None:
    start, nothing, french, again, english, asked = talk(
        copy, "/start", "bàyyil", "/language fr", "/language wo", "english", "/langue", options=("--language", "wo")
    )
    assert "Dalal ak jàmm ci Taal." in start
    assert "Amul dara lu ñu wara bàyyi." in nothing
    assert "C’est noté : parlons français." in french
    assert "nanu wax wolof" in again
    assert "Done: let’s speak English." in english
    assert "🌐 Wolof" in asked


def test_its_people_read_what_the_shop_says_and_broadcasts(copy: Path) -> None:
    asked, changed, refused, *_, audience, stop, shown = talk(
        copy,
        "/text payin wo Yónnee xaalis ci 77 000 00 00.",
        "dëgg la",
        "/text payin xx Rien",
        "/broadcast",
        "Fermé demain.",
        "-",
        "/broadcast taxaw",
        "1",
        options=("--language", "wo", "--as", "admin"),
    )
    assert "(Wolof) ? Les clients liront :\n\nYónnee xaalis ci 77 000 00 00." in asked
    assert "✅ Changé : le texte « ajouter de l’argent » (Wolof)" in changed
    assert "Écrivez : /text payin fr" in refused, "what is no language is refused"
    assert "À qui l’annoncer ?" in audience
    assert "Aucune annonce n’est en route." in stop
    assert "Français : 1 personne (Terminal 1)" in shown, "who reads neither French nor English gets the French text"


ADAPTERS = """
import json
from bot import i18n
from bot.channels.telegram.parse import parse
from bot.channels.whatsapp.templates import template
from bot.dialogue.flows import commands
from bot.dialogue.parsing.periods import parse_period
from bot.domain.outbound import Brief
from bot.languages import chain, pick
from bot.settings import load
from bot.shop import ShopSettings

def hint(code):
    sender = {"id": 7, "is_bot": False, "first_name": "Awa", "language_code": code}
    message = {"message_id": 1, "date": 1, "chat": {"id": 7, "type": "private"}, "from": sender, "text": "asalaa"}
    return parse(json.dumps({"update_id": 1, "message": message}).encode()).inbound.language_hint

words = i18n.load()
print(json.dumps({
    "hints": [hint(code) for code in ("wo", "wo-SN", "en-GB", "pt")],
    "languages": list(words),
    "chain": chain("wo"),
    "commands": commands(ShopSettings(words))["wo"],
    "template": template(Brief("news", "wo", "Woyofal 5 000 F")),
    "days": [parse_period(text, 1_795_500_000_000).first for text in ("Démb", "nowàmbar 2025")],
    "moment": words["wo"].short_moment(1_795_500_000_000),
    "money": words["wo"].money(5_000),
    "text": pick({"fr": "Payez.", "en": "Pay."}, "wo"),
    "pay_in": load({"PAY_IN_TEXT_WO": "Yónnee xaalis."}, None).pay_in_text,
}, ensure_ascii=False))
"""


def test_channels_and_settings_know_it(copy: Path) -> None:
    output: dict[str, Any] = json.loads(run(copy, "-c", ADAPTERS))
    assert output["hints"] == ["wo", "wo", "en", "fr"]
    assert output["languages"] == ["fr", "en", "wo"]
    assert output["chain"] == ["wo", "fr"]
    listed = dict(output["commands"])
    assert listed["balance"] == "Sama xaalis"
    assert listed["history"] == "Mes achats, et où est l’argent"
    assert output["template"]["language"] == {"code": "fr"}, (
        "without templates of its own its people get the French ones"
    )
    assert output["days"] == ["2026-11-23", "2025-11-01"]
    assert output["moment"] == "24/11 ci 06:00"
    assert output["money"] == "5 000 F CFA", "figures look alike in both languages of a conversation"
    assert output["text"] == "Payez."
    assert output["pay_in"] == {"wo": "Yónnee xaalis."}


def test_it_may_have_templates_of_its_own(copy: Path) -> None:
    file = copy / "locales" / "wo" / "whatsapp.toml"
    file.write_text('[news]\nname = "taal_news"\nbody = "{{1}}"\nbutton = "Jàng"\nexamples = ["Woyofal"]\n', "utf-8")
    try:
        output = json.loads(run(copy, "-c", ADAPTERS))
    finally:
        file.unlink()
    assert output["template"]["language"] == {"code": "wo"}


@pytest.mark.parametrize(
    ("message", "problem"),
    [
        ('msgid "hello"\nmsgstr "Maa ngi fi, {tur}."', "the wo message hello has no {tur} to tell"),
        ('msgid "code.title"\nmsgstr "Sa kod"', None),
    ],
)
def test_a_message_that_could_not_be_said_is_found_at_start(tmp_path: Path, message: str, problem: str | None) -> None:
    catalog = tmp_path / "wo" / "LC_MESSAGES" / "taal.po"
    shutil.copytree(ROOT / "locales" / "fr", tmp_path / "fr")
    catalog.parent.mkdir(parents=True)
    header = CATALOG.partition('msgid "welcome"')[0]
    (tmp_path / "wo" / "words.toml").write_text(WORDS, "utf-8")
    catalog.write_text(f"{header}{message}\n", "utf-8")
    if problem is None:
        assert "Sa kod" in i18n.load(tmp_path)["wo"].plural("code.title", 3), "of a language that has no plural"
        return
    with pytest.raises(SettingsError, match=re.escape(problem)):
        i18n.load(tmp_path)


def test_a_plural_needs_its_forms(tmp_path: Path) -> None:
    catalog = tmp_path / "wo" / "LC_MESSAGES" / "taal.po"
    shutil.copytree(ROOT / "locales" / "fr", tmp_path / "fr")
    catalog.parent.mkdir(parents=True)
    (tmp_path / "wo" / "words.toml").write_text(WORDS, "utf-8")
    header = CATALOG.partition('msgid "welcome"')[0].replace("nplurals=1; plural=0", "nplurals=2; plural=(n > 1)")
    catalog.write_text(f'{header}msgid "code.title"\nmsgstr "Sa kod"\n', "utf-8")
    with pytest.raises(SettingsError, match=r"the wo message code\.title needs 2 plural forms"):
        i18n.load(tmp_path)


def test_a_language_that_lacks_messages_needs_a_fallback(tmp_path: Path) -> None:
    catalog = tmp_path / "wo" / "LC_MESSAGES" / "taal.po"
    shutil.copytree(ROOT / "locales" / "fr", tmp_path / "fr")
    catalog.parent.mkdir(parents=True)
    catalog.write_text(CATALOG, "utf-8")
    with pytest.raises(SettingsError, match=r"the wo messages lack 'format\.moment'"):
        i18n.load(tmp_path)


def test_nothing_of_the_program_was_touched(copy: Path) -> None:
    added = [path.relative_to(copy) for path in (copy / "locales").rglob("*") if path.is_file() and "wo" in path.parts]
    assert sorted(path.name for path in added) == ["taal.po", "words.toml"]
    lines = sum(len((copy / path).read_text("utf-8").split("\n")) for path in added)
    assert lines < 100
