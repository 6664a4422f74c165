"""What Telegram can do. Pure."""

from bot.channels.abilities import Abilities

ABILITIES = Abilities("Telegram", edits=True, erases=True)
