"""The menu, the welcome, help, and what is understood from everywhere. Pure."""

from bot.dialogue import help, menus
from bot.dialogue.context import State
from bot.dialogue.flow import Button, Command, Flow

FLOW = Flow(
    name="start",
    states={"idle": State(menus.menu, "unclear.idle", read_only=True)},
    commands=(
        Command("start", menus.start, takes_text=False),
        Command("menu", menus.menu, takes_text=False),
        Command("help", help.assist, about="command.help", order=110, takes_text=False),
        Command("id", menus.identity, about="command.id", order=120, takes_text=False),
        Command("language", menus.language_named, about="command.language", order=90),
        Command("cancel", menus.cancel, about="command.cancel", order=100, takes_text=False),
    ),
    buttons=(
        Button("menu", menus.menu),
        Button("start", menus.start),
        Button("hello", menus.hello),
        Button("thanks", menus.thanks),
        Button("cancel", menus.cancel),
        Button("help", help.assist),
        Button("id", menus.identity),
        Button("language", menus.language),
    ),
)
