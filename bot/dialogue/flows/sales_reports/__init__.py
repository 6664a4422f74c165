"""A reseller's figures: the day, the month, the statement, the chart. Pure."""

from bot.dialogue.flow import Anywhere, Command, Flow, HelpLine, MenuButton
from bot.dialogue.flows.sales_reports import figures

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
    menu=(MenuButton(20, 10, lambda ctx: ctx.link("menu.day", "day") if ctx.person.reseller is not None else None),),
    buttons=(
        Anywhere("day", figures.day, "reseller", long_reading=True),
        Anywhere("month", figures.month, "reseller", long_reading=True),
        Anywhere("statement", figures.statement, "reseller", long_reading=True),
        Anywhere("chart", figures.chart, "reseller", long_reading=True),
    ),
)
