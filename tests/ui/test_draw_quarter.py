"""The Flemish quarter-hour as it is kept: the warning, what was not measured, and the months."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import cast
from zoneinfo import ZoneInfo

import pytest

from tests.ui.test_draw_fuse import PEAK, grid, here
from tests.ui.test_draw_panel import METER, PHASES, T0, device, text
from tests.ui.test_draw_wall import meter, steady
from tui.core.counting.quarter import MonthPeak, RunningQuarter, divmod_month
from tui.core.model import Device, Fleet, Link, Read
from tui.core.profiles import PROFILES
from tui.core.settings import Settings
from tui.engine.mailbox import Snapshot
from tui.ui.draw.lines import Context, Lines, plain
from tui.ui.draw.panel import all_lines, panel
from tui.ui.draw.quarter import quarter
from tui.ui.draw.wall import wall
from tui.ui.glyphs import GLYPHS
from tui.ui.session import Engine, Session

ZONE = ZoneInfo("Europe/Brussels")
NOW = T0.plus(330)  # 14:37:30
NOVEMBER = 2026 * 12 + 10


def peak(back: int, watts: float, *, whole: bool = True) -> MonthPeak:
    year, month = divmod_month(NOVEMBER - back)
    return MonthPeak(year, month, watts, datetime(year, month, 3, 18, 15, tzinfo=ZONE).timestamp(), whole)


MONTHS = (peak(0, 4610), *(peak(back, 4000 - 150 * back, whole=back != 2) for back in range(1, 13)))
QUIET = RunningQuarter(NOW.utc - 450, 450, NOVEMBER, 1060.0, 2310.0, peaks=MONTHS)
BEATS = replace(QUIET, average_w=3460.0, forecast_w=5120.0, beats=True)


def flemish(told: RunningQuarter | None, name: str = "be-vlg") -> Context:
    return replace(here(grid=name), now=NOW, quarter_of=lambda key: told)


def p1(**values: float) -> Device:
    found = device({**METER, **PHASES, **PEAK, **values})
    assert found.measurement
    return replace(found, measurement=Read(found.measurement.value, NOW), link=Link(last_answer=NOW))


def block(told: RunningQuarter, width: int = 78) -> list[str]:
    return [plain(row).rstrip() for found in quarter(p1(), flemish(told), width) for row in found.rows]


def notices(rows: Lines) -> list[str]:
    """The rows in reverse, which fill the whole width."""
    return [text([row]).strip() for row in rows if row and all("notice" in span.style for span in row)]


# ------------------------------------------------------------------ the warning

LONG = "This quarter comes to 5.12 kW and beats the month's 4.61 kW: draw less than 2.3 kW until 14:45"


@pytest.mark.parametrize(
    ("width", "height", "words"),
    [
        (118, 40, LONG),
        (78, 21, "5.12 kW by 14:45 beats the month's 4.61 kW: draw less than 2.3 kW"),
        (38, 17, "5.12 beats 4.61 kW: max 2.3 to 14:45"),
        (30, 12, "5.12 beats 4.61 kW"),
    ],
)
def test_a_row_across_the_panel_and_the_wall_warns_in_words(width: int, height: int, words: str) -> None:
    drawn = panel(p1(), flemish(BEATS), steady, width, height, None).rows
    assert notices(drawn) == [words]
    assert [len(plain(row)) for row in drawn if plain(row).strip() == words] == [width]
    one = replace(grid(2500), link=Link(last_answer=NOW))
    one = replace(one, measurement=Read(one.measurement.value, NOW)) if one.measurement else one
    rows = wall([one], Fleet({one.key: one}), flemish(BEATS), steady, width, height, 0, None).rows
    assert notices(rows) == [words]
    assert len(rows) == height


def test_on_the_smallest_wall_the_warning_takes_the_row_of_problems() -> None:
    one = replace(p1(), given_role=None)
    rows = wall([one], Fleet({one.key: one}), flemish(BEATS), steady, 40, 5, 0, None).rows
    assert notices(rows) == ["5.12 beats 4.61 kW: max 2.3 to 14:45"]


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (replace(BEATS, peaks=(peak(0, 900),), forecast_w=2600.0, average_w=1000.0), "beats the 2.50 kW that always c"),
        (replace(BEATS, average_w=4600.0), "5.12 kW by 14:45 beats the month's 4.61 kW, whatever you switch off"),
    ],
)
def test_what_is_beaten_and_when_it_is_too_late(told: RunningQuarter, words: str) -> None:
    (found,) = notices(panel(p1(), flemish(told), steady, 78, 21, None).rows)
    assert words in found


@pytest.mark.parametrize(("told", "name"), [(QUIET, "be-vlg"), (BEATS, "be-wal"), (BEATS, "nl"), (None, "be-vlg")])
def test_no_warning_without_reason_or_where_no_quarter_is_billed(told: RunningQuarter | None, name: str) -> None:
    assert notices(panel(p1(), flemish(told, name), steady, 78, 21, None).rows) == []


def test_a_silent_meter_warns_of_nothing() -> None:
    late = replace(flemish(BEATS), now=NOW.plus(30))
    assert notices(panel(p1(), late, steady, 78, 21, None).rows) == []
    assert "forecast" not in text(all_lines(p1(), late, 78))


# ------------------------------------------------------------------ the block


def test_what_was_not_measured_is_said() -> None:
    own = replace(QUIET, by_meter=False, since_s=200.0, missed_s=130.0, peaks=(peak(0, 4610, whole=False),))
    assert block(own) == [
        "  quarter 14:30-14:45   so far 1.06 kW since 14:33, 2 min missed",
        "  forecast at least 2.31 kW   highest seen 4.61 kW",
        "  you may draw at most 7.10 kW until 14:45, 7:30 left",
        "  peak set Tue 3 Nov 18:15",
    ]
    assert "so far 1.06 kW since 14:44 " in block(replace(own, since_s=885.0, missed_s=0.0))[0], "not since its end"
    unknown = replace(own, since_s=0.0, missed_s=0.0, peaks=())
    assert block(unknown) == ["  quarter 14:30-14:45   so far 1.06 kW   forecast 2.31 kW"]


def test_before_the_first_peak_of_a_month_the_least_counts() -> None:
    assert block(replace(QUIET, peaks=MONTHS[1:]))[:3] == [
        "  quarter 14:30-14:45   so far 1.06 kW   forecast 2.31 kW",
        "  month peak none yet, counts as 2.50   you may draw 2.88 kW until 14:45",
        "  mean of 12 months 3.06 kW, billed",
    ]


def test_a_meter_whose_clock_is_off_has_its_quarters_by_ours() -> None:
    assert block(replace(QUIET, start=QUIET.start - 203))[0].startswith("  quarter 14:27-14:42   so far")
    assert block(replace(QUIET, start=QUIET.start + 1.7))[0].startswith("  quarter 14:30-14:45   so far")


def test_the_mean_of_the_months_and_the_list() -> None:
    rows = block(QUIET)
    assert rows[2:] == [
        "  mean of 12 months 3.24 kW, billed",
        "  peaks of the months",
        "  Nov 2026  4.61 kW  Tue  3 18:15 now   Apr 2026  2.95 kW  Fri  3 18:15",
        "  Oct 2026  3.85 kW  Sat  3 18:15       Mar 2026  2.80 kW  Tue  3 18:15",
        "  Sep 2026  3.70 kW  Thu  3 18:15 part  Feb 2026  2.65 kW  Tue  3 18:15",
        "  Aug 2026  3.55 kW  Mon  3 18:15       Jan 2026  2.50 kW  Sat  3 18:15",
        "  Jul 2026  3.40 kW  Fri  3 18:15       Dec 2025  2.35 kW  Wed  3 18:15",
        "  Jun 2026  3.25 kW  Wed  3 18:15       Nov 2025  2.20 kW  Mon  3 18:15",
        "  May 2026  3.10 kW  Sun  3 18:15",
    ]
    assert "  mean of the 3 months known 4.05 kW, billed" in block(replace(QUIET, peaks=MONTHS[:3]))
    assert max(map(len, block(QUIET, 38))) <= 38
    drawn = text(panel(p1(), flemish(QUIET), steady, 78, 21, None).rows)
    assert "mean of 12 months" in drawn
    assert "peaks of the months" not in drawn, "it is for who scrolls"


@pytest.mark.parametrize(
    ("told", "says"),
    [
        (replace(QUIET, since_s=200.0), "since 14:33"),
        (replace(QUIET, average_w=3215.0), "room 2.7 kW"),  # 2.79: whoever draws 2.8 beats the month
    ],
)
def test_the_tile_says_what_is_not_counted_and_else_what_keeps_below_the_peak(told: RunningQuarter, says: str) -> None:
    one = p1()
    rows = wall([one, meter(-2140)], Fleet({one.key: one}), flemish(told), steady, 80, 30, 0, None)
    tile = [plain(row).split("│")[0].strip() for row in rows.rows]
    assert tile[tile.index("Quarter to 14:45") :][:3] == ["Quarter to 14:45", "2.31 of 4.61 kW", says]


def test_a_frozen_screen_keeps_its_quarter() -> None:
    class Engines:
        kept: object

        def __init__(self) -> None:
            self.kept, self.told = self, QUIET

        def quarter(self, key: str, now: object) -> RunningQuarter:
            return self.told

    engine = Engines()
    session = Session(cast("Engine", engine), Settings(), GLYPHS["unicode"], PROFILES["be-vlg"], Snapshot(Fleet(), NOW))
    session.freeze()
    assert session.context.quarter_of("x") is QUIET
    engine.told = BEATS
    assert session.context.quarter_of("x") is QUIET
    session.freeze()
    assert session.context.quarter_of("x") is BEATS
