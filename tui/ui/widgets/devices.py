"""The device list and the parts beside it: the live panel, and what needs attention."""

from __future__ import annotations

from collections.abc import Sequence

from textual import on
from textual.events import Click, Resize
from textual.geometry import Size
from textual.message import Message

from tui.core.graph.bucket import Bucket
from tui.core.graph.chart import GUTTER_CELLS
from tui.core.graph.scale import Scale
from tui.core.graph.timeaxis import aligned_window
from tui.core.model import Device
from tui.net.interfaces import scanned_part
from tui.ui.draw.attention import SEARCH_S, attention_lines, nothing_found, nothing_yet
from tui.ui.draw.devices import NO_MATCH, column_starts, device_row, header, unmeasured_rows
from tui.ui.draw.graph import SPAN_S, graph_lines, main_quantity
from tui.ui.draw.lines import BLANK, Lines, wrapped
from tui.ui.draw.panel import exactly, panel, scrolled
from tui.ui.session import Session
from tui.ui.widgets.part import Part

MOST_ATTENTION = 20
"""The most rows of sentences: somewhat more than can be read at a glance."""
_ON_A_PHONE = 5
"""Rows for the first sentence on 40 columns, and the count of the others."""


class Picked(Message):
    """A device was clicked; `opened` by a second click."""

    def __init__(self, key: str, opened: bool) -> None:
        super().__init__()
        self.key = key
        self.opened = opened


