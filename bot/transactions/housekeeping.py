"""What a process asks of the whole database: to be alone with it, to know how it stands. Pure."""

from bot.repositories import batch_progress, replicas
from bot.store import Script


def take_over(now: int) -> Script[None]:
    """Release every lease, for no other process is there. Only for one that knows it is alone with the database."""
    yield "outbox_release_all", {}
    yield "orders_release", {"now": now}
    yield "collections_release", {"now": now}
    yield "paybacks_release", {"now": now}
    yield "inquiries_release", {"now": now}
    yield "budget_release", {}
    yield from batch_progress.release_checks(now)
    yield "provider_facts_release", {"now": now}
    yield from replicas.forget_all()


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
