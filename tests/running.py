"""The real program as a process (see `tests.forking`), between fake channels and the simulated provider, all over HTTP
on loopback.

    async with Town(folder) as town:            # a Telegram and a provider
        bot = town.bot()                        # `python -m bot`, not started yet
        await bot.start()
        awa = town.customer(1001)
        await awa.quote("14123456799", 5000)
        awa.confirm()
        await bot.kill()                        # SIGKILL
        await bot.start()                       # the same port, the same database
        code = await awa.code()
        bot.check_books(town.provider)

With `Town(folder, channels=("whatsapp",))`, or both, customers named by a text are people in WhatsApp.

The provider and the channels live in the test's own loop, so that their books can be read at any time. The bot's log
lines are kept, over all its lives: at the end of a test no secret, code, meter number or telephone number may stand in
them.

Nothing here sleeps to let time pass: `eventually` waits for a condition under a deadline. Where a test needs a minute
to go by between two calls of the provider, `hasten` makes every order due in the database, as the minute would.
"""

import asyncio
import contextlib
import json
import os
import re
import secrets
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Generic, overload

import httpx
import uvicorn
from typing_extensions import TypeVar  # with a default, which typing has from Python 3.13

from bot.channels.telegram.secret import HEADER, secret_token
from bot.gateway.simulator import Simulator
from bot.gateway.simulator.http import app as simulator_app
from bot.i18n import load
from bot.web import callback_url
from tests import forking
from tests.databases import Database, database_at
from tests.fake_http import HttpClient, Response
from tests.fake_telegram import TOKEN, FakeTelegram, User
from tests.fake_whatsapp import FakeWhatsApp
from tests.running_whatsapp import SECRETS as WHATSAPP_SECRETS
from tests.running_whatsapp import Person, Shown, private, signed, webhook_body
from tests.running_whatsapp import settings as whatsapp_settings
from tests.sync_store import WRONG_BALANCES

ROOT = Path(__file__).resolve().parent.parent
SECRET_KEY = "a-secret-key-for-tests-0123456789abcdef"
API_KEY = "an-api-key-for-tests"
DEADLINE_SECONDS = 30.0
POLL_SECONDS = 0.005
# A start takes a second: to ask whether it is ready shall not cost a good part of that.
READY_POLL_SECONDS = 0.02
PORTS = range(15_000, 32_000)

WHATSAPP_PATH = "/webhooks/whatsapp"

T = TypeVar("T")
P = TypeVar("P", User, Person, default=User)


async def eventually(
    condition: Callable[[], T],
    what: str | Callable[[], str],
    timeout: float = DEADLINE_SECONDS,
    *,
    pause_seconds: float = POLL_SECONDS,
) -> T:
    """Wait until `look` answers something true, and answer it; `what` tells people what was waited for in vain."""
    until = time.monotonic() + timeout
    while not (answer := condition()):
        if time.monotonic() > until:
            raise AssertionError(f"not within {timeout} s: {what if isinstance(what, str) else what()}")
        await asyncio.sleep(pause_seconds)
    return answer


WORDS = load()


def text_of(key: str, language: str = "fr") -> str:
    """What is always there in a message of the catalogs: its longest piece without arguments and tags."""
    pieces = WORDS["fr" if language == "fr" else "en"]._forms[key][0][::2]
    return max((part for piece in pieces for part in re.split(r"<[^>]*>|\n", piece)), key=len).strip()


def free_port() -> int:
    """A port that nobody has, for a program that must have the same one in its next life: none of those that the
    system gives to whoever connects.
    """
    while True:
        port = secrets.choice(PORTS)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield  # The test runner's signals are its own.


