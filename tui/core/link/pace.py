"""How often a device pushes, and from when on its silence is no pause. Pure: time is an argument."""

from __future__ import annotations

import statistics
from collections import deque
from dataclasses import dataclass, field

USUAL_S = 1.0
"""A battery, a kWh meter and a P1 behind a DSMR 5 meter push once a second (API notes, 4.6 and 1.9)."""
SELDOM_S = 10.0
"""A P1 behind an older smart meter gets a telegram every 10 s (API notes, 1.9); nothing pushes less often."""
ASK_AFTER_S = 10.0
"""Without a value for this long it is asked for one: sockets that answer pings and push no more are known."""
GIVE_UP_AFTER_S = 10.0
"""After the question."""
_KEPT = 5
"""Distances between pushes that are looked at (own choice): two odd ones change nothing."""
_FEW = 2
"""From so many on their least is taken, so that a seldom value is not called late for a minute."""


@dataclass(slots=True)
class Pace:
    """The pushes on one socket. `moments` are monotonic seconds."""

    start: float
    last: float | None = None
    """When the last value was pushed. One that was asked for is none: a socket that gives only such has broken down."""
    _distances: deque[float] = field(default_factory=lambda: deque(maxlen=_KEPT))

    def came(self, at: float) -> None:
        """A value was pushed."""
        if self.last is not None:
            self._distances.append(at - self.last)
        self.last = at

    @property
    def has_begun(self) -> bool:
        """Whether it pushed at least twice: what was asked for at the start has come by then."""
        return bool(self._distances)

    @property
    def interval_s(self) -> float:
        """From one value to the next, in whole seconds, so that it does not change with each of them."""
        if len(self._distances) < _FEW:
            return USUAL_S
        usual = statistics.median(self._distances) if len(self._distances) == _KEPT else min(self._distances)
        return float(min(max(round(usual), USUAL_S), SELDOM_S))

    @property
    def since(self) -> float:
        """Since when it has been silent."""
        return self.start if self.last is None else self.last

    @property
    def ask_at(self) -> float:
        """The moment from which a value is asked for."""
        return self.since + max(ASK_AFTER_S, 2 * self.interval_s)

    @property
    def give_up_at(self) -> float:
        """The moment from which the socket is one that only seems to work."""
        return self.ask_at + GIVE_UP_AFTER_S
