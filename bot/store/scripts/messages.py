"""The outbox's transactions, and the housekeeping of a process that starts. Pure."""

from msgspec import DecodeError

from bot.model import Report
from bot.store import Script
from bot.store.scripts.rows import OUTBOX_LEASE_MS, PAUSE_LIMIT_MS, Posted, read_outbound

# How often news is sent anew because its channel reported a trouble that passes.
MOST_AGAIN = 5


def claim_outbox(owner: str, now: int, count: int) -> Script[list[Posted]]:
    """Lease the messages that are due, oldest first, and of each chat only those behind nothing that waits."""
    rows = yield (
        "outbox_claim",
        {
            "owner": owner,
            "until": now + OUTBOX_LEASE_MS,
            "now": now,
            "beyond": now + PAUSE_LIMIT_MS,
            "count": count,
        },
    )
    claimed = []
    for row in sorted(rows, key=lambda row: int(row["id"])):
        try:
            outbound = read_outbound(row["body"])
        except DecodeError:
            # One message that cannot be read must not keep everybody's waiting.
            yield "outbox_give_up", {"id": row["id"], "now": now}
            yield "outbox_drop", {"id": row["id"]}
            continue
        claimed.append(Posted(row["id"], row["address"], outbound, True, row["created_at"], row["attempts"]))
    return claimed


def sent(message_id: int, batch_id: str | None = None, message_ref: str | None = None) -> Script[None]:
    """The channel took it. One that tells of a batch's progress is kept by name, so that the next can replace it."""
    yield "outbox_sent", {"id": message_id}
    if batch_id is not None and message_ref is not None:
        yield "batch_message", {"id": batch_id, "message_ref": message_ref}


def later(owner: str, message_id: int, address: str, due_at: int) -> Script[None]:
    """The channel wants it later: it waits, and everything of the same chat behind it."""
    yield "outbox_later", {"id": message_id, "due_at": due_at}
    yield "outbox_release_chat", {"address": address, "owner": owner}


def rests(message_id: int, message_ref: str | None, address: str, now: int) -> Script[None]:
    """The channel took it, and order news is not forgotten yet: until the channel tells that it arrived (under
    `message_ref`), or, when only a short form was taken (no `message_ref`), until the person writes.
    """
    kept = yield "outbox_rest", {"id": message_id, "message_ref": message_ref, "now": now}
    if not kept:
        yield "outbox_sent", {"id": message_id}
    elif message_ref is None:
        yield "session_unreachable", {"address": address, "now": now}
    else:
        # The channel may have told what became of it before this could be written.
        early = yield "early_report_take", {"message_ref": message_ref}
        for row in early:
            yield from _follow(message_ref, row["fate"], address, now)


def reported(report: Report, now: int) -> Script[None]:
    """The channel tells what became of a message: it is forgotten, sent again, or goes out when the person writes."""
    fate = "arrived" if report.arrived else "again" if report.again else "lost"
    if not (yield from _follow(report.message_ref, fate, str(report.address), now)):
        yield "early_report_add", {"message_ref": report.message_ref, "fate": fate, "now": now}


def _follow(message_ref: str, fate: str, address: str, now: int) -> Script[bool]:
    """Act on a message's fate; False when no message of that name is at rest."""
    if fate == "arrived":
        return bool((yield "outbox_arrived", {"message_ref": message_ref}))
    if fate == "again" and (yield "outbox_again", {"message_ref": message_ref, "now": now, "most": MOST_AGAIN}):
        return True
    found = yield "outbox_not_arrived", {"message_ref": message_ref}
    if found:
        yield "session_unreachable", {"address": address, "now": now}
    return bool(found)


def release_chat(owner: str, address: str) -> Script[None]:
    """Let go of a chat's messages that were not sent."""
    yield "outbox_release_chat", {"address": address, "owner": owner}


def given_up(message_id: int, address: str, now: int, unreachable: bool) -> Script[None]:
    """The channel will never take it: order news is kept for when the person writes, the rest is dropped."""
    kept = yield "outbox_give_up", {"id": message_id, "now": now}
    yield "outbox_drop", {"id": message_id}
    if unreachable or kept:
        yield "session_unreachable", {"address": address, "now": now}


def take_over(now: int) -> Script[None]:
    """Release every lease. Only for a process that knows it is alone with the database."""
    yield "outbox_release_all", {}
    yield "orders_release", {"now": now}
    yield "inquiries_release", {"now": now}
    yield "budget_release", {}
    yield "batch_checks_release", {"now": now}
    yield "provider_facts_release", {"now": now}


def backlog() -> Script[tuple[int, int | None, dict[str, int]]]:
    """How many messages wait, since when the oldest does, and how many orders are open by state."""
    waiting = yield "outbox_age", {}
    states = yield "orders_by_state", {}
    return (
        int(waiting[0]["waiting"]),
        waiting[0]["oldest_at"],
        {row["state"]: int(row["many"]) for row in states},
    )


def kept(name: str) -> Script[str | None]:
    """A value that was kept under a name; None when there is none."""
    rows = yield "kept_load", {"name": name}
    return str(rows[0]["value"]) if rows else None


def drop_kept(name: str) -> Script[None]:
    """Keep that value no longer."""
    yield "kept_drop", {"name": name}


def ping() -> Script[bool]:
    """Whether the database answers and can be written: one that can only be read is of no use to us."""
    rows = yield "ping", {}
    # Another row each time: a database may write nothing for one that stays what it was.
    yield "kept_drop", {"name": "beat"}
    yield "kept_add", {"name": "beat", "value": "tick"}
    return bool(rows)


def accounts() -> Script[dict[str, int]]:
    """Every ledger account's balance, in XOF."""
    rows = yield "ledger_accounts", {}
    return {row["account"]: int(row["balance_xof"]) for row in rows}
