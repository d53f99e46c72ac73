"""The live panel of every product, as it must look; and that it says what is missing, late or wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from tui.core.api.v1 import parse_measurement
from tui.core.external import earlier_values
from tui.core.graph.bucket import Bucket
from tui.core.model import Device, Endpoint, Fleet, Link, Problem, Read, Role, State
from tui.core.moment import Now
from tui.core.profiles import profile_of
from tui.core.reading import External, Json, Measurement, Switch, System, Value
from tui.ui.draw.electric import details
from tui.ui.draw.lines import Context, Lines, plain, width_of
from tui.ui.draw.panel import all_lines, panel, title
from tui.ui.draw.phases import phases
from tui.ui.glyphs import GLYPHS

T0 = Now(datetime(2026, 11, 21, 14, 32, tzinfo=ZoneInfo("Europe/Amsterdam")).timestamp(), 5000.0)
GAS = External("gas_meter", "4730303235", 2569.646, "m3", datetime(2026, 11, 21, 14, 25))
GAS_BEFORE = replace(GAS, value=2569.611, timestamp=datetime(2026, 11, 21, 14, 20))

TOTALS: dict[str, Value] = {
    "energy_import_kwh": 13779.338,
    "energy_import_t1_kwh": 10830.511,
    "energy_import_t2_kwh": 2948.827,
    "energy_export_kwh": 4162.461,
    "energy_export_t1_kwh": 1285.951,
    "energy_export_t2_kwh": 2876.51,
}
METER: dict[str, Value] = {
    "protocol_version": 50,
    "meter_model": "ISKRA  2M550T-101",
    "unique_id": "4530303433303030393135303231373139",
    "tariff": 2,
}
PHASES: dict[str, Value] = {
    "power_w": -672,
    "power_l1_w": -1180,
    "power_l2_w": 412,
    "power_l3_w": 96,
    "voltage_l1_v": 241.3,
    "voltage_l2_v": 236.8,
    "voltage_l3_v": 237.1,
    "current_l1_a": -4.9,
    "current_l2_a": 1.7,
    "current_l3_a": 0.4,
}
EVENTS: dict[str, Value] = {
    "voltage_sag_l1_count": 2,
    "voltage_sag_l2_count": 1,
    "voltage_sag_l3_count": 0,
    "voltage_swell_l1_count": 0,
    "voltage_swell_l2_count": 0,
    "voltage_swell_l3_count": 0,
    "any_power_fail_count": 4,
    "long_power_fail_count": 5,
}
NO_VOLTAGE = {name: value for name, value in PHASES.items() if not name.startswith("voltage")}


def device(
    values: Mapping[str, Value],
    kind: str = "HWE-P1",
    name: str = "Grid",
    *,
    role: Role | None = None,
    external: tuple[External, ...] = (),
    notes: tuple[str, ...] = (),
    extra: Mapping[str, Json] | None = None,
    switch: Switch | None = None,
) -> Device:
    return Device(
        "5c2fafe8a06f",
        "5c2fafe8a06f",
        kind,
        name=name,
        given_role=role,
        firmware_version="6.0305",
        endpoints=(Endpoint("192.168.1.20"),),
        measurement=Read(Measurement(values, external, notes, extra or {}), T0),
        earlier=earlier_values(earlier_values({}, (GAS_BEFORE,)), external) if external else {},
        system=Read(System("Kelder", 62.0, True), T0),
        switch=Read(switch, T0) if switch else None,
        link=Link(last_answer=T0),
    )


def context(age: float = 1.0, grid: str = "nl", glyphs: str = "console") -> Context:
    return Context(GLYPHS[glyphs], profile_of(grid), T0.plus(age))


def text(rows: Lines) -> str:
    return "\n".join(plain(row).rstrip() for row in rows)


def everything(one: Device, width: int = 78, age: float = 1.0, grid: str = "nl") -> str:
    return text(all_lines(one, context(age, grid), width))


def above_about(picture: str) -> str:
    """The picture without its last block: id, Wi-Fi, firmware and address."""
    return picture.rpartition("\n\n")[0]


def test_a_second_dongle_and_a_load_behind_a_meter_say_whose_power_theirs_is() -> None:
    first = replace(P1, key="aa", serial="AA", name="Meter cupboard")
    here = replace(context(), fleet=Fleet({"aa": first}))
    second = text(all_lines(replace(P1, same_meter_as="AA"), here, 78))
    assert "Reads the same smart meter as Meter cupboard, which is counted instead." in second
    assert "behind Meter cupboard" in text(all_lines(replace(SOCKET, behind="aa"), here, 78))
    roof = replace(SOCKET, product_type="HWE-KWH1", said_inverted=True)
    assert "mounted upside down" in text(all_lines(roof, here, 78))
    assert "behind 00bb" in text(all_lines(replace(SOCKET, behind="00bb"), here, 78))


P1 = device({**METER, **PHASES, **TOTALS, **EVENTS}, external=(GAS,))
ONE_PHASE = device(
    {**METER, "power_w": 412, "power_l1_w": 412, "voltage_l1_v": 236.8, "current_l1_a": 1.7, **TOTALS}, external=(GAS,)
)
DSMR_4 = device({**METER, **NO_VOLTAGE, **TOTALS, "protocol_version": 42})
SOCKET = device(
    {
        "power_w": 61.3,
        "power_l1_w": 61.3,
        "voltage_v": 233.7,
        "current_a": 0.386,
        "frequency_hz": 49.99,
        "power_factor": 0.68,
        "apparent_power_va": 95.1,
        "reactive_power_var": -69.2,
        "energy_import_kwh": 412.383,
        "energy_import_t1_kwh": 412.383,
        "energy_export_kwh": 0,
        "energy_export_t1_kwh": 0,
    },
    "HWE-SKT",
    "Freezer",
    role=Role.LOAD,
    switch=Switch(power_on=True, switch_lock=False, brightness=255),
)
KWH_1 = device(
    {
        "power_w": -2140.4,
        "power_l1_w": -2140.4,
        "voltage_v": 235.9,
        "current_a": 9.08,
        "frequency_hz": 49.99,
        "power_factor": 0.998,
        "apparent_power_va": 2144.7,
        "apparent_current_a": 9.1,
        "reactive_power_var": 135.3,
        "reactive_current_a": 0.57,
        "energy_import_kwh": 18.402,
        "energy_import_t1_kwh": 18.402,
        "energy_export_kwh": 7413.366,
        "energy_export_t1_kwh": 7413.366,
    },
    "HWE-KWH1",
    "Solar",
    role=Role.SOLAR,
)
KWH_3 = device(
    {
        "power_w": 640,
        "power_l1_w": 213,
        "power_l2_w": 214,
        "power_l3_w": 213,
        "voltage_l1_v": 241.3,
        "voltage_l2_v": 236.8,
        "voltage_l3_v": 237.1,
        "current_a": 2.89,
        "current_l1_a": 0.94,
        "current_l2_a": 0.96,
        "current_l3_a": 0.99,
        "frequency_hz": 49.99,
        "power_factor_l1": 0.94,
        "power_factor_l2": 0.94,
        "power_factor_l3": 0.93,
        "apparent_power_va": 681.4,
        "apparent_power_l1_va": 226.6,
        "apparent_power_l2_va": 227.7,
        "apparent_power_l3_va": 227.1,
        "apparent_current_a": 2.9,
        "apparent_current_l1_a": 0.94,
        "apparent_current_l2_a": 0.96,
        "apparent_current_l3_a": 0.99,
        "reactive_power_var": 232.6,
        "reactive_power_l1_var": 77.3,
        "reactive_power_l2_var": 77.7,
        "reactive_power_l3_var": 77.6,
        "reactive_current_a": 0.99,
        "reactive_current_l1_a": 0.32,
        "reactive_current_l2_a": 0.33,
        "reactive_current_l3_a": 0.33,
        "energy_import_kwh": 2260.831,
        "energy_import_t1_kwh": 2260.831,
        "energy_export_kwh": 0,
        "energy_export_t1_kwh": 0,
    },
    "HWE-KWH3",
    "Heat pump",
    role=Role.LOAD,
)
WATER = device({"water_flow_lpm": 7.2, "water_total_m3": 123.456, "water_total_offset_m3": 0.0}, "HWE-WTR", "Water")
UNKNOWN = device(
    {"power_w": 2300, "energy_import_kwh": 91.5},
    "HWE-XYZ",
    "Prototype",
    extra={"state_of_charge_pct": 50, "mode": "zero", "online": True},
)
PRODUCTS = {
    "P1": P1,
    "P1, one phase": ONE_PHASE,
    "P1, DSMR 4": DSMR_4,
    "socket": SOCKET,
    "kWh meter": KWH_1,
    "kWh meter 3": KWH_3,
    "water meter": WATER,
    "unknown": UNKNOWN,
}


def test_p1_of_three_phases() -> None:
    assert everything(P1) == (
        "  ▼  672 W  to grid                                           tariff 2 normal\n"
        "\n"
        "         power  current                      voltage   207      253\n"
        "  L1 ▼  1180 W    4.9 A  (f: set the fuse)   241.3 V   ········■···\n"
        "  L2 ▲   412 W    1.7 A                      236.8 V   ·······■····\n"
        "  L3 ▲    96 W    0.4 A                      237.1 V   ·······■····\n"
        "\n"
        "  meter reads          t1 low      t2 normal          total\n"
        "  import kWh        10830.511       2948.827      13779.338\n"
        "  export kWh         1285.951       2876.510       4162.461\n"
        "\n"
        "  Gas      2569.646 m3  0.42 m3/h  read 14:25\n"
        "\n"
        "  since installed  sags 2 1 0  swells 0 0 0  power cuts 4  long cuts 5\n"
        "\n"
        "  meter ISKRA  2M550T-101  id E0043000915021719  protocol DSMR 5.0  Wi-Fi 62 %\n"
        "  network Kelder  cloud on  firmware 6.0305  product HWE-P1\n"
        "  serial 5c2fafe8a06f  address 192.168.1.20"
    )


@pytest.mark.parametrize(
    ("width", "picture"),
    [
        (
            39,
            "         power  of 2 kW       A       V\n"
            "  L1 ▼  1180 W  █████···    4.9   241.3\n"
            "  L2 ▲   412 W  ██······    1.7   236.8\n"
            "  L3 ▲    96 W  ········    0.4   237.1",
        ),
        (
            38,
            "         power      A       V\n"
            "  L1 ▼  1180 W    4.9   241.3\n"
            "  L2 ▲   412 W    1.7   236.8\n"
            "  L3 ▲    96 W    0.4   237.1",
        ),
        (
            28,
            "         power      A\n  L1 ▼  1180 W    4.9\n  L2 ▲   412 W    1.7\n  L3 ▲    96 W    0.4",
        ),
        (20, "         power\n  L1 ▼  1180 W\n  L2 ▲   412 W\n  L3 ▲    96 W"),
    ],
)
def test_the_phases_leave_out_the_bar_and_then_whole_columns(width: int, picture: str) -> None:
    block = phases(device(PHASES, "HWE-KWH3"), context(), width)
    assert block is not None
    assert text(block.rows) == picture


def figures(rows: Lines) -> set[str]:
    return set(re.findall(r"-?\d[\d.]*", text(rows)))


@pytest.mark.parametrize("name", ["P1", "P1, one phase", "P1, DSMR 4", "P1, 3x230 V", "kWh meter 3"])
def test_every_figure_of_a_phase_is_whole_at_every_width_and_none_is_lost(name: str) -> None:
    one = P1 if name == "P1, 3x230 V" else PRODUCTS[name]
    here = context(grid="be-vlg-3x230" if name == "P1, 3x230 V" else "nl")
    blocks = {width: [phases(one, here, width), details(one, width)] for width in range(20, 121)}
    whole = {width: figures([row for block in both if block for row in block.rows]) for width, both in blocks.items()}
    for width, both in blocks.items():
        rows = [row for block in both if block for row in block.rows]
        assert [plain(row) for row in rows if width_of(row) > width] == [], width
        assert whole[width] <= whole[120], width
        assert {value for value in whole[120] if "." in value} <= figures(all_lines(one, here, width)), width


def test_p1_of_three_phases_beside_the_list_on_80_cells() -> None:
    assert above_about(everything(P1, 45)) == (
        "  ▼  672 W  to grid          tariff 2 normal\n"
        "\n"
        "         power      A                  V\n"
        "  L1 ▼  1180 W    4.9  (f: fuse)   241.3\n"
        "  L2 ▲   412 W    1.7              236.8\n"
        "  L3 ▲    96 W    0.4              237.1\n"
        "\n"
        "  total     in  13779.338  out   4162.461 kWh\n"
        "  t1 low    in  10830.511  out   1285.951 kWh\n"
        "  t2 normal in   2948.827  out   2876.510 kWh\n"
        "\n"
        "  Gas      2569.646 m3  0.42 m3/h  read 14:25\n"
        "\n"
        "  sags 2 1 0  swells 0 0 0  power cuts 4\n"
        "  long cuts 5"
    )


def test_p1_of_one_phase_has_one_row_and_no_table() -> None:
    assert above_about(everything(ONE_PHASE)) == (
        "  ▲  412 W  from grid                                         tariff 2 normal\n"
        "\n"
        "  L1 ▲   412 W    1.7 A  (f: set the fuse)   236.8 V   ·······■····\n"
        "\n"
        "  meter reads          t1 low      t2 normal          total\n"
        "  import kWh        10830.511       2948.827      13779.338\n"
        "  export kWh         1285.951       2876.510       4162.461\n"
        "\n"
        "  Gas      2569.646 m3  0.42 m3/h  read 14:25"
    )


def test_p1_of_dsmr_4_says_that_it_sends_no_voltage() -> None:
    assert above_about(everything(DSMR_4)) == (
        "  ▼  672 W  to grid                                           tariff 2 normal\n"
        "\n"
        "         power  current                     voltage\n"
        "  L1 ▼  1180 W    4.9 A  (f: set the fuse)  not sent by DSMR 4.2\n"
        "  L2 ▲   412 W    1.7 A\n"
        "  L3 ▲    96 W    0.4 A\n"
        "\n"
        "  meter reads          t1 low      t2 normal          total\n"
        "  import kWh        10830.511       2948.827      13779.338\n"
        "  export kWh         1285.951       2876.510       4162.461"
    )


def test_p1_of_one_phase_says_too_that_it_sends_no_voltage() -> None:
    assert "not sent by DSMR 4.2" in everything(
        device({**METER, "power_w": 412, "power_l1_w": 412, "protocol_version": 42})
    )


def test_dsmr_5_is_not_blamed_for_a_voltage_that_only_this_meter_leaves_out() -> None:
    assert "not sent by this meter" in everything(device({**METER, **NO_VOLTAGE}))
    assert "voltage is not sent by this meter" in everything(device({**METER, **NO_VOLTAGE}), 40)


@pytest.mark.parametrize("silent", [{}, {"voltage_l2_v": 0.0}, {"current_l2_a": 0.0, "voltage_l2_v": 0.0}])
def test_p1_on_3x230_v_has_amperes_and_volts_only(silent: dict[str, Value]) -> None:
    phases = {name: value for name, value in PHASES.items() if "_l2_" not in name} | {"power_l2_w": 0}
    assert above_about(everything(device({**METER, **phases, **silent}), grid="be-vlg-3x230")) == (
        "  ▼  672 W  to grid                                            tariff 2 night\n"
        "\n"
        "  L1     4.9 A  (f: set the fuse)   241.3 V   ········■···\n"
        "  L2   not measured on 3x230 V\n"
        "  L3     0.4 A                      237.1 V   ·······■····\n"
        "  3x230 V: power per phase means nothing here"
    )


def sent(data: Mapping[str, object], kind: str = "HWE-P1") -> Device:
    """A device with an answer as it came over the wire."""
    read = parse_measurement({f"active_{name}": value for name, value in data.items()})
    assert read
    return replace(device({}, kind), measurement=Read(read[0], T0))


DELTA = {
    **dict.fromkeys(("power_l1_w", "power_l2_w", "power_l3_w", "voltage_l2_v", "current_l2_a"), 0),
    "power_w": -73,
    "voltage_l1_v": 234.1,
    "voltage_l3_v": 233.2,
    "current_l1_a": 0.8,
    "current_l3_a": 0.7,
}


def test_the_print_of_3x230_v_claims_no_zeros_and_names_the_setting() -> None:
    phases = (
        "  L1     0.8 A  (f: set the fuse)   234.1 V   ······■·····\n"
        "  L2   not measured on 3x230 V\n"
        "  L3     0.7 A                      233.2 V   ······■·····\n"
    )
    head = "  ▼  73 W  to grid\n\n"
    assert above_about(everything(sent(DELTA), grid="be-vlg")) == (
        f"{head}{phases}  this looks like 3x230 V without neutral: start with --grid be-vlg-3x230"
    )
    assert above_about(everything(sent(DELTA), grid="be-vlg-3x230")) == (
        f"{head}{phases}  3x230 V: power per phase means nothing here"
    )


def test_a_phase_that_has_failed_is_on_the_panel_with_its_0_volt() -> None:
    assert above_about(everything(sent({**DELTA, "power_l1_w": -40, "power_l3_w": -33}))) == (
        "  ▼  73 W  to grid\n"
        "\n"
        "         power  current                      voltage   207      253\n"
        "  L1 ▼    40 W    0.8 A  (f: set the fuse)   234.1 V   ······■·····\n"
        "  L2       0 W    0.0 A                        0.0 V   ■···········\n"
        "  L3 ▼    33 W    0.7 A                      233.2 V   ······■·····"
    )


def test_zeros_that_the_rest_contradicts_are_missing_in_their_columns_and_a_note_says_why() -> None:
    assert above_about(everything(sent({**DELTA, "voltage_l2_v": 235}))) == (
        "  ▼  73 W  to grid\n"
        "\n"
        "         power  current                      voltage   207      253\n"
        "  L1      -- W    0.8 A  (f: set the fuse)   234.1 V   ······■·····\n"
        "  L2      -- W    0.0 A                      235.0 V   ·······■····\n"
        "  L3      -- W    0.7 A                      233.2 V   ······■·····\n"
        "\n"
        "  power_l1_w, power_l2_w, power_l3_w: sent as 0 where it cannot be 0, so\n"
        "  not measured"
    )
    loads = {"power_w": 3000, "power_l1_w": 1000, "power_l2_w": 1000, "power_l3_w": 1000, "current_l1_a": 0}
    picture = everything(sent({**DELTA, **loads}))
    assert "  L1 ▲  1000 W     -- A  (f: set the fuse)   234.1 V   " in picture
    assert "  L2 ▲  1000 W     -- A                         -- V\n" in picture


def test_the_panel_of_a_night_keeps_its_zeros() -> None:
    night = {**DELTA, "power_w": 0, "voltage_l2_v": 235.0}
    assert "  L2       0 W    0.0 A                      235.0 V" in everything(sent(night))
    assert "--" not in everything(sent(night))


def test_p1_of_flanders_has_the_quarter_hour_and_the_peak_of_the_month() -> None:
    values: dict[str, Value] = {
        "average_power_15m_w": 1060,
        "monthly_power_peak_w": 4612,
        "monthly_power_peak_timestamp": datetime(2026, 11, 3, 18, 15),
    }
    one = device({**METER, **PHASES, **values})
    assert "  quarter hour so far 1.06 kW  month peak 4.61 kW  set Tue 3 Nov 18:15\n" in everything(one)
    older = device({**METER, **PHASES, **values, "monthly_power_peak_timestamp": datetime(2023, 1, 1, 8, 0, 10)})
    assert "set 1 Jan 2023 08:00" in everything(older)


def test_socket() -> None:
    assert everything(SOCKET) == (
        "  ▲  61 W  using\n"
        "\n"
        "  voltage 233.7 V  current 0.4 A  frequency 49.99 Hz  power factor 0.68\n"
        "  apparent power 95 VA  reactive power -69 var\n"
        "\n"
        "  switch on  lock off  LED 100 %\n"
        "\n"
        "  total     in    412.383  out      0.000 kWh\n"
        "\n"
        "  Wi-Fi 62 %  network Kelder  cloud on  firmware 6.0305  product HWE-SKT\n"
        "  serial 5c2fafe8a06f  address 192.168.1.20"
    )


def test_a_socket_says_when_its_switch_is_off_locked_or_was_read_long_ago() -> None:
    locked = replace(SOCKET, switch=Read(Switch(power_on=False, switch_lock=True), T0.plus(-30)))
    row = next(row for row in everything(locked).splitlines() if "switch" in row)
    assert "switch OFF" in row
    assert "lock on (in the app)" in row
    assert row.endswith("31 s ago")
    assert "LED" not in row


def test_kwh_meter_of_one_phase() -> None:
    assert above_about(everything(KWH_1)) == (
        "  ▼  2140 W  producing\n"
        "\n"
        "  voltage 235.9 V  current 9.1 A  frequency 49.99 Hz  power factor 1.00\n"
        "  apparent power 2145 VA  reactive power 135 var  apparent current 9.1 A\n"
        "  reactive current 0.6 A\n"
        "\n"
        "  total     in     18.402  out   7413.366 kWh"
    )


def test_kwh_meter_of_three_phases() -> None:
    assert above_about(everything(KWH_3)) == (
        "  ▲  640 W  using\n"
        "\n"
        "         power  of 1 kW       A       V   207      253\n"
        "  L1 ▲   213 W  ██······    0.9   241.3   ········■···\n"
        "  L2 ▲   214 W  ██······    1.0   236.8   ·······■····\n"
        "  L3 ▲   213 W  ██······    1.0   237.1   ·······■····\n"
        "\n"
        "            PF       VA      var   A app. A react.\n"
        "  L1      0.94      227       77      0.9      0.3\n"
        "  L2      0.94      228       78      1.0      0.3\n"
        "  L3      0.93      227       78      1.0      0.3\n"
        "  all       --      681      233      2.9      1.0\n"
        "\n"
        "  current 2.9 A, phases added up  frequency 49.99 Hz\n"
        "\n"
        "  total     in   2260.831  out      0.000 kWh"
    )


def test_water_meter() -> None:
    assert everything(WATER) == (
        "     7.2 l/min\n"
        "\n"
        "  water total 123.456 m3  water total offset 0.000 m3\n"
        "\n"
        "  Wi-Fi 62 %  network Kelder  cloud on  firmware 6.0305  product HWE-WTR\n"
        "  serial 5c2fafe8a06f  address 192.168.1.20"
    )


def test_an_unknown_product_shows_whatever_came() -> None:
    picture = everything(UNKNOWN)
    assert picture.startswith("  ▲  2300 W  using\n")
    assert "total     in     91.500" in picture
    assert "state_of_charge_pct 50  mode zero" in picture
    assert "product HWE-XYZ" in picture


def test_lists_and_objects_of_an_unknown_product_are_shown_as_json() -> None:
    picture = everything(device({}, "HWE-XYZ", extra={"group": {"count": 2, "online": True, "leader": None}}))
    assert 'group {"count": 2, "online": true, "leader": null}' in picture


def test_dropped_fields_are_told_with_the_reason() -> None:
    notes = ("active_voltage_v: not a number, dropped", "external[2]: not an object, dropped")
    picture = everything(replace(UNKNOWN, measurement=Read(Measurement({"power_w": 3.0}, (), notes), T0)), 45)
    assert "  active_voltage_v: not a number, dropped\n  external[2]: not an object, dropped\n" in picture


def test_what_could_not_be_read_of_the_other_answers_is_told_too() -> None:
    odd = replace(
        UNKNOWN,
        identity_notes=("product_name: control characters left out",),
        system=Read(System(notes=("cloud_enabled: neither true nor false, dropped",)), T0),
        switch=Read(Switch(notes=("brightness: not a number, dropped",)), T0),
    )
    picture = everything(odd, 60)
    assert (
        "  product_name: control characters left out\n"
        "  cloud_enabled: neither true nor false, dropped\n"
        "  brightness: not a number, dropped\n"
    ) in picture


def test_an_rssi_is_shown_in_dbm() -> None:
    far = replace(P1, system=Read(System("Kelder", wifi_rssi_db=-71.0), T0))
    assert "  Wi-Fi -71 dBm  network Kelder" in everything(far, 100)
    assert title(far, full=True).endswith("  Wi-Fi -71 dBm")


def test_how_long_it_runs_stands_beside_its_wifi_and_the_meters_clock_is_not_repeated_every_second() -> None:
    assert P1.measurement is not None
    values = {**P1.measurement.value.values, "timestamp": datetime(2026, 6, 13, 14, 32, 7)}
    told = Read(replace(P1.measurement.value, values=values), P1.measurement.at)
    up = replace(P1, measurement=told, started=T0.plus(-12 * 86400 - 500))
    picture = everything(up, 100)
    assert "  up 12 d" in picture
    assert "timestamp" not in picture
    assert "  up 0 min, restarted once" in everything(replace(up, started=T0, restarts=1), 100)


def test_a_problem_stands_right_below_the_headline_with_its_time_and_the_next_step() -> None:
    words = "Local API is off: HomeWizard app, Settings > Meters > your meter > Local API"
    off = replace(P1, problem=Problem(State.API_DISABLED, words, T0))
    assert everything(off, 60).splitlines()[:5] == [
        "  ▼  672 W  API off                         tariff 2 normal",
        "",
        "  Local API is off: HomeWizard app, Settings > Meters >",
        "  your meter > Local API (since 14:32)",
        "",
    ]


@pytest.mark.parametrize(
    ("age", "head"),
    [
        (1, "  ▼  672 W  to grid"),
        (12, "  ▼  672 W  12 s old"),
        (60, "  ▼  672 W  60 s old"),
        (4000, "     --  lost 1h"),
    ],
)
def test_the_age_takes_the_place_of_the_direction_and_then_the_figure_goes(age: float, head: str) -> None:
    assert everything(P1, 78, age).splitlines()[0].removesuffix("tariff 2 normal").rstrip() == head


def test_everything_that_was_measured_is_dimmed_when_it_is_late() -> None:
    for age, late in ((1.0, False), (12.0, True)):
        rows = {plain(row).strip(): row for row in all_lines(P1, context(age), 78)}
        for start in ("L1", "import", "since installed"):
            row = next(row for words, row in rows.items() if words.startswith(start))
            assert all(("stale" in span.style) == late for span in row if span.text.strip())


@pytest.mark.parametrize("kind", ["gas_meter", "heat_meter", "warm_water_meter", "water_meter", "inlet_heat_meter"])
def test_an_external_meter_always_says_when_it_was_read(kind: str) -> None:
    meters = (replace(GAS, type=kind),)
    assert "read 14:25" in everything(device(PHASES, external=meters), age=1)
    assert "read 14:25, 1 h ago" in everything(device(PHASES, external=meters), age=4000)
    assert "no time" in everything(device(PHASES, external=(replace(meters[0], timestamp=None),)))


@pytest.mark.parametrize(
    ("clock", "stamp", "words"),
    [
        (None, datetime(2026, 11, 21, 14, 40), ["read 14:40, clock ahead"]),
        (datetime(2026, 11, 21, 14, 42), datetime(2026, 11, 21, 14, 40), ["read 14:40\n", "clock is 10 min ahead of"]),
        (datetime(2026, 5, 21, 14, 32), datetime(2026, 5, 21, 14, 25), ["read 21 May 2026\n", "is 184 days behind"]),
        (datetime(2026, 11, 21, 14, 32), datetime(2026, 5, 21, 14, 25), ["read 21 May 2026, 184 days ago\n"]),
        (datetime(2000, 1, 1, 1), datetime(2026, 11, 21, 14, 25), ["read 14:25\n", "clock was never set"]),
    ],
)
def test_a_clock_that_is_wrong_is_not_an_old_reading(clock: datetime | None, stamp: datetime, words: list[str]) -> None:
    one = device(PHASES, external=(replace(GAS, timestamp=stamp),))
    picture = everything(replace(one, clock=Read(clock, T0) if clock else None))
    assert all(word in picture for word in words)
    assert ("smart meter's clock" in picture) is (len(words) > 1)


def test_a_meter_that_sends_an_impossible_time_has_a_wrong_time() -> None:
    one = device(PHASES, external=(replace(GAS, timestamp=None, misdated=True), GAS))
    picture = everything(one)
    assert "wrong time\n" in picture
    assert "old meter" not in picture


def test_a_gas_meter_left_over_after_a_swap_is_marked_as_old() -> None:
    old = External("gas_meter", "00", 809.162, "m3", datetime(2025, 11, 3, 8, 0))
    picture = everything(device(PHASES, external=(GAS, old)))
    assert "  Gas      2569.646 m3  0.42 m3/h  read 14:25\n" in picture
    assert "  Gas       809.162 m3   old meter, last read 3 Nov 2025\n" in picture


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"remembered": True}, "Known from last time; it has not answered yet."),
        ({"endpoints": (Endpoint("h", 443, "v2"),)}, "It speaks only API v2, which is read once it is paired"),
        ({"link": Link(last_answer=T0, crowded=True)}, "Another program reads this device, so it is polled every 5 s."),
    ],
)
def test_what_is_special_about_a_device_is_said_in_a_sentence(changes: dict[str, object], words: str) -> None:
    assert words in everything(replace(P1, **changes))  # type: ignore[arg-type]


def test_a_device_that_never_answered_has_no_figures_and_no_graph() -> None:
    silent = Device("h", name="Shed", endpoints=(Endpoint("192.168.1.9"),))
    picture = panel(silent, context(), no_window, 78, 24, None)
    assert text(picture.rows) == "     --  not yet\n\n  address 192.168.1.9"
    assert picture.complete


def test_a_device_that_is_connected_and_sends_no_value_says_so_once_that_is_no_pause() -> None:
    here = (Endpoint("h", 443, "v2"),)
    zombie = Device("h", "h", name="Boiler", endpoints=here, paired=True, link=Link(last_answer=T0))
    words = "Connected, but it has sent no value yet."
    assert [words in everything(zombie, age=age) for age in (0.5, 3, 19)] == [False, True, True]
    assert "--  not yet" in everything(zombie, age=19)
    failed = replace(zombie, problem=Problem(State.SILENT, "nothing pushed for 20 s", T0))
    assert words not in everything(failed, age=21)


@pytest.mark.parametrize(
    ("one", "short", "full"),
    [
        (P1, "Grid  P1 meter  DSMR 5.0", "Grid  P1 meter  ISKRA  2M550T-101  DSMR 5.0  Wi-Fi 62 %"),
        (SOCKET, "Freezer  Socket", "Freezer  Socket  Wi-Fi 62 %"),
        (UNKNOWN, "Prototype  HWE-XYZ", "Prototype  HWE-XYZ  Wi-Fi 62 %"),
        (replace(WATER, name=None), "Water meter e8a06f", "Water meter e8a06f  Wi-Fi 62 %"),
    ],
)
def test_the_title_names_device_product_and_protocol(one: Device, short: str, full: str) -> None:
    assert (title(one), title(one, full=True)) == (short, full)


def no_window(key: str, quantity: str, start: float, end: float, columns: int) -> tuple[Bucket | None, ...]:
    return (None,) * columns


def flat(watts: float) -> Bucket:
    return Bucket(watts, watts, watts, 1)


def test_a_panel_has_its_graph_of_ten_minutes_below() -> None:
    def window(key: str, quantity: str, start: float, end: float, columns: int) -> tuple[Bucket | None, ...]:
        assert (key, quantity, columns) == ("5c2fafe8a06f", "power_w", 39)
        assert end - start == columns * 15
        return (None,) * 9 + (flat(1000),) * 15 + (flat(-672),) * 15

    picture = panel(device(PHASES), context(), window, 45, 16, None)
    assert text(picture.rows) == (
        "  ▼  672 W  to grid\n"
        "         power      A                  V\n"
        "  L1 ▼  1180 W    4.9  (f: fuse)   241.3\n"
        "  L2 ▲   412 W    1.7              236.8\n"
        "  L3 ▲    96 W    0.4              237.1\n"
        "  Wi-Fi 62 %  network Kelder  cloud on\n"
        "  firmware 6.0305  product HWE-P1\n"
        "  serial 5c2fafe8a06f  address 192.168.1.20\n"
        "\n"
        "1.2kW┤         ▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒\n"
        "  0.8┤         ███████████████\n"
        "  0.4┤         ███████████████\n"
        "    0┼·········──────────────────────────────\n"
        " -0.4┤                        ███████████████\n"
        " -0.8┤                        ▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒\n"
        "            14:24       14:27       14:30"
    )


def test_the_graph_of_a_water_meter_has_its_unit_below_the_top_most_number() -> None:
    def window(key: str, quantity: str, start: float, end: float, columns: int) -> tuple[Bucket | None, ...]:
        return tuple(flat(flow) for flow in [*[0.0] * (columns - 4), 7.2, 7.2, 3.1, 0.0])

    rows = panel(WATER, context(), window, 34, 14, None).rows
    assert text(rows) == (
        "     7.2 l/min\n"
        "  water total 123.456 m3\n"
        "  water total offset 0.000 m3\n"
        "\n"
        "    8┤\n"
        "l/min│                        ██\n"
        "    6┤                        ██\n"
        "     │                        ██\n"
        "    4┤                        ██\n"
        "     │                        ███\n"
        "    2┤                        ███\n"
        "     │                        ███\n"
        "    0┼────────────────────────────\n"
        "         14:24    14:27    14:30"
    )


@pytest.mark.parametrize(
    ("watts", "scale", "bar"),
    [(100, "1 kW", 1), (999, "1 kW", 8), (1180, "2 kW", 5), (2000, "2 kW", 8), (2180, "5 kW", 3), (8000, "10 kW", 6)],
)
def test_the_bars_of_the_phases_are_a_share_of_what_their_head_says(watts: int, scale: str, bar: int) -> None:
    _, _, head, first, *_ = everything(device({**PHASES, "power_l1_w": watts}, "HWE-KWH3")).splitlines()
    assert f"of {scale}  " in head
    assert f"L1 ▲ {watts:>5} W  {'█' * bar + '·' * (8 - bar)} " in first


@pytest.mark.parametrize("name", PRODUCTS)
def test_no_row_is_cut_at_any_width(name: str) -> None:
    locked = Switch(power_on=True, switch_lock=True, brightness=128)
    one = replace(PRODUCTS[name], switch=Read(locked, T0)) if name == "socket" else PRODUCTS[name]
    for width in (40, 45, 60, 78, 120):
        for age in (1.0, 4000.0):
            rows = all_lines(one, context(age), width)
            assert [plain(row) for row in rows if width_of(row) > width] == []


@pytest.mark.parametrize("name", PRODUCTS)
def test_the_same_figures_are_told_at_every_width(name: str) -> None:
    wide = set(everything(PRODUCTS[name], 120).split())
    for width in (40, 45, 60, 78):
        narrow = text([row[:] for row in all_lines(PRODUCTS[name], context(), width)])
        numbers = {word for word in wide if word.replace(".", "").replace("-", "").isdigit() and "." in word}
        assert numbers <= set(narrow.split())


@pytest.mark.parametrize(
    ("room", "words"),
    [
        (70, "Grid  P1 meter  ISKRA  2M550T-101  DSMR 5.0  Wi-Fi 62 %"),
        (50, "Grid  P1 meter  DSMR 5.0  Wi-Fi 62 %"),
        (30, "Grid  P1 meter  DSMR 5.0"),
        (20, "Grid  DSMR 5.0"),
        (3, "Grid"),
    ],
)
def test_a_title_leaves_out_whole_parts(room: int, words: str) -> None:
    assert title(P1, room, full=True) == words
