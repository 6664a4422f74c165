"""`/unpin`: an owner takes a reseller's PIN away, who has forgotten it and asked for that. Pure.

Nobody can read a PIN back, so this is the only way out of a forgotten one. Everybody of the account gets a message: if
it was a stranger who asked, they see it at once.
"""

from bot.dialogue.acts.audit_log import audit
from bot.dialogue.acts.kinds import ActKind, ask, begin, done
from bot.dialogue.acts.naming import address_in
from bot.dialogue.context import Context, Deciding, Reply
from bot.dialogue.flows.accounts.people import person, tell
from bot.domain.acts import RemovePin
from bot.notices.layout import paragraphs
from bot.repositories import pins
from bot.repositories.acts import Standing, Touched
from bot.repositories.pins import PinHolder
from bot.store import Script


def unpin(ctx: Context, rest: str) -> Deciding:
    """`/unpin ADDRESS [reason]`."""
    text, _, why = rest.strip().partition(" ")
    address = address_in(text, ctx.shop.channels)
    return Reply(ctx.t("admin.unpin.usage")) if address is None else (yield from begin(ctx, RemovePin(address), why))


def _whose(ctx: Context, act: RemovePin) -> Script[Reply | Standing]:
    """Whose PIN it is; or that they have none."""
    standing = yield from person(ctx, act.address)
    if isinstance(standing, Reply) or (standing.reseller is not None and standing.reseller.pin_hash is not None):
        return standing
    return Reply(ctx.t("admin.unpin.none", address=str(act.address)))


def ask_unpin(ctx: Context, act: RemovePin, why: str) -> Deciding:
    """What it means."""
    standing = yield from _whose(ctx, act)
    if isinstance(standing, Reply):
        return standing
    t, address = ctx.t, str(act.address)
    terms = standing.reseller
    blocked = terms is not None and terms.pin_blocked
    text = paragraphs(
        t("admin.unpin.ask", address=address),
        t("admin.unpin.blocked") if blocked else None,
        t("admin.unpin.check"),
    )
    return ask(ctx, text, act, why)


def do_unpin(ctx: Context, act: RemovePin, why: str) -> Deciding:
    """Take it away, and tell whose it was."""
    standing = yield from _whose(ctx, act)
    if isinstance(standing, Reply):
        return standing
    address = str(act.address)
    yield from audit(ctx, "unpin", address, why)
    yield from ctx.write(pins.set_pin(PinHolder(standing.customer), None))
    yield from tell(ctx, standing.members, lambda voice, _: voice("pin.dropped"))
    return done(ctx, ctx.t("admin.unpin.done", address=address))


UNPIN = ActKind(
    ask=ask_unpin,
    do=do_unpin,
    who="owner",
    touches=lambda act: Touched(address=act.address),
    counts="no",
    because="it moves nothing, and every address of the account is told",
    own_words=("word.unpin",),
)
