"""The provider's request budget: how much may be asked, and whose turn it is. Pure.

Theory of operation. One row tells when the next request is planned (GCRA), for all processes. How far ahead of now that
may lie depends on the class of who asks, so a part of the burst is left free for those who come first: pays, then
look-ups that somebody waits for, inquiries, polls, batches.

Whoever finds no place waits, and the row tells since when somebody of their class has. Two things follow from that. A
newcomer of the same class goes behind those who wait, so that nobody overtakes by coming at the right moment. And a
class that has waited for its *share* without being given a place goes before everybody, and everybody leaves it one:
so pays come first, and still starve nobody. Nothing of this ever plans a request further ahead than the burst reaches,
which is what keeps every window of 60 seconds within the rate.

Inside a class the turn goes by person: of all who wait, first the first thing of each, and of these the one whose
person had no place for longest. Places are remembered by person only while somebody goes without.

Where nobody waits, a place costs one statement.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from bot.store import Row, Script

if TYPE_CHECKING:
    from bot.transactions.installation import Installation

Kind = Literal["pay", "look_up", "inquiry", "poll", "batch"]

MINUTE_US = 60_000_000
# The clock may jump back. A plan further ahead than this was made before such a jump and counts for nothing.
FAR_AHEAD_US = 600_000_000
# How many tenths of the burst a class leaves free for those before it.
_TENTHS_KEPT_FREE: Final[Mapping[Kind, int]] = {"pay": 0, "look_up": 2, "inquiry": 3, "poll": 6, "batch": 8}
# A class that waits is given one place in so many, whatever the others do.
_ONE_PLACE_IN: Final[Mapping[Kind, int]] = {"look_up": 6, "inquiry": 8, "poll": 12}
# The classes that stand in line; batches take what these leave.
IN_LINE: Final[tuple[Kind, ...]] = ("pay", "look_up", "inquiry", "poll")


@dataclass(frozen=True)
class Budget:
    """The provider's request budget (GCRA): one request every `interval_us`, `burst` at once.

    Of a rate of 100 a minute, 88 are spread evenly and 10 may come in a burst, so that no window of 60 seconds ever
    holds more than 98. Pays may use the whole burst; the others must leave a part of it free, so that they never stand
    in a pay's way. What belongs to a batch comes last: it takes what everybody else leaves.
    """

    interval_us: int
    burst: int

    @classmethod
    def of(cls, rate_per_minute: int) -> "Budget":
        """The budget for a provider that allows `rate_per_minute` requests in any 60 seconds (at least 2)."""
        sustained = max(1, rate_per_minute * 88 // 100)
        return cls(-(-MINUTE_US // sustained), max(1, rate_per_minute // 10))

    def allowance_us(self, kind: Kind) -> int:
        """How far ahead of now the next request of this kind may be planned and still be sent at once."""
        kept_free = self.burst * _TENTHS_KEPT_FREE[kind] // 10
        return (self.burst - 1 - kept_free) * self.interval_us

    def sure_us(self, kind: Kind) -> int:
        """The same, however many classes are overdue."""
        return min(self.allowance_us(kind), self.allowance_us("pay") - len(_ONE_PLACE_IN) * self.interval_us)

    def share_us(self, kind: Kind) -> int | None:
        """How long a class waits at most before it goes before everybody; None: it has no share of its own."""
        places = _ONE_PLACE_IN.get(kind)
        return None if places is None else places * self.interval_us


@dataclass(frozen=True)
class Plan:
    """The budget's row: when the next request is planned, and since when which classes wait."""

    arrival_us: int
    since_us: Mapping[Kind, int] = field(default_factory=dict)


def ask(budget: Budget, plan: Plan, kind: Kind, now_us: int, *, newcomer: bool) -> tuple[Plan, int]:
    """Ask for a place: the plan as it is then, and 0 when the place is ours, else the microseconds to wait at least.

    A `newcomer` has not waited yet and goes behind those who do.
    """
    arrival_us = now_us if plan.arrival_us > now_us + FAR_AHEAD_US else plan.arrival_us
    # Since a moment that has not come: the clock was set back, and the wait begins anew.
    since_us: dict[Kind, int] = {each: min(since, now_us) for each, since in plan.since_us.items()}
    waits = kind in since_us
    whole_us = budget.allowance_us("pay")
    overdue = sum(_overdue_at(budget, since_us, each) <= now_us for each in since_us if each != kind)
    free_at = arrival_us - min(budget.allowance_us(kind), whole_us - overdue * budget.interval_us)
    if waits and budget.share_us(kind) is not None:
        free_at = min(free_at, max(_overdue_at(budget, since_us, kind), arrival_us - whole_us))
    if free_at > now_us or (newcomer and waits):
        if kind in IN_LINE and not waits:
            since_us[kind] = now_us
        return Plan(arrival_us, since_us), max(1, free_at - now_us)
    if waits:
        since_us[kind] = now_us
    return Plan(max(arrival_us, now_us) + budget.interval_us, since_us), 0


