"""Broadcasts as people read them, how far they are, and the news that a service is back. Pure.

Everybody can stop broadcasts: each ends with the word that does.
"""

from bot.domain.catalog import ServiceName
from bot.domain.outbound import Choice, Outbound
from bot.i18n import Voice
from bot.notices.layout import STAYS, Rows, free, lines, paragraphs
from bot.notices.orders import EMBLEM, SERVICE
from bot.repositories.broadcasts import Broadcast


def announcement(t: Voice, text: str) -> Outbound:
    """A broadcast as its readers see it: the admin's words, and how to stop them."""
    return Outbound(paragraphs(t("news.title"), t.escaped(text), t("news.how_to_stop")))


def back_news(t: Voice, service: ServiceName) -> Outbound:
    """A service is sold again."""
    return Outbound(t("news.back", service=t(SERVICE[service])), ((buy_button(t, service),),))


def buy_button(t: Voice, service: ServiceName) -> Choice:
    """A way to buy the service now, valid at any time."""
    return free(f"{EMBLEM[service]} {t.label(SERVICE[service])}", "buy", service, STAYS)


def when_back(t: Voice, service: ServiceName) -> Rows:
    """The button for who wants to be told when the service is sold again."""
    return ((free(t.label("button.tell_me"), "tellme", service, STAYS),),)


def stop_button(t: Voice, broadcast_id: str) -> Choice:
    """Stop it, from anywhere."""
    return free(t.label("button.stop_broadcast"), "stopcast", broadcast_id, STAYS)


def progress(t: Voice, running: Broadcast, message_ref: str, *, over: bool = False) -> Outbound:
    """How far it is, in the place of the message that said so before; once it is over there is nothing to stop."""
    text = t("broadcast.progress", seen=running.seen, total=running.total)
    rows: Rows = () if over else ((stop_button(t, running.id),),)
    return Outbound(text, rows, replaces=message_ref, progress=True)


def summary(t: Voice, ended: Broadcast, state: str) -> Outbound:
    """What became of it."""
    left = max(0, ended.total - ended.seen)
    text = paragraphs(
        t("broadcast.stopped" if state == "stopped" else "broadcast.done"),
        lines(
            t.plural("broadcast.sent", ended.sent),
            t.plural("broadcast.was_muted", ended.muted) if ended.muted else None,
            t.plural("broadcast.skipped", ended.skipped) if ended.skipped else None,
            t.plural("broadcast.left", left) if state == "stopped" and left else None,
        ),
    )
    return Outbound(text, durable=True)


def back_summary(t: Voice, service: str, sent: int) -> Outbound:
    """The news that a service is back has gone to everybody who waited for it."""
    return Outbound(t.plural("broadcast.back_done", sent, service=t(SERVICE[service])))
