"""The code that a payer was sent, typed here and handed on. Pure.

It is taken away from the chat and never kept: neither the session nor the database has it (see
`bot.transactions.payer_codes`). While it is under way nothing is asked, so that nobody types it twice.
"""

import re
from typing import Final

from bot.dialogue.context import IDLE, Answer, Context, Deciding, Reply
from bot.dialogue.flow import Typed
from bot.dialogue.flows.payments import waiting
from bot.dialogue.menu import menu_rows
from bot.dialogue.parsing.paid import PAID
from bot.dialogue.pending import CodeWanted
from bot.dialogue.tasks import CodeAnswered, EraseOwn, GiveCode
from bot.domain.collecting import CodeRefused, Open
from bot.domain.collection import Collection
from bot.domain.pin import PayerCode
from bot.domain.text import fold
from bot.i18n import Safe
from bot.notices.collecting import asked_for, code_asked, paying_rows, redo_rows, waiting_rows
from bot.repositories import collections
from bot.store import Script
from bot.transactions.payer_codes import MOST_TRIES, code_answered, try_code

_CODE: Final = re.compile(r"[0-9]{4,8}")


def code_in(text: str) -> str:
    """The code that a text is, blanks and dashes left out; empty where it is none."""
    bare = re.sub(r"[\s-]", "", text)
    return bare if _CODE.fullmatch(bare) else ""


def is_code(text: str) -> bool:
    """Whether a text may be a code."""
    return bool(code_in(text))


def ask_code(ctx: Context) -> Deciding:
    """Ask for the code that the payer was sent."""
    return (yield from wanted(ctx, ctx.pending(CodeWanted).collection_id))


def wanted(ctx: Context, collection_id: str) -> Deciding:
    """A button of the news: the code is typed next."""
    collection = yield from waiting.meant(ctx, collection_id)
    return Reply(ctx.t("paying.none"), menu_rows(ctx)) if collection is None else _asked(ctx, collection)


def _asked(ctx: Context, collection: Collection) -> Answer:
    if collection.is_final:
        return waiting.show(ctx, collection)
    pending = CodeWanted(collection.id)
    return ctx.ask("payer_code", code_asked(ctx.t, collection), paying_rows(ctx.t, collection), pending=pending)


def read_code(ctx: Context, text: str) -> Script[Answer | None]:
    """The code was typed, or that it is paid already."""
    collection_id = ctx.pending(CodeWanted).collection_id
    if fold(text) in PAID:
        return (yield from waiting.paid(ctx, collection_id))
    if not is_code(text):
        return None
    collection = yield from waiting.meant(ctx, collection_id)
    if collection is None:
        return Reply(ctx.t("paying.none"), menu_rows(ctx))
    return (yield from _give(ctx, text, collection))


def read_anywhere(ctx: Context, typed: Typed) -> Script[Answer | None]:
    """The same, typed where nothing is asked, while a code is waited for."""
    terms = ctx.shop.collecting
    ways = () if terms is None else tuple(terms.way(method) for method in terms.methods)
    takes_codes = any(way is not None and way.kind == "code" for way in ways)
    if not takes_codes or not typed.state.read_only or not is_code(typed.text):
        return None
    opened = yield from collections.open_of(ctx.customer, ctx.now)
    collection = next((each for each in opened if each.kind == "code"), None)
    if collection is None:
        return None
    is_round = int(code_in(typed.text)) % 100 == 0
    if is_round and (yield from collections.code_tries(collection.id)) >= MOST_TRIES:
        # Where no try is left, a round sum means what it always means.
        return None
    return (yield from _give(ctx, typed.text, collection))


def _give(ctx: Context, text: str, collection: Collection) -> Deciding:
    ctx.after_commit(EraseOwn())
    tried = yield from try_code(ctx.unit, collection)
    named = asked_for(ctx.t, collection)
    if tried == "over":
        return waiting.show(ctx, collection)
    if tried == "too_many":
        return _spent(ctx, collection)
    if tried != "given":
        ctx.prefix = ctx.t("code.not_yet" if tried == "not_yet" else "code.busy", **named)
        return _asked(ctx, collection)
    ctx.after_commit(GiveCode(collection.id, collection.provider_id or "", PayerCode(code_in(text))))
    return ctx.ask(IDLE, ctx.t("code.given", **named), base=ctx.afresh())


def answered(ctx: Context, event: CodeAnswered) -> Deciding:
    """What became of a code. What became of the money its own news say."""
    collection = yield from waiting.meant(ctx, event.collection_id)
    if collection is None:
        return ctx.nothing()
    left = yield from code_answered(ctx.unit, collection, event.result)
    if collection.is_final:
        return ctx.nothing()
    if isinstance(event.result, Open):
        return ctx.say(ctx.t("code.right", **asked_for(ctx.t, collection)), waiting_rows(ctx.t, collection))
    rows = paying_rows(ctx.t, collection)
    if not isinstance(event.result, CodeRefused):
        return ctx.say(ctx.t("code.unknown", **asked_for(ctx.t, collection)), rows)
    if not left:
        return _spent(ctx, collection)
    text = ctx.t.plural("code.wrong", left, **asked_for(ctx.t, collection))
    if not ctx.flows.state_of(ctx.session).read_only:
        # They are at something else by now.
        return ctx.say(text, rows)
    ctx.prefix = text
    return _asked(ctx, collection)


def _spent(ctx: Context, collection: Collection) -> Answer:
    text: Safe = ctx.t("code.too_many", **asked_for(ctx.t, collection))
    rows = redo_rows(ctx.t, collection)
    if not ctx.flows.state_of(ctx.session).read_only and ctx.awaits(CodeWanted) is None:
        return ctx.say(text, rows)
    return ctx.ask(IDLE, text, rows, base=ctx.afresh())
