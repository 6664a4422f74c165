"""The client's brain: requests out, answers in. Pure; the bytes are carried by `client` or by the simulator.

Theory of operation. A request is a `Call`, an answer is a `Reply`; what a reply means is decided here and nowhere else.
For a payment one question rules everything: *is it certain that the provider did not take it?* Only then may money be
given back (`Refused`) or the same payment be sent again (`NotSent`). Certainty comes from few places:

- a status word that the documentation names (FAILED, CANCELLED), in a 2xx answer to us and without contradiction;
- 401, 403 and 429, which turn the request away unread (`NotSent`: this attempt was not taken);
- a 400 in a documented error shape to a *first* attempt, which says that the parameters, the float or the bill forbid
  it. The same 400 to a replay proves nothing: "already paid" may be our own first attempt.

Everything else is `Unknown`: 5xx, OPERATOR_ERROR and TIMEOUT_ERROR under any HTTP status, a body that cannot be read, a
word never seen before, an answer that contradicts itself or speaks of somebody else's payment. A needless `Unknown`
costs a person a look; a wrong `Refused` costs the money of a recharge that was delivered.

Success asks for as much: the word SUCCESS (or COMPLETED, seen only in the provider's other code), and for Woyofal a
code; without one the payment is made and the code awaited.
"""

from bot.gateway.wire.calls import (
    Call,
    Reply,
    api_root,
    balance_call,
    headers,
    inquiry_call,
    look_up_call,
    pay_call,
)
from bot.gateway.wire.inquiry import inquiry_answer
from bot.gateway.wire.payment import float_answer, look_up_outcome, pay_outcome, read_webhook_claim
from bot.gateway.wire.reading import MAX_BODY_BYTES

__all__ = [
    "MAX_BODY_BYTES",
    "Call",
    "Reply",
    "api_root",
    "balance_call",
    "float_answer",
    "headers",
    "inquiry_answer",
    "inquiry_call",
    "look_up_call",
    "look_up_outcome",
    "pay_call",
    "pay_outcome",
    "read_webhook_claim",
]
