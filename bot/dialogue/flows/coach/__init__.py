"""Help at a meter that refuses a code: what it shows, what to do, one step a message; and a code typed here. Pure."""

from bot.dialogue.context import Context, State
from bot.dialogue.flow import Anywhere, Flow, Reader
from bot.dialogue.flows.coach import pasted, reading, steps
from bot.dialogue.help_pending import Coached
from bot.domain.order import Order
from bot.notices.layout import Rows
from bot.notices.orders import refused_button


def _order_rows(ctx: Context, order: Order) -> Rows:
    return ((refused_button(ctx.t, order),),) if order.tokens else ()


FLOW = Flow(
    name="coach",
    states={"coach": State(steps.ask_coach, "unclear.coach", read_only=True, pending=Coached)},
    buttons=(
        Anywhere("refused", steps.refused),
        Anywhere("works", steps.works),
        Anywhere("elsewhere", steps.elsewhere),
    ),
    readers=(
        Reader("first", reading.said_at_meter),
        Reader("first", pasted.code_typed_here),
        Reader("bare", reading.said_in_passing),
    ),
    order_rows=_order_rows,
)
