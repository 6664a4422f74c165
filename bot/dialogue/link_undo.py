"""Undoing a link within a day: who leaves, what goes back, and who is told. Pure.

Whoever was on either side may undo it, by the button under the news of it or by `/link undo`: the one whose account
somebody got into, and the one who was talked into giving theirs. It gives everybody what was theirs, so neither can
gain by it.
"""

from typing import Final

from bot.dialogue.context import IDLE, Context, Deciding, Reply
from bot.dialogue.effects import Effect, Say
from bot.dialogue.looks import LookMembersOf, LookUndo, look
from bot.dialogue.menus import home_row
from bot.domain.model import Address, Choice, Outbound
from bot.i18n import Safe, Voice
from bot.notices.layout import STAYS, Rows, free, paragraphs
from bot.repositories.accounts import Member, Undo

WORDS: Final = frozenset({"undo", "defaire", "annuler le lien", "undo link"})


class UndoLink(Effect, frozen=True):
    """A link is undone; the step has looked at it in this transaction."""

    link_id: int


def button(t: Voice) -> Choice:
    """The way back, under the news that two were joined."""
    return free(t.label("button.link_undo"), "undolink", "", STAYS)


def masked(address: Address) -> str:
    shown = min(4, len(address.id) // 2)
    return f"{address.channel}:…{address.id[len(address.id) - shown :]}"


def ask_undo(ctx: Context, _: str = "") -> Deciding:
    """What undoing would do, said before it is done."""
    found: Undo | None = yield from look(LookUndo(ctx.person.now))
    if found is None:
        return Reply(ctx.t("link.undo_none"), (home_row(ctx),), separate=True)
    if found.frozen:
        return Reply(ctx.t("link.frozen"), (home_row(ctx),), separate=True)
    rows: Rows = ((ctx.button("button.link_undo", "do"), ctx.button("button.cancel", "cancel")),)
    return ctx.ask("link_undo", _what(ctx, ctx.t, found), rows, base=ctx.afresh())


def ask_undo_again(ctx: Context) -> Deciding:
    """The question again."""
    return (yield from ask_undo(ctx))


def _what(ctx: Context, t: Voice, found: Undo) -> Safe:
    named = ", ".join(masked(address) for address in found.theirs)
    return paragraphs(
        t("link.undo_ask", addresses=named, back=t.money(found.back_xof)),
        t("link.undo_missing", missing=t.money(found.missing_xof)) if found.missing_xof else None,
        t("link.undo_stays"),
    )


def undo(ctx: Context, _: str = "") -> Deciding:
    """It is undone, and everybody on both sides is told."""
    t = ctx.t
    found: Undo | None = yield from look(LookUndo(ctx.person.now))
    ctx.session = ctx.afresh()
    if found is None or found.frozen:
        return Reply(t("link.undo_none" if found is None else "link.frozen"), (home_row(ctx),), separate=True)
    ctx.effects += (UndoLink(found.link_id),)
    members: tuple[Member, ...] = yield from look(LookMembersOf((*found.ours, *found.theirs)))
    for member in members:
        if str(member.address) != ctx.person.address:
            ctx.effects += (_told(ctx.shop.words[member.language], member.address, found),)
    text = paragraphs(
        t("link.undone", back=t.money(found.back_xof)),
        t("link.undo_missing", missing=t.money(found.missing_xof)) if found.missing_xof else None,
    )
    return ctx.ask(IDLE, text, (home_row(ctx),), base=ctx.afresh())


def _told(t: Voice, to: Address, found: Undo) -> Effect:
    text = paragraphs(
        t("link.undone", back=t.money(found.back_xof)),
        t("link.undo_missing", missing=t.money(found.missing_xof)) if found.missing_xof else None,
    )
    return Say(Outbound(text, ((free(t.label("button.menu"), "menu", mark=STAYS),),), durable=True), to)
