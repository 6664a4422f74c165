"""Money needs two people above a set amount. Pure.

Theory of operation. What an admin confirms is weighed together with what he moved alone in the last day, so that
cutting a sum into pieces leads nowhere. What is too heavy for one is kept as he drafted it, and the other admins who
might have done it are asked. Approving is deciding it again, from the books as they then are, and doing it by the same
`do`, once: the kept row leaves its state in the same transaction. It takes another *person*: another address, and
another account, for linked addresses are one person. Whatever else happens (somebody refuses, the time is over, the
asker lost his role, the books do not allow it any more) nothing moves, and both are told.
"""

from collections.abc import Generator
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from bot.dialogue import read
from bot.dialogue.admin.acting_looks import Admin, Approval, LookAdmins, LookApproval, LookMoved, LookStanding, Standing
from bot.dialogue.admin.acts import kind_of
from bot.dialogue.admin.drafts import Draft, Drafted, done
from bot.dialogue.admin.effects import Audit, EndApproval, KeepApproval
from bot.dialogue.admin.team import ROLE
from bot.dialogue.effects import Effect, Say
from bot.dialogue.here import STAYS, Aside, Deciding, Here, free, lines, paragraphs
from bot.dialogue.looks import Look
from bot.dialogue.menus import home_row
from bot.dialogue.roles import RANK, may
from bot.dialogue.session import Session
from bot.i18n import Safe, Voice
from bot.model import Brief, Language, Outbound

DAY_MS = 86_400_000
# A clock that was set back makes a request come from the future; beyond this it counts as expired.
CLOCK_SLACK_MS = 60_000
_OVER: Final[dict[str, str]] = {
    "approved": "admin.approval.was_approved",
    "refused": "admin.approval.was_refused",
    "expired": "admin.approval.was_expired",
    "void": "admin.approval.was_void",
}


def is_needed(here: Here, amount_xof: int) -> Generator[Look, Any, bool]:
    """Whether so much is too much for the person who speaks alone."""
    limit_xof = here.shop.approval_xof
    if limit_xof is None or amount_xof <= 0:
        return False
    moved_xof: int = yield LookMoved(here.speaker.now - DAY_MS)
    return moved_xof + amount_xof >= limit_xof


def keep(here: Here, kind: Draft, draft: str, amount_xof: int) -> Deciding:
    """Keep a confirmed draft, and ask the others who may."""
    t, why = here.t, here.session.why
    limit, me = t.money(here.shop.approval_xof or 0), here.speaker
    admins: tuple[Admin, ...] = yield LookAdmins()
    others = [
        admin
        for admin in admins
        if RANK[admin.role] >= RANK[kind.who] and str(admin.address) != me.address and admin.customer != me.customer
    ]
    if not others:
        return done(here, t("admin.approval.nobody", limit=limit, role=t(ROLE[kind.who]), name=kind.who))
    identity, expires_at = me.fresh[1], me.now + here.shop.approval_seconds * 1000
    asked: tuple[Effect, ...] = (KeepApproval(identity, draft, why, amount_xof, expires_at),)
    for admin in others:
        voice = here.shop.words[admin.language]
        played = yield from _play(here, kind.ask, admin.language, draft, why)
        if not played.question:
            # The books allow it no more: say why, as the question would.
            return (yield from kind.ask(here, draft))
        text = paragraphs(
            voice("admin.approval.asked_of_you", address=me.address),
            played.text,
            voice("admin.approval.how", clock=voice.clock(expires_at), id=identity),
        )
        yes = free(voice.label("button.approve"), "approve", identity, STAYS)
        no = free(voice.label("button.disapprove"), "disapprove", identity, STAYS)
        told = Brief("news", admin.language, voice.label("brief.approval"))
        asked += (Say(Outbound(text, ((yes, no),), keep=True, brief=told), admin.address),)
    here.effects += asked
    named = (f"• <code>{t.escaped(str(admin.address))}</code> ({t(ROLE[admin.role])})" for admin in others)
    text = paragraphs(
        t("admin.approval.kept", limit=limit, clock=t.clock(expires_at)),
        lines(*named),
        t("admin.approval.withdraw", id=identity),
    )
    return done(here, text, ((free(t.label("button.withdraw"), "disapprove", identity, STAYS),),))


class _Played(Struct, frozen=True):
    """What a draft's `ask` or `do` comes to: its words, whether it asked for a Confirm, and what else is to happen."""

    text: Safe
    question: bool
    effects: tuple[Effect, ...]

    @property
    def is_done(self) -> bool:
        return any(isinstance(effect, Audit) for effect in self.effects)


def _play(here: Here, run: Drafted, language: Language, draft: str, why: str) -> Generator[Look, Any, _Played]:
    """Let a draft be asked or done in a session of its own, in some language."""
    stage = Here(Session(language=language, draft=draft, why=why), here.speaker, here.shop)
    stage.staged = True
    answer = yield from run(stage, draft)
    if isinstance(answer, Aside):
        return _Played(Safe(answer.text), False, stage.effects)
    words = [effect for effect in answer.effects if isinstance(effect, Say) and effect.address is None]
    rest = tuple(effect for effect in answer.effects if effect not in words)
    return _Played(Safe(words[-1].outbound.text), answer.session.draft is not None, rest)


