"""An admin pauses an account, and lets it buy again. Pure.

A paused account keeps everything: it may look, read its codes and see its balance, and an order that it confirmed goes
on. It confirms nothing new, is not linked, and is not paid out (`barred` says it to the customer). A list of sales may
be hundreds of orders of which most were not sent: what is left of it is stopped, and its summary tells what became of
every line.

A paused admin has no commands at all, and what they asked for is void. Nobody pauses or reopens an admin above them;
an owner's account takes two people, or a day in which all owners know, unless an owner of the settings asks; and those
are paused by nobody from a chat: whoever runs the machine takes them out there.
"""

from collections.abc import Callable, Generator
from typing import Any

from bot.dialogue.admin.acting_looks import Admin, LookAdmins, LookStanding, LookUnsent, Standing, Unsent
from bot.dialogue.admin.drafts import Draft, Two, address_in, ask, begin, done, whose
from bot.dialogue.admin.effects import Audit, Freeze
from bot.dialogue.admin.second import tell_owners
from bot.dialogue.barred import contact
from bot.dialogue.effects import Effect, Say
from bot.dialogue.here import STAYS, Aside, Deciding, Here, free, lines, paragraphs
from bot.dialogue.looks import Look, Member
from bot.dialogue.roles import may
from bot.i18n import Safe, Voice
from bot.model import Address, Brief, Outbound


def tell(here: Here, members: tuple[Member, ...], say: Callable[[Voice, Address], str]) -> tuple[Effect, ...]:
    """What the people of an account are told, each in their language, in both where they have not said anything yet;
    kept for who cannot be reached.
    """
    told: tuple[Effect, ...] = ()
    for member in members:
        t = here.shop.words[member.language]
        row = (free(t.label("button.menu"), "menu", mark=STAYS),)
        brief = Brief("news", member.language, t.label("brief.account"))
        voices = (t,) if member.heard else here.shop.words.values()
        text = paragraphs(*(say(voice, member.address) for voice in voices))
        told += (Say(Outbound(text, (row,), keep=True, brief=brief), member.address),)
    return told


def person(here: Here, text: str, usage: str) -> Generator[Look, Any, Aside | tuple[Address, Standing]]:
    """Whom a command is about: somebody who has written or was credited."""
    address = address_in(text)
    if address is None:
        return Aside(here.t(usage))
    standing: Standing = yield LookStanding(address)
    return (address, standing) if standing.known else Aside(here.t("admin.person.none", address=str(address)))


# Paused or not.


def freeze(here: Here, rest: str) -> Deciding:
    """`/freeze ADDRESS [reason]`."""
    address, _, why = rest.strip().partition(" ")
    return (yield from FREEZE.put(here, begin(here, f"freeze {address}", why)))


def unfreeze(here: Here, rest: str) -> Deciding:
    """`/unfreeze ADDRESS [reason]`."""
    address, _, why = rest.strip().partition(" ")
    return (yield from UNFREEZE.put(here, begin(here, f"unfreeze {address}", why)))


def _paused(here: Here, draft: str) -> Generator[Look, Any, Aside | tuple[Address, Standing]]:
    """Whom a draft pauses or not; or that he is so already."""
    verb, _, address_text = draft.partition(" ")
    found = yield from person(here, address_text, "admin.freeze.usage")
    if isinstance(found, Aside):
        return found
    if found[1].frozen is (verb != "freeze"):
        admins = yield from _admins_among(found[1])
        if verb == "freeze" and any(admin.fixed for admin in admins):
            return Aside(here.t("admin.freeze.fixed", address=address_text))
        if any(not may(here.speaker, admin.role) for admin in admins):
            return Aside(here.t("admin.freeze.above", address=address_text))
        return found
    return Aside(here.t("admin.freeze.already" if verb == "freeze" else "admin.unfreeze.already", address=address_text))


def _admins_among(standing: Standing) -> Generator[Look, Any, list[Admin]]:
    """The admins among the addresses of an account."""
    admins: tuple[Admin, ...] = yield LookAdmins()
    return [admin for admin in admins if admin.customer == standing.customer]


