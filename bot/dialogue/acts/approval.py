"""What takes two people: money above a set amount, and some acts whatever they move. Pure.

Theory of operation. What an admin confirms is added to what they moved alone in the last day, so that cutting a sum
into pieces does not help. An act that is too large for one person is kept as it was asked for, and the other people who
may decide it (`second`) are asked. Approving is deciding it again, from the books as they then are, and doing it by the
same `do`, once: the kept row leaves its state in the same transaction. Whatever else happens (somebody refuses, the
time is over, the asker lost the role, it became the affair of one of the two, the books do not allow it any more)
nothing moves, and both are told.

Where nobody else may approve, some acts wait for a day instead: all owners hear of it at once, and then the asker may
confirm alone.
"""

from bot.dialogue.acts.kinds import AnyKind, Two, done, reason
from bot.dialogue.acts.second import ALONE_MS, able, bound_xof, others, tell_owners
from bot.dialogue.acts.staging import play, staged
from bot.dialogue.context import Context, Deciding
from bot.dialogue.permissions import ROLE
from bot.domain.acts import Act
from bot.domain.outbound import Brief, Outbound
from bot.i18n import Safe
from bot.notices.layout import STAYS, Rows, free, lines, paragraphs
from bot.repositories import acts
from bot.repositories.acts import Approval
from bot.store import Script

DAY_MS = 86_400_000


def needed(ctx: Context, kind: AnyKind, act: Act, amount_xof: int) -> Script[Two | None]:
    """Why the speaker may not do an act alone; None when they may."""
    two = None if kind.two is None else (yield from kind.two(ctx, act))
    if two is not None and two.self_approval == "now" and not (yield from others(ctx, two.who or kind.who)):
        two = None
    if two is None and amount_xof > 0 and (limit_xof := (yield from bound_xof(ctx))) is not None:
        moved_xof = yield from acts.moved_alone_xof(ctx.customer, ctx.now - DAY_MS)
        two = Two("admin.two.amount", "never") if moved_xof + amount_xof >= limit_xof else None
    return two


def request(ctx: Context, kind: AnyKind, act: Act, why: str, amount_xof: int, two: Two) -> Deciding:
    """Keep a confirmed act, and ask the others who may; where there is nobody, it waits, or is not done."""
    t, me = ctx.t, ctx.person
    limit = t.money((yield from bound_xof(ctx)) or 0)
    because = t(two.key, limit=limit)
    role = two.who or kind.who
    asked_of = yield from able(ctx, kind, act, role)
    if not asked_of and two.self_approval == "never":
        return done(ctx, t("admin.approval.nobody", because=because, role=t(ROLE[role]), name=role))
    if two.words:
        why = f"{why} · « {reason(two.words)} »"
    identity = me.fresh[1]
    alone_at = None if asked_of else me.now + ALONE_MS
    expires_at = me.now + ctx.shop.approval_seconds * 1000 if alone_at is None else alone_at + ALONE_MS
    if not (yield from play(staged(ctx, ctx.session.language), kind.question, act, why)).question:
        # The books would not allow it any more: say why, as the question would.
        return (yield from kind.question(ctx, act, why))
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
        played = yield from play(staged(ctx, admin.language), kind.question, act, why)
        text = paragraphs(
            voice("admin.approval.asked_of_you", address=me.address),
            played.text,
            voice("admin.approval.how", clock=voice.clock(expires_at), id=identity),
        )
        yes = free(voice.label("button.approve"), "approve", identity, STAYS)
        no = free(voice.label("button.disapprove"), "disapprove", identity, STAYS)
        brief = Brief("news", admin.language, voice.label("brief.approval"))
        yield from ctx.tell(admin.address, Outbound(text, ((yes, no),), durable=True, brief=brief))
    withdraw = ((free(t.label("button.withdraw"), "disapprove", identity, STAYS),),)
    if alone_at is not None:
        return (yield from _await_self_approval(ctx, kind, act, why, because, alone_at, identity, withdraw))
    whom = (Safe(f"• <code>{t.escaped(str(admin.address))}</code> ({t(ROLE[admin.role])})") for admin in asked_of)
    text = paragraphs(
        t("admin.approval.kept", because=because, clock=t.clock(expires_at)),
        lines(*whom),
        t("admin.approval.withdraw", id=identity),
    )
    return done(ctx, text, withdraw)


def _await_self_approval(
    ctx: Context, kind: AnyKind, act: Act, why: str, because: str, alone_at: int, identity: str, withdraw: Rows
) -> Deciding:
    """Nobody else may approve: it waits for a day, and every owner is told now."""
    t = ctx.t
    questions = {}
    for language in ctx.shop.words:
        questions[language] = (yield from play(staged(ctx, language), kind.question, act, why)).text
    yield from tell_owners(
        ctx,
        lambda voice: paragraphs(
            voice("admin.approval.alone_notice", address=ctx.person.address, moment=voice.moment(alone_at)),
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


# The second person.
