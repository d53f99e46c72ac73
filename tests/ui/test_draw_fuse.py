"""The main fuse on the P1 panel and the wall, and the Flemish quarter-hour, as they must look."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ui.test_draw_panel import (
    DSMR_4,
    GAS,
    METER,
    ONE_PHASE,
    P1,
    PHASES,
    SOCKET,
    T0,
    TOTALS,
    above_about,
    context,
    device,
    text,
)
from tests.ui.test_draw_wall import meter, steady
from tui.core.checks.worst import Highest, PhaseWorst, Worst
from tui.core.fuse import Fuse, parse_fuse
from tui.core.model import Device, Fleet, Link, Read, Role
from tui.core.moment import Now
from tui.core.reading import Value
from tui.ui.draw.fuse import strain
from tui.ui.draw.lines import Context, plain, width_of
from tui.ui.draw.panel import all_lines, panel
from tui.ui.draw.phases import phases
from tui.ui.draw.quarter import quarter
from tui.ui.draw.wall import wall

WORST = Worst(
    T0.plus(-7800),
    {1: PhaseWorst(3.0, 12.5, 240.6), 2: PhaseWorst(21.0, 0.0, 236.5), 3: PhaseWorst(8.8, 0.0, 236.9)},
    Highest(250.4, 1, T0.plus(-4920)),
    {"sags": 0, "swells": 0, "power failures": 0},
    whole_ampere=False,
)


def here(fuse: str | None = "3x25", worst: Worst | None = WORST, grid: str = "nl", age: float = 1.0) -> Context:
    size = parse_fuse(fuse) if fuse else None
    return replace(context(age, grid), fuse=size, worst_of=lambda key: worst)


def block(one: Device, context: Context, width: int = 78) -> str:
    found = phases(one, context, width)
    assert found
    return text(found.rows)


def below(one: Device, context: Context, width: int = 78) -> str:
    found = strain(one, context, width)
    return text(found.rows) if found else ""


# ------------------------------------------------------------------ the panel


def test_with_a_fuse_each_phase_has_its_share_of_it_and_its_worst_minute() -> None:
    assert above_about(text(all_lines(P1, here(), 78))) == (
        "  ▼  672 W  to grid                                           tariff 2 normal\n"
        "\n"
        "         power  current  of fuse 3x25  most since 12:22  voltage  207      253\n"
        "  L1 ▼  1180 W    4.9 A  ██··········        out 12.5 A  241.3 V  ········■···\n"
        "  L2 ▲   412 W    1.7 A  █···········        in  21.0 A  236.8 V  ·······■····\n"
        "  L3 ▲    96 W    0.4 A  ············        in   8.8 A  237.1 V  ·······■····\n"
        "\n"
        "  smallest room since 12:22: import 4.0 A (L2)   export 12.5 A (L1)\n"
        "  10-min mean V  L1 240.6  L2 236.5  L3 236.9    highest 250.4  L1 13:10\n"
        "  since 12:22 (2 h 10)   sags 0   swells 0   power failures 0\n"
        "\n"
        "  meter reads          t1 low      t2 normal          total\n"
        "  import kWh        10830.511       2948.827      13779.338\n"
        "  export kWh         1285.951       2876.510       4162.461\n"
        "\n"
        "  Gas      2569.646 m3  0.42 m3/h  read 14:25\n"
        "\n"
        "  since installed  sags 2 1 0  swells 0 0 0  power cuts 4  long cuts 5"
    )


@pytest.mark.parametrize(
    ("width", "picture"),
    [
        (
            64,
            "         power  current  of fuse 3x25  most since 12:22  voltage\n"
            "  L1 ▼  1180 W    4.9 A  ██··········        out 12.5 A  241.3 V\n"
            "  L2 ▲   412 W    1.7 A  █···········        in  21.0 A  236.8 V\n"
            "  L3 ▲    96 W    0.4 A  ············        in   8.8 A  237.1 V",
        ),
        (
            45,
            "         power     A  of 25 A          V\n"
            "  L1 ▼  1180 W   4.9  ██········   241.3\n"
            "  L2 ▲   412 W   1.7  █·········   236.8\n"
            "  L3 ▲    96 W   0.4  ··········   237.1",
        ),
        (
            38,
            "         power     A  of 25 A        V\n"
            "  L1 ▼  1180 W   4.9  ██······   241.3\n"
            "  L2 ▲   412 W   1.7  █·······   236.8\n"
            "  L3 ▲    96 W   0.4  ········   237.1",
        ),
        (
            28,
            "         power     A       V\n"
            "  L1 ▼  1180 W   4.9   241.3\n"
            "  L2 ▲   412 W   1.7   236.8\n"
            "  L3 ▲    96 W   0.4   237.1",
        ),
    ],
)
def test_where_room_is_scarce_whole_columns_are_left_out(width: int, picture: str) -> None:
    assert block(P1, here(), width) == picture


def test_on_a_small_screen_the_phases_stay_and_the_rest_goes_first() -> None:
    rows = text(panel(P1, here(), lambda *args: (None,) * args[-1], 40, 17, None).rows)
    assert "L1 ▼  1180 W   4.9  ██········   241.3" in rows
    assert "room" not in rows
    assert "total" in rows


def test_a_phone_in_flanders_shows_the_quarter_though_not_all_that_matters_as_much_fits() -> None:
    one = device({**METER, **PHASES, **TOTALS, **PEAK}, external=(GAS,))
    rows = text(panel(one, here(grid="be-vlg"), lambda *args: (None,) * args[-1], 40, 17, None).rows)
    assert "you may draw" in rows
    assert "total" in rows
    assert "Gas" not in rows


@pytest.mark.parametrize(("grid", "watts"), [("nl", 1180), ("be-vlg", 1180)])
def test_the_hint_stands_once_and_not_in_a_kiosk(grid: str, watts: int) -> None:
    assert block(P1, here(None, grid=grid)).count("(f: set the fuse)") == 1
    assert "fuse" not in block(P1, replace(here(None, grid=grid), kiosk=True))
    assert "room" not in below(P1, here(None, grid=grid))
    assert "10-min mean V" in below(P1, here(None, grid=grid))


def test_meters_that_are_not_behind_the_fuse_have_the_bars_of_their_own() -> None:
    loads = replace(P1, product_type="HWE-KWH3", given_role=Role.LOAD)
    assert "of 2 kW" in block(loads, here())
    assert below(loads, here()) == below(SOCKET, here()) == ""
    other = replace(P1, given_role=Role.NONE)
    assert "of 2 kW" in block(other, here())


def test_without_a_full_minute_nothing_is_claimed() -> None:
    young = Worst(T0.plus(-20), {phase: PhaseWorst() for phase in (1, 2, 3)}, None, {}, whole_ampere=False)
    rows = block(P1, here(worst=young)).splitlines()
    assert "most since 14:31" in rows[0]
    assert "    --  241.3 V" in rows[1]
    assert below(P1, here(worst=young)) == "  smallest room: known after a minute"
    assert "most  voltage" in block(P1, here(worst=None))
    assert below(P1, here(worst=None)) == ""


def test_a_record_of_more_than_a_day_speaks_of_the_last_24_hours_for_it_remembers_no_more() -> None:
    old = WORST._replace(since=T0.plus(-50 * 3600), events={"sags": 2, "power failures": 1})
    assert "most last 24 h" in block(P1, here(worst=old))
    assert below(P1, here(worst=old)).splitlines() == [
        "  smallest room last 24 h: import 4.0 A (L2)   export 12.5 A (L1)",
        "  10-min mean V  L1 240.6  L2 236.5  L3 236.9    highest 250.4  L1 13:10",
        "  last 24 h   sags 2   power failures 1",
    ]


@pytest.mark.parametrize(
    ("width", "rows"),
    [
        (
            60,
            "  smallest room: in 4.0 A (L2)   out 12.5 A (L1)\n"
            "  10-min mean V  L1 240.6  L2 236.5  L3 236.9\n"
            "  highest 10-min mean 250.4  L1 13:10\n"
            "  since 12:22  sags 0  swells 0  failures 0",
        ),
        (
            45,
            "  least room: in 4.0 A (L2)  out 12.5 A (L1)\n"
            "  10-min mean V  L1 240.6  L2 236.5  L3 236.9\n"
            "  highest 10-min mean 250.4  L1 13:10\n"
            "  since 12:22  sags 0  swells 0  failures 0",
        ),
        (
            38,
            "  least room A: in 4.0 L2  out 12.5 L1\n"
            "  10-min mean V  240.6  236.5  236.9\n"
            "  highest 10-min mean 250.4  L1 13:10",
        ),
        (20, ""),
    ],
)
def test_what_was_worst_has_shorter_words_for_less_room(width: int, rows: str) -> None:
    assert below(P1, here(), width) == rows


def test_a_fuse_that_was_overloaded_says_by_how_much_without_a_minus_sign() -> None:
    over = WORST._replace(phases={**WORST.phases, 2: PhaseWorst(27.0, 0.0, 236.5)})
    found = strain(P1, here(worst=over), 78)
    assert found
    assert "import 2.0 A over (L2)" in plain(found.rows[0])
    assert next(span.style for span in found.rows[0] if "2.0 A over" in span.text) == "fail"


def test_a_house_that_never_exports_has_no_room_for_it() -> None:
    least = WORST._replace(phases={1: PhaseWorst(3.0, 0.0), 2: PhaseWorst(0.0, 0.0)})
    assert below(P1, here(worst=least)).splitlines()[0] == "  smallest room since 12:22: import 22.0 A (L1)"


def test_dsmr_4_sends_whole_ampere_and_no_voltage_so_its_current_is_reckoned() -> None:
    coarse = here(worst=WORST._replace(whole_ampere=True))
    assert block(DSMR_4, coarse) == (
        "         power  current  of fuse 3x25  most since 12:22  voltage\n"
        "  L1 ▼  1180 W    5.1 A  ██··········        out 12.5 A  not sent by DSMR 4.2\n"
        "  L2 ▲   412 W    1.8 A  █···········        in  21.0 A\n"
        "  L3 ▲    96 W    0.4 A  ············        in   8.8 A\n"
        "  current reckoned from power at 230 V; power is new every 10 s"
    )
    assert block(DSMR_4, coarse, 45).splitlines()[4:] == [
        "  voltage is not sent by DSMR 4.2",
        "  current reckoned at 230 V, new every 10 s",
    ]
    assert "reckoned" not in block(DSMR_4, here(None))


def test_whole_ampere_of_dsmr_5_are_reckoned_from_power_and_voltage() -> None:
    coarse = here(worst=WORST._replace(whole_ampere=True))
    assert block(P1, coarse).splitlines()[4] == (
        "  current reckoned from power and voltage: the meter sends whole ampere"
    )
    unsent = device({name: value for name, value in PHASES.items() if "current" not in name})
    assert block(unsent, here()).splitlines()[4] == "  current reckoned from power and voltage"
    assert "current" not in block(unsent, here(None))


LONE = WORST._replace(phases={1: PhaseWorst(21.0, 0.0, 236.8)}, highest=None)


@pytest.mark.parametrize(
    ("width", "row"),
    [
        (78, "    1.7 A of fuse 1x35  █···········   most in 21.0 A since 12:22   236.8 V"),
        (60, "    1.7 A of fuse 1x35  █···········   236.8 V"),
        (45, "    1.7 A  █··········· of 35 A   236.8 V"),
        (39, "    1.7 A  ·········· of 35 A   236.8 V"),
        (20, "    1.7 A   236.8 V"),
    ],
)
def test_one_phase_has_one_row(width: int, row: str) -> None:
    assert block(ONE_PHASE, here("1x35", LONE), width) == row
    assert below(ONE_PHASE, here("1x35", LONE)).splitlines()[:2] == [
        "  smallest room since 12:22: import 14.0 A",
        "  10-min mean V  236.8",
    ]


def test_one_phase_that_sends_its_total_alone_is_reckoned_from_that() -> None:
    alone = device({"protocol_version": 42, "power_w": 2300})
    assert block(alone, here("1x35", LONE)) == (
        "   10.0 A of fuse 1x35  ███·········   most in 21.0 A since 12:22\n"
        "  voltage is not sent by DSMR 4.2\n"
        "  current reckoned from power at 230 V; power is new every 10 s"
    )
    assert phases(alone, here("3x25"), 78) is None, "which phase it is of, nobody knows"


def test_3x230_v_has_no_watt_per_phase_and_no_direction() -> None:
    sent: dict[str, Value] = {
        **{name: value for name, value in PHASES.items() if "_l2_" not in name},
        "power_l2_w": 0,
        "current_l1_a": 10.9,
        "current_l3_a": 8.6,
        "voltage_l1_v": 231.3,
        "voltage_l3_v": 232.1,
    }
    seen = WORST._replace(phases={1: PhaseWorst(0.0, 21.4, 231.0), 2: PhaseWorst(), 3: PhaseWorst(3.0, 19.0, 232.0)})
    one = device({**METER, **sent})
    assert block(one, here(worst=seen, grid="be-vlg-3x230")) == (
        "       current  of fuse 3x25  most since 12:22  voltage  207      253\n"
        "  L1    10.9 A  █████·······            21.4 A  231.3 V  ······■·····\n"
        "  L2   not measured on 3x230 V\n"
        "  L3     8.6 A  ████········            19.0 A  232.1 V  ······■·····\n"
        "  3x230 V: power per phase means nothing here; 3x25 A is 10.0 kVA in all"
    )
    assert block(one, here(worst=seen, grid="be-vlg-3x230"), 45).splitlines()[-1] == (
        "  3x230 V: no W per phase; 3x25 A is 10.0 kVA"
    )
    assert below(one, here(worst=seen, grid="be-vlg-3x230")).splitlines()[0] == (
        "  smallest room since 12:22: 3.6 A (L1)"
    )
    dark = seen._replace(phases={**seen.phases, 2: PhaseWorst(0.0, 0.0, 0.0)})
    assert "V  L1 231.0  L3 232.0" in below(one, here(worst=dark, grid="be-vlg-3x230")), "L2 is not measured"
    assert "L2 0.0" in below(one, here(worst=dark)), "a phase that is dead"


@given(
    st.dictionaries(st.sampled_from(sorted(PHASES)), st.floats(-1e6, 1e6) | st.just(0.0)),
    st.integers(20, 130),
    st.sampled_from(["nl", "be-vlg-3x230"]),
    st.sampled_from(["1x35", "3x25", "3x250", "1x12.5"]),
    st.booleans(),
)
def test_no_row_is_wider_than_the_panel_whatever_was_measured(
    values: Mapping[str, float], width: int, grid: str, fuse: str, whole: bool
) -> None:
    usual = {name: round(value / 20) for name, value in values.items()}
    at = here(fuse, WORST._replace(whole_ampere=whole), grid)
    for one in (device({**METER, **usual}), device(usual)):
        blocks = [phases(one, at, width), strain(one, at, width), *quarter(one, at, width)]
        assert [plain(row) for found in blocks if found for row in found.rows if width_of(row) > max(width, 34)] == []


# ------------------------------------------------------------------ the Flemish quarter

PEAK: dict[str, Value] = {
    "power_w": 2500,
    "average_power_15m_w": 1060,
    "monthly_power_peak_w": 4610,
    "monthly_power_peak_timestamp": datetime(2026, 11, 3, 18, 15),
}


def at_minute(minute: float, values: Mapping[str, Value], width: int = 78, grid: str = "be-vlg") -> list[str]:
    """The block at 14:`minute`."""
    now = T0.plus(60 * (minute - 32))
    measured = device({**METER, **values}).measurement
    assert measured
    one = replace(device({}), measurement=Read(measured.value, now), link=Link(last_answer=now))
    return [plain(row) for found in quarter(one, replace(here(grid=grid), now=now), width) for row in found.rows]


def test_the_quarter_says_what_it_comes_to_and_what_may_be_drawn() -> None:
    assert at_minute(37.5, PEAK) == [
        "  quarter 14:30-14:45   so far 1.06 kW   forecast 2.31 kW   month peak 4.61 kW",
        "  you may draw 7.10 kW until 14:45, 7:30 left   peak set Tue 3 Nov 18:15",
    ]
    assert at_minute(37.5, PEAK, 45) == [
        "  quarter so far 1.06 kW  forecast 2.31 kW",
        "  month peak 4.61 kW  you may draw 7.10 kW",
        "  peak set Tue 3 Nov 18:15",
    ]


def test_at_the_end_of_a_quarter_no_more_may_be_drawn_than_the_fuse_carries() -> None:
    assert at_minute(44.5, PEAK)[1].startswith("  you may draw 17.25 kW until 14:45, 0:30 left")


def test_in_the_first_two_minutes_and_on_the_first_of_the_month() -> None:
    low = {**PEAK, "average_power_15m_w": 90, "monthly_power_peak_w": 840}
    del low["monthly_power_peak_timestamp"]
    assert at_minute(31, low) == [
        "  quarter 14:30-14:45   so far 0.09 kW   forecast after 14:32",
        "  month peak 0.84 kW, counts as 2.50   you may draw 2.58 kW until 14:45",
    ]
    assert "forecast 2.26 kW" in at_minute(32, low)[0]
    assert at_minute(31, low, 45)[0] == "  quarter so far 0.09 kW  forecast at 14:32"


def test_elsewhere_and_when_it_is_late_there_is_no_forecast() -> None:
    assert at_minute(37.5, PEAK, grid="be-wal") == [
        "  quarter hour so far 1.06 kW  month peak 4.61 kW  set Tue 3 Nov 18:15"
    ]
    blocks = quarter(device({**METER, **PEAK}), here(grid="be-vlg", age=30), 78)
    late = text([row for found in blocks for row in found.rows])
    assert "forecast" not in late
    assert "so far 1.06 kW" in late


@pytest.mark.parametrize(("power", "style"), [(2500, ""), (9000, "warn")])
def test_a_forecast_above_the_peak_is_marked(power: float, style: str) -> None:
    now = T0.plus(330)
    one = replace(device({}), measurement=Read(device({**PEAK, "power_w": power}).measurement.value, now))  # type: ignore[union-attr]
    rows = quarter(one, replace(here(grid="be-vlg"), now=now), 78)[0].rows
    assert next(span.style for span in rows[0] if span.text.startswith(("2.31", "5.56"))) == style


# ------------------------------------------------------------------ the wall

SENT = {
    "power_l1_w": -1180.0,
    "power_l2_w": 412.0,
    "power_l3_w": 96.0,
    "current_l1_a": 4.9,
    "current_l2_a": 1.7,
    "current_l3_a": 0.4,
}


def on_the_wall(one: Device, context: Context, width: int = 80, height: int = 30) -> list[str]:
    rows = wall(
        [one, meter(-2140)], Fleet({one.key: one}), context, steady, width, height, 0, None, lambda key: 3600.0
    ).rows
    return [plain(row).rstrip() for row in rows]


def grid(age: float = 1.0, power: float = -672, **sent: float) -> Device:
    return meter(power, "Grid", Role.GRID, age=age, **(sent or SENT))


def row_with(rows: list[str], words: str) -> int:
    return next(at for at, row in enumerate(rows) if words in row)


@pytest.mark.parametrize(
    ("width", "phases", "bars"),
    [
        (
            80,
            "   L1 ▼  1180 W   4.9 A     L2 ▲   412 W   1.7 A     L3 ▲    96 W   0.4 A",
            "   ███··········· of 25 A   █············· of 25 A   ·············· of 25 A",
        ),
        (
            62,
            " L1 ▼  1180 W  4.9 A L2 ▲   412 W  1.7 A L3 ▲    96 W  0.4 A",
            " ██········· of 25 A █·········· of 25 A ··········· of 25 A",
        ),
        (40, " L1 ▼  1180 W  4.9 A L2 ▲   412 W  1.7 A", " ██········· of 25 A █·········· of 25 A"),
    ],
)
def test_the_wall_has_a_bar_below_each_phase(width: int, phases: str, bars: str) -> None:
    rows = on_the_wall(grid(), here(), width)
    at = row_with(rows, "L1 ")
    assert rows[at : at + 2] == [phases, bars]
    assert not any(" of 25 A" in row for row in on_the_wall(grid(), here(None), width))


def test_a_low_wall_leaves_out_the_bars_before_the_phases() -> None:
    rows = on_the_wall(grid(), here(), 80, 9)
    assert "L1 ▼" in rows[row_with(rows, "L1 ")]
    assert not any(" of 25 A" in row for row in rows)


def test_the_wall_reckons_as_the_panel_does() -> None:
    coarse = here(worst=WORST._replace(whole_ampere=True))
    rows = on_the_wall(grid(power_l1_w=-1180.0, current_l1_a=5.0), coarse)
    assert "L1 ▼  1180 W   5.1 A" in rows[row_with(rows, "L1 ")]
    rows = on_the_wall(grid(power=412, power_l1_w=412.0, voltage_l1_v=230.0), here("1x35"))
    at = row_with(rows, "L1 ")
    assert rows[at : at + 2] == ["   L1 ▲   412 W   1.8 A", "   █············· of 35 A"]


def test_the_wall_of_3x230_v_has_amperes_and_bars_alone_and_only_with_a_fuse() -> None:
    one = grid(power=4000, current_l1_a=10.9, current_l2_a=0.0, current_l3_a=8.6)
    rows = on_the_wall(one, here(grid="be-vlg-3x230"))
    at = row_with(rows, "L1 ")
    assert rows[at : at + 2] == [
        "   L1     10.9 A            L3     8.6 A",
        "   ██████········ of 25 A   █████········· of 25 A",
    ]
    assert not any("L1" in row for row in on_the_wall(one, here(None, grid="be-vlg-3x230")))


def test_a_silent_meter_has_no_bars_and_a_late_one_dimmed_ones() -> None:
    assert not any(" of 25 A" in row for row in on_the_wall(grid(age=90), here()))
    one = grid(age=12)
    rows = wall([one], Fleet({one.key: one}), here(), steady, 80, 30, 0, None, lambda key: 3600.0).rows
    bars = next(row for row in rows if " of 25 A" in plain(row))
    assert all("stale" in span.style for span in bars if span.text.strip())


@pytest.mark.parametrize(
    ("minute", "tile"),
    [
        (37.5, ["Quarter to 14:45", "2.31 of 4.61 kW", "room 7.1 kW"]),
        (31.0, ["Quarter to 14:45", "1.06 kW so far", "month peak 4.61 kW"]),
    ],
)
def test_the_first_tile_in_flanders_is_what_the_quarter_comes_to(minute: float, tile: list[str]) -> None:
    now: Now = T0.plus(60 * (minute - 32))
    sent = {"average_power_15m_w": 1060.0, "monthly_power_peak_w": 4610.0}
    one = meter(2500, "Grid", Role.GRID, **sent)
    assert one.measurement
    one = replace(one, measurement=Read(one.measurement.value, now), link=Link(last_answer=now))
    rows = on_the_wall(one, replace(here(grid="be-vlg"), now=now))
    top = row_with(rows, "┬")
    assert [row.split("│")[0].strip() for row in rows[top + 1 : top + 4]] == tile


def test_a_fuse_is_written_in_a_head_as_it_is_set() -> None:
    assert str(Fuse(1, 12.5)) in block(ONE_PHASE, here("1x12.5", LONE))
