"""Who somebody is on WhatsApp: a telephone number in digits, or an opaque id. Pure.

Since usernames exist a person may hide his number; the webhooks then name him by a *business-scoped user id*, such as
`SN.13491208655302741918` (documented), which is valid for this business alone. A number is preferred where there is
one, because Meta recommends it and because it is what an operator knows of his customers.
"""

import re

_NUMBER = re.compile(r"\+?([0-9]{5,20})")
_OPAQUE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:=-]{0,127}")


def identity(number: str | None, user_id: str | None) -> str | None:
    """The id of an address, from what a webhook tells of a person; None when it tells nothing that can be one."""
    for told in (number, user_id):
        if told and (known := _NUMBER.fullmatch(told)):
            return known[1]
        if told and _OPAQUE.fullmatch(told):
            return told
    return None


def target(identity: str) -> dict[str, str] | None:
    """How a message names the person it is for: numbers go in `to`, opaque ids in `recipient` (documented)."""
    if not _OPAQUE.fullmatch(identity):
        return None
    return {"to" if _NUMBER.fullmatch(identity) else "recipient": identity}
