"""Resolves names under `.local` by mDNS, for computers whose resolver does not.

The query is sent from its own port, so that the answer comes at once and by unicast (RFC 6762 section 6.7), even when
another program holds port 5353 exclusively.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, suppress
from ipaddress import IPv4Address

from zeroconf import DNSAddress, DNSIncoming, DNSOutgoing, DNSQuestion  # type: ignore[attr-defined]

from tui.core.link.private import choose_address
from tui.net.interfaces import addresses_of, local_networks

PAUSES_S = (0.3, 0.7, 2.0)
"""One lost packet costs 0.3 s, as in the browser. The last pause is repeated."""

LARGEST = 9000
"""Bytes in a packet (RFC 6762 section 17)."""

MOST_PACKETS = 200
"""That are read for one name; an honest answer is one."""

_GROUP, _PORT = "224.0.0.251", 5353
_A, _IN = 1, 1  # RFC 1035 section 3.2


async def ask(name: str, interfaces: Sequence[str] = ()) -> str:
    """The address of `name`, asked on the interfaces with these addresses, else on all, until there is an answer.

    Cancel it to give up. Raises `OSError` where there is no network to ask in.
    """
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[str] = loop.create_future()
    near = [network.network for network in local_networks()]
    loopback = any(address.startswith("127.") for address in interfaces)

    def heard(addresses: Sequence[str]) -> None:
        address = choose_address(addresses, near, loopback)
        if address and not answer.done():
            answer.set_result(address)

    ear = _Ear(name, heard)
    transports: list[asyncio.DatagramTransport] = []
    with ExitStack() as stack:
        for own in addresses_of(interfaces):
            with suppress(OSError):  # it has just gone; there may be others
                transport, _ = await loop.create_datagram_endpoint(lambda: ear, sock=_socket(own))
                stack.callback(transport.abort)
                transports.append(transport)
        if not transports:
            raise OSError("there is no network to ask in")
        for pause in _pauses():
            for transport in transports:
                for question in _questions(name):
                    transport.sendto(question, (_GROUP, _PORT))
            await asyncio.wait((answer,), timeout=pause)
            if answer.done():
                break
        return answer.result()


def addresses_in(packet: bytes, name: str) -> list[str]:
    """The IPv4 addresses that an answer gives for `name`; none if it is no answer, or one to something else."""
    if len(packet) > LARGEST:
        return []
    message = DNSIncoming(packet)
    if not message.valid or not message.is_response():
        return []
    return [
        str(IPv4Address(record.address))
        for record in message.answers()
        if isinstance(record, DNSAddress)
        and (record.type, record.class_) == (_A, _IN)
        and record.name.lower() == f"{name.lower()}."
        and record.ttl > 0  # 0 is a goodbye
        and len(record.address) == 4
    ]


class _Ear(asyncio.DatagramProtocol):
    """Hears what comes back. Errors of sending are of no use: who asked asks again, or gives up."""

    def __init__(self, name: str, heard: Callable[[Sequence[str]], None]) -> None:
        self._name = name
        self._heard = heard
        self._left = MOST_PACKETS

    def datagram_received(self, data: bytes, source: tuple[str, int]) -> None:
        if source[1] != _PORT or not self._left:  # only who may hold that port answers (RFC 6762 section 11)
            return
        self._left -= 1
        if addresses := addresses_in(data, self._name):
            self._heard(addresses)


def _socket(own: str) -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(own))
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 255)
        sock.bind((own, 0))
    except OSError:
        sock.close()
        raise
    return sock


def _questions(name: str) -> Iterator[bytes]:
    """Asking for an answer to us alone, and for one to all: how the devices' own responder behaves is not known."""
    for unicast in (True, False):
        message = DNSOutgoing(0, multicast=True)
        question = DNSQuestion(f"{name}.", _A, _IN)
        question.unicast = unicast
        message.add_question(question)
        yield from message.packets()


def _pauses() -> Iterator[float]:
    yield from PAUSES_S
    while True:
        yield PAUSES_S[-1]
