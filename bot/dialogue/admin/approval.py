"""What takes two people: money above a set amount, and some acts whatever they move. Pure.

Theory of operation. What an admin confirms is weighed together with what they moved alone in the last day, so that
cutting a sum into pieces leads nowhere. What is too heavy for one is kept as it was asked for, and the other people who
may decide it (`second`) are asked. Approving is deciding it again, from the books as they then are, and doing it by
the same `do`, once: the kept row leaves its state in the same transaction. Whatever else happens (somebody refuses,
the time is over, the asker lost the role, it became the affair of one of the two, the books do not allow it any more)
nothing moves, and both are told.

Where nobody else may approve, some acts wait for a day instead: all owners hear of it at once, and then the asker may
confirm alone.
"""

from collections.abc import Callable
from typing import Any, Final, TypeAlias

from msgspec import Struct

from bot.dialogue import read
from bot.dialogue.admin.drafts import ActKind, Two, done, kind_of, reason
from bot.dialogue.admin.second import (
    ALONE_MS,
    CLOCK_SLACK_MS,
    COOLING_MS,
    able,
    bound_xof,
    is_cooling,
    is_same_person,
    others,
    tell_owners,
)
from bot.dialogue.admin.team import ROLE
from bot.dialogue.context import Context, Deciding, Reply
from bot.dialogue.effects import Say
from bot.dialogue.menus import home_row
from bot.dialogue.pending import AwaitingConfirm
from bot.dialogue.permissions import RANK, may
from bot.dialogue.session import Session
from bot.domain.acts import Act
from bot.domain.model import Brief, Language, Outbound, Role
from bot.i18n import Safe
from bot.notices.approvals import named, news
from bot.notices.layout import STAYS, Rows, free, lines, paragraphs
from bot.repositories import acts
from bot.repositories.acts import Approval, ApprovalState
from bot.store import Script
from bot.transactions.people import admins_with_accounts, standing_at

DAY_MS = 86_400_000
Kind: TypeAlias = ActKind[Any]  # of the act's own type
Run: TypeAlias = Callable[[Context, Any, str], Deciding]  # likewise
_OVER: Final[dict[str, str]] = {
    "approved": "admin.approval.was_approved",
    "refused": "admin.approval.was_refused",
    "expired": "admin.approval.was_expired",
    "void": "admin.approval.was_void",
}


def needed(ctx: Context, kind: Kind, act: Act, amount_xof: int) -> Script[Two | None]:
    """Why the speaker may not do an act alone; None when they may."""
    two = None if kind.two is None else (yield from kind.two(ctx, act))
    if two is not None and two.alone == "now" and not (yield from others(ctx, two.who or kind.who)):
        two = None
    if two is None and amount_xof > 0 and (limit_xof := (yield from bound_xof(ctx))) is not None:
        moved_xof = yield from acts.moved_alone_xof(ctx.customer, ctx.now - DAY_MS)
        two = Two("admin.two.amount", "never") if moved_xof + amount_xof >= limit_xof else None
    return two


def keep(ctx: Context, kind: Kind, act: Act, why: str, amount_xof: int, two: Two) -> Deciding:
    """Keep a confirmed act, and ask the others who may; where there is nobody, it waits, or is not done."""
    t, me = ctx.t, ctx.person
    limit = t.money((yield from bound_xof(ctx)) or 0)
    because = t(two.key, limit=limit)
    role = two.who or kind.who
    asked_of = yield from able(ctx, kind, act, role)
    if not asked_of and two.alone == "never":
        return done(ctx, t("admin.approval.nobody", because=because, role=t(ROLE[role]), name=role))
    if two.words:
        why = f"{why} · « {reason(two.words)} »"
    identity = me.fresh[1]
    alone_at = None if asked_of else me.now + ALONE_MS
    expires_at = me.now + ctx.shop.approval_seconds * 1000 if alone_at is None else alone_at + ALONE_MS
    if not (yield from _play(_staged(ctx, ctx.session.language), kind.ask, act, why)).question:
        # The books would not allow it any more: say why, as the question would.
        return (yield from kind.ask(ctx, act, why))
    yield from acts.keep_approval(
        Approval(
            id=identity,
            act=act,
            why=why,
            address=ctx.unit.address,
            customer=ctx.customer,
            language=ctx.session.language,
            amount_xof=amount_xof,
            asked_at=ctx.now,
            expires_at=expires_at,
            alone_at=alone_at,
            state="asked",
        )
    )
    for admin in asked_of:
        voice = ctx.shop.words[admin.language]
        played = yield from _play(_staged(ctx, admin.language), kind.ask, act, why)
        text = paragraphs(
            voice("admin.approval.asked_of_you", address=me.address),
            played.text,
            voice("admin.approval.how", clock=voice.clock(expires_at), id=identity),
        )
        yes = free(voice.label("button.approve"), "approve", identity, STAYS)
        no = free(voice.label("button.disapprove"), "disapprove", identity, STAYS)
        told = Brief("news", admin.language, voice.label("brief.approval"))
        yield from ctx.tell(admin.address, Outbound(text, ((yes, no),), durable=True, brief=told))
    withdraw = ((free(t.label("button.withdraw"), "disapprove", identity, STAYS),),)
    if alone_at is not None:
        return (yield from _alone(ctx, kind, act, why, because, alone_at, identity, withdraw))
    whom = (Safe(f"• <code>{t.escaped(str(admin.address))}</code> ({t(ROLE[admin.role])})") for admin in asked_of)
    text = paragraphs(
        t("admin.approval.kept", because=because, clock=t.clock(expires_at)),
        lines(*whom),
        t("admin.approval.withdraw", id=identity),
    )
    return done(ctx, text, withdraw)


