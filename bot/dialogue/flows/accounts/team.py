"""An owner says who the admins are. Pure.

Those of the settings are owners and stay it: no chat can take the shop from whoever runs the machine. A role belongs to
an address, not to an account. The buttons of somebody who lost their role do nothing.
"""

from typing import Final, get_args

from msgspec import Struct

from bot.dialogue.acts.audit_log import audit
from bot.dialogue.acts.kinds import ActKind, Two, ask, begin, done
from bot.dialogue.acts.naming import address_in
from bot.dialogue.acts.second import COOLING_MS
from bot.dialogue.context import Context, Deciding, Reply
from bot.dialogue.flows.accounts.people import tell
from bot.dialogue.permissions import ROLE
from bot.domain.acts import NameAdmin
from bot.domain.outbound import Outbound
from bot.domain.people import Address, Role
from bot.i18n import Safe
from bot.notices.layout import lines, paragraphs
from bot.notices.person_names import beside
from bot.repositories.accounts import Member
from bot.repositories.acts import Admin, Standing, Touched
from bot.repositories.person_names import called_as
from bot.store import Script
from bot.transactions.acts import name_admin, remove_admin
from bot.transactions.people import admins_with_accounts, standing_at

_MAY: Final[dict[Role, str]] = {
    "support": "role.may.support",
    "operator": "role.may.operator",
    "owner": "role.may.owner",
}
_ROLES: Final[dict[str, Role]] = {
    **{role: role for role in get_args(Role)},
    "operateur": "operator",
    "opérateur": "operator",
    "proprietaire": "owner",
    "propriétaire": "owner",
}


def admin(ctx: Context, rest: str = "") -> Deciding:
    """`/admin`: who they are. `/admin add ADDRESS ROLE`, `/admin remove ADDRESS`; a reason may follow."""
    words = rest.split(None, 2)
    if not words:
        return (yield from _listed(ctx))
    verb, address = words[0].lower(), address_in(words[1], ctx.shop.channels) if len(words) > 1 else None
    more = words[2] if len(words) > 2 else ""
    if verb == "add" and address is not None:
        named, _, why = more.partition(" ")
        role = _ROLES.get(named.lower())
        if role is not None:
            return (yield from begin(ctx, NameAdmin(address, role), why))
    if verb == "remove" and address is not None:
        return (yield from begin(ctx, NameAdmin(address, None), more))
    return Reply(ctx.t("admin.team.usage"))


def _listed(ctx: Context) -> Deciding:
    t = ctx.t
    admins = yield from admins_with_accounts(ctx.unit.installation)
    listed = []
    for one in admins:
        key = "admin.team.fixed" if one.fixed else "admin.team.line"
        line = t(key, address=str(one.address), role=t(ROLE[one.role]))
        listed.append(Safe(line + beside(t, (yield from called_as(one.address)))))
    may = (t(_MAY[role]) for role in ROLE)
    return Reply(paragraphs(t("admin.team.title"), lines(*listed), lines(*may), t("admin.team.usage")), separate=True)


class Change(Struct, frozen=True):
    """Whose role changes, from what to what."""

    address: Address
    before: Role | None
    after: Role | None
    standing: Standing
    owners: tuple[Admin, ...]


def _change(ctx: Context, act: NameAdmin) -> Script[Reply | Change]:
    """What an act would change; or why it may not."""
    t = ctx.t
    address, after = act.address, act.role
    admins = yield from admins_with_accounts(ctx.unit.installation)
    standing = yield from standing_at(address, ctx.unit.installation)
    if any(one.fixed and one.address == address for one in admins):
        return Reply(t("admin.team.is_fixed", address=str(address)))
    if standing.role == after:
        return Reply(t("admin.team.already" if after is not None else "admin.team.is_none", address=str(address)))
    owners = tuple(one for one in admins if one.role == "owner" and one.address != address and not one.frozen)
    if not owners and after != "owner":
        return Reply(t("admin.team.last_owner", address=str(address)))
    return Change(address, standing.role, after, standing, owners)


def ask_admin(ctx: Context, act: NameAdmin, why: str) -> Deciding:
    """Who they are, what they may then do, and a warning where it is the one who speaks."""
    t = ctx.t
    change = yield from _change(ctx, act)
    if isinstance(change, Reply):
        return change
    before = t("role.none") if change.before is None else t(ROLE[change.before])
    after = t("role.none") if change.after is None else t(ROLE[change.after])
    text = paragraphs(
        lines(
            t(
                "admin.team.ask_add" if change.after is not None else "admin.team.ask_remove",
                address=str(change.address),
            ),
            t("admin.team.moves", before=before, after=after),
        ),
        None if change.after is None else t(_MAY[change.after]),
        t("admin.team.stranger") if change.after is not None and not change.standing.known else None,
        t("admin.team.yourself") if str(change.address) == ctx.person.address else None,
    )
    return ask(ctx, text, act, why)


def do_admin(ctx: Context, act: NameAdmin, why: str) -> Deciding:
    """Name them, or take the role away; they and the other owners get a message."""
    t = ctx.t
    change = yield from _change(ctx, act)
    if isinstance(change, Reply):
        return change
    address, after = str(change.address), change.after
    what = "admin remove" if after is None else f"admin add {after}"
    yield from audit(ctx, what, address, why)
    yield from ctx.write(remove_admin(change.address) if after is None else name_admin(ctx.unit, change.address, after))
    nobody_yet = Member(change.address, ctx.session.language, has_written=False)
    member = next((one for one in change.standing.members if one.address == change.address), nobody_yet)
    if address != ctx.person.address:
        yield from tell(
            ctx,
            (member,),
            lambda voice, _: (
                voice("role.taken")
                if after is None
                else paragraphs(voice("role.given", role=voice(ROLE[after])), voice("role.given_help"))
            ),
        )
    for owner in change.owners:
        if str(owner.address) != ctx.person.address:
            voice = ctx.shop.words[owner.language]
            role = voice("role.none") if after is None else voice(ROLE[after])
            text = lines(
                voice("admin.team.notice", by=ctx.person.address, address=address, role=role),
                None
                if after is None
                else voice("admin.team.cooling", moment=voice.moment(ctx.person.now + COOLING_MS)),
            )
            yield from ctx.tell(owner.address, Outbound(text, durable=True))
    key = "admin.team.removed" if after is None else "admin.team.named"
    named = t(key, address=address, role=t("role.none") if after is None else t(ROLE[after]))
    cooling = None if after is None else t("admin.team.cooling", moment=t.moment(ctx.person.now + COOLING_MS))
    return done(ctx, lines(named, cooling))


def _from_an_owner(ctx: Context, act: NameAdmin) -> Script[Two | None]:
    """Taking another owner's role takes two."""
    change = yield from _change(ctx, act)
    if isinstance(change, Reply) or change.before != "owner" or str(change.address) == ctx.person.address:
        return None
    return Two("admin.two.owner")


ADMIN = ActKind(
    ask=ask_admin,
    do=do_admin,
    who="owner",
    touches=lambda act: Touched(address=act.address),
    counts="two",
    because="an owner's role is taken by two; who is named approves nothing for a day, and all owners are told",
    two=_from_an_owner,
    of_oneself=True,
    own_words=("word.admin",),
)
