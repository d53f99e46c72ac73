"""Today and yesterday where they are drawn."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from tui.core.counting.ownuse import EXPORT, IMPORT
from tui.core.counting.today import Today
from tui.core.model import Device, Endpoint, Fleet, Link, Read, Role
from tui.core.moment import Now
from tui.core.past.history import TOTAL, Amount
from tui.core.profiles import profile_of
from tui.core.reading import External, Measurement, Value
from tui.ui.draw.house import house_line
from tui.ui.draw.lines import Context, Lines, plain, width_of
from tui.ui.draw.panel import panel
from tui.ui.draw.wall import wall
from tui.ui.glyphs import GLYPHS

ZONE = ZoneInfo("Europe/Amsterdam")
T0 = Now(datetime(2026, 11, 21, 14, 32, tzinfo=ZONE).timestamp(), 5000.0)
MIDNIGHT = datetime(2026, 11, 21, tzinfo=ZONE).timestamp()
NOON = MIDNIGHT + 12 * 3600 + 22 * 60
WHOLE = 86400.0
GAS = External("gas_meter", "4730303235", 2569.646, "m3", datetime(2026, 11, 21, 14, 25))
VALUES: dict[str, Value] = {
    "tariff": 2,
    "power_w": -672.0,
    "energy_import_kwh": 13779.338,
    "energy_export_kwh": 4162.461,
}
GRID_DAYS = Today(
    {IMPORT: Amount(4.21, WHOLE), EXPORT: Amount(6.14, WHOLE)}, {IMPORT: Amount(9.8, WHOLE), EXPORT: Amount(5.7, WHOLE)}
)
GAS_DAYS = Today({TOTAL: Amount(0.42, WHOLE)}, {TOTAL: Amount(1.86, WHOLE)})
SUN = Today({EXPORT: Amount(11.3, WHOLE), IMPORT: Amount(0.0, WHOLE)}, {})


def device(
    key: str = "grid", name: str = "Grid", product: str = "HWE-P1", values: dict[str, Value] | None = None,
    role: Role | None = None, external: tuple[External, ...] = (),
) -> Device:  # fmt: skip
    return Device(
        key,
        serial=key,
        product_type=product,
        name=name,
        given_role=role,
        endpoints=(Endpoint(key),),
        measurement=Read(Measurement(values or VALUES, external), T0),
        link=Link(1, last_answer=T0),
    )


GRID = device(external=(GAS,))
SOLAR = device("solar", "Solar", "HWE-KWH1", {"power_w": -2140.0}, Role.SOLAR)
FREEZER = device("freezer", "Freezer", "HWE-SKT", {"power_w": 61.0})


def context(days: dict[str, Today], *devices: Device) -> Context:
    fleet = Fleet({one.key: one for one in devices or (GRID,)})
    return Context(GLYPHS["console"], profile_of("nl"), T0, fleet, today_of=days.get)


def rows(one: Device, told: Context, width: int = 80, height: int = 40) -> list[str]:
    found: Lines = panel(one, told, lambda *_: (None,) * 10, width, height, None).rows
    assert all(width_of(row) <= width for row in found)
    return [plain(row).rstrip() for row in found]


def of_days(found: list[str]) -> list[str]:
    words = ("  today", "  yesterday", "  from ")
    return [row for row in found if row.startswith(words)]


def test_the_first_row_of_the_panel_as_drawn() -> None:
    found = rows(GRID, context({"grid": GRID_DAYS}))
    assert found[0].endswith("tariff 2 normal    today  in 4.2  out 6.1 kWh")
    assert of_days(found) == ["  yesterday  in   9.8  out   5.7 kWh"]


def test_with_sun_and_gas() -> None:
    told = context({"grid": GRID_DAYS, "solar": SUN, "grid/gas_meter": GAS_DAYS}, GRID, SOLAR)
    assert of_days(rows(GRID, told)) == [
        "  today      own use 46 % of 11.3 kWh sun    gas 0.42 m3    self-sufficient 55 %",
        "  yesterday  in   9.8  out   5.7 kWh    gas 1.86 m3",
    ]
    assert of_days(rows(GRID, told, 45)) == [
        "  today      in   4.2  out   6.1 kWh",
        "  yesterday  in   9.8  out   5.7 kWh",
    ]


@pytest.mark.parametrize("width", [40, 45])
def test_a_narrow_panel_has_a_row_for_each(width: int) -> None:
    found = rows(GRID, context({"grid": GRID_DAYS}), width)
    assert "today" not in found[0]
    assert of_days(found) == ["  today      in   4.2  out   6.1 kWh", "  yesterday  in   9.8  out   5.7 kWh"]


def test_where_there_is_room_for_one_only_today_stands_in_the_place_of_the_totals() -> None:
    found = rows(GRID, context({"grid": GRID_DAYS}), 45, 2)
    assert "  today      in   4.2  out   6.1 kWh" in found
    assert not [row for row in found if "13779" in row]


def test_a_day_that_is_not_whole_says_from_when() -> None:
    part = Today(
        {IMPORT: Amount(0.4, 60.0, since=NOON), EXPORT: Amount(0.0, 60.0, since=NOON)},
        {IMPORT: Amount(2.0, 60.0, until=MIDNIGHT - 4 * 3600)},
    )
    wide, narrow = rows(GRID, context({"grid": part})), rows(GRID, context({"grid": part}), 40)
    assert wide[0].endswith("since 12:22  in 0.4  out none")
    assert "  from 12:22 in   0.4  out  none" in narrow
    assert "  yesterday  in 2.0 kWh  until 20:00" in narrow


def test_a_device_lost_since_this_morning_says_until_when() -> None:
    lost = Today({IMPORT: Amount(0.4, 60.0, until=NOON), EXPORT: Amount(1.0, 60.0, until=NOON)})
    found = rows(GRID, context({"grid": lost}))
    assert "in 0.4" not in found[0]
    assert of_days(found) == ["  today      in   0.4  out   1.0 kWh  until 12:22"]


def test_a_socket_tells_its_kilowatt_hours() -> None:
    days = {"freezer": Today({IMPORT: Amount(0.52, WHOLE), EXPORT: Amount(0.001, WHOLE)}, {IMPORT: Amount(0.9, WHOLE)})}
    found = rows(FREEZER, context(days, FREEZER), 45)
    assert found[0].endswith("today  0.5 kWh")
    assert of_days(found) == ["  yesterday  0.9 kWh"]


def test_nothing_counted_says_nothing() -> None:
    assert of_days(rows(GRID, context({}))) == []
    assert "today" not in plain(house_line(Fleet({"grid": GRID}), context({}), 120))


def wall_rows(told: Context, width: int = 80, height: int = 30) -> list[str]:
    devices = list(told.fleet.devices.values())
    found = wall(devices, told.fleet, told, lambda *_: (None,) * 10, width, height, 0, None).rows
    return [plain(row).rstrip() for row in found]


def test_the_wall_has_today_in_its_head_and_tiles() -> None:
    days = {"grid": GRID_DAYS, "solar": SUN, "grid/gas_meter": GAS_DAYS, "freezer": Today({IMPORT: Amount(0.52, 1.0)})}
    text = "\n".join(wall_rows(context(days, GRID, SOLAR, FREEZER)))
    assert "today  in 4.2  out 6.1 kWh" in text
    assert "tariff" not in text
    assert " today 11.3 kWh    │ today 0.5 kWh     │ today 0.42 m3" in text
    assert "tariff 2 normal" in "\n".join(wall_rows(context({}, GRID, SOLAR, FREEZER)))


def test_a_tile_of_part_of_a_day_says_from_when() -> None:
    days = {
        "solar": Today({EXPORT: Amount(11.34, 1.0, since=NOON)}),
        "freezer": Today({IMPORT: Amount(0.52, 1.0, NOON)}),
    }
    text = "\n".join(wall_rows(context(days, GRID, SOLAR, FREEZER)))
    assert " from 12:22 11.3 kWh" not in text  # it would not fit
    assert " from 12:22 11 kWh " in text
    assert " from 12:22 0.5 kWh" in text


def test_the_top_line_has_today_where_there_is_room() -> None:
    told = context({"grid": GRID_DAYS, "solar": SUN}, GRID, SOLAR)
    long, short = (plain(house_line(told.fleet, told, width)) for width in (120, 80))
    assert "to grid 672 W    today  in 4.2  out 6.1 kWh" in long
    assert "today" not in short
    assert len(long) == 120


def test_cubic_metres_have_their_own_sign_where_there_is_one() -> None:
    told = replace(context({"grid": GRID_DAYS, "grid/gas_meter": GAS_DAYS}), glyphs=GLYPHS["unicode"])
    assert any("gas 1.86 m³" in row for row in rows(GRID, told))
