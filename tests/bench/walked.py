"""Pictures of the graph view over a history on disk: from the question to the rows, without the terminal."""

from __future__ import annotations

import time
from collections.abc import Sequence
from threading import Event
from zoneinfo import ZoneInfo

from tui.core.graph.grid import YEAR_SPAN
from tui.core.graph.pages import Page
from tui.core.graph.picture import Scales
from tui.core.graph.walk import Walk
from tui.core.model import Device, Fleet, Read
from tui.core.moment import Now
from tui.core.past.history import Past
from tui.core.profiles import profile_of
from tui.core.reading import Measurement
from tui.core.settings import Settings
from tui.engine.keeping.kept import NothingKept
from tui.engine.mailbox import Snapshot
from tui.engine.trends import Trends
from tui.ui.draw.walk import walk_lines
from tui.ui.draw.walkfacts import cursor_facts, in_rows, span_facts
from tui.ui.draw.walkwords import title_line
from tui.ui.glyphs import GLYPHS
from tui.ui.looking import Account
from tui.ui.session import Session
from tui.ui.walking import Walking

SIZES = {"80x24": (80, 18), "200x60": (200, 54)}
"""Width and height of the graph on these screens."""
PICTURES = {"power": "power_w", "voltage": "voltage_l1_v", "energy": ""}
SENT = {"power_w": 400.0, "voltage_l1_v": 231.0, "current_l1_a": 1.7}
_PATIENCE_S = 60.0


class _Engine:
    """What the walk asks of an engine."""

    def __init__(self, past: Past) -> None:
        self.trends = Trends()
        self.kept = NothingKept()
        self.kept.past = past


class Walked:
    """The walk through the history of a P1 meter called `key`."""

    def __init__(self, past: Past, key: str, now: float, grid: str = "nl") -> None:
        at = Now(now, 0.0)
        device = Device(key, key, "HWE-P1", measurement=Read(Measurement(SENT), at))
        snapshot = Snapshot(Fleet({key: device}), at)
        session = Session(_Engine(past), Settings(), GLYPHS["unicode"], profile_of(grid), snapshot, networks=list)  # type: ignore[arg-type]
        session.selected = key
        self._there = Event()
        self._session = session
        self._walking = Walking(session, self._there.set)
        self.zone = ZoneInfo(profile_of(grid).zone)

    def pictures(
        self, quantity: str, span: int, moments: Sequence[float], width: int, height: int
    ) -> list[tuple[float, float]]:
        """For each moment the milliseconds until the answer was there, and those that its rows took then. Without a
        `quantity` it is energy that is drawn, on spans that have it."""
        self._choose(quantity)
        walking, context = self._walking, self._session.context
        took = []
        previous: Scales | None = None
        for moment in moments:
            walking.walk = Walk(span, moment, moment)
            self._there.clear()
            begin = time.perf_counter()
            walking.look(width)
            while walking.asked is not walking.shown:  # what is told beside a picture is an answer, too
                if not self._there.wait(_PATIENCE_S):
                    raise SystemExit("the history did not answer")
                self._there.clear()
                walking.take()
            answered = time.perf_counter()
            shown, answer = walking.shown, walking.answer
            if shown is None or shown is not walking.asked or not isinstance(shown.page, Page):
                raise SystemExit("that is no answer")
            column = walking.walk.column(shown.frame)
            title_line(shown, context, width, None)
            for facts in (
                cursor_facts(shown, answer, column, None, Account(), context, since=walking.since),
                span_facts(shown, answer, Account(), context, since=walking.since, limits_v=walking.limits_v),
            ):
                in_rows(facts, width, 1)
            limits = walking.limits_v if shown.variant.quantity.startswith("voltage") else ()
            _, previous = walk_lines(
                shown, answer, context, width, height, cursor=column, limits_v=limits, sixteen=False, previous=previous
            )
            took.append((1000 * (answered - begin), 1000 * (time.perf_counter() - answered)))
            time.sleep(0.06)  # one looks at it: when it was highest is found meanwhile
        return took

    def _choose(self, quantity: str) -> None:
        self._walking.walk = Walk(YEAR_SPAN)
        self._walking.choose(quantity or "power_w")
        if not quantity:
            self._walking.vary()
