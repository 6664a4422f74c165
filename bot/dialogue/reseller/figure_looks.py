"""What a reseller's figures are drawn from. Pure.

A sale belongs to the day on which it was confirmed, whenever it was delivered: that is the date on its receipt. Only
delivered orders are sales.
"""

from bot.dialogue.looks import Look


class LookSales(Look, frozen=True):
    """→ Sales of the person who speaks, confirmed at `since` or later and before `until`."""

    since: int
    until: int
    clients: int = 10


class LookEarned(Look, frozen=True):
    """→ Earned by the person who speaks since `month` and since `day`, both before `until`."""

    day: int
    month: int
    until: int
