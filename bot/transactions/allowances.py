"""How much one person may ask of us and, through us, of the provider. Pure.

Theory of operation. An allowance is so much within so many seconds, counted as a bucket that refills evenly (GCRA):
after a pause all of it is there again. Whoever passes it is told so once, with the time when they may go on, and is not
answered until then. Times far ahead of now, written before the clock was set back, are ignored.

The allowance of inquiries belongs to an *account* and is kept in the database, so that linked addresses count once and
a restart forgives nothing. A few go out at once; whoever asks faster than that waits a moment with each, and a newer
one takes the place of the one that waits: so a flood reaches the provider a handful of times. The allowance of messages
belongs to an *address* and is kept in the memory of the process that receives them: it is looked at before anything
else is done. Where several processes serve, each gives its share of it, so that all together give no more; that
somebody was told is written down, so that they are told once.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final, Literal

from bot.store import Row, Script

# Warn: the limit has just been passed, and they are told. Silent: they were told before.
Verdict = Literal["yes", "warn", "silent"]

# So many inquiries of one account at once, and then one in so many milliseconds; the others wait as long.
QUICK_INQUIRIES: Final = 4
QUICK_PAUSE_MS: Final = 3_000
# More addresses than that are not remembered at once: only those that flood are then, and of these the latest.
MOST_ADDRESSES: Final = 20_000


@dataclass(frozen=True)
class Allowance:
    """`count` within `seconds`; who passes it may do nothing of the kind for `rest_seconds`."""

    count: int
    seconds: int
    rest_seconds: int

    @cached_property
    def interval_ms(self) -> int:
        return max(1, self.seconds * 1000 // self.count)

    def share(self, processes: int) -> "Allowance":
        """What each of so many processes may give of it."""
        return self if processes <= 1 else replace(self, count=max(1, self.count // processes))


@dataclass(frozen=True)
class Limits:
    """What one person may do: look up numbers, as a customer or as a reseller (or an admin); ask again and again about
    their own orders; have telephones asked to pay that have not paid for them yet; say anything at all. No human meets
    the last one. `prompts_number` is how often such a telephone is asked, whoever wants it.
    """

    inquiries: Allowance = Allowance(30, 600, 150)
    inquiries_reseller: Allowance = Allowance(200, 600, 60)
    asks: Allowance = Allowance(6, 60, 10)
    prompts: Allowance = Allowance(6, 3600, 600)
    prompts_number: Allowance = Allowance(6, 86_400, 3600)
    messages: Allowance = Allowance(120, 120, 60)

    @classmethod
    def of(cls, inquiries: int, inquiries_reseller: int, messages: int) -> "Limits":
        """The limits for so many inquiries within ten minutes and so many messages a minute."""
        return cls(
            Allowance(inquiries, 600, 150),
            Allowance(inquiries_reseller, 600, 60),
            messages=Allowance(2 * messages, 120, 60),
        )


@dataclass(frozen=True)
class Used:
    """What somebody has used of an allowance: when the next one is planned, and until when there is none at all.

    `quick_ms` is the plan of those that go out at once.
    """

    arrival_ms: int = 0
    quick_ms: int = 0
    shut_until: int = 0


def use(allowance: Allowance, used: Used, now: int) -> tuple[Used, Verdict]:
    """Use one of an allowance, if there is one. The verdict `silent` leaves `used` as it was."""
    if now < used.shut_until <= now + allowance.rest_seconds * 1000:
        return used, "silent"
    whole_ms = allowance.count * allowance.interval_ms
    arrival_ms = now if used.arrival_ms > now + whole_ms else max(used.arrival_ms, now)
    if arrival_ms - now > whole_ms - allowance.interval_ms:
        return Used(arrival_ms, used.quick_ms, now + allowance.rest_seconds * 1000), "warn"
    longest_ms = (QUICK_INQUIRIES + 1) * QUICK_PAUSE_MS
    quick_ms = now if used.quick_ms > now + longest_ms else max(used.quick_ms, now)
    return Used(arrival_ms + allowance.interval_ms, min(quick_ms + QUICK_PAUSE_MS, now + longest_ms)), "yes"


def is_quick(used: Used, now: int) -> bool:
    """Whether what was just used came faster than anybody types."""
    return used.quick_ms - now > QUICK_INQUIRIES * QUICK_PAUSE_MS


class Meter:
    """What everybody has used of one allowance, in memory: never of more than `most` at once."""

    def __init__(self, allowance: Allowance, most: int = MOST_ADDRESSES) -> None:
        self._allowance = allowance
        self._most = most
        self._used: dict[str, Used] = {}

    def __len__(self) -> int:
        return len(self._used)

    def use(self, who: str, now: int, processes: int = 1) -> tuple[Verdict, int]:
        """Use one, if there is one; the time is that at which silence ends, when it has begun. `processes` is how many
        share the allowance.
        """
        used, verdict = use(self._allowance.share(processes), self._used.get(who, Used()), now)
        if who not in self._used and len(self._used) >= self._most:
            self._forget(now)
        self._used[who] = used
        return verdict, used.shut_until

    def _forget(self, now: int) -> None:
        shut = [(who, used) for who, used in self._used.items() if used.shut_until > now]
        self._used = dict(shut[max(0, len(shut) - self._most // 2) :])


# In the database.


def used_in(row: Row) -> Used:
    """What a row tells of an account's inquiries; an account that has no row has used nothing."""
    return Used(row["arrival_ms"] or 0, row["quick_ms"] or 0, row["shut_until"] or 0)


def read(customer: str, what: str) -> Script[Used]:
    """What an account has used."""
    rows = yield "allowance_read", {"customer": customer, "what": what}
    return used_in(rows[0]) if rows else Used()


def write(customer: str, what: str, used: Used, now: int) -> Script[None]:
    """Remember what an account has used."""
    yield (
        "allowance_write",
        {
            "customer": customer,
            "what": what,
            "arrival_ms": used.arrival_ms,
            "quick_ms": used.quick_ms,
            "shut_until": used.shut_until,
            "now": now,
        },
    )


def is_told(allowance: Allowance, who: str, until: int, now: int) -> Script[bool]:
    """Whether somebody who says too much was told so already, by any process; if not, they are told now, and are
    answered again at `until`.
    """
    used = yield from read(who, "message")
    if now < used.shut_until <= now + allowance.rest_seconds * 1000:
        return True
    yield from write(who, "message", Used(shut_until=until), now)
    return False


def may_ask(allowance: Allowance, who: str, now: int, what: Literal["ask", "prompt"] = "ask") -> Script[bool]:
    """Whether an account may ask the provider about an order of its own once more, or have a payer asked who has not
    paid for it yet; if so, that is used. A telephone that is asked has an allowance, too.
    """
    used, verdict = use(allowance, (yield from read(who, what)), now)
    if verdict == "yes":
        yield from write(who, what, used, now)
    return verdict == "yes"
