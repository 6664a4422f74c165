"""How people open a chat: `bonjour, je voudrais recharger mon woyofal de 5000 svp`. Pure.

Theory of operation. What somebody wants is a service, a number, an amount or a name; around it stand a greeting, a verb
(*acheter*, *recharger*, *payer*, *buy*, *top up*, *jënd*) and small words that say nothing here. All of these fall
away, wherever they stand, and what is left is read as if it had been typed alone. A service is found wherever it is
named. A text that says *not* is no opening: nobody guesses what is not wanted. An opening begins a purchase at most; it
is never a yes.
"""

from functools import lru_cache
from itertools import pairwise
from typing import Final, Literal, NamedTuple, TypeAlias

from bot.dialogue.parsing.figures import plain
from bot.dialogue.parsing.services import MIN_SERVICE_CHARACTERS, service_called
from bot.dialogue.parsing.vocabulary import VOCABULARY, Act, alike
from bot.domain.catalog import Catalog, Service
from bot.domain.text import fold
from bot.languages import answers

Verb: TypeAlias = Literal["", "buy", "top_up", "pay"]

# In longer texts no slips of the finger are looked for.
MAX_SLIPPED_WORDS: Final = 16
MIN_SLIPPED_CHARACTERS: Final = 5
_VERBS: Final[dict[str, Verb]] = {
    **dict.fromkeys(answers("verb_pay"), "pay"),
    **dict.fromkeys(answers("verb_buy"), "buy"),
    **dict.fromkeys(answers("verb_top_up"), "top_up"),
}
_FILLERS: Final = answers("filler")
_GREETINGS: Final = answers("greeting")
_NOT: Final = answers("not")
_BILL: Final = answers("bill")
# What names electricity of either kind: it is a bill's where one is spoken of, else what is bought.
_ELECTRICITY: Final = answers("electricity")
_DROPPED: Final = _FILLERS | _GREETINGS
# What may be read out of a sentence: what only shows something, begins something or leaves it.
_LOOSELY: Final = frozenset(
    (
        *(
            "balance",
            "buy",
            "cancel",
            "change",
            "codes",
            "contact",
            "help",
            "history",
            "id",
            "language",
            "last",
            "menu",
        ),
        *("meters", "prices", "recall"),
    )
)
MIN_LOOSE_CHARACTERS: Final = 4


class Opening(NamedTuple):
    """What a text asks for: the `verb` in it, the one `service` that it names, and the `rest`: figures and names.
    `is_bill` says that it speaks of a bill.
    """

    verb: Verb
    service: Service | None
    rest: str
    is_bill: bool = False


class _Word(NamedTuple):
    """A word that is left, and where it stands."""

    at: int
    word: str


@lru_cache(256)
def read(catalog: Catalog, text: str) -> Opening | None:
    """What a text asks for, once greetings, verbs and fillers are dropped; None where there is nothing to drop, or
    where it says *not*.
    """
    typed = plain(text).split()
    if says_not(text):
        return None
    verb: Verb = ""
    is_bill = False
    left: list[_Word] = []
    slips = len(typed) <= MAX_SLIPPED_WORDS
    at = 0
    while at < len(typed):
        word, pair = typed[at], " ".join(typed[at : at + 2])
        if pair in _VERBS:
            verb = _stronger(verb, _VERBS[pair])
            at += 1
        elif said := (_VERBS.get(word) or (_slipped_verb(word) if slips else "")):
            verb = _stronger(verb, said)
        elif pair in _FILLERS:
            at += 1
        elif word in _BILL:
            is_bill = True
        elif word not in _DROPPED:
            left.append(_Word(at, word))
        at += 1
    left, services = _services_off(catalog, left, slips=slips)
    service = _meant(catalog, services, typed, verb, is_bill=is_bill)
    if len(services) > 1 and service is None:
        return None
    if is_bill and not verb:
        verb = "pay"
    rest = _rest(typed, left)
    # What is left is always shorter: whoever reads it on comes to an end.
    return Opening(verb, service, rest, is_bill) if len(rest) < len(" ".join(typed)) else None


def says_not(text: str) -> bool:
    """Whether a text says that something is not wanted, or that it was: `j'ai payé`, `annule`, `bocar doit 2000`."""
    typed = plain(text).split()
    return not _NOT.isdisjoint((*typed, *map(" ".join, pairwise(typed))))


