"""A file of prices: read whatever is in it, and never at a price that it does not have."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.core.money.pricelist import MOST_FAULTS, PriceList, parse_prices

ZONE = ZoneInfo("Europe/Amsterdam")


def read(text: str) -> PriceList:
    return parse_prices(text.splitlines(), ZONE)


def utc(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def shown(prices: PriceList) -> list[tuple[str, str, str]]:
    clock = [
        [f"{datetime.fromtimestamp(moment, UTC):%d %H:%M}" for moment in (step.start, step.end)]
        for step in prices.steps
    ]
    return [(*times, str(step.into)) for times, step in zip(clock, prices.steps, strict=True)]  # type: ignore[misc]


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-10T00:00+01:00,0.25,0.07\n2026-01-10T01:00+01:00,0.30,-0.01",
        "start,import,export\n2026-01-09T23:00Z,0.25,0.07\n2026-01-10T00:00Z,0.30,-0.01",
        "2026-01-10 00:00;0,25;0,07\r\n2026-01-10 01:00;0,30;-0,01\r\n",
        "\ufeffexport\timport\tstart\n0.07\t0.25\t2026-01-10T00:00\n-0.01\t0.30\t2026-01-10T01:00\n",
        '# of a job\n"start","import","export"\n\n"2026-01-10T01:00","0.30","-1e-02"\n"2026-01-10T00:00","0.25","0.07"',
    ],
)
def test_the_usual_ways_to_write_it(text: str) -> None:
    prices = read(text)
    assert prices.faults == ()
    assert shown(prices) == [("09 23:00", "10 00:00", "0.25"), ("10 00:00", "10 01:00", "0.30")]
    assert [step.out for step in prices.steps] == [Decimal("0.07"), Decimal("-0.01")]


def test_a_missing_line_is_a_time_without_a_price() -> None:
    prices = read("\n".join(f"2026-01-10T{hour:02}:00Z,0.{hour:02}" for hour in (10, 11, 12, 15, 16)))
    assert shown(prices)[2:4] == [("10 12:00", "10 13:00", "0.12"), ("10 15:00", "10 16:00", "0.15")]
    assert prices.at(utc("2026-01-10T12:59:59")) == prices.steps[2]
    assert prices.at(utc("2026-01-10T13:00")) is None
    parts = list(prices.between(utc("2026-01-10T12:30"), utc("2026-01-10T18:00")))
    assert [(part[0], part[1], len(part)) for part in parts] == [
        (utc("2026-01-10T12:30"), utc("2026-01-10T13:00"), 4),
        (utc("2026-01-10T13:00"), utc("2026-01-10T15:00"), 2),
        (utc("2026-01-10T15:00"), utc("2026-01-10T16:00"), 4),
        (utc("2026-01-10T16:00"), utc("2026-01-10T17:00"), 4),
        (utc("2026-01-10T17:00"), utc("2026-01-10T18:00"), 2),
    ]
    inner = utc("2026-01-10T12:15"), utc("2026-01-10T12:45")
    assert [part[:2] for part in prices.between(*inner)] == [inner]


def test_hours_that_become_quarters_have_the_step_of_their_day() -> None:
    hours = [f"2026-01-10T{hour:02}:00Z,1" for hour in range(23)]
    quarters = [f"2026-01-10T23:{minute:02}Z,2" for minute in (0, 15, 30, 45)]
    quarters += [f"2026-01-11T{hour:02}:{minute:02}Z,2" for hour in range(20) for minute in (0, 15, 30, 45)]
    steps = read("\n".join(hours + quarters)).steps
    assert {step.end - step.start for step in steps if step.into == 1} == {3600}
    assert {step.end - step.start for step in steps if step.into == 2} == {900}


def test_the_hour_that_occurs_twice_and_the_one_that_does_not() -> None:
    autumn = read(
        "\n".join(f"2026-10-25 {hour},0.{at}" for at, hour in enumerate(("01:00", "02:00", "02:00", "03:00")))
    )
    assert shown(autumn) == [
        ("24 23:00", "25 00:00", "0.0"),
        ("25 00:00", "25 01:00", "0.1"),
        ("25 01:00", "25 02:00", "0.2"),
        ("25 02:00", "25 03:00", "0.3"),
    ]
    falling = read(
        "\n".join(f"2026-10-25 {hour},0.{at}" for at, hour in enumerate(("03:00", "02:00", "02:00", "01:00")))
    )
    assert [row[2] for row in shown(falling)] == ["0.3", "0.2", "0.1", "0.0"]
    spring = read("2026-03-29 01:00,1\n2026-03-29 02:00,2\n2026-03-29 03:00,3\n2026-03-29 04:00,4")
    assert spring.faults == ("2: 02:00 does not exist on that day: the clock goes forward",)
    assert [row[2] for row in shown(spring)] == ["1", "3", "4"]
    assert [row[1] for row in shown(spring)] == ["29 01:00", "29 02:00", "29 03:00"]


def test_a_price_of_a_day_holds_for_the_day_with_25_hours() -> None:
    days = read("2026-10-24,1\n2026-10-25,2\n2026-10-26,3\n2026-10-28,4")
    assert [step.end - step.start for step in days.steps] == [86400, 90000, 86400, 86400]


def test_bad_lines_are_named_and_the_rest_is_used() -> None:
    prices = read(
        "2026-01-10T00:00Z,1\nyesterday,1\n2026-01-10T01:00Z\n2026-01-10T02:00Z,free\n2026-01-10T02:10Z,1\n"
        "0001-01-01T00:00+14:00,1\n2026-01-10T03:00Z,85000\n"
        + "x" * 300
        + "\n\x1b[31m,1\n2026-01-10T01:00Z,2\n2026-01-10T00:00Z,3\n2026-01-10T01:00Z,2"
    )
    assert shown(prices) == [("10 00:00", "10 01:00", "3"), ("10 01:00", "10 02:00", "2")]
    assert [fault.partition(":")[0] for fault in prices.faults] == ["2", "3", "4", "5", "6", "7", "8", "9", "11"]
    assert prices.faults[0] == '2: "yesterday" is not a time: use one like 2026-01-31T14:00+01:00'
    assert prices.faults[-1] == "11: the same time as line 1 at another price: this one is used"
    assert "\x1b" not in "".join(prices.faults)


def test_decimal_commas_between_commas_are_no_two_prices() -> None:
    """0,25 would be an import for nothing and an export at 25."""
    hint = "write prices with a point, or semicolons between columns"
    text = "2026-01-10T00:00Z,0,25\n2026-01-10T01:00Z,0,25,0,07\n2026-01-10T02:00Z,0,0\n2026-01-10T03:00Z,1,0.07,\n"
    assert read(text).faults == (f'1: is "0,25" one price or two? {hint}', f"2: there are more than 3 columns: {hint}")
    assert [row[2] for row in shown(read(text))] == ["0", "1"]
    named = read("start,import,export,source\n2026-01-10T00:00Z,0.1,0.07,auction\n2026-01-10T01:00Z,0.2,0.1,auction")
    assert (len(named.steps), named.faults) == (2, ())


def test_faults_are_counted_once_there_are_many() -> None:
    prices = read("\n".join(["x,1", *["9,9"] * (MOST_FAULTS + 5)]))
    assert (len(prices.faults), prices.more_faults) == (MOST_FAULTS, 5)


@pytest.mark.parametrize("since", ["2026-06-10T12:00", "2026-06-10T12:30"])
def test_of_old_prices_none_is_kept(since: str) -> None:
    lines = [f"{year}-06-10T{hour:02}:00Z,1" for year in (2024, 2025, 2026) for hour in range(24)]
    lines.insert(3, "2024-02-30T00:00Z,1")  # so long ago that nobody minds
    prices = parse_prices(lines, ZONE, utc(since))
    assert prices.faults == ()
    assert [row[0] for row in shown(prices)] == [f"10 {hour}:00" for hour in range(12, 24)]


@settings(max_examples=80)
@given(st.lists(st.text(max_size=40) | st.sampled_from(["2026-10-25T02:00,1", "2026-10-25T02:15,2", "2026-10-25,3"])))
def test_whatever_is_in_it_steps_rise_and_do_not_overlap(lines: list[str]) -> None:
    steps = parse_prices(lines, ZONE).steps
    assert all(step.start < step.end for step in steps)
    assert all(one.end <= other.start for one, other in pairwise(steps))
