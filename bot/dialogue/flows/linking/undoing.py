"""Undoing a link within a day: who leaves, what goes back, and who gets a message. Pure.

Whoever was on either side may undo it, by the button under the news of it or by `/link undo`: the one whose account
somebody got into, and the one who was talked into giving theirs. It gives everybody what was theirs, so neither can
gain by it.
"""

from typing import Final

from bot.dialogue.context import IDLE, Context, Deciding, Reply
from bot.dialogue.menu import home_row, reply_beside
from bot.i18n import Safe
from bot.languages import answers
from bot.notices.accounts import masked, news, undone
from bot.notices.layout import Rows, paragraphs
from bot.repositories.accounts import members_at
from bot.repositories.links import Undo
from bot.transactions import undo_link

WORDS: Final = answers("undo_link")


def ask_undo(ctx: Context, _: str = "") -> Deciding:
    """What undoing would do, said before it is done."""
    plan = yield from undo_link.undo_of(ctx.person.address, ctx.now)
    if plan is None or plan.frozen:
        return _not_undone(ctx, plan)
    rows: Rows = ((ctx.button("button.link_undo", "do"), ctx.button("button.cancel", "cancel")),)
    return ctx.ask("link_undo", _explained(ctx, plan), rows, base=ctx.afresh())


def ask_undo_again(ctx: Context) -> Deciding:
    """The question again."""
    return (yield from ask_undo(ctx))


def _not_undone(ctx: Context, plan: Undo | None) -> Reply:
    key = "link.undo_none" if plan is None else "link.frozen"
    return reply_beside(ctx, ctx.t(key))


def _explained(ctx: Context, plan: Undo) -> Safe:
    t = ctx.t
    named = ", ".join(masked(address) for address in plan.theirs)
    return paragraphs(
        t("link.undo_ask", addresses=named, back=t.money(plan.back_xof)),
        t("link.undo_missing", missing=t.money(plan.missing_xof)) if plan.missing_xof else None,
        t("link.undo_stays"),
    )


def undo(ctx: Context, _: str = "") -> Deciding:
    """It is undone, and everybody on both sides gets a message."""
    plan = yield from undo_link.undo_of(ctx.person.address, ctx.now)
    ctx.session = ctx.afresh()
    if plan is None or plan.frozen:
        return _not_undone(ctx, plan)
    yield from undo_link.undo(ctx.unit, plan.link_id)
    for member in (yield from members_at((*plan.ours, *plan.theirs))):
        if member.address != ctx.unit.address:
            voice = ctx.shop.words[member.language]
            yield from ctx.tell(member.address, news(voice, undone(voice, plan.back_xof, plan.missing_xof)))
    text = undone(ctx.t, plan.back_xof, plan.missing_xof)
    return ctx.ask(IDLE, text, (home_row(ctx),), base=ctx.afresh())
