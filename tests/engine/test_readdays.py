"""`read` with a history: today and yesterday beside the reading, as text and as JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tui.core.counting.daywords import day_lines
from tui.core.counting.ledger import Ledger
from tui.core.counting.ownuse import EXPORT, IMPORT
from tui.core.counting.today import Today
from tui.core.devicejson import device_json, iso_time
from tui.core.graph.bucket import Bucket
from tui.core.listing import readings_table
from tui.core.model import Device, Endpoint, Fleet, Read, Role
from tui.core.moment import Now
from tui.core.past.history import MINUTE, TOTAL, Amount, Level, Row, Series
from tui.core.profiles import profile_of
from tui.core.reading import External, Measurement
from tui.engine.keeping.counting import counted_once

near: Callable[..., Any] = pytest.approx
ZONE = ZoneInfo("Europe/Amsterdam")
NOON = datetime(2026, 6, 2, 12, tzinfo=ZONE).timestamp()
TODAY, YESTERDAY = NOON - 12 * 3600, NOON - 36 * 3600
NOW = Now(NOON, 5000.0)
STORED = 11.5 * 3600
"""In seconds: how much of today is in the history."""


class SomePast:
    """A history that ends at 11:30."""

    def __init__(
        self,
        days: Mapping[tuple[str, str], tuple[Amount | None, Amount | None]],
        stored: Mapping[tuple[str, str], float],
    ) -> None:
        self.days, self.stored = days, stored

    def window(self, place: str, quantity: str, start: float, end: float, columns: int) -> tuple[Bucket | None, ...]:
        raise NotImplementedError

    def amounts(self, place: str, quantity: str, cuts: Sequence[float]) -> tuple[Amount | None, ...]:
        assert list(cuts) == [YESTERDAY, TODAY, TODAY + 86400]
        return self.days.get((place, quantity), (None, None))

    def rows(self, place: str, level: Level, start: float, end: float) -> Iterator[Row]:
        assert level is MINUTE
        at = int(NOON) - 1860
        readings = {name: value for (where, name), value in self.stored.items() if where == place}
        if start <= at < end and readings:
            yield Row(at, 60, 60, readings=readings)

    def highest_quarter(
        self, place: str, quantity: str, cuts: Sequence[float]
    ) -> tuple[tuple[float, float] | None, ...]:
        raise NotImplementedError

    def series(self) -> tuple[Series, ...]:
        return ()

    def begins(self, place: str) -> float | None:
        raise NotImplementedError


GRID = Device(
    "grid",
    serial="grid",
    product_type="HWE-P1",
    name="Grid",
    endpoints=(Endpoint("grid"),),
    measurement=Read(
        Measurement(
            {IMPORT: 13779.338, EXPORT: 4162.461},
            (External("gas_meter", "g", 2569.646, "m3", datetime(2026, 6, 2, 11, 55)),),
        ),
        NOW,
    ),
)
SOLAR = Device(
    "solar",
    serial="solar",
    product_type="HWE-KWH1",
    name="Solar",
    given_role=Role.SOLAR,
    endpoints=(Endpoint("solar"),),
    measurement=Read(Measurement({EXPORT: 7413.9}), NOW),
)
PAST = SomePast(
    {
        ("grid", IMPORT): (Amount(9.8, 86400.0), Amount(4.0, STORED)),
        ("grid", EXPORT): (Amount(5.7, 86400.0), Amount(6.0, STORED)),
        ("grid/gas_meter", TOTAL): (Amount(1.86, 40000.0, since=YESTERDAY + 46400), Amount(0.4, STORED)),
        ("solar", EXPORT): (None, Amount(10.9, STORED)),
    },
    {
        ("grid", IMPORT): 13779.138,
        ("grid", EXPORT): 4162.361,
        ("grid/gas_meter", TOTAL): 2569.626,
        ("solar", EXPORT): 7413.5,
    },
)


def test_what_moved_since_the_history_ends_is_added() -> None:
    days = counted_once(PAST, [GRID, SOLAR], NOW, ZONE)
    assert set(days) == {"grid", "grid/gas_meter", "solar"}
    assert {name: one.value for name, one in days["grid"].today.items()} == near({IMPORT: 4.2, EXPORT: 6.1})
    assert days["solar"].today[EXPORT].value == near(11.3)
    assert days["grid/gas_meter"].today[TOTAL].value == near(0.42)
    assert days["grid"].yesterday[IMPORT] == Amount(9.8, 86400.0)


def test_the_text() -> None:
    rows = readings_table([GRID, SOLAR], NOW, profile_of("nl"), counted_once(PAST, [GRID, SOLAR], NOW, ZONE))
    assert [row.strip() for row in rows if row.strip().startswith(("today", "yesterday"))] == [
        "today      in 4.2  out 6.1 kWh, gas 0.42 m3, own use 46 % of 11.3 kWh sun, self-sufficient 55 %",
        "yesterday  in 9.8  out 5.7 kWh, gas 1.86 m3 since 12:53",
        "today      11.3 kWh",
    ]


def test_the_json_says_from_when_where_a_day_is_not_whole() -> None:
    days = counted_once(PAST, [GRID], NOW, ZONE)
    row = device_json(GRID, NOW, reading=True, days=days)
    assert row["today"] == {
        IMPORT: {"value": near(4.2)},
        EXPORT: {"value": near(6.1)},
        "external": [{"type": "gas_meter", "unit": "m3", "value": near(0.42)}],
    }
    assert row["yesterday"] == {
        IMPORT: {"value": 9.8},
        EXPORT: {"value": 5.7},
        "external": [{"type": "gas_meter", "unit": "m3", "value": 1.86, "since": iso_time(YESTERDAY + 46400)}],
    }


def test_sags_swells_and_power_cuts_are_no_amounts_of_a_day() -> None:
    """A script takes what is in `today` for what was used and delivered."""
    sags = "voltage_sag_l1_count"
    past = SomePast(
        {**PAST.days, ("grid", sags): (Amount(1.0, 86400.0), Amount(0.0, STORED))}, {**PAST.stored, ("grid", sags): 4.0}
    )
    assert GRID.measurement is not None
    heard = replace(GRID.measurement.value, values={**GRID.measurement.value.values, sags: 4})
    grid = replace(GRID, measurement=Read(heard, NOW))
    row = device_json(grid, NOW, reading=True, days=counted_once(past, [grid], NOW, ZONE))
    for day in ("today", "yesterday"):
        told = row[day]
        assert isinstance(told, dict)
        assert set(told) == {IMPORT, EXPORT, "external"}
    live = Ledger(ZONE)
    live.seed("grid", sags, {TODAY: Amount(0.0, STORED)})
    live.seed("grid", IMPORT, {TODAY: Amount(4.0, STORED)})
    today = live.today("grid", NOW)
    assert today is not None
    assert set(today.today) == {IMPORT}


def test_meters_behind_a_p1_stand_in_the_order_of_the_reading() -> None:
    water = External("water_meter", "w", 123.4, "m3", datetime(2026, 6, 2, 11, 55))
    assert GRID.measurement is not None
    heard = replace(GRID.measurement.value, external=(*GRID.measurement.value.external, water))
    grid = replace(GRID, measurement=Read(heard, NOW))
    days = counted_once(PAST, [grid], NOW, ZONE) | {"grid/water_meter": Today({TOTAL: Amount(0.2, STORED)})}
    told = device_json(grid, NOW, reading=True, days=days)["today"]
    assert isinstance(told, dict)
    assert [one["type"] for one in told["external"]] == ["gas_meter", "water_meter"]  # type: ignore[union-attr,index,call-overload]
    assert day_lines(grid, days, Fleet({"grid": grid}), NOW, ZONE)[0].endswith("gas 0.42 m3, water 0.200 m3")


def test_a_history_that_knows_nothing_of_a_device_adds_nothing() -> None:
    empty = SomePast({}, {})
    days = counted_once(empty, [GRID, SOLAR], NOW, ZONE)
    assert days == {}
    assert not {"today", "yesterday"} & device_json(GRID, NOW, reading=True, days=days).keys()
    assert readings_table([GRID], NOW, profile_of("nl"), days) == readings_table([GRID], NOW, profile_of("nl"))


def test_a_replaced_meter_is_not_subtracted_from_the_old_one() -> None:
    other = SomePast({("grid", IMPORT): (None, Amount(4.0, STORED))}, {("grid", IMPORT): 20000.0})
    (today,) = counted_once(other, [GRID], NOW, ZONE).values()
    assert today.today[IMPORT].value == 4.0
