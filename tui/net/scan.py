"""Asking every address of a subnet whether it is a HomeWizard device, for sites where mDNS is blocked.

Only on request, only in private networks, and only `GET /api`, so that it is gentle on a stranger's network. Most of
its connections are never answered.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterable
from ipaddress import IPv4Address, IPv4Network, collapse_addresses

from tui.core.model import Endpoint
from tui.core.reading import Identity
from tui.net.device import DeviceClient
from tui.net.errors import ApiDisabled, DeviceError
from tui.net.interfaces import addresses_of

MOST_ADDRESSES = 1024
"""A /22: at the slowest half a minute. Linux remembers about as many neighbours (gc_thresh3 of arp(7))."""

Found = Callable[[Endpoint, Identity | ApiDisabled], None]
"""Takes a device that answered: who it is, or that its local API is off, so that it may not say."""

Progress = Callable[[int, int], None]
"""Takes how many addresses were asked, and how many there are. Called once before the first and after each."""


def scan_addresses(networks: Iterable[IPv4Network]) -> list[IPv4Address]:
    """The addresses that hosts of `networks` may have, each once, in order.

    Raises `ValueError`, a sentence, if these are more than a scan may ask or not private ones.
    """
    merged = list(collapse_addresses(networks))
    for network in merged:
        if not network.is_private:  # this house's, link-local or loopback
            raise ValueError(f"{network} is not a private network: a scan asks only those")
    count = sum(network.num_addresses for network in merged)
    if count > MOST_ADDRESSES:
        names = ", ".join(map(str, merged))
        raise ValueError(
            f"{names}: {count} addresses are too many, a scan asks {MOST_ADDRESSES} at most (a /22). "
            "Give a part of the network, or the address of the device"
        )
    return [address for network in merged for address in network.hosts()]


async def scan(
    networks: Iterable[IPv4Network],
    found: Found,
    *,
    port: int = 80,
    concurrency: int = 64,
    rate_per_s: float = 200.0,
    timeout_s: float = 1.5,
    progress: Progress | None = None,
) -> None:
    """Ask `/api` on every address of `networks` but this machine's own, and tell `found` of each HomeWizard device.

    At most `concurrency` addresses are asked at a time and `rate_per_s` in a second. `timeout_s` is for the connection
    and once more for the answer; it allows for one SYN that Wi-Fi lost (sent again after 1 s). Cancelling closes
    everything. Raises `ValueError` as `scan_addresses` does, and what `found` and `progress` raise, in a group.
    """
    own = addresses_of(())
    addresses = [str(address) for address in scan_addresses(networks) if str(address) not in own]
    loop = asyncio.get_running_loop()
    room = asyncio.Semaphore(concurrency)
    done = 0

    def tell() -> None:
        if progress is not None:
            progress(done, len(addresses))

    async def ask(address: str) -> None:
        nonlocal done
        try:
            if await _listens(address, port, timeout_s):
                await _identify(Endpoint(address, port), found, timeout_s)
        finally:
            room.release()
        done += 1
        tell()

    tell()
    async with asyncio.TaskGroup() as tasks:
        due = loop.time()
        for address in addresses:
            await room.acquire()
            await asyncio.sleep(due - loop.time())
            due = max(due, loop.time()) + 1 / rate_per_s
            tasks.create_task(ask(address))


async def _listens(address: str, port: int, timeout_s: float) -> bool:
    """Whether something accepts a connection. A bare socket: nearly all addresses are empty, a client costs more."""
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setblocking(False)
        try:
            async with asyncio.timeout(timeout_s):
                await loop.sock_connect(probe, (address, port))
        except OSError:  # also TimeoutError
            return False
    return True


async def _identify(endpoint: Endpoint, found: Found, timeout_s: float) -> None:
    """Ask who listens there, and pass on HomeWizard devices. Whatever else answers is none of our business."""
    answer: Identity | ApiDisabled
    async with DeviceClient(endpoint, timeout_s) as client:
        try:
            answer = await client.identity()
        except ApiDisabled as off:
            answer = off
        except DeviceError:
            return
    found(endpoint, answer)
