"""What admins read: figures, orders, people, the audit log. Pure."""

from bot.dialogue.admin import find, log, numbers, reading
from bot.dialogue.context import State
from bot.dialogue.flow import Anywhere, Command, Flow, HelpLine

FLOW = Flow(
    name="reports",
    states={"admin_orders": State(reading.ask_orders, "unclear.idle", read_only=True, permission="support")},
    commands=(
        Command("today", numbers.today, "support", "command.today", 330, HelpLine("help.reading", 10)),
        Command("stats", numbers.stats, "support", "command.stats", 340, HelpLine("help.reading", 20)),
        Command("orders", reading.orders, "support", "command.orders", 350, HelpLine("help.reading", 30)),
        Command("find", find.find, "support", "command.find", 360, HelpLine("help.reading", 50)),
        Command("user", reading.user, "support", "command.user", 370, HelpLine("help.reading", 60)),
        Command("resend", reading.resend, "support", "command.resend", 380, HelpLine("help.orders", 40)),
        Command("export", numbers.export, "operator", "command.export", 390, HelpLine("help.reading", 110)),
        Command("log", log.log, "support", "command.log", 580, HelpLine("help.reading", 100)),
    ),
    buttons=(
        Anywhere("orders", reading.turn_page, "support"),
        Anywhere("user", reading.user, "support"),
        Anywhere("stats", numbers.stats, "support"),
        Anywhere("stats_chart", numbers.stats_chart, "support"),
    ),
)
