"""Understanding the figures that people type: amounts, references, orders' numbers, purchases in one line. Pure.

Nothing here decides anything: a reading is offered, the dialogue says what may be done with it.

Theory of operation. A text is cut into *groups* of digits and words. Groups that nothing parts but blanks and marks
are a *stretch*: only inside one may groups be one number (`14 1234 567 89`), never across a word, and never into more
digits than the service's longest number. A group of the usual length is the number, whatever else is said around it;
what is left of its stretch, or another stretch, may be the amount, before it or after it. A figure that can be an
amount is one before it is a number of an unusual length: a number is what the person is asked for next, while a number
that nobody typed would show a stranger's name. Two ways to read are two readings: the person picks.

Every reader is linear in what it is given, and is given no more than `MAX_READ_CHARACTERS`.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final, NamedTuple

from bot.dialogue.vocabulary import alike
from bot.domain.catalog import Catalog, Service
from bot.domain.text import MAX_READ_CHARACTERS, fold
from bot.languages import LISTS, service_words

MAX_REFERENCE_DIGITS = 20
MIN_REFERENCE_DIGITS = 4
# Among words, or beside an amount, fewer digits are no number.
MIN_NUMBER_DIGITS = 8
MAX_AMOUNT_DIGITS = 7
MAX_FIGURE_CHARACTERS = 15
MIN_SERVICE_CHARACTERS = 3
# Groups are joined into no more digits than any service's number has.
MAX_JOINED_DIGITS = 12
METER_DIGITS = 11
MAX_PARTED_DIGITS = 4
# Amounts are mostly multiples of this, and no bill is below it.
ROUND_XOF = 500

_THOUSANDS: Final = frozenset(fold(word) for each in LISTS.values() for word in each.thousands)
_UNITS: Final = _THOUSANDS.union(fold(word) for each in LISTS.values() for word in each.units)
# The longest first: no word is read as the beginning of another.
_THOUSAND: Final = "|".join(map(re.escape, sorted(_THOUSANDS, key=lambda word: (-len(word), word))))
# No two ways to read a unit: many of them in a row must not be tried in every combination.
_AMOUNT: Final = re.compile(
    r"(?P<figure>\d{1,3}(?:[.,'_]?\d{3})*|\d+)"
    rf"(?:[.,](?P<tenth>\d)(?={_THOUSAND})|[.,]00?)?"
    rf"(?P<thousand>{_THOUSAND})?(?:francs?|frs?|f)?(?:cfa|xof)?"
)
# What is written as an amount and as nothing else: thousands parted by a mark, decimals, a tenth of a thousand.
_WRITTEN: Final = re.compile(
    r"(?P<figure>\d{1,3}(?:[.,'_]\d{3})+|\d+)"
    rf"(?:[.,](?P<tenth>\d)(?={_THOUSAND})|(?P<decimals>[.,]\d\d?))?"
    rf"(?P<thousand>{_THOUSAND})?(?P<unit>(?:francs?|frs?|f)?(?:cfa|xof)?)"
)
_EDGES: Final = "()[]:;,.!?/=«»\"'"
_NOT_DIGIT: Final = re.compile(r"\D")
_PIECES: Final = re.compile(r"[0-9]+|[^0-9]+")
_CROCKFORD: Final = str.maketrans({"I": "1", "L": "1", "O": "0", "-": None, " ": None})
_ORDER_ID: Final = re.compile(r"[0-9A-Z]{4,26}")


def amount_of(words: list[str]) -> int | None:
    """The amount that words are, every one of them; a figure as long as a meter's number is none."""
    figures = words[0][0].isdecimal() and all(is_figure(word, first=at == 0) for at, word in enumerate(words))
    amount_xof = amount(" ".join(words)) if figures else None
    return amount_xof if amount_xof is not None and len(str(amount_xof)) < MIN_NUMBER_DIGITS else None


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
    digits = _NOT_DIGIT.sub("", match["figure"])
    if digits.startswith("0") and len(digits) > 1:
        # Nobody writes an amount so; a number may begin so.
        return None
    figure = int(digits)
    if match["thousand"]:
        return figure * 1000 + int(match["tenth"] or 0) * 100
    return figure


def order_id(text: str) -> str | None:
    """An order's id as people copy it: with or without dashes, in any case, with the letters that look like digits."""
    cleaned = text.strip().upper().translate(_CROCKFORD)
    return cleaned if _ORDER_ID.fullmatch(cleaned) else None


