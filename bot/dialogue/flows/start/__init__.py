"""The menu, the welcome, help, and what is understood from everywhere. Pure."""

from bot.dialogue.context import State
from bot.dialogue.flow import Anywhere, Command, Flow, MenuButton, Reader
from bot.dialogue.flows.start import help
from bot.dialogue.flows.start.prices import prices, units
from bot.dialogue.flows.start.usual import take_usual
from bot.dialogue.flows.start.welcome import hello, identity, language, language_named, other_language, start, thanks
from bot.dialogue.menu import cancel, menu

FLOW = Flow(
    name="start",
    states={"idle": State(menu, "unclear.idle", read_only=True)},
    commands=(
        Command("start", start, takes_text=False),
        Command("menu", menu, takes_text=False),
        Command("help", help.assist, about="command.help", order=110),
        Command("id", identity, about="command.id", order=120, takes_text=False),
        Command("language", language_named, about="command.language", order=90),
        Command("cancel", cancel, about="command.cancel", order=100, takes_text=False),
    ),
    menu=(
        MenuButton(60, 20, lambda ctx: ctx.link("menu.help", "help")),
        MenuButton(70, 10, other_language),
    ),
    buttons=(
        Anywhere("menu", menu),
        Anywhere("start", start),
        Anywhere("hello", hello),
        Anywhere("usual", take_usual),
        Anywhere("thanks", thanks),
        Anywhere("cancel", cancel),
        Anywhere("help", help.assist),
        Anywhere("id", identity),
        Anywhere("prices", prices),
        Anywhere("language", language),
    ),
    readers=(Reader("first", units),),
)
