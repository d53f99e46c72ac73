"""The view behind a dialog is seen, too, so it must not go on saying what is no longer so."""

from __future__ import annotations

from collections.abc import Hashable

from tui.core.moment import Now
from tui.core.state import state_of
from tui.engine.mailbox import Snapshot

FIGURES_EVERY_S = 10.0
"""Behind a dialog each row that changes is sent whole, and tinted: 8 kB for a picture of 80x24, ten times what the view
sends in front (measured on Textual 8.2.8). So figures that move follow now and then only."""


class Behind:
    """Says when a view behind a dialog has to be drawn again."""

    def __init__(self) -> None:
        self._facts: Hashable = None
        self._at: Now | None = None

    def is_due(self, snapshot: Snapshot) -> bool:
        """Whether something else than a figure has changed, or the figures are old."""
        now = snapshot.now
        facts = tuple(
            (one.key, one.label, one.role, one.paired, state_of(one, now)) for one in snapshot.fleet.devices.values()
        )
        if facts == self._facts and self._at is not None and now.age_of(self._at) < FIGURES_EVERY_S:
            return False
        self._facts, self._at = facts, now
        return True
