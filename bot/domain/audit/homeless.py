"""Collected without a home: what customers paid that has bought nothing, went nowhere and may not stay. Pure.

Where no advances are kept, whatever a payment leaves in its customer's account waits for somebody to decide. What that
is the ledger tells by itself: of all that moved in the account for one collection (its payments, the fee, the order of
its quote, its pay-backs), what is left. It is no more than the account has: what has bought something else since is
where it belongs. Nor is it what stayed by right (`kept_xof`): as an advance while there were any, or because an admin
said so.
"""

from collections.abc import Iterable

from msgspec import Struct


class Left(Struct, frozen=True):
    """What a collection moved in its customer's account, in XOF: `own_xof` by itself, `order_xof` by the order of its
    quote, which is the same for every collection of that quote.
    """

    collection_id: str
    quote_id: str | None
    own_xof: int
    order_xof: int
    kept_xof: int


def homeless(left: Iterable[Left], balance_xof: int) -> tuple[tuple[str, int], ...]:
    """Which collections brought money that is in the account and may not stay there, and how much each; of those of
    one quote the first is named. `left` are all of one customer's, newest first; `balance_xof` is what they have.
    """
    together: dict[str, list[Left]] = {}
    for each in left:
        together.setdefault(each.quote_id or each.collection_id, []).append(each)
    found: list[tuple[str, int]] = []
    for alike in together.values():
        own_xof = sum(each.own_xof for each in alike)
        amount_xof = own_xof + alike[0].order_xof - sum(each.kept_xof for each in alike)
        amount_xof = min(amount_xof, balance_xof)
        if amount_xof > 0:
            found.append((alike[-1].collection_id, amount_xof))
            balance_xof -= amount_xof
    return tuple(found)
