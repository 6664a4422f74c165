"""What is said of a client's debt: `crédit bocar 3000`, `bocar m'a payé 2000`, `bocar 3000 à crédit`. Pure.

Theory of operation. A debt is spoken of by a phrase of its own (*me doit*, *m'a payé*, *crédit* before a name); around
it stand a name and an amount, in any order. Nothing is guessed: a text that says *not*, that names a meter or a
service, or that is about ourselves (*je dois*, *on a payé*) is no debt of anybody's; and a question writes nothing.
What has no such phrase is for others to read, so that no purchase becomes a debt; and what has one buys nothing.
"""

import re
from typing import Final

from bot.dialogue.parsing.amounts import MIN_NUMBER_DIGITS, amount_off, is_sum
from bot.dialogue.parsing.figures import figures_of
from bot.dialogue.parsing.number_words import in_figures
from bot.dialogue.parsing.services import MIN_SERVICE_CHARACTERS, service_called
from bot.dialogue.parsing.vocabulary import is_question
from bot.dialogue.sale_pending import DebtKind, DebtSaid
from bot.domain.catalog import Catalog
from bot.domain.text import MAX_READ_CHARACTERS, fold
from bot.languages import answers

# All of two words.
ON_CREDIT: Final = answers("on_credit")
_OWES: Final = answers("debt_owes")
_PAID: Final = answers("debt_paid")
_NOTE: Final = answers("debt_note")
_REMIND: Final = answers("debt_remind")
# What is asked, what says that it is not so, and what is no client's name.
_ASKS: Final = answers("debt_ask")
_NEVER: Final = answers("debt_never")
_NOBODY: Final = answers("debt_nobody")
_ALL: Final = answers("debt_all")
_SMALL: Final = answers("debt_filler")
_POLITE: Final = answers("polite")
_MOST_WORDS: Final = max(len(said.split()) for said in _OWES | _PAID | _NOTE | _REMIND)
_APART: Final = re.compile(r"[\s'\u2019\u02bc`]+")
_PARTED: Final = re.compile(r"[\n;]|,(?!\d{3}\b)")
_MARKS: Final = '.,;:!?\u2026\u00ab\u00bb"()'


def parse_debt(catalog: Catalog, text: str) -> DebtSaid | None:
    """What a text says of somebody's debt; None where it says nothing of one. An empty name is of several people."""
    words = [bare for word in _APART.split(in_figures(text[:MAX_READ_CHARACTERS])) if (bare := word.strip(_MARKS))]
    while words and fold(words[-1]) in _POLITE:
        words.pop()
    folded = [fold(word) for word in words]
    if not _NEVER.isdisjoint(folded) or names_meter(text):
        return None
    found = _phrase(folded)
    if found is None:
        return None
    kind, at, to = found
    left = [word for word in (*words[:at], *words[to:]) if fold(word) not in _SMALL]
    everything = not _ALL.isdisjoint(part for said in folded for part in said.split())
    asks = is_question(text) or any(fold(word) in _ASKS for word in left)
    left, amount_xof = amount_off([word for word in left if fold(word) not in _ASKS | _ALL])
    name = fold(" ".join(left))
    if not any(c.isalpha() for c in name) or len(name) < 2 or not _NOBODY.isdisjoint(name.split()):
        return None
    if _names_service(catalog, name):
        return None
    if any(is_sum(word) for word in left):
        return DebtSaid(kind, "")
    if kind == "remind":
        return DebtSaid("remind", name)
    if asks or (kind == "owes" and (amount_xof is None or everything)):
        # "in all" says how much it is, and not how much more.
        return DebtSaid("ask", name)
    return DebtSaid("paid_all" if kind == "paid" and everything and amount_xof is None else kind, name, amount_xof)


def _phrase(folded: list[str]) -> tuple[DebtKind, int, int] | None:
    """The longest phrase that speaks of a debt, and between which words it stands; what stands first, first."""
    for count in range(_MOST_WORDS, 0, -1):
        for at in range(len(folded) - count + 1):
            said = " ".join(folded[at : at + count])
            # These begin a sentence, or are other words.
            if at == 0 and said in _NOTE:
                return "credit", at, at + count
            if at == 0 and said in _REMIND:
                return "remind", at, at + count
            if said in _OWES:
                return "owes", at, at + count
            if said in _PAID:
                return "paid", at, at + count
    return None


def speaks_of_several(catalog: Catalog, text: str) -> bool:
    """Whether a text of several parts speaks of a debt in one of them, or of a sale on credit: they are taken one by
    one.
    """
    parts = [part for part in _PARTED.split(text[:MAX_READ_CHARACTERS]) if part.strip()]
    return len(parts) > 1 and any(is_on_credit(part) or parse_debt(catalog, part) is not None for part in parts)


def is_on_credit(text: str) -> bool:
    """Whether a text says *on credit*."""
    return credit_off(text[:MAX_READ_CHARACTERS].split())[1]


def credit_off(words: list[str]) -> tuple[list[str], bool]:
    """The words of a line without those that say *on credit*, and whether they were there."""
    for at in range(len(words) - 1):
        if fold(" ".join(words[at : at + 2])) in ON_CREDIT:
            return words[:at] + words[at + 2 :], True
    return words, False


def names_meter(text: str) -> bool:
    """Whether a meter's number stands in a text: then its words are no client's name."""
    return any(len(run) >= MIN_NUMBER_DIGITS for run in figures_of(text).runs)


def _names_service(catalog: Catalog, name: str) -> bool:
    words = (word for word in name.split() if len(word) >= MIN_SERVICE_CHARACTERS)
    return any(service_called(catalog, word) is not None for word in words)
