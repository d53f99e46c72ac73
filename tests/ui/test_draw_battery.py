"""A battery on the screen, as it must look: its panel, its group in the panel of the meter that controls it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tui.core.battery.batteries import BOTH, Batteries, Mode, Permission
from tui.core.counting.today import Today
from tui.core.graph.bucket import Bucket
from tui.core.model import Device, Endpoint, Fleet, Link, Problem, Read, Role, State
from tui.core.moment import Now
from tui.core.past.history import Amount
from tui.core.profiles import profile_of
from tui.core.reading import Measurement, System, Value
from tui.ui.draw.attention import attention_lines, trouble_line
from tui.ui.draw.devices import device_row
from tui.ui.draw.graph import charge_lines
from tui.ui.draw.lines import Context, Lines, plain, width_of
from tui.ui.draw.panel import all_lines, exactly, panel, title
from tui.ui.draw.wall import wall
from tui.ui.glyphs import GLYPHS

T0 = Now(datetime(2026, 11, 28, 14, 32, tzinfo=ZoneInfo("Europe/Amsterdam")).timestamp(), 5_000_000.0)
VALUES: dict[str, Value] = {
    "power_w": 640,
    "voltage_v": 230.1,
    "current_a": 2.8,
    "frequency_hz": 50.01,
    "energy_import_kwh": 423.123,
    "energy_export_kwh": 351.9,
    "state_of_charge_pct": 57,
    "cycles": 123,
}
BATTERY = Device(
    "5c2faf0000b1",
    "5c2faf0000b1",
    "HWE-BAT",
    firmware_version="1.0305",
    api_version="2.0.1",
    name="Battery",
    endpoints=(Endpoint("192.168.1.31", 443, "v2"),),
    paired=True,
    capacity_kwh=2.7,
    measurement=Read(Measurement(VALUES), T0),
    system=Read(System("Kelder", wifi_rssi_db=-67.0, cloud_enabled=True), T0),
    started=T0.plus(-12 * 86400.0 - 4000.0),
    link=Link(last_answer=T0),
)
GROUP = Batteries(
    mode=Mode.ZERO,
    permissions=BOTH,
    charge_to_full=False,
    count=2,
    power_w=1290.0,
    target_power_w=650.0,
    max_consumption_w=1600.0,
    max_production_w=1600.0,
)
P1 = Device(
    "5c2faf0000a1",
    "5c2faf0000a1",
    "HWE-P1",
    name="Grid",
    endpoints=(Endpoint("192.168.1.20", 443, "v2"),),
    paired=True,
    measurement=Read(Measurement({"power_w": 14}), T0),
    link=Link(last_answer=T0),
    batteries=Read(GROUP, T0),
)
DAY = {"energy_import_kwh": Amount(2.31, 5e4), "energy_export_kwh": Amount(1.84, 5e4)}


def fleet_of(*devices: Device) -> Fleet:
    return Fleet({device.key: device for device in devices})


HOUSE = fleet_of(P1, BATTERY)


def context(age: float = 1.0, fleet: Fleet = HOUSE, glyphs: str = "console", **more: Any) -> Context:
    told = Today(DAY, {})
    usual: dict[str, Any] = {"today_of": lambda place: told if place == BATTERY.key else None}
    return Context(GLYPHS[glyphs], profile_of("nl"), T0.plus(age), fleet, **(usual | more))


def window(key: str, quantity: str, start: float, end: float, columns: int) -> tuple[Bucket | None, ...]:
    """A power that turns, and a charge that rises from 0 to 100 %."""
    if quantity == "state_of_charge_pct":
        return tuple(Bucket(at, at, at, 3) for at in (100 * index / (columns - 1) for index in range(columns)))
    return tuple(Bucket(at, at, at, 3) for at in (640.0 if index % 8 < 5 else -400.0 for index in range(columns)))


def only_power(key: str, quantity: str, start: float, end: float, columns: int) -> tuple[Bucket | None, ...]:
    return (None,) * columns if quantity != "power_w" else window(key, quantity, start, end, columns)


def text(rows: Lines) -> str:
    return "\n".join(plain(row).rstrip() for row in rows)


def drawn(device: Device, width: int, height: int, trend: Any = window, **more: Any) -> str:
    return text(panel(device, context(**more), trend, width, height, None).rows)


def with_values(values: dict[str, Value | None], **more: Any) -> Device:
    sent = {name: value for name, value in (VALUES | values).items() if value is not None}
    return replace(BATTERY, measurement=Read(Measurement(sent), T0), **more)


def with_group(device: Device = P1, **more: Any) -> Device:
    return replace(device, batteries=Read(replace(GROUP, **more), T0))


PANEL_80 = """\
  ▲  640 W  charging         57 %  ███████████·········  1.5 of 2.7 kWh

  group of 2   mode zero   may charge and discharge   by Grid   (m: change)
  target ▲  650 W   all ▲ 1290 W   room 310 W   of 1600 W in, 1600 W out

  today      in   2.3  out   1.8 kWh            since installed  123 cycles
  total     in    423.123  out    351.900 kWh   efficiency 83 %
  voltage 230.1 V  current 2.8 A  frequency 50.01 Hz   up 12 d

  Wi-Fi -67 dBm  network Kelder  cloud on  firmware 1.0305  product HWE-BAT
  serial 5c2faf0000b1  address 192.168.1.31

                                        800 W┤
                                             │█████   █████   █████   █████
     │                           ▒▒▒██    400┤█████   █████   █████   █████
   80┤                     ▒▒▒████████       │█████   █████   █████   █████
    %│              ▒▒▒▒██████████████      0┼────────────────────────────────
   40┤        ▒▒▒█████████████████████       │     ███     ███     ███     ███
     │ ▒▒▒▒███████████████████████████   -400┤     ███     ███     ███     ███
    0┼────────────────────────────────       │
           12:00       00:00                         14:24    14:27    14:30"""

PANEL_40 = """\
  ▲  640 W  charging
   57 %  ██████····  1.5 of 2.7 kWh
  group of 2   mode zero   (m: change)
   may charge and discharge   by Grid
  target ▲  650 W   all ▲ 1290 W
   room 310 W   of 1600 W in and out
  today      in   2.3  out   1.8 kWh
  total     in    423.123 kWh
           out    351.900 kWh

