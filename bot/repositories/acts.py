"""What admins did, what they asked for, and what they may decide. Pure."""

from typing import Final, Literal, TypeAlias

from msgspec import Struct

from bot.domain.acts import Act, read_act
from bot.domain.catalog import ServiceName
from bot.domain.encoding import encode
from bot.domain.people import Address, Language, Role
from bot.errors import StoreConflict
from bot.repositories.accounts import Member, customer_of
from bot.repositories.batch_progress import tally_of
from bot.repositories.batches import running_of
from bot.repositories.money import Balance
from bot.repositories.people import Terms
from bot.repositories.rows import all_of, reader
from bot.store import Script

# Later than anything that is written down, in milliseconds.
END_OF_TIME: Final = 1 << 62


class Standing(Struct, frozen=True):
    """What the person behind an address is. `known` says that they ever wrote or were credited, `members` are the
    addresses of their account. `role` is the address's, the rest the account's.
    """

    customer: str
    known: bool
    members: tuple[Member, ...]
    balance: Balance
    role: Role | None = None
    reseller: Terms | None = None
    frozen: bool = False


class Admin(Struct, frozen=True):
    """An admin. `fixed` ones stand in the settings: their role cannot be taken away here. `named_at` is when the role
    was given in a chat. One whose account is `frozen` may do nothing.
    """

    address: Address
    role: Role
    customer: str
    language: Language
    fixed: bool
    named_at: int = 0
    frozen: bool = False


class Touched(Struct, frozen=True):
    """Whose affairs an act decides: those of the account behind an address, or behind two, of an order, or of every
    reseller whom a change of the shop's `fee` or `commission` for a service reaches (`fee:woyofal`).
    """

    address: Address | None = None
    other: Address | None = None
    order: str = ""
    rule: str = ""


# Why an act is one's own affair: one's own account, or one that was ever joined to it; a client, or whose client one
# is; a meter that one keeps; a rule that one earns by.
Interest: TypeAlias = Literal["own", "client", "meter", "rule"]


class Unsent(Struct, frozen=True):
    """The lines of an account's running lists of sales that were not sent yet, and what is set aside for them."""

    lines: int = 0
    total_xof: int = 0


class AuditLine(Struct, frozen=True):
    """One line of the audit log."""

    at: int
    address: str
    role: str
    what: str
    target: str
    amount_xof: int
    why: str
    second: str


ApprovalState: TypeAlias = Literal["asked", "approved", "refused", "expired", "void"]


class Approval(Struct, frozen=True):
    """A confirmed act that waits for a second person, or did; None where an earlier version kept it in a way that this
    one does not understand. `customer` is the account of the one who asked, who may
    do it alone from `alone_at` on; None: never.
    """

    id: str
    act: Act | None
    why: str
    address: Address
    customer: str
    language: Language
    amount_xof: int
    asked_at: int
    expires_at: int
    alone_at: int | None
    state: ApprovalState


class UsedReference(Struct, frozen=True):
    """A payment's reference that was counted: when, by whom, for whom, and how much (negative: taken)."""

    reference: str
    at: int
    by_address: str
    address: str
    amount_xof: int


_line: Final = reader(AuditLine)
_approval: Final = reader(Approval, address=Address.parse, act=read_act)
_reference: Final = reader(UsedReference)


def add_line(line: AuditLine) -> Script[None]:
    """Write a line of the audit log; none is ever changed."""
    yield (
        "audit_add",
        {
            "at": line.at,
            "address": line.address,
            "role": line.role,
            "what": line.what,
            "target": line.target,
            "amount_xof": line.amount_xof,
            "why": line.why,
            "second": line.second,
        },
    )


def lines_about(about: str, count: int) -> Script[tuple[AuditLine, ...]]:
    """The newest lines of the audit log, newest first; `about` is an address that acted or was acted on, or an order, a
    service, a verb; empty for all.
    """
    if not about:
        return (yield from lines_between(0, END_OF_TIME, count))
    rows = yield "audit_about", {"about": about, "count": count}
    return all_of(rows, _line)


def lines_between(since: int, until: int, count: int) -> Script[tuple[AuditLine, ...]]:
    """The newest lines of a stretch of time, newest first."""
    rows = yield "audit_between", {"since": since, "until": until, "count": count}
    return all_of(rows, _line)


