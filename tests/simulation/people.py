"""The people of a world: customers, a reseller with clients, two admins. What they do comes from the seed alone."""

import asyncio
import random
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from bot.domain.catalog import Catalog
from bot.gateway.simulator import MOODS
from tests.simulation.channels import Screen

if TYPE_CHECKING:
    from tests.simulation.world import World

# More than anybody may say within a few seconds here.
FLOOD: Final = 25
_CATALOG: Final = Catalog()
# Of a provider that is well: paid at once; later, by webhook or by look-up; the code later; refused later.
USUAL_MOODS: Final = ("99", "99", "99", "01", "01", "02", "08", "11", "23")
WORDS: Final = (
    *("/start", "/menu", "/balance", "/history", "/code", "/help", "/cancel", "/meters", "oui", "non", "annuler"),
    *("1", "2", "5000", "10 000", "merci", "stop", "où est mon code ?", "/language en", "/language fr", "😀" * 40),
)


class Person:
    """Somebody with a screen."""

    def __init__(self, world: "World", screen: Screen, chance: random.Random) -> None:
        self.world = world
        self.screen = screen
        self.chance = chance
        self.acts: list[tuple[int, Callable[[], None]]] = [
            (8, self.asks_price),
            (3, self.taps),
            (2, self.types),
            (2, self.pays_a_bill),
        ]
        if world.shop.collecting is not None:
            self.acts += [(14, self.asks_price), (1, self.wonders), (2, self.tops_up)]
        # A way to pay was chosen that asks for a telephone.
        self._is_asked_number = False

    async def live(self, acts: int) -> None:
        """Do so many things, one after another."""
        if self.world.faults.strikes("flood"):
            self.floods()
        for _ in range(acts):
            await asyncio.sleep(self.chance.expovariate(0.5))
            self.act()

    def act(self) -> None:
        """Do one thing: most often, confirm what was just asked."""
        confirms = [choice for choice in self.screen.choices(1) if ".confirm." in choice[1]]
        if confirms and self.chance.random() < 0.7:
            self.presses(*confirms[-1])
            return
        if self._pays():
            return
        weights = [weight for weight, _ in self.acts]
        self.chance.choices([act for _, act in self.acts], weights)[0]()

    def _pays(self) -> bool:
        """Choose a way to pay, where ways are offered, and say whose telephone pays, where that is asked."""
        if self._is_asked_number:
            self._is_asked_number = False
            self.screen.says(f"77{self.chance.randrange(10**7):07}")
            return True
        ways = [each for each in self.screen.choices(1) if each[1].split(".")[1] in ("pay", "by")]
        if not ways or self.chance.random() >= 0.9:
            return False
        terms = self.world.shop.collecting
        self._is_asked_number = terms is not None and any(way.needs_number for way in terms.abilities.ways)
        self.presses(*self.chance.choice(ways))
        return True

    # What a customer does.

    def number(self, service: str) -> str:
        """A meter or reference of that service; its last digits are the provider's mood."""
        digits = _CATALOG[service].usual_digits[0]
        # What is refused after it was paid for goes back.
        collects = self.world.shop.collecting is not None
        mood = self.chance.choice((*USUAL_MOODS, "23", "23") if collects else USUAL_MOODS)
        if self.world.faults.strikes("moods"):
            mood = self.chance.choice(sorted(MOODS))
        return f"{14 + self.chance.randrange(3)}".ljust(digits - 2, str(self.chance.randrange(1, 5))) + mood

    def asks_price(self) -> None:
        """Ask for a quote of prepaid electricity."""
        self.screen.says(f"w {self.number('woyofal')} {self.chance.choice((1000, 2000, 5000))}")

    def pays_a_bill(self) -> None:
        """Ask for a bill."""
        service = self.chance.choice(("senelec", "seneau"))
        self.screen.says(f"{service} {self.number(service)}")

    def wonders(self) -> None:
        """Say that it was paid, or ask for the money back."""
        self.screen.says(self.chance.choice(("j'ai payé", "j'ai payé", "rembourse moi", "annuler")))

    def tops_up(self) -> None:
        """Bring money to have here."""
        self.screen.says(f"/topup {self.chance.choice((1000, 2500, 5000))}")

    def types(self) -> None:
        """Say something short."""
        self.screen.says(self.chance.choice(WORDS))

    def taps(self) -> None:
        """Press some button of the newest messages, or of an old one."""
        choices = self.screen.choices(1000 if self.world.faults.strikes("old button") else 2)
        if choices:
            self.presses(*self.chance.choice(choices))

    def presses(self, ref: str, data: str) -> None:
        """Press a button, perhaps twice; or say yes in a word."""
        if ".confirm." in data and self.chance.random() < 0.15:
            self.screen.says("oui")
            return
        for _ in range(1 + self.world.faults.strikes("double tap")):
            self.screen.taps(ref, data)

    def floods(self) -> None:
        """Write faster than anybody reads."""
        for at in range(FLOOD):
            self.screen.says(str(at))


