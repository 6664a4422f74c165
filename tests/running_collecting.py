"""Customers who pay for themselves, with the real program as a process: who collects is the simulator, over HTTP.

    async with collecting(folder, "dexpay") as shop:     # a Town, a bot that collects, and a line between it and them
        awa = shop.person(1001)
        await awa.order(METER, 5000)                     # asks for a quote, chooses Wave
        await awa.pay()                                  # opens the address that was sent, and pays there
        await awa.code()
    # at the end every payer's money has a home, by the provider's own books

Sums whose last three digits are above 900 put the payer in a mood, as in `bot.collectors.simulator.moods`; every other
collection waits for whoever opens its page.
"""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from bot.collectors.simulator import CollectingSimulator
from bot.collectors.simulator.brain import WEBHOOK_SECRET
from bot.collectors.simulator.moods import Hook
from bot.collectors.simulator.sessions import Kind, Session
from bot.domain.collecting import Method
from bot.gateway.simulator.answers import Answer, Webhook, turned_away
from bot.gateway.simulator.inprocess import now_ms
from tests.fake_http import HttpClient
from tests.running import API_KEY, WHATSAPP_PATH, Bot, Customer, Town
from tests.running import eventually as soon
from tests.tcp_proxy import TcpProxy

COLLECTORS = ("dexchange_link", "dexchange_push", "dexpay")
# Its meter is sold at once, and that of whoever is refused never.
METER = "14123456799"
REFUSED = "14123456712"
FEE_XOF, COLLECTION_FEE_XOF = 50, 100
# In the mood of nobody.
NUMBER = "771234500"
# Addresses are only shown to people with https; the test's browser knows where this one is.
ROOT = "https://pay.example.sn"
FLOAT_XOF = 50_000_000
# Each look asks the database.
PAUSE_SECONDS = 0.15


async def eventually(condition: Callable[[], object], what: str | Callable[[], str]) -> None:
    """As in `tests.running`, at leisure."""
    await soon(condition, what, pause_seconds=PAUSE_SECONDS)


class Collectors(CollectingSimulator):
    """The simulator in a test's hands. `hang` lets the next request with a mark in its path wait for ever, heard or
    not; `deaf` are the things of which no webhook comes.
    """

    def __init__(self, pace: float) -> None:
        super().__init__(root=ROOT, pace=pace, api_key=API_KEY, float_xof=FLOAT_XOF)
        self.deaf = False
        self.hanging: dict[str, bool] = {}
        self.hung: Counter[str] = Counter()

    def hang(self, mark: str, *, heard: bool) -> None:
        """The next request with this mark in its path is answered never; `heard`: it is carried out."""
        self.hanging[mark] = heard

    def handle(self, method: str, path: str, body: bytes, now: int, authorization: str = "") -> Answer:
        mark = next((mark for mark in self.hanging if mark in f"{method} {path}"), None)
        if mark is None:
            return super().handle(method, path, body, now, authorization)
        self.hung[mark] += 1
        if not self.hanging.pop(mark):
            return turned_away("lost")
        return msgspec.structs.replace(super().handle(method, path, body, now, authorization), lost=True)

    def audit(self, now: int = 0) -> dict[str, Any]:
        """Its books as they are now, whatever the time."""
        return super().audit(now or now_ms())

    def session(self, external_id: str) -> Session | None:
        """A collection as the provider knows it."""
        return self._sessions.get(external_id)

    def asked(self, external_id: str) -> int:
        """How often something was asked for under this id."""
        return self._asked[external_id]

    def _create(
        self, kind: Kind, asked: dict[str, Any], external_id: str, amount_xof: int, number: str, now: int
    ) -> Answer:
        answer = super()._create(kind, asked, external_id, amount_xof, number, now)
        session = self._sessions.get(external_id)
        if session is None or amount_xof % 1000 > 900 or answer.status == 409:
            return answer
        # Whoever opens the page decides, and nothing is told before.
        session.by_hand = True
        return msgspec.structs.replace(answer, webhooks=())

    def _hooked(self, session: Session, hook: Hook, now: int) -> Webhook:
        webhook = super()._hooked(session, hook, now)
        return msgspec.structs.replace(webhook, url=None) if self.deaf else webhook


