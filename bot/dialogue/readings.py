"""What only reads and may have much to read is answered beside the transactions, so that nobody waits for it. Pure.

Theory of operation. The handler of such a command or button is replaced by one that says nothing and leaves an
`AskReading` for after the commit. The engine runs the handler itself over a state of its own, in which nothing can be
written, and brings back where it leads. That becomes the person's next session if they are still where they were;
else they are told what was read, and stay where they are.
"""

from typing import Final

from msgspec.structs import replace

from bot.dialogue.context import Answer, Context, Handler
from bot.dialogue.menu import reply_beside
from bot.dialogue.session import Transition
from bot.dialogue.tasks import AskReading, ReadingAnswered

_PROBLEM: Final = {"unavailable": "reading.unavailable", "busy": "reading.busy"}


def deferred(name: str) -> Handler:
    """The handler that stands in for one of that name among the registry's readings."""

    def run(ctx: Context, argument: str = "") -> Answer:
        ctx.after_commit(AskReading(name, argument, ctx.prefix, ctx.replaces))
        return ctx.become(replace(ctx.session, updated_at=ctx.now))

    return run


def answered(ctx: Context, event: ReadingAnswered) -> Answer:
    """Where a reading leads from where the person is now."""
    transition = event.transition
    if transition is None:
        return reply_beside(ctx, ctx.t(_PROBLEM[event.problem]))
    if ctx.session == event.before:
        return transition
    # A question that was put again below what was read may be over by now.
    return Transition(ctx.session, transition.messages[:-1] or transition.messages)
