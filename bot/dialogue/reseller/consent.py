"""Codes straight to the client's own chat, if he wants it: asked once, taken back with one word. Pure.

Theory of operation. A reseller invites a client of his: a code of six signs, to be passed on, good for a week and for
one chat. Whoever writes the code to the bot is asked, by the shop's name, in his own language. Once he agrees, what is
delivered for that client goes to the chat where he agreed, by the same door as every other message; the reseller hears
who agreed, at least the end of his address, so that a stranger who guessed a code is noticed. STOP ends it.

Wrong codes are counted with those of linking: a person has one stock of tries, whatever he tries to open.
"""

import re
from typing import Final

from msgspec.structs import replace

from bot.dialogue import announcements, link
from bot.dialogue.context import IDLE, Answer, Context, Deciding, Reply
from bot.dialogue.effects import MissLink, Say
from bot.dialogue.looks import LookTries, look
from bot.dialogue.menus import cancel, home_row, menu, menu_rows
from bot.dialogue.reseller.clients import gone, his
from bot.dialogue.reseller.effects import Agree, Decline, EndConsent, Invite, Revoke
from bot.dialogue.reseller.looks import LookAgreed, LookConsent, LookInvitation
from bot.domain.model import Address, Outbound
from bot.i18n import Safe
from bot.notices.accounts import MAX_ALL_WRONG, TRIES_SECONDS
from bot.notices.layout import Rows, paragraphs, truncate
from bot.repositories import orders
from bot.repositories.accounts import Tries
from bot.repositories.clients import Agreed, Consent, Invitation
from bot.store import Script

INVITATION_DAYS = 7
_DAY_MS: Final = 86_400_000


# The reseller invites.


def invite(ctx: Context, argument: str) -> Deciding:
    """A code for a client, in a message to be passed on; an earlier one is worth nothing any more."""
    t, found, terms = ctx.t, (yield from his(argument)), ctx.person.reseller
    if found is None or terms is None:
        return (yield from gone(ctx))
    consent: Consent | None = yield from look(LookConsent(found.id))
    if consent is not None and not consent.revoked:
        return Reply(t("invite.agreed", name=truncate(found.name, 40)), (home_row(ctx),), separate=True)
    code = link.code_of(ctx.person.fresh[1])
    ctx.replaces = None
    ctx.effects += (
        Invite(found.id, code, ctx.person.now + INVITATION_DAYS * _DAY_MS),
        Say(Outbound(t("invite.message", shop=_shop(ctx, terms.shop_name), code=code, days=INVITATION_DAYS))),
    )
    return Reply(t("invite.how", name=truncate(found.name, 40), days=INVITATION_DAYS), (home_row(ctx),), separate=True)


def uninvite(ctx: Context, argument: str) -> Deciding:
    """Send a client's codes to the reseller alone again."""
    found = yield from his(argument)
    if found is None:
        return (yield from gone(ctx))
    consent: Consent | None = yield from look(LookConsent(found.id))
    ctx.replaces = None
    if consent is not None and not consent.revoked:
        shop_name = "" if ctx.person.reseller is None else ctx.person.reseller.shop_name
        ctx.effects += (
            EndConsent(found.id),
            link.tell(ctx, consent.address, consent.language, "consent.ended", shop=_shop(ctx, shop_name)),
        )
    return Reply(ctx.t("invite.ended", name=truncate(found.name, 40)), (home_row(ctx),), separate=True)


def _shop(ctx: Context, shop_name: str) -> str:
    return truncate(shop_name, 60) or ctx.t.label("consent.shop")


# The client is asked.


