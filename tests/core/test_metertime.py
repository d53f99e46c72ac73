"""Times of meters: read, judged and aged without a zone, in the two nights a year when that matters, too."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.core.api.metertime import EARLIEST, age_s, ahead_of, is_plausible, parse_meter_time

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
PEAK = datetime(2023, 1, 1, 8, 0, 10)
SECONDS = st.datetimes(datetime(1969, 1, 1), datetime(2068, 12, 31)).map(lambda stamp: stamp.replace(microsecond=0))


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
        (681027002758, datetime(2068, 10, 27, 0, 27, 58)),
        (700101010000, datetime(1970, 1, 1, 1)),
        (991231235959, datetime(1999, 12, 31, 23, 59, 59)),
        ("1970-01-01T01:00:00", datetime(1970, 1, 1, 1)),
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
        "1823-01-01T08:00:10",
        "2023-02-30T08:00:10",
        [230101080010],
        {},
    ],
)
def test_what_names_no_second_is_no_time(raw: object) -> None:
    assert parse_meter_time(raw) is None


@given(SECONDS)
def test_every_second_of_a_hundred_years_is_read_back_in_every_form(stamp: datetime) -> None:
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
        ("2026-07-15T12:01:00", "2026-07-15T10:00:00", 0),
        ("2026-07-15T12:01:01", "2026-07-15T10:00:00", None),
        ("2026-07-15T18:00:00", "2026-07-15T10:00:00", None),
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
        ("2068-12-31T23:59:59", "2026-01-01T00:00:00", None),
    ],
)
def test_the_age_of_a_local_time_knows_both_clock_changes(stamp: str, utc: str, age: float | None) -> None:
    assert age_s(datetime.fromisoformat(stamp), _utc(utc), AMSTERDAM) == age


@given(SECONDS, st.integers(0, 3000))
def test_the_age_of_a_meter_that_is_right_is_right_at_every_moment(moment: datetime, age: int) -> None:
    read = moment.replace(tzinfo=UTC)
    stamp = read.astimezone(AMSTERDAM).replace(tzinfo=None, fold=0)
    found = age_s(stamp, (read + timedelta(seconds=age)).timestamp(), AMSTERDAM)
    assert found == age


@given(st.datetimes(), st.floats(0, 4e9), st.floats(-1e9, 1e9))
def test_no_age_is_below_zero(stamp: datetime, utc: float, ahead: float) -> None:
    age = age_s(stamp, utc, AMSTERDAM, ahead)
    assert age is None or age >= 0


@pytest.mark.parametrize(
    ("stamp", "plausible"),
    [
        ("2026-11-28T14:25:00", True),
        ("2026-11-29T14:25:00", True),  # a day ahead to the second
        ("2026-11-29T14:25:01", False),
        ("2027-11-28T14:25:00", False),
        ("2068-10-27T00:27:58", False),
        ("2026-05-28T14:25:00", True),
        ("2010-01-01T00:00:00", True),
        ("2009-12-31T23:59:59", False),
        ("2000-01-01T01:00:00", False),
        ("1970-01-01T01:00:00", False),
        ("0001-01-01T00:00:00", False),
        ("9999-12-31T23:59:59", False),
    ],
)
def test_what_a_meter_can_have_meant(stamp: str, plausible: bool) -> None:
    assert is_plausible(datetime.fromisoformat(stamp), _utc("2026-11-28T13:25:00"), AMSTERDAM) is plausible


@given(st.datetimes(), st.floats(1.3e9, 4e9))
def test_no_plausible_time_is_older_than_the_api_or_more_than_a_day_ahead(stamp: datetime, utc: float) -> None:
    if is_plausible(stamp, utc, AMSTERDAM):
        assert stamp >= EARLIEST
        assert ahead_of(stamp, utc, AMSTERDAM) <= 86400


@pytest.mark.parametrize(
    ("stamp", "utc", "ahead"),
    [
        ("2026-11-28T14:25:00", "2026-11-28T13:25:00", 0),
        ("2026-11-28T14:27:00", "2026-11-28T13:25:00", 120),
        ("2026-11-28T13:25:00", "2026-11-28T13:25:00", -3600),
        # the hour that comes twice, from both of its turns
        ("2026-10-25T02:30:00", "2026-10-25T00:30:05", -5),
        ("2026-10-25T02:30:00", "2026-10-25T01:30:05", -5),
        ("2026-10-25T02:30:10", "2026-10-25T01:30:05", 5),
        # the hour that never comes
        ("2026-03-29T02:30:00", "2026-03-29T01:30:05", -5),
    ],
)
def test_how_far_a_clock_is_ahead(stamp: str, utc: str, ahead: float) -> None:
    assert ahead_of(datetime.fromisoformat(stamp), _utc(utc), AMSTERDAM) == ahead
