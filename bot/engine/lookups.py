"""Look-ups before a payment: whose meter is this? Each is asked once at a time, whoever takes it up."""

import asyncio
from collections.abc import Callable, Mapping

from bot.background import BackgroundTasks
from bot.channels import Channel
from bot.dialogue.tasks import InquiryAnswered
from bot.domain.catalog import ServiceName
from bot.domain.people import Address
from bot.errors import StoreError
from bot.gateway import Gateway
from bot.logs import get_logger
from bot.repositories.batch_progress import Check
from bot.store import Store
from bot.transactions import batches
from bot.transactions.installation import Installation

# An inquiry that takes longer than this shows the person that something is being done.
SHOWN_AFTER_SECONDS = 0.7

log = get_logger("engine")


class LookUps:
    """Asks the gateway for inquiries and for the lines of batches. `clock` is in milliseconds; that the person is shown
    something is begun in `background`.
    """

    def __init__(
        self,
        store: Store,
        gateway: Gateway,
        installation: Installation,
        clock: Callable[[], int],
        channels: Mapping[str, Channel],
        background: BackgroundTasks,
    ) -> None:
        self._store = store
        self._gateway = gateway
        self._installation = installation
        self._clock = clock
        self._channels = channels
        self._background = background
        # What is in flight here: nobody asks a second time meanwhile.
        self._asking: set[str | Check] = set()

    async def inquire(
        self,
        address: Address,
        inquiry_id: str,
        service: ServiceName,
        reference: str,
        message_ref: str | None = None,
    ) -> InquiryAnswered | None:
        """What the provider says of a meter or contract; None when somebody is asking already."""
        if inquiry_id in self._asking:
            # No clock ends what is in our own hands.
            return None
        self._asking.add(inquiry_id)
        shown = asyncio.get_running_loop().call_later(SHOWN_AFTER_SECONDS, self.show_working, address, message_ref)
        try:
            answer = await self._gateway.inquire(service, reference)
        finally:
            shown.cancel()
            self._asking.discard(inquiry_id)
        return InquiryAnswered(inquiry_id, answer)

    async def check(self, check: Check) -> Address | None:
        """Ask whose meter a line of a batch is for; after the last one the answer is the batch's owner."""
        if check in self._asking:
            return None
        self._asking.add(check)
        try:
            answer = await self._gateway.inquire(check.service, check.reference)
        finally:
            self._asking.discard(check)
        try:
            owner = await self._store.run(batches.check_answered, self._installation, check, answer, self._clock())
        except StoreError as error:
            # The line is still to be checked; the sweep asks again.
            log.warning("a check waits for the database", batch=check.batch_id, problem=type(error).__name__)
            return None
        return None if owner is None else Address.parse(owner)

    def show_working(self, address: Address, message_ref: str | None) -> None:
        """Let a person see that we are at work on what they sent, where their channel can show that."""
        channel = self._channels.get(address.channel)
        if channel is not None:
            self._background.begin(channel.working(address, message_ref))
