"""An admin pauses an account, and lets it buy again. Pure.

A paused account keeps everything: it may look, read its codes and see its balance, and an order that it confirmed goes
on. It confirms nothing new, is not linked, and is not paid out (`barred` says it to the customer). A list of sales may
be hundreds of orders of which most were not sent: what is left of it is stopped, and its summary tells what became of
every line.

A paused admin has no commands at all, and what they asked for is void. Nobody pauses or reopens an admin above them;
an owner's account takes two people, or a day in which all owners know, unless an owner of the settings asks; and those
are paused by nobody from a chat: whoever runs the machine takes them out there.
"""

from collections.abc import Callable

from bot.dialogue.admin.audit_log import audit
from bot.dialogue.admin.drafts import Draft, Two, address_in, ask, begin, done, whose
from bot.dialogue.admin.second import tell_owners
from bot.dialogue.context import Context, Deciding, Reply
from bot.dialogue.permissions import may
from bot.domain.model import Address, Brief, Outbound
from bot.i18n import Safe, Voice
from bot.notices.layout import STAYS, free, lines, paragraphs
from bot.notices.own_account import contact
from bot.repositories.accounts import Member
from bot.repositories.acts import Admin, Standing, Unsent, unsent_of
from bot.store import Script
from bot.transactions.acts import freeze as freeze_account
from bot.transactions.acts import unfreeze as unfreeze_account
from bot.transactions.people import admins_with_accounts, standing_at


def tell(ctx: Context, members: tuple[Member, ...], say: Callable[[Voice, Address], Safe]) -> Script[None]:
    """Tell the people of an account, each in their language, in both where they have not said anything yet;
    kept for who cannot be reached.
    """
    for member in members:
        t = ctx.shop.words[member.language]
        row = (free(t.label("button.menu"), "menu", mark=STAYS),)
        brief = Brief("news", member.language, t.label("brief.account"))
        voices = (t,) if member.heard else ctx.shop.words.values()
        text = paragraphs(*(say(voice, member.address) for voice in voices))
        yield from ctx.tell(member.address, Outbound(text, (row,), durable=True, brief=brief))


def person(ctx: Context, text: str, usage: str) -> Script[Reply | tuple[Address, Standing]]:
    """Whom a command is about: somebody who has written or was credited."""
    address = address_in(text, ctx.shop.channels)
    if address is None:
        return Reply(ctx.t(usage))
    standing = yield from standing_at(address, ctx.unit.installation)
    return (address, standing) if standing.known else Reply(ctx.t("admin.person.none", address=str(address)))


# Paused or not.


def freeze(ctx: Context, rest: str) -> Deciding:
    """`/freeze ADDRESS [reason]`."""
    address, _, why = rest.strip().partition(" ")
    return (yield from FREEZE.put(ctx, begin(ctx, f"freeze {address}", why)))


def unfreeze(ctx: Context, rest: str) -> Deciding:
    """`/unfreeze ADDRESS [reason]`."""
    address, _, why = rest.strip().partition(" ")
    return (yield from UNFREEZE.put(ctx, begin(ctx, f"unfreeze {address}", why)))


def _paused(ctx: Context, draft: str) -> Script[Reply | tuple[Address, Standing]]:
    """Whom a draft pauses or not; or that he is so already."""
    verb, _, address_text = draft.partition(" ")
    found = yield from person(ctx, address_text, "admin.freeze.usage")
    if isinstance(found, Reply):
        return found
    if found[1].frozen is (verb != "freeze"):
        admins = yield from _admins_among(ctx, found[1])
        if verb == "freeze" and any(admin.fixed for admin in admins):
            return Reply(ctx.t("admin.freeze.fixed", address=address_text))
        if any(not may(ctx.person, admin.role) for admin in admins):
            return Reply(ctx.t("admin.freeze.above", address=address_text))
        return found
    return Reply(ctx.t("admin.freeze.already" if verb == "freeze" else "admin.unfreeze.already", address=address_text))


def _admins_among(ctx: Context, standing: Standing) -> Script[list[Admin]]:
    """The admins among the addresses of an account."""
    admins = yield from admins_with_accounts(ctx.unit.installation)
    return [admin for admin in admins if admin.customer == standing.customer]


def _an_owners(ctx: Context, draft: str) -> Script[Two | None]:
    """An owner's account takes a second person: nobody is to be alone with the shop by putting the others out."""
    found = yield from _paused(ctx, draft)
    if isinstance(found, Reply):
        return None
    admins = yield from admins_with_accounts(ctx.unit.installation)
    if any(admin.fixed and str(admin.address) == ctx.person.address for admin in admins):
        # A lost telephone is stopped at once by an owner of the settings; a frozen owner is one all the same.
        return None
    theirs = yield from _admins_among(ctx, found[1])
    return Two("admin.two.owner", who="owner") if any(admin.role == "owner" for admin in theirs) else None


def ask_freeze(ctx: Context, draft: str) -> Deciding:
    """Whose account, what is in it, and what changes."""
    t = ctx.t
    found = yield from _paused(ctx, draft)
    if isinstance(found, Reply):
        return found
    address, standing = found
    text = paragraphs(
        t("admin.freeze.ask" if draft.startswith("freeze") else "admin.unfreeze.ask", address=str(address)),
        _account(t, standing, address),
        (yield from _what(ctx, standing)) if draft.startswith("freeze") else None,
        t("admin.freeze.admin") if (yield from _admins_among(ctx, standing)) else None,
    )
    return ask(ctx, text, draft)


def _what(ctx: Context, standing: Standing) -> Script[Safe]:
    """What a pause changes."""
    unsent = yield from unsent_of(standing.customer)
    return lines(ctx.t("admin.freeze.what"), _stops(ctx.t, "admin.freeze.stops", unsent))


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


def do_freeze(ctx: Context, draft: str) -> Deciding:
    """Pause it or not, and tell whose it is."""
    t, verb = ctx.t, draft.partition(" ")[0]
    found = yield from _paused(ctx, draft)
    if isinstance(found, Reply):
        return found
    address, standing = found
    yield from audit(ctx, verb, str(address), ctx.session.why)
    # What a pause stops is counted before it is stopped.
    unsent = yield from unsent_of(standing.customer)
    yield from ctx.write(
        freeze_account(ctx.unit, standing.customer) if verb == "freeze" else unfreeze_account(standing.customer)
    )
    if (yield from _admins_among(ctx, standing)):
        key = "admin.freeze.told_owners" if verb == "freeze" else "admin.unfreeze.told_owners"
        own = tuple(str(member.address) for member in standing.members)
        by = ctx.by
        yield from tell_owners(ctx, lambda voice: voice(key, by=by, address=str(address)), but=own)
    if verb == "freeze":
        yield from tell(
            ctx,
            standing.members,
            lambda voice, whose: paragraphs(
                voice("barred.frozen"),
                _stops(voice, "frozen.stopped", unsent),
                contact(voice, ctx.shop, str(whose)),
            ),
        )
        stopped = _stops(t, "admin.freeze.stopped", unsent)
        return done(ctx, paragraphs(t("admin.freeze.done", address=str(address)), stopped))
    yield from tell(ctx, standing.members, lambda voice, _: voice("unfrozen"))
    return done(ctx, t("admin.unfreeze.done", address=str(address)))


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
