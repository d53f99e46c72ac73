"""View 3: walking through a past that is known, and what is shown while there is none, or no answer."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from threading import Event
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from tui.core.events import Identified, Measured, Paired, Seen
from tui.core.fuse import Fuse
from tui.core.graph.bucket import Bucket
from tui.core.graph.walk import Walk
from tui.core.model import Endpoint, key_of
from tui.core.money.prices import Prices
from tui.core.past.history import Amount, Level, Row, Series
from tui.core.reading import Identity, Measurement, System
from tui.core.settings import Settings
from tui.engine.keeping.costing import Costing
from tui.engine.keeping.kept import NothingKept
from tui.ui.asker import Asker
from tui.ui.draw.lines import Context, Lines, line
from tui.ui.keys import CHECK, DEVICE, GRAPH, OVERVIEW
from tui.ui.screens.graph import GraphView
from tui.ui.widgets.graph import NOTHING_TO_DRAW

if TYPE_CHECKING:
    from tests.ui.conftest import OpenScreen, Rig

ZONE = ZoneInfo("Europe/Amsterdam")
SOLAR = key_of("5c2faf86d7e8")
CHANGED: list[tuple[type, object]] = []
"""Fake engines that were given a past, and what they kept before."""


class KnownPast:
    """A history in which every value can be reckoned: power is the minute of the hour, energy the hours of a span."""

    def __init__(self) -> None:
        self.asked: list[tuple[object, ...]] = []
        self.open = Event()
        """Cleared, the disk does not answer."""
        self.open.set()
        self.value: float | None = None
        """Of every bucket."""
        self.began = 1_500_000_000.0
        self.gap: float | None = None
        """A moment in it."""

    def waits(self, start: float, now_utc: float) -> bool:
        return True

    def window(self, place: str, quantity: str, start: float, end: float, columns: int) -> tuple[Bucket | None, ...]:
        self.asked.append((place, quantity, start, end, columns))
        self.open.wait(20)
        step = (end - start) / columns
        return tuple(self._bucket(quantity, start + step * column, step) for column in range(columns))

    def _bucket(self, quantity: str, start: float, step: float) -> Bucket | None:
        at = datetime.fromtimestamp(start, ZONE)
        if at.hour == 3:
            return None
        if quantity == "state_of_charge_pct":
            return Bucket(20.0, 40.0, 60.4, 60)
        value = 1000.0 + at.minute if not quantity.startswith("voltage") else 250.0
        value = value if self.value is None else self.value
        return Bucket(value - 50, value, value + (4000 if at.hour == 20 else 5), 60)

    def amounts(self, place: str, quantity: str, cuts: Sequence[float]) -> tuple[Amount | None, ...]:
        self.open.wait(20)
        share = 0.5 if "export" in quantity else 1.0
        if place == SOLAR and "export" in quantity:
            share = 2.0
        return tuple(self._amount(start, end, share) for start, end in pairwise(cuts))

    def _amount(self, start: float, end: float, share: float) -> Amount | None:
        begin = max(start, self.began)
        if begin >= end:
            return None
        lacks = self.gap is not None and begin <= self.gap < end
        return Amount((end - begin) / 3600 * share, end - begin, begin if begin > start else None, None, lacks)

    def rows(self, place: str, level: Level, start: float, end: float) -> Iterator[Row]:
        return iter(())

    def highest_quarter(
        self, place: str, quantity: str, cuts: Sequence[float]
    ) -> tuple[tuple[float, float] | None, ...]:
        return ()

    def series(self) -> tuple[Series, ...]:
        return ()

    def begins(self, place: str) -> float | None:
        return self.began


@pytest.fixture
def past(monkeypatch: pytest.MonkeyPatch) -> KnownPast:
    """The door to windows of time, over a past that is known. `keep` makes it that of a screen."""
    known = KnownPast()
    monkeypatch.setattr("tui.ui.looking.Windows", lambda trends, kept: known)
    return known


def keep(kept: NothingKept, engine: type) -> None:
    """Let a fake engine keep this."""
    CHANGED.append((engine, engine.kept))  # type: ignore[attr-defined]
    engine.kept = property(lambda self: kept)  # type: ignore[attr-defined]


async def look(rig: Rig, past: KnownPast | None = None, costing: Costing | None = None) -> GraphView:
    """Open the graph view, and wait for its picture."""
    if past is not None:
        kept = NothingKept()
        kept.past = past
        kept.costing = costing
        keep(kept, type(rig.session.engine))
    await rig.press("3")
    await rig.in_front(GRAPH)
    view = rig.app.screen
    assert isinstance(view, GraphView)
    await answered(rig, view)
    return view


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    """Give the fake engine back what it keeps."""
    yield
    while CHANGED:
        engine, kept = CHANGED.pop()
        engine.kept = kept  # type: ignore[attr-defined]


async def answered(rig: Rig, view: GraphView) -> None:
    walking = view.walking
    await rig.until(lambda: walking.asked is None or walking.asked is walking.shown, "the picture is that wanted")
    await rig.pilot.pause()


async def press(rig: Rig, view: GraphView, *keys: str) -> None:
    for key in keys:
        await rig.press(key)
        await answered(rig, view)


def title(rig: Rig) -> str:
    return " ".join(rig.text("#title").split())


def facts(rig: Rig) -> list[str]:
    return [" ".join(row.split()) for row in rig.text("#facts").splitlines()]


# ------------------------------------------------------------------ what is shown


async def test_a_day_of_power_and_what_the_cursor_stands_on(open_screen: OpenScreen, past: KnownPast) -> None:
    async with open_screen() as rig:
        view = await look(rig, past)
        assert title(rig) == "Grid power 24 h Thu 11 Jun 14:20 to Fri 14:17"
        await rig.until(lambda: " at " in facts(rig)[0], "when the highest was is found")
        assert facts(rig) == [
            "Fri 14:00 - 14:20 mean ▲ 1000 W highest 1005 W at 14:19 lowest 950 W",
            "this span in 24.0 kWh out 12.0 kWh highest ▲ 5040 W",
        ]
        assert rig.text("#keys").startswith(" <- -> cursor  +- span  tab voltage  l L1  home now  b back")
        await press(rig, view, "left")
        assert facts(rig)[0].startswith("Fri 13:40 - 14:00 mean ▲ 1040 W")


async def test_a_week_has_bars_of_energy_and_l_switches_back(open_screen: OpenScreen, past: KnownPast) -> None:
    async with open_screen() as rig:
        view = await look(rig, past)
        await press(rig, view, "minus")
        assert title(rig) == "Grid energy 7 d Sat 6 Jun to Fri 12 Jun"
        await rig.until(lambda: "own use" in facts(rig)[0], "the own use is reckoned")
        assert facts(rig)[0] == "Fri 12 Jun in 24.0 kWh out 12.0 kWh own use 75 %"
        assert facts(rig)[1] == "this span in 168.0 kWh out 84.0 kWh own use 75 %"
        assert "0 kWh┼" in rig.text("#graph")
        assert rig.text("#graph").splitlines()[-1].split() == ["Sat", "Sun", "Mon", "Tue", "Wed", "Thu", "Fri"]
        await press(rig, view, "l")
        assert title(rig).startswith("Grid power 7 d")
        await press(rig, view, "minus", "minus", "l", "l", "l", "l")
        assert title(rig) == "Grid energy 1 y Tue 1 Jul 2025 to Fri 12 Jun 2026"
        assert facts(rig)[0].startswith("Jun 2026 in 720")


async def test_where_the_history_begins_within_the_span_that_is_said_and_it_is_no_gap(
    open_screen: OpenScreen, past: KnownPast
) -> None:
    async with open_screen() as rig:
        past.began = datetime(2026, 6, 2, 12, tzinfo=ZONE).timestamp()
        view = await look(rig, past)
        await press(rig, view, "minus", "minus", "minus")
        await rig.until(lambda: "own use" in facts(rig)[1], "the own use is reckoned")
        assert facts(rig) == [
            "Jun 2026 in 684.0 kWh out 342.0 kWh own use 75 %",
            "since 2 Jun in 684.0 kWh out 342.0 kWh own use 75 %",
        ]
        await press(rig, view, "plus", "left")
        past.gap = datetime(2026, 6, 4, 12, tzinfo=ZONE).timestamp()
        await press(rig, view, "minus", "plus")
        await rig.until(lambda: "with gaps" in facts(rig)[1], "and a gap is one")
        assert facts(rig)[1].startswith("since 2 Jun in ")
        await press(rig, view, "pageup", "pageup")
        assert facts(rig)[1] == "this span nothing measured kept since 2 Jun"


async def test_a_bar_and_the_span_have_their_cost(open_screen: OpenScreen, past: KnownPast) -> None:
    prices = Prices(
        {"import": Decimal("0.25"), "export": Decimal("0.1")}, single={"gas": Decimal(2), "fixed": Decimal(1)}
    )
    costing = Costing(prices, ZONE, lambda: past, lambda place, now: None)
    async with open_screen() as rig:
        costing.heard(rig.session.newest.fleet)
        view = await look(rig, past, costing)
        await press(rig, view, "minus")
        await rig.until(lambda: "cost" in facts(rig)[0], "the cost is reckoned")
        # 24 times 0.25 less 12 times 0.1: what is fixed, and gas, is not in these bars.
        assert facts(rig)[0] == "Fri 12 Jun in 24.0 kWh out 12.0 kWh own use 75 % cost 4.80"
        assert facts(rig)[1] == "this span in 168.0 kWh out 84.0 kWh own use 75 % cost 33.60"
        await press(rig, view, "left", "left")
        assert facts(rig)[0] == "Wed 10 Jun in 24.0 kWh out 12.0 kWh own use 75 % cost 4.80"
        while "gas" not in title(rig):
            await press(rig, view, "tab")
        await rig.until(lambda: "cost" in facts(rig)[0], "that of gas is reckoned")
        assert facts(rig) == ["Wed 10 Jun 24.0 m³ cost 48.00", "this span 168.0 m³ cost 336.00"]
        rig.select("Solar")
        view.show()
        await answered(rig, view)
        assert "own use" not in facts(rig)[0]
        assert "cost" not in facts(rig)[0], "only meters of the bill cost something"


async def test_the_day_with_25_hours_says_so(open_screen: OpenScreen, past: KnownPast) -> None:
    async with open_screen() as rig:
        view = await look(rig, past)
        there = datetime(2025, 10, 27, tzinfo=ZONE).timestamp()
        view.walking.walk = Walk(6, there + 86400, there)
        await press(rig, view, "left")
        assert facts(rig)[0].startswith("Sun 26 Oct (25 hours) in 25.0 kWh out 12.5 kWh")


async def test_tab_goes_through_what_the_device_has_and_l_through_its_phases(
    open_screen: OpenScreen, past: KnownPast
) -> None:
    async with open_screen() as rig:
        rig.session.fuse = Fuse(3, 25.0)
        view = await look(rig, past)
        seen = []
        for _ in range(5):
            seen.append(title(rig).partition(" Thu")[0])
            await press(rig, view, "tab")
        assert seen[:3] == ["Grid power 24 h", "Grid voltage 24 h L1", "Grid voltage record"]
        assert seen[3:] == ["Grid current 24 h", "Grid gas 24 h"]
        await press(rig, view, "home")
        while "voltage 24 h" not in title(rig):
            await press(rig, view, "shift+tab")
        await rig.until(lambda: "10-min" in facts(rig)[1], "the 10-minute means are found")
        assert facts(rig)[1] == "this span highest 10-min mean 250.0 V (limit 253) lowest 200.0 V (207)"
        await press(rig, view, *["left"] * 3)
        await rig.until(lambda: "import" in facts(rig)[0], "the power of the phase is found")
        assert facts(rig)[0] == "Fri 13:00 - 13:20 10-min mean to 250.0 V highest 255.0 V import 1000 W"
        assert "!" in rig.text("#graph")
        await press(rig, view, "l", "l")
        assert "L3" in title(rig)
        await press(rig, view, "tab", "tab")
        assert "current 24 h L3" in title(rig)
        assert "25┤" in rig.text("#graph")


async def test_power_is_signed_in_all_or_by_phase(open_screen: OpenScreen, past: KnownPast) -> None:
    async with open_screen() as rig:
        past.value = -20.0
        view = await look(rig, past)
        titles = []
        for _ in range(5):
            titles.append(title(rig).partition(" Thu")[0])
            rows = rig.text("#graph").splitlines()
            zero = next(at for at, row in enumerate(rows) if row.startswith("     0"))
            # The mean hangs from the zero line, the band reaches to both sides of it.
            assert any(row[7:60].strip(" ·") for row in rows[zero + 1 : -1])
            assert any(row[7:60].strip(" ·") for row in rows[1:zero])
            await press(rig, view, "l")
        assert titles == ["Grid power 24 h", *(f"Grid power 24 h L{phase}" for phase in (1, 2, 3)), "Grid power 24 h"]


async def test_what_the_meter_counted_does_not_stand_beside_the_power_of_one_phase(
    open_screen: OpenScreen, past: KnownPast
) -> None:
    async with open_screen() as rig:
        view = await look(rig, past)
        assert "kWh" in facts(rig)[1]
        await press(rig, view, "l")
        assert "L1" in title(rig)
        assert facts(rig)[1].startswith("this span highest ")
        assert "kWh" not in facts(rig)[1]


async def test_the_direction_of_a_current_is_an_arrow_and_no_sign(open_screen: OpenScreen, past: KnownPast) -> None:
    async with open_screen() as rig:
        past.value = -3.0
        view = await look(rig, past)
        while "current" not in title(rig):
            await press(rig, view, "tab")
        assert facts(rig)[0].startswith("Fri 14:00 - 14:20 mean ▼ 3.0 A highest ▲ 2.0 A")
        assert "highest ▲ 3997.0 A ▼ 53.0 A" in facts(rig)[1]


@pytest.mark.parametrize("size", [(80, 24), (40, 20), (200, 60)])
async def test_a_battery_has_its_charge_on_a_scale_from_0_to_100(
    open_screen: OpenScreen, past: KnownPast, size: tuple[int, int]
) -> None:
    key, values = "5c2faf0000b1", {"power_w": 640.0, "state_of_charge_pct": 57.0, "cycles": 123}
    async with open_screen(size=size) as rig:
        rig.house.apply(Identified(Endpoint("10.0.0.9", 443, "v2"), Identity(key, "HWE-BAT"), rig.house.now))
        rig.house.apply(Paired(key, rig.house.now))
        rig.house.apply(Measured(key, Measurement(values), System(), rig.house.now, None, 1.0))
        await rig.told()
        rig.session.selected = key
        view = await look(rig, past)
        await press(rig, view, "tab")
        assert "state of charge" in title(rig)
        assert "mean 40 % highest 60 %" in " ".join(facts(rig))
        graph = rig.text("#graph").splitlines()
        labels = [row[:7].rstrip("┤┼│").strip() for row in graph]
        told = {label: at for at, label in enumerate(labels) if label}
        assert [label for label in told if label in ("100", "0 %")] == ["100", "0 %"]
        rows = told["0 %"] - told["100"]  # as high as a full battery
        assert all(told["0 %"] - at == round(rows * float(label) / 100) for label, at in told.items() if label != "0 %")
        highest = next(at for at, row in enumerate(graph) if any(char in row for char in "▁▂▃▄▅▆▇█"))
        assert told["0 %"] - highest == math.ceil(round(rows * 8 * 0.604) / 8)


async def test_gas_has_bars_by_the_hour_and_no_span_that_is_shorter(open_screen: OpenScreen, past: KnownPast) -> None:
    async with open_screen() as rig:
        view = await look(rig, past)
        while "gas" not in title(rig):
            await press(rig, view, "tab")
        assert facts(rig)[0] == "Fri 14:00 - 15:00 1.00 m³"
        await press(rig, view, "plus", "plus", "plus")
        assert title(rig).startswith("Grid gas 6 h")


# ------------------------------------------------------------------ walking


async def test_a_picture_of_another_year_says_which(open_screen: OpenScreen, past: KnownPast) -> None:
    async with open_screen() as rig:
        view = await look(rig, past)
        await press(rig, view, "minus", "minus", "minus", "pageup")
        assert title(rig) == "Grid energy 1 y Thu 1 Aug 2024 to Thu 31 Jul 2025"
        await press(rig, view, "plus")
        assert title(rig).startswith("Grid energy 31 d ")
        assert title(rig).endswith(" 2025")
        await press(rig, view, "plus", "plus")
        assert title(rig).startswith("Grid power 24 h ")
        assert " 2025 " in title(rig)


async def test_walking_zooming_and_the_way_home(open_screen: OpenScreen, past: KnownPast) -> None:
    async with open_screen() as rig:
        view = await look(rig, past)
        walking = view.walking
        assert walking.shown is not None
        first = walking.shown.frame
        await press(rig, view, "pageup")
        assert walking.shown.frame.cuts[-2] == first.start
        walking.place(62)
        stands = walking.walk.column(walking.shown.frame)
        at = walking.shown.frame.cuts[stands]
        await press(rig, view, "plus")
        assert title(rig).startswith("Grid power 6 h")
        assert walking.walk.column(walking.shown.frame) == stands
        assert walking.shown.frame.cuts[stands] <= at < walking.shown.frame.cuts[stands + 1]
        await press(rig, view, "shift+right", "shift+left", "minus")
        await press(rig, view, "home")
        assert walking.shown.frame == first
        walking.place(0)
        await press(rig, view, "left")
        assert walking.shown.frame.cuts[1:] == first.cuts[:-1]
        await press(rig, view, "G")
        assert walking.shown.frame == first


async def test_a_click_places_the_cursor(open_screen: OpenScreen, past: KnownPast) -> None:
    async with open_screen() as rig:
        view = await look(rig, past)
        await rig.pilot.click("#graph", offset=(7 + 20, 5))
        await rig.until(lambda: view.walking.walk.cursor, "the cursor is placed")
        await answered(rig, view)
        assert facts(rig)[0].startswith("Thu 21:00 - 21:20")


async def test_a_frozen_graph_asks_for_nothing_new_and_one_can_still_walk(
    open_screen: OpenScreen, past: KnownPast
) -> None:
    async with open_screen() as rig:
        view = await look(rig, past)
        await press(rig, view, "space")
        asked = len(past.asked)
        await rig.after(400, every_s=100)
        assert len(past.asked) == asked
        assert "frozen at 14:17" in title(rig)
        await press(rig, view, "pageup")
        assert len(past.asked) > asked


async def test_a_day_is_asked_for_again_every_two_minutes_only(open_screen: OpenScreen, past: KnownPast) -> None:
    async with open_screen() as rig:
        await look(rig, past)
        asked = len(past.asked)
        for _ in range(6):
            await rig.after(20, every_s=20)
        assert len(past.asked) - asked <= 6, "the picture, and each time the peak of its newest column"


# ------------------------------------------------------------------ coming and going


async def test_back_goes_where_one_came_from(open_screen: OpenScreen) -> None:
    async with open_screen() as rig:
        for opener in (OVERVIEW, DEVICE, CHECK):
            await rig.press({OVERVIEW: "1", DEVICE: "enter", CHECK: "5"}[opener])
            await rig.in_front(opener)
            await look(rig)
            await rig.press("b")
            await rig.in_front(opener)


async def test_the_device_is_the_selected_one_and_j_goes_to_the_next(open_screen: OpenScreen, past: KnownPast) -> None:
    async with open_screen() as rig:
        rig.select("Solar")
        view = await look(rig, past)
        assert title(rig).startswith("Solar power 24 h")
        await press(rig, view, "k")
        assert title(rig).startswith("Grid power 24 h")
        rig.select("Water")
        view.show()
        await answered(rig, view)
        assert title(rig).startswith("Water water 24 h")
        assert "l/min" in rig.text("#graph")


async def test_a_device_that_vanishes_while_it_is_looked_at_says_so(open_screen: OpenScreen, past: KnownPast) -> None:
    async with open_screen() as rig:
        view = await look(rig, past)
        rig.house.silence(rig.device("Grid").serial or "")
        await rig.after(600, every_s=60)
        await answered(rig, view)
        assert title(rig).startswith("Grid power 24 h lost 1")
        assert title(rig).endswith("to Fri 14:27"), "time goes on"
        await press(rig, view, "left", "minus", "tab")
        assert title(rig).startswith("Grid voltage 7 d L1 lost 1")


async def test_in_a_kiosk_only_the_keys_of_views_work(open_screen: OpenScreen) -> None:
    async with open_screen(settings=Settings(kiosk=True)) as rig:
        view = await look(rig)
        before = view.walking.walk
        await rig.press("left", "minus", "tab", "l", "pageup")
        await rig.pilot.click("#graph", offset=(27, 5))
        assert view.walking.walk == before
        await rig.press("b")
        await rig.in_front("wall")


# ------------------------------------------------------------------ where there is nothing


async def test_without_a_history_there_is_what_this_program_saw_and_since_when(open_screen: OpenScreen) -> None:
    async with open_screen(size=(100, 24)) as rig:
        await look(rig)
        assert facts(rig)[1].startswith("since Fri 14:17 highest")
        await rig.press("minus", "minus", "minus")
        assert title(rig).startswith("Grid power 1 y")
        await rig.press("pageup")
        assert "nothing measured" in facts(rig)[0]


async def test_a_disk_that_never_answers_holds_up_nothing_and_is_told(open_screen: OpenScreen, past: KnownPast) -> None:
    async with open_screen() as rig:
        view = await look(rig, past)
        past.open.clear()
        try:
            await rig.press("pageup", "pageup", "minus")
            assert title(rig).startswith("Grid power 24 h"), "the last picture stays"
            await rig.after(3)
            assert "The disk has not answered yet. Wanted: energy 7 d." in facts(rig)[0]
            await rig.press("b")
            await rig.in_front(OVERVIEW)
            await rig.press("3")
            await rig.in_front(GRAPH)
        finally:
            past.open.set()
        await answered(rig, view)
        assert title(rig).startswith("Grid energy 7 d")


async def test_no_device_and_one_that_measures_nothing(open_screen: OpenScreen) -> None:
    async with open_screen(empty=True) as rig:
        await rig.press("3")
        await rig.in_front(GRAPH)
        assert "Searching" in rig.text("#graph") or "No HomeWizard" in rig.text("#graph")
        await rig.press("left", "minus", "plus", "tab", "l", "pageup", "pagedown", "home", "space")
        assert rig.view == GRAPH
    async with open_screen() as rig:
        rig.house.apply(Seen(Endpoint("192.168.1.99"), "5c2faf00ff99", rig.house.now, "HWE-DSP", "Display", True))
        await rig.told()
        rig.session.selected = "5c2faf00ff99"
        await look(rig)
        assert NOTHING_TO_DRAW in " ".join(rig.text("#graph").split())
        await rig.press("left", "minus", "tab", "l", "pageup")
        assert NOTHING_TO_DRAW in " ".join(rig.text("#graph").split())


@pytest.mark.parametrize("size", [(40, 20), (60, 20), (80, 24), (200, 60), (20, 8), (4, 3)])
async def test_it_fits_every_screen(open_screen: OpenScreen, past: KnownPast, size: tuple[int, int]) -> None:
    async with open_screen(size=size) as rig:
        view = await look(rig, past)
        for key in ("tab", "minus", "minus", "minus", "tab", "tab"):
            await press(rig, view, key)
            rows = rig.screen_text.splitlines()
            assert len(rows) <= size[1]
            assert all(len(row) <= size[0] for row in rows)
        if size[0] >= 40:
            assert " 1 y" in title(rig)
            assert len(facts(rig)) >= 2


# ------------------------------------------------------------------ a page of text


class Record:
    """A page of text after the voltage."""

    name, after = "voltage record", "voltage"

    def fits(self, device: object) -> bool:
        return True

    def find(self, past: object, device: object, now: object) -> object:
        return [f"row {number}" for number in range(40)]

    def rows(self, found: object, context: Context, width: int) -> Lines:
        assert isinstance(found, list)
        return [line(row) for row in found]


async def test_a_page_of_text_comes_after_its_graph_and_scrolls(open_screen: OpenScreen, past: KnownPast) -> None:
    async with open_screen() as rig:
        view = await look(rig, past)
        view.walking.more.append(Record())
        await press(rig, view, "tab", "tab")
        assert title(rig).startswith("Grid voltage record")
        assert rig.text("#graph").startswith("row 0\n")
        await rig.wheel("#graph", 1)
        await rig.until(lambda: rig.text("#graph").startswith("row 1\n"), "it scrolls")


def test_of_many_questions_only_the_newest_is_answered() -> None:
    answers: list[tuple[int, int]] = []
    entered, leave, done = Event(), Event(), Event()

    def find(question: int) -> int:
        entered.set()
        leave.wait(10)
        return question * 2

    def reply(question: int, answer: int) -> None:
        answers.append((question, answer))
        done.set()

    asker: Asker[int, int] = Asker(find, reply)
    asker.ask(1)
    assert entered.wait(10)
    for question in (2, 3, 4):
        asker.ask(question)
    leave.set()
    assert done.wait(10)
    assert answers == [(4, 8)]
