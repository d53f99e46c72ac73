"""Who may load the page, and who may open a tab."""

from __future__ import annotations

import asyncio
import base64
import socket
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tui.core.secret import Secret
from tui.net import tabserver
from tui.net.tabserver import Page, TabServer

PAGES = {
    "/": Page(b"<p>{ticket}</p>", "text/html; charset=utf-8", is_kept=False),
    "/static/tab.js": Page(b"1;", "text/javascript"),
}
PASSWORD = "wachtwoord é"  # noqa: S105


@asynccontextmanager
async def serving(**named: object) -> AsyncIterator[tuple[str, list[Mapping[str, str]]]]:
    """A server on loopback: its HOST:PORT, and what its tabs were asked for."""
    shown: list[Mapping[str, str]] = []

    async def show(connection: ServerConnection, asked: Mapping[str, str]) -> None:
        shown.append(asked)
        async for message in connection:
            await connection.send(message)

    server = TabServer(PAGES, show, **named)  # type: ignore[arg-type]
    port = await server.open("127.0.0.1", 0)
    try:
        yield f"127.0.0.1:{port}", shown
    finally:
        await server.close()


async def get(place: str, path: str = "/", **headers: str) -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False, verify=False) as client:  # noqa: S501 - plain HTTP
        return await client.get(f"http://{place}{path}", headers=headers)


async def ticket(place: str, **headers: str) -> str:
    text = (await get(place, **headers)).text
    return text.removeprefix("<p>").removesuffix("</p>")


def tab(place: str, ticket: str, origin: str | None = None, **named: object) -> connect:
    where = f"ws://{place}/tab/{ticket}?width=90&height=30"
    return connect(where, origin=origin or f"http://{place}", proxy=None, **named)  # type: ignore[arg-type]


async def refused(opening: connect) -> int:
    """The status with which a tab is refused."""
    with pytest.raises(InvalidStatus) as caught:
        await opening
    return caught.value.response.status_code


def basic(password: str, user: str = "me") -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


async def test_a_page_brings_the_ticket_that_opens_one_tab() -> None:
    async with serving() as (place, shown):
        page = await get(place)
        assert page.status_code == 200
        assert page.headers["Cache-Control"] == "no-store"
        assert "default-src 'none'" in page.headers["Content-Security-Policy"]
        good = await ticket(place)
        async with tab(place, good) as open_tab:
            await open_tab.send("3")
            assert await open_tab.recv() == "3"
        assert shown == [{"width": "90", "height": "30"}]
        assert await refused(tab(place, good)) == 403  # once
        assert await refused(tab(place, "made-up")) == 403
        script = await get(place, "/static/tab.js")
        assert (script.content, script.headers["Content-Type"]) == (b"1;", "text/javascript")
        assert (await get(place, "/static/../secret")).status_code == 404


async def test_a_ticket_is_not_good_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tabserver, "TICKET_S", 0.0)
    async with serving() as (place, _):
        assert await refused(tab(place, await ticket(place))) == 403


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("{place}", 200),
        ("localhost:{port}", 200),
        ("{own}:{port}", 200),
        ("{own}.local", 200),
        ("raspberrypi:{port}", 403),  # which any device in the house may give to loopback
        ("raspberrypi.local", 403),
        ("[::1]:{port}", 200),
        ("meters.example.org", 200),
        ("Meters.Example.org:8443", 200),
        ("evil.example.com:{port}", 403),
        ("meters.example.org.evil.com", 403),
        ("a;script-src", 403),
        ("", 403),
    ],
)
async def test_it_is_asked_under_a_name_of_this_house(host: str, status: int) -> None:
    async with serving(names=("meters.example.org",)) as (place, _):
        given = host.format(place=place, port=place.partition(":")[2], own=socket.gethostname())
        assert (await get(place, Host=given)).status_code == status


@pytest.mark.parametrize(
    "origin", ["http://evil.example.com", "null", "http://127.0.0.1", "file://", "http://{place}.x"]
)
async def test_no_other_page_opens_a_tab(origin: str) -> None:
    async with serving() as (place, _):
        assert await refused(tab(place, await ticket(place), origin.format(place=place))) == 403


