"""The parts of the view Check: its head, the list with the details of the selected finding, and one in full."""

from __future__ import annotations

from collections.abc import Sequence

from textual.events import Click
from textual.message import Message

from tui.core.graph.scale import Scale
from tui.ui.checking import Checking, Place
from tui.ui.draw.box import FRAMED_FROM, boxed
from tui.ui.draw.check import (
    DISCLAIMER,
    NO_FINDING,
    NONE_PASSES,
    NOTHING_YET,
    SHORT_DISCLAIMER,
    counts_line,
    detail_rows,
    device_name,
    entry_line,
    head_line,
    line_start,
)
from tui.ui.draw.checkgraph import LEAST_GRAPH, finding_graph
from tui.ui.draw.finding import GONE, detail_lines, full_lines, sections
from tui.ui.draw.frame import Hint
from tui.ui.draw.lines import BLANK, Lines, Span, fit_line, line, wrapped
from tui.ui.session import Session
from tui.ui.widgets.chrome import Keys
from tui.ui.widgets.part import Part

_MOST_GRAPH = 24
"""The most rows of a graph below its text."""


class FindingPicked(Message):
    """A finding was clicked; `opened` by a second click."""

    def __init__(self, place: Place, opened: bool) -> None:
        super().__init__()
        self.place = place
        self.opened = opened


class CheckPart(Part):
    """A part that draws the findings."""

    def __init__(self, session: Session, checking: Checking, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(session, id=id)
        self.checking = checking


class CheckHead(CheckPart):
    """Grid and fuse, since when the house is watched, and how many findings there are of each verdict."""

    def draw(self, width: int, height: int) -> Lines:
        checking, session = self.checking, self.session
        checking.refresh()
        head = head_line(checking.watch, session.context, width, frozen=session.frozen is not None)
        return [head, counts_line(tuple(checking.findings.values()), width)]


class Findings(CheckPart):
    """The findings, and what the selected one means."""

    _first = 0

    def __init__(self, session: Session, checking: Checking) -> None:
        super().__init__(session, checking, id="table")
        self._shown: list[Place] = []

    def cuts(self, width: int) -> Sequence[int]:
        """Verdict, device and rule seldom change; what was seen often does."""
        return (line_start(width),)

    def draw(self, width: int, height: int) -> Lines:
        checking, context = self.checking, self.session.context
        checking.refresh()
        frame = 3 if width >= FRAMED_FROM else 2
        inner = width - 2 * (width >= FRAMED_FROM)
        places, selected = checking.places(), checking.selected
        below = detail_rows(height - frame, len(places))
        room = max(1, height - frame - below + (not below))
        at = places.index(selected) if selected else 0
        self._first = max(0, min(max(at - room + 1, min(self._first, at)), len(places) - room))
        self._shown = places[self._first : self._first + room]
        rows = [entry_line(checking.entry(one), context, inner, selected=one == selected) for one in self._shown]
        if not rows:
            style = "warn" if checking.trouble else "label"
            rows = wrapped(self._why_empty, inner - 2, style, " ")[:room]
        rows += [BLANK] * (room - len(rows))
        details: Lines = []
        title = ""
        if below:
            if selected is not None and checking.record is not None:
                worded = checking.worded(selected)
                name = device_name(worded.finding, context, inner).rstrip()
                title = f"{name}{f' L{selected.phase}' if selected.phase else ''}: {worded.name}"
                details = detail_lines(sections(worded, checking.record.limits), context, inner, below)
            details += [BLANK] * (below - len(details))
        hidden = len(places) - len(self._shown)
        more = f"  {hidden} more" if hidden > 0 else ""
        return boxed(rows, details, (f"{checking.title}{more}", title), width, context.glyphs)

    @property
    def _why_empty(self) -> str:
        checking = self.checking
        if checking.trouble:
            return checking.trouble
        if checking.findings and (checking.wanted or not checking.all):
            return NONE_PASSES if checking.wanted else NO_FINDING
        return NO_FINDING if checking.record is not None and checking.record.observed else NOTHING_YET

    def on_click(self, event: Click) -> None:
        """Select; a click on the selected one opens it."""
        if 0 <= event.y - 1 < len(self._shown):
            place = self._shown[event.y - 1]
            self.post_message(FindingPicked(place, place == self.checking.selected))


class Disclaimer(CheckPart):
    """What all this is worth."""

    def draw(self, width: int, height: int) -> Lines:
        words = DISCLAIMER if len(DISCLAIMER) + 2 <= width else SHORT_DISCLAIMER
        return [fit_line(line(Span(f" {words}", "label")), width)]


class FindingText(CheckPart):
    """One finding in full, and the trend behind it below; or the trend alone."""

    def __init__(self, session: Session, checking: Checking) -> None:
        super().__init__(session, checking, id="finding")
        self.complete = True
        """Whether all of it is visible."""
        self._first = 0
        self._graph_only = False
        self._scale: Scale | None = None
        self._of: Place | None = None

    def draw(self, width: int, height: int) -> Lines:
        checking = self.checking
        checking.refresh()
        place, record = checking.selected, checking.record
        if place is None or record is None:
            return wrapped(GONE, width - 2, "label", " ")
        if place != self._of:
            self._of, self._scale, self._first, self._graph_only = place, None, 0, False
        if self._graph_only:
            self.complete = True
            return self._graph(width, height)
        rows = full_lines(sections(checking.worded(place), record.limits, full=True), self.session.context, width)
        graph = self._graph(width, min(_MOST_GRAPH, max(height - len(rows) - 1, LEAST_GRAPH)))
        rows += [BLANK, *graph] if graph else []
        self._first = max(0, min(self._first, len(rows) - height))
        self.complete = len(rows) <= height
        return rows[self._first :]

    def _graph(self, width: int, height: int) -> Lines:
        session, record, place = self.session, self.checking.record, self.checking.selected
        if record is None or place is None:
            return []
        finding, window = self.checking.findings[place], session.engine.trends.window
        rows, self._scale = finding_graph(finding, record, window, session.context, width, height, self._scale)
        return rows

    def turn(self) -> bool:
        """Show the trend alone, or the text again; False where there is no trend."""
        self._graph_only = not self._graph_only and bool(self._graph(*self.size))
        self._first = 0
        return self._graph_only or bool(self._graph(*self.size))

    def scroll_rows(self, by: int) -> None:
        """Scroll through what does not fit."""
        self._first = max(0, self._first + by)
        self.redraw()


class CheckKeys(Keys):
    """The footer of the check."""

    def __init__(self, session: Session, view: str, checking: Checking) -> None:
        super().__init__(session, view)
        self._checking = checking

    @property
    def hints(self) -> list[Hint]:
        """Those that do something: without a finding there is nothing to open."""
        hints = super().hints
        return [hint for hint in hints if hint.action != "open" or self._checking.selected is not None]
