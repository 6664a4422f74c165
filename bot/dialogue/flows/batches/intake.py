"""Many sales at once: the lists that a reseller has, and taking one in. Pure.

Theory of operation. A list is kept the moment it was read, with the id that each of its lines will have as an order.
Meters for which the reseller never sold are asked about in the background; then the check comes back as an event
(`BatchChecked`), like the answer to any inquiry, and is put as a question (`batch_check`). The Confirm looks at
everything again and starts the batch: all its lines become orders in one transaction, guarded by the state of its row,
so that two Confirms are one (`batch_buy`). From there on orders live on their own; the batch only tells how far they
are (`batch_view`, `batch_line`), and can be stopped.
"""

import re
from typing import Final

from msgspec.structs import replace

from bot.dialogue.context import IDLE, Answer, Context, Deciding, Reply
from bot.dialogue.flows.batches.check import asked_about
from bot.dialogue.flows.batches.confirm import stop
from bot.dialogue.flows.batches.line_values import Line
from bot.dialogue.flows.batches.lines import MAX_LINES, is_list, marked, read_lines, rows_of
from bot.dialogue.flows.batches.names import named_rows, names_somebody, with_meters
from bot.dialogue.flows.batches.view import ask_current, no_batch, own_batch, show
from bot.dialogue.menu import home_row
from bot.dialogue.parsing.titles import Rows as Cells
from bot.dialogue.parsing.vocabulary import VOCABULARY
from bot.dialogue.pending import ShownBatch
from bot.dialogue.tasks import CheckBatch
from bot.domain.ids import derived_id
from bot.domain.outbound import MAX_TEXT_CHARACTERS
from bot.languages import answers
from bot.notices import batches as notices
from bot.notices.layout import Rows, free, paragraphs
from bot.repositories import batches
from bot.repositories.batch_meters import KnownMeter, Meter, known_meters
from bot.repositories.batches import Batch, BatchState, Entry
from bot.shop import is_prepaid
from bot.store import Script

# So few meters are asked about within seconds. Where no message takes another's place, the word that they are being
# asked about would stay, and be paid for.
CHECKED_IN_A_MOMENT: Final = 10
STOP_WORDS: Final = answers("stop_batch")
_MARK: Final[dict[BatchState, str]] = {
    "checking": "🔎",
    "ready": "📋",
    "running": "⏳",
    "done": "🏁",
    "dropped": "✖️",
}
_COMMAND: Final = re.compile(r"/batch(?:@\w+)?\s+", re.IGNORECASE)


def overview(ctx: Context, rest: str = "") -> Deciding:
    """`/batch`: how a list is written, and the last ones; with lines after it, that list."""
    if rest.strip():
        return (yield from take(ctx, rows_of(rest), ""))
    t = ctx.t
    newest = yield from batches.made_by(ctx.customer)
    rows: Rows = tuple(
        (
            free(
                t.label(
                    "batch.label", mark=_MARK[batch.state], moment=t.short_moment(batch.made_at), count=batch.lines
                ),
                "batch",
                batch.id,
            ),
        )
        for batch in newest
    )
    smallest = t.money(ctx.shop.catalog.woyofal.minimum_xof)
    text = paragraphs(t("batch.how", smallest=smallest, most=MAX_LINES), t("batch.recent") if newest else None)
    return ctx.ask(IDLE, text, (*rows, home_row(ctx)), base=ctx.afresh(), greeted=True)


def read_only(ctx: Context, batch_id: str = "") -> Deciding:
    """The button of a batch: where it is now. Without one: as `/batch`."""
    if not batch_id:
        return (yield from overview(ctx))
    batch = yield from own_batch(ctx, batch_id)
    return no_batch(ctx) if batch is None else (yield from show(ctx, batch))


