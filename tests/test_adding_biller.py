"""A biller is one entry in the catalog and its words: one is added to a copy of the program, and bought through.

The copy plays the demonstration, so that everything is real but the provider, who is simulated behind the true client.
"""

import re
import subprocess
import sys
from pathlib import Path
from shutil import copytree, ignore_patterns

import pytest

from bot.domain.catalog import SERVICES
from bot.i18n import NBSP

ROOT = Path(__file__).parent.parent
LISTED = "SERVICES: Final = (WOYOFAL, SENELEC, SENEAU)\n"
ENTRY = """CANAL = Service(
    name="canal",
    code="CANAL_SN_BILL",
    emblem="📺",
    menu=(50, 10),
    prepaid=False,
    usual_digits=(8, 8),
    words=("canal plus", "television"),
    fee=DEFAULT_FEE,
)
SERVICES: Final = (WOYOFAL, SENELEC, SENEAU, CANAL)
"""
WORDS_ADDED = {
    "fr": {
        "service": "Abonnement Canal",
        "reference": f"Numéro d’abonné{NBSP}: {{reference}}",
        "reference.ask": "Tapez le numéro d’abonné (8 chiffres).",
        "brief": "Abonnement Canal {amount}, abonné …{ending}",
        "command": "Payer un abonnement Canal",
    },
    "en": {
        "service": "Canal subscription",
        "reference": "Subscriber number: {reference}",
        "reference.ask": "Type the subscriber number (8 digits).",
        "brief": "Canal subscription {amount}, subscriber …{ending}",
        "command": "Pay a Canal subscription",
    },
}


# A copy keeps what was compiled of the program, as long as its source is the same; but not what is being written.
HALF_COMPILED = ignore_patterns("*.pyc.*")


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the program that sells one thing more."""
    root = tmp_path_factory.mktemp("biller")
    for folder in ("bot", "locales"):
        copytree(ROOT / folder, root / folder, ignore=HALF_COMPILED)
    catalog = root / "bot" / "domain" / "catalog.py"
    before = catalog.read_text("utf-8")
    assert LISTED in before
    catalog.write_text(before.replace(LISTED, ENTRY), "utf-8")
    for language, words in WORDS_ADDED.items():
        with (root / "locales" / language / "LC_MESSAGES" / "taal.po").open("a", encoding="utf-8") as messages:
            messages.writelines(f'\nmsgid "{kind}.canal"\nmsgstr "{text}"\n' for kind, text in words.items())
    return root


def run(program: Path, *arguments: str, typed: str = "") -> str:
    """What the copy prints."""
    ran = subprocess.run(
        [sys.executable, *arguments],
        cwd=program,
        input=typed,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return re.sub(r"\x1b\[[0-9;]*m", "", ran.stdout).replace(NBSP, " ")


def played(program: Path, language: str, part: str, *lines: str) -> list[str]:
    """What somebody reads after each line that they type in the demonstration."""
    typed = "".join(f"{line}\n" for line in lines)
    printed = run(program, "-m", "bot", "demo", "--language", language, "--as", part, typed=typed)
    return re.split(r"(?m)^› .*\n", printed)[1:]


def test_a_customer_pays_a_bill_in_one_line(program: Path) -> None:
    menu, quote, paid, history = played(program, "fr", "customer", "/start", "canal 12345678", "wave", "/history")
    assert "📺 Abonnement Canal" in menu
    assert "📺 Abonnement Canal · 19 305 F CFA\nTitulaire : " in quote
    assert "Total : 19 595 F CFA (290 F de frais)" in quote
    assert "Numéro d’abonné : 12345678" in quote
    assert "C’est payé ! Voici votre reçu.\n\n📺 Abonnement Canal · 19 305 F CFA" in paid
    assert "Abonnement Canal 19 305 F" in history


def test_a_reseller_sells_it_from_the_menu_and_their_day_names_it(program: Path) -> None:
    menu, asked, quote, paid, day = played(program, "en", "reseller", "/start", "television", "12345678", "yes", "/day")
    assert "📺 Canal subscription" in menu
    assert asked.startswith("📺 Canal subscription\nType the subscriber number (8 digits).")
    assert "Subscriber number: 12345678" in quote
    assert "Your commission: 58 F CFA" in quote
    assert "Delivered" in paid
    assert "📺 Canal subscription: 1 × · 19,595 F · +58 F" in day


def test_an_admin_finds_its_orders_and_changes_its_fee(program: Path) -> None:
    quote, _, orders, rule = played(program, "en", "admin", "/canal 12345678", "yes", "/orders canal", "/fee canal 2%")
    assert "Subscriber number: 12345678" in quote
    assert "Canal subscription" in orders
    assert "Canal subscription" in rule


def test_its_command_and_its_settings_are_named_after_it(program: Path) -> None:
    listed = (
        "from bot.dialogue import commands; from bot.i18n import load; from bot.shop import ShopSettings; "
        "print(dict(commands(ShopSettings(load()))['fr'])['canal'])"
    )
    assert run(program, "-c", listed) == "Payer un abonnement Canal\n"
    asked = "from bot.settings import load; print(repr(load({'FEE_CANAL': '2% + 10'}, None).catalog()['canal'].fee))"
    assert run(program, "-c", asked) == "FeeRule(basis_points=200, fixed_xof=10, minimum_xof=0, maximum_xof=None)\n"


def test_nothing_else_names_a_service_that_every_table_is_made_of() -> None:
    """A table by service that is written by hand would be one more place."""
    names = "|".join(service.name for service in SERVICES if service.name != "woyofal")
    tables = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path in sorted((ROOT / "bot").rglob("*.py"))
        if path.name != "catalog.py"
        for line in path.read_text("utf-8").splitlines()
        if re.search(rf'"({names})"', line)
    ]
    assert tables == []
