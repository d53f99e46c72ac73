"""What one mDNS announcement says: a `ServiceInfo` in, a `Seen` out. Pure; everything in it is hostile until read.

Sources: the vendor's API documentation, page "Discovery" (services and TXT keys); RFC 6763 section 6 (TXT: keys are
ASCII without regard to case, the first of two equal keys counts, a key may come without "=").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv4Network

from zeroconf import IPVersion, ServiceInfo

from tui.core.events import Seen
from tui.core.model import Endpoint
from tui.core.moment import Now
from tui.core.text import clean

SERVICES = {"_hwenergy._tcp.local.": "v1", "_homewizard._tcp.local.": "v2"}
"""The service types that HomeWizard devices announce, in lower case, and the API each stands for."""

_LOCAL = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16")))
"""Private (RFC 1918) and link-local (RFC 3927) addresses. `IPv4Address.is_private` holds much more than these."""
_LOOPBACK = IPv4Network("127.0.0.0/8")


@dataclass(frozen=True, slots=True)
class Ignored:
    """An announcement that is not used; `reason` says why, and what a person can do."""

    reason: str


def service_of(name: str) -> str | None:
    """The service type at the end of an instance name, as it is written there; None if it is not one of ours."""
    folded = name.lower()
    return next((name[-len(service) :] for service in SERVICES if folded.endswith("." + service)), None)


def read(info: ServiceInfo, at: Now, near: Sequence[IPv4Network] = (), loopback: bool = False) -> Seen | Ignored:
    """The device that `info` announces, or why it is ignored.

    `near` are the subnets this machine stands in, preferred where a device has several addresses; `loopback` allows
    addresses in 127/8. `path` of the TXT record is not read: where the API lives is known.
    """
    api = SERVICES.get(info.type.lower())
    txt = _txt(info)
    serial = txt.get("serial")
    host = choose_address(info.parsed_addresses(IPVersion.V4Only), near, loopback)
    if api is None:
        return _ignored(info, "of another service")
    if not serial:
        return _ignored(info, "without a serial")
    if not info.port:
        return _ignored(info, "without a port")
    if host is None:
        return _ignored(info, "without a private IPv4 address")
    return Seen(
        Endpoint(host, info.port, api),
        serial,
        at,
        product_type=txt.get("product_type"),
        product_name=txt.get("product_name"),
        api_enabled={"0": False, "1": True}.get(txt.get("api_enabled") or ""),
    )


def _ignored(info: ServiceInfo, what: str) -> Ignored:
    name = clean(info.name, 48)
    return Ignored(f"an announcement {what} was ignored ({name}); if it is your device, add its address with --host")


def choose_address(addresses: Sequence[str], near: Sequence[IPv4Network], loopback: bool) -> str | None:
    """The address to ask, of those announced (newest first): the newest in a subnet that is `near`, else the newest.

    Only private and link-local ones are ever asked, so that nobody on the network can make this machine ask a host
    on the internet or, without `loopback`, itself.
    """
    allowed = (*_LOCAL, _LOOPBACK) if loopback else _LOCAL
    usable = [address for address in map(_ipv4, addresses) if address and any(address in net for net in allowed)]
    best = next((address for address in usable if any(address in net for net in near)), None)
    return str(best or usable[0]) if usable else None


def _ipv4(text: str) -> IPv4Address | None:
    try:
        return IPv4Address(text)
    except AddressValueError:
        return None


def _txt(info: ServiceInfo) -> dict[str, str | None]:
    """The TXT record by key in lower case; None for an empty value, a key without "=", or nothing visible."""
    txt: dict[str, str | None] = {}
    for key, value in info.properties.items():
        text = clean((value or b"").decode("utf-8", "replace")) or None
        txt.setdefault(key.decode("ascii", "replace").lower(), text)
    return txt
