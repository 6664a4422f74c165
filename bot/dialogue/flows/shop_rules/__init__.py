"""What is sold and for how much, and the shop's own words. Pure."""

from bot.dialogue.flow import Anywhere, Command, Flow, HelpLine
from bot.dialogue.flows.shop_rules import fees, maintenance, texts
from bot.domain.acts import SetCommission, SetFee, SetMaintenance, SetText

FLOW = Flow(
    name="shop_rules",
    commands=(
        Command(
            "maintenance",
            maintenance.maintenance,
            "operator",
            "command.maintenance",
            470,
            HelpLine("help.rules", 30),
            example="on woyofal",
        ),
        Command(
            "text",
            texts.text,
            "owner",
            "command.text",
            480,
            HelpLine("help.rules", 40),
            example="contact fr Taal, 33 800 00 00",
        ),
        Command("fee", fees.fee, "owner", "command.fee", 500, HelpLine("help.rules", 10), example="woyofal 1% + 25"),
        Command(
            "commission",
            fees.commission,
            "owner",
            "command.commission",
            510,
            HelpLine("help.rules", 20),
            example="woyofal 20% fee",
        ),
    ),
    buttons=(Anywhere("maintenance", maintenance.maintenance, "operator"),),
    acts={
        SetFee: fees.FEE,
        SetCommission: fees.COMMISSION,
        SetMaintenance: maintenance.MAINTENANCE,
        SetText: texts.TEXT,
    },
)
