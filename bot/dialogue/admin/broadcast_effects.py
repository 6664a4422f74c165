"""What broadcasts lead to, and what customers say about them. Pure values."""

from bot.dialogue.effects import Effect
from bot.domain.model import ServiceName


class StartBroadcast(Effect, frozen=True):
    """Begin to tell an audience, a few people at a time; a text that is empty is told to nobody of that language.

    `message_ref` names the message in which the admin sees how far it is.
    """

    id: str
    audience: str
    fr: str
    en: str
    total: int
    message_ref: str | None = None


class StopBroadcast(Effect, frozen=True):
    """End the broadcast that is under way; the admin who began it reads how far it came."""

    id: str


class TellBack(Effect, frozen=True):
    """A service is sold again: tell those who asked for it, a few at a time."""

    id: str
    service: ServiceName


class AwaitBack(Effect, frozen=True):
    """The speaker wants to be told, once, when a service is sold again."""

    service: ServiceName


class Mute(Effect, frozen=True):
    """No more broadcasts to any address of the speaker's account."""


class Unmute(Effect, frozen=True):
    """Broadcasts again."""
