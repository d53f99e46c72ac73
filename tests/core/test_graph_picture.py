"""The graph view's graphs as pictures: what is expected is drawn here."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.core.graph.bars import IN_ASCII, ON_CONSOLE, SHADED, TWO_TONES, Look
from tui.core.graph.level import Level, level_for, level_labels
from tui.core.graph.picture import EDGE_CELLS, LEAST_ROWS, Axis, Picture, Values, curve, picture
from tui.core.graph.scale import Scale

WATT = Axis("W", 10.0)
VOLT = Axis("V", 0.5, (207.0, 253.0), raised=True)
KWH = Axis("kWh", 0.05, amounts=True)


def texts(drawn: Picture) -> list[str]:
    return [row.text for row in drawn.rows]


DAY = [
    curve(-300, 600, 1900),
    curve(900, 1000, 1100),
    None,
    curve(0, 0, 0),
    curve(-2200, -1200, -900),
    curve(-1500, -1500, -1500),
    curve(-100, 300, 2600),
    curve(400, 400, 400),
]


def day(look: Look) -> Picture:
    return picture(DAY, WATT, 12, look, width=10, labels=[(1, "15:00")], cursor=3)


def test_on_the_console_a_block_is_the_mean_and_a_shade_reaches_to_the_highest_and_lowest() -> None:
    assert texts(day(ON_CONSOLE)) == [
        "          │      ",
        "      │   │      ",
        " 2.4kW┤ · │  ░   ",
        "      │░  │  ░   ",
        "   1.2┤░▒ │  ░   ",
        "      │██ │  ▒▒  ",
        "     0┼─┼·┼────  ",
        "      │░  │██░   ",
        "  -1.2┤ · │██    ",
        "      │   │░▒    ",
        "  -2.4┤ · │░     ",
        "        15:00    ",
    ]


def test_the_same_in_ascii() -> None:
    assert texts(day(IN_ASCII)) == [
        "          |      ",
        "      |   |      ",
        " 2.4kW+ . |  '   ",
        "      |'  |  '   ",
        "   1.2+': |  '   ",
        "      |## |  ::  ",
        "     0+-+.+----  ",
        "      |'  |##'   ",
        "  -1.2+ . |##    ",
        "      |   |':    ",
        "  -2.4+ . |'     ",
        "        15:00    ",
    ]


def test_in_eighths_the_shade_has_a_tone_of_its_own() -> None:
    drawn = day(TWO_TONES)
    assert texts(drawn) == [
        "          │      ",
        "      │   │  ▃   ",
        " 2.4kW┤▁· │  █   ",
        "      │█  │  █   ",
        "   1.2┤█▅ │  █   ",
        "      │██ │  ▄▅  ",
        "     0┼─┼·┼────  ",
        "      │▄  │██▇   ",
        "  -1.2┤ · │██    ",
        "      │   │█▄    ",
        "  -2.4┤ · │▃     ",
        "        15:00    ",
    ]
    assert [row.roles[6:] for row in drawn.rows] == [
        "    c      ",
        "a   c  I   ",
        "aIa c  I   ",
        "aI  c  I   ",
        "aIj c  I   ",
        "aii c  ji  ",
        "aaagcaaaa  ",
        "aR  ceeR   ",
        "a a cee    ",
        "a   cEr    ",
        "a a cR     ",
        "  lllll    ",
    ]


def test_eighths_without_a_second_tone_have_the_shade_of_the_console() -> None:
    assert texts(day(SHADED))[4:8] == [
        "   1.2┤░▅ │  ░   ",
        "      │██ │  ▄▅  ",
        "     0┼─┼·┼────  ",
        "      │░  │██░   ",
    ]


def test_columns_share_the_cells_and_the_cursor_and_marks_stand_on_their_columns() -> None:
    columns = [curve(10, 10, 10), curve(30, 30, 30), None, curve(20, 20, 20)]
    drawn = picture(columns, Axis("A", 0.2, (25.0,)), 9, ON_CONSOLE, starts=[0, 1, 3, 4, 6], width=6, cursor=3)
    assert texts(drawn) == [
        "           │ ",
        "    30┤ ██ │ ",
        "    25┤·!█ │ ",
        "    20┤ ██ ██",
        "      │ ██ ██",
        "    10┤███ ██",
        "      │███ ██",
        "   0 A┼───·┼─",
        "             ",
    ]


SUPPLY = [curve(229, 231, 234), curve(205, 228, 230), None, curve(250, 252, 254.5), curve(240, 242, 245)]


def test_both_limits_of_a_voltage_are_lines_and_what_is_beyond_them_has_a_mark() -> None:
    drawn = picture(SUPPLY, VOLT, 18, ON_CONSOLE, width=6, labels=[(0, "15:00")], cursor=4)
    assert texts(drawn) == [
        "           │ ",
        "      │    │ ",
        "   253┤· ·!│ ",
        "     V│   █│ ",
        "   245┤·  █▒ ",
        "      │   ██ ",
        "   237┤·  ██ ",
        "      │▒  ██ ",
        "   229┤██ ██ ",
        "      │██ ██ ",
        "   221┤██ ██ ",
        "      │██ ██ ",
        "      │██ ██ ",
        "   207┤█!·██ ",
        "      │██ ██ ",
        "      │██ ██ ",
        "   197┤██·██ ",
        "       15:00 ",
    ]
    assert [row.roles[10] for row in drawn.rows[2:4]] == ["b", "i"]


def test_a_low_graph_of_a_voltage_has_only_the_limit_that_is_near() -> None:
    drawn = picture([SUPPLY[0], SUPPLY[3], SUPPLY[4]], VOLT, 8, ON_CONSOLE, width=6, cursor=2)
    assert texts(drawn) == [
        "         │   ",
        "      │  │   ",
        "   253┤·!│ · ",
        "     V│ █│   ",
        "   243┤ ██   ",
        "      │ ██   ",
        "   233┤▒██   ",
        "             ",
    ]


def test_a_voltage_at_its_limit_is_not_beyond_it() -> None:
    for value, marks in ((253.0, 0), (253.1, 1), (207.0, 0), (206.9, 1)):
        drawn = picture([curve(value, value, value)], VOLT, 18, ON_CONSOLE, width=10)
        assert sum(row.text.count("!") for row in drawn.rows) == marks, value


def test_the_fuse_is_a_line_in_both_directions() -> None:
    fuse = Axis("A", 0.2, (-25.0, 25.0))
    drawn = picture([curve(1, 4, 6), curve(20, 24, 26), curve(-3, -2, 0)], fuse, 14, ON_CONSOLE, width=6)
    assert texts(drawn) == [
        "             ",
        "    30┤      ",
        "    25┤·!· · ",
        "    20┤ █    ",
        "      │ █    ",
        "    10┤ █    ",
        "      │██    ",
        "   0 A┼───   ",
        "      │  ▒   ",
        "   -10┤      ",
        "      │      ",
        "   -20┤      ",
        "   -25┤· · · ",
        "             ",
    ]


def test_energy_stands_and_hangs_in_bars_and_a_day_without_is_a_gap() -> None:
    days = [Values(11.2, 0.4), Values(4, 6), None, Values(2, 0)]
    labels = [(0, "Fri"), (5, "Sat"), (10, "Sun"), (15, "Mon")]
    assert texts(picture(days, KWH, 11, ON_CONSOLE, cells=5, width=21, labels=labels, cursor=1)) == [
        "             │              ",
        "      │▒▒▒   │              ",
        "    10┤███  ·│   ·    ·     ",
        "      │███   │              ",
        "     5┤███  ▒▒▒  ·    ·     ",
        "      │███  ███       ███   ",
        " 0 kWh┼┼────┼┼───·····┼─────",
        "      │▒▒▒  ███             ",
        "    -5┤·    ███  ·    ·     ",
        "      │     ▒▒▒             ",
        "       Fri  Sat  Sun  Mon   ",
    ]


def test_far_less_energy_than_the_smallest_mark_has_none_and_no_row() -> None:
    """0.08 kWh below a month of 747 would be a bar of 60."""
    days = [Values(2, 0.08), Values(747, 0.02), Values(0, 0)]
    assert texts(picture(days, KWH, 8, ON_CONSOLE, cells=5, width=15)) == [
        "                      ",
        "      │     ███       ",
        "   600┤     ███       ",
        "      │     ███       ",
        "   300┤     ███       ",
        "      │     ███       ",
        " 0 kWh┼───────────────",
        "                      ",
    ]
    eighths = picture([Values(11.2, 0.05), Values(0.05, 0.01)], KWH, 8, TWO_TONES, width=2)
    assert texts(eighths)[-3:] == ["      │█ ", " 0 kWh┼──", "         "]
    solar = picture([Values(0.02, 11.2)], KWH, 8, ON_CONSOLE, width=1)
    assert texts(solar)[1] == " 0 kWh┼─"
    few = picture([Values(0, 0.08), Values(0.03, 0)], KWH, 8, ON_CONSOLE, width=2)
    assert "█" in "".join(texts(few)), "where nothing is more, it is the scale"


def test_a_long_unit_has_a_row_of_its_own() -> None:
    drawn = picture([curve(0, 4.5, 12), None, curve(0, 0, 0)], Axis("l/min", 0.5), 8, ON_CONSOLE, width=4)
    assert texts(drawn)[1:4] == ["      │░   ", "    10┤░   ", " l/min│░   "]


def test_a_picture_of_nothing_has_its_axes() -> None:
    for axis in (WATT, VOLT, KWH, Axis("V", 0.5, (), raised=True)):
        drawn = picture([None] * 4, axis, 10, ON_CONSOLE, width=4)
        assert sum("····" in row.text for row in drawn.rows) == 1, axis


def test_the_scale_stays_while_one_walks_unless_it_must_change() -> None:
    first = picture([curve(0, 3000, 5600)], WATT, 18, ON_CONSOLE, width=10).scale
    assert picture([curve(0, 1500, 3900)], WATT, 18, ON_CONSOLE, width=10, previous=first).scale == first
    assert picture([curve(0, 1500, 7000)], WATT, 18, ON_CONSOLE, width=10, previous=first).scale != first
    level = picture(SUPPLY, VOLT, 8, ON_CONSOLE, width=6).scale
    assert isinstance(level, Level)
    assert picture([curve(231, 233, 234)], VOLT, 8, ON_CONSOLE, width=6, previous=level).scale == level
    assert picture([curve(240, 241, 270)], VOLT, 8, ON_CONSOLE, width=6, previous=level).scale != level


@settings(max_examples=60)
@given(
    means=st.lists(
        st.none() | st.tuples(*[st.floats(-1e6, 1e6) | st.floats(200, 260)] * 3).map(sorted), min_size=1, max_size=40
    ),
    height=st.integers(LEAST_ROWS, 60),
    axis=st.sampled_from((WATT, VOLT, KWH, Axis("A", 0.2, (25.0,)), Axis("V", 0.5, (), raised=True))),
    look=st.sampled_from((TWO_TONES, SHADED, ON_CONSOLE, IN_ASCII)),
    cells=st.sampled_from((1, 1, 2, 5, 11)),
    spare=st.integers(0, 5),
    data=st.data(),
)
def test_a_picture_is_as_large_as_asked_whatever_it_shows(
    means: list[list[float] | None],
    height: int,
    axis: Axis,
    look: Look,
    cells: int,
    spare: int,
    data: st.DataObject,
) -> None:
    width = len(means) * cells + spare
    columns = [None if one is None else curve(*one) for one in means]
    cursor = data.draw(st.none() | st.integers(0, len(means) - 1))
    drawn = picture(columns, axis, height, look, cells=cells, width=width, cursor=cursor)
    again = picture(columns, axis, height, look, cells=cells, width=width, cursor=cursor, previous=drawn.scale)
    assert again == drawn
    assert len(drawn.rows) == height
    for row in drawn.rows:
        assert len(row.text) == len(row.roles) == EDGE_CELLS + width
        assert set(row.roles) <= set(" ieragmlIERjfcb")


@settings(max_examples=60)
@given(
    st.floats(-1e5, 1e5), st.floats(0, 1e5), st.integers(2, 60), st.floats(-1e5, 1e5), st.sampled_from((0.01, 0.5, 10))
)
def test_a_level_holds_everything_and_a_row_of_it_ends_at_its_anchor(
    low: float, more: float, rows: int, anchor: float, finest: float
) -> None:
    level = level_for(low, low + more, rows, anchor, finest)
    slack = level.unit_per_row * 1e-6 + 1e-6
    assert level.base <= low + slack
    assert level.top >= low + more - slack
    nearer = (anchor - level.base) / level.unit_per_row
    assert abs(nearer - round(nearer)) < 1e-3
    assert level_for(low, low + more, rows, anchor, finest, level) == level
    assert all(0 <= row < rows for row, _ in level_labels(level, anchor))


@pytest.mark.parametrize("values", [[curve(0, 1e300, 1e300)], [curve(-1e300, 0, 0)]])
def test_no_value_is_too_large(values: Sequence[Values]) -> None:
    assert isinstance(picture(values, WATT, 10, ON_CONSOLE, width=10).scale, Scale)
    assert isinstance(picture(values, VOLT, 10, ON_CONSOLE, width=10).scale, Level)
