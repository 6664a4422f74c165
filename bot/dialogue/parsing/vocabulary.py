"""The words that are understood anywhere, in every language whatever language is set. Pure.

The words themselves lie in each language's list (`bot.languages`).

Everything is compared *folded*: lower case, no accents, no punctuation, no emoji. A word of four letters or more may
have one slip of the finger in it, a long one two; but only a clear yes is one: it takes no slips (but of “confirmer”),
it is no question, and thanks are thanks whatever stands before them.
"""

from typing import Final, NamedTuple

from rapidfuzz.distance import OSA

from bot import languages
from bot.domain.text import MAX_READ_CHARACTERS, fold


class Act(NamedTuple):
    """What a tap or a text asks for: a name of the dialogue's table and an argument."""

    name: str
    argument: str = ""


VOCABULARY: Final[dict[str, Act]] = {said: Act(*act.split(" ", 1)) for said, act in languages.acts().items()}
_THANKS: Final = languages.answers("thanks")
# These act at once; of their words only these may be a slip away.
_CLEAR: Final = frozenset({"confirm", "twice"})
_MAY_SLIP: Final = frozenset({"confirmer", "confirm"})
# Words of their own that are a letter away from another one.
_NO_SLIPS: Final = languages.answers("no_slips")
_QUESTION_MARKS: Final = frozenset("?\uff1f\u061f")
_INSULTS: Final = languages.answers("insult")
_POLITE: Final = languages.answers("polite")


def alike(typed: str, wanted: str) -> bool:
    """Whether a folded text is `wanted`, or a slip away from it."""
    if typed == wanted:
        return True
    allowed = 0 if len(wanted) < 4 else 1 if len(wanted) < 9 else 2
    # A slip is a letter more, less or wrong, or two letters swapped.
    return allowed > 0 and typed[:1] == wanted[:1] and OSA.distance(typed, wanted, score_cutoff=allowed) <= allowed


def exact(typed: str) -> Act | None:
    """The act that a folded text asks for to the letter, politeness apart; thanks are no yes, even behind one."""
    if (act := VOCABULARY.get(typed)) is not None:
        return act
    said = typed.split()
    bare = " ".join(part for part in said if part not in _THANKS)
    if bare != typed and (VOCABULARY.get(bare) or VOCABULARY.get(_without_politeness(bare))) in _YES:
        return Act("thanks")
    return VOCABULARY.get(_without_politeness(typed))


_YES: Final = tuple(Act(name) for name in _CLEAR)


def is_question(text: str) -> bool:
    """Whether something is asked: then it is no yes."""
    return not _QUESTION_MARKS.isdisjoint(text[:MAX_READ_CHARACTERS])


def is_insult(text: str) -> bool:
    """Whether somebody is angry with us, or with what happened."""
    return not _INSULTS.isdisjoint(fold(text).split())


def _without_politeness(typed: str) -> str:
    return " ".join(part for part in typed.split() if part not in _POLITE)


def word(text: str) -> Act | None:
    """The act that a word or a short phrase asks for."""
    typed = fold(text)
    bare = _without_politeness(typed)
    act = exact(typed)
    if act is not None and act.name in _CLEAR and is_question(text):
        return None
    if act is not None or not 4 <= len(bare) <= 30 or bare.isdigit() or bare in _NO_SLIPS:
        return act
    act = next(
        (
            meant
            for known, meant in VOCABULARY.items()
            if alike(bare, known) and (meant.name not in _CLEAR or (known in _MAY_SLIP and not is_question(text)))
        ),
        None,
    )
    # What takes an agreement back is not read into a slip of the finger: "shop" only leaves what is going on.
    return Act("cancel") if act is not None and act.name == "stop" else act
