"""View 3: the graph of one device, through which one walks."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.message import Message

from tui.ui.keys import GRAPH, bindings_of
from tui.ui.looking import RowsPage
from tui.ui.screens.view import View
from tui.ui.session import Session
from tui.ui.walking import Walking
from tui.ui.widgets.chrome import Rule
from tui.ui.widgets.graph import ColumnPicked, GraphFacts, GraphKeys, GraphTitle, WalkGraph

PAGE, MOST_ROWS = 10, 1000
"""Rows by which a page of text is scrolled: as far as tables are, and to its beginning."""


class Found(Message):
    """Another thread has found what was asked."""


class GraphView(View):
    """The selected device on the whole screen, over spans from five minutes to a year."""

    VIEW = GRAPH
    BINDINGS = bindings_of(GRAPH)

    def __init__(self, session: Session, more: tuple[RowsPage, ...] = ()) -> None:
        super().__init__(session)
        self.walking = Walking(session, lambda: self.post_message(Found()))
        self.walking.more += more
        self.came_from: str | None = None
        """The view to go back to."""

    def compose(self) -> ComposeResult:
        yield GraphTitle(self.session, self.walking, id="title")
        yield Rule(self.session, top=True)
        yield GraphFacts(self.session, self.walking, id="facts")
        yield WalkGraph(self.session, self.walking)
        yield Rule(self.session, top=False)
        yield GraphKeys(self.session, GRAPH, self.walking)

    def show(self) -> None:
        """Ask for what is not there, and draw what is."""
        if width := self.query_one(WalkGraph).size.width:
            self.walking.look(width)
        self.query_one(GraphFacts).display = not self.walking.is_text
        super().show()

    def _scrolls(self, by: int) -> bool:
        """Scroll a page of text; whether it is one."""
        if self.walking.is_text:
            self.query_one(WalkGraph).scroll_rows(by)
        return self.walking.is_text

    @on(Found)
    def _found(self) -> None:
        self.walking.take()
        self.show()

    @on(ColumnPicked)
    def _column_picked(self, event: ColumnPicked) -> None:
        if not self.session.settings.kiosk:
            self.walking.place(event.cell)
            self.show()

    def about(self, device: str | None, quantity: str | None) -> None:
        """Show a device, if it is known, and its quantity."""
        if device in self.session.shown.fleet.devices:
            self.session.selected = device
            self.walking.choose(quantity or "")

    def action_cursor(self, by: int) -> None:
        """Move the cursor; beyond the edge the picture moves."""
        if not self._scrolls(by):
            self.walking.move(by)
            self.show()

    def action_leaf(self, by: int) -> None:
        """Go a page back or forth."""
        if not self._scrolls(PAGE * by):
            self.walking.leaf(by)
            self.show()

    def action_zoom(self, by: int) -> None:
        """Show a longer or shorter span around the cursor."""
        if not self.walking.is_text:
            self.walking.zoom(by)
            self.show()

    def action_move(self, by: int) -> None:
        """The wheel zooms; on a page of text it scrolls."""
        if not self._scrolls(by):
            self.action_zoom(by)

    def action_now(self) -> None:
        """Back to the present."""
        if not self._scrolls(-MOST_ROWS):
            self.walking.home()
            self.show()

    def action_quantity(self, by: int) -> None:
        """Show the next or previous quantity."""
        self.walking.turn(by)
        self.show()

    def action_variant(self) -> None:
        """Show the next phase, or power in place of energy."""
        self.walking.vary()
        self.show()

    def action_next(self, by: int) -> None:
        """Show the previous or next device of the list; on a page of text, scroll."""
        if not self._scrolls(by):
            self.session.move(by)
            self.show()

    def action_back(self) -> None:
        """Go back to the view from which it was opened."""
        if self.came_from is not None:
            self.action_view(self.came_from)
        else:
            super().action_back()
