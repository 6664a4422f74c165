"""The line that every act writes to the append-only audit log. Pure."""

from bot.dialogue.context import Context
from bot.store import Script
from bot.transactions.acts import write_line


def audit(ctx: Context, what: str, target: str, why: str = "", amount_xof: int = 0) -> Script[None]:
    """Write down that `what` is done to `target`, by whom and why; `amount_xof` is the money that it moves or puts at
    stake, which counts towards what one admin may do alone.

    Every act writes exactly one line, in the step that does it, before anything else of it; one that finds nothing to
    do writes none. One that undoes another bears that one's name after `undo`.
    """
    if ctx.undoes:
        what = f"undo {ctx.undoes}"
    ctx.acted = what
    yield from ctx.write(write_line(ctx.unit, ctx.by, ctx.second, what, target, why, amount_xof))


def with_reason(what: str, why: str) -> str:
    """What a rule was changed to, and why."""
    return f"{what} · {why}" if why else what
