"""Who may do what. Pure.

A command, a button or a state belongs to somebody: to everybody (`customer`), to everybody but who sells for a reseller
(`private`), to whoever sells (`seller`), to resellers, or to admins from some role upwards. People who may not use it
are answered as if it did not exist.
"""

from typing import Final, Literal, TypeAlias

from bot.dialogue.session import Person
from bot.domain.people import Role

Permission: TypeAlias = Literal["customer", "private", "seller", "reseller", "support", "operator", "owner"]

RANK: Final[dict[Role, int]] = {"support": 1, "operator": 2, "owner": 3}
# What a role is called, as keys of the catalogs.
ROLE: Final[dict[Role, str]] = {"support": "role.support", "operator": "role.operator", "owner": "role.owner"}


def may(person: Person, permission: Permission) -> bool:
    """Whether the person who speaks may use what takes a permission."""
    if permission == "customer":
        return True
    if permission == "private":
        return person.selling is None
    if permission == "seller":
        return person.terms is not None
    if permission == "reseller":
        return person.reseller is not None
    return person.role is not None and RANK[person.role] >= RANK[permission]
