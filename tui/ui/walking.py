"""The graph view as the screen has it: where one stands, what must be asked for that, and the last answer.

What may wait for a disk is asked in another thread. Until it answers the last picture stays, and an answer to an older
question is never shown. Loaded when the graph is first looked at.
"""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo

from tui.core.graph.grid import SPANS, WEEK_SPAN, Frame, Step, Unit, columns_for, frame_to
from tui.core.graph.pages import Page, Variant, pages_of
from tui.core.graph.picture import EDGE_CELLS
from tui.core.graph.walk import Walk, moved, paged, placed, zoomed
from tui.core.model import Device
from tui.core.moment import Now
from tui.core.past.history import Past
from tui.core.settings import SettingsError
from tui.engine.checkdata import load_limits
from tui.ui.asker import Asker
from tui.ui.closer import Closer
from tui.ui.looking import Answer, Finder, Question, RowsPage
from tui.ui.session import Session

_LEAST_REFRESH_S, _MOST_REFRESH_S = 1.0, 300.0
_SETTLES_S, _SETTLING_REFRESH_S = 60.0, 3.0
"""So soon after a start the past may still be on its way (that of a demo is reckoned, memory is filled): then it is
asked for more often (own choice)."""
_REFRESHES = 10
"""How often the newest column is drawn again while it lasts: a graph of a day is asked for every two minutes."""
_PATIENCE_S = 1.0
"""From here on it is told that the disk has not answered."""
_HOURS = {3: 6, 4: 24}
_WEEKS, _WEEKS_FROM = 53, 106
"""Bars by the week in a year, where each has two cells; else by the month."""


