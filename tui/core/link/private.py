"""Which addresses may be contacted when only the network or a file says that a device is there. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import AddressValueError, IPv4Address, IPv4Network

_LOCAL = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16")))
"""Private (RFC 1918) and link-local (RFC 3927) addresses. `IPv4Address.is_private` covers many more than these."""
_LINK_LOCAL = IPv4Network("169.254.0.0/16")
"""What a device gives itself where no DHCP server answers (RFC 3927). It often keeps it beside the address it gets."""
_LOOPBACK = IPv4Network("127.0.0.0/8")


def choose_address(addresses: Sequence[str], near: Sequence[IPv4Network], loopback: bool) -> str | None:
    """The announced address to poll (newest first): the newest in a subnet that is `near`, else the newest.

    A link-local one comes after the others of its kind, so last of all unless a link-local subnet is near.
    Only private and link-local ones are ever polled, so that nobody on the network can make this machine contact a
    host on the internet or, without `loopback`, itself.
    """
    allowed = (*_LOCAL, _LOOPBACK) if loopback else _LOCAL
    usable = [address for address in map(_ipv4, addresses) if address and any(address in net for net in allowed)]
    if not usable:
        return None
    return str(min(usable, key=lambda it: (not any(it in net for net in near), it in _LINK_LOCAL)))


def is_address(host: str) -> bool:
    """Whether this is an IPv4 address; False for a name."""
    return _ipv4(host) is not None


def is_link_local(host: str) -> bool:
    """Whether this is an address that its owner gave itself; False for a name."""
    address = _ipv4(host)
    return address is not None and address in _LINK_LOCAL


def _ipv4(text: str) -> IPv4Address | None:
    try:
        return IPv4Address(text)
    except AddressValueError:
        return None
