"""This computer's own side of the network: its addresses, its tunnels, and which way it would send to an address.

Nothing is sent: connecting a UDP socket only asks the kernel for the way (connect(2)), rules of a VPN included, which
`/proc/net/route` does not show.
"""

from __future__ import annotations

import errno
import socket
import struct
import sys
from collections.abc import Callable
from contextlib import suppress
from ipaddress import IPv4Address, IPv4Network, IPv6Address

from tui.core.doctor.evidence import Holder, Interface, Port, Route
from tui.net.interfaces import PROC_NET, SYS_CLASS_NET, default_gateway, every_address
from tui.net.neighbours import Neighbours, neighbours
from tui.net.portholders import holders_of, sockets_at

MDNS = ("224.0.0.251", 5353)
"""RFC 6762, section 3."""
_CARDS = (1, 32, 801)
"""ARPHRD_ETHER, ARPHRD_INFINIBAND, ARPHRD_IEEE80211 (linux/if_arp.h). A tunnel has none of these: tun and WireGuard
65534, PPP 512. A bridged VPN (tap) cannot be told from a card."""
_TUNNELS = ("tun", "wg", "utun", "ppp", "ipsec", "tailscale", "nordlynx")
"""How the names of tunnels begin, where /sys does not show it (a container, another system)."""

_SIOCGIFFLAGS = 0x8913
_IS_LINKED = 0x41
"""IFF_UP and IFF_RUNNING (netdevice(7)); the latter goes with the cable, and is set where a driver cannot tell."""
_NO_WAY = (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN)

SourceOf = Callable[[str], str]
"""The address that this computer would send from to another one. Raises `OSError` where there is no way."""


def source_of(address: str) -> str:
    """As the kernel says."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.connect((address, MDNS[1]))
        return str(asking.getsockname()[0])


class OwnSide:
    """What can be known of it now. Each method looks anew, and none raises; a test has one of its own."""

    def __init__(self, source: SourceOf = source_of) -> None:
        self._source = source

    @property
    def is_telling(self) -> bool:
        """Whether neighbours and routes can be read."""
        return (PROC_NET / "route").exists()

    def interfaces(self) -> tuple[Interface, ...]:
        """Its IPv4 addresses without loopback."""
        return tuple(
            Interface(
                it.name, it.address, str(it.network), (tunnel := is_tunnel(it.name)), not tunnel and is_down(it.name)
            )
            for it in every_address()
        )

    def has_ipv6(self) -> bool:
        """Whether it has an IPv6 address that reaches further than its own wire."""
        import ifaddr  # loads ctypes, too: only when it is needed

        try:
            texts = [ip.ip[0] for adapter in ifaddr.get_adapters() for ip in adapter.ips if isinstance(ip.ip, tuple)]
        except (OSError, ValueError):
            return False
        with suppress(ValueError):
            return any(not (it.is_link_local or it.is_loopback) for it in map(_ipv6, texts))
        return False

    def gateway(self) -> str | None:
        """The router to all other networks; None if there is none, or the system does not tell."""
        try:
            found = default_gateway((PROC_NET / "route").read_text("ascii", "replace"))
        except OSError:
            return None
        return str(found[1]) if found else None

    def neighbours(self) -> Neighbours:
        """Who has which address."""
        return neighbours()

    def has_multicast_route(self) -> bool | None:
        """Whether a route leads to where mDNS is spoken; None if that cannot be told."""
        try:
            self._source(MDNS[0])
        except OSError as error:
            return False if error.errno in _NO_WAY else None
        return True

    def way_to(self, address: str, interfaces: tuple[Interface, ...]) -> tuple[Route, str]:
        """Which way `address` would be reached, and through which interface ("" if not known)."""
        try:
            wanted = IPv4Address(address)
            source = self._source(address)
        except OSError as error:
            return (Route.NONE if error.errno in _NO_WAY else Route.UNKNOWN), ""
        except ValueError:
            return Route.UNKNOWN, ""
        if wanted.is_loopback or source == address:
            return Route.LINK, "lo"
        for one in interfaces:
            if one.address == source:
                near = wanted in IPv4Network(one.network)
                return (Route.TUNNEL if one.is_tunnel else Route.LINK if near else Route.ROUTER), one.name
        return Route.UNKNOWN, ""

    def port_5353(self) -> Port | None:
        """Who else has it; None where the system does not tell. Ask before this program listens there itself."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            share(probe)
            try:
                probe.bind(("", MDNS[1]))
            except OSError as error:
                return Port.HELD if error.errno == errno.EADDRINUSE else None
        if not self.is_telling:
            return None
        return Port.SHARED if sockets_at(MDNS[1]) else Port.FREE

    def holders_5353(self) -> tuple[Holder, ...]:
        """Which other programs have it, as far as this user may know."""
        return holders_of(sockets_at(MDNS[1]))


def share(one: socket.socket) -> None:
    """Let other programs have the same port, as all mDNS programs do (RFC 6762, section 15.1)."""
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if hasattr(socket, "SO_REUSEPORT"):
        with suppress(OSError):
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)


def is_tunnel(name: str) -> bool:
    """Whether an interface is a VPN, as far as that can be told."""
    try:
        return int((SYS_CLASS_NET / name / "type").read_text("ascii", "replace")) not in _CARDS
    except (OSError, ValueError):
        return name.startswith(_TUNNELS)


def is_down(name: str) -> bool:
    """Whether an interface has no link; False where the system does not tell. /sys would not show it in a container."""
    if sys.platform != "linux":
        return False
    import fcntl  # no other system is asked

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        try:
            answer = fcntl.ioctl(asking, _SIOCGIFFLAGS, struct.pack("16sH14x", name.encode()[:15], 0))
        except OSError:
            return False
    flags: int = struct.unpack_from("16sH", answer)[1]
    return flags & _IS_LINKED != _IS_LINKED


def _ipv6(text: str) -> IPv6Address:
    return IPv6Address(text.partition("%")[0])
