"""The simulated collectors: DEXCHANGE's links and pushes, and DEXPAY, on the billing simulator's money.

No I/O and no clock; `now` is an argument. One object answers both APIs, because the provider's is one: its look-up of a
transaction serves payments and collections alike, and what is collected fills the float that payments are made from.
"""

import re
from collections import Counter
from typing import Any
from urllib.parse import unquote

import msgspec

from bot.collectors.simulator import page, shapes
from bot.collectors.simulator.moods import Hook, mood_of
from bot.collectors.simulator.sessions import Kind, PaidOut, Session
from bot.domain.collecting import payer_number
from bot.gateway.simulator import Simulator
from bot.gateway.simulator.answers import Answer, Webhook, coded_error, json_answer, listed_error, turned_away
from bot.gateway.simulator.people import number_of

# It signs DEXPAY's webhooks.
WEBHOOK_SECRET = "simulator"  # noqa: S105 - it guards nothing but play money


class CollectingSimulator(Simulator):
    """The billing simulator, and those who collect (see `moods`).

    `root` is where a payer's browser finds the simulator. With `by_hand` a link waits for whoever opens its page, or
    for `decide`; otherwise it is paid as its mood says, unless they were sooner. `page_key` makes the addresses of the
    pages unguessable: whoever serves them gives a fresh one.
    """

    def __init__(
        self,
        *,
        root: str = "http://127.0.0.1:8090",
        by_hand: bool = False,
        page_key: bytes = b"nothing that is kept",
        **billing: Any,  # what Simulator takes
    ) -> None:
        super().__init__(**billing)
        self.root = root
        self.by_hand = by_hand
        self.mood_of = mood_of
        self._page_key = page_key
        self._sessions: dict[str, Session] = {}
        self._session_by_id: dict[str, Session] = {}
        self._paid_out: dict[str, PaidOut] = {}
        self._asked: Counter[str] = Counter()

    def handle(self, method: str, path: str, body: bytes, now: int, authorization: str = "") -> Answer:
        """Answer one request of either API, or of a payer's browser."""
        self._fill_float(now)
        if path.startswith("/pay/"):
            return self._page(method, unquote(path.partition("?")[0]), body, now)
        route = re.sub(r"^.*?/v\d+(?=/)", "", path)
        answer = self._route(method, route, body)
        if answer is None:
            return super().handle(method, path, body, now, authorization)
        # DEXPAY has its credentials in other headers; whoever plays with it has none to guard.
        bearer = authorization or ("" if self._api_key is None else f"Bearer {self._api_key}")
        if (closed := self._closed(now, bearer)) is not None:
            self.calls["turned_away"] += 1
            return closed
        name, handler, argument = answer
        self.calls[name] += 1
        made: Answer = handler(argument, now)
        return made

    def decide(self, external_id: str, choice: str, now: int) -> tuple[Webhook, ...]:
        """What a payer chooses on the page of a collection: `pay`, `refuse` or `cancel`; the webhooks that follow."""
        session = self._sessions[external_id]
        session.decided.append((now, choice))
        return (self._hooked(session, Hook(0, page.CHOICES.get(choice, "CANCELLED")), now),)

    def session(self, external_id: str) -> Session | None:
        """A collection, by our id."""
        return self._sessions.get(external_id)

    def audit(self, now: int) -> dict[str, Any]:
        """As the billing simulator's, with what was collected and what went back."""
        self._fill_float(now)
        collections = {
            each.external_id: {
                "amount_xof": each.amount_xof,
                "status": each.status(now),
                "paid": [payment.amount_xof for payment in each.payments(now)],
            }
            for each in self._sessions.values()
        }
        paid_out = {
            each.external_id: {"amount_xof": each.amount_xof, "number": each.number, "status": each.status(now)}
            for each in self._paid_out.values()
        }
        return super().audit(now) | {"collections": collections, "paybacks": paid_out, "asked": dict(self._asked)}

    def _route(self, method: str, route: str, body: bytes) -> tuple[str, Any, Any] | None:
        """The call's name, who answers it, and with what; None for what the billing simulator answers."""
        try:
            asked = msgspec.json.decode(body, type=dict[str, Any]) if body else {}
        except msgspec.DecodeError:
            asked = {}
        head, _, last = route.rpartition("/")
        last = unquote(last)
        if method == "POST":
            posts: dict[str, tuple[str, Any]] = {
                "/transaction/merchant/get-link": ("collect", self._create_link),
                "/transaction/init": ("init", self._init),
                "/transaction/confirm/wizall": ("confirm_code", self._confirm),
                "/checkout-sessions": ("collect", self._create_session),
                "/payouts": ("pay_back", self._pay_out),
            }
            if route in posts:
                return (*posts[route], asked)
            if last == "transaction-attempt":
                return "attempt", self._attempt, unquote(head.rpartition("/")[2])
            return None
        if head == "/transaction/merchant":
            return "look_up_collection", self._look_up_link, last
        if head == "/transaction" and (last in self._session_by_id or last in self._paid_out_ids):
            return "look_up_collection", self._look_up_transaction, last
        if head == "/checkout-sessions/reference":
            return "look_up_collection", self._look_up_session, last
        if head == "/checkout-sessions" and method == "DELETE":
            return "expire", self._expire, last
        return ("look_up_pay_back", self._look_up_payout, last) if head == "/payouts" else None

    @property
    def _paid_out_ids(self) -> dict[str, PaidOut]:
        return {each.id: each for each in self._paid_out.values()}

    # Creating.

    def _create_link(self, asked: dict[str, Any], now: int) -> Answer:
        amount_xof, number = asked.get("ItemPrice"), str(asked.get("ClientPhone") or "")
        if not isinstance(amount_xof, int) or amount_xof < 100:
            return listed_error(400, "ItemPrice must not be less than 100")
        return self._create("link", asked, str(asked.get("externalTransactionId")), amount_xof, number, now)

    def _init(self, asked: dict[str, Any], now: int) -> Answer:
        amount_xof, number = asked.get("amount"), str(asked.get("number") or "")
        if not isinstance(amount_xof, int) or not 200 <= amount_xof <= 1_000_000:
            return listed_error(400, "amount must not be less than 200")
        if payer_number(number) != number:
            return listed_error(422, "number must have 9 digits")
        external_id = str(asked.get("externalTransactionId"))
        if str(asked.get("serviceCode")).endswith("_CASHIN"):
            return self._pay_back(external_id, amount_xof, number, now, shapes.transaction_out)
        return self._create("push", asked, external_id, amount_xof, number, now)

    def _create_session(self, asked: dict[str, Any], now: int) -> Answer:
        amount_xof = asked.get("amount")
        if not isinstance(amount_xof, int) or amount_xof <= 0:
            return json_answer(400, {"message": "amount must be positive", "error": "Bad Request"})
        return self._create("session", asked, str(asked.get("reference")), amount_xof, "", now)

    def _create(
        self, kind: Kind, asked: dict[str, Any], external_id: str, amount_xof: int, number: str, now: int
    ) -> Answer:
        mood = self.mood_of(amount_xof, number or None)
        attempt = self._asked[external_id]
        self._asked[external_id] += 1
        if external_id in self._sessions:
            return turned_away("409")
        if attempt < len(mood.turned_away):
            how = mood.turned_away[attempt]
            return listed_error(403, "Your IP is not authorized") if how == "403" else turned_away(how)
        session = Session(
            id=f"{'MID' if kind == 'link' else 'TXC'}{number_of(f'collection {external_id}') % 10**12:012d}",
            external_id=external_id,
            kind=kind,
            amount_xof=amount_xof,
            number=number,
            callback_url=asked.get("callBackURL") or asked.get("webhook_url"),
            custom_data=str(asked.get("customData") or ""),
            created_at=now,
            mood=mood,
            pace=self.pace,
            # A payer of Wizall has paid when their code has been handed on.
            by_hand=(self.by_hand and kind != "push") or str(asked.get("serviceCode")).startswith("WIZALL"),
            about=str(asked.get("item_name") or asked.get("ItemName") or ""),
            page_path=page.path_of(external_id, self._page_key),
            landing_urls=page.landing_urls(asked),
        )
        self._sessions[external_id] = self._session_by_id[session.id] = session
        hooks = tuple(self._hooked(session, hook, now) for hook in session.hooks())
        if mood.answer == "409":
            return msgspec.structs.replace(turned_away("409"), webhooks=hooks)
        answer = json_answer(201, shapes.created(session, now, self.root))
        return msgspec.structs.replace(answer, webhooks=hooks, lost=mood.answer == "lost")

    def _attempt(self, external_id: str, now: int) -> Answer:
        session = self._sessions.get(external_id)
        if session is None:
            return json_answer(404, {"message": "Not found"})
        return json_answer(201, {"success": True, "data": {"id": f"{session.id}-a", "status": "PENDING"}})

    def _confirm(self, asked: dict[str, Any], now: int) -> Answer:
        session = self._session_by_id.get(str(asked.get("transactionId")))
        if session is None or asked.get("otp") != "123456":
            return listed_error(400, "OTP invalide")
        answer = json_answer(200, {"success": True, "message": "ok"})
        return msgspec.structs.replace(answer, webhooks=self.decide(session.external_id, "pay", now))

    # Looking up.

    def _look_up_link(self, provider_id: str, now: int) -> Answer:
        session = self._session_by_id.get(provider_id)
        if session is None or session.kind != "link":
            return listed_error(404, "No transaction found")
        return json_answer(200, shapes.link(session, now))

    def _look_up_transaction(self, provider_id: str, now: int) -> Answer:
        paid_out = self._paid_out_ids.get(provider_id)
        if paid_out is not None:
            return json_answer(200, shapes.transaction_out(paid_out, now))
        return json_answer(200, shapes.push(self._session_by_id[provider_id], now))

    def _look_up_session(self, external_id: str, now: int) -> Answer:
        session = self._sessions.get(external_id)
        if session is None:
            return json_answer(404, {"message": "Not found", "error": "Not Found"})
        return json_answer(200, shapes.session(session, now, self.root))

    def _expire(self, named: str, now: int) -> Answer:
        session = self._session_by_id.get(named) or self._sessions.get(named)
        if session is None:
            return json_answer(404, {"message": "Not found"})
        if session.payments(now):
            return json_answer(409, {"message": "Session already completed", "error": "Conflict"})
        session.ended_at = now
        return json_answer(200, {"success": True})

    # Paying back.

    def _pay_out(self, asked: dict[str, Any], now: int) -> Answer:
        number = payer_number(str(asked.get("destination_phone"))) or ""
        return self._pay_back(str(asked.get("reference")), int(asked["amount"]), number, now, shapes.payout)

    def _pay_back(self, external_id: str, amount_xof: int, number: str, now: int, shape: Any) -> Answer:
        mood = self.mood_of(amount_xof, number)
        attempt = self._asked[external_id]
        self._asked[external_id] += 1
        if external_id in self._paid_out:
            return turned_away("409")
        if attempt < len(mood.back_turned_away) or (mood.back_for_ever and mood.back_turned_away):
            match mood.back_turned_away[min(attempt, len(mood.back_turned_away) - 1)]:
                case "float":
                    return coded_error(400, "Solde insuffisant", "INSUFFICIENT_FUNDS")
                case "number":
                    return coded_error(400, "number is invalid", "INVALID_PHONE")
                case "lost":
                    return turned_away("lost")
        paid_out = PaidOut(
            f"TXO{number_of(f'payback {external_id}') % 10**12:012d}",
            external_id,
            amount_xof,
            number,
            now,
            mood,
            self.pace,
        )
        if mood.back_steps[-1][1] != "FAILED":
            if amount_xof + paid_out.fee_xof > self.float_xof:
                return coded_error(400, "Solde insuffisant", "INSUFFICIENT_FUNDS")
            self.float_xof -= amount_xof + paid_out.fee_xof
        self._paid_out[external_id] = paid_out
        if mood.back_answer == "503":
            return listed_error(503, "Service Unavailable")
        answer = json_answer(201, shape(paid_out, now))
        return msgspec.structs.replace(answer, lost=mood.back_answer == "lost")

    def _look_up_payout(self, named: str, now: int) -> Answer:
        paid_out = self._paid_out_ids.get(named) or self._paid_out.get(named)
        if paid_out is None:
            return json_answer(404, {"message": "Not found", "error": "Not Found"})
        return json_answer(200, shapes.payout(paid_out, now))

    # What happens by itself.

    def _fill_float(self, now: int) -> None:
        """What payers have paid is ours at the provider, less its fee."""
        for session in self._sessions.values():
            made = session.payments(now)
            for payment in made[session.credited :]:
                self.float_xof += payment.amount_xof - shapes.fee_of(payment)
            session.credited = len(made)

    def _hooked(self, session: Session, hook: Hook, now: int) -> Webhook:
        body, headers = shapes.webhook(session, hook, now, WEBHOOK_SECRET)
        return Webhook(hook.after_seconds * self.pace, session.callback_url, session.external_id, body, headers)

    def _page(self, method: str, path: str, body: bytes, now: int) -> Answer:
        """What a payer's browser sees, and what it sends."""
        session = self._sessions.get(page.external_id_of(path))
        answer, choice = page.visit(session, method, path, body, now)
        if session is None or choice is None:
            return answer
        return msgspec.structs.replace(answer, webhooks=self.decide(session.external_id, choice, now))
