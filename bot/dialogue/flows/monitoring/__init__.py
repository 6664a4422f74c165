"""The float, and the audit of the books. Pure."""

from bot.dialogue.flow import Anywhere, Command, Flow, HelpLine
from bot.dialogue.flows.monitoring import alerts, audit, operator_float
from bot.dialogue.tasks import AuditAnswered, FloatAnswered

FLOW = Flow(
    name="monitoring",
    commands=(
        Command("audit", audit.audit, "support", "command.audit", 590, HelpLine("help.reading", 90)),
        Command("float", operator_float.ask_float, "support", "command.float", 600, HelpLine("help.reading", 80)),
        Command("take", alerts.take, "operator", "command.take", 610, HelpLine("help.orders", 70)),
        Command("quiet", alerts.quiet, "operator", "command.quiet", 620, HelpLine("help.people", 90), example="1h"),
    ),
    buttons=(
        Anywhere("takealert", alerts.take, "operator"),
        Anywhere("float", operator_float.ask_float, "support"),
        Anywhere("audit", audit.audit, "support"),
    ),
    answers={FloatAnswered: operator_float.float_answered, AuditAnswered: audit.audited},
)
