"""`/broadcast`: an operator tells many people something. Pure.

They write the text in French and in English (or the same for everybody, or one language only, and then the people of
the other hear nothing), choose who hears it, see it as it will be read, and confirm. Telling takes a while: it is done
a few people at a time (`bot.transactions.broadcasts`), and they may stop it. One broadcast at a time.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from bot.channels.abilities import label_of
from bot.dialogue.acts.audit_log import audit
from bot.dialogue.acts.kinds import ActKind, ask, nobody
from bot.dialogue.acts.second import names_a_way_to_pay, not_for_operators, tell_owners
from bot.dialogue.context import IDLE, Answer, Context, Deciding, Reply
from bot.dialogue.menus import home_row
from bot.domain.acts import StartBroadcast
from bot.domain.model import Language, decoder, encode
from bot.domain.text import fold
from bot.i18n import Safe, Voice
from bot.languages import answers
from bot.notices.broadcasts import announcement, stop_button
from bot.notices.layout import Rows, lines, paragraphs, truncate
from bot.notices.orders import SERVICE
from bot.repositories import broadcasts
from bot.repositories.broadcasts import Broadcast, Listeners
from bot.transactions.broadcasts import start, stop

MAX_CHARACTERS = 3000
SAME = "="
SKIP = "-"

AUDIENCE: Final[dict[str, str]] = {
    "everybody": "audience.everybody",
    "resellers": "audience.resellers",
    "recent": "audience.recent",
}
_LANGUAGE: Final[dict[Language, str]] = {"fr": "language.french", "en": "language.english"}
_STOP: Final = answers("stop_broadcast")


class Announcement(Struct, frozen=True, omit_defaults=True):
    """What is to be told, as the draft keeps it."""

    fr: str = ""
    en: str = ""


_read = decoder(Announcement).decode


def _draft(planned: Announcement) -> str:
    return f"broadcast {encode(planned).decode()}"


def _planned(ctx: Context) -> Announcement:
    verb, _, rest = (ctx.session.draft or "").partition(" ")
    return _read(rest) if verb == "broadcast" else Announcement()


# Writing it.


def broadcast(ctx: Context, rest: str) -> Deciding:
    """`/broadcast`, `/broadcast stop`."""
    running = yield from broadcasts.under_way()
    if fold(rest) in _STOP:
        return (yield from _stop(ctx, running))
    if running is not None:
        return _busy(ctx, running)
    ctx.session = replace(ctx.afresh(), draft=_draft(Announcement()))
    return ask_french(ctx)


def _busy(ctx: Context, running: Broadcast) -> Answer:
    t = ctx.t
    text = t("broadcast.busy", address=str(running.address), seen=running.seen, total=running.total)
    return Reply(text, ((stop_button(t, running.id),), home_row(ctx)))


def ask_french(ctx: Context) -> Answer:
    """The text in French."""
    rows = ((ctx.button("button.skip", "skip"), ctx.button("button.cancel", "cancel")),)
    return ctx.ask("broadcast_fr", ctx.t("broadcast.ask_fr"), rows)


def _is_long(text: str) -> bool:
    """Whether a text is too long for a message, once it is escaped."""
    return len(Safe.escape(text)) > MAX_CHARACTERS


def read_french(ctx: Context, text: str) -> Answer:
    """The text in French, or `-` for none."""
    if _is_long(text):
        return Reply(ctx.t("broadcast.long", most=MAX_CHARACTERS))
    ctx.session = replace(ctx.session, draft=_draft(Announcement(fr="" if text == SKIP else text)))
    return ask_english(ctx)


def skip_french(ctx: Context, _: str = "") -> Answer:
    """Nothing in French."""
    return read_french(ctx, SKIP)


def ask_english(ctx: Context) -> Answer:
    """The text in English."""
    same = (ctx.button("button.same_text", "same"),) if _planned(ctx).fr else ()
    rows = ((*same, ctx.button("button.skip", "skip")), (ctx.button("button.back", "back"),))
    return ctx.ask("broadcast_en", ctx.t("broadcast.ask_en" if same else "broadcast.ask_en_only"), rows)


def read_english(ctx: Context, text: str) -> Answer:
    """The text in English, `=` for the same as in French, or `-` for none."""
    if _is_long(text):
        return Reply(ctx.t("broadcast.long", most=MAX_CHARACTERS))
    planned = _planned(ctx)
    planned = replace(planned, en=planned.fr if text == SAME else "" if text == SKIP else text)
    if not (planned.fr or planned.en):
        ctx.lead = ctx.t("broadcast.nothing")
        return ask_french(ctx)
    ctx.session = replace(ctx.session, draft=_draft(planned))
    return ask_audience(ctx)


def skip_english(ctx: Context, _: str = "") -> Answer:
    """Nothing in English."""
    return read_english(ctx, SKIP)


def same_english(ctx: Context, _: str = "") -> Answer:
    """The same text for everybody."""
    return read_english(ctx, SAME)


def ask_audience(ctx: Context) -> Answer:
    """Who hears it."""
    everybody, resellers, recent = (ctx.button(label, "to", name) for name, label in AUDIENCE.items())
    buyers = tuple(ctx.choice(_audience(ctx.t, service.name), "to", service.name) for service in ctx.shop.catalog)
    rows: Rows = ((everybody, resellers), (recent,), *((button,) for button in buyers))
    return ctx.ask("broadcast_to", ctx.t("broadcast.ask_audience"), (*rows, (ctx.button("button.back", "back"),)))


def _audience(t: Voice, audience: str) -> str:
    if audience in AUDIENCE:
        return t.label(AUDIENCE[audience])
    return t.label("audience.buyers", service=t.label(SERVICE[audience]))


def take_audience(ctx: Context, audience: str) -> Deciding:
    """Show it as people will see it, and ask for the Confirm."""
    planned = _planned(ctx)
    act = StartBroadcast(planned.fr, planned.en, audience)
    for language in written(act):
        ctx.send(announcement(ctx.shop.words[language], getattr(act, language)))
    ctx.replaces = None
    return (yield from ask_broadcast(ctx, act, ""))


def written(act: StartBroadcast) -> tuple[Language, ...]:
    """The languages in which there is a text."""
    return tuple(language for language in _LANGUAGE if getattr(act, language))


# Confirming it.


def ask_broadcast(ctx: Context, act: StartBroadcast, why: str) -> Deciding:
    """How many people will hear it, and which will not."""
    t = ctx.t
    if (owners := not_for_operators(ctx, f"{act.fr}\n{act.en}")) is not None:
        return owners
    listeners = yield from broadcasts.audience_of(act.audience, ctx.now, _windows(ctx))
    hear = [group for group in listeners if group.language in written(act)]
    total = sum(group.people for group in hear)
    if total == 0:
        ctx.lead = t("broadcast.nobody")
        ctx.session = replace(ctx.afresh(), draft=_draft(Announcement(act.fr, act.en)))
        return ask_audience(ctx)
    deaf = sum(group.people for group in listeners) - total
    muted, away = (sum(getattr(group, name) for group in hear) for name in ("muted", "unreachable"))
    text = paragraphs(
        t("broadcast.ask", audience=_audience(t, act.audience)),
        lines(*(_language_line(ctx, language, hear) for language in dict.fromkeys(group.language for group in hear))),
        lines(
            t.plural("broadcast.other_language", deaf) if deaf else None,
            t.plural("broadcast.muted", muted) if muted else None,
            t.plural("broadcast.unreachable", away) if away else None,
            *_quiet_lines(ctx, hear),
        )
        or None,
    )
    return ask(ctx, text, act, why)


def _windows(ctx: Context) -> dict[str, int]:
    """How long the channels take news after somebody wrote, where that has an end."""
    return {
        name: abilities.reply_window_seconds
        for name, abilities in ctx.shop.channels.items()
        if abilities.reply_window_seconds is not None
    }


def _language_line(ctx: Context, language: Language, groups: Sequence[Listeners]) -> Safe:
    people = {group.channel: group.people for group in groups if group.language == language}
    names = dict.fromkeys((*ctx.shop.channels, *people))
    return ctx.t.plural(
        "broadcast.group",
        sum(people.values()),
        language=ctx.t(_LANGUAGE[language]),
        channels=", ".join(f"{label_of(ctx.shop.channels, name)} {people.get(name, 0)}" for name in names),
    )


def _quiet_lines(ctx: Context, groups: Sequence[Listeners]) -> Iterator[Safe]:
    for name in dict.fromkeys(group.channel for group in groups if group.quiet):
        quiet = sum(group.quiet for group in groups if group.channel == name)
        yield ctx.t.plural("broadcast.quiet", quiet, channel=label_of(ctx.shop.channels, name))


def do_broadcast(ctx: Context, act: StartBroadcast, why: str) -> Deciding:
    """Begin."""
    running = yield from broadcasts.under_way()
    if running is not None:
        return _busy(ctx, running)
    t = ctx.t
    said = f"{act.fr}\n{act.en}"
    if (owners := not_for_operators(ctx, said)) is not None:
        return owners
    if names_a_way_to_pay(said):
        by = ctx.by
        yield from tell_owners(ctx, lambda voice: voice("admin.text.sent", by=by, words=said.strip()))
    listeners = yield from broadcasts.audience_of(act.audience, ctx.now, _windows(ctx))
    total = sum(group.people for group in listeners if group.language in written(act))
    broadcast_id = ctx.person.fresh[0]
    # The message in which the Confirm stood becomes the one that tells how far it is.
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


# Stopping it, and what the admin sees meanwhile.


def stop_one(ctx: Context, broadcast_id: str) -> Deciding:
    """Stop the broadcast that a button belongs to."""
    running = yield from broadcasts.under_way()
    return (yield from _stop(ctx, running if running is not None and running.id == broadcast_id else None))


def _stop(ctx: Context, running: Broadcast | None) -> Deciding:
    if running is None:
        return Reply(ctx.t("broadcast.none"), (home_row(ctx),))
    yield from audit(ctx, "broadcast stop", running.id)
    yield from stop(ctx.unit, running.id)
    # Who began it reads what became of it; another admin that it is done.
    if str(running.address) == ctx.person.address:
        return ctx.nothing()
    return Reply(ctx.t("broadcast.stopped_it"), (home_row(ctx),))
