"""What a channel and its endpoint need not do: bases for those that can only send and be heard. Pure."""

from collections.abc import Mapping, Sequence

from bot.channels import Received
from bot.domain.people import Address


class PlainChannel:
    """Takes nothing away, lists no commands, shows no work, holds nothing open, is opened by no link."""

    @property
    def link(self) -> str | None:
        return None

    async def erase(self, address: Address, own_ref: str) -> None:
        pass

    async def show_commands(self, address: Address, commands: Mapping[str, Sequence[tuple[str, str]]]) -> None:
        pass

    async def working(self, address: Address, message_ref: str | None) -> None:
        pass

    async def start(self) -> None:
        pass

    async def aclose(self) -> None:
        pass


class PlainEndpoint:
    """Tells its channel nothing, and greets nobody."""

    def take_note(self, received: Received) -> None:
        pass

    def greet(self, query: Mapping[str, str]) -> bytes | None:
        return None
