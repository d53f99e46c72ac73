"""View 2: the wall, for the Pi's console and a look from two metres."""

from __future__ import annotations

from textual.app import ComposeResult

from tui.core.graph.scale import Scale
from tui.ui.draw.devices import sorted_devices
from tui.ui.draw.lines import Lines
from tui.ui.draw.panel import exactly
from tui.ui.draw.wall import wall
from tui.ui.keys import WALL, bindings_of
from tui.ui.screens.view import View
from tui.ui.widgets.devices import no_device_lines
from tui.ui.widgets.part import Part

PAGE_S = 15.0
"""How long a page of tiles is shown."""


class WallPicture(Part):
    """The grid power in big digits, tiles, a graph of the day, and current problems."""

    _scale: Scale | None = None

    def draw(self, width: int, height: int) -> Lines:
        session = self.session
        if not session.shown.fleet.devices:
            return no_device_lines(session, width)
        page = int(session.shown.now.monotonic // PAGE_S)
        trends = session.engine.trends
        picture = wall(
            sorted_devices(session.shown.fleet, session.shown.now),  # the whole house: a filter is for the lists
            session.shown.fleet,
            session.context,
            trends.window,
            width,
            height,
            page,
            self._scale,
            lambda key: max(session.searching_for_s(), session.shown.now.utc - trends.oldest(key, "power_w")),
            session.frozen_at,
        )
        self._scale = picture.scale
        return exactly(picture.rows, width, height)


class WallView(View):
    """Everything at once, and nothing to operate."""

    VIEW = WALL
    BINDINGS = bindings_of(WALL)

    def compose(self) -> ComposeResult:
        yield WallPicture(self.session, id="wall")