class Stretch(NamedTuple):
    """Groups of digits that no word parts. `is_money`: a unit follows, so that its end is an amount (`5 000 F`)."""

    groups: tuple[str, ...]
    is_money: bool = False

    @property
    def whole(self) -> str:
        """All its digits."""
        return "".join(self.groups)


class Figures(NamedTuple):
    """What a text says in digits, and the words around them."""

    stretches: tuple[Stretch, ...]
    words: tuple[str, ...]

    @property
    def runs(self) -> tuple[str, ...]:
        """Every group, once."""
        return tuple(dict.fromkeys(group for stretch in self.stretches for group in stretch.groups))


@lru_cache(1024)
def plain(text: str) -> str:
    """`text` folded, its figures in plain digits: `5,000.00` is `5000f`, `1.5k` is `1500f`, `14,123,456,789` one."""
    read = text[:MAX_READ_CHARACTERS]
    if read.isascii() and read.isalnum():
        # One word: there are no marks in it.
        return fold(read)
    folded = unicodedata.normalize("NFKC", read).lower()
    return fold(" ".join(map(_plain, folded.split())))


def _plain(token: str) -> str:
    """One word; digits of any script are digits to a person, the provider takes ASCII."""
    if not token.isascii():
        token = "".join(str(int(c)) if c.isdecimal() else c for c in token)
    match = _WRITTEN.fullmatch(token.strip(_EDGES))
    if match is None:
        return token
    digits = _NOT_DIGIT.sub("", match["figure"])
    if match["tenth"]:
        return f"{digits}{match['tenth']}00f"
    if len(digits) > MAX_AMOUNT_DIGITS:
        return digits + (match["thousand"] or match["unit"])
    if match["decimals"] and match["decimals"].strip(".,0"):
        return token
    is_money = match["decimals"] or not match["figure"].isdecimal()
    return digits + (match["thousand"] or match["unit"] or ("f" if is_money else ""))


@lru_cache(1024)
def figures(text: str) -> Figures:
    """The groups of digits in a text, stretch by stretch."""
    stretches: list[Stretch] = []
    words: list[str] = []
    groups: list[str] = []

    def close(*, is_money: bool = False) -> None:
        if groups:
            stretches.append(Stretch(tuple(groups), is_money and len(groups[-1]) <= MAX_AMOUNT_DIGITS))
            groups.clear()

    for token in plain(text).split():
        for piece in _pieces(_zeros(token, after_a_figure=bool(groups))):
            if piece.isdecimal():
                groups.append(piece)
            elif piece in _THOUSANDS and groups and len(groups[-1]) < MAX_AMOUNT_DIGITS:
                groups[-1] += "000"
                close(is_money=True)
            elif piece in _UNITS:
                close(is_money=True)
            else:
                close()
                words.append(piece)
    close()
    return Figures(tuple(stretches), tuple(words))


def _pieces(token: str) -> list[str]:
    """Digits and what is behind them (`5000f`); a word with a few digits in it is a word (`maison2`)."""
    pieces = _PIECES.findall(token)
    is_amount = len(pieces) == 2 and pieces[1] in _UNITS
    return pieces if is_amount or any(len(one) >= MIN_NUMBER_DIGITS and one.isdecimal() for one in pieces) else [token]


def _zeros(token: str, *, after_a_figure: bool) -> str:
    """The letter O is often typed for a zero: `8O`, `5 OOO`; not behind what is a whole number without it."""
    bare = token.rstrip("o")
    if not (bare or after_a_figure) or len(bare) == METER_DIGITS:
        return token
    return token.replace("o", "0") if not token.replace("o", "").strip("0123456789") else token


def reference(text: str) -> str | None:
    """A meter number or a bill's reference: its digits. Words around it are allowed, letters in it are not."""
    said = figures(text)
    usual = [run for run in said.runs if len(run) == METER_DIGITS]
    if usual:
        return usual[0] if len(usual) == 1 else None
    alone = len(said.stretches) == 1 and not said.words
    least = MIN_REFERENCE_DIGITS if alone else MIN_NUMBER_DIGITS
    found = [
        stretch.whole
        for stretch in said.stretches
        if len(stretch.whole) >= least
        and not stretch.is_money
        and len(stretch.whole) <= (MAX_REFERENCE_DIGITS if len(stretch.groups) == 1 else MAX_JOINED_DIGITS)
    ]
    return found[0] if len(found) == 1 else None


