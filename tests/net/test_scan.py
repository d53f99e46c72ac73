"""Asking a small subnet of loopback, with servers on some of its addresses."""

from __future__ import annotations

import asyncio
from ipaddress import IPv4Network
from typing import TYPE_CHECKING

import pytest

from tui.core.model import Endpoint
from tui.core.reading import Identity
from tui.net.errors import ApiDisabled
from tui.net.scan import scan, scan_addresses

if TYPE_CHECKING:
    from tests.net.conftest import Servers, Visit

SUBNET = IPv4Network("127.83.0.0/28")
API = b'{"product_type":"HWE-P1","serial":"aabbcc"}'
OFF = b'{"error":{"id":202,"description":"API not enabled"}}'

Hit = tuple[Endpoint, Identity | ApiDisabled]


async def free_port(servers: Servers) -> int:
    """A port that is taken at 127.83.0.1 and free at the other addresses of the subnet."""
    return (await servers.answering(b"<html>router</html>", host="127.83.0.1")).endpoint.port


async def test_only_homewizard_devices_are_found(servers: Servers) -> None:
    port = await free_port(servers)
    p1 = await servers.answering(API, host="127.83.0.3", port=port)
    off = await servers.answering(OFF, "403 Forbidden", host="127.83.0.5", port=port)
    await servers.answering(b"Forbidden", "403 Forbidden", host="127.83.0.6", port=port)
    await servers.answering(b"", "404 Not Found", host="127.83.0.7", port=port)
    found: dict[Endpoint, Identity | ApiDisabled] = {}
    await scan([SUBNET], found.__setitem__, port=port)
    assert found.keys() == {p1.endpoint, off.endpoint}
    assert found[p1.endpoint] == Identity("aabbcc", "HWE-P1")
    assert isinstance(found[off.endpoint], ApiDisabled)
    assert (p1.requests, off.requests) == (["GET /api"], ["GET /api"])


async def test_progress_counts_every_address_from_none_to_all(servers: Servers) -> None:
    told: list[tuple[int, int]] = []
    await scan(
        [SUBNET],
        lambda *_: None,
        port=await free_port(servers),
        progress=lambda done, total: told.append((done, total)),
    )
    assert told == [(done, 14) for done in range(15)]


async def test_this_machines_own_addresses_are_not_asked(servers: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.net.scan.addresses_of", lambda _: ("127.83.0.3",))
    port = await free_port(servers)
    own = await servers.answering(API, host="127.83.0.3", port=port)
    near = await servers.answering(API, host="127.83.0.4", port=port)
    found: list[Hit] = []
    await scan([SUBNET], lambda *hit: found.append(hit), port=port)
    assert [endpoint for endpoint, _ in found] == [near.endpoint]
    assert own.connections == 0


async def test_network_and_broadcast_address_are_not_asked(servers: Servers) -> None:
    port = await free_port(servers)
    network = await servers.answering(API, host="127.83.0.0", port=port)
    broadcast = await servers.answering(API, host="127.83.0.15", port=port)
    last = await servers.answering(API, host="127.83.0.14", port=port)
    await scan([SUBNET], lambda *_: None, port=port)
    assert (network.connections, broadcast.connections) == (0, 0)
    assert last.requests == ["GET /api"]


async def test_no_more_addresses_are_asked_at_a_time_than_allowed(servers: Servers) -> None:
    in_flight = most = 0

    three = asyncio.Barrier(3)

    async def answers_three_at_a_time(visit: Visit) -> None:
        nonlocal in_flight, most
        await visit.request()
        in_flight += 1
        most = max(most, in_flight)
        await three.wait()
        in_flight -= 1
        await visit.answer(API)

    port = await free_port(servers)
    for last in range(2, 14):
        await servers.start(answers_three_at_a_time, f"127.83.0.{last}", port)
    found: list[Hit] = []
    await scan([SUBNET], lambda *hit: found.append(hit), port=port, concurrency=3, rate_per_s=1e6)
    assert len(found) == 12
    assert most == 3


async def test_addresses_are_asked_at_the_rate_and_no_faster(servers: Servers) -> None:
    port = await free_port(servers)
    loop = asyncio.get_running_loop()
    start = loop.time()
    await scan([SUBNET], lambda *_: None, port=port, rate_per_s=100)
    assert loop.time() - start >= 13 / 100


async def test_a_device_that_hangs_holds_nothing_up_and_is_not_found(servers: Servers) -> None:
    port = await free_port(servers)
    hung = await servers.start(lambda visit: visit.until_left(), "127.83.0.2", port)
    p1 = await servers.answering(API, host="127.83.0.3", port=port)
    found: list[Hit] = []
    await scan([SUBNET], lambda *hit: found.append(hit), port=port, timeout_s=0.3)
    assert [endpoint for endpoint, _ in found] == [p1.endpoint]
    await hung.everybody_left()


async def test_cancelling_closes_everything(servers: Servers) -> None:
    asked = asyncio.Event()

    async def silent(visit: Visit) -> None:
        await visit.request()
        asked.set()
        await visit.until_left()

    port = await free_port(servers)
    served = [await servers.start(silent, f"127.83.0.{last}", port) for last in (2, 3, 4)]
    under_way = asyncio.create_task(scan([SUBNET], lambda *_: None, port=port, timeout_s=60))
    await asked.wait()
    under_way.cancel()
    with pytest.raises(asyncio.CancelledError):
        await under_way
    for one in served:
        await one.everybody_left()


@pytest.mark.parametrize(
    ("networks", "count"),
    [
        (["192.168.1.0/24"], 254),
        (["10.0.0.0/22"], 1022),
        (["192.168.1.0/24", "192.168.1.0/24", "192.168.1.128/25"], 254),
        (["192.168.1.0/24", "10.0.0.0/25"], 380),
        (["192.168.1.4/31"], 2),
        (["192.168.1.4/32"], 1),
        (["169.254.7.0/24"], 254),
        ([], 0),
    ],
)
def test_an_address_counts_once_however_often_its_network_is_named(networks: list[str], count: int) -> None:
    addresses = scan_addresses(map(IPv4Network, networks))
    assert len(addresses) == len(set(addresses)) == count


@pytest.mark.parametrize("networks", [["10.0.0.0/8"], ["10.0.0.0/21"], ["10.0.0.0/22", "192.168.1.0/24"]])
def test_more_than_a_22_is_refused(networks: list[str]) -> None:
    with pytest.raises(ValueError, match=r"addresses are too many, a scan asks 1024 at most \(a /22\)"):
        scan_addresses(map(IPv4Network, networks))


def test_a_network_that_is_not_private_is_refused() -> None:
    with pytest.raises(ValueError, match=r"8\.8\.8\.0/24 is not a private network"):
        scan_addresses([IPv4Network("8.8.8.0/24")])


async def test_a_scan_that_is_refused_asks_nobody_and_tells_nothing() -> None:
    told: list[tuple[int, int]] = []
    with pytest.raises(ValueError, match=r"10\.0\.0\.0/21: 2048 addresses are too many"):
        await scan(
            [IPv4Network("10.0.0.0/21")], lambda *_: None, progress=lambda done, total: told.append((done, total))
        )
    assert told == []
