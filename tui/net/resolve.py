"""Resolves host names.

It does not use asyncio's resolver, whose threads would hold up the end of the process when a name server does not
answer. Names under `.local` are resolved by the system and by mDNS in parallel, since some systems (containers, a
minimal Debian) do not support mDNS.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from ipaddress import AddressValueError, IPv4Address
from threading import Thread

from tui.core.link.private import choose_address
from tui.net.errors import NoAddress

AddressOf = Callable[[str], Awaitable[str]]
"""Takes a host and gives its IPv4 address, or raises `NoAddress`."""


class Names:
    """Looks up names, and remembers which were found.

    Without `mdns` only the system is asked; `interfaces` are addresses of this machine, and mDNS is used on those
    alone, else on all local networks.
    """

    def __init__(self, *, mdns: bool = False, interfaces: Sequence[str] = ()) -> None:
        self._mdns = mdns
        self._interfaces = tuple(interfaces)
        self._found: set[str] = set()
        self._threads: dict[str, asyncio.Future[list[str]]] = {}

    async def address_of(self, host: str) -> str:
        """The IPv4 address of `host` as it is now; an address is its own. Raises `NoAddress`."""
        if is_address(host):
            return host
        ways = [self._by_system(host)]
        if self._mdns and is_local(host):
            ways.append(self._by_mdns(host))
        asked = [asyncio.ensure_future(way) for way in ways]
        try:
            for first in asyncio.as_completed(asked):
                if address := await first:
                    self._found.add(host)
                    return address
        finally:
            for way in asked:
                way.cancel()
            await asyncio.gather(*asked, return_exceptions=True)
        raise NoAddress

    def has_address(self, host: str) -> bool:
        """Whether `host` is an address, or one was found for it."""
        return host in self._found or is_address(host)

    async def missing(self, hosts: Iterable[str], timeout_s: float) -> list[str]:
        """Those of `hosts` that have no address, or none that anybody could tell within `timeout_s`; each once."""
        names = list(dict.fromkeys(hosts))
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await asyncio.gather(*map(self.address_of, names), return_exceptions=True)
        return [name for name in names if not self.has_address(name)]

    async def _by_mdns(self, host: str) -> str | None:
        from tui.net.localname import ask  # zeroconf takes its time to load: only for those who have such a name

        try:
            return await ask(host, self._interfaces)
        except OSError:
            return None

    async def _by_system(self, host: str) -> str | None:
        """What the system's resolver says. Its thread cannot be cut short, so a name that hangs has only one.

        For a name under `.local` it may have asked anybody in this network, or a name server on the internet that
        has an advertisement for names it does not know: only a private address is believed, or one of this machine.
        """
        if host not in self._threads:
            loop = asyncio.get_running_loop()
            self._threads[host] = answer = loop.create_future()
            answer.add_done_callback(lambda _: self._threads.pop(host))
            Thread(target=_ask_system, args=(host, loop, answer), name=f"name {host}", daemon=True).start()
        addresses = await asyncio.shield(self._threads[host])
        return choose_address(addresses, (), loopback=True) if is_local(host) else next(iter(addresses), None)


def is_address(host: str) -> bool:
    """Whether nothing has to be looked up."""
    try:
        IPv4Address(host)
    except AddressValueError:
        return False
    return True


def is_local(host: str) -> bool:
    """Whether it is a name of this network alone (RFC 6762 section 3)."""
    return host.endswith(".local")


def _ask_system(host: str, loop: asyncio.AbstractEventLoop, answer: asyncio.Future[list[str]]) -> None:
    try:
        found = socket.getaddrinfo(host, None, socket.AF_INET, socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        found = []
    addresses = [str(address[0]) for *_, address in found]

    def tell() -> None:
        if not answer.done():
            answer.set_result(addresses)

    with suppress(RuntimeError):  # the loop is closed: the answer is no longer needed
        loop.call_soon_threadsafe(tell)
