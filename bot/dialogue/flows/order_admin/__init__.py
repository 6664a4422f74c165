"""What admins do with an order: look at it, ask for it, decide it, make it good. Pure."""

from bot.dialogue.flow import Anywhere, Command, Flow, HelpLine
from bot.dialogue.flows.order_admin import inspect, refund, resolve, retry
from bot.domain.acts import RefundOrder, ResolveOrder, RetryOrder

FLOW = Flow(
    name="order_admin",
    commands=(
        Command(
            "order",
            inspect.inspect,
            "support",
            "command.order",
            400,
            HelpLine("help.reading", 40),
            example="7KQ4M2XR9BTZ",
        ),
        Command(
            "stuck", inspect.stuck, "support", "command.stuck", 410, HelpLine("help.reading", 70), long_reading=True
        ),
        Command(
            "resolve",
            resolve.resolve,
            "operator",
            "command.resolve",
            420,
            HelpLine("help.orders", 10),
            example="7KQ4M2XR9BTZ delivered 48213377901245560931",
        ),
        Command(
            "retry", retry.retry, "operator", "command.retry", 430, HelpLine("help.orders", 20), example="7KQ4M2XR9BTZ"
        ),
        Command(
            "refund",
            refund.refund,
            "owner",
            "command.refund",
            440,
            HelpLine("help.orders", 30),
            example="7KQ4M2XR9BTZ 1000 Wave",
        ),
    ),
    buttons=(
        Anywhere("inspect", inspect.inspect, "support"),
        Anywhere("askany", inspect.ask_any, "support"),
        Anywhere("stuck", inspect.stuck, "support", long_reading=True),
    ),
    acts={ResolveOrder: resolve.RESOLVE, RefundOrder: refund.REFUND, RetryOrder: retry.RETRY},
)
