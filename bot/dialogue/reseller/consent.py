"""Codes straight to the client's own chat, if he wants it: asked once, taken back with one word. Pure.

Theory of operation. A reseller invites a client of his: a code of six signs, to be passed on, good for a week and for
one chat. Whoever writes the code to the bot is asked, by the shop's name, in his own language. Once he agrees, what is
delivered for that client goes to the chat where he agreed, by the same door as every other message; the reseller hears
who agreed, at least the end of his address, so that a stranger who guessed a code is noticed. STOP ends it.

Wrong codes are counted with those of linking: a person has one stock of tries, whatever he tries to open.
"""

import re
from collections.abc import Generator
from typing import Any, Final

from msgspec.structs import replace

from bot.dialogue import announcements, link
from bot.dialogue.effects import MissLink, Say
from bot.dialogue.here import IDLE, Answer, Aside, Deciding, Here, Rows, brief, paragraphs
from bot.dialogue.looks import Look, LookOpen, LookTries, Tries
from bot.dialogue.menus import cancel, home_row, menu, menu_rows
from bot.dialogue.reseller.clients import gone, his
from bot.dialogue.reseller.effects import Agree, Decline, EndConsent, Invite, Revoke
from bot.dialogue.reseller.looks import Agreed, Consent, Invitation, LookAgreed, LookConsent, LookInvitation
from bot.i18n import Safe
from bot.model import Address, Outbound

INVITATION_DAYS = 7
_DAY_MS: Final = 86_400_000


# The reseller invites.


def invite(here: Here, argument: str) -> Deciding:
    """A code for a client, in a message to be passed on; an earlier one is worth nothing any more."""
    t, found, terms = here.t, (yield from his(argument)), here.speaker.reseller
    if found is None or terms is None:
        return (yield from gone(here))
    consent: Consent | None = yield LookConsent(found.id)
    if consent is not None and not consent.revoked:
        return Aside(t("invite.agreed", name=brief(found.name, 40)), (home_row(here),), apart=True)
    code = link.code_of(here.speaker.fresh[1])
    here.replaces = None
    here.effects += (
        Invite(found.id, code, here.speaker.now + INVITATION_DAYS * _DAY_MS),
        Say(Outbound(t("invite.message", shop=_shop(here, terms.shop_name), code=code, days=INVITATION_DAYS))),
    )
    return Aside(t("invite.how", name=brief(found.name, 40), days=INVITATION_DAYS), (home_row(here),), apart=True)


def uninvite(here: Here, argument: str) -> Deciding:
    """Send a client's codes to the reseller alone again."""
    found = yield from his(argument)
    if found is None:
        return (yield from gone(here))
    consent: Consent | None = yield LookConsent(found.id)
    here.replaces = None
    if consent is not None and not consent.revoked:
        shop_name = "" if here.speaker.reseller is None else here.speaker.reseller.shop_name
        here.effects += (
            EndConsent(found.id),
            link.tell(here, consent.address, consent.language, "consent.ended", shop=_shop(here, shop_name)),
        )
    return Aside(here.t("invite.ended", name=brief(found.name, 40)), (home_row(here),), apart=True)


def _shop(here: Here, shop_name: str) -> str:
    return brief(shop_name, 60) or here.t.label("consent.shop")


# The client is asked.


def enter(here: Here, text: str) -> Deciding:
    """A code was typed: an invitation, or else one that joins two channels."""
    code = re.sub(r"[\s-]", "", text).upper()
    found: Invitation | None = yield LookInvitation(code)
    if found is None:
        return (yield from link.enter(here, text))
    now = here.speaker.now
    tries: Tries = yield LookTries(now - link.TRIES_SECONDS * 1000, now)
    if tries.wrong >= link.MAX_WRONG:
        return link.aside(here, here.t("link.wait"))
    if tries.all_wrong >= link.MAX_ALL_WRONG:
        return link.aside(here, here.t("link.paused"))
    problem = _problem(here, found)
    if problem is not None:
        if problem != "consent.own":
            here.effects += (MissLink(),)
        return link.aside(here, here.t(problem))
    here.session = replace(here.afresh(), draft=code, greeted=True)
    return _ask(here, found)


def _problem(here: Here, found: Invitation) -> str | None:
    """Why nobody is asked; None when he is."""
    now = here.speaker.now
    if found.customer == here.speaker.customer:
        return "consent.own"
    if found.state != "made":
        return "consent.used"
    late = now >= found.expires_at or found.made_at > now + link.CLOCK_SLACK_SECONDS * 1000
    return "consent.expired" if late else None


def ask_consent(here: Here) -> Deciding:
    """Shall his codes come to this chat?"""
    found: Invitation | None = yield LookInvitation(here.session.draft or "")
    return menu(here) if found is None else _ask(here, found)


def _ask(here: Here, found: Invitation) -> Answer:
    shop = _shop(here, found.shop_name)
    text = paragraphs(here.t("consent.ask", shop=shop), here.t("consent.mind", shop=shop))
    rows: Rows = ((here.button("button.agree", "do"), here.button("button.no", "cancel")),)
    return here.ask("consent", text, rows)


def agree(here: Here, _: str = "") -> Deciding:
    """He agrees: from now on they do."""
    found: Invitation | None = yield LookInvitation(here.session.draft or "")
    problem = "consent.used" if found is None else _problem(here, found)
    if found is None or problem is not None:
        return here.ask(IDLE, here.t(problem or "consent.used"), menu_rows(here), base=here.afresh())
    shown = link.masked(Address.parse(here.speaker.address))
    here.effects += (
        Agree(found.id),
        link.tell(here, found.address, found.language, "invite.accepted", name=found.client, address=shown),
    )
    text = here.t("consent.agreed", shop=_shop(here, found.shop_name))
    return here.ask(IDLE, text, (home_row(here),), base=here.afresh())


def decline(here: Here, _: str = "") -> Deciding:
    """He does not: nothing changes."""
    found: Invitation | None = yield LookInvitation(here.session.draft or "")
    if found is not None and found.state == "made":
        here.effects += (
            Decline(found.id),
            link.tell(here, found.address, found.language, "invite.declined", name=found.client),
        )
    return here.ask(IDLE, here.t("consent.declined"), menu_rows(here), base=here.afresh())


# He takes it back.


def stop(here: Here, _: str = "") -> Deciding:
    """“Stop”, where nothing is going on: what comes here unasked stops, codes first. An order that can still be called
    back is something that is going on.
    """
    if any(order.state == "waiting" for order in (yield LookOpen())):
        return (yield from cancel(here))
    stopped = yield from stop_codes(here)
    return announcements.stop(here) if stopped is None else stopped


def stop_codes(here: Here) -> Generator[Look, Any, Answer | None]:
    """No more codes come to this person's chats; None where none did."""
    agreed: tuple[Agreed, ...] = yield LookAgreed()
    if not agreed:
        return None
    here.effects += (Revoke(),)
    shops = Safe(", ".join(dict.fromkeys(here.t.escaped(_shop(here, one.shop_name)) for one in agreed)))
    return here.ask(IDLE, here.t("consent.stopped", shops=shops), (home_row(here),), base=here.afresh())
