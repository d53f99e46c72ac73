"""What the link doctor finds out about this computer and its network as a whole."""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import Callable, Sequence
from ipaddress import IPv4Network
from typing import TYPE_CHECKING

from tui.core.doctor.evidence import Computer, Reach
from tui.core.events import Event
from tui.engine.clock import Clock
from tui.net.interfaces import addresses_of, near_subnets
from tui.net.ownside import OwnSide
from tui.net.probe import connect

if TYPE_CHECKING:
    from tui.net.mdnsear import Earful

GATEWAY_PORTS = (80, 443, 53)
"""At which a router accepts or refuses; one that drops what it does not serve has one of these (own choice)."""
GATEWAY_S = 1.0
GATEWAY_TIMES = 3


def computer_on(side: OwnSide, *, mdns: bool) -> Computer:
    """This computer as it is before anything was asked or heard."""
    return Computer(
        side.interfaces(),
        side.has_ipv6(),
        side.gateway(),
        multicast_route=side.has_multicast_route(),
        mdns_used=mdns,
        port_5353=side.port_5353() if mdns else None,
        holders=side.holders_5353() if mdns else (),
        is_telling=side.is_telling,
    )


def reach_of_mdns(interfaces: Sequence[str]) -> tuple[IPv4Network, ...]:
    """The networks whose announcements can be heard here."""
    loopback = [IPv4Network("127.0.0.0/8")] if any(it.startswith("127.") for it in interfaces) else []
    return (*near_subnets(interfaces), *loopback)


async def hear(interfaces: Sequence[str], clock: Clock, seconds: float, heard: Callable[[Event], None]) -> Earful:
    """Listen to mDNS for so long, tell `heard` of devices, and return who else is there."""
    from tui.net.discovery import Discovery
    from tui.net.mdnsear import Earful, listen

    addresses = addresses_of(interfaces)
    if not addresses:
        return Earful(fault="this computer has no network address")
    finding = asyncio.create_task(Discovery(clock.now, interfaces).run(heard))
    try:
        return await listen(addresses, seconds)
    finally:
        finding.cancel()
        await asyncio.gather(finding, return_exceptions=True)


async def gateway_s(gateway: str) -> float | None:
    """How many seconds a connection to the gateway takes, the median of three: a refusal is an answer, too. None
    without one."""
    for port in GATEWAY_PORTS:
        took = list[float]()
        for _ in range(GATEWAY_TIMES):
            ended = await connect(gateway, port, GATEWAY_S)
            if ended.reach not in (Reach.ACCEPTED, Reach.REFUSED):
                break
            took.append(ended.seconds)
        if took:
            return statistics.median(took)
    return None
