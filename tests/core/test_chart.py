"""Graphs as pictures: what is expected is drawn here."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.core.graph.bucket import Bucket
from tui.core.graph.chart import (
    ASCII,
    ASCII_AXES,
    BOX_AXES,
    CONSOLE,
    GUTTER_CELLS,
    MIN_HEIGHT,
    UNICODE,
    AxisGlyphs,
    Graph,
    Levels,
    Row,
    plot_columns,
    power_graph,
    signed_bars,
    spark,
)
from tui.core.graph.scale import Scale

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
AT_14_22 = 1_763_817_720.0  # 22 November 2025

SETS = [(UNICODE, BOX_AXES), (CONSOLE, BOX_AXES), (ASCII, ASCII_AXES)]


def buckets(*means: float | None) -> list[Bucket | None]:
    return [None if mean is None else Bucket(mean, mean, mean, 1) for mean in means]


def graph(
    means: Sequence[float | None], height: int, levels: Levels = CONSOLE, axes: AxisGlyphs = BOX_AXES
) -> list[str]:
    return texts(
        power_graph(buckets(*means), height, start=AT_14_22, step_s=10, zone=AMSTERDAM, levels=levels, axes=axes)
    )


def texts(picture: Graph) -> list[str]:
    return [row.text for row in picture.rows]


# Bars


def test_import_stands_and_export_hangs_in_eighths() -> None:
    rows = signed_bars(buckets(100, 150, 25, None, 0, -100, -150, -25), Scale(100, 2, 2), UNICODE)
    assert rows == (
        Row(" ▄      ", " i      "),
        Row("██▂     ", "iii     "),
        # The part that is free of a hanging cell, in swapped colours.
        Row("     ██▆", "     eer"),
        Row("      ▄ ", "      r "),
    )


def test_the_console_has_half_full_cells_that_need_no_swapped_colours() -> None:
    rows = signed_bars(buckets(100, 150, 30, None, 0, -100, -150, -30), Scale(100, 2, 2), CONSOLE)
    assert rows == (
        Row(" ▒      ", " i      "),
        Row("██▒     ", "iii     "),
        Row("     ██▒", "     eee"),
        Row("      ▒ ", "      e "),
    )


def test_ascii_has_them_too() -> None:
    rows = signed_bars(buckets(100, 150, None, -30), Scale(100, 2, 1), ASCII)
    assert [row.text for row in rows] == [" :  ", "##  ", "   :"]


@pytest.mark.parametrize(
    ("levels", "drawn"),
    [(UNICODE, "▁▁▁▂▃▄▅▆▇█"), (CONSOLE, "▒▒▒▒▒▒▒███"), (ASCII, ":::::::###")],
)
def test_a_bar_ends_at_the_nearest_level_and_the_smallest_is_not_lost(levels: Levels, drawn: str) -> None:
    values = buckets(0.001, 5, 12, 25, 37, 50, 62, 75, 88, 100)
    assert signed_bars(values, Scale(100, 1, 0), levels)[0].text == drawn


def test_the_smallest_export_is_seen_as_well() -> None:
    assert signed_bars(buckets(-0.001), Scale(100, 1, 1), UNICODE) == (Row(" ", " "), Row("▇", "r"))


def test_runs_join_cells_of_the_same_kind() -> None:
    assert list(Row("┤██ ▂", "aii r").runs()) == [("┤", "a"), ("██", "i"), (" ", " "), ("▂", "r")]


# Whole graphs

MIXED = [-600, -560, -400, None, None, 250, 1300, 1150, 700, 0, 0, -900, -1600, -2200, -1800, -1000, 300, 420]


def test_import_and_export_share_the_rows() -> None:
    assert graph(MIXED, 10) == [
        "     │      ▒▒          ",
        " 1 kW┤      ██▒         ",
        "     │     ▒███       ▒█",
        "    0┼───··─────────────",
        "     │███        █████  ",
        "   -1┤           █████  ",
        "     │            ███   ",
        "   -2┤             █▒   ",
        "     │             ▒    ",
        "      14:22       14:24 ",
    ]


def test_the_same_in_eighths() -> None:
    assert graph(MIXED, 10, UNICODE) == [
        "     │      ▅▂          ",
        " 1 kW┤      ██▃         ",
        "     │     ▄███       ▅▇",
        "    0┼───··─────────────",
        "     │██▂        █████  ",
        "   -1┤▆▇         ▂████  ",
        "     │            ███   ",
        "   -2┤            ▆█▃   ",
        "     │             ▅    ",
        "      14:22       14:24 ",
    ]


def test_the_same_in_ascii() -> None:
    assert graph(MIXED, 10, ASCII, ASCII_AXES) == [
        "     |      ::          ",
        " 1 kW+      ##:         ",
        "     |     :###       :#",
        "    0+---..-------------",
        "     |###        #####  ",
        "   -1+           #####  ",
        "     |            ###   ",
        "   -2+             #:   ",
        "     |             :    ",
        "      14:22       14:24 ",
    ]


def test_every_cell_says_what_it_is() -> None:
    picture = power_graph(buckets(*MIXED), 10, start=AT_14_22, step_s=10, zone=AMSTERDAM, levels=UNICODE, axes=BOX_AXES)
    assert [row.roles for row in picture.rows] == [
        "     a      ii          ",
        " lllla      iii         ",
        "     a     iiii       ii",
        "    laaaaggaaaaaaaaaaaaa",
        "     aeer        eeeee  ",
        "   llarr         reeee  ",
        "     a            eee   ",
        "   lla            rer   ",
        "     a             r    ",
        "      lllll       lllll ",
    ]
    assert picture.scale == Scale(500, 3, 5)


def test_a_house_that_never_exports_has_its_zero_line_at_the_bottom() -> None:
    assert graph([900] * 15 + [1900, 1900, 1400, 2900, 3000, 2600, 900, None, None, 0, 400], 5) == [
        " 3 kW┤                  ██▒     ",
        "    2┤               ██▒███     ",
        "    1┤██████████████████████   ▒",
        "    0┼──────────────────────··──",
        "      14:22       14:24         ",
    ]


def test_a_house_that_only_exports_has_its_zero_line_at_the_top() -> None:
    assert graph([-2140, -2100, -1900, -700, -300, -20, 0, None, -600, -1200], 6) == [
        " 0 kW┼───────·──",
        " -0.6┤████▒▒  ██",
        " -1.2┤███      █",
        " -1.8┤███       ",
        " -2.4┤▒▒        ",
        "      14:22     ",
    ]


def test_before_anything_was_measured_there_are_only_axes() -> None:
    assert graph([None] * 12, 4) == [
        " 20 W┤            ",
        "   10┤            ",
        "    0┼············",
        "      14:22       ",
    ]


def test_next_to_nothing_is_seen_and_does_not_fill_the_graph() -> None:
    assert graph([3, 3, 0, 0.2, -2, -9], 5, UNICODE) == [
        " 10 W┤▂▂ ▁  ",
        "    0┼──────",
        "  -10┤    ▆▁",
        "  -20┤      ",
        "      14:22 ",
    ]


def test_a_low_graph_does_without_clock_times() -> None:
    assert graph([-2, 1200, None], 3) == ["1.5kW┤ █ ", "    0┼──·", " -1.5┤▒  "]


def test_the_next_picture_keeps_the_scale_while_it_may() -> None:
    def after(previous: Scale | None, *means: float) -> Scale:
        return power_graph(
            buckets(*means), 10, start=0, step_s=10, zone=AMSTERDAM, levels=UNICODE, axes=BOX_AXES, previous=previous
        ).scale

    evening = after(None, 3900, 400)
    assert evening == Scale(500, 8, 0)
    assert after(evening, 2500, 400) == evening
    assert after(evening, 4100, 400) == Scale(600, 8, 0)
    assert after(evening, 400, 300) == Scale(50, 8, 0)
    assert after(evening, 400, -10) == Scale(60, 7, 1)


def test_only_the_last_column_changes_between_two_buckets() -> None:
    before = graph([*MIXED, 300], 10)
    after = graph([*MIXED, 800], 10)
    assert before != after
    assert [row[:-1] for row in before] == [row[:-1] for row in after]


def test_water_has_its_unit_between_the_numbers_and_a_finer_scale() -> None:
    picture = power_graph(
        buckets(0, 4.5, 12, 0),
        6,
        start=AT_14_22,
        step_s=10,
        zone=AMSTERDAM,
        levels=CONSOLE,
        axes=BOX_AXES,
        unit="l/min",
        finest=0.5,
    )
    assert texts(picture) == [
        "   12┤  █ ",
        "l/min│  █ ",
        "    6┤ ▒█ ",
        "     │ ██ ",
        "    0┼────",
        "          ",
    ]
    assert [row.roles[:GUTTER_CELLS] for row in picture.rows[:2]] == ["   lla", "llllla"]


@pytest.mark.parametrize("height", [-1, 0, MIN_HEIGHT - 1])
def test_a_graph_needs_three_rows(height: int) -> None:
    with pytest.raises(ValueError, match="needs 2 rows"):
        graph([1.0], height)


def test_the_columns_are_what_the_gutter_leaves() -> None:
    assert [plot_columns(width) for width in (0, 6, 7, 80)] == [0, 0, 1, 74]


# The trend in the device list


def test_a_trend_is_one_row_with_gaps_zeros_and_both_directions() -> None:
    values = buckets(0, 100, None, 400, 800, -800, -90, 0.1)
    assert spark(values, UNICODE) == Row("_▁ ▄██▁▁", "ai iieei")
    assert spark(values, CONSOLE) == Row("_▒ ▒██▒▒", "ai iieei")
    assert spark(values, ASCII) == Row("_: :##::", "ai iieei")
    assert spark(buckets(None, None), ASCII) == Row("  ", "  ")


# Properties

finite = st.floats(allow_nan=False, allow_infinity=False)
household = st.floats(-30_000, 30_000)


@given(
    means=st.lists(st.none() | finite | household, min_size=1, max_size=120),
    height=st.integers(MIN_HEIGHT, 60),
    look=st.sampled_from(SETS),
    start=st.floats(0, 4e9),
    step_s=st.sampled_from((1, 10, 60, 1200)),
    unit=st.sampled_from(("W", "l/min")),
)
def test_a_graph_is_as_large_as_asked_whatever_it_shows(
    means: list[float | None], height: int, look: tuple[Levels, AxisGlyphs], start: float, step_s: int, unit: str
) -> None:
    levels, axes = look
    picture = power_graph(
        buckets(*means), height, start=start, step_s=step_s, zone=AMSTERDAM, levels=levels, axes=axes, unit=unit
    )
    assert len(picture.rows) == height
    for row in picture.rows:
        assert len(row.text) == len(row.roles) == GUTTER_CELLS + len(means)
        assert set(row.roles) <= set(" ieralg")
        assert "".join(text for text, _ in row.runs()) == row.text
    assert sum("l/min" in row.text for row in picture.rows) == (unit == "l/min")


@given(st.lists(st.none() | household, min_size=1, max_size=80), st.integers(MIN_HEIGHT, 40), st.sampled_from(SETS))
def test_each_bar_is_on_its_side_whole_and_as_long_as_it_should_be(
    means: list[float | None], height: int, look: tuple[Levels, AxisGlyphs]
) -> None:
    levels, axes = look
    scale = power_graph(buckets(*means), height, start=0, step_s=10, zone=AMSTERDAM, levels=levels, axes=axes).scale
    rows = signed_bars(buckets(*means), scale, levels)
    for column, mean in enumerate(means):
        cells = [(row.text[column], row.roles[column]) for row in rows]
        above, below = cells[: scale.up], cells[scale.up :]
        filled = sum(
            levels.full - levels.marks.index(text) if role == "r" else levels.marks.index(text) for text, role in cells
        )
        exact = abs(mean or 0.0) / scale.unit_per_row * levels.full
        assert abs(filled - exact) <= 0.5 or (filled == 1 and mean and exact < 1)
        assert {role for _, role in above} <= ({"i", " "} if (mean or 0) > 0 else {" "})
        assert {role for _, role in below} <= ({"e", "r", " "} if (mean or 0) < 0 else {" "})


@given(st.lists(st.none() | finite, max_size=40), st.sampled_from(SETS))
def test_a_trend_is_as_wide_as_it_has_columns(means: list[float | None], look: tuple[Levels, AxisGlyphs]) -> None:
    row = spark(buckets(*means), look[0])
    assert len(row.text) == len(row.roles) == len(means)
    assert [text == " " for text in row.text] == [mean is None for mean in means]


# A base and limits


def voltages(means: Sequence[float | None], height: int, *marks: float) -> Graph:
    return power_graph(
        buckets(*means),
        height,
        start=AT_14_22,
        step_s=10,
        zone=AMSTERDAM,
        levels=CONSOLE,
        axes=BOX_AXES,
        unit="V",
        finest=0.5,
        base=230.0,
        marks=marks,
    )


def test_bars_stand_on_a_base_and_a_limit_is_a_line_behind_them() -> None:
    picture = voltages([240, 256, 240, None, 220, 230], 9, 253.0)
    assert texts(picture) == [
        "     │ ▒    ",
        "  253┤─█────",
        "    V│ █    ",
        "  242┤▒█▒   ",
        "     │███   ",
        "  230┼───·──",
        "     │    █ ",
        "  218┤    ▒ ",
        "      14:22 ",
    ]
    assert [row.roles[6:] for row in picture.rows[1:4]] == ["mimmmm", " i    ", "iii   "]


def test_a_limit_that_nothing_reaches_is_in_the_picture() -> None:
    picture = voltages([231.0, 229.0], 8, 253.0, 207.0)
    assert sum("253┤──" in text for text in texts(picture)) == 1
    assert sum("207┤──" in text for text in texts(picture)) == 1


@given(
    st.lists(st.none() | st.floats(-1e4, 1e4), min_size=1, max_size=40),
    st.integers(MIN_HEIGHT, 30),
    st.lists(st.floats(-1e4, 1e4), max_size=3),
    st.sampled_from((("W", 0.0), ("V", 230.0), ("Hz", 50.0), ("A", 0.0))),
)
def test_a_graph_with_a_base_and_limits_is_as_large_as_asked(
    means: list[float | None], height: int, marks: list[float], kind: tuple[str, float]
) -> None:
    unit, base = kind
    picture = power_graph(
        buckets(*means),
        height,
        start=0,
        step_s=10,
        zone=AMSTERDAM,
        levels=ASCII,
        axes=ASCII_AXES,
        unit=unit,
        base=base,
        marks=marks,
    )
    assert len(picture.rows) == height
    assert {len(row.text) for row in picture.rows} == {len(row.roles) for row in picture.rows}
    assert {len(row.text) for row in picture.rows} == {GUTTER_CELLS + len(means)}
