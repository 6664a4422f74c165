"""The queue of those who wait for a person, and one conversation of it. Pure."""

from typing import Final

from msgspec.structs import replace

from bot.dialogue.admin_pending import OneConversation
from bot.dialogue.context import Context, Deciding, Reply
from bot.dialogue.menu import home_row
from bot.i18n import Safe
from bot.notices.alerts import span
from bot.notices.contact import MAX_PREVIEW_CHARACTERS, talk_button
from bot.notices.layout import STAYS, Rows, free, lines, paragraphs, truncate
from bot.notices.orders import SERVICE, STATE, order_number
from bot.notices.person_names import beside
from bot.repositories import conversations, orders
from bot.repositories.conversations import Conversation, Line
from bot.repositories.people import shop_name_of
from bot.repositories.person_names import called_as
from bot.store import Script
from bot.transactions.contact import taker_of

MOST_LISTED: Final = 8
MOST_LINES: Final = 12
MAX_LINE_CHARACTERS: Final = 240


def inbox(ctx: Context, page: str = "") -> Deciding:
    """`/inbox`: who talks to a person: those who wait first, the longest first."""
    skip = int(page) if page.isascii() and page.isdecimal() and len(page) <= 6 else 0
    counted = yield from conversations.counted()
    listed = yield from conversations.open_ones(skip, MOST_LISTED)
    if not listed and skip:
        return (yield from inbox(ctx))
    if not listed:
        return ctx.ask("inbox", ctx.t("inbox.empty"), (home_row(ctx, "~"),), base=ctx.afresh())
    entries = []
    for one in listed:
        entries.append((yield from _entry(ctx, one)))
    title = ctx.t.plural("inbox.title", counted.many, waiting=counted.waiting)
    rows: Rows = tuple((talk_button(ctx.t, one),) for one in listed)
    more = None
    if (left := counted.many - skip - len(listed)) > 0:
        more = ctx.t("inbox.more", count=left)
        rows = (*rows, (ctx.link_to("button.inbox_more", "inbox", skip + MOST_LISTED),))
    return ctx.ask("inbox", paragraphs(title, *entries, more), (*rows, home_row(ctx, "~")), base=ctx.afresh())


def _entry(ctx: Context, one: Conversation) -> Script[Safe]:
    """One conversation in the list: who, since when, their last words and their last order."""
    said = yield from conversations.last_lines(one.id, 1)
    newest = said[0].words if said else ""
    return lines(
        (yield from who(ctx, one)),
        _standing(ctx, one),
        ctx.t("inbox.words", words=truncate(" ".join(newest.split()), MAX_PREVIEW_CHARACTERS)),
        (yield from _order(ctx, one)),
    )


def who(ctx: Context, one: Conversation) -> Script[Safe]:
    """The conversation's number and whose it is."""
    shop_name = yield from shop_name_of(one.customer)
    named = {"number": one.id, "address": one.address}
    if shop_name:
        return ctx.t("inbox.who_shop", shop=truncate(shop_name, 40), **named)
    return Safe(ctx.t("inbox.who", **named) + beside(ctx.t, (yield from called_as(one.address))))


def _standing(ctx: Context, one: Conversation) -> Safe:
    """Since when it waits, and who answers."""
    t = ctx.t
    waits = t("inbox.answered")
    if one.waiting_at is not None:
        waits = t("inbox.waits", span=span(t, max(0, ctx.now - one.waiting_at)), clock=t.short_moment(one.waiting_at))
    taker = taker_of(one, ctx.now)
    if taker is None:
        return waits
    return lines(waits, t("inbox.yours") if taker == ctx.unit.address else t("inbox.taken_by", by=taker))


def _order(ctx: Context, one: Conversation) -> Script[Safe]:
    """The order that it is about, else the newest of the account, and its state; no code of it."""
    if one.order_id is None:
        order = yield from orders.newest_of(one.customer)
    else:
        order = yield from orders.load_order(one.order_id)
    if order is None:
        return ctx.t("inbox.no_order")
    t = ctx.t
    return t(
        "inbox.order",
        service=t(SERVICE[order.service]),
        amount=t.money(order.amount_xof),
        ending=order.reference[-4:],
        state=t(STATE[order.state]),
        moment=t.short_moment(order.confirmed_at),
        order=order_number(order.id),
    )


def conversation(ctx: Context, number: str) -> Deciding:
    """One conversation: what was said last, the order, and what can be done."""
    one = yield from conversation_of(number)
    if one is None:
        return gone(ctx)
    ctx.session = replace(ctx.afresh(), pending=OneConversation(one.id))
    return (yield from ask_conversation(ctx))


def ask_conversation(ctx: Context) -> Deciding:
    """What was said, since when they wait, and their order."""
    one = yield from conversations.load(ctx.pending(OneConversation).number)
    if one is None:
        return gone(ctx)
    t = ctx.t
    said = yield from conversations.last_lines(one.id, MOST_LINES)
    text = paragraphs(
        lines((yield from who(ctx, one)), _standing(ctx, one) if one.is_open else t("inbox.is_done")),
        (yield from _order(ctx, one)),
        lines(*(_line(ctx, line) for line in said)),
    )
    number = str(one.id)
    rows: Rows = ((ctx.link("button.inbox", "inbox"), *home_row(ctx)),)
    if len(f"-.user.{one.address}") <= 64:
        rows = ((free(t.label("button.talk_user"), "user", str(one.address), STAYS),), *rows)
    if one.is_open:
        rows = ((ctx.link("button.answer", "answer", number), ctx.link("button.talk_done", "talkdone", number)), *rows)
    return ctx.ask("conversation", text, rows)


def _line(ctx: Context, line: Line) -> Safe:
    """One line of what was said."""
    words = truncate(" ".join(line.words.split()), MAX_LINE_CHARACTERS)
    moment = ctx.t.short_moment(line.at)
    if line.said_by is None:
        return ctx.t("inbox.line", moment=moment, words=words)
    return ctx.t("inbox.line_ours", moment=moment, by=line.said_by, words=words)


def conversation_of(number: str) -> Script[Conversation | None]:
    """The conversation whose number was typed or stands in a button."""
    digits = number.strip().lstrip("#")
    if not digits.isascii() or not digits.isdecimal() or len(digits) > 12:
        return None
    return (yield from conversations.load(int(digits)))


def gone(ctx: Context) -> Reply:
    """There is no such conversation, or it is over."""
    return Reply(ctx.t("inbox.gone"), ((ctx.link("button.inbox", "inbox"), *home_row(ctx)),), no_question=True)
