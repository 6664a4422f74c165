"""The address of the database: a SQLite file of one process, or a PostgreSQL that several share. Nothing here quotes
what it was given, for a password may stand in it, or in what was meant as one.
"""

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import SplitResult, parse_qs, parse_qsl, unquote, urlsplit

SQLITE: Final = "sqlite:///"
_SCHEMES: Final = ("postgresql", "postgres")
_HOST: Final = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\[\]:@]*)(:\d{1,5})?")
_SECRETS: Final = ("password", "sslpassword")
# Where there are several hosts, the one that takes writes is the primary.
_PRIMARY: Final = "target_session_attrs"
_LEADS_TO_PRIMARY: Final = ("any", "primary", "read-write")


def checked(text: str) -> str:
    """The address as it is used. Raises ValueError, whose words do not quote it, when it is none."""
    if text.startswith(SQLITE) and text != SQLITE:
        return text
    if is_postgres(text):
        return _checked_postgres(text)
    raise ValueError(
        "must be sqlite:///relative/path.db or sqlite:////absolute/path.db, or postgresql://user:password@host/database"
    )


def is_postgres(url: str) -> bool:
    """Whether it leads to a PostgreSQL."""
    return url.partition("://")[0] in _SCHEMES


def secrets_of(url: str) -> tuple[str, ...]:
    """The passwords that stand in it, as they are written and as they are meant."""
    if not is_postgres(url):
        return ()
    parts = urlsplit(url)
    written = [parts.netloc.partition("@")[0].partition(":")[2]]
    written += [
        value for name, _, value in (each.partition("=") for each in parts.query.split("&")) if name in _SECRETS
    ]
    meant = [value for name, value in parse_qsl(parts.query) if name in _SECRETS]
    return tuple(dict.fromkeys(filter(None, (*written, *map(unquote, written), *meant))))


def shown(url: str) -> str:
    """It without passwords, for people."""
    if not is_postgres(url):
        return url.removeprefix(SQLITE)
    parts = urlsplit(url)
    user, at, hosts = parts.netloc.rpartition("@")
    query = parse_qs(parts.query)
    hosts = hosts or ",".join(query.get("host", ()))
    name = parts.path.removeprefix("/") or ",".join((*query.get("dbname", ()), *query.get("database", ())))
    return f"{parts.scheme}://{user.partition(':')[0]}{at}{hosts}/{name}"


def _checked_postgres(text: str) -> str:
    try:
        parts = urlsplit(text)
        query = parse_qsl(parts.query, strict_parsing=bool(parts.query), keep_blank_values=True)
    except ValueError:
        raise ValueError("cannot be read: write postgresql://user:password@host:port/database") from None
    for problem in _problems(parts, dict(query)):
        raise ValueError(problem)
    hosts = parts.netloc.rpartition("@")[2] or dict(query).get("host", "")
    if "," in hosts and _PRIMARY not in dict(query):
        return f"{text}{'&' if parts.query else '?'}{_PRIMARY}=read-write"
    return text


def _problems(parts: SplitResult, query: dict[str, str]) -> Iterator[str]:
    _, _, hosts = parts.netloc.rpartition("@")
    if parts.fragment or parts.netloc.count("@") > 1 or not all(map(_HOST.fullmatch, hosts.split(","))):
        yield "cannot be read: in a password, write @ : / ? # % as %40 %3A %2F %3F %23 %25"
    if not (parts.path.strip("/") or query.get("dbname") or query.get("database")):
        yield "must name the database: postgresql://user:password@host:port/database"
    if query.get(_PRIMARY, "any") not in _LEADS_TO_PRIMARY:
        yield f"must lead to the primary: {_PRIMARY}=read-write"
