"""The dialogue: a pure conversational state machine.

`step(session, event, person, shop, unit)` is a script: it asks the repositories, writes what was decided, and returns
a `Transition`. What people can do is declared by the flows that `flows` lists; `commands` and `shown` are
the lists of commands that follow from them. `read` is where a step leads that only reads, and waits for its commit.
"""

from bot.dialogue.flows import commands, shown
from bot.dialogue.router import read, step
from bot.dialogue.session import Person, Session, Transition

__all__ = ["Person", "Session", "Transition", "commands", "read", "shown", "step"]
