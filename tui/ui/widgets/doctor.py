"""The parts of the page of the link doctor."""

from __future__ import annotations

from rich.cells import chop_cells
from textual.events import Click
from textual.message import Message

from tui.ui.draw.box import FRAMED_FROM, boxed
from tui.ui.draw.doctor import (
    detail_lines,
    detail_rows,
    detail_title,
    head_lines,
    list_title,
    row_line,
    title_line,
)
from tui.ui.draw.lines import BLANK, Lines, Span, line, wrapped
from tui.ui.examining import Examining
from tui.ui.session import Session
from tui.ui.widgets.part import Part

NOBODY = "No device is known. S in the view of the links asks every address of this network."
HOW_TO_KEEP = "What was tried: y copies all of it, w writes it to a file, x leads back."
LEAST_WIDTH = 20
"""Of what was tried; what is wider than the screen goes on below."""
_LOW = 16
"""Below so many rows there is one for this computer, above two more for what is to be said of its network."""


class RowPicked(Message):
    """A device was clicked."""

    def __init__(self, key: str) -> None:
        super().__init__()
        self.key = key


class DoctorTitle(Part):
    """The heading."""

    def __init__(self, session: Session, examining: Examining) -> None:
        super().__init__(session, id="title")
        self._examining = examining

    def draw(self, width: int, height: int) -> Lines:
        session = self.session
        return [title_line(self._examining.page, session.frozen_at, session.context, width)]


class DoctorText(Part):
    """This computer, the devices, and all that is known of one; or what was tried, whole."""

    def __init__(self, session: Session, examining: Examining) -> None:
        super().__init__(session, id="doctor")
        self._examining = examining
        self._first = self._top = 0
        """The first device that is visible; the first row of what was tried."""
        self._keys: list[str] = []
        self._keys_from = 0
        self.is_whole = False
        """Whether what was tried is shown whole."""

    def draw(self, width: int, height: int) -> Lines:
        return self._told(width, height) if self.is_whole else self._list(width, height)

    def _list(self, width: int, height: int) -> Lines:
        examining, context = self._examining, self.session.context
        page, chosen = examining.page, examining.row
        head = head_lines(page, width, 1 if height < _LOW else 3)
        frame = 3 if width >= FRAMED_FROM else 2
        inner = width - 2 * (width >= FRAMED_FROM)
        room = max(2, height - len(head) - frame)
        wanted = detail_rows(chosen, page, context, inner) if chosen else 0
        listed = max(1, min(len(page.rows), max(room - wanted, room * 2 // 5)))
        at = next((place for place, row in enumerate(page.rows) if row is chosen), 0)
        self._first = max(0, min(max(at - listed + 1, min(self._first, at)), len(page.rows) - listed))
        shown = page.rows[self._first : self._first + listed]
        self._keys, self._keys_from = [row.key for row in shown], len(head) + 1
        rows = [row_line(row, context, inner, selected=row is chosen) for row in shown]
        if not rows:
            rows = wrapped(NOBODY, inner - 2, "label", " ")[:room]
        below = max(0, room - len(rows))
        details = detail_lines(chosen, page, context, inner, below) if chosen and below else []
        details += [BLANK] * (below - len(details))
        titles = list_title(page, len(page.rows) - len(shown), width - 8), detail_title(chosen) if chosen else ""
        return [*head, *boxed(rows, details, titles, width, context.glyphs)]

    def _told(self, width: int, height: int) -> Lines:
        glyphs = self.session.glyphs
        told = wrapped(HOW_TO_KEEP, width - 2, "key", " ")
        for text in self._examining.told(max(LEAST_WIDTH, width - 2)):
            told += wrapped_as_it_is(glyphs.shown(text), width)
        self._top = max(0, min(self._top, len(told) - height))
        return told[self._top :]

    @property
    def room(self) -> int:
        """Rows of a page."""
        return max(1, self.size.height - 1)

    def turn(self) -> None:
        """Show what was tried whole, or the list again."""
        self.is_whole = not self.is_whole
        self._top = 0

    def scroll_rows(self, by: int) -> None:
        """Scroll through what was tried."""
        self._top = max(0, self._top + by)

    def on_click(self, event: Click) -> None:
        """Choose a device."""
        place = event.y - self._keys_from
        if not self.is_whole and 0 <= place < len(self._keys):
            self.post_message(RowPicked(self._keys[place]))


def wrapped_as_it_is(text: str, width: int) -> Lines:
    """A row with the blanks in it, since they make columns; one that is too wide goes on below."""
    return [line(Span(f" {piece}")) for piece in chop_cells(text, max(2, width - 1))] or [BLANK]