class Line(NamedTuple):
    """One way to read what follows a service's name: a reference and perhaps an amount, or `name`, a nickname; neither
    where an amount is all that was said.
    """

    reference: str
    amount_xof: int | None = None
    name: str = ""


@lru_cache(16)
def _service_words(catalog: Catalog) -> tuple[tuple[str, Service], ...]:
    pairs = [
        (fold(said), service)
        for service in catalog
        for said in (
            service.name,
            *service.words,
            *service_words(service.name),
        )
    ]
    # "sen eau" must be tried before "s".
    return tuple(sorted(pairs, key=lambda pair: -len(pair[0])))


def service(catalog: Catalog, text: str) -> tuple[Service, str] | None:
    """The service that a text begins with, and the rest of it (as `plain` writes it)."""
    typed = plain(text)
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


def said_service(catalog: Catalog, text: str) -> Service | None:
    """The one service that the words of a text name, wherever it stands; shorter words may be initials."""
    words = {word for word in plain(text).split() if len(word) >= MIN_SERVICE_CHARACTERS}
    found = {service.name: service for said, service in _service_words(catalog) if said in words}
    return next(iter(found.values())) if len(found) == 1 else None


def line(text: str, sold: Service) -> tuple[Line, ...]:
    """The ways to read what follows the service in a one-line order; more than one must be asked about."""
    said = figures(text)
    numbered = _with_amount(said, sold) if sold.prepaid else _of_a_bill(said, sold)
    if numbered:
        return tuple(dict.fromkeys(numbered))
    only = said.stretches[0] if len(said.stretches) == 1 else None
    figure = None if only is None else _figure(only.groups)
    if said.words:
        return (Line("", figure, " ".join(said.words)),)
    if only is None:
        return ()
    if sold.prepaid and figure is not None and (only.is_money or _is_sold(figure, sold)):
        return (Line("", figure),)
    if sold.prepaid and _are_amounts(only.groups, sold):
        return ()
    whole = only.whole
    longest = MAX_REFERENCE_DIGITS if len(only.groups) == 1 else sold.usual_digits[1]
    return (Line(whole),) if MIN_REFERENCE_DIGITS <= len(whole) <= longest and not only.is_money else ()


def _figure(groups: tuple[str, ...]) -> int | None:
    """An amount written in groups: `5000`, or `5` `000`."""
    if not groups:
        return None
    head, *tail = groups
    if head.startswith("0") or (tail and len(head) > 3):
        return None
    whole = "".join(groups)
    return int(whole) if len(whole) <= MAX_AMOUNT_DIGITS and all(len(group) == 3 for group in tail) else None


class _Cut(NamedTuple):
    """A number in a stretch, from one group to another, and what stands before and after it."""

    number: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    longest: int

    @property
    def joined(self) -> bool:
        """Whether it was put together of several groups."""
        return self.longest < len(self.number)


def _cuts(stretch: Stretch, least: int, most: int, most_joined: int) -> list[_Cut]:
    """Every number of `least` to `most` digits in a stretch, of one group or of several that stand together."""
    groups, found = stretch.groups, []
    # What a unit follows is money.
    last = len(groups) - stretch.is_money
    for at in range(last):
        number = ""
        for to in range(at, last):
            number += groups[to]
            if len(number) > (most if to == at else min(most, most_joined)):
                break
            if len(number) >= least:
                found.append(_Cut(number, groups[:at], groups[to + 1 :], max(map(len, groups[at : to + 1]))))
    return found


def _with_amount(said: Figures, sold: Service) -> list[Line]:
    """Numbers of a service whose amount is the person's to choose, each with the amount that was said."""
    low, high = sold.usual_digits
    cuts = [(at, cut) for at, one in enumerate(said.stretches) for cut in _cuts(one, low, high, high)]
    single = [(at, cut) for at, cut in cuts if not cut.joined]
    if single:
        beside_all = _said_amount(said, sold, {cut.number for _, cut in single})
        return [Line(cut.number, beside_all) for _, cut in single]
    clean: list[Line] = []
    rough: list[Line] = []
    for at, cut in cuts:
        rest = cut.before or cut.after
        beside = _figure(rest)
        if (cut.before and cut.after) or (rest and beside is None):
            rough.append(Line(cut.number))
        else:
            clean.append(Line(cut.number, beside if rest else _said_amount(said, sold, set(), without=at)))
    if clean:
        return [*clean, *_torn(said, sold)]
    return [*_unusual(said, sold), *rough]


