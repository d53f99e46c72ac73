"""View 1: the device list beside the live panel of the selected device."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.geometry import Region
from textual.strip import Strip

from tui.core.state import is_fresh
from tui.ui.draw.graph import LEAST_HEIGHT
from tui.ui.draw.panel import title
from tui.ui.keys import OVERVIEW, bindings_of
from tui.ui.screens.view import View
from tui.ui.session import Session
from tui.ui.widgets.chrome import HouseLine, Keys, Rule
from tui.ui.widgets.devices import Attention, DeviceList, LivePanel

LIST_SHARE = 0.65
"""The share of a phone's rows for list and sentences, as in the style sheet."""


class Body(Horizontal):
    """Holds list and panel and draws nothing itself, which saves drawing rows that are covered."""

    BLANK = True

    def render_lines(self, crop: Region) -> list[Strip]:
        """Not even blanks: what nothing covers is the screen's."""
        return []


class Overview(View):
    """The house at a glance."""

    VIEW = OVERVIEW
    BINDINGS = bindings_of(OVERVIEW)

    _rows: int | None = None

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._list, self._attention = DeviceList(session, id="list"), Attention(session)
        self._left = Vertical(self._list, self._attention, id="left")
        self._body = Body(self._left, LivePanel(session), id="body")

    def compose(self) -> ComposeResult:
        session = self.session
        yield HouseLine(session)
        yield Rule(session, top=True, titles=self._titles)
        yield self._body
        yield Rule(session, top=False, titles=lambda: (self._split(), ()))
        yield Keys(session, OVERVIEW)

    def show(self) -> None:
        """Draw; without a device, the help gets the whole width."""
        self.set_class(not self.session.shown.fleet.devices, "-empty")
        super().show()
        self._share_rows()

    def _share_rows(self) -> None:
        """On a phone, sentences take their rows from the graph, which is hidden if too few are left for it."""
        rows, body = None, self._body.size.height
        sentences = self._attention.wanted
        if sentences and self.has_class("-phone") and not self.has_class("-low"):
            wanted = self._list.wanted + sentences
            if wanted > int(body * LIST_SHARE):
                rows = wanted if body - wanted >= LEAST_HEIGHT else body
        if rows != self._rows:
            self._rows = rows
            self._left.styles.height = rows  # None: as in the style sheet

    @on(DeviceList.Resized)
    def _list_resized(self) -> None:
        for rule in self.query(Rule):
            rule.redraw()
        self._share_rows()

    def _split(self) -> int | None:
        """The cell that divides the two boxes; None on a phone, which has one."""
        if self.has_class("-phone") or self.has_class("-empty"):
            return None
        return self._left.outer_size.width

    def _titles(self) -> tuple[int | None, tuple[str, ...]]:
        session = self.session
        devices = [device for device in session.shown.fleet.devices.values() if not device.remembered]
        live = sum(is_fresh(device, session.shown.now) for device in devices)
        count = f"Devices  {live} of {len(devices)} live" if devices else "Devices"
        count = session.titled("Devices") if session.wanted else count
        return self._split(), (count, title(session.device) if session.device else "")
