"""What a well-behaved device is asked over HTTP, and what becomes of its answers."""

from __future__ import annotations

import asyncio
import json
import logging
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tui.core.reading import Identity, Switch, System
from tui.net.device import DeviceClient
from tui.net.errors import DeviceError, Unreachable

if TYPE_CHECKING:
    from tests.net.conftest import Servers, Visit

PAYLOADS = Path(__file__).parents[1] / "payloads"
API = (
    b'{"product_type":"HWE-P1","product_name":"P1 Meter","serial":"aabbcc","firmware_version":"5.18",'
    b'"api_version":"v1"}'
)
TELEGRAM = b"/ISK5\\2M550T-1011\r\n\r\n1-0:1.7.0(00.500*kW)\r\n!\xff\r\n"


async def device(visit: Visit) -> None:
    """A device with every endpoint of API v1."""
    answers = {
        "GET /api": API,
        "GET /api/v1/data": (PAYLOADS / "hwe_skt_21.json").read_bytes(),
        "GET /api/v1/telegram": TELEGRAM,
        "GET /api/v1/state": b'{"power_on": true, "switch_lock": false, "brightness": 255}',
        'PUT /api/v1/state {"power_on": false}': b'{"power_on": false}',
        'PUT /api/v1/state {"power_on": true}': b'{"power_on": true}',
        "PUT /api/v1/identify": b'{"identify": "ok",}',
        "GET /api/v1/system": b'{"cloud_enabled": true}',
    }
    while True:
        await visit.answer(answers[await visit.request()])


async def test_every_endpoint_is_read_into_the_model(servers: Servers) -> None:
    served = await servers.start(device)
    sent = json.loads((PAYLOADS / "hwe_skt_21.json").read_text())
    async with DeviceClient(served.endpoint) as client:
        assert await client.identity() == Identity("aabbcc", "HWE-P1", "P1 Meter", "5.18", "v1")
        measurement, system = await client.measurement()
        assert measurement.number("power_w") == sent["active_power_w"]
        assert system.wifi_strength_pct == sent["wifi_strength"]
        assert await client.telegram() == TELEGRAM.decode("latin-1")
        assert await client.switch() == Switch(power_on=True, switch_lock=False, brightness=255)
        assert await client.set_switch(power_on=False) == Switch(power_on=False)
        assert await client.set_switch(power_on=True) == Switch(power_on=True)
        await client.identify()  # the documentation's own example of the answer is no JSON
        assert await client.system() == System(cloud_enabled=True)


async def test_all_requests_share_one_connection(servers: Servers) -> None:
    served = await servers.start(device)
    async with DeviceClient(served.endpoint) as client:
        assert client.connection == 0
        for _ in range(3):
            await client.identity()
            await client.measurement()
        assert (client.connection, served.connections) == (1, 1)
    await served.everybody_left()


async def test_a_device_that_closes_every_connection_gets_a_new_number_for_each(servers: Servers) -> None:
    served = await servers.answering(API, "200 OK", "Connection: close")
    async with DeviceClient(served.endpoint) as client:
        for number in (1, 2, 3):
            await client.identity()
            assert (client.connection, served.connections) == (number, number)


async def test_a_request_names_host_and_port_and_wants_nothing_compressed(servers: Servers) -> None:
    served = await servers.start(device)
    async with DeviceClient(served.endpoint) as client:
        await client.set_switch(power_on=True)
        await client.identify()
    assert all(f"\r\nhost: 127.0.0.1:{served.endpoint.port}\r\n" in head for head in served.heads)
    assert all("\r\naccept-encoding: identity\r\n" in head for head in served.heads)
    assert "\r\ncontent-type: application/json\r\n" in served.heads[0]
    assert "\r\ncontent-length: 0\r\n" in served.heads[1]


async def test_requests_are_never_concurrent_and_a_wait_for_the_turn_is_not_in_the_time_limit(servers: Servers) -> None:
    async def slow(visit: Visit) -> None:
        served = visit.served
        while True:
            await visit.request()
            served.in_flight += 1
            served.most_in_flight = max(served.most_in_flight, served.in_flight)
            await asyncio.sleep(0.05)
            served.in_flight -= 1
            await visit.answer(API)

    served = await servers.start(slow)
    async with DeviceClient(served.endpoint, timeout_s=0.3) as client:
        await asyncio.gather(*(client.identity() for _ in range(8)))
    assert (served.most_in_flight, served.connections, len(served.requests)) == (1, 1, 8)


async def test_the_time_limit_may_change_between_requests(servers: Servers) -> None:
    async def second_is_slow(visit: Visit) -> None:
        await visit.request()
        await visit.answer(API)
        await visit.until_left()

    served = await servers.start(second_is_slow)
    async with DeviceClient(served.endpoint, timeout_s=60) as client:
        await client.identity()
        client.timeout_s = 0.1
        with pytest.raises(Unreachable, match=r"Connected, but no answer to /api within 0\.1 s"):
            await client.identity()


async def test_cookies_are_neither_kept_nor_sent(servers: Servers) -> None:
    served = await servers.answering(API, "200 OK", "Set-Cookie: a=b")
    async with DeviceClient(served.endpoint) as client:
        await client.identity()
        await client.identity()
    assert not any("cookie" in head for head in served.heads)


async def test_a_cancelled_request_closes_its_connection_and_the_next_one_works(servers: Servers) -> None:
    asked = asyncio.Event()

    async def silent_at_first(visit: Visit) -> None:
        await visit.request()
        if visit.number > 1:
            await visit.answer(API)
        asked.set()
        await visit.until_left()

    served = await servers.start(silent_at_first)
    async with DeviceClient(served.endpoint) as client:
        poll = asyncio.create_task(client.identity())
        await asked.wait()
        poll.cancel()
        with pytest.raises(asyncio.CancelledError):
            await poll
        await served.everybody_left()
        assert (await client.identity()).serial == "aabbcc"


async def test_closing_ends_the_request_under_way_and_those_that_wait(servers: Servers) -> None:
    asked = asyncio.Event()

    async def silent(visit: Visit) -> None:
        await visit.request()
        asked.set()
        await visit.until_left()

    served = await servers.start(silent)
    client = DeviceClient(served.endpoint, timeout_s=60)
    polls = [asyncio.create_task(client.identity()) for _ in range(3)]
    await asked.wait()
    async with asyncio.timeout(5):
        await client.aclose()
    assert [type(error) for error in await asyncio.gather(*polls, return_exceptions=True)] == [Unreachable] * 3
    with pytest.raises(DeviceError, match="No longer asked"):
        await client.identity()
    await served.everybody_left()
    assert served.requests == ["GET /api"]


async def test_a_request_is_not_logged_line_by_line(servers: Servers, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    served = await servers.answering(API)
    async with DeviceClient(served.endpoint) as client:
        await client.identity()
    assert caplog.records == []
