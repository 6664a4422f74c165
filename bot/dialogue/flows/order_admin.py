"""What admins do with an order: look at it, ask for it, decide it, make it good. Pure."""

from bot.dialogue.admin import orders, refund_retry
from bot.dialogue.flow import Anywhere, Command, Flow, HelpLine
from bot.domain.acts import RefundOrder, ResolveOrder, RetryOrder

FLOW = Flow(
    name="order_admin",
    commands=(
        Command("order", orders.inspect, "support", "command.order", 400, HelpLine("help.reading", 40)),
        Command("stuck", orders.stuck, "support", "command.stuck", 410, HelpLine("help.reading", 70)),
        Command("resolve", orders.resolve, "operator", "command.resolve", 420, HelpLine("help.orders", 10)),
        Command("retry", refund_retry.retry, "operator", "command.retry", 430, HelpLine("help.orders", 20)),
        Command("refund", refund_retry.refund, "owner", "command.refund", 440, HelpLine("help.orders", 30)),
    ),
    buttons=(
        Anywhere("inspect", orders.inspect, "support"),
        Anywhere("askany", orders.ask_any, "support"),
        Anywhere("stuck", orders.stuck, "support"),
    ),
    acts={ResolveOrder: orders.RESOLVE, RefundOrder: refund_retry.REFUND, RetryOrder: refund_retry.RETRY},
)
