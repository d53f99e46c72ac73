"""What a smart meter's own clock says about the times that it gives."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from tui.core.doubt.meterclock import clock_words, is_in_doubt, reading_age_s
from tui.core.model import Device, Read
from tui.core.moment import Now
from tui.core.reading import External, Measurement

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
NOW = Now(datetime(2026, 11, 28, 14, 30, tzinfo=AMSTERDAM).timestamp(), 700.0)


WHO = "; the grid operator sets it"


def gas(stamp: str | None) -> External:
    return External("gas_meter", "A", 1.5, "m3", datetime.fromisoformat(stamp) if stamp else None)


def p1(clock: str | None, ago_s: float = 0.0) -> Device:
    """A P1 whose telegram said `clock` so many seconds ago."""
    return Device("x", clock=Read(datetime.fromisoformat(clock), NOW.plus(-ago_s)) if clock else None)


@pytest.mark.parametrize(
    ("clock", "words"),
    [
        (None, ""),
        ("2026-11-28T14:30:00", ""),
        ("2026-11-28T14:30:59", ""),
        ("2026-11-28T14:29:01", ""),
        ("2026-11-28T14:32:00", "the smart meter's clock is 2 min ahead of this computer's" + WHO),
        ("2026-11-28T13:30:00", "the smart meter's clock is 1 h behind this computer's" + WHO),
        (
            "2026-05-28T14:30:00",
            "the smart meter's clock is 184 days behind this computer's" + WHO,
        ),
        (
            "2027-11-28T14:30:00",
            "the smart meter's clock is 365 days ahead of this computer's" + WHO,
        ),
        ("2000-01-01T01:00:00", "the smart meter's clock was never set" + WHO),
    ],
)
def test_a_clock_that_is_wrong_is_told_as_seen_from_this_computer(clock: str | None, words: str) -> None:
    assert clock_words(p1(clock), NOW, AMSTERDAM) == words


def test_a_clock_keeps_its_distance_while_time_passes_and_when_this_computer_is_set() -> None:
    device = p1("2026-05-28T14:30:00")
    later = NOW.plus(86400)
    assert clock_words(device, later, AMSTERDAM) == clock_words(device, NOW, AMSTERDAM)
    # this computer was 26 days behind when it read the clock, and was set since: the meter is right
    booted = Now(NOW.utc - 26 * 86400, 100.0)
    device = Device("x", clock=Read(datetime(2026, 11, 28, 14, 20), booted))
    assert clock_words(device, booted, AMSTERDAM) == "the smart meter's clock is 25 days ahead of this computer's" + WHO
    assert clock_words(device, NOW, AMSTERDAM) == ""


def test_a_clock_that_stands_still_is_not_called_behind() -> None:
    device = Device("x", clock=Read(datetime(2026, 11, 28, 9), NOW), frozen=NOW)
    assert clock_words(device, NOW, AMSTERDAM) == ""


@pytest.mark.parametrize(
    ("clock", "stamp", "age"),
    [
        (None, "2026-11-28T14:25:00", 300),
        (None, None, None),
        (None, "2026-11-28T14:40:00", None),  # ahead, and nobody knows why
        ("2026-11-28T14:30:20", "2026-11-28T14:30:20", 0),
        ("2026-11-28T14:42:00", "2026-11-28T14:40:00", 120),  # ahead like the clock
        ("2026-11-28T14:42:00", "2026-11-28T14:44:00", None),  # further ahead than the clock
        ("2026-05-28T14:30:00", "2026-05-28T14:25:00", 300),  # months behind like the clock: just read
        ("2026-05-28T14:30:00", "2026-05-28T09:30:00", 5 * 3600),
        ("2026-11-28T14:30:00", "2026-05-28T14:25:00", 184 * 86400 + 3900),  # the clock is right: an old reading
        ("2000-01-01T01:00:00", "2026-11-28T14:25:00", 300),
        # a clock that is wrong beside times that are right
        ("2068-10-27T00:27:58", "2026-11-28T14:25:00", 300),
        ("2026-08-28T14:30:00", "2026-11-28T14:25:00", 300),
        ("2026-11-28T16:30:00", "2026-11-28T14:25:00", 300),
    ],
)
def test_the_age_of_a_reading_is_told_by_the_clock_that_dated_it(
    clock: str | None, stamp: str | None, age: float | None
) -> None:
    assert reading_age_s(p1(clock), gas(stamp), NOW, AMSTERDAM) == age


@pytest.mark.parametrize(
    ("stamps", "in_doubt"),
    [
        ((), False),
        ((None,), False),
        (("2026-11-28T14:25:00",), False),
        (("2026-11-27T15:00:00",), False),
        (("2026-11-27T14:29:00",), True),
        (("2026-05-28T14:25:00", "2026-05-28T14:00:00"), True),
        (("2026-05-28T14:25:00", "2026-11-28T14:00:00"), False),
        (("2026-05-28T14:25:00", "2068-10-27T00:27:58"), True),
        (("2026-11-28T14:31:00",), False),
        (("2026-11-28T14:31:01",), True),
        (("2026-11-28T13:00:00", "2026-11-28T15:45:00"), True),
    ],
)
def test_readings_that_are_all_a_day_old_or_in_the_future_put_the_clock_in_doubt(
    stamps: tuple[str | None, ...], in_doubt: bool
) -> None:
    measurement = Measurement(external=tuple(map(gas, stamps)))
    assert is_in_doubt(measurement, NOW, AMSTERDAM) is in_doubt
