"""Settlement: lease what is due, pay or ask, settle. The only room that calls `gateway.pay`.

Theory of operation. The order row is the job. A Confirm claims its order in its own transaction, and `follow` makes the
call; `wake` takes up one order that somebody asks about; `work` sweeps for all that are due, after a pause, a crash or
a missed webhook. Whatever is called was claimed in a transaction before, and what is heard is brought to `settle`, the
one script through which a webhook, a poll, a customer's question and an admin's decision go too. A call is made outside
every transaction, and an answer that was heard is never dropped: it is written down for itself, whatever its order's
row looks like, and decided after that (`provider_facts`). While the database is away, writing is tried again until it
is done; what could not be decided is decided by the sweep.

What this process has in flight it knows by itself, measured by ticks, and renews while it lasts: no clock that jumps
makes it pay beside its own pay call, and no other process takes the call for dead. A call that could not leave soon
after it was claimed (the process was frozen) does not leave at all, for by now it may be somebody else's.

A process that is asked to stop begins nothing more. It waits for the pay calls in flight up to their own time limit,
for look-ups only a moment, for those can be asked again; and what was heard is written down before it ends.

`worker` takes orders up and makes the calls, `answers` keeps and decides what was heard. Their transactions are beside
them: `claims` and `provider_facts`.
"""

from bot.settlement.worker import Settlement

__all__ = ["Settlement"]
