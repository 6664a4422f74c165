"""What the dialogue may ask of the store while it decides: each look is answered inside the same transaction. Pure.

A step yields a look and receives its answer, whose type is named in the look's docstring. The store's scripts answer
them with statements; a test answers them from a dictionary. A look never changes anything. What is asked for resellers
and for admins alone stands in those rooms, in a `looks.py` of their own.
"""

from typing import Any

from msgspec import Struct

from bot.store import Script


class Look(Struct, frozen=True):
    """A question to the store; a test knows that every kind of it is answered."""


def look(at: Look) -> Script[Any]:
    """Ask it. The answer's type stands with the kind of question."""
    return (yield at)  # type: ignore[misc]  # Whoever runs a step answers it.
