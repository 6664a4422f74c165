"""A reseller sells to a client of the book. Pure."""

from bot.dialogue.context import State
from bot.dialogue.flow import Button, Flow
from bot.dialogue.reseller import sale

FLOW = Flow(
    name="sales",
    states={
        "sale_whom": State(
            sale.ask_whom, "unclear.sale_whom", {"client": sale.picked}, sale.read_whom, permission="reseller"
        ),
        "sale_meter": State(sale.ask_meter, "unclear.which", {"meter": sale.took}, permission="reseller"),
    },
    buttons=(Button("sell", sale.sell, "reseller"),),
)
