"""What becomes of everything a device, or whatever has its address, may do wrong. All of it over real sockets.

Each fault is tried with both APIs: v1 over HTTP, and v2 over TLS.
"""

from __future__ import annotations

import asyncio
import errno
import gzip
import os
import socket
from collections.abc import AsyncIterator
from datetime import datetime
from typing import TYPE_CHECKING

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.net.accepting import accepting
from tests.v2.certificates import authority, leaf
from tests.v2.server import TOKEN
from tui.core.model import Endpoint, State
from tui.core.secret import Secret
from tui.core.telegram import telegram_clock
from tui.net.device import DeviceClient
from tui.net.errors import (
    NOT_PAIRED,
    ApiDisabled,
    BadAnswer,
    DeviceError,
    NoAddress,
    NotFound,
    NotHttp,
    NotPaired,
    Refused,
    Unreachable,
)
from tui.net.exchange import is_not_http
from tui.net.http import BODY_LIMIT
from tui.net.tls import Trust
from tui.net.v2 import V2Client

if TYPE_CHECKING:
    from tests.net.conftest import Behaviour, Served, Servers, Visit
else:
    from tests.net.conftest import Servers

API = b'{"product_type":"HWE-P1","serial":"aabbcc"}'
SHORT_S = 0.2
BOMB = gzip.compress(b" " * 10_000_000)
BUSY = b'{"error":{"description":"busy"}}'
IS_IT_ONE = "is it a HomeWizard device?"
AGAIN = "if it stays so, restart it"
A_ROUTER = "does a router or a login page of the network answer here?"
OFF = b'{"error":{"id":202,"description":"API not enabled"}}'
PLACE = "HomeWizard app, Settings > Meters > your meter > Local API"
LOCAL_API_OFF = f"Local API is off: {PLACE}"


class Change:
    """A change of the mode of batteries, which sets and does not toggle."""

    def as_json(self) -> dict[str, object]:
        return {"mode": "zero"}


DATA = {"v1": "/api/v1/data", "v2": "/api/measurement"}
POWER = {"v1": b"active_power_w", "v2": b"power_w"}
CERTIFICATE = {"v1": None, "v2": leaf("aabbcc").context()}
ONLY_V1 = pytest.mark.parametrize("api", ["v1"])


@pytest.fixture(params=["v1", "v2"])
def api(request: pytest.FixtureRequest) -> str:
    said: str = request.param
    return said


@pytest.fixture
async def servers(api: str) -> AsyncIterator[Servers]:
    running = Servers(CERTIFICATE[api])
    yield running
    await running.stop()


def client_of(endpoint: Endpoint, timeout_s: float = 5.0) -> DeviceClient | V2Client:
    if endpoint.api == "v1":
        return DeviceClient(endpoint, timeout_s)
    return V2Client(endpoint, Secret(TOKEN), "aabbcc", Trust(authority().pem), timeout_s=timeout_s)


async def failure_of(served: Served | Endpoint, timeout_s: float = 5.0) -> DeviceError:
    """How asking `/api` fails, which must be well before a hang of the test."""
    endpoint = served if isinstance(served, Endpoint) else served.endpoint
    async with asyncio.timeout(10), client_of(endpoint, timeout_s) as client:
        with pytest.raises(DeviceError) as caught:
            await client.identity()
    return caught.value


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


# ---------------------------------------------------------------------- no connection


async def test_a_closed_port_is_refused(api: str) -> None:
    error = await failure_of(Endpoint("127.0.0.1", port := free_port(), api))
    assert (type(error), error.kind) == (Refused, State.REFUSED)
    assert str(error) == f"Connection refused at port {port}: is this the right address?"


async def test_no_route_is_unreachable(api: str) -> None:
    # The kernel refuses a TCP connection to the broadcast address by itself: nothing is sent.
    error = await failure_of(Endpoint("255.255.255.255", api=api))
    assert (type(error), error.kind) == (Unreachable, State.SILENT)
    assert str(error) == "No way to this address: is this computer on the network of the meters?"


