"""The order's fate: states, their table, and what each answer of the provider does to them. Pure.

Theory of operation. An order is a confirmed quote; it bears the quote's id, and that id is the only one the provider
ever sees for it (`externalTransactionId`). Its row is the durable job. What can happen to it is a pair: the state it is
in and the outcome that somebody brings. `apply` says what a pair does; a pair that it has no answer for changes
nothing, so a late, repeated or contradicting answer is harmless by construction. What a pair does is small: it names
the next state, what happens to the held money, what the customer is told and whether the admins are alerted. The whole
table, pair by pair, stands in `tests/order_table.txt`.

    waiting ──pay──▶ sending ──▶ delivered                     the hold is spent
       ▲  ╲             │  ╲───▶ refused                        the hold is given back
       │   cancelled    │  ╲──▶ processing ──▶ delivered | token_awaited | refused
       └──not sent──────┘   ╲─▶ token_awaited ──▶ delivered     paid, the recharge code is still to come
                             ╲▶ unknown ──▶ any of the above     replayed once with the same id, then asked about

`delivered`, `refused` and `cancelled` are final, with two doors left open. Money given back and then a success after
all (it happens with such providers) delivers the code, takes the hold again and alerts the admins. And a further code
for what has been delivered is its buyer's, once the provider itself or an admin says so.

Nothing that was paid for is thrown away. A code that came with a webhook, with a status that nobody knows, or with an
amount that is not ours stays with the order as a *claim* (`Order.hint`), unseen. A look-up by our own transaction id
that says success makes it the buyer's; where none does, an admin decides. What a look-up must agree on is that id and
the amount, if it tells them; what its `Number` means is documented nowhere.

Who brings the outcome matters as much as the outcome. A refusal is a proof when it answers the first pay call, a
replay's 2xx, or a look-up; it proves nothing when it answers a first call that was meanwhile replayed. `Source` names
the bringer, and the guards read it.

`states` holds the values, `schedule` says when an order is looked at again and what a webhook's claim is worth, `fate`
is the table.
"""

from bot.order.fate import amount_agrees, apply, begin, cancel, interrupted, queued
from bot.order.schedule import (
    HINT_AFTER_SECONDS,
    MAX_PAY_ATTEMPTS,
    MAX_REPLAYS,
    POLL_AFTER_SECONDS,
    REPLAY_AFTER_SECONDS,
    RESEND_AFTER_SECONDS,
    STILL_PENDING_AFTER_POLLS,
    TOLD_OF_WAITING_MS,
    hint_matches,
    known_transaction,
    next_step,
    promises,
    take_hint,
    tick,
    unseen,
)
from bot.order.states import FINAL, HELD, Alert, AlertKind, Applied, Next, NoticeKind, Order, Source, State, confirm

__all__ = [
    "FINAL",
    "HELD",
    "HINT_AFTER_SECONDS",
    "MAX_PAY_ATTEMPTS",
    "MAX_REPLAYS",
    "POLL_AFTER_SECONDS",
    "REPLAY_AFTER_SECONDS",
    "RESEND_AFTER_SECONDS",
    "STILL_PENDING_AFTER_POLLS",
    "TOLD_OF_WAITING_MS",
    "Alert",
    "AlertKind",
    "Applied",
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
    "next_step",
    "promises",
    "queued",
    "take_hint",
    "tick",
    "unseen",
]
