"""The networks of this computer: where to listen, what to scan, and a key that identifies the house."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv4Network
from pathlib import Path
from time import monotonic

PROC_NET = Path("/proc/net")
SYS_CLASS_NET = Path("/sys/class/net")

RECENT_S = 5.0
"""A look at the networks takes 1 ms, which is much for a screen that shows them every second for months."""

WIDEST_PREFIX = 22
"""Of a larger network only the part around this computer is asked: 1022 addresses take half a minute."""

_ROUTE_UP_WITH_GATEWAY = 0x3  # RTF_UP | RTF_GATEWAY, linux/route.h
_ARP_COMPLETE = 0x2  # ATF_COM, linux/if_arp.h


@dataclass(frozen=True, slots=True)
class LocalNetwork:
    """One IPv4 address of this machine: its interface, the address, and the subnet it stands in."""

    name: str
    address: str
    network: IPv4Network


def local_networks() -> list[LocalNetwork]:
    """The networks that may hold devices, the likeliest first: that of the default route, then other network cards,
    then what has no card behind it (container bridges, tunnels).

    Left out: loopback, interfaces known to be down (an idle container bridge is), networks of one or two addresses
    (tunnels), and self-given addresses (169.254/16) unless there is nothing else. Never raises; no network, no entry.
    """
    networks = [
        LocalNetwork(name, str(address), network)
        for name, address, network in _addresses()
        if not address.is_loopback and network.prefixlen <= 30 and _may_be_up(name)
    ]
    better = [network for network in networks if not network.network.is_link_local]
    first = _default_route()
    return sorted(better or networks, key=lambda it: (first is None or it.name != first[0], not _is_card(it.name)))


class RecentNetworks:
    """`local_networks()`, those with one of `addresses` if any are named, as they were at most `RECENT_S` ago."""

    def __init__(self, addresses: Sequence[str] = (), clock: Callable[[], float] = monotonic) -> None:
        self._addresses = addresses
        self._clock = clock
        self._looked = -RECENT_S
        self._found: tuple[LocalNetwork, ...] = ()

    def __call__(self) -> tuple[LocalNetwork, ...]:
        now = self._clock()
        if now - self._looked >= RECENT_S:
            wanted = self._addresses
            self._found = tuple(it for it in local_networks() if not wanted or it.address in wanted)
            self._looked = now
        return self._found


def scanned_part(near: LocalNetwork) -> IPv4Network:
    """What of a network a scan asks: all of it, of a larger one than a /22 the part around this computer."""
    return IPv4Network((near.address, max(WIDEST_PREFIX, near.network.prefixlen)), strict=False)


def addresses_of(interfaces: Sequence[str]) -> tuple[str, ...]:
    """Those of the named addresses that this machine has now; without names, the addresses of all local networks."""
    if not interfaces:
        return tuple(dict.fromkeys(network.address for network in local_networks()))
    own = [address for _, address, _ in _addresses()]
    has_loopback = any(address.is_loopback for address in own)
    return tuple(
        name
        for name in dict.fromkeys(interfaces)
        if (address := _ipv4(name)) is not None and (address in own or (address.is_loopback and has_loopback))
    )


def near_subnets(interfaces: Sequence[str] = ()) -> list[IPv4Network]:
    """The subnets this machine stands in, with one of the named addresses if any are named; never that of loopback."""
    return [
        network
        for _, address, network in _addresses()
        if not address.is_loopback and (not interfaces or str(address) in interfaces)
    ]


def every_address() -> list[LocalNetwork]:
    """Every IPv4 address of this machine but those of loopback, tunnels included, in the system's order."""
    return [LocalNetwork(name, str(it), network) for name, it, network in _addresses() if not it.is_loopback]


