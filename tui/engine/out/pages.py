"""What is answered over HTTP: the metrics, and the devices for other programs, which need not ask them themselves."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Mapping
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from tui.core.counting.today import Today
from tui.core.devicejson import device_json, iso_time
from tui.core.events import Event, Measured
from tui.core.model import Device, Fleet, key_of
from tui.core.profiles import profile_of
from tui.core.reading import Json
from tui.core.state import is_fresh
from tui.engine.clock import Clock
from tui.engine.out.sink import Queue
from tui.net.httpserver import Answer, Request

if TYPE_CHECKING:
    from tui.engine.out.metrics import Exposition
    from tui.engine.out.proxy import Proxy

JSON = "application/json; charset=utf-8"
MOST_EVENTS = 1000
"""That wait for a slow reader of `/events` (own choice: 50 devices for 20 seconds)."""
AT_ONCE = 50
"""Events in one piece (own choice): what one slow reader has not taken in yet stays below 100 kB."""
KEEP_ALIVE_S = 15.0
"""A comment is sent after this long without an event, so that a proxy in between does not give up (WHATWG, HTML
Standard, 9.2.7)."""


class Pages:
    """Answers for what the monitor tells; with an `exposition` also the metrics, with a `proxy` what devices sent."""

    def __init__(
        self, clock: Clock, grid: str | None, exposition: Exposition | None, proxy: Proxy | None = None
    ) -> None:
        self._clock = clock
        self._zone = ZoneInfo(profile_of(grid).zone)
        self._exposition = exposition
        self._proxy = proxy
        self._fleet = Fleet()
        self._followers: set[Queue[bytes]] = set()
        self.answered = 0

    def heard(self, event: Event, fleet: Fleet) -> None:
        """The monitor's listener."""
        self._fleet = fleet
        if self._exposition is not None:
            self._exposition.heard(event, fleet)
        if self._proxy is not None:
            self._proxy.heard(event, fleet)
        if self._followers and isinstance(event, Measured):
            device = fleet.devices.get(key_of(event.serial))
            if device is not None:
                at = iso_time(self._clock.now().utc_of(event.at))
                piece = f"event: measured\ndata: {json.dumps(self.row(device, at))}\n\n".encode()
                for follower in self._followers:
                    follower.put(piece)

    @property
    def dropped(self) -> int:
        """Events that had no room for the readers there are."""
        return sum(follower.dropped for follower in self._followers)

    def answer(self, request: Request) -> Answer | Awaitable[Answer]:
        """The page at a path."""
        self.answered += 1
        parts = [part for part in request.path.split("/") if part]
        match parts:
            case []:
                return Answer(self._front())
            case ["metrics"] if self._exposition is not None:
                body, kind = self._exposition.document(request.accept)
                return Answer(body, kind)
            case ["devices"]:
                return _json([self.row(device) for device in self._fleet.devices.values()])
            case ["devices", serial] if device := self._fleet.devices.get(key_of(serial)):
                now = self._clock.now()
                return _json(self.row(device), 200 if is_fresh(device, now) else 503)
            case [serial, "api", *rest] if self._proxy is not None:
                return self._proxy.answer(serial, "/".join(["/api", *rest]))
            case ["events"]:
                return Answer(kind="text/event-stream; charset=utf-8", stream=self._events())
        return Answer(b"There is no such page. / lists those there are.\n", status=404)

    def row(self, device: Device, time: str | None = None, days: Mapping[str, Today] | None = None) -> dict[str, Json]:
        """As `read --json` prints it."""
        return device_json(device, self._clock.now(), reading=True, zone=self._zone, time=time, days=days)

    def _front(self) -> bytes:
        lines = ["hwtui", ""]
        if self._exposition is not None:
            lines.append("/metrics          for Prometheus")
        lines += [
            "/devices          all devices, as `hwtui read --json` prints them",
            "/devices/SERIAL   one of them; 503 while it does not answer",
            "/events           every reading, as server-sent events",
        ]
        if self._proxy is not None:
            lines += [
                "/SERIAL/api       what a device with API v1 sent last, byte for byte; so, too,",
                "                  /SERIAL/api/v1/data, telegram, state and system",
            ]
        return "\n".join([*lines, ""]).encode()

    async def _events(self) -> AsyncGenerator[bytes]:
        queue = Queue[bytes](MOST_EVENTS)
        self._followers.add(queue)
        try:
            yield b": hwtui\n\n"
            while True:
                try:
                    async with asyncio.timeout(KEEP_ALIVE_S):
                        pieces = await queue.take(AT_ONCE)
                except TimeoutError:
                    pieces = [b": nothing new\n\n"]
                yield b"".join(pieces)
        finally:
            self._followers.discard(queue)


def _json(value: Json, status: int = 200) -> Answer:
    return Answer(json.dumps(value, indent=2).encode() + b"\n", JSON, status)
