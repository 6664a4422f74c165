"""Where a list is: its check under way, its question, how far it is bought, what became of it. Pure.

Whatever is shown is looked up anew, so a button of a list may be pressed at any time and shows it as it is now. The
message that tells the progress is marked as such: the words on progress take its place from then on.
"""

from collections.abc import Generator
from typing import Any

from msgspec.structs import replace

from bot.dialogue.effects import Say
from bot.dialogue.here import IDLE, STAYS, Aside, Deciding, Here, Rows, free, paragraphs
from bot.dialogue.looks import Balance, Look, LookBalance
from bot.dialogue.menus import home_row, menu
from bot.dialogue.reseller import batch_told as told
from bot.dialogue.reseller.batch_check import question
from bot.dialogue.reseller.batch_effects import BatchChecked, ReadyBatch
from bot.dialogue.reseller.batch_looks import Batch, LookBatch, LookTally, LookUnbought, Tally
from bot.dialogue.session import Turn
from bot.i18n import Safe
from bot.model import Outbound


def own_batch(batch_id: str) -> Generator[Look, Any, Batch | None]:
    """The speaker's own batch of that id."""
    return (yield LookBatch(batch_id)) if batch_id else None


def no_batch(here: Here) -> Aside:
    """There is none of that id, or it is somebody else's."""
    return Aside(here.t("batch.none"), (home_row(here),))


def ask_current(here: Here) -> Deciding:
    """The list that the session is about, as it is now."""
    batch = yield from own_batch(here.session.draft or "")
    return menu(here) if batch is None else (yield from show(here, batch))


def show(here: Here, batch: Batch) -> Deciding:
    """Where a batch is, and what can be done with it."""
    t = here.t
    if batch.state == "checking":
        return ask_checking(here, batch)
    if batch.state == "ready":
        return (yield from question(here, batch))
    file = free(t.label("button.batch_file"), "batchfile", batch.id, STAYS)
    if batch.state == "dropped":
        text = t("batch.was_dropped", name=told.name_of(t, batch.name, batch.made_at))
        return here.ask(IDLE, text, ((file, *home_row(here)),), base=here.afresh())
    tally: Tally = yield LookTally(batch.id)
    if batch.state == "running":
        text = paragraphs(told.progress(t, batch, tally), t("batch.line_how"))
        turn = ask_view(here, batch, text, (*told.progress_rows(t, batch, tally), home_row(here)))
        return as_progress(turn, batch)
    unbought = yield LookUnbought(batch.id, told.MAX_TOLD_LINES)
    balance: Balance = yield LookBalance()
    text = paragraphs(told.result(t, batch, tally, unbought, balance), t("batch.line_how"))
    return ask_view(here, batch, text, ((file, *home_row(here)),))


def ask_view(here: Here, batch: Batch, text: Safe, rows: Rows) -> Turn:
    """A list that was confirmed, shown: what is typed next may be the number of one of its lines."""
    return here.ask("batch_view", text, rows, base=here.afresh(), draft=batch.id)


def as_progress(turn: Turn, batch: Batch) -> Turn:
    """The message of a turn is from now on the one that tells the batch's progress."""
    effects = (
        Say(replace(effect.outbound, batch_id=batch.id)) if isinstance(effect, Say) else effect
        for effect in turn.effects
    )
    return Turn(turn.session, tuple(effects))


def ask_checking(here: Here, batch: Batch) -> Turn:
    """The check is under way."""
    rows: Rows = ((here.button("button.batch_drop", "cancel"),),)
    turn = here.ask("batch_check", told.checking(here.t, batch), rows, base=here.afresh(), draft=batch.id, greeted=True)
    return as_progress(turn, batch)


def checked(here: Here, event: BatchChecked) -> Deciding:
    """Every meter was asked about: put the question, or say beside something else that it can be put."""
    batch = yield from own_batch(event.batch_id)
    if batch is None or batch.state != "checking" or batch.unchecked:
        return here.nothing()
    here.effects += (ReadyBatch(batch.id),)
    batch = replace(batch, state="ready")
    if here.session.state == "batch_check" and here.session.draft == batch.id:
        here.replaces = batch.message_ref
        return (yield from question(here, batch))
    here.effects += (Say(_checked_outbound(here, batch)),)
    return here.nothing()


def _checked_outbound(here: Here, batch: Batch) -> Outbound:
    t = here.t
    rows: Rows = ((free(t.label("button.batch_see"), "batch", batch.id, STAYS),),)
    return Outbound(t("batch.is_checked", name=told.name_of(t, batch.name, batch.made_at)), rows)
