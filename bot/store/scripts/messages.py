"""The outbox's transactions, and the housekeeping of a process that starts. Pure."""

from msgspec import DecodeError

from bot.store import Script
from bot.store.scripts.rows import OUTBOX_LEASE_MS, PAUSE_LIMIT_MS, Posted, read_outbound

INBOX_DAYS = 8
DAY_MS = 86_400_000


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


def sent(message_id: int) -> Script[None]:
    """The channel took it."""
    yield "outbox_sent", {"id": message_id}


def later(owner: str, message_id: int, address: str, due_at: int) -> Script[None]:
    """The channel wants it later: it waits, and everything of the same chat behind it."""
    yield "outbox_later", {"id": message_id, "due_at": due_at}
    yield "outbox_release_chat", {"address": address, "owner": owner}


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


def prune(now: int) -> Script[None]:
    """Forget updates that no channel will deliver again, and alerts of long ago."""
    yield "inbox_prune", {"before": now - INBOX_DAYS * DAY_MS}
    yield "alerts_prune", {"before": now - INBOX_DAYS * DAY_MS}


def backlog() -> Script[tuple[int, int | None, dict[str, int]]]:
    """How many messages wait, since when the oldest does, and how many orders are open by state."""
    waiting = yield "outbox_age", {}
    states = yield "orders_by_state", {}
    return (
        int(waiting[0]["waiting"]),
        waiting[0]["oldest_at"],
        {row["state"]: int(row["many"]) for row in states},
    )


def kept(name: str, fresh: str) -> Script[str]:
    """A value that is made once and kept; `fresh` is used when there is none yet."""
    yield "kept_add", {"name": name, "value": fresh}
    rows = yield "kept_load", {"name": name}
    return str(rows[0]["value"])


def ping() -> Script[bool]:
    """Whether the database answers and can be written: one that can only be read is of no use to us."""
    rows = yield "ping", {}
    yield "beat", {}
    return bool(rows)


def accounts() -> Script[dict[str, int]]:
    """Every ledger account's balance, in XOF."""
    rows = yield "ledger_accounts", {}
    return {row["account"]: int(row["balance_xof"]) for row in rows}