def _an_owners(here: Here, draft: str) -> Generator[Look, Any, Two | None]:
    """An owner's account takes a second person: nobody is to be alone with the shop by putting the others out."""
    found = yield from _paused(here, draft)
    if isinstance(found, Aside):
        return None
    admins: tuple[Admin, ...] = yield LookAdmins()
    if any(admin.fixed and str(admin.address) == here.speaker.address for admin in admins):
        # A lost telephone is stopped at once by an owner of the settings; a frozen owner is one all the same.
        return None
    theirs = yield from _admins_among(found[1])
    return Two("admin.two.owner", who="owner") if any(admin.role == "owner" for admin in theirs) else None


def ask_freeze(here: Here, draft: str) -> Deciding:
    """Whose account, what is in it, and what changes."""
    t = here.t
    found = yield from _paused(here, draft)
    if isinstance(found, Aside):
        return found
    address, standing = found
    text = paragraphs(
        t("admin.freeze.ask" if draft.startswith("freeze") else "admin.unfreeze.ask", address=str(address)),
        _account(t, standing, address),
        (yield from _what(here, standing)) if draft.startswith("freeze") else None,
        t("admin.freeze.admin") if (yield from _admins_among(standing)) else None,
    )
    return ask(here, text, draft)


def _what(here: Here, standing: Standing) -> Generator[Look, Any, Safe]:
    """What a pause changes."""
    unsent: Unsent = yield LookUnsent(standing.customer)
    return lines(here.t("admin.freeze.what"), _stops(here.t, "admin.freeze.stops", unsent))


def _stops(t: Voice, key: str, unsent: Unsent) -> Safe | None:
    """What is stopped of a list of sales, and where its money goes; None where nothing is."""
    return t.plural(key, unsent.lines, total=t.money(unsent.total_xof)) if unsent.lines else None


def _account(t: Voice, standing: Standing, address: Address) -> Safe:
    others = [member.address for member in standing.members if member.address != address]
    linked = Safe(", ".join(f"<code>{t.escaped(str(other))}</code>" for other in others))
    return lines(
        t("balance.available", balance=t.money(standing.balance.available_xof)),
        t("balance.held", held=t.money(standing.balance.held_xof)) if standing.balance.held_xof else None,
        t("admin.person.linked", addresses=linked) if others else None,
    )


def do_freeze(here: Here, draft: str) -> Deciding:
    """Pause it or not, and tell whose it is."""
    t, verb = here.t, draft.partition(" ")[0]
    found = yield from _paused(here, draft)
    if isinstance(found, Aside):
        return found
    address, standing = found
    here.effects += (Audit(verb, str(address), here.session.why), Freeze(address, verb == "freeze"))
    if (yield from _admins_among(standing)):
        key = "admin.freeze.told_owners" if verb == "freeze" else "admin.unfreeze.told_owners"
        own = tuple(str(member.address) for member in standing.members)
        by = here.by
        here.effects += yield from tell_owners(here, lambda voice: voice(key, by=by, address=str(address)), but=own)
    if verb == "freeze":
        unsent: Unsent = yield LookUnsent(standing.customer)
        here.effects += tell(
            here,
            standing.members,
            lambda voice, whose: paragraphs(
                voice("barred.frozen"),
                _stops(voice, "frozen.stopped", unsent),
                contact(voice, here.shop, str(whose)),
            ),
        )
        stopped = _stops(t, "admin.freeze.stopped", unsent)
        return done(here, paragraphs(t("admin.freeze.done", address=str(address)), stopped))
    here.effects += tell(here, standing.members, lambda voice, _: voice("unfrozen"))
    return done(here, t("admin.unfreeze.done", address=str(address)))


FREEZE = Draft(
    ask_freeze,
    do_freeze,
    "operator",
    whose(1),
    "two",
    "an account moves nothing while it is paused; an owner's takes two",
    two=_an_owners,
)
UNFREEZE = Draft(
    ask_freeze,
    do_freeze,
    "operator",
    whose(1),
    "two",
    "what was its own is so again; an owner's takes two",
    two=_an_owners,
)
