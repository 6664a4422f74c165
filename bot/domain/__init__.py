"""What may happen and what is owed: pure values and functions, without words for people.

Values are frozen and check themselves. Money is whole XOF in an `int`; the XOF has no cents. Times are integer
milliseconds since the epoch (UTC) and end in `_at`; durations end in `_seconds`.
"""
