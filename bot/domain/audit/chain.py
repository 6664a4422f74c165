"""The chain of the provider's balances. Pure.

Answers arrive in another order than the payments were made: several are under way at once. But a payment whose answer
arrived before another was sent certainly came before it. So the next link is looked for among the answers that may be
next: it is the one that begins where the chain ends. Where there is none, something else moved. What may be next then
falls into parts, each a chain of its own that begins with a *head*, an answer that follows no other. The order of the
parts that leaps least is taken for the true one.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from itertools import permutations
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from bot.domain.audit.findings import Finding, Rise

# At most so many payments whose answers gave no balance are tried, the first ones; beside what customers paid fewer.
MOST_TRIED = 16
MOST_TRIED_TOGETHER = 8
# The order is looked for among at most so many parts of a chain, the first ones.
MOST_PARTS = 5


class Witness(Struct, frozen=True):
    """An answer of the provider that gave the float before and after a debit: when its payment was sent, and when the
    answer came in.
    """

    sent_at: int
    at: int
    order_id: str
    previous_xof: int
    current_xof: int


class Debit(Struct, frozen=True):
    """A payment of ours whose answer gave no balance: it left the float, or may have, at some moment from `since` to
    `until`.
    """

    order_id: str
    since: int
    until: int
    amount_xof: int


class Credit(Struct, frozen=True):
    """What a payment of a customer brought, less what the collector kept: it came in at some moment from `since` to
    `until`. `at_once`: where whoever collects is also whom payments are made by, it may be in the float from then on;
    else the collector settles it later, together with others.
    """

    key: str
    since: int
    until: int
    amount_xof: int
    at_once: bool = True


def chain(
    witnesses: Sequence[Witness], debits: Iterable[Debit], credits: Iterable[Credit] = ()
) -> tuple[tuple[Finding, ...], tuple[Rise, ...], tuple[Credit, ...]]:
    """The falls that nothing explains, the rises, and the credits that neither is made of."""
    left = sorted(debits, key=lambda debit: debit.since)
    coming = sorted(credits, key=lambda credit: credit.since)
    falls: list[Finding] = []
    rises: list[Rise] = []
    for taken, last in _in_order(witnesses):
        if last is None or taken.previous_xof == last.current_xof:
            continue
        rise_xof = taken.previous_xof - last.current_xof
        payments = _both(last, taken, rise_xof, left, coming)
        if rise_xof > 0:
            rises.append(Rise(last.at, max(last.at, taken.at), rise_xof, payments=payments))
        elif not payments:
            fall = _unexplained(last, taken, left)
            falls += [fall] if fall is not None else []
    return tuple(falls), tuple(rises), tuple(coming)


def settled(rises: Iterable[Rise], credits: Iterable[Credit]) -> tuple[tuple[Rise, ...], tuple[Credit, ...]]:
    """What a collector settles comes as one rise, of one payment or of several that came in one after another: such
    rises say of how many. The credits that are left were not seen in the float.
    """
    left = sorted(credits, key=lambda credit: (credit.until, credit.key))
    named: list[Rise] = []
    for rise in sorted(rises, key=lambda rise: rise.until):
        run = None if rise.order_id is not None or rise.payments else _run(rise, left)
        if run is not None:
            first, end = run
            del left[first:end]
            named.append(replace(rise, payments=end - first))
        else:
            named.append(rise)
    return tuple(named), tuple(left)


def _run(rise: Rise, credits: Sequence[Credit]) -> tuple[int, int] | None:
    """Which stretch of credits, from the first to before the second, comes to a rise."""
    sums, total_xof = {0: 0}, 0
    for number, credit in enumerate(credits, 1):
        if credit.until > rise.until:
            break
        total_xof += credit.amount_xof
        if (first := sums.get(total_xof - rise.amount_xof)) is not None:
            return first, number
        sums[total_xof] = number
    return None


M = TypeVar("M", bound=Debit | Credit)


def _in_order(witnesses: Sequence[Witness]) -> Iterable[tuple[Witness, Witness | None]]:
    """Every answer with the one before it, in the order of their payments as far as it can be known."""
    by_answer = deque(sorted(witnesses, key=lambda each: each.at))
    sent = deque(sorted(witnesses, key=lambda each: each.sent_at))
    near: list[Witness] = []
    done: set[int] = set()
    last: Witness | None = None
    while by_answer:
        if id(by_answer[0]) in done:
            by_answer.popleft()
            continue
        # What was sent after an answer came in comes after it.
        while sent and sent[0].sent_at <= by_answer[0].at:
            near.append(sent.popleft())
        near.sort(key=lambda each: each.at)
        taken = _next(near, last)
        near.remove(taken)
        done.add(id(taken))
        yield taken, last
        last = taken


def _next(near: Sequence[Witness], last: Witness | None) -> Witness:
    if last is not None:
        exact = [each for each in near if each.previous_xof == last.current_xof]
        if exact:
            # One that moved nothing goes first: it leaves the chain's end where it is.
            return min(exact, key=lambda each: each.previous_xof != each.current_xof)
    ends = {each.current_xof for each in near if each.current_xof != each.previous_xof}
    heads = [each for each in near if each.previous_xof not in ends] or near
    if last is None or len(heads) == 1:
        return min(heads, key=lambda each: each.previous_xof != each.current_xof)
    parts = [(head, _end_of(head, near)) for head in heads[:MOST_PARTS]]
    best = min(permutations(parts), key=lambda order: _leaps(last.current_xof, order))
    return best[0][0]


def _end_of(head: Witness, near: Sequence[Witness]) -> int:
    """Where the part of the chain that begins with `head` ends."""
    left = [each for each in near if each is not head]
    end_xof = head.current_xof
    while (follows := next((each for each in left if each.previous_xof == end_xof), None)) is not None:
        left.remove(follows)
        end_xof = follows.current_xof
    return end_xof


def _leaps(end_xof: int, parts: Iterable[tuple[Witness, int]]) -> int:
    """How far the chain leaps in all, if its parts follow in this order."""
    leaps = 0
    for head, part_end_xof in parts:
        leaps += abs(head.previous_xof - end_xof)
        end_xof = part_end_xof
    return leaps


def _both(last: Witness, taken: Witness, rise_xof: int, debits: list[Debit], credits: list[Credit]) -> int:
    """Of how many of the customers' payments a rise is made, or of how many a fall is made up for, exactly, together
    with our own payments; those are used up. 0: of none, or not exactly.
    """
    came = [each for each in credits if each.at_once and each.since <= taken.at and each.until >= last.sent_at]
    if not came:
        return 0
    went = [each for each in debits if each.since <= taken.at and each.until >= last.sent_at]
    spent, brought = _sums(went[:MOST_TRIED_TOGETHER]), _sums(came[:MOST_TRIED_TOGETHER])
    # Of few payments first: what needs many to be explained may be chance.
    for total_xof in sorted(brought, key=lambda sum_xof: len(brought[sum_xof])):
        with_debits = spent.get(total_xof - rise_xof)
        if with_debits is not None and brought[total_xof]:
            for credit in brought[total_xof]:
                credits.remove(credit)
            for debit in with_debits:
                debits.remove(debit)
            return len(brought[total_xof])
    return 0


def _sums(each: Sequence[M]) -> dict[int, tuple[M, ...]]:
    """Every sum that some of them make, and of which ones."""
    sums: dict[int, tuple[M, ...]] = {0: ()}
    for one in each:
        for sum_xof in list(sums):
            sums.setdefault(sum_xof + one.amount_xof, (*sums[sum_xof], one))
    return sums


def _unexplained(last: Witness, taken: Witness, left: list[Debit]) -> Finding | None:
    """What of a fall our own payments between two answers do not explain; those that do are used up."""
    fall_xof = last.current_xof - taken.previous_xof
    tried = [debit for debit in left if debit.since <= taken.at and debit.until >= last.sent_at][:MOST_TRIED]
    # Every sum that some of them make, and of which ones.
    sums: dict[int, tuple[Debit, ...]] = {0: ()}
    for debit in tried:
        for sum_xof, made_of in list(sums.items()):
            if sum_xof + debit.amount_xof <= fall_xof:
                sums.setdefault(sum_xof + debit.amount_xof, (*made_of, debit))
    explained_xof = max(sums)
    for debit in sums[explained_xof]:
        left.remove(debit)
    if explained_xof == fall_xof:
        return None
    return Finding(
        "fall",
        "float",
        last.current_xof - explained_xof,
        taken.previous_xof,
        detail=taken.order_id,
        since=last.at,
        until=max(last.at, taken.at),
    )