@dataclass
class Shop:
    """A town whose bot collects, the line between it and the provider, and the provider's books."""

    place: Town
    bot: Bot
    line: TcpProxy
    books: Collectors
    collector: str
    admins: tuple[Customer, Customer]
    # An admin does one thing after another.
    acting: asyncio.Lock = field(default_factory=asyncio.Lock)

    def person(self, chat_id: int | str) -> "Payer":
        """Somebody in Telegram, or with a text as their number in WhatsApp."""
        return Payer(self, self.place.customer(chat_id))

    async def ordered(self, command: str, *, two: bool = False) -> None:
        """An admin orders something and confirms it; with `two` another one approves it."""
        first, second = self.admins
        async with self.acting:
            asked = len(second.buttons(".approve."))
            await _pressed(first, command, ".do.")
            if two:
                await eventually(
                    lambda: len(second.buttons(".approve.")) > asked,
                    lambda: f"a second person is asked\n{first.user.story()}\n{second.user.story()}",
                )
                message_id, data = second.buttons(".approve.")[-1]
                second.user.tap_data(data, message_id)

    @property
    def gives_number(self) -> bool:
        """Whether the payer's number is asked for."""
        return self.collector == "dexchange_push"

    @property
    def method(self) -> Method:
        """By which people pay who have no wish."""
        return "any" if self.collector == "dexchange_link" else "wave"

    @property
    def create_path(self) -> str:
        """What is in the address of a create, and in no other."""
        return {"dexchange_link": "/merchant/get-link", "dexchange_push": "/transaction/init"}.get(
            self.collector, "POST /api/v1/checkout-sessions"
        )

    @property
    def pay_back_path(self) -> str:
        """What is in the address of a pay-back."""
        return "/payouts" if self.collector == "dexpay" else "/transaction/init"

    @property
    def look_up_path(self) -> str:
        """What is in the address of a look-up of a collection."""
        return {"dexchange_link": "GET /api/v1/transaction/", "dexchange_push": "GET /api/v1/transaction/"}.get(
            self.collector, "GET /api/v1/checkout-sessions/"
        )

    async def at_rest(self) -> None:
        """Wait until nothing is on its way: no order, no pay-back that nobody must decide, no message."""

        def quiet() -> bool:
            self.bot.hasten()
            return not self.bot.rows(
                "SELECT id FROM orders WHERE state NOT IN ('delivered', 'refused', 'cancelled')"
            ) and not self.bot.rows("SELECT id FROM payback WHERE state IN ('waiting', 'sending', 'processing')")

        await eventually(quiet, lambda: f"everything has ended\n{self.bot.story()}")
        await self.bot.outbox_is_empty()

    def check_money(self) -> None:
        """For every payer: paid = bought + given back + held, by the provider's books, to the franc; nothing was bought
        or given back twice; the float is what the ledger says.
        """
        bot, told = self.bot, self.books.audit()
        collections = {row["id"]: row for row in bot.rows("SELECT * FROM collection")}
        paybacks = {row["id"]: row for row in bot.rows("SELECT * FROM payback")}
        orders = {row["id"]: row for row in bot.rows("SELECT * FROM orders")}
        paid, bought, back, held = Counter[str](), Counter[str](), Counter[str](), Counter[str]()
        for id_, collection in told["collections"].items():
            paid[collections[id_]["customer"]] += sum(collection["paid"])
        for id_, payment in told["payments"].items():
            assert payment["status"] == "SUCCESS"
            assert payment["amount_xof"] == orders[id_]["amount_xof"]
            bought[orders[id_]["customer"]] += payment["amount_xof"] + orders[id_]["fee_xof"]
        # What is passed on for collecting is part of what was bought, and goes back with it.
        for row in bot.rows("SELECT account, amount_xof FROM entry WHERE transfer LIKE 'collection:%'"):
            if row["account"].startswith("customer:"):
                bought[row["account"].removeprefix("customer:")] -= row["amount_xof"]
        for id_, payback in told["paybacks"].items():
            if payback["status"] == "FAILED":
                continue
            assert (payback["amount_xof"], payback["number"]) == (paybacks[id_]["amount_xof"], paybacks[id_]["payer"])
            back[paybacks[id_]["customer"]] += payback["amount_xof"]
        for id_, row in paybacks.items():
            gone = told["paybacks"].get(id_, {"status": "FAILED"})["status"] != "FAILED"
            assert gone == (row["state"] == "done"), f"{id_} is {row['state']}"
            if row["state"] not in ("done", "kept"):
                held[row["customer"]] += row["amount_xof"]
        accounts = {
            row["account"]: row["xof"]
            for row in bot.rows("SELECT account, sum(amount_xof) AS xof FROM entry GROUP BY account")
        }
        for account, xof in accounts.items():
            if account.startswith("customer:"):
                held[account.removeprefix("customer:")] += xof
        for row in orders.values():
            if row["state"] not in ("delivered", "refused", "cancelled") and row["id"] not in told["payments"]:
                held[row["customer"]] += row["amount_xof"] + row["fee_xof"]
        for customer in paid | bought | back | held:
            homes = bought[customer] + back[customer] + held[customer]
            assert paid[customer] == homes, (
                f"{customer} paid {paid[customer]}, bought {bought[customer]}, has back {back[customer]} and "
                f"{held[customer]} here\n{bot.story()}"
            )
        assert set(told["accepted"].values()) <= {1}
        assert not bot.logged(level="error"), bot.story()
        assert told["float_xof"] == FLOAT_XOF - accounts.get("float", 0) - accounts.get("collected", 0), accounts


