"""What is the person's own: balance, codes and orders. Pure."""

from bot.dialogue.context import State
from bot.dialogue.flow import Anywhere, Command, Flow, MenuButton
from bot.dialogue.flows.account import steps
from bot.dialogue.pending import HistoryPage, OneOrder

FLOW = Flow(
    name="account",
    states={
        "history": State(steps.ask_history, "unclear.idle", read_only=True, pending=HistoryPage),
        "order": State(steps.ask_open_order, "unclear.idle", read_only=True, back=steps.ask_history, pending=OneOrder),
    },
    commands=(
        Command("code", steps.last_codes, about="command.code", order=40, takes_text=False),
        Command("codes", steps.last_codes, takes_text=False),
        Command("history", steps.history, about="command.history", order=50, takes_text=False),
        Command("balance", steps.balance, about="command.balance", order=70, takes_text=False),
    ),
    menu=(
        # Who sells for a shop has its till in this place.
        MenuButton(50, 20, lambda ctx: None if ctx.at_counter else ctx.link("menu.balance", "balance")),
        MenuButton(60, 10, lambda ctx: ctx.link("menu.history", "history")),
    ),
    buttons=(
        Anywhere("balance", steps.balance),
        Anywhere("codes", steps.last_codes),
        Anywhere("code", steps.code),
        Anywhere("history", steps.history),
        Anywhere("order", steps.open_order),
        Anywhere("last", steps.last_order),
        Anywhere("recall", steps.recall),
        Anywhere("ask", steps.ask_now),
        Anywhere("again", steps.again),
        Anywhere("check_or_again", steps.check_or_again),
    ),
)
