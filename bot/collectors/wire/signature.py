"""Whether a webhook comes from DEXPAY: a hex HMAC-SHA256 over the raw bytes of its body. Pure.

The secret is the API's or one for webhooks alone; which of them signs is not the same everywhere, so each that is set
is tried. Comparisons take the same time for any text.
"""

import hmac
from collections.abc import Mapping
from typing import Literal

# The second one is older.
HEADERS = ("x-webhook-signature", "x-dexpay-signature")


def sign(raw: bytes, secret: str) -> str:
    """The header's value for these bytes."""
    return hmac.new(secret.encode(), raw, "sha256").hexdigest()


def signature_of(
    sent: Mapping[str, str], raw: bytes, secrets: tuple[str, ...]
) -> Literal["valid", "invalid", "missing", "none"]:
    """What the headers prove. One valid signature is enough."""
    if not secrets:
        return "none"
    given = [value for name, value in sent.items() if name.lower() in HEADERS]
    if not given:
        return "missing"
    # Every pair is compared, so that the time says nothing about which of them was nearly right.
    proved = [
        hmac.compare_digest(
            value.strip().lower().removeprefix("sha256=").encode("utf-8", "replace"), sign(raw, secret).encode()
        )
        for value in given
        for secret in secrets
    ]
    return "valid" if any(proved) else "invalid"
