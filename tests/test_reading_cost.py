"""No reader of what people type costs more than its length: they run where everybody waits, in the database's thread.

Steps are counted, not seconds. A counter sees no step inside a regular expression, so each of those is looked at too:
none may repeat a choice or a repetition without end, and none may take four times as long for twice as much.
"""

import importlib
import inspect
import pkgutil
import re
import sys
import time
from collections.abc import Callable
from re import _constants as sre  # type: ignore[attr-defined, unused-ignore]
from re import _parser  # type: ignore[attr-defined, unused-ignore]
from types import FrameType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bot.dialogue
from bot.dialogue.acts import kinds
from bot.dialogue.flows.batches import lines
from bot.dialogue.flows.clients import book
from bot.dialogue.flows.clients.parsing import clean_name, parse_phone
from bot.dialogue.flows.pin import asking
from bot.dialogue.flows.reports import filters
from bot.dialogue.flows.sales import requests
from bot.dialogue.parsing import openers, periods, vocabulary
from bot.dialogue.parsing.amounts import parse_amount
from bot.dialogue.parsing.figures import figures_of, plain
from bot.dialogue.parsing.lines import parse_line
from bot.dialogue.parsing.mistaken import parse_phone_typed, pasted_codes
from bot.dialogue.parsing.number_words import in_figures
from bot.dialogue.parsing.references import parse_order_id, parse_reference
from bot.dialogue.parsing.services import parse_service, said_service
from bot.domain.catalog import WOYOFAL, Catalog
from bot.domain.person_names import clean_name as given_name
from bot.domain.text import fold
from bot.notices.layout import truncate
from tests.dialogue_world import START

LONG = 4096
CATALOG = Catalog()
READERS: dict[str, Callable[[str], object]] = {
    "amount": parse_amount,
    "reference": parse_reference,
    "figures": figures_of,
    "order_id": parse_order_id,
    "service": lambda text: parse_service(CATALOG, text),
    "said_service": lambda text: said_service(CATALOG, text),
    **{f"line {one.name}": lambda text, one=one: parse_line(text, one) for one in CATALOG},  # type: ignore[misc]
    "in figures": in_figures,
    "pasted codes": pasted_codes,
    "typed phone": parse_phone_typed,
    "opening": lambda text: openers.read(CATALOG, text),
    "word": vocabulary.word,
    "word among fillers": openers.word,
    "exact": lambda text: vocabulary.exact(fold(text)),
    "read_lines": lambda text: lines.read_lines(lines.rows_of(text), WOYOFAL),
    "is_list": lambda text: lines.is_list(text, WOYOFAL),
    "single": lambda text: lines.single(text, WOYOFAL),
    "a client's name in a line": lambda text: requests.parse_sale(CATALOG, text),
    "what is sought": book.search_text,
    "a new client": clean_name,
    "phone": parse_phone,
    "what somebody calls themselves": given_name,
    "period": lambda text: periods.parse_period(text, START),
    "filter": lambda text: filters.parse(text, CATALOG, START),
    "reason": kinds.reason,
    "pin": asking.digits_in,
    "brief": truncate,
}
PIECES = st.sampled_from(
    (
        *(
            "0",
            "1",
            "5",
            "000",
            "5000",
            "14123456789",
            "1,",
            ",000",
            "1.",
            "'",
            "_",
            " ",
            "  ",
            "\t",
            "\n",
            ";",
            "|",
            "/",
        ),
        *(
            "f",
            "fcfa",
            "cfa",
            "k",
            "mille",
            "o",
            "a",
            "é",
            "x ",
            "(",
            ")",
            "<",
            ">",
            "<1",
            "-",
            "24/11",
            "du ",
            "\ufdfa",
        ),
        *("merci ", "woyofal ", "fatou ", "1 000 ", "12 ", "e+", "10E", "\u0660", "😀"),
    )
)
SHAPES = st.tuples(st.text(max_size=3), st.lists(PIECES, min_size=1, max_size=4), st.sampled_from(("", "x", "!", ")")))


