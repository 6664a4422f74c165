"""One replica: the program as it is put together for real, its clocks, its death and its standing still."""

import asyncio
from collections.abc import Coroutine, Mapping
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar

from bot.app import assemble
from bot.app.adapters import demo_shop
from bot.app.collecting import addresses_of
from bot.bodies import Bodies
from bot.channels import Channel
from bot.domain.people import Address
from bot.errors import StoreBusy
from bot.gateway.client import DexchangeGateway
from bot.gateway.wire import read_webhook_claim
from bot.transactions import housekeeping
from bot.transactions.allowances import Allowance, Limits
from bot.web.collection_webhook import COLLECTION_PATH, CollectionWebhook
from bot.web.provider_webhook import PROVIDER_PATH, ProviderWebhook, callback_url
from tests.simulation.channels import FakeTelegram, FakeWhatsApp
from tests.simulation.collector import collector_of
from tests.simulation.database import store_of
from tests.simulation.provider import ProviderLine

if TYPE_CHECKING:
    from tests.simulation.world import World

T = TypeVar("T")
Place = Literal["statement", "commit", "before a pay", "after a pay", "before a send", "after a send"]
PLACES: Final[tuple[Place, ...]] = (
    "statement",
    "commit",
    "before a pay",
    "after a pay",
    "before a send",
    "after a send",
)
SECRET_KEY: Final = b"a key of nobody's"
PUBLIC_URL: Final = "https://taal.example"
ADMINS: Final = (Address("telegram", "1"), Address("telegram", "2"))
SHOP: Final = demo_shop()
# A flood is short here.
LIMITS: Final = Limits(messages=Allowance(20, 20, 10))


class Process:
    """One replica, from its start to its death. `name` is its own."""

    def __init__(self, world: "World", name: str) -> None:
        self.world = world
        self.name = name
        self.is_dead = False
        self.stood_still = False
        self.jump_ms = 0
        self._doom: tuple[Place, int] | None = None
        self._never: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        channels: dict[str, Channel] = {"telegram": FakeTelegram(world, self), "whatsapp": FakeWhatsApp(world, self)}
        self.taal = assemble(
            store=store_of(world.database, self),
            gateway=DexchangeGateway("http://provider.invalid", "key", transport=ProviderLine(world, self)),
            channels=channels,
            shop=world.shop,
            admins=ADMINS,
            rate_per_minute=world.rate_per_minute,
            limits=LIMITS,
            order_url=lambda order_id: callback_url(PUBLIC_URL, order_id, SECRET_KEY),
            clock=self.clock,
            ticks=world.seconds,
            new_id=world.new_id,
            is_shared=world.machine.replicas > 1,
            collector=collector_of(world, self),
            addresses=addresses_of(PUBLIC_URL, SECRET_KEY),
        )
        bodies, collecting = Bodies(), self.taal.collecting
        self._webhook = ProviderWebhook(bodies, self.taal.settlement.webhook_claim, read_webhook_claim, SECRET_KEY)
        self._collection_webhook = (
            None if collecting is None else CollectionWebhook(bodies, collecting.webhook_claim, SECRET_KEY)
        )

    def clock(self) -> int:
        """The wall clock of its machine, in milliseconds."""
        return self.world.now() + self.jump_ms

    async def start(self, *, alone: bool) -> None:
        """As the program starts: who is alone with the database ends the leases that somebody left."""
        while alone and not self.is_dead:
            try:
                await self.run(self.taal.store.run(housekeeping.take_over, self.clock()))
                break
            except StoreBusy:
                # Whatever looks after the process starts it again.
                await asyncio.sleep(1.0)
        self.world.loop.begin(self._start(), self.name)

    async def _start(self) -> None:
        self.taal.start()

    async def run(self, work: Coroutine[Any, Any, T], seconds: float = 120.0) -> T | None:
        """What the process answers; None when it died, or took longer than anybody waits."""
        if self.is_dead:
            work.close()
            return None
        task: asyncio.Task[T] = self.world.loop.begin(work, self.name)
        await asyncio.wait((task, self.ended), timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if not task.done() or task.cancelled():
            # Whoever asked hangs up; what was asked goes on.
            task.add_done_callback(_hear)
            return None
        return task.result()

    async def webhook(self, url: str, headers: Mapping[str, str], body: bytes) -> int | None:
        """The status that is answered to the provider; None when nothing is."""
        root = f"{PUBLIC_URL}{COLLECTION_PATH}/"
        if self._collection_webhook is not None and url.startswith(root):
            answering = self._collection_webhook.take_whole(url.removeprefix(root), headers, body)
        else:
            answering = self._webhook.take_whole(url.removeprefix(f"{PUBLIC_URL}{PROVIDER_PATH}/"), headers, body)
        if answering is None:
            return None
        if isinstance(answering, tuple):
            return answering.status
        answer = await self.run(answering)
        return None if answer is None else int(answer.status)

    # Dying and standing still.

    def doom(self, place: Place, count: int) -> None:
        """It dies when it has come to such a place so often."""
        self._doom = place, count

    def spare(self) -> None:
        """It does not die any more."""
        self._doom = None

    def dies_here(self, place: Place) -> bool:
        """Whether this is where it dies; asked at each such place."""
        if self._doom is None or self._doom[0] != place:
            return False
        count = self._doom[1] - 1
        self._doom = (place, count) if count > 0 else None
        return count <= 0

    def die(self, where: str) -> None:
        """Everything in its memory is gone."""
        if self.is_dead:
            return
        self.is_dead = True
        self.world.note(f"{self.name} dies {where}")
        self.world.faults.seen["crash"] += 1
        self.ended.set_result(None)
        self.world.loop.call_soon(self.world.loop.kill, self.name)
        self.world.died(self)

    async def lives(self) -> None:
        """Goes on only while the process lives."""
        if self.is_dead:
            await self._never

    def freeze(self) -> None:
        """It stands still, as after SIGSTOP; whatever is sent to it waits."""
        self.stood_still = True
        self.world.loop.frozen.add(self.name)

    def thaw(self) -> None:
        """It goes on as if no time had passed."""
        self.world.loop.frozen.discard(self.name)

    @property
    def is_frozen(self) -> bool:
        return self.name in self.world.loop.frozen


def _hear(task: asyncio.Task[Any]) -> None:
    if not task.cancelled():
        task.exception()
