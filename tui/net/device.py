"""One device over API v1: endpoints as methods, answers as the model, failures as `DeviceError`."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self, TypeVar

from tui.core.batteries import Batteries
from tui.core.decode import BEHIND_A_PAGE, IS_IT_ONE, RESTART, NotJsonError, decode
from tui.core.dialect import parse_identity
from tui.core.model import Endpoint
from tui.core.products import product_of
from tui.core.reading import Identity, Measurement, Switch, System
from tui.core.v1 import (
    is_reading,
    parse_error,
    parse_error_id,
    parse_measurement,
    parse_switch,
    parse_system,
)
from tui.net.errors import HOW_TO_TURN_ON, ApiDisabled, BadAnswer, DeviceError, NotFound
from tui.net.http import HttpLink
from tui.net.resolve import AddressOf

_API_DISABLED_ID = 202
"""Sent with status 403, but 400 before 2025 (API documentation, error handling)."""
_REDIRECTS = (301, 302, 303, 307, 308)
"""With a place to go to (RFC 9110, 15.4)."""
_NETWORK_LOGIN = (407, 511)
"""A proxy or a captive portal asks for a login: it is not the device that answers (RFC 9110, RFC 6585)."""

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
        self._link.advice = IS_IT_ONE
        self._known = False
        """Whether it has identified itself here: what it sends from then on is that of a device, if a faulty one."""
        self._new = True
        """Whether its product may be one that this program does not know."""

    @property
    def connection(self) -> int:
        """How many TCP connections were made so far: behind a new one there may be another device than before."""
        return self._link.connections

    async def identity(self) -> Identity:
        """Who it is. Raises `NotFound` if it has no such endpoint, so is no HomeWizard device."""
        identity = await self._read("/api", parse_identity)
        self._known, self._new = True, not product_of(identity.product_type).is_known
        self._link.advice = RESTART
        return identity

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
        return await self._read("/api/v1/state", parse_switch, "PUT", json.dumps({"power_on": power_on}).encode())

    async def identify(self) -> None:
        """Blink its LED for some seconds."""
        await self._ask("PUT", "/api/v1/identify")

    async def system(self) -> System:
        """Whether it talks to the cloud."""
        return await self._read("/api/v1/system", parse_system)

    async def batteries(self) -> Batteries:
        """API v1 knows nothing of them: raises `NotFound` without asking."""
        raise NotFound("API v1 knows no batteries: they need API v2")

    def stalled(self, within_s: float) -> DeviceError | None:
        """How far the request under way has come in `within_s` seconds; None if there is none."""
        error = self._link.stalled(within_s)
        return error and self._seen_in(error)

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
        self,
        path: str,
        parse: Callable[[object, Sequence[str]], T | None],
        method: str = "GET",
        body: bytes | None = None,
    ) -> T:
        answer = await self._ask(method, path, body)
        try:
            data, notes = decode(answer)
        except NotJsonError as error:
            from tui.core.patient import why_not

            raise BadAnswer(why_not(answer, known=self._known)) from error
        if parse_error_id(data) == _API_DISABLED_ID:
            raise ApiDisabled
        if (said := parse_error(data)) is not None:
            words = f', "{said}"' if said else ""
            raise BadAnswer(f"{path} answered with an error{words}: {self._link.advice}")
        parsed = parse(data, notes)
        if parsed is None:
            if path == "/api" and isinstance(data, dict) and "product_type" in data:
                raise BadAnswer(f"No readable serial and product type in {path}: {RESTART}")
            raise BadAnswer(f"Unexpected JSON from {path}: {self._link.advice}")
        return parsed

    def _measurement_in(self, data: object, notes: Sequence[str]) -> tuple[Measurement, System] | None:
        if isinstance(data, dict) and not is_reading(data, new=self._new):
            raise BadAnswer(f"No value that this program knows in /api/v1/data: {self._link.advice}")
        return parse_measurement(data, notes)

    async def _ask(self, method: str, path: str, body: bytes | None = None) -> bytes:
        try:
            answer = await self._link.send(method, path, self.timeout_s, body)
        except DeviceError as error:
            raise self._seen_in(error) from error
        if answer.status != 200:
            raise _refusal(answer.status, answer.body, path, known=self._known)
        return answer.body

    def _seen_in(self, error: DeviceError) -> DeviceError:
        """What the part of an answer that came says already, if it is that of no meter; else `error`."""
        seen = self._link.seen
        if seen and seen.status != 200:
            return _refusal(seen.status, seen.body, self._link.path, known=self._known)
        if seen is None:
            return error
        from tui.core.patient import is_page, why_not

        return BadAnswer(why_not(seen.body, known=self._known)) if is_page(seen.body) else error


def _refusal(status: int, body: bytes, path: str, *, known: bool) -> DeviceError:
    """What a status other than 200 means. The body of a 404 is plain text, that of the others JSON, or should be.

    Anything between here and the device may send a status, so a text names as the cause only what was seen.
    """
    try:
        data, _ = decode(body)
    except NotJsonError:
        data = None
    if parse_error_id(data) == _API_DISABLED_ID:
        return ApiDisabled()
    from tui.core.patient import is_page  # what is wrong with an answer is read without haste

    said, page = parse_error(data), is_page(body)
    seen = f"HTTP {status} with an HTML page" if page else f"HTTP {status}"
    if status == 403:
        words = f', "{said}"' if said else ""
        return BadAnswer(
            f"{seen}{words}: is its Local API off ({HOW_TO_TURN_ON}), or does a proxy or a login page answer here?"
        )
    if status in (404, 405):
        doubt = "does another device have this address now?" if known else IS_IT_ONE
        if path == "/api":
            return NotFound(f"No /api at this address: {doubt}")
        return NotFound(f"This device has no {path} (HTTP {status}): newer firmware may have it")
    if status in _NETWORK_LOGIN:
        return BadAnswer(f"{seen}: the network asks for a login first: log in with a browser, or use the home network")
    if status in _REDIRECTS:
        return BadAnswer(f"HTTP {status} redirects elsewhere: {BEHIND_A_PAGE}")
    if status == 401:
        return BadAnswer(f"{seen} asks for a login: is this the right address?")
    if page:
        return BadAnswer(f"{seen}: {BEHIND_A_PAGE}")
    if said and 400 <= status < 500:  # the device says what is wrong with the request
        return BadAnswer(f"{seen}: {said}")
    advice = RESTART if known else IS_IT_ONE
    if status == 429 and known:
        advice = "does another program read this device?"
    return BadAnswer(f'{seen}, "{said}": {advice}' if said else f"{seen} from {path}: {advice}")
