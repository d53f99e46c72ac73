"""Counts of the last day, kept by the hour."""

from __future__ import annotations

import pytest

from tui.core.checks.hours import HOUR_S, Hourly, TotalLog
from tui.core.checks.record import Total
from tui.core.moment import Now

START = Now(1_781_265_600.0, 1000.0)


def after(hours: float) -> Now:
    return START.plus(hours * HOUR_S)


@pytest.mark.parametrize(("hours", "sums"), [(0, (3, 1)), (23.99, (3, 1)), (24, (1, 1)), (24.98, (1, 1)), (25, (0, 0))])
def test_an_hour_is_forgotten_a_day_after_it_began(hours: float, sums: tuple[int, int]) -> None:
    counts = Hourly(2)
    counts.add(START, 1, 0)
    counts.add(after(0.99), 1, 0)
    counts.add(after(1), 1, 1)
    assert counts.sums(after(hours)) == sums


def test_a_counter_of_several_hours_is_told_as_one() -> None:
    log = TotalLog(10.0, START)
    for hours, value in ((0.5, 11.0), (1.6, 11.5), (2.7, 9.5), (3.0, 9.6), (3.01, 10.1)):
        log.read(value, after(hours))
    total = log.total(after(4))
    assert (total.first, total.last, total.fall) == (10.0, 10.1, 2.0)
    assert total.rise == pytest.approx(0.5)
    assert total.rise_s == pytest.approx(36.0)


def test_what_a_counter_did_before_the_last_day_is_forgotten() -> None:
    log = TotalLog(10.0, START)
    log.read(8.0, after(0.5))
    log.read(9.0, after(12))
    log.read(9.0, after(24))
    assert log.total(after(24.4)) == Total(10.0, 9.0, 2.0, 1.0, 11.5 * HOUR_S)
    assert log.total(after(24.5)) == Total(8.0, 9.0, 0.0, 1.0, 11.5 * HOUR_S)
    assert log.total(after(36)) == Total(9.0, 9.0)


def test_a_rise_is_as_fast_as_the_answers_allow() -> None:
    """An answer that repeats the counter is one, too: the rise came after it."""
    log = TotalLog(10.0, START)
    log.read(10.0, after(1))
    log.read(11.0, after(1).plus(10))
    assert log.total(after(2)) == Total(10.0, 11.0, 0.0, 1.0, 10.0)
