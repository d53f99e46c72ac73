"""One device over API v1: endpoints as methods, answers as the model, failures as `DeviceError`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from tui.core.api.v1 import (
    is_reading,
    parse_error,
    parse_error_id,
    parse_measurement,
    parse_switch,
    parse_system,
)
from tui.core.battery.batteries import Batteries
from tui.core.model import Endpoint
from tui.core.reading import Measurement, Switch, System
from tui.net.asking import Asker
from tui.net.errors import HOW_TO_TURN_ON, ApiDisabled, BadAnswer, DeviceError, NotFound
from tui.net.http import HttpLink, Sent
from tui.net.resolve import AddressOf

_API_DISABLED_ID = 202
"""Sent with status 403, but 400 before 2025 (API documentation, error handling)."""


class DeviceClient(Asker):
    """The v1 endpoint of one device."""

    def __init__(
        self, endpoint: Endpoint, timeout_s: float = 5.0, address_of: AddressOf | None = None, *, keeps: bool = False
    ) -> None:
        super().__init__(HttpLink(endpoint, address_of), timeout_s)
        if keeps:
            self._link.kept = {}

    @property
    def sent(self) -> Mapping[str, Sent]:
        """What the device sent last, by path, as it came; of those who do not keep it, nothing."""
        return self._link.kept or {}

    async def measurement(self) -> tuple[Measurement, System]:
        """What it measures now, and its Wi-Fi, which v1 sends along."""
        return await self._read("/api/v1/data", self._measurement_in)

    async def telegram(self) -> str:
        """The smart meter's last telegram, one character a byte, as it came: not cleaned. Only of a P1."""
        return (await self._ask("GET", "/api/v1/telegram")).decode("latin-1")

    async def switch(self) -> Switch:
        """Relay, lock and LED of a socket."""
        return await self._read("/api/v1/state", parse_switch)

    async def set_switch(self, *, power_on: bool) -> Switch:
        """Switch a socket; of the result only `power_on` is there. Raises `BadAnswer` if its lock forbids it."""
        return await self.change_switch({"power_on": power_on})

    async def change_switch(self, change: Mapping[str, bool | int]) -> Switch:
        """Set some of the fields of a socket's state; of the result only these are there. Raises `BadAnswer` if the
        device takes them not, or not together."""
        return await self._read("/api/v1/state", parse_switch, "PUT", json.dumps(dict(change)).encode())

    async def identify(self) -> None:
        """Blink its LED for some seconds."""
        await self._ask("PUT", "/api/v1/identify")

    async def system(self) -> System:
        """Whether it talks to the cloud."""
        return await self._read("/api/v1/system", parse_system)

    async def batteries(self) -> Batteries:
        """API v1 knows nothing of them: raises `NotFound` without asking."""
        raise NotFound("API v1 knows no batteries: they need API v2")

    def _measurement_in(self, data: object, notes: Sequence[str]) -> tuple[Measurement, System] | None:
        if isinstance(data, dict) and not is_reading(data, new=self._new):
            raise BadAnswer(f"No value that this program knows in /api/v1/data: {self._link.advice}")
        return parse_measurement(data, notes)

    def _said(self, data: object) -> str | None:
        return parse_error(data)

    def _meaning(self, status: int, data: object, seen: str) -> DeviceError | None:
        if parse_error_id(data) == _API_DISABLED_ID:
            return ApiDisabled()
        if status == 403:
            words = f', "{said}"' if (said := parse_error(data)) else ""
            return BadAnswer(
                f"{seen}{words}: is its Local API off ({HOW_TO_TURN_ON}), or does a proxy or a login page answer here?"
            )
        return BadAnswer(f"{seen} asks for a login: is this the right address?") if status == 401 else None
