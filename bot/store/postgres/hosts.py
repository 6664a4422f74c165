"""The hosts of a database's address: each is asked by itself, so that none keeps us from the next.

A host that has died says nothing at all, and one that starts, stops or takes no writes refuses us; the driver, which
knows several hosts, waits for the first of them and gives up at the second.
"""

from functools import cache
from itertools import zip_longest
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

_HOST: Final = "host"
_PORT: Final = "port"


@cache
def host_by_host(url: str) -> tuple[str, ...]:
    """The same address for each of its hosts alone, in their order."""
    parts = urlsplit(url)
    who, at, netloc = parts.netloc.rpartition("@")
    if netloc:
        return tuple(urlunsplit(parts._replace(netloc=f"{who}{at}{host}")) for host in netloc.split(","))
    query = parse_qsl(parts.query, keep_blank_values=True)
    hosts = dict(query).get(_HOST, "").split(",")
    ports = dict(query).get(_PORT, "").split(",")
    if len(hosts) == 1:
        return (url,)
    rest = [(name, value) for name, value in query if name not in (_HOST, _PORT)]
    alone = zip_longest(hosts, ports, fillvalue=ports[0])
    return tuple(
        urlunsplit(
            parts._replace(query=urlencode([*rest, (_HOST, host), *([(_PORT, port)] if port else [])], safe="/"))
        )
        for host, port in alone
    )
