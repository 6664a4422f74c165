"""One account in several chats: linking, undoing it within a day, unlinking. Pure."""

from bot.dialogue import link, link_undo, unlink
from bot.dialogue.context import State
from bot.dialogue.flow import Anywhere, Command, Flow

FLOW = Flow(
    name="linking",
    states={
        "link_give": State(link.ask_give, "unclear.yes_no", {"do": link.give}),
        "link_undo": State(link_undo.ask_undo_again, "unclear.yes_no", {"do": link_undo.undo}),
        "unlink": State(unlink.ask_part, "unclear.yes_no", {"do": unlink.part}),
    },
    commands=(
        Command("link", link.link, about="command.link", order=80),
        Command("unlink", unlink.unlink, takes_text=False),
    ),
    buttons=(
        Anywhere("link", link.link),
        Anywhere("join", link.join),
        Anywhere("unjoin", link.refuse),
        Anywhere("undolink", link_undo.ask_undo),
        Anywhere("unlink", unlink.unlink),
    ),
)