def _is_sold(amount_xof: int, sold: Service) -> bool:
    return sold.minimum_xof <= amount_xof <= sold.maximum_xof


def _is_round(group: str, sold: Service) -> bool:
    figure = _figure((group,))
    return figure is not None and _is_sold(figure, sold) and figure % ROUND_XOF == 0


def _are_amounts(groups: tuple[str, ...], sold: Service) -> bool:
    """Whether groups are two amounts, one behind the other."""
    halves = ((_figure(groups[:at]), _figure(groups[at:])) for at in range(1, len(groups)))
    return any(one and other and _is_sold(one, sold) and _is_sold(other, sold) for one, other in halves)


def _torn(said: Figures, sold: Service) -> list[Line]:
    """Two groups of which one is a round amount: no number that was torn in two, but one with digits missing?"""
    pairs = [stretch.groups for stretch in said.stretches if len(stretch.groups) == 2]
    both = [pair for one, other in pairs for pair in ((one, other), (other, one))]
    return [
        Line(number, int(money))
        for number, money in both
        if len(number) >= MIN_REFERENCE_DIGITS and _is_round(money, sold)
    ]


def _unusual(said: Figures, sold: Service) -> list[Line]:
    """Numbers of an unusual length, each with the amount that stands beside it."""
    found: list[Line] = []
    for at, stretch in enumerate(said.stretches):
        for cut in _cuts(stretch, MIN_NUMBER_DIGITS, MAX_REFERENCE_DIGITS, sold.usual_digits[1] - 1):
            rest = cut.before or cut.after
            beside = _figure(rest)
            fits = not rest or (beside is not None and _is_sold(beside, sold))
            if not cut.joined:
                found.append(Line(cut.number, beside if rest and fits else _said_amount(said, sold, {cut.number})))
            elif fits and not (cut.before and cut.after) and not _are_amounts(stretch.groups, sold):
                found.append(Line(cut.number, beside if rest else _said_amount(said, sold, set(), without=at)))
    return found


def _said_amount(said: Figures, sold: Service, numbers: set[str], *, without: int | None = None) -> int | None:
    """The one amount that stands beside a number; None where there is none, or several."""
    money: list[int] = []
    fitting: list[int] = []
    every: list[int] = []
    for where, stretch in enumerate(said.stretches):
        if where == without:
            continue
        pieces: list[list[str]] = [[]]
        for group in stretch.groups:
            if group in numbers:
                pieces.append([])
            else:
                pieces[-1].append(group)
        for piece in pieces:
            figure = _figure(tuple(piece))
            if figure is None:
                continue
            every.append(figure)
            if stretch.is_money and piece is pieces[-1]:
                money.append(figure)
            if _is_sold(figure, sold):
                fitting.append(figure)
    for found in (money, fitting, every):
        if found:
            return found[0] if len(set(found)) == 1 else None
    return None


def _of_a_bill(said: Figures, sold: Service) -> list[Line]:
    """References of a service whose bill imposes its amount: an amount that was typed beside one is dropped."""
    low, high = sold.usual_digits
    long = [run for run in said.runs if MIN_NUMBER_DIGITS <= len(run) <= MAX_REFERENCE_DIGITS]
    usual = [run for run in long if low <= len(run) <= high]
    if usual or long:
        return [Line(run) for run in usual or long]
    found: list[_Cut] = []
    for stretch in said.stretches:
        for cut in _cuts(stretch, max(low, MIN_REFERENCE_DIGITS), high, high):
            rest = cut.before or cut.after
            if not (cut.before and cut.after) and (not rest or (_figure(rest) or 0) >= ROUND_XOF):
                found.append(cut)
    # People part a number into short groups; a long one is rather a number, or an amount, of its own.
    fine = [cut for cut in found if not cut.joined or cut.longest <= MAX_PARTED_DIGITS]
    long_parts = [] if low < MIN_NUMBER_DIGITS else found
    return [Line(cut.number) for cut in fine or long_parts]


def is_figure(part: str, *, first: bool) -> bool:
    """Whether a word of a command belongs to an amount: `5`, `000`, `F`, `5k`."""
    lowered = part.lower()
    if first:
        return amount(part) is not None
    return lowered in _UNITS or (len(part) == 3 and part.isdecimal())
