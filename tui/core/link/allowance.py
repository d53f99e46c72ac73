"""How often something may happen that anybody can bring about: some at once, then one now and then. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tui.core.moment import Moment


@dataclass(frozen=True, slots=True)
class Allowance:
    """Full at first with `most`; what is taken comes back one by one, every `every_s` seconds."""

    most: float
    every_s: float
    taken: float = 0.0
    at: float = 0.0
    """When that was so, on the monotonic clock."""

    def take(self, now: Moment) -> Allowance | None:
        """What is left after one more; None if it is empty."""
        passed_s = max(0.0, now.monotonic - self.at)
        taken = max(0.0, self.taken - passed_s / self.every_s) + 1.0
        return replace(self, taken=taken, at=now.monotonic) if taken <= self.most else None
