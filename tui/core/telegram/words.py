"""The lines of a telegram as a person reads them, for the screen and the command."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, tzinfo
from typing import NamedTuple

from tui.core.api.metertime import CLOCK_AHEAD_S, EARLIEST
from tui.core.telegram.summary import CLOCK
from tui.core.telegram.told import END, Entry, Measured, Stamp, Told, ToldLine
from tui.core.wording import DAYS, MONTHS, long_age

NOT_KNOWN = "not known"
RECENT = timedelta(days=6)
"""Within it a weekday says which day is meant."""
EXACT_S, SLOW_S = 2.0, 11.0
"""A telegram is up to a second old when it is read, before DSMR 5 up to ten; and a second for the way (own choice)."""


class Received(NamedTuple):
    """When a telegram was read, by this computer's clock."""

    utc: float
    """Seconds since 1970."""
    zone: tzinfo
    """That of the meter's clock."""


class ClockWords(NamedTuple):
    """The meter's clock against this computer's, in words, and whether that is worth a warning."""

    text: str
    is_wrong: bool


def version_words(told: Told) -> str:
    """ "DSMR 5.0"; what can be told without a version; empty if nothing can."""
    if told.version:
        return f"DSMR {told.version}"
    return "DSMR 2 or 3" if any(".24.3.0" in f".{line.code.partition(':')[2]}" for line in told.lines) else ""


def checksum_words(told: Told) -> str:
    """Whether the checksum is right. One of a text that is too long, or has no beginning, cannot be checked."""
    if told.checksum is not None:
        return f"checksum {'right' if told.checksum else 'wrong'}"
    sent = any(line.name == END and line.text for line in told.lines if not line.code)
    return "checksum not checked" if sent else "no checksum"


def value_rows(line: ToldLine, told: Told, received: Received | None = None) -> list[str]:
    """A line's value in words; a log in as many rows as it has entries, of which the first may be "none"."""
    if line.entries is not None:
        return [_entry(at, one) for at, one in enumerate(line.entries, 1)] or ["none"]
    if line.code == CLOCK and line.at is not None:
        now = datetime.fromtimestamp(received.utc, received.zone) if received else line.at.time
        return [_whole_time(line.at, now)]
    if line.measured is not None:
        value = _quantity(line.measured)
        return [f"{value}, {_when(line.at, told.clock)}" if line.is_timed else value]
    if line.text is not None:
        return [line.text or "none"]
    return [line.rest or line.raw]


def clock_words(told: Told, received: Received) -> ClockWords | None:
    """How far the meter's clock is from this computer's; None without one."""
    if told.clock is None:
        return None
    time, summer = told.clock
    if time < EARLIEST:
        return ClockWords("it was never set", is_wrong=True)
    local = time.replace(tzinfo=received.zone)
    ahead_s = local.timestamp() - received.utc
    if summer is None:  # an hour that occurs twice: the one that is nearer
        ahead_s = min(ahead_s, local.replace(fold=1).timestamp() - received.utc, key=abs)
    usual_s = EXACT_S if (told.version or "").startswith("5") else SLOW_S
    is_near = -usual_s <= ahead_s <= EXACT_S
    off = f"{long_age(abs(ahead_s))} {'ahead of' if ahead_s > 0 else 'behind'} this computer's"
    if summer is not None and summer is not bool(local.dst()):
        says, is_so = ("summer", "winter") if summer else ("winter", "summer")
        letter = f"it says {says} time, but that is {is_so} time"
        return ClockWords(letter if is_near else f"{off}; {letter}", is_wrong=True)
    if is_near:
        within = f", within {SLOW_S - 1:.0f} s" if usual_s > EXACT_S else ""
        return ClockWords(f"as this computer's clock{within}", is_wrong=False)
    return ClockWords(off, is_wrong=abs(ahead_s) > CLOCK_AHEAD_S)


def left_out_words(told: Told) -> str:
    """What says that the telegram is longer than one can be; empty if it is not."""
    return f"{told.left_out} characters are left out: no telegram is so long" if told.left_out else ""


