"""Answers to the looks of everybody's dialogue, each from one or a few statements. Pure."""

from typing import Any

from bot.dialogue import looks
from bot.domain.ledger import customer_account
from bot.domain.order import Order
from bot.remembering import link, undo
from bot.remembering.installation import Installation
from bot.remembering.rows import balance_of, credit_limit_of, order_of
from bot.store import Script

# The letters of an order's id run from 0 to Z; this one sorts behind them all.
_AFTER_EVERY_ID = "~"


def answer(look: looks.Look, customer: str, installation: Installation, person: str = "") -> Script[Any]:
    """Answer one look of the customer's dialogue; `speaker` is the address that he speaks from."""
    match look:
        case looks.LookBalance(address=None):
            return (yield from money_of(look.customer or customer, installation))
        case looks.LookBalance(address=address):
            owner = yield from link.customer_of(str(address))
            return (yield from money_of(owner, installation))
        case looks.LookMovements(count=count):
            rows = yield "account_movements", {"account": customer_account(customer), "count": count}
            return tuple(
                looks.Movement(
                    _movement(row["transfer"], row["order_id"], row["amount_xof"]),
                    row["amount_xof"],
                    row["at"],
                    row["order_id"],
                    row["note"],
                )
                for row in rows
            )
        case looks.LookMeters(service=service):
            rows = yield "meters_of", {"customer": customer, "service": service}
            return tuple(
                looks.SavedMeter(row["id"], row["service"], row["reference"], row["holder"], row["nickname"])
                for row in rows
            )
        case looks.LookRecent(service=service, count=count):
            rows = yield "meters_recent", {"customer": customer, "service": service, "count": count}
            return tuple(looks.RecentMeter(row["service"], row["reference"], row["holder"]) for row in rows)
        case looks.LookOrders(skip=skip, count=count):
            rows = yield "orders_of", {"customer": customer, "skip": skip, "count": count + 1}
            return looks.Page(tuple(order_of(row) for row in rows[:count]), len(rows) > count)
        case looks.LookOpen(count=count):
            rows = yield "orders_open_of", {"customer": customer, "count": count}
            return tuple(order_of(row) for row in rows)
        case looks.LookCodes(count=count):
            own = yield "orders_with_codes_of", {"customer": customer, "count": count}
            given = yield "orders_with_codes_for", {"address": person, "count": count}
            found = sorted((order_of(row) for row in (*own, *given)), key=lambda order: -order.confirmed_at)
            return tuple(found[:count])
        case looks.LookOrder(order_id=order_id, anyone=anyone):
            order = yield from find_order(order_id)
            return order if order is not None and (anyone or order.customer == customer) else None
        case looks.LookTwin():
            rows = yield (
                "order_twin",
                {
                    "customer": customer,
                    "service": look.service,
                    "reference": look.reference,
                    "amount_xof": look.amount_xof,
                    "since": look.since,
                },
            )
            return order_of(rows[0]) if rows else None
        case looks.LookStuck(since=since, count=count):
            rows = yield "orders_stuck", {"since": since, "count": count}
            return tuple(order_of(row) for row in rows)
        case looks.LookTrail(order_id=order_id):
            return (yield from trail_of(order_id))
        case looks.LookAccount(address=address):
            owner = customer if address is None else (yield from link.customer_of(str(address)))
            members = yield from link.members_of(owner)
            balance = yield from money_of(owner, installation)
            size = yield from link.size_of(owner)
            standing = yield "standing", {"address": owner, "customer": owner}
            frozen, reseller = standing[0]["frozen_at"] is not None, standing[0]["shop_name"] is not None
            return looks.Account(owner, members, balance, *size, frozen, reseller)
        case looks.LookLink(code=code):
            return (yield from link.link_of(code, person))
        case looks.LookUndo(now=now):
            return (yield from undo.undo_of(person, now))
        case looks.LookMembersOf(addresses=addresses):
            return (yield from link.members_at(addresses))
        case looks.LookTries(since=since, now=now):
            return (yield from link.tries_of(person, since, now))
        case _:
            raise TypeError(f"nothing answers {type(look).__name__}")


def _movement(transfer: str, order_id: str | None, amount_xof: int) -> str:
    if order_id is not None:
        return transfer.rpartition(":")[2]
    if transfer.startswith(("join:", "case:")):
        return "join"
    if transfer.startswith("undo:"):
        return "undo"
    return "credit" if amount_xof > 0 else "debit"


def money_of(customer: str, installation: Installation) -> Script[looks.Balance]:
    """What a customer has, what is held for his open orders, and his credit limit."""
    available_xof = yield from balance_of(customer)
    rows = yield "held_of", {"customer": customer}
    limit_xof = yield from credit_limit_of(customer, installation.default_credit_limit_xof)
    return looks.Balance(available_xof, int(rows[0]["held_xof"]), limit_xof)


def find_order(order_id: str) -> Script[Order | None]:
    """One order by its id or by a beginning of it that no other order shares."""
    if not order_id:
        return None
    rows = yield "order_find", {"first": order_id, "last": order_id + _AFTER_EVERY_ID}
    exact = [row for row in rows if row["id"] == order_id] or (rows if len(rows) == 1 else [])
    return order_of(exact[0]) if exact else None


def trail_of(order_id: str) -> Script[looks.Trail | None]:
    """Everything about one order, for an admin."""
    order = yield from find_order(order_id)
    if order is None:
        return None
    lines = yield "journal_of", {"order_id": order.id}
    entries = yield "entries_of_order", {"order_id": order.id}
    return looks.Trail(
        order,
        tuple(looks.TrailLine(row["at"], row["what"], row["state"], row["detail"]) for row in lines),
        tuple((row["account"], row["amount_xof"]) for row in entries),
    )