def _alone(
    ctx: Context, kind: Kind, act: Act, why: str, because: str, alone_at: int, identity: str, withdraw: Rows
) -> Deciding:
    """Nobody else may approve: it waits for a day, and every owner hears of it now."""
    t = ctx.t
    questions = {}
    for language in ctx.shop.words:
        questions[language] = (yield from _play(_staged(ctx, language), kind.ask, act, why)).text
    yield from tell_owners(
        ctx,
        lambda voice: paragraphs(
            voice("admin.approval.alone_told", address=ctx.person.address, moment=voice.moment(alone_at)),
            questions[voice.language],
        ),
        paused_too=True,
    )
    text = paragraphs(
        t("admin.approval.alone", because=because, moment=t.moment(alone_at), id=identity),
        questions[ctx.session.language],
        t("admin.approval.withdraw", id=identity),
    )
    return done(ctx, text, withdraw)


class _Played(Struct, frozen=True):
    """What an act's `ask` or `do` comes to: its words, whether it asked for a Confirm, and whether it was done, or
    could be.
    """

    text: Safe
    question: bool
    acted: bool


def _apart(ctx: Context, language: Language) -> Context:
    """A session of its own in which an act is asked about or done, in some language."""
    return Context(Session(language=language), ctx.person, ctx.shop, ctx.unit, ctx.flows)


def _staged(ctx: Context, language: Language) -> Context:
    """The same, in which nothing is written and nobody is told."""
    stage = _apart(ctx, language)
    stage.staged = True
    return stage


def _play(stage: Context, run: Run, act: Act, why: str) -> Script[_Played]:
    """Let an act be asked about or done."""
    answer = yield from run(stage, act, why)
    if isinstance(answer, Reply):
        return _Played(answer.text, False, stage.acted)
    words = [effect for effect in answer.effects if isinstance(effect, Say)]
    return _Played(Safe(words[-1].outbound.text), isinstance(answer.session.pending, AwaitingConfirm), stage.acted)


# The second person.


def approve(ctx: Context, rest: str = "") -> Deciding:
    """`/approve ID`: another person's act is decided again and done."""
    opened = yield from _open(ctx, rest)
    if isinstance(opened, Reply):
        return opened
    approval, act, kind = opened
    t, me = ctx.t, ctx.person
    alone = yield from is_same_person(ctx, approval.address)
    if alone and (not_yet := _not_alone(ctx, approval)) is not None:
        return _aside(ctx, not_yet)
    role = yield from _role_for(ctx, act, kind, alone)
    if not may(me, role):
        yield from _tell(ctx, approval, "admin.approval.too_low_there", me.address)
        return _aside(ctx, t("admin.approval.too_low", role=t(ROLE[role])))
    if (barred := (yield from _barred(ctx, act, kind, alone))) is not None:
        return _aside(ctx, barred)
    asker = yield from standing_at(approval.address, ctx.unit.installation)
    if asker.role is None or RANK[asker.role] < RANK[kind.who]:
        return (
            yield from _ended(ctx, approval, "void", t("admin.approval.asker_lost"), "admin.approval.asker_lost_there")
        )
    if not kind.of_oneself and (yield from kind.interest_of(approval.address, act)) is not None:
        return (
            yield from _ended(ctx, approval, "void", t("admin.approval.asker_own"), "admin.approval.asker_own_there")
        )
    why = approval.why
    # What the asker reads of it is worked out from the books as they are before it is done.
    there = yield from _play(_staged(ctx, approval.language), kind.do, act, why)
    if not there.acted:
        played = yield from _play(_staged(ctx, ctx.session.language), kind.do, act, why)
        text = paragraphs(t("admin.approval.impossible"), played.text)
        return (yield from _ended(ctx, approval, "void", text, "admin.approval.impossible_there", there.text))
    # The row that was kept leaves its state first: where somebody was quicker, nothing of the rest happens.
    yield from acts.end_approval(approval.id, "approved")
    for_real = _apart(ctx, ctx.session.language)
    for_real.by, for_real.second = str(approval.address), "" if alone else me.address
    played = yield from _play(for_real, kind.do, act, why)
    if str(approval.address) != me.address:
        yield from _tell(ctx, approval, "admin.approval.approved_there", me.address, there.text)
    return _aside(ctx, paragraphs(t("admin.approval.approved", address=str(approval.address)), played.text))


