"""Acts of a moment ago are undone. Pure."""

from bot.dialogue.flow import Anywhere, Command, Flow, HelpLine
from bot.dialogue.flows.undo import steps
from bot.domain.acts import UndoAct

FLOW = Flow(
    name="undo",
    commands=(
        Command("undo", steps.undo_last, "operator", "command.undo", 580, HelpLine("help.money", 50), takes_text=False),
    ),
    buttons=(Anywhere("undo", steps.undo, "operator"),),
    acts={UndoAct: steps.UNDO},
)