class Payer(Customer[Any]):
    """A person who pays for themselves, in either channel. `inputs` is how often they wrote or tapped."""

    def __init__(self, shop: Shop, customer: Customer[Any]) -> None:
        super().__init__(customer.user)
        self.shop = shop

    @property
    def inputs(self) -> int:
        return sum(line.startswith("> ") for line in self.user.transcript)

    @property
    def collection(self) -> dict[str, Any]:
        """The row of what they were asked to pay last; empty when nothing was."""
        rows = self.shop.bot.rows(
            "SELECT * FROM collection WHERE address = ? ORDER BY created_at DESC, id LIMIT 1", self.address
        )
        return dict(rows[0]) if rows else {}

    @property
    def advance_xof(self) -> int:
        """What they have here."""
        account = f"customer:{self.collection['customer']}"
        return int(
            self.shop.bot.rows("SELECT coalesce(sum(amount_xof), 0) AS xof FROM entry WHERE account = ?", account)[0][
                "xof"
            ]
        )

    @property
    def links(self) -> list[str]:
        """Every address that they were sent to."""
        return [key["url"] for shown in self.user.shown for row in shown.rows for key in row if "url" in key]

    @property
    def paybacks(self) -> list[dict[str, Any]]:
        """The rows of what goes back of what they paid last."""
        return [
            dict(row)
            for row in self.shop.bot.rows(
                "SELECT * FROM payback WHERE collection_id = ? ORDER BY id", self.collection["id"]
            )
        ]

    async def quoted(self, meter: str, amount_xof: int) -> None:
        """Ask for a quote in one line and wait for the ways to pay."""
        await self.offered(lambda: self.user.text(f"w {meter} {amount_xof}"))

    async def offered(self, does: Callable[[], object]) -> None:
        """They do something, and are offered the ways to pay."""
        before = len(self.buttons(".pay."))
        does()
        await eventually(lambda: len(self.buttons(".pay.")) > before, lambda: f"a way to pay\n{self.user.story()}")

    async def tap(self, act: str) -> Callable[[], object]:
        """The newest button for `act`, once there is one, to be pressed."""
        await eventually(lambda: self.buttons(act), lambda: f"a button for {act}\n{self.user.story()}")
        message_id, data = self.buttons(act)[-1]
        return lambda: self.user.tap_data(data, message_id)

    async def choose(self, method: Method, number: str = NUMBER, *, known: bool = False) -> None:
        """Choose a way to pay, and say which telephone pays where that is asked; `known`: the one that paid before."""
        before = self.collection.get("id")
        asked = self.saw("payer.ask")
        await self.press(f".pay.{method}:")
        if self.shop.gives_number:
            await eventually(lambda: self.saw("payer.ask") > asked, lambda: f"whose number?\n{self.user.story()}")
            if known:
                await self.press(".known.before")
            else:
                self.user.text(number)
        await eventually(
            lambda: self.collection.get("id") != before,
            lambda: f"a collection\n{self.user.story()}\n{self.shop.bot.story()}",
        )

    async def buys(self, mood: int, meter: str = METER) -> None:
        """A purchase whose payer is asked for a sum in this mood."""
        await self.order(meter, asked_xof(mood) - FEE_XOF - COLLECTION_FEE_XOF)

    def lives_on(self, hours: float) -> None:
        """What they were asked to pay last ends so much earlier, as if that time had passed."""
        id_, ms = self.collection["id"], int(hours * 3_600_000)
        self.shop.bot.rows("UPDATE collection SET expires_at = expires_at - ? WHERE id = ?", ms, id_)

    async def order(self, meter: str, amount_xof: int, number: str = NUMBER) -> str:
        """A quote, and a way to pay for it; answers the collection's id."""
        await self.quoted(meter, amount_xof)
        await self.choose(self.shop.method, number)
        return str(self.collection["id"])

    async def is_asked(self) -> None:
        """Wait until they know how to pay."""
        await self.comes_to("open")
        if self.collection["kind"] == "link":
            url = self.collection["url"]
            await eventually(lambda: url in self.links, lambda: f"the link\n{self.user.story()}")

    async def comes_to(self, *states: str) -> None:
        """Wait until what they were asked for last stands so."""

        def there() -> bool:
            self.shop.bot.hasten()
            return self.collection.get("state") in states

        await eventually(
            there, lambda: f"{states}, not {self.collection}\n{self.user.story()}\n{self.shop.bot.story()}"
        )

    async def pay(self, choice: str = "pay") -> None:
        """Open the address that was sent, or take up the telephone that asks; and pay, refuse or cancel there."""
        await self.is_asked()
        await self.decide(choice)

    async def decide(self, choice: str = "pay") -> None:
        """The same for who was asked before, whatever has become of it."""
        session = self.shop.books.session(self.collection["id"])
        assert session is not None, "nothing that could be paid"
        path = urlsplit(self.collection["url"]).path if self.collection["url"] else session.page_path
        browser = HttpClient("127.0.0.1", self.shop.place.provider.port)
        try:
            form = {"Content-Type": "application/x-www-form-urlencoded"}
            answer = await browser.post(path, f"choice={choice}".encode(), form)
        finally:
            await browser.aclose()
        assert answer.status == 303, answer

    async def has_paid(self, times: int) -> None:
        """Wait until so many payments of theirs were heard of."""
        id_ = self.collection["id"]

        def there() -> bool:
            self.shop.bot.let_pass(id_)
            return len(self.shop.bot.rows("SELECT key FROM collected WHERE collection_id = ?", id_)) >= times

        await eventually(there, lambda: f"{times} payments\n{self.user.story()}\n{self.shop.bot.story()}")

    async def gets_back(self, *amounts_xof: int) -> None:
        """Wait until so much went back to them, each sum once. What an admin has to confirm is confirmed."""
        await eventually(
            lambda: [row["amount_xof"] for row in self.paybacks] == [*amounts_xof],
            lambda: f"{amounts_xof} to go back: {self.paybacks}\n{self.shop.bot.story()}",
        )
        await self.may_go_back()
        await self.gets_back_by_itself(*amounts_xof)

    async def may_go_back(self) -> None:
        """What goes back to them is confirmed where that needs an admin: to a number that only a look-up named."""
        await eventually(lambda: self.paybacks, lambda: f"what goes back\n{self.shop.bot.story()}")
        for row in self.paybacks:
            assert (row["state"] == "held") == (not self.shop.gives_number), row
            if row["state"] == "held":
                await self.shop.ordered(f"/payback {row['id']} confirm vérifié")

    async def goes_back_as(self, *states: str) -> None:
        """Wait until their pay-backs stand so, one after another."""

        def there() -> bool:
            self.shop.bot.hasten()
            return [row["state"] for row in self.paybacks] == [*states]

        await eventually(there, lambda: f"{states}: {self.paybacks}\n{self.shop.bot.story()}")

    async def gets_back_by_itself(self, *amounts_xof: int) -> None:
        """The same where nobody needs to confirm anything."""

        def there() -> bool:
            self.shop.bot.hasten()
            return [row["amount_xof"] for row in self.paybacks if row["state"] == "done"] == [*amounts_xof]

        await eventually(there, lambda: f"{amounts_xof} back: {self.paybacks}\n{self.shop.bot.story()}")


