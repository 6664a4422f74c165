"""What the settings of several rooms are made of: URLs, and secrets that go into a header."""

import re
from ipaddress import ip_address
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, SecretStr


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _base_url(text: str) -> str:
    """A URL to which paths are appended. Plain http would carry secrets in clear, so only this machine may use it."""
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or parts.scheme not in {"https", "http"} or parts.query or parts.fragment or re.search(r"\s", text):
        raise ValueError("must be a URL such as https://bot.example.org, without ? and #")
    if parts.username is not None or parts.password is not None:
        raise ValueError("must not carry a user name or a password")
    if parts.scheme == "http" and not _is_loopback(host):
        raise ValueError("must begin with https:// (http:// is taken for this machine only)")
    return text.rstrip("/")


def _header_secret(secret: SecretStr) -> SecretStr:
    if not re.fullmatch(r"[!-~]+", secret.get_secret_value()):
        raise ValueError("holds a space, a line break or a letter outside ASCII: copy it again")
    return secret


BaseUrl = Annotated[str, AfterValidator(_base_url)]
HeaderSecret = Annotated[SecretStr, AfterValidator(_header_secret)]
