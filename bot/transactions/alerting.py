"""Who is told of an alert: the admins who can act, but for those who asked for silence, and a group where there is one.
Pure.

Theory of operation. An alert goes to every admin who can act, in their own chat, with buttons. Whoever asked for
silence (`/quiet`) is not told of what can wait; what cannot (`URGENT`: the books or somebody's money may be wrong) is
told to all. Where nobody would be left, nobody is silent. The group reads a line or two that name no person, no meter
and no code, without a button: whoever stands in a group is not known to be an admin, and nobody is obeyed there.
"""

from collections.abc import Callable
from typing import Final

from bot.domain.outbound import Outbound
from bot.domain.people import Address
from bot.i18n import Safe, Voice
from bot.languages import DEFAULT
from bot.notices import alerts as notices
from bot.notices.layout import fit
from bot.repositories import alerts
from bot.repositories.accounts import language_of
from bot.repositories.outbox import OutboxMessage, say
from bot.repositories.person_names import called_as
from bot.store import Script
from bot.transactions.admins import tell_admins
from bot.transactions.installation import Installation
from bot.transactions.people import admins_of

# Concerns and alerts of orders that no silence holds back: money or codes may be wrong, or somebody tries something.
URGENT: Final = frozenset(
    {
        "unbalanced",
        "drift",
        "unusual_speed",
        "credentials",
        "conflict",
        "late_success",
        "failed_after_success",
        "contradiction",
        "amount_differs",
        "another_amount",
        "forged_hint",
        "more_codes",
    }
)


def tell_alert(
    installation: Installation,
    kind: str,
    message: Callable[[Voice], Outbound],
    in_group: Callable[[Voice], Safe],
    now: int,
    besides: tuple[str, ...] = (),
) -> Script[list[OutboxMessage]]:
    """Put an alert in the outbox of everybody who is to be told; `besides` know of it already."""
    silent: tuple[str, ...] = () if kind in URGENT else (yield from silent_now(now))
    if silent and set(silent) >= (yield from acting_admins(installation)):
        silent = ()
    posted = yield from tell_admins(installation, message, now, (*besides, *silent))
    return posted + (yield from tell_group(installation, in_group, now))


def tell_group(installation: Installation, text: Callable[[Voice], Safe], now: int) -> Script[list[OutboxMessage]]:
    """Put a line in the outbox of the group, where there is one. It is not kept: a group may be gone."""
    chat = installation.shop.alert_chat
    if chat is None:
        return []
    outbound = Outbound(fit(text(installation.shop.words[DEFAULT])))
    return [(yield from say(str(chat), outbound, installation.owner, now))]


def silent_now(now: int) -> Script[tuple[str, ...]]:
    """Who asked for silence, and has it still."""
    known = yield from alerts.silences()
    return tuple(each.address for each in known if now < each.until_at <= now + alerts.LONGEST_SILENCE_MS)


def acting_admins(installation: Installation) -> Script[set[str]]:
    """The admins who are told of alerts: those who can act."""
    return {str(admin) for admin, role in (yield from admins_of(installation)).items() if role != "support"}


def end_silences(installation: Installation, now: int) -> Script[list[OutboxMessage]]:
    """Tell those whose silence is over what lasts."""
    ended = yield from alerts.take_ended_silences(now)
    if not ended:
        return []
    lasting = [each for each in (yield from alerts.concerns()).values() if each.lasts]
    acting, posted = (yield from acting_admins(installation)), []
    for address in ended:
        if address in acting:
            t = installation.shop.words[(yield from language_of(address))]
            posted.append((yield from say(address, notices.silence_over(t, lasting), installation.owner, now)))
    return posted


def name_in_group(address: Address) -> Script[str]:
    """What an admin is called where no number may stand; empty where nobody has said."""
    called = yield from called_as(address)
    return called.noted or called.given
