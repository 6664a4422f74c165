"""A file that somebody sent: a reseller's list of sales, fetched and read by an errand. Pure.

The channel's name for a file may soon expire, and a process that dies on the way takes the errand with it: whoever then
says anything reads that his file was lost and is to be sent again.
"""

from typing import Final

from msgspec.structs import replace

from bot.dialogue.barred import barred
from bot.dialogue.here import IDLE, Answer, Aside, Deciding, Here, Rows, brief
from bot.dialogue.menus import home_row, unreadable
from bot.dialogue.reseller import batch
from bot.dialogue.reseller.effects import MAX_FETCHED_BYTES, Fetch, TableRead
from bot.dialogue.session import Turn
from bot.model import Document

# Nothing takes so long to be fetched and read.
LOST_SECONDS = 60
MAX_NAME_CHARACTERS = 60
# Where a person is that may be left for the list he sent.
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


def received(here: Here, event: Document) -> Answer | Deciding:
    """A file: a reseller's list of sales is read; what anybody else sends is answered like a photo, and not fetched."""
    if here.speaker.reseller is None:
        return unreadable(here, "document")
    if (closed := barred(here)) is not None:
        return closed
    if event.size_bytes > MAX_FETCHED_BYTES:
        return Aside(here.t("file.too_large"), (home_row(here),))
    here.effects += (Fetch(event.ref, event.name),)
    # What was read comes in a moment and says everything.
    session = replace(
        here.afresh(),
        state="batch_reading",
        step=here.step,
        draft=brief(event.name, MAX_NAME_CHARACTERS),
        inquiry_at=here.speaker.now,
        updated_at=here.speaker.now,
        greeted=True,
    )
    return Turn(session, here.effects)


def ask_reading(here: Here) -> Answer:
    """A file is being read and somebody asks; one that was lost must be sent again."""
    age_ms = here.speaker.now - (here.session.inquiry_at or 0)
    if 0 <= age_ms <= LOST_SECONDS * 1000:
        rows: Rows = ((here.button("button.cancel", "cancel"),),)
        return here.ask("batch_reading", here.t("file.reading", name=here.session.draft), rows)
    lost = here.t("file.lost", name=here.session.draft)
    return here.ask(IDLE, lost, (home_row(here),), base=here.afresh())


def table_read(here: Here, event: TableRead) -> Answer | Deciding:
    """A file was read, or could not be. Whoever began something else meanwhile keeps it."""
    waiting = here.session.state == "batch_reading"
    name = (here.session.draft or "") if waiting else ""
    if waiting:
        here.session = here.afresh()
    if event.problem:
        return Aside(here.t(_PROBLEM.get(event.problem, "file.not_a_table")), (home_row(here),), apart=not waiting)
    return batch.take(here, event.rows, name, beside=here.session.state not in _AT_LEISURE)
