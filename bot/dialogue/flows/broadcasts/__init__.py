"""Broadcasts written, confirmed and stopped. Pure."""

from bot.dialogue.admin import broadcast
from bot.dialogue.context import State
from bot.dialogue.flow import Anywhere, Command, Flow, HelpLine
from bot.domain.acts import StartBroadcast

FLOW = Flow(
    name="broadcasts",
    states={
        "broadcast_fr": State(
            broadcast.ask_french,
            "unclear.idle",
            {"skip": broadcast.skip_french},
            broadcast.read_french,
            True,
            most_characters=broadcast.MAX_CHARACTERS,
            permission="support",
        ),
        "broadcast_en": State(
            broadcast.ask_english,
            "unclear.idle",
            {"skip": broadcast.skip_english, "same": broadcast.same_english},
            broadcast.read_english,
            True,
            most_characters=broadcast.MAX_CHARACTERS,
            back=broadcast.ask_french,
            permission="support",
        ),
        "broadcast_to": State(
            broadcast.ask_audience,
            "unclear.which",
            {"to": broadcast.take_audience},
            back=broadcast.ask_english,
            permission="support",
        ),
    },
    commands=(
        Command("broadcast", broadcast.broadcast, "operator", "command.broadcast", 300, HelpLine("help.people", 70)),
    ),
    buttons=(Anywhere("stopcast", broadcast.stop_one, "operator"),),
    acts={StartBroadcast: broadcast.BROADCAST},
)
