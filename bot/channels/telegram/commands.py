"""What Telegram is told about the bot: its commands in each language, and where updates go. Pure."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from msgspec import Struct

Commands: TypeAlias = Mapping[str, Sequence[tuple[str, str]]]
"""Language to (command, description): `{"fr": [("aide", "…")]}`."""

ALLOWED_UPDATES = ("message", "edited_message", "callback_query")


class Webhook(Struct, frozen=True):
    """Where Telegram posts updates. `max_connections` (1 to 100) is how many it may have in flight."""

    url: str
    secret_token: str
    max_connections: int = 40
