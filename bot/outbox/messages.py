"""The outbox's transactions: messages are leased, marked, put off, set aside, and found again. Pure."""

from collections.abc import Sequence
from typing import TypeAlias

from msgspec import DecodeError

from bot.domain.order import Alert
from bot.domain.outbound import Report
from bot.repositories import batch_progress, collections, sessions
from bot.repositories.leases import PAUSE_LIMIT_MS, lease_bounds
from bot.repositories.outbox import OUTBOX_LEASE_MS, OutboxMessage, read_outbound
from bot.store import Each, Script
from bot.transactions.installation import Installation
from bot.transactions.notifications import tell_admins

# A message and the number of the lease under which it was held.
Lease: TypeAlias = tuple[int, int]

# How often the sending of a message may raise before it is set aside.
MOST_FAILURES = 4
# How often news is sent anew because its channel reported a trouble that passes.
MOST_AGAIN = 5


def claim_outbox(
    installation: Installation, now: int, count: int, *, trusts_clock: bool = True
) -> Script[list[OutboxMessage]]:
    """Lease the messages that are due, oldest first, and of each chat only those behind nothing that waits.

    Where the clock is not to be trusted (`bot.leases`), no lease has ended.
    """
    expired, never = lease_bounds(now, trusts_clock)
    rows = yield (
        "outbox_claim",
        {
            "owner": installation.owner,
            "until": now + OUTBOX_LEASE_MS,
            "now": now,
            "beyond": now + PAUSE_LIMIT_MS,
            "expired": expired,
            "never": never,
            "count": count,
        },
    )
    claimed = []
    for row in sorted(rows, key=lambda row: int(row["id"])):
        try:
            outbound = read_outbound(row["body"])
        except DecodeError as error:
            # One message that cannot be read must not keep everybody's waiting.
            alert_messages = yield from set_aside(
                installation, row["id"], row["lease"], row["address"], type(error).__name__, now
            )
            claimed += alert_messages or []
            continue
        claimed.append(
            OutboxMessage(
                row["id"],
                row["address"],
                outbound,
                True,
                row["created_at"],
                row["attempts"],
                row["lease"],
                row["failures"],
                row["reach"],
            )
        )
    return claimed


def revive(installation: Installation, address: str, now: int) -> Script[list[OutboxMessage]]:
    """The person could not be reached and now writes: the order news kept for them goes out first."""
    rows = yield (
        "outbox_revive",
        {
            "address": address,
            "now": now,
            "owner": installation.owner,
            "until": now + OUTBOX_LEASE_MS,
            "last_failure": MOST_FAILURES - 1,
        },
    )
    revived = []
    for row in sorted(rows, key=lambda row: int(row["id"])):
        try:
            outbound = read_outbound(row["body"])
        except DecodeError as error:
            alert_messages = yield from set_aside(
                installation, row["id"], row["lease"], address, type(error).__name__, now
            )
            revived += alert_messages or []
            continue
        revived.append(
            OutboxMessage(
                row["id"], address, outbound, True, row["created_at"], 0, row["lease"], row["failures"], row["reach"]
            )
        )
    return revived


def renew(owner: str, message_id: int, lease: int, until: int) -> Script[bool]:
    """Hold a lease for longer; False when it is not ours any more."""
    return bool((yield "outbox_renew", {"id": message_id, "lease": lease, "owner": owner, "until": until}))


def sent(
    message_id: int,
    lease: int,
    batch_id: str | None = None,
    message_ref: str | None = None,
    collection_id: str | None = None,
) -> Script[bool]:
    """The channel took it. One that tells of a batch's progress, or of what a person is to pay, is kept by name, so
    that the next can replace it.
    """
    ours = yield "outbox_sent", {"id": message_id, "lease": lease}
    if ours and batch_id is not None and message_ref is not None:
        yield from batch_progress.keep_message_ref(batch_id, message_ref)
    if ours and collection_id is not None and message_ref is not None:
        yield from collections.keep_message(collection_id, message_ref)
    return bool(ours)


def sent_each(leases: Sequence[Lease]) -> Script[list[bool]]:
    """The same for several of which nothing needs to be kept: whether each was still ours."""
    rows = yield Each("outbox_sent", [{"id": message_id, "lease": lease} for message_id, lease in leases])
    ours = {int(row["id"]) for row in rows}
    return [message_id in ours for message_id, _ in leases]


