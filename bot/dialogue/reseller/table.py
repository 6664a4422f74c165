"""The resellers' part of the dialogue's table: states, buttons, commands, and what answers to their errands lead to.

`ANYWHERE` holds what their clients do.
"""

from collections.abc import Callable
from typing import Any, Final

from bot.dialogue.effects import Answered
from bot.dialogue.here import Answer, Deciding, Handler, Here, State
from bot.dialogue.roles import Command

STATES: Final[dict[str, State]] = {}
ANYWHERE: Final[dict[str, Handler]] = {}
GUARDED: Final[dict[str, Command]] = {}
COMMANDS: Final[dict[str, Command]] = {}
ANSWERED: Final[dict[type[Answered], Callable[[Here, Any], Answer | Deciding]]] = {}
