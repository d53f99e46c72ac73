"""The household on real mDNS, on the loopback interface only, heard by an ordinary browser.

What speaks API v2 has the same serial in every demo of a house, whatever its seed. So these houses are ones that no
other test announces: it may run at the same time, and a browser hears both.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from zeroconf import IPVersion, ServiceStateChange, Zeroconf
from zeroconf.asyncio import AsyncServiceBrowser, AsyncServiceInfo, AsyncZeroconf

from tui.engine.clock import VirtualClock
from tui.engine.demo import announce
from tui.engine.demo.announce import V1_SERVICE, V2_SERVICE
from tui.engine.demo.household import Household
from tui.engine.demo.server import serve

LIMIT_S = 5.0


class Ear:
    """A browser on loopback that keeps what is there; wakes whoever waits at each change."""

    def __init__(self, zeroconf: AsyncZeroconf) -> None:
        self.zeroconf, self.names, self._changed = zeroconf, set[str](), asyncio.Event()
        services = [V1_SERVICE, V2_SERVICE]
        self.browser = AsyncServiceBrowser(zeroconf.zeroconf, services, handlers=[self._heard])

    def _heard(self, zeroconf: Zeroconf, service_type: str, name: str, state_change: ServiceStateChange) -> None:
        (self.names.discard if state_change is ServiceStateChange.Removed else self.names.add)(name)
        self._changed.set()

    async def until(self, wanted: set[str], *, gone: bool = False) -> None:
        async with asyncio.timeout(LIMIT_S):
            while wanted & self.names if gone else wanted - self.names:
                self._changed.clear()
                await self._changed.wait()


@asynccontextmanager
async def listening() -> AsyncIterator[Ear]:
    async with AsyncZeroconf(interfaces=["127.0.0.1"], ip_version=IPVersion.V4Only) as zeroconf:
        ear = Ear(zeroconf)
        yield ear
        await ear.browser.async_cancel()


def texts(info: AsyncServiceInfo) -> dict[str, str | None]:
    return dict(info.decoded_properties)


async def test_devices_are_announced_as_the_real_ones_and_say_goodbye() -> None:
    clock = VirtualClock()
    household = Household("faulty", seed=4711, start=clock.now())
    async with listening() as ear:
        async with serve(household, clock) as served:
            if not served[0].announced:
                pytest.skip("this machine has no multicast on loopback")
            solar = next(one for one in served if one.device.name == "Solar")
            battery = next(one for one in served if one.device.name == "Battery")
            solar_name = f"kwhmeter-{solar.device.serial[-6:].upper()}.{V1_SERVICE}"
            battery_name = f"battery-{battery.device.serial[-6:].upper()}.{V2_SERVICE}"
            await ear.until({solar_name, battery_name})

            info = AsyncServiceInfo(V1_SERVICE, solar_name)
            assert await info.async_request(ear.zeroconf.zeroconf, 3000)
            assert info.parsed_addresses() == ["127.0.0.1"]
            assert info.port == solar.endpoint.port
            assert texts(info) == {
                "api_enabled": "0",
                "path": "/api/v1",
                "serial": solar.device.serial,
                "product_name": "kWh Meter 1-Phase",
                "product_type": "HWE-KWH1",
            }
            info = AsyncServiceInfo(V2_SERVICE, battery_name)
            assert await info.async_request(ear.zeroconf.zeroconf, 3000)
            assert texts(info)["id"] == f"appliance/battery/{battery.device.serial}"
            assert texts(info)["api_version"] == "2.0.1"

            # v2 only: not under v1
            assert not any(
                battery.device.serial[-6:].upper() in name for name in ear.names if name.endswith(V1_SERVICE)
            )
        await ear.until({solar_name, battery_name}, gone=True)


async def test_a_device_with_both_apis_is_announced_under_both_services_with_one_serial() -> None:
    clock = VirtualClock()
    household = Household("be", seed=4712, start=clock.now())
    async with listening() as ear, serve(household, clock) as served:
        if not served[0].announced:
            pytest.skip("this machine has no multicast on loopback")
        both = next(one for one in served if len(one.endpoints) == 2)
        instance = f"kwhmeter-{both.device.serial[-6:].upper()}"
        await ear.until({f"{instance}.{V1_SERVICE}", f"{instance}.{V2_SERVICE}"})
        for service, endpoint in zip((V1_SERVICE, V2_SERVICE), both.endpoints, strict=True):
            info = AsyncServiceInfo(service, f"{instance}.{service}")
            assert await info.async_request(ear.zeroconf.zeroconf, 3000)
            assert (info.port, texts(info)["serial"]) == (endpoint.port, both.device.serial)


async def test_without_mdns_the_household_is_served_and_says_that_it_is_not_announced(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def taken(*_: Any, **__: Any) -> AsyncZeroconf:
        raise OSError(98, "Address already in use")

    monkeypatch.setattr(announce, "AsyncZeroconf", taken)
    clock = VirtualClock()
    with caplog.at_level(logging.INFO, "tui.engine.demo.announce"):
        async with serve(Household(start=clock.now()), clock) as served:
            assert not any(one.announced for one in served)
            reader, writer = await asyncio.open_connection(served[0].endpoint.host, served[0].endpoint.port)
            writer.write(b"GET /api HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            assert (await reader.read()).startswith(b"HTTP/1.1 200 ")
            writer.close()
            await writer.wait_closed()
    assert "Address already in use" in caplog.text
