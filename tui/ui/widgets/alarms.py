"""The band of alarms on top of a view. Loaded by who has some."""

from __future__ import annotations

from tui.ui.draw.alarms import alarm_lines
from tui.ui.draw.lines import Lines
from tui.ui.session import Session
from tui.ui.widgets.part import Part

LOW = 12
"""On a screen with fewer rows it has one."""


class AlarmBand(Part):
    """As high as it needs to be, and absent without an alarm. A frozen screen has it, too."""

    DEFAULT_CSS = "AlarmBand { dock: top; height: 1; display: none; }"

    def __init__(self, session: Session) -> None:
        super().__init__(session, id="alarms")
        self._rows = 0

    def redraw(self) -> None:
        """Draw again, at a new height if that has changed."""
        width, height = self.screen.size
        rows = len(self.draw(width, 1 if height < LOW else 2)) if width else 0
        if rows != self._rows:
            self._rows = rows
            self.display = bool(rows)
            self.styles.height = max(1, rows)
        super().redraw()

    def draw(self, width: int, height: int) -> Lines:
        session = self.session
        alarms = session.alarms
        return alarm_lines(alarms, session.context, session.newest.now, width, height) if alarms else []
