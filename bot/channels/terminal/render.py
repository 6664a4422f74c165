"""What is printed for a message: its text without styles, and a line a button. Pure."""

import re

from bot.channels.markup import plain
from bot.domain.outbound import Choice, Copy, Outbound

# A name that comes from the provider or from a person must not move the cursor or change the title of the window.
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def bare(words: str, lines: list[str]) -> str:
    """A message for another program to read: its text, and the lines below it."""
    return "\n".join((clean(plain(words)), *lines, "", ""))


def buttons(outbound: Outbound) -> list[str]:
    """One line a button. What can be chosen has a number, as the dialogue counts; order news has none, for a number
    belongs to the question that was asked last.
    """
    lines: list[str] = []
    number = 0
    for row in outbound.rows:
        for button in row:
            if isinstance(button, Choice):
                number += 1
                mark = "[" if outbound.durable else f"[{number}] "
                lines.append(f"{mark}{clean(button.label)}{']' if outbound.durable else ''}")
            elif isinstance(button, Copy):
                lines.append(f"[copy] {clean(button.label)}: {clean(button.text)}")
            else:
                lines.append(f"[open] {clean(button.label)}: {button.url}")
    return lines


def clean(text: str) -> str:
    """`text` without signs that a terminal obeys."""
    return _CONTROLS.sub("", text)
