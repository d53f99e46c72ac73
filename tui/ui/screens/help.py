"""The help page: the keys of the view behind it, and the meaning of the marks."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.geometry import Size

from tui.ui.draw.lines import BLANK, Lines, Span, line, wrapped
from tui.ui.glyphs import Glyphs
from tui.ui.keys import KEYS, help_of
from tui.ui.screens.modal import Modal
from tui.ui.session import Session
from tui.ui.widgets.part import Part

_NAME = 12
_BESIDE_FROM = 30
"""From this width a text is beside its key; on less it is below."""


def help_lines(view: str, glyphs: Glyphs, width: int) -> Lines:
    """The whole page for a view, in lines of at most `width` cells."""
    keys = [(key.shown, key.help, "key") for key in help_of(view)]
    keys.append(("ctrl+p", "find a command by its name", "key"))
    marks = [
        (f"{glyphs.up} import", "drawing power: from the grid, using, charging", "import"),
        (f"{glyphs.down} export", "delivering power: to the grid, producing, discharging", "export"),
        ("12 s old", "no answer for three intervals; the last value, dimmed", "label"),
        ("lost 5m", "no answer for more than a minute", "label"),
        ("not yet", "found, and has sent no value yet", "label"),
        ("remembered", "known from last time, and has not answered yet", "label"),
        ("frozen", "the P1 answers, but its meter sends nothing new", "label"),
        ("duplicate", "another P1 reads the same smart meter, and that one is counted", "label"),
        ("API off", "HomeWizard app: Settings > Meters > your meter > Local API", "label"),
        ("unpaired", "it speaks only API v2: press p to pair with it", "label"),
        ("refused", "the device refuses: not a HomeWizard device, or too busy", "label"),
        ("bad data", "the answer cannot be understood", "label"),
    ]
    rows = [row for entry in keys for row in _entry(*entry, width)]
    rows += [BLANK, line(Span(" Marks", "title"))]
    return rows + [row for entry in marks for row in _entry(*entry, width)]


def _entry(name: str, words: str, style: str, width: int) -> Lines:
    """A key or a mark, and its text in as many rows as needed."""
    if width < _BESIDE_FROM:
        return [line(Span(f" {name}", style)), *wrapped(words, width, "", "   ")]
    first, *rest = wrapped(words, width - _NAME - 1)
    return [
        line(Span(f" {name:<{_NAME - 1}} ", style), *first),
        *(line(Span(" " * (_NAME + 1)), *row) for row in rest),
    ]


class HelpText(Part):
    """The page, as tall as its rows: the box around it scrolls."""

    DEFAULT_CSS = "HelpText { height: auto; }"

    def __init__(self, session: Session, view: str) -> None:
        super().__init__(session)
        self._view = view

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """The number of rows, for a height of `auto`."""
        return len(self.draw(width, 0))

    def draw(self, width: int, height: int) -> Lines:
        return help_lines(self._view, self.session.glyphs, width)


class Help(Modal[None]):
    """Keys and marks; any of the usual keys closes it, and the keys that scroll a view scroll it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape,b,backspace,q,question_mark,enter", "dismiss", "close"),
        *(Binding(key.keys, key.action, show=False) for key in KEYS if key.action.startswith("move(")),
    ]

    def __init__(self, session: Session, view: str) -> None:
        super().__init__()
        self.session = session
        self._view = view

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="box wide", can_focus=False) as box:  # we handle the keys
            box.border_title = "Keys"
            box.border_subtitle = "b back"
            yield HelpText(self.session, self._view)

    def action_move(self, by: int) -> None:
        """Scroll."""
        self.query_one(VerticalScroll).scroll_relative(y=by, animate=False)