# The second person.


def approve(here: Here, rest: str = "") -> Deciding:
    """`/approve ID`: another person's draft is decided again and done."""
    found = yield from _open(here, rest)
    if isinstance(found, Aside):
        return found
    approval, kind = found
    t, me = here.t, here.speaker
    if _is_own(here, approval):
        return _aside(here, t("admin.approval.own"))
    if not may(me, kind.who):
        here.effects += (_tell(here, approval, "admin.approval.too_low_there", me.address),)
        return _aside(here, t("admin.approval.too_low", role=t(ROLE[kind.who])))
    asker: Standing = yield LookStanding(approval.address)
    if asker.role is None or RANK[asker.role] < RANK[kind.who]:
        return _ended(here, approval, "void", t("admin.approval.asker_lost"), "admin.approval.asker_lost_there")
    played = yield from _play(here, kind.do, here.session.language, approval.draft, approval.why)
    if not played.is_done:
        there = yield from _play(here, kind.do, approval.language, approval.draft, approval.why)
        text = paragraphs(t("admin.approval.impossible"), played.text)
        return _ended(here, approval, "void", text, "admin.approval.impossible_there", there.text)
    there = yield from _play(here, kind.do, approval.language, approval.draft, approval.why)
    both = (
        replace(effect, by=str(approval.address), second=me.address) if isinstance(effect, Audit) else effect
        for effect in played.effects
    )
    # The row that was kept leaves its state first: where somebody was quicker, nothing of the rest happens.
    here.effects += (EndApproval(approval.id, "approved"), *both)
    here.effects += (_tell(here, approval, "admin.approval.approved_there", me.address, there.text),)
    return _aside(here, paragraphs(t("admin.approval.approved", address=str(approval.address)), played.text))


def disapprove(here: Here, rest: str = "") -> Deciding:
    """`/refuse ID`: another person's draft is not done; the asker takes his own back."""
    found = yield from _open(here, rest)
    if isinstance(found, Aside):
        return found
    approval, kind = found
    t, me = here.t, here.speaker
    if _is_own(here, approval):
        here.effects += (EndApproval(approval.id, "refused"),)
        return _aside(here, t("admin.approval.withdrawn"))
    if not may(me, kind.who):
        here.effects += (_tell(here, approval, "admin.approval.too_low_there", me.address),)
        return _aside(here, t("admin.approval.too_low", role=t(ROLE[kind.who])))
    return _ended(here, approval, "refused", t("admin.approval.refused"), "admin.approval.refused_there")


def _open(here: Here, rest: str) -> Generator[Look, Any, tuple[Approval, Draft] | Aside]:
    """The request of that id, while it may be decided; else what there is to say."""
    t, now = here.t, here.speaker.now
    approval: Approval | None = yield LookApproval(read.order_id(rest) or "")
    kind = None if approval is None else kind_of(approval.draft)
    if approval is None or kind is None:
        return _aside(here, t("admin.approval.none"))
    if approval.state != "asked":
        return _aside(here, t(_OVER[approval.state]))
    if now >= approval.expires_at or approval.asked_at > now + CLOCK_SLACK_MS:
        return _ended(here, approval, "expired", t("admin.approval.expired"), "admin.approval.expired_there")
    return approval, kind


def _is_own(here: Here, approval: Approval) -> bool:
    me = here.speaker
    return me.address == str(approval.address) or me.customer == approval.customer


def _ended(here: Here, approval: Approval, state: str, text: Safe, there: str, more: Safe | None = None) -> Aside:
    """Nothing moved, and both are told."""
    here.effects += (EndApproval(approval.id, state),)
    if str(approval.address) != here.speaker.address:
        here.effects += (_tell(here, approval, there, here.speaker.address, more),)
    return _aside(here, text)


def _tell(here: Here, approval: Approval, key: str, by: str, more: Safe | None = None) -> Say:
    """What the asker is told, with what he had asked for."""
    t = here.shop.words[approval.language]
    text = paragraphs(t(key, address=by, amount=t.money(approval.amount_xof), why=approval.why), more)
    return Say(_news(t, text), approval.address)


def expired(t: Voice, amount_xof: int, why: str) -> Outbound:
    """What an asker is told when nobody decided his request in time."""
    return _news(t, t("admin.approval.expired_there", amount=t.money(amount_xof), why=why))


def _news(t: Voice, text: str) -> Outbound:
    row = (free(t.label("button.menu"), "menu", mark=STAYS),)
    return Outbound(text, (row,), keep=True, brief=Brief("news", t.language, t.label("brief.approval")))


def _aside(here: Here, text: str) -> Aside:
    return Aside(text, (home_row(here),), apart=True)
