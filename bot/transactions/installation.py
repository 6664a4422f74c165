"""What every script needs to know of this installation: who we are, who the admins are, what is sold. Pure."""

from dataclasses import dataclass, field
from typing import Any

from bot.domain.people import Address
from bot.shop import ShopSettings
from bot.transactions.allowances import Limits
from bot.transactions.budget import MINUTE_US, Budget
from bot.transactions.known import Known

__all__ = ["MINUTE_US", "Budget", "Installation"]


@dataclass(eq=False)
class Installation:
    """One process's view of the installation. `owner` names the process in leases; it is another one after others have
    taken the process for dead (`bot.replicas`), and all else stays. `shop` is the shop as it was set up;
    what it is under the admins' rules is worked out once for each change of them, and kept in `ruled`. `lines` are the
    classes of which this process has seen somebody wait for the provider, `known` what the provider answered a moment
    ago. `limits` are those of one person.
    """

    owner: str
    shop: ShopSettings
    admins: tuple[Address, ...]
    budget: Budget
    default_credit_limit_xof: int = 0
    ruled: dict[str, Any] = field(default_factory=dict, compare=False)
    lines: set[str] = field(default_factory=set, compare=False)
    limits: Limits = field(default_factory=Limits)
    known: Known = field(default_factory=Known, compare=False)
