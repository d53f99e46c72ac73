"""What one mDNS announcement says: a `ServiceInfo` in, a `Seen` out. Pure; all input is hostile.

Sources: the vendor's API documentation, page "Discovery" (services and TXT keys); RFC 6763 section 6 (TXT: keys are
ASCII without regard to case, the first of two equal keys counts, a key may come without "=").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network

from zeroconf import IPVersion, ServiceInfo

from tui.core.events import Seen
from tui.core.link.private import choose_address, is_link_local
from tui.core.model import Endpoint
from tui.core.moment import Now
from tui.core.text import clean

SERVICES = {"_hwenergy._tcp.local.": "v1", "_homewizard._tcp.local.": "v2"}
"""The service types that HomeWizard devices announce, in lower case, and the API each stands for."""


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
        last_resort=is_link_local(host) and not any(network.is_link_local for network in near),
    )


def _ignored(info: ServiceInfo, what: str) -> Ignored:
    name = clean(info.name, 48)
    return Ignored(f"an announcement {what} was ignored ({name}); if it is your device, add its address with --host")


def _txt(info: ServiceInfo) -> dict[str, str | None]:
    """The TXT record by key in lower case; None for an empty value, a key without "=", or nothing visible."""
    txt: dict[str, str | None] = {}
    for key, value in info.properties.items():
        text = clean((value or b"").decode("utf-8", "replace")) or None
        txt.setdefault(key.decode("ascii", "replace").lower(), text)
    return txt
