"""How a channel is plugged in: its settings, and what is made of them. One subclass a channel, beside the channel.

The app lists the subclasses and asks nothing else of a channel: what the operator may set, whether that is complete,
the channel with its ways in, and what the doctor sees of it.
"""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from typing import ClassVar, Protocol, TypeAlias

from msgspec import Struct
from pydantic import BaseModel, ConfigDict

from bot.channels import Channel, WebhookEndpoint
from bot.channels.abilities import Abilities
from bot.domain.inbound import Inbound

Hear: TypeAlias = Callable[[Inbound], Awaitable[None]]
"""Returns when the inbound is remembered; raises StoreError when it is not."""
Finding: TypeAlias = tuple[str, bool, str]
"""What was looked at, whether it is well, and words that help."""


class Poller(Protocol):
    """Asks a channel's server for what people did."""

    async def run(self) -> None:
        """Ask until it is stopped."""
        ...

    def stop(self) -> None:
        """Ask no more; `run` returns when what was got has been heard."""
        ...


class Place(Struct, frozen=True):
    """Where the bot runs: the address at which servers reach it, if there is one, the key from which secrets are
    derived, and the commands that people may type, by language.
    """

    public_url: str | None
    secret_key: bytes
    commands: Mapping[str, Sequence[tuple[str, str]]]


class OpenChannel(Struct, frozen=True):
    """A channel and how people's words come in: at an endpoint, by polling, or by neither."""

    channel: Channel
    endpoint: WebhookEndpoint | None = None
    poller: Callable[[Hear], Poller] | None = None


class ChannelAdapter(BaseModel, ABC):
    """A channel's settings. The field `bot_token` of the channel `telegram` is read from TELEGRAM_BOT_TOKEN.

    The channel is set up where the field `key` is; `begin` tells an operator who has set nothing to begin with that.
    """

    model_config = ConfigDict(frozen=True, str_strip_whitespace=True)

    channel: ClassVar[str]
    abilities: ClassVar[Abilities]
    key: ClassVar[str]
    begin: ClassVar[str]

    @classmethod
    def variables(cls) -> dict[str, str]:
        """The variable of each field."""
        return {name: f"{cls.channel}_{name}".upper() for name in cls.model_fields}

    @classmethod
    def is_begun(cls, given: Collection[str]) -> bool:
        """Whether these variables ask for the channel."""
        return cls.variables()[cls.key] in given

    @classmethod
    def missing(cls, given: Collection[str]) -> Iterable[str]:
        """What is missing beside these variables, in words."""
        return ()

    @property
    def is_set_up(self) -> bool:
        """Whether the operator wants the channel."""
        return getattr(self, self.key) is not None

    @abstractmethod
    def open(self, place: Place) -> OpenChannel:
        """The channel, and how it is heard."""

    @abstractmethod
    async def check(self, public_url: str | None) -> list[Finding]:
        """What the channel's server says of this set-up. Changes nothing there."""