def lasted(seconds: int) -> str:
    """A duration with its two largest units: "40 min 51 s", "2 h 5 min"."""
    for size, unit, less, smaller in ((86400, "day", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s")):
        if seconds >= size:
            count, rest = seconds // size, seconds % size // less
            whole = f"{count} {unit}{'s' if unit == 'day' and count > 1 else ''}"
            return f"{whole} {rest} {smaller}" if rest else whole
    return f"{seconds} s"


def _entry(number: int, entry: Entry) -> str:
    if entry.closed is None:
        length = lasted(int(entry.measured.digits.partition(".")[0]))
        return f"{number}: {_date(entry.at) if entry.at else 'no time'}, {length}"
    month = entry.closed.time - timedelta(days=1)
    when = f", {entry.at.time.day} {MONTHS[entry.at.time.month - 1]} {entry.at.time:%H:%M}" if entry.at else ""
    return f"{MONTHS[month.month - 1]} {month.year}: {_quantity(entry.measured)}{when}"


def _quantity(measured: Measured) -> str:
    return f"{measured.digits} {measured.unit}".rstrip()


def _whole_time(stamp: Stamp, now: datetime) -> str:
    """With its weekday, or its year where that is another than this one."""
    time = stamp.time
    day = f"{time.day} {MONTHS[time.month - 1]}"
    day = f"{DAYS[time.weekday()]} {day}" if time.year == now.year else f"{day} {time.year}"
    season = "" if stamp.summer is None else f", {'summer' if stamp.summer else 'winter'} time"
    return f"{day} {time:%H:%M:%S}{season}"


def _when(stamp: Stamp | None, clock: Stamp | None) -> str:
    """The time of a reading, by the meter's own clock: with its weekday where that says which day is meant."""
    if stamp is None or stamp.time < EARLIEST:
        return "never read"
    if clock is not None and timedelta(0) <= clock.time - stamp.time < RECENT:
        return f"{DAYS[stamp.time.weekday()]} {stamp.time:%H:%M}"
    return _date(stamp)


def _date(stamp: Stamp) -> str:
    return f"{stamp.time.day} {MONTHS[stamp.time.month - 1]} {stamp.time.year} {stamp.time:%H:%M}"


# ------------------------------------------------------------------ all of it


class Row(NamedTuple):
    """One row of the list of lines. Without a code and a name it goes on with the line before it."""

    code: str
    name: str
    value: str
    line: int
    """Which line of the telegram it belongs to."""
    mark: str = ""
    """"warn": something is wrong; "label": not known, or no part of the telegram."""


def rows_of(told: Told, received: Received | None = None) -> Iterator[Row]:
    """Every line of a telegram in words, none left out; `received` adds how the meter's clock goes."""
    for at, line in enumerate(told.lines):
        if line.name == END and not line.code:
            text = f"{line.text}, {checksum_words(told).removeprefix('checksum ')}" if line.text else "none"
            yield Row("", END, text, at, "warn" if told.checksum is False else "")
            continue
        mark = "" if line.name else "label"
        first, *others = value_rows(line, told, received)
        yield Row(line.code, line.name or NOT_KNOWN, first, at, mark)
        yield from (Row("", "", other, at, mark) for other in others)
        if line.code == CLOCK and line.at is told.clock and received and (clock := clock_words(told, received)):
            yield Row("", "", clock.text, at, "warn" if clock.is_wrong else "")
    if text := left_out_words(told):
        yield Row("", "", text, len(told.lines), "warn")


def listing(told: Told, received: Received, interval_s: float | None) -> list[str]:
    """The telegram for stdout: who sent it, and its lines in three columns."""
    every = f"every {interval_s:.1f} s" if interval_s else ""
    head = "  ".join(one for one in (told.meter, version_words(told), checksum_words(told), every) if one)
    rows = list(rows_of(told, received))
    code = max((len(row.code) for row in rows), default=0)
    name = max((len(row.name) for row in rows), default=0)
    return [head, *(f"{row.code:<{code}}  {row.name:<{name}}  {row.value}".rstrip() for row in rows)]
