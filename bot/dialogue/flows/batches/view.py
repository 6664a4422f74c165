"""Where a list is: its check under way, its question, how far it is bought, what became of it. Pure.

Whatever is shown is looked up anew, so a button of a list may be pressed at any time and shows it as it is now. The
message that tells the progress is marked as such: the words on progress take its place from then on.
"""

from msgspec.structs import replace

from bot.dialogue.context import IDLE, Context, Deciding, Reply
from bot.dialogue.flows.batches.check import asked_about, question
from bot.dialogue.menu import home_row, menu
from bot.dialogue.pending import ShownBatch
from bot.dialogue.session import Transition
from bot.dialogue.tasks import BatchChecked
from bot.domain.outbound import Outbound
from bot.i18n import Safe
from bot.notices import batches as notices
from bot.notices.layout import STAYS, Rows, free, paragraphs
from bot.repositories import batches
from bot.repositories.batch_progress import tally_of
from bot.repositories.batches import Batch
from bot.store import Script


def own_batch(ctx: Context, batch_id: str) -> Script[Batch | None]:
    """The batch of that id, if it is the person's own; somebody else's does not exist for them."""
    return batches.load_batch(batch_id, ctx.customer)


def no_batch(ctx: Context) -> Reply:
    """There is none of that id, or it is somebody else's."""
    return Reply(ctx.t("batch.none"), (home_row(ctx),))


def ask_current(ctx: Context) -> Deciding:
    """The list that the session is about, as it is now."""
    return (yield from ask_batch(ctx, ctx.pending(ShownBatch).batch_id))


def ask_batch(ctx: Context, batch_id: str) -> Deciding:
    """A list as it is now; the menu where there is no such one."""
    batch = yield from own_batch(ctx, batch_id)
    return menu(ctx) if batch is None else (yield from show(ctx, batch))


def show(ctx: Context, batch: Batch) -> Deciding:
    """Where a batch is, and what can be done with it."""
    t = ctx.t
    if batch.state == "checking":
        return asked_about(ctx, batch)
    if batch.state == "ready":
        return (yield from question(ctx, batch))
    file = free(t.label("button.batch_file"), "batchfile", batch.id, STAYS)
    if batch.state == "dropped":
        text = t("batch.was_dropped", name=notices.name_of(t, batch.name, batch.made_at))
        return ctx.ask(IDLE, text, ((file, *home_row(ctx)),), base=ctx.afresh())
    tally = yield from tally_of(ctx.customer, batch.id)
    if batch.state == "running":
        text = paragraphs(notices.progress(t, batch, tally), t("batch.line_how"))
        rows = (*notices.progress_rows(t, batch, tally), home_row(ctx))
        return ask_view(ctx, batch, text, rows, progress=True)
    unbought = yield from batches.unbought_of(ctx.customer, batch.id, notices.MAX_LISTED_LINES)
    balance = yield from ctx.balance()
    text = paragraphs(notices.result(t, batch, tally, unbought, balance), t("batch.line_how"))
    return ask_view(ctx, batch, text, ((*notices.messages_button(t, batch, tally), file), home_row(ctx)))


def ask_view(ctx: Context, batch: Batch, text: Safe, rows: Rows, *, progress: bool = False) -> Transition:
    """A list that was confirmed, shown: what is typed next may be the number of one of its lines. `progress` says that
    the words on its progress take the place of this message from then on.
    """
    batch_id = batch.id if progress else None
    return ctx.ask("batch_view", text, rows, base=ctx.afresh(), batch_id=batch_id, pending=ShownBatch(batch.id))


def checked(ctx: Context, event: BatchChecked) -> Deciding:
    """Every meter was asked about: put the question, or say beside something else that it can be put."""
    batch = yield from own_batch(ctx, event.batch_id)
    if batch is None or batch.state != "checking" or batch.unchecked:
        return ctx.nothing()
    yield from batches.mark_ready(ctx.customer, batch.id)
    batch = replace(batch, state="ready")
    if ctx.session.state == "batch_check" and ctx.session.pending == ShownBatch(batch.id):
        ctx.replaces = batch.message_ref
        return (yield from question(ctx, batch))
    ctx.send(_checked_outbound(ctx, batch))
    return ctx.nothing()


def _checked_outbound(ctx: Context, batch: Batch) -> Outbound:
    t = ctx.t
    rows: Rows = ((free(t.label("button.batch_see"), "batch", batch.id, STAYS),),)
    return Outbound(t("batch.is_checked", name=notices.name_of(t, batch.name, batch.made_at)), rows)
