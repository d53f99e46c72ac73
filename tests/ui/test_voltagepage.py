"""The page of the voltage record: its rows at any width, with and without excursions, without a history; the page
as the graph view shows it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, cast

import pytest

from tui.core.graph.bucket import Bucket
from tui.core.model import Fleet, key_of
from tui.core.moment import Now
from tui.core.past.history import Level, Past, Row
from tui.core.profiles import PROFILES
from tui.engine.demo.household import DEFAULT_START, Household
from tui.engine.demo.still import Still
from tui.engine.keeping.kept import NothingKept
from tui.ui.draw.lines import Context, Lines, plain, width_of
from tui.ui.glyphs import GLYPHS
from tui.ui.keys import GRAPH
from tui.ui.session import Session
from tui.ui.voltagepage import VoltagePage

if TYPE_CHECKING:
    from tests.ui.conftest import OpenScreen, Rig

NOW = Now(1_781_266_620.0, 0.0)
"""Friday 12 June 2026, 14:17 in Amsterdam."""
NOON = 1_781_258_400
"""12:00 that day."""
WIDTHS = (40, 80, 200)


class MinutesPast:
    """A history of minutes: the voltage by phase, and the power, of the 10-minute windows given; others are missing."""

    def __init__(self, windows: Mapping[int, Sequence[float]], power_w: float | None = -2905.0) -> None:
        self._windows, self._power_w = windows, power_w
        self.asked = 0

    def rows(self, place: str, level: Level, start: float, end: float) -> Iterator[Row]:
        self.asked += 1
        for window, volts in sorted(self._windows.items()):
            bands = {f"voltage_l{phase}_v": Bucket(v - 1, v, v + 1, 60) for phase, v in enumerate(volts, 1)}
            if self._power_w is not None:
                bands["power_w"] = Bucket(self._power_w, self._power_w, self._power_w, 60)
            for minute in range(10):
                at = NOON + 600 * window + 60 * minute
                if start <= at < end:
                    yield Row(at, 60, 59, bands)

    def window(self, place: str, quantity: str, start: float, end: float, columns: int) -> tuple[Bucket | None, ...]:
        return (None,) * columns

    def amounts(self, place: str, quantity: str, cuts: Sequence[float]) -> tuple[None, ...]:
        return (None,) * (len(cuts) - 1)

    def begins(self, place: str) -> float | None:
        return float(NOON)


@pytest.fixture(scope="module")
def fleet() -> Fleet:
    house = Still(Household("nl"), DEFAULT_START)
    house.run(3)
    return house.fleet


def page_rows(fleet: Fleet, past: MinutesPast | None, width: int) -> list[str]:
    page, device = VoltagePage(cast("Session", None)), fleet.devices[key_of("5c2fafe8a06f")]
    found = page.find(cast("Past | None", past), device, NOW)
    rows: Lines = page.rows(found, Context(GLYPHS["console"], PROFILES["nl"], NOW, fleet), width)
    assert all(width_of(row) <= width for row in rows)
    return [plain(row).rstrip() for row in rows]


@pytest.mark.parametrize("width", WIDTHS)
def test_without_a_history_it_says_so(fleet: Fleet, width: int) -> None:
    assert " ".join(" ".join(page_rows(fleet, None, width)).split()) == (
        "There is no history, so nothing is known of the days before."
    )


@pytest.mark.parametrize("width", WIDTHS)
def test_before_ten_minutes_are_whole_it_says_so(fleet: Fleet, width: int) -> None:
    assert " ".join(page_rows(fleet, MinutesPast({}), width)).split()[:6] == [
        "No",
        "ten",
        "minutes",
        "are",
        "complete",
        "yet:",
    ]


def test_where_nothing_lies_outside_each_phase_has_its_extremes(fleet: Fleet) -> None:
    past = MinutesPast({0: (230.0, 231.0, 232.0), 1: (241.0, 229.5, 232.0)})
    assert page_rows(fleet, past, 80) == [
        " 10-minute means of the last 7 days, norm 207 to 253 V; 2 of 1008 are known",
        " L1  highest 241.0 V Fri 12 Jun 12:10  lowest 230.0 V Fri 12 Jun 12:00",
        "     outside 0.0 %",
        " L2  highest 231.0 V Fri 12 Jun 12:00  lowest 229.5 V Fri 12 Jun 12:10",
        "     outside 0.0 %",
        " L3  highest 232.0 V Fri 12 Jun 12:00  lowest 232.0 V Fri 12 Jun 12:00",
        "     outside 0.0 %",
        "",
        " No mean lies outside 207 to 253 V.",
        " As a file: hwtui export --voltage --from -7d -o voltage.csv",
    ]


EXCURSIONS = {0: (230.0, 230.0), 1: (253.5, 206.0), 2: (254.25, 230.0), 3: (253.0, 207.0)}


def test_what_lies_outside_is_listed_newest_first_with_the_export_beside_it(fleet: Fleet) -> None:
    assert page_rows(fleet, MinutesPast(EXCURSIONS), 200) == [
        " 10-minute means of the last 7 days, norm 207 to 253 V; 4 of 1008 are known",
        " L1  highest 254.2 V Fri 12 Jun 12:20  lowest 230.0 V Fri 12 Jun 12:00  outside 50.0 %"
        "  longest 20 min, Fri 12 Jun 12:10  its worst 254.2 V",
        " L2  highest 230.0 V Fri 12 Jun 12:00  lowest 206.0 V Fri 12 Jun 12:10  outside 25.0 %"
        "  longest 10 min, Fri 12 Jun 12:10  its worst 206.0 V",
        "",
        " Means outside, newest first, with the export beside them:",
        " Fri 12 Jun 12:20  L1 254.2 V high  export 2905 W",
        " Fri 12 Jun 12:10  L1 253.5 V high  L2 206.0 V low  export 2905 W",
        " As a file: hwtui export --voltage --from -7d -o voltage.csv",
    ]


def test_on_a_phone_nothing_of_it_is_cut_off(fleet: Fleet) -> None:
    narrow, wide = (page_rows(fleet, MinutesPast(EXCURSIONS), width) for width in (40, 200))
    assert " ".join(narrow).split() == " ".join(wide).split()
    assert narrow[-4:-2] == [" Fri 12 Jun 12:10  L1 253.5 V high", "     L2 206.0 V low  export 2905 W"]


def test_a_house_that_draws_exports_nothing_and_one_without_a_power_says_nothing(fleet: Fleet) -> None:
    assert any("export 0 W" in row for row in page_rows(fleet, MinutesPast(EXCURSIONS, 400.0), 80))
    rows = page_rows(fleet, MinutesPast(EXCURSIONS, None), 80)
    assert not any("export" in row for row in rows if row.startswith(" Fri"))


def test_the_disk_is_asked_once_for_each_window(fleet: Fleet) -> None:
    page, past = VoltagePage(cast("Session", None)), MinutesPast(EXCURSIONS)
    device = fleet.devices[key_of("5c2fafe8a06f")]
    for seconds in (0.0, 30.0, 200.0, 400.0):
        page.find(cast("Past", past), device, Now(NOW.utc + seconds, seconds))
    assert past.asked == 2  # up to 14:20:20, when its last minutes may not be on the disk, and at 14:23:40


async def test_the_graph_view_reaches_it_with_tab_and_scrolls_it(
    open_screen: OpenScreen, monkeypatch: pytest.MonkeyPatch
) -> None:
    past = MinutesPast({-at: (254.0, 230.0, 230.0) for at in range(100)})
    async with open_screen() as rig:
        kept = NothingKept()
        kept.past = cast("Past", past)
        monkeypatch.setattr(type(rig.session.engine), "kept", property(lambda self: kept))
        await rig.press("3")
        await rig.in_front(GRAPH)
        for _ in range(2):
            await rig.press("tab")
        await rig.until(lambda: "norm 207" in rig.text("#graph"), "the voltage record is there")
        await rig.pilot.pause()
        assert " ".join(rig.text("#title").split()) == "Grid voltage record"
        assert rig.text("#keys") == " j k scroll  tab current  b back  space freeze  ? help"
        assert first_row(rig).startswith(" 10-minute means")
        for key, row in (
            ("down", " L1"),
            ("k", " 10-minute means"),
            ("pagedown", " Fri"),
            ("home", " 10-minute means"),
        ):
            await rig.press(key)
            assert first_row(rig).startswith(row)
        await rig.press("tab")
        await rig.until(lambda: "current" in rig.text("#title"), "the next page")
        assert "24 h" in rig.text("#title")


def first_row(rig: Rig) -> str:
    return rig.text("#graph").splitlines()[0]
