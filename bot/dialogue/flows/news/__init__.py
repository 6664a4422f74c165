"""How people stop broadcasts, get them again, and are told when a service is back. Pure."""

from bot.dialogue.flow import Anywhere, Flow
from bot.dialogue.flows.news import steps

FLOW = Flow(
    name="news",
    buttons=(
        Anywhere("stop", steps.stop),
        Anywhere("tellme", steps.tell_me),
        Anywhere("listen", steps.listen),
    ),
)
