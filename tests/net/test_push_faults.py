"""What becomes of everything a device that pushes, or whatever has its address, may do wrong. All over real TLS."""

from __future__ import annotations

import asyncio
import base64
import gzip
import hashlib
import time
import tracemalloc
from collections.abc import AsyncIterator, Awaitable, Callable
from socket import SO_RCVBUF, SOL_SOCKET

import pytest

from tests.net.conftest import Servers, Visit
from tests.v2.certificates import SERIAL, authority
from tests.v2.server import READING, TOKEN, V2Server
from tests.v2.socket import Socket
from tui.core.api.v2 import Message
from tui.core.secret import Secret
from tui.net import websocket
from tui.net.errors import (
    BadAnswer,
    DeviceError,
    Flooded,
    NotFound,
    Refused,
    Unauthorized,
    Unreachable,
    WrongCertificate,
)
from tui.net.push import PushSocket
from tui.net.tls import Peer, Trust

IS_IT_ONE = "is it a HomeWizard device?"
AGAIN = "if it stays so, restart it"
A_ROUTER = "does a router or a login page of the network answer here?"
ANOTHER = "does another program read this device?"
RULES = "It breaks the rules of WebSocket"
FLOOD = f"It sends more than 50 messages a second: {AGAIN}"
TEXT, CONT, BINARY, CLOSE, PING, PONG = 0x81, 0x80, 0x82, 0x88, 0x89, 0x8A


@pytest.fixture
async def device() -> AsyncIterator[V2Server]:
    async with V2Server() as running:
        yield running


def frame(first: int, payload: bytes = b"") -> bytes:
    """A frame as a server sends it; `first` holds its flags and its kind."""
    size = len(payload)
    if size < 126:
        return bytes([first, size]) + payload
    return bytes([first, 126]) + size.to_bytes(2, "big") + payload if size < 65536 else _long(first, size) + payload


def _long(first: int, size: int) -> bytes:
    return bytes([first, 127]) + size.to_bytes(8, "big")


async def opened(device: V2Server, open_s: float = 5.0) -> PushSocket:
    peer = Peer(Trust(authority().pem), SERIAL, stays=True)
    return await PushSocket.open(device.endpoint, Secret(TOKEN), peer, open_s=open_s)


async def failure_of(device: V2Server, open_s: float = 5.0) -> tuple[DeviceError, list[Message]]:
    """How it fails, in a short time, and what was received before. Nothing stays open."""
    told: list[Message] = []

    async def listen() -> None:
        socket = await opened(device, open_s)
        try:
            while True:
                told.append(await socket.receive())
        finally:
            await socket.aclose()

    async with asyncio.timeout(5):
        with pytest.raises(DeviceError) as caught:
            await listen()
        device.kill()
        await device.until(lambda: not device.open)
    return caught.value, told


# ---------------------------------------------------------------------- before the upgrade


