"""Names under `.local`, asked of a real responder on loopback, and of one that says what it should not."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from zeroconf import DNSAddress, DNSOutgoing, DNSQuestion, DNSText  # type: ignore[attr-defined]

from tests.net.responder import responder
from tui.net.errors import NoAddress
from tui.net.localname import LARGEST, addresses_in, ask
from tui.net.resolve import Names

LOOPBACK = ("127.0.0.1",)
NAME = "p1meter-aabbcc.local"
_A, _AAAA, _TXT, _IN, _CHAOS = 1, 28, 16, 1, 3
_RESPONSE, _QUERY = 0x8400, 0


def record(address: str, name: str = f"{NAME}.", kind: int = _A, of: int = _IN, ttl: int = 120) -> DNSAddress:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return DNSAddress(name, kind, of, ttl, socket.inet_pton(family, address))


def packet(*records: Any, flags: int = _RESPONSE) -> bytes:
    message = DNSOutgoing(flags, multicast=True)
    message.add_question(DNSQuestion(f"{NAME}.", _A, _IN))
    for one in records:
        message.add_answer_at_time(one, 0)
    return b"".join(message.packets())


@pytest.mark.parametrize(
    ("answer", "addresses"),
    [
        (packet(record("192.168.1.20")), ["192.168.1.20"]),
        (packet(record("192.168.1.20", "P1Meter-AABBCC.Local.")), ["192.168.1.20"]),
        (packet(record("192.168.1.20", of=_IN | 0x8000)), ["192.168.1.20"]),  # with the cache-flush bit
        (packet(record("192.168.1.20"), record("10.0.0.1")), ["192.168.1.20", "10.0.0.1"]),
        (packet(record("192.168.1.66", "other.local."), record("192.168.1.20")), ["192.168.1.20"]),
        (packet(record("192.168.1.66", "p1meter-aabbcc.local.evil.")), []),
        (packet(record("fe80::1", kind=_AAAA)), []),
        (packet(record("192.168.1.20", kind=_AAAA)), []),
        (packet(record("192.168.1.20", of=_CHAOS)), []),
        (packet(record("192.168.1.20", ttl=0)), []),
        (packet(DNSText(f"{NAME}.", _TXT, _IN, 120, b"\x04a=10")), []),
        (packet(record("192.168.1.20"), flags=_QUERY), []),
        (packet(), []),
        (packet(record("192.168.1.20")) + bytes(LARGEST), []),
        (packet(record("192.168.1.20"))[:-2], []),
        (b"", []),
    ],
)
def test_only_addresses_of_the_name_are_taken_from_an_answer(answer: bytes, addresses: list[str]) -> None:
    assert addresses_in(answer, NAME) == addresses


@given(st.binary() | st.binary().map(lambda tail: packet(record("10.0.0.1"))[:20] + tail))
def test_whatever_comes_is_an_answer_or_none(data: bytes) -> None:
    assert isinstance(addresses_in(data, NAME), list)


async def test_the_owner_of_a_name_tells_its_address_also_after_it_has_moved() -> None:
    async with responder("127.77.0.1") as owner, asyncio.timeout(20):
        assert await ask(owner.name, LOOPBACK) == "127.77.0.1"
        assert await ask(owner.name.upper(), LOOPBACK) == "127.77.0.1"
        await owner.give("127.77.0.2")
        assert await ask(owner.name, LOOPBACK) == "127.77.0.2"


async def test_only_an_address_that_may_be_a_devices_is_believed() -> None:
    async with responder("203.0.113.9") as owner, asyncio.timeout(20):
        asking = asyncio.create_task(ask(owner.name, LOOPBACK))
        await owner.give("203.0.113.9", "224.0.0.1", "192.168.77.9")
        assert await asking == "192.168.77.9"


async def test_where_there_is_no_network_nobody_is_asked() -> None:
    with pytest.raises(OSError, match="no network"):
        await ask(NAME, ("203.0.113.77",))


@asynccontextmanager
async def answering(reply: Callable[[bytes], bytes], port: int) -> AsyncIterator[None]:
    """Somebody who hears questions on loopback and answers them from `port`; 0 is any."""
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mouth,
    ):
        for one in (ear, mouth):
            one.setblocking(False)
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        ear.bind(("224.0.0.251", 5353))
        member = struct.pack("4s4s", socket.inet_aton("224.0.0.251"), socket.inet_aton("127.0.0.1"))
        ear.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, member)
        mouth.bind(("127.0.0.1", port))

        async def talk() -> None:
            loop = asyncio.get_running_loop()
            while True:
                question, source = await loop.sock_recvfrom(ear, 9000)
                mouth.sendto(reply(question), source)

        task = asyncio.create_task(talk())
        yield
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_an_answer_from_another_port_than_that_of_mdns_is_not_heard() -> None:
    name = f"{NAME[:-6]}-port.local"
    false, true = (packet(record(address, f"{name}.")) for address in ("127.66.0.1", "127.77.0.1"))
    async with asyncio.timeout(20), answering(lambda _: false, 0):
        asking = asyncio.create_task(ask(name, LOOPBACK))
        async with answering(lambda _: true, 5353):
            assert await asking == "127.77.0.1"


# ---------------------------------------------------------------------- beside the system


def system(monkeypatch: pytest.MonkeyPatch, answer: Callable[[], list[str]]) -> None:
    """What the system's resolver says to every name."""

    def getaddrinfo(*_: object) -> Any:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0)) for address in answer()]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


def knows_nothing() -> list[str]:
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


async def test_a_system_without_mdns_is_helped(monkeypatch: pytest.MonkeyPatch) -> None:
    system(monkeypatch, knows_nothing)
    async with responder("127.77.0.1") as owner:
        names = Names(mdns=True, interfaces=LOOPBACK)
        assert await names.missing([owner.name], 20) == []
        assert await names.address_of(owner.name) == "127.77.0.1"


async def test_a_system_that_hangs_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()

    def hang() -> list[str]:
        over.wait(60)
        return []

    system(monkeypatch, hang)
    async with responder("127.77.0.1") as owner, asyncio.timeout(20):
        assert await Names(mdns=True, interfaces=LOOPBACK).address_of(owner.name) == "127.77.0.1"
    over.set()


async def test_a_system_that_knows_is_not_waited_with(monkeypatch: pytest.MonkeyPatch) -> None:
    system(monkeypatch, lambda: ["127.0.0.9"])
    async with asyncio.timeout(20):
        assert await Names(mdns=True, interfaces=LOOPBACK).address_of(NAME) == "127.0.0.9"


async def test_without_mdns_and_for_other_names_only_the_system_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    system(monkeypatch, knows_nothing)
    async with responder("127.77.0.1") as owner:
        for names, name in ((Names(interfaces=LOOPBACK), owner.name), (Names(mdns=True), "p1meter.lan")):
            with pytest.raises(NoAddress):
                await names.address_of(name)


async def test_a_name_server_that_sells_unknown_names_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    system(monkeypatch, lambda: ["203.0.113.9"])
    with pytest.raises(NoAddress):
        await Names().address_of(NAME)
    assert await Names().address_of("p1meter.example") == "203.0.113.9"


async def test_a_name_that_nobody_answers_to_is_given_up_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    system(monkeypatch, knows_nothing)
    nobody = "p1meter-nobody.local"
    assert await Names(mdns=True, interfaces=LOOPBACK).missing([nobody], 0.4) == [nobody]
    nowhere = Names(mdns=True, interfaces=("203.0.113.77",))
    with pytest.raises(NoAddress):
        await nowhere.address_of(nobody)
