"""The admins' part of the dialogue's table: states, buttons, commands, and what answers to their errands lead to."""

from collections.abc import Callable
from typing import Any, Final

from bot.dialogue.admin import confirm, money, orders
from bot.dialogue.effects import Answered, FloatAnswered
from bot.dialogue.here import Answer, Deciding, Here, State
from bot.dialogue.roles import Command

STATES: Final[dict[str, State]] = {
    "admin_confirm": State(confirm.ask_confirm, "unclear.yes_no", {"do": confirm.do}),
}
GUARDED: Final[dict[str, Command]] = {
    "inspect": Command(orders.inspect, "support"),
    "askany": Command(orders.ask_any, "support"),
}
COMMANDS: Final[dict[str, Command]] = {
    "credit": Command(money.credit, "owner", "command.credit"),
    "debit": Command(money.debit, "owner", "command.debit"),
    "order": Command(orders.inspect, "support", "command.order"),
    "stuck": Command(orders.stuck, "support", "command.stuck"),
    "resolve": Command(orders.resolve, "operator", "command.resolve"),
    "float": Command(money.ask_float, "support", "command.float"),
}
ANSWERED: Final[dict[type[Answered], Callable[[Here, Any], Answer | Deciding]]] = {
    FloatAnswered: money.float_answered,
}