async def test_a_name_that_does_not_resolve_is_unreachable(api: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    error = await failure_of(Endpoint("meter.invalid", api=api))
    assert (type(error), error.kind) == (NoAddress, State.SILENT)
    assert str(error) == "The name does not resolve: use the address the app shows under the meter"


@pytest.mark.parametrize("host", ["a:b", "a\x1b[31mb", "[::1"])
async def test_a_host_that_is_none_is_unreachable(api: str, host: str) -> None:
    error = await failure_of(Endpoint(host, api=api))
    assert type(error) is Unreachable
    assert str(error) == "This is not an address: use the one the app shows under the meter"


async def test_a_host_that_takes_no_connection_in_time_is_unreachable(api: str) -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        address = full.getsockname()
        waiting = [socket.socket() for _ in range(4)]
        try:
            for one in waiting:  # nobody accepts: the backlog is full, and Linux drops what comes after
                one.setblocking(False)
                one.connect_ex(address)
            error = await failure_of(Endpoint("127.0.0.1", address[1], api), SHORT_S)
        finally:
            for one in waiting:
                one.close()
    assert type(error) is Unreachable
    assert str(error) == "No connection within 0.2 s: is it plugged in, and is this its network?"


@pytest.mark.parametrize("code", [errno.EHOSTUNREACH, errno.EHOSTDOWN])
async def test_an_address_that_nobody_has_is_unreachable(api: str, code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    async def no_neighbour(*_: object, **__: object) -> None:
        raise OSError(code, os.strerror(code))  # what the kernel says about 3 s after it asked who has the address

    monkeypatch.setattr(asyncio.get_running_loop(), "create_connection", no_neighbour)
    error = await failure_of(Endpoint("127.0.0.1", 9, api))
    assert (type(error), error.kind) == (Unreachable, State.SILENT)
    assert str(error) == "Nothing at this address: is it plugged in and on the Wi-Fi, and is the address right?"


# ---------------------------------------------------------------------- silence


async def test_accepting_and_then_silence_is_unreachable(servers: Servers) -> None:
    served = await servers.start(lambda visit: visit.until_left())
    error = await failure_of(served, SHORT_S)
    assert type(error) is Unreachable
    assert str(error) == "Connected, but no answer within 0.2 s: if it stays so, restart it"
    await served.everybody_left()


async def drips_its_head(visit: Visit) -> None:
    for byte in b"HTTP/1.1 200 OK\r\n" + b"X-Filler: x\r\n" * 10_000:
        await visit.send(bytes([byte]))
        await asyncio.sleep(0.01)


async def drips_its_body(visit: Visit) -> None:
    await visit.request()
    await visit.send(b"HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n")
    for _ in range(200_000):
        await visit.send(b" ")
        await asyncio.sleep(0.01)


async def says_no_length_and_stays(visit: Visit) -> None:
    await visit.request()
    await visit.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n" + API)
    await visit.until_left()


async def sends_a_head_and_stays(visit: Visit) -> None:
    await visit.request()
    await visit.send(b"HTTP/1.1 200 OK\r\n\r\n")
    await visit.until_left()


async def informs_without_end(visit: Visit) -> None:
    await visit.request()
    while True:
        await visit.send(b"HTTP/1.1 103 Early Hints\r\n\r\n")
        await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    ("behave", "text"),
    [
        (drips_its_head, "Connected, but no answer within 0.2 s"),
        (informs_without_end, "Connected, but no answer within 0.2 s"),
        (drips_its_body, "Answer not complete within 0.2 s: is the Wi-Fi weak there?"),
        (
            says_no_length_and_stays,
            "An answer came, but no end within 0.2 s: it has no length and the connection stays "
            "open, which newer firmware may mend",
        ),
        (
            sends_a_head_and_stays,
            "The head of an answer came, but no end within 0.2 s: it has no length and the connection stays open",
        ),
    ],
)
async def test_the_time_limit_is_for_the_whole_request(servers: Servers, behave: Behaviour, text: str) -> None:
    served = await servers.start(behave)
    error = await failure_of(served, SHORT_S)
    assert type(error) is Unreachable
    assert str(error).startswith(text)
    await served.everybody_left()


# ---------------------------------------------------------------------- resets


async def resets_at_once(visit: Visit) -> None:
    visit.reset()


async def resets_when_asked(visit: Visit) -> None:
    await visit.request()
    visit.reset()


async def resets_in_its_body(visit: Visit) -> None:
    await visit.request()
    await visit.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
    await asyncio.sleep(0.05)  # mostly the half arrives before the reset; either way it is one
    visit.reset()


async def hangs_up(visit: Visit) -> None:
    await visit.request()


async def hangs_up_in_its_head(visit: Visit) -> None:
    await visit.request()
    await visit.send(b"HTTP/1.1 200 OK\r\nContent-")


async def hangs_up_in_its_body(visit: Visit) -> None:
    await visit.request()
    await visit.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")


CLOSED = "Connection closed without an answer: does another program read this device?"
RESET = "Connection reset: does another program read this device?"


@pytest.mark.parametrize(
    ("behave", "kind", "texts"),
    [
        (resets_at_once, Refused, {RESET, CLOSED}),
        (resets_when_asked, Refused, {RESET}),
        (resets_in_its_body, Refused, {RESET}),
        (hangs_up, Refused, {CLOSED}),
        (hangs_up_in_its_head, Refused, {CLOSED}),
        (hangs_up_in_its_body, BadAnswer, {f"The answer broke off: {IS_IT_ONE}"}),
    ],
)
async def test_a_fresh_connection_that_breaks_is_not_tried_again(
    servers: Servers, behave: Behaviour, kind: type[DeviceError], texts: set[str]
) -> None:
    served = await servers.start(behave)
    error = await failure_of(served)
    assert type(error) is kind
    assert str(error) in texts
    assert served.connections == 1


# ---------------------------------------------------------------------- kept connections that turn out dead


def dies_after_one_answer(how: str) -> Behaviour:
    """The first connection ends with its second request, the later ones work."""

    async def behave(visit: Visit) -> None:
        await visit.request()
        await visit.answer(API)
        await visit.request()
        if visit.number > 1:
            await visit.answer(API)
            await visit.until_left()
        if how == "reset":
            visit.reset()

    return behave


@pytest.mark.parametrize("how", ["reset", "hang up"])
async def test_a_kept_connection_that_turns_out_dead_is_replaced_unseen(servers: Servers, how: str) -> None:
    served = await servers.start(dies_after_one_answer(how))
    async with client_of(served.endpoint) as client:
        await client.identity()
        assert (await client.identity()).serial == "aabbcc"
        assert client.connection == 2
    assert served.connections == 2
    assert served.requests == ["GET /api"] * 3


async def test_what_is_set_is_sent_again_too_since_it_does_not_toggle(servers: Servers) -> None:
    served = await servers.start(dies_after_one_answer("reset"))
    async with client_of(served.endpoint) as client:
        await client.identity()
        if isinstance(client, V2Client):
            await client.set_batteries(Change())
        else:
            await client.set_switch(power_on=True)
    put = {"v1": '/api/v1/state {"power_on": true}', "v2": '/api/batteries {"mode": "zero"}'}
    assert served.requests == ["GET /api", *[f"PUT {put[served.endpoint.api]}"] * 2]


async def test_a_connection_closed_between_requests_is_replaced_without_asking_on_it(servers: Servers) -> None:
    async def one_each(visit: Visit) -> None:
        await visit.request()
        await visit.answer(API)

    served = await servers.start(one_each)
    async with client_of(served.endpoint) as client:
        await client.identity()
        await served.everybody_left()
        await client.identity()
    assert (served.connections, served.requests) == (2, ["GET /api"] * 2)


async def test_a_request_is_sent_again_only_once(servers: Servers) -> None:
    async def only_first_works(visit: Visit) -> None:
        await visit.request()
        if visit.number == 1:
            await visit.answer(API)
            await visit.request()

    served = await servers.start(only_first_works)
    async with client_of(served.endpoint) as client:
        await client.identity()
        with pytest.raises(Refused):
            await client.identity()
    assert (served.connections, served.requests) == (2, ["GET /api"] * 3)


@pytest.mark.parametrize("part", [b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", b"220 ftp ready\r\n\r\n"])
async def test_a_request_is_not_sent_again_once_part_of_an_answer_came(servers: Servers, part: bytes) -> None:
    async def half_the_second_time(visit: Visit) -> None:
        await visit.request()
        await visit.answer(API)
        await visit.request()
        await visit.send(part)

    served = await servers.start(half_the_second_time)
    async with client_of(served.endpoint) as client:
        await client.identity()
        with pytest.raises(BadAnswer):
            await client.identity()
    assert (served.connections, served.requests) == (1, ["GET /api"] * 2)


async def test_a_kept_connection_that_falls_silent_costs_one_time_limit_and_the_next_request_works(
    servers: Servers,
) -> None:
    async def silent_after_one(visit: Visit) -> None:
        await visit.request()
        await visit.answer(API)
        await visit.until_left()

    served = await servers.start(silent_after_one)
    async with client_of(served.endpoint, SHORT_S) as client:
        await client.identity()
        with pytest.raises(Unreachable):
            await client.identity()
        await client.identity()
    assert served.connections == 2


# ---------------------------------------------------------------------- what is not an answer


@pytest.mark.parametrize(
    "raw", [b"SSH-2.0-dropbear\r\n\r\n", b"\x00\xff\x1b[31m\r\n\r\n", b"HTTP/9.9 abc\r\n\r\n", b"x" * 200_000]
)
async def test_what_is_not_http_is_a_bad_answer(servers: Servers, raw: bytes) -> None:
    async def behave(visit: Visit) -> None:
        await visit.send(raw)
        await visit.until_left()

    served = await servers.start(behave)
    error = await failure_of(served)
    assert (type(error), error.kind) == (NotHttp, State.BAD_ANSWER)
    assert str(error) == f"No HTTP from port {served.endpoint.port}: is it a HomeWizard device?"


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", "The answer has a faulty Content-Length"),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
            "The answer has a faulty Content-Length",
        ),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", "The answer has a faulty Transfer-Encoding"),
        (b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n", "The answer has a faulty header line"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "The answer has a garbled chunk"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{", "The answer broke off"),
    ],
    ids=range(6),
)
async def test_http_that_is_faulty_is_named(servers: Servers, raw: bytes, text: str) -> None:
    async def behave(visit: Visit) -> None:
        await visit.request()
        await visit.send(raw)

    error = await failure_of(await servers.start(behave))
    assert (type(error), str(error)) == (BadAnswer, f"{text}: {IS_IT_ONE}")


