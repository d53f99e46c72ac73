"""Reads typed fields from an untrusted JSON object, and notes each field that is dropped."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime

from tui.core.metertime import EARLIEST, parse_meter_time
from tui.core.text import clean

TOO_LARGE = 10**12
"""No meter counts this high (own choice; a 12-digit time is below it)."""
TEXT_LENGTH = 96
"""The longest meter id (DSMR P1 companion standard: equipment identifier, up to 96 characters)."""


def fault_of(number: float) -> str | None:
    """Why a number cannot come from a meter, None if it can. Also handles ints that are too large for a float."""
    if isinstance(number, float) and not math.isfinite(number):
        return "not a finite number"
    return "too large" if abs(number) >= TOO_LARGE else None


class Fields:
    """One JSON object. Each method returns a typed field, or None where it is absent, null or of the wrong type.

    Only a wrong type gets a note. Notes are sentences added to `notes`; they name a field with `where`
    ("external[0].") before it.
    """

    def __init__(self, data: Mapping[str, object], notes: list[str], where: str = "") -> None:
        self._data = data
        self._notes = notes
        self._where = where

    def number(self, name: str) -> float | None:
        """A finite number of sane size, `int` or `float` as sent."""
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
        """A whole number, even if sent as 12.000."""
        number = self.number(name)
        if number is None:
            return None
        if number != int(number):
            self.drop(name, "not a whole number")
            return None
        return int(number)

    def text(self, name: str) -> str | None:
        """Clean text, None if nothing visible is left."""
        raw = self._data.get(name)
        if isinstance(raw, str):
            return clean(raw, TEXT_LENGTH) or None
        if raw is not None:
            self.drop(name, "not text")
        return None

    def time(self, name: str) -> datetime | None:
        """A meter's naive local time, not before 2010. 0 is how a meter without a time says so."""
        raw = self._data.get(name)
        stamp = parse_meter_time(raw)
        if stamp is not None and stamp < EARLIEST:
            self.drop(name, f"{stamp.year} is before {EARLIEST.year}")
            return None
        if stamp is None and not self._is_unset(raw):
            self.drop(name, "not a time")
        return stamp

    def is_misdated(self, name: str) -> bool:
        """Whether a field that is no usable time claims to be one."""
        raw = self._data.get(name)
        stamp = parse_meter_time(raw)
        return not self._is_unset(raw) if stamp is None else stamp < EARLIEST

    @staticmethod
    def _is_unset(raw: object) -> bool:
        return raw is None or (raw == 0 and not isinstance(raw, bool)) or (isinstance(raw, str) and not raw.strip("0 "))

    def flag(self, name: str) -> bool | None:
        """True or false."""
        raw = self._data.get(name)
        if isinstance(raw, bool):
            return raw
        if raw is not None:
            self.drop(name, "neither true nor false")
        return None

    def drop(self, name: str, why: str) -> None:
        """Note that field `name` is dropped, and why."""
        self._notes.append(f"{self._where}{name}: {why}, dropped")
