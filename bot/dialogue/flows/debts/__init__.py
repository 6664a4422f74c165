"""What clients owe a reseller: a notebook. Pure."""

from bot.dialogue.context import State
from bot.dialogue.flow import Anywhere, Command, Flow, HelpLine, Reader
from bot.dialogue.flows.debts import noting, reading, showing
from bot.dialogue.sale_pending import DebtSaid

FLOW = Flow(
    name="debts",
    states={
        "debt_whom": State(
            reading.ask_whom,
            "unclear.sale_whom",
            {"client": reading.choose},
            reading.read_whom,
            left=True,
            permission="reseller",
            pending=DebtSaid,
        ),
    },
    commands=(Command("debts", showing.owing, "reseller", "command.debts", 225, HelpLine("help.selling", 25)),),
    buttons=(
        Anywhere("debts", showing.owing, "reseller"),
        Anywhere("debt", showing.page, "reseller"),
        Anywhere("debtundo", noting.undo, "reseller"),
        Anywhere("debtpaid", noting.paid_all, "reseller"),
        Anywhere("debtremind", showing.remind, "reseller"),
    ),
    help_text=lambda ctx: ctx.t("help.debts") if ctx.person.reseller is not None else None,
    readers=(Reader("first", reading.first), Reader("name", reading.read)),
    words=dict.fromkeys(
        (
            *(
                "qui me doit",
                "qui me doit de l argent",
                "qui me doit quoi",
                "qui doit",
                "qui doit quoi",
                "on me doit combien",
            ),
            *(
                "dettes",
                "mes dettes",
                "les dettes",
                "credits",
                "mes credits",
                "les credits",
                "carnet de credit",
                "ardoise",
            ),
            *("combien on me doit", "ventes a credit", "impayes", "mes impayes", "bor yi"),
            *("who owes me", "who owes me money", "who owes me what", "who owes", "who owes what", "debts", "my debts"),
            *("the debts", "what am i owed", "how much am i owed", "unpaid", "the tab"),
        ),
        "debts",
    ),
)