class Reseller(Person):
    """Sells to clients by name, by meter and by the list."""

    def __init__(self, world: "World", screen: Screen, chance: random.Random) -> None:
        super().__init__(world, screen, chance)
        self.clients: list[str] = []
        self.acts += [(3, self.adds_client), (4, self.sells), (3, self.sends_list)]

    def adds_client(self) -> None:
        name = f"Client {self.chance.choice('ABCDEFGH')}{self.chance.choice('aeiou')}"
        self.clients.append(name)
        self.screen.says(f"/addclient {name}; {self.number('woyofal')}; 77{self.chance.randrange(10**7):07}")

    def sells(self) -> None:
        if self.clients:
            self.screen.says(f"{self.chance.choice(self.clients)} {self.chance.choice((1000, 3000))}")

    def sends_list(self) -> None:
        lines = (
            f"{self.number('woyofal')};{self.chance.choice((1000, 1500, 2500))};Client {at}"
            for at in range(self.chance.randrange(2, 5))
        )
        self.screen.says("\n".join(lines))


class Admin(Person):
    """Gives credit, looks at orders, and decides those that nobody else can."""

    def __init__(self, world: "World", screen: Screen, chance: random.Random) -> None:
        super().__init__(world, screen, chance)
        self.acts = [(3, self.credits), (4, self.confirms), (2, self.inspects), (2, self.retries), (2, self.delivers)]
        if world.shop.collecting is not None:
            self.acts.append((6, self.sends_back))

    def credits(self) -> None:
        who = self.chance.choice(self.world.buyers)
        self.screen.says(f"/credit {who.screen.address} {self.chance.choice((2000, 20_000))} versement")

    def confirms(self) -> None:
        self.taps()

    def inspects(self) -> None:
        if (order_id := self.some_order("SELECT id FROM orders")) is not None:
            self.screen.says(f"/order {order_id}")

    def retries(self) -> None:
        if (
            order_id := self.some_order("SELECT id FROM orders WHERE state NOT IN ('delivered', 'refused')")
        ) is not None:
            self.screen.says(f"/retry {order_id} voir")
            self.screen.says("relancer")

    def sends_back(self) -> None:
        """Confirm money that waits to go back."""
        if (payback_id := self.some_order("SELECT id FROM payback WHERE state = 'held'")) is not None:
            self.decides("payback", payback_id, "confirm", "rendre")

    def delivers(self) -> None:
        """Type the code of an order that the provider knows to be paid."""
        paid = [
            payment
            for payment in self.world.provider.payments.values()
            if self.world.provider.status(payment) == "SUCCESS"
        ]
        if paid:
            payment = self.chance.choice(paid)
            self.resolves(payment.external_id, f"delivered {' '.join(payment.codes)}")

    def decides(self, what: str, id_: str, verdict: str, word: str) -> None:
        """Decide a payment or a pay-back, and mean it."""
        self.screen.says(f"/{what} {id_} {verdict} vu avec le fournisseur")
        self.screen.says(word)

    def resolves(self, order_id: str, verdict: str) -> None:
        """Decide an order, and mean it."""
        self.screen.says(f"/resolve {order_id} {verdict} vu avec le fournisseur")
        self.screen.says("trancher")

    def some_order(self, sql: str) -> str | None:
        """The id of one of the orders that a query finds."""
        rows = self.world.database.rows(f"{sql} ORDER BY id")
        return None if not rows else str(self.chance.choice(rows)["id"])

    def approves(self) -> None:
        """Agree to what another admin asks for."""
        for ref, data in self.screen.choices(3):
            if ".approve." in data or data.endswith(".approve"):
                self.screen.taps(ref, data)
                return
