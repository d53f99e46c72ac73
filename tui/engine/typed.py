"""Checks what was typed for this one call against this computer and its network, before anything starts.

An interface named in the config file may come up later (Wi-Fi after boot), and so may the network of a host. One that
is typed must exist now.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tui.core.options import OPTIONS
from tui.core.settings import Settings, SettingsError


def typed_at(field: str, flags: Mapping[str, Any], env: Mapping[str, str]) -> str | None:
    """The option or variable that gave a setting, as `settings.resolve` chooses; None if neither did."""
    option = next(option for option in OPTIONS if option.field == field)
    if field in flags:
        return option.flag
    return option.variable if option.variable and env.get(option.variable) else None


def check_interfaces(settings: Settings, where: str) -> None:
    """Raises `SettingsError` for an interface that is not there."""
    from tui.net.interfaces import addresses_of, local_networks

    for address in settings.interfaces:
        if not addresses_of((address,)):
            own = ", ".join(network.address for network in local_networks()) or "none but 127.0.0.1"
            raise SettingsError(f"{where}: this computer has no address {address}; it has {own}")


def check_hosts(settings: Settings, where: str) -> None:
    """Raises `SettingsError` for a name without an address: a screen would wait for ever for one that was mistyped."""
    import asyncio

    from tui.net.resolve import Names, is_address

    names = Names(mdns=settings.mdns, interfaces=settings.interfaces)
    hosts = [endpoint.host for endpoint in settings.hosts if not is_address(endpoint.host)]
    for host in asyncio.run(names.missing(hosts, settings.patience_s)) if hosts else ():
        raise SettingsError(f'{where}: there is no address for "{host}": check the name, or give the IPv4 address')
