"""How long a lease holds, and what a clock that was set says of it. Pure."""

from typing import Final

# The clock may jump back. A row "updated" further ahead than this was written before such a jump, and a lease or a
# pause that ends beyond the longest one we ever write was too: both count as due.
CLOCK_TRUST_MS = 60_000
PAUSE_LIMIT_MS = 600_000
FOR_EVER: Final = 2**62

# An order is leased to whoever calls for it, for longer than the call may take.
PAY_LEASE_MS = 90_000
LOOK_UP_LEASE_MS = 30_000


def lease_bounds(now: int, trusts_clock: bool) -> tuple[int, int]:
    """When another process's lease has ended: up to the first time, or beyond the second, because it was written before
    the clock was set back. Where the clock is not to be trusted (`bot.leases`), none has.
    """
    return (now, now + PAUSE_LIMIT_MS) if trusts_clock else (0, FOR_EVER)
