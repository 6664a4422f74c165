"""What an audit reads of the books, in pages: no transaction of it is long. Pure.

An order and its entries are read together, so they always belong together. What must hold for all orders at once (the
sum of the ledger, the hold account against what is open) is a matter of one moment: old entries never change, so they
are summed in stretches, and only the last ones are summed in the same transaction as the open orders. Between two pages
the shop goes on selling.
"""

from dataclasses import dataclass
from typing import Final

from bot.domain.audit import BookEntry, Credit, Debit, Dossier, Left, RunningBalance, Witness
from bot.domain.encoding import encode
from bot.domain.order import Order
from bot.domain.period import DAY_MS
from bot.repositories.orders import load_order, order_of
from bot.repositories.rows import all_of, reader
from bot.store import Row, Script

# If a whole day is full of one fault, the first ones are named.
MOST_NAMED = 200
# The answers from so long before a stretch of time tell where its chain of balances began.
LEAD_MS = 3_600_000
# A pay-back goes out at most so long after it was asked for.
PAY_BACK_LEAD_MS = 7 * DAY_MS
# A collector settles what it collected within so long.
SETTLED_WITHIN_MS = 7 * DAY_MS
# Collectors whose account is not the float.
ELSEWHERE: Final = frozenset({"dexpay"})
# More answers than a day has.
MOST_WITNESSES = 100_000


@dataclass(frozen=True)
class Day:
    """What is read of one day at once; the orders themselves follow in pages. `sums` are those kept of the day that are
    not the sums of its orders: of which orders they are, and both sums; `payments` are those that came in otherwise
    than they were booked.
    """

    order_ids: tuple[str, ...]
    entries: int
    moved_xof: int
    unbalanced: tuple[tuple[str, int, str | None], ...]
    strangers: tuple[BookEntry, ...]
    strays: tuple[BookEntry, ...]
    sums: tuple[tuple[str, int, int], ...]
    payments: tuple[tuple[str, int, int], ...] = ()


_running_balance: Final = reader(RunningBalance)


def _entry(row: Row) -> BookEntry:
    return BookEntry(row["transfer"], row["account"], row["amount_xof"], row["order_id"])


