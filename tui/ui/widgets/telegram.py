"""The parts of the view of a telegram."""

from __future__ import annotations

from tui.ui.draw.lines import Lines
from tui.ui.draw.telegram import Shown, rule_line, telegram_lines, title_line
from tui.ui.session import Session
from tui.ui.telegramming import Telegrams
from tui.ui.widgets.part import Part


class TelegramText(Part):
    """Its lines; scrolls if they do not fit."""

    def __init__(self, session: Session, telegrams: Telegrams) -> None:
        super().__init__(session, id="telegram")
        self._telegrams = telegrams
        self._first = 0
        self._rows: Lines = []
        self._drawn: tuple[Shown, int, bool] | None = None
        """What these rows were made of."""
        self.raw = False
        """Whether the lines are shown as they came."""
        self.below = 0
        """Rows below the last one that is visible."""

    def draw(self, width: int, height: int) -> Lines:
        drawn = self._telegrams.shown, width, self.raw
        if drawn != self._drawn:  # a snapshot comes four times a second, a telegram every ten
            self._drawn = drawn
            self._rows = telegram_lines(self._telegrams.shown, self.session.context, width, raw=self.raw)
        rows = self._rows
        self._first = max(0, min(self._first, len(rows) - height))
        self.below = max(0, len(rows) - height - self._first)
        return rows[self._first :]

    def scroll_rows(self, by: int) -> None:
        """Scroll through what does not fit."""
        self._first = max(0, self._first + by)
        self.redraw()

    def from_the_top(self) -> None:
        """Begin with the first row."""
        self._first = 0


class TelegramHead(Part):
    """Who sent it and how it is, and how much is below."""

    def __init__(self, session: Session, telegrams: Telegrams, text: TelegramText) -> None:
        super().__init__(session, id="head")
        self._telegrams = telegrams
        self._text = text

    def draw(self, width: int, height: int) -> Lines:
        rule = rule_line(self.session.context, width, self._text.below)
        return [title_line(self._telegrams.shown, self.session.context, width), rule]