class Walking:
    """The walk through the past of the selected device.

    `deliver` is called in another thread when there is an answer; `take` then accepts it.
    """

    def __init__(self, session: Session, deliver: Callable[[], object]) -> None:
        self.session = session
        self.zone = ZoneInfo(session.profile.zone)
        self.walk = Walk()
        self.more: list[RowsPage] = []
        """Pages of text (see `RowsPage`)."""
        self.asked: Question | None = None
        self.shown: Question | None = None
        self.answer = Answer()
        self._finder = Finder(session)
        self._deliver = deliver
        self._asked_at = self.now
        self._columns = 0
        self._page = ""
        self._label: str | None = None
        self._sent: dict[str, dict[str, None]] = {}
        self._limits: tuple[float, ...] | None = None
        self._arrived: tuple[Question, Answer] | None = None
        self._asker: Asker[Question, Answer] = Asker(self._finder.answer, self._answered)
        self.closer = Closer(self._finder, deliver)

    # ------------------------------------------------------------------ what is looked at

    @property
    def past(self) -> Past | None:
        """The history; None without one."""
        return self.session.engine.kept.past

    @property
    def now(self) -> Now:
        """The present, or when the screen was frozen."""
        return self.session.shown.now

    def pages(self, device: Device) -> list[Page | RowsPage]:
        """The pages of a device, in the order of `tab`. What it once sent has its page for good."""
        sent = self._sent.setdefault(device.key, {})
        sent |= dict.fromkeys(device.measurement.value.values if device.measurement else ())
        pages: list[Page | RowsPage] = list(pages_of(device, sent))
        for page in self.more:
            if page.fits(device):
                at = next((at for at, one in enumerate(pages, 1) if one.name == page.after), len(pages))
                pages.insert(at, page)
        return pages

    def page(self, device: Device) -> Page | RowsPage | None:
        """The page that is looked at: the first one of a device that does not have the one of the device before."""
        pages = self.pages(device)
        return next((page for page in pages if page.name == self._page), pages[0] if pages else None)

    @property
    def is_text(self) -> bool:
        """Whether a page of text is looked at."""
        return self.shown is not None and not isinstance(self.shown.page, Page)

    def next_page(self, by: int) -> str:
        """The name of another page; "" where there is only one."""
        device = self.session.device
        pages = self.pages(device) if device else []
        page = self.page(device) if device else None
        return pages[(pages.index(page) + by) % len(pages)].name if page and len(pages) > 1 else ""

    def turn(self, by: int) -> None:
        """Go to another page."""
        self._page = self.next_page(by) or self._page

    def choose(self, quantity: str) -> None:
        """Go to the page of a quantity, if the device has it."""
        device = self.session.device
        for page in self.pages(device) if device else ():
            if isinstance(page, Page):
                for variant in page.variants:
                    if variant.quantity == quantity:
                        self._page, self._label = page.name, variant.label

    def variants(self) -> tuple[Variant, ...]:
        """Those of the page on its span."""
        device = self.session.device
        page = self.page(device) if device else None
        return page.shown(self._span(page), kept=self.past is not None) if isinstance(page, Page) else ()

    def next_variant(self) -> Variant | None:
        """What `l` shows; None where there is only one."""
        shown = self.variants()
        return shown[(shown.index(self._variant(shown)) + 1) % len(shown)] if len(shown) > 1 else None

    def vary(self) -> None:
        """Show the next phase, or power in place of energy."""
        variant = self.next_variant()
        self._label = variant.label if variant else self._label

    def _variant(self, shown: tuple[Variant, ...]) -> Variant:
        return next((one for one in shown if one.label == self._label), shown[0] if shown else Variant())

    def _span(self, page: Page | RowsPage) -> int:
        return max(self.walk.span, page.least_span) if isinstance(page, Page) else self.walk.span

    # ------------------------------------------------------------------ walking

    @property
    def frame(self) -> Frame:
        """The columns as they are wanted now."""
        return self._framed(self.walk.span, self.now.utc if self.walk.last is None else self.walk.last)

    def _framed(self, span: int, last: float) -> Frame:
        device = self.session.device
        page = self.page(device) if device else None
        columns = max(1, self._columns)
        variant = Variant("", "power_w")
        if isinstance(page, Page):
            span = max(span, page.least_span)
            variant = self._variant(page.shown(span, kept=self.past is not None))
        if not variant.is_amount:
            step, count = columns_for(SPANS[span], columns)
            return frame_to(step, last, count, self.zone, width=columns)
        if span in _HOURS:
            step, count = Step(3600), _HOURS[span]
        elif span <= WEEK_SPAN + 1:
            step, count = Step(1, Unit.DAY), 7 if span == WEEK_SPAN else 31
        else:
            weeks = columns >= _WEEKS_FROM
            step, count = (Step(1, Unit.WEEK), _WEEKS) if weeks else (Step(1, Unit.MONTH), 12)
        count = min(count, columns)
        cells = columns // count
        return frame_to(step, last, count, self.zone, cells, width=columns if cells == 1 else 0)

    def move(self, by: int) -> None:
        """Move the cursor; beyond the edge the picture moves."""
        self.walk = moved(self.walk, self.frame, by, self.now.utc)

    def leaf(self, by: int) -> None:
        """Go a page back or forth."""
        self.walk = paged(self.walk, self.frame, by, self.now.utc)

    def zoom(self, by: int) -> None:
        """Show a longer or shorter span around the cursor."""
        device = self.session.device
        page = self.page(device) if device else None
        least = page.least_span if isinstance(page, Page) else 0
        self.walk = zoomed(self.walk, self._framed, by, self.now.utc, least)

    def place(self, cell: int) -> None:
        """Put the cursor on the column at a cell of the graph's columns."""
        frame = self.frame
        self.walk = placed(self.walk, frame, frame.column_at(cell))

    def home(self) -> None:
        """Back to the present."""
        self.walk = Walk(self.walk.span)

    # ------------------------------------------------------------------ asking

    def look(self, width: int) -> None:
        """Ask for what a graph of `width` cells needs now, unless it is there or asked for."""
        self._columns = max(1, width - EDGE_CELLS)
        device = self.session.device
        page = self.page(device) if device else None
        if device is None or page is None:
            self.asked = self.shown = None
            return
        question = self._question(device, page)
        awaited = self.asked is not None and self.asked is not self.shown and self.asked.view == question.view
        if not awaited and (self.asked is None or self.asked.subject != question.subject):
            self.asked, self._asked_at = question, self.session.newest.now
            if self._waits(question):
                self._asker.ask(question)
            else:
                self.shown, self.answer = question, self._finder.answer(question)
        self._look_closer()

    def _question(self, device: Device, page: Page | RowsPage) -> Question:
        frame, now, span = self.frame, self.now, self._span(page)
        variant = self._variant(self.variants())
        every_s = min(_MOST_REFRESH_S, max(_LEAST_REFRESH_S, frame.step.seconds / _REFRESHES))
        if self.session.searching_for_s() < _SETTLES_S:
            every_s = min(every_s, _SETTLING_REFRESH_S)
        fresh = int(now.utc // every_s) if self.walk.last is None else 0
        beside = ""
        if page.name == "voltage":
            of_phase = variant.quantity.replace("voltage", "power").removesuffix("_v") + "_w"
            beside = next((name for name in (of_phase, "power_w") if name in self._sent[device.key]), "")
        return Question(device, page, variant, span, frame, fresh, now, beside, self.walk.last is None)

    def _waits(self, question: Question) -> bool:
        return self.past is not None or self._finder.windows.waits(question.frame.start, question.now.utc)

    def _answered(self, question: Question, answer: Answer) -> None:
        """In the asking thread: hand it over."""
        self._arrived = question, answer
        self._deliver()

    def take(self) -> None:
        """Accept what another thread has found."""
        arrived, self._arrived = self._arrived, None
        self.closer.take()
        if arrived is not None and self.asked is not None and arrived[0].subject == self.asked.subject:
            self.shown, self.answer = arrived
            self._look_closer()

    @property
    def is_waiting(self) -> bool:
        """Whether the disk has not answered for a while."""
        waits_s = self.session.newest.now.age_of(self._asked_at)
        return self.asked is not self.shown and waits_s > _PATIENCE_S

    def _look_closer(self) -> None:
        shown = self.shown
        column = 0 if shown is None else self.walk.column(shown.frame)
        self.closer.look(shown, column, waits=shown is not None and self._waits(shown))

    @property
    def since(self) -> float | None:
        """Since when anything is kept: the history, or else this program."""
        started = self.session.started
        return self.answer.since or (self.session.newest.now.utc_of(started) if started else None)

    # ------------------------------------------------------------------ limits

    @property
    def limits_v(self) -> tuple[float, ...]:
        """The lowest and highest usual voltage, from the limits of the check."""
        if self._limits is None:
            try:
                limits = self.session.installation.limits
            except SettingsError:  # the user's own cannot be read; the view of the check says so
                limits = load_limits(self.session.profile.name, None)
            self._limits = limits["voltage.mean10.low_v"], limits["voltage.mean10.high_v"]
        return self._limits
