"""The webhook's secret token: Telegram repeats it in a header of every update, and nobody else knows it. Pure.

It is derived from `SECRET_KEY`, so that every replica expects the same one and nothing has to be stored.
"""

import hashlib
import hmac
from functools import lru_cache

HEADER = "X-Telegram-Bot-Api-Secret-Token"

_PURPOSE = b"telegram webhook secret token, 1"


@lru_cache(maxsize=4)
def secret_token(secret_key: bytes) -> str:
    """64 hexadecimal digits; Telegram takes 1 to 256 of `A-Z a-z 0-9 _ -` (documented)."""
    return hmac.new(secret_key, _PURPOSE, hashlib.sha256).hexdigest()


def verify(header: str | None, secret_key: bytes) -> bool:
    """Whether the header of an update proves that Telegram sent it; the comparison takes the same time for any text."""
    return hmac.compare_digest((header or "").encode("utf-8", "replace"), secret_token(secret_key).encode())
