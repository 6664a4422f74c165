"""The messages of a list for its clients: one for each line that was bought, ready to be passed on. Pure.

Nobody copies codes out of a table on a telephone. Some messages come at once, the next ones are a tap away: a list may
have hundreds of lines, and a telephone that rings for each of them is of no use at a counter. A client who agreed to
codes in their own chat has theirs already.
"""

from typing import Final

from bot.dialogue.context import Context, Deciding, Reply
from bot.dialogue.flows.batches.view import no_batch, own_batch
from bot.dialogue.menu import home_row
from bot.domain.order import Order
from bot.domain.outbound import Outbound
from bot.notices import batches as notices
from bot.notices.layout import STAYS, Rows, free, lines
from bot.notices.sales import SaleParties, for_client
from bot.repositories import batches, consents
from bot.store import Script

MAX_AT_ONCE: Final = 10
MAX_LINE_DIGITS: Final = 3


def messages(ctx: Context, argument: str = "") -> Deciding:
    """The messages of a list, `BATCH` or `BATCH.LINE` for those behind a line; without one those of the newest list."""
    batch_id, _, line = argument.partition(".")
    newest = () if batch_id else (yield from batches.made_by(ctx.customer, 1))
    batch = newest[0] if newest else (yield from own_batch(ctx, batch_id))
    terms = ctx.person.reseller
    if batch is None or terms is None:
        return no_batch(ctx)
    after = int(line) if line.isdecimal() and len(line) <= MAX_LINE_DIGITS else 0
    bought = yield from batches.delivered_of(ctx.customer, batch.id, after, MAX_AT_ONCE + 1)
    there = 0
    for order in bought[:MAX_AT_ONCE]:
        if (yield from _has_theirs(ctx, order)):
            there += 1
        else:
            # A message of its own without buttons, so that it can be passed on as it stands.
            ctx.send(Outbound(for_client(ctx.t, order, terms.shop_name)))
    t, shown = ctx.t, min(len(bought), MAX_AT_ONCE)
    name = notices.name_of(t, batch.name, batch.made_at)
    text = lines(
        t.plural("batch.messages", shown - there, name=name) if shown > there else None,
        t.plural("batch.messages.there", there) if there else None,
        None if shown else t("batch.messages.none", name=name),
    )
    rows: Rows = ((free(t.label("button.batch_see"), "batch", batch.id, STAYS), *home_row(ctx)),)
    if len(bought) > MAX_AT_ONCE:
        last = bought[MAX_AT_ONCE - 1].line
        rows = ((free(t.label("button.batch_next"), "batchmessages", f"{batch.id}.{last}", STAYS),), *rows)
    return Reply(text, rows, no_question=True)


def _has_theirs(ctx: Context, order: Order) -> Script[bool]:
    """Whether a code went to the client's own chat."""
    if order.client_id is None:
        return False
    consent = yield from consents.newest_of(ctx.customer, order.client_id)
    return SaleParties(consent=consent).direct is not None
