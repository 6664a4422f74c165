"""The collectors' brains: requests out, answers in. Pure; the bytes are carried by the adapters.

`dexchange` and `dexpay` know each one provider; `creating` and `reading` are what both have in common. Nothing here
raises, whatever the bytes, and a word that has never been seen decides nothing.
"""
