"""What admins read: figures, orders, people, the audit log. Pure."""

from bot.dialogue.admin_pending import OrdersPage
from bot.dialogue.context import State
from bot.dialogue.flow import Anywhere, Command, Flow, HelpLine
from bot.dialogue.flows.reports import day, figures, find, log, orders, people, settings_now, shift

FLOW = Flow(
    name="reports",
    states={
        "admin_orders": State(
            orders.ask_orders,
            "unclear.idle",
            {"page": orders.other_page},
            read_only=True,
            permission="support",
            pending=OrdersPage,
        ),
    },
    commands=(
        Command(
            "shift",
            shift.shift,
            "support",
            "command.shift",
            325,
            HelpLine("help.reading", 2),
            takes_text=False,
            long_reading=True,
        ),
        Command(
            "report", day.report, "support", "command.report", 335, HelpLine("help.reading", 15), long_reading=True
        ),
        Command(
            "settings",
            settings_now.settings,
            "support",
            "command.settings",
            585,
            HelpLine("help.reading", 105),
            takes_text=False,
            long_reading=True,
        ),
        Command(
            "today", figures.today, "support", "command.today", 330, HelpLine("help.reading", 10), long_reading=True
        ),
        Command(
            "stats",
            figures.stats,
            "support",
            "command.stats",
            340,
            HelpLine("help.reading", 20),
            long_reading=True,
            example="week",
        ),
        Command(
            "orders",
            orders.orders,
            "support",
            "command.orders",
            350,
            HelpLine("help.reading", 30),
            long_reading=True,
            example="stuck woyofal",
        ),
        Command(
            "find",
            find.find,
            "support",
            "command.find",
            360,
            HelpLine("help.reading", 50),
            long_reading=True,
            example="awa",
        ),
        Command(
            "user",
            people.user,
            "support",
            "command.user",
            370,
            HelpLine("help.reading", 60),
            long_reading=True,
            example="1001",
        ),
        Command(
            "resend",
            orders.resend,
            "support",
            "command.resend",
            380,
            HelpLine("help.orders", 40),
            example="7KQ4M2XR9BTZ",
        ),
        Command(
            "export",
            figures.export,
            "operator",
            "command.export",
            390,
            HelpLine("help.reading", 110),
            example="orders 11/2026 xlsx",
        ),
        Command(
            "log",
            log.log,
            "support",
            "command.log",
            580,
            HelpLine("help.reading", 100),
            long_reading=True,
            example="1001",
        ),
    ),
    buttons=(
        Anywhere("orders", orders.orders_page, "support", long_reading=True),
        Anywhere("user", people.user, "support", long_reading=True),
        Anywhere("stats", figures.stats, "support", long_reading=True),
        Anywhere("stats_chart", figures.stats_chart, "support"),
    ),
)
