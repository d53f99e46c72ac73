"""The household over real HTTP on loopback, and its faults on the wire."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from tui.core.moment import Now
from tui.engine.clock import Clock, VirtualClock
from tui.engine.demo.devices import Fault
from tui.engine.demo.household import Household
from tui.engine.demo.server import ServedDevice, serve


class HurriedClock:
    """Time that stands still, where every sleep is over at once and written down."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def now(self) -> Now:
        return Now(1_800_000_000.0, 0.0)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(0)


@asynccontextmanager
async def faulty(
    fault: Fault | None, clock: Clock, name: str = "faulty"
) -> AsyncIterator[tuple[ServedDevice, httpx.AsyncClient]]:
    household = Household(name, start=clock.now())
    async with serve(household, clock, announce=False) as served:
        one = next(one for one in served if one.device.fault is fault)
        async with client_of(one) as client:
            yield one, client


def client_of(one: ServedDevice) -> httpx.AsyncClient:
    base = f"http://{one.endpoint.host}:{one.endpoint.port}"
    return httpx.AsyncClient(base_url=base, trust_env=False, verify=False, timeout=10)  # noqa: S501 (plain http)


async def test_every_device_answers_at_its_own_port_with_what_the_simulator_says() -> None:
    clock = VirtualClock()
    household = Household(start=clock.now())
    async with serve(household, clock, announce=False) as served:
        assert len({at.port for one in served for at in one.endpoints}) == sum(len(one.endpoints) for one in served)
        assert not any(one.announced for one in served)
        for one in [one for one in served if one.device.announces_v1]:
            async with client_of(one) as client:
                for path in ("/api", "/api/v1/data", "/api/v1/telegram", "/api/v1/state"):
                    response, wanted = await client.get(path), one.device.answer("GET", path)
                    assert response.status_code == wanted.status
                    assert response.headers["content-type"] == wanted.content_type
                    assert response.headers["content-length"] == str(len(wanted.body))
                    assert response.content == wanted.body


async def test_a_request_moves_the_house_on_to_the_present() -> None:
    clock = VirtualClock()
    household = Household(start=clock.now())
    async with serve(household, clock, announce=False) as served, client_of(served[0]) as client:
        before = (await client.get("/api/v1/telegram")).text
        await clock.advance(5)
        after = (await client.get("/api/v1/telegram")).text
    assert before != after
    assert household.house.second == int(clock.now().utc)


async def test_a_house_with_latency_takes_that_long_for_every_answer() -> None:
    clock = HurriedClock()
    household = Household(start=clock.now(), latency_s=0.04)
    async with serve(household, clock, announce=False) as served, client_of(served[0]) as client:
        for path in ("/api", "/api/v1/data"):
            assert (await client.get(path)).status_code == 200
    assert clock.slept == [0.04, 0.04]


async def test_connections_are_kept_alive_and_a_put_arrives_with_its_body() -> None:
    clock = VirtualClock()
    async with serve(Household(start=clock.now()), clock, announce=False) as served:
        freezer = next(one for one in served if one.device.name == "Freezer")
        async with client_of(freezer) as client:
            ports = set()
            for _ in range(3):
                async with client.stream("GET", "/api") as response:
                    await response.aread()
                    ports.add(response.extensions["network_stream"].get_extra_info("client_addr"))
            assert len(ports) == 1
            assert (await client.put("/api/v1/state", json={"power_on": False})).json() == {"power_on": False}
            assert (await client.get("/api/v1/state")).json()["power_on"] is False


async def test_a_method_that_no_device_knows_gets_405_and_the_connection_lives_on() -> None:
    clock = VirtualClock()
    async with serve(Household(start=clock.now()), clock, announce=False) as served, client_of(served[0]) as client:
        for method in ("HEAD", "POST", "DELETE"):
            assert (await client.request(method, "/api")).status_code == 405
        assert (await client.get("/api")).status_code == 200