class Provider:
    """The simulated provider's own HTTP server, here in the loop. `simulator` is its brain and its books."""

    def __init__(self, *, pace: float = 0.05, simulator: Simulator | None = None) -> None:
        self.simulator = simulator or Simulator(pace=pace, api_key=API_KEY)
        self.port = free_port()
        self._app = simulator_app(self.simulator)
        self._server: _Server | None = None
        self._serving: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def open(self) -> None:
        """Listen, on the same port each time."""
        config = uvicorn.Config(
            self._app,
            host="127.0.0.1",
            port=self.port,
            lifespan="off",
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=0,
        )
        server = self._server = _Server(config)
        self._serving = asyncio.create_task(server.serve())
        await eventually(lambda: server.started, "the provider listens")

    async def close(self) -> None:
        """Nobody answers at the provider's port any more; calls in flight are cut."""
        if self._server is not None and self._serving is not None:
            self._server.should_exit = self._server.force_exit = True
            await self._serving
            self._server = None

    async def paid(self, count: int = 1) -> None:
        """Wait until so many pay calls have arrived."""
        await eventually(lambda: sum(self.simulator.received.values()) >= count, f"{count} pay call(s)")


class Customer(Generic[P]):
    """A person who buys, in Telegram or in WhatsApp."""

    def __init__(self, user: P) -> None:
        self.user: P = user

    @property
    def address(self) -> str:
        """As people are told it by /id."""
        return f"{'telegram' if isinstance(self.user, User) else 'whatsapp'}:{self.user.chat_id}"

    @property
    def codes(self) -> list[str]:
        """Every code that can be copied from a message, in the order in which they were shown; repetitions too."""
        return [
            key["copy_text"]["text"]
            for shown in self.user.shown
            for row in shown.rows
            for key in row
            if "copy_text" in key
        ]

    @property
    def confirms(self) -> list[tuple[Any, str]]:
        """Every Confirm button ever shown: its message and its data."""
        return self.buttons(".confirm.")

    def buttons(self, act: str) -> list[tuple[Any, str]]:
        """Every button for `act` ever shown: its message and its data."""
        return [
            (shown.message_id, key["callback_data"])
            for shown in self.user.shown
            for row in shown.rows
            for key in row
            if act in key.get("callback_data", "")
        ]

    async def press(self, act: str) -> None:
        """Press the newest button for `act`, once there is one."""
        await eventually(lambda: self.buttons(act), lambda: f"a button for {act}\n{self.user.story()}")
        message_id, data = self.buttons(act)[-1]
        self.user.tap_data(data, message_id)

    async def quote(self, reference: str, amount_xof: int | None = 5000, service: str = "w") -> Shown:
        """Ask for a quote in one line and wait for its Confirm."""
        before = len(self.confirms)
        self.user.text(f"{service} {reference} {amount_xof or ''}")
        await eventually(lambda: len(self.confirms) > before, lambda: f"a Confirm button\n{self.user.story()}")
        return next(shown for shown in reversed(self.user.shown) if any(map(_confirms, _keys(shown))))

    def confirm(self) -> int | str:
        """Press the newest Confirm; answers the update's id, or the message's."""
        message_id, data = self.confirms[-1]
        return self.user.tap_data(data, message_id)

    @property
    def order_id(self) -> str:
        """The id of the newest quote, which is its order's."""
        return self.confirms[-1][1].rpartition(".")[2]

    async def code(self, count: int = 1, timeout: float = DEADLINE_SECONDS) -> str:
        """Wait until so many codes were shown; answers the newest."""
        await eventually(lambda: len(self.codes) >= count, lambda: f"{count} code(s)\n{self.user.story()}", timeout)
        return self.codes[-1]

    async def buy(self, reference: str, amount_xof: int | None = 5000, service: str = "w") -> None:
        """Quote and Confirm."""
        await self.quote(reference, amount_xof, service)
        self.confirm()

    async def expect(self, key: str, timeout: float = DEADLINE_SECONDS) -> None:
        """Wait until a message of the catalogs was shown."""
        await eventually(lambda: self.saw(key), lambda: f"{key}\n{self.user.story()}", timeout)

    def saw(self, key: str) -> int:
        """How often a message of the catalogs was shown."""
        return self.user.count(text_of(key))

    async def shown(self, count: int) -> None:
        """Wait until so many messages were shown."""
        await eventually(lambda: len(self.user.shown) >= count, lambda: f"{count} messages\n{self.user.story()}")

    async def settled(self) -> None:
        """Wait until the person has seen everything that was on its way to them."""
        before = self.user.count(self.address)
        self.user.text("/id")
        await eventually(lambda: self.user.count(self.address) > before, lambda: f"/id\n{self.user.story()}")


