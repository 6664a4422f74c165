"""A reseller's figures: the day, the month, the statement, the chart. Pure."""

from bot.dialogue.flow import Button, Command, Flow, HelpLine
from bot.dialogue.reseller import figures

FLOW = Flow(
    name="sales_reports",
    commands=(
        Command("day", figures.day, "reseller", "command.day", 240, HelpLine("help.selling", 40)),
        Command("month", figures.month, "reseller", "command.month", 250, HelpLine("help.selling", 50)),
        Command("statement", figures.statement, "reseller", "command.statement", 260, HelpLine("help.selling", 60)),
        Command("chart", figures.chart, "reseller", "command.chart", 270, HelpLine("help.selling", 70)),
    ),
    buttons=(
        Button("day", figures.day, "reseller"),
        Button("month", figures.month, "reseller"),
        Button("statement", figures.statement, "reseller"),
        Button("chart", figures.chart, "reseller"),
    ),
)
