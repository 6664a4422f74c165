"""`/move`: whoever lost their telephone gets their account back at a new address. Pure.

Two admins agree, everybody is told, and a day passes in which the old address may say no (`transactions.moves`). One
clerk alone moves nothing; neither does one who is on either side of it.
"""

from bot.dialogue.acts.audit_log import audit, with_reason
from bot.dialogue.acts.kinds import ActKind, Two, ask, begin, done
from bot.dialogue.acts.naming import address_in, with_ending
from bot.dialogue.context import Context, Deciding, Reply
from bot.dialogue.flows.accounts.people import person
from bot.dialogue.menu import reply_beside
from bot.domain.identity_acts import MoveAccount
from bot.domain.people import Address
from bot.domain.text import fold
from bot.i18n import Safe
from bot.languages import answers
from bot.notices.layout import lines, paragraphs
from bot.repositories import moves
from bot.repositories.accounts import customer_of
from bot.repositories.acts import Standing, Touched
from bot.repositories.moves import AccountMove
from bot.store import Script
from bot.transactions import moves as moving

_STOP = answers("stop_move")


def move(ctx: Context, rest: str = "") -> Deciding:
    """`/move`: what is under way. `/move OLD NEW [reason]` asks for a move, `/move OLD stop [reason]` ends one."""
    words = rest.split()
    if not words:
        return (yield from _listed(ctx))
    old = address_in(words[0], ctx.shop.channels)
    if old is not None and len(words) > 1:
        if fold(words[1]) in _STOP:
            return (yield from _stopped(ctx, old, " ".join(words[2:])))
        # The end of the old one has become the whole already.
        whole = yield from with_ending(ctx, "move", 1, rest)
        if not isinstance(whole, str):
            return whole
        new = address_in(whole.split()[1], ctx.shop.channels)
        if new is not None:
            return (yield from begin(ctx, MoveAccount(old, new), " ".join(words[2:])))
    return reply_beside(ctx, ctx.t("admin.moving.usage"))


def _listed(ctx: Context) -> Deciding:
    t, waiting = ctx.t, (yield from moves.waiting())
    listed = (_line(ctx, one) for one in waiting)
    title = t("admin.moving.title") if waiting else t("admin.moving.none")
    return reply_beside(ctx, paragraphs(title, *listed, t("admin.moving.usage")))


def _line(ctx: Context, one: AccountMove) -> Safe:
    t = ctx.t
    return lines(
        t("admin.moving.line", address=str(one.address), into=str(one.into_address), moment=t.moment(one.due_at)),
        t("admin.moving.by_two", by=str(one.asked_by), second=one.approved_by)
        if one.approved_by
        else t("admin.moving.by_one", by=str(one.asked_by)),
    )


def _stopped(ctx: Context, old: Address, why: str) -> Deciding:
    """An admin ends a move: nothing leaves anybody, so one is enough, and nothing is asked."""
    waiting = yield from moves.waiting_of((yield from customer_of(str(old))), "")
    if waiting is None:
        return reply_beside(ctx, ctx.t("admin.moving.nothing", address=str(old)))
    yield from audit(ctx, "move stop", str(old), why)
    yield from moving.stop(ctx.unit, waiting, by_admin=True)
    return reply_beside(ctx, ctx.t("admin.moving.stop_done", address=str(old)))


def refuse(ctx: Context, _: str = "") -> Deciding:
    """“No, it's me”: whoever has the old address, or was named as the new one by mistake, ends it."""
    # Whoever sells for a shop acts for its account, which is not theirs to keep.
    own = yield from customer_of(ctx.person.address)
    waiting = yield from moves.waiting_of(own, ctx.person.address)
    if waiting is None:
        return reply_beside(ctx, ctx.t("move.nothing"))
    yield from moving.stop(ctx.unit, waiting, by_admin=False)
    return reply_beside(ctx, ctx.t("move.stays" if waiting.customer == own else "move.not_here"))


def _whose(ctx: Context, act: MoveAccount) -> Script[Reply | Standing]:
    """Whose account it is; or why it cannot go there."""
    standing = yield from person(ctx, act.address)
    if isinstance(standing, Reply):
        return standing
    why = yield from moving.why_not(ctx.unit.installation, act.address, act.to)
    if why is None and (
        (yield from moves.waiting_of(standing.customer, str(act.to))) is not None
        or (yield from moves.waiting_of(str(act.to), str(act.address))) is not None
    ):
        why = "move.waits"
    return standing if why is None else Reply(ctx.t(why, address=str(act.address), into=str(act.to)))


def ask_move(ctx: Context, act: MoveAccount, why: str) -> Deciding:
    """Whose account, what is in it, what follows, and what to make sure of."""
    t, standing = ctx.t, (yield from _whose(ctx, act))
    if isinstance(standing, Reply):
        return standing
    others = [str(member.address) for member in standing.members if member.address != act.address]
    text = paragraphs(
        lines(
            t("admin.moving.ask", address=str(act.address), into=str(act.to)),
            t("balance.available", balance=t.money(standing.balance.available_xof)),
            t("admin.person.held", held=t.money(standing.balance.held_xof)) if standing.balance.held_xof else None,
        ),
        t("admin.moving.others", addresses=", ".join(others)) if others else None,
        t("admin.moving.what", hours=ctx.shop.move_wait_hours),
        t("admin.moving.frozen") if standing.frozen else t("admin.moving.stolen", address=str(act.address)),
        t("admin.moving.check"),
    )
    return ask(ctx, text, act, why, must=True)


def do_move(ctx: Context, act: MoveAccount, why: str) -> Deciding:
    """Two agreed: it waits."""
    standing = yield from _whose(ctx, act)
    if isinstance(standing, Reply):
        return standing
    yield from audit(ctx, "move", str(act.address), with_reason(f"→ {act.to}", why), _stake_xof(standing))
    yield from ctx.write(moving.begin(ctx.unit, act.address, act.to, ctx.by, ctx.second))
    due_at = ctx.now + ctx.shop.move_wait_hours * moving.HOUR_MS
    return done(
        ctx,
        lines(
            ctx.t("admin.moving.agreed", address=str(act.address), into=str(act.to), moment=ctx.t.moment(due_at)),
            ctx.t("admin.moving.how_to_stop", address=str(act.address)),
        ),
    )


def _stake_xof(standing: Standing) -> int:
    return max(0, standing.balance.available_xof) + standing.balance.held_xof


def stake(ctx: Context, act: MoveAccount) -> Script[int]:
    """How much comes into other hands."""
    standing = yield from _whose(ctx, act)
    return 0 if isinstance(standing, Reply) else _stake_xof(standing)


def _always(_: Context, __: MoveAccount) -> Script[Two | None]:
    yield from ()
    return Two("move.two", who="owner")


MOVE = ActKind(
    ask=ask_move,
    do=do_move,
    who="operator",
    touches=lambda act: Touched(address=act.address, other=act.to),
    counts="sum and two",
    because="all that an account has goes to whoever writes from another address; the second is an owner",
    moves=stake,
    two=_always,
    own_words=("word.move",),
)
