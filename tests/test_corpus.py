"""What people write, in every situation, means what it must, and never what it must not.

`pytest tests/test_corpus.py --regenerate` writes `docs/corpus.md`: what was wanted, and what was understood instead.
Whoever mends a misunderstanding adds its utterance to `tests/corpus`.
"""

import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.people import Language
from bot.i18n import LANGUAGES
from tests import corpus_world
from tests.corpus_world import SITUATIONS, Crowd, Utterance, corpus

PAGE = Path(__file__).parent.parent / "docs" / "corpus.md"
LEAST = 400
# What costs money or ends something, which must be wanted to the letter.
GRAVE = frozenset({"pay", "pay twice", "stop"})
# Numbers that names lead to.
KNOWN_NUMBERS = {corpus_world.METER, corpus_world.SAVED, *(number for _, _, number in corpus_world.CLIENTS)}
NAMES: dict[Language, str] = {"fr": "French", "en": "English"}


@cache
def understood(language: Language) -> tuple[tuple[Utterance, str], ...]:
    """Every utterance of a language, and what it meant."""
    crowd = Crowd(language=language)
    return tuple((said, crowd.meaning(said.text, said.situation)) for said in corpus(language))


def is_right(said: Utterance, got: str) -> bool:
    """Whether a meaning is the one that was wanted, or none of those that must never be."""
    return got not in GRAVE | {said.wanted} if said.never else got == said.wanted


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_means_what_it_must(language: Language) -> None:
    wrong = [
        f"{said.situation}: {said.text!r} means {got}, not {'anything but ' if said.never else ''}{said.wanted}"
        for said, got in understood(language)
        if not is_right(said, got) and got != said.known
    ]
    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_pays_or_stops_that_must_not_and_no_other_meter_is_asked_about(language: Language) -> None:
    for said, got in understood(language):
        assert got == said.wanted or got not in GRAVE, said
        for number in re.findall(r"\d{8,}", got):
            typed = re.sub(r"[^\da-z]", "", said.text.lower())
            assert number in typed or number in KNOWN_NUMBERS, (said, got)
        # A line in a notebook of debts is wanted to the letter.
        assert got == said.wanted or not got.startswith(("owes ", "paid ")), said


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_corpus_is_large_and_every_situation_is_in_it(language: Language) -> None:
    said = corpus(language)
    assert len(said) >= LEAST
    assert {each.situation for each in said} == set(SITUATIONS)
    twice = [each for each, count in Counter((one.situation, one.text) for one in said).items() if count > 1]
    assert twice == []


def test_what_is_known_to_be_misunderstood_still_is() -> None:
    """A gap that was mended is no gap any more: its line says so."""
    for language in LANGUAGES:
        for said, got in understood(language):
            assert not said.known or got == said.known, f"{said.text!r} means {got} now"


# However a yes-less text is spaced and misspelt, it pays nothing.

_NO_YES = [said for language in LANGUAGES for said in corpus(language) if any(c.isdecimal() for c in said.text)]


@st.composite
def spoilt(draw: st.DrawFn) -> tuple[str, str]:
    """A text with figures, with blanks, letters and figures lost, doubled, swapped and put in; and a situation."""
    text = list(draw(st.sampled_from(_NO_YES)).text)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(text)))
        match draw(st.sampled_from(("put in", "lose", "double", "swap"))):
            case "put in":
                text.insert(at, draw(st.sampled_from(" -.,o0 19akf\n?")))
            case "lose":
                del text[at : at + 1]
            case "double":
                text[at:at] = text[at : at + 1]
            case "swap":
                text[at : at + 2] = reversed(text[at : at + 2])
    return "".join(text), draw(st.sampled_from(["menu", "meter", "amount", "quote", "twin", "order"]))


@given(st.lists(spoilt(), min_size=20, max_size=20))
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_figures_with_typing_slips_never_pay(texts: list[tuple[str, str]]) -> None:
    crowd = Crowd()
    for text, situation in texts:
        got = crowd.meaning(text, situation)
        # The number of the one button that pays is a yes, and so is the phrase for a second time.
        may = re.fullmatch(r"[\W_]*[12][\W_]*|.*\b2\W*e?\W*(fois|times).*", text, re.DOTALL | re.IGNORECASE)
        assert got not in GRAVE or may, (text, situation, got)


# The table.


def kind(meaning: str) -> str:
    """What a meaning is of: a purchase is one, whatever its number."""
    first = meaning.partition(" ")[0]
    if first in ("woyofal", "senelec", "seneau"):
        return f"{first} with " + ("number" if re.search(r"\d{6,}", meaning) else "no number")
    return first if first in ("owes", "paid") else meaning


def page() -> str:
    lines = [
        "# What people write, and what is understood",
        "",
        "Written from `tests/corpus` by `pytest tests/test_corpus.py --regenerate`; a test fails when it is stale. A",
        "row is what was wanted, and what the dialogue made of it in each situation; what was understood as something",
        "else stands in **bold**. Whoever mends a misunderstanding adds its utterance.",
    ]
    for language in LANGUAGES:
        pairs = understood(language)
        right = sum(is_right(said, got) for said, got in pairs)
        lines += ["", f"## {NAMES[language]}: {len(pairs)} utterances, {right} as wanted", ""]
        lines += ["| wanted | understood | " + " | ".join(SITUATIONS) + " |", "|---|---|" + "--:|" * len(SITUATIONS)]
        counted: Counter[tuple[str, str, bool, str]] = Counter()
        for said, got in pairs:
            wanted = f"not {said.wanted}" if said.never else kind(said.wanted)
            counted[wanted, kind(got), is_right(said, got), said.situation] += 1
        for wanted, got, is_fine in sorted({key[:3] for key in counted}):
            cells = [str(counted[wanted, got, is_fine, each] or "") for each in SITUATIONS]
            lines.append(f"| {wanted} | {got if is_fine else f'**{got}**'} | {' | '.join(cells)} |")
        lines += ["", *(_gap(said, got) for said, got in pairs if not is_right(said, got))]
    return "\n".join(lines).rstrip() + "\n"


def _gap(said: Utterance, got: str) -> str:
    return f"- {said.situation}: “{said.text}” should mean {said.wanted}, and means {got}."


def test_the_page_is_not_stale(request: pytest.FixtureRequest) -> None:
    if request.config.getoption("--regenerate"):
        PAGE.write_text(page(), "utf-8")
    assert PAGE.read_text("utf-8") == page()
