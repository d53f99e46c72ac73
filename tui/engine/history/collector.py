"""Listens to what is measured and hands over each minute once it is over. In the engine's thread; never waits.

Minutes are those of this computer's clock, in UTC. A clock that is set ends the minute under way as it is, and what
this run wrote by the wrong time is erased: after a jump back all that lies in the future now, and soon after the start
all of it, since a computer without a clock of its own begins with a wrong one.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from tui.core.events import ClockStood, Event, Measured
from tui.core.model import Device, Fleet, key_of
from tui.core.moment import Moment, Now
from tui.core.past.history import MINUTE
from tui.core.past.minutes import Counted, MeterName, Minutes
from tui.engine.clockjump import ClockJumps
from tui.engine.history.orders import Erase, Minute, Order

UNSET_S = 600.0
"""A clock that jumps so soon after the start was wrong from the start: NTP takes a minute or two (own choice)."""
MOST_STRETCHES = 64
"""Of time that this run wrote without a jump: a clock that jumps more often is not put right by erasing."""


class Collector:
    """`hand_over` must not wait. `now` is always that of the engine's clock."""

    def __init__(self, counted: Counted, hand_over: Callable[[Order], None], now: Now) -> None:
        self._counted = counted
        self._hand_over = hand_over
        self._began = now
        self._jumps = ClockJumps()
        self._jumps.since_last(now)
        self._minutes = Minutes(_minute_of(now.utc))
        self._stretches: list[tuple[int, int]] = []
        """The first and the last minute that were handed over before each jump, and since the last one."""
        self._new_stretch = True
        self._meters: dict[str, tuple[str, str]] = {}
        """Of each device: the id of its own meter in use, and the one that was sent last."""
        self._frozen: dict[str, Moment] = {}

    def pass_time(self, now: Now) -> None:
        """Call it before the ledger hears an event, and once a minute: what it knows then is the end of the minute."""
        jump_s = self._jumps.since_last(now)
        minute = _minute_of(now.utc)
        if jump_s:
            self.turn(minute)
            self._minutes.clock_was_set()
            self._mend(jump_s, minute, now)
        elif minute != self._minutes.start:
            self.turn(minute)

    def heard(self, event: Event, fleet: Fleet, now: Now) -> None:
        """Take in an event, after `pass_time`."""
        if not isinstance(event, (Measured, ClockStood)):
            return
        device = fleet.devices.get(key_of(event.serial))
        if device is None:
            return
        if isinstance(event, ClockStood):
            self._forget_repeated(device, now)
        elif device.frozen is None:
            name: MeterName = (device.key, "", self._meter(device.key, event), "")
            self._minutes.add(name, event.measurement.values, now.utc_of(event.at))

    def turn(self, minute: int) -> None:
        """End the minute under way; `minute` is the start of the next one."""
        start = self._minutes.start
        rows = self._minutes.turn(minute, self._counted)
        if not rows:
            return
        self._hand_over(Minute(start, rows))
        if self._new_stretch:
            self._stretches.append((start, start))
            self._new_stretch = False
            del self._stretches[:-MOST_STRETCHES]
        self._stretches[-1] = (self._stretches[-1][0], start)

    def close(self, now: Now) -> None:
        """The minute under way is the last one."""
        self.pass_time(now)
        self.turn(self._minutes.start)

    def _mend(self, jump_s: float, minute: int, now: Now) -> None:
        self._new_stretch = True
        unset = now.age_of(self._began) < UNSET_S
        if not unset and jump_s > 0:
            return
        for first, last in self._stretches:
            start = first if unset else max(first, minute)
            if start <= last:
                self._hand_over(Erase(start, last + MINUTE.span_s))
        self._stretches = [] if unset else [(first, last) for first, last in self._stretches if first < minute]

    def _meter(self, device: str, event: Measured) -> str:
        """The id of the device's own meter. Another one counts from the second answer on, and none changes nothing."""
        told = event.measurement.text("unique_id") or ""
        used, before = self._meters.get(device, (told, told))
        if told and told == before:
            used = told
        self._meters[device] = used, told
        return used

    def _forget_repeated(self, device: Device, now: Now) -> None:
        """A frozen P1 repeated itself for a while before that was certain."""
        if device.frozen is None or self._frozen.get(device.key) == device.frozen:
            return
        self._frozen[device.key] = device.frozen
        start = math.ceil((now.utc_of(device.frozen) + 1) / MINUTE.span_s) * MINUTE.span_s
        if start <= self._minutes.start:
            self._minutes.drop(device.key)
            self._hand_over(Erase(start, self._minutes.start, device.key))


def _minute_of(utc: float) -> int:
    return int(utc // MINUTE.span_s) * MINUTE.span_s
