"""What becomes of a handshake that goes wrong, and of a device that has another's certificate. Over real sockets."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.net.accepting import accepting
from tests.v2.certificates import SERIAL, authority, leaf
from tests.v2.server import TOKEN, V2Server
from tui.core.model import Endpoint, State
from tui.core.secret import Secret
from tui.net.errors import BadAnswer, DeviceError, Refused, Unreachable, WrongCertificate
from tui.net.exchange import Exchange
from tui.net.tls import Peer, Trust, authority_in
from tui.net.v2 import V2Client

if TYPE_CHECKING:
    from tests.net.conftest import Behaviour, Servers, Visit

OTHER = "3c39e7112233"
SHORT_S = 0.2
TRUST = Trust(authority().pem)
HELLO = b"\x16\x03\x03\x40\x00"
"""The head of a record of 16 KiB with a message of the handshake (RFC 8446, 5.1)."""
ALERT = b"\x15\x03\x03\x00\x02\x02"


def client_of(
    endpoint: Endpoint, serial: str | None = SERIAL, trust: Trust = TRUST, timeout_s: float = 5.0
) -> V2Client:
    return V2Client(endpoint, Secret(TOKEN), serial, trust, timeout_s=timeout_s)


async def failure_of(client: V2Client) -> DeviceError:
    async with asyncio.timeout(10), client:
        with pytest.raises(DeviceError) as caught:
            await client.measurement()
    return caught.value


# ---------------------------------------------------------------------- no handshake


async def is_silent(visit: Visit) -> None:
    await visit.until_left()


async def waits_for_a_request(visit: Visit) -> None:
    await visit.request()  # a device with API v1: what comes never ends in a blank line


async def drips(visit: Visit) -> None:
    await visit.send(HELLO)
    while True:
        await visit.send(b"\x02")
        await asyncio.sleep(0.005)


async def says_it_is_http(visit: Visit) -> None:
    await visit.reader.read(5)
    await visit.send(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")


async def says_it_is_ssh(visit: Visit) -> None:
    await visit.send(b"SSH-2.0-dropbear\r\n")
    await visit.until_left()


async def floods(visit: Visit) -> None:
    while True:
        await visit.send(b"\x00" * 65536)


async def resets(visit: Visit) -> None:
    await visit.reader.read(5)
    visit.reset()


async def breaks_off(visit: Visit) -> None:
    await visit.reader.read(4096)
    await visit.send(HELLO + b"\x02\x00")


def alerts(number: int) -> Behaviour:
    async def behave(visit: Visit) -> None:
        await visit.reader.read(4096)
        await visit.send(ALERT + bytes([number]))
        await visit.until_left()

    return behave


NO_TLS = "No TLS from port PORT: does this device have API v2?"
TOO_LATE = "Connected, but no TLS within 0.2 s: if it stays so, restart it"
LOST = {
    "Connection lost in the TLS handshake: does another program read this device?",
    "Connection closed in the TLS handshake: does another program read this device?",
}


@pytest.mark.parametrize(
    ("behave", "kind", "texts"),
    [
        (is_silent, Unreachable, {TOO_LATE}),
        (waits_for_a_request, Unreachable, {TOO_LATE}),
        (drips, Unreachable, {TOO_LATE}),
        (says_it_is_http, BadAnswer, {NO_TLS}),
        (says_it_is_ssh, BadAnswer, {NO_TLS}),
        (floods, BadAnswer, {NO_TLS}),
        (resets, Refused, LOST),
        (breaks_off, Refused, LOST),
        (alerts(40), Refused, {"The device broke off TLS (handshake failure): newer firmware may mend that"}),
        (alerts(70), Refused, {"The device broke off TLS (protocol version): newer firmware may mend that"}),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
async def test_a_handshake_that_does_not_come_about_says_why(
    servers: Servers, behave: Behaviour, kind: type[DeviceError], texts: set[str]
) -> None:
    served = await servers.start(behave)
    client = client_of(served.endpoint, timeout_s=SHORT_S)
    error = await failure_of(client)
    assert type(error) is kind
    assert str(error) in {text.replace("PORT", str(served.endpoint.port)) for text in texts}
    assert (served.connections, client.connection) == (1, 0)


async def test_what_a_stalled_handshake_is_about_can_be_told_before_its_time_is_up(servers: Servers) -> None:
    came = asyncio.Event()

    async def says_nothing(visit: Visit) -> None:
        await visit.reader.read(5)
        came.set()
        await visit.until_left()

    served = await servers.start(says_nothing)
    async with client_of(served.endpoint) as client:
        asked = asyncio.create_task(client.measurement())
        await came.wait()
        stalled = client.stalled(1.0)
        asked.cancel()
        with suppress(asyncio.CancelledError):
            await asked
    assert str(stalled) == "Connected, but no TLS within 1 s: if it stays so, restart it"


async def test_a_chain_of_certificates_without_measure_is_not_read() -> None:
    async with V2Server() as device:
        device.certificate = leaf(chain=400)
        error = await failure_of(client_of(device.endpoint))
    assert type(error) is BadAnswer
    assert str(error).startswith("TLS failed (")
    assert device.requests == []


async def test_noise_after_the_handshake_is_no_answer() -> None:
    async def noise(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with socket.socket(fileno=os.dup(writer.get_extra_info("socket").fileno())) as below:
            below.send(b"HTTP/1.1 200 OK\r\n\r\n" * 3)
        await asyncio.sleep(SHORT_S)

    async with V2Server() as device:
        device.raw = noise
        error = await failure_of(client_of(device.endpoint))
    assert (type(error), str(error)) == (BadAnswer, "The answer is garbled TLS: is it a HomeWizard device?")


async def test_a_server_that_wants_a_certificate_of_ours_is_no_device() -> None:
    context = leaf().context()
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(cadata=authority().pem)
    async with accepting(lambda *_: None, context) as port:
        error = await failure_of(client_of(Endpoint("127.0.0.1", port, "v2")))
    assert type(error) is Refused
    assert str(error).startswith(("The device broke off TLS (certificate required)", "Connection"))


def test_that_tls_had_to_read_on_is_not_what_went_wrong() -> None:
    """An exception that comes while it waits has that as its context."""
    error = httpx.ReadError("")
    error.__context__ = ssl.SSLWantReadError()
    meant = Exchange(Endpoint("127.0.0.1", 443, "v2")).failure(error, 1.0, Peer(TRUST))
    assert str(meant) == "Connection reset: does another program read this device?"


# ---------------------------------------------------------------------- certificates

CLOCK = "is this computer's clock right?"
ADDRESS = "is this the right address?"
NOT_THIS = f"not {SERIAL}: does another device have this address now?"


@pytest.mark.parametrize(
    ("made", "text"),
    [
        ({"by": "Stranger"}, f"The certificate is not from the authority of --ca: {ADDRESS}"),
        ({"by": None}, f"The certificate is signed by itself, not by the authority of --ca: {ADDRESS}"),
        ({"to_day": -1}, f"The certificate has expired: {CLOCK}"),
        ({"from_day": 1}, f"The certificate is not valid yet: {CLOCK}"),
        ({"serial": OTHER}, f"The certificate is that of {OTHER}, {NOT_THIS}"),
        ({"cn": "router.lan", "san": ("router.lan",)}, f"The certificate names no device, {NOT_THIS}"),
        ({"cn": "appliance/p1dongle/\x1b[2J\n"}, f"The certificate names no device, {NOT_THIS}"),
        ({"cn": ""}, f"The certificate names no device, {NOT_THIS}"),
    ],
    ids=lambda value: repr(value)[:40],
)
async def test_a_certificate_that_is_not_the_devices_says_why_and_gets_nothing(made: dict[str, Any], text: str) -> None:
    async with V2Server() as device:
        device.certificate = leaf(**made)
        client = client_of(device.endpoint)
        error = await failure_of(client)
        await device.until(lambda: not device.open)
    assert (type(error), str(error), error.kind) == (WrongCertificate, text, State.BAD_ANSWER)
    assert (device.requests, client.connection) == ([], 0)


async def test_without_another_authority_homewizards_is_the_one_that_counts() -> None:
    async with V2Server() as device:
        error = await failure_of(client_of(device.endpoint, trust=Trust()))
    assert str(error) == f"The certificate is not from HomeWizard: {ADDRESS}"


@pytest.mark.parametrize(
    "made",
    [
        {"cn": "appliance/p1dongle/" + SERIAL.upper()},
        {"cn": "x", "san": (*(f"{number}.lan" for number in range(20)), f"{SERIAL}.appliance")},
        {"san": tuple(f"{number}.lan" for number in range(1000))},
    ],
    ids=["upper case", "by its DNS name", "many names"],
)
async def test_a_certificate_that_names_the_device_is_enough(made: dict[str, Any]) -> None:
    async with V2Server() as device:
        device.certificate = leaf(**made)
        async with client_of(device.endpoint) as client:
            await client.measurement()
            assert client.serial == SERIAL


async def test_the_certificate_of_one_device_can_be_the_authority_of_it() -> None:
    for own in (leaf(by=None), leaf(from_day=-2)):
        trust = Trust(authority_in(own.pem.decode()))
        async with V2Server(own) as device, client_of(device.endpoint, trust=trust) as client:
            await client.measurement()
    async with V2Server() as device:
        assert type(await failure_of(client_of(device.endpoint, trust=trust))) is WrongCertificate


# ---------------------------------------------------------------------- another device behind the same address


@pytest.mark.parametrize("serial", [SERIAL, None])
async def test_another_device_behind_a_renewed_connection_gets_nothing(serial: str | None) -> None:
    """The token names its device even where the serial was not told: the first to accept it stays the only one."""
    async with V2Server() as device, client_of(device.endpoint, serial) as client:
        await client.measurement()
        device.kill()
        await client.measurement()
        device.certificate, was = leaf(OTHER), device.certificate
        device.kill()
        await device.until(lambda: not device.open)
        with pytest.raises(WrongCertificate, match=f"is that of {OTHER}, {NOT_THIS[:10]}"):
            await client.measurement()
        assert (len(device.requests), client.connection) == (2, 2)
        device.certificate = was
        await client.measurement()
        assert (client.connection, client.serial) == (3, SERIAL)


async def test_a_device_whose_address_another_has_now_is_found_by_its_name() -> None:
    """The stranger's certificate is the sign that the name has to be looked up again."""
    lives_at = "127.0.0.1"

    async def address_of(_: str) -> str:
        return lives_at

    async with V2Server() as device, V2Server(leaf(OTHER)) as stranger:
        await device.stop()
        where = Endpoint("p1meter.lan", stranger.endpoint.port, "v2")
        client = V2Client(where, Secret(TOKEN), SERIAL, TRUST, address_of, SHORT_S * 10)
        assert type(await failure_of(client)) is WrongCertificate
        await device.start("127.0.0.2", where.port)
        async with V2Client(where, Secret(TOKEN), SERIAL, TRUST, address_of) as moved:
            with pytest.raises(WrongCertificate):
                await moved.measurement()
            lives_at = "127.0.0.2"
            await moved.measurement()
    assert (len(stranger.requests), len(device.requests)) == (0, 1)


async def test_a_handshake_that_fails_leaves_nothing_open() -> None:
    started = time.monotonic()
    async with V2Server() as device:
        device.certificate = leaf(by="Stranger")
        before = len(os.listdir("/proc/self/fd"))
        async with client_of(device.endpoint) as client:
            for _ in range(5):
                with pytest.raises(WrongCertificate):
                    await client.measurement()
            device.certificate = leaf(OTHER)
            for _ in range(5):
                with pytest.raises(WrongCertificate):
                    await client.measurement()
        await device.until(lambda: len(os.listdir("/proc/self/fd")) <= before)
    assert time.monotonic() - started < 10