def answering(
    *parts: bytes, every_s: float = 0.0
) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
    """On each connection, after a request: these bytes, and then nothing until the client leaves."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await reader.readuntil(b"\r\n\r\n")
        key = next(line[19:] for line in request.split(b"\r\n") if line.lower().startswith(b"sec-websocket-key: "))
        accept = base64.b64encode(hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())  # noqa: S324
        for part in parts:
            writer.write(part.replace(b"ACCEPT", accept))
            await writer.drain()
            await asyncio.sleep(every_s)
        while await reader.read(4096):
            pass

    return answer


SWITCH = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
PAGE = b"<html>" + b"x" * 100_000


@pytest.mark.parametrize(
    ("answer", "kind", "text"),
    [
        (b"302 x\r\nLocation: wss://127.0.0.1/x\r\n\r\n", BadAnswer, f"HTTP 302 redirects elsewhere: {A_ROUTER}"),
        (b"301 x\r\nLocation: /api/ws\r\n\r\n", BadAnswer, f"HTTP 301 redirects elsewhere: {A_ROUTER}"),
        (b"200 OK\r\nContent-Length: 100006\r\n\r\n" + PAGE, BadAnswer, f"HTTP 200 from /api/ws: {IS_IT_ONE}"),
        (b"200 OK\r\n\r\n", BadAnswer, f"HTTP 200 from /api/ws: {IS_IT_ONE}"),
        (b"401 Unauthorized\r\n\r\n", Unauthorized, f"HTTP 401 from /api/ws, but the token is good: {AGAIN}"),
        (b"403 Forbidden\r\n\r\n", BadAnswer, f"HTTP 403 from /api/ws: {IS_IT_ONE}"),
        (b"404 Not Found\r\n\r\n", NotFound, "This device has no /api/ws (HTTP 404): newer firmware may have it"),
        (b"500 x\r\n\r\n", BadAnswer, f"HTTP 500 from /api/ws: {AGAIN}"),
        (b"511 x\r\n\r\n", BadAnswer, "HTTP 511: the network asks for a login first: log in with a browser"),
        (b"\x1b[2J\r\n\r\n", BadAnswer, f"The answer to /api/ws has no status: {IS_IT_ONE}"),
        (b"101 x\r\n\r\n", BadAnswer, f"The answer to /api/ws opens no WebSocket: {IS_IT_ONE}"),
        (b"101 x\r\n" + b"A: b\r\n" * 2000, BadAnswer, f"The head of the answer to /api/ws is too long: {IS_IT_ONE}"),
    ],
)  # fmt: skip
async def test_an_answer_to_the_upgrade_that_is_none(
    device: V2Server, answer: bytes, kind: type[DeviceError], text: str
) -> None:
    device.raw = answering(b"HTTP/1.1 " + answer)
    error, _ = await failure_of(device)
    assert (type(error), str(error)) == (kind, text)
    assert device.connections == 1


@pytest.mark.parametrize(
    ("head", "text"),
    [
        (b"Sec-WebSocket-Accept: no\r\n\r\n", f"The answer to /api/ws opens no WebSocket: {IS_IT_ONE}"),
        (
            b"Sec-WebSocket-Accept: ACCEPT\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n",
            f"The answer to /api/ws opens no WebSocket: {IS_IT_ONE}",
        ),
        (b"Sec-WebSocket-Accept: ACCEPT\r\n\r\n" + frame(TEXT, b'{"type":"x"}') * 300, FLOOD),
        (b"Sec-WebSocket-Accept: ACCEPT\r\n\r\n\x00\x00", f"{RULES} (incorrect masking): {AGAIN}"),
    ],
)
async def test_an_upgrade_that_opens_nothing_good(device: V2Server, head: bytes, text: str) -> None:
    device.raw = answering(SWITCH + head.replace(b"\x00\x00", b"\x81\x80"))
    error, _ = await failure_of(device)
    assert str(error) == text


@pytest.mark.parametrize(
    ("parts", "every_s"),
    [((), 0.0), ((b"HTTP/1.1 101 S", b"w", b"i", b"t", b"c", b"h", b"i", b"n", b"g"), 0.1)],
)
async def test_an_answer_that_does_not_come_or_drips(
    device: V2Server, parts: tuple[bytes, ...], every_s: float
) -> None:
    device.raw = answering(*parts, every_s=every_s)
    error, _ = await failure_of(device, 0.2)
    assert (type(error), str(error)) == (Unreachable, f"Connected, but no answer within 0.2 s: {AGAIN}")


async def test_something_that_is_not_http(device: V2Server) -> None:
    device.raw = answering(b"220 mail.example ESMTP\r\n")
    error, _ = await failure_of(device)
    assert str(error) == f"No HTTP from port {device.endpoint.port}: {IS_IT_ONE}"


async def test_a_connection_that_is_closed_without_an_answer(device: V2Server) -> None:
    async def leave(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")

    device.raw = leave
    error, _ = await failure_of(device)
    assert (type(error), str(error)) == (Refused, f"Connection closed without an answer: {ANOTHER}")


async def test_plain_text_where_tls_belongs(servers: Servers) -> None:
    async def talk(visit: Visit) -> None:
        await visit.reader.read(100)
        await visit.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await visit.until_left()

    served = await servers.start(talk)
    with pytest.raises(BadAnswer) as caught:
        await PushSocket.open(served.endpoint, Secret(TOKEN), Peer(Trust(authority().pem), SERIAL))
    assert str(caught.value) == f"No TLS from port {served.endpoint.port}: does this device have API v2?"


async def test_no_tls_at_all(servers: Servers) -> None:
    served = await servers.start(lambda visit: visit.until_left())
    with pytest.raises(Unreachable) as caught:
        await PushSocket.open(served.endpoint, Secret(TOKEN), Peer(Trust(authority().pem), SERIAL), open_s=0.2)
    assert str(caught.value) == f"Connected, but no TLS within 0.2 s: {AGAIN}"
    await servers.leave(served)


# ---------------------------------------------------------------------- after it

DEEP = b'{"type":"measurement","data":' + b'{"a":' * 2000 + b"1" + b"}" * 2001
LONG = b'{"type":"measurement","data":{"x":"' + b"y" * websocket.MESSAGE_LIMIT + b'"}}'


@pytest.mark.parametrize(
    ("sent", "kind", "text"),
    [
        (frame(BINARY, b"\0\1"), BadAnswer, f"It sends binary messages, which are none of API v2: {AGAIN}"),
        (frame(TEXT, LONG), BadAnswer, f"A message is longer than 64 KiB: {AGAIN}"),
        (_long(TEXT, 10_000_000), BadAnswer, f"A message is longer than 64 KiB: {AGAIN}"),
        (_long(TEXT, 1 << 62), BadAnswer, f"A message is longer than 64 KiB: {AGAIN}"),
        (frame(0x01, b"x" * 40_000) + frame(0, b"x" * 40_000), BadAnswer, f"A message is longer than 64 KiB: {AGAIN}"),
        (frame(0x01, b"{") + frame(0x00) * 300, Flooded, FLOOD),
        (frame(PING) * 300, Flooded, FLOOD),
        (frame(PONG) * 300, Flooded, FLOOD),
        (frame(TEXT, b'{"type":"x"}') * 300, Flooded, FLOOD),
        (frame(CONT, b"{}"), BadAnswer, f"{RULES} (unexpected continuation frame): {AGAIN}"),
        (frame(0x01, b"{") + frame(TEXT, b"}"), BadAnswer, f"{RULES} (expected a continuation frame): {AGAIN}"),
        (frame(0x09, b"x"), BadAnswer, f"{RULES} (fragmented control frame): {AGAIN}"),
        (frame(PING, b"x" * 126), BadAnswer, f"{RULES} (control frame too long): {AGAIN}"),
        (frame(0x83), BadAnswer, f"{RULES} (invalid opcode): {AGAIN}"),
        (frame(0xC1, gzip.compress(b"{}", mtime=0)), BadAnswer, f"{RULES} (reserved bits must be 0): {AGAIN}"),
        (b"\x81\x80\0\0\0\0", BadAnswer, f"{RULES} (incorrect masking): {AGAIN}"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n" * 9, BadAnswer, f"{RULES} (reserved bits must be 0): {AGAIN}"),
        (frame(CLOSE), Refused, f"It closed the connection (no code): {ANOTHER}"),
        (frame(CLOSE, b"x"), BadAnswer, f"{RULES} (close frame too short): {AGAIN}"),
        (frame(CLOSE, b"\x03\xe8\xff"), BadAnswer, f"{RULES}: {AGAIN}"),
        (frame(TEXT, DEEP) * 10, BadAnswer, f"10 messages in a row are none of API v2: {AGAIN}"),
        (b"", Refused, f"It broke the connection off: {ANOTHER}"),
        (frame(TEXT, b"{}")[:2], Refused, f"It broke the connection off: {ANOTHER}"),
    ],
)  # fmt: skip
async def test_what_no_device_sends(device: V2Server, sent: bytes, kind: type[DeviceError], text: str) -> None:
    error = await said_after(device, sent)
    assert (type(error), str(error)) == (kind, text)


async def said_after(device: V2Server, sent: bytes) -> DeviceError:
    """How it fails where these bytes come after a measurement, which is not lost."""

    async def send(socket: Socket) -> None:
        await socket.authorize()
        await socket.send({"type": "measurement", "data": READING})
        await socket.raw(sent)

    device.script = send
    error, told = await failure_of(device)
    assert told[0].data == READING
    return error


async def test_close_codes_of_every_kind(device: V2Server) -> None:
    for code in (1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 4999):
        error = await said_after(device, frame(CLOSE, code.to_bytes(2) + b"bye"))
        assert (type(error), str(error)) == (Refused, f"It closed the connection (code {code}): {ANOTHER}")
    for code in (0, 999, 1004, 1005, 1006, 1015, 2999, 5000, 65535):
        error = await said_after(device, frame(CLOSE, code.to_bytes(2)))
        assert (type(error), str(error)) == (BadAnswer, f"{RULES} (invalid status code): {AGAIN}")


@pytest.mark.parametrize(
    "unit",
    [frame(PING, b"x" * 125), frame(TEXT, b"x" * 60_000), frame(0x01, b"x" * 100), b"\x01\x00" + b"\x00\x00" * 2000],
)  # fmt: skip
async def test_a_flood_that_never_reads_takes_neither_time_nor_memory(device: V2Server, unit: bytes) -> None:
    ended = asyncio.Event()

    async def flood(socket: Socket) -> None:
        await socket.authorize()
        try:
            while True:
                socket.writer.write(unit * max(1, 60_000 // len(unit)))
                await socket.writer.drain()
                await asyncio.sleep(0)  # a transport that is lost says so in the next turn of the loop
        finally:
            ended.set()

    device.script = flood
    tracemalloc.start()
    try:
        start = time.monotonic()
        error, _ = await failure_of(device)
        taken_s, (_, most) = time.monotonic() - start, tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert isinstance(error, BadAnswer)
    assert taken_s < 2
    assert most < 3_000_000  # the server's half of it included
    await asyncio.wait_for(ended.wait(), 2)


async def test_large_messages_that_cost_much_to_read_are_a_flood_too(device: V2Server) -> None:
    async def send(socket: Socket) -> None:
        await socket.authorize()
        while socket.writer in device.open:
            await socket.raw(frame(TEXT, b'{"type":"x","data":"' + b"\\x" * 20_000 + b'"}'))
            await asyncio.sleep(0)

    device.script = send
    error, told = await failure_of(device)
    assert (type(error), str(error)) == (Flooded, f"It sends more than 32 KiB a second: {AGAIN}")
    assert len(told) < 8


async def test_pings_just_below_a_flood_do_not_fill_the_memory(
    device: V2Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(websocket, "FRAMES_A_SECOND", 1e9)
    monkeypatch.setattr(websocket, "BYTES_A_SECOND", 1e9)

    async def ping(socket: Socket) -> None:
        await socket.authorize()
        socket.writer.get_extra_info("socket").setsockopt(SOL_SOCKET, SO_RCVBUF, 4096)  # so that it is full soon
        while True:
            socket.writer.write(frame(PING, b"x" * 125) * 100)
            await socket.writer.drain()
            await asyncio.sleep(0)

    device.script = ping
    error, _ = await failure_of(device)
    assert str(error) == f"It sends, but reads nothing that is sent to it: {AGAIN}"


async def test_bytes_that_are_not_utf8_cost_a_field_and_not_the_socket(device: V2Server) -> None:
    async def send(socket: Socket) -> None:
        await socket.authorize()
        await socket.raw(frame(TEXT, b'{"type":"measurement","data":{"power_w":5,"meter_model":"\xff\xfe"}}'))
        await socket.receive()

    device.script = send
    socket = await opened(device)
    message = await socket.receive()
    assert isinstance(message.data, dict)
    assert message.data["power_w"] == 5
    assert message.notes
    await socket.aclose()


async def test_a_message_in_drips_and_fragments_is_read(device: V2Server) -> None:
    async def send(socket: Socket) -> None:
        await socket.authorize()
        whole = (
            frame(0x01, b'{"type":"meas') + frame(PING, b"?") + frame(0x00, b'urement","da') + frame(CONT, b'ta":{}}')
        )
        for place in range(len(whole)):
            await socket.raw(whole[place : place + 1])
        await socket.receive()

    device.script = send
    socket = await opened(device)
    assert tuple(await socket.receive())[:2] == ("measurement", {})
    await socket.aclose()
    await device.until(lambda: device.sockets[0].pings == 0)


async def test_a_restart_in_the_middle_of_a_push(device: V2Server) -> None:
    async def restart(socket: Socket) -> None:
        await socket.authorize()
        await socket.raw(frame(TEXT, b'{"type":"measurement","data":{"power_w":5}}')[:20])
        socket.abort()

    device.script = restart
    error, told = await failure_of(device)
    assert (type(error), told) == (Refused, [])


async def test_an_address_that_another_device_has_now(device: V2Server) -> None:
    with pytest.raises(WrongCertificate, match="is that of 5c2fafaabbcc, not aabbccddeeff"):
        await PushSocket.open(device.endpoint, Secret(TOKEN), Peer(Trust(authority().pem), "aabbccddeeff"))