def network_id() -> str | None:
    """A key for the network this machine is in, the same at every visit; None if that cannot be told (yet).

    It is a hash of the subnet of the likeliest local network and, on Linux, of its gateway's address and MAC, since
    half of all houses are 192.168.1.0/24. While the kernel has not yet met the gateway there is no key: no memory is
    better than another house's.
    """
    networks = local_networks()
    if not networks or networks[0].network.is_link_local:
        return None
    route, arp = _default_route(), _read(PROC_NET / "arp")
    if route is None or route[0] != networks[0].name or not arp:
        return network_key(networks[0].network)
    mac = mac_of(arp, route[1])
    return network_key(networks[0].network, route[1], mac) if mac else None


def network_key(network: IPv4Network, gateway: IPv4Address | None = None, mac: str = "") -> str:
    """16 hex digits that stand for a network and tell nothing of it."""
    import hashlib  # as ifaddr: only when it is needed

    return hashlib.sha256(f"{network} {gateway} {mac.lower()}".encode()).hexdigest()[:16]


def default_gateway(route_table: str) -> tuple[str, IPv4Address] | None:
    """Interface and gateway of the default route with the least metric, from the text of `/proc/net/route`."""
    best: tuple[int, str, IPv4Address] | None = None
    for line in route_table.splitlines()[1:]:
        with suppress(ValueError):  # a line that is not as expected is not a route
            name, destination, gateway, flags, _, _, metric, mask, *_ = line.split()
            has_gateway = int(flags, 16) & _ROUTE_UP_WITH_GATEWAY == _ROUTE_UP_WITH_GATEWAY
            if int(destination, 16) or int(mask, 16) or not has_gateway:
                continue
            as_in_memory = bytes.fromhex(gateway)
            address = IPv4Address(as_in_memory[::-1] if sys.byteorder == "little" else as_in_memory)
            if best is None or int(metric) < best[0]:
                best = (int(metric), name, address)
    return best[1:] if best else None


def mac_of(arp_table: str, address: IPv4Address) -> str | None:
    """The MAC of a neighbour, from the text of `/proc/net/arp`; None if it is not known there."""
    for line in arp_table.splitlines()[1:]:
        with suppress(ValueError):
            ip, _, flags, mac, *_ = line.split()
            if ip == str(address) and int(flags, 16) & _ARP_COMPLETE and mac.strip("0:"):
                return mac
    return None


def _addresses() -> Iterator[tuple[str, IPv4Address, IPv4Network]]:
    """Interface, address and subnet of every IPv4 address of this machine, in the system's order."""
    import ifaddr  # loads ctypes, too: only when it is needed

    try:
        adapters = list(ifaddr.get_adapters())
    except (OSError, ValueError):  # no netlink (Android), or an answer that ifaddr cannot read
        return
    for adapter in adapters:
        for ip in adapter.ips:
            address = _ipv4(ip.ip) if isinstance(ip.ip, str) else None
            if address is not None and 0 <= ip.network_prefix <= 32:
                yield adapter.name, address, IPv4Network((address, ip.network_prefix), strict=False)


def _ipv4(text: str) -> IPv4Address | None:
    try:
        return IPv4Address(text)
    except AddressValueError:
        return None


def _default_route() -> tuple[str, IPv4Address] | None:
    return default_gateway(_read(PROC_NET / "route"))


def _may_be_up(name: str) -> bool:
    """False where the kernel says that an interface is down or has no carrier; True where nothing is known."""
    return _read(SYS_CLASS_NET / name / "operstate").strip() not in ("down", "lowerlayerdown", "notpresent")


def _is_card(name: str) -> bool:
    """Whether hardware stands behind an interface; True where that cannot be told."""
    try:
        return not (SYS_CLASS_NET / name).exists() or (SYS_CLASS_NET / name / "device").exists()
    except (OSError, ValueError):
        return True


def _read(path: Path) -> str:
    """The text of a file of the kernel, "" where there is none or it may not be read."""
    try:
        return path.read_text("ascii", "replace")
    except (OSError, ValueError):
        return ""