async def test_a_foreign_page_may_lead_here_and_do_nothing_else() -> None:
    """It could use up the tickets of others, and see whether hwtui is there."""
    async with serving() as (place, _):
        for path in ("/", "/static/tab.js"):
            asked = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}
            assert (await get(place, path, **asked)).status_code == 403
        led = await get(place, **{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"})
        assert (led.status_code, led.headers["Cross-Origin-Resource-Policy"]) == (200, "same-origin")


async def test_who_names_no_page_opens_none() -> None:
    async with serving() as (place, _):
        assert await refused(connect(f"ws://{place}/tab/{await ticket(place)}", proxy=None)) == 403


async def test_behind_a_server_that_speaks_https_the_page_still_opens_its_tab() -> None:
    async with serving(names=("meters.example.org",)) as (place, _):
        good = await ticket(place)
        wire = await asyncio.open_connection(*place.split(":"))
        asked = f"GET /tab/{good} HTTP/1.1\r\nHost: meters.example.org\r\nOrigin: https://meters.example.org\r\n"
        key = base64.b64encode(b"0123456789abcdef").decode()
        asked += (
            f"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n"
        )
        wire[1].write(f"{asked}\r\n".encode())
        assert (await wire[0].readline()).startswith(b"HTTP/1.1 101")
        wire[1].close()


async def test_a_password_is_asked_for_before_anything_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tabserver, "WRONG_S", 0.1)
    async with serving(password=lambda: Secret(PASSWORD)) as (place, _):
        for path in ("/", "/static/tab.js", "/nothing"):
            asked = await get(place, path)
            assert (asked.status_code, asked.headers["WWW-Authenticate"].split(" ")[0]) == (401, "Basic")
        since = time.monotonic()
        for wrong in (basic("wachtwoord"), basic(""), "Basic !!!", f"Bearer {PASSWORD}".encode().hex(), "Basic"):
            assert (await get(place, Authorization=wrong)).status_code == 401
        assert time.monotonic() - since >= 5 * 0.1  # each of them waits
        assert (await get(place, Authorization=basic(PASSWORD))).status_code == 200
        # The page brings the ticket along, so a browser need not send the password with a WebSocket.
        async with tab(place, await ticket(place, Authorization=basic(PASSWORD))) as open_tab:
            await open_tab.send("x")
            assert await open_tab.recv() == "x"


async def test_who_guesses_many_passwords_at_once_gets_one_try_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tabserver, "WRONG_S", 0.1)
    monkeypatch.setattr(tabserver, "MOST_TRIES", 3)
    async with serving(password=lambda: Secret(PASSWORD)) as (place, _):
        since = time.monotonic()
        answers = await asyncio.gather(*(get(place, Authorization=basic(f"guess {n}")) for n in range(6)))
        assert sorted(answer.status_code for answer in answers) == [401, 401, 401, 429, 429, 429]
        assert time.monotonic() - since >= 3 * 0.1
        good = await asyncio.gather(*(get(place, Authorization=basic(PASSWORD)) for _ in range(3)))
        assert [answer.status_code for answer in good] == [200] * 3


async def test_without_a_readable_password_nobody_is_let_in() -> None:
    def unreadable() -> Secret | None:
        raise ValueError

    async with serving(password=unreadable) as (place, _):
        assert (await get(place)).status_code == 503


async def test_where_there_is_no_room_the_page_says_so() -> None:
    full = [""]
    why: Callable[[], str] = lambda: full[0]  # noqa: E731
    async with serving(why_full=why) as (place, _):
        assert (await get(place)).status_code == 200
        full[0] = "There are 50 tabs already."
        answer = await get(place)
        assert (answer.status_code, answer.text) == (503, "There are 50 tabs already.\n")


async def test_its_end_waits_for_no_connection_that_asks_for_nothing() -> None:
    async with serving() as (place, _), asyncio.timeout(10):
        idle = await asyncio.open_connection(*place.split(":"))
        await get(place)  # by now it is there
        since = time.monotonic()
    assert time.monotonic() - since < 5
    idle[1].close()


async def test_connections_and_messages_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tabserver, "MOST_CONNECTIONS", 3)
    async with serving() as (place, _):
        good = await ticket(place)
        more = await ticket(place)
        held = [await asyncio.open_connection(*place.split(":")) for _ in range(2)]
        async with tab(place, good) as open_tab:
            assert (await get(place)).status_code == 200  # in the place of one that asks for nothing
            async with tab(place, more), tab(place, await ticket(place)):
                with pytest.raises(httpx.HTTPError):
                    await get(place)
            with pytest.raises(ConnectionClosed):
                await _send_much(open_tab)
        for _, writer in held:
            writer.close()


async def _send_much(open_tab: ClientConnection) -> None:
    await open_tab.send("x" * (tabserver.LONGEST_MESSAGE + 1))
    await open_tab.recv()
