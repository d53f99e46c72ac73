"""The parts of the graph view."""

from __future__ import annotations

from collections.abc import Sequence

from textual.events import Click
from textual.message import Message

from tui.core.graph.grid import MOST_CELLS, SPANS
from tui.core.graph.pages import Page
from tui.core.graph.picture import EDGE_CELLS, Scales
from tui.ui.draw.devices import NO_MATCH
from tui.ui.draw.frame import Hint
from tui.ui.draw.lines import Lines, Span, line, wrapped
from tui.ui.draw.walk import walk_lines
from tui.ui.draw.walkfacts import cursor_facts, in_rows, span_facts
from tui.ui.draw.walkwords import WAITS, subject_words, title_line
from tui.ui.session import Session
from tui.ui.walking import Walking
from tui.ui.widgets.chrome import Keys
from tui.ui.widgets.devices import no_device_lines
from tui.ui.widgets.part import Part

NOTHING_TO_DRAW = "This device has sent nothing that can be drawn."


class ColumnPicked(Message):
    """A column of the graph was clicked; `cell` counts from the first."""

    def __init__(self, cell: int) -> None:
        super().__init__()
        self.cell = cell


class GraphPart(Part):
    """A part that draws the walk."""

    def __init__(self, session: Session, walking: Walking, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(session, id=id)
        self.walking = walking


class GraphTitle(GraphPart):
    """Device, quantity and span; from when to when."""

    def draw(self, width: int, height: int) -> Lines:
        session, shown = self.session, self.walking.shown or self.walking.asked
        if shown is None:
            words = session.device.label if session.device else "no device"
            held = Span(f"  frozen at {session.frozen_at}, space goes on", "notice")
            return [line(Span(f" {words}", "title"), *([held] if session.frozen_at else []))]
        return [title_line(shown, session.context, width, session.frozen_at)]


class GraphFacts(GraphPart):
    """What the cursor stands on, and what the whole span has."""

    def draw(self, width: int, height: int) -> Lines:
        walking, context = self.walking, self.session.context
        shown, asked = walking.shown, walking.asked
        if walking.is_waiting and asked is not None:
            name, phase = subject_words(asked)
            span = SPANS[asked.span].name if isinstance(asked.page, Page) else ""
            words = " ".join(word for word in (name, phase, span) if word)
            return wrapped(f"{WAITS} Wanted: {words}.", width - 2, "warn", " ")
        if shown is None or not isinstance(shown.page, Page):
            return []
        each = max(1, height // 2)
        column = walking.walk.column(shown.frame)
        account = walking.closer.account(shown)
        peak, since = walking.closer.peak, walking.since
        stands = cursor_facts(shown, walking.answer, column, peak, account, context, since=since)
        first = in_rows(stands, width, each)
        limits_v, narrow = walking.limits_v, width < _NARROW_FACTS
        facts = span_facts(shown, walking.answer, account, context, since=since, limits_v=limits_v, narrow=narrow)
        second = in_rows(facts, width, height - each)
        return [*first, *[()] * (each - len(first)), *second]


class WalkGraph(GraphPart):
    """The graph, or the rows of a page of text."""

    def __init__(self, session: Session, walking: Walking) -> None:
        super().__init__(session, walking, id="graph")
        self._scale: Scales | None = None
        self._scale_of: tuple[object, ...] = ()
        self._first = 0

    def scroll_rows(self, by: int) -> None:
        """Show a page of text from so many rows further down."""
        self._first = max(0, self._first + by)
        self.redraw()

    def cuts(self, width: int) -> Sequence[int]:
        """Labels and the axis do not change, and of a curve mostly only the last column does."""
        return (EDGE_CELLS, width - MOST_CELLS)

    def draw(self, width: int, height: int) -> Lines:
        session, walking, context = self.session, self.walking, self.session.context
        if session.device is None:
            hidden = session.hidden or (session.wanted and session.shown.fleet.devices)
            return wrapped(NO_MATCH, width - 2, "label", " ") if hidden else no_device_lines(session, width, height)
        shown = walking.shown
        if shown is None:
            return [] if walking.asked else wrapped(NOTHING_TO_DRAW, width - 2, "label", " ")
        if not isinstance(shown.page, Page):
            rows = shown.page.rows(walking.answer.found, context, width)
            if (text := (shown.device.key, shown.page.name)) != self._scale_of:
                self._first, self._scale_of = 0, text
            self._first = max(0, min(self._first, len(rows) - height))
            return rows[self._first :]
        subject = (shown.device.key, shown.page.name, shown.variant, shown.span, height)
        if subject != self._scale_of:
            self._scale, self._scale_of = None, subject
        rows, self._scale = walk_lines(
            shown,
            walking.answer,
            context,
            width,
            height,
            cursor=walking.walk.column(shown.frame),
            limits_v=walking.limits_v if shown.variant.quantity.startswith("voltage") else (),
            sixteen=self.app.native_ansi_color,
            previous=self._scale,
        )
        return rows or wrapped("There is no room for a graph.", width - 2, "label", " ")

    def on_click(self, event: Click) -> None:
        """Place the cursor."""
        x = event.screen_offset.x - self.region.x  # `event.x` is that of the slice
        if x >= EDGE_CELLS:
            self.post_message(ColumnPicked(x - EDGE_CELLS))


_ORDER = ("move", "cursor", "zoom", "quantity", "variant", "now", "back", "freeze", "help")
_NARROW = ("move", "zoom", "back", "quantity", "variant", "cursor", "now", "freeze", "help")
"""Where there is no room for all: arrows are tried without being told, and a phone may have no other way back."""
_WIDE = 72
_NARROW_FACTS = 50
"""Below, the longest fact would not fit in a row with its words."""
_OF_GRAPHS = ("cursor(1)", "zoom(1)", "now")
"""What does nothing on a page of text."""


class GraphKeys(Keys):
    """The footer: what `tab` and `l` lead to is named."""

    def __init__(self, session: Session, view: str, walking: Walking) -> None:
        super().__init__(session, view)
        self._walking = walking

    @property
    def hints(self) -> list[Hint]:
        """Those that do something now, the most useful first."""
        hints = super().hints
        if self.session.settings.kiosk or not self.session.shown.fleet.devices:
            return hints
        walking = self._walking
        variant, page = walking.next_variant(), walking.next_page(1)
        named = {"quantity(1)": page, "variant": variant.label if variant else ""}
        if walking.is_text:
            hints = [Hint("j k", "scroll", "move(1)"), *(hint for hint in hints if hint.action not in _OF_GRAPHS)]
        known = [hint._replace(words=named.get(hint.action, hint.words)) for hint in hints]
        wide = self.size.width >= _WIDE
        order = {name: at for at, name in enumerate(_ORDER if wide else _NARROW)}
        known = [hint for hint in known if hint.words and hint.action.partition("(")[0] in order]
        return sorted(known, key=lambda hint: order[hint.action.partition("(")[0]])