def later(owner: str, message_id: int, lease: int, address: str, due_at: int) -> Script[list[Lease]]:
    """The channel wants it later: it waits, and everything of the same chat behind it, which is let go."""
    yield "outbox_later", {"id": message_id, "lease": lease, "due_at": due_at}
    return (yield from release_chat(owner, address))


def failed(owner: str, message_id: int, lease: int, address: str, due_at: int) -> Script[list[Lease]]:
    """Sending it raised: it is tried again at `due_at`, and everything of the same chat waits behind it."""
    yield "outbox_failed", {"id": message_id, "lease": lease, "due_at": due_at}
    return (yield from release_chat(owner, address))


def set_aside(
    installation: Installation | None, message_id: int, lease: int, address: str, problem: str, now: int
) -> Script[list[OutboxMessage] | None]:
    """It cannot be sent, and that is a fault of ours: it is kept for the admins, who are alerted (where there is an
    installation), and order news also until the person writes. None when the lease is not ours any more.
    """
    kept = yield "outbox_set_aside", {"id": message_id, "lease": lease, "problem": problem, "now": now}
    if not kept:
        return None
    if kept[0]["keep"]:
        yield from sessions.mark_unreachable(address, now)
    if installation is None:
        return []
    unsent = Alert("unsent", f"{message_id}: {problem}")
    return (yield from tell_admins(installation, unsent, None, now, subject=address))


def rests(message_id: int, lease: int, message_ref: str | None, address: str, now: int) -> Script[bool]:
    """The channel took it, and order news is not forgotten yet: until the channel tells that it arrived (under
    `message_ref`), or, when only a short form was taken (no `message_ref`), until the person writes.
    """
    kept = yield "outbox_rest", {"id": message_id, "lease": lease, "message_ref": message_ref, "now": now}
    if not kept:
        return (yield from sent(message_id, lease))
    if message_ref is None:
        yield from sessions.mark_unreachable(address, now)
    else:
        # The channel may have told what became of it before this could be written.
        early = yield "early_report_take", {"message_ref": message_ref}
        for row in early:
            yield from _follow(message_ref, row["status"], now)
    return True


def reported(report: Report, now: int) -> Script[None]:
    """The channel tells what became of a message: it is forgotten, sent again, or goes out when the person writes."""
    status = "arrived" if report.arrived else "again" if report.again else "lost"
    if not (yield from _follow(report.message_ref, status, now)):
        yield "early_report_add", {"message_ref": report.message_ref, "status": status, "now": now}


def _follow(message_ref: str, status: str, now: int) -> Script[bool]:
    """Act on what the channel reported of a message; False when no message of that name awaits a report."""
    if status == "arrived":
        return bool((yield "outbox_arrived", {"message_ref": message_ref}))
    if status == "again" and (yield "outbox_again", {"message_ref": message_ref, "now": now, "most": MOST_AGAIN}):
        return True
    messages = yield "outbox_not_arrived", {"message_ref": message_ref}
    for row in messages:
        # The channel may have named the person otherwise than we do.
        yield from sessions.mark_unreachable(row["address"], now)
    return bool(messages)


def release_chat(owner: str, address: str) -> Script[list[Lease]]:
    """Let go of a chat's messages that were not sent; answers each with the lease under which it was held."""
    rows = yield "outbox_release_chat", {"address": address, "owner": owner}
    return [(int(row["id"]), int(row["lease"])) for row in rows]


def leased_to(owner: str, count: int) -> Script[list[Lease]]:
    """The oldest messages whose lease is a process's."""
    rows = yield "outbox_leased_to", {"owner": owner, "count": count}
    return [(int(row["id"]), int(row["lease"])) for row in rows]


def release(message_id: int, lease: int) -> Script[None]:
    """Let go of one message."""
    yield "outbox_release", {"id": message_id, "lease": lease}


def given_up(message_id: int, lease: int, address: str, now: int, unreachable: bool) -> Script[bool]:
    """The channel will never take it: order news is kept for when the person writes, the rest is dropped."""
    kept = yield "outbox_give_up", {"id": message_id, "lease": lease, "now": now}
    ours = bool(kept) or bool((yield "outbox_sent", {"id": message_id, "lease": lease}))
    if ours and (unreachable or kept):
        yield from sessions.mark_unreachable(address, now)
    return ours
