"""A file that somebody sent: a reseller's list of sales, fetched and read after the commit. Pure.

The channel's name for a file may soon expire, and a process that dies on the way takes the task with it: whoever then
says anything reads that their file was lost and is to be sent again.
"""

from typing import Final

from msgspec.structs import replace

from bot.dialogue.blocked import purchase_blocked
from bot.dialogue.context import IDLE, Answer, Context, Deciding, Reply
from bot.dialogue.flows.batches import intake
from bot.dialogue.menu import home_row
from bot.dialogue.pending import FetchedFile
from bot.dialogue.tasks import MAX_FETCHED_BYTES, Fetch, TableRead
from bot.domain.inbound import Document
from bot.notices.layout import Rows, truncate

# Fetching and reading a file never takes so long.
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
    if (closed := purchase_blocked(ctx)) is not None:
        return closed
    if event.size_bytes > MAX_FETCHED_BYTES:
        return Reply(ctx.t("file.too_large"), (home_row(ctx),))
    ctx.after_commit(Fetch(event.ref, event.name))
    # The result comes in a moment and needs no message before it.
    ctx.session = replace(
        ctx.afresh(),
        state="batch_reading",
        step=ctx.step,
        pending=FetchedFile(truncate(event.name, MAX_NAME_CHARACTERS), ctx.person.now),
        updated_at=ctx.person.now,
        greeted=True,
    )
    return ctx.nothing()


def ask_reading(ctx: Context) -> Answer:
    """A file is being read and somebody asks; one that was lost must be sent again."""
    file = ctx.pending(FetchedFile)
    age_ms = ctx.person.now - file.sent_at
    if 0 <= age_ms <= LOST_SECONDS * 1000:
        rows: Rows = ((ctx.button("button.cancel", "cancel"),),)
        return ctx.ask("batch_reading", ctx.t("file.reading", name=file.name), rows)
    lost = ctx.t("file.lost", name=file.name)
    return ctx.ask(IDLE, lost, (home_row(ctx),), base=ctx.afresh())


def table_read(ctx: Context, event: TableRead) -> Answer | Deciding:
    """A file was read, or could not be. Whoever began something else meanwhile keeps it."""
    file = ctx.awaits(FetchedFile) if ctx.session.state == "batch_reading" else None
    if file is not None:
        ctx.session = ctx.afresh()
    if event.problem:
        return Reply(ctx.t(_PROBLEM.get(event.problem, "file.not_a_table")), (home_row(ctx),), separate=file is None)
    name = "" if file is None else file.name
    return intake.take(ctx, event.rows, name, beside=ctx.session.state not in _AT_LEISURE)
