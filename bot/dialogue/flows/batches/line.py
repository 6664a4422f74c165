"""One line of a list, by its number, and the file with all of them. Pure.

Until a line is an order it is shown as it was written, with what is wrong with it. From then on it is shown like any
other order, with the message for the client where there is a code.
"""

import re
from typing import Any, Final

from msgspec.structs import replace

from bot.dialogue.context import Answer, Context, Deciding, Reply
from bot.dialogue.flows.batches.view import no_batch, own_batch
from bot.dialogue.menu import home_row
from bot.dialogue.pending import ShownBatch
from bot.domain.outbound import Outbound
from bot.domain.text import fold
from bot.notices import batches as notices
from bot.notices.layout import STAYS, free, lines, paragraphs, truncate
from bot.notices.orders import STATE, money_line, next_line, receipt
from bot.notices.sales import for_client
from bot.repositories import batches
from bot.repositories.batches import Batch, Entry
from bot.store import Script

_NUMBERED: Final = re.compile(r"(?:ligne|line|l|n|no|numero|number)?\s?(\d{1,3})")


def read_line(ctx: Context, text: str) -> Script[Answer | None]:
    """The number of a line was typed."""
    match = _NUMBERED.fullmatch(fold(text))
    if match is None:
        return None
    return (yield from _numbered(ctx, ctx.pending(ShownBatch).batch_id, match[1]))


def _numbered(ctx: Context, batch_id: str, number: str) -> Deciding:
    """One line: as it was written, what is wrong with it or what became of it."""
    batch = yield from own_batch(ctx, batch_id)
    if batch is None:
        return no_batch(ctx)
    entries = yield from batches.entries_of(ctx.customer, batch.id)
    entry = next((entry for entry in entries if str(entry.number) == number), None)
    back = (free(ctx.t.label("button.batch_see"), "batch", batch.id, STAYS), *home_row(ctx))
    if entry is None:
        return Reply(ctx.t.plural("batch.no_such_line", batch.lines), (back,), no_question=True)
    return (yield from _line(ctx, batch, entry, back))


def _line(ctx: Context, batch: Batch, entry: Entry, back: tuple[Any, ...]) -> Deciding:
    t = ctx.t
    order = yield from batches.order_of_line(ctx.customer, batch.id, entry.number)
    title = t("batch.line", line=entry.number, name=notices.name_of(t, batch.name, batch.made_at))
    if order is None:
        text = paragraphs(
            title,
            lines(
                t("batch.line_written", written=entry.written),
                t("detail.holder", holder=truncate(entry.holder)) if entry.holder else None,
                t("batch.line_client", client=truncate(entry.name, 40)) if entry.name else None,
            ),
            t("batch.line_fault", fault=notices.fault(t, entry.fault, entry.repeats))
            if entry.fault
            else t("batch.line_open"),
        )
        return Reply(text, (back,), no_question=True)
    text = paragraphs(
        title,
        receipt(t, order),
        lines(
            t("detail.state", state=t(STATE[order.state])),
            money_line(t, order),
            next_line(t, order, ctx.person.now),
        ),
    )
    terms = ctx.person.reseller
    if order.state != "delivered" or terms is None:
        return Reply(text, (back,), no_question=True)
    # A message of its own without buttons, so that it can be passed on as it stands.
    ctx.send(Outbound(text, (back,)))
    return Reply(for_client(t, order, terms.shop_name), no_question=True)


def file(ctx: Context, batch_id: str) -> Deciding:
    """The file with every line."""
    batch = yield from own_batch(ctx, batch_id)
    if batch is None:
        return no_batch(ctx)
    t = ctx.t
    text = t("batch.file", name=notices.name_of(t, batch.name, batch.made_at))
    ctx.send(Outbound(text, attachment=notices.result_file(batch.id, t.language)))
    ctx.session = replace(ctx.session, updated_at=ctx.now)
    return ctx.nothing()
