"""The alarms while the program runs: events in, what was raised and what is over out. Nothing here waits.

Who shows alarms or hands them on calls `heard` from its listener of the monitor, and `look` where no event may come for
a while.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from tui.core.alarms.judging import NOTHING, Beside, Facts
from tui.core.alarms.rules import Rule
from tui.core.alarms.state import GROUP_S, Alarm, AlarmState, Cleared, step
from tui.core.events import Event, Measured
from tui.core.model import Fleet, key_of
from tui.core.moment import Now

LOOK_EVERY_S = 1.0
"""How often all devices are looked at: what no value tells (silence, a price) need not be known sooner (own choice)."""


class News(NamedTuple):
    """What has changed. `raised` holds more than one where alarms came together, as after a start."""

    raised: tuple[Alarm, ...] = ()
    cleared: tuple[Cleared, ...] = ()


class Alarms:
    """Keeps the state of all rules."""

    def __init__(
        self, rules: Sequence[Rule], started: Now, beside: Beside = NOTHING, *, group_s: float = GROUP_S
    ) -> None:
        """`started` is now; those that hold from then on wait `group_s` for each other."""
        self._rules = tuple(rules)
        self._beside = beside
        self._state = AlarmState(started, group_s=group_s)
        self._looked: Now | None = None
        self.raised: tuple[Alarm, ...] = ()
        """Those that are raised now, in the order of devices. Safe to read from any thread."""

    def heard(self, event: Event, fleet: Fleet, now: Now) -> News:
        """What an event changes; the device that measured is looked at, and all of them once a second."""
        news = News()
        if isinstance(event, Measured):
            news = self._step(fleet, now, key_of(event.serial))
        if self._looked is None or now.age_of(self._looked) >= LOOK_EVERY_S:
            more = self.look(fleet, now)
            news = News(news.raised + more.raised, news.cleared + more.cleared)
        return news

    def look(self, fleet: Fleet, now: Now) -> News:
        """What a look at all devices changes."""
        self._looked = now
        return self._step(fleet, now, None)

    @property
    def knows(self) -> bool:
        """Whether anything was known of any rule so far."""
        return bool(self._state.tracks)

    def _step(self, fleet: Fleet, now: Now, only: str | None) -> News:
        stepped = step(self._state, self._rules, Facts(fleet, now, self._beside), only=only)
        self._state = stepped.state
        if stepped.raised or stepped.cleared:
            self.raised = tuple(self._state.raised())
        return News(stepped.raised, stepped.cleared)