750 W┤▒▒▒▒▒   ▒▒▒▒▒   ▒▒▒▒▒   ▒▒▒▒▒
  500┤█████   █████   █████   █████
  250┤█████   █████   █████   █████
    0┼────────────────────────────────
 -250┤     ███     ███     ███     ███
 -500┤     ▒▒▒     ▒▒▒     ▒▒▒     ▒▒▒
             14:24    14:27    14:30"""


def test_the_panel_at_80_by_24_and_at_40_by_20() -> None:
    assert drawn(BATTERY, 78, 21) == PANEL_80
    assert drawn(BATTERY, 38, 17) == PANEL_40


def test_at_200_by_60_the_day_of_the_charge_is_below_the_power() -> None:
    rows = drawn(BATTERY, 198, 57).split("\n")
    assert rows[:8] == PANEL_80.split("\n")[:8]
    zeros = [index for index, row in enumerate(rows) if row.startswith("    0┼")]
    assert len(zeros) == 2
    assert [row[:6] for row in rows[zeros[1] - 20 : zeros[1]]][:3] == ["  100┤", "    %│", "   90┤"]
    assert "14:30" in rows[zeros[1] - 21]  # the times of the power
    assert "00:00" in rows[-1]
    assert len(rows) <= 57


@pytest.mark.parametrize(("width", "height"), [(78, 21), (78, 40), (46, 21), (38, 17), (198, 57)])
def test_without_a_known_charge_of_the_past_the_power_has_all_the_room(width: int, height: int) -> None:
    rows = drawn(BATTERY, width, height, only_power).split("\n")
    assert sum("┼" in row for row in rows) == 1
    assert sum(row.count("┼") for row in rows) == 1
    assert max(map(len, rows)) >= width - 3


def test_a_graph_of_charge_ends_at_100_percent_whatever_it_is() -> None:
    def low(key: str, quantity: str, start: float, end: float, columns: int) -> tuple[Bucket | None, ...]:
        return (*[None] * (columns - 3), *[Bucket(0, 0, 0, 3), Bucket(3, 3, 3, 3), Bucket(20, 20, 20, 3)])

    rows = [plain(row) for row in charge_lines(BATTERY, context(), low, 40, 12)]
    assert [row[:6] for row in rows] == [
        *("  100┤", "    %│", "   80┤", "     │", "   60┤", "     │", "   40┤", "     │", "   20┤", "     │"),
        *("    0┼", "      "),
    ]
    assert [row[-3:] for row in rows[7:11]] == ["   ", "  █", " ▒█", "───"]
    assert "·" in rows[10]
    assert [len(charge_lines(BATTERY, context(), low, 40, height)) for height in (5, 6, 7, 8, 11, 12, 21, 22)] == [
        *(0, 6, 7, 7, 7, 12, 12, 22)
    ]
    assert charge_lines(BATTERY, context(), low, 14, 12) == []


@pytest.mark.parametrize(
    ("known_s", "hours"),
    [(0, 1), (900, 1), (3000, 1), (9000, 6), (20_000, 6), (40_000, 24), (86_400, 24), (200_000, 24)],
)
def test_the_graph_of_charge_reaches_as_far_back_as_is_known(known_s: float, hours: int) -> None:
    spans: list[float] = []

    def since(key: str, quantity: str, start: float, end: float, columns: int) -> tuple[Bucket | None, ...]:
        spans.append(end - start)
        step, begins = (end - start) / columns, T0.utc + 1 - known_s
        ends = [start + step * (index + 1) for index in range(columns)]
        return tuple(Bucket(50, 50, 50, 3) if at > begins else None for at in ends)

    assert "█" in plain(charge_lines(BATTERY, context(), since, 66, 12)[-3])
    assert spans[-1] / 3600 == pytest.approx(hours, rel=0.45)  # on whole columns of a round number of seconds


@pytest.mark.parametrize(
    ("device", "row"),
    [
        (BATTERY, "  ▲  640 W  charging         57 %  ███████████·········  1.5 of 2.7 kWh"),
        (with_values({"power_w": -640.4}), "  ▼  640 W  discharging      57 %  ███████████·········  1.5 of 2.7 kWh"),
        (with_values({"power_w": 3}), "     3 W  idle               57 %  ███████████·········  1.5 of 2.7 kWh"),
        # its size is only told where the user has set it
        (replace(BATTERY, capacity_kwh=None), "  ▲  640 W  charging         57 %  ███████████·········"),
        (
            with_values({"state_of_charge_pct": 100}, capacity_kwh=10),
            "  ▲  640 W  charging        100 %  ████████████████████  10.0 of 10.0 kWh",
        ),
        (
            with_values({"state_of_charge_pct": 0}),
            "  ▲  640 W  charging          0 %  ····················  0.0 of 2.7 kWh",
        ),
        (with_values({"state_of_charge_pct": None}), "  ▲  640 W  charging"),
        # what no battery sends fits all the same
        (
            with_values({"state_of_charge_pct": 1e11}),
            "  ▲  640 W  charging        1e+11 %  ████████████████████  3e+09 of 2.7 kWh",
        ),
        (
            with_values({"state_of_charge_pct": -5}),
            "  ▲  640 W  charging         -5 %  ····················  -0.1 of 2.7 kWh",
        ),
    ],
)
def test_the_first_row_has_the_power_and_the_charge(device: Device, row: str) -> None:
    assert drawn(device, 78, 5).split("\n")[0] == row


def test_a_figure_that_was_not_sent_leaves_no_hole() -> None:
    bare = with_values({name: None for name in VALUES if name != "power_w"}, system=None, started=None)
    here = context(fleet=fleet_of(bare), today_of=lambda place: None)
    assert text(all_lines(bare, here, 78)) == (
        "  ▲  640 W  charging\n\n  firmware 1.0305  product HWE-BAT  serial 5c2faf0000b1  address 192.168.1.31"
    )


@pytest.mark.parametrize(
    ("device", "facts"),
    [
        (BATTERY, ["since installed  123 cycles", "efficiency 83 %", "up 12 d"]),
        (with_values({"cycles": 1}), ["since installed  1 cycle", "efficiency 83 %", "up 12 d"]),
        (with_values({"cycles": None}), ["efficiency 83 %", "up 12 d"]),
        (with_values({"energy_export_kwh": 9.9}), ["since installed  123 cycles", "up 12 d"]),
        (replace(BATTERY, api_version="2.0.0"), ["since installed  123 cycles", "up 12 d"]),
        (replace(BATTERY, started=T0.plus(-3000)), ["123 cycles", "efficiency 83 %", "up 50 min"]),
        (replace(BATTERY, started=T0, restarts=2), ["123 cycles", "efficiency 83 %", "up 0 min, restarted twice"]),
    ],
)
def test_what_it_lived_through_stands_beside_its_energy(device: Device, facts: list[str]) -> None:
    wide, narrow = (text(all_lines(device, context(), width)) for width in (78, 38))
    rows = [row for row in wide.split("\n") if any(fact in row for fact in facts)]
    assert len(rows) == len(facts)
    assert all(row.rstrip().endswith(fact) for row, fact in zip(rows, facts, strict=True))
    assert all(" ".join(fact.split()) in " ".join(narrow.split()) for fact in facts)


def test_its_title_is_that_of_the_product_with_its_firmware() -> None:
    assert title(BATTERY, full=True) == "Battery  Plug-In Battery  firmware 1.0305  Wi-Fi -67 dBm"
    assert title(BATTERY) == "Battery  Plug-In Battery"
    assert title(replace(BATTERY, name=None), full=True) == "Battery 0000b1  firmware 1.0305  Wi-Fi -67 dBm"


# ------------------------------------------------------------------ the group


def group_of(device: Device, width: int = 78, fleet: Fleet | None = None, **more: Any) -> str:
    """The rows of the group in a panel."""
    here = context(fleet=fleet or fleet_of(device, BATTERY), **more)
    rows = text(all_lines(device, here, width)).split("\n\n")
    return next((part for part in rows if "mode " in part), "")


@pytest.mark.parametrize(
    ("told", "rows"),
    [
        (
            {},
            "  group of 2   mode zero   may charge and discharge   (m: change)\n"
            "  target ▲  650 W   all ▲ 1290 W   room 310 W   of 1600 W in, 1600 W out",
        ),
        (
            {"count": 1, "mode": Mode.TO_FULL, "power_w": -200.0, "max_production_w": 800.0},
            "  one battery   mode to full   (m: change)\n"
            "  target ▲  650 W   power ▼  200 W   room 600 W   of 1600 W in, 800 W out",
        ),
        (  # API 2.1.0: nobody knows what they may do, or how many they are
            {"permissions": None, "count": None, "charge_to_full": None, "power_w": 0.0, "target_power_w": 0.0},
            "  group   mode zero   permissions not told   (m: change)\n"
            "  target      0 W   all      0 W   of 1600 W in, 1600 W out",
        ),
        (
            {"charge_to_full": True, "permissions": frozenset({Permission.CHARGE})},
            "  group of 2   mode zero   may charge only   first to 100 %   (m: change)\n"
            "  target ▲  650 W   all ▲ 1290 W   room 310 W   of 1600 W in, 1600 W out",
        ),
        (
            {"mode": None, "other_mode": "dreaming", "power_w": None, "target_power_w": None, "max_production_w": None},
            "  group of 2   mode dreaming   may charge and discharge   (m: change)\n  at most 1600 W in",
        ),
        (
            {"target_power_w": 2000.0, "power_w": 1590.0},
            "  group of 2   mode zero   may charge and discharge   (m: change)\n"
            "  target ▲ 2000 W   all ▲ 1590 W (at the maximum)   room 10 W\n"
            "   of 1600 W in, 1600 W out",
        ),
        ({"count": 0}, ""),
    ],
)
def test_the_group_in_the_panel_of_the_meter(told: dict[str, Any], rows: str) -> None:
    assert group_of(with_group(**told)) == rows


def test_where_rows_are_few_the_meter_keeps_what_its_batteries_are_told_and_its_own_values() -> None:
    full = with_group(replace(P1, measurement=Read(Measurement({"power_w": 14, "energy_import_kwh": 1.0}), T0)))
    seen = {height: drawn(full, 78, height) for height in (3, 4, 5)}
    words = ("mode zero", "total", "target")
    assert [[word in seen[height] for word in words] for height in seen] == [
        [True, True, False],
        [True, True, True],
        [True, True, True],
    ]
    assert "target" in drawn(BATTERY, 78, 4)


def test_the_group_is_in_the_batterys_panel_where_one_meter_controls_it() -> None:
    assert "by Grid" in group_of(BATTERY, fleet=HOUSE)
    other = replace(P1, key="5c2faf0000a2", product_type="HWE-KWH1", name="Garage")
    assert group_of(BATTERY, fleet=fleet_of(P1, other, BATTERY)) == ""
    assert "mode zero" in group_of(other, fleet=fleet_of(P1, other, BATTERY))
    assert "by Grid" in group_of(BATTERY, fleet=fleet_of(P1, with_group(other, count=0), BATTERY))
    assert group_of(BATTERY, fleet=fleet_of(BATTERY)) == ""


def test_no_key_is_told_of_where_it_does_nothing() -> None:
    assert "(m: change)" not in group_of(P1, kiosk=True)
    assert "(m: change)" not in group_of(P1, read_only=True)
    both = (Endpoint("192.168.1.20"), *P1.endpoints)
    unpaired = replace(
        P1, paired=False, endpoints=both
    )  # it is read over v1 now, and what it told a second ago is still shown
    for one in (unpaired, BATTERY):
        rows = group_of(one, fleet=fleet_of(unpaired, BATTERY))
        assert "mode zero" in rows
        assert "(m: change)" not in rows


def test_what_a_meter_told_long_ago_says_so() -> None:
    late = replace(P1, measurement=Read(Measurement({"power_w": 14}), T0.plus(90)))
    here = replace(context(90), fleet=fleet_of(late, BATTERY))
    rows = text(all_lines(late, here, 78))
    assert "told 1 min ago" in rows
    assert "(m: change)" not in rows
    assert "stale" in next(span.style for row in all_lines(late, here, 78) for span in row if "mode " in span.text)


ASTRAY = "The batteries do not follow their target: see in the HomeWizard app what they report (since 14:26)"


def astray(**more: Any) -> Fleet:
    """A house of which the batteries have done nothing for six minutes, although they should."""
    meter = replace(with_group(power_w=0.0), astray=T0.plus(-360))
    return fleet_of(meter, replace(BATTERY, **more), replace(BATTERY, key="b2", **more))


def test_batteries_that_do_not_follow_are_a_problem_on_every_view() -> None:
    fleet = astray()
    devices, here = list(fleet.devices.values()), context(fleet=fleet)
    for device in devices[:2]:
        assert ASTRAY in " ".join(text(all_lines(device, here, 78)).split())
    assert " ".join(text(attention_lines(devices, fleet, here, 40, 9)).split()) == ASTRAY
    told = [plain(trouble_line(devices, fleet, here, width, 0)) for width in (100, 60, 20)]
    assert told == [ASTRAY, "The batteries do not follow their target", "Batteries astray"]


def test_full_batteries_are_explained_and_no_problem() -> None:
    fleet = astray(measurement=Read(Measurement(VALUES | {"state_of_charge_pct": 99}), T0))
    devices, here = list(fleet.devices.values()), context(fleet=fleet)
    assert "all      0 W (full)" in text(all_lines(devices[0], here, 78))
    assert attention_lines(devices, fleet, here, 40, 9) == []
    assert ASTRAY[:30] not in text(all_lines(devices[0], here, 78))


# ------------------------------------------------------------------ elsewhere


@pytest.mark.parametrize(
    ("name", "width", "row"),
    [
        ("Battery", 32, " Battery  57 % ▲   640 charging "),
        ("Battery", 39, " Battery         57 % ▲   640 charging "),
        ("Battery", 50, " Battery         57 % ▲   640 charging            "),
        ("Cellar left", 32, " Cellar left   ▲   640 charging "),  # no room
        ("Cellar left", 39, " Cellar left     57 % ▲   640 charging "),
        ("電池の部屋の奥", 39, " 電池の部屋の奥  57 % ▲   640 charging "),
    ],
)
def test_the_list_has_the_charge_where_there_is_room(name: str, width: int, row: str) -> None:
    drawn_row = device_row(replace(BATTERY, name=name), context(), width, None, selected=False)
    assert width_of(drawn_row) == width
    assert plain(drawn_row) == row or width == 50
    assert ("57 %" in plain(drawn_row)) is ("57 %" in row)


def test_the_wall_has_a_tile_with_the_charge_as_a_bar() -> None:
    rows = wall([P1, BATTERY], HOUSE, context(), window, 80, 30, 0, None).rows
    lines = [plain(row) for row in rows]
    at = next(index for index, row in enumerate(lines) if "Battery" in row)
    assert [row[:19] for row in lines[at : at + 3]] == [
        " Battery  charging ",
        " ▲   640 W         ",
        " ███████·····  57 %",
    ]
    assert any("charging 57 %    640 W" in row for row in lines)
    narrow = [plain(row) for row in wall([P1, BATTERY], HOUSE, context(), window, 68, 30, 0, None).rows]
    assert any("charging     640 W" in row for row in narrow)


def test_a_tile_of_a_battery_that_does_not_answer_says_so() -> None:
    silent = replace(BATTERY, problem=Problem(State.SILENT, "no answer", T0))
    lines = [plain(row) for row in wall([P1, silent], fleet_of(P1, silent), context(90), window, 80, 30, 0, None).rows]
    assert any("lost" in row for row in lines)
    assert not any("57 %" in row for row in lines)


@pytest.mark.parametrize("glyphs", sorted(GLYPHS))
def test_every_glyph_set_draws_it_in_its_own_characters(glyphs: str) -> None:
    shown = GLYPHS[glyphs]
    rows = panel(BATTERY, context(glyphs=glyphs), window, 78, 21, None).rows
    assert all(shown.shown(plain(row)) == plain(row) for row in rows)
    assert f"57 %  {shown.full * 11}{shown.empty * 9}" in plain(rows[0])


@pytest.mark.parametrize("hostile", ["[red]x[/red]" * 5, "家のネットワーク無線の長い名前" * 4, "x" * 96])
def test_a_mode_and_a_name_of_any_kind_stay_in_their_box(hostile: str) -> None:
    meter = replace(with_group(mode=None, other_mode=hostile), name=hostile[:40])
    here = context(fleet=fleet_of(meter, BATTERY))
    for width in (38, 78):
        for device in (meter, BATTERY):
            rows = all_lines(device, here, width)
            assert [plain(row) for row in rows if width_of(row) > width] == []
            assert hostile in "".join(plain(row).strip() for row in rows)
            assert {width_of(row) for row in exactly(rows, width, 30)} == {width}


def test_a_battery_that_the_user_took_out_of_the_house_has_its_panel_all_the_same() -> None:
    assert "57 %" in drawn(replace(BATTERY, given_role=Role.NONE), 78, 21)