def _keys(shown: Shown) -> list[dict[str, Any]]:
    return [key for row in shown.rows for key in row]


def _confirms(key: dict[str, Any]) -> bool:
    return ".confirm." in key.get("callback_data", "")


class Bot:
    """`python -m bot` with its own folder, port and database. Its log over all its lives is `lines`."""

    def __init__(
        self, folder: Path, channels: Mapping[str, str], provider_url: str, webhook: bool, **settings: Any
    ) -> None:
        self.folder = folder
        self.port = free_port()
        self.lines: list[dict[str, Any]] = []
        self.noise: list[str] = []
        self.process: forking.Process | None = None
        self._env = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            **channels,
            "DEXCHANGE_API_URL": provider_url,
            "DEXCHANGE_API_KEY": API_KEY,
            "DEXCHANGE_RATE_PER_MINUTE": "6000",
            "DATABASE_URL": f"sqlite:///{folder / 'taal.db'}",
            "SECRET_KEY": SECRET_KEY,
            "PORT": str(self.port),
            "DEFAULT_CREDIT_LIMIT_XOF": "1000000",
            **({"PUBLIC_URL": self.url} if webhook else {}),
            **{name.upper(): str(value) for name, value in settings.items()},
        }
        self._webhook = webhook
        self._dead: list[str] = []
        self._database: Database | None = None
        self._readers: list[asyncio.Task[None]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    # Life and death.

    async def start(self, **settings: Any) -> None:
        """Start it and wait until it is ready; `settings` replace those of its earlier life."""
        self._env |= {name.upper(): str(value) for name, value in settings.items()}
        if self._dead:
            self.database.bury(self._dead)
            self._dead.clear()
        self.process, output, errors = await forking.start((), folder=self.folder, env=self._env)
        self._readers += [asyncio.create_task(self._read(output)), asyncio.create_task(self._read_noise(errors))]
        # A client that costs little: it is refused many times before the first good answer.
        client = HttpClient("127.0.0.1", self.port)
        until = time.monotonic() + DEADLINE_SECONDS
        try:
            while True:
                assert self.process.returncode is None, f"the bot ended\n{self.story()}"
                assert time.monotonic() < until, f"the bot is not ready\n{self.story()}"
                with contextlib.suppress(OSError):
                    if (await client.get("/readyz")).status == 200:
                        return
                await asyncio.sleep(READY_POLL_SECONDS)
        finally:
            await client.aclose()

    async def kill(self) -> None:
        """SIGKILL, as the kernel or a power cut would. By the time that it starts again, the seconds have passed after
        which one that stands still is taken for dead where several may serve.
        """
        assert self.process is not None
        self.process.kill()
        await self._ended()
        self._dead += [line["owner"] for line in self.logged(event="serving")]

    async def stop(self) -> tuple[int, float]:
        """SIGTERM; answers its exit status and how long it took, in seconds."""
        assert self.process is not None
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(DEADLINE_SECONDS):
                await self.process.wait()
        except TimeoutError:
            raise AssertionError(f"it does not stop\n{self.story()}") from None
        return await self._ended(), time.monotonic() - began

    async def aclose(self) -> None:
        """Be gone, whatever state it is in."""
        if self.process is not None and self.process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self.process.kill()
            await self._ended()
        if self._database is not None:
            self._database.close()
            self._database = None

    async def _ended(self) -> int:
        assert self.process is not None
        status = await self.process.wait()
        await asyncio.gather(*self._readers)
        self._readers.clear()
        return status

    # What it says.

    async def _read(self, stream: asyncio.StreamReader) -> None:
        while line := await stream.readline():
            self.lines.append(json.loads(line))

    async def _read_noise(self, stream: asyncio.StreamReader) -> None:
        while line := await stream.readline():
            self.noise.append(line.decode())

    def logged(self, **fields: Any) -> list[dict[str, Any]]:
        """The log lines that have these fields."""
        return [line for line in self.lines if fields.items() <= line.items()]

    async def logs(self, count: int = 1, timeout: float = DEADLINE_SECONDS, **fields: Any) -> list[dict[str, Any]]:
        """Wait until so many log lines have these fields."""
        await eventually(
            lambda: len(self.logged(**fields)) >= count,
            lambda: f"{count} log line(s) with {fields}\n{self.story()}",
            timeout,
        )
        return self.logged(**fields)

    def story(self) -> str:
        """The end of its log, for people."""
        return "\n".join([*(json.dumps(line) for line in self.lines[-30:]), *self.noise[-30:]])

    def check_log(self, *private: str) -> None:
        """No secret and nothing `private` (a code, a meter number) stands in the log."""
        text = "\n".join([*(json.dumps(line, ensure_ascii=False) for line in self.lines), *self.noise])
        digits = re.sub(r"(?<=\d)[ .\u00a0\u202f-](?=\d)", "", text)
        secrets = (TOKEN, *WHATSAPP_SECRETS, API_KEY, SECRET_KEY, secret_token(SECRET_KEY.encode()))
        for secret in (*secrets, *private):
            assert secret not in text, f"{secret} stands in the log"
            assert secret not in digits, f"{secret} stands in the log"

    # Who calls.

    async def post(self, path: str, body: bytes, headers: dict[str, str] | None = None) -> Response:
        """One request to its web server, on a connection of its own."""
        client = HttpClient("127.0.0.1", self.port)
        try:
            return await client.post(path, body, {"Content-Type": "application/json", **(headers or {})})
        finally:
            await client.aclose()

    async def get(self, path: str) -> httpx.Response:
        # Nothing here speaks TLS, and to read the machine's certificates takes longer than the request.
        async with httpx.AsyncClient(verify=False) as client:
            return await client.get(f"{self.url}{path}")

    async def update(self, body: dict[str, Any]) -> Response:
        """Bring an update as Telegram does, once."""
        return await self.post("/webhooks/telegram", json.dumps(body).encode(), TELEGRAM_HEADERS)

    async def whatsapp(self, *messages: dict[str, Any]) -> Response:
        """Bring one batch of messages as WhatsApp does, once."""
        return await self.post(WHATSAPP_PATH, *signed(webhook_body(*messages)))

    async def run(self, *arguments: str) -> tuple[int, str]:
        """Run another command of the program beside it, with the same settings; answers its exit status and words."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", *arguments),
            cwd=self.folder,
            env=self._env,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        words, _ = await process.communicate()
        assert process.returncode is not None
        return process.returncode, words.decode()

    async def webhook(self, order_id: str, body: dict[str, Any]) -> Response:
        """Bring a webhook as the provider does, once, at the order's own address."""
        path = callback_url("", order_id, SECRET_KEY.encode())
        return await self.post(path, json.dumps(body).encode())

    async def metric(self, name: str) -> float:
        """A counter or gauge of /metrics, its children summed up."""
        text = (await self.get("/metrics")).text
        return sum(float(line.rpartition(" ")[2]) for line in text.splitlines() if re.match(rf"{name}(\{{|\s)", line))

    # What it remembers.

    @property
    def database(self) -> Database:
        """Another connection to its database."""
        if self._database is None:
            self._database = database_at(self._env["DATABASE_URL"])
        return self._database

    def look_at(self, url: str) -> None:
        """Its database is found at another address than the one that it was told itself."""
        self._database = database_at(url)

    def rows(self, sql: str, *values: Any) -> list[Any]:
        """What a statement answers, or nothing; it is a transaction of its own."""
        return self.database.rows(sql, *values)

    async def outbox_is_empty(self) -> None:
        """Wait until nothing is on its way to anybody, nor kept for later."""
        await eventually(lambda: not self.rows("SELECT id FROM outbox"), lambda: f"an empty outbox\n{self.story()}")

    def locked(self) -> contextlib.AbstractContextManager[None]:
        """Somebody else holds the database: nothing can be written."""
        return self.database.locked()

    def full(self) -> contextlib.AbstractContextManager[None]:
        """There is no room for anything that it would write down."""
        return self.database.full(self.pid)

    def order(self, order_id: str) -> dict[str, Any]:
        """An order's row; empty when there is none."""
        rows = self.rows("SELECT * FROM orders WHERE id = ?", order_id)
        return dict(rows[0]) if rows else {}

    async def order_is(self, order_id: str, *states: str, timeout: float = DEADLINE_SECONDS) -> None:
        """Wait until an order has come to one of these states."""
        await eventually(
            lambda: self.order(order_id).get("state") in states,
            lambda: f"{order_id} is {states}, but {self.order(order_id).get('state')}\n{self.story()}",
            timeout,
        )

    def hasten(self) -> None:
        """Every order, payment and message is due now, as if its pause had gone by, unless somebody has it in hand."""
        self.database.each(
            "UPDATE orders SET due_at = 0 WHERE due_at IS NOT NULL AND lease_owner IS NULL",
            "UPDATE outbox SET due_at = 0 WHERE given_up_at IS NULL AND lease_owner IS NULL AND due_at > 0",
            "UPDATE collection SET due_at = 0 WHERE due_at > 0 AND lease_owner IS NULL"
            " AND state IN ('waiting', 'opening', 'open', 'unknown')",
            "UPDATE payback SET due_at = 0 WHERE due_at > 0 AND lease_owner IS NULL",
        )

    def let_pass(self, collection_id: str) -> None:
        """A collection is looked at again now, whatever has become of it."""
        self.rows("UPDATE collection SET due_at = 0 WHERE id = ? AND due_at > 0 AND lease_owner IS NULL", collection_id)

    async def hasten_until(self, condition: Callable[[], object], what: str) -> None:
        """Let pause after pause go by until `look` answers something true."""

        def hastened() -> object:
            self.hasten()
            return condition()

        await eventually(hastened, lambda: f"{what}\n{self.story()}")

    def check_books(self, provider: Provider) -> None:
        """The invariants: paid at most once, under the order's own id; what was accepted ended as one final state;
        the ledger sums to zero, nobody is beyond their limit, and no money is held for an order that has ended.
        """
        assert self.database.is_sound()
        orders = {row["id"]: row["state"] for row in self.rows("SELECT id, state FROM orders")}
        assert set(provider.simulator.received) <= set(orders), "a pay call with an id that is no order's"
        for order_id, times in provider.simulator.accepted.items():
            assert times == 1, f"{order_id} was paid {times} times"
            assert orders[order_id] == "delivered", f"{order_id} was paid and is {orders[order_id]}"
        assert [order_id for order_id, state in orders.items() if state == "delivered"] == [
            order_id for order_id in orders if provider.simulator.accepted[order_id]
        ]
        assert self.rows("SELECT coalesce(sum(amount_xof), 0) AS total FROM entry")[0]["total"] == 0
        balances = {
            row["account"]: row["balance"]
            for row in self.rows("SELECT account, sum(amount_xof) AS balance FROM entry GROUP BY account")
        }
        assert self.rows(WRONG_BALANCES) == []
        limit = int(self._env["DEFAULT_CREDIT_LIMIT_XOF"])
        assert all(xof >= -limit for name, xof in balances.items() if name.startswith("customer:"))
        open_orders = [order_id for order_id, state in orders.items() if state not in FINAL]
        assert open_orders or not any(xof for name, xof in balances.items() if name.startswith("hold"))


FINAL = ("delivered", "refused", "cancelled")
TELEGRAM_HEADERS = {HEADER: secret_token(SECRET_KEY.encode())}


def text_update(update_id: int, user: User, text: str) -> dict[str, Any]:
    """An update as Telegram would bring it."""
    return {"update_id": update_id, "message": user._message({"text": text})}


class Town:
    """Fake channels, a provider, and bots that all end with it. `fake` is Telegram."""

    def __init__(
        self,
        folder: Path,
        *,
        channels: tuple[str, ...] = ("telegram",),
        pace: float = 0.05,
        simulator: Simulator | None = None,
    ) -> None:
        self.folder = folder
        self.channels = channels
        self.fake = FakeTelegram()
        self.whatsapp = FakeWhatsApp()
        self.provider = Provider(pace=pace, simulator=simulator)
        self.bots: list[Bot] = []
        self._ports = {"telegram": 0, "whatsapp": 0}

    async def __aenter__(self) -> "Town":
        if "telegram" in self.channels:
            await self.fake.start()
        if "whatsapp" in self.channels:
            await self.whatsapp.start()
        await self.provider.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        for bot in self.bots:
            await bot.aclose()
        await self.provider.close()
        await self.fake.aclose()
        await self.whatsapp.aclose()

    def bot(self, *, webhook: bool = True, **settings: Any) -> Bot:
        """A bot that is not running yet; without `webhook` it polls Telegram and the provider cannot reach it."""
        folder = self.folder / f"bot{len(self.bots)}"
        folder.mkdir()
        channels: dict[str, str] = {}
        if "telegram" in self.channels:
            channels |= {"TELEGRAM_BOT_TOKEN": TOKEN, "TELEGRAM_API_URL": self.fake.url}
        if "whatsapp" in self.channels:
            channels |= whatsapp_settings(self.whatsapp)
        bot = Bot(folder, channels, self.provider.url, webhook, **settings)
        self.bots.append(bot)
        return bot

    async def telegram_away(self) -> None:
        """Telegram is down: nothing comes from it, nothing is taken by it, and calls that hung are lost."""
        self._ports["telegram"] = int(self.fake.url.rpartition(":")[2])
        await self.fake.aclose()

    async def telegram_back(self) -> None:
        """Telegram is back, with everything that waited there."""
        await self.fake.start(self._ports["telegram"])

    async def whatsapp_away(self) -> None:
        """WhatsApp is down, likewise."""
        self._ports["whatsapp"] = int(self.whatsapp.url.rpartition(":")[2])
        await self.whatsapp.aclose()

    async def whatsapp_back(self) -> None:
        """WhatsApp is back, likewise."""
        await self.whatsapp.start(self._ports["whatsapp"])

    @overload
    def customer(self, chat_id: int, language: str = "fr") -> Customer[User]: ...

    @overload
    def customer(self, chat_id: str, language: str = "fr") -> Customer[Person]: ...

    def customer(self, chat_id: int | str, language: str = "fr") -> Customer[User] | Customer[Person]:
        """A person: of Telegram when named by a number, of WhatsApp when named by a text."""
        if isinstance(chat_id, str):
            return Customer(self.whatsapp.user(chat_id))
        return Customer(self.fake.user(chat_id, language))

    def check(self, *private_words: str) -> None:
        """Everything that must be true at the end of every test."""
        for bot in self.bots:
            bot.check_books(self.provider)
            codes = [code for payment in self._payments() for code in payment["codes"]]
            meters = [payment["reference"] for payment in self._payments()]
            bot.check_log(*codes, *meters, *private(self.whatsapp), *private_words)
            assert not bot.noise, "".join(bot.noise)
        assert not self.fake.errors
        assert not self.whatsapp.errors

    def _payments(self) -> list[dict[str, Any]]:
        return list(self.provider.simulator.audit(0)["payments"].values())


@contextlib.asynccontextmanager
async def town(
    folder: Path, *, channels: tuple[str, ...] = ("telegram",), pace: float = 0.05, **settings: Any
) -> AsyncIterator[tuple[Town, Bot]]:
    """A town with one running bot; at the end everything that must be true is checked."""
    async with Town(folder, channels=channels, pace=pace) as place:
        bot = place.bot(**settings)
        await bot.start()
        if "whatsapp" in channels:
            assert await place.whatsapp.subscribe(f"{bot.url}{WHATSAPP_PATH}"), bot.story()
        yield place, bot
        place.check()
