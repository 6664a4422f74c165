"""Who somebody is on WhatsApp: a telephone number in digits, or an opaque id. Pure.

Every webhook names a person by a *business-scoped user id*, such as `SN.13491208655302741918` (documented), which is
valid for this business alone and never given to anybody else. Whoever took a username may hide their number: it is then
left out. A number is preferred where there is one, because Meta recommends it and because it is what an operator knows
of their customers; but numbers are sold again, so whose chat it is the store decides, from all that a webhook names.
"""

import re
from typing import Final

from bot.domain.people import Identity

CHANNEL = "whatsapp"

# In the order in which a person's address is made of them.
KINDS: Final = ("number", "user_id", "username")

_NUMBER = re.compile(r"\+?([0-9]{5,20})")
_DIGITS = re.compile(r"[0-9]{5,20}")
_OPAQUE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:=-]{0,127}")
_USERNAME = re.compile(r"@?([A-Za-z0-9._]{1,64})")


def identity(number: str | None, user_id: str | None) -> str | None:
    """The id of an address, from what a webhook tells of a person; None when it tells nothing that can be one."""
    known = identities(number, user_id)
    return known[0].value if known else None


def identities(number: str | None, user_id: str | None, username: str | None = None) -> tuple[Identity, ...]:
    """What a webhook names a person by, the number first. Where one field holds what belongs in the other, its form
    tells.
    """
    if number and not user_id and not username and (alone := _NUMBER.fullmatch(number)):
        # Nearly everybody, three times a message.
        return (Identity("number", alone[1]),)
    named: dict[str, Identity] = {}
    for name in (number, user_id):
        if name and (known := _NUMBER.fullmatch(name)):
            named.setdefault("number", Identity("number", known[1]))
        elif name and _OPAQUE.fullmatch(name):
            # A field that is meant for an id has the last word on it.
            named["user_id"] = Identity("user_id", name)
    if named and username and (known := _USERNAME.fullmatch(username)):
        named["username"] = Identity("username", known[1].lower())
    return tuple(named[kind] for kind in KINDS if kind in named)


def target(identity: str) -> dict[str, str] | None:
    """How a message names the person it is for: numbers go in `to`, opaque ids in `recipient` (documented)."""
    if _DIGITS.fullmatch(identity):
        return {"to": identity}
    return {"recipient": identity} if _OPAQUE.fullmatch(identity) else None
