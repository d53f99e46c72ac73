"""Whether any mDNS is heard at all, and from how many: for a while, of whatever make.

Who does not hear a printer does not hear a meter either. What is asked is the question of RFC 6763, section 9 (which
services are there), to the group; what is heard is not read further than who sent it.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from tui.net.ownside import MDNS, share

MOST_SOURCES = 1024
"""Of a flood, no more are counted."""
PAUSES_S = (0.0, 0.4, 0.8)
"""Before each question: one that is lost costs no more than that."""
QUESTION = (
    b"\0\0\0\0\0\1\0\0\0\0\0\0" + b"".join(bytes([len(part)]) + part for part in (b"_services", b"_dns-sd", b"_udp"))
    + b"\5local\0" + b"\0\x0c\0\1"
)  # fmt: skip
"""RFC 1035, section 4.1: a header with one question, PTR (12) in class IN (1)."""


@dataclass(frozen=True, slots=True)
class Earful:
    """What came of listening."""

    sources: frozenset[str] = frozenset()
    """The addresses that sent anything, but not this computer's own."""
    fault: str = ""
    """Why nothing could be heard."""


class _Ear(asyncio.DatagramProtocol):
    def __init__(self, own: Sequence[str]) -> None:
        self.sources: set[str] = set()
        self._own = frozenset(own)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if addr[0] not in self._own and len(self.sources) < MOST_SOURCES and len(data) >= 12:
            self.sources.add(addr[0])

    def error_received(self, exc: Exception) -> None:
        """A question that could not be sent: the others may be."""


async def listen(addresses: Sequence[str], seconds: float, group: tuple[str, int] = MDNS) -> Earful:
    """Ask and listen on these addresses of this computer for so long. Never raises."""
    loop = asyncio.get_running_loop()
    ear, faults = _Ear(addresses), list[str]()
    transports: list[asyncio.DatagramTransport] = []
    for address in addresses:
        # One hears the group; one asks from a port of its own, whose answers come to it alone (RFC 6762, 6.7).
        for port in (group[1], 0):
            try:
                transport, _ = await loop.create_datagram_endpoint(lambda: ear, sock=_socket(address, port, group))
            except OSError as error:
                faults.append(error.strerror or type(error).__name__)
            else:
                transports.append(transport)
    try:
        asking = asyncio.create_task(_ask(transports, group))
        await asyncio.sleep(seconds)
        asking.cancel()
    finally:
        for transport in transports:
            transport.close()
    return Earful(frozenset(ear.sources), "" if transports else (faults or ["no network address"])[0])


async def _ask(transports: Sequence[asyncio.DatagramTransport], group: tuple[str, int]) -> None:
    for pause in PAUSES_S:
        await asyncio.sleep(pause)
        for transport in transports:
            with suppress(OSError):
                transport.sendto(QUESTION, group)


def _socket(address: str, port: int, group: tuple[str, int]) -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        made.setblocking(False)
        made.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(address))
        made.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 255)
        if port:
            share(made)
            made.bind(("", port))
            member = socket.inet_aton(group[0]) + socket.inet_aton(address)
            made.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, member)
        else:
            made.bind((address, 0))
    except OSError:
        made.close()
        raise
    return made
