"""The customers: each buys once, from /start to the code, and asks for the code again. Six updates and one webhook.
Who pays for themselves buys for more than their credit, opens the address that they are sent, and taps once more.

A customer knows nothing of the bot's words. They wait for a message that offers the button they want, or a code to
copy, and go on at once when it comes.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from typing import Protocol, TypeAlias

from msgspec import Struct, field

from bench.provider import Provider

AMOUNT_XOF = 2_000
# With a purchase fee this is more than whoever does not pay for themselves may owe.
COLLECTED_XOF = 5_000
CREDIT_XOF = 4_000
FIRST_CHAT = 1_000_000_000
COPY = "copy"
LINK = "link"

# What is done, and the button that the answer must offer; `COPY` is a code to copy, `LINK` an address to pay at. "tap"
# taps the button awaited last, "pay" opens the address.
Plan: TypeAlias = tuple[tuple[str, str, str], ...]
PLAN: Plan = (
    ("start", "/start", "buy.woyofal"),
    ("service", "tap", "cancel"),
    ("meter", "", f"amount.{AMOUNT_XOF}"),
    ("amount", "tap", "confirm."),
    ("confirm", "tap", COPY),
    ("code", "/code", COPY),
)
COLLECTED: Plan = (
    ("start", "/start", "buy.woyofal"),
    ("service", "tap", "cancel"),
    ("meter", "", f"amount.{COLLECTED_XOF}"),
    ("amount", "tap", "pay.wave:"),
    ("way", "tap", LINK),
    ("pay", "pay", COPY),
    ("code", "/code", COPY),
)


class Sent(Struct):
    """A message of the bot: the data of its buttons, the codes that can be copied from it and the addresses that it
    opens; `raw` is what a tap on it tells. Where not `whole`, another message follows that belongs to it, and the
    customer waits for that one.
    """

    chat_id: int
    buttons: list[str]
    codes: list[str]
    raw: bytes = b""
    whole: bool = True
    urls: list[str] = field(default_factory=list)

    def data(self, begins: str) -> str | None:
        """The data of the first button whose action and argument begin so; what stands before them is the bot's."""
        return next((data for data in self.buttons if data.partition(".")[2].startswith(begins)), None)


class Channel(Protocol):
    """Where the customers are. `calls` counts the bot's calls by kind, `repeated` what had to be brought again."""

    calls: Counter[str]
    repeated: int

    def settings(self, port: int) -> dict[str, str]:
        """The environment of a bot that finds this channel at a port of this machine."""
        ...

    def answer(self, path: str, body: bytes) -> tuple[int, bytes]:
        """The answer to one call of the bot."""
        ...

    def starting(self) -> None:
        """A process of the bot is about to start."""
        ...

    async def started(self) -> None:
        """Wait until a process that is ready can also be reached from here."""
        ...

    def say(self, chat_id: int, text: str) -> None:
        """A person writes a text."""
        ...

    def tap(self, chat_id: int, data: str, message: bytes) -> None:
        """A person taps a button of a message of the bot."""
        ...


class Customer(Struct):
    """One customer. Times are seconds of the monotonic clock."""

    chat_id: int
    at: int = -1
    posted_at: float = 0.0
    unanswered: bool = False
    button: str = ""
    message: bytes = b""
    code: str | None = None
    plan: Plan = PLAN

    @property
    def done(self) -> bool:
        return self.at == len(self.plan)

    @property
    def reference(self) -> str:
        """Their meter's number."""
        return f"14{self.chat_id % 10**9:09d}"


class Times(Struct):
    """What was measured, in seconds; `webhooks_at` is when those webhooks were sent that `codes` are counted from."""

    replies: dict[str, list[float]] = field(
        default_factory=lambda: {name: [] for plan in (PLAN, COLLECTED) for name, _, _ in plan}
    )
    codes: list[float] = field(default_factory=list)
    webhooks_at: list[float] = field(default_factory=list)
    dialogues: list[float] = field(default_factory=list)


