"""Points of line protocol: what a reader of it finds there is what was measured."""

from __future__ import annotations

import re
from datetime import datetime
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.core.model import Device, Role
from tui.core.out.lineprotocol import lines
from tui.core.quantities import QUANTITIES, Kind
from tui.core.reading import External, Measurement
from tui.core.text import clean

NUMBERS = [name for name, one in QUANTITIES.items() if one.kind not in (Kind.TEXT, Kind.TIME)]


class Point(NamedTuple):
    measurement: str
    tags: dict[str, str]
    fields: dict[str, float]
    at_ms: int


def cut(text: str, at: str) -> list[str]:
    """Cut at a character that has no backslash before it."""
    return re.split(rf"(?<!\\){at}", text)


def plain(text: str) -> str:
    return re.sub(r"\\([,= ])", r"\1", text)


def pairs(texts: list[str]) -> dict[str, str]:
    split = [cut(text, "=") for text in texts]
    assert all(len(pair) == 2 for pair in split), split
    assert len({name for name, _ in split}) == len(split)
    return {plain(name): plain(value) for name, value in split}


def read(text: str) -> list[Point]:
    """A reader of the syntax, written from its description."""
    assert text == "" or text.endswith("\n")
    points = []
    for line in text.split("\n")[:-1]:
        series, fields, at = cut(line, " ")
        name, *tags = cut(series, ",")
        told = {name: float(value) for name, value in pairs(cut(fields, ",")).items()}
        points.append(Point(plain(name), pairs(tags), told, int(at)))
    return points


@settings(max_examples=60)
@given(
    name=st.text(max_size=40),
    serial=st.text(min_size=1, max_size=16),
    role=st.sampled_from([None, Role.GRID, Role.LOAD]),
    values=st.dictionaries(st.sampled_from(NUMBERS), st.floats(allow_nan=False, allow_infinity=False) | st.integers()),
    meters=st.lists(st.tuples(st.text(min_size=1, max_size=12), st.floats(0, 1e9)), max_size=3),
    at_ms=st.integers(0, 2**43),
)
def test_what_is_read_back_is_what_was_measured(
    name: str,
    serial: str,
    role: Role | None,
    values: dict[str, float],
    meters: list[tuple[str, float]],
    at_ms: int,
) -> None:
    device = Device("key", serial, "HWE-P1", name=name, given_role=role)
    external = tuple(External(kind, str(place), value, "m3", None) for place, (kind, value) in enumerate(meters))
    points = read(lines(device, Measurement(values, external), at_ms))
    told = {point.measurement: point for point in points}
    assert ("hwtui" in told) == bool(values)
    if values:
        assert told["hwtui"].fields == {name: float(value) for name, value in values.items()}
        label = clean(device.label, 128).replace("\\", "/")
        assert told["hwtui"].tags.get("device", "") == label
        assert told["hwtui"].tags.get("role", "") == (device.role.value if device.role else "")
    behind = [point for point in points if point.measurement == "hwtui_external"]
    assert sorted(point.fields["total_m3"] for point in behind) == sorted(value for _, value in meters)
    assert {point.at_ms for point in points} <= {at_ms}
    assert all(value and "\\" not in value for point in points for value in point.tags.values())


def test_a_reading_is_a_point_and_one_for_each_meter_behind_it() -> None:
    device = Device("5c2f", "5C2F", "HWE-P1", name="Grid, here")
    measurement = Measurement(
        {"power_w": -5, "meter_model": "ISKRA", "energy_import_kwh": 1.25, "timestamp": datetime(2026, 1, 1)},
        (
            External("gas_meter", "B", 2.0, "m3", None),
            External("gas_meter", "A", 1.0, "m3", None),
            External("heat_meter", None, 7.5, "GJ", None),
            External("odd_meter", None, 7.5, "furlong", None),
        ),
    )
    ending = "role=grid,serial=5C2F"
    assert lines(device, measurement, 1_781_267_220_000).splitlines() == [
        rf"hwtui,device=Grid\,\ here,{ending} power_w=-5.0,energy_import_kwh=1.25 1781267220000",
        rf"hwtui_external,device=Grid\,\ here,meter=gas,number=1,{ending} total_m3=1.0 1781267220000",
        rf"hwtui_external,device=Grid\,\ here,meter=gas,number=2,{ending} total_m3=2.0 1781267220000",
        rf"hwtui_external,device=Grid\,\ here,meter=heat,number=1,{ending} total_gj=7.5 1781267220000",
    ]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_what_is_no_number_is_left_out(value: float) -> None:
    device = Device("5c2f", "5c2f", "HWE-SKT")
    assert lines(device, Measurement({"power_w": value}), 1) == ""
