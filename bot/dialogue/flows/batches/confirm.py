"""The Confirm of a list, its start, and its end before time. Pure.

A Confirm carries the total that was shown, but that does not decide it: the state of the list, the prices, the money,
the day's limit and the PIN are looked at in the transaction that starts the batch. What changed is shown again instead
of bought.
"""

from msgspec.structs import replace

from bot.dialogue.context import Context, Deciding, Reply
from bot.dialogue.flows.batches.check import (
    blocked,
    entries_of,
    is_out_of_date,
    lacking,
    question,
    quotes_of,
    subtotal_of,
    twins_of,
)
from bot.dialogue.flows.batches.view import ask_batch, ask_current, ask_view, no_batch, own_batch, show
from bot.dialogue.menu import home_row, menu
from bot.dialogue.pending import BuyBatch, ShownBatch
from bot.domain.quote import Quote
from bot.notices import batches as notices
from bot.notices.layout import lines, paragraphs
from bot.repositories import batches
from bot.repositories.batch_progress import tally_of
from bot.repositories.batches import Batch, Tally
from bot.transactions.batches import start_batch, stop_batch


def check(ctx: Context, _: str = "") -> Deciding:
    """Look at the money again."""
    return (yield from ask_current(ctx))


def buy(ctx: Context, argument: str) -> Deciding:
    """The Confirm; its button carries the total that was shown."""
    batch_id, _, shown_xof = argument.partition(".")
    return (yield from _buy(ctx, batch_id, int(shown_xof), known=False, twice=False))


def buy_twice(ctx: Context, argument: str) -> Deciding:
    """The same Confirm, although some of it is bought already."""
    batch_id, _, shown_xof = argument.partition(".")
    return (yield from _buy(ctx, batch_id, int(shown_xof), known=False, twice=True))


def buy_guarded(ctx: Context, what: BuyBatch) -> Deciding:
    """Exactly as the Confirm, once nothing stands in its way."""
    ctx.session = replace(ctx.session, state="batch", pending=ShownBatch(what.batch_id))
    return (yield from _buy(ctx, what.batch_id, what.shown_xof, known=True, twice=what.twice))


def back_from_guard(ctx: Context, what: BuyBatch) -> Deciding:
    """Back to the question of the list."""
    return (yield from ask_batch(ctx, what.batch_id))


def _buy(ctx: Context, batch_id: str, shown_xof: int, *, known: bool, twice: bool) -> Deciding:
    """Everything is looked at again: the batch, the prices, the money, the limit, the PIN."""
    batch = yield from own_batch(ctx, batch_id)
    if batch is None:
        return no_batch(ctx)
    if batch.state != "ready":
        ctx.replaces = None
        ctx.prefix = ctx.t("batch.before")
        return (yield from show(ctx, batch))
    entries = yield from entries_of(ctx, batch)
    if (closed := blocked(ctx, entries)) is not None:
        return closed
    if is_out_of_date(ctx, batch, entries):
        return (yield from question(ctx, batch))
    quotes = quotes_of(ctx, batch, entries)
    whole = subtotal_of(quotes)
    _, missing_xof, over_xof = yield from lacking(ctx, whole.total_xof)
    if whole.total_xof != shown_xof or missing_xof or over_xof:
        if whole.total_xof != shown_xof:
            ctx.prefix = ctx.t("batch.price_changed")
        return (yield from question(ctx, batch))
    if not twice and (yield from twins_of(ctx, batch)):
        # They were bought after the question had been put.
        return (yield from question(ctx, batch))
    what = BuyBatch(batch.id, shown_xof, twice)
    if not known and (asked := ctx.flows.guard(ctx, whole.total_xof, what)) is not None:
        return asked
    return (yield from start(ctx, batch, quotes))


def start(ctx: Context, batch: Batch, quotes: tuple[Quote, ...]) -> Deciding:
    """Really start: from here on there is nothing left to ask."""
    t, whole = ctx.t, subtotal_of(quotes)
    yield from start_batch(ctx.unit, batch.id, quotes)
    batch = replace(batch, state="running")
    tally = Tally(waiting=whole)
    text = paragraphs(
        notices.progress(t, batch, tally),
        lines(t("sent.held", total=t.money(whole.total_xof)), t("batch.started")),
    )
    return ask_view(ctx, batch, text, (*notices.progress_rows(t, batch, tally), home_row(ctx)), progress=True)


def drop_current(ctx: Context, _: str) -> Deciding:
    """Cancel at a list: it is forgotten."""
    return (yield from drop(ctx, ctx.pending(ShownBatch).batch_id))


def drop(ctx: Context, batch_id: str) -> Deciding:
    """Forget a list that was not confirmed; one that was is stopped by its own button."""
    batch = yield from own_batch(ctx, batch_id)
    if batch is None:
        return menu(ctx)
    if batch.state not in ("checking", "ready"):
        return (yield from show(ctx, batch))
    yield from batches.drop(ctx.customer, batch.id)
    ctx.prefix = ctx.t("batch.dropped")
    return menu(ctx)


def stop(ctx: Context, batch_id: str) -> Deciding:
    """Buy nothing more; what was not sent is free again."""
    batch = yield from own_batch(ctx, batch_id)
    if batch is None:
        return no_batch(ctx)
    if batch.state != "running" or batch.stopped_at is not None:
        return (yield from show(ctx, batch))
    tally = yield from tally_of(ctx.customer, batch.id)
    yield from stop_batch(ctx.unit, batch.id, ctx.customer)
    t = ctx.t
    text = lines(
        t.plural("batch.stopped", tally.waiting.lines, total=t.money(tally.waiting.total_xof))
        if tally.waiting.lines
        else t("batch.stopped_late"),
        t.plural("batch.stopped_sent", tally.under_way.lines) if tally.under_way.lines else None,
    )
    return Reply(text, no_question=True)