class Customers:
    """Everybody who writes to the bot. `collect_share` of them pay for themselves."""

    def __init__(self, collect_share: float = 0.0) -> None:
        self._collect_share = collect_share
        self.channel: Channel
        self.provider: Provider
        self.all: dict[int, Customer] = {}
        self.times = Times()
        self.finished = 0
        self.foreign_codes = 0
        self.progress = asyncio.Event()
        self._began: dict[int, float] = {}
        self._next_chat = FIRST_CHAT
        self._on_done: Callable[[], None] = lambda: None

    def begin(self) -> Customer:
        """A new customer starts."""
        self._next_chat += 1
        number = len(self.all)
        # Spread evenly, and the same in each run.
        pays = int((number + 1) * self._collect_share) > int(number * self._collect_share)
        customer = self.all[self._next_chat] = Customer(self._next_chat, plan=COLLECTED if pays else PLAN)
        self._began[customer.chat_id] = time.monotonic()
        self._go_on(customer)
        return customer

    def hear(self, sent: Sent) -> None:
        """The bot has sent a message."""
        customer = self.all.get(sent.chat_id)
        if customer is None:
            return
        now = time.monotonic()
        codes = sent.codes
        if codes and customer.code is None:
            customer.code = codes[0]
            payment = self.provider.by_reference.get(customer.reference)
            if payment is None or payment.token != codes[0]:
                self.foreign_codes += 1
            elif payment.posted_at:
                self.times.codes.append(now - payment.posted_at)
                self.times.webhooks_at.append(payment.posted_at)
        if customer.done:
            return
        name, _, awaited = customer.plan[customer.at]
        if customer.unanswered:
            customer.unanswered = False
            self.times.replies[name].append(now - customer.posted_at)
        if not sent.whole:
            return
        if awaited == COPY:
            if not codes:
                return
        elif awaited == LINK:
            if not sent.urls:
                return
            customer.button = sent.urls[0]
        else:
            button = sent.data(awaited)
            if button is None:
                return
            customer.button, customer.message = button, sent.raw
        self._go_on(customer)

    def _go_on(self, customer: Customer) -> None:
        customer.at += 1
        if customer.done:
            self.times.dialogues.append(time.monotonic() - self._began.pop(customer.chat_id))
            self.finished += 1
            self.progress.set()
            self._on_done()
            return
        _, does, _ = customer.plan[customer.at]
        customer.unanswered, customer.posted_at = True, time.monotonic()
        if does == "pay":
            self.provider.collector.pay(customer.button)
        elif does == "tap":
            self.channel.tap(customer.chat_id, customer.button, customer.message)
        else:
            self.channel.say(customer.chat_id, does or customer.reference)

    def where(self) -> str:
        """Where those stand who have not finished: what each did last, and how many did it."""
        waiting = Counter(customer.plan[customer.at][0] for customer in self.all.values() if not customer.done)
        unanswered = sum(customer.unanswered for customer in self.all.values() if not customer.done)
        return f"{self.finished} have finished, waiting after {dict(waiting)}, {unanswered} without any answer"

    async def until_finished(self, count: int, *, quiet_seconds: float) -> bool:
        """Wait until `count` customers have what they came for. False when nobody got on for `quiet_seconds`."""
        while self.finished < count:
            self.progress.clear()
            try:
                async with asyncio.timeout(quiet_seconds):
                    await self.progress.wait()
            except TimeoutError:
                return False
        return True

    async def crowd(self, count: int, in_flight: int, *, quiet_seconds: float = 15.0) -> bool:
        """`count` customers, `in_flight` at a time: whoever has finished makes place for the next one."""
        target, left = self.finished + count, count

        def next_one() -> None:
            nonlocal left
            if left > 0:
                left -= 1
                self.begin()

        self._on_done = next_one
        for _ in range(min(in_flight, count)):
            next_one()
        finished = await self.until_finished(target, quiet_seconds=quiet_seconds)
        self._on_done = lambda: None
        return finished

    async def stream(self, per_second: float, seconds: float, *, quiet_seconds: float = 15.0) -> bool:
        """Customers who come at a steady pace, whether the others have finished or not."""
        loop = asyncio.get_running_loop()
        began, target = loop.time(), self.finished
        for number in range(int(per_second * seconds)):
            await asyncio.sleep(max(0.0, began + number / per_second - loop.time()))
            self.begin()
            target += 1
        return await self.until_finished(target, quiet_seconds=quiet_seconds)
