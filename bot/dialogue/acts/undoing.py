"""An act is kept with what undoes it. Pure.

Theory of operation. Before an act is done, its kind says which acts would put back what there is (`Undoing`); they are
kept with it, and with what it set, as it was left. Whoever did it reads a button that leads to the flow `undo`, where
it is undone by those acts: money by a counter-entry, a setting by the value that it had. That is possible for some
minutes, once, and only while what was set is as it was left.
"""

from typing import Final

from msgspec.structs import replace

from bot.dialogue.acts.kinds import AnyKind
from bot.dialogue.context import Context, Deciding
from bot.dialogue.session import Transition
from bot.domain.acts import Act
from bot.domain.people import Address
from bot.i18n import Voice
from bot.notices.layout import STAYS, Rows, free
from bot.repositories import undos
from bot.repositories.undos import ActUndo

UNDO_MS: Final = 600_000


def carry_out(ctx: Context, kind: AnyKind, act: Act, why: str) -> Deciding:
    """Do an act; whoever did it may undo it."""
    answer = yield from perform(ctx, kind, act, why)
    if not ctx.undo_id or not isinstance(answer, Transition):
        return answer
    last = answer.messages[-1]
    last = replace(last, rows=(*undo_rows(ctx.t, ctx.undo_id), *last.rows))
    return replace(answer, messages=(*answer.messages[:-1], last))


def perform(ctx: Context, kind: AnyKind, act: Act, why: str) -> Deciding:
    """Do an act, and keep how it is undone."""
    undoing = kind.undoing
    if undoing is None or ctx.staged:
        return (yield from kind.do(ctx, act, why))
    inverse = yield from undoing.inverse(ctx, act)
    answer = yield from kind.do(ctx, act, why)
    if ctx.acted and inverse:
        left_as = yield from undoing.value(ctx, act)
        ctx.undo_id = ctx.person.fresh[1]
        yield from undos.keep(
            ActUndo(
                ctx.undo_id, act, inverse, left_as, ctx.acted, why, Address.parse(ctx.by), ctx.second, done_at=ctx.now
            )
        )
    return answer


def undo_rows(t: Voice, undo_id: str) -> Rows:
    """The button that undoes an act; none without an id."""
    return ((free(t.label("button.undo"), "undo", undo_id, STAYS),),) if undo_id else ()
