"""`/unpin`: an owner takes a reseller's PIN away, who has forgotten it and asked for that. Pure.

Nobody can read a PIN back, so this is the only way out of a forgotten one. Everybody of the account is told: if it was
a stranger who asked, they see it at once.
"""

from bot.dialogue.admin.audit_log import audit
from bot.dialogue.admin.drafts import Draft, ask, begin, done, whose
from bot.dialogue.admin.people import person, tell
from bot.dialogue.context import Context, Deciding, Reply
from bot.domain.model import Address
from bot.notices.layout import paragraphs
from bot.repositories import pins
from bot.repositories.acts import Standing
from bot.store import Script


def unpin(ctx: Context, rest: str) -> Deciding:
    """`/unpin ADDRESS [reason]`."""
    address, _, why = rest.strip().partition(" ")
    return (yield from UNPIN.put(ctx, begin(ctx, f"unpin {address}", why)))


def _found(ctx: Context, draft: str) -> Script[Reply | tuple[Address, Standing]]:
    """Whose PIN it is; or that he has none."""
    found = yield from person(ctx, draft.partition(" ")[2], "admin.unpin.usage")
    if isinstance(found, Reply) or (found[1].reseller is not None and found[1].reseller.pin_hash is not None):
        return found
    return Reply(ctx.t("admin.unpin.none", address=str(found[0])))


def ask_unpin(ctx: Context, draft: str) -> Deciding:
    """What it means."""
    found = yield from _found(ctx, draft)
    if isinstance(found, Reply):
        return found
    t, address = ctx.t, str(found[0])
    terms = found[1].reseller
    barred = terms is not None and terms.pin_barred
    text = paragraphs(
        t("admin.unpin.ask", address=address),
        t("admin.unpin.barred") if barred else None,
        t("admin.unpin.check"),
    )
    return ask(ctx, text, draft)


def do_unpin(ctx: Context, draft: str) -> Deciding:
    """Take it away, and tell whose it was."""
    found = yield from _found(ctx, draft)
    if isinstance(found, Reply):
        return found
    address, standing = found
    yield from audit(ctx, "unpin", str(address), ctx.session.why)
    yield from ctx.write(pins.set_pin(standing.customer, None))
    yield from tell(ctx, standing.members, lambda voice, _: voice("pin.dropped"))
    return done(ctx, ctx.t("admin.unpin.done", address=str(address)))


UNPIN = Draft(
    ask_unpin,
    do_unpin,
    "owner",
    whose(1),
    "no",
    "it moves nothing, and every address of the account is told",
)