def made(shape: tuple[str, list[str], str], length: int) -> str:
    head, pieces, tail = shape
    body = "".join(pieces)
    return (head + body * (length // len(body) + 1))[:length] + tail


def forget() -> None:
    """What was read before costs nothing; here everything is new."""
    for cached in (fold, plain, figures_of):
        cached.cache_clear()


def steps(reader: Callable[[str], object], text: str) -> int:
    """How many lines of the program a reading runs through."""
    count = 0

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal count
        count += 1
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        reader(text)
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize("name", READERS)
@given(shape=SHAPES)
@settings(max_examples=4, deadline=None)
def test_twice_as_much_takes_at_most_twice_the_steps(name: str, shape: tuple[str, list[str], str]) -> None:
    forget()
    half = steps(READERS[name], made(shape, LONG // 2))
    forget()
    whole = steps(READERS[name], made(shape, LONG))
    assert whole <= 2.2 * half + 3_000
    assert whole <= 60 * LONG


def patterns() -> dict[str, re.Pattern[str]]:
    """Every pattern of the dialogue; those that are looked for anywhere in a text, and not only at its beginning."""
    by_name = {}
    for info in pkgutil.walk_packages(bot.dialogue.__path__, "bot.dialogue."):
        module = importlib.import_module(info.name)
        source = inspect.getsource(module)
        for name, value in vars(module).items():
            if isinstance(value, re.Pattern):
                by_name[f"{info.name}.{name}"] = value
                if re.search(rf"{name}\.(?:search|sub|finditer|findall|split)\(", source):
                    SOUGHT.add(f"{info.name}.{name}")
    return by_name


SOUGHT: set[str] = set()
PATTERNS = patterns()


def repeats_without_end(tree: Any, inside: bool = False) -> bool:
    """Whether an endless repetition holds another one, or a choice: then there are endlessly many ways to try."""
    for op, argument in tree:
        if op in (sre.MAX_REPEAT, sre.MIN_REPEAT):
            _, most, sub = argument
            endless = most is sre.MAXREPEAT
            if (endless and inside) or repeats_without_end(sub, inside or endless):
                return True
        elif op is sre.BRANCH:
            if inside or any(repeats_without_end(branch, inside) for branch in argument[1]):
                return True
        elif op is sre.SUBPATTERN:
            if repeats_without_end(argument[-1], inside):
                return True
        elif op in (sre.ASSERT, sre.ASSERT_NOT) and repeats_without_end(argument[1], inside):
            return True
    return False


def test_the_check_sees_what_it_looks_for() -> None:
    for bad in (r"(?:f|fcfa|cfa)*", r"(?:\d+ ?)*", r"((ab|c)x)+"):
        assert repeats_without_end(_parser.parse(bad))
    assert not repeats_without_end(_parser.parse(r"\d{1,3}(?:[.,]?\d{3})*(?:k|mil)?"))


@pytest.mark.parametrize("name", PATTERNS)
def test_no_pattern_repeats_a_choice_or_a_repetition(name: str) -> None:
    assert not repeats_without_end(_parser.parse(PATTERNS[name].pattern))


HEADS = ("", "1", "a")
TROUBLE = ("1", "1 ", ",000", "000", " ", "a", "(", "<", "1.", "du ", "/batch ", "f", "fcfa", "\t", "-", "a\n")


def cost(work: Callable[[str], object], text: str, rounds: int = 2) -> float:
    """The processor's time for a text: the best of some, for a neighbour may disturb one."""
    best = 60.0
    for _ in range(rounds):
        forget()
        begun = time.thread_time()
        work(text)
        best = min(best, time.thread_time() - begun)
    return best


def takes_too_long(work: Callable[[str], object], length: int) -> list[str]:
    """Which text takes four times as long when it is twice as long; what is quick anyhow does not count."""
    slow = []
    for head in HEADS:
        for piece in TROUBLE:
            half, whole = (head + piece * (times * length // len(piece)) + "\x00" for times in (1, 2))
            # What looks slow is looked at again, more often: a neighbour may have disturbed it more than once.
            if all((took := cost(work, whole, n)) > 0.02 and took > 3.4 * cost(work, half, n) for n in (2, 6)):
                slow.append(f"{head}{piece}…")
    return slow


@pytest.mark.parametrize("name", PATTERNS)
def test_no_pattern_takes_four_times_as_long_for_twice_as_much(name: str) -> None:
    pattern = PATTERNS[name]
    assert not takes_too_long(pattern.fullmatch, LONG)
    if name in SOUGHT:
        assert not takes_too_long(pattern.findall, LONG)


@pytest.mark.parametrize("name", READERS)
def test_no_reader_does(name: str) -> None:
    assert not takes_too_long(READERS[name], LONG)


def test_a_long_amount_of_units_is_read_at_once() -> None:
    """Sixty characters of this once took longer than anybody lives."""
    begun = time.thread_time()
    assert parse_amount("5" + "fcfa" * 60 + "x") is None
    assert parse_line("5" + "fcfa" * 60 + "x", WOYOFAL) is not None
    assert time.thread_time() - begun < 1
