"""Devices found over real mDNS on the loopback interface.

Other programs, other tests among them, may announce there too: every test looks at its own serials alone.
"""

from __future__ import annotations

import asyncio
import gc
import secrets
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import TypeVar

import pytest
from zeroconf import (  # type: ignore[attr-defined]
    DNSAddress,
    DNSOutgoing,
    DNSPointer,
    DNSRecord,
    DNSService,
    DNSText,
    IPVersion,
    ServiceInfo,
)
from zeroconf.asyncio import AsyncZeroconf

from tui.core.events import Event, Lost, Noted, Seen
from tui.core.model import Endpoint
from tui.core.moment import Now
from tui.engine.clock import SystemClock
from tui.net.discovery import Discovery

V1 = "_hwenergy._tcp.local."
V2 = "_homewizard._tcp.local."
E = TypeVar("E", Seen, Lost, Noted)

_PTR, _TXT, _SRV, _A, _IN, _FLUSH = 12, 16, 33, 1, 1, 0x8001
_ANSWER = 0x8400


def new_serial() -> str:
    return secrets.token_hex(6)


def new_host() -> str:
    return f"127.{secrets.randbelow(200) + 20}.{secrets.randbelow(200)}.{secrets.randbelow(200) + 1}"


class Watch:
    """A running discovery and what it told."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.ahead = 0.0
        self._told = asyncio.Event()

    def now(self) -> Now:
        """The time, put ahead by as much as a test wants."""
        return SystemClock().now().plus(self.ahead)

    def emit(self, event: Event) -> None:
        self.events.append(event)
        self._told.set()

    def of(self, kind: type[E], key: str) -> list[E]:
        """The events of one kind about a serial, or notes on a topic."""
        return [
            it
            for it in self.events
            if isinstance(it, kind) and (it.topic if isinstance(it, Noted) else it.serial) == key
        ]

    async def until(self, holds: Callable[[], bool], what: str, limit_s: float = 10.0) -> None:
        try:
            async with asyncio.timeout(limit_s):
                while not holds():
                    self._told.clear()
                    await self._told.wait()
        except TimeoutError:
            raise AssertionError(f"never happened: {what}") from None

    async def hears(self, devices: Devices) -> None:
        """Until announcements are heard: what is said before that, nobody repeats."""
        marker = new_serial()
        while not self.of(Seen, marker):
            devices.send(*records_of(marker))
            await asyncio.sleep(0.01)

    async def until_known_or_full(self, serial: str) -> None:
        await self.until(lambda: bool(self.of(Seen, serial) or self.of(Noted, "mdns-cap")), f"{serial} or the cap")

    async def first(self, kind: type[E], key: str, count: int = 1) -> E:
        await self.until(lambda: len(self.of(kind, key)) >= count, f"{kind.__name__} {count} of {key}")
        return self.of(kind, key)[count - 1]


@asynccontextmanager
async def discovery(*interfaces: str, most_devices: int = 100_000) -> AsyncIterator[Watch]:
    watch, errors = Watch(), list[str]()
    asyncio.get_running_loop().set_exception_handler(lambda _, context: errors.append(str(context)))
    source = Discovery(watch.now, interfaces or ("127.0.0.1",), most_devices=most_devices, check_s=0.05)
    task = asyncio.create_task(source.run(watch.emit))
    try:
        yield watch
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    assert errors == []  # nothing was raised in a callback either


class Devices:
    """Devices that announce themselves, and a hand that writes answers of its own."""

    def __init__(self, zeroconf: AsyncZeroconf) -> None:
        self.zeroconf = zeroconf

    async def announce(self, info: ServiceInfo) -> ServiceInfo:
        await (await self.zeroconf.async_register_service(info, cooperating_responders=True))
        return info

    async def change(self, info: ServiceInfo) -> None:
        await (await self.zeroconf.async_update_service(info))

    async def leave(self, info: ServiceInfo) -> None:
        await (await self.zeroconf.async_unregister_service(info))

    def send(self, *records: DNSRecord) -> None:
        out = DNSOutgoing(_ANSWER, multicast=True)
        for record in records:
            out.add_answer_at_time(record, 0)
        self.zeroconf.zeroconf.async_send(out)


@pytest.fixture
async def devices() -> AsyncIterator[Devices]:
    async with AsyncZeroconf(interfaces=["127.0.0.1"], ip_version=IPVersion.V4Only) as zeroconf:
        await zeroconf.zeroconf.async_wait_for_start()
        yield Devices(zeroconf)


def a_device(
    serial: str, host: str = "127.5.5.5", port: int = 8080, service: str = V1, api_enabled: str = "1"
) -> ServiceInfo:
    return ServiceInfo(
        service,
        f"p1meter-{serial}.{service}",
        port,
        properties={
            "api_enabled": api_enabled,
            "serial": serial,
            "product_type": "HWE-P1",
            "product_name": "P1 Meter",
        },
        server=f"p1meter-{serial}.local.",
        parsed_addresses=[host],
    )


def records_of(serial: str, service: str = V1, host: str = "127.5.5.5", ttl: int = 120) -> list[DNSRecord]:
    """Pointer, service, text and address of a device, as they stand in an answer."""
    name, server = f"p1meter-{serial}.{service}", f"p1meter-{serial}.local."
    text = f"serial={serial}".encode()
    return [
        DNSPointer(service, _PTR, _IN, ttl, name),
        DNSService(name, _SRV, _FLUSH, ttl, 0, 0, 80, server),
        DNSText(name, _TXT, _FLUSH, ttl, bytes([len(text)]) + text),
        DNSAddress(server, _A, _FLUSH, ttl, socket.inet_aton(host)),
    ]


def open_sockets() -> set[int]:
    return {id(it) for it in gc.get_objects() if isinstance(it, socket.socket) and it.fileno() >= 0}


async def test_a_device_that_is_there_already_is_found_with_all_that_it_announces(devices: Devices) -> None:
    serial, host = new_serial(), new_host()
    await devices.announce(a_device(serial, host))
    async with discovery() as watch:
        seen = await watch.first(Seen, serial)
    assert seen._replace(at=Now(0, 0)) == Seen(
        Endpoint(host, 8080, "v1"), serial, Now(0, 0), "HWE-P1", "P1 Meter", api_enabled=True
    )


async def test_a_device_that_comes_later_is_found_without_asking_again(devices: Devices) -> None:
    serial = new_serial()
    async with discovery() as watch:
        await devices.announce(a_device(serial))
        await watch.first(Seen, serial)


async def test_a_device_with_both_apis_is_seen_once_for_each(devices: Devices) -> None:
    serial, host = new_serial(), new_host()
    await devices.announce(a_device(serial, host, 80))
    await devices.announce(a_device(serial, host, 443, service=V2))
    async with discovery() as watch:
        await watch.first(Seen, serial, count=2)
    endpoints = {seen.endpoint for seen in watch.of(Seen, serial)}
    assert endpoints == {Endpoint(host, 80, "v1"), Endpoint(host, 443, "v2")}


async def test_a_device_whose_api_is_off_is_seen_all_the_same(devices: Devices) -> None:
    serial = new_serial()
    await devices.announce(a_device(serial, api_enabled="0"))
    async with discovery() as watch:
        assert (await watch.first(Seen, serial)).api_enabled is False


async def test_a_device_that_moves_is_seen_at_its_new_address(devices: Devices) -> None:
    serial, old, new = new_serial(), "127.30.1.1", "127.30.1.2"
    await devices.announce(a_device(serial, old))
    async with discovery() as watch:
        assert (await watch.first(Seen, serial)).endpoint.host == old
        await devices.change(a_device(serial, new))
        assert (await watch.first(Seen, serial, count=2)).endpoint.host == new


async def test_a_device_that_moves_there_and_back_ends_up_where_it_is(devices: Devices) -> None:
    serial, home, away = new_serial(), "127.30.2.1", "127.30.2.2"
    async with discovery() as watch:
        await watch.hears(devices)
        for count, host in enumerate((home, away, home), start=1):
            if count > 1:
                await asyncio.sleep(1.1)  # records younger than a second are not replaced: RFC 6762 section 10.2
            devices.send(*records_of(serial, host=host))
            assert (await watch.first(Seen, serial, count)).endpoint.host == host


async def test_a_change_of_what_a_device_says_of_itself_is_told(devices: Devices) -> None:
    serial = new_serial()
    await devices.announce(a_device(serial, api_enabled="0"))
    async with discovery() as watch:
        await watch.first(Seen, serial)
        await devices.change(a_device(serial, api_enabled="1"))
        assert (await watch.first(Seen, serial, count=2)).api_enabled is True


async def test_a_goodbye_is_told_and_so_is_the_return(devices: Devices) -> None:
    serial = new_serial()
    async with discovery() as watch:
        await watch.hears(devices)
        info = await devices.announce(a_device(serial))
        await watch.first(Seen, serial)
        await devices.leave(info)
        assert (await watch.first(Lost, serial)).api == "v1"
        await devices.announce(a_device(serial))
        await watch.first(Seen, serial, count=2)
        assert len(watch.of(Lost, serial)) == 1


async def test_goodbye_and_hello_in_one_breath_is_no_goodbye(devices: Devices) -> None:
    reloaded, leaving = new_serial(), new_serial()
    async with discovery() as watch:
        await watch.hears(devices)
        devices.send(*records_of(reloaded), *records_of(leaving))
        await watch.first(Seen, reloaded)
        await watch.first(Seen, leaving)
        marker = new_serial()
        devices.send(records_of(reloaded, ttl=0)[0], *records_of(marker))
        await watch.first(Seen, marker)  # by now the goodbye has been heard
        devices.send(records_of(reloaded)[0])
        devices.send(records_of(leaving, ttl=0)[0])
        await watch.first(Lost, leaving)  # said after the other's goodbye, so it is told after it
        assert watch.of(Lost, reloaded) == []


async def test_an_announcement_that_repeats_itself_is_told_once_in_a_while(devices: Devices) -> None:
    serial, other = new_serial(), new_serial()
    async with discovery() as watch:
        await watch.hears(devices)
        devices.send(*records_of(serial))
        await watch.first(Seen, serial)
        devices.send(*records_of(serial), *records_of(other))  # another packet, since equal ones are dropped
        await watch.first(Seen, other)
        assert len(watch.of(Seen, serial)) == 1
        watch.ahead = 11.0
        devices.send(*records_of(serial), *records_of(new_serial()))
        first, again = watch.of(Seen, serial)[0], await watch.first(Seen, serial, count=2)
        assert again._replace(at=first.at) == first


async def test_a_device_whose_records_come_in_pieces_is_found_when_all_are_there(devices: Devices) -> None:
    serial, whole = new_serial(), new_serial()
    pointer, *rest = records_of(serial)
    async with discovery() as watch:
        await watch.hears(devices)
        devices.send(pointer, *records_of(whole))
        await watch.first(Seen, whole)
        assert watch.of(Seen, serial) == []
        devices.send(*rest)
        await watch.first(Seen, serial)


class Taciturn(asyncio.DatagramProtocol):
    """Gives the rest of a device's records only to who asks for them by the device's name."""

    def __init__(self, devices: Devices, serial: str, rest: list[DNSRecord]) -> None:
        self._devices, self._rest = devices, rest
        self._asked = f"p1meter-{serial}".encode()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        is_query, first_label = not data[2] & 0x80, data[13 : 13 + len(self._asked)]  # RFC 1035 section 4.1
        if is_query and first_label == self._asked:
            self._devices.send(*self._rest)


async def test_a_device_that_sends_no_more_than_it_is_asked_for_is_asked_for_the_rest(devices: Devices) -> None:
    serial = new_serial()
    pointer, *rest = records_of(serial)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as group:
        group.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        group.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        group.bind(("", 5353))
        membership = socket.inet_aton("224.0.0.251") + socket.inet_aton("127.0.0.1")
        group.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, membership)
        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: Taciturn(devices, serial, rest), sock=group
        )
        async with discovery() as watch:
            await watch.hears(devices)
            devices.send(pointer)
            await watch.first(Seen, serial)
        transport.close()
        await asyncio.sleep(0)  # the transport closes in the next turn


async def test_a_service_type_in_capitals_is_understood(devices: Devices) -> None:
    serial = new_serial()
    async with discovery() as watch:
        await watch.hears(devices)
        devices.send(*records_of(serial, service="_HWENERGY._tcp.local."))
        assert (await watch.first(Seen, serial)).endpoint.api == "v1"


async def test_hostile_announcements_leave_one_note_and_harm_nobody(devices: Devices) -> None:
    good, bad = new_serial(), new_serial()
    async with discovery() as watch:
        await watch.hears(devices)
        for name in (V1, f"\x1b]0;owned\x07\u202e{bad}.{V1}", f"{'x' * 63}.{'y' * 63}.{V1}", f"\x00.{V1}", f"..{V1}"):
            devices.send(DNSPointer(V1, _PTR, _IN, 120, name), DNSText(name, _TXT, _FLUSH, 120, b"\x03\xff=\x00"))
        for host in ("0.0.0.0", "8.8.8.8", "224.0.0.251"):  # noqa: S104 - what a device may claim
            devices.send(*records_of(bad, host=host))
        devices.send(*records_of(good))
        await watch.first(Seen, good)
        await watch.first(Noted, "mdns-odd")
    assert watch.of(Seen, bad) == []
    assert len(watch.of(Noted, "mdns-odd")) == 1
    assert watch.of(Noted, "mdns-odd")[0].text.isprintable()


async def test_a_flood_ends_at_the_cap_with_one_note(devices: Devices) -> None:
    async with discovery(most_devices=256) as watch:
        await watch.hears(devices)
        for _ in range(30):
            batch = [new_serial() for _ in range(10)]
            devices.send(*(record for serial in batch for record in records_of(serial)))
            await watch.until_known_or_full(batch[0])
        note = await watch.first(Noted, "mdns-cap")
    assert "--host" in note.text
    assert len(watch.of(Noted, "mdns-cap")) == 1
    assert len({event.serial for event in watch.events if isinstance(event, Seen)}) == 256  # whoever announced them


async def test_an_address_that_is_not_there_is_a_note_with_the_way_out() -> None:
    async with discovery("198.51.100.7") as watch:
        note = await watch.first(Noted, "mdns")
    assert note.text == (
        "mDNS could not start (this computer has no address 198.51.100.7): "
        "devices are not found by themselves; add an address with --host"
    )


async def test_the_addresses_that_are_there_are_used_without_those_that_are_not(devices: Devices) -> None:
    serial = new_serial()
    await devices.announce(a_device(serial))
    async with discovery("198.51.100.7", "127.0.0.1") as watch:
        await watch.first(Seen, serial)
    assert watch.of(Noted, "mdns") == []


async def test_cancelling_closes_every_socket(devices: Devices) -> None:
    serial = new_serial()
    await devices.announce(a_device(serial))
    before = open_sockets()
    async with discovery() as watch:
        await watch.first(Seen, serial)
        assert len(open_sockets() - before) > 0
    assert open_sockets() - before == set()


async def test_cancelling_while_it_starts_closes_every_socket() -> None:
    before = open_sockets()
    for turns in range(12):
        task = asyncio.create_task(Discovery(SystemClock().now, ["127.0.0.1"]).run(print))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    gc.collect()
    assert open_sockets() - before == set()