@pytest.mark.parametrize(
    ("status", "body", "text"),
    [
        ("500 Internal Server Error", b"", f"HTTP 500 from DATA: {AGAIN}"),
        ("429 Too Many Requests", b"", "HTTP 429 from DATA: does another program read this device?"),
        ("503 Service Unavailable", BUSY, f'HTTP 503, "busy": {AGAIN}'),
    ],
)
async def test_a_status_of_a_known_device_says_what_to_do(
    servers: Servers, api: str, status: str, body: bytes, text: str
) -> None:
    async def behave(visit: Visit) -> None:
        while True:
            await visit.answer(*((API,) if await visit.request() == "GET /api" else (body, status)))

    async with client_of((await servers.start(behave)).endpoint) as client:
        await client.identity()
        with pytest.raises(BadAnswer) as caught:
            await client.measurement()
    assert str(caught.value) == text.replace("DATA", DATA[api])


@pytest.mark.parametrize(
    "body",
    [
        b"hello",
        b"[" * 100_000,
        b'{"a":' * 40_000,
        b'{"serial": "aabbcc", "mo',
        '{"serial": "aabbcc", "product_type": "HWE-P1"}'.encode("utf-16"),
    ],
    ids=["text", "deep list", "deep object", "cut", "utf-16"],
)
async def test_what_is_not_json_is_a_bad_answer(servers: Servers, body: bytes) -> None:
    error = await failure_of(await servers.answering(body))
    assert type(error) is BadAnswer
    assert str(error) == "The answer is not JSON: is it a HomeWizard device?"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"<html>router</html>", f"An HTML page, not the answer of a meter: {A_ROUTER}"),
        (b"", f"The answer is empty: {IS_IT_ONE}"),
        (b" \0\r\n", f"The answer is empty: {IS_IT_ONE}"),
        (API[:-1], f"The answer was cut short after {len(API) - 1} bytes: {AGAIN}"),
        (
            b'{"product_type":"HWE-P1","product_name":"13" rack","serial":"aabbcc"}',
            "The answer is not JSON from byte 46 on: is there a quote or a backslash in product_name? "
            "Newer firmware may mend that",
        ),
        (b'{"serial": "\xff\xfe", "product_type": "HWE-P1"}', f"No readable serial and product type in /api: {AGAIN}"),
        (b'{"product_type": "HWE-P1"}', f"No readable serial and product type in /api: {AGAIN}"),
    ],
    ids=["html", "empty", "blank", "cut", "quote", "unreadable serial", "no serial"],
)
async def test_an_answer_that_looks_like_a_devices_is_not_doubted(servers: Servers, body: bytes, text: str) -> None:
    error = await failure_of(await servers.answering(body))
    assert (type(error), str(error)) == (BadAnswer, text)


