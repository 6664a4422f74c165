"""What a collection or a pay-back leaves to be done after a commit, and who is told of it. Pure."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from msgspec.structs import replace

from bot.domain.collecting import (
    CodeResult,
    CreateResult,
    ExpireResult,
    LookUpResult,
    LookUpUnknown,
    NotOpened,
    PayBackLookUp,
    PayBackNotSent,
    PayBackResult,
)
from bot.domain.collection import Collection
from bot.domain.outbound import Outbound
from bot.domain.payback import PayBack
from bot.domain.people import Address, Language
from bot.i18n import Voice
from bot.notices import collecting as notices
from bot.repositories import sessions
from bot.repositories.alerts import take_turn
from bot.repositories.collections import message_of
from bot.repositories.outbox import OutboxMessage, say
from bot.store import Script
from bot.transactions import admins
from bot.transactions.alerting import tell_group
from bot.transactions.budget import pause
from bot.transactions.installation import Installation

# The same alert of the same thing is told again after this; one that many things raise at once sooner.
ALERT_AGAIN_MS = 21_600_000
CREDENTIALS_PAUSE_MS = 600_000

Step: TypeAlias = Literal["create", "again", "look_up", "expire", "pay"]


@dataclass
class PaymentJob:
    """A claimed collection or pay-back and what to do for it; `provider_id` is for a look-up or an expire."""

    about: Collection | PayBack
    step: Step
    provider_id: str | None = None


@dataclass
class PaymentResult:
    """What a script leaves to be done after its commit: messages to send, calls to make, orders to take up, and what
    became of what, to be counted.
    """

    posted: list[OutboxMessage] = field(default_factory=list)
    jobs: list[PaymentJob] = field(default_factory=list)
    orders: list[str] = field(default_factory=list)
    moves: list[tuple[str, str]] = field(default_factory=list)
    alerts: list[tuple[str, str]] = field(default_factory=list)
    wait_ms: int = 0


def tell(
    installation: Installation,
    address: Address,
    language: Language,
    make: Callable[[Voice], Outbound],
    now: int,
    *,
    collection_id: str | None = None,
    holds: bool = True,
) -> Script[list[OutboxMessage]]:
    """Put news in somebody's outbox, in the language that they use now. With a `collection_id` they take the place of
    what was told of it before; `holds`: the next ones take the place of these.
    """
    known = yield from sessions.known_at(str(address))
    voice = installation.shop.words[language if known is None else known.language]
    outbound = make(voice)
    if collection_id is not None:
        before = yield from message_of(collection_id)
        outbound = replace(outbound, replaces=before, collection_id=collection_id if holds else None)
    return [(yield from say(str(address), outbound, installation.owner, now))]


def tell_admins(
    installation: Installation, about: Collection | PayBack, kind: str, detail: str, now: int, result: PaymentResult
) -> Script[None]:
    """Alert every admin who can act, once in a while for each kind and thing."""
    result.alerts.append((kind, f"{about.id}: {detail}"))
    turn, pause_ms = f"paying.{kind}:{about.id}", ALERT_AGAIN_MS
    if kind == "credentials":
        turn, pause_ms = "paying.credentials", CREDENTIALS_PAUSE_MS
    if (yield from take_turn(turn, pause_ms, now)):
        result.posted += yield from admins.tell_admins(
            installation, lambda voice: notices.alert(voice, about, kind, detail), now
        )
        # It is about money: no silence holds it back.
        result.posted += yield from tell_group(installation, lambda voice: voice("alert_group.payment"), now)


def pause_where_busy(
    installation: Installation,
    said: CreateResult | LookUpResult | CodeResult | ExpireResult | PayBackResult | PayBackLookUp,
    now: int,
) -> Script[None]:
    """Where the provider counts more requests than we do, everybody waits for a moment."""
    if isinstance(said, NotOpened | PayBackNotSent | LookUpUnknown) and said.cause == "busy":
        yield from pause(installation, now, said.retry_seconds or 5)
