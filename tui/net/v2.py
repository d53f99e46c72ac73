"""One device over API v2: HTTPS with a token. Endpoints as methods, answers as the model, failures as `DeviceError`.

Source: the vendor's API documentation, v2; "Error handling" for the codes. The token goes into a header and nowhere
else: no text of an error holds it, not even if the device sends it back.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from typing import Protocol, TypeVar

from tui.core.api.users import Owner, is_token, parse_token, parse_users
from tui.core.api.v1 import parse_error as parse_v1_error
from tui.core.api.v2 import is_reading, parse_batteries, parse_error, parse_measurement, parse_system
from tui.core.battery.batteries import Batteries
from tui.core.model import Endpoint, key_of
from tui.core.reading import Identity, Measurement, Switch, System
from tui.core.secret import Secret
from tui.net.asking import Asker
from tui.net.errors import BadAnswer, ButtonNotPressed, DeviceError, NotAccepted, NotFound, NotPaired, WrongCertificate
from tui.net.http import HttpLink
from tui.net.resolve import AddressOf
from tui.net.tls import Peer, Trust

GOOD = (200, 204)
"""A change is answered with what is so now, or with nothing."""

_WHAT_A_NAME_IS = "use local/ and 1 to 40 letters, digits, blanks or - _ / \\ #"
_MEANINGS = {
    "user:no-storage": "The device has no room for another user: take one away in the HomeWizard app",
    "user:name-empty": f"The device misses a name for this program: {_WHAT_A_NAME_IS}",
    "user:name-too-long": f"The name of this program is too long for the device: {_WHAT_A_NAME_IS}",
    "user:name-invalid": f"The device does not take the name of this program: {_WHAT_A_NAME_IS}",
    "user:invalid-prefix": f"The device does not take the name of this program: {_WHAT_A_NAME_IS}",
    "telegram:no-telegram-received": "No telegram from the smart meter yet: is the cable in on both sides?",
    "request:api-version-not-supported": "This device does not have version 2 of the API: newer firmware may have it",
}
"""What the device's codes mean to a person. Any other code is told as it was sent."""
_SCOPES = {"name:name-invalid": "user:name-invalid"}
"""Spelt so in the fixtures of the vendor's own client."""


T = TypeVar("T")


class HasJson(Protocol):
    """A change that knows how it is written; `core.battery.control` makes it."""

    def as_json(self) -> dict[str, object]: ...


