"""Money that admins move, and what takes two people. Pure."""

from bot.dialogue.acts import confirm, deciding
from bot.dialogue.context import State
from bot.dialogue.flow import Anywhere, Command, Flow, HelpLine
from bot.dialogue.flows.money import moves
from bot.dialogue.pending import AwaitingConfirm
from bot.domain.acts import MoveMoney

FLOW = Flow(
    name="money",
    states={
        "admin_confirm": State(
            confirm.ask_confirm,
            "unclear.yes_no",
            {"do": confirm.do},
            confirm.read_why,
            free_text=True,
            left=True,
            permission="support",
            pending=AwaitingConfirm,
        ),
    },
    acts={MoveMoney: moves.MOVE},
    commands=(
        Command(
            "credit",
            moves.credit,
            "owner",
            "command.credit",
            310,
            HelpLine("help.money", 10),
            whom=0,
            example="1001 5000 Wave",
        ),
        Command(
            "debit",
            moves.debit,
            "owner",
            "command.debit",
            320,
            HelpLine("help.money", 20),
            whom=0,
            example="1001 5000 Wave",
        ),
        Command(
            "approve",
            deciding.approve,
            "operator",
            "command.approve",
            560,
            HelpLine("help.money", 30),
            example="7KQ4M2XR9BTZ",
        ),
        Command(
            "refuse",
            deciding.disapprove,
            "operator",
            "command.refuse",
            570,
            HelpLine("help.money", 40),
            example="7KQ4M2XR9BTZ",
        ),
    ),
    buttons=(
        Anywhere("approve", deciding.approve, "operator"),
        Anywhere("disapprove", deciding.disapprove, "operator"),
    ),
)
