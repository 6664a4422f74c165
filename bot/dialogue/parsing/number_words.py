"""Sums that are said in words: `cinq mille`, `deux mille cinq cents`, `five thousand`, `2 mille 5 cents`. Pure.

Theory of operation. Words that say numbers, in any language's list, stand in runs. A run that is well said and comes to
100 or more is written in figures, as money (`5000f`), before anything else reads the text. Whatever else there is stays
as it is: `un compteur`, `deux fois`, `merci mille fois`, and a run that no grammar allows (`cinq vingt mille`), which
nobody guesses at.
"""

from functools import lru_cache
from typing import Final, NamedTuple

from bot.domain.text import MAX_READ_CHARACTERS, fold
from bot.languages import LISTS, answers, number_words

LEAST = 100
_VALUES: Final = number_words()
# "two thousand and five hundred", "soixante et onze": inside a run only.
_AND: Final = answers("number_and")
# "mille mercis", "mille fois": no sum.
_NO_SUM: Final = answers("no_sum")
_LARGE: Final = frozenset(word for word, value in _VALUES.items() if value >= LEAST)
_UNITS: Final = frozenset(fold(word) for each in LISTS.values() for word in each.units)
_MARKS: Final = ",;.!?:"
# A longer figure is a number, and no part of a sum.
MIN_NUMBER_DIGITS: Final = 8


class _Token(NamedTuple):
    """A word as it was typed: the number words or the short figure in it, whether it is in digits at all, and the marks
    at its end, which end a run.
    """

    typed: str
    words: tuple[str, ...]
    digits: int
    marks: str

    @property
    def is_figure(self) -> bool:
        """Whether it may be a figure inside a run: `2 mille`, `mille 500`."""
        return self.digits > 0 and bool(self.words)


@lru_cache(1024)
def in_figures(text: str) -> str:
    """`text` with the sums that it says in words written in figures; the same text where there are none."""
    text = text[:MAX_READ_CHARACTERS]
    if _LARGE.isdisjoint(fold(text).split()):
        return text
    tokens = [_token(typed) for typed in text.split()]
    written: list[str] = []
    at = 0
    while at < len(tokens):
        end = _end_of_run(tokens, at)
        value = _sum(tokens, at, end)
        if value is None:
            end = max(end, at + 1)
            written += [each.typed for each in tokens[at:end]]
        else:
            # A unit that is said is not said twice.
            unit = "" if end < len(tokens) and fold(tokens[end].typed) in _UNITS else "f"
            written.append(f"{value}{unit}{tokens[end - 1].marks}")
        at = end
    return " ".join(written)


def _token(typed: str) -> _Token:
    words = tuple(fold(typed).split())
    joined = "".join(words)
    digits = len(joined) if joined.isdecimal() and joined.isascii() else 0
    is_number = bool(words) and all(word in _VALUES or word in _AND for word in words)
    return _Token(
        typed,
        words if is_number or (0 < digits <= 3 and len(words) == 1) else (),
        digits,
        typed[len(typed.rstrip(_MARKS)) :],
    )


def _end_of_run(tokens: list[_Token], start: int) -> int:
    """Where the run of number words that begins at a token ends; at the token itself where none begins.

    A figure is of a run where a number word follows it, or as three digits at its end; beside another figure it may be
    a part of a meter's number, and is not.
    """
    end = start
    if tokens[start].words and set(tokens[start].words) <= _AND:
        return start
    while end < len(tokens) and tokens[end].words:
        token, after = tokens[end], tokens[end + 1] if end + 1 < len(tokens) else None
        if token.is_figure:
            beside = (end > 0 and tokens[end - 1].digits) or (after is not None and after.digits)
            said = after is not None and bool(after.words)
            if beside or not (said or (token.digits == 3 and end > start)):
                break
        end += 1
        if token.marks:
            break
    while end > start and set(tokens[end - 1].words) <= _AND:
        # "cinq mille et": what follows is something else.
        end -= 1
    return end


def _sum(tokens: list[_Token], start: int, end: int) -> int | None:
    """What a run comes to; None where it is no sum in words."""
    run = tokens[start:end]
    words = [word for token in run for word in token.words]
    if not words or (len(run) == 2 and run[0].is_figure):
        # `5 mille` is an amount as it stands.
        return None
    before, after = tokens[start - 1] if start else None, tokens[end] if end < len(tokens) else None
    if before is not None and 0 < before.digits < MIN_NUMBER_DIGITS and not before.marks and words[0] in _LARGE:
        # The thousands of the figure before it.
        return None
    if after is not None and not _NO_SUM.isdisjoint(fold(after.typed).split()):
        return None
    value = _value(words)
    return value if value is not None and value >= LEAST else None


def _value(words: list[str]) -> int | None:
    """What words come to; None where they are not said in an order that says a number."""
    total, hundreds, small = 0, 0, 0
    last_scale = 10**9
    said_small = False
    for word in words:
        if word in _AND:
            continue
        value = int(word) if word.isdecimal() else _VALUES[word]
        if value >= 1000:
            if value >= last_scale:
                return None
            total += max(hundreds + small, 1) * value
            hundreds, small, said_small, last_scale = 0, 0, False, value
        elif word.isdecimal() and value >= LEAST:
            if hundreds or said_small:
                return None
            hundreds = value
        elif value == LEAST:
            if hundreds or small >= LEAST:
                return None
            hundreds, small, said_small = max(small, 1) * LEAST, 0, False
        else:
            joined = _joined(small, value) if said_small else value
            if joined is None:
                return None
            small, said_small = joined, True
    if total and not hundreds and small < 10 and said_small:
        # "mille cinq" may be 1,005, and is mostly meant for 1,500.
        return None
    return total + hundreds + small


def _joined(before: int, value: int) -> int | None:
    """Two numbers below 100, one said behind the other: `soixante dix`, `quatre vingt`, `vingt deux`; None else."""
    if before == 4 and value == 20:
        return 80
    if before in (60, 80) and 10 <= value <= 16:
        return before + value
    if before == 10 and 7 <= value <= 9:
        return before + value
    if before % 10 == 0 and before >= 20 and 0 < value < 10:
        return before + value
    return None
