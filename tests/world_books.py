"""What is written down in a world of people: read as it is, and changed behind everybody's back."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from msgspec.structs import replace

from bot import i18n
from bot.channels.telegram.abilities import ABILITIES as TELEGRAM
from bot.channels.whatsapp.abilities import ABILITIES as WHATSAPP
from bot.dialogue import Session
from bot.dialogue.session import read_session
from bot.domain.encoding import encode
from bot.domain.ledger import credit
from bot.domain.order import Order
from bot.domain.people import Address, Language
from bot.repositories import accounts
from bot.repositories.money import available_of, post
from bot.repositories.orders import load_order, order_of, save_order
from bot.shop import ShopSettings
from bot.store import Script
from bot.transactions.budget import Budget
from bot.transactions.installation import Installation
from bot.transactions.known import Known
from bot.transactions.people import make_known
from tests.sync_store import LentStore, SyncStore

WORDS = i18n.load()
CHANNELS = {"telegram": TELEGRAM, "whatsapp": WHATSAPP}
START = 1_795_510_800_000  # 2026-11-24 09:00 in Dakar.
AWA = Address("telegram", "221770001122")
ADMIN = Address("telegram", "1")
# What belongs to the conversation itself, or only says how often somebody asked.
_TALK = frozenset({"session", "inbox", "outbox", "allowance", "budget", "sqlite_sequence"})


class NothingKnown(Known):
    """In a world in which no minute passes, the provider is asked every time."""

    def of(self, service: str, reference: str, now: int) -> None:
        return None


@dataclass
class Books:
    """A database in memory, the installation that writes in it, and the time."""

    language: Language = "fr"
    shop: ShopSettings = field(default_factory=lambda: ShopSettings(words=WORDS, channels=CHANNELS))
    now: int = START
    store: SyncStore = field(default_factory=LentStore)

    def __post_init__(self) -> None:
        self.installation = Installation("world", self.shop, (ADMIN,), Budget.of(6_000), known=NothingKnown())

    def install(self, **changes: Any) -> None:
        """Another installation: whatever an `Installation` has."""
        self.installation = dataclasses.replace(self.installation, **changes, ruled={})
        self.shop = self.installation.shop

    def under(self, **changes: Any) -> None:
        """Another shop: fees, limits, what needs two people."""
        self.install(shop=replace(self.shop, **changes))

    def meet(self, address: Address) -> None:
        """Somebody has been here before, and reads what is sent to them in this world's language."""
        self.store.run(make_known, address, self.language, self.now)

    def fund(self, amount_xof: int, address: Address = AWA) -> None:
        """Money comes in for somebody, or goes out when it is negative."""
        key = f"fund:{self.store.one('SELECT count(*) FROM entry')}"

        def script() -> Script[None]:
            customer = yield from make_known(address, self.language, self.now)
            yield from post(credit(key, customer, amount_xof, ""), self.now, self.installation.default_credit_limit_xof)

        self.store.run(script)

    def customer(self, address: Address = AWA) -> str:
        """The account behind an address."""
        return self.store.run(accounts.customer_of, str(address))

    def balance(self, address: Address = AWA) -> int:
        """The sum of the entries of somebody's account, in XOF."""
        return self.store.run(available_of, self.customer(address))

    @property
    def orders(self) -> Mapping[str, Order]:
        """Every order by its id, in the order in which they were confirmed."""
        rows = self.store.rows("SELECT * FROM orders ORDER BY rowid")
        return MappingProxyType({row["id"]: order_of(row) for row in rows})

    def newest(self) -> Order:
        """The order that was confirmed last."""
        rows = self.store.rows("SELECT * FROM orders ORDER BY confirmed_at DESC, rowid DESC LIMIT 1")
        return order_of(rows[0])

    def change_order(self, order_id: str, **changes: Any) -> None:
        """An order becomes another behind everybody's back."""

        def script() -> Script[None]:
            order = yield from load_order(order_id)
            assert order is not None
            yield from save_order(replace(order, **changes))

        self.store.run(script)

    @property
    def sessions(self) -> Mapping[Address, Session]:
        """Every session by its address."""
        rows = self.store.rows("SELECT address, body FROM session")
        return MappingProxyType({Address.parse(row["address"]): read_session(row["body"]) for row in rows})

    def put_session(self, session: Session, address: Address = AWA) -> None:
        """Somebody's session becomes this one."""

        def script() -> Script[None]:
            yield from make_known(address, self.language, self.now)
            yield "session_reset", {"address": str(address), "body": encode(session).decode(), "now": self.now}

        self.store.run(script)

    def save_meter(self, reference: str, holder: str, nickname: str, address: Address = AWA) -> None:
        """A Woyofal meter is among those that somebody saved."""

        def script() -> Script[None]:
            saved = {"service": "woyofal", "reference": reference, "holder": holder, "nickname": nickname}
            customer = yield from make_known(address, self.language, self.now)
            yield "meter_save", {**saved, "customer": customer, "now": self.now}

        self.store.run(script)

    def join(self, address: Address, into: Address = AWA) -> None:
        """An address belongs to the account of another from now on."""
        self.meet(address)
        self.store.connection.execute(
            "UPDATE session SET customer = ? WHERE address = ?", (self.customer(into), str(address))
        )

    def forget(self, table: str) -> None:
        """All rows of a table are gone."""
        self.store.connection.execute(f"DELETE FROM {table}")

    def books(self) -> list[str]:
        """Everything that is written down but for the conversation itself, to compare with another moment's."""
        tables = [row[0] for row in self.store.rows("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        return [
            f"{table}: {tuple(row)}"
            for table in tables
            if table not in _TALK
            for row in self.store.rows(f"SELECT * FROM {table}")
        ]

    def link_code(self) -> str:
        """The code that was made last for joining two chats."""
        return str(self.store.one("SELECT code FROM link ORDER BY id DESC LIMIT 1"))
