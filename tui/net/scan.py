"""Asking every address of a subnet whether it is a HomeWizard device, for sites where mDNS is blocked.

Only on request, only in private networks, and only `GET /api`, so that it is gentle on a stranger's network. Most of
its connections are never answered. What listens for API v2, as most web servers do, is asked nothing before its
certificate has shown that it is a device; until something does, nothing of TLS is loaded.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, collapse_addresses
from typing import Protocol

from tui.core.model import Endpoint
from tui.core.reading import Identity
from tui.net.device import DeviceClient
from tui.net.errors import ApiDisabled, DeviceError, WrongCertificate
from tui.net.interfaces import addresses_of

MOST_ADDRESSES = 1024
"""A /22: at the slowest half a minute. Linux remembers about as many neighbours (gc_thresh3 of arp(7))."""


@dataclass(frozen=True, slots=True)
class Named:
    """A device that speaks API v2: to somebody who is not paired it says no more than its certificate does."""

    serial: str
    kind: str | None = None
    """What the certificate calls its product."""
    of: Endpoint | None = None
    """Its API v1, if that answered at the same address that it is off."""


Answer = Identity | ApiDisabled | Named
"""Who a device is, over v1 or over v2; or that its API v1 is off, so that it may not say."""

Found = Callable[[Endpoint, Answer], None]
"""Takes a device that answered; one that speaks both APIs twice, v1 first."""


class SecureClient(Protocol):
    """What is asked over API v2. `net.v2.V2Client` is the one over TLS."""

    @property
    def serial(self) -> str | None: ...
    @property
    def kind(self) -> str | None: ...
    async def identity(self) -> Identity: ...
    async def aclose(self) -> None: ...


AskV2 = Callable[[Endpoint], SecureClient]
"""Makes a client without a token, with a time limit of its own: a device takes a second for the handshake."""

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
    tls_port: int = 443,
    ask_v2: AskV2 | None = None,
    concurrency: int = 64,
    rate_per_s: float = 200.0,
    timeout_s: float = 1.5,
    progress: Progress | None = None,
) -> None:
    """Ask `/api` on every address of `networks` but this machine's own, and tell `found` of each HomeWizard device.

    With `ask_v2` those that listen on `tls_port` are asked over API v2, too; both ports are knocked at together. At
    most `concurrency` addresses are asked at a time, each over two sockets at most, and `rate_per_s` in a second.
    `timeout_s` is for the connection and once more for the answer over v1; it allows for one SYN that Wi-Fi lost (sent
    again after 1 s). Cancelling closes everything. Raises `ValueError` as `scan_addresses` does, and what `found` and
    `progress` raise, in a group.
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
            plain, secure = await asyncio.gather(
                _listens(address, port, timeout_s),
                _listens(address, tls_port, timeout_s) if ask_v2 else asyncio.sleep(0, False),
            )
            endpoint, of = Endpoint(address, port), None
            if plain and (answer := await _identify(endpoint, timeout_s)) is not None:
                of = endpoint if isinstance(answer, ApiDisabled) else None
                found(endpoint, answer)
            endpoint = Endpoint(address, tls_port, "v2")
            if secure and ask_v2 and (named := await _named(ask_v2(endpoint), of)) is not None:
                found(endpoint, named)
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


async def _identify(endpoint: Endpoint, timeout_s: float) -> Identity | ApiDisabled | None:
    """Who listens there; None for whatever else answers, which is none of our business."""
    async with DeviceClient(endpoint, timeout_s) as client:
        try:
            return await client.identity()
        except ApiDisabled as off:
            return off
        except DeviceError:
            return None


async def _named(client: SecureClient, of: Endpoint | None) -> Named | None:
    """Who listens there over TLS, as its certificate says: once that was accepted, no answer makes it anything else.

    A device that is not paired answers 401 (API documentation, v2, authorization); a busy one may not answer in time.
    """
    try:
        await client.identity()
    except WrongCertificate:
        return None
    except DeviceError:
        pass
    finally:
        await client.aclose()
    return Named(client.serial, client.kind, of) if client.serial else None
