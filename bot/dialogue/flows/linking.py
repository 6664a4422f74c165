"""One account in several chats: linking, undoing it within a day, unlinking. Pure."""

from bot.dialogue import link, link_undo, unlink
from bot.dialogue.context import Answer, Context, State
from bot.dialogue.flow import Anywhere, Command, Flow, Reader, Typed
from bot.store import Script


def _code(ctx: Context, typed: Typed) -> Script[Answer | None]:
    """A code that joins two channels."""
    return (yield from link.enter(ctx, typed.text))


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
    readers=(Reader("code", _code),),
    buttons=(
        Anywhere("link", link.link),
        Anywhere("join", link.join),
        Anywhere("unjoin", link.refuse),
        Anywhere("undolink", link_undo.ask_undo),
        Anywhere("unlink", unlink.unlink),
    ),
)
