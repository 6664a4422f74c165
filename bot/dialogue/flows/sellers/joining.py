"""Somebody becomes the seller of a shop: the code is typed, they agree, the shop lets them in. Pure.

Theory of operation. A *seller* sells for a reseller's shop: what they buy here is charged to the shop's account, and
the order, its commission and its client are the shop's. What they have of their own stays theirs, and waits: an account
is never shared with a seller, so that nothing of the one is seen by the other.

    shop    /sellers    a name, a code, good for ten minutes
    seller  the code    what it means is said, and asked
    shop    admit?      Confirm, after the PIN: a seller from their next message on

Codes are short, so wrong ones are counted, with those of linking. Whoever overheard a code is seen before they sell:
the shop is asked with the end of their address. Nobody sells for two shops, and neither resellers nor admins sell for
others. Whoever has something under way ends that first.
"""

from typing import Final

from msgspec.structs import replace

from bot.dialogue import codes
from bot.dialogue.context import IDLE, Answer, Context, Deciding, Reply
from bot.dialogue.flow import Typed
from bot.dialogue.flows.sellers.inviting import CODE_SECONDS, MOST_SELLERS
from bot.dialogue.menu import home_row, menu, menu_rows, reply_beside
from bot.dialogue.seller_pending import AdmitSeller, BecomingSeller
from bot.domain.outbound import Outbound
from bot.domain.people import Address
from bot.notices.accounts import masked
from bot.notices.layout import STAYS, Rows, free, paragraphs, truncate
from bot.repositories import orders, sellers
from bot.repositories.accounts import customer_of, members_of
from bot.repositories.people import shop_name_of
from bot.repositories.sellers import FIRST_DAY_LIMIT_XOF, Invitation
from bot.store import Script
from bot.transactions.links import miss
from bot.transactions.people import standing_of

_COUNTED: Final = frozenset({"seller.used", "seller.expired"})


def shop_named(ctx: Context, shop_name: str) -> str:
    """A shop as a sentence names it."""
    return truncate(shop_name, 60) or ctx.t.label("consent.shop")


# The seller.


def read_code(ctx: Context, typed: Typed) -> Script[Answer | None]:
    """A code was typed; None for one that invites no seller."""
    code = codes.clean(typed.text)
    invitation = yield from sellers.invitation_of(code)
    if invitation is None:
        return None
    if (pause := (yield from codes.wrong_too_often(ctx))) is not None:
        return reply_beside(ctx, ctx.t(pause))
    problem = yield from _problem(ctx, invitation)
    if problem is not None:
        if problem in _COUNTED:
            yield from miss(ctx.unit)
        return reply_beside(ctx, ctx.t(problem))
    ctx.session = replace(ctx.afresh(), pending=BecomingSeller(code), greeted=True)
    return _ask(ctx, invitation)


def _problem(ctx: Context, invitation: Invitation) -> Script[str | None]:
    """Why the person who speaks does not become the shop's seller; None when they may."""
    if invitation.customer == ctx.customer:
        return "seller.own"
    if ctx.person.selling is not None:
        return "seller.already"
    if invitation.state != "made" or not invitation.is_shop:
        return "seller.used"
    if codes.is_expired(invitation.made_at, invitation.expires_at, ctx.now):
        return "seller.expired"
    if ctx.person.role is not None or ctx.person.reseller is not None:
        return "seller.not_you"
    if ctx.person.frozen:
        return "link.frozen"
    opened = yield from orders.open_of(ctx.customer)
    return "seller.finish_first" if opened or (yield from ctx.flows.unpaid(ctx)) else None


def ask_join(ctx: Context) -> Deciding:
    """Will they sell for the shop?"""
    invitation = yield from sellers.invitation_of(ctx.pending(BecomingSeller).code)
    return menu(ctx) if invitation is None else _ask(ctx, invitation)


def _ask(ctx: Context, invitation: Invitation) -> Answer:
    shop = shop_named(ctx, invitation.shop_name)
    text = paragraphs(ctx.t("seller.ask", shop=shop), ctx.t("seller.mind"))
    rows: Rows = ((ctx.button("button.agree", "do"), ctx.button("button.no", "cancel")),)
    return ctx.ask("seller_join", text, rows)


