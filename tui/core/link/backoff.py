"""How long to wait before the next poll, given how the last ones went. Pure: randomness and time are arguments.

A device that is silent or sends garbage is polled less and less often. One whose Local API is off has to wait for its
user, and is polled at a slow, fixed rate. One that resets connections has other clients (its server holds about seven
sockets, API notes 1.9) and is polled less often. One good answer resets everything.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from tui.core.answers import CROWDED_INTERVAL_S
from tui.core.model import State
from tui.core.moment import Now

CEILING_S = 60.0
"""The longest wait between two polls of a silent device."""
API_OFF_S = 15.0
"""While the user looks for the setting in the app: short enough to notice it soon, long enough to be no load."""
CROWDED_TRIES = 12
"""After a minute of refusals without one answer the cause is not another program: the device is gone."""
CALM_S = 60.0
"""A crowded device gets its usual interval back after this long without a reset."""
JITTER = 0.2
"""The random part of a wait, so that devices are not polled in lockstep after a power cut."""


@dataclass(frozen=True, slots=True)
class Backoff:
    """The outcome of the last polls of one device."""

    failures: int = 0
    """In a row."""
    kind: State = State.UNKNOWN
    """Of the last failure."""
    has_answered: bool = False
    reset_at: Now | None = None
    """When a device that had answered before last reset or refused a connection."""

    @property
    def crowded(self) -> bool:
        """The last failure was a reset or refusal by a device that had answered: another program polls it."""
        return 0 < self.failures <= CROWDED_TRIES and self.kind is State.REFUSED and self.has_answered

    def after_answer(self) -> Backoff:
        """A poll was answered."""
        return self if self.has_answered and not self.failures else replace(self, failures=0, has_answered=True)

    def after_failure(self, kind: State, now: Now) -> Backoff:
        """A poll failed; `kind` is the state that puts the device in."""
        reset = kind is State.REFUSED and self.has_answered
        return replace(self, failures=self.failures + 1, kind=kind, reset_at=now if reset else self.reset_at)

    def interval_s(self, usual_s: float, now: Now) -> float:
        """Seconds between two polls while the device answers."""
        if self.reset_at is not None and now.age_of(self.reset_at) < CALM_S:
            return max(usual_s, CROWDED_INTERVAL_S)
        return usual_s

    def retry_s(self, usual_s: float, now: Now, luck: float) -> float:
        """Seconds until the next try after a failure, at least the usual interval; `luck` is random, in 0..1."""
        interval = self.interval_s(usual_s, now)
        if self.crowded:
            return interval
        if self.kind is State.API_DISABLED:
            return max(interval, API_OFF_S)
        doubled = interval * 2.0 ** min(self.failures - 1, 10)
        return max(interval, min(doubled, CEILING_S) * (1.0 - JITTER * luck))
