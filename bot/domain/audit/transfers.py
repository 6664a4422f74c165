"""One order against its entries: what they must be, written anew by the ledger itself. Pure."""

from collections.abc import Mapping
from typing import Final

from bot.domain.audit.findings import BookEntry, Dossier, Finding, FindingKind, OrderLine, Sums
from bot.domain.ledger import (
    COMMISSIONS,
    CORRECTIONS,
    FEES,
    FLOAT,
    HOLD,
    Transfer,
    customer_account,
    hold,
    refund,
    release,
    reopen,
    spend,
)
from bot.domain.order import Order

# Money that is held for longer than a day is somebody's who waits for an answer.
LONG_OPEN_MS = 86_400_000
CUSTOMER: Final = "customer"

# Amounts by account, the customer's under one name whichever of their accounts it was.
Amounts = dict[str, int]


def check(dossier: Dossier, names: frozenset[str], prepaid: bool, now: int) -> tuple[tuple[Finding, ...], OrderLine]:
    """What is wrong with one order, and its line in the file.

    `names` are the customers whose accounts may bear its money: its own, and those that were joined to it.
    """
    order = dossier.order
    accounts = frozenset(customer_account(name) for name in names | {order.customer})
    moved = _by_transfer(dossier.entries, accounts)
    wanted = {each.key: _amounts(each, accounts) for each in _expected(order, moved) if each.entries}
    findings = [_compared(order, key, wanted, moved) for key in {**wanted, **moved}]
    findings += [
        _codes_missing(order, prepaid),
        *(Finding("same_code", order.id, order_id=order.id, detail=twin) for twin in dossier.twins),
        _debited_otherwise(order),
        _open_for_long(order, now),
    ]
    line = OrderLine(order, _sums(wanted), _sums(moved))
    return tuple(each for each in findings if each is not None), line


def _expected(order: Order, moved: Mapping[str, Amounts]) -> list[Transfer]:
    """What `order` and `ledger` write on the way to the state that the order is in."""
    total_xof = order.total_xof
    wanted = [hold(order.id, order.customer, total_xof)]
    borne_xof = 0
    for times in range(order.reopened):
        wanted.append(release(order.id, order.customer, total_xof, borne_xof=borne_xof, reopened=times))
        key = reopen(order.id, order.customer, total_xof=total_xof, available_xof=0, reopened=times).key
        # What the operator bore is kept of the last time only; before, the entry itself says it.
        last = times == order.reopened - 1
        borne_xof = order.borne_xof if last else -moved.get(key, {}).get(CORRECTIONS, 0)
        left_xof = total_xof - borne_xof
        wanted.append(reopen(order.id, order.customer, total_xof=total_xof, available_xof=left_xof, reopened=times))
    if order.state == "delivered":
        wanted.append(
            spend(
                order.id,
                order.customer,
                amount_xof=order.amount_xof,
                fee_xof=order.fee_xof,
                paid_xof=order.paid_xof,
                provider_fee_xof=order.details.fee_xof or 0,
                commission_xof=order.commission_xof,
                borne_xof=order.borne_xof,
            )
        )
    elif order.is_final:
        wanted.append(release(order.id, order.customer, total_xof, borne_xof=order.borne_xof, reopened=order.reopened))
    if order.refunded_xof:
        wanted.append(refund(order.id, order.customer, order.refunded_xof, ""))
    return wanted


def _amounts(transfer: Transfer, accounts: frozenset[str]) -> Amounts:
    entries = (BookEntry(transfer.key, each.account, each.amount_xof) for each in transfer.entries)
    return _by_transfer(tuple(entries), accounts)[transfer.key]


def _by_transfer(entries: tuple[BookEntry, ...], accounts: frozenset[str]) -> dict[str, Amounts]:
    moved: dict[str, Amounts] = {}
    for entry in entries:
        amounts = moved.setdefault(entry.transfer, {})
        account = CUSTOMER if entry.account in accounts else entry.account
        amounts[account] = amounts.get(account, 0) + entry.amount_xof
    return moved


def _compared(order: Order, key: str, wanted: Mapping[str, Amounts], moved: Mapping[str, Amounts]) -> Finding | None:
    """One transfer as it must be and as it is."""
    want, have = wanted.get(key), moved.get(key)
    if want == have:
        return None
    what = key.rpartition(":")[2]
    if have is None:
        return Finding("no_hold" if what == "hold" else "missing", order.id, _moved(want or {}), 0, order.id, what)
    if want is None:
        ways = {each.rpartition(":")[2] for each in (*wanted, key) if each in moved}
        # A hold ends in one of two ways, and here is the second.
        both = what in ("release", "spend") and {"release", "spend"} <= ways
        return Finding("both" if both else "unexpected", order.id, 0, _moved(have), order.id, what)
    off = {name: have.get(name, 0) - want.get(name, 0) for name in {**want, **have}}
    # What was booked for the provider is compared with its own words.
    account = FLOAT if off.get(FLOAT) else max(off, key=lambda name: (abs(off[name]), name))
    kind: FindingKind = "provider" if account == FLOAT else "entries"
    return Finding(kind, order.id, want.get(account, 0), have.get(account, 0), order.id, f"{what} {account}")


def _moved(amounts: Amounts) -> int:
    return sum(amount for amount in amounts.values() if amount > 0)


def _codes_missing(order: Order, prepaid: bool) -> Finding | None:
    if not prepaid or order.state != "delivered" or order.tokens:
        return None
    return Finding("no_code", order.id, order.amount_xof, 0, order.id)


def _debited_otherwise(order: Order) -> Finding | None:
    """The provider's own witness: the float fell by what it took, in its own words."""
    details = order.details
    previous_xof, current_xof = details.previous_balance_xof, details.current_balance_xof
    if previous_xof is None or current_xof is None or details.fee_xof is None or order.state != "delivered":
        return None
    taken_xof, stated_xof = previous_xof - current_xof, order.paid_xof + details.fee_xof
    return None if taken_xof == stated_xof else Finding("witness", order.id, stated_xof, taken_xof, order.id)


def _open_for_long(order: Order, now: int) -> Finding | None:
    if order.is_final or now - order.confirmed_at <= LONG_OPEN_MS:
        return None
    # What is held was to be somebody's by now.
    return Finding("long_open", order.id, 0, order.total_xof, order.id, order.state)


def _sums(transfers: Mapping[str, Amounts]) -> Sums:
    total: Amounts = {}
    for amounts in transfers.values():
        for account, amount in amounts.items():
            total[account] = total.get(account, 0) + amount
    return Sums(
        customer_xof=total.pop(CUSTOMER, 0),
        hold_xof=total.pop(HOLD, 0),
        float_xof=total.pop(FLOAT, 0),
        fees_xof=total.pop(FEES, 0),
        commissions_xof=total.pop(COMMISSIONS, 0),
        corrections_xof=total.pop(CORRECTIONS, 0),
        other_xof=sum(total.values()),
    )
