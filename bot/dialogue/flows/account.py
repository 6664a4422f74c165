"""What is the person's own: balance, codes and orders. Pure."""

from bot.dialogue import account
from bot.dialogue.context import State
from bot.dialogue.flow import Button, Command, Flow

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
    buttons=(
        Button("balance", account.balance),
        Button("codes", account.last_codes),
        Button("code", account.code),
        Button("history", account.history),
        Button("order", account.open_order),
        Button("last", account.last_order),
        Button("recall", account.recall),
        Button("ask", account.ask_now),
        Button("again", account.again),
    ),
)
