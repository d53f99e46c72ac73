"""What can go wrong with a request to a device, split by who must act. Each text says what to do next.

The texts appear in a column of 30 cells and in JSON, so they are short. Whatever a device said is cleaned and cut
before it becomes part of one.
"""

# ruff: noqa: N818  the names say what happened; that they are errors is where they are raised

from __future__ import annotations

from typing import ClassVar

from tui.core.model import State

HOW_TO_TURN_ON = "HomeWizard app, Settings > Meters > your meter > Local API"
"""Where the switch is: API documentation, getting started."""
LOCAL_API_OFF = f"Local API is off: {HOW_TO_TURN_ON}"


NOT_PAIRED = "not paired: press p, or run hwtui pair"


class DeviceError(Exception):
    """A request that was not answered as it should be. `str()` of it is for people."""

    kind: ClassVar[State]
    """The state it puts the device in."""


class Unreachable(DeviceError):
    """The network or the power: no route, no answer in time."""

    kind = State.SILENT


class NoAddress(Unreachable):
    """The user who gave this name, or the name server."""

    def __init__(self, text: str = "The name does not resolve: use the address the app shows under the meter") -> None:
        super().__init__(text)


class Refused(DeviceError):
    """The device, or another program that occupies it: the connection was refused, reset or dropped unanswered."""

    kind = State.REFUSED


class ApiDisabled(DeviceError):
    """The owner, who has to turn the local API on in the app: the answer named it as the reason (error id 202)."""

    kind = State.API_DISABLED

    def __init__(self, text: str = LOCAL_API_OFF) -> None:
        super().__init__(text)


class NotPaired(DeviceError):
    """The user, who has to pair: API v2 answered that it knows no such token, or was sent none (status 401)."""

    kind = State.NOT_PAIRED

    def __init__(self, text: str = NOT_PAIRED) -> None:
        super().__init__(text)


class Unauthorized(DeviceError):
    """Nobody yet: the upgrade to a WebSocket, in which no token is sent, was answered with status 401. What the token
    is worth, only an answer to it can tell."""

    kind = State.BAD_ANSWER


class ButtonNotPressed(DeviceError):
    """The user, who has to press the device's button (error `user:creation-not-enabled`)."""

    kind = State.NOT_PAIRED


class WrongCertificate(DeviceError):
    """Nobody may be trusted here: another authority, another device, expired, or this computer's clock is wrong."""

    kind = State.BAD_ANSWER


class NotFound(DeviceError):
    """The caller: this product has no such endpoint, or, for `/api`, this is no HomeWizard device."""

    kind = State.BAD_ANSWER


class BadAnswer(DeviceError):
    """The vendor, or the user who gave this address: the answer is not that of API v1."""

    kind = State.BAD_ANSWER


class NotHttp(BadAnswer):
    """Whoever gave this address, or the vendor: what answers there does not speak HTTP."""


class NotAccepted(BadAnswer):
    """The user: the device makes no user of this name (errors `user:no-storage`, `user:name-invalid` and the like)."""


class Flooded(BadAnswer):
    """The vendor, or whoever has this address: it sends more messages than any device does."""