def typed(ctx: Context, text: str, folded: str, free: bool) -> Script[Answer | None]:
    """What a reseller may type at any moment: several lines at once (where `free`: nothing else of several lines is
    awaited), and the word that stops what runs. None: it is neither.
    """
    if ctx.person.reseller is None or len(text) > MAX_TEXT_CHARACTERS:
        return None
    if folded in STOP_WORDS:
        running = yield from batches.running_of(ctx.customer)
        if running:
            return (yield from stop(ctx, running[0]))
    if ctx.session.state == "batch_view" and (folded in STOP_WORDS or _is_confirm(folded)):
        # Said twice, or a moment too late: nothing changes.
        ctx.prefix = ctx.t("batch.before")
        return (yield from ask_current(ctx))
    command = _COMMAND.match(text)
    listed = text[command.end() :] if command is not None else text
    if listed.startswith("/") or not (command is not None or free):
        return None
    if is_list(listed, ctx.shop.catalog.woyofal):
        return (yield from take(ctx, rows_of(listed), ""))
    rows = named_rows(listed, ctx.shop.catalog)
    if rows and (command is not None or (yield from names_somebody(ctx, rows))):
        return (yield from take(ctx, rows, ""))
    return None


def stops(ctx: Context, folded: str) -> bool:
    """Whether a text asks a reseller's list to stop: that is never too early."""
    return ctx.person.reseller is not None and folded in STOP_WORDS


def _is_confirm(folded: str) -> bool:
    act = VOCABULARY.get(folded)
    return act is not None and act.name == "confirm"


def take(ctx: Context, rows: Cells, name: str, *, beside: bool = False) -> Deciding:
    """Keep a list and have it checked. `beside`: the person is at something else, which they keep."""
    t = ctx.t
    lines = read_lines(rows, ctx.shop.catalog.woyofal)
    if not lines or len(lines) > MAX_LINES:
        key = "batch.too_many" if lines else "batch.empty"
        return Reply(t(key, count=len(lines), most=MAX_LINES), (home_row(ctx),), separate=beside)
    lines = marked((yield from with_meters(ctx, lines)))
    known = yield from known_meters(ctx.customer, _meters(lines))
    lines = tuple(_measured(ctx, line, known) for line in lines)
    batch_id = ctx.person.fresh[0]
    entries, nobodys = [], KnownMeter("")
    for line in lines:
        meter = known.get((line.service, line.reference), nobodys) if not line.fault else nobodys
        entries.append(
            Entry(
                line.number,
                derived_id(batch_id, line.number),
                line.written,
                line.reference,
                line.amount_xof,
                meter.client or line.name,
                meter.holder,
                meter.client_id,
                line.fault,
                line.repeats,
                line.service,
            )
        )
    # What is due on a bill is asked for whoever it is.
    unknown = tuple(
        meter for meter in _meters(lines) if not is_prepaid(meter[0]) or not known.get(meter, nobodys).holder
    )
    batch = Batch(batch_id, name, "checking", ctx.now, len(lines), len(unknown), len(unknown))
    yield from batches.keep(batch, ctx.customer, ctx.person.address, tuple(entries), unknown)
    if not unknown:
        ctx.after_commit(CheckBatch(batch_id))
    if beside:
        return Reply(notices.checking(t, batch), separate=True)
    if len(unknown) > (0 if ctx.channel.edits else CHECKED_IN_A_MOMENT):
        return asked_about(ctx, batch)
    # The check comes in a moment and needs no message before it; who asks meanwhile is told how far it is.
    ctx.session = replace(
        ctx.afresh(),
        state="batch_check",
        step=ctx.step,
        pending=ShownBatch(batch_id),
        updated_at=ctx.now,
        greeted=True,
    )
    return ctx.nothing()


def _meters(lines: tuple[Line, ...]) -> tuple[Meter, ...]:
    """The meters and references of the lines without a fault, each once."""
    return tuple(dict.fromkeys((line.service, line.reference) for line in lines if not line.fault))


def _measured(ctx: Context, line: Line, known: dict[Meter, KnownMeter]) -> Line:
    """A line whose number has an unusual length is at fault: in a list nobody sees the name before it is bought for."""
    is_known = (line.service, line.reference) in known
    if line.fault or is_known or ctx.shop.catalog[line.service].is_usual(line.reference):
        return line
    return replace(line, fault="length")
