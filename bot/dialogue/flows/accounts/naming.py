"""`/name`: an admin notes what a person is called, so that everybody who works here finds and knows them. Pure.

It moves nothing and decides nothing, so it is done at once; the audit log says who did it, and not which name.
"""

from bot.dialogue.acts.audit_log import audit
from bot.dialogue.acts.kinds import reason
from bot.dialogue.acts.naming import address_in
from bot.dialogue.context import Context, Deciding, Reply
from bot.dialogue.flows.accounts.people import person
from bot.dialogue.menu import home_row, reply_beside
from bot.domain.person_names import clean_name
from bot.domain.text import fold
from bot.languages import answers
from bot.notices.layout import lines
from bot.notices.person_names import person_line
from bot.repositories.acts import Touched
from bot.repositories.person_names import called_as, note_name
from bot.transactions.acts import interest_of

_NONE = answers("none")


def name(ctx: Context, rest: str) -> Deciding:
    """`/name ADDRESS NAME`, `/name ADDRESS none`; `/name ADDRESS` shows what they are called."""
    t = ctx.t
    typed, _, more = rest.strip().partition(" ")
    address = address_in(typed, ctx.shop.channels)
    if address is None:
        return reply_beside(ctx, t("name.usage"))
    standing = yield from person(ctx, address)
    if isinstance(standing, Reply):
        return standing
    noted = clean_name(reason(more))
    if not more.strip():
        return Reply(lines(person_line(t, (yield from called_as(address))), t("name.usage")), (home_row(ctx),))
    if fold(more) in _NONE:
        noted = ""
    elif not fold(noted):
        return reply_beside(ctx, t("name.usage"))
    # Who is called as somebody else might be paid in their place.
    if (yield from interest_of(ctx.unit.address, Touched(address=address))) is not None:
        return reply_beside(ctx, t("name.own"))
    yield from audit(ctx, "name", str(address))
    yield from ctx.write(note_name(str(address), noted, ctx.person.address, ctx.now))
    done = t("name.done" if noted else "name.gone")
    return reply_beside(ctx, lines(done, person_line(t, (yield from called_as(address)))))
