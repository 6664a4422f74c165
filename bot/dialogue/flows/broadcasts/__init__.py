"""Broadcasts written, confirmed and stopped. Pure."""

from bot.dialogue.admin_pending import Announcement
from bot.dialogue.context import State
from bot.dialogue.flow import Anywhere, Command, Flow, HelpLine
from bot.dialogue.flows.broadcasts import audience, sending, writing
from bot.domain.acts import StartBroadcast

FLOW = Flow(
    name="broadcasts",
    states={
        "broadcast_fr": State(
            writing.ask_french,
            "unclear.idle",
            {"skip": writing.skip_french},
            writing.read_french,
            True,
            most_characters=writing.MAX_CHARACTERS,
            permission="support",
            pending=Announcement,
        ),
        "broadcast_en": State(
            writing.ask_english,
            "unclear.idle",
            {"skip": writing.skip_english, "same": writing.same_english},
            writing.read_english,
            True,
            most_characters=writing.MAX_CHARACTERS,
            back=writing.ask_french,
            permission="support",
            pending=Announcement,
        ),
        "broadcast_to": State(
            audience.ask_audience,
            "unclear.which",
            {"to": audience.take_audience},
            back=writing.ask_english,
            permission="support",
            pending=Announcement,
        ),
    },
    commands=(
        Command("broadcast", writing.broadcast, "operator", "command.broadcast", 300, HelpLine("help.people", 70)),
    ),
    buttons=(Anywhere("stopcast", sending.stop_one, "operator"),),
    acts={StartBroadcast: sending.BROADCAST},
)
