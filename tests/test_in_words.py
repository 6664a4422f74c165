"""Sums in words: as they are written on a cheque, and read back they are the same sum."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.dialogue.acts.sums import MOST_XOF, in_words
from bot.domain.quote import MAX_AMOUNT_XOF
from bot.i18n import LANGUAGES

FRENCH = {
    0: "zéro franc CFA",
    1: "un franc CFA",
    16: "seize francs CFA",
    17: "dix-sept francs CFA",
    21: "vingt et un francs CFA",
    61: "soixante et un francs CFA",
    70: "soixante-dix francs CFA",
    71: "soixante et onze francs CFA",
    79: "soixante-dix-neuf francs CFA",
    80: "quatre-vingts francs CFA",
    81: "quatre-vingt-un francs CFA",
    91: "quatre-vingt-onze francs CFA",
    99: "quatre-vingt-dix-neuf francs CFA",
    100: "cent francs CFA",
    101: "cent un francs CFA",
    200: "deux cents francs CFA",
    201: "deux cent un francs CFA",
    1_000: "mille francs CFA",
    1_080: "mille quatre-vingts francs CFA",
    2_000: "deux mille francs CFA",
    80_000: "quatre-vingt mille francs CFA",
    200_000: "deux cent mille francs CFA",
    1_000_000: "un million de francs CFA",
    1_000_001: "un million un francs CFA",
    50_000_000: "cinquante millions de francs CFA",
    80_000_000: "quatre-vingts millions de francs CFA",
    200_000_000: "deux cents millions de francs CFA",
    200_200_200: "deux cents millions deux cent mille deux cents francs CFA",
    1_000_000_000: "un milliard de francs CFA",
}
ENGLISH = {
    0: "zero CFA francs",
    1: "one CFA franc",
    13: "thirteen CFA francs",
    40: "forty CFA francs",
    99: "ninety-nine CFA francs",
    105: "one hundred and five CFA francs",
    1_100: "one thousand one hundred CFA francs",
    250_000: "two hundred and fifty thousand CFA francs",
    50_000_000: "fifty million CFA francs",
    1_000_000_000: "one billion CFA francs",
}


@pytest.mark.parametrize("amount_xof", FRENCH)
def test_french(amount_xof: int) -> None:
    assert in_words(amount_xof, "fr") == FRENCH[amount_xof]


@pytest.mark.parametrize("amount_xof", ENGLISH)
def test_english(amount_xof: int) -> None:
    assert in_words(amount_xof, "en") == ENGLISH[amount_xof]


def count(words: str, first: int = 1, by: int = 1) -> dict[str, int]:
    return {word: first + by * at for at, word in enumerate(words.split())}


VALUES = {
    **count("un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize"),
    **count("vingt trente quarante cinquante soixante", 20, 10),
    **count("one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"),
    **count("seventeen eighteen nineteen", 17),
    **count("twenty thirty forty fifty sixty seventy eighty ninety", 20, 10),
    "zero": 0,
    "zéro": 0,
}
TIMES = {
    **dict.fromkeys(("cent", "cents", "hundred"), 100),
    **dict.fromkeys(("mille", "thousand"), 1_000),
    **dict.fromkeys(("million", "millions"), 1_000_000),
    **dict.fromkeys(("milliard", "billion"), 1_000_000_000),
}


def read_back(words: str) -> int:
    """A reader of its own: it adds what stands side by side, and multiplies by what a larger word says."""
    total = group = 0
    for word in re.split(r"[ -]", words.rsplit(" CFA", 1)[0].replace("quatre-vingt", "huit-dizaines")):
        if word in ("francs", "franc", "et", "and", "de", "cfa"):
            continue
        if word.startswith("dizaine"):
            group = group - 8 + 80
        elif word in VALUES:
            group += VALUES[word]
        elif TIMES[word] == 100:
            # Only the last digit counts the hundreds.
            group = max(group, 1) * 100
        else:
            total += max(group, 1) * TIMES[word]
            group = 0
    return total + group


@given(st.integers(0, MOST_XOF) | st.integers(0, 2_000) | st.integers(0, 1_000).map(lambda n: n * 1_000_000))
def test_read_back_it_is_the_same(amount_xof: int) -> None:
    for language in LANGUAGES:
        words = in_words(amount_xof, language)
        assert read_back(words.replace(" francs", "").replace(" franc", "")) == amount_xof, words


def test_every_amount_that_anybody_may_move_is_written() -> None:
    assert MAX_AMOUNT_XOF <= MOST_XOF
    for beyond in (-1, MOST_XOF + 1):
        with pytest.raises(ValueError, match="not written"):
            in_words(beyond, "fr")
