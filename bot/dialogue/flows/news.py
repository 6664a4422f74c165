"""Broadcasts stopped and heard again, and being told when a service is back. Pure."""

from bot.dialogue import announcements
from bot.dialogue.flow import Anywhere, Flow

FLOW = Flow(
    name="news",
    buttons=(
        Anywhere("stop", announcements.stop),
        Anywhere("tellme", announcements.tell_me),
        Anywhere("listen", announcements.listen),
    ),
)
