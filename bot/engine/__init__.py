"""The engine: hear an event, let the dialogue decide inside one transaction, act after the commit.

`engine` is the way in and the sweep, `events` the transaction of one event, `inquiries` what a session waits for.
After the commit `lookups` asks the gateway whose meter it is, and `task_runner` does what else was left to do.
`reports` hears what channels tell of messages that they took.
"""

from bot.engine.engine import Engine, HandlingFailed
from bot.engine.ids import fresh_id
from bot.engine.task_runner import nobody_collects

__all__ = ["Engine", "HandlingFailed", "fresh_id", "nobody_collects"]
