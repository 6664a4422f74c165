"""Who else may decide, and from what on somebody else must. Pure.

A second person is another person: another account, never joined to the asker's, with the role that the act takes, whose
affair it is not. Somebody who was named less than a day ago approves nothing yet: who names an address of their own as
an admin cannot approve with it before all owners have had a day to see it.
"""

import re
from collections.abc import Callable
from typing import Final

from bot.dialogue.acts.kinds import AnyKind, Two
from bot.dialogue.context import Context, Reply
from bot.dialogue.permissions import RANK
from bot.domain.acts import Act
from bot.domain.outbound import Outbound
from bot.domain.people import Address, Role
from bot.i18n import Voice
from bot.repositories.acts import Admin, Touched
from bot.store import Script
from bot.transactions.acts import interest_of
from bot.transactions.people import admins_with_accounts

COOLING_MS: Final = 86_400_000
# After so long an admin who has no second person may confirm their own request, and has as long again to do it.
ALONE_MS: Final = 86_400_000
# A clock that was set back makes things come from the future; beyond this they are not believed.
CLOCK_SLACK_MS: Final = 60_000
# Seven figures or more with at most a space, a dot or a dash between, unless it is a sum; or the address of a page.
_WAY_TO_PAY: Final = re.compile(
    r"\d(?:[ \u00a0.-]?\d){6,}(?![ \u00a0.-]?\d|[ \u00a0]?F\b)|://|\bwww\.|\w\.(?:com|sn|net|org|me)\b",
    re.IGNORECASE,
)


def bound_xof(ctx: Context) -> Script[int | None]:
    """From how much on, together with what they moved alone in a day, the speaker needs a second person; None: never.

    As the settings say; where they say nothing it depends on whether there are two owners.
    """
    if ctx.shop.approval_xof is not None:
        return ctx.shop.approval_xof
    return None if (yield from only_owner(ctx)) else ctx.shop.approval_default_xof


def only_owner(ctx: Context) -> Script[bool]:
    """Whether there are fewer than two owners."""
    admins = yield from admins_with_accounts(ctx.unit.installation)
    # One who is paused is still one: pausing the other owner must not lift what takes two.
    return len({admin.customer for admin in admins if admin.role == "owner"}) < 2


def where_two_are(key: str) -> Callable[[Context, Act], Script[Two | None]]:
    """For acts that make money move by the sale and have no amount: they take two wherever a large sum would."""

    def two(ctx: Context, _: Act) -> Script[Two | None]:
        return None if (yield from bound_xof(ctx)) is None else Two(key)

    return two


def is_cooling(ctx: Context, admin: Admin) -> bool:
    """Whether somebody was named too short a time ago to approve anything."""
    return not admin.fixed and not admin.named_at <= ctx.person.now - COOLING_MS


def others(ctx: Context, role: Role) -> Script[list[Admin]]:
    """The other people who have a role, or a higher one; the paused ones too."""
    admins = yield from admins_with_accounts(ctx.unit.installation)
    equals = []
    for admin in admins:
        if RANK[admin.role] >= RANK[role] and not (yield from is_same_person(ctx, admin.address)):
            equals.append(admin)
    return equals


def able(ctx: Context, kind: AnyKind, act: Act, role: Role) -> Script[list[Admin]]:
    """Those of them who may approve an act of the speaker's now."""
    ready = []
    for admin in (yield from others(ctx, role)):
        may_now = not admin.frozen and not is_cooling(ctx, admin)
        if may_now and (yield from kind.interest_of(admin.address, act)) is None:
            ready.append(admin)
    return ready


def is_same_person(ctx: Context, address: Address) -> Script[bool]:
    """Whether an address is the speaker's: the same account, or one that was ever joined to it."""
    return (yield from interest_of(ctx.unit.address, Touched(address=address))) == "own"


def names_a_way_to_pay(text: str) -> bool:
    """Whether a text that customers read holds a telephone number or a link: it may send their money anywhere."""
    return _WAY_TO_PAY.search(text) is not None


def not_for_operators(ctx: Context, text: str) -> Reply | None:
    """Such a text is an owner's to send; None where the speaker may."""
    if ctx.person.role == "owner" or not names_a_way_to_pay(text):
        return None
    return Reply(ctx.t("admin.text.owners"))


def tell_owners(
    ctx: Context, say: Callable[[Voice], str], *, but: tuple[str, ...] = (), paused_too: bool = False
) -> Script[None]:
    """Tell every owner, each in their language, except the one who speaks, who asked, and `but`; paused owners are told
    only of what goes ahead because they are paused (`paused_too`).
    """
    admins = yield from admins_with_accounts(ctx.unit.installation)
    for admin in admins:
        knows = str(admin.address) in (ctx.person.address, ctx.by, *but)
        if admin.role == "owner" and (paused_too or not admin.frozen) and not knows:
            yield from ctx.tell(admin.address, Outbound(say(ctx.shop.words[admin.language]), durable=True))
