"""parse_meter_time and age_s: times without a zone, and the two nights a year when that matters."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.core.metertime import age_s, parse_meter_time

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
PEAK = datetime(2023, 1, 1, 8, 0, 10)
SECONDS = st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31)).map(lambda stamp: stamp.replace(microsecond=0))


@pytest.mark.parametrize(
    ("raw", "stamp"),
    [
        (230101080010, PEAK),
        (230101080010.0, PEAK),
        ("230101080010", PEAK),
        (" 230101080010 ", PEAK),
        ("2023-01-01T08:00:10", PEAK),
        (90630235959, datetime(2009, 6, 30, 23, 59, 59)),
        ("90630235959", datetime(2009, 6, 30, 23, 59, 59)),
        (1001000000, datetime(2000, 10, 1)),
        (240229000000, datetime(2024, 2, 29)),
        (991231235959, datetime(2099, 12, 31, 23, 59, 59)),
    ],
)
def test_a_time_is_read_from_numbers_digits_and_the_iso_form(raw: object, stamp: datetime) -> None:
    assert parse_meter_time(raw) == stamp


@pytest.mark.parametrize(
    "raw",
    [
        None,
        0,
        0.0,
        -230101080010,
        True,
        False,
        "",
        "0",
        "soon",
        "-30101080010",
        "\u0662\u0663\u0660\u0661\u0660\u0661\u0660\u0668\u0660\u0660\u0661\u0660",
        "2301010800100",
        2301010800100,
        pytest.param(10**5000, id="5001 digits"),
        230101080010.5,
        float("nan"),
        float("inf"),
        231301080010,
        230229080010,
        230101240010,
        230101086010,
        230101080060,
        "2023-01-01",
        "2023-01-01T08:00",
        "2023-01-01T08:00:10Z",
        "2023-01-01T08:00:10+01:00",
        "1923-01-01T08:00:10",
        "2023-02-30T08:00:10",
        [230101080010],
        {},
    ],
)
def test_what_names_no_second_is_no_time(raw: object) -> None:
    assert parse_meter_time(raw) is None


@given(SECONDS)
def test_every_second_of_the_century_is_read_back_in_every_form(stamp: datetime) -> None:
    digits = f"{stamp:%y%m%d%H%M%S}"
    for raw in (digits, int(digits), float(digits), digits.lstrip("0"), stamp.isoformat()):
        assert parse_meter_time(raw) == stamp


@given(st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.integers()))
def test_anything_else_gives_none_or_a_naive_time(raw: object) -> None:
    stamp = parse_meter_time(raw)
    assert stamp is None or stamp.tzinfo is None


def _utc(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("stamp", "utc", "age"),
    [
        # ordinary days, winter and summer
        ("2026-01-15T12:00:00", "2026-01-15T11:00:07", 7),
        ("2026-07-15T12:00:00", "2026-07-15T10:05:00", 300),
        # a little ahead, and far ahead
        ("2026-07-15T12:00:03", "2026-07-15T10:00:00", 0),
        ("2026-07-15T18:00:00", "2026-07-15T10:00:00", 0),
        # 25 October 2026: 02:30 is first 00:30 UTC (summer), then 01:30 UTC (winter)
        ("2026-10-25T02:30:00", "2026-10-25T00:30:05", 5),
        ("2026-10-25T02:30:00", "2026-10-25T01:30:05", 5),
        ("2026-10-25T02:30:00", "2026-10-25T01:20:00", 50 * 60),
        ("2026-10-25T02:30:03", "2026-10-25T00:30:00", 0),
        ("2026-10-25T02:30:03", "2026-10-25T01:30:00", 0),
        ("2026-10-25T02:59:59", "2026-10-25T01:00:04", 5),
        ("2026-10-25T02:00:00", "2026-10-25T01:00:00", 0),
        ("2026-10-25T02:55:00", "2026-10-25T03:00:00", 65 * 60),
        ("2026-10-25T01:59:59", "2026-10-25T00:00:01", 2),
        ("2026-10-25T03:00:00", "2026-10-25T02:00:01", 1),
        # 29 March 2026: 02:30 never comes; a meter that has not changed over yet means 01:30 UTC
        ("2026-03-29T01:59:59", "2026-03-29T01:00:01", 2),
        ("2026-03-29T02:30:00", "2026-03-29T01:30:05", 5),
        ("2026-03-29T03:00:00", "2026-03-29T01:00:02", 2),
        # the edges of what parses
        ("2000-01-01T00:00:00", "1999-12-31T23:00:10", 10),
        ("2099-12-31T23:59:59", "2026-01-01T00:00:00", 0),
    ],
)
def test_the_age_of_a_local_time_knows_both_clock_changes(stamp: str, utc: str, age: float) -> None:
    assert age_s(datetime.fromisoformat(stamp), _utc(utc), AMSTERDAM) == age


@given(SECONDS, st.integers(0, 3000))
def test_the_age_of_a_meter_that_is_right_is_right_at_every_moment(moment: datetime, age: int) -> None:
    read = moment.replace(tzinfo=UTC)
    stamp = read.astimezone(AMSTERDAM).replace(tzinfo=None, fold=0)
    found = age_s(stamp, (read + timedelta(seconds=age)).timestamp(), AMSTERDAM)
    assert found == age


@given(SECONDS, st.floats(0, 4e9))
def test_no_age_is_below_zero(stamp: datetime, utc: float) -> None:
    assert age_s(stamp, utc, AMSTERDAM) >= 0
