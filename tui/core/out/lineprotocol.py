"""Readings as points of InfluxDB's line protocol.

Syntax: https://docs.influxdata.com/influxdb/v2/reference/syntax/line-protocol/. VictoriaMetrics reads the same, and
calls a series by measurement and field: `hwtui_power_w`.

All numbers are sent as floats: InfluxDB refuses a field that is an integer once and a float later. Texts and times are
left out: they describe a device and are no series.
"""

from __future__ import annotations

from functools import lru_cache
from math import isfinite

from tui.core.external import numbered
from tui.core.model import Device
from tui.core.reading import Measurement
from tui.core.text import clean

MEASUREMENT = "hwtui"
EXTERNAL = "hwtui_external"
_TOTALS = {"m3": "total_m3", "GJ": "total_gj", "kWh": "total_kwh"}
"""The field of a meter behind the smart meter, by its unit."""

_ESCAPED = str.maketrans({",": r"\,", " ": r"\ ", "=": r"\=", "\\": "/"})
"""A comma, a blank and an equals sign have a backslash before them. A backslash itself means different things to
different servers where one of these follows, so there is none."""


def lines(device: Device, measurement: Measurement, at_ms: int) -> str:
    """One reading of a device: a point for itself and one for each meter behind it, each line with its end.

    `at_ms` is in milliseconds since 1970. Empty if it measured nothing.
    """
    tags = _tags(device.label, device.role.value if device.role else "", device.serial or "")
    fields = ",".join(
        f"{name}={float(value)!r}"
        for name, value in measurement.values.items()
        if isinstance(value, (int, float)) and isfinite(value)
    )
    told = f"{MEASUREMENT}{tags} {fields} {at_ms}\n" if fields else ""
    for kind, number, meter in numbered(measurement.external):
        field = _TOTALS.get(meter.unit or "")
        if field is not None and isfinite(meter.value):
            own = _external_tags(device.label, kind, number, device.role.value if device.role else "", device.serial)
            told += f"{EXTERNAL}{own} {field}={float(meter.value)!r} {at_ms}\n"
    return told


@lru_cache(maxsize=1024)  # more than there are devices, and their names rarely change
def _tags(device: str, role: str, serial: str) -> str:
    return _joined(device=device, role=role, serial=serial)


@lru_cache(maxsize=1024)
def _external_tags(device: str, meter: str, number: int, role: str, serial: str | None) -> str:
    return _joined(device=device, meter=meter, number=str(number), role=role, serial=serial or "")


def _joined(**tags: str) -> str:
    """In the order of their names, as InfluxDB likes them; a tag may not be empty."""
    told = ((name, clean(value, 128).translate(_ESCAPED)) for name, value in tags.items())
    return "".join(f",{name}={value}" for name, value in told if value)
