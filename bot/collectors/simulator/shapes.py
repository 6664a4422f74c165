"""How the simulated collectors put things: each in the form that its pages or its SDK show. Pure."""

from typing import Any

import msgspec

from bot.collectors.simulator.moods import Hook
from bot.collectors.simulator.sessions import Paid, PaidOut, Session
from bot.collectors.wire.reading import iso_time
from bot.collectors.wire.signature import sign

_DEXPAY_WORDS = {"SUCCESS": "COMPLETED"}


def fee_of(payment: Paid) -> int:
    """What the provider keeps of a payment: 1 %."""
    return -(-payment.amount_xof // 100)


def created(session: Session, now: int, root: str) -> dict[str, Any]:
    """The answer to a create."""
    if session.kind == "session":
        return {"success": True, "data": _open_session(session, now, root)}
    url = f"{root}{session.page_path}"
    if session.kind == "link":
        return {
            "success": True,
            "transactionId": session.id,
            "PaymentUrl": url,
            "externalTransactionId": session.external_id,
            "Status": "PENDING",
        }
    transaction = {
        "success": True,
        "transactionId": session.id,
        "externalTransactionId": session.external_id,
        "transactionType": "CASHOUT",
        "amount": session.amount_xof,
        "transactionFee": session.fee_xof,
        "number": session.number,
        "cashout_url": url,
    }
    return {"message": "Transaction initiated", "transaction": transaction}


def link(session: Session, now: int) -> dict[str, Any]:
    """The look-up of a link, which is documented nowhere."""
    shown = session.shown(now)
    payments = [
        {
            "transactionId": payment.id,
            "amount": payment.amount_xof,
            "transactionFee": fee_of(payment),
            "phone": f"+221{payment.number}",
            "status": "SUCCESS",
        }
        for payment in shown
    ]
    return {
        "transaction": {
            "transactionId": session.id,
            "externalTransactionId": session.external_id,
            "ItemPrice": session.amount_xof,
            "Status": "SUCCESS" if shown else session.status(now),
            "payments": payments,
        }
    }


def push(session: Session, now: int) -> dict[str, Any]:
    """The look-up of a push: one transaction."""
    shown = session.shown(now)[:1]
    return {
        "message": "ok",
        "transaction": {
            "ServiceCode": "WAVE_SN_CASHOUT",
            "Type": "CASHOUT",
            "Amount": shown[0].amount_xof if shown else session.amount_xof,
            "transactionFee": fee_of(shown[0]) if shown else session.fee_xof,
            "Number": shown[0].number if shown else session.number,
            "Status": "SUCCESS" if shown else session.status(now),
            "Initiated_at": iso_time(session.created_at),
            "Completed_at": iso_time(shown[0].at) if shown else None,
        },
    }


def session(session: Session, now: int, root: str) -> dict[str, Any]:
    """The look-up of a DEXPAY session."""
    attempts = [
        {
            "id": payment.id,
            "status": "COMPLETED",
            "amount": payment.amount_xof,
            "fee_amount": fee_of(payment),
            "customer": {"phone": f"+221{payment.number}"},
            "completed_at": iso_time(payment.at),
        }
        for payment in session.shown(now)
    ]
    return {"success": True, "data": _open_session(session, now, root) | {"attempts": attempts}}


def _open_session(session: Session, now: int, root: str) -> dict[str, Any]:
    paid = session.shown(now) and session.status(now) != "EXPIRED"
    return {
        "id": session.id,
        "reference": session.external_id,
        "amount": session.amount_xof,
        "currency": "XOF",
        "status": "COMPLETED" if paid else session.status(now),
        "payment_url": f"{root}{session.page_path}",
        "isSandbox": True,
    }


def transaction_out(paid_out: PaidOut, now: int) -> dict[str, Any]:
    """A pay-back by DEXCHANGE."""
    return {
        "transaction": {
            "success": paid_out.status(now) != "FAILED",
            "transactionId": paid_out.id,
            "externalTransactionId": paid_out.external_id,
            "transactionType": "CASHIN",
            "amount": paid_out.amount_xof,
            "transactionFee": paid_out.fee_xof,
            "number": paid_out.number,
            "Status": paid_out.status(now),
        }
    }


def payout(paid_out: PaidOut, now: int) -> dict[str, Any]:
    """A pay-back by DEXPAY."""
    status = paid_out.status(now)
    return {
        "success": True,
        "data": {
            "id": paid_out.id,
            "reference": f"PO_{paid_out.id}",
            "amount": paid_out.amount_xof,
            "fees": paid_out.fee_xof,
            "status": _DEXPAY_WORDS.get(status, status),
            "metadata": {"id": paid_out.external_id},
        },
    }


def webhook(session: Session, hook: Hook, now: int, secret: str) -> tuple[bytes, tuple[tuple[str, str], ...]]:
    """A webhook's body and headers."""
    if session.kind != "session":
        told: dict[str, Any] = {
            "id": session.id,
            "externalTransactionId": session.external_id,
            "transactionType": "CASHOUT",
            "AMOUNT": session.amount_xof,
            "FEE": session.fee_xof,
            "PHONE_NUMBER": session.number,
            "STATUS": hook.status,
            "CUSTOM_DATA": session.custom_data,
        }
        return msgspec.json.encode(told), ()
    status = _DEXPAY_WORDS.get(hook.status, hook.status)
    told = {
        "event": f"CHECKOUT_{status}",
        "reference": session.external_id,
        "checkout_session_id": session.id,
        "status": status,
        "amount": session.amount_xof,
        "currency": "XOF",
    }
    body = msgspec.json.encode(told)
    return body, (("X-Webhook-Signature", sign(body, "forged" if hook.forged else secret)),)
