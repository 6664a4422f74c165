"""People: who someone is to a channel and to the shop, and in which language they read."""

import re
from typing import Literal, TypeAlias

from msgspec import Struct

from bot.errors import ModelError

# A language's code, such as `fr`. Which there are, the catalogs say: `bot.languages.known` checks one that comes in.
Language: TypeAlias = str
# What an admin may do: support reads and resends, an operator acts on orders, an owner moves money.
Role: TypeAlias = Literal["support", "operator", "owner"]

_CHANNEL = re.compile(r"[a-z]{2,20}")
_ID = re.compile(r"\S{1,128}")


class Address(Struct, frozen=True):
    """Where one person is reached: a channel and the channel's own id, written `<channel>:<id>`."""

    channel: str
    id: str

    def __post_init__(self) -> None:
        if not _CHANNEL.fullmatch(self.channel) or not _ID.fullmatch(self.id):
            raise ModelError(f"not an address: {self.channel}:{self.id!r}")

    def __str__(self) -> str:
        return f"{self.channel}:{self.id}"

    @classmethod
    def parse(cls, text: str) -> "Address":
        """Read `channel:id`; raises ModelError on anything else."""
        channel, colon, identity = text.strip().partition(":")
        if not colon:
            raise ModelError(f"not an address: {text!r}")
        # People write telephone numbers with a plus; no channel's own id has one.
        return cls(channel.lower(), identity.removeprefix("+"))


class Identity(Struct, frozen=True):
    """One of the names by which a channel knows a person.

    A `number` can be given to another human being, a `user_id` is one person's for good, a `username` proves nothing.
    """

    kind: Literal["number", "user_id", "username"]
    value: str
