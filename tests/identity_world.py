"""A town on WhatsApp: webhooks as Meta words them, through the endpoint and the scripts that the program runs."""

import hashlib
import hmac
import json
from itertools import count
from typing import Any

from bot.channels.whatsapp.webhook import WhatsAppEndpoint
from bot.channels.whatsapp.window import Window
from bot.dialogue.tasks import AskReading
from bot.domain.encoding import decoder
from bot.domain.inbound import Inbound, Tap, Text
from bot.domain.outbound import Choice, Outbound, Report
from bot.domain.people import Address
from bot.engine import events, readings
from bot.engine.event_result import EventResult
from bot.engine.events import IncomingEvent
from bot.i18n import NBSP, load
from bot.outbox import messages
from bot.repositories.accounts import customer_of
from bot.repositories.money import balance_of
from bot.shop import ShopSettings
from bot.transactions import addresses
from bot.transactions.installation import Budget, Installation
from bot.transactions.money import fund
from tests.dialogue_world import fresh_id
from tests.sync_store import SyncStore
from tests.world_books import CHANNELS

OURS = "106540352242922"
SECRET = "app secret"
NOON = 1_795_510_800_000
HOUR = 3_600_000
DAY = 24 * HOUR
OWNER, SECOND, OPERATOR = Address("telegram", "1"), Address("telegram", "2"), Address("telegram", "3")
_outbound = decoder(Outbound).decode


