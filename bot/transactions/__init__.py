"""What several tables and words make one event: placing and settling orders, telling people, limits. Pure.

A transaction is a script that is run whole or not at all. It composes the repositories and the notices; it is used by
the steps of the dialogue and by the workers alike.
"""
