"""What every script needs to know of this installation: who we are, who the admins are, what is sold. Pure."""

from dataclasses import dataclass, field
from typing import Any

from bot.dialogue import Shop
from bot.model import Address

MINUTE_US = 60_000_000


@dataclass(frozen=True)
class Budget:
    """The provider's request budget (GCRA): one request every `interval_us`, `burst` at once.

    Of a rate of 100 a minute, 88 are spread evenly and 10 may come in a burst, so that no window of 60 seconds ever
    holds more than 98. Pays may use the whole burst; inquiries and look-ups must leave a part of it free, so that they
    never stand in a pay's way. What belongs to a batch comes last: it takes what everybody else leaves.
    """

    interval_us: int
    burst: int

    @classmethod
    def of(cls, rate_per_minute: int) -> "Budget":
        """The budget for a provider that allows `rate_per_minute` requests in any 60 seconds (at least 2)."""
        sustained = max(1, rate_per_minute * 88 // 100)
        return cls(-(-MINUTE_US // sustained), max(1, rate_per_minute // 10))

    def allowance_us(self, kind: str) -> int:
        """How far ahead of now the next request of this kind may be planned and still be sent at once."""
        tenths_kept_free = {"pay": 0, "inquiry": 3, "poll": 6, "batch": 8}[kind]
        kept_free = self.burst * tenths_kept_free // 10
        return (self.burst - 1 - kept_free) * self.interval_us


@dataclass(frozen=True)
class Desk:
    """One process's view of the installation. `owner` names the process in leases. `shop` is the shop as it was set up;
    what it is under the admins' rules is worked out once for each change of them, and kept in `ruled`.
    """

    owner: str
    shop: Shop
    admins: tuple[Address, ...]
    budget: Budget
    default_credit_limit_xof: int = 0
    ruled: dict[str, Any] = field(default_factory=dict, compare=False)
