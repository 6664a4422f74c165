"""Leaving a shared account: who goes, and what stays. Pure.

Everything stays with the account, and the account with the address that it is named after: the one where the code was
made. When that one asks for parting, the others leave.
"""

from msgspec.structs import replace

from bot.dialogue.context import IDLE, Context, Deciding
from bot.dialogue.flows.linking.joining import listed, others_of, own_account
from bot.dialogue.menu import home_row, reply_beside
from bot.notices.accounts import masked
from bot.notices.layout import Rows, lines
from bot.repositories import accounts


def unlink(ctx: Context, _: str = "") -> Deciding:
    """`/unlink`: ask whether this address shall leave the account, or, where the account is its own, the others."""
    account = yield from own_account(ctx)
    others = others_of(ctx, account)
    if not others:
        return reply_beside(ctx, ctx.t("unlink.none"))
    if account.frozen:
        return reply_beside(ctx, ctx.t("link.frozen"))
    ctx.session = replace(ctx.afresh(), greeted=True)
    t, stays = ctx.t, account.customer == ctx.person.address
    balance = t.money(account.balance.available_xof)
    text = lines(
        t("unlink.ask_others" if stays else "unlink.ask", addresses=listed(others)),
        t("unlink.stays_here" if stays else "unlink.stays_there", balance=balance),
        t("unlink.open", held=t.money(account.balance.held_xof)) if account.balance.held_xof else None,
    )
    rows: Rows = ((ctx.button("button.unlink_yes", "do"), ctx.button("button.cancel", "cancel")),)
    return ctx.ask("unlink", text, rows)


def ask_part(ctx: Context) -> Deciding:
    """Part the addresses of this account?"""
    return (yield from unlink(ctx))


def part(ctx: Context, _: str = "") -> Deciding:
    """They part: money and history stay with the account."""
    account = yield from own_account(ctx)
    others = others_of(ctx, account)
    ctx.session = ctx.afresh()
    if not others:
        return reply_beside(ctx, ctx.t("unlink.none"))
    if account.frozen:
        return reply_beside(ctx, ctx.t("link.frozen"))
    me = ctx.unit.address
    stays = account.customer == str(me)
    leaving = tuple(member.address for member in others) if stays else (me,)
    yield from accounts.part(account.customer, leaving, str(me))
    for member in others:
        key = "unlink.parted" if stays else "unlink.left"
        yield from ctx.tell_news(member.address, member.language, key, address=masked(me))
    text = ctx.t("unlink.done_others" if stays else "unlink.done", addresses=listed(others))
    return ctx.ask(IDLE, text, (home_row(ctx),), base=ctx.afresh())
