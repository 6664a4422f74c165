"""Answers to every look of the dialogue: everybody's, and those of each domain. Pure."""

from collections.abc import Callable
from typing import Any, Final

from bot.dialogue.looks import Look
from bot.store import Script
from bot.transactions.installation import Installation

# An answerer gets the look, the customer whose dialogue asks, and the desk.
ANSWERS: Final[dict[type[Look], Callable[[Any, str, Installation], Script[Any]]]] = {}


def answer(look: Look, customer: str, installation: Installation) -> Script[Any]:
    """Answer one look of the customer's dialogue."""
    return (yield from ANSWERS[type(look)](look, customer, installation))