@pytest.mark.parametrize(
    "odd",
    [
        b'"x":NaN',
        b'"x":-Infinity',
        b'"x":' + b"9" * 5000,
        b'"x":' + b"[" * 50_000 + b"]" * 50_000,
        b'"product_name":"K\xfcche"',
        b'"product_name":"K\xc3"',
        b'"product_name":"K\x00\x1b[2J\nche"',
        b'"product_name":"C:\\home"',
        b'"product_name":"\\ud800"',
        b'"x":1,"x":2',
    ],
    ids=lambda odd: repr(odd)[:30],
)
async def test_one_bad_field_costs_only_itself_in_every_answer(servers: Servers, api: str, odd: bytes) -> None:
    fields = b',"' + POWER[api] + b'":12.5,"power_on":true,"cloud_enabled":true,"battery_count":1}'
    async with client_of((await servers.answering(API[:-1] + b"," + odd + fields)).endpoint) as client:
        assert (await client.identity()).serial == "aabbcc"
        assert (await client.measurement())[0].number("power_w") == 12.5
        assert (await client.system()).cloud_enabled is True
        if isinstance(client, V2Client):
            assert (await client.batteries()).count == 1
            assert (await client.set_batteries(Change())).count == 1
        else:
            assert (await client.switch()).power_on is True
            assert (await client.set_switch(power_on=True)).power_on is True


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (b"hello", f"The answer is not JSON from byte 1 on: {AGAIN}"),
        (b"", f"The answer is empty: {AGAIN}"),
        (b"[1, 2]", f"Unexpected JSON from DATA: {AGAIN}"),
        (b" " * (BODY_LIMIT + 1), f"The answer is longer than 256 KiB: {AGAIN}"),
        (b"<html>router</html>", f"An HTML page, not the answer of a meter: {A_ROUTER}"),
    ],
    ids=lambda value: repr(value)[:30],
)
async def test_a_device_that_has_identified_itself_is_not_doubted_later(
    servers: Servers, api: str, answer: bytes, text: str
) -> None:
    async def behave(visit: Visit) -> None:
        while True:
            await visit.answer(API if await visit.request() == "GET /api" else answer)

    async with client_of((await servers.start(behave)).endpoint) as client:
        await client.identity()
        with pytest.raises(BadAnswer) as caught:
            await client.measurement()
    assert str(caught.value) == text.replace("DATA", DATA[api])


