"""What admins do with what customers paid by themselves, and with what goes back to them. Pure."""

from bot.dialogue.flow import Anywhere, Command, Flow, HelpLine
from bot.dialogue.flows.payins import deciding, readdressing, reading
from bot.domain.payment_acts import DecidePayBack, DecidePayIn, SendElsewhere
from bot.shop import ShopSettings


def _collects(shop: ShopSettings) -> bool:
    return shop.collecting is not None


FLOW = Flow(
    name="payins",
    commands=(
        Command(
            "payins", reading.payins, "support", "command.payins", 442, HelpLine("help.reading", 72), where=_collects
        ),
        Command(
            "payin",
            deciding.payin,
            "support",
            "command.payin",
            444,
            HelpLine("help.reading", 74),
            where=_collects,
            example="0123456789AB",
        ),
        Command(
            "payback",
            deciding.payback,
            "support",
            "command.payback",
            446,
            HelpLine("help.orders", 32),
            where=_collects,
            example="0123456789AB",
        ),
    ),
    buttons=(
        Anywhere("payins", reading.payins, "support"),
        Anywhere("payin", deciding.payin, "support"),
        Anywhere("payback", deciding.payback, "support"),
    ),
    acts={DecidePayIn: deciding.PAYIN, DecidePayBack: deciding.PAYBACK, SendElsewhere: readdressing.ELSEWHERE},
)
