"""The lines of a recording as the events that a live house would have sent, and their order in time. Pure."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from statistics import median_low

from tui.core.events import (
    BatteriesRead,
    ClockStood,
    Configured,
    Event,
    Failed,
    Identified,
    Measured,
    Paired,
    Seen,
    Spoke,
    SwitchRead,
)
from tui.core.model import DeviceSetting, Endpoint, Role, Spoken, State, key_of
from tui.core.moment import Now
from tui.core.options import LEAST_INTERVAL_S, LONGEST_S
from tui.core.past.replay import Recorded
from tui.core.reading import Identity
from tui.core.state import SILENT_AFTER_S, STALE_INTERVALS

SLACK_S = 5.0
"""Lines may be this far out of order: devices answer side by side (own choice)."""
FAR_S = 86400.0
"""A line that is further ahead than this is believed when the next one confirms it (own choice)."""
MOST_HELD = 4096
"""So many lines are held at most until they are in order: more than 250 devices send in `SLACK_S`."""
SILENT_TEXT = "the recording has nothing of it after that"
EARLIER = "it is earlier than lines before it"
FAR = "its time is far from that of its neighbours"


class InOrder:
    """Sorts lines that are a few seconds out of order; what is earlier than that is told and left out.

    To begin anew at every step back would drop the graphs each time, and twice in a file in which two devices were put
    one after the other. `sort` puts the lines of a recording in order, whose time comes first.
    """

    def __init__(self, complain: Callable[[int, str], None]) -> None:
        """`complain` gets the number of a line and what is wrong with it."""
        self._complain = complain
        self._held: list[tuple[float, int, Recorded]] = []
        self._newest: float | None = None
        self._passed = 0.0
        self._suspect: tuple[float, int, Recorded] | None = None

    def add(self, number: int, one: Recorded) -> Iterator[Recorded]:
        """One more line; those whose turn it is."""
        line, suspect = (one.utc, number, one), self._suspect
        if self._newest is None or one.utc > self._newest + FAR_S:
            self._suspect = line
            if suspect is None:
                return
            if abs(one.utc - suspect[0]) > FAR_S:
                self._complain(suspect[1], FAR)
                return
            self._suspect = None
            yield from self._take(suspect)
        elif suspect is not None:
            self._suspect = None
            self._complain(suspect[1], FAR)
        yield from self._take(line)

    def rest(self) -> Iterator[Recorded]:
        """Those that are left at the end."""
        if self._suspect is not None:
            yield from self._take(self._suspect)
        yield from (one for _, _, one in sorted(self._held))
        self._held.clear()

    def _take(self, line: tuple[float, int, Recorded]) -> Iterator[Recorded]:
        if line[0] < self._passed:
            self._complain(line[1], EARLIER)
            return
        heapq.heappush(self._held, line)
        self._newest = newest = max(line[0], self._newest or 0.0)
        while self._held and (self._held[0][0] <= newest - SLACK_S or len(self._held) > MOST_HELD):
            self._passed, _, one = heapq.heappop(self._held)
            yield one


@dataclass(slots=True)
class _Known:
    """What was told of a device so far."""

    words: DeviceSetting | None = None
    identity: tuple[Identity, Endpoint] | None = None
    spoken: Spoken | None = None
    frozen: bool = False
    last: float | None = None
    interval_s: float = 1.0
    gaps: deque[float] = field(default_factory=lambda: deque(maxlen=9))


class Player:
    """Turns lines into events, so that the fleet looks as it did.

    `own` are the settings of whoever looks: what they say of a device beats what the recording says of it.
    """

    def __init__(self, own: Mapping[str, DeviceSetting]) -> None:
        self._own = own
        self._known: dict[str, _Known] = {}

    def events(self, one: Recorded, at: Now) -> Iterator[Event]:
        """The events of one line, at its moment."""
        key = key_of(one.identity.serial)
        known = self._known.setdefault(key, _Known())
        if known.words != one.words:
            known.words = one.words
            yield Configured(key, _both(self._own.get(key), one.words))
        if known.identity != (one.identity, one.endpoint):
            known.identity = one.identity, one.endpoint
            if one.endpoint.api == "v2":  # which says nothing of API v1 by itself
                yield Seen(one.endpoint, one.identity.serial, at, api_enabled=one.api_enabled)
            yield Identified(one.endpoint, one.identity, at)
            if one.endpoint.api == "v2":
                yield Paired(key, at)  # it was, where it was read
        if one.spoken is not None and known.spoken != one.spoken:
            known.spoken = one.spoken
            yield Spoke(key, one.spoken, at)
        if known.frozen and not one.frozen:
            yield ClockStood(key, False, at)
        interval_s = self._interval_s(known, one.utc)
        yield Measured(key, one.measurement, one.system, at, None, interval_s, inverted=one.words.inverted)
        if one.frozen:
            yield ClockStood(key, True, at)
        known.frozen = one.frozen
        if one.switch is not None:
            yield SwitchRead(key, one.switch, at)
        if one.batteries is not None:
            yield BatteriesRead(key, one.batteries, at)

    def silent(self, at: Now) -> Iterator[Event]:
        """Whoever has fallen silent by the end, `at`, did not answer: only answers are recorded."""
        owners: dict[Endpoint, _Known] = {}
        for known in sorted(self._known.values(), key=lambda known: known.last or 0.0):
            if known.identity is not None:
                owners[known.identity[1]] = known  # of two houses one after the other an address may be in both
        for endpoint, known in owners.items():
            age_s = at.utc - (known.last or 0.0)
            if age_s > max(SILENT_AFTER_S, STALE_INTERVALS * known.interval_s):
                yield Failed(endpoint, State.SILENT, SILENT_TEXT, at)

    @staticmethod
    def _interval_s(known: _Known, utc: float) -> float:
        """How often the device was read: the recording does not say, so the usual time between its last lines."""
        if known.last is not None and utc > known.last:
            known.gaps.append(utc - known.last)
        known.last = utc
        usual = round(median_low(known.gaps), 1) if known.gaps else 1.0
        known.interval_s = min(LONGEST_S, max(LEAST_INTERVAL_S, usual))
        return known.interval_s


def _both(own: DeviceSetting | None, recorded: DeviceSetting) -> DeviceSetting:
    """The recording's words, but for those that the user has for it."""
    if own is None:
        return recorded
    role: Role | None = recorded.role if own.role is None else own.role
    return replace(
        recorded,
        name=own.name or recorded.name,
        role=role,
        behind=own.behind or recorded.behind,
        inverted=own.inverted or recorded.inverted,
        capacity_kwh=own.capacity_kwh,
    )
