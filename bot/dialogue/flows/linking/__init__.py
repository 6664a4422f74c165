"""One account in several chats: linking, undoing it within a day, unlinking. Pure."""

from bot.dialogue.context import Answer, Context, State
from bot.dialogue.flow import AfterGuard, Anywhere, Command, Flow, Reader, Typed
from bot.dialogue.flows.linking import joining, leaving, undoing
from bot.dialogue.pending import Giving, JoinLink
from bot.dialogue.permissions import may
from bot.store import Script
from bot.transactions.links import miss


def _code(ctx: Context, typed: Typed) -> Script[Answer | None]:
    """A code that joins two channels; whoever sells for a shop joins nothing meanwhile."""
    if not may(ctx.person, "private"):
        # For whoever guesses it is a wrong code all the same: those of clients and of shops are in the same stock.
        yield from miss(ctx.unit)
        return None
    return (yield from joining.enter(ctx, typed.text))


FLOW = Flow(
    name="linking",
    after_guard={JoinLink: AfterGuard(joining.join_guarded, joining.back_from_guard, "pin.ask_link")},
    states={
        "link_give": State(
            joining.ask_give, "unclear.yes_no", {"do": joining.give}, permission="private", pending=Giving
        ),
        "link_undo": State(undoing.ask_undo_again, "unclear.yes_no", {"do": undoing.undo}, permission="private"),
        "unlink": State(leaving.ask_part, "unclear.yes_no", {"do": leaving.part}, permission="private"),
    },
    commands=(
        Command("link", joining.link, "private", about="command.link", order=80),
        Command("unlink", leaving.unlink, "private", takes_text=False),
    ),
    readers=(Reader("code", _code),),
    buttons=(
        Anywhere("link", joining.link, "private"),
        Anywhere("join", joining.join, "private"),
        Anywhere("unjoin", joining.refuse, "private"),
        Anywhere("undolink", undoing.ask_undo, "private"),
        Anywhere("unlink", leaving.unlink, "private"),
    ),
)
