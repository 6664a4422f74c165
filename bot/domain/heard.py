"""What is heard of a collection or of a pay-back, and means the same of either: what a webhook claims, and an answer
that tells nothing. Pure.

Their tables name these guards and alerts beside their own. Every docstring of one is a phrase of `docs/collections.md`.
"""

from typing import Literal, Protocol, TypeAlias

from msgspec import Struct

from bot.domain.collecting import CallCause, CollectionClaim, LookUpUnknown

# How soon it is looked up again while a webhook says more than the look-up did.
HINT_AFTER_SECONDS = (1, 3, 10)
_CREDENTIALS = ("credentials", "not_authorized", "unverified")

AlertKind: TypeAlias = Literal[
    "credentials", "unreadable", "forged_hint", "foreign_hint", "another_amount", "contradiction", "stuck",
    # Of a collection.
    "conflict", "which_payment",
    # Of a pay-back.
    "float", "refused", "unknown", "late_success",
]  # fmt: skip


class Alert(Struct, frozen=True):
    """Something the admins should know."""

    kind: AlertKind
    detail: str = ""


class Claim(Struct, frozen=True):
    """A webhook spoke."""

    webhook_claim: CollectionClaim


class About(Protocol):
    """A collection or a pay-back, as far as it matters to what is heard of it."""

    @property
    def id(self) -> str: ...
    @property
    def provider_id(self) -> str | None: ...
    @property
    def webhook_claim(self) -> CollectionClaim | None: ...
    @property
    def webhook_claim_tries(self) -> int: ...


class Heard(Protocol):
    """A case of either."""

    @property
    def about(self) -> About: ...


class Claimed(Heard, Protocol):
    """One in which a webhook spoke."""

    @property
    def event(self) -> Claim: ...


class _WithCause(Protocol):
    @property
    def cause(self) -> CallCause | str: ...


class Answered(Protocol):
    """One in which a call was turned away, or told nothing."""

    @property
    def event(self) -> _WithCause: ...


class NothingLearned(Protocol):
    """One in which a look-up told nothing."""

    @property
    def event(self) -> LookUpUnknown: ...


def known_id(about: About) -> str | None:
    """The provider's id: told by an answer, else claimed by a webhook."""
    claim = about.webhook_claim
    return about.provider_id or (None if claim is None else claim.provider_id)


def soon_seconds(about: About) -> int | None:
    """The pause before asking again because a webhook claims that it was paid; None when there is no such claim, or it
    was asked enough.
    """
    claim, tries = about.webhook_claim, about.webhook_claim_tries
    if claim is None or claim.status != "paid" or tries >= len(HINT_AFTER_SECONDS):
        return None
    return HINT_AFTER_SECONDS[tries]


# Guards.


def names_another(case: Claimed) -> bool:
    """it names another one"""
    return case.event.webhook_claim.reference not in (None, case.about.id)


def is_badly_signed(case: Claimed) -> bool:
    """its signature is wrong or missing"""
    return case.event.webhook_claim.signature in ("invalid", "missing")


def claims_failure(case: Claimed) -> bool:
    """it claims a failure"""
    return case.event.webhook_claim.status == "not_paid"


# Alerts.


def turned_away(case: Answered) -> Alert | None:
    """`credentials`, if the key, our address or the account is refused"""
    cause = case.event.cause
    return Alert("credentials", cause) if cause in _CREDENTIALS else None


def strange(case: NothingLearned) -> Alert | None:
    """`unreadable`, if there was an answer that cannot be read as a verdict"""
    return Alert("unreadable", case.event.reason) if case.event.strange else None


def foreign_claim(case: Claimed) -> Alert | None:
    """`foreign_hint`"""
    return Alert("foreign_hint")


def forged_claim(case: Claimed) -> Alert | None:
    """`forged_hint`"""
    return Alert("forged_hint", case.event.webhook_claim.signature)


def unknown_word(case: Claimed) -> Alert | None:
    """`unreadable`, if it bears a word that has never been seen"""
    claim = case.event.webhook_claim
    return Alert("unreadable", claim.word or "no word") if claim.status == "unknown" else None


def never_confirmed(case: Heard) -> Alert | None:
    """`forged_hint`, once look-ups have not confirmed a claimed success"""
    claim = case.about.webhook_claim
    tired = case.about.webhook_claim_tries == len(HINT_AFTER_SECONDS)
    return Alert("forged_hint", "never_confirmed") if tired and claim is not None and claim.status == "paid" else None
