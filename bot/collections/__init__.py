"""Collecting: lease what is due, ask the collector, settle. The only room that calls a collector.

Theory of operation. As in settlement, the row is the job: a collection or a pay-back that is due is claimed in a
transaction (`claims`), and the call is made outside of every transaction (`worker`, `asking`). What is about to be
created or paid back is written down before it leaves. What is heard goes through `settle`, whoever brings it: a call's
answer, a look-up that a webhook or a customer asked for, or an admin.

No answer needs to be kept before it is decided on, as a payment's must: a look-up can be repeated, and so can a create
under its own id; a pay-back whose answer is lost is unknown, looked up, and in the end decided by people. So an answer
is tried until it is kept, and one that cannot be leaves its row for a person.

What this process has in flight it knows by itself. A call that could not leave soon after it was claimed does not leave
at all, for by now it may be somebody else's.
"""

from bot.collections.asking import Addresses
from bot.collections.worker import Collecting

__all__ = ["Addresses", "Collecting"]
