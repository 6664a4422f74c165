"""An admin pauses an account, and lets it buy again. Pure.

A paused account keeps everything: it may look, read its codes and see its balance, and an order that it confirmed goes
on. It confirms nothing new, is not linked, and is not paid out (`purchase_blocked` tells the customer). A list of sales
may be hundreds of orders of which most were not sent: what is left of it is stopped, and its summary tells what became
of every line.

A paused admin has no commands at all, and what they asked for is void. Nobody pauses or reopens an admin above them; an
owner's account takes two people, or a day in which all owners know, unless an owner of the settings asks; and an owner
of the settings cannot be paused from a chat: whoever runs the machine takes them out of the settings.
"""

from bot.dialogue.acts.audit_log import audit
from bot.dialogue.acts.kinds import ActKind, Two, Undoing, ask, begin, done
from bot.dialogue.acts.naming import address_in
from bot.dialogue.acts.second import tell_owners
from bot.dialogue.context import Context, Deciding, Reply
from bot.dialogue.flows.accounts.people import person, tell
from bot.dialogue.permissions import may
from bot.domain.acts import Freeze, Unfreeze
from bot.domain.people import Address
from bot.i18n import Safe, Voice
from bot.notices.layout import lines, paragraphs
from bot.notices.own_account import contact
from bot.repositories.accounts import customer_of
from bot.repositories.acts import Admin, Standing, Touched, Unsent, unsent_of
from bot.repositories.people import frozen_since
from bot.store import Script
from bot.transactions.acts import freeze as freeze_account
from bot.transactions.acts import unfreeze as unfreeze_account
from bot.transactions.people import admins_with_accounts


def freeze(ctx: Context, rest: str) -> Deciding:
    """`/freeze ADDRESS [reason]`."""
    return (yield from _asked(ctx, rest, Freeze))


def unfreeze(ctx: Context, rest: str) -> Deciding:
    """`/unfreeze ADDRESS [reason]`."""
    return (yield from _asked(ctx, rest, Unfreeze))


def _asked(ctx: Context, rest: str, act: type[Freeze | Unfreeze]) -> Deciding:
    text, _, why = rest.strip().partition(" ")
    address = address_in(text, ctx.shop.channels)
    return Reply(ctx.t("admin.freeze.usage")) if address is None else (yield from begin(ctx, act(address), why))


def _paused(ctx: Context, act: Freeze | Unfreeze) -> Script[Reply | Standing]:
    """Whom an act pauses or not; or that they are so already."""
    t, address, pauses = ctx.t, str(act.address), isinstance(act, Freeze)
    standing = yield from person(ctx, act.address)
    if isinstance(standing, Reply):
        return standing
    if standing.frozen is pauses:
        return Reply(t("admin.freeze.already" if pauses else "admin.unfreeze.already", address=address))
    admins = yield from _admins_among(ctx, standing)
    if pauses and any(admin.fixed for admin in admins):
        return Reply(t("admin.freeze.fixed", address=address))
    if any(not may(ctx.person, admin.role) for admin in admins):
        return Reply(t("admin.freeze.above", address=address))
    return standing


def _admins_among(ctx: Context, standing: Standing) -> Script[list[Admin]]:
    """The admins among the addresses of an account."""
    admins = yield from admins_with_accounts(ctx.unit.installation)
    return [admin for admin in admins if admin.customer == standing.customer]


def _an_owners(ctx: Context, act: Freeze | Unfreeze) -> Script[Two | None]:
    """An owner's account takes a second person: nobody may get sole control of the shop by pausing the others."""
    standing = yield from _paused(ctx, act)
    if isinstance(standing, Reply):
        return None
    admins = yield from admins_with_accounts(ctx.unit.installation)
    if any(admin.fixed and str(admin.address) == ctx.person.address for admin in admins):
        # A lost telephone is stopped at once by an owner of the settings; a frozen owner is one all the same.
        return None
    theirs = yield from _admins_among(ctx, standing)
    return Two("admin.two.owner", who="owner") if any(admin.role == "owner" for admin in theirs) else None


def ask_freeze(ctx: Context, act: Freeze | Unfreeze, why: str) -> Deciding:
    """Whose account, what is in it, and what changes."""
    t, address, pauses = ctx.t, act.address, isinstance(act, Freeze)
    standing = yield from _paused(ctx, act)
    if isinstance(standing, Reply):
        return standing
    text = paragraphs(
        t("admin.freeze.ask" if pauses else "admin.unfreeze.ask", address=str(address)),
        _account(t, standing, address),
        (yield from _what(ctx, standing)) if pauses else None,
        t("admin.freeze.admin") if (yield from _admins_among(ctx, standing)) else None,
    )
    return ask(ctx, text, act, why)


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
        t("admin.person.held", held=t.money(standing.balance.held_xof)) if standing.balance.held_xof else None,
        t("admin.person.linked", addresses=linked) if others else None,
    )


def do_freeze(ctx: Context, act: Freeze | Unfreeze, why: str) -> Deciding:
    """Pause it or not, and tell whose it is."""
    t, address, pauses = ctx.t, act.address, isinstance(act, Freeze)
    standing = yield from _paused(ctx, act)
    if isinstance(standing, Reply):
        return standing
    yield from audit(ctx, "freeze" if pauses else "unfreeze", str(address), why)
    # What a pause stops is counted before it is stopped.
    unsent = yield from unsent_of(standing.customer)
    yield from ctx.write(freeze_account(ctx.unit, standing.customer) if pauses else unfreeze_account(standing.customer))
    if (yield from _admins_among(ctx, standing)):
        key = "admin.freeze.notice" if pauses else "admin.unfreeze.notice"
        own = tuple(str(member.address) for member in standing.members)
        by = ctx.by
        yield from tell_owners(ctx, lambda voice: voice(key, by=by, address=str(address)), but=own)
    if pauses:
        yield from tell(
            ctx,
            standing.members,
            lambda voice, whose: paragraphs(
                voice("blocked.frozen"),
                _stops(voice, "frozen.stopped", unsent),
                contact(voice, ctx.shop, str(whose)),
            ),
        )
        stopped = _stops(t, "admin.freeze.stopped", unsent)
        return done(ctx, paragraphs(t("admin.freeze.done", address=str(address)), stopped))
    yield from tell(ctx, standing.members, lambda voice, _: voice("unfrozen"))
    return done(ctx, t("admin.unfreeze.done", address=str(address)))


def _opposite(_: Context, act: Freeze | Unfreeze) -> Script[tuple[Freeze | Unfreeze, ...]]:
    yield from ()
    return (Unfreeze(act.address) if isinstance(act, Freeze) else Freeze(act.address),)


def _since(_: Context, act: Freeze | Unfreeze) -> Script[str]:
    """Since when the account is paused."""
    return str((yield from frozen_since((yield from customer_of(str(act.address))))))


_UNDOING = Undoing(inverse=_opposite, value=_since, sets=lambda act: frozenset({f"pause:{act.address}"}))
FREEZE = ActKind(
    ask=ask_freeze,
    do=do_freeze,
    who="operator",
    touches=lambda act: Touched(address=act.address),
    counts="two",
    because="an account moves nothing while it is paused; an owner's takes two",
    two=_an_owners,
    own_words=("word.freeze",),
    undoing=_UNDOING,
)
UNFREEZE = ActKind(
    ask=ask_freeze,
    do=do_freeze,
    who="operator",
    touches=lambda act: Touched(address=act.address),
    counts="two",
    because="what was its own is so again; an owner's takes two",
    two=_an_owners,
    own_words=("word.unfreeze",),
    undoing=_UNDOING,
)
