"""A file that somebody sent: a reseller's list of sales, fetched and read after the commit. Pure.

The channel's name for a file may soon expire, and a process that dies on the way takes the task with it: whoever then
says anything reads that their file was lost and is to be sent again.
"""

from typing import Final

from msgspec.structs import replace

from bot.dialogue.blocked import barred
from bot.dialogue.context import IDLE, Answer, Context, Deciding, Reply
from bot.dialogue.menus import home_row
from bot.dialogue.reseller import batch
from bot.dialogue.tasks import MAX_FETCHED_BYTES, Fetch, TableRead
from bot.domain.model import Document
from bot.notices.layout import Rows, truncate

# Nothing takes so long to be fetched and read.
LOST_SECONDS = 60
MAX_NAME_CHARACTERS = 60
# Where a person is that may be left for the list that they sent.
_AT_LEISURE: Final = frozenset({IDLE, "batch_reading", "batch_check", "batch", "batch_view"})
_PROBLEM: Final[dict[str, str]] = {
    "gone": "file.gone",
    "too_large": "file.too_large",
    "not_a_table": "file.not_a_table",
    "too_many_rows": "file.too_many_rows",
    "encrypted": "file.encrypted",
    "too_heavy": "file.too_heavy",
    "busy": "file.busy",
}


def received(ctx: Context, event: Document) -> Answer | Deciding:
    """A reseller sent a list of sales: it is fetched and read."""
    if (closed := barred(ctx)) is not None:
        return closed
    if event.size_bytes > MAX_FETCHED_BYTES:
        return Reply(ctx.t("file.too_large"), (home_row(ctx),))
    ctx.after_commit(Fetch(event.ref, event.name))
    # What was read comes in a moment and says everything.
    ctx.session = replace(
        ctx.afresh(),
        state="batch_reading",
        step=ctx.step,
        draft=truncate(event.name, MAX_NAME_CHARACTERS),
        inquiry_at=ctx.person.now,
        updated_at=ctx.person.now,
        greeted=True,
    )
    return ctx.nothing()


def ask_reading(ctx: Context) -> Answer:
    """A file is being read and somebody asks; one that was lost must be sent again."""
    age_ms = ctx.person.now - (ctx.session.inquiry_at or 0)
    if 0 <= age_ms <= LOST_SECONDS * 1000:
        rows: Rows = ((ctx.button("button.cancel", "cancel"),),)
        return ctx.ask("batch_reading", ctx.t("file.reading", name=ctx.session.draft), rows)
    lost = ctx.t("file.lost", name=ctx.session.draft)
    return ctx.ask(IDLE, lost, (home_row(ctx),), base=ctx.afresh())


def table_read(ctx: Context, event: TableRead) -> Answer | Deciding:
    """A file was read, or could not be. Whoever began something else meanwhile keeps it."""
    waiting = ctx.session.state == "batch_reading"
    name = (ctx.session.draft or "") if waiting else ""
    if waiting:
        ctx.session = ctx.afresh()
    if event.problem:
        return Reply(ctx.t(_PROBLEM.get(event.problem, "file.not_a_table")), (home_row(ctx),), separate=not waiting)
    return batch.take(ctx, event.rows, name, beside=ctx.session.state not in _AT_LEISURE)
