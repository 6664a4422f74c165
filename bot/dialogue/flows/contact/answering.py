"""An admin answers a customer, and hands the chat back to the bot. Pure.

Theory of operation. Whoever begins to answer takes the conversation; another admin is told by whom it is taken, and
answers only after taking it over, of which the first is told. So no two people answer the same customer unknowingly.
One text is one answer: what is typed after it is for the bot again. Every answer is a line of the audit log. One that
names a number or a link is an owner's to give, like every text by which customers could be sent to pay elsewhere.
"""

from msgspec.structs import replace

from bot.dialogue.acts.audit_log import audit
from bot.dialogue.acts.second import not_for_operators
from bot.dialogue.admin_pending import OneConversation
from bot.dialogue.context import IDLE, Answer, Context, Deciding, Reply
from bot.dialogue.flows.contact.inbox import conversation_of, gone
from bot.dialogue.menu import home_row
from bot.domain.hiding import without_codes
from bot.domain.people import Address
from bot.i18n import Safe, Voice
from bot.notices import contact as notices
from bot.notices.layout import Rows, lines, truncate
from bot.repositories import conversations
from bot.repositories.accounts import language_of
from bot.repositories.conversations import Conversation
from bot.store import Script
from bot.transactions.contact import taker_of

# What of an answer stands in the audit log, which is kept for ever.
MAX_AUDITED_CHARACTERS = 200


def answer_line(ctx: Context, rest: str) -> Deciding:
    """`/answer N [TEXT]`."""
    number, _, words = rest.strip().partition(" ")
    if not number:
        return Reply(ctx.t("inbox.usage"), ((ctx.link("button.inbox", "inbox"),),))
    return (yield from _answer(ctx, number, words.strip()))


def answer(ctx: Context, number: str) -> Deciding:
    """The button: the next text goes to that customer."""
    return (yield from _answer(ctx, number, ""))


def _answer(ctx: Context, number: str, words: str) -> Deciding:
    one = yield from _to_answer(ctx, number)
    if isinstance(one, Reply):
        return one
    if words:
        return (yield from _send(ctx, one, words))
    return (yield from _take(ctx, one))


def _to_answer(ctx: Context, number: str) -> Script[Conversation | Reply]:
    """An open conversation that nobody else answers, or why it cannot be answered."""
    one = yield from conversation_of(number)
    if one is None or not one.is_open:
        return gone(ctx)
    taker = taker_of(one, ctx.now)
    return one if taker is None or taker == ctx.unit.address else _taken(ctx, one, taker)


def _taken(ctx: Context, one: Conversation, taker: Address) -> Reply:
    """Somebody else answers already."""
    since = ctx.t.clock(one.taken_at or ctx.now)
    rows: Rows = (
        (ctx.link_to("button.take_over", "talktake", one.id),),
        (ctx.link("button.inbox", "inbox"), *home_row(ctx)),
    )
    return Reply(ctx.t("inbox.taken", number=one.id, by=taker, since=since), rows, no_question=True)


def take_over(ctx: Context, number: str) -> Deciding:
    """Answer although somebody else does, who is told."""
    one = yield from conversation_of(number)
    if one is None or not one.is_open:
        return gone(ctx)
    taker = taker_of(one, ctx.now)
    if taker is not None and taker != ctx.unit.address:
        voice = yield from _voice(ctx, taker)
        yield from ctx.tell(taker, notices.taken_over(voice, one, ctx.person.address))
    return (yield from _take(ctx, one))


def _take(ctx: Context, one: Conversation) -> Deciding:
    yield from conversations.take(one.id, ctx.unit.address, ctx.now)
    ctx.session = replace(ctx.afresh(), pending=OneConversation(one.id))
    return (yield from ask_answer(ctx))


def ask_answer(ctx: Context) -> Deciding:
    """The next text goes to the customer."""
    one = yield from conversations.load(ctx.pending(OneConversation).number)
    if one is None or not one.is_open:
        return gone(ctx)
    said = yield from conversations.last_lines(one.id, 1)
    asked = ctx.t("inbox.ask_answer" if said else "inbox.ask_first", number=one.id, address=one.address)
    text = lines(asked, *(notices.quoted(ctx.t, line.words) for line in said))
    return ctx.ask("answering", text, ((ctx.button("button.cancel", "cancel"), ctx.button("button.back", "back")),))


def read_answer(ctx: Context, text: str) -> Deciding:
    """What is said to the customer."""
    one = yield from conversations.load(ctx.pending(OneConversation).number)
    if one is None or not one.is_open:
        ctx.session = ctx.afresh()
        return gone(ctx)
    taker = taker_of(one, ctx.now)
    if taker is not None and taker != ctx.unit.address:
        ctx.session = replace(ctx.afresh(), state=IDLE)
        return _taken(ctx, one, taker)
    return (yield from _send(ctx, one, text))


def _send(ctx: Context, one: Conversation, words: str) -> Deciding:
    """Say it to the customer, in their chat, once."""
    # A customer pays where our people tell them to.
    if (refused := not_for_operators(ctx, words)) is not None:
        return refused
    kept = without_codes(words)
    yield from audit(ctx, "answer", str(one.address), f"#{one.id}: {truncate(kept, MAX_AUDITED_CHARACTERS)}")
    yield from conversations.answer(one.id, ctx.unit.address, kept, ctx.now)
    yield from ctx.tell(one.address, notices.answer((yield from _voice(ctx, one.address)), words))
    return _done(ctx, ctx.t("inbox.sent", number=one.id, address=one.address), notices.conversation_rows(ctx.t, one.id))


def done_line(ctx: Context, number: str) -> Deciding:
    """`/done N`: the bot answers this customer again."""
    one = yield from _to_answer(ctx, number)
    if isinstance(one, Reply):
        return one
    yield from audit(ctx, "done", str(one.address), f"#{one.id}")
    yield from conversations.end(one.id, ctx.now)
    message = notices.ended((yield from _voice(ctx, one.address)))
    yield from ctx.tell(one.address, message)
    text = ctx.t("inbox.done", number=one.id, address=one.address)
    return _done(ctx, text, ((ctx.link("button.inbox", "inbox"), *home_row(ctx)),))


def _voice(ctx: Context, address: Address) -> Script[Voice]:
    return ctx.shop.words[(yield from language_of(str(address)))]


def _done(ctx: Context, text: Safe, rows: Rows) -> Answer:
    return ctx.ask(IDLE, text, rows, base=ctx.afresh())
