"""Ten devices that speak both APIs with the same values, and programs that read them over one of these.

`--serve N` is the devices: v1 over HTTP, and v2 over TLS with a push a second to whoever subscribed; it prints what
they are as a line of JSON. `--as screen|watch|engine API` is the program, told of the devices by that line on stdin:
the real engine, with an authority and tokens that are only of this run. With the API "none" the same values are there
for nothing, without a socket: what is left is what they cost once they are known.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

from websockets.exceptions import InvalidState

from tui.core.api.v1 import V1_NAMES
from tui.core.api.v2 import parse_measurement
from tui.core.events import Identified, Measured, Paired, Seen
from tui.core.model import Endpoint
from tui.core.reading import Identity, System
from tui.core.secret import Secret
from tui.core.settings import Settings
from tui.engine.clock import Clock
from tui.engine.source import Emit
from tui.net.device import DeviceClient

PAYLOADS = Path(__file__).parents[1] / "payloads" / "v2"
_PRODUCTS = (
    ("HWE-P1", "hwe_p1_three_phase"),
    ("HWE-KWH3", "hwe_kwh3"),
    ("HWE-KWH3", "hwe_kwh3"),
    ("HWE-KWH1", "hwe_kwh1"),
)
"""Of the first devices, each with its measurement; the rest are as the last."""
_V1_NAME = {name: v1_name for v1_name, name in V1_NAMES.items()}


@dataclass(frozen=True, slots=True)
class Told:
    """One device, as its line of JSON tells."""

    serial: str
    product_type: str
    ports: dict[str, int]
    token: str
    ca: str

    def endpoint(self, api: str) -> Endpoint:
        return Endpoint("127.0.0.1", self.ports[api], api)


def told_in(line: str) -> list[Told]:
    return [Told(**one) for one in json.loads(line)]


# ---------------------------------------------------------------------- the devices


class Both:
    """A device that answers over v1 and pushes over v2, always the same values but for one counter: the time."""

    def __init__(self, number: int) -> None:
        from tests.v2.certificates import leaf
        from tests.v2.server import V2Server, identity_of

        self.serial = f"5c2faf0000{number:02x}"
        self.product_type, name = _PRODUCTS[min(number, len(_PRODUCTS) - 1)]
        self.payload: dict[str, Any] = json.loads((PAYLOADS / f"{name}.json").read_text())
        self.v2 = V2Server(leaf(self.serial), self.serial)
        self.identity = identity_of(self.serial, self.product_type)
        self.v2.answers["GET", "/api"] = (200, self.identity)
        self.v2.answers["GET", "/api/measurement"] = (200, self.payload)
        self.port = 0

    def now(self) -> dict[str, Any]:
        """Its values; the counter tells when they were read, to 0.1 ms."""
        self.payload["energy_import_kwh"] = round(time.time() % 1e6, 4)
        self.payload["power_w"] = round(100 * (time.time() % 30), 1)
        return self.payload

    async def start(self) -> dict[str, Any]:
        from tests.v2.certificates import authority
        from tests.v2.server import TOKEN

        await self.v2.start()
        server = await asyncio.start_server(self._answer, "127.0.0.1", 0)
        ports = {"v1": server.sockets[0].getsockname()[1], "v2": self.v2.endpoint.port}
        told = {"serial": self.serial, "product_type": self.product_type, "ports": ports, "token": TOKEN}
        return {**told, "ca": authority().pem}

    async def push_on(self, phase_s: float) -> None:
        """Once a second, at the device's own moment of it."""
        await asyncio.sleep(phase_s)
        while True:
            with suppress(InvalidState):  # a program that is leaving
                await self.v2.push("measurement", self.now())
            await asyncio.sleep(1.0)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                data: dict[str, Any] = {"/api": {**self.identity, "api_version": "v1"}, "/api/v1/data": self._data()}
                body = data.get(head.split(b" ", 2)[1].decode())
                raw = json.dumps(body).encode() if body else b""
                status = b"200 OK" if body else b"404 Not Found"
                writer.write(b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n" % (status, len(raw)) + raw)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass  # it left, or the bench is over
        finally:
            writer.close()

    def _data(self) -> dict[str, Any]:
        named = {_V1_NAME.get(name, name): value for name, value in self.now().items() if name != "timestamp"}
        return {"wifi_ssid": "Home", "wifi_strength": 70, **named}


async def serve(count: int, *, together: bool) -> None:
    devices = [Both(number) for number in range(count)]
    print(json.dumps([await one.start() for one in devices]), flush=True)
    await asyncio.gather(*(one.push_on(0.0 if together else number / count) for number, one in enumerate(devices)))


# ---------------------------------------------------------------------- the programs


class Announced:
    """A source that knows where the devices are, and has their tokens where they are to speak v2."""

    def __init__(self, devices: list[Told], api: str, tokens: Any, clock: Clock) -> None:
        self._devices, self._api, self._tokens, self._clock = devices, api, tokens, clock

    async def run(self, emit: Emit) -> None:
        from tui.engine.paired.tokenfile import Token

        for one in self._devices:
            endpoint = one.endpoint(self._api)
            if self._api == "v2":
                await self._tokens.keep(Token(one.serial, Secret(one.token), "local/bench", endpoint))
                emit(Paired(one.serial, self._clock.now()))
            emit(Seen(endpoint, one.serial, self._clock.now(), one.product_type, api_enabled=True))
        await asyncio.Event().wait()


class ForNothing:
    """A source of the same values, once a second."""

    def __init__(self, devices: list[Told], clock: Clock) -> None:
        self._devices, self._clock = devices, clock

    async def run(self, emit: Emit) -> None:
        clock, read = self._clock, []
        for number, one in enumerate(self._devices):
            payload = (PAYLOADS / f"{_PRODUCTS[min(number, len(_PRODUCTS) - 1)][1]}.json").read_text()
            measurement = parse_measurement(json.loads(payload))
            assert measurement
            read.append((one.serial, measurement))
            emit(Seen(one.endpoint("v1"), one.serial, clock.now(), one.product_type, api_enabled=True))
            emit(Identified(one.endpoint("v1"), Identity(one.serial, one.product_type), clock.now()))
        while True:
            for serial, measurement in read:
                changed = {"energy_import_kwh": time.time() % 1e6, "power_w": round(100 * (time.time() % 30), 1)}
                now = replace(measurement, values={**measurement.values, **changed})
                emit(Measured(serial, now, System(), clock.now(), None, 1.0))
            await asyncio.sleep(1.0)


class Silent(DeviceClient):
    """A client that is never answered."""

    async def identity(self) -> Identity:
        return await asyncio.Future()


def be(what: str, api: str, line: str) -> int:
    """The screen, the command `watch --json`, or the engine by itself, in this process."""
    from tui.engine import monitor
    from tui.engine.clock import SystemClock
    from tui.engine.lines import feeds
    from tui.engine.paired.tokens import Tokens

    devices = told_in(line)

    class ToldMonitor(monitor.Monitor):
        def __init__(self, settings: Settings, clock: Clock, **others: Any) -> None:
            tokens = others.pop("tokens", None) or Tokens(None, clock)
            source: Any = Announced(devices, api, tokens, clock)
            if api == "none":
                source, others["client_factory"] = ForNothing(devices, clock), Silent
            sources = [*others.pop("sources", ()), source]
            super().__init__(settings, clock, tokens=tokens, sources=sources, **others)

    def trust(_settings: Settings) -> Any:
        from tui.net.tls import Trust

        return Trust(devices[0].ca)

    with patch.object(monitor, "Monitor", ToldMonitor), patch.object(feeds, "trust_of", trust):
        if what == "screen":
            from tui.ui import launch

            return launch.run_screen(Settings(mdns=False, history=False))
        if what == "watch":
            from tui.engine.commands.run import Output
            from tui.engine.commands.watch import watch

            settings = Settings(hosts=tuple(one.endpoint(api) for one in devices), mdns=False, history=False)
            return asyncio.run(watch(settings, Output(), as_json=True))
        asyncio.run(ToldMonitor(Settings(mdns=False), SystemClock()).run())
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--serve", type=int, metavar="N")
    parser.add_argument("--together", action="store_true", help="push all at the same moment of the second")
    parser.add_argument("--as", dest="what", choices=("screen", "watch", "engine"))
    parser.add_argument("--api", choices=("v1", "v2", "none"))
    parser.add_argument("--devices", type=Path, metavar="FILE", help="with the line of JSON")
    given = parser.parse_args()
    if given.serve:
        asyncio.run(serve(given.serve, together=given.together))
        return 0
    return be(given.what, given.api, given.devices.read_text())


if __name__ == "__main__":
    sys.exit(main())
