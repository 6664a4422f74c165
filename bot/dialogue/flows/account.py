"""What is the person's own: balance, codes and orders. Pure."""

from bot.dialogue import account
from bot.dialogue.context import State
from bot.dialogue.flow import Anywhere, Command, Flow, MenuButton

FLOW = Flow(
    name="account",
    states={
        "history": State(account.ask_history, "unclear.idle", read_only=True),
        "order": State(account.ask_open_order, "unclear.idle", read_only=True, back=account.ask_history),
    },
    commands=(
        Command("code", account.last_codes, about="command.code", order=40, takes_text=False),
        Command("codes", account.last_codes, takes_text=False),
        Command("history", account.history, about="command.history", order=50, takes_text=False),
        Command("balance", account.balance, about="command.balance", order=70, takes_text=False),
    ),
    menu=(
        MenuButton(50, 20, lambda ctx: ctx.link("menu.balance", "balance")),
        MenuButton(60, 10, lambda ctx: ctx.link("menu.history", "history")),
    ),
    buttons=(
        Anywhere("balance", account.balance),
        Anywhere("codes", account.last_codes),
        Anywhere("code", account.code),
        Anywhere("history", account.history),
        Anywhere("order", account.open_order),
        Anywhere("last", account.last_order),
        Anywhere("recall", account.recall),
        Anywhere("ask", account.ask_now),
        Anywhere("again", account.again),
    ),
)
