"""The wall in any size: the grid's power is never cut, and what there is room for is there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tui.core.api.v1 import parse_measurement
from tui.core.graph.bucket import Bucket
from tui.core.model import Device, Endpoint, Fleet, Link, Problem, Read, Role, State
from tui.core.moment import Now
from tui.core.profiles import profile_of
from tui.core.reading import External, Measurement
from tui.ui.draw.digits import DOTS, Dot, big
from tui.ui.draw.lines import Context, plain
from tui.ui.draw.panel import exactly
from tui.ui.draw.wall import Wall, wall
from tui.ui.glyphs import GLYPHS

CONSOLE = GLYPHS["console"]
T0 = Now(datetime(2026, 11, 21, 14, 32, tzinfo=ZoneInfo("Europe/Amsterdam")).timestamp(), 5000.0)
HERE = Context(CONSOLE, profile_of("nl"), T0)


def steady(key: str, quantity: str, start: float, end: float, columns: int) -> tuple[Bucket | None, ...]:
    return (Bucket(400.0, 412.0, 420.0, 3),) * columns


def meter(
    power: float, name: str = "Solar", role: Role | None = Role.SOLAR, *, age: float = 1, **more: float
) -> Device:
    kind = "HWE-P1" if role is Role.GRID else "HWE-KWH1"
    return Device(
        name.casefold(),
        "5c2faf000001",
        kind,
        name=name,
        given_role=role,
        endpoints=(Endpoint("192.168.1.20"),),
        measurement=Read(Measurement({"power_w": power, **more}), T0.plus(-age)),
        link=Link(last_answer=T0.plus(-age)),
    )


PHASES = {"power_l1_w": -1180.0, "power_l2_w": 412.0, "power_l3_w": 96.0, "current_l1_a": 4.9, "tariff": 2}


def grid(power: float = -672, *, age: float = 1) -> Device:
    return meter(power, "Grid", Role.GRID, age=age, **PHASES)


def house(power: float = -672, *others: Device) -> list[Device]:
    return [grid(power), *(others or (meter(-2140),))]


def drawn(devices: Sequence[Device], width: int, height: int, page: int = 0, frozen_at: str | None = None) -> Wall:
    fleet = Fleet({device.key: device for device in devices}, {}, ())
    return wall(devices, fleet, HERE, steady, width, height, page, None, lambda key: 3600.0, frozen_at)


def shown(devices: Sequence[Device], width: int, height: int, page: int = 0, frozen_at: str | None = None) -> list[str]:
    """The picture as it is on a screen of that size."""
    rows = drawn(devices, width, height, page, frozen_at).rows
    assert len(rows) == height
    return [plain(row) for row in exactly(rows, width, height)]


def stands_in(rows: Sequence[str], digits: Sequence[str]) -> bool:
    """Whether these digits are in the picture, every cell of them."""
    return any(
        all(row[at : at + len(one)] == one for row, one in zip(rows[top:], digits, strict=False))
        for top in range(len(rows) - len(digits) + 1)
        for at in range(len(rows[top]) - len(digits[0]) + 1)
    )


def test_a_second_dongle_is_a_tile_and_not_the_head_and_adds_nothing() -> None:
    second = replace(grid(-671), key="attic", name="Attic", same_meter_as="5c2faf000001")
    rows = "\n".join(shown([second, grid(), meter(-2140)], 80, 24))
    assert " GRID " in rows
    assert "house uses  1468 W" in rows
    assert re.search(r"Attic .*\n.*671 W.*\n.*duplicate", rows)


@settings(max_examples=100)
@given(st.integers(20, 200), st.integers(5, 60), st.integers(0, 99_999), st.booleans())
@example(40, 20, 1623, True)  # the fourth digit was cut to half
@example(41, 9, 1623, True)
@example(44, 24, 1623, True)
@example(72, 24, 1623, True)  # the fourth digit was lost behind the house's figures
@example(78, 24, 1623, True)
@example(80, 24, 99_999, False)
@example(97, 36, 99_950, False)
def test_the_power_is_whole_in_every_size(width: int, height: int, power: int, exports: bool) -> None:
    rows = shown(house(-power if exports else power), width, height)
    text, unit = (str(power), "W") if power < 10_000 else (f"{power / 1000:.1f}", "kW")
    in_digits = any(stands_in(rows, big(text, CONSOLE, dot)) for dot in DOTS)
    assert in_digits or any(f" {text} {unit}" in row for row in rows)
    assert any(f" {unit} " in f"{row} " for row in rows)  # it may be the last on its row
    word = "idle" if power < 5 else "to grid" if exports else "from grid"
    assert any(word in row for row in rows)


@pytest.mark.parametrize("width", [68, 80, 120, 200])
def test_direction_and_house_stand_beside_the_digits_however_wide_the_wall_is(width: int) -> None:
    devices = house(-1672, meter(-2140), meter(300, "Battery", Role.BATTERY))
    assert [row[:68].rstrip() for row in shown(devices, width, 10)[1:6]] == [
        "  ██████████    ██    ██████  ██████  ██████     house uses   168 W",
        "    ██████    ████    ██          ██      ██     solar       2140 W",
        "      ██        ██    ██████      ██  ██████ W   charging     300 W",
        "                ██    ██  ██      ██  ██     to grid",
        "              ██████  ██████      ██  ██████     tariff 2 normal",
    ]


def test_the_digits_are_as_large_as_there_is_room_for_them_and_their_word() -> None:
    assert [row[:48].rstrip() for row in shown(house(), 80, 10)[1:6]] == [
        "  ██████████  ██████  ██████  ██████",
        "    ██████    ██          ██      ██",
        "      ██      ██████      ██  ██████ W",
        "              ██  ██      ██  ██     to grid",
        "              ██████      ██  ██████",
    ]


@pytest.mark.parametrize(("width", "height"), [(54, 20), (47, 20)])
def test_with_less_room_the_word_and_the_figures_of_the_house_are_below(width: int, height: int) -> None:
    rows = shown(house(), width, height)
    assert stands_in(rows, big("672", CONSOLE, Dot(2)))
    assert any("house uses 1468 W   solar 2140 W" in row for row in rows)


@pytest.mark.parametrize(("width", "height"), [(46, 20), (40, 20), (41, 9)])
def test_with_still_less_a_dot_is_one_cell(width: int, height: int) -> None:
    assert stands_in(shown(house(), width, height), big("672", CONSOLE, Dot(1)))


def test_a_few_cells_have_the_power_in_words() -> None:
    assert shown(house(), 20, 5) == [
        "▼ 672 W             ",
        "to grid             ",
        "                    ",
        " house uses 1468 W  ",
        "                    ",
    ]


LOADS = [meter(100 * number, f"Socket {number}", Role.LOAD) for number in range(1, 8)]


def tiles_in(rows: Sequence[str]) -> list[str]:
    """The names on the tiles."""
    return [device.label for device in LOADS if any(device.label in row for row in rows)]


@pytest.mark.parametrize(
    ("width", "height", "tiles", "graph", "page"),
    [
        (80, 16, 4, False, "page 1 of 2"),
        (120, 16, 6, False, "page 1 of 2"),
        (60, 20, 6, False, "page 1 of 2"),  # two rows of tiles rather than empty ones
        (40, 20, 4, False, "page 1 of 2"),
        (60, 21, 3, True, "page 1 of 3"),
        (80, 24, 4, True, "page 1 of 2"),
        (40, 24, 2, True, "page 1 of 4"),
        (140, 24, 7, True, ""),
        (80, 12, 0, False, ""),
        (20, 20, 1, True, ""),  # no room to say it
    ],
)
def test_where_there_is_room_there_are_tiles_and_a_graph(
    width: int, height: int, tiles: int, graph: bool, page: str
) -> None:
    rows = shown(house(-672, *LOADS), width, height)
    assert len(tiles_in(rows)) == tiles
    assert any("┤" in row for row in rows) == graph
    assert any("last hour" in row for row in rows) == graph
    assert ("page" in rows[-1]) == bool(page)
    assert page in rows[-1]


def test_a_house_without_tiles_has_a_graph_in_their_place() -> None:
    rows = shown([grid()], 80, 16)
    assert any("┤" in row for row in rows)
    assert "page" not in rows[-1]


@pytest.mark.parametrize("width", [20, 40, 60, 72, 80, 120, 200])
def test_at_most_two_empty_rows_stand_together(width: int) -> None:
    for height in range(14, 40):
        rows = shown(house(-672, *LOADS), width, height)[:-2]
        assert "\n".join(row.strip() or "." for row in rows).count(".\n.\n.\n") == 0, height


def test_each_page_has_other_tiles_and_all_have_a_turn() -> None:
    devices = house(-672, *LOADS)
    pages = [tiles_in(shown(devices, 80, 24, page)) for page in range(4)]
    assert pages[0] == pages[2] == [device.label for device in LOADS[:4]]
    assert pages[1] == pages[3] == [device.label for device in LOADS[4:]]


@pytest.mark.parametrize(
    ("stamp", "head"),
    [
        (datetime(2026, 11, 21, 14, 25), "Gas at 14:25"),
        (datetime(2026, 11, 20, 22, 0), "Gas at 22:00"),
        (datetime(2026, 5, 21, 14, 25), "Gas 184 days ago"),  # a time of the day would pass for today's
        (None, "Gas  "),
    ],
)
def test_a_meter_behind_the_smart_meter_says_when_it_was_read(stamp: datetime | None, head: str) -> None:
    one = grid()
    assert one.measurement
    gas = External("gas_meter", "A", 1234.567, "m3", stamp)
    one = replace(one, measurement=Read(replace(one.measurement.value, external=(gas,)), one.measurement.at))
    assert any(head in row for row in shown([one], 80, 24))


def silent(name: str) -> Device:
    problem = Problem(State.SILENT, "no answer within 5 s: is it plugged in?", T0.plus(-3600))
    return replace(meter(61, name, Role.LOAD, age=3600), problem=problem)


def test_troubles_take_turns_with_the_pages_and_none_is_cut() -> None:
    devices = house(-672, silent("Shed"), silent("Attic"), *LOADS)
    for width in (20, 40, 60, 72, 80, 120, 200):
        lines = [shown(devices, width, 24, page)[-2] for page in range(3)]
        assert "Shed" in lines[0]
        assert "Attic" in lines[1]
        assert lines[2] == lines[0] != lines[1]
        assert all(row.rstrip().endswith(("and 1 more", "+1")) for row in lines)


def style_at(picture: Wall, words: str) -> str:
    """The style of the first span with these words in it."""
    return next(span.style for row in picture.rows for span in row if words in span.text)


@pytest.mark.parametrize(
    ("age", "value", "style", "note"),
    [(1, "2140 W", "figure", "producing"), (12, "2140 W", "stale", "12 s old"), (90, "--", "stale", "lost 1m")],
)
def test_a_tile_keeps_a_late_value_dimmed_with_its_age_and_drops_it_when_the_device_is_silent(
    age: float, value: str, style: str, note: str
) -> None:
    picture = drawn([grid(), meter(-2140, age=age)], 80, 24)
    rows = [plain(row) for row in picture.rows]
    top = next(index for index, row in enumerate(rows) if "Solar" in row)
    assert rows[top + 1].split("│")[0].strip().removeprefix("▼").strip() == value
    assert rows[top + 2].split("│")[0].strip() == note
    assert next(span.style for span in picture.rows[top + 1] if value in span.text) == style


@pytest.mark.parametrize(("width", "height"), [(80, 24), (40, 20), (20, 5)])
def test_a_late_grid_is_dimmed_in_every_size_and_says_how_old_it_is(width: int, height: int) -> None:
    fresh, late = (drawn([grid(age=age), meter(-2140)], width, height) for age in (1, 12))
    figure = "672 W" if height == 5 else CONSOLE.full * 3
    assert style_at(late, figure) == "stale"
    assert style_at(fresh, figure) in ("figure", "export")
    assert style_at(late, "12 s old") == "warn"
    if height > 5:
        assert "stale" in style_at(late, " 1180 W")


@pytest.mark.parametrize(
    ("width", "height", "mark"),
    [
        (80, 24, "frozen at 14:30, space goes on"),
        (40, 20, "frozen at 14:30"),
        (41, 9, "frozen at 14:30"),
        (20, 5, "frozen at 14:30"),
        (80, 5, "frozen at 14:30, space goes on"),
        (16, 5, "held 14:30"),
        (20, 2, "frozen at 14:30"),
    ],
)
def test_a_picture_that_stands_still_says_so_in_every_size(width: int, height: int, mark: str) -> None:
    devices = house(-672, silent("Shed"))
    held = drawn(devices, width, height, frozen_at="14:30")
    assert mark in plain(held.rows[-1])
    assert style_at(held, mark) == "notice"
    assert any("672 W" in row or "█" in row for row in shown(devices, width, height, frozen_at="14:30"))
    assert not any(mark in row for row in shown(devices, width, height))


@pytest.mark.parametrize(
    ("width", "height", "dot", "graph"),
    [
        (200, 60, Dot(4, 2), 38),
        (120, 40, Dot(4, 2), 18),
        (100, 40, Dot(4, 2), 17),  # the house's figures are below
        (80, 40, Dot(2), 23),
        (120, 35, Dot(2), 18),
        (200, 80, Dot(4, 2), 40),
    ],
)
def test_where_there_is_much_room_the_digits_and_the_graph_take_it(
    width: int, height: int, dot: Dot, graph: int
) -> None:
    rows = shown(house(-672, *LOADS), width, height)
    assert stands_in(rows, big("672", CONSOLE, dot))
    zero = [row[5:6] in ("│", "┤", "┼") for row in rows]
    assert sum(zero) + 1 == graph


def test_large_digits_have_their_unit_word_and_figures_beside_them() -> None:
    rows = shown(house(), 120, 40)
    tariff = ["tariff", "2", "normal"]
    beside = [row[70:].replace(CONSOLE.full, "").split() for row in rows[2:12]]
    assert beside[::2] == [["house", "uses", "1468", "W"], ["solar", "2140", "W"], ["W"], ["to", "grid"], tariff]
    assert beside[1::2] == [[]] * 5


@pytest.mark.parametrize(
    ("values", "age", "tile"),
    [
        (
            {"average_power_15m_w": 1060.0, "monthly_power_peak_w": 4612.0},
            1,
            ["Quarter to 14:45", "1.06 kW so far", "month peak 4.61 kW"],
        ),
        (
            {"average_power_15m_w": 1060.0, "monthly_power_peak_w": 12345.0},
            1,
            ["Quarter to 14:45", "1.06 kW so far", "peak 12.35 kW"],
        ),
        ({"average_power_15m_w": 0.0}, 1, ["Quarter to 14:45", "0.00 kW so far", ""]),
        ({"average_power_15m_w": 1060.0, "monthly_power_peak_w": 4612.0}, 90, ["Solar", "▼  2140 W", "producing"]),
        ({"monthly_power_peak_w": 4612.0}, 1, ["Solar", "▼  2140 W", "producing"]),
        ({}, 1, ["Solar", "▼  2140 W", "producing"]),
    ],
)
def test_the_first_tile_is_the_quarter_hour_where_the_meter_tells_of_it(
    values: dict[str, float], age: float, tile: list[str]
) -> None:
    rows = shown([meter(-672, "Grid", Role.GRID, age=age, **values), meter(-2140)], 80, 24)
    top = next(index for index, row in enumerate(rows) if "┬" in row)
    assert [row.split("│")[0].strip() for row in rows[top + 1 : top + 4]] == tile


@pytest.mark.parametrize(("minute", "end"), [(0, "14:15"), (14, "14:15"), (15, "14:30"), (45, "15:00"), (59, "15:00")])
def test_a_quarter_hour_ends_on_the_clock(minute: int, end: str) -> None:
    now = T0.plus(60 * (minute - 32))
    one = replace(grid(), measurement=Read(Measurement({"power_w": 5, "average_power_15m_w": 1.0}), now))
    picture = wall([one], Fleet({one.key: one}, {}, ()), replace(HERE, now=now), steady, 80, 24, 0, None)
    assert any(f"Quarter to {end} " in plain(row) for row in picture.rows)


@pytest.mark.parametrize(
    ("width", "words"),
    [
        (80, "this looks like 3x230 V without neutral: start with --grid be-vlg-3x230"),
        (60, "Grid: looks like 3x230 V: --grid be-vlg-3x230"),
        (30, "Grid: --grid be-vlg-3x230"),
    ],
)
def test_the_wall_of_a_meter_that_looks_like_3x230_v_claims_no_phases_and_names_the_setting(
    width: int, words: str
) -> None:
    sent = {"meter_model": "Fluvius 253967035_D", "active_power_w": -73}
    sent |= {f"active_power_l{phase}_w": 0 for phase in (1, 2, 3)}
    sent |= {f"active_voltage_l{phase}_v": volts for phase, volts in ((1, 234.1), (2, 0), (3, 233.2))}
    read = parse_measurement(sent)
    assert read
    delta = replace(grid(-73), measurement=Read(read[0], T0))
    rows = shown([delta], width, 24)
    assert any(words in row for row in rows)
    assert not any("L1" in row for row in rows)
    alive = parse_measurement({**sent, "active_voltage_l2_v": 235, "active_power_l1_w": -73})
    assert alive
    rows = shown([replace(delta, measurement=Read(alive[0], T0))], width, 24)
    assert any(re.search(r"L2 +. +0 W", row) for row in rows)
    assert not any("3x230" in row for row in rows)


@pytest.mark.parametrize("height", range(1, 30))
def test_a_recording_says_so_on_the_wall(height: int) -> None:
    context = replace(HERE, replay="replay 60x")
    devices = house()
    fleet = Fleet({one.key: one for one in devices})
    rows = [plain(row) for row in wall(devices, fleet, context, steady, 40, height, 0, None).rows]
    assert len(rows) == height
    assert any("replay 60x" in row for row in rows) == (height > 1)
