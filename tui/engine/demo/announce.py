"""The household's devices on mDNS: real announcements, on the loopback interface only.

Facts: the vendor's API documentation (discovery) for services, instance names and TXT keys.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from ipaddress import IPv4Address

from zeroconf import Error, IPVersion
from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

from tui.core.model import Endpoint
from tui.engine.demo.devices import SimulatedDevice

LOOPBACK = "127.0.0.1"
V1_SERVICE = "_hwenergy._tcp.local."
V2_SERVICE = "_homewizard._tcp.local."

_HEARD_WITHIN_MS = 400
_INSTANCES = {
    # product type: (start of the instance name, name in the v2 certificate)
    "HWE-P1": ("p1meter", "p1dongle"),
    "HWE-SKT": ("energysocket", "energysocket"),
    "HWE-WTR": ("watermeter", "watermeter"),
    "HWE-BAT": ("battery", "battery"),
    "HWE-KWH1": ("kwhmeter", "energymeter"),
    "HWE-KWH3": ("kwhmeter", "energymeter"),
    "SDM230-wifi": ("kwhmeter", "energymeter"),
    "SDM630-wifi": ("kwhmeter", "energymeter"),
}
_log = logging.getLogger(__name__)


def name_in_certificate(device: SimulatedDevice) -> str:
    """The common name of its certificate, which it also announces."""
    return f"appliance/{_instance(device)[1]}/{device.serial}"


def _instance(device: SimulatedDevice) -> tuple[str, str]:
    return _INSTANCES.get(device.product_type, ("device", "device"))


def services_of(device: SimulatedDevice, endpoints: Iterable[Endpoint]) -> list[AsyncServiceInfo]:
    """What a device that listens at `endpoints` announces: API v1, API v2, or both under one serial."""
    instance = f"{_instance(device)[0]}-{device.serial[-6:].upper()}"
    about = {"serial": device.serial, "product_name": device.product_name, "product_type": device.product_type}
    services = []
    for endpoint in endpoints:
        if endpoint.api == "v1":
            v1 = {"api_enabled": str(int(device.api_enabled)), "path": "/api/v1", **about}
            services.append((V1_SERVICE, endpoint, v1))
        elif device.v2:
            v2 = {"api_version": device.v2.version, "id": name_in_certificate(device), **about}
            services.append((V2_SERVICE, endpoint, v2))
    return [
        AsyncServiceInfo(
            service,
            f"{instance}.{service}",
            addresses=[IPv4Address(endpoint.host).packed],
            port=endpoint.port,
            properties=properties,
            server=f"{instance}.local.",
        )
        for service, endpoint, properties in services
    ]


@asynccontextmanager
async def announcing(services: Iterable[AsyncServiceInfo]) -> AsyncIterator[bool]:
    """Announce `services` on loopback until the context ends, then say goodbye.

    Yields whether they can be heard there: False without multicast or if the port is taken, which is not an error.
    """
    async with AsyncExitStack() as stack:
        heard = False
        try:
            responder = AsyncZeroconf(interfaces=[LOOPBACK], ip_version=IPVersion.V4Only)
            stack.push_async_callback(responder.async_close)  # says goodbye
            services = list(services)
            # The serials are unique, so probing is not needed; that saves most of a second each.
            sending = [
                await responder.async_register_service(service, cooperating_responders=True) for service in services
            ]
            stack.push_async_callback(_stop, sending)
            heard = await _is_heard(services[0]) if services else False
        except (OSError, RuntimeError, Error) as error:
            _log.info("mDNS on %s does not work here: %s", LOOPBACK, error)
        yield heard


async def _is_heard(service: AsyncServiceInfo) -> bool:
    """Query one of the services like another client: sending may fail silently, so only an answer proves it."""
    asker = AsyncZeroconf(interfaces=[LOOPBACK], ip_version=IPVersion.V4Only, unicast=True)
    try:
        return await AsyncServiceInfo(service.type, service.name).async_request(asker.zeroconf, _HEARD_WITHIN_MS)
    finally:
        await asker.async_close()


async def _stop(sending: Iterable[Awaitable[None]]) -> None:
    """Stop the announcements that are still being repeated."""
    tasks = [asyncio.ensure_future(repeats) for repeats in sending]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
