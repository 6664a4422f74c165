"""The outbox: every message leaves through here. Lease, send, mark.

Theory of operation. A message is a row before it is anything else. The process that wrote the row holds its lease and
hands it over in memory (`push`), so that the usual reply leaves at once without being looked for; a sweep finds
whatever was left behind by a crash, a pause or another process, and comes sooner where a message was left waiting
behind another process's (`sweeps`). One chat is served in the order of its rows, by one task; chats do not wait for
each other. A sent row is deleted, by a statement that rides with the next transaction, at most 20 milliseconds later,
while the chat goes on (`marks`). Between a send and that deletion lies the one window in which a crash sends messages
twice; none in which one is lost.

A lease has a number, and a mark that names another one changes nothing: whoever has lost a lease sends no more of that
chat. What this process holds it knows by itself, measured by `ticks`, which never jump: no sweep takes our own lease
for ended, and before a send that a lease might not outlast it is renewed. Should a row be leased to us and in nobody's
hands (its hand-over was cancelled), it is let go after a while. The wall clock decides only over what another process
may have left (see `bot.leases`), and the process's beats over whether it is still believed to live: where it is not
sure of that, it renews a lease before it sends (see `bot.replicas`).

What the channel says decides: `Sent` deletes; `SendLater` puts the row off and releases the chat's other rows, so that
they stay behind it; `SendRefused` gives up, and order news is kept until the person writes again. `SentBriefly`, and
`Sent` where the channel confirms later, keep order news too: until the person writes, or until it is said to have
arrived. A channel that raises, or says nothing within `send_seconds`, is a fault of ours in this one message: it is
tried again after growing pauses, then set aside for the admins, and the next messages of the chat go out. After a time
limit nobody knows whether the person has it; it is sent again all the same, for a message too many harms nobody.

Where every message costs something, a word on progress is held back for a moment (`repositories.outbox.say`): it is a
row like any other, leased to nobody and not yet due. News of what it is about deletes it in the news' own transaction;
whatever else is said in the chat makes it due at once, and goes behind it; a crash leaves it to the next sweep.

`worker` is the outbox itself, `held` what this process has in hand, `delivery` hands a message to its channel, `marks`
writes down that it was taken, `sweeps` says when to look for what is in nobody's hands. Their transactions are beside
them, in `messages`.
"""

from bot.outbox.worker import Outbox

__all__ = ["Outbox"]
