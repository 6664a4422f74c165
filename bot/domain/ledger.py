"""The ledger: append-only double entries in whole XOF. A balance is the sum of an account's entries. Pure.

Every move is a *transfer*: two or more entries that sum to zero under one key. The key is unique in the store, so the
same transfer can be written once and never twice. Nothing is ever changed or deleted; a mistake is mended by another
transfer.

| account             | what a positive balance means                                                        |
|---------------------|--------------------------------------------------------------------------------------|
| customer:<customer> | money that we owe this customer; negative only within their credit limit              |
| hold                | money set aside for confirmed orders that are not final; each entry names its order    |
| float               | money spent at the provider                                                           |
| fees                | fees earned                                                                           |
| commissions         | what resellers earned (negative: so much was given to them)                           |
| funding             | the counterpart of money paid in and out (negative: customers have paid in that much) |
| corrections         | what the operator bears or gains when the provider and the quote disagree             |
| collected           | what customers paid through a collector (negative: so much has come in there for us)   |
| collection_fees     | what customers paid for being collected from, less what collectors kept               |
| paybacks            | money on its way back to those who paid                                               |

Whatever a payer pays is theirs, all of it, until it buys something: `collected` books it whole, and what the operator
passes on of the collecting fee is taken by `collecting_fee`, with the purchase. So for every payer holds: what they
paid is what bought something (fees included), went back, is on its way back, or is held as their advance.
"""

from typing import TypeAlias

from msgspec import Struct

from bot.errors import LedgerError

Account: TypeAlias = str

HOLD: Account = "hold"
FLOAT: Account = "float"
FEES: Account = "fees"
COMMISSIONS: Account = "commissions"
FUNDING: Account = "funding"
CORRECTIONS: Account = "corrections"
COLLECTED: Account = "collected"
COLLECTION_FEES: Account = "collection_fees"
PAYBACKS: Account = "paybacks"
# With this begin the accounts of customers.
CUSTOMERS = "customer:"


def customer_account(customer: str) -> Account:
    """The account of a customer."""
    return f"{CUSTOMERS}{customer}"


class Entry(Struct, frozen=True):
    """One line of a transfer."""

    account: Account
    amount_xof: int


class Transfer(Struct, frozen=True):
    """Entries that are written together or not at all. `order_id` and `note` are for people who read the books."""

    key: str
    entries: tuple[Entry, ...]
    order_id: str | None = None
    note: str = ""

    def __post_init__(self) -> None:
        if sum(entry.amount_xof for entry in self.entries) != 0:
            raise LedgerError(f"transfer {self.key} does not sum to zero")


def transfer(key: str, *moves: tuple[Account, int], order_id: str | None = None, note: str = "") -> Transfer:
    """A transfer of the moves that are not zero."""
    entries = tuple(Entry(account, amount) for account, amount in moves if amount)
    return Transfer(key, entries, order_id, note)


def credit(key: str, customer: str, amount_xof: int, note: str) -> Transfer:
    """Money came in for a customer."""
    return transfer(key, (customer_account(customer), amount_xof), (FUNDING, -amount_xof), note=note)


def debit(key: str, customer: str, amount_xof: int, note: str) -> Transfer:
    """Money went out to a customer, or a credit is taken back."""
    return credit(key, customer, -amount_xof, note)


def hold(order_id: str, customer: str, total_xof: int) -> Transfer:
    """A confirmed order sets its total aside."""
    return transfer(
        f"order:{order_id}:hold", (customer_account(customer), -total_xof), (HOLD, total_xof), order_id=order_id
    )


def _key(order_id: str, reopened: int, what: str) -> str:
    """The key lets a move happen once for each time that the order was reopened."""
    return f"order:{order_id}:{what}" if reopened == 0 else f"order:{order_id}:{reopened}:{what}"


def release(order_id: str, customer: str, total_xof: int, *, borne_xof: int = 0, reopened: int = 0) -> Transfer:
    """The order came to nothing: the hold goes back to those it was taken from, the customer and, for `borne_xof`, the
    operator. `reopened` is how often a hold that was given back has been taken again.
    """
    return transfer(
        _key(order_id, reopened, "release"),
        (HOLD, -total_xof),
        (customer_account(customer), total_xof - borne_xof),
        (CORRECTIONS, borne_xof),
        order_id=order_id,
    )


def spend(
    order_id: str,
    customer: str,
    *,
    amount_xof: int,
    fee_xof: int,
    paid_xof: int,
    provider_fee_xof: int,
    commission_xof: int = 0,
    borne_xof: int = 0,
) -> Transfer:
    """The order was paid: the hold is spent, and a reseller's commission, which was never held, is earned.

    `amount_xof` and `fee_xof` are what the customer confirmed; `paid_xof` and `provider_fee_xof` what the provider
    took. Paid less than confirmed: the difference goes back, first to the operator for what they bore of the hold, then
    to the customer. Paid more: they do not bear it, the correction does. The fee earned is what the customer's fee
    leaves after the provider's.
    """
    charged = min(amount_xof, paid_xof)
    repaid = min(amount_xof - charged, borne_xof)
    total_xof = amount_xof + fee_xof - commission_xof
    # A commission that was promised on more than was paid is no gain: nobody gets back more than they put in.
    back = min(amount_xof - charged - repaid, total_xof - borne_xof)
    return transfer(
        f"order:{order_id}:spend",
        (HOLD, -total_xof),
        (customer_account(customer), back),
        (FLOAT, paid_xof + provider_fee_xof),
        (FEES, fee_xof - provider_fee_xof),
        (COMMISSIONS, -commission_xof),
        (CORRECTIONS, amount_xof - paid_xof - back),
        order_id=order_id,
    )


