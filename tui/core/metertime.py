"""Timestamps of meters: local time without a zone, in which one hour a year occurs twice."""

from __future__ import annotations

import re
from datetime import datetime, tzinfo

CLOCK_AHEAD_S = 60.0
"""A meter's clock may be this far ahead of ours and still count as right (own choice)."""

_DIGITS = re.compile(r"\d{1,12}", re.ASCII)
_ISO = re.compile(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d", re.ASCII)


def parse_meter_time(raw: object) -> datetime | None:
    """YYMMDDhhmmss (an `int`, a `float` or digits), or the ISO form of API v2, as a naive local time.

    JSON numbers lose leading zeros, so fewer digits are padded to 12. None for anything that is not a second of the
    years 2000 to 2099: 0, impossible dates, `bool`, a time with a zone.
    """
    if isinstance(raw, (int, float)) and 0 <= raw < 10**12 and raw == int(raw):
        raw = str(int(raw))  # True becomes "1", which is not a time either
    if not isinstance(raw, str):
        return None
    text = raw.strip()
    if _ISO.fullmatch(text):
        return _or_none(text)
    if not _DIGITS.fullmatch(text):
        return None
    year, month, day, hour, minute, second = (text.zfill(12)[at : at + 2] for at in range(0, 12, 2))
    return _or_none(f"20{year}-{month}-{day}T{hour}:{minute}:{second}")


def _or_none(iso: str) -> datetime | None:
    try:
        return datetime.fromisoformat(iso)
    except ValueError:  # the 30th of February
        return None


def age_s(stamp: datetime, utc: float, zone: tzinfo) -> float:
    """Seconds from `stamp`, a meter's local time in `zone`, to `utc` (seconds since 1970); never below 0.

    A stamp in the hour that occurs twice in October has two meanings, and so has one in the hour that never occurs in
    March (by the clock before and after the change). The one with the smaller age is used, unless it is more than
    `CLOCK_AHEAD_S` in the future. A stamp that is in the future either way has age 0.
    """
    ages = [utc - stamp.replace(tzinfo=zone, fold=fold).timestamp() for fold in (0, 1)]
    return min((max(0.0, age) for age in ages if age >= -CLOCK_AHEAD_S), default=0.0)