UNKNOWN_TYPE = API.replace(b"HWE-P1", b"HWE-NEW")
NO_VALUE = f"No value that this program knows in DATA: {AGAIN}"


@pytest.mark.parametrize(
    ("identity", "answer", "text"),
    [
        (API, b"{}", NO_VALUE),
        (API, b'{"hello":1}', NO_VALUE),
        (UNKNOWN_TYPE, b"{}", NO_VALUE),
        (UNKNOWN_TYPE, b'{"ok":true,"word":"a"}', NO_VALUE),
        (API, b'{"error":{"id":8,"description":"busy \\u001b[2J"}}', f'answered with an error, "busy [2J": {AGAIN}'),
        (
            API,
            b'{"error":{"code":"user:unauthorized"}}',
            {"v1": f'an error, "user:unauthorized": {AGAIN}', "v2": NOT_PAIRED},
        ),
        (API, b'{"error":{},"POWER":5}', f"DATA answered with an error: {AGAIN}"),
        (API, OFF, {"v1": LOCAL_API_OFF, "v2": f'DATA answered with an error, "API not enabled": {AGAIN}'}),
        (UNKNOWN_TYPE, b'{"hello":1}', None),
        (API, b'{"wifi_ssid":"Home","meter_model":null}', None),
        (API, b'{"error":null,"POWER":5}', None),
    ],
    ids=lambda value: repr(value)[:40],
)
async def test_json_that_is_no_reading_is_a_bad_answer(
    servers: Servers, api: str, identity: bytes, answer: bytes, text: str | dict[str, str] | None
) -> None:
    async def behave(visit: Visit) -> None:
        while True:
            is_identity = await visit.request() == "GET /api"
            await visit.answer(identity if is_identity else answer.replace(b"POWER", POWER[api]))

    async with client_of((await servers.start(behave)).endpoint) as client:
        await client.identity()
        if text is None:
            await client.measurement()
            return
        with pytest.raises(DeviceError) as caught:
            await client.measurement()
    assert isinstance(caught.value, (BadAnswer, ApiDisabled, NotPaired))
    text = text[api] if isinstance(text, dict) else text
    assert text.replace("DATA", DATA[api]) in str(caught.value)


async def test_no_bytes_of_a_telegram_lose_its_clock(servers: Servers) -> None:
    lines = b"/ISK5\xb2M550T\r\n\r\n0-0:1.0.0(261122143205W)\r\n0-0:96.13.0(\xff\xfe\x00\xc3)\r\n!\x00\xef\xbf"
    async with client_of((await servers.answering(lines)).endpoint) as client:
        assert telegram_clock(await client.telegram()) == datetime(2026, 11, 22, 14, 32, 5)


@pytest.mark.parametrize("body", [b"[]", b"[" + API + b"]", b"null", b"1e999", b'"text"', b"{}", b'{"serial": 5}'])
async def test_json_of_another_shape_is_a_bad_answer(servers: Servers, body: bytes) -> None:
    error = await failure_of(await servers.answering(body))
    assert type(error) is BadAnswer
    assert str(error) == "Unexpected JSON from /api: is it a HomeWizard device?"


