"""The port at which the web server listens, taken before anything else is touched: a port that is taken by somebody
else must not be found out after the schema was changed and Telegram was told.
"""

import errno
import socket

from bot.errors import CannotStart

_REASONS = {
    errno.EADDRINUSE: "PORT: {at} is taken by another program: stop that one, or set PORT to another number",
    errno.EACCES: "PORT: {at} may not be taken by this user: set PORT to a number above 1023",
    errno.EADDRNOTAVAIL: "HOST: this machine has no address {host}: set HOST to one it has, or to 0.0.0.0 for all",
}


def take_port(host: str, port: int) -> list[socket.socket]:
    """Sockets bound to every address that `host` stands for. Raises CannotStart."""
    taken: list[socket.socket] = []
    try:
        for family, kind, protocol, _, address in socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        ):
            bound = socket.socket(family, kind, protocol)
            taken.append(bound)
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            bound.bind(address)
    except OSError as error:
        for each in taken:
            each.close()
        raise port_refused(host, port, error) from error
    return taken


def port_refused(host: str, port: int, error: OSError) -> CannotStart:
    """Why the port cannot be had, in words."""
    if isinstance(error, socket.gaierror):
        return CannotStart(f"HOST: {host} is no address and no name of this machine: set HOST to 127.0.0.1 or 0.0.0.0")
    words = _REASONS.get(error.errno or 0, "PORT: {at} cannot be taken ({error})")
    return CannotStart(words.format(at=f"{host}:{port}", host=host, error=error.strerror))
