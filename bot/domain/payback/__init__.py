"""The pay-back: money that goes back to the number that paid, and what each answer does to it. Pure.

Theory of operation. The money is set aside (`ask`) in the transaction that makes the row; the row is the durable job,
and its id the only one that the provider ever sees for it. An answer that is lost leaves it unknown: it is looked up,
sent again under its own id once where the provider takes no id twice, and in the end decided by two people. A refusal
leaves the money set aside, too: whether it is sent in another way or stays the customer's, a person says. Where the
order that came to nothing succeeds after all, what has not left is called back and pays for it (`call_back`).

`lifecycle` is what others call; `transitions` is the table; `rows` is what its rows name; `schedule` says when it is
looked at again; `states` holds the values. `docs/collections.md` is printed from the table.
"""

from bot.domain.payback.lifecycle import (
    approve,
    ask,
    begin,
    call_back,
    decided_kept,
    decided_paid,
    interrupted,
    paid,
    readdress,
    take_webhook_claim,
    tick,
    told,
)
from bot.domain.payback.schedule import next_step
from bot.domain.payback.states import (
    FINAL,
    SET_ASIDE,
    Applied,
    Bringer,
    Next,
    NoticeKind,
    PayBack,
    State,
)

__all__ = [
    "FINAL",
    "SET_ASIDE",
    "Applied",
    "Bringer",
    "Next",
    "NoticeKind",
    "PayBack",
    "State",
    "approve",
    "ask",
    "begin",
    "call_back",
    "decided_kept",
    "decided_paid",
    "interrupted",
    "next_step",
    "paid",
    "readdress",
    "take_webhook_claim",
    "tick",
    "told",
]
