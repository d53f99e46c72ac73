"""`hwtui devices --scan`: asking every address of the own subnet, for sites where mDNS is blocked."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from ipaddress import IPv4Network

from tui.core.settings import SettingsError
from tui.engine.commands.streams import narrate
from tui.engine.monitor import Monitor
from tui.net.interfaces import LocalNetwork, local_networks, scanned_part
from tui.net.scan import scan_addresses


async def search_subnet(monitor: Monitor, limit_s: float | None) -> None:
    """Ask every address of the own subnet, or of those of the chosen interfaces, and tell `monitor` who answered.

    If that is not done after `limit_s`, it says on stderr how far it came. The flag on the command line was the
    consent; how many addresses that means is said on stderr. Raises `SettingsError` where there is nothing that may be
    asked.
    """
    networks = subnets(local_networks(), monitor.settings.interfaces)
    if not networks:
        raise SettingsError("--scan: this computer is in no network that could be asked")
    try:
        count = len(scan_addresses(networks))
    except ValueError as error:
        raise SettingsError(f"--scan: {error}") from None
    narrate(f"hwtui: asking the {count} addresses of {', '.join(map(str, networks))}")

    asked = 0

    def progress(done: int, _: int) -> None:
        nonlocal asked
        asked = done

    try:
        async with asyncio.timeout(limit_s):
            await monitor.scan(networks, progress)
    except TimeoutError:
        narrate(f"hwtui: the scan was ended by --timeout: only {asked} of the {count} addresses were asked")


def subnets(networks: Sequence[LocalNetwork], interfaces: Sequence[str]) -> list[IPv4Network]:
    """The subnets to ask: that of the likeliest interface, or those of the chosen ones, none wider than a /22."""
    chosen = [network for network in networks if network.address in interfaces] if interfaces else networks[:1]
    return [scanned_part(one) for one in chosen]
