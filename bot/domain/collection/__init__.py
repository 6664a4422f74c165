"""The collection: one request to a payer for one exact sum, and what each answer does to it. Pure.

Theory of operation. Its id is ours and was stored before the call left; its row is the durable job. A create whose
answer is lost is sent again with the same id, and never another one for the same purpose while the first may be paid.
Only a look-up proves a payment, or an admin's word: a webhook is a reason to look. A payment that is not known is taken
in every state, once; whether it came in time, twice, or with another sum is told by the notice, and what it then buys,
or that it goes back, is decided where the purchase is.

The rooms, each above the next: `lifecycle` is what others call; `transitions` is the table; `actions`, `alerts` and
`guards` are what its rows name; `case` reads an answer for what it means; `schedule` says when it is looked at again;
`states` holds the values. `docs/collections.md` is printed from the table.
"""

from bot.domain.collection.case import new_payments, payment_key
from bot.domain.collection.lifecycle import (
    begin,
    cancel,
    created,
    expired,
    interrupted,
    take_webhook_claim,
    tick,
    told,
)
from bot.domain.collection.schedule import next_step
from bot.domain.collection.states import (
    FINAL,
    Applied,
    Bringer,
    Collection,
    Next,
    NoticeKind,
    State,
)

__all__ = [
    "FINAL",
    "Applied",
    "Bringer",
    "Collection",
    "Next",
    "NoticeKind",
    "State",
    "begin",
    "cancel",
    "created",
    "expired",
    "interrupted",
    "new_payments",
    "next_step",
    "payment_key",
    "take_webhook_claim",
    "tick",
    "told",
]
