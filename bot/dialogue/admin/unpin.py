"""`/unpin`: an owner takes a reseller's PIN away, who has forgotten it and asked for that. Pure.

Nobody can read a PIN back, so this is the only way out of a forgotten one. Everybody of the account is told: if it was
a stranger who asked, they see it at once.
"""

from collections.abc import Generator
from typing import Any

from bot.dialogue.admin.acting_looks import Standing
from bot.dialogue.admin.drafts import Draft, ask, begin, done, whose
from bot.dialogue.admin.effects import Audit
from bot.dialogue.admin.people import person, tell
from bot.dialogue.here import Aside, Deciding, Here, paragraphs
from bot.dialogue.looks import Look
from bot.dialogue.reseller.pin_effects import DropPin
from bot.model import Address


def unpin(here: Here, rest: str) -> Deciding:
    """`/unpin ADDRESS [reason]`."""
    address, _, why = rest.strip().partition(" ")
    return (yield from UNPIN.put(here, begin(here, f"unpin {address}", why)))


def _found(here: Here, draft: str) -> Generator[Look, Any, Aside | tuple[Address, Standing]]:
    """Whose PIN it is; or that he has none."""
    found = yield from person(here, draft.partition(" ")[2], "admin.unpin.usage")
    if isinstance(found, Aside) or (found[1].reseller is not None and found[1].reseller.pin_hash is not None):
        return found
    return Aside(here.t("admin.unpin.none", address=str(found[0])))


def ask_unpin(here: Here, draft: str) -> Deciding:
    """What it means."""
    found = yield from _found(here, draft)
    if isinstance(found, Aside):
        return found
    t, address = here.t, str(found[0])
    terms = found[1].reseller
    barred = terms is not None and terms.pin_barred
    text = paragraphs(
        t("admin.unpin.ask", address=address),
        t("admin.unpin.barred") if barred else None,
        t("admin.unpin.check"),
    )
    return ask(here, text, draft)


def do_unpin(here: Here, draft: str) -> Deciding:
    """Take it away, and tell whose it was."""
    found = yield from _found(here, draft)
    if isinstance(found, Aside):
        return found
    address, standing = found
    here.effects += (Audit("unpin", str(address), here.session.why), DropPin(address))
    here.effects += tell(here, standing.members, lambda voice, _: voice("pin.dropped"))
    return done(here, here.t("admin.unpin.done", address=str(address)))


UNPIN = Draft(
    ask_unpin,
    do_unpin,
    "owner",
    whose(1),
    "no",
    "it moves nothing, and every address of the account is told",
)
