"""A message on its way to its channel: whose name it goes to, with which file, and for how long at most."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from bot.channels import Channel
from bot.domain.outbound import Attachment, File, Outbound, SendLater, SendRefused, SendResult
from bot.domain.people import Address
from bot.errors import StoreBusy
from bot.repositories.leases import PAUSE_LIMIT_MS
from bot.repositories.outbox import OutboxMessage
from bot.time_limits import TimeLimit

MAX_PAUSE_SECONDS = PAUSE_LIMIT_MS / 2000
# A file is asked for again after so long where the database is away.
FILE_PAUSE_SECONDS = 1.0
# Longer than a channel's own limits take together for a text in pieces, a file, and the making of the file.
SEND_SECONDS = 150.0


async def no_attachment(attachment: Attachment) -> File | None:
    """For a bot that makes no files."""
    return None


class Delivery:
    """Hands messages to their channels, each within the same time limit."""

    def __init__(
        self,
        channels: Mapping[str, Channel],
        make: Callable[[Attachment], Awaitable[File | None]],
        send_seconds: float,
    ) -> None:
        self._channels = channels
        self.make = make
        self.limit = TimeLimit(send_seconds)

    async def deliver(self, task: asyncio.Task[None], message: OutboxMessage) -> SendResult:
        """Hand a message to its channel, with the file that goes with it, which is made first. It goes to what the
        channel calls the person now.
        """
        address = Address.parse(message.address)
        channel = self._channels.get(address.channel)
        if channel is None:
            return SendLater(MAX_PAUSE_SECONDS, "no such channel here")
        if message.reach is not None:
            if not message.reach:
                return SendRefused("its number is in other hands", unreachable=True)
            address = Address(address.channel, message.reach)
        if message.outbound.attachment is None:
            return await self.limit.within(task, channel.send(address, message.outbound, None))
        return await self.limit.within(
            task, self._with_file(channel, address, message.outbound, message.outbound.attachment)
        )

    async def _with_file(
        self, channel: Channel, address: Address, outbound: Outbound, attachment: Attachment
    ) -> SendResult:
        try:
            file = await self.make(attachment)
        except StoreBusy:
            return SendLater(FILE_PAUSE_SECONDS, "its file waits for the database")
        return await channel.send(address, outbound, file)
