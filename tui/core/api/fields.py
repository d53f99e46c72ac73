"""Reads typed fields from an untrusted JSON object, and notes each field that is dropped."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from tui.core.api.metertime import EARLIEST, parse_meter_time
from tui.core.text import clean

TOO_LARGE = 10**12
"""No meter counts this high (own choice; a 12-digit time is below it)."""
TEXT_LENGTH = 96
"""The longest meter id (DSMR P1 companion standard: equipment identifier, up to 96 characters)."""

N = TypeVar("N", int, float)

_DECIMAL = re.compile(r" *([+-]?[0-9]{1,12}(\.[0-9]{1,9})?) *")
"""A number as text that has one meaning: no exponent, no comma, no unit. Blanks are what C pads it with."""
_AS_TEXT = ": sent as text, read as a number"


def fault_of(number: float) -> str | None:
    """Why a number cannot come from a meter, None if it can. Also handles ints that are too large for a float."""
    if isinstance(number, float) and not math.isfinite(number):
        return "not a finite number"
    return "too large" if abs(number) >= TOO_LARGE else None


def listed(names: Sequence[str], most: int = 4) -> str:
    """The first `most` names, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def gathered(notes: Sequence[str]) -> list[str]:
    """The notes, with one for all numbers that were sent as text: an imitator may send every number like that."""
    names = [note.removesuffix(_AS_TEXT) for note in notes if note.endswith(_AS_TEXT)]
    others = [note for note in notes if not note.endswith(_AS_TEXT)]
    return [*others, f"{listed(names)}{_AS_TEXT}"] if names else others


class Fields:
    """One JSON object. Each method returns a typed field, or None where it is absent, null or of the wrong type.

    A number sent as plain decimal text is taken. Only that and a wrong type get a note. Notes are sentences added to
    `notes`; they name a field with `where` ("external[0].") before it.
    """

    def __init__(self, data: Mapping[str, object], notes: list[str], where: str = "") -> None:
        self._data = data
        self._notes = notes
        self._where = where

    def number(self, name: str) -> float | None:
        """A finite number of sane size, `int` or `float` as sent."""
        raw = self._data.get(name)
        if (type(raw) is float or type(raw) is int) and -TOO_LARGE < raw < TOO_LARGE:  # nearly always
            return raw
        if raw is None:
            return None
        if isinstance(raw, str) and (decimal := _DECIMAL.fullmatch(raw)):
            self._notes.append(f"{self._where}{name}{_AS_TEXT}")
            return float(decimal[1]) if decimal[2] else int(decimal[1])
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

    def within(self, name: str, low: float, high: float) -> float | None:
        """A number from `low` to `high`."""
        return self._kept_within(name, self.number(name), low, high)

    def whole_within(self, name: str, low: int, high: int) -> int | None:
        """A whole number from `low` to `high`."""
        return self._kept_within(name, self.whole(name), low, high)

    def _kept_within(self, name: str, number: N | None, low: float, high: float) -> N | None:
        if number is None or low <= number <= high:
            return number
        self.drop(name, f"not {low:g} to {high:g}")
        return None

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