async def _pressed(admin: Customer, command: str, act: str) -> None:
    """A command, and the newest button for `act` that it brings."""
    before = len(admin.buttons(act))
    admin.user.text(command)
    await eventually(lambda: len(admin.buttons(act)) > before, lambda: f"a question\n{admin.user.story()}")
    message_id, data = admin.buttons(act)[-1]
    admin.user.tap_data(data, message_id)


@contextlib.asynccontextmanager
async def collecting(
    folder: Path,
    collector: str,
    *,
    channels: tuple[str, ...] = ("telegram",),
    pace: float = 0.05,
    **settings: Any,  # of the bot
) -> AsyncIterator[Shop]:
    """A shop with one running bot; at the end everything that must be true is checked."""
    books = Collectors(pace)
    channels = tuple(dict.fromkeys(("telegram", *channels)))
    async with Town(folder, channels=channels, simulator=books) as place, TcpProxy(place.provider.port) as line:
        bot = place.bot(
            **{
                "collect_with": collector,
                "dexchange_api_url": line.url,
                "dexpay_api_url": f"{line.url}/api/v1",
                "dexpay_api_key": "a-key-of-dexpay-for-tests",
                "dexpay_api_secret": WEBHOOK_SECRET,
                "default_credit_limit_xof": 0,
                "fee_woyofal": FEE_XOF,
                "collection_fee": COLLECTION_FEE_XOF,
                "provider_fee_collection": "1%",
                "provider_fee_pay_back": "0.5%",
                "admins": "telegram:1,telegram:2",
                **settings,
            }
        )
        admins = (place.customer(1), place.customer(2))
        await bot.start()
        if "whatsapp" in channels:
            assert await place.whatsapp.subscribe(f"{bot.url}{WHATSAPP_PATH}"), bot.story()
        shop = Shop(place, bot, line, books, collector, admins)
        yield shop
        await shop.at_rest()
        shop.check_money()
        place.check(NUMBER)


def asked_xof(mood: int) -> int:
    """The sum that a payer is asked for in this mood."""
    return 4_900 + mood


async def together(*lives: Any) -> None:
    """Several people at once; the first whose life goes wrong ends the test."""
    async with asyncio.TaskGroup() as group:
        for life in lives:
            group.create_task(life)