class DeviceList(Part):
    """Every device, the selected one marked; scrolls if they do not fit."""

    class Resized(Message):
        """The width of the list changed, and with it the division of the rules above and below."""

    def __init__(self, session: Session, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(session, id=id)
        self._first = 0
        self._keys: list[str] = []

    @on(Resize)
    def _tell_the_view(self) -> None:
        self.post_message(self.Resized())

    def cuts(self, width: int) -> Sequence[int]:
        """A slice begins after the name, which does not change with the power."""
        return column_starts(width, trends=self._trends)

    def draw(self, width: int, height: int) -> Lines:
        session, context = self.session, self.session.context
        devices = session.devices()
        rest = unmeasured_rows(session.shown.fleet, context, width, trends=self._trends)
        if len(devices) + len(rest) + 1 > height:
            rest = rest[1:] if len(devices) + len(rest) <= height else []
        room = max(1, height - 1 - len(rest))
        keys = [device.key for device in devices]
        at = keys.index(session.selected) if session.selected in keys else 0
        self._first = max(0, min(max(at - room + 1, min(self._first, at)), len(devices) - room))
        shown = devices[self._first : self._first + room]
        self._keys = [device.key for device in shown]
        trend = self._trend if self._trends else None
        rows = [device_row(device, context, width, trend, selected=device.key == session.selected) for device in shown]
        if not devices and session.wanted:
            rows = wrapped(NO_MATCH, width - 2, "label", "  ")
        ruled = not self.screen.has_class("-low")  # the rule above the list shows the filter
        names = "name" if ruled or not session.wanted else f'with "{session.wanted}"'
        return [header(context, width, len(devices) - len(shown), trends=self._trends, names=names), *rows, *rest]

    @property
    def _trends(self) -> bool:
        """Only on wide screens: on others the names, or the panel, need the cells more."""
        return self.screen.has_class("-wide") or self.screen.has_class("-huge")

    @property
    def wanted(self) -> int:
        """The rows needed for its head and every device."""
        return 1 + len(self.session.devices())

    def _trend(self, device: Device, columns: int) -> Sequence[Bucket | None]:
        quantity = main_quantity(device)
        step = SPAN_S // columns
        start, end = aligned_window(self.session.shown.now.utc, step, columns)
        if quantity is None:
            return ()
        return self.session.engine.trends.window(device.key, quantity, start, end, columns)

    def on_click(self, event: Click) -> None:
        """Select; a click on the selected one opens it."""
        if 0 <= event.y - 1 < len(self._keys):
            key = self._keys[event.y - 1]
            self.post_message(Picked(key, key == self.session.selected))


def no_device_lines(session: Session, width: int, height: int | None = None) -> Lines:
    """What to do while there is no device to show; a short version if that does not fit in `height` rows.

    Nothing while a filter hides them all: the list says so.
    """
    if session.wanted and session.shown.fleet.devices:
        return [BLANK]
    networks = session.networks() if session.started else ()  # the first call takes 5 ms: not in the first frame
    near = [f"{network.name} {network.address}" for network in networks[:2]] or list(session.settings.interfaces)
    part = scanned_part(networks[0]) if networks and not session.settings.kiosk else None
    scan = f"{part} ({part.num_addresses - 2})" if part else None
    late, kiosk = session.searching_for_s() >= SEARCH_S, session.settings.kiosk
    searching = near if session.settings.mdns else None
    help_rows = nothing_found(searching, session.context, width, scan=scan, late=late, kiosk=kiosk)
    notes = [row for note in session.shown.fleet.notes for row in wrapped(note.text, width - 2, "warn", " ")]
    rows = [*help_rows, *([BLANK, *notes] if notes else [])]
    return rows if height is None or len(rows) <= height else nothing_yet(kiosk=kiosk)


class LivePanel(Part):
    """What the selected device measures, and its graph; help while there is no device."""

    def __init__(self, session: Session, *, scrolls: bool = False) -> None:
        super().__init__(session, id="panel")
        self._scrolls = scrolls
        self._scale: Scale | None = None
        self._scale_of: str | None = None
        self.offset_rows = 0
        self.complete = True
        """Whether everything that the device sends is visible."""

    def draw(self, width: int, height: int) -> Lines:
        session, context = self.session, self.session.context
        device = session.device
        if device is None:
            few = self.screen.has_class("-low")
            return no_device_lines(session, width, height if few else None)
        if device.key != self._scale_of:
            self._scale, self._scale_of, self.offset_rows = None, device.key, 0
        if self.offset_rows:
            rows, self.offset_rows = scrolled(device, context, width, height, self.offset_rows)
            if self.offset_rows:
                return exactly(rows, width, height)
        window = session.engine.trends.window
        if self._graph_only:
            rows, self._scale = graph_lines(device, context, window, width, height, self._scale)
        else:
            airy = not self._scrolls
            rows, self._scale, self.complete = panel(device, context, window, width, height, self._scale, airy=airy)
        return exactly(rows, width, height)

    def cuts(self, width: int) -> Sequence[int]:
        """Labels and the axis do not change, and of a graph mostly only the last column does."""
        return (GUTTER_CELLS, width - 1)

    @property
    def _graph_only(self) -> bool:
        """On a phone the list comes first, and there is only room for the graph besides."""
        return not self._scrolls and self.screen.has_class("-phone")

    def scroll_rows(self, by: int) -> None:
        """Scroll through what does not fit."""
        self.offset_rows = max(0, self.offset_rows + by)
        self.redraw()

    def scroll_page(self, by: int) -> None:
        """Scroll by a page less one row; from the panel itself by one row, since it may leave out rows anywhere."""
        page = max(1, self.size.height - 1)
        self.scroll_rows(by * page if self.offset_rows else by)


class Attention(Part):
    """Problems and notes as sentences; as high as needed, within the limits of the style sheet."""

    def __init__(self, session: Session) -> None:
        super().__init__(session, id="attention")
        self.wanted = 0
        """The rows needed for everything."""

    @property
    def _most(self) -> int:
        return _ON_A_PHONE if self.screen.has_class("-phone") else MOST_ATTENTION

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """The rows needed, for a height of `auto`."""
        return len(self.draw(width, self._most))

    def redraw(self) -> None:
        """Draw again, at a new height if there is more or less to show."""
        wanted = len(self.draw(self.size.width, self._most)) if self.size.width else 0
        if wanted != self.wanted:
            self.wanted = wanted
            self.refresh(layout=True)
        super().redraw()

    def draw(self, width: int, height: int) -> Lines:
        session = self.session
        shown = session.shown
        return attention_lines(session.devices(), shown.fleet, session.context, width, height)