def same_move(what: str, address: Address, amount_xof: int, since: int) -> Script[AuditLine | None]:
    """The last `what` (credit, debit) of just so much for the person behind an address after `since`, unless it was
    undone.
    """
    customer = yield from customer_of(str(address))
    rows = yield (
        "audit_same_move",
        {
            "what": what,
            "undone": f"undo {what}",
            "amount_xof": amount_xof,
            "since": since,
            "address": str(address),
            "customer": customer,
        },
    )
    undone = 0
    for row in rows:
        if row["what"] != what:
            undone += 1
        elif undone:
            undone -= 1
        else:
            return _line(row)
    return None


class Cash(Struct, frozen=True):
    """What an admin credited to customers and took from them, in XOF."""

    address: Address
    taken_xof: int
    given_xof: int


_cash: Final = reader(Cash, address=Address.parse)


def cash_between(since: int, until: int) -> Script[tuple[Cash, ...]]:
    """What each admin credited and debited from a time on, less what was undone."""
    rows = yield "audit_cash", {"since": since, "until": until}
    return all_of(rows, _cash)


def last_change(what: str, target: str) -> Script[AuditLine | None]:
    """The last line that says that somebody changed something, or took it back."""
    rows = yield "audit_last", {"what": what, "undone": f"undo {what}", "target": target}
    return _line(rows[0]) if rows else None


def moved_alone_xof(customer: str, since: int) -> Script[int]:
    """What a customer moved alone as an admin after `since`, from any address that was ever theirs, in XOF."""
    rows = yield "audit_moved_alone", {"since": since, "customer": customer}
    return int(rows[0]["moved_xof"])


def used_reference(reference: str) -> Script[UsedReference | None]:
    """What a payment's reference was counted for; None where it was not."""
    rows = yield "reference_of", {"reference": reference}
    return _reference(rows[0]) if rows else None


def approval(approval_id: str) -> Script[Approval | None]:
    """A confirmed act that waits for a second person, or did."""
    rows = yield "approval_of", {"id": approval_id}
    return _approval(rows[0]) if rows else None


def waiting_approvals(count: int) -> Script[tuple[Approval, ...]]:
    """The acts that wait for a second person, the one with the least time first."""
    return all_of((yield "approvals_waiting", {"count": count}), _approval)


def keep_approval(asked: Approval) -> Script[None]:
    """Keep a confirmed act until another admin approves or refuses it, or until its asker may confirm it alone."""
    yield (
        "approval_add",
        {
            "id": asked.id,
            "act": encode(asked.act).decode(),
            "why": asked.why,
            "address": str(asked.address),
            "amount_xof": asked.amount_xof,
            "now": asked.asked_at,
            "expires_at": asked.expires_at,
            "alone_at": asked.alone_at,
        },
    )


def end_approval(approval_id: str, state: ApprovalState) -> Script[None]:
    """A kept act is approved (and done in this same transaction), refused, expired or void; once. Raises
    StoreConflict where somebody was quicker.
    """
    rows = yield "approval_end", {"id": approval_id, "state": state}
    if not rows:
        raise StoreConflict(f"approval {approval_id} was decided")


def unsent_of(customer: str) -> Script[Unsent]:
    """What an account's running lists of sales have not sent yet."""
    waiting = []
    for batch_id in (yield from running_of(customer)):
        waiting.append((yield from tally_of(customer, batch_id)).waiting)
    return Unsent(sum(part.lines for part in waiting), sum(part.total_xof for part in waiting))


def void_approvals(customer: str) -> Script[None]:
    """What the people of an account asked a second person for is void."""
    yield "approvals_void", {"customer": customer}


class Expired(Struct, frozen=True):
    """A request for a second person that nobody decided in time. `act` is None as in `Approval`."""

    address: str
    act: Act | None
    amount_xof: int
    why: str


_expired: Final = reader(Expired, act=read_act)


def expire_approvals(now: int) -> Script[tuple[Expired, ...]]:
    """End the requests for a second person that nobody decided in time."""
    return all_of((yield "approvals_expire", {"now": now}), _expired)


def interest_in_account(mine: str, theirs: str) -> Script[Interest | None]:
    """Why an account is the affair of another; None where it is not."""
    rows = yield "interest", {"mine": mine, "theirs": theirs}
    kind: Interest | None = rows[0]["kind"]
    return kind


def keeps_meter(customer: str, service: ServiceName, reference: str) -> Script[bool]:
    """Whether an account keeps the meter of a number, for itself or for a client."""
    return bool((yield "interest_meter", {"mine": customer, "service": service, "reference": reference}))
