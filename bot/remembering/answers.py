"""Answers to every look of the dialogue: everybody's, and those of each domain. Pure."""

from collections.abc import Callable
from typing import Any, Final

from bot.dialogue.looks import Look
from bot.remembering import batches, cases, concerns, looks, numbers
from bot.store import Script
from bot.transactions.installation import Installation

# An answerer gets the look, the customer whose dialogue asks, and the desk.
ANSWERS: Final[dict[type[Look], Callable[[Any, str, Installation], Script[Any]]]] = {
    **batches.ANSWERS,
    **cases.ANSWERS,
    **numbers.ANSWERS,
    **concerns.ANSWERS,
}


def answer(look: Look, customer: str, installation: Installation, person: str = "") -> Script[Any]:
    """Answer one look of the customer's dialogue; `speaker` is the address that he speaks from."""
    if (answerer := ANSWERS.get(type(look))) is not None:
        return (yield from answerer(look, customer, installation))
    return (yield from looks.answer(look, customer, installation, person))
