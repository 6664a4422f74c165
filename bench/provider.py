"""The lean provider: takes every payment as PROCESSING, brings the code by webhook, and knows it when it is asked."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Sequence

import msgspec
from msgspec import Struct

from bench.collector import Collector
from bench.http import poster_to
from bot.domain.catalog import WOYOFAL

# Long enough for the answer to the pay call to be read first when nobody is in a hurry, as with a real provider.
WEBHOOK_AFTER_SECONDS = 0.02
WEBHOOK_CONNECTIONS = 32
LONGEST_PAUSE_SECONDS = 2.0


class Payment(Struct):
    """An accepted payment. `posted_at` is when its webhook was first sent (seconds of the monotonic clock); 0 when it
    was not; one that is `lost` never will be.
    """

    id: str
    external_id: str
    reference: str
    amount_xof: int
    token: str
    url: str
    done: bool = False
    lost: bool = False
    posted_at: float = 0.0


class _Inquiry(Struct):
    reference_client: str


class _Pay(Struct, rename={"external_id": "externalTransactionId", "url": "callBackURL"}):
    reference_client: str
    external_id: str
    url: str
    # A replay of a bill names none.
    amount: int = 0


_read_inquiry = msgspec.json.Decoder(_Inquiry).decode
_read_pay = msgspec.json.Decoder(_Pay).decode
_encode = msgspec.json.Encoder().encode
_MOMENT = "2026-11-24T10:00:00.000Z"


class Provider:
    """Answers `/api/v1/…`. At most one payment is accepted for one external id. A share of the webhooks may be lost."""

    def __init__(self, bot_port: int | Sequence[int], lost_share: float = 0.0) -> None:
        self.payments: dict[str, Payment] = {}
        self.by_reference: dict[str, Payment] = {}
        self.paid: Counter[str] = Counter()
        self.calls: Counter[str] = Counter()
        self.webhooks_repeated = 0
        self.webhooks_lost = 0
        self._lost_share = lost_share
        self._chance = random.Random(1)  # The same are lost in each run.
        self._by_id: dict[str, Payment] = {}
        self._poster = poster_to(bot_port, WEBHOOK_CONNECTIONS)
        self.collector = Collector(bot_port, lost_share)

    def answer(self, path: str, body: bytes) -> tuple[int, bytes]:
        """The answer to one request."""
        call = path.removeprefix("/api/v1/")
        if call.startswith("checkout-sessions"):
            self.calls["collect" if call == "checkout-sessions" else "look_up_collection"] += 1
            return self.collector.answer(call, body)
        self.calls[call.partition("/")[2] if call.startswith("billing/") else "look_up"] += 1
        if call == "billing/inquiry":
            return 200, self._inquiry(_read_inquiry(body).reference_client)
        if call == "billing/pay":
            return self._pay(_read_pay(body))
        return self._look_up(call.removeprefix("transaction/"))

    def _inquiry(self, reference: str) -> bytes:
        bill = {
            "paymentTransactionNumber": None,
            "referenceClient": f"000{reference}",
            "referenceFacture": "SESSION-1",
            "nom": "Ndiaye",
            "prenom": "Awa",
            "montant": 0,
            "frais": 0,
            "total": 0,
            "dateEcheance": None,
            "paid": False,
            "address": "12 rue de Thiong, Dakar",
            "meterStatus": "ACTIVE",
        }
        return _encode({"success": True, "referenceClient": reference, "bills": [bill]})

    def _pay(self, asked: _Pay) -> tuple[int, bytes]:
        if asked.external_id in self.payments:
            # What it says is documented nowhere. This one names the payment: of one whose call was cut by a kill, whose
            # webhook is lost and whose 409 names nothing, only a person can say what became.
            known = {"transactionId": self.payments[asked.external_id].id}
            return 409, _encode({"success": False, "message": "already used", "transaction": known})
        number = len(self.payments) + 1
        payment = Payment(
            f"TXB{number:012d}",
            asked.external_id,
            asked.reference_client,
            asked.amount,
            f"{10**19 + number * 7_919_000_001 % 10**19:020d}",
            asked.url,
        )
        self.payments[payment.external_id] = self._by_id[payment.id] = self.by_reference[payment.reference] = payment
        self.paid[payment.reference] += 1
        asyncio.get_running_loop().call_later(WEBHOOK_AFTER_SECONDS, self._finish, payment)
        transaction = {
            "success": True,
            "transactionId": payment.id,
            "externalTransactionId": payment.external_id,
            "transactionType": "BILL",
            "amount": payment.amount_xof,
            "transactionFee": WOYOFAL.provider_fee.fee_xof(payment.amount_xof),
            "number": payment.reference,
            "referenceFacture": "SESSION-1",
            "token": None,
            "Status": "PROCESSING",
            "previousBalance": 500_000,
            "currentBalance": 497_980,
            "message": "Transaction enregistrée",
        }
        return 200, _encode({"message": "Paiement de facture", "transaction": transaction})

    def _look_up(self, transaction_id: str) -> tuple[int, bytes]:
        payment = self._by_id.get(transaction_id)
        if payment is None:
            return 404, b'{"message":["No transaction found"],"success":false}'
        transaction = {
            "ServiceName": "Woyofal",
            "ServiceCode": WOYOFAL.code,
            "OperatorApi": "BENCH",
            "Type": "BILL",
            "Amount": payment.amount_xof,
            "Number": payment.reference,
            "Status": "SUCCESS" if payment.done else "PROCESSING",
            "Initiated_at": _MOMENT,
            "Completed_at": _MOMENT if payment.done else None,
        }
        if payment.lost:  # The webhook that names the code never comes.
            transaction["token"] = payment.token
        return 200, _encode({"message": "Transaction trouvée", "transaction": transaction})

    def _finish(self, payment: Payment) -> None:
        """The operator has made the code: tell the bot until it says that it knows."""
        payment.done = True
        if self._chance.random() < self._lost_share:
            payment.lost = True
            self.webhooks_lost += 1
            return
        webhook = {
            "id": payment.id,
            "externalTransactionId": payment.external_id,
            "transactionType": "BILL",
            "AMOUNT": payment.amount_xof,
            "FEE": WOYOFAL.provider_fee.fee_xof(payment.amount_xof),
            "PHONE_NUMBER": payment.reference,
            "STATUS": "SUCCESS",
            "CUSTOM_DATA": payment.external_id,
            "COMPLETED_AT": _MOMENT,
            "BALANCE": 497_980,
            "PREVIOUS_BALANCE": 500_000,
            "CURRENT_BALANCE": 497_980,
            "token": payment.token,
        }
        path = "/" + payment.url.split("/", 3)[3]
        request = self._poster.request(path, _encode(webhook), {})
        payment.posted_at = time.monotonic()
        self._bring(request, 0.2)

    def _bring(self, request: bytes, pause_seconds: float) -> None:
        def done(status: int) -> None:
            if not 200 <= status < 300:
                self.webhooks_repeated += 1
                asyncio.get_running_loop().call_later(
                    pause_seconds, self._bring, request, min(pause_seconds * 2, LONGEST_PAUSE_SECONDS)
                )

        self._poster.post(request, done)
