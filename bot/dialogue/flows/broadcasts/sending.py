"""Broadcasts begun and stopped. Pure.

Sending takes a while: it is done a few people at a time (`bot.transactions.broadcasts`), and admins may stop it. One
broadcast at a time.
"""

from bot.dialogue.acts.audit_log import audit
from bot.dialogue.acts.kinds import ActKind, nobody
from bot.dialogue.acts.second import names_a_way_to_pay, not_for_operators, tell_owners
from bot.dialogue.context import IDLE, Answer, Context, Deciding, Reply
from bot.dialogue.flows.broadcasts.audience import ask_broadcast, reply_windows, written
from bot.dialogue.menu import home_row
from bot.domain.acts import StartBroadcast
from bot.notices.broadcasts import stop_button
from bot.notices.layout import truncate
from bot.repositories import broadcasts
from bot.repositories.broadcasts import Broadcast
from bot.transactions.broadcasts import start, stop


def busy(ctx: Context, running: Broadcast) -> Answer:
    """A broadcast is being sent; it may be stopped."""
    t = ctx.t
    text = t("broadcast.busy", address=str(running.address), seen=running.seen, total=running.total)
    return Reply(text, ((stop_button(t, running.id),), home_row(ctx)))


def do_broadcast(ctx: Context, act: StartBroadcast, why: str) -> Deciding:
    """Begin."""
    running = yield from broadcasts.under_way()
    if running is not None:
        return busy(ctx, running)
    t = ctx.t
    words = f"{act.fr}\n{act.en}"
    if (owners := not_for_operators(ctx, words)) is not None:
        return owners
    if names_a_way_to_pay(words):
        by = ctx.by
        yield from tell_owners(ctx, lambda voice: voice("admin.text.sent", by=by, words=words.strip()))
    listeners = yield from broadcasts.audience_of(act.audience, ctx.now, reply_windows(ctx))
    total = sum(group.people for group in listeners if group.language in written(act))
    broadcast_id = ctx.person.fresh[0]
    # The message in which the Confirm stood becomes the one that says how far it is.
    message_ref = ctx.replaces
    why = why or truncate(act.fr or act.en, 120)
    yield from audit(ctx, "broadcast", act.audience, why)
    yield from ctx.write(start(ctx.unit, broadcast_id, act.audience, act.fr, act.en, total, message_ref))
    text = t.plural("broadcast.begun", total)
    return ctx.ask(IDLE, text, ((stop_button(t, broadcast_id),), home_row(ctx)), base=ctx.afresh())


BROADCAST = ActKind(
    ask=ask_broadcast,
    do=do_broadcast,
    who="operator",
    touches=nobody,
    counts="no",
    because="it moves nothing; one that names a number or a page is an owner's, and all owners read it",
)


def stop_one(ctx: Context, broadcast_id: str) -> Deciding:
    """Stop the broadcast that a button belongs to."""
    running = yield from broadcasts.under_way()
    return (yield from end(ctx, running if running is not None and running.id == broadcast_id else None))


def end(ctx: Context, running: Broadcast | None) -> Deciding:
    """Stop a broadcast, if one is being sent."""
    if running is None:
        return Reply(ctx.t("broadcast.none"), (home_row(ctx),))
    yield from audit(ctx, "broadcast stop", running.id)
    yield from stop(ctx.unit, running.id)
    # Whoever began it reads what became of it; another admin reads that it has stopped.
    if str(running.address) == ctx.person.address:
        return ctx.nothing()
    return Reply(ctx.t("broadcast.stopped_it"), (home_row(ctx),))
