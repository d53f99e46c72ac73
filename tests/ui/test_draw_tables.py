"""The tables of the views Meters and Links, as they must look at three widths."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.core.api.fields import TOO_LARGE
from tui.core.external import earlier_of, earlier_values, flow, keyed, kind_name
from tui.core.model import Device, Endpoint, Link, Problem, Read, Spoken, State
from tui.core.moment import Now
from tui.core.profiles import profile_of
from tui.core.reading import External, Measurement, System
from tui.core.wording import number_in
from tui.engine.out.sink import SinkState
from tui.ui.draw.devices import device_row
from tui.ui.draw.lines import Context, Lines, Span, plain, width_of
from tui.ui.draw.links import link_details, link_lines, sink_lines
from tui.ui.draw.meters import meter_lines
from tui.ui.draw.table import Column, table
from tui.ui.draw.tiles import tile_rows, tiles_of
from tui.ui.draw.totals import external
from tui.ui.glyphs import GLYPHS

T0 = Now(datetime(2026, 11, 21, 14, 32, tzinfo=ZoneInfo("Europe/Amsterdam")).timestamp(), 500_000.0)


def context(age: float = 1.0, glyphs: str = "console") -> Context:
    return Context(GLYPHS[glyphs], profile_of("nl"), T0.plus(age))


def text(rows: Lines) -> str:
    return "\n".join(plain(row).rstrip() for row in rows)


def style_of(rows: Lines, words: str) -> str:
    return next(span.style for row in rows for span in row if words in span.text)


GAS = External("gas_meter", "4730303235303030393135303231373230", 2569.646, "m3", datetime(2026, 11, 21, 14, 25))
OLD_GAS = External("gas_meter", "FFEEDDCCBBAA99887766554433221100", 809.162, "m3", datetime(2025, 11, 3, 8, 0))
HEAT = External("heat_meter", None, 12.345, "GJ", datetime(2026, 11, 21, 14, 0))
EARLIER = (
    replace(GAS, value=2569.611, timestamp=datetime(2026, 11, 21, 14, 20)),
    replace(HEAT, value=12.334, timestamp=datetime(2026, 11, 21, 13, 0)),
)


def p1(*meters: External, earlier: tuple[External, ...] = EARLIER) -> Device:
    return Device(
        "grid",
        "5c2fafe8a06f",
        "HWE-P1",
        "P1 Meter",
        firmware_version="6.0305",
        name="Grid",
        endpoints=(Endpoint("192.168.1.20"), Endpoint("192.168.1.20", 443, "v2")),
        measurement=Read(Measurement({"power_w": -672}, meters), T0),
        earlier=earlier_values(earlier_values({}, earlier), meters),
        system=Read(System("Kelder", 62.0, True), T0),
        link=Link(500, 0, 0, (0.011, 0.012, 0.012, 0.013, 0.2), T0),
    )


HOUSE = p1(GAS, HEAT, OLD_GAS)


@pytest.mark.parametrize(
    ("width", "picture"),
    [
        (
            60,
            " kind             value  unit  read               age\n"
            " Gas           2569.646  m3    14:25            7 min\n"
            " Heat            12.345  GJ    14:00           32 min\n"
            " Gas            809.162  m3    3 Nov 2025    383 days\n"
            "\n"
            " ids\n"
            " Gas         G0025000915021720\n"
            " Gas         FFEEDDCCBBAA99887766554433221100",
        ),
        (
            80,
            " kind             value  unit  read               age         flow\n"
            " Gas           2569.646  m3    14:25            7 min    0.42 m3/h\n"
            " Heat            12.345  GJ    14:00           32 min      3.06 kW\n"
            " Gas            809.162  m3    3 Nov 2025    383 days    old meter\n"
            "\n"
            " ids\n"
            " Gas         G0025000915021720\n"
            " Gas         FFEEDDCCBBAA99887766554433221100",
        ),
        (
            120,
            " kind             value  unit  read               age         flow  through           id\n"
            " Gas           2569.646  m3    14:25            7 min    0.42 m3/h  Grid              G0025000915021720\n"
            " Heat            12.345  GJ    14:00           32 min      3.06 kW  Grid\n"
            " Gas            809.162  m3    3 Nov 2025    383 days    old meter  Grid              "
            "FFEEDDCCBBAA99887766554433221100",
        ),
    ],
)
def test_every_external_meter_has_value_reading_time_age_flow_and_id(width: int, picture: str) -> None:
    rows = meter_lines([HOUSE], context(), width)
    assert text(rows) == picture
    assert style_of(rows, "809.162") == "stale"
    assert style_of(rows, "2569.646") == ""


def test_two_p1_meters_are_told_apart_by_the_column_through() -> None:
    other = replace(p1(replace(GAS, value=1.0)), key="b", name="Barn")
    head, *rows = text(meter_lines([HOUSE, other], context(), 120)).splitlines()
    column = slice(head.index("through"), head.index("id") - 1)
    assert [row[column].strip() for row in rows[:4]] == ["Grid", "Grid", "Grid", "Barn"]


def test_a_meter_that_two_dongles_pass_on_is_listed_once() -> None:
    second = replace(p1(GAS, replace(HEAT, unique_id="its own")), key="b", name="Barn", same_meter_as=HOUSE.key)
    rows = text(meter_lines([HOUSE, second], context(), 120)).splitlines()[1:5]
    assert [row.split()[0] for row in rows] == ["Gas", "Heat", "Gas", "Heat"]
    assert "Barn" in rows[3]


def test_the_ids_and_ages_of_the_meters_are_there_at_every_width_and_nothing_is_cut() -> None:
    for width in range(40, 140):
        rows = meter_lines([HOUSE], context(), width)
        assert max(width_of(row) for row in rows) <= max(width, 45)  # a bare id has nowhere to break
        assert all(words in text(rows) for words in ("7 min", "G0025000915021720", "FFEEDDCCBBAA99887766554433221100"))


def test_a_first_value_has_no_flow_and_says_why() -> None:
    rows = text(meter_lines([p1(GAS, earlier=())], context(), 80))
    assert " Gas           2569.646  m3    14:25            7 min           --\n" in rows
    assert rows.endswith(
        "\n\n A flow needs two good readings at least a minute apart; gas is read every 5\n"
        " min, by older meters every hour."
    )
    assert "A flow" not in text(meter_lines([HOUSE], context(), 80))


@pytest.mark.parametrize(
    ("changes", "width", "told"),
    [
        ({}, 70, True),
        ({}, 69, False),  # there is no column for it
        ({}, 60, False),
        ({"unit": "MWh"}, 120, True),
        ({"timestamp": None}, 120, False),
        ({"timestamp": None, "misdated": True}, 120, False),
        ({"unit": "imp"}, 120, False),
        ({"unit": None}, 120, False),
    ],
)
def test_why_there_is_no_flow_is_told_only_where_one_will_come(changes: dict[str, Any], width: int, told: bool) -> None:
    rows = text(meter_lines([p1(replace(GAS, **changes), earlier=())], context(), width))
    assert ("A flow needs" in rows) is told


def test_a_meter_without_a_time_has_no_age() -> None:
    row = text(meter_lines([p1(replace(GAS, timestamp=None))], context(), 80)).splitlines()[1]
    assert row == " Gas           2569.646  m3    no time             --           --"


def test_an_impossible_time_is_wrong_and_one_that_is_ahead_has_no_age() -> None:
    ahead = replace(GAS, timestamp=datetime(2026, 11, 21, 14, 50))
    rows = meter_lines([p1(replace(GAS, timestamp=None, misdated=True), ahead)], context(), 80)
    assert text(rows).splitlines()[1:3] == [
        " Gas           2569.646  m3    wrong time          --           --",
        " Gas           2569.646  m3    14:50            ahead           --",
    ]
    assert style_of(rows, "wrong time") == "warn"


def test_a_clock_that_is_months_behind_is_told_and_its_readings_are_as_young_as_they_are() -> None:
    late = p1(replace(GAS, timestamp=datetime(2026, 5, 21, 14, 25)), earlier=())
    rows = text(meter_lines([replace(late, clock=Read(datetime(2026, 5, 21, 14, 32), T0))], context(), 80))
    assert " Gas           2569.646  m3    21 May 2026      7 min           --\n" in rows
    assert " Grid: the smart meter's clock is 184 days behind this computer's; the grid\n" in rows


def test_meters_of_a_p1_that_is_late_are_dimmed() -> None:
    assert style_of(meter_lines([HOUSE], context(12), 80), "2569.646") == "stale"


def test_without_a_meter_the_reason_is_told() -> None:
    assert "No gas, water or heat meter is connected" in text(meter_lines([p1()], context(), 80))
    assert "come through a P1 meter. None has answered yet." in text(meter_lines([], context(), 120))


def test_unknown_kinds_and_units_are_shown_as_they_came_in_their_columns() -> None:
    strange = External("cold_water_meter", None, 1.5, "litres", None)
    head, row, *_ = text(meter_lines([p1(strange)], context(glyphs="unicode"), 80)).splitlines()
    assert row.startswith(" Cold water       1.500  ")
    assert row.index("no time") == head.index("read")


def test_cubic_metres_are_written_as_the_characters_allow() -> None:
    assert "0.42 m³/h" in text(meter_lines([HOUSE], context(glyphs="unicode"), 80))
    assert "³" not in text(meter_lines([HOUSE], context(glyphs="console"), 80))


SOCKET = Device(
    "shed",
    "5c2faf000001",
    "HWE-SKT",
    firmware_version="4.09",
    name="Shed",
    endpoints=(Endpoint("192.168.1.23", 8080),),
    measurement=Read(Measurement({"power_w": 61}), T0.plus(-3600)),
    interval_s=5.0,
    system=Read(System(None, 12.0), T0),
    problem=Problem(State.SILENT, "no answer within 5 s: is it plugged in?", T0.plus(-3600)),
    last_problem=Problem(State.SILENT, "no answer within 5 s: is it plugged in?", T0.plus(-3600)),
    link=Link(809, 31, 31, (0.4,), T0.plus(-3600)),
)
NEW = Device("h", by_hand=True, endpoints=(Endpoint("192.168.1.99"),))
ALL = [HOUSE, SOCKET, NEW]


@pytest.mark.parametrize(
    ("width", "picture"),
    [
        (
            60,
            " device            address                 Wi-Fi  state\n"
            "▶Grid              192.168.1.20             62 %  live\n"
            " Shed              192.168.1.23:8080        12 %  lost 1h\n"
            " 192.168.1.99      192.168.1.99               --  not yet",
        ),
        (
            80,
            " device            address                 Wi-Fi     ms          lost  state\n"
            "▶Grid              192.168.1.20             62 %     12      0 of 500  live\n"
            " Shed              192.168.1.23:8080        12 %    400     31 of 840  lost 1h\n"
            " 192.168.1.99      192.168.1.99               --     --            --  not yet",
        ),
        (
            120,
            " device            address                firmware   Wi-Fi     ms          lost  every  API      state\n"
            "▶Grid              192.168.1.20           6.0305      62 %     12      0 of 500    1 s  v1       live\n"
            " Shed              192.168.1.23:8080      4.09        12 %    400     31 of 840    5 s  v1       lost 1h\n"
            " 192.168.1.99      192.168.1.99           --            --     --            --    1 s  v1       not yet",
        ),
    ],
)
def test_every_link_has_address_wifi_latency_losses_and_state(width: int, picture: str) -> None:
    assert text(link_lines(ALL, context(), width, "grid")) == picture


def test_the_state_of_every_device_is_told_at_every_width_and_no_column_is_cut() -> None:
    told = (("Grid", "live"), ("Shed", "lost 1h"), ("192.168.1.99", "not yet"))
    for width in range(40, 160):
        rows = link_lines(ALL, context(), width, None)
        assert max(width_of(row) for row in rows) <= width
        for row, (name, state) in zip(rows[1:], told, strict=True):
            assert plain(row).startswith(f" {name} ")
            assert state in plain(row)


@pytest.mark.parametrize(
    ("width", "picture"),
    [
        (20, " device      state\n▶Grid        live\n Shed        lost 1h\n ...8.1.99   not yet"),
        (35, " device           state\n▶Grid             live\n Shed             lost 1h\n 192.168.1.99     not yet"),
    ],
)
def test_a_few_cells_of_a_link_are_its_name_and_its_state(width: int, picture: str) -> None:
    assert text(link_lines(ALL, context(), width, "grid")) == picture


def test_a_few_cells_of_a_meter_are_its_kind_its_value_and_its_unit() -> None:
    rows = meter_lines([HOUSE], context(), 20)
    assert text(rows[:4]) == (" kind       value\n Gas     2569.646 m3\n Heat      12.345 GJ\n Gas      809.162 m3")
    for width in range(20, 130):
        picture = text(meter_lines([HOUSE], context(), width)[:4])
        assert all(value in picture for value in ("2569.646", "12.345 ", "809.162")), width
        assert max(width_of(row) for row in meter_lines([HOUSE], context(), width)[:4]) <= width


def test_weak_wifi_losses_and_trouble_are_marked_and_only_these() -> None:
    rows = link_lines(ALL, context(), 120, None)
    assert {words: style_of(rows, words) for words in ("62 %", "0 of 500", "live")} == {
        "62 %": "",
        "0 of 500": "",
        "live": "",
    }
    assert {words: style_of(rows, words) for words in ("12 %", "31 of 840", "lost 1h")} == {
        "12 %": "warn",
        "31 of 840": "warn",
        "lost 1h": "warn",
    }


@pytest.mark.parametrize(
    ("sent", "shown", "style"),
    [
        (System(wifi_strength_pct=64), " 64 %", ""),
        (System(wifi_strength_pct=29), " 29 %", "warn"),
        (System(wifi_rssi_db=-60), "-60dBm", ""),
        (System(wifi_rssi_db=-7.4), " -7dBm", ""),
        (System(wifi_rssi_db=-85), "-85dBm", ""),
        (System(wifi_rssi_db=-86), "-86dBm", "warn"),
        (System(wifi_rssi_db=-100), "-100dB", "warn"),
        (System(wifi_rssi_db=0), "  0 %", "warn"),  # as a radio says that does not know
        (System(), "    --", ""),
    ],
)
def test_the_wifi_of_a_link_is_what_the_device_says(sent: System, shown: str, style: str) -> None:
    rows = link_lines([replace(HOUSE, system=Read(sent, T0))], context(), 120, None)
    assert style_of(rows[1:], shown) == style
    assert f"  {shown.strip()}  " in plain(rows[1])


def test_the_selected_link_has_a_pointer_and_the_cursor_in_every_cell() -> None:
    _, grid, shed, _ = link_lines(ALL, context(), 80, "shed")
    assert plain(shed).startswith("▶Shed ")
    assert all("cursor" in span.style for span in shed)
    assert plain(grid).startswith(" Grid ")
    assert not any("cursor" in span.style for span in grid)


def test_details_of_a_link_that_is_well() -> None:
    assert text(link_details(HOUSE, context(), 70)) == (
        " serial   5c2fafe8a06f\n"
        " product  HWE-P1 P1 Meter\n"
        " firmware 6.0305\n"
        " found    192.168.1.20:80 (API v1), 192.168.1.20:443 (API v2)\n"
        " polled   every 1 s\n"
        " network  Kelder\n"
        " cloud    on\n"
        " answers  median 12 ms, slowest 200 ms, of the last 5\n"
        " problem  none since start"
    )


@pytest.mark.parametrize(
    ("spoken", "lines"),
    [
        (Spoken("v2", push=True), [" pushed   about every 1 s, over API v2"]),
        (Spoken("v1"), [" polled   every 1 s, over API v1"]),
        (
            Spoken("v1", why_not="not paired: press p"),
            [" polled   every 1 s, over API v1", " not v2   not paired: press p"],
        ),
        (
            Spoken("v2", why_not="its socket failed: no answer"),
            [" polled   every 1 s, over API v2", " not push its socket failed: no answer"],
        ),
    ],
)
def test_details_of_a_link_tell_over_which_api_and_why_not_a_better_one(spoken: Spoken, lines: list[str]) -> None:
    told = text(link_details(replace(HOUSE, spoken=spoken), context(), 70)).splitlines()
    assert told[4 : 4 + len(lines)] == lines
    assert told[4 + len(lines)].startswith(" network")


def test_a_socket_that_sends_no_value_is_not_said_to_push() -> None:
    zombie = replace(HOUSE, spoken=Spoken("v2", push=True), measurement=None)
    assert " pushed   nothing yet, over API v2\n" in text(link_details(zombie, context(), 70))


def test_where_there_is_room_the_list_tells_the_api_in_use() -> None:
    pushed = replace(HOUSE, spoken=Spoken("v2", push=True))
    assert "--      0 of 500    1 s  v2 push  live" in text(link_lines([pushed], context(), 120, None))
    assert "v2" not in text(link_lines([pushed], context(), 114, None))


def test_details_of_a_link_that_nothing_is_known_of() -> None:
    assert text(link_details(NEW, context(), 70)) == (
        " serial   not known yet\n"
        " product  not known yet\n"
        " firmware not known yet\n"
        " found    192.168.1.99:80 (API v1)\n"
        " polled   every 1 s\n"
        " problem  none since start"
    )


def test_a_problem_is_told_with_its_time_and_whether_it_is_over() -> None:
    words = "no answer within 5 s: is it plugged in?"
    assert text(link_details(SOCKET, context(), 70)).endswith(f" problem  {words} (since 13:32)")
    assert style_of(link_details(SOCKET, context(), 70), words) == "fail"
    over = replace(SOCKET, problem=None)
    assert text(link_details(over, context(), 80)).endswith(f" problem  {words} (since 13:32, over now)")
    assert style_of(link_details(over, context(), 80), words) == ""


def test_a_device_that_another_program_reads_too_says_so() -> None:
    crowded = replace(SOCKET, link=replace(SOCKET.link, crowded=True))
    assert " polled   every 5 s, another program reads it too" in text(link_details(crowded, context(), 70))


@pytest.mark.parametrize("name", ["家のネットワーク無線の長い名前の", "🌞" * 12, "[red]x[/]", "x" * 300])
def test_hostile_names_stay_in_their_column(name: str) -> None:
    problem = Problem(State.SILENT, name * 4, T0)
    one = replace(HOUSE, name=name, product_name=name, last_problem=problem, problem=problem)
    for width in (45, 60, 80, 120):
        rows = [*link_lines([one], context(), width, None), *link_details(one, context(), width)]
        rows += meter_lines([one], context(), width)
        assert [plain(row) for row in rows if width_of(row) > width] == []


def test_a_table_leaves_out_the_columns_that_do_not_fit() -> None:
    columns = (Column("a", 3), Column("bb", 4, right=True, least=20))
    rows = [[Span("x"), Span("1", "warn")], [Span("long"), Span("22")]]
    assert text(table(columns, rows, context(glyphs="unicode"), 20)) == " a      bb\n x       1\n lo…    22"
    assert text(table(columns, rows, context(glyphs="unicode"), 19)) == " a\n x\n lo…"


@given(
    samples=st.lists(
        st.builds(
            External,
            type=st.sampled_from(["gas_meter", "water_meter", "heat_meter", "steam_meter"]),
            unique_id=st.just("a"),
            value=st.floats(-TOO_LARGE, TOO_LARGE, exclude_min=True, exclude_max=True) | st.floats(0, 100),
            unit=st.sampled_from(["m3", "GJ", "kWh", "l", "litre", "strange", "MWh"]),
            timestamp=st.integers(0, 40_000).map(lambda second: datetime(2026, 11, 21) + timedelta(seconds=second)),
        ),
        min_size=1,
        max_size=6,
    ),
    flowing=st.floats(0, 40),
    width=st.integers(40, 140),
)
def test_a_total_and_a_flow_stand_whole_in_their_columns_with_their_units(
    samples: list[External], flowing: float, width: int
) -> None:
    last = samples[-1]
    assert last.timestamp is not None
    samples = [*samples, replace(last, value=last.value + flowing, timestamp=last.timestamp + timedelta(hours=1))]
    meter, earlier = samples[-1], earlier_values({}, ())
    for sample in samples:
        earlier = earlier_values(earlier, (sample,))
    device = replace(p1(meter), earlier=earlier)
    (key,) = keyed((meter,))
    moved = flow(meter, earlier_of(key, earlier), ZoneInfo(context().profile.zone))
    words = f"{moved[0]:.2f} {moved[1]}" if moved else None
    unit = meter.unit or ""
    head, row, *_ = text(meter_lines([device], context(), width)).splitlines()
    value = row[10:].split()[0]
    assert float(value) == pytest.approx(meter.value, rel=0.5, abs=0.001)
    assert row[10:].split()[1] == unit
    assert words is None or "flow" not in head or words in row
    assert max(width_of(one) for one in meter_lines([device], context(), width)) <= width
    panel = "\n".join(plain(one).rstrip() for one in external(device, context(), width).rows)  # type: ignore[union-attr]
    assert f"{value} {unit}" in panel
    assert words is None or words in panel
    tiles = [tile for tile in tiles_of([], device, context()) if tile.head.startswith(kind_name(meter.type))]
    assert [width_of(tile.value) <= 18 and width_of(tile.note) <= 18 for tile in tiles] == [True]
    assert plain(tiles[0].note) == (words or "")


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (5686.921, "5686.921"),
        (999999.999, "999999.999"),
        (1234567.891, "1234567.89"),
        (99999999, "99999999.0"),
        (-123456789.5, "-123456790"),
        (9999999999, "9999999999"),
        (99999999999, "1e+11"),
        (-99999999999, "-1e+11"),
    ],
)
def test_a_total_that_is_too_long_loses_decimals_and_never_digits(value: float, told: str) -> None:
    assert text(meter_lines([p1(replace(GAS, value=value))], context(), 80)).splitlines()[1].split()[1] == told
    assert told in text(meter_lines([p1(replace(GAS, value=value))], context(), 20))


@pytest.mark.parametrize(
    ("kind", "width", "head"),
    [
        ("gas_meter", 20, "Gas at 14:25"),
        ("warm_water_meter", 20, "Warm water at 14:25"),
        ("inlet_heat_meter", 22, "Inlet heat at 14:25"),
        ("inlet_heat_meter", 20, "Inlet heat at 14:25"),
        ("inlet_heat_meter", 19, "Inlet heat"),
        ("communal_boiler_meter", 20, "Communal boiler"),
        ("communal_swimming_bath_meter", 20, "Communal swimmin..."),
    ],
)
def test_the_head_of_a_tile_loses_its_time_before_any_of_its_name(kind: str, width: int, head: str) -> None:
    tiles = tiles_of([], p1(replace(GAS, type=kind)), context())
    _, first, *_ = tile_rows(tiles, 1, 1, context(glyphs="ascii"), width)
    assert plain(first).strip() == head


@pytest.mark.parametrize(
    ("flow", "told"), [(7.2, "7.2"), (9999.9, "9999.9"), (12345.6, "12346"), (1e11, "1e+11"), (-1e11, "-1e+11")]
)
def test_the_flow_of_a_water_meter_is_whole_in_the_list_and_on_its_tile(flow: float, told: str) -> None:
    water = replace(SOCKET, product_type="HWE-WTR", measurement=Read(Measurement({"water_flow_lpm": flow}), T0))
    water = replace(water, problem=None, link=Link(last_answer=T0))
    row = plain(device_row(water, context(), 45, None, selected=False))
    assert f" {told} l/min" in row
    (tile,) = tiles_of([water], HOUSE, context())[:1]
    assert plain(tile.value).split() == [number_in(flow, 1, 12), "l/min"]
    assert width_of(tile.value) <= 18


def test_the_flow_of_a_meter_is_whole_in_a_panel_of_any_width() -> None:
    for width in range(20, 80):
        block = external(HOUSE, context(), width)
        assert block
        picture = " ".join(text(block.rows).split())
        assert max(width_of(row) for row in block.rows) <= width
        for words in ("2569.646 m3", "0.42 m3/h", "12.345 GJ", "3.06 kW"):
            assert words in picture, width


def test_what_goes_out_says_how_it_is_doing() -> None:
    url = "http://127.0.0.1:9925/"
    states = (
        SinkState("metrics", url, handed_on=12),
        SinkState("mqtt", "mqtt://pi", last_fault="refused", handed_on=3, dropped=2),
        SinkState("api", url, fault="cannot listen at 127.0.0.1:9925: Address already in use: use another port"),
    )
    assert text(sink_lines(states, 60)).splitlines() == [
        " metrics  http://127.0.0.1:9925/  12 handed on",
        " mqtt     mqtt://pi  3 handed on, 2 dropped; before:",
        "          refused",
        " api      cannot listen at 127.0.0.1:9925: Address already",
        "          in use: use another port",
    ]
    assert sink_lines((), 60) == []
