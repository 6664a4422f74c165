"""What WhatsApp can do. Pure."""

from bot.channels.abilities import Abilities

# Documented, all three of them.
BUTTONS = 3
LIST_ROWS = 10
REPLY_WINDOW_SECONDS = 24 * 3600

ABILITIES = Abilities(
    "WhatsApp",
    ids_are_numbers=True,
    reply_window_seconds=REPLY_WINDOW_SECONDS,
    buttons=BUTTONS,
    list_rows=LIST_ROWS,
    confirms=True,
    holds=True,
)
