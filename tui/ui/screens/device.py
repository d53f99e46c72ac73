"""View 3: one device on the whole screen."""

from __future__ import annotations

from textual.app import ComposeResult

from tui.ui.draw.frame import TITLE_FRAME
from tui.ui.draw.lines import cells_of, fit
from tui.ui.draw.panel import title
from tui.ui.keys import DEVICE, bindings_of
from tui.ui.screens.view import View
from tui.ui.widgets.chrome import HouseLine, Keys, Rule
from tui.ui.widgets.devices import LivePanel

MORE = "  (j k: more)"


class DeviceView(View):
    """Everything the selected device sends; scrolls if that does not fit."""

    VIEW = DEVICE
    BINDINGS = bindings_of(DEVICE)

    def compose(self) -> ComposeResult:
        yield HouseLine(self.session)
        yield Rule(self.session, top=True, titles=self._titles)
        yield LivePanel(self.session, scrolls=True)
        yield Keys(self.session, DEVICE)

    def _titles(self) -> tuple[int | None, tuple[str, ...]]:
        device = self.session.device
        if device is None:
            return None, ("no device",)
        panel = self.query_one(LivePanel)
        more = "" if panel.complete and not panel.offset_rows else MORE
        room = self.size.width - TITLE_FRAME - len(more)
        words = title(device, room, full=True)
        return None, ((words if cells_of(words) <= room else fit(words, room, self.session.glyphs)) + more,)

    def action_move(self, by: int) -> None:
        """Scroll."""
        self.query_one(LivePanel).scroll_rows(by)

    def action_page(self, by: int) -> None:
        """Scroll by a page."""
        self.query_one(LivePanel).scroll_page(by)

    def action_next(self, by: int) -> None:
        """Go to the previous or next device of the list."""
        self.session.move(by)
        self.show()