def _role_for(ctx: Context, act: Act, kind: Kind, alone: bool) -> Script[Role]:
    """The role that approving takes."""
    two = None if kind.two is None or alone else (yield from kind.two(ctx, act))
    return kind.who if two is None else two.who or kind.who


def _not_alone(ctx: Context, approval: Approval) -> Safe | None:
    """Why who asked may not confirm their own request; None when the time for it has come."""
    if approval.alone_at is None:
        return ctx.t("admin.approval.own")
    if ctx.person.now < approval.alone_at:
        return ctx.t("admin.approval.alone_not_yet", moment=ctx.t.moment(approval.alone_at))
    return None


def _barred(ctx: Context, act: Act, kind: Kind, alone: bool) -> Script[Safe | None]:
    """Why the speaker may decide no such request: it is their own affair, or they were named just now."""
    own = yield from (kind.own_affair if alone else kind.not_theirs)(ctx, act)
    if own is not None:
        return own.text
    for admin in (yield from admins_with_accounts(ctx.unit.installation)):
        if str(admin.address) == ctx.person.address and is_cooling(ctx, admin) and not alone:
            return ctx.t("admin.approval.too_new", moment=ctx.t.moment(admin.named_at + COOLING_MS))
    return None


def disapprove(ctx: Context, rest: str = "") -> Deciding:
    """`/refuse ID`: another person's act is not done; the asker takes their own back."""
    opened = yield from _open(ctx, rest)
    if isinstance(opened, Reply):
        return opened
    approval, act, kind = opened
    t, me = ctx.t, ctx.person
    if (yield from is_same_person(ctx, approval.address)):
        yield from acts.end_approval(approval.id, "refused")
        return _aside(ctx, t("admin.approval.withdrawn"))
    if not may(me, kind.who):
        yield from _tell(ctx, approval, "admin.approval.too_low_there", me.address)
        return _aside(ctx, t("admin.approval.too_low", role=t(ROLE[kind.who])))
    # What touches somebody is not for them to refuse, or no two owners could ever part with a third.
    own = yield from kind.not_theirs(ctx, act)
    if own is not None:
        return _aside(ctx, own.text)
    return (yield from _ended(ctx, approval, "refused", t("admin.approval.refused"), "admin.approval.refused_there"))


def _open(ctx: Context, rest: str) -> Script[tuple[Approval, Act, Kind] | Reply]:
    """The request of that id, while it may be decided; else what there is to say."""
    t, now = ctx.t, ctx.person.now
    approval = yield from acts.approval(read.order_id(rest) or "")
    if approval is None:
        return _aside(ctx, t("admin.approval.none"))
    if approval.state != "asked":
        return _aside(ctx, t(_OVER[approval.state]))
    if now >= approval.expires_at or approval.asked_at > now + CLOCK_SLACK_MS:
        return (
            yield from _ended(ctx, approval, "expired", t("admin.approval.expired"), "admin.approval.expired_there")
        )
    if approval.act is None:
        text = t("admin.approval.unreadable")
        return (yield from _ended(ctx, approval, "void", text, "admin.approval.unreadable_there"))
    return approval, approval.act, kind_of(ctx, approval.act)


def _ended(
    ctx: Context, approval: Approval, state: ApprovalState, text: Safe, there: str, more: Safe | None = None
) -> Script[Reply]:
    """Nothing moved, and both are told."""
    yield from acts.end_approval(approval.id, state)
    if str(approval.address) != ctx.person.address:
        yield from _tell(ctx, approval, there, ctx.person.address, more)
    return _aside(ctx, text)


def _tell(ctx: Context, approval: Approval, key: str, by: str, more: Safe | None = None) -> Script[None]:
    """Tell the asker what became of what they had asked for."""
    t = ctx.shop.words[approval.language]
    what = named(t, approval.act, approval.amount_xof, approval.why)
    yield from ctx.tell(approval.address, news(t, paragraphs(t(key, address=by, what=what), more)))


def _aside(ctx: Context, text: Safe) -> Reply:
    return Reply(text, (home_row(ctx),), separate=True)
