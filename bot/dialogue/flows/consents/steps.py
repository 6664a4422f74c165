"""Codes straight to the client's own chat, if they want it: asked once, taken back with one word. Pure.

Theory of operation. A reseller invites one of their clients: a code of six signs, to be passed on, good for a week and
for one chat. Whoever writes the code to the bot is asked, by the shop's name, in their own language. Once they agree,
what is delivered for that client goes to the chat where they agreed, through the outbox like every other message. The
reseller is told who agreed, at least the end of their address, so that a stranger who guessed a code is noticed. STOP
ends it.

Wrong codes are counted with those of linking: a person has one stock of tries, whatever they try to open.
"""

from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from bot.dialogue import codes
from bot.dialogue.clients import own_client
from bot.dialogue.context import IDLE, Answer, Context, Deciding
from bot.dialogue.menu import home_row, menu, menu_rows, reply_beside
from bot.dialogue.pending import Invited
from bot.domain.outbound import Outbound
from bot.i18n import Safe, Voice
from bot.notices.accounts import masked
from bot.notices.layout import Rows, paragraphs, truncate
from bot.repositories import consents
from bot.repositories.consents import Invitation
from bot.store import Script
from bot.transactions.links import miss

INVITATION_DAYS = 7
_DAY_MS: Final = 86_400_000


# The reseller invites.


def invite(ctx: Context, argument: str) -> Deciding:
    """A code for a client, in a message to be passed on; an earlier one is no longer valid."""
    t, client, terms = ctx.t, (yield from own_client(ctx, argument)), ctx.person.reseller
    if client is None or terms is None:
        return (yield from ctx.flows.follow(ctx, "client", argument))
    consent = yield from consents.newest_of(ctx.customer, client.id)
    if consent is not None and not consent.revoked:
        return reply_beside(ctx, t("invite.agreed", name=truncate(client.name, 40)))
    code = codes.make(ctx.person.fresh[1])
    ctx.replaces = None
    expires_at = ctx.now + INVITATION_DAYS * _DAY_MS
    yield from consents.invite(ctx.customer, client.id, code, ctx.unit.address, ctx.now, expires_at)
    shop = _shop(ctx, terms.shop_name)
    channels = _any_of(t, [abilities.label for abilities in ctx.shop.channels.values()])
    ctx.send(Outbound(t("invite.message", shop=shop, code=code, days=INVITATION_DAYS, channels=channels)))
    return reply_beside(ctx, t("invite.how", name=truncate(client.name, 40), days=INVITATION_DAYS))


def uninvite(ctx: Context, argument: str) -> Deciding:
    """Send a client's codes only to the reseller again."""
    client = yield from own_client(ctx, argument)
    if client is None:
        return (yield from ctx.flows.follow(ctx, "client", argument))
    consent = yield from consents.newest_of(ctx.customer, client.id)
    ctx.replaces = None
    if consent is not None and not consent.revoked:
        shop_name = "" if ctx.person.reseller is None else ctx.person.reseller.shop_name
        yield from consents.end(ctx.customer, client.id, ctx.now)
        yield from ctx.tell_news(consent.address, consent.language, "consent.ended", shop=_shop(ctx, shop_name))
    return reply_beside(ctx, ctx.t("invite.ended", name=truncate(client.name, 40)))


def _any_of(t: Voice, channels: Sequence[str]) -> str:
    together = ", ".join(channels[:-1])
    return t("channel.or", names=together, last=channels[-1]) if together else "".join(channels)


def _shop(ctx: Context, shop_name: str) -> str:
    return truncate(shop_name, 60) or ctx.t.label("consent.shop")


# The client is asked.


def enter(ctx: Context, text: str) -> Script[Answer | None]:
    """A code was typed: the client is asked; None for one that invites nobody."""
    code = codes.clean(text)
    invitation = yield from consents.invitation_of(code)
    if invitation is None:
        return None
    if (pause := (yield from codes.wrong_too_often(ctx))) is not None:
        return reply_beside(ctx, ctx.t(pause))
    problem = _problem(ctx, invitation)
    if problem is not None:
        if problem != "consent.own":
            yield from miss(ctx.unit)
        return reply_beside(ctx, ctx.t(problem))
    ctx.session = replace(ctx.afresh(), pending=Invited(code), greeted=True)
    return _ask(ctx, invitation)


def _problem(ctx: Context, invitation: Invitation) -> str | None:
    """Why nobody is asked; None when they are."""
    if invitation.customer == ctx.customer:
        return "consent.own"
    if invitation.state != "made":
        return "consent.used"
    return "consent.expired" if codes.is_expired(invitation.made_at, invitation.expires_at, ctx.now) else None


def ask_consent(ctx: Context) -> Deciding:
    """Shall their codes come to this chat?"""
    invitation = yield from consents.invitation_of(ctx.pending(Invited).code)
    return menu(ctx) if invitation is None else _ask(ctx, invitation)


def _ask(ctx: Context, invitation: Invitation) -> Answer:
    shop = _shop(ctx, invitation.shop_name)
    text = paragraphs(ctx.t("consent.ask", shop=shop), ctx.t("consent.mind", shop=shop))
    rows: Rows = ((ctx.button("button.agree", "do"), ctx.button("button.no", "cancel")),)
    return ctx.ask("consent", text, rows)


def agree(ctx: Context, _: str = "") -> Deciding:
    """They agree: from now on their codes do."""
    invitation = yield from consents.invitation_of(ctx.pending(Invited).code)
    problem = "consent.used" if invitation is None else _problem(ctx, invitation)
    if invitation is None or problem is not None:
        return ctx.ask(IDLE, ctx.t(problem or "consent.used"), menu_rows(ctx), base=ctx.afresh())
    yield from consents.agree(invitation.id, ctx.unit.address, ctx.now)
    me, client = masked(ctx.unit.address), invitation.client
    yield from ctx.tell_news(invitation.address, invitation.language, "invite.accepted", name=client, address=me)
    text = ctx.t("consent.agreed", shop=_shop(ctx, invitation.shop_name))
    return ctx.ask(IDLE, text, (home_row(ctx),), base=ctx.afresh())


def decline(ctx: Context, _: str = "") -> Deciding:
    """They do not: nothing changes."""
    invitation = yield from consents.invitation_of(ctx.pending(Invited).code)
    if invitation is not None and invitation.state == "made":
        yield from consents.decline(invitation.id)
        yield from ctx.tell_news(invitation.address, invitation.language, "invite.declined", name=invitation.client)
    return ctx.ask(IDLE, ctx.t("consent.declined"), menu_rows(ctx), base=ctx.afresh())


# They take it back.


def stop_codes(ctx: Context) -> Script[Answer | None]:
    """No more codes come to this person's chats; None where none did."""
    agreed = yield from consents.agreed_by(ctx.customer)
    if not agreed:
        return None
    yield from consents.revoke(ctx.customer, ctx.now)
    shops = Safe(", ".join(dict.fromkeys(ctx.t.escaped(_shop(ctx, one.shop_name)) for one in agreed)))
    return ctx.ask(IDLE, ctx.t("consent.stopped", shops=shops), (home_row(ctx),), base=ctx.afresh())
