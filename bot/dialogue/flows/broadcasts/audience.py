"""Who gets a broadcast, and the Confirm that says how many they are. Pure."""

from collections.abc import Iterator, Sequence
from typing import Final

from msgspec.structs import replace

from bot.channels.abilities import label_of
from bot.dialogue.acts.kinds import ask
from bot.dialogue.acts.second import not_for_operators
from bot.dialogue.admin_pending import Announcement
from bot.dialogue.context import Answer, Context, Deciding
from bot.domain.acts import StartBroadcast
from bot.domain.people import Language
from bot.i18n import Safe, Voice
from bot.notices.broadcasts import announcement
from bot.notices.layout import Rows, lines, paragraphs
from bot.notices.orders import SERVICE
from bot.repositories import broadcasts
from bot.repositories.broadcasts import Listeners

AUDIENCE: Final[dict[str, str]] = {
    "everybody": "audience.everybody",
    "resellers": "audience.resellers",
    "recent": "audience.recent",
}
_LANGUAGE: Final[dict[Language, str]] = {"fr": "language.french", "en": "language.english"}


def ask_audience(ctx: Context) -> Answer:
    """Who gets it."""
    everybody, resellers, recent = (ctx.button(label, "to", name) for name, label in AUDIENCE.items())
    buyers = tuple(ctx.choice(_audience(ctx.t, service.name), "to", service.name) for service in ctx.shop.catalog)
    rows: Rows = ((everybody, resellers), (recent,), *((button,) for button in buyers))
    return ctx.ask("broadcast_to", ctx.t("broadcast.ask_audience"), (*rows, (ctx.button("button.back", "back"),)))


def take_audience(ctx: Context, audience: str) -> Deciding:
    """Show it as people will see it, and ask for the Confirm."""
    texts = ctx.pending(Announcement)
    act = StartBroadcast(texts.fr, texts.en, audience)
    for language in written(act):
        ctx.send(announcement(ctx.shop.words[language], getattr(act, language)))
    ctx.replaces = None
    return (yield from ask_broadcast(ctx, act, ""))


def written(act: StartBroadcast) -> tuple[Language, ...]:
    """The languages in which there is a text."""
    return tuple(language for language in _LANGUAGE if getattr(act, language))


def _audience(t: Voice, audience: str) -> str:
    if audience in AUDIENCE:
        return t.label(AUDIENCE[audience])
    return t.label("audience.buyers", service=t.label(SERVICE[audience]))


def ask_broadcast(ctx: Context, act: StartBroadcast, why: str) -> Deciding:
    """How many people will get it, and which will not."""
    t = ctx.t
    if (owners := not_for_operators(ctx, f"{act.fr}\n{act.en}")) is not None:
        return owners
    listeners = yield from broadcasts.audience_of(act.audience, ctx.now, reply_windows(ctx))
    reached = [group for group in listeners if group.language in written(act)]
    total = sum(group.people for group in reached)
    if total == 0:
        ctx.prefix = t("broadcast.nobody")
        ctx.session = replace(ctx.afresh(), pending=Announcement(act.fr, act.en))
        return ask_audience(ctx)
    others = sum(group.people for group in listeners) - total
    muted, away = (sum(getattr(group, name) for group in reached) for name in ("muted", "unreachable"))
    text = paragraphs(
        t("broadcast.ask", audience=_audience(t, act.audience)),
        lines(
            *(_language_line(ctx, language, reached) for language in dict.fromkeys(group.language for group in reached))
        ),
        lines(
            t.plural("broadcast.other_language", others) if others else None,
            t.plural("broadcast.muted", muted) if muted else None,
            t.plural("broadcast.unreachable", away) if away else None,
            *_quiet_lines(ctx, reached),
        )
        or None,
    )
    return ask(ctx, text, act, why)


def reply_windows(ctx: Context) -> dict[str, int]:
    """For how many seconds the channels take news after somebody wrote, where that has an end."""
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
