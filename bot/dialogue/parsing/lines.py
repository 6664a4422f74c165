"""A purchase in one line: the ways to read it. Pure.

Nothing here decides anything: a reading is offered, the dialogue says what may be done with it.

Theory of operation. A group of digits that has the usual length is the number, whatever else is said around it; what is
left of its stretch (see `figures`), or another stretch, may be the amount, before it or after it. Groups are joined
into no more digits than the service's longest number. A figure that can be an amount is one before it is a number of an
unusual length: a number is what the person is asked for next, while a number that nobody typed would show a stranger's
name. Two ways to read are two readings: the person picks.
"""

from typing import NamedTuple

from bot.dialogue.parsing.amounts import MAX_AMOUNT_DIGITS, MIN_NUMBER_DIGITS
from bot.dialogue.parsing.figures import Figures, Stretch, figures_of
from bot.dialogue.parsing.references import MAX_REFERENCE_DIGITS, MIN_REFERENCE_DIGITS
from bot.domain.catalog import Service

MAX_PARTED_DIGITS = 4
# Amounts are mostly multiples of this, and no bill is below it.
ROUND_XOF = 500


class Line(NamedTuple):
    """One way to read what follows a service's name: a reference and perhaps an amount, or `name`, a nickname; neither
    where an amount is all that was said.
    """

    reference: str
    amount_xof: int | None = None
    name: str = ""


def parse_line(text: str, sold: Service) -> tuple[Line, ...]:
    """The ways to read what follows the service in a one-line order; more than one must be asked about."""
    said = figures_of(text)
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
    groups, cuts = stretch.groups, []
    # What a unit follows is money.
    last = len(groups) - stretch.is_money
    for at in range(last):
        number = ""
        for to in range(at, last):
            number += groups[to]
            if len(number) > (most if to == at else min(most, most_joined)):
                break
            if len(number) >= least:
                cuts.append(_Cut(number, groups[:at], groups[to + 1 :], max(map(len, groups[at : to + 1]))))
    return cuts


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
    lines: list[Line] = []
    for at, stretch in enumerate(said.stretches):
        for cut in _cuts(stretch, MIN_NUMBER_DIGITS, MAX_REFERENCE_DIGITS, sold.usual_digits[1] - 1):
            rest = cut.before or cut.after
            beside = _figure(rest)
            fits = not rest or (beside is not None and _is_sold(beside, sold))
            if not cut.joined:
                lines.append(Line(cut.number, beside if rest and fits else _said_amount(said, sold, {cut.number})))
            elif fits and not (cut.before and cut.after) and not _are_amounts(stretch.groups, sold):
                lines.append(Line(cut.number, beside if rest else _said_amount(said, sold, set(), without=at)))
    return lines


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
    for amounts in (money, fitting, every):
        if amounts:
            return amounts[0] if len(set(amounts)) == 1 else None
    return None


def _of_a_bill(said: Figures, sold: Service) -> list[Line]:
    """References of a service whose bill imposes its amount: an amount that was typed beside one is dropped."""
    low, high = sold.usual_digits
    long = [run for run in said.runs if MIN_NUMBER_DIGITS <= len(run) <= MAX_REFERENCE_DIGITS]
    usual = [run for run in long if low <= len(run) <= high]
    if usual or long:
        return [Line(run) for run in usual or long]
    cuts: list[_Cut] = []
    for stretch in said.stretches:
        for cut in _cuts(stretch, max(low, MIN_REFERENCE_DIGITS), high, high):
            rest = cut.before or cut.after
            if not (cut.before and cut.after) and (not rest or (_figure(rest) or 0) >= ROUND_XOF):
                cuts.append(cut)
    # People part a number into short groups; a long one is rather a number, or an amount, of its own.
    fine = [cut for cut in cuts if not cut.joined or cut.longest <= MAX_PARTED_DIGITS]
    long_parts = [] if low < MIN_NUMBER_DIGITS else cuts
    return [Line(cut.number) for cut in fine or long_parts]