def audit_day(since: int, until: int) -> Script[Day]:
    """The orders that moved from `since` to before `until`, a day later, the entries that no order explains, and the
    sums that are kept of the day and wrong.
    """
    between = {"since": since, "until": until}
    moved = yield "audit_moved_orders", between
    summed = yield "audit_day", between
    unbalanced = yield "audit_unbalanced", {"since": since, "until": until, "count": MOST_NAMED}
    strangers = yield "audit_strangers", {"since": since, "until": until, "count": MOST_NAMED}
    strays = yield "audit_strays", {"since": since, "until": until, "count": MOST_NAMED}
    differing = yield "audit_payments", {"since": since, "until": until, "count": MOST_NAMED}
    sums = yield "audit_sums", {"since": since, "until": until, "day": since // DAY_MS}
    return Day(
        tuple(sorted(str(row["id"]) for row in moved)),
        int(summed[0]["entries"]),
        int(summed[0]["moved_xof"]),
        tuple((row["transfer"], int(row["off_xof"]), row["order_id"]) for row in unbalanced),
        tuple(_entry(row) for row in strangers),
        tuple(_entry(row) for row in strays),
        tuple(
            (f"{row['service']} {row['state']} {row['channel']}", int(row["of_orders_xof"]), int(row["of_day_xof"]))
            for row in sums
        ),
        tuple((str(row["key"]), int(row["expected_xof"]), int(row["found_xof"])) for row in differing),
    )


def open_order_ids() -> Script[tuple[str, ...]]:
    """Every order that has not ended."""
    rows = yield "audit_open_orders", {}
    return tuple(sorted(str(row["id"]) for row in rows))


def dossiers(order_ids: tuple[str, ...]) -> Script[tuple[Dossier, ...]]:
    """Some orders, each with all its entries; an id that is no order's is left out."""
    loaded = []
    for order_id in order_ids:
        order = yield from load_order(order_id)
        if order is None:
            continue
        entries = yield "audit_entries", {"order_id": order_id}
        twins = yield "audit_twins", {"tokens": encode(order.tokens).decode(), "id": order_id}
        loaded.append(Dossier(order, tuple(map(_entry, entries)), tuple(str(row["id"]) for row in twins)))
    return tuple(loaded)


def confirmed_between(since: int, until: int, count: int) -> Script[tuple[Order, ...]]:
    """Orders by the time of their Confirm, oldest first."""
    rows = yield "audit_confirmed_orders", {"since": since, "until": until, "count": count}
    return tuple(order_of(row) for row in rows)


def credit_limits() -> Script[dict[str, int]]:
    """Every customer's own credit limit."""
    rows = yield "audit_limits", {}
    return {str(row["customer"]): int(row["limit_xof"]) for row in rows}


def unwitnessed_between(since: int, until: int, count: int) -> Script[tuple[Order, ...]]:
    """Those of them whose answers gave no balance."""
    rows = yield "audit_unwitnessed_orders", {"since": since, "until": until, "count": count}
    return tuple(order_of(row) for row in rows)


def settled_entry(before: int) -> Script[int]:
    """The last entry written before a moment. All entries up to it are final: none is changed, and none is inserted
    among them.
    """
    rows = yield "audit_upto", {"before": before}
    return int(rows[0]["upto"])


def entry_stretch(after: int, upto: int) -> Script[dict[str, int]]:
    """What each account moved, from behind one entry up to another; in XOF."""
    rows = yield "audit_stretch", {"after": after, "upto": upto}
    return {str(row["account"]): int(row["amount_xof"]) for row in rows}


def rest_of_books(after: int) -> Script[tuple[dict[str, int], int]]:
    """What each account moved behind an entry, and what all open orders hold, both at one moment; in XOF."""
    rows = yield "audit_rest", {"after": after}
    held = yield "audit_held", {}
    return {str(row["account"]): int(row["amount_xof"]) for row in rows}, int(held[0]["open_xof"])


def paybacks_now() -> Script[tuple[int, int]]:
    """What is on its way back to payers, and what the books say of it, at one moment; in XOF."""
    row = (yield "audit_paybacks", {})[0]
    return int(row["open_xof"]), int(row["booked_xof"])


def payback_books(since: int, until: int) -> Script[tuple[tuple[str, int, int], ...]]:
    """Pay-backs that were asked for in these days, or shortly before, and are booked otherwise than their state says:
    which, what was to be expected, and what was found.
    """
    rows = yield "audit_payback_books", {"since": since - PAY_BACK_LEAD_MS, "until": until, "count": MOST_NAMED}
    return tuple((str(row["id"]), int(row["expected_xof"]), int(row["found_xof"])) for row in rows)


def owners(after: str, count: int) -> Script[tuple[tuple[str, int], ...]]:
    """The next customers behind one who have money here, sell nothing and have paid by themselves; what they have."""
    rows = yield "audit_homeless", {"after": after, "count": count}
    return tuple((str(row["customer"]), int(row["balance_xof"])) for row in rows)


def left_of(customer: str) -> Script[tuple[Left, ...]]:
    """What each of a customer's collections that was paid left in their account, newest first."""
    rows = yield "audit_left", {"customer": customer}
    return tuple(
        Left(str(row["id"]), row["quote_id"], int(row["own_xof"]), int(row["order_xof"]), int(row["kept_xof"]))
        for row in rows
    )


def collected_between(since: int, until: int) -> Script[tuple[Credit, ...]]:
    """What customers paid, and what of it reached the collector's account."""
    rows = yield "audit_collected", {"since": since, "until": until, "count": MOST_WITNESSES}
    return tuple(
        Credit(
            str(row["key"]),
            int(row["created_at"]),
            int(row["taken_at"]),
            int(row["amount_xof"]),
            str(row["collector"]) not in ELSEWHERE,
        )
        for row in rows
    )


def paid_back(since: int, until: int, now: int) -> Script[tuple[Debit, ...]]:
    """Pay-backs that left the operator's money at the provider, or may have, as far as it is the money that payments
    are made from.
    """
    begun = since - PAY_BACK_LEAD_MS
    rows = yield "audit_paid_back", {"since": begun, "until": until, "count": MOST_WITNESSES}
    return tuple(
        Debit(
            str(row["id"]),
            int(row["created_at"]),
            int(row["updated_at"]) if row["state"] == "done" else now,
            int(row["amount_xof"]) + int(row["fee_xof"] or 0),
        )
        for row in rows
    )


def running_balances(after: str, count: int) -> Script[tuple[RunningBalance, ...]]:
    """The running balances of the next customers behind one, each beside the sum of its entries, at one moment."""
    rows = yield "audit_balances", {"after": after, "count": count}
    return all_of(rows, _running_balance)


def joined_accounts() -> Script[tuple[tuple[str, str], ...]]:
    """Which account was joined to which."""
    rows = yield "joined", {}
    return tuple((str(row["customer"]), str(row["into_customer"])) for row in rows)


def float_witnesses(since: int, until: int) -> Script[tuple[Witness, ...]]:
    """The provider's answers with balances until before `until`, in the order in which they came in, with enough
    from before `since` to know where their chain began.
    """
    begin, after = yield from witness_begin(since)
    return tuple((yield from witness_page(begin, until, after, MOST_WITNESSES)).values())


def witness_begin(since: int) -> Script[tuple[int, int]]:
    """From when on answers tell where the chain of balances began that stands at `since`, and the id behind which they
    stand.
    """
    rows = yield "witness_before", {"since": since}
    begin = (int(rows[0]["at"]) if rows else since) - LEAD_MS
    rows = yield "witness_first", {"since": begin, "until": begin + LEAD_MS}
    return begin, int(rows[0]["id"]) - 1


def witness_page(since: int, until: int, after: int, count: int) -> Script[dict[int, Witness]]:
    """At most `count` of the provider's answers with balances, those behind an id, by their ids."""
    rows = yield "witness_page", {"since": since, "until": until, "after": after, "count": count}
    witnesses = (
        Witness(row["sent_at"], row["at"], str(row["order_id"]), row["previous_xof"], row["current_xof"])
        for row in rows
    )
    return {int(row["id"]): witness for row, witness in zip(rows, witnesses, strict=True)}


def note_joined(customer: str, into: str, now: int) -> Script[None]:
    """Write down that entries of one account may be about another, which it was joined to or parted from."""
    yield "joined_add", {"customer": customer, "into": into, "now": now}