async def test_a_body_too_large_and_a_request_that_is_none_are_refused() -> None:
    clock = VirtualClock()
    async with serve(Household(start=clock.now()), clock, announce=False) as served:
        async with client_of(served[0]) as client:
            response = await client.put("/api/v1/system", content=b"x" * 10_000)
            assert response.status_code == 400
            assert response.json()["error"]["id"] == 201
            assert (await client.get("/api")).status_code == 200
        endpoint = served[0].endpoint
        reader, writer = await asyncio.open_connection(endpoint.host, endpoint.port)
        writer.write(b"\x16\x03\x01\x02\x00 a TLS greeting\r\n\r\n")
        assert (await reader.read()).startswith(b"HTTP/1.1 400 ")
        writer.close()
        await writer.wait_closed()


async def test_the_api_that_is_off_answers_403() -> None:
    async with faulty(Fault.API_OFF, VirtualClock()) as (_, client):
        response = await client.get("/api/v1/data")
        assert response.status_code == 403
        assert response.json()["error"]["id"] == 202


async def test_the_silent_one_takes_the_connection_and_never_answers() -> None:
    async with faulty(Fault.SILENT, VirtualClock()) as (_, client):
        with pytest.raises(httpx.ReadTimeout):
            await client.get("/api", timeout=0.1)


async def test_the_dripping_one_sends_a_byte_a_second() -> None:
    clock = HurriedClock()
    async with faulty(Fault.DRIPPING, clock) as (_, client):
        response = await client.get("/api")
        assert response.json()["product_type"] == "HWE-SKT"
        assert len(clock.slept) > len(response.content) + 40
        assert set(clock.slept) == {1.0}


async def test_garbage_is_not_json_or_not_even_http() -> None:
    async with faulty(Fault.GARBAGE, VirtualClock()) as (_, client):
        response = await client.get("/api/v1/data")
        assert response.status_code == 200
        with pytest.raises(ValueError, match="Expecting value"):
            response.json()
        with pytest.raises(httpx.RemoteProtocolError):
            await client.get("/api/v1/data")


async def test_weak_wifi_is_slow_and_loses_every_twentieth_answer() -> None:
    clock = HurriedClock()
    async with faulty(Fault.WEAK_WIFI, clock) as (_, client):
        lost = []
        for number in range(1, 41):
            try:
                answer = (await client.get("/api/v1/data")).json()
                assert answer["wifi_strength"] < 20
            except httpx.TransportError:
                lost.append(number)
        assert lost == [20, 40]
        assert clock.slept == [0.8] * 40


async def test_a_device_that_loses_answers_breaks_off_every_seventh() -> None:
    clock = HurriedClock()
    async with faulty(Fault.LOSSY, clock, "onsite") as (_, client):
        lost = []
        for number in range(1, 15):
            try:
                answer = (await client.get("/api/v1/data")).json()
                assert 20 < answer["wifi_strength"] < 30
            except httpx.RemoteProtocolError:
                lost.append(number)
        assert lost == [7, 14]


async def test_what_speaks_both_apis_has_two_endpoints_and_a_battery_only_that_of_v2() -> None:
    clock = VirtualClock()
    async with serve(Household(start=clock.now()), clock, announce=False) as served:
        apis = {one.device.name: [endpoint.api for endpoint in one.endpoints] for one in served}
        assert (apis["Grid"], apis["Battery"], apis["Water"]) == (["v1", "v2"], ["v2"], ["v1"])
    async with serve(Household(start=clock.now(), v2=False), clock, announce=False) as served:
        assert [one.endpoint.api for one in served] == ["v1"] * 6


async def test_leaving_ends_it_also_for_those_who_are_waiting() -> None:
    clock = VirtualClock()
    async with asyncio.timeout(5):
        async with serve(Household("faulty", start=clock.now()), clock, announce=False) as served:
            silent = next(one for one in served if one.device.fault is Fault.SILENT).endpoint
            reader, writer = await asyncio.open_connection(silent.host, silent.port)
            writer.write(b"GET /api HTTP/1.1\r\nHost: x\r\n\r\n")
            await writer.drain()
        with pytest.raises(OSError, match=r"(?i)connect"):
            await asyncio.open_connection(silent.host, silent.port)
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):  # a reset if its request was not read yet
            await reader.readexactly(1)
        writer.close()
