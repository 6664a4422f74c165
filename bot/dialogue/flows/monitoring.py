"""The float, and the audit of the books. Pure."""

from bot.dialogue.admin import audit, money
from bot.dialogue.flow import Anywhere, Command, Flow, HelpLine
from bot.dialogue.tasks import AuditAnswered, FloatAnswered

FLOW = Flow(
    name="monitoring",
    commands=(
        Command("audit", audit.audit, "support", "command.audit", 590, HelpLine("help.reading", 90)),
        Command("float", money.ask_float, "support", "command.float", 600, HelpLine("help.reading", 80)),
    ),
    buttons=(
        Anywhere("float", money.ask_float, "support"),
        Anywhere("audit", audit.audit, "support"),
    ),
    answers={FloatAnswered: money.float_answered, AuditAnswered: audit.audited},
)
