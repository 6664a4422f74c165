"""Who may do what. Pure.

A command or a button belongs to somebody: to resellers, or to admins from some role upwards. Whoever may not use it is
answered as if it did not exist.
"""

from typing import Final, Literal, TypeAlias

from msgspec import Struct

from bot.dialogue.context import Handler
from bot.dialogue.session import Person
from bot.domain.model import Role

Who: TypeAlias = Literal["reseller", "support", "operator", "owner"]

RANK: Final[dict[Role, int]] = {"support": 1, "operator": 2, "owner": 3}


class Command(Struct, frozen=True):
    """What a slash command or a guarded button does, and whose it is: resellers', or admins' of that role or above.

    `about` is the catalogs' key of its line in the list of commands; an empty one keeps it off the list.
    """

    run: Handler
    who: Who
    about: str = ""


def may(person: Person, who: Who) -> bool:
    """Whether the person who speaks may use what belongs to `who`."""
    if who == "reseller":
        return person.reseller is not None
    return person.role is not None and RANK[person.role] >= RANK[who]
