"""What a picture of the graph view needs, and how it is found: from the trends, the history, or a page of its own."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple, Protocol

from tui.core.graph.account import Share, billed, cost_part, own_uses
from tui.core.graph.bucket import Bucket
from tui.core.graph.grid import Frame
from tui.core.graph.pages import Page, Variant
from tui.core.graph.tenminutes import Mean, TenMinutes
from tui.core.house import grid_meters
from tui.core.model import Device
from tui.core.moment import Now
from tui.core.money.cost import Cost, Span, sum_of
from tui.core.past.history import Amount, Past
from tui.core.quantities import QUANTITIES
from tui.engine.windows import Windows
from tui.ui.draw.lines import Context, Lines
from tui.ui.session import Session

_QUARTER_S = 900.0
_TOTALS_FROM = 3
"""6 h: amounts are cut at quarters of an hour, which matters too much on shorter spans."""


class RowsPage(Protocol):
    """A page of text among the graphs; `tab` reaches it after the page called `after`."""

    name: str
    after: str

    def fits(self, device: Device) -> bool:
        """Whether there is such a page for a device."""
        ...

    def find(self, past: Past | None, device: Device, now: Now) -> object:
        """What it is about; called in a thread of its own, and may wait for a disk."""
        ...

    def rows(self, found: object, context: Context, width: int) -> Lines:
        """What was found, in words; the view scrolls."""
        ...


class Question(NamedTuple):
    """What one picture needs."""

    device: Device
    page: Page | RowsPage
    variant: Variant
    span: int
    frame: Frame
    fresh: int
    """Counts up while the picture follows the present."""
    now: Now
    beside: str = ""
    """A quantity that is told beside the cursor: the power of a phase beside its voltage."""

    follows: bool = True
    """Whether the last column is the present."""

    @property
    def view(self) -> tuple[object, ...]:
        """What one looks at: the same picture a moment later has the same view."""
        frame = self.frame.columns if self.follows else self.frame
        return (self.device.key, self.page, self.variant, self.span, frame)

    @property
    def subject(self) -> tuple[object, ...]:
        """What makes two questions the same."""
        return (self.device.key, self.page, self.variant, self.span, self.frame, self.fresh)


class Answer(NamedTuple):
    """What is known for a question. Tuples have an entry for every column of its frame, or none."""

    buckets: tuple[Bucket | None, ...] = ()
    ups: tuple[Amount | None, ...] = ()
    downs: tuple[Amount | None, ...] = ()
    total_up: Amount | None = None
    total_down: Amount | None = None
    since: float | None = None
    """When what is kept begins."""
    found: object = None
    """Of a `RowsPage`."""


class Peak(NamedTuple):
    """When within a column its highest and lowest values were, in seconds since 1970."""

    high_at: float | None = None
    low_at: float | None = None
    beside: Bucket | None = None
    """What `PeakAsked.beside` was then."""


class Account(NamedTuple):
    """What is told beside a picture, once it is found. Tuples have an entry for every column of its frame, or none."""

    shares: tuple[Share | None, ...] = ()
    """How much of its own sun the house used."""
    share: Share | None = None
    costs: tuple[Cost | None, ...] = ()
    cost: Cost | None = None
    currency: str = ""
    means: tuple[Mean | None, ...] = ()
    """The highest 10-minute mean of a voltage."""
    mean: Mean | None = None


class PeakAsked(NamedTuple):
    """A column."""

    place: str
    quantity: str
    start: float
    end: float
    parts: int
    """Into how many it is divided to find a peak; 0 for none."""
    beside: str
    """A quantity of which the whole column is told; "" for none."""
    fresh: int = 0
    """Counts up while the column is the present."""


class Finder:
    """Finds the answers; from any thread."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._ten_minutes = TenMinutes()

    @property
    def windows(self) -> Windows:
        """The door to windows of time."""
        return Windows(self.session.engine.trends, self.session.engine.kept)

    def answer(self, question: Question) -> Answer:
        """The answer; may wait for a disk."""
        device, page, variant, frame = question.device, question.page, question.variant, question.frame
        past = self.session.engine.kept.past
        if not isinstance(page, Page):
            return Answer(found=page.find(past, device, question.now))
        since = past.begins(page.place) if past else None
        cuts = tuple(_QUARTER_S * round(cut / _QUARTER_S) for cut in (frame.start, frame.end))
        up = down = ""
        if question.span >= _TOTALS_FROM and (variant.is_amount or not QUANTITIES[variant.quantity].phase):
            # counters do not tell phases apart
            up, down = next(((one.up, one.down) for one in page.variants if one.is_amount), ("", ""))
        up, down = (variant.up, variant.down) if variant.is_amount else (up, down)
        return Answer(
            self._window(page.place, variant.quantity, frame),
            past.amounts(page.place, variant.up, frame.cuts) if past and variant.up else (),
            past.amounts(page.place, variant.down, frame.cuts) if past and variant.down else (),
            past.amounts(page.place, up, cuts)[0] if past and up else None,
            past.amounts(page.place, down, cuts)[0] if past and down else None,
            since,
        )

    def _window(self, place: str, quantity: str, frame: Frame) -> tuple[Bucket | None, ...]:
        if not quantity:
            return ()
        windows = self.windows
        return tuple(one for run in frame.runs() for one in windows.window(place, quantity, *run))

    def account(self, question: Question) -> Account:
        """What is told beside the picture: it takes longer than the picture, and may wait for a disk."""
        page, variant, frame, now = question.page, question.variant, question.frame, question.now
        account, kept = Account(), self.session.engine.kept
        past = kept.past
        if past is None or not isinstance(page, Page):
            return account
        if variant.quantity.startswith("voltage"):
            means, mean = self._ten_minutes.highest(past, page.place, variant.quantity, frame.cuts, now.utc)
            return account._replace(means=means, mean=mean)
        fleet = self.session.newest.fleet
        if variant.down and question.device in grid_meters(fleet, now):
            shares, share = own_uses(fleet, now, past, frame)
            account = account._replace(shares=shares, share=share)
        if kept.costing is None:
            return account
        spans = [Span(start, end) for start, end in pairwise(frame.cuts)]
        meters, costs = kept.costing.of(spans, now)
        names = billed(page.place, meters)
        parts = tuple(cost_part(cost, names) for cost in costs)
        known = [part for part in parts if part is not None]
        total = sum_of(known) if known else None
        return account._replace(costs=parts, cost=total, currency=kept.costing.currency)

    def peak(self, asked: PeakAsked) -> Peak:
        """When within [start, end) the highest and lowest values were; may wait for a disk."""
        start, end, windows = asked.start, asked.end, self.windows
        beside = windows.window(asked.place, asked.beside, start, end, 1)[0] if asked.beside else None
        parts = windows.window(asked.place, asked.quantity, start, end, asked.parts) if asked.parts else ()
        found = [(one, start + (end - start) / asked.parts * at) for at, one in enumerate(parts) if one is not None]
        if not found:
            return Peak(beside=beside)
        high, low = max(found, key=lambda one: one[0].high), min(found, key=lambda one: one[0].low)
        return Peak(high[1], low[1], beside)
