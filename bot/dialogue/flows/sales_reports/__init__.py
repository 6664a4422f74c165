"""A reseller's figures: the day, the month, the statement, the chart. Pure."""

from bot.dialogue.flow import Anywhere, Command, Flow, HelpLine, MenuButton
from bot.dialogue.flows.sales_reports import figures

# How people ask at the counter what they sold and earned, and what must be in the till: a seller of somebody's shop has
# a till of their own, everybody else who sells the day's sales.
_OF_THE_DAY = (
    *("ventes du jour", "mes ventes", "ventes", "mes ventes du jour", "combien j ai vendu", "mes gains"),
    *("combien j ai gagne", "combien ai je gagne", "j ai gagne combien", "combien j ai gagne aujourd hui"),
    *("caisse", "ma caisse", "en caisse", "ma commission", "mes commissions", "commission", "commissions"),
    *("today s sales", "sales", "my sales", "how much did i earn", "how much have i earned", "how much did i sell"),
    *("my commission", "my commissions", "till", "my till"),
)
_OF_THE_MONTH = ("ventes du mois", "mes ventes du mois", "sales of the month", "this month s sales")

FLOW = Flow(
    name="sales_reports",
    balance_lines=figures.balance_lines,
    commands=(
        Command("day", figures.day, "reseller", "command.day", 240, HelpLine("help.selling", 40), long_reading=True),
        Command(
            "month", figures.month, "reseller", "command.month", 250, HelpLine("help.selling", 50), long_reading=True
        ),
        Command(
            "statement",
            figures.statement,
            "reseller",
            "command.statement",
            260,
            HelpLine("help.selling", 60),
            long_reading=True,
        ),
        Command(
            "chart", figures.chart, "reseller", "command.chart", 270, HelpLine("help.selling", 70), long_reading=True
        ),
    ),
    words={**dict.fromkeys(_OF_THE_DAY, "till"), **dict.fromkeys(_OF_THE_MONTH, "month")},
    menu=(MenuButton(20, 10, lambda ctx: ctx.link("menu.day", "day") if ctx.person.reseller is not None else None),),
    buttons=(
        Anywhere("day", figures.day, "reseller", long_reading=True),
        Anywhere("month", figures.month, "reseller", long_reading=True),
        Anywhere("statement", figures.statement, "reseller", long_reading=True),
        Anywhere("chart", figures.chart, "reseller", long_reading=True),
    ),
)
