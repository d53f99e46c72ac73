"""Where a server of ours listens, as a user types it."""

from __future__ import annotations

import errno
from ipaddress import IPv6Address, ip_address
from typing import NamedTuple

from tui.core.text import quoted

LOOPBACK = "127.0.0.1"


class Listening(NamedTuple):
    """An address of this computer and a port."""

    host: str
    port: int

    @property
    def address(self) -> str:
        """As a user types it, and as it stands in a URL."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def url(self, name: str) -> str:
        """Where a browser finds it; by the `name` of this computer where it listens at all of its addresses.

        >>> Listening("0.0.0.0", 8000).url("raspberrypi")
        'http://raspberrypi:8000/'
        """
        everywhere = ip_address(self.host).is_unspecified
        return f"http://{name}:{self.port}/" if everywhere else f"http://{self.address}/"

    @property
    def is_loopback(self) -> bool:
        """Whether only this computer reaches it."""
        return ip_address(self.host).is_loopback


WEB_PLACE = Listening(LOOPBACK, 8000)
"""Where `hwtui web` listens unless it is told otherwise."""


def why_not(listening: Listening, error: OSError) -> str:
    """Why it cannot be listened there, and what to do.

    >>> why_not(Listening("192.0.2.1", 9925), OSError(errno.EADDRNOTAVAIL, ""))
    'cannot listen at 192.0.2.1:9925: this computer has no such address: use one of its own, or 0.0.0.0 for all of them'
    """
    match error.errno:
        case errno.EADDRINUSE:
            why = "another program does already: use another port"
        case errno.EADDRNOTAVAIL:
            why = "this computer has no such address: use one of its own, or 0.0.0.0 for all of them"
        case errno.EACCES:
            why = "only root may: use a port above 1023"
        case _:
            why = f"{error.strerror}: use another port"
    return f"cannot listen at {listening.address}: {why}"


def parse_listening(text: str) -> Listening:
    """PORT (on loopback), ADDRESS:PORT or [ADDRESS]:PORT. Raises `ValueError`.

    >>> parse_listening("9925")
    Listening(host='127.0.0.1', port=9925)
    >>> parse_listening("[::1]:9925").address
    '[::1]:9925'
    """
    host, _, port = text.strip().rpartition(":")
    if not (port.isascii() and port.isdigit() and len(port) <= 5 and 1 <= int(port) <= 65535):
        raise ValueError(f'"{quoted(text, 80)}" has no port from 1 to 65535: use one like 9925 or 192.168.1.5:9925')
    if host in ("", "localhost"):
        return Listening(LOOPBACK, int(port))
    try:
        address = ip_address(host.removeprefix("[").removesuffix("]"))
    except ValueError:
        raise ValueError(
            f'"{quoted(host, 80)}" is no address of a computer: use one like 192.168.1.5, or 0.0.0.0 for all of them'
        ) from None
    if isinstance(address, IPv6Address) and address.scope_id:
        raise ValueError(f'"{quoted(host, 80)}" has a zone: leave out what follows the %')
    return Listening(str(address), int(port))