class V2Client(Asker):
    """The v2 endpoint of one device. Without a token it may only pair, and be asked whether it is there."""

    def __init__(
        self,
        endpoint: Endpoint,
        token: Secret | None = None,
        serial: str | None = None,
        trust: Trust | None = None,
        address_of: AddressOf | None = None,
        timeout_s: float = 5.0,
    ) -> None:
        self._token = token
        self._peer = Peer(trust or Trust(), serial, stays=token is not None)
        headers = {"X-Api-Version": "2"}
        self._is_usable = token is None or is_token(token.reveal())
        if token is not None and self._is_usable:
            headers["Authorization"] = f"Bearer {token.reveal()}"
        super().__init__(HttpLink(endpoint, address_of, self._peer, headers), timeout_s)

    @property
    def serial(self) -> str | None:
        """The one it was given, else as its certificate names it; None before the first connection."""
        return self._peer.serial

    @property
    def kind(self) -> str | None:
        """What its certificate calls its product; None before the first connection, or if it does not say."""
        return self._peer.kind

    async def identity(self) -> Identity:
        """Who it is. Raises `WrongCertificate` if that is not who its certificate says."""
        identity = await super().identity()
        if self.serial is not None and key_of(identity.serial) != key_of(self.serial):
            raise WrongCertificate(
                f"The certificate is that of {self.serial}, but {identity.serial} answers: do not trust this address"
            )
        return identity

    async def probe(self) -> str | None:
        """Its serial, if a device with API v2 is there, whether it knows this program or not. Raises `DeviceError`."""
        with suppress(NotPaired):  # the sign of API v2: anybody may ask, and is told to pair
            await self.identity()
        return self.serial

    async def measurement(self) -> tuple[Measurement, System]:
        """What it measures now; of the rest, v2 tells nothing along with it."""
        return await self._read("/api/measurement", self._measurement_in), System()

    async def system(self) -> System:
        """Its Wi-Fi, its uptime, its LED, and whether it talks to the cloud."""
        return await self._read("/api/system", parse_system)

    async def batteries(self) -> Batteries:
        """The group that it controls. A battery itself has no such endpoint: raises `NotFound`."""
        return await self._read("/api/batteries", parse_batteries)

    async def set_batteries(self, wanted: HasJson) -> Batteries:
        """Change the mode of the group, and what it is then."""
        body = json.dumps(wanted.as_json()).encode()
        answer = await self._ask("PUT", "/api/batteries", body, GOOD)
        return self._parsed(answer, "/api/batteries", parse_batteries) if answer else await self.batteries()

    async def telegram(self) -> str:
        """The smart meter's last telegram, one character a byte, as it came: not cleaned. Only of a P1."""
        return (await self._ask("GET", "/api/telegram")).decode("latin-1")

    async def identify(self) -> None:
        """Blink its LED for some seconds. A kWh meter has none: raises `NotFound`."""
        await self._ask("PUT", "/api/system/identify", good=GOOD)

    async def switch(self) -> Switch:
        """No device with API v2 has a relay: raises `NotFound` without asking."""
        raise NotFound("API v2 knows no switch: sockets have API v1 alone")

    async def set_switch(self, *, power_on: bool) -> Switch:
        """As `switch`."""
        return await self.switch()

    async def create_user(self, name: str) -> Secret:
        """A new token for the user `name`; an earlier one of the same name is worth nothing from then on.

        Raises `ButtonNotPressed` until someone has pressed the device's button, and for 30 s after that it does not.
        """
        try:
            answer = await self._ask("POST", "/api/user", _named(name))
            return super()._parsed(answer, "/api/user", lambda data, _: parse_token(data))  # it is not to be hidden
        except NotFound as error:
            raise NotFound("This device cannot be paired: update its firmware in the HomeWizard app") from error

    async def users(self) -> tuple[Owner, ...]:
        """All who have a token for it."""
        return await self._read("/api/user", lambda data, _: parse_users(data))

    async def delete_user(self, name: str) -> None:
        """Take a user's token back; one's own, too. Raises `NotFound` if there is no such user."""
        await self._ask("DELETE", "/api/user", _named(name), GOOD)

    async def _ask(self, method: str, path: str, body: bytes | None = None, good: Collection[int] = (200,)) -> bytes:
        if not self._is_usable:
            raise NotPaired
        answer = await super()._ask(method, path, body, good)
        if self._token is None or method == "POST":  # a POST brings a token, which may be the one there is
            return answer
        # One that sends it back does not get it shown.
        return self._token.hidden_in(answer) if self._token.may_be_in(answer) else answer

    def _parsed(self, answer: bytes, path: str, parse: Callable[[object, Sequence[str]], T | None]) -> T:
        if self._token is None or not self._token.may_be_in(answer):
            return super()._parsed(answer, path, parse)
        return super()._parsed(answer, path, lambda data, notes: parse(*self._hidden(data, notes)))

    def _hidden(self, data: object, notes: Sequence[str] = ()) -> tuple[object, tuple[str, ...]]:
        """What a device sent, without the token that it was sent."""
        return self._token.hidden(data, tuple(notes)) if self._token and self._is_usable else (data, tuple(notes))

    def _measurement_in(self, data: object, notes: Sequence[str]) -> Measurement | None:
        if isinstance(data, dict) and not is_reading(data):
            numbers = [v for v in data.values() if isinstance(v, (int, float)) and not isinstance(v, bool)]
            if not (self._new and numbers):
                raise BadAnswer(f"No value that this program knows in /api/measurement: {self._link.advice}")
        return parse_measurement(data, notes)

    def _said(self, data: object) -> str | None:
        if not isinstance(data, dict) or data.get("error") is None:
            return None
        data, _ = self._hidden(data)
        return parse_error(data) or parse_v1_error(data) or ""

    def _meaning(self, status: int, data: object, seen: str) -> DeviceError | None:
        said = self._said(data) or ""
        if said == "user:creation-not-enabled":
            return ButtonNotPressed("Its button was not pressed yet: press it, then it takes this program for 30 s")
        if status == 401 or said == "user:unauthorized":
            return NotPaired()
        if said == "user:not-found":
            return NotFound("The device knows no such user")
        code = _SCOPES.get(said, said)
        if (meaning := _MEANINGS.get(code)) is not None:
            return NotAccepted(meaning) if code.startswith(("user:", "name:")) else BadAnswer(meaning)
        if status == 403:
            words = f', "{said}"' if said else ""
            return BadAnswer(f"{seen}{words}: the device does not allow this")
        return None


def _named(name: str) -> bytes:
    return json.dumps({"name": name}).encode()
