"""The question about a list: whose the meters are, in every language and at every length, with the money below."""

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec import to_builtins

from bot.dialogue import Person, Session
from bot.dialogue.context import Context
from bot.dialogue.flows import REGISTRY
from bot.dialogue.flows.batches.check import question
from bot.dialogue.flows.batches.lines import MAX_LINES
from bot.domain.outbound import MAX_TEXT_CHARACTERS
from bot.domain.people import Language
from bot.i18n import Safe, load
from bot.notices.batches import good_line
from bot.repositories.batches import Batch, Entry
from bot.repositories.money import Balance
from bot.repositories.people import Terms
from bot.shop import ShopSettings
from tests.dialogue_world import START
from tests.units import a_unit, answered, the_balance

WORDS = load()
ID = "B00000000001"
RICH = Balance(10**9, 0, 0)
LONG = "&" * 120


def entry(number: int = 1, name: str = "Awa", holder: str = "Awa DIOP", fault: Any = "", written: str = "x") -> Entry:
    return Entry(number, f"O{number}", written, f"{14_123_456_788 + number}", 5_000, name, holder, fault=fault)


def asked(
    entries: tuple[Entry, ...],
    *,
    twins: tuple[int, ...] = (),
    balance: Balance = RICH,
    language: Language = "fr",
    prefix: str = "",
    pay_in: str = "",
) -> str:
    """The text of the question about these lines, as it leaves."""
    shop = ShopSettings(WORDS, pay_in={language: pay_in} if pay_in else {})
    person = Person("telegram:1", ("A", "B"), START, customer="telegram:1", reseller=Terms("Chez Awa"))
    ctx = Context(Session(language=language), person, shop, a_unit(person, shop), REGISTRY)
    ctx.prefix = Safe(prefix)
    answers: dict[Any, Any] = {
        "batch_lines": [to_builtins(line) for line in entries],
        "batch_twins": [{"line": number} for number in twins],
        "batch_drop": [],
        **the_balance(balance),
    }
    decided = answered(question(ctx, Batch(ID, "", "ready", START, len(entries))), answers)
    text: str = decided.messages[-1].text
    return text.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("name", "holder", "expected"),
    [
        ("Awa", "Awa DIOP", "✅ 1 · Awa · 14123456789 · Awa DIOP · 5 000 F"),
        ("Awa", "", "✅ 1 · Awa · 14123456789 · 5 000 F"),
        ("", "Awa DIOP", "✅ 1 · 14123456789 · Awa DIOP · 5 000 F"),
        ("", "", "✅ 1 · 14123456789 · 5 000 F"),
        # Written in another way it is the same name.
        ("Néné  Fall", "NENE FALL", "✅ 1 · 14123456789 · NENE FALL · 5 000 F"),
        ("🏠", "", "✅ 1 · 🏠 · 14123456789 · 5 000 F"),
        ("Sall & <b>", "A < B", "✅ 1 · Sall &amp; &lt;b&gt; · 14123456789 · A &lt; B · 5 000 F"),
        ("x" * 60, "y" * 60, f"✅ 1 · {'x' * 23}… · 14123456789 · {'y' * 29}… · 5 000 F"),
    ],
)
def test_a_good_line_says_whose_the_meter_is(name: str, holder: str, expected: str) -> None:
    assert good_line(WORDS["fr"], entry(name=name, holder=holder)).replace("\u00a0", " ") == expected


def test_the_first_ten_good_lines_stand_above_the_sums() -> None:
    text = asked(tuple(entry(at) for at in range(1, 13)))
    positions = [text.index(f"✅ {at} · Awa · ") for at in range(1, 11)]
    assert positions == sorted(positions)
    assert "✅ 11 · " not in text
    assert positions[-1] < text.index("… et 2 autres, dans le fichier") < text.index("Montants : 60 000 F CFA")
    ten = asked(tuple(entry(at) for at in range(1, 11)))
    assert "✅ 10 · " in ten
    assert "dans le fichier" not in ten
    assert "… et 1 autre, dans le fichier" in asked(tuple(entry(at) for at in range(1, 12)))


def test_long_lines_at_fault_give_way_first_and_then_all_do() -> None:
    faulty = tuple(entry(at, written=LONG, fault="repeats") for at in range(1, 31))
    plain = tuple(entry(at) for at in range(31, 61))
    text = asked(faulty + plain)
    assert (text.count("❌ <b>"), text.count("· Awa DIOP ·")) == (5, 10)
    assert "… et 25 autres" in text
    assert "… et 20 autres" in text
    long = tuple(entry(at, LONG, f"{LONG}x") for at in range(31, 61))
    assert (asked(faulty + long).count("❌ <b>"), asked(faulty + long).count("✅ ")) == (5, 1 + 5)
    # Without a good line nothing stands below but what to do.
    assert "Corrigez la liste" in asked(faulty)


def test_words_without_end_are_cut_below_the_sums() -> None:
    poor = Balance(0, 0, 0)
    text = asked((entry(1), entry(2), entry(3, fault="unknown")), balance=poor, pay_in="Wave " * 900)
    assert len(text) <= MAX_TEXT_CHARACTERS
    assert "À prendre sur votre solde" in text
    assert "· Awa DIOP ·" in text


NAMES = st.text(st.sampled_from("&<>aÉ🏠 "), max_size=60)
LINES = st.tuples(NAMES, NAMES, st.sampled_from(("", "", "repeats", "rounded", "unasked", "unclear")), NAMES)


@given(
    lines=st.lists(LINES, min_size=1, max_size=MAX_LINES // 10),
    times=st.sampled_from((1, 10)),
    language=st.sampled_from(("fr", "en")),
    prefix=st.sampled_from(("", "⚠️ " + "x" * 500)),
    poor=st.booleans(),
    pay_in=st.sampled_from(("", "Wave 77 & Orange 78 " * 30)),
)
@example([(LONG[:60], "<" * 60, "", "")] * 10 + [("", "", "repeats", LONG)] * 10, 1, "fr", "", True, "")
@example([(LONG[:60], "<" * 60, "", "")] * 10 + [("", "", "repeats", LONG)] * 10, 1, "en", "x" * 500, True, "& " * 300)
def test_the_whole_question_fits_a_message(
    lines: list[tuple[str, str, Any, str]], times: int, language: Language, prefix: str, poor: bool, pay_in: str
) -> None:
    entries = tuple(
        entry(at, name, holder, fault, written) for at, (name, holder, fault, written) in enumerate(lines * times, 1)
    )
    good = [one for one in entries if not one.fault]
    balance = Balance(0, 0, 0) if poor else RICH
    twins = tuple(one.number for one in good)
    text = asked(entries, twins=twins, balance=balance, language=language, prefix=prefix, pay_in=pay_in)
    assert len(text) <= MAX_TEXT_CHARACTERS
    # Nothing was cut: the end is there, and at least one line with its holder.
    assert not text.endswith("\n…")
    listed = text.count("\n✅ ") - 1
    if good:
        assert 1 <= listed <= 10
        assert WORDS[language]("batch.sum.total", total=0).split("<b>")[0].replace("\u00a0", " ") in text
