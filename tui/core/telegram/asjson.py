"""A telegram as JSON, for scripts."""

from __future__ import annotations

from typing import Any

from tui.core.telegram.told import Entry, Measured, Stamp, Told, ToldLine

CHECKSUMS = {True: "right", False: "wrong", None: "none"}


def telegram_json(told: Told) -> dict[str, Any]:
    """The telegram. Times are ISO 8601, local, without a zone, as everywhere where a meter told them."""
    return {
        "meter": told.meter,
        "version": told.version,
        "time": _time(told.clock),
        "checksum": CHECKSUMS[told.checksum],
        "left_out": told.left_out,
        "lines": [_line(line) for line in told.lines],
    }


def _line(line: ToldLine) -> dict[str, Any]:
    row: dict[str, Any] = {
        "code": line.code,
        "name": line.name,
        "value": _value(line),
        "unit": line.measured.unit or None if line.measured else None,
    }
    if line.is_timed:
        row["time"] = _time(line.at)
    elif line.at is not None:
        row["summer_time"] = line.at.summer
    return row | {"raw": line.raw}


def _value(line: ToldLine) -> object:
    """A number, a text, a time, a list for a log; null where only `raw` says it."""
    if line.entries is not None:
        return [_entry(one) for one in line.entries]
    if line.measured is not None:
        return _number(line.measured)
    return line.text if line.at is None else _time(line.at)


def _entry(entry: Entry) -> dict[str, Any]:
    if entry.closed is None:
        return {"ended": _time(entry.at), "lasted_s": _number(entry.measured)}
    return {
        "month_ended": _time(entry.closed),
        "time": _time(entry.at),
        "value": _number(entry.measured),
        "unit": entry.measured.unit or None,
    }


def _number(measured: Measured) -> float:
    return float(measured.digits) if "." in measured.digits else int(measured.digits)


def _time(stamp: Stamp | None) -> str | None:
    return stamp.time.isoformat() if stamp else None
