"""The parts of the view of a telegram."""

from __future__ import annotations

from collections.abc import Sequence

from tui.ui.draw.lines import Lines
from tui.ui.draw.telegram import Placed, Shown, rule_line, telegram_rows, title_line, trouble_lines
from tui.ui.session import Session
from tui.ui.telegramming import Telegrams
from tui.ui.widgets.part import Part


class TelegramText(Part):
    """What is wrong, if anything, and its lines, which scroll if they do not fit."""

    def __init__(self, session: Session, telegrams: Telegrams) -> None:
        super().__init__(session, id="telegram")
        self._telegrams = telegrams
        self._first = 0
        self._rows: list[Placed] = []
        self._trouble: Lines = []
        """These do not scroll."""
        self._drawn: tuple[Shown, int, bool] | None = None
        """What these rows were made of."""
        self.raw = False
        """Whether the lines are shown as they came."""
        self.below = 0
        """Rows below the last one that is visible."""
        self.room = 0
        """Rows that are visible at a time."""

    def draw(self, width: int, height: int) -> Lines:
        shown = self._telegrams.shown
        drawn = shown, width, self.raw
        if drawn != self._drawn:  # a snapshot comes four times a second, a telegram every ten
            self._drawn = drawn
            self._trouble = trouble_lines(shown, width)
            before, self._rows = self._rows, telegram_rows(shown, self.session.context, width, raw=self.raw)
            self._first = _same_place(before, self._first, self._rows)
        trouble, rows = self._trouble[: max(1, height - 1)], [row.cells for row in self._rows]
        if not rows:
            trouble, rows = [], self._trouble
        self.room = height - len(trouble)
        self._first = max(0, min(self._first, len(rows) - self.room))
        self.below = max(0, len(rows) - self.room - self._first)
        return [*trouble, *rows[self._first :]]

    def scroll_rows(self, by: int) -> None:
        """Scroll through what does not fit."""
        self._first = max(0, self._first + by)
        self.redraw()

    def from_the_top(self) -> None:
        """Begin with the first row."""
        self._first = 0


def _same_place(before: Sequence[Placed], first: int, after: Sequence[Placed]) -> int:
    """Where the line is now that was the first one in sight; a scrolled view must not jump."""
    if not 0 < first < len(before):
        return first
    line = before[first].line
    into = sum(row.line == line for row in before[:first])
    found = [at for at, row in enumerate(after) if row.line == line]
    return found[min(into, len(found) - 1)] if found else first


class TelegramHead(Part):
    """Who sent it and how it is, and how much is below."""

    def __init__(self, session: Session, telegrams: Telegrams, text: TelegramText) -> None:
        super().__init__(session, id="head")
        self._telegrams = telegrams
        self._text = text

    def draw(self, width: int, height: int) -> Lines:
        rule = rule_line(self.session.context, width, self._text.below)
        return [title_line(self._telegrams.shown, self.session.context, width), rule]
