"""What the app does about alarms: the bell, and the band where the picture stands still."""

from __future__ import annotations

from textual.app import App

from tui.core.moment import Now
from tui.ui.session import Session


class AlarmedApp(App[None]):
    """Does nothing for who has no alarms."""

    session: Session
    _newest_alarm: Now | None = None

    def on_snapshot_ready(self) -> None:
        """After the app has taken the snapshot (Textual calls the handler of each class): ring once for what is new.

        Also behind a dialog, and on a frozen screen.
        """
        if not self.session.settings.alarms:
            return
        before = self._newest_alarm
        new = [
            alarm
            for alarm in self.session.newest.fleet.alarms
            if before is None or alarm.at.monotonic > before.monotonic
        ]
        if new:
            self._newest_alarm = max((alarm.at for alarm in new), key=lambda at: at.monotonic)
            if any(alarm.rule.bell for alarm in new):
                self.bell()
        if self.session.frozen is not None:
            from tui.ui.widgets.alarms import AlarmBand

            for band in self.screen.query(AlarmBand):
                band.redraw()
