"""The Confirm of a list, its start, and its end before time. Pure.

A Confirm carries the total that was shown and decides nothing by it alone: the state of the list, the prices, the
money, the day's limit and the PIN are looked at in the transaction that starts the batch. What changed is shown again
instead of bought.
"""

from msgspec.structs import replace

from bot.dialogue.barred import barred
from bot.dialogue.here import Aside, Deciding, Here, lines, paragraphs
from bot.dialogue.menus import home_row, menu
from bot.dialogue.reseller import batch_told as told
from bot.dialogue.reseller import pin
from bot.dialogue.reseller.batch_check import lacking, part_of, question, quotes_of, twins_of
from bot.dialogue.reseller.batch_effects import DropBatch, StartBatch, StopBatch
from bot.dialogue.reseller.batch_looks import Batch, Entry, LookEntries, LookTally, Tally
from bot.dialogue.reseller.batch_view import as_progress, ask_current, ask_view, no_batch, own_batch, show
from bot.dialogue.session import Turn
from bot.model import Quote


def check(here: Here, _: str = "") -> Deciding:
    """Look at the money again."""
    return (yield from ask_current(here))


def buy(here: Here, argument: str) -> Deciding:
    """The Confirm; its button carries the total that was shown."""
    batch_id, _, shown_xof = argument.partition(".")
    return (yield from _buy(here, batch_id, int(shown_xof), known=False, twice=False))


def buy_twice(here: Here, argument: str) -> Deciding:
    """The same although some of it is bought already."""
    batch_id, _, shown_xof = argument.partition(".")
    return (yield from _buy(here, batch_id, int(shown_xof), known=False, twice=True))


def buy_known(here: Here, batch_id: str) -> Deciding:
    """The same by who has just typed the right PIN; the draft that waited for it ends with the total."""
    shown_xof = int((here.session.draft or "").split(" ")[2])
    here.session = replace(here.session, state="batch", draft=batch_id)
    return (yield from _buy(here, batch_id, shown_xof, known=True, twice=True))


def back_from_pin(here: Here) -> Deciding:
    """Back from the PIN that was asked for before a batch: to its question."""
    here.session = replace(here.session, draft=(here.session.draft or "").split(" ")[1])
    return (yield from ask_current(here))


def _buy(here: Here, batch_id: str, shown_xof: int, *, known: bool, twice: bool) -> Deciding:
    """Everything is looked at again: the batch, the prices, the money, the limit, the PIN."""
    batch = yield from own_batch(batch_id)
    if batch is None:
        return no_batch(here)
    if batch.state != "ready":
        here.replaces = None
        here.lead = here.t("batch.before")
        return (yield from show(here, batch))
    if (closed := barred(here, "woyofal")) is not None:
        return closed
    entries: tuple[Entry, ...] = yield LookEntries(batch.id)
    quotes = quotes_of(here, batch, entries)
    whole = part_of(quotes)
    _, missing_xof, over_xof = yield from lacking(here, whole.total_xof)
    if whole.total_xof != shown_xof or missing_xof or over_xof:
        if whole.total_xof != shown_xof:
            here.lead = here.t("batch.price_changed")
        return (yield from question(here, batch))
    if not twice and (yield from twins_of(here, batch)):
        # They were bought after the question had been put.
        return (yield from question(here, batch))
    if not known and (asked := pin.guard(here, whole.total_xof, f"batch {batch.id}")) is not None:
        return asked
    return start(here, batch, quotes)


def start(here: Here, batch: Batch, quotes: tuple[Quote, ...]) -> Turn:
    """Really start: from here on there is nothing left to ask."""
    t, whole = here.t, part_of(quotes)
    here.effects += (StartBatch(batch.id, quotes),)
    batch = replace(batch, state="running")
    tally = Tally(waiting=whole)
    text = paragraphs(
        told.progress(t, batch, tally),
        lines(t("sent.held", total=t.money(whole.total_xof)), t("batch.started")),
    )
    turn = ask_view(here, batch, text, (*told.progress_rows(t, batch, tally), home_row(here)))
    return as_progress(turn, batch)


def drop(here: Here, batch_id: str = "") -> Deciding:
    """Forget a list that was not confirmed; one that was is stopped by its own button."""
    batch = yield from own_batch(batch_id or here.session.draft or "")
    if batch is None:
        return menu(here)
    if batch.state not in ("checking", "ready"):
        return (yield from show(here, batch))
    here.effects += (DropBatch(batch.id),)
    here.lead = here.t("batch.dropped")
    return menu(here)


def stop(here: Here, batch_id: str) -> Deciding:
    """Buy nothing more; what was not sent is free again."""
    batch = yield from own_batch(batch_id)
    if batch is None:
        return no_batch(here)
    if batch.state != "running" or batch.stopped_at is not None:
        return (yield from show(here, batch))
    tally: Tally = yield LookTally(batch.id)
    here.effects += (StopBatch(batch.id),)
    t = here.t
    text = lines(
        t.plural("batch.stopped", tally.waiting.lines, total=t.money(tally.waiting.total_xof))
        if tally.waiting.lines
        else t("batch.stopped_late"),
        t.plural("batch.stopped_sent", tally.under_way.lines) if tally.under_way.lines else None,
    )
    return Aside(text, alone=True)
