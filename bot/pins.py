"""PINs: how a reseller's PIN is hashed and checked.

Argon2 is slow on purpose (some tens of milliseconds and 64 MiB), so it runs in a thread and never inside a transaction.
"""
