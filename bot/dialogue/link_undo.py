"""Undoing a link within a day: who leaves, what goes back, and who is told. Pure.

Whoever was on either side may undo it, by the button under the news of it or by `/link undo`: the one whose account
somebody got into, and the one who was talked into giving theirs. It gives everybody what was theirs, so neither can
gain by it.
"""

from typing import Final

from bot.dialogue.effects import Effect, Say
from bot.dialogue.here import IDLE, STAYS, Aside, Deciding, Here, Rows, free, paragraphs
from bot.dialogue.looks import LookMembersOf, LookUndo, Member, Undo
from bot.dialogue.menus import home_row
from bot.i18n import Voice
from bot.model import Address, Brief, Choice, Outbound

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


def ask_undo(here: Here, _: str = "") -> Deciding:
    """What undoing would do, said before it is done."""
    found: Undo | None = yield LookUndo(here.speaker.now)
    if found is None:
        return Aside(here.t("link.undo_none"), (home_row(here),), apart=True)
    if found.frozen:
        return Aside(here.t("link.frozen"), (home_row(here),), apart=True)
    rows: Rows = ((here.button("button.link_undo", "do"), here.button("button.cancel", "cancel")),)
    return here.ask("link_undo", _what(here, here.t, found), rows, base=here.afresh())


def ask_undo_again(here: Here) -> Deciding:
    """The question again."""
    return (yield from ask_undo(here))


def _what(here: Here, t: Voice, found: Undo) -> str:
    named = ", ".join(masked(address) for address in found.theirs)
    return paragraphs(
        t("link.undo_ask", addresses=named, back=t.money(found.back_xof)),
        t("link.undo_missing", missing=t.money(found.missing_xof)) if found.missing_xof else None,
        t("link.undo_stays"),
    )


def undo(here: Here, _: str = "") -> Deciding:
    """It is undone, and everybody on both sides is told."""
    t = here.t
    found: Undo | None = yield LookUndo(here.speaker.now)
    here.session = here.afresh()
    if found is None or found.frozen:
        return Aside(t("link.undo_none" if found is None else "link.frozen"), (home_row(here),), apart=True)
    here.effects += (UndoLink(found.link_id),)
    members: tuple[Member, ...] = yield LookMembersOf((*found.ours, *found.theirs))
    for member in members:
        if str(member.address) != here.speaker.address:
            here.effects += (_told(here.shop.words[member.language], member.address, found),)
    text = paragraphs(
        t("link.undone", back=t.money(found.back_xof)),
        t("link.undo_missing", missing=t.money(found.missing_xof)) if found.missing_xof else None,
    )
    return here.ask(IDLE, text, (home_row(here),), base=here.afresh())


def _told(t: Voice, to: Address, found: Undo) -> Effect:
    text = paragraphs(
        t("link.undone", back=t.money(found.back_xof)),
        t("link.undo_missing", missing=t.money(found.missing_xof)) if found.missing_xof else None,
    )
    return Say(Outbound(text, ((free(t.label("button.menu"), "menu", mark=STAYS),),), keep=True), to)


def missing(t: Voice, account: str, other: str, missing_xof: int) -> Outbound:
    """What admins are told where an account has spent what another one brought."""
    return _alarm(t, t("link.alarm_missing", account=account, other=other, missing=t.money(missing_xof)))


def too_many_tries(t: Voice, many: int) -> Outbound:
    """What admins are told where everybody together types too many wrong codes."""
    return _alarm(t, t("link.alarm_tries", many=many))


def _alarm(t: Voice, text: str) -> Outbound:
    row = (free(t.label("button.menu"), "menu", mark=STAYS),)
    return Outbound(text, (row,), keep=True, brief=Brief("news", t.language, t.label("brief.account")))
