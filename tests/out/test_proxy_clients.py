"""A whole engine in front of simulated devices, read by the vendor's own client and by what evcc does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from tests.out.houses import served
from tui.core.out.listening import Listening
from tui.core.settings import Settings
from tui.engine.clock import SystemClock
from tui.engine.demo.household import Household
from tui.engine.demo.server import serve
from tui.engine.monitor import Monitor
from tui.engine.out.pages import Pages
from tui.engine.out.proxy import Proxy


@asynccontextmanager
async def handed_on(household: Household) -> AsyncIterator[tuple[int, dict[str, httpx.URL]]]:
    """The port at which the household is handed on, once each device has answered; and where each device itself is."""
    clock = SystemClock()
    async with serve(household, clock, announce=False) as devices:
        hosts = tuple(one.endpoint for one in devices)
        settings = Settings(hosts=hosts, mdns=False, api=Listening("127.0.0.1", 1))
        heard = asyncio.Event()
        listeners: list[Any] = [lambda event, fleet: heard.set()]
        monitor = Monitor(settings, clock, listeners=listeners)
        pages = Pages(clock, None, None, Proxy(monitor))
        listeners.append(pages.heard)
        running = asyncio.create_task(monitor.run())
        try:
            async with served(pages.answer) as port:
                async with asyncio.timeout(10):
                    while not all(one.system for one in monitor.fleet.devices.values()) or not monitor.fleet.devices:
                        heard.clear()
                        await heard.wait()
                own = {one.device.serial: httpx.URL(f"http://{one.endpoint.address}") for one in devices}
                yield port, own
        finally:
            running.cancel()
            await asyncio.wait((running,))


async def test_what_arrives_is_what_the_device_sent() -> None:
    household = Household("nl", start=SystemClock().now(), v2=False)
    sent: dict[tuple[str, str], list[bytes]] = {}
    for device in household.devices:
        answer = device.answer

        def noted(method: str, path: str, body: bytes, answer: Any = answer, serial: str = device.serial) -> Any:
            result = answer(method, path, body)
            sent.setdefault((serial, path), []).append(result.body)
            return result

        device.answer = noted  # type: ignore[method-assign, assignment]
    paths = ("/api", "/api/v1/data", "/api/v1/telegram", "/api/v1/system", "/api/v1/state")
    async with handed_on(household) as (port, _), httpx.AsyncClient(verify=False) as client:  # noqa: S501
        compared = 0
        for device in household.devices:
            for path in paths:
                got = await client.get(f"http://127.0.0.1:{port}/{device.serial}{path}")
                if got.status_code == 200:
                    assert got.content in sent[device.serial, path][-2:]  # a poll may have come meanwhile
                    compared += 1
    p1, socket = household.devices[0].serial, household.devices[3].serial
    assert {path for serial, path in sent if serial == p1} == set(paths) - {"/api/v1/state"}
    assert {path for serial, path in sent if serial == socket} == set(paths) - {"/api/v1/telegram"}
    assert compared == len(sent)


async def test_evcc_reads_it_by_a_host_with_a_path() -> None:
    """Its template asks for `http://{{ .host }}/api/v1/data`; its own meter asks `/api` first, whose version is "v1"
    (evcc, templates/definition/meter/homewizard.yaml and meter/homewizard/connection.go)."""
    household = Household("nl", devices=1, start=SystemClock().now(), v2=False)
    host_of = "127.0.0.1:{port}/" + household.devices[0].serial
    headers = {"content-type": "application/json"}
    async with handed_on(household) as (port, _), httpx.AsyncClient(verify=False, headers=headers) as client:  # noqa: S501
        host = host_of.format(port=port)
        about = (await client.get(f"http://{host}/api")).json()
        data = (await client.get(f"http://{host}/api/v1/data")).json()
    assert (about["api_version"], about["product_type"]) == ("v1", "HWE-P1")
    assert isinstance(data["active_power_w"], float | int)
    assert sum(value for name, value in data.items() if name.startswith("total_power_import_t")) > 0


@pytest.mark.filterwarnings("default")  # what the libraries of another program warn of is not ours
async def test_the_vendors_own_client_reads_it_as_it_reads_the_device() -> None:
    vendor = pytest.importorskip(
        "homewizard_energy", reason="NOT RUN: python-homewizard-energy is not installed; it is in the extra [dev]"
    )
    # Home Assistant's is called so; on Python 3.11 there is only one from before API v2.
    client_of = getattr(vendor, "HomeWizardEnergyV1", None) or vendor.HomeWizardEnergy
    household = Household("nl", devices=4, start=SystemClock().now(), v2=False)
    p1, socket = household.devices[0].serial, household.devices[3].serial
    async with handed_on(household) as (port, own):
        for serial in (p1, socket):
            async with (
                client_of(host=f"127.0.0.1:{port}/{serial}") as through,
                client_of(host=own[serial].netloc.decode()) as itself,
            ):
                device = await through.device()
                assert device == await itself.device()
                assert device.serial == serial
                assert await through.system() == await itself.system()
                data, same = [
                    await (one.measurement() if hasattr(one, "measurement") else one.data())
                    for one in (through, itself)
                ]
                assert data.wifi_ssid == same.wifi_ssid
                assert type(data) is type(same)
                if serial == socket:
                    assert await through.state() == await itself.state()
                elif hasattr(through, "telegram"):
                    assert (await through.telegram()).startswith("/")