def refund(order_id: str, customer: str, amount_xof: int, note: str) -> Transfer:
    """An order that was delivered is made good by the operator, once: what was spent stays spent, and they bear it."""
    return transfer(
        f"order:{order_id}:refund",
        (customer_account(customer), amount_xof),
        (CORRECTIONS, -amount_xof),
        order_id=order_id,
        note=note,
    )


def borne_by_operator(total_xof: int, available_xof: int) -> int:
    """What is missing when a hold must be taken again and the customer has only `available_xof` left."""
    return total_xof - max(0, min(total_xof, available_xof))


def reopen(order_id: str, customer: str, *, total_xof: int, available_xof: int, reopened: int = 0) -> Transfer:
    """The money was given back, and then the provider delivered after all: the hold is taken again.

    The customer may have spent it meanwhile. What they no longer have (beyond `available_xof`) the operator bears, so
    that no balance falls below its limit.
    """
    borne_xof = borne_by_operator(total_xof, available_xof)
    return transfer(
        _key(order_id, reopened, "reopen"),
        (customer_account(customer), borne_xof - total_xof),
        (CORRECTIONS, -borne_xof),
        (HOLD, total_xof),
        order_id=order_id,
        note="late success",
    )


def collected(payment: str, customer: str, *, paid_xof: int, provider_fee_xof: int) -> Transfer:
    """A payer paid, once: `payment` names this payment among all others. The provider kept its fee."""
    return transfer(
        f"collected:{payment}",
        (customer_account(customer), paid_xof),
        (COLLECTION_FEES, -provider_fee_xof),
        (COLLECTED, provider_fee_xof - paid_xof),
    )


def collecting_fee(collection_id: str, customer: str, fee_xof: int, *, order_id: str | None = None) -> Transfer:
    """What the operator passes on for collecting, taken once, when what was paid for is bought."""
    return transfer(
        f"collection:{collection_id}:fee",
        (customer_account(customer), -fee_xof),
        (COLLECTION_FEES, fee_xof),
        order_id=order_id,
    )


def collecting_fee_back(collection_id: str, customer: str, fee_xof: int, *, reopened: int = 0) -> Transfer:
    """What was taken for collecting is the customer's again: what they paid for came to nothing. `reopened` is how
    often its order has succeeded after all.
    """
    return transfer(
        f"collection:{collection_id}:{f'{reopened}:' if reopened else ''}fee_back",
        (customer_account(customer), fee_xof),
        (COLLECTION_FEES, -fee_xof),
    )


def collecting_fee_again(collection_id: str, customer: str, fee_xof: int, *, reopened: int) -> Transfer:
    """What was taken for collecting had been given back, and is taken again: the order has succeeded after all."""
    return transfer(
        f"collection:{collection_id}:{reopened}:fee_again",
        (customer_account(customer), -fee_xof),
        (COLLECTION_FEES, fee_xof),
    )


def pay_back_asked(payback_id: str, customer: str, amount_xof: int) -> Transfer:
    """Money of a customer is set aside to go back."""
    return transfer(f"payback:{payback_id}:asked", (customer_account(customer), -amount_xof), (PAYBACKS, amount_xof))


def pay_back_done(payback_id: str, amount_xof: int, *, provider_fee_xof: int) -> Transfer:
    """It went back. What the provider kept for that the operator bears."""
    return transfer(
        f"payback:{payback_id}:done",
        (PAYBACKS, -amount_xof),
        (COLLECTED, amount_xof + provider_fee_xof),
        (COLLECTION_FEES, -provider_fee_xof),
    )


def pay_back_undone(payback_id: str, customer: str, amount_xof: int) -> Transfer:
    """It did not go back, and stays the customer's."""
    return transfer(f"payback:{payback_id}:undone", (PAYBACKS, -amount_xof), (customer_account(customer), amount_xof))


def pay_back_retaken(payback_id: str, customer: str, *, amount_xof: int, available_xof: int) -> Transfer:
    """It stayed the customer's, and then it turned out that it had gone back: it is taken from them again. What they no
    longer have (beyond `available_xof`) the operator bears.
    """
    borne_xof = borne_by_operator(amount_xof, available_xof)
    return transfer(
        f"payback:{payback_id}:retaken",
        (customer_account(customer), borne_xof - amount_xof),
        (CORRECTIONS, -borne_xof),
        (PAYBACKS, amount_xof),
        note="late success",
    )
