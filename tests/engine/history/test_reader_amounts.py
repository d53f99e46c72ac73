"""What counters moved, added up from rows, equals what their readings say; what was not counted is told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine.history.years import Book, a_book
from tui.core.past.history import DAY, HOUR, MINUTE, QUARTER
from tui.engine.history.reader import Reader

ZONE = ZoneInfo("Europe/Amsterdam")
MIDNIGHT = int(datetime(2026, 10, 24, tzinfo=ZONE).timestamp())
NEXT = int(datetime(2026, 10, 25, tzinfo=ZONE).timestamp())
AFTER = int(datetime(2026, 10, 26, tzinfo=ZONE).timestamp())
"""The day between these two has 25 hours."""
IMPORT = "energy_import_kwh"


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[tuple[Book, Reader]]:
    with a_book(tmp_path, ZONE) as found:
        yield found


def count(book: Book, series: int, begin: int, end: int, kwh: float = 10.0, step: int = 60) -> None:
    """A counter that moves 0.06 kWh an hour from `begin` to `end`, and is read at the end of each minute."""
    book.connection.execute("BEGIN")
    for start in range(begin, end, step):
        book.minute(series, start, readings={IMPORT: kwh + (start - begin) / 60 * 0.001}, last_s=59)
    book.connection.execute("COMMIT")


@settings(max_examples=8, deadline=None)
@given(
    stretches=st.lists(st.tuples(st.integers(0, 2900), st.integers(1, 700)), min_size=1, max_size=4),
    derived=st.integers(0, 220),
    cuts=st.lists(st.integers(-8, 220), min_size=2, max_size=6, unique=True),
)
def test_amounts_are_what_the_readings_moved(stretches: list[tuple[int, int]], derived: int, cuts: list[int]) -> None:
    with TemporaryDirectory() as folder, a_book(Path(folder), ZONE) as (book, reader):
        one = book.series("p1", began=MIDNIGHT)
        minutes = sorted({first + minute for first, length in stretches for minute in range(length)})
        book.connection.execute("BEGIN")
        for minute in minutes:
            reading = round(minute * 0.0137, 3)
            book.minute(one, MIDNIGHT + 60 * minute, readings={IMPORT: reading}, last_s=(minute * 7) % 60)
        newest = MIDNIGHT + 60 * minutes[-1]
        book.derive(one, min(MIDNIGHT + 900 * derived, newest // 900 * 900))
        book.connection.execute("COMMIT")
        moved = book.moved(one)[0].get(IMPORT, {})
        whens = [MIDNIGHT + 900 * cut for cut in sorted(cuts)]
        found = reader.amounts("p1", IMPORT, whens)
        for start, end, amount in zip(whens, whens[1:], found, strict=False):
            seconds = [at for at in range(start, end) if at in moved]
            assert (amount is None) == (not seconds)
            if amount is not None:
                assert amount.value == pytest.approx(sum(moved[at] for at in seconds), abs=1e-4)
                assert amount.covered_s == len(seconds)
                assert amount.since in (None, pytest.approx(seconds[0], abs=900))
                if len(seconds) == seconds[-1] + 1 - seconds[0]:
                    assert not amount.gaps
                if seconds[0] <= start + 1 and seconds[-1] >= end - 2 and len(seconds) < end - start - 2:
                    assert amount.gaps


def test_before_quarters_are_derived_an_event_is_of_one_and_a_fall_is_nothing(opened: tuple[Book, Reader]) -> None:
    book, reader = opened
    one, fails = book.series("p1", began=MIDNIGHT), "any_power_fail_count"
    for number, kwh, count in ((0, 10.0, 4), (5, 9.0, 4), (14, 9.5, 4), (16, 9.6, 5)):
        book.minute(one, MIDNIGHT + 60 * number, readings={IMPORT: kwh, fails: count})
    cuts = [MIDNIGHT, MIDNIGHT + 900, MIDNIGHT + 1800]
    values = [[amount and amount.value for amount in reader.amounts("p1", name, cuts)] for name in (fails, IMPORT)]
    assert values == [[0.0, 1.0], [pytest.approx(0.5, abs=0.001), pytest.approx(0.1, abs=0.001)]]


def test_a_day_of_25_hours_and_one_that_has_just_begun(opened: tuple[Book, Reader]) -> None:
    book, reader = opened
    one = book.series("p1", began=MIDNIGHT)
    count(book, one, MIDNIGHT - 60, AFTER + 3 * 3600)
    book.derive(one, AFTER + 2 * 3600)
    found = reader.amounts("p1", IMPORT, [MIDNIGHT, NEXT, AFTER, AFTER + 86400])
    values = [amount and round(amount.value, 3) for amount in found]
    assert values == [1.44, 1.5, 0.18]
    assert [amount and amount.whole for amount in found] == [True, True, True]
    assert [amount and round(amount.covered_s) for amount in found] == [86400, 90000, 3 * 3600 - 1]


def test_a_span_says_where_its_counting_begins_and_ends_and_whether_there_is_a_gap(opened: tuple[Book, Reader]) -> None:
    book, reader = opened
    one, other = book.series("p1", began=MIDNIGHT), book.series("socket", began=MIDNIGHT)
    for begin, end in ((10, 12), (14, 16)):
        count(book, one, MIDNIGHT + begin * 3600 + 300, MIDNIGHT + end * 3600, kwh=begin)
    book.minute(other, AFTER, {"power_w": (1, 1, 1)})
    for series in (one, other):
        book.derive(series, NEXT + 3600)
    (found,) = reader.amounts("p1", IMPORT, [MIDNIGHT, NEXT])
    assert found is not None
    assert (found.since, found.until, found.gaps) == (MIDNIGHT + 36359, MIDNIGHT + 57599, True)
    first, *_, last = reader.amounts("p1", IMPORT, [MIDNIGHT + hour * 3600 for hour in range(10, 17)])
    assert first is not None
    assert (round(first.value, 3), first.covered_s, first.since) == (0.054, 3241, MIDNIGHT + 36359)
    assert last is not None
    assert (round(last.value, 3), last.covered_s) == (0.06, 3599)


def test_the_energy_of_a_gap_belongs_to_the_span_that_holds_all_of_it(opened: tuple[Book, Reader]) -> None:
    """A computer that is off for two hours knows what was used in them, but not in which of the two."""
    book, reader = opened
    one = book.series("p1", began=MIDNIGHT)
    out, stretches = "energy_export_kwh", ((0, 10, 10.0), (12, 24, 14.5))
    book.connection.execute("BEGIN")
    for begin, end, kwh in stretches:
        for start in range(begin * 3600, end * 3600, 60):
            readings = {IMPORT: kwh + (start - begin * 3600) / 60 * 0.001, out: 5.0}
            book.minute(one, MIDNIGHT + start, readings=readings, last_s=59)
    book.connection.execute("COMMIT")
    book.derive(one, NEXT)
    moved = (14.5 - 10.599) * 1e6
    off, on = MIDNIGHT + 10 * 3600 - 1, MIDNIGHT + 12 * 3600 + 59
    book.connection.execute("INSERT INTO gap VALUES (?, ?, ?, ?, ?)", (one, IMPORT, off, on, round(moved)))

    (day,) = reader.amounts("p1", IMPORT, [MIDNIGHT, NEXT])
    assert day is not None
    assert (round(day.value, 3), day.gaps, day.bridged_s) == (round(14.5 + 0.719 - 10, 3), False, on - off)
    assert day.covered_s == pytest.approx(86400, abs=61)
    (exported,) = reader.amounts("p1", out, [MIDNIGHT, NEXT])  # it did not move, and its meter was heard
    assert exported is not None
    assert (exported.value, exported.gaps) == (0.0, False)
    assert reader.amounts("p1", "energy_import_t1_kwh", [MIDNIGHT, NEXT]) == (None,)
    halves = reader.amounts("p1", IMPORT, [MIDNIGHT, MIDNIGHT + 11 * 3600, NEXT])
    assert [half and (round(half.value, 3), half.bridged_s) for half in halves] == [(0.599, 0), (0.719, 0)]
    # A counter that began again: nobody knows what it moved.
    book.connection.execute("UPDATE gap SET amount = 0")
    (unknown,) = reader.amounts("p1", IMPORT, [MIDNIGHT, NEXT])
    assert unknown is not None
    assert (round(unknown.value, 3), unknown.gaps) == (1.318, True)


def test_a_meter_that_is_silent_now_counts_up_to_when_it_was_heard(opened: tuple[Book, Reader]) -> None:
    book, reader = opened
    one, other = book.series("p1", began=MIDNIGHT), book.series("socket", began=MIDNIGHT)
    count(book, one, MIDNIGHT, MIDNIGHT + 3600)
    asked = ("p1", IMPORT, [MIDNIGHT, NEXT])
    assert [amount and amount.until for amount in reader.amounts(*asked)] == [None]
    book.minute(other, MIDNIGHT + 7200, {"power_w": (1, 1, 1)})
    assert [amount and amount.until for amount in reader.amounts(*asked)] == [MIDNIGHT + 3599]


def test_a_replaced_meter_goes_on_where_the_old_one_ended(opened: tuple[Book, Reader]) -> None:
    book, reader = opened
    old, new = (book.series("p1", "gas_meter", meter, "m3", MIDNIGHT) for meter in ("old", "new"))
    for series, begin in ((old, 0), (new, 12)):
        for hour in range(begin, begin + 12):
            book.minute(series, MIDNIGHT + hour * 3600, readings={"total": 100 * series + hour / 2}, last_s=0)
        book.derive(series, MIDNIGHT + (begin + 10) * 3600, bridge_s=9000)
    (found,) = reader.amounts("p1/gas_meter", "total", [MIDNIGHT, NEXT])
    assert found is not None
    assert (round(found.value, 3), found.covered_s, found.gaps) == (11.0, 22 * 3600, True)


def test_the_highest_quarter_is_one_that_was_counted_whole(opened: tuple[Book, Reader]) -> None:
    book, reader = opened
    one = book.series("p1", began=MIDNIGHT)
    count(book, one, MIDNIGHT - 60, MIDNIGHT + 1800)
    count(book, one, MIDNIGHT + 1800, MIDNIGHT + 2700, kwh=10.5)  # half a kWh in a minute, and a quarter as before
    for start in range(MIDNIGHT + 3600 + 600, MIDNIGHT + 4500, 60):
        book.minute(one, start, readings={IMPORT: 20 + (start - MIDNIGHT) / 60}, last_s=59)
    book.minute(one, MIDNIGHT + 7200, readings={IMPORT: 1000})
    book.derive(one, MIDNIGHT + 7200)
    cuts = [MIDNIGHT - 86400, MIDNIGHT, MIDNIGHT + 900, MIDNIGHT + 7200]
    found = [one and (one[0], round(one[1], 1)) for one in reader.highest_quarter("p1", IMPORT, cuts)]
    assert found == [None, (MIDNIGHT, 0.0), (MIDNIGHT + 1800, 0.5)]


def test_no_quarter_is_the_highest_of_a_time_before_the_first_row_or_after_the_last(
    opened: tuple[Book, Reader],
) -> None:
    book, reader = opened
    one = book.series("p1", began=MIDNIGHT)
    book.minute(one, MIDNIGHT, readings={IMPORT: 9.5}, last_s=0)  # so that the first quarter of all is whole
    count(book, one, MIDNIGHT + 60, MIDNIGHT + 1800)
    book.derive(one, MIDNIGHT + 1800)
    cuts = [MIDNIGHT - 172800, MIDNIGHT - 86400, MIDNIGHT, MIDNIGHT + 86400, MIDNIGHT + 172800]
    before, last, today, after = reader.highest_quarter("p1", IMPORT, cuts)
    assert (before, last, after) == (None, None, None)
    assert today is not None


def test_rows_come_in_the_order_of_time_with_all_that_is_stored(opened: tuple[Book, Reader]) -> None:
    book, reader = opened
    old, new = book.series("p1", meter="a", began=MIDNIGHT), book.series("p1", meter="b", began=MIDNIGHT)
    book.minute(new, MIDNIGHT + 60, {"power_w": (-1.5, 2, 3)}, {IMPORT: 12.345, "any_power_fail_count": 4}, 58, 57)
    count(book, old, MIDNIGHT - 60, MIDNIGHT + 3600)
    book.derive(old, MIDNIGHT + 3600)
    minutes = list(reader.rows("p1", MINUTE, MIDNIGHT, MIDNIGHT + 120))
    assert [(row.start, row.samples) for row in minutes] == [(MIDNIGHT, 60), (MIDNIGHT + 60, 60), (MIDNIGHT + 60, 58)]
    assert minutes[2].bands["power_w"].low == -1.5
    assert minutes[2].readings == {IMPORT: 12.345, "any_power_fail_count": 4}
    (hour,) = reader.rows("p1", HOUR, MIDNIGHT, MIDNIGHT + 86400)
    assert (hour.start, hour.covered_s, round(hour.amounts[IMPORT], 4)) == (MIDNIGHT, 3599, 0.06)
    assert [row.start for row in reader.rows("p1", QUARTER, MIDNIGHT + 1, 1e12)] == [
        MIDNIGHT + 900 * n for n in (1, 2, 3)
    ]
    assert [row.start for row in reader.rows("p1", DAY, 0, 1e12)] == [MIDNIGHT - 86400]


def test_series_and_the_beginning_of_a_place(opened: tuple[Book, Reader]) -> None:
    book, reader = opened
    second = book.series("p1", "gas_meter", "g\x1b[2J", "m3", began=MIDNIGHT + 60)
    first = book.series("p1", began=MIDNIGHT)
    book.minute(second, MIDNIGHT + 60, readings={"total": 1})
    count(book, first, MIDNIGHT + 300, MIDNIGHT + 1800)
    assert [(one.place, one.meter) for one in reader.series()] == [("p1", ""), ("p1/gas_meter", "g[2J")]
    assert reader.begins("p1") == MIDNIGHT + 300
    book.derive(first, MIDNIGHT + 1800)
    assert reader.begins("p1") == MIDNIGHT
    assert reader.begins("elsewhere") is None
