"""Understanding the figures that people type: amounts, references, orders' numbers, purchases in one line. Pure.

Nothing here decides anything: a reading is offered, the dialogue says what may be done with it.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final, NamedTuple

from bot.catalog import Catalog, Service
from bot.dialogue.vocabulary import MAX_READ_CHARACTERS, alike, fold

MAX_REFERENCE_DIGITS = 20
MIN_REFERENCE_DIGITS = 4
MAX_FIGURE_CHARACTERS = 15

_UNITS: Final = frozenset({"f", "fr", "fcfa", "cfa", "franc", "francs", "xof", "k", "mille", "mil"})
_AMOUNT: Final = re.compile(
    r"(?P<figure>\d{1,3}(?:[.,'_]?\d{3})*|\d+)(?:[.,](?P<tenth>\d)(?=k|mil)|[.,]00?)?"
    r"(?P<thousand>k|mille|mil)?(?:f|fr|fcfa|cfa|francs?|xof)*"
)
_NOT_DIGIT: Final = re.compile(r"\D")
_SEPARATORS: Final = str.maketrans("", "", " \t\n.-_/·'\u2010\u2011\u2013")
_CROCKFORD: Final = str.maketrans({"I": "1", "L": "1", "O": "0", "-": None, " ": None})
_ORDER_ID: Final = re.compile(r"[0-9A-Z]{4,26}")


def amount(text: str) -> int | None:
    """An amount in whole francs, as people write it: `5000`, `5 000`, `5.000 F`, `5k`, `5 mille`, `5000 svp`.

    Figures that are parted by spaces are one amount only in groups of three: `2 maisons 5000` is none.
    """
    parts = unicodedata.normalize("NFKC", text[:MAX_READ_CHARACTERS]).lower().split()
    if parts and parts[0][0].isdecimal():
        # The letter O is often typed for a zero.
        parts = [part.replace("o", "0") for part in parts]
    match = _AMOUNT.fullmatch("".join(parts))
    if match is None:
        parts = [part for part in parts if part[0].isdecimal() or part in _UNITS]
        match = _AMOUNT.fullmatch("".join(parts))
    if match is None or len(match["figure"]) > MAX_FIGURE_CHARACTERS:
        return None
    if any(len(_NOT_DIGIT.sub("", part)) != 3 for part in parts[1:] if part[0].isdecimal()):
        return None
    figure = int(_NOT_DIGIT.sub("", match["figure"]))
    if match["thousand"]:
        return figure * 1000 + int(match["tenth"] or 0) * 100
    return figure


def reference(text: str) -> str | None:
    """A meter number or a bill's reference: its digits. Words around it are allowed, letters in it are not."""
    text = unicodedata.normalize("NFKC", text[:MAX_READ_CHARACTERS])
    digits = text.translate(_SEPARATORS)
    if digits[:1].isdecimal():
        digits = digits.replace("O", "0").replace("o", "0")
    if not digits.isdecimal():
        parts = fold(text).split()
        digits = "".join(part for part in parts if part[0].isdecimal())
        if not digits.isdecimal() or len(digits) < 8:
            return None
    # Any script's digits are digits to a person; the provider takes ASCII.
    digits = digits if digits.isascii() else "".join(str(int(c)) for c in digits)
    return digits if MIN_REFERENCE_DIGITS <= len(digits) <= MAX_REFERENCE_DIGITS else None


def order_id(text: str) -> str | None:
    """An order's id as people copy it: with or without dashes, in any case, with the letters that look like digits."""
    cleaned = text.strip().upper().translate(_CROCKFORD)
    return cleaned if _ORDER_ID.fullmatch(cleaned) else None


class Line(NamedTuple):
    """One way to read what follows a service's name: a reference and perhaps an amount, or `name`, a nickname."""

    reference: str
    amount_xof: int | None = None
    name: str = ""


@lru_cache(16)
def _service_words(catalog: Catalog) -> tuple[tuple[str, Service], ...]:
    pairs = [(fold(said), service) for service in catalog for said in (service.name, *service.words)]
    # "sen eau" must be tried before "s".
    return tuple(sorted(pairs, key=lambda pair: -len(pair[0])))


def service(catalog: Catalog, text: str) -> tuple[Service, str] | None:
    """The service that a text begins with, and the rest of it (folded)."""
    typed = fold(text)
    if (exact := named_service(catalog, typed)) is not None:
        return exact
    first, _, rest = typed.partition(" ")
    if len(first) > 4 and not first.isdigit():
        for said, found in _service_words(catalog):
            if alike(first, said):
                return found, rest
    return None


def named_service(catalog: Catalog, typed: str) -> tuple[Service, str] | None:
    """The service whose word a folded text begins with, to the letter, and the rest of it."""
    for said, found in _service_words(catalog):
        if typed == said or typed.startswith(said + " "):
            return found, typed[len(said) :].strip()
    return None


def _figure(groups: list[str]) -> int | None:
    """An amount written in groups: `5000`, or `5` `000`."""
    head, *tail = groups
    if head.startswith("0") or len(head) > 7 or (tail and len(head) > 3) or any(len(group) != 3 for group in tail):
        return None
    return int("".join(groups))


def line(rest: str, sold: Service) -> tuple[Line, ...]:
    """The ways to read what follows the service in a one-line order; more than one must be asked about.

    Everything is digits with spaces anywhere, so the counts decide: a reference of the usual length wins. `rest` is
    folded.
    """
    groups: list[str] = []
    name: list[str] = []
    for part in rest.split():
        thousands = part.rstrip("fcas") if part[0].isdecimal() else ""
        if part.isdecimal():
            groups.append(part)
        elif thousands.endswith("k") and thousands[:-1].isdecimal():
            groups.append(thousands[:-1] + "000")
        elif part in ("k", "mille", "mil") and groups:
            groups[-1] += "000"
        elif thousands.isdecimal():
            groups.append(thousands)
        elif part not in _UNITS:
            name.append(part)
    if name:
        return (Line("", _figure(groups) if groups else None, " ".join(name)),)
    whole = "".join(groups)
    if not groups or len(whole) > MAX_REFERENCE_DIGITS + 7:
        return ()
    low, high = sold.usual_digits
    splits = [
        Line(head, figure)
        for at in range(1, len(groups))
        if (figure := _figure(groups[at:])) is not None and len(head := "".join(groups[:at])) >= MIN_REFERENCE_DIGITS
    ]
    if not sold.prepaid:
        # The bill imposes its amount: what was typed after the reference is dropped.
        if low <= len(whole) <= high:
            return (Line(whole),)
        usual = [Line(one.reference) for one in splits if low <= len(one.reference) <= high]
        return tuple(usual[-1:]) or _only(whole)
    usual = [one for one in splits if low <= len(one.reference) <= high]
    if low <= len(whole) <= high:
        usual.append(Line(whole))
    if usual:
        return tuple(usual)
    likely = [
        one
        for one in splits
        if len(one.reference) >= 8 and sold.minimum_xof <= (one.amount_xof or 0) <= sold.maximum_xof
    ]
    return (*likely, *_only(whole))


def _only(whole: str) -> tuple[Line, ...]:
    return (Line(whole),) if MIN_REFERENCE_DIGITS <= len(whole) <= MAX_REFERENCE_DIGITS else ()


def is_figure(part: str, *, first: bool) -> bool:
    """Whether a word of a command belongs to an amount: `5`, `000`, `F`, `5k`."""
    lowered = part.lower()
    if first:
        return amount(part) is not None
    return lowered in _UNITS or (len(part) == 3 and part.isdecimal())
