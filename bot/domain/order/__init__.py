"""The order: its states, and what each answer of the provider does to it. Pure.

Theory of operation. An order is a confirmed quote; it bears the quote's id, and that id is the only one the provider
ever sees for it (`externalTransactionId`). Its row is the durable job. What can happen to it is a pair: the state it is
in and the outcome that somebody brings. A table says what follows of each pair: the next state, what happens to the
held money, what the customer is told, whether the admins are alerted, and when somebody acts next. A pair whose row
says nothing changes nothing, so a late, repeated or contradicting answer is harmless by construction. `docs/orders.md`
is printed from the table, with the diagram; what every pair does, tried out, stands in `tests/order_table.txt`.

`delivered`, `refused` and `cancelled` are final, with two doors left open. Money given back and then a success after
all (it happens with such providers) delivers the code, takes the hold again and alerts the admins. And a further code
for what has been delivered is its buyer's, once the provider itself or an admin says so.

Nothing that was paid for is thrown away. A code that came with a webhook, with a status that nobody knows, or with an
amount that is not ours stays with the order as a *claim* (`Order.webhook_claim`), unseen. A look-up by our own
transaction id that says success makes it the buyer's; where none does, an admin decides. What a look-up must agree on
is that id and the amount, if it tells them; what its `Number` means is documented nowhere.

Who brings the outcome matters as much as the outcome. A refusal is a proof when it answers the first pay call, a
replay's 2xx, or a look-up; it proves nothing when it answers a first call that was meanwhile replayed. `Source` names
the bringer.

The rooms, each above the next: `lifecycle` is what others call; `transitions` is the table; `actions`, `alerts` and
`guards` are what its rows name; `case` reads an answer for what it means; `schedule` says when an order is looked at
again and what a webhook's claim is worth; `states` holds the values.
"""

from bot.domain.order.case import amount_agrees
from bot.domain.order.lifecycle import apply, begin, cancel, interrupted, queued, take_webhook_claim, tick
from bot.domain.order.schedule import (
    HINT_AFTER_SECONDS,
    LONG_PENDING_AFTER_POLLS,
    MAX_PAY_ATTEMPTS,
    MAX_REPLAYS,
    POLL_AFTER_SECONDS,
    REPLAY_AFTER_SECONDS,
    RESEND_AFTER_SECONDS,
    STILL_PENDING_AFTER_POLLS,
    STUCK_AFTER_MS,
    WAITING_NOTICE_MS,
    hint_matches,
    known_transaction,
    last_poll_seconds,
    next_step,
    promises,
    unseen,
)
from bot.domain.order.states import (
    FINAL,
    HELD,
    Alert,
    AlertKind,
    Applied,
    Bringer,
    Next,
    NoticeKind,
    Order,
    Source,
    State,
    confirm,
)

__all__ = [
    "FINAL",
    "HELD",
    "HINT_AFTER_SECONDS",
    "LONG_PENDING_AFTER_POLLS",
    "MAX_PAY_ATTEMPTS",
    "MAX_REPLAYS",
    "POLL_AFTER_SECONDS",
    "REPLAY_AFTER_SECONDS",
    "RESEND_AFTER_SECONDS",
    "STILL_PENDING_AFTER_POLLS",
    "STUCK_AFTER_MS",
    "WAITING_NOTICE_MS",
    "Alert",
    "AlertKind",
    "Applied",
    "Bringer",
    "Next",
    "NoticeKind",
    "Order",
    "Source",
    "State",
    "amount_agrees",
    "apply",
    "begin",
    "cancel",
    "confirm",
    "hint_matches",
    "interrupted",
    "known_transaction",
    "last_poll_seconds",
    "next_step",
    "promises",
    "queued",
    "take_webhook_claim",
    "tick",
    "unseen",
]