def _webhook(field: str = "messages", **value: Any) -> bytes:
    metadata = {"display_phone_number": "221330001122", "phone_number_id": OURS}
    change = {"field": field, "value": {"messaging_product": "whatsapp", "metadata": metadata} | value}
    return json.dumps({"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [change]}]}).encode()


def _there(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def message(
    at: int,
    number: str | None,
    user_id: str | None,
    *,
    username: str | None = None,
    text: str = "bonjour",
    key: str = "",
) -> bytes:
    """Somebody writes; `at` in milliseconds."""
    profile = _there(name="Awa", username=username and f"@{username}")
    contact = _there(wa_id=number, user_id=user_id, profile=profile)
    body = _there(
        id=f"wamid.{key or at}{number or user_id}", timestamp=str(at // 1000), type="text", from_user_id=user_id
    )
    body |= _there(**{"from": number}) | {"text": {"body": text}}
    return _webhook(contacts=[contact], messages=[body])


def changed_number(
    at: int, number: str | None, user_id: str | None, new_number: str | None, new_user_id: str | None
) -> bytes:
    """`user_changed_number`, or `user_changed_user_id` where no new number is told."""
    kind = "user_changed_user_id" if new_number is None else "user_changed_number"
    system = _there(body="changed", type=kind, wa_id=new_number, user_id=new_user_id, previous_user_id=user_id)
    body = _there(id=f"wamid.S{at}{number}{user_id}", timestamp=str(at // 1000), type="system", system=system)
    return _webhook(messages=[body | _there(**{"from": number})])


def user_id_update(at: int, number: str | None, user_id: str, new_user_id: str) -> bytes:
    """The older form of the same."""
    update = _there(wa_id=number, user_id={"previous": user_id, "current": new_user_id}, timestamp=str(at // 1000))
    return _webhook("user_id_update", user_id_update=[update])


def delivered(at: int, number: str | None, user_id: str | None, ref: str = "wamid.ours") -> bytes:
    """A message of ours was received."""
    status = _there(
        id=ref, status="delivered", timestamp=str(at // 1000), recipient_id=number, recipient_user_id=user_id
    )
    return _webhook(statuses=[status])


class City:
    """The endpoint, the store and the clock."""

    def __init__(self, *, admins: tuple[Address, ...] = (OWNER,), store: SyncStore | None = None) -> None:
        self.store = SyncStore() if store is None else store
        self.installation = Installation("one", ShopSettings(load(), channels=CHANNELS), admins, Budget.of(6_000))
        self.now = NOON
        self.numbers = count(1)
        self.endpoint = WhatsAppEndpoint(OURS, app_secret=SECRET, verify_token="token", window=Window())

    def hook(self, body: bytes) -> list[EventResult]:
        """One webhook, signed; everything in it is handled."""
        signature = "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        received = self.endpoint.handle({"x-hub-signature-256": signature}, body)
        assert received is not None
        assert not received.problem
        for report in received.reports:
            self.report(report)
        return [self.hear(inbound) for inbound in received.inbounds]

    def hear(self, inbound: Inbound) -> EventResult:
        fresh = (fresh_id(next(self.numbers)), fresh_id(next(self.numbers)))
        incoming = IncomingEvent(
            inbound.address,
            inbound.event,
            max(self.now, inbound.sent_at or 0),
            fresh,
            inbound.key,
            inbound.language_hint,
            inbound.message_ref,
            inbound.sent_at,
            inbound.known_as,
            given_name=inbound.given_name,
        )
        result = self.store.run(events.handle_event, self.installation, incoming)
        whose = result.address or inbound.address
        for task in result.tasks:
            if isinstance(task, AskReading):
                answered = self.store.run(readings.answer, self.installation, whose, task, incoming.now)
                heard = IncomingEvent(whose, answered, incoming.now, ("", ""))
                self.store.run(events.handle_event, self.installation, heard)
        return result

    def report(self, report: Report) -> None:
        self.store.run(addresses.arrived, self.installation, report, self.now)
        self.store.run(messages.reported, report, self.now)

    def says(self, body: bytes) -> Address:
        """The chat in which one message was heard."""
        (result,) = self.hook(body)
        assert result.address is not None
        return result.address

    def types(self, address: Address, text: str) -> str:
        """Somebody types on a channel that knows everybody by one id; what they then read."""
        key = f"{address.channel}:update:{next(self.numbers)}"
        self.hear(Inbound(key, address, Text(text), sent_at=self.now))
        return self.last(address)

    def taps(self, address: Address, label: str) -> str:
        for shown in reversed(self.screen(address)):
            for button in (button for row in shown.rows for button in row):
                if isinstance(button, Choice) and label in button.label:
                    self.hear(Inbound(f"tap:{next(self.numbers)}", address, Tap(button.data), sent_at=self.now))
                    return self.last(address)
        raise AssertionError(f"no button {label!r}")

    def screen(self, address: Address) -> list[Outbound]:
        rows = self.store.rows("SELECT body FROM outbox WHERE address = ? ORDER BY id", str(address))
        return [_outbound(row["body"]) for row in rows]

    def last(self, address: Address) -> str:
        return self.screen(address)[-1].text.replace(NBSP, " ")

    def claimed(self) -> dict[str, set[str | None]]:
        """Where what waits goes, by chat."""
        self.store.connection.execute("UPDATE outbox SET lease_owner = NULL, lease_until = NULL")
        reaches: dict[str, set[str | None]] = {}
        for posted in self.store.run(
            messages.claim_outbox,
            Installation("two", self.installation.shop, (), self.installation.budget),
            self.now + DAY,
            500,
        ):
            reaches.setdefault(posted.address, set()).add(posted.reach)
        return reaches

    def reach(self, chat: Address) -> str | None:
        reach: str | None = self.store.one("SELECT reach FROM session WHERE address = ?", str(chat))
        return reach

    def customer(self, chat: Address) -> str:
        return self.store.run(customer_of, str(chat))

    def fund(self, chat: Address, amount_xof: int) -> None:
        self.store.run(fund, chat, amount_xof, f"fund:{next(self.numbers)}", "fr", self.now)

    def balance(self, chat: Address) -> int:
        return self.store.run(balance_of, self.customer(chat), 0).available_xof

    def frozen(self, chat: Address) -> bool:
        return bool(self.store.rows("SELECT 1 FROM frozen WHERE customer = ?", self.customer(chat)))

    def cases(self) -> list[tuple[str, str, str, str]]:
        rows = self.store.rows("SELECT chat, other, kind, state FROM identity_case ORDER BY id")
        return [(row["chat"], row["other"], row["kind"], row["state"]) for row in rows]

    def total(self) -> int:
        return int(self.store.one("SELECT coalesce(sum(amount_xof), 0) FROM entry"))
