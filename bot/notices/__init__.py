"""What we say unasked: the news of orders, sales, lists, broadcasts, and the alerts of admins. Pure.

Nothing here decides. A notice is an `Outbound` made of values that somebody else has read.
"""