def enter(ctx: Context, text: str) -> Deciding:
    """A code was typed: an invitation, or else one that joins two channels."""
    code = re.sub(r"[\s-]", "", text).upper()
    found: Invitation | None = yield from look(LookInvitation(code))
    if found is None:
        return (yield from link.enter(ctx, text))
    now = ctx.person.now
    tries: Tries = yield from look(LookTries(now - TRIES_SECONDS * 1000, now))
    if tries.wrong >= link.MAX_WRONG:
        return link.reply(ctx, ctx.t("link.wait"))
    if tries.all_wrong >= MAX_ALL_WRONG:
        return link.reply(ctx, ctx.t("link.paused"))
    problem = _problem(ctx, found)
    if problem is not None:
        if problem != "consent.own":
            ctx.effects += (MissLink(),)
        return link.reply(ctx, ctx.t(problem))
    ctx.session = replace(ctx.afresh(), draft=code, greeted=True)
    return _ask(ctx, found)


def _problem(ctx: Context, found: Invitation) -> str | None:
    """Why nobody is asked; None when he is."""
    now = ctx.person.now
    if found.customer == ctx.person.customer:
        return "consent.own"
    if found.state != "made":
        return "consent.used"
    late = now >= found.expires_at or found.made_at > now + link.CLOCK_SLACK_SECONDS * 1000
    return "consent.expired" if late else None


def ask_consent(ctx: Context) -> Deciding:
    """Shall his codes come to this chat?"""
    found: Invitation | None = yield from look(LookInvitation(ctx.session.draft or ""))
    return menu(ctx) if found is None else _ask(ctx, found)


def _ask(ctx: Context, found: Invitation) -> Answer:
    shop = _shop(ctx, found.shop_name)
    text = paragraphs(ctx.t("consent.ask", shop=shop), ctx.t("consent.mind", shop=shop))
    rows: Rows = ((ctx.button("button.agree", "do"), ctx.button("button.no", "cancel")),)
    return ctx.ask("consent", text, rows)


def agree(ctx: Context, _: str = "") -> Deciding:
    """He agrees: from now on they do."""
    found: Invitation | None = yield from look(LookInvitation(ctx.session.draft or ""))
    problem = "consent.used" if found is None else _problem(ctx, found)
    if found is None or problem is not None:
        return ctx.ask(IDLE, ctx.t(problem or "consent.used"), menu_rows(ctx), base=ctx.afresh())
    shown = link.masked(Address.parse(ctx.person.address))
    ctx.effects += (
        Agree(found.id),
        link.tell(ctx, found.address, found.language, "invite.accepted", name=found.client, address=shown),
    )
    text = ctx.t("consent.agreed", shop=_shop(ctx, found.shop_name))
    return ctx.ask(IDLE, text, (home_row(ctx),), base=ctx.afresh())


def decline(ctx: Context, _: str = "") -> Deciding:
    """He does not: nothing changes."""
    found: Invitation | None = yield from look(LookInvitation(ctx.session.draft or ""))
    if found is not None and found.state == "made":
        ctx.effects += (
            Decline(found.id),
            link.tell(ctx, found.address, found.language, "invite.declined", name=found.client),
        )
    return ctx.ask(IDLE, ctx.t("consent.declined"), menu_rows(ctx), base=ctx.afresh())


# He takes it back.


def stop(ctx: Context, _: str = "") -> Deciding:
    """“Stop”, where nothing is going on: what comes here unasked stops, codes first. An order that can still be called
    back is something that is going on.
    """
    if any(order.state == "waiting" for order in (yield from orders.open_of(ctx.customer))):
        return (yield from cancel(ctx))
    stopped = yield from stop_codes(ctx)
    return (yield from announcements.stop(ctx)) if stopped is None else stopped


def stop_codes(ctx: Context) -> Script[Answer | None]:
    """No more codes come to this person's chats; None where none did."""
    agreed: tuple[Agreed, ...] = yield from look(LookAgreed())
    if not agreed:
        return None
    ctx.effects += (Revoke(),)
    shops = Safe(", ".join(dict.fromkeys(ctx.t.escaped(_shop(ctx, one.shop_name)) for one in agreed)))
    return ctx.ask(IDLE, ctx.t("consent.stopped", shops=shops), (home_row(ctx),), base=ctx.afresh())
