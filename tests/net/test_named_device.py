"""A device that goes by a name: where it is asked when its address changes, and when nobody can tell it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tests.net.responder import responder
from tui.core.events import Event, Failed, Measured
from tui.core.model import Endpoint, Fleet
from tui.core.settings import Settings
from tui.engine.clock import SystemClock
from tui.engine.monitor import Monitor
from tui.net.device import DeviceClient
from tui.net.errors import NoAddress, Unreachable

if TYPE_CHECKING:
    from tests.net.conftest import Servers, Visit

API = b'{"product_type":"HWE-P1","serial":"aabbcc"}'


class Book:
    """Who lives where; `None` is a name server that does not answer."""

    def __init__(self, address: str | None) -> None:
        self.address = address
        self.looked_up: list[str] = []

    async def address_of(self, host: str) -> str:
        self.looked_up.append(host)
        if self.address is None:
            raise NoAddress
        return self.address


async def test_a_named_device_is_looked_up_once_and_hears_its_name(servers: Servers) -> None:
    served = await servers.answering(API)
    book = Book("127.0.0.1")
    async with DeviceClient(Endpoint("p1meter.lan", served.endpoint.port), address_of=book.address_of) as client:
        for _ in range(3):
            await client.identity()
        assert (client.connection, book.looked_up) == (1, ["p1meter.lan"])
    assert f"host: p1meter.lan:{served.endpoint.port}\r\n" in served.heads[0]


async def test_an_address_is_never_looked_up(servers: Servers) -> None:
    served = await servers.answering(API)
    book = Book(None)
    async with DeviceClient(served.endpoint, address_of=book.address_of) as client:
        await client.identity()
    assert book.looked_up == []


async def test_a_device_that_has_moved_is_found_after_one_failure(servers: Servers) -> None:
    async def silent_after_one(visit: Visit) -> None:
        await visit.request()
        await visit.answer(API)
        await visit.until_left()

    old = await servers.start(silent_after_one, host="127.77.0.1")
    port = old.endpoint.port
    book = Book("127.77.0.1")
    async with DeviceClient(Endpoint("p1meter.lan", port), 0.3, book.address_of) as client:
        await client.identity()
        with pytest.raises(Unreachable):
            await client.identity()
        new = await servers.answering(API, host="127.77.0.2", port=port)
        book.address = "127.77.0.2"
        await client.identity()
        assert new.requests == ["GET /api"]
        assert client.connection == 2


async def test_when_its_connection_breaks_the_second_try_goes_to_where_it_is_now(servers: Servers) -> None:
    async def resets_the_second_time(visit: Visit) -> None:
        await visit.request()
        await visit.answer(API)
        await visit.request()
        visit.reset()

    old = await servers.start(resets_the_second_time, host="127.77.0.1")
    new = await servers.answering(API, host="127.77.0.2", port=old.endpoint.port)
    book = Book("127.77.0.1")
    async with DeviceClient(Endpoint("p1meter.lan", old.endpoint.port), address_of=book.address_of) as client:
        await client.identity()
        book.address = "127.77.0.2"
        await client.identity()
    assert (old.connections, new.connections) == (1, 1)


async def test_a_name_server_that_fails_takes_nobody_away_who_was_found_before(servers: Servers) -> None:
    async def hangs_up_after_one(visit: Visit) -> None:
        await visit.request()
        await visit.answer(API)
        await visit.request()

    served = await servers.start(hangs_up_after_one)
    book = Book("127.0.0.1")
    async with DeviceClient(Endpoint("p1meter.lan", served.endpoint.port), address_of=book.address_of) as client:
        await client.identity()
        book.address = None
        await client.identity()
    assert (served.connections, len(book.looked_up)) == (2, 2)


async def test_a_name_that_is_looked_up_for_too_long_is_silent(servers: Servers) -> None:
    async def never(host: str) -> str:
        await asyncio.Event().wait()
        return host

    for name, words in (("p1meter.lan", "No address for this name"), ("p1meter.local", "Nothing answers to this name")):
        async with DeviceClient(Endpoint(name), 0.05, never) as client:
            with pytest.raises(NoAddress, match=words):
                await client.identity()


DATA = b'{"wifi_ssid":"house","wifi_strength":80,"active_power_w":100}'


async def meter(visit: Visit) -> None:
    while True:
        await visit.answer(API if (await visit.request()).endswith("/api") else DATA)


async def test_the_monitor_follows_a_device_under_local_to_its_new_address(
    servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("socket.getaddrinfo", lambda *_: [])  # a system that does not speak mDNS
    events: asyncio.Queue[Event] = asyncio.Queue()

    def listen(event: Event, _: Fleet) -> None:
        events.put_nowait(event)

    async def until(kind: type[Measured | Failed]) -> None:
        while not isinstance(await events.get(), kind):
            pass

    async with responder("127.77.0.1") as owner, asyncio.timeout(40):
        old = await servers.start(meter, host="127.77.0.1")
        endpoint = Endpoint(owner.name, old.endpoint.port)
        settings = Settings(hosts=(endpoint,), interfaces=("127.0.0.1",), discover=False, interval_s=0.5)
        monitor = Monitor(settings, SystemClock(), listeners=[listen])
        running = asyncio.create_task(monitor.run())
        await until(Measured)
        await servers.leave(old)
        await until(Failed)
        new = await servers.start(meter, host="127.77.0.2", port=endpoint.port)
        await owner.give("127.77.0.2")
        await until(Measured)
        assert new.requests
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
