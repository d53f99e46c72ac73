"""The help page: what the keys of this screen do, and what the marks mean."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll

from tui.ui.draw.lines import BLANK, Lines, Span, line
from tui.ui.glyphs import Glyphs
from tui.ui.keys import KEYS
from tui.ui.screens.modal import Modal
from tui.ui.session import Session
from tui.ui.widgets.part import Part


def help_lines(glyphs: Glyphs) -> Lines:
    """The whole page."""
    rows = [line(Span(f" {key.shown:<11}", "key"), key.help) for key in KEYS if key.help]
    rows.append(line(Span(f" {'ctrl+p':<11}", "key"), "find a command by its name"))
    marks = [
        (f"{glyphs.up} import", "drawing power: from the grid, using, charging"),
        (f"{glyphs.down} export", "delivering power: to the grid, producing, discharging"),
        ("12 s old", "no answer for three intervals; the last value, dimmed"),
        ("lost 5m", "no answer for more than a minute"),
        ("frozen", "the P1 answers, but its meter sends nothing new"),
        ("API off", "HomeWizard app: Settings > Meters > your meter > Local API"),
        ("refused", "the device refuses: not a HomeWizard device, or too busy"),
        ("bad data", "the answer cannot be understood"),
    ]
    styles = {0: "import", 1: "export"}
    rows += [BLANK, line(Span(" Marks", "title"))]
    rows += [line(Span(f" {mark:<11}", styles.get(index, "label")), words) for index, (mark, words) in enumerate(marks)]
    return rows


class HelpText(Part):
    """The page."""

    def on_mount(self) -> None:
        """As tall as its rows: the box around it scrolls."""
        self.styles.height = len(help_lines(self.session.glyphs))

    def draw(self, width: int, height: int) -> Lines:
        return help_lines(self.session.glyphs)


class Help(Modal[None]):
    """Keys and marks; any of the usual ways out closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [("escape,b,backspace,q,question_mark,enter", "dismiss", "close")]

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="box wide") as box:
            box.border_title = "Keys"
            box.border_subtitle = "b back"
            yield HelpText(self.session)
