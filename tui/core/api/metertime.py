"""Times that meters tell: local times without a zone, in which one hour a year occurs twice. A claim, not a fact.

A meter that was never set counts from a factory date, an empty M-Bus channel sends one, and a clock may be off by
months. Only a plausible time may order readings, age them or retire a meter.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta, tzinfo
from functools import lru_cache

EARLIEST = datetime(2010, 1, 1)
"""Nothing was read from such a meter before this (own choice); factory dates are in 1970 and 2000."""
MOST_AHEAD_S = 86400.0
"""A time that is further ahead of this computer's clock is impossible (own choice)."""
CLOCK_AHEAD_S = 60.0
"""A meter's clock may be this far from ours and still count as right (own choice)."""

_DIGITS = re.compile(r"\d{1,12}", re.ASCII)
_ISO = re.compile(r"(19|20)\d\d-\d\d-\d\dT\d\d:\d\d:\d\d", re.ASCII)
_LAST_CENTURY_FROM = 69
"""Years of two digits from here on belong to the 1900s, as POSIX reads them: a clock at its start says 70."""


def parse_meter_time(raw: object) -> datetime | None:
    """YYMMDDhhmmss (an `int`, a `float` or digits), or the ISO form of API v2, as a naive local time.

    JSON numbers lose leading zeros, so fewer digits are padded to 12. None for anything that is not a second of the
    years 1969 to 2068 (ISO: 1900 to 2099): 0, impossible dates, `bool`, a time with a zone. Whether a meter can have
    meant it, `is_plausible` says.
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
    century = 19 if int(year) >= _LAST_CENTURY_FROM else 20
    return _or_none(f"{century}{year}-{month}-{day}T{hour}:{minute}:{second}")


def _or_none(iso: str) -> datetime | None:
    try:
        return datetime.fromisoformat(iso)
    except ValueError:  # the 30th of February
        return None


def is_plausible(stamp: datetime, utc: float, zone: tzinfo) -> bool:
    """Whether a meter's local time in `zone` can be one before `utc` (seconds since 1970), give or take a day."""
    return stamp >= EARLIEST and ahead_of(stamp, utc, zone) <= MOST_AHEAD_S


def ahead_of(stamp: datetime, utc: float, zone: tzinfo) -> float:
    """Seconds by which `stamp`, a meter's local time in `zone`, is ahead of `utc` (seconds since 1970); behind: < 0.

    A time in the hour that occurs twice in October has two meanings, and so has one in the hour that never occurs in
    March (by the clock before and after the change): the one nearer to `utc` is taken.
    """
    return min((meant - utc for meant in _meanings(stamp, zone)), key=abs)


def age_s(stamp: datetime, utc: float, zone: tzinfo, ahead_s: float = 0.0) -> float | None:
    """Seconds from `stamp`, a meter's local time in `zone`, to `utc`; None if it is in the future.

    `ahead_s` is what the meter's own clock is known to be ahead of ours. Of the two meanings that a time may have when
    the clocks change, the one with the smaller age is used, unless it is in the future by more than `CLOCK_AHEAD_S`.
    """
    ages = [utc + ahead_s - meant for meant in _meanings(stamp, zone)]
    return min((max(0.0, age) for age in ages if age >= -CLOCK_AHEAD_S), default=None)


def span_s(start: datetime, end: datetime, zone: tzinfo) -> float | None:
    """Seconds between two of a meter's local times in `zone`; None where one of them has two meanings."""
    first, last = (set(_meanings(stamp, zone)) for stamp in (start, end))
    return last.pop() - first.pop() if len(first) == len(last) == 1 else None


@lru_cache(maxsize=256)  # each answer brings the same times again
def _meanings(stamp: datetime, zone: tzinfo) -> tuple[float, float]:
    """Seconds since 1970: before and after the clocks change, which is the same but for two nights a year."""
    return _utc(stamp, zone, 0), _utc(stamp, zone, 1)


def _utc(stamp: datetime, zone: tzinfo, fold: int) -> float:
    try:
        return stamp.replace(tzinfo=zone, fold=fold).timestamp()
    except OverflowError:  # the first and the last day that `datetime` knows
        return (stamp - datetime(1970, 1, 1)) / timedelta(seconds=1)