def _overdue_at(budget: Budget, since_us: Mapping[Kind, int], kind: Kind) -> int:
    """From when on a class that waits goes before everybody; one without a share never does."""
    share_us = budget.share_us(kind)
    return since_us[kind] + (FAR_AHEAD_US if share_us is None else share_us)


# The row.


def _plan_of(row: Row) -> Plan:
    since_us = {each: int(row[f"{each}_since_us"]) for each in IN_LINE}
    return Plan(int(row["arrival_us"]), {each: since for each, since in since_us.items() if since})


def _columns(plan: Plan) -> dict[str, int]:
    return {"arrival_us": plan.arrival_us} | {f"{each}_since_us": plan.since_us.get(each, 0) for each in IN_LINE}


def take_budget(
    installation: "Installation", kind: Kind, now: int, *, newcomer: bool = False, waits: bool = True
) -> Script[int]:
    """Take a place in the provider's request budget: 0 when it is ours now, else the milliseconds to wait.

    Who will not ask again (`waits` is False) stands in nobody's line.
    """
    budget, now_us = installation.budget, now * 1000
    rows = yield (
        "budget_take",
        {
            "kind": kind,
            "now_us": now_us,
            "interval_us": budget.interval_us,
            "allowance_us": budget.sure_us(kind),
            "beyond_us": now_us + FAR_AHEAD_US,
        },
    )
    if rows:
        return 0
    rows = yield "budget_read", {}
    before = _plan_of(rows[0])
    installation.lines.update(before.since_us)
    plan, wait_us = ask(budget, before, kind, now_us, newcomer=newcomer)
    if plan != before and (waits or not wait_us):
        installation.lines.update(plan.since_us)
        yield "budget_write", _columns(plan)
    return -(-wait_us // 1000)


def pause(installation: "Installation", now: int, seconds: float) -> Script[None]:
    """The provider counts differently from us: everybody waits for `seconds`, at most a minute.

    The burst is taken with it: a pause that the allowance covers would hold nobody up.
    """
    pause_us = min(int(seconds * 1_000_000), MINUTE_US)
    yield "budget_pause", {"until_us": now * 1000 + pause_us + installation.budget.allowance_us("pay")}


# Whose turn it is.


@dataclass
class Round:
    """One sweep along those who wait, in the order of their turns: who was given a place, which classes go without."""

    installation: "Installation"
    now: int
    wait_ms: dict[Kind, int] = field(default_factory=dict)
    given: dict[Kind, list[str]] = field(default_factory=dict)

    def place(self, kind: Kind, customer: str) -> Script[int]:
        """A place for something of a customer's: 0 when it is theirs, else the milliseconds to wait."""
        if kind not in self.wait_ms:
            wait_ms = yield from take_budget(self.installation, kind, self.now)
            if not wait_ms:
                self.given.setdefault(kind, []).append(customer)
                return 0
            self.wait_ms[kind] = wait_ms
        return self.wait_ms[kind]

    def end(self, kinds: Iterable[Kind], *, more: Kind | None = None) -> Script[None]:
        """The sweep is over. `kinds` are those that it looked after: a line in which nobody stands any more is closed.
        `more` is a class of which there were too many to look at all.
        """
        waiting = set(self.wait_ms) if more is None else {*self.wait_ms, more}
        for kind in sorted(waiting):
            for customer in sorted(set(self.given.get(kind, ()))):
                yield "turn_taken", {"kind": kind, "customer": customer, "now": self.now}
        ended = (self.installation.lines & set(kinds)) - waiting
        if ended:
            yield "budget_lines_end", {each: int(each in ended) for each in IN_LINE}
            self.installation.lines.difference_update(ended)
