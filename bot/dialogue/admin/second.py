"""Who else may decide, and from what on somebody else must. Pure.

A second person is another person: another account, never joined to the asker's, with the role that the act takes, whose
affair it is not. Somebody who was named less than a day ago approves nothing yet: who names an address of their own as
an admin cannot approve with it before all owners have had a day to see it.
"""

import re
from collections.abc import Callable, Generator
from typing import Any, Final

from bot.dialogue.admin.acting_looks import Admin, LookAdmins, LookInterest, Touched
from bot.dialogue.admin.drafts import Draft, Two
from bot.dialogue.effects import Effect, Say
from bot.dialogue.here import Aside, Here
from bot.dialogue.looks import Look
from bot.dialogue.roles import RANK
from bot.i18n import Voice
from bot.model import Address, Outbound, Role

COOLING_MS: Final = 86_400_000
# After so long somebody who is alone may confirm alone what takes two, and has as long again to do it.
ALONE_MS: Final = 86_400_000
# A clock that was set back makes things come from the future; beyond this they are not believed.
CLOCK_SLACK_MS: Final = 60_000
# Seven figures or more with at most a space, a dot or a dash between, unless it is a sum; or the address of a page.
_WAY_TO_PAY: Final = re.compile(
    r"\d(?:[ \u00a0.-]?\d){6,}(?![ \u00a0.-]?\d|[ \u00a0]?F\b)|://|\bwww\.|\w\.(?:com|sn|net|org|me)\b",
    re.IGNORECASE,
)


def bound_xof(here: Here) -> Generator[Look, Any, int | None]:
    """From how much on, together with what they moved alone in a day, the speaker needs a second person; None: never.

    As the settings say; where they say nothing it depends on whether there are two owners.
    """
    if here.shop.approval_xof is not None:
        return here.shop.approval_xof
    return None if (yield from only_owner(here)) else here.shop.approval_default_xof


def only_owner(here: Here) -> Generator[Look, Any, bool]:
    """Whether there are no two owners."""
    admins: tuple[Admin, ...] = yield LookAdmins()
    # One who is paused is still one: pausing the other owner must not lift what takes two.
    return len({admin.customer for admin in admins if admin.role == "owner"}) < 2


def where_two_are(key: str) -> Callable[[Here, str], Generator[Look, Any, Two | None]]:
    """For acts that make money move by the sale and have no amount: they take two wherever a large sum would."""

    def two(here: Here, _: str) -> Generator[Look, Any, Two | None]:
        return None if (yield from bound_xof(here)) is None else Two(key)

    return two


def is_cooling(here: Here, admin: Admin) -> bool:
    """Whether somebody was named too short a time ago to approve anything."""
    return not admin.fixed and not admin.named_at <= here.speaker.now - COOLING_MS


def others(here: Here, role: Role) -> Generator[Look, Any, list[Admin]]:
    """The other people who have a role, or a higher one; the paused ones too."""
    admins: tuple[Admin, ...] = yield LookAdmins()
    found = []
    for admin in admins:
        if RANK[admin.role] >= RANK[role] and not (yield from is_same_person(here, admin.address)):
            found.append(admin)
    return found


def able(here: Here, kind: Draft, draft: str, role: Role) -> Generator[Look, Any, list[Admin]]:
    """Those of them who may approve a draft of the speaker's now."""
    found = []
    for admin in (yield from others(here, role)):
        ready = not admin.frozen and not is_cooling(here, admin)
        if ready and (yield from kind.interest_of(admin.address, draft)) is None:
            found.append(admin)
    return found


def is_same_person(here: Here, address: Address) -> Generator[Look, Any, bool]:
    """Whether an address is the speaker's: the same account, or one that was ever joined to it."""
    found = yield LookInterest(Address.parse(here.speaker.address), Touched(address=address))
    return bool(found == "own")


def names_a_way_to_pay(text: str) -> bool:
    """Whether a text that customers read holds a telephone number or a link: it may send their money anywhere."""
    return _WAY_TO_PAY.search(text) is not None


def not_for_operators(here: Here, text: str) -> Aside | None:
    """Such a text is an owner's to send; None where the speaker may."""
    if here.speaker.role == "owner" or not names_a_way_to_pay(text):
        return None
    return Aside(here.t("admin.text.owners"))


def tell_owners(
    here: Here, say: Callable[[Voice], str], *, but: tuple[str, ...] = (), paused_too: bool = False
) -> Generator[Look, Any, tuple[Effect, ...]]:
    """What every owner is told, each in their language, except the one who speaks, who asked, and `but`; whoever is
    paused hears only what goes ahead because they are (`paused_too`).
    """
    admins: tuple[Admin, ...] = yield LookAdmins()
    told: tuple[Effect, ...] = ()
    for admin in admins:
        knows = str(admin.address) in (here.speaker.address, here.by, *but)
        if admin.role == "owner" and (paused_too or not admin.frozen) and not knows:
            told += (Say(Outbound(say(here.shop.words[admin.language]), keep=True), admin.address),)
    return told
