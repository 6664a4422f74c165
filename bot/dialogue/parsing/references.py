"""Meter numbers, bills' references and orders' ids, as people copy them. Pure."""

import re
from typing import Final

from bot.dialogue.parsing.amounts import MIN_NUMBER_DIGITS
from bot.dialogue.parsing.figures import METER_DIGITS, figures_of

MAX_REFERENCE_DIGITS = 20
MIN_REFERENCE_DIGITS = 4
# Groups are joined into no more digits than any service's number has.
MAX_JOINED_DIGITS = 12
_CROCKFORD: Final = str.maketrans({"I": "1", "L": "1", "O": "0", "-": None, " ": None})
_ORDER_ID: Final = re.compile(r"[0-9A-Z]{4,26}")
# A number whose digits a spreadsheet has lost: `1.41235E+10`.
ROUNDED: Final = re.compile(r"\d(?:[.,]\d+)?e\+?\d+", re.IGNORECASE)


def parse_reference(text: str) -> str | None:
    """A meter number or a bill's reference: its digits. Words around it are allowed, letters in it are not."""
    said = figures_of(text)
    usual = [run for run in said.runs if len(run) == METER_DIGITS]
    if usual:
        return usual[0] if len(usual) == 1 else None
    is_whole_text = len(said.stretches) == 1 and not said.words
    least = MIN_REFERENCE_DIGITS if is_whole_text else MIN_NUMBER_DIGITS
    numbers = [
        stretch.whole
        for stretch in said.stretches
        if len(stretch.whole) >= least
        and not stretch.is_money
        and len(stretch.whole) <= (MAX_REFERENCE_DIGITS if len(stretch.groups) == 1 else MAX_JOINED_DIGITS)
    ]
    return numbers[0] if len(numbers) == 1 else None


def parse_order_id(text: str) -> str | None:
    """An order's id as people copy it: with or without dashes, in any case, with the letters that look like digits."""
    cleaned = text.strip().upper().translate(_CROCKFORD)
    return cleaned if _ORDER_ID.fullmatch(cleaned) else None
