"""The demo's devices over real TLS: HTTP and the WebSocket at one port, and what goes wrong there on purpose."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tui.core.model import Endpoint
from tui.engine.clock import VirtualClock
from tui.engine.demo.certificates import CA_FILE
from tui.engine.demo.household import Household
from tui.engine.demo.push import AUTHORIZED_WITHIN_S
from tui.engine.demo.server import serve
from tui.net.tls import Trust, serial_named

TRUST = Trust(CA_FILE.read_text())


class Home:
    """A household that is served, and its clock."""

    def __init__(self, household: Household, clock: VirtualClock, endpoints: dict[str, Endpoint]) -> None:
        self.household, self.clock, self._endpoints = household, clock, endpoints
        self.serials = {one.name: one.serial for one in household.devices}

    def at(self, name: str) -> str:
        endpoint = self._endpoints[name]
        return f"{endpoint.host}:{endpoint.port}"

    def token(self, name: str) -> str:
        return self.household.tokens[self.serials[name]]

    def http(self, name: str) -> httpx.AsyncClient:
        headers = {"Authorization": f"Bearer {self.token(name)}"}
        base = f"https://{self.at(name)}/api"
        return httpx.AsyncClient(base_url=base, headers=headers, verify=TRUST.context, trust_env=False)

    @asynccontextmanager
    async def socket(self, name: str, token: str | None = None) -> AsyncIterator[Socket]:
        url = f"wss://{self.at(name)}/api/ws"
        async with connect(url, ssl=TRUST.context, compression=None, proxy=None) as client:
            socket = Socket(client, self)
            assert (await socket.next())["type"] == "authorization_requested"
            if token != "":
                await socket.send("authorization", token or self.token(name))
                assert await socket.next() == {"type": "authorized"}
            yield socket


class Socket:
    """A client of a WebSocket."""

    def __init__(self, client: ClientConnection, home: Home) -> None:
        self.client, self._home = client, home

    async def send(self, kind: str, *data: object) -> None:
        await self.client.send(json.dumps({"type": kind, **({"data": data[0]} if data else {})}))

    async def next(self) -> Any:
        async with asyncio.timeout(5):
            return json.loads(await self.client.recv())

    async def ask(self, kind: str, *data: object) -> Any:
        await self.send(kind, *data)
        return await self.next()

    async def pushed(self, seconds: int) -> list[Any]:
        """What comes within so many seconds of the house; what was sent before has been heard by then."""
        said = []
        for _ in range(seconds):
            await (await self.client.ping())
            await self._home.clock.advance(1)
            await (await self.client.ping())
        while True:
            try:
                said.append(json.loads(await asyncio.wait_for(self.client.recv(), 0.01)))
            except TimeoutError:
                return said


@asynccontextmanager
async def served(name: str = "nl", **options: Any) -> AsyncIterator[Home]:
    clock = VirtualClock()
    household = Household(name, start=clock.now(), **options)
    async with serve(household, clock, announce=False) as devices:
        yield Home(household, clock, {one.device.name: one.endpoints[-1] for one in devices})


async def test_http_over_tls_keeps_its_connection_and_names_the_device() -> None:
    async with served() as home, home.http("Grid") as client:
        first = await client.get("/measurement")
        await home.clock.advance(5)
        second = await client.get("/measurement")
        assert (first.status_code, second.json()["timestamp"] > first.json()["timestamp"]) == (200, True)
        assert first.headers["x-api-version"] == "2.2.0"
        peers = [one.extensions["network_stream"].get_extra_info("client_addr") for one in (first, second)]
        assert peers[0] == peers[1]
        tls = second.extensions["network_stream"].get_extra_info("ssl_object")
        assert serial_named(tls.getpeercert()) == home.serials["Grid"]
        assert (await client.put("/system/identify")).status_code == 204
        assert (await client.put("/batteries", json={"mode": "standby"})).json()["permissions"] == []
        too_much = await client.put("/batteries", content=b"x" * 10_000)
        assert (too_much.status_code, too_much.json()) == (400, {"error": "request:too-large"})


async def test_what_was_subscribed_to_is_sent_at_once_and_then_each_second() -> None:
    async with served() as home, home.socket("Grid") as socket:
        first = await socket.ask("subscribe", "measurement")
        assert first["type"] == "measurement"
        assert [one["type"] for one in await socket.pushed(3)] == ["measurement"] * 3
        assert (await socket.ask("subscribe", "batteries"))["data"]["battery_count"] == 1
        assert [one["type"] for one in await socket.pushed(1)] == ["measurement", "batteries"]
        await socket.send("unsubscribe", "measurement")
        said = await socket.pushed(2)
        assert [one["type"] for one in said] == ["batteries"] * 2
        assert (await socket.ask("measurement"))["data"]["timestamp"] > first["data"]["timestamp"]


async def test_all_topics_are_one_subscription_and_settings_are_pushed_when_they_change() -> None:
    async with served() as home, home.socket("Grid") as socket, home.http("Grid") as client:
        await socket.send("subscribe", "*")
        assert {(await socket.next())["type"] for _ in range(5)} == {
            "device",
            "user",
            "measurement",
            "system",
            "batteries",
        }
        await socket.send("unsubscribe", "measurement")
        await socket.send("unsubscribe", "batteries")
        assert await socket.pushed(2) == []
        await client.put("/system", json={"status_led_brightness_pct": 30})
        (system,) = await socket.pushed(2)
        assert system["data"]["status_led_brightness_pct"] == 30
        changed = await socket.ask("system", {"status_led_brightness_pct": 40})
        assert changed["data"]["status_led_brightness_pct"] == 40


@pytest.mark.parametrize(
    ("name", "said", "code"),
    [
        ("Grid", {"type": "subscribe", "data": "weather"}, "request:unknown-subscription"),
        ("Battery", {"type": "subscribe", "data": "batteries"}, "request:unknown-subscription"),
        ("Grid", {"type": "sing"}, "request:unknown-type"),
        ("Battery", {"type": "system", "data": {"cloud_enabled": False}}, "json:no-parameters-recognized"),
        ("Grid", {"type": "measurement", "data": {}}, "request:unknown-type"),
        ("Grid", [], "request:invalid-json"),
        (
            "Grid",
            {"type": "system", "data": {"status_led_brightness_pct": 200}},
            "json:parameter-invalid-type:status_led_brightness_pct",
        ),
    ],
)
async def test_what_it_does_not_know_is_an_error_and_the_socket_lives_on(name: str, said: object, code: str) -> None:
    async with served() as home, home.socket(name) as socket:
        await socket.client.send(json.dumps(said))
        assert await socket.next() == {"type": "error", "data": {"message": code}}
        await socket.send("identify")
        assert (await socket.ask("device"))["data"]["serial"] == home.serials[name]


async def test_a_socket_without_a_token_is_closed() -> None:
    async with served("faulty") as home:
        async with home.socket("Car charger", token="") as socket:
            await socket.send("authorization", home.token("Car charger"))
            assert (await socket.next())["data"] == {"message": "user:unauthorized"}
            with pytest.raises(ConnectionClosed):
                await socket.next()
        async with home.socket("Boiler", token="") as socket:
            await socket.client.ping()
            await home.clock.advance(AUTHORIZED_WITHIN_S + 1)
            with pytest.raises(ConnectionClosed):
                await socket.next()


async def test_a_token_taken_back_closes_its_socket() -> None:
    async with served() as home, home.socket("Battery") as socket:
        await socket.ask("subscribe", "measurement")
        async with home.http("Battery") as client:
            assert (await client.request("DELETE", "/user")).status_code == 204
            assert (await client.get("/measurement")).status_code == 401
        await home.clock.advance(1)
        async with asyncio.timeout(5):
            await socket.client.wait_closed()


async def test_a_zombie_answers_pings_and_requests_and_pushes_no_measurement() -> None:
    async with served("faulty") as home, home.socket("Boiler") as socket, home.http("Boiler") as client:
        await socket.send("subscribe", "measurement")
        await socket.send("measurement")
        assert await socket.pushed(5) == []
        assert (await client.get("/measurement")).json()["power_w"] > 0


async def test_a_stranger_has_a_certificate_that_the_demo_does_not_trust() -> None:
    async with served("faulty") as home:
        with pytest.raises(ssl.SSLCertVerificationError):
            await connect(f"wss://{home.at('Battery 2')}/api/ws", ssl=TRUST.context, proxy=None)


async def test_a_fast_house_pushes_as_often_as_can_be_kept_up() -> None:
    async with served(speed=60) as home, home.socket("Battery") as socket:
        await socket.ask("subscribe", "measurement")
        assert len(await socket.pushed(12)) == 2


async def test_other_upgrades_are_refused() -> None:
    async with served() as home:
        for name, path, status in (("Grid", "/api/x", 404), ("Grid", "/api/measurement", 401)):
            with pytest.raises(InvalidStatus) as refused:
                await connect(f"wss://{home.at(name)}{path}", ssl=TRUST.context, proxy=None)
            assert refused.value.response.status_code == status
