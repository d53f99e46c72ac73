"""The one door to windows of time: from memory, from the history on disk, or from both."""

from __future__ import annotations

from tui.core.bucket import Bucket
from tui.engine.keeper import Kept
from tui.engine.trends import Trends


class Windows:
    """Answers like `Trends.window`, and reaches as far back as anything is kept."""

    def __init__(self, trends: Trends, kept: Kept) -> None:
        self._trends = trends
        self._kept = kept

    def waits(self, start: float, now_utc: float) -> bool:
        """Whether a window from `start` on needs the disk: then it is asked for in a thread of its own."""
        return False

    def window(self, place: str, quantity: str, start: float, end: float, columns: int) -> tuple[Bucket | None, ...]:
        """[start, end) in `columns` equal spans: for each one bucket of its samples, or None for a gap."""
        return self._trends.window(place, quantity, start, end, columns)
