"""What Telegram can do. Pure."""

from bot.channels.abilities import Abilities

ABILITIES = Abilities("Telegram", commands=True, edits=True, erases=True)