async def test_a_list_is_no_measurement(servers: Servers, api: str) -> None:
    async with client_of((await servers.answering(b"[1, 2]")).endpoint) as client:
        with pytest.raises(BadAnswer, match=f"Unexpected JSON from {DATA[api]}"):
            await client.measurement()


# ---------------------------------------------------------------------- size


async def test_a_body_is_read_up_to_its_limit_and_not_beyond(servers: Servers) -> None:
    at_limit = await servers.answering(b"x" * BODY_LIMIT)
    async with client_of(at_limit.endpoint) as client:
        assert len(await client.telegram()) == BODY_LIMIT
    beyond = await servers.answering(b"x" * (BODY_LIMIT + 1))
    async with client_of(beyond.endpoint) as client:
        with pytest.raises(BadAnswer, match="longer than 256 KiB"):
            await client.telegram()


async def sends_chunks_without_end(visit: Visit) -> None:
    await visit.request()
    await visit.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        await visit.send(b"1000\r\n" + b" " * 0x1000 + b"\r\n")


async def sends_without_end_or_length(visit: Visit) -> None:
    await visit.request()
    await visit.send(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        await visit.send(b" " * 4096)


async def sends_fifty_megabytes(visit: Visit) -> None:
    await visit.request()
    await visit.send(b"HTTP/1.1 200 OK\r\nContent-Length: 50000000\r\n\r\n")
    for _ in range(50):
        await visit.send(b" " * 1_000_000)
    visit.served.requests.append("all of it was taken")


@pytest.mark.parametrize("behave", [sends_chunks_without_end, sends_without_end_or_length, sends_fifty_megabytes])
async def test_a_body_that_is_too_long_is_not_read_to_its_end(servers: Servers, behave: Behaviour) -> None:
    served = await servers.start(behave)
    error = await failure_of(served)
    assert type(error) is BadAnswer
    assert str(error) == "The answer is longer than 256 KiB: is it a HomeWizard device?"
    await served.everybody_left()
    assert served.requests == ["GET /api"]


@pytest.mark.parametrize("encoding", ["gzip", "Deflate", "br", "identity, gzip"])
async def test_a_compressed_body_is_refused_so_that_no_bomb_can_swell(servers: Servers, encoding: str) -> None:
    error = await failure_of(await servers.answering(BOMB, "200 OK", f"Content-Encoding: {encoding}"))
    assert type(error) is BadAnswer
    assert str(error).startswith("The answer is compressed")


async def test_an_encoding_that_changes_nothing_is_fine(servers: Servers) -> None:
    served = await servers.answering(API, "200 OK", "Content-Encoding: Identity")
    async with client_of(served.endpoint) as client:
        assert (await client.identity()).serial == "aabbcc"


# ---------------------------------------------------------------------- statuses

BOTH = f"is its Local API off ({PLACE}), or does a proxy or a login page answer here?"
LOGIN = "the network asks for a login first: log in with a browser, or use the home network"
HTML = b"\n<!DOCTYPE html><html><head><title>Access denied</title>"
LOCKED = b'{"error":{"id":8,"description":"power_on cannot be turned off when \\u001b[31mswitch_lock is on"}}'


REFUSED_BY_V1 = [
    ("403 Forbidden", OFF, ApiDisabled, LOCAL_API_OFF),
    ("403 Forbidden", b"\xef\xbb\xbf" + OFF[:-2] + b',"hint":"\xff"}}', ApiDisabled, LOCAL_API_OFF),
    ("403 Forbidden", b"", BadAnswer, f"HTTP 403: {BOTH}"),
    ("403 Forbidden", b"Forbidden", BadAnswer, f"HTTP 403: {BOTH}"),
    ("403 Forbidden", HTML, BadAnswer, f"HTTP 403 with an HTML page: {BOTH}"),
    ("403 Forbidden", b'{"error":{"id":8}}', BadAnswer, f"HTTP 403: {BOTH}"),
    (
        "403 Forbidden",
        b'{"error":{"description":"by pol\xefcy"}}',
        BadAnswer,
        f'HTTP 403, "by pol\ufffdcy": {BOTH}',
    ),
    ("400 Bad Request", OFF, ApiDisabled, LOCAL_API_OFF),
    ("200 OK", OFF, ApiDisabled, LOCAL_API_OFF),
    (
        "401 Unauthorized",
        b'{"error":"user:unauthorized"}',
        BadAnswer,
        "HTTP 401 asks for a login: is this the right address?",
    ),
]
NOT_ALLOWED = "the device does not allow this"
REFUSED_BY_V2 = [
    ("403 Forbidden", OFF, BadAnswer, f'HTTP 403, "API not enabled": {NOT_ALLOWED}'),
    ("403 Forbidden", b"", BadAnswer, f"HTTP 403: {NOT_ALLOWED}"),
    ("403 Forbidden", HTML, BadAnswer, f"HTTP 403 with an HTML page: {NOT_ALLOWED}"),
    (
        "403 Forbidden",
        b'{"error":"by pol\xefcy\\u001b[2J"}',
        BadAnswer,
        f'HTTP 403, "by pol\ufffdcy[2J": {NOT_ALLOWED}',
    ),
    ("401 Unauthorized", b'{"error":"user:unauthorized"}', NotPaired, NOT_PAIRED),
    ("401 Unauthorized", b"", NotPaired, NOT_PAIRED),
    ("400 Bad Request", b'{"error":"json:parameter-missing:x"}', BadAnswer, "HTTP 400: json:parameter-missing:x"),
    ("400 Bad Request", b'{"error":["x"]}', BadAnswer, f"HTTP 400 from /api: {IS_IT_ONE}"),
    ("200 OK", b'{"error":"user:unauthorized"}', NotPaired, NOT_PAIRED),
]
REFUSED_BY_BOTH: list[tuple[str, bytes, type[DeviceError], str]] = [
    ("404 Not Found", b"Nothing matches the given URI", NotFound, f"No /api at this address: {IS_IT_ONE}"),
    ("405 Method Not Allowed", b"Specified method is invalid", NotFound, f"No /api at this address: {IS_IT_ONE}"),
    ("400 Bad Request", LOCKED, BadAnswer, "HTTP 400: power_on cannot be turned off when [31mswitch_lock is on"),
    ("500 Internal Server Error", b"boom", BadAnswer, f"HTTP 500 from /api: {IS_IT_ONE}"),
    ("204 No Content", b"", BadAnswer, f"HTTP 204 from /api: {IS_IT_ONE}"),
    ("304 Not Modified", b"", BadAnswer, f"HTTP 304 from /api: {IS_IT_ONE}"),
    ("429 Too Many Requests", b"", BadAnswer, f"HTTP 429 from /api: {IS_IT_ONE}"),
    ("503 Service Unavailable", BUSY, BadAnswer, f'HTTP 503, "busy": {IS_IT_ONE}'),
    ("407 Proxy Authentication Required", HTML, BadAnswer, f"HTTP 407 with an HTML page: {LOGIN}"),
    ("511 Network Authentication Required", HTML, BadAnswer, f"HTTP 511 with an HTML page: {LOGIN}"),
    ("511 Network Authentication Required", b"", BadAnswer, f"HTTP 511: {LOGIN}"),
    ("502 Bad Gateway", HTML, BadAnswer, f"HTTP 502 with an HTML page: {A_ROUTER}"),
    ("307 Temporary Redirect", HTML, BadAnswer, f"HTTP 307 redirects elsewhere: {A_ROUTER}"),
]


@pytest.mark.parametrize(
    ("api", "status", "body", "kind", "text"),
    [
        *(("v1", *row) for row in (*REFUSED_BY_V1, *REFUSED_BY_BOTH)),
        *(("v2", *row) for row in (*REFUSED_BY_V2, *REFUSED_BY_BOTH)),
    ],
)
async def test_a_status_other_than_200_says_who_must_act(
    servers: Servers, status: str, body: bytes, kind: type[DeviceError], text: str
) -> None:
    served = await servers.answering(body, status)
    error = await failure_of(served)
    assert (type(error), str(error)) == (kind, text)
    assert served.connections == 1


@ONLY_V1
async def test_only_an_answer_with_the_error_number_puts_a_device_in_the_state_of_an_api_that_is_off(
    servers: Servers,
) -> None:
    named = await failure_of(await servers.answering(OFF, "400 Bad Request"))
    bare = await failure_of(await servers.answering(b"Forbidden", "403 Forbidden"))
    assert (named.kind, bare.kind) == (State.API_DISABLED, State.BAD_ANSWER)


async def test_another_device_at_the_address_of_a_known_one_is_a_possible_reason_for_a_404(servers: Servers) -> None:
    async def once(visit: Visit) -> None:
        await visit.request()
        await visit.answer(API)
        await visit.request()
        await visit.answer(b"", "404 Not Found")

    async with client_of((await servers.start(once)).endpoint) as client:
        await client.identity()
        with pytest.raises(NotFound, match=r"No /api at this address: does another device have this address now\?"):
            await client.identity()


async def test_an_endpoint_that_a_product_does_not_have_is_not_found(servers: Servers, api: str) -> None:
    telegram, identify = {
        "v1": ("/api/v1/telegram", "/api/v1/identify"),
        "v2": ("/api/telegram", "/api/system/identify"),
    }[api]
    served = await servers.answering(b"Nothing matches the given URI", "404 Not Found")
    async with client_of(served.endpoint) as client:
        with pytest.raises(NotFound, match=rf"This device has no {telegram} \(HTTP 404\): newer firmware may have it"):
            await client.telegram()
        with pytest.raises(NotFound, match=f"This device has no {identify}"):
            await client.identify()
        assert client.connection == 1


async def test_a_redirect_is_not_followed(servers: Servers) -> None:
    other = await servers.answering(API)
    for location in (f"http://{other.endpoint.address}/api", "http://[", "//\x00"):
        served = await servers.answering(b"", "302 Found", f"Location: {location}".replace("\x00", "%00"))
        error = await failure_of(served)
        assert (type(error), str(error)) == (BadAnswer, f"HTTP 302 redirects elsewhere: {A_ROUTER}")
        assert served.requests == ["GET /api"]
    assert other.connections == 0


async def test_a_proxy_of_the_environment_is_not_asked(servers: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    proxy = await servers.answering(API)
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://{proxy.endpoint.address}")
    served = await servers.answering(API)
    async with client_of(served.endpoint) as client:
        await client.identity()
    assert (served.connections, proxy.connections) == (1, 0)


LENGTH = b"Content-Length: 9999\r\n"
HOW = [(how, length) for how in ("stays", "resets", "hangs up") for length in (b"", LENGTH)]


@pytest.mark.parametrize(
    ("api", "how", "length"),
    [*(("v1", *one) for one in HOW), ("v2", "stays", LENGTH), ("v2", "resets", b""), ("v2", "hangs up", LENGTH)],
)
@pytest.mark.parametrize(
    ("status", "body", "kind", "text"),
    [
        (b"403 Forbidden", HTML, BadAnswer, {"v1": BOTH, "v2": NOT_ALLOWED}),
        (b"403 Forbidden", OFF, (ApiDisabled, BadAnswer), {"v1": LOCAL_API_OFF, "v2": NOT_ALLOWED}),
        (b"401 Unauthorized", b"", (BadAnswer, NotPaired), {"v1": "is this the right address?", "v2": NOT_PAIRED}),
        (b"200 OK", HTML, BadAnswer, {"v1": A_ROUTER, "v2": A_ROUTER}),
    ],
    ids=["403 page", "off", "401", "page"],
)
async def test_a_status_or_a_page_that_was_seen_is_named_even_if_the_answer_never_ends(
    servers: Servers,
    api: str,
    how: str,
    length: bytes,
    status: bytes,
    body: bytes,
    kind: type[DeviceError] | tuple[type[DeviceError], ...],
    text: dict[str, str],
) -> None:
    async def behave(visit: Visit) -> None:
        await visit.request()
        await visit.send(b"HTTP/1.1 " + status + b"\r\n" + length + b"\r\n" + body)
        if how == "stays":
            await visit.until_left()
        if how == "resets":
            await asyncio.sleep(0.1)  # what was sent arrives before
            visit.reset()

    # Only who stays is waited for; TLS, and who ends it, may take long on a busy machine.
    patience_s = 5.0 if how != "stays" else SHORT_S if api == "v1" else 1.0
    error = await failure_of(await servers.start(behave), patience_s)
    kinds = kind if isinstance(kind, tuple) else (kind, kind)
    assert type(error) is kinds[api == "v2"]
    assert str(error).endswith(text[api])


# ---------------------------------------------------------------------- anything


HEADS = st.sampled_from(
    [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\n", b"HTTP/1.1 302 x\r\n"]
)
ENDS = st.sampled_from([b"", b"\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n", b"Location: http://\r\n\r\n"])


@settings(max_examples=60)
@given(head=HEADS, end=ENDS, body=st.binary(max_size=80), api=st.sampled_from(["v1", "v1", "v2"]))
def test_whatever_is_sent_only_a_device_error_comes_out(head: bytes, end: bytes, body: bytes, api: str) -> None:
    def let_in(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(head + end + body)
        writer.close()

    async def ask() -> None:
        async with (
            accepting(let_in, CERTIFICATE[api]) as port,
            client_of(Endpoint("127.0.0.1", port, api)) as client,
        ):
            with pytest.raises(DeviceError):
                await client.identity()

    asyncio.run(ask())


def test_failures_that_go_in_a_circle_are_looked_at_once() -> None:
    first, second = httpx.ReadError("reset"), ConnectionResetError()
    first.__cause__, second.__context__ = second, first
    assert not is_not_http(first)
