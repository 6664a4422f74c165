"""What is sold and for how much, and the shop's own words. Pure."""

from bot.dialogue.admin import rules
from bot.dialogue.flow import Anywhere, Command, Flow, HelpLine
from bot.domain.acts import SetCommission, SetFee, SetMaintenance, SetText

FLOW = Flow(
    name="shop_rules",
    commands=(
        Command("maintenance", rules.maintenance, "operator", "command.maintenance", 470, HelpLine("help.rules", 30)),
        Command("text", rules.text, "owner", "command.text", 480, HelpLine("help.rules", 40)),
        Command("fee", rules.fee, "owner", "command.fee", 500, HelpLine("help.rules", 10)),
        Command("commission", rules.commission, "owner", "command.commission", 510, HelpLine("help.rules", 20)),
    ),
    buttons=(Anywhere("maintenance", rules.maintenance, "operator"),),
    acts={
        SetFee: rules.FEE,
        SetCommission: rules.COMMISSION,
        SetMaintenance: rules.MAINTENANCE,
        SetText: rules.TEXT,
    },
)
