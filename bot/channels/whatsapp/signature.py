"""Whether a request comes from Meta: its signature, and the greeting by which Meta makes sure of us. Pure.

Every webhook carries `X-Hub-Signature-256: sha256=<hex>`, an HMAC of the raw bytes with the app's secret (documented).
Without a secret nothing can be proved, so nothing is believed. Comparisons take the same time for any text.
"""

import hmac
import re
from collections.abc import Mapping
from functools import lru_cache

HEADER = "X-Hub-Signature-256"

_PREFIX = "sha256="
_SIGNATURE = re.compile(r"sha256=[0-9a-f]{64}")
_CHALLENGE = re.compile(r"[A-Za-z0-9_.-]{1,256}")


def sign(body: bytes, app_secret: str) -> str:
    """The header's value for these bytes."""
    signing = _keyed(app_secret).copy()
    signing.update(body)
    return _PREFIX + signing.hexdigest()


@lru_cache(maxsize=4)
def _keyed(app_secret: str) -> hmac.HMAC:
    """The part that is the same for all bodies; every copy is as good as a new one."""
    return hmac.new(app_secret.encode(), digestmod="sha256")


def is_signed(header: str | None) -> bool:
    """Whether the header has the form of a signature: without one no body is worth reading."""
    return header is not None and _SIGNATURE.fullmatch(header) is not None


def verify(header: str | None, body: bytes, app_secret: str) -> bool:
    """Whether the header proves that whoever knows the app's secret sent these bytes."""
    if not app_secret:
        return False
    return hmac.compare_digest((header or "").encode("utf-8", "replace"), sign(body, app_secret).encode())


def challenge(query: Mapping[str, str], verify_token: str) -> bytes | None:
    """What to echo to the GET by which Meta checks our path; None when it does not know our verify token.

    The challenge is echoed only when it is plain: nobody shall make our address say something else.
    """
    if not verify_token or query.get("hub.mode") != "subscribe":
        return None
    given = query.get("hub.verify_token", "").encode("utf-8", "replace")
    if not hmac.compare_digest(given, verify_token.encode()):
        return None
    asked = query.get("hub.challenge", "")
    return asked.encode() if _CHALLENGE.fullmatch(asked) else None
