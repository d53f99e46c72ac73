"""Reads typed fields from an untrusted JSON object, with a note for each field that is dropped."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime

from tui.core.metertime import parse_meter_time
from tui.core.text import clean

TOO_LARGE = 10**12
"""No meter counts this far (own choice; a time of 12 digits is below it)."""
TEXT_LENGTH = 96
"""The longest meter id (DSMR P1 companion standard: equipment identifier, up to 96 characters)."""


def fault_of(number: float) -> str | None:
    """Why a number cannot be a meter's, None if it can. Knows also the ints that are too long for a float."""
    if isinstance(number, float) and not math.isfinite(number):
        return "not a finite number"
    return "too large" if abs(number) >= TOO_LARGE else None


class Fields:
    """One JSON object. Each method gives a field in its type, None where it is absent, null or of the wrong type.

    Only the last of these is worth a note; notes are sentences in `notes`, where field names follow `where`
    ("external[0].").
    """

    def __init__(self, data: Mapping[str, object], notes: list[str], where: str = "") -> None:
        self._data = data
        self._notes = notes
        self._where = where

    def number(self, name: str) -> float | None:
        """A finite number of sane size, `int` or `float` as it came."""
        raw = self._data.get(name)
        if raw is None:
            return None
        if isinstance(raw, bool) or not isinstance(raw, (int, float)):
            self.drop(name, "not a number")
            return None
        if fault := fault_of(raw):
            self.drop(name, fault)
            return None
        return raw

    def whole(self, name: str) -> int | None:
        """A whole number, also where it came as 12.000."""
        number = self.number(name)
        if number is None:
            return None
        if number != int(number):
            self.drop(name, "not a whole number")
            return None
        return int(number)

    def text(self, name: str) -> str | None:
        """Clean text, None if nothing of it is visible."""
        raw = self._data.get(name)
        if isinstance(raw, str):
            return clean(raw, TEXT_LENGTH) or None
        if raw is not None:
            self.drop(name, "not text")
        return None

    def time(self, name: str) -> datetime | None:
        """A meter's naive local time."""
        raw = self._data.get(name)
        stamp = parse_meter_time(raw)
        if stamp is None and raw is not None:
            self.drop(name, "not a time")
        return stamp

    def flag(self, name: str) -> bool | None:
        """True or false."""
        raw = self._data.get(name)
        if isinstance(raw, bool):
            return raw
        if raw is not None:
            self.drop(name, "neither true nor false")
        return None

    def drop(self, name: str, why: str) -> None:
        """Note that field `name` is not used, and why."""
        self._notes.append(f"{self._where}{name}: {why}, dropped")
