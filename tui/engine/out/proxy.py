"""Hands on what devices with API v1 sent, byte for byte, so that who wants it need not ask them.

A telegram is read seldom by the poller: who asks for one that is old has the device asked, over the connection of its
poller, which takes one request at a time. Nothing else here asks a device.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Mapping
from math import ceil
from typing import NamedTuple

from tui.core.events import Event, Measured, SwitchRead, SystemRead, TelegramRead
from tui.core.model import Device, Fleet, State, key_of
from tui.core.moment import Now
from tui.core.state import state_of
from tui.engine.command import CommandError
from tui.engine.telegrams import Reaches, no_p1, read_telegram
from tui.net.device import DeviceClient
from tui.net.errors import DeviceError
from tui.net.http import Sent
from tui.net.httpserver import Answer

TELEGRAM = "/api/v1/telegram"
PATHS = ("/api", "/api/v1/data", TELEGRAM, "/api/v1/state", "/api/v1/system")
TELEGRAM_EVERY_S = 10.0
"""How often a device is asked for a telegram at most (own choice: as often as older meters send one)."""
RETRY_AFTER_S = 5
"""What is told to who asks for what is not there (own choice: Home Assistant reads these devices as often)."""
API_DISABLED, INTERNAL_ERROR = 202, 901
"""The numbers of the device's own errors (API documentation, v1, error handling)."""

_JSON = "application/json"
_KINDS = (_JSON, "text/plain")
_MOST_OF_A_KIND = 80
_NOSNIFF = ("X-Content-Type-Options", "nosniff")
_TELLING = (Measured, SwitchRead, SystemRead, TelegramRead)


class _Kept(NamedTuple):
    sent: Sent
    at: Now
    """When the event that follows from it was told."""


class Proxy:
    """The last answers of each device, under its serial: what was sent counts once the monitor has taken it for this
    device's."""

    def __init__(self, reach: Reaches) -> None:
        self._reach = reach
        self._last: dict[str, dict[str, _Kept]] = {}
        self._heard: Event | None = None
        self._asking: dict[str, asyncio.Task[None]] = {}
        self._asked: dict[str, tuple[Now, str]] = {}
        """When a device was last asked for a telegram, and why none came; "" if one did."""

    def heard(self, event: Event, fleet: Fleet) -> None:
        """The monitor's listener. It may be called by several pages for the same event."""
        if event is self._heard or not isinstance(event, _TELLING):
            return
        self._heard = event
        device = fleet.devices.get(key_of(event.serial))
        if device is not None:
            self._keep(device, event.at)
        if len(self._last) > len(fleet.devices):
            self._last = {key: kept for key, kept in self._last.items() if key in fleet.devices}

    def answer(self, serial: str, path: str) -> Answer | Awaitable[Answer]:
        """What the device sent at `path`; else an error in its words."""
        device = self._reach.fleet.devices.get(key_of(serial))
        if device is None or device.serial is None:
            return _no("There is no such device: /devices lists those there are", 404)
        if path not in PATHS:
            return _no(f"This is not handed on: only {', '.join(PATHS)}", 404)
        now = self._reach.clock.now()
        state = state_of(device, now)
        if state is State.API_DISABLED:
            return _no("API not enabled", 403, API_DISABLED)
        if device.v1_endpoint is None or (device.spoken is not None and device.spoken.api == "v2"):
            return _no(f"It is read over API v2, which has no such page: /devices/{device.key} has its values", 404)
        if state not in (State.LIVE, State.FROZEN):
            return _unavailable(_why_silent(device, now))
        kept = self._last.get(device.key, {}).get(path)
        if path == TELEGRAM:
            return self._telegram(device, kept, now)
        if kept is None:
            return _no("This device has not sent that", 404)
        return _handed_on(kept, now)

    def _keep(self, device: Device, at: Now) -> None:
        client = self._reach.client_of(device)
        if not isinstance(client, DeviceClient):
            return
        last = self._last.setdefault(device.key, {})
        for path, sent in client.sent.items():
            if path not in last or last[path].sent is not sent:
                last[path] = _Kept(sent, at)

    # ------------------------------------------------------------------ telegrams

    def _telegram(self, device: Device, kept: _Kept | None, now: Now) -> Answer | Awaitable[Answer]:
        if not device.product.is_grid_meter:
            return _no(no_p1(device), 404)
        if kept is not None and kept.sent.body.strip() and now.age_of(kept.at) <= TELEGRAM_EVERY_S:
            return _handed_on(kept, now)
        if device.key not in self._asking:
            at, fault = self._asked.get(device.key, (None, ""))
            left_s = TELEGRAM_EVERY_S - now.age_of(at) if at is not None else 0.0
            if fault and left_s > 0:
                return _unavailable(fault, ceil(left_s))
        return self._asked_anew(device)

    async def _asked_anew(self, device: Device) -> Answer:
        """All who ask at once wait for one request. It goes on if they leave: to break it off would cut the poller's
        connection."""
        asking = self._asking.get(device.key)
        if asking is None:
            asking = self._asking[device.key] = asyncio.create_task(self._ask(device.key))
        await asyncio.shield(asking)
        now = self._reach.clock.now()
        _, fault = self._asked[device.key]
        kept = self._last.get(device.key, {}).get(TELEGRAM)
        if fault or kept is None:
            return _unavailable(fault or "It has sent no telegram")
        return _handed_on(kept, now)

    async def _ask(self, key: str) -> None:
        fault = ""
        try:
            at = (await read_telegram(self._reach, key)).at
        except (CommandError, DeviceError) as error:
            fault = str(error)
        else:
            device = self._reach.fleet.devices.get(key)
            if device is not None:
                self._keep(device, at)
        finally:
            self._asked[key] = self._reach.clock.now(), fault
            del self._asking[key]


def _handed_on(kept: _Kept, now: Now) -> Answer:
    age = ("Age", str(int(max(0.0, now.age_of(kept.at)))))
    return Answer(kept.sent.body, _kind_of(kept.sent), headers=(age, _NOSNIFF))


def _kind_of(sent: Sent) -> str:
    """The media type as it was sent, if it is one of those that devices send: a page with scripts in it stays text."""
    essence = sent.kind.partition(";")[0].strip().lower()
    fits = essence in _KINDS and len(sent.kind) <= _MOST_OF_A_KIND and sent.kind.isascii() and sent.kind.isprintable()
    return sent.kind if fits else "text/plain"


def _why_silent(device: Device, now: Now) -> str:
    if device.problem:
        return device.problem.text
    last = device.link.last_answer
    return "It has not answered yet" if last is None else f"It has not answered for {now.age_of(last):.0f} s"


def _unavailable(text: str, after_s: int = RETRY_AFTER_S) -> Answer:
    return _no(text, 503, headers=(("Retry-After", str(after_s)),))


def _no(text: str, status: int, number: int = INTERNAL_ERROR, headers: tuple[tuple[str, str], ...] = ()) -> Answer:
    """An error as the device's own are: `{"error": {"id": 202, "description": "API not enabled"}}`."""
    error: Mapping[str, object] = {"error": {"id": number, "description": text}}
    return Answer(json.dumps(error).encode(), _JSON, status, headers)
