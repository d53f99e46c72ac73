"""The server for reading, over real sockets: what it answers, and what it bears."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager, suppress

import httpx
import pytest

from tui.net import httpserver
from tui.net.httpserver import Answer, HttpServer, Request

CLOSED: list[str] = []


def pages(request: Request) -> Answer:
    match request.path:
        case "/broken":
            raise RuntimeError("broken")
        case "/stream":
            return Answer(kind="text/event-stream", stream=_counting())
    return Answer(f"{request.path} {request.accept}".encode(), headers=(("Age", "3"),))


async def _counting() -> AsyncGenerator[bytes]:
    number = 0
    try:
        while True:
            number += 1
            yield f"{number}\n".encode() * 2000
            await asyncio.sleep(0)
    finally:
        CLOSED.append("stream")


@asynccontextmanager
async def served() -> AsyncIterator[int]:
    server = HttpServer(pages)
    port = await server.open("127.0.0.1", 0)
    try:
        yield port
    finally:
        await server.close()


async def raw(port: int, data: bytes) -> bytes:
    """What is answered until the server hangs up."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(data)
    try:
        async with asyncio.timeout(5):
            return await reader.read()
    finally:
        writer.close()


async def test_one_connection_serves_many_requests_and_says_what_a_page_says() -> None:
    async with served() as port, httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
        for _ in range(3):
            answer = await client.get("/devices?x=1", headers={"Accept": "text/plain"})
            assert (answer.status_code, answer.text, answer.headers["Age"]) == (200, "/devices text/plain", "3")
        head = await client.head("/devices", headers={"Accept": "text/plain"})
        assert (head.text, head.headers["Content-Length"]) == ("", "19")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE"])
async def test_it_is_for_reading(method: str) -> None:
    async with served() as port:
        line = f"{method} /devices HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode()
        answer = await raw(port, line)
    assert answer.startswith(b"HTTP/1.1 405 ")
    assert b"allow: get, head" in answer.lower()


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1:1",
        "[::1]:1",
        "[::1]",
        "localhost",
        "raspberrypi",
        "pi.local:80",
        "PI.LAN.",
        "192.168.1.5",
        "pi.fritz.box",
    ],
)
async def test_it_answers_whoever_is_in_the_house(host: str) -> None:
    async with served() as port:
        answer = await raw(port, f"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("host", ["evil.example.com", "evil.example.com:80", "127.0.0.1.evil.com", "x.com."])
async def test_a_page_of_elsewhere_reads_nothing_under_its_own_name(host: str) -> None:
    async with served() as port:
        answer = await raw(port, f"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 403 ")


async def test_a_foreign_name_is_refused_without_asking_a_name_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socket.getfqdn", lambda *_: pytest.fail("a name server may take its time"))
    async with served() as port:
        answer = await raw(port, b"GET / HTTP/1.0\r\nHost: evil.example.com\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 403 ")


@pytest.mark.parametrize("host", [b"a", b"evil.example.com"])
async def test_requests_by_the_hundred_leave_the_loop_to_others(monkeypatch: pytest.MonkeyPatch, host: bytes) -> None:
    turns, seen = 0, list[int]()
    at_home = httpserver.is_at_home

    def noting(name: str) -> bool:
        seen.append(turns)
        time.sleep(0.0005)
        return at_home(name)

    async def others() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    monkeypatch.setattr(httpserver, "is_at_home", noting)
    async with served() as port:
        poller = asyncio.create_task(others())
        one = b"GET / HTTP/1.1\r\nHost: %s\r\n" % host
        last = one + b"Connection: close\r\n\r\n"
        begun = time.monotonic()
        await asyncio.gather(*(raw(port, 99 * (one + b"\r\n") + last) for _ in range(2)))
        poller.cancel()
    assert len(seen) == len(set(seen)) == 200
    assert time.monotonic() - begun >= 2 * 199 * 0.0005  # and as much time as the answers took


@pytest.mark.parametrize(
    "data",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",  # no Host
        b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
        b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"y" * 20_000 + b"\r\n\r\n",
        b"GET /\r\n" * 2000,
        b"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
    ],
)
async def test_what_is_no_request_gets_one_refusal(data: bytes) -> None:
    async with served() as port:
        assert (await raw(port, data)).startswith(b"HTTP/1.1 400 ")
        assert (await raw(port, b"GET / HTTP/1.0\r\nHost: a\r\n\r\n")).startswith(b"HTTP/1.1 200 ")


async def test_a_bug_of_a_page_is_an_answer_and_not_the_end() -> None:
    async with served() as port, httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
        assert (await client.get("/broken")).status_code == 500
        assert (await client.get("/")).status_code == 200


@pytest.mark.parametrize("asks", [b"", b"GET /stream HTTP/1.1\r\nHost: a\r\n\r\n"])
async def test_a_crowd_is_bounded_and_locks_nobody_out(asks: bytes) -> None:
    async with served() as port:
        crowd = [await asyncio.open_connection("127.0.0.1", port) for _ in range(httpserver.MOST_CONNECTIONS)]
        for reader, writer in crowd if asks else ():
            writer.write(asks)
            await reader.readuntil(b"\r\n\r\n")
        assert (await raw(port, b"GET / HTTP/1.0\r\nHost: a\r\n\r\n")).startswith(b"HTTP/1.1 200 ")
        async with asyncio.timeout(5):  # the first has gone for it
            with suppress(ConnectionError):
                while await crowd[0][0].read(65536):
                    continue
        for _, writer in crowd:
            writer.close()


async def test_more_at_once_than_there_is_room_for_do_no_harm() -> None:
    async with served() as port:
        many = [asyncio.open_connection("127.0.0.1", port) for _ in range(2 * httpserver.MOST_CONNECTIONS)]
        crowd = await asyncio.gather(*many)
        assert (await raw(port, b"GET / HTTP/1.0\r\nHost: a\r\n\r\n")).startswith(b"HTTP/1.1 200 ")
        async with asyncio.timeout(5):
            for reader, _ in crowd[: httpserver.MOST_CONNECTIONS]:
                with suppress(ConnectionError):
                    assert await reader.read() == b""
        for _, writer in crowd:
            writer.close()


async def test_who_stops_reading_a_stream_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(httpserver, "SLOW_S", 0.1)
    CLOSED.clear()
    async with served() as port:
        _, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
        writer.write(b"GET /stream HTTP/1.1\r\nHost: a\r\n\r\n")
        async with asyncio.timeout(10):
            while not CLOSED:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        writer.close()


async def test_closing_ends_a_stream_and_an_idle_connection() -> None:
    CLOSED.clear()
    async with served() as port:
        ends = [await asyncio.open_connection("127.0.0.1", port) for _ in range(2)]
        reader, writer = ends[0]
        writer.write(b"GET /stream HTTP/1.1\r\nHost: a\r\n\r\n")
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200 ")
    assert CLOSED == ["stream"]
    async with asyncio.timeout(5):
        for reader, writer in ends:
            with suppress(ConnectionError):
                while await reader.read(65536):
                    continue
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()


async def test_one_that_says_nothing_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(httpserver, "IDLE_S", 0.05)
    async with served() as port:
        with suppress(ConnectionError):
            assert await raw(port, b"GET / HT") == b""
