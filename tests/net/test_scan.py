"""Asking a small subnet of loopback, with servers on some of its addresses."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from ipaddress import IPv4Network
from typing import TYPE_CHECKING

import pytest

from tests.v2.certificates import Leaf, authority, leaf
from tests.v2.server import V2Server, identity_of
from tui.core.model import Endpoint
from tui.core.reading import Identity
from tui.net.errors import ApiDisabled
from tui.net.scan import Answer, AskV2, Named, SecureClient, scan, scan_addresses
from tui.net.tls import Trust
from tui.net.v2 import V2Client

if TYPE_CHECKING:
    from tests.net.conftest import Servers, Visit

SUBNET = IPv4Network("127.83.0.0/28")
API = b'{"product_type":"HWE-P1","serial":"aabbcc"}'
OFF = b'{"error":{"id":202,"description":"API not enabled"}}'

Hit = tuple[Endpoint, Answer]
StartV2 = Callable[..., Awaitable[V2Server]]


async def free_port(servers: Servers) -> int:
    """A port that is taken at 127.83.0.1 and free at the other addresses of the subnet."""
    return (await servers.answering(b"<html>router</html>", host="127.83.0.1")).endpoint.port


async def test_only_homewizard_devices_are_found(servers: Servers) -> None:
    port = await free_port(servers)
    p1 = await servers.answering(API, host="127.83.0.3", port=port)
    off = await servers.answering(OFF, "403 Forbidden", host="127.83.0.5", port=port)
    await servers.answering(b"Forbidden", "403 Forbidden", host="127.83.0.6", port=port)
    await servers.answering(b"", "404 Not Found", host="127.83.0.7", port=port)
    found: dict[Endpoint, Answer] = {}
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


# ------------------------------------------------------------------ API v2


SERIALS = ("5c2faf000003", "5c2faf000004", "5c2faf000005")


def asking(timeout_s: float = 5.0) -> AskV2:
    return lambda endpoint: V2Client(endpoint, trust=Trust(authority().pem), timeout_s=timeout_s)


@pytest.fixture
async def v2() -> AsyncIterator[StartV2]:
    """Starts devices of API v2, all on the port of the first one."""
    started: list[V2Server] = []

    async def start(host: str, serial: str = SERIALS[0], certificate: Leaf | None = None) -> V2Server:
        one = V2Server(certificate, serial)
        started.append(await one.start(host, started[0].endpoint.port if started else 0))
        return one

    yield start
    for one in started:
        await one.stop()


async def test_devices_that_speak_only_v2_are_found_by_their_certificates_and_no_other_web_server_is(
    servers: Servers, v2: StartV2
) -> None:
    port = await free_port(servers)
    battery = await v2("127.83.0.4", SERIALS[1], leaf(SERIALS[1], "battery"))
    strangers = [
        await v2("127.83.0.6", certificate=leaf(by="Somebody Else")),
        await v2("127.83.0.7", certificate=leaf(by=None)),
        await v2("127.83.0.8", certificate=leaf(cn="router.lan")),
        await v2("127.83.0.9", certificate=leaf(to_day=-1)),
    ]
    await servers.start(lambda visit: visit.answer(API), "127.83.0.10", battery.endpoint.port)  # no TLS
    found: dict[Endpoint, Answer] = {}
    await scan([SUBNET], found.__setitem__, port=port, tls_port=battery.endpoint.port, ask_v2=asking())
    assert found == {battery.endpoint: Named(SERIALS[1], "battery")}
    assert [(one.method, one.path, "authorization" in one.headers) for one in battery.requests] == [
        ("GET", "/api", False)
    ]
    assert [one.requests for one in strangers] == [[]] * 4


async def test_a_device_that_speaks_both_is_found_over_both(servers: Servers, v2: StartV2) -> None:
    port = await free_port(servers)
    plain = await servers.answering(API, host="127.83.0.3", port=port)
    secure = await v2("127.83.0.3")
    found: list[Hit] = []
    await scan([SUBNET], lambda *hit: found.append(hit), port=port, tls_port=secure.endpoint.port, ask_v2=asking())
    assert found == [
        (plain.endpoint, Identity("aabbcc", "HWE-P1")),
        (secure.endpoint, Named(SERIALS[0], "p1dongle")),
    ]


async def test_a_certificate_says_whose_v1_is_off(servers: Servers, v2: StartV2) -> None:
    port = await free_port(servers)
    off = await servers.answering(OFF, "403 Forbidden", host="127.83.0.3", port=port)
    secure = await v2("127.83.0.3")
    found: dict[Endpoint, Answer] = {}
    await scan([SUBNET], found.__setitem__, port=port, tls_port=secure.endpoint.port, ask_v2=asking())
    assert isinstance(found[off.endpoint], ApiDisabled)
    assert found[secure.endpoint] == Named(SERIALS[0], "p1dongle", of=off.endpoint)


async def test_a_certificate_is_enough_where_nothing_else_comes(servers: Servers, v2: StartV2) -> None:
    hung, garbled, liar = await v2("127.83.0.3"), await v2("127.83.0.4", SERIALS[1]), await v2("127.83.0.5", SERIALS[2])

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    hung.raw = silent
    garbled.tokens.add("")  # it answers everybody
    garbled.answers["GET", "/api"] = (200, b"hello")
    liar.tokens.add("")
    liar.answers["GET", "/api"] = (200, identity_of("aabbccddeeff"))
    found: dict[Endpoint, Answer] = {}
    port, tls_port = await free_port(servers), hung.endpoint.port
    await scan([SUBNET], found.__setitem__, port=port, tls_port=tls_port, ask_v2=asking(0.6))
    assert found == {hung.endpoint: Named(SERIALS[0], "p1dongle"), garbled.endpoint: Named(SERIALS[1], "p1dongle")}


async def test_one_that_never_shows_a_certificate_holds_nothing_up(servers: Servers, v2: StartV2) -> None:
    device = await v2("127.83.0.3")
    hung = await servers.start(lambda visit: visit.until_left(), "127.83.0.4", device.endpoint.port)
    found: list[Hit] = []
    port, tls_port = await free_port(servers), device.endpoint.port
    await scan([SUBNET], lambda *hit: found.append(hit), port=port, tls_port=tls_port, ask_v2=asking(0.6))
    assert [endpoint for endpoint, _ in found] == [device.endpoint]
    await hung.everybody_left()


async def test_nothing_of_v2_is_begun_where_no_address_listens_for_it(servers: Servers, v2: StartV2) -> None:
    begun: list[Endpoint] = []

    def ask_v2(endpoint: Endpoint) -> SecureClient:
        begun.append(endpoint)
        return asking()(endpoint)

    secure = await v2("127.83.0.3")
    await secure.stop()
    port = await free_port(servers)
    p1 = await servers.answering(API, host="127.83.0.3", port=port)
    found: list[Hit] = []
    await scan([SUBNET], lambda *hit: found.append(hit), port=port, tls_port=secure.endpoint.port, ask_v2=ask_v2)
    assert [endpoint for endpoint, _ in found] == [p1.endpoint]
    assert begun == []


async def test_no_more_are_asked_over_tls_at_a_time_than_allowed(servers: Servers) -> None:
    in_flight = most = 0
    three = asyncio.Barrier(3)

    async def hangs_up_on_three_at_a_time(visit: Visit) -> None:
        nonlocal in_flight, most
        if not await visit.reader.read(1):
            return  # it was only looked whether anybody listens
        in_flight += 1
        most = max(most, in_flight)
        await three.wait()
        in_flight -= 1

    tls_port = (await servers.start(hangs_up_on_three_at_a_time, "127.83.0.2")).endpoint.port
    for last in range(3, 14):
        await servers.start(hangs_up_on_three_at_a_time, f"127.83.0.{last}", tls_port)
    port = await free_port(servers)
    await scan([SUBNET], lambda *_: None, port=port, tls_port=tls_port, ask_v2=asking(), concurrency=3, rate_per_s=1e6)
    assert most == 3


async def test_cancelling_closes_what_is_asked_over_tls(servers: Servers, v2: StartV2) -> None:
    asked = asyncio.Event()
    device = await v2("127.83.0.3")

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        asked.set()
        await reader.read()

    device.raw = silent
    port, tls_port = await free_port(servers), device.endpoint.port
    under_way = asyncio.create_task(scan([SUBNET], lambda *_: None, port=port, tls_port=tls_port, ask_v2=asking()))
    await asked.wait()
    under_way.cancel()
    with pytest.raises(asyncio.CancelledError):
        await under_way
    await device.until(lambda: not device.open)


# ------------------------------------------------------------------ which addresses


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
