"""The processes that serve from one database, and what is leased to them. Pure.

`owner` is the name of a process, which no other one has or ever had.
"""

from msgspec import Struct

from bot.store import Script


class Present(Struct, frozen=True):
    """The processes that have a row, each with its number, and who does what only one of them does."""

    beats: dict[str, int]
    leaders: dict[str, str]


def enter(owner: str) -> Script[None]:
    """A process serves from now on."""
    yield "replica_beat", {"owner": owner}


def beat(owner: str) -> Script[bool]:
    """Raise a process's number; False when it had no row any more, and it is given none."""
    rows = yield "replica_beat", {"owner": owner}
    if rows[0]["beat"]:
        return True
    yield "replica_leave", {"owner": owner}
    return False


def present() -> Script[Present]:
    """Who is there now."""
    beats = yield "replicas", {}
    leaders = yield "leaders", {}
    return Present({row["owner"]: row["beat"] for row in beats}, {row["task"]: row["owner"] for row in leaders})


def without_row() -> Script[tuple[str, ...]]:
    """The names under which something is leased, and which no process bears."""
    return tuple(str(row["owner"]) for row in (yield "owners_without_row", {}))


def remove(owner: str, number: int, now: int) -> Script[bool]:
    """A process whose number stood still is taken for dead: what was leased to it is free. False when it has raised it
    since, or is gone.
    """
    if not (yield "replica_remove", {"owner": owner, "beat": number}):
        return False
    yield from release(owner, now)
    return True


def leave(owner: str, now: int) -> Script[None]:
    """A process serves no longer, and lets go of everything."""
    yield "replica_leave", {"owner": owner}
    yield from release(owner, now)


def release(owner: str, now: int) -> Script[None]:
    """Everything that is leased under a name is free, and due."""
    yield "outbox_release_of", {"owner": owner}
    yield "orders_release_of", {"owner": owner, "now": now}
    yield "collections_release_of", {"owner": owner, "now": now}
    yield "paybacks_release_of", {"owner": owner, "now": now}
    yield "inquiries_release_of", {"owner": owner, "now": now}
    yield "batch_checks_release_of", {"owner": owner, "now": now}
    yield "leader_release_of", {"owner": owner}


def take_lead(task: str, owner: str) -> Script[bool]:
    """Do a task that only one process does at a time; False when another one does it."""
    return bool((yield "leader_take", {"task": task, "owner": owner}))


def leave_lead(task: str, owner: str) -> Script[None]:
    """Another process may do the task."""
    yield "leader_leave", {"task": task, "owner": owner}


def forget_all() -> Script[None]:
    """No process is there. For one that knows it is alone with the database."""
    yield "replicas_forget", {}
    yield "leaders_forget", {}