def _rest(typed: list[str], left: list[_Word]) -> str:
    """What is left; two figures that a word parted are still parted by it, for they are no one number."""
    words: list[str] = []
    for one, after in zip(left, [*left[1:], None], strict=False):
        words.append(one.word)
        if after is not None and after.at > one.at + 1 and one.word[-1].isdecimal() and after.word[0].isdecimal():
            words.append(typed[one.at + 1])
    return " ".join(words)


def bare(text: str) -> str:
    """A text without its fillers and greetings, folded, its figures in plain digits."""
    return " ".join(word for word in plain(text).split() if word not in _DROPPED)


def _stronger(one: Verb, other: Verb) -> Verb:
    """Of two verbs the one that says more: `acheter une recharge` tops up, `payer` may be anything."""
    order: tuple[Verb, ...] = ("", "pay", "buy", "top_up")
    return max(one, other, key=order.index)


def _slipped_verb(word: str) -> Verb:
    if len(word) < MIN_SLIPPED_CHARACTERS or not word.isalpha() or word in _DROPPED or word in _BILL:
        return ""
    return next(
        (verb for known, verb in _VERBS.items() if len(known) >= MIN_SLIPPED_CHARACTERS and alike(word, known)), ""
    )


def _services_off(catalog: Catalog, words: list[_Word], *, slips: bool) -> tuple[list[_Word], list[Service]]:
    """The services that words name, and the words without their names."""
    left: list[_Word] = []
    found: dict[str, Service] = {}
    at = 0
    while at < len(words):
        for count in (2, 1):
            said = " ".join(each.word for each in words[at : at + count])
            if len(said) >= MIN_SERVICE_CHARACTERS and (service := service_called(catalog, said)) is not None:
                found[service.name] = service
                at += count
                break
        else:
            left.append(words[at])
            at += 1
    for each in left if slips and not found else ():
        slipped = service_called(catalog, each.word, slip=True) if len(each.word) >= MIN_SLIPPED_CHARACTERS else None
        if slipped is not None:
            return [other for other in left if other != each], [slipped]
    return left, list(found.values())


def _meant(catalog: Catalog, services: list[Service], typed: list[str], verb: Verb, *, is_bill: bool) -> Service | None:
    """The one service that is meant."""
    electricity = [word for word in typed if word in _ELECTRICITY]
    by_name = [one for one in services if any(_names(catalog, one, word) for word in typed if word not in _ELECTRICITY)]
    if electricity and not by_name:
        if is_bill:
            billed = (service_called(catalog, word) for word in _ELECTRICITY)
            return next((one for one in billed if one is not None and not one.prepaid), None)
        if verb in ("buy", "top_up"):
            return catalog.woyofal
    # "woyofal senelec" is what Senelec sells as Woyofal.
    prepaid = [one for one in services if one.prepaid]
    chosen = by_name if len(by_name) == 1 else prepaid if len(services) > 1 else services
    return chosen[0] if len(chosen) == 1 else None


def _names(catalog: Catalog, service: Service, word: str) -> bool:
    called = service_called(catalog, word) if len(word) >= MIN_SERVICE_CHARACTERS else None
    return called is not None and called.name == service.name


def _loose() -> dict[str, Act]:
    """The vocabulary without its fillers, as far as it still says the same: one word must be one of the vocabulary."""
    loose: dict[str, Act] = {}
    for known, act in VOCABULARY.items():
        stripped = bare(known)
        whole = VOCABULARY.get(stripped) == act if " " not in stripped else True
        if act.name in _LOOSELY and whole and len(stripped) >= MIN_LOOSE_CHARACTERS:
            loose.setdefault(stripped, act)
    return loose


_LOOSE: Final = _loose()


def word(text: str) -> Act | None:
    """The act that a word or a phrase of the vocabulary asks for, whatever fillers stand around it: `bonjour, je
    voudrais voir mon solde`. Never one that acts at once.
    """
    stripped = bare(text)
    if not stripped and not _GREETINGS.isdisjoint(fold(text).split()):
        return Act("hello")
    return _LOOSE.get(stripped)
