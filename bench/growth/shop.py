"""The whole bot in this process, over a database that notes how long it is held: nothing runs by itself."""

import asyncio
import itertools
from collections import deque

from bench.growth.held import HeldStore
from bench.growth.scale import OWNER, SECOND_OWNER
from bot.app import assemble, demo_shop
from bot.channels.plain import PlainChannel
from bot.channels.telegram.abilities import ABILITIES as TELEGRAM
from bot.channels.whatsapp.abilities import ABILITIES as WHATSAPP
from bot.domain.catalog import ServiceName
from bot.domain.inbound import Inbound, Tap, Text
from bot.domain.inquiry import Float, FloatAnswer, Inquiry, InquiryAnswer
from bot.domain.outbound import Choice, File, Outbound, SendResult, Sent
from bot.domain.outcome import Delivered, Outcome, Processing, ProviderDetails
from bot.domain.people import Address
from bot.gateway import PayRequest
from bot.i18n import NBSP

# What is waited for in other threads is looked for as often as this.
GLANCE_SECONDS = 0.001
MOST_SEEN = 500
FLOAT_XOF = 900_000_000


class Mailbox(PlainChannel):
    """Takes every message at once and remembers the last ones, and the files that came with them."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.abilities = TELEGRAM if name == "telegram" else WHATSAPP
        self.sent: deque[tuple[Address, Outbound]] = deque(maxlen=MOST_SEEN)
        self.files = 0

    async def send(self, address: Address, outbound: Outbound, file: File | None = None) -> SendResult:
        self.sent.append((address, outbound))
        self.files += file is not None
        return Sent(str(len(self.sent)))

    async def fetch(self, ref: str, limit_bytes: int) -> bytes | None:
        return None


class Provider:
    """Knows every meter, pays everything at once, and has never anything new to say of an older payment."""

    def __init__(self) -> None:
        self._float_xof = FLOAT_XOF
        self._codes = itertools.count(90_000_000_000_000_000_000)

    async def inquire(self, service: ServiceName, reference: str) -> InquiryAnswer:
        return Inquiry(service, reference, "Awa DIOP", "Pikine", "ACTIF")

    async def pay(self, request: PayRequest, *, callback_url: str | None, replay: bool) -> Outcome:
        fee_xof = -(-request.amount_xof // 100)
        before, self._float_xof = self._float_xof, self._float_xof - request.amount_xof - fee_xof
        told = ProviderDetails(
            f"TX{request.id}", request.amount_xof, fee_xof, request.reference, None, before, self._float_xof
        )
        return Delivered((str(next(self._codes)),), told)

    async def look_up(self, transaction_id: str, service: ServiceName) -> Outcome:
        return Processing(ProviderDetails(transaction_id))

    async def balance(self) -> FloatAnswer:
        return Float(self._float_xof)

    async def aclose(self) -> None:
        pass


class Shop:
    """One bot. People say and tap; whatever follows from that at once has happened when the call is over."""

    def __init__(self, store: HeldStore, now: int) -> None:
        self.now = now
        self.store = store
        self.channels = {name: Mailbox(name) for name in ("telegram", "whatsapp")}
        self.taal = assemble(
            store=self.store,
            gateway=Provider(),
            channels=self.channels,
            shop=demo_shop(),
            admins=(Address.parse(OWNER), Address.parse(SECOND_OWNER)),
            rate_per_minute=6_000_000,
            clock=lambda: self.now,
            ticks=lambda: self.now / 1000,
        )
        self._updates = itertools.count(900_000_000)

    async def says(self, who: str, text: str) -> None:
        await self._hears(who, Text(text))

    async def taps(self, who: str, label: str) -> None:
        """The newest button that begins with these words. Raises LookupError when there is none."""
        address = Address.parse(who)
        for whose, outbound in reversed(self.channels[address.channel].sent):
            for button in itertools.chain.from_iterable(outbound.rows):
                if (
                    whose == address
                    and isinstance(button, Choice)
                    and button.label.replace(NBSP, " ").startswith(label)
                ):
                    await self._hears(who, Tap(button.data))
                    return
        raise LookupError(f"{who} has no button {label!r}: {self.last(who)}")

    def last(self, who: str) -> str:
        """The text that somebody read last."""
        address = Address.parse(who)
        sent = reversed(self.channels[address.channel].sent)
        return next((outbound.text for whose, outbound in sent if whose == address), "")

    async def quiet(self) -> None:
        """Until nothing is in flight any more."""
        while True:
            for _ in range(10):
                await asyncio.sleep(0)
            if self.taal.idle:
                return
            await asyncio.sleep(GLANCE_SECONDS)

    async def _hears(self, who: str, event: Text | Tap) -> None:
        # Whoever writes twice within a second is told to slow down.
        self.now += 5_000
        address = Address.parse(who)
        await self.taal.engine.hear(Inbound(f"bench:update:{next(self._updates)}", address, event, "fr"))
        await self.quiet()
