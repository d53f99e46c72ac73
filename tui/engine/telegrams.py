"""Reads the telegram of a P1 for a person who wants to see it: over the one connection that it is polled by.

Nothing is told to the monitor of what was read. How often a telegram comes follows from reads in a row, which the
poller does (`core.doubt.closelook`): one that came in between from elsewhere would break the row.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from tui.core.link.spoken import NOT_PAIRED
from tui.core.model import State
from tui.core.moment import Now
from tui.core.state import state_of
from tui.engine.command import CommandError
from tui.net.errors import BadAnswer, Unreachable

if TYPE_CHECKING:
    from tui.core.model import Device, Fleet
    from tui.engine.clock import Clock
    from tui.engine.source import Client

TURN_S = 0.5
"""For a poll that is under way: usually it is over in less (own choice)."""
NONE_YET = "No telegram from the smart meter yet: is the cable in on both sides?"


class Reaches(Protocol):
    """The part of the monitor that is needed here."""

    @property
    def fleet(self) -> Fleet: ...

    @property
    def clock(self) -> Clock: ...

    def client_of(self, device: Device) -> Client | None: ...


@dataclass(frozen=True, slots=True)
class RawTelegram:
    """A telegram as it came, one character a byte: not cleaned."""

    text: str
    at: Now
    """When its answer was there."""


def no_p1(device: Device) -> str:
    """Why a device that is no P1, as far as is known, has no telegram."""
    why = "has not answered yet" if device.serial is None else "is no P1 meter"
    return f"{device.label} {why}: only a P1 passes on telegrams"


def _why_not(device: Device, now: Now) -> str:
    if device.problem:
        return device.problem.text
    if state_of(device, now) is State.NOT_PAIRED:
        return NOT_PAIRED
    return "it is not being polled, so its telegram cannot be read"


async def read_telegram(monitor: Reaches, key: str, within_s: float | None = None) -> RawTelegram:
    """The last telegram of the smart meter behind a P1. Raises `CommandError`, `DeviceError`.

    The connection takes one request at a time, so this waits for a poll that is under way; but no longer than
    `within_s` for all of it, else than its own time limit and `TURN_S`.
    """
    device = monitor.fleet.devices.get(key)
    if device is None:
        raise CommandError(f"{key} is not here (any more)")
    if not device.product.is_grid_meter:
        raise CommandError(no_p1(device))
    client = monitor.client_of(device)
    if client is None:
        raise CommandError(f"{device.label}: {_why_not(device, monitor.clock.now())}")
    text = await _in_time(client, client.timeout_s + TURN_S if within_s is None else within_s)
    if not text.strip():
        raise BadAnswer(NONE_YET)
    return RawTelegram(text, monitor.clock.now())


async def _in_time(client: Client, within_s: float) -> str:
    """Its telegram, or how far the request under way came: a P1 that hangs in a poll would hang in this one, too."""
    reading = asyncio.ensure_future(client.telegram())
    try:
        done, _ = await asyncio.wait((reading,), timeout=within_s)
        if not done:
            within_s = round(within_s, 1)
            raise client.stalled(within_s) or Unreachable(
                f"No answer within {within_s:g} s: if it stays so, restart it"
            )
        return reading.result()
    finally:
        reading.cancel()
        await asyncio.wait((reading,))
