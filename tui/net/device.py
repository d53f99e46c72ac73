"""One device over API v1: endpoints as methods, answers as the model, failures as `DeviceError`."""

from __future__ import annotations

import json
from collections.abc import Callable
from types import TracebackType
from typing import NoReturn, Self, TypeVar

from tui.core.model import Endpoint, Identity, Measurement, Switch, System
from tui.core.text import clean
from tui.core.v1 import parse_error_id, parse_identity, parse_measurement, parse_switch, parse_system
from tui.net.errors import ApiDisabled, BadAnswer, DeviceError, NotFound
from tui.net.http import HttpLink
from tui.net.resolve import AddressOf

_API_DISABLED_ID = 202
"""Sent with status 403, but 400 before 2025 (API documentation, error handling)."""

T = TypeVar("T")


class DeviceClient:
    """The v1 endpoint of one device: one connection, one request at a time, in the order in which they were asked for.

    Nothing is asked before the first call. Every call raises `DeviceError` and nothing else, whatever the network
    does; cancelling one closes the connection. Close the client after use, or use it as a context manager.
    """

    def __init__(self, endpoint: Endpoint, timeout_s: float = 5.0, address_of: AddressOf | None = None) -> None:
        self.timeout_s = timeout_s
        """For a whole request: connecting, asking and the last byte of the answer. Waiting for a turn is not in it."""
        self._link = HttpLink(endpoint, address_of)

    @property
    def connection(self) -> int:
        """How many TCP connections were made so far: behind a new one there may be another device than before."""
        return self._link.connections

    async def identity(self) -> Identity:
        """Who it is. Raises `NotFound` if it has no such endpoint, so is no HomeWizard device."""
        return await self._read("/api", parse_identity)

    async def measurement(self) -> tuple[Measurement, System]:
        """What it measures now, and its Wi-Fi, which v1 sends along."""
        return await self._read("/api/v1/data", parse_measurement)

    async def telegram(self) -> str:
        """The smart meter's last telegram, one character a byte, as it came: not cleaned. Only of a P1."""
        return (await self._ask("GET", "/api/v1/telegram")).decode("latin-1")

    async def switch(self) -> Switch:
        """Relay, lock and LED of a socket."""
        return await self._read("/api/v1/state", parse_switch)

    async def set_switch(self, *, power_on: bool) -> Switch:
        """Switch a socket; of the result only `power_on` is there. Raises `BadAnswer` if its lock forbids it."""
        return await self._read("/api/v1/state", parse_switch, "PUT", json.dumps({"power_on": power_on}).encode())

    async def identify(self) -> None:
        """Blink its LED for some seconds."""
        await self._ask("PUT", "/api/v1/identify")

    async def system(self) -> System:
        """Whether it talks to the cloud."""
        return await self._read("/api/v1/system", parse_system)

    async def aclose(self) -> None:
        """Close the connection. A request under way fails now, and so do those that wait for their turn."""
        await self._link.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def _read(
        self, path: str, parse: Callable[[object], T | None], method: str = "GET", body: bytes | None = None
    ) -> T:
        data = _json(await self._ask(method, path, body))
        if parse_error_id(data) == _API_DISABLED_ID:
            raise ApiDisabled
        parsed = parse(data)
        if parsed is None:
            raise BadAnswer(f"Unexpected JSON from {path}: is it a HomeWizard device?")
        return parsed

    async def _ask(self, method: str, path: str, body: bytes | None = None) -> bytes:
        answer = await self._link.send(method, path, self.timeout_s, body)
        if answer.status != 200:
            raise _refusal(answer.status, answer.body, path)
        return answer.body


def _refusal(status: int, body: bytes, path: str) -> DeviceError:
    """What a status other than 200 means. The body of a 404 is plain text, that of the others JSON, or should be."""
    try:
        data = _json(body)
    except BadAnswer:
        data = None
    if parse_error_id(data) == _API_DISABLED_ID:
        return ApiDisabled()
    if status == 403:
        return ApiDisabled(named=False)
    if status in (404, 405):
        return NotFound(
            "No /api at this address: is it a HomeWizard device?"
            if path == "/api"
            else f"This device has no {path} (HTTP {status})"
        )
    if 300 <= status < 400:
        return BadAnswer(f"HTTP {status} leads elsewhere: is it a HomeWizard device?")
    said = _description(data)
    return BadAnswer(f"HTTP {status}: {said}" if said else f"HTTP {status} from {path}: it may need a restart")


def _description(data: object) -> str:
    """The words of `{"error": {"id": 8, "description": "..."}}`, clean and short; empty if there are none."""
    error = data.get("error") if isinstance(data, dict) else None
    words = error.get("description") if isinstance(error, dict) else None
    return clean(words) if isinstance(words, str) else ""


def _no_number(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


_DECODER = json.JSONDecoder(parse_constant=_no_number)


def _json(body: bytes) -> object:
    """The JSON of an answer. Its depth is bounded by the interpreter's own limit, about a thousand."""
    try:
        return _DECODER.decode(body.decode())
    except (ValueError, RecursionError) as error:  # not UTF-8, not JSON, NaN, an integer of 5000 digits; too deep
        raise BadAnswer("The answer is not JSON: is it a HomeWizard device?") from error
