"""Money: what a customer has, what is held, and the moves of their account. Pure."""

from collections import Counter
from collections.abc import Iterable

from msgspec import Struct

from bot.domain.catalog import ServiceName
from bot.domain.ledger import CUSTOMERS, Transfer, customer_account
from bot.domain.people import Address
from bot.errors import LedgerError, StoreConflict
from bot.store import Ask, Asks, Each, Parameters, Row, Script


class Balance(Struct, frozen=True):
    """A customer's money: what is their own, what is held for open orders, and how far below zero they may go."""

    available_xof: int
    held_xof: int = 0
    credit_limit_xof: int = 0

    @property
    def spendable_xof(self) -> int:
        return self.available_xof + self.credit_limit_xof


class Movement(Struct, frozen=True):
    """One line of a customer's account.

    `kind` is credit, debit, hold, release, spend (a difference came back), reopen, refund, join (another account's
    money), undo (a link), undone (a credit or debit), collected (they paid), fee (of collecting) or payback. `client`
    is whom a reseller sold to, `service` and `reference` what the order is for.
    """

    kind: str
    amount_xof: int
    at: int
    order_id: str | None = None
    note: str = ""
    client: str = ""
    service: ServiceName | None = None
    reference: str = ""


def available_of(customer: str) -> Script[int]:
    """The sum of a customer's entries, in XOF."""
    rows = yield "available_of", {"customer": customer}
    return int(rows[0]["balance_xof"]) if rows else 0


def balance_of(customer: str, default_limit_xof: int) -> Script[Balance]:
    """What a customer has, what is held for their open orders, and their credit limit; nobody yet: nothing."""
    rows = yield "balance_of", {"customer": customer}
    row = rows[0]
    return Balance(int(row["available_xof"]), int(row["held_xof"]), _limit_xof(row, default_limit_xof))


def own_credit_limit(customer: str) -> Script[int | None]:
    """How far below zero an account may go by a limit of its own; None: as the settings say."""
    rows = yield "balance_of", {"customer": customer}
    limit_xof = rows[0]["limit_xof"]
    return None if limit_xof is None else int(limit_xof)


def _limit_xof(row: Row, default_xof: int) -> int:
    return default_xof if row["limit_xof"] is None else int(row["limit_xof"])


def movements_of(customer: str, count: int = 5) -> Script[tuple[Movement, ...]]:
    """The last lines of a customer's account, newest first."""
    rows = yield (
        "account_movements",
        {"account": customer_account(customer), "customer": customer, "count": count},
    )
    return tuple(
        Movement(
            _movement_kind(row["transfer"], row["order_id"], row["amount_xof"]),
            row["amount_xof"],
            row["at"],
            row["order_id"],
            row["note"],
            row["client"],
            row["service"],
            row["reference"],
        )
        for row in rows
    )


def set_credit_limit(customer: str, limit_xof: int | None) -> Script[None]:
    """How far below zero an account may go, in XOF; None: as the settings say."""
    if limit_xof is None:
        yield "credit_limit_drop", {"customer": customer}
    else:
        yield "credit_limit_set", {"customer": customer, "limit_xof": limit_xof}


def post(transfer: Transfer, at: int, default_limit_xof: int) -> Script[None]:
    """Write a transfer. Raises LedgerError when it would take a customer below their limit; a transfer that was written
    before fails on its unique key.
    """
    yield from post_all((transfer,), at, default_limit_xof)


def post_all(transfers: Iterable[Transfer], at: int, default_limit_xof: int) -> Script[None]:
    """Write many transfers as one, and what they come to for each customer: the balance of everybody whom they take
    from is looked at once, in the end.
    """
    moved_xof: Counter[str] = Counter()
    taken: dict[str, str] = {}
    rows: list[Parameters] = []
    for transfer in transfers:
        for entry in transfer.entries:
            rows.append(
                {
                    "transfer": transfer.key,
                    "account": entry.account,
                    "amount_xof": entry.amount_xof,
                    "order_id": transfer.order_id,
                    "note": transfer.note[:200],
                    "at": at,
                }
            )
            if entry.account.startswith(CUSTOMERS):
                customer = entry.account.removeprefix(CUSTOMERS)
                moved_xof[customer] += entry.amount_xof
                if entry.amount_xof < 0:
                    taken[customer] = transfer.key
    moved = sorted(moved_xof.items())
    moves: list[Ask] = [("balance_move", {"customer": each, "amount_xof": amount_xof}) for each, amount_xof in moved]
    asks = Asks([Each("entry_add", rows), *moves])
    yield asks
    for (customer, _), [row] in zip(moved, asks.answers[1:], strict=True):
        balance_xof, limit_xof = int(row["balance_xof"]), _limit_xof(row, default_limit_xof)
        if customer in taken and balance_xof < -limit_xof:
            overdrawn_xof = -balance_xof - limit_xof
            raise LedgerError(f"transfer {taken[customer]} would overdraw a customer by {overdrawn_xof} XOF")


def use_payment(reference: str, by: Address, address: Address, amount_xof: int, now: int) -> Script[None]:
    """Count a payment by its reference, once; raises StoreConflict when it was counted before."""
    used = yield (
        "reference_use",
        {"reference": reference, "now": now, "by": str(by), "address": str(address), "amount_xof": amount_xof},
    )
    if not used:
        raise StoreConflict(f"payment {reference} was counted")


def _movement_kind(transfer: str, order_id: str | None, amount_xof: int) -> str:
    if order_id is not None:
        return transfer.rpartition(":")[2]
    if transfer.startswith(("join:", "case:", "move:")):
        return "join"
    if transfer.startswith("undo:"):
        return "undo"
    if transfer.startswith("admin:") and transfer.endswith(":undone"):
        return "undone"
    if transfer.startswith(("collected:", "collection:", "payback:")):
        return "fee" if transfer.startswith("collection:") else transfer.partition(":")[0]
    return "credit" if amount_xof > 0 else "debit"
