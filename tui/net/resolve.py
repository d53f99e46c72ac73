"""Which of the hosts that a person typed have no address at all: a wrong name deserves a plain word, and at once."""

from __future__ import annotations

import socket
from collections.abc import Iterable
from ipaddress import AddressValueError, IPv4Address
from threading import Thread
from time import monotonic


def unresolvable(hosts: Iterable[str], timeout_s: float) -> list[str]:
    """The host names without an IPv4 address, and those that nobody could tell within `timeout_s`.

    IPv4 addresses are not looked up. Each look-up has a thread of its own, since the system's cannot be cut short;
    one that hangs keeps nobody from leaving (asyncio's own threads for it would).
    """
    names = [host for host in dict.fromkeys(hosts) if not _is_ipv4(host)]
    found: set[str] = set()
    threads = [Thread(target=_look_up, args=(name, found), daemon=True) for name in names]
    for thread in threads:
        thread.start()
    end = monotonic() + timeout_s
    for thread in threads:
        thread.join(max(0.0, end - monotonic()))
    return [name for name in names if name not in found]


def _look_up(name: str, found: set[str]) -> None:
    try:
        socket.getaddrinfo(name, None, socket.AF_INET, socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return
    found.add(name)


def _is_ipv4(host: str) -> bool:
    try:
        IPv4Address(host)
    except AddressValueError:
        return False
    return True
