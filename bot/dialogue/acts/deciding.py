"""The second person approves or refuses what another one asked for. Pure.

Approving is deciding an act again, from the books as they are now, and doing it by the same `do`, once: the kept row
leaves its state in the same transaction. Whatever else happens, nothing moves, and both are told.
"""

from functools import partial
from typing import Final

from bot.dialogue.acts.kinds import AnyKind, kind_of
from bot.dialogue.acts.second import CLOCK_SLACK_MS, COOLING_MS, is_cooling, is_same_person
from bot.dialogue.acts.staging import play, separate_context, staged
from bot.dialogue.acts.undoing import perform, undo_rows
from bot.dialogue.context import Context, Deciding, Reply
from bot.dialogue.menu import home_row, reply_beside
from bot.dialogue.parsing.references import parse_order_id
from bot.dialogue.permissions import RANK, ROLE, may
from bot.domain.acts import Act
from bot.domain.people import Role
from bot.i18n import Safe
from bot.notices.approvals import named, news
from bot.notices.layout import Rows, paragraphs
from bot.repositories import acts
from bot.repositories.acts import Approval, ApprovalState
from bot.store import Script
from bot.transactions.people import admins_with_accounts, standing_at

_OVER: Final[dict[str, str]] = {
    "approved": "admin.approval.was_approved",
    "refused": "admin.approval.was_refused",
    "expired": "admin.approval.was_expired",
    "void": "admin.approval.was_void",
}


def approve(ctx: Context, rest: str = "") -> Deciding:
    """`/approve ID`: another person's act is decided again and done."""
    opened = yield from _open(ctx, rest)
    if isinstance(opened, Reply):
        return opened
    approval, act, kind = opened
    t, me = ctx.t, ctx.person
    is_own = yield from is_same_person(ctx, approval.address)
    if is_own and (not_yet := _no_self_approval(ctx, approval)) is not None:
        return reply_beside(ctx, not_yet)
    role = yield from _role_for(ctx, act, kind, is_own)
    if not may(me, role):
        yield from _tell(ctx, approval, "admin.approval.too_low_there", me.address)
        return reply_beside(ctx, t("admin.approval.too_low", role=t(ROLE[role])))
    if (blocked := (yield from _why_blocked(ctx, act, kind, is_own))) is not None:
        return reply_beside(ctx, blocked)
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
    second = "" if is_own else me.address
    there = yield from play(_for_asker(staged(ctx, approval.language), approval, second), kind.do, act, why)
    if not there.acted:
        stage = _for_asker(staged(ctx, ctx.session.language), approval, second)
        played = yield from play(stage, kind.do, act, why)
        text = paragraphs(t("admin.approval.impossible"), played.text)
        return (yield from _ended(ctx, approval, "void", text, "admin.approval.impossible_there", there.text))
    # The request leaves its state first: where somebody was quicker, the rest does not happen.
    yield from acts.end_approval(approval.id, "approved")
    for_real = _for_asker(separate_context(ctx, ctx.session.language), approval, second)
    played = yield from play(for_real, partial(_perform, kind), act, why)
    if str(approval.address) != me.address:
        theirs = undo_rows(ctx.shop.words[approval.language], for_real.undo_id)
        yield from _tell(ctx, approval, "admin.approval.approved_there", me.address, there.text, theirs)
    text = paragraphs(t("admin.approval.approved", address=str(approval.address)), played.text)
    # An owner undoes what others did; others only what they did themselves.
    undo = undo_rows(t, for_real.undo_id) if me.role == "owner" else ()
    return Reply(text, (*undo, home_row(ctx)), separate=True)


def _perform(kind: AnyKind, ctx: Context, act: Act, why: str) -> Deciding:
    return (yield from perform(ctx, kind, act, why))


def _for_asker(stage: Context, approval: Approval, second: str) -> Context:
    """A context in which the asker acts, and the speaker approves."""
    stage.by, stage.second = str(approval.address), second
    return stage


def _role_for(ctx: Context, act: Act, kind: AnyKind, is_own: bool) -> Script[Role]:
    """The role that approving takes."""
    two = None if kind.two is None or is_own else (yield from kind.two(ctx, act))
    return kind.who if two is None else two.who or kind.who


def _no_self_approval(ctx: Context, approval: Approval) -> Safe | None:
    """Why the asker may not confirm their own request; None when the time for it has come."""
    if approval.alone_at is None:
        return ctx.t("admin.approval.own")
    if ctx.person.now < approval.alone_at:
        return ctx.t("admin.approval.alone_not_yet", moment=ctx.t.moment(approval.alone_at))
    return None


def _why_blocked(ctx: Context, act: Act, kind: AnyKind, is_own: bool) -> Script[Safe | None]:
    """Why the speaker may decide no such request: it is their own affair, or they were named just now."""
    own = yield from (kind.own_affair if is_own else kind.not_theirs)(ctx, act)
    if own is not None:
        return own.text
    for admin in (yield from admins_with_accounts(ctx.unit.installation)):
        if str(admin.address) == ctx.person.address and is_cooling(ctx, admin) and not is_own:
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
        return reply_beside(ctx, t("admin.approval.withdrawn"))
    if not may(me, kind.who):
        yield from _tell(ctx, approval, "admin.approval.too_low_there", me.address)
        return reply_beside(ctx, t("admin.approval.too_low", role=t(ROLE[kind.who])))
    # Nobody refuses an act that is about themselves; otherwise two owners could never remove a third.
    own = yield from kind.not_theirs(ctx, act)
    if own is not None:
        return reply_beside(ctx, own.text)
    return (yield from _ended(ctx, approval, "refused", t("admin.approval.refused"), "admin.approval.refused_there"))


def _open(ctx: Context, rest: str) -> Script[tuple[Approval, Act, AnyKind] | Reply]:
    """The request of that id, while it may be decided; else what there is to say."""
    t, now = ctx.t, ctx.person.now
    approval = yield from acts.approval(parse_order_id(rest) or "")
    if approval is None:
        return reply_beside(ctx, t("admin.approval.none"))
    if approval.state != "asked":
        return reply_beside(ctx, t(_OVER[approval.state]))
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
    return reply_beside(ctx, text)


def _tell(
    ctx: Context, approval: Approval, key: str, by: str, more: Safe | None = None, rows: Rows = ()
) -> Script[None]:
    """Tell the asker what became of what they had asked for."""
    t = ctx.shop.words[approval.language]
    what = named(t, approval.act, approval.amount_xof, approval.why)
    yield from ctx.tell(approval.address, news(t, paragraphs(t(key, address=by, what=what), more), rows))