def agree(ctx: Context, _: str = "") -> Deciding:
    """They will: now the shop is asked, in the chat where the code was made."""
    invitation = yield from sellers.invitation_of(ctx.pending(BecomingSeller).code)
    problem = "seller.used" if invitation is None else (yield from _problem(ctx, invitation))
    if invitation is None or problem is not None:
        return ctx.ask(IDLE, ctx.t(problem or "seller.used"), menu_rows(ctx), base=ctx.afresh())
    yield from sellers.ask(invitation.id, ctx.person.address, ctx.now + CODE_SECONDS * 1000)
    t = ctx.shop.words[invitation.language]
    request = t("sellers.request", name=invitation.name, address=masked(ctx.unit.address), minutes=CODE_SECONDS // 60)
    yes = free(t.label("button.admit"), "admit", invitation.code, STAYS)
    no = free(t.label("button.refuse"), "unadmit", invitation.code, STAYS)
    yield from ctx.tell(invitation.address, Outbound(request, ((yes, no),)))
    asked = ctx.t("seller.asked", shop=shop_named(ctx, invitation.shop_name), minutes=CODE_SECONDS // 60)
    return ctx.ask(IDLE, asked, (home_row(ctx),), base=ctx.afresh())


def decline(ctx: Context, _: str = "") -> Deciding:
    """They will not: the code is good for nobody else, for somebody passed it on by mistake."""
    invitation = yield from sellers.invitation_of(ctx.pending(BecomingSeller).code)
    if invitation is not None and invitation.state == "made":
        yield from sellers.finish(invitation.id, "refused")
        yield from ctx.tell_news(invitation.address, invitation.language, "sellers.declined", name=invitation.name)
    return ctx.ask(IDLE, ctx.t("seller.declined"), menu_rows(ctx), base=ctx.afresh())


# The shop.


def admit(ctx: Context, code: str = "", *, known: bool = False) -> Deciding:
    """The shop lets them sell. `known`: the PIN was just typed."""
    invitation = yield from _asked(ctx, code)
    if invitation is None or invitation.other is None:
        return reply_beside(ctx, ctx.t("sellers.over"))
    if ctx.person.frozen:
        return reply_beside(ctx, ctx.t("link.frozen"))
    if len((yield from sellers.of_shop(ctx.customer))) >= MOST_SELLERS:
        return reply_beside(ctx, ctx.t("sellers.full", most=MOST_SELLERS))
    # A person who holds the telephone for a minute must not be able to let somebody in.
    if not known and (asked := ctx.flows.guard(ctx, None, AdmitSeller(code))) is not None:
        return asked
    if not (yield from _is_free(ctx, invitation.other)):
        yield from sellers.finish(invitation.id, "refused")
        return reply_beside(ctx, ctx.t("sellers.not_now", name=invitation.name))
    yield from sellers.finish(invitation.id, "admitted")
    yield from sellers.add(ctx.customer, str(invitation.other), invitation.name, ctx.now)
    shop_name = yield from shop_name_of(ctx.customer)
    limit_xof, other = FIRST_DAY_LIMIT_XOF, ctx.shop.words[invitation.other_language]
    yield from ctx.tell_news(
        invitation.other,
        invitation.other_language,
        "seller.admitted",
        shop=truncate(shop_name, 60) or other.label("consent.shop"),
        limit=other.money(limit_xof),
    )
    for member in (yield from members_of(ctx.customer)):
        if member.address != ctx.unit.address:
            yield from ctx.tell_news(
                member.address,
                member.language,
                "sellers.joined",
                name=invitation.name,
                address=masked(invitation.other),
            )
    text = ctx.t(
        "sellers.admitted", name=invitation.name, address=masked(invitation.other), limit=ctx.t.money(limit_xof)
    )
    return Reply(text, ((ctx.link("button.sellers", "sellers"), *home_row(ctx)),), separate=True)


def _asked(ctx: Context, code: str) -> Script[Invitation | None]:
    """The invitation of this shop that waits for an answer."""
    invitation = yield from sellers.invitation_of(code)
    if invitation is None or invitation.customer != ctx.customer or invitation.state != "asked":
        return None
    return None if codes.is_expired(invitation.made_at, invitation.expires_at, ctx.now) else invitation


def _is_free(ctx: Context, other: Address) -> Script[bool]:
    """Whether who agreed may still sell for somebody: much can happen in ten minutes."""
    customer = yield from customer_of(str(other))
    role, reseller, frozen = yield from standing_of(other, customer, ctx.unit.installation)
    if role is not None or reseller is not None or frozen or customer == ctx.customer:
        return False
    return not (yield from sellers.is_seller(str(other))) and not (yield from orders.open_of(customer))


def admit_guarded(ctx: Context, what: AdmitSeller) -> Deciding:
    """Nothing stands in the way any more: everything is looked at again."""
    ctx.session = ctx.afresh()
    return (yield from admit(ctx, what.code, known=True))


def back_from_guard(ctx: Context, _: AdmitSeller) -> Answer:
    """Nobody has been let in yet."""
    return menu(ctx)


def refuse(ctx: Context, code: str = "") -> Deciding:
    """The shop does not want them."""
    invitation = yield from _asked(ctx, code)
    if invitation is None or invitation.other is None:
        return reply_beside(ctx, ctx.t("sellers.over"))
    yield from sellers.finish(invitation.id, "refused")
    yield from ctx.tell_news(invitation.other, invitation.other_language, "seller.refused")
    return reply_beside(ctx, ctx.t("sellers.refused", name=invitation.name))
