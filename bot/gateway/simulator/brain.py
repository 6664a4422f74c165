"""The simulated provider itself: requests in, answers and webhooks out. No I/O and no clock; `now` is an argument.

It keeps what the real one keeps: payments by the caller's id (a second use is a 409), bills that were paid, and the
operator's float. And it keeps an *audit*, which the real one would never show: what arrived and what was accepted for
each id. A test that asks "was it paid twice?" asks the audit, not the bot.
"""

import re
from collections import Counter, deque
from typing import Any, Literal, TypeAlias
from urllib.parse import unquote

import msgspec

from bot.domain.catalog import Catalog, Service
from bot.gateway.simulator.answers import (
    Answer,
    Payment,
    Webhook,
    coded_error,
    iso_time,
    json_answer,
    listed_error,
    turned_away,
)
from bot.gateway.simulator.moods import MOODS, Mood, WebhookPlan, mood_of
from bot.gateway.simulator.people import bills_of, codes_of, meter_of, number_of

Outage: TypeAlias = Literal["maintenance", "busy", "error", "silent"]

_SERVICES = {service.code: service for service in Catalog()}


class Simulator:
    """A provider with moods (see `moods`), in memory.

    `pace` multiplies every pause: 0.01 makes a test quick and keeps the order of things. `float_xof` is the operator's
    money; `api_key`, when given, must be presented; `rate_per_minute`, when given, is kept with 429 in any 60 seconds.
    Only numbers of a service's usual length exist (see `catalog`), every other one is an unknown meter, as it would be
    to the real provider; with `any_length` each number of 4 to 20 digits is somebody's.
    `outage` may be set at any time: everything is then answered with 403, 429 or 503, or not at all.
    """

    def __init__(
        self,
        *,
        pace: float = 1.0,
        float_xof: int = 100_000_000,
        api_key: str | None = None,
        rate_per_minute: int | None = None,
        any_length: bool = False,
    ) -> None:
        self.pace = pace
        self._any_length = any_length
        self.float_xof = float_xof
        self.outage: Outage | None = None
        self.calls: Counter[str] = Counter()
        self.received: Counter[str] = Counter()
        self.accepted: Counter[str] = Counter()
        self.webhooks_sent: Counter[str] = Counter()
        self._api_key = api_key
        self._rate_per_minute = rate_per_minute
        self._recent: deque[int] = deque()
        self._by_external_id: dict[str, Payment] = {}
        self._by_id: dict[str, Payment] = {}
        self._paid_bills: set[tuple[str, str, str]] = set()

    def handle(self, method: str, path: str, body: bytes, now: int, authorization: str = "") -> Answer:
        """Answer one request; `path` may begin with any root that ends in a version (`/api/v1`)."""
        route = re.sub(r"^.*?/v\d+(?=/)", "", path)
        if (closed := self._closed(now, authorization)) is not None:
            self.calls["turned_away"] += 1
            return closed
        if method == "GET" and route.startswith("/transaction/"):
            self.calls["look_up"] += 1
            return self._look_up(unquote(route.removeprefix("/transaction/")), now)
        if method == "GET" and route == "/api-services/balance":
            self.calls["balance"] += 1
            balance = {"success": True, "balance": self.float_xof, "currency": "XOF", "lastUpdate": iso_time(now)}
            return json_answer(200, {"balance": balance})
        if method == "POST" and route in ("/billing/inquiry", "/billing/pay"):
            try:
                asked = msgspec.json.decode(body, type=dict[str, Any])
            except msgspec.DecodeError:
                return listed_error(400, "Unexpected token in JSON")
            self.calls[route.removeprefix("/billing/")] += 1
            return self._inquiry(asked) if route == "/billing/inquiry" else self._pay(asked, now)
        return json_answer(404, {"statusCode": 404, "message": f"Cannot {method} {path}", "error": "Not Found"})

    def audit(self, now: int) -> dict[str, Any]:
        """What arrived, what was accepted and what became of it; also recharge codes, for it is a test's book."""
        return {
            "calls": dict(self.calls),
            "float_xof": self.float_xof,
            "received": dict(self.received),
            "accepted": dict(self.accepted),
            "webhooks_sent": dict(self.webhooks_sent),
            "payments": {
                external_id: {
                    "transaction_id": payment.id,
                    "status": self._status(payment, now),
                    "reference": payment.reference,
                    "amount_xof": payment.amount_xof,
                    "fee_xof": payment.fee_xof,
                    "codes": payment.codes,
                }
                for external_id, payment in self._by_external_id.items()
            },
        }

    def _closed(self, now: int, authorization: str) -> Answer | None:
        """What everybody gets while the provider is closed, the key is wrong or the minute is full."""
        if self.outage == "maintenance":
            return turned_away("403")
        if self.outage == "busy":
            return turned_away("429")
        if self.outage == "error":
            return listed_error(503, "Service Unavailable")
        if self.outage == "silent":
            return turned_away("lost")
        if self._api_key is not None and authorization != f"Bearer {self._api_key}":
            return turned_away("401")
        if self._rate_per_minute is not None:
            while self._recent and self._recent[0] <= now - 60_000:
                self._recent.popleft()
            if len(self._recent) >= self._rate_per_minute:
                return turned_away("429")
            self._recent.append(now)
        return None

    def _inquiry(self, asked: dict[str, Any]) -> Answer:
        service = _SERVICES.get(str(asked.get("serviceCode")))
        reference = str(asked.get("reference_client", ""))
        if service is None:
            return listed_error(400, "serviceCode must be a valid enum value")
        mood = self._mood(service, reference)
        if mood.inquiry == "unavailable":
            return coded_error(503, "Service momentanément indisponible", "SERVICE_UNAVAILABLE")
        if mood.inquiry == "unknown":
            return listed_error(404, "Référence client introuvable")
        bills = meter_of(reference) if service.prepaid else self._bills(service.code, reference, mood)
        return json_answer(200, {"success": True, "referenceClient": reference, "bills": bills})

    def _mood(self, service: Service, reference: str) -> Mood:
        low, high = (4, 20) if self._any_length else service.usual_digits
        exists = reference.isascii() and reference.isdecimal() and max(low, 4) <= len(reference) <= high
        return mood_of(reference) if exists else MOODS["04"]

    def _bills(self, service_code: str, reference: str, mood: Mood) -> list[dict[str, Any]]:
        bills = bills_of(service_code, reference, mood.bills)
        for bill in bills:
            bill["paid"] |= (service_code, reference, bill["referenceFacture"]) in self._paid_bills
        return bills

    def _pay(self, asked: dict[str, Any], now: int) -> Answer:
        service = _SERVICES.get(str(asked.get("serviceCode")))
        reference = str(asked.get("reference_client", ""))
        external_id = str(asked.get("externalTransactionId") or f"none-{sum(self.received.values())}")
        self.received[external_id] += 1
        if service is None:
            return listed_error(400, "serviceCode must be a valid enum value")
        if external_id in self._by_external_id:
            return turned_away("409")
        mood = self._mood(service, reference)
        attempt = self.received[external_id] - 1
        if attempt < len(mood.turned_away) or mood.for_ever:
            return turned_away(mood.turned_away[min(attempt, len(mood.turned_away) - 1)], mood)
        amount_xof, facture = asked.get("amount"), ""
        if not service.prepaid:
            chosen = asked.get("reference_facture")
            owed = [bill for bill in self._bills(service.code, reference, mood) if not bill["paid"]]
            bill = next((bill for bill in owed if chosen in (None, bill["referenceFacture"])), None)
            if bill is None:
                return listed_error(400, "Cette facture est déjà payée")
            amount_xof, facture = bill["montant"], bill["referenceFacture"]
        if not isinstance(amount_xof, int) or isinstance(amount_xof, bool) or amount_xof <= 0:
            return coded_error(400, "amount must be a positive number", "INVALID_AMOUNT")
        fee_xof = -(-amount_xof * mood.fee_basis_points // 10_000)
        # A payment that ends as FAILED is never debited, or refunded unasked: the float does not move for either.
        debit_xof = 0 if mood.steps[-1][1] == "FAILED" else amount_xof + fee_xof
        if debit_xof > self.float_xof:
            return turned_away("400", mood)
        payment = Payment(
            id=f"TXB{number_of(f'payment {external_id}') % 10**12:012d}",
            external_id=external_id,
            service_code=service.code,
            reference=reference,
            reference_facture=facture or meter_of(reference)[0]["referenceFacture"],
            amount_xof=amount_xof,
            fee_xof=fee_xof,
            previous_xof=self.float_xof,
            current_xof=self.float_xof - debit_xof,
            created_at=now,
            custom_data=asked.get("customData"),
            codes=codes_of(external_id, mood.codes) if service.prepaid else [],
            mood=mood,
        )
        self.float_xof = payment.current_xof
        self.accepted[external_id] += 1
        self._by_external_id[external_id] = self._by_id[payment.id] = payment
        if facture and debit_xof:
            self._paid_bills.add((service.code, reference, facture))
        url = asked.get("callBackURL")
        webhooks = tuple(
            Webhook(plan.after_seconds * self.pace, url, external_id, self._webhook(payment, plan, now))
            for plan in mood.webhooks
        )
        return self._answer(payment, now, webhooks)

    def _answer(self, payment: Payment, now: int, webhooks: tuple[Webhook, ...]) -> Answer:
        mood = payment.mood
        after_seconds = mood.answer_after_seconds * self.pace
        status = mood.answered or self._status(payment, now)
        transaction: dict[str, Any] = {
            "success": status != "FAILED",
            "transactionId": payment.id,
            "externalTransactionId": payment.external_id,
            "transactionType": "BILL",
            "amount": payment.amount_xof,
            "transactionFee": payment.fee_xof,
            "number": payment.reference,
            "referenceFacture": payment.reference_facture,
            "token": self._token(payment, now) if status == "SUCCESS" else None,
            "Status": status,
            "previousBalance": payment.previous_xof,
            "currentBalance": payment.current_xof,
            "message": "Transaction échouée" if status == "FAILED" else "Transaction enregistrée",
        }
        if mood.answer == "html":
            return Answer(200, b"<html><body>Bonjour</body></html>", webhooks=webhooks)
        if mood.answer == "500":
            return Answer(500, listed_error(500, "Internal server error").body, webhooks=webhooks)
        if mood.answer == "shouted":
            loud = {
                name.upper(): str(value) if isinstance(value, int) else value for name, value in transaction.items()
            }
            loud["STATUS"] = "COMPLETED"
            return Answer(201, msgspec.json.encode(loud), webhooks=webhooks)
        body = msgspec.json.encode({"message": "Paiement de facture", "transaction": transaction})
        return Answer(200, body, after_seconds, lost=mood.answer == "lost", webhooks=webhooks)

    def _look_up(self, transaction_id: str, now: int) -> Answer:
        payment = self._by_id.get(transaction_id)
        if payment is None:
            return listed_error(404, "No transaction found")
        status = self._status(payment, now)
        transaction = {
            "ServiceName": payment.service_code.split("_")[0].title(),
            "ServiceCode": payment.service_code,
            "OperatorApi": "SIMULATOR",
            "Type": "BILL",
            "Amount": payment.amount_xof,
            "Number": payment.mood.number or payment.reference,
            "Status": status,
            "Initiated_at": iso_time(payment.created_at),
            "Completed_at": iso_time(now) if status in ("SUCCESS", "FAILED") else None,
        }
        if status == "SUCCESS" and (token := self._token(payment, now)) is not None:
            transaction["Token"] = token
        return json_answer(200, {"message": "Transaction trouvée", "transaction": transaction})

    def _status(self, payment: Payment, now: int) -> str:
        """The last step that has been reached."""
        age = now - payment.created_at
        reached = [status for seconds, status in payment.mood.steps if age >= seconds * self.pace * 1000]
        return reached[-1] if reached else payment.mood.steps[0][1]

    def _token(self, payment: Payment, now: int) -> str | None:
        after, age = payment.mood.code_after_seconds, now - payment.created_at
        if after is None or age < after * self.pace * 1000:
            return None
        all_of_them = age >= payment.mood.more_after_seconds * self.pace * 1000
        return " ".join(payment.codes if all_of_them else payment.codes[:1]) or None

    def _webhook(self, payment: Payment, plan: WebhookPlan, now: int) -> bytes:
        """A webhook in the form that the provider's SDK types, with the code where it was seen."""
        codes = codes_of(f"wrong {payment.external_id}", 1) if plan.code == "wrong" else payment.codes
        webhook = {
            "id": payment.id,
            "externalTransactionId": payment.external_id,
            "transactionType": "BILL",
            "AMOUNT": payment.amount_xof,
            "FEE": payment.fee_xof,
            "PHONE_NUMBER": payment.reference,
            "CUSTOM_DATA": payment.custom_data,
            "COMPLETED_AT": iso_time(now + int(plan.after_seconds * self.pace * 1000)),
            "BALANCE": payment.current_xof,
            "PREVIOUS_BALANCE": payment.previous_xof,
            "CURRENT_BALANCE": payment.current_xof,
        }
        if plan.status is not None:
            webhook["STATUS"] = plan.status
        if codes and plan.code != "none":
            webhook["token"] = " ".join(codes)
        return msgspec.json.encode(webhook)
