"""Broadcasts stopped and heard again, and being told when a service is back. Pure."""

from bot.dialogue import announcements
from bot.dialogue.flow import Button, Flow

FLOW = Flow(
    name="news",
    buttons=(Button("tellme", announcements.tell_me), Button("listen", announcements.listen)),
)
