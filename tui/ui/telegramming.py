"""The telegram of one P1 as the screen has it: the last one that was read, and why there is no newer one.

Loaded when a telegram is first looked at.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from statistics import median
from time import monotonic
from zoneinfo import ZoneInfo

from tui.core.model import Device, State
from tui.core.telegram.told import Told, tell
from tui.core.telegram.words import Received
from tui.core.wording import clock
from tui.engine.command import CommandError
from tui.engine.telegrams import RawTelegram, read_telegram
from tui.net.errors import DeviceError
from tui.ui.draw.telegram import Shown
from tui.ui.session import Session

EVERY_S = 10.0
"""How often it is read while someone looks: as often as a meter before DSMR 5 sends one. Polls come first."""
LEAST_S = 1.0
"""A key that is held down asks no more often: no meter sends more than one a second."""
NO_DEVICE = "No P1 meter is selected: b goes back, and t on a P1 shows its telegram."
NONE_IN_REPLAY = "This is a recording: there is no telegram in it."
NOT_ONE = "This is no telegram: no line of it has a code of a meter."
NONE_BEFORE = "The screen is frozen, and no telegram was read before: space goes on."
READING = "Reading the telegram of the smart meter."


@dataclass
class _Last:
    """What is known of the telegram of one device."""

    key: str | None = None
    told: Told | None = None
    received: Received | None = None
    interval_s: float | None = None
    trouble: str = ""
    ended: float | None = None
    """When the last attempt was over (monotonic)."""
    asking: bool = False


class Telegrams:
    """The telegram of one P1. It is asked by this computer's own time, whatever clock the house goes by."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._last = _Last()

    def about(self, key: str | None) -> None:
        """Show the telegram of a device, by its key."""
        if key != self._last.key:
            self._last = _Last(key)

    def due_in_s(self) -> float:
        """Seconds until it is to be read again; 0 if that is now."""
        ended = self._last.ended
        return 0.0 if ended is None else max(0.0, ended + EVERY_S - monotonic())

    @property
    def may_ask(self) -> bool:
        """Whether it may be read now: not while that is under way, not just after, and not behind a frozen screen."""
        if self._last.asking or self._session.frozen is not None or self._session.replay is not None:
            return False
        return self._last.ended is None or monotonic() - self._last.ended >= LEAST_S

    async def read(self) -> None:
        """Read it, if that may be."""
        last = self._last
        key = last.key
        if key is None or not self.may_ask:
            return
        last.asking = True
        try:
            raw = await asyncio.wrap_future(self._session.engine.call(lambda monitor: read_telegram(monitor, key)))
        except (DeviceError, CommandError) as error:
            last.trouble = str(error)
        else:
            self._take(last, raw)
        finally:
            last.asking, last.ended = False, monotonic()

    def _take(self, last: _Last, raw: RawTelegram) -> None:
        zone = ZoneInfo(self._session.profile.zone)
        last.told, last.received, last.trouble = tell(raw.text), Received(raw.at.utc, zone), ""
        observed = self._session.engine.observed(last.key or "", self._session.newest.now)
        steps = observed.telegrams.steps_s if observed else ()
        last.interval_s = median(steps) if steps else None

    @property
    def shown(self) -> Shown:
        """What there is to draw."""
        session, last, device = self._session, self._last, self._device
        model = device.measurement.value.text("meter_model") if device and device.measurement else None
        return Shown(
            device.label if device else "",
            model or "",
            last.told,
            last.received,
            self._trouble,
            None if self._standstill else last.interval_s,
            session.frozen_at,
            old=bool(last.trouble),
        )

    @property
    def _device(self) -> Device | None:
        return self._session.shown.fleet.devices.get(self._last.key or "")

    @property
    def _standstill(self) -> str:
        """What is told of a P1 that repeats its last telegram; empty if none is known to."""
        problem = self._device.problem if self._device else None
        text = problem.text if problem and problem.kind is State.FROZEN else ""
        return text[:1].upper() + text[1:]

    @property
    def _trouble(self) -> str:
        last = self._last
        if self._session.replay is not None:
            return NONE_IN_REPLAY
        if last.key is None:
            return NO_DEVICE
        if last.told is None or last.received is None:
            held = self._session.frozen is not None and not last.asking
            return last.trouble or (NONE_BEFORE if held else READING)
        if not last.trouble:
            return self._standstill if any(line.code for line in last.told.lines) else NOT_ONE
        return f"Read at {clock(last.received.utc, last.received.zone)}. Now: {last.trouble}"
