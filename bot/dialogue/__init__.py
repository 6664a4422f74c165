"""The dialogue: a pure conversational state machine.

`step(session, event, speaker, shop)` is a generator: it yields looks, is sent their answers, and returns a `Turn`.
`notice(order, kind, …)` and `alert(…)` are the words an order speaks for itself after the conversation has ended.
"""

from bot.dialogue.listing import admin_commands, commands, commands_for, reseller_commands
from bot.dialogue.router import step
from bot.dialogue.session import Person, Session, Transition
from bot.notices.order_news import alert, apology, busy, flooded, notice
from bot.shop import ShopSettings

__all__ = [
    "Person",
    "Session",
    "ShopSettings",
    "Transition",
    "admin_commands",
    "alert",
    "apology",
    "busy",
    "commands",
    "commands_for",
    "flooded",
    "notice",
    "reseller_commands",
    "step",
]
