"""Counters and noise: a year with everything that can go wrong, and what holds of any counter."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import accumulate, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.core.counting.counters import BRIDGE_S, Cleaner, Reading, Tally, amounts
from tui.core.counting.cuts import cuts, day_start, month_start, quarter_start

ZONE = ZoneInfo("Europe/Amsterdam")
STEP_S = 180
"""Between two samples of the year: midnight falls on one."""


def local(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> float:
    return datetime(year, month, day, hour, minute, tzinfo=ZONE).timestamp()


def cleaned(samples: Iterable[tuple[float, float]], cleaner: Cleaner | None = None) -> list[Reading]:
    """What a cleaner passes on of (time, value), and the reading that it ends with."""
    cleaner = cleaner or Cleaner()
    clean = [reading for at, value in samples for reading in cleaner.add(at, value, at)]
    if cleaner.last is not None and cleaner.last not in clean[-1:]:
        clean.append(cleaner.last)
    return clean


class Year:
    """A meter's own counter, in whole Wh, every three minutes of 2026, and what arrives of it."""

    def __init__(self, seed: int) -> None:
        chance = random.Random(seed)
        self.start, self.end = local(2026, 1, 1), local(2027, 1, 1)
        self.times = list(range(int(self.start), int(self.end) + 1, STEP_S))
        self.moved = [0]
        """In Wh, since the sample before."""
        power = 10
        for at in self.times[1:]:
            # Even around midnight, so that a sample that is lost there can be interpolated.
            near_midnight = abs((at - self.start + 43200) % 86400 - 43200) < 7200
            if not near_midnight and chance.random() < 0.1:
                power = chance.choice((0, 0, 1, 7, 25, 150))
            self.moved.append(power)
        self.meters: list[tuple[int, int]] = []
        """Where a meter begins, by the index of its first sample, and its total then, in kWh."""
        self.absent: set[int] = set()
        self.heard: dict[int, float] = {}
        """What is heard instead of the total."""
        self.uncounted: set[int] = set()
        """Samples before which nothing can be counted: the meter was changed, or began again."""

    def index(self, at: float) -> int:
        return int((at - self.start) // STEP_S)

    def away(self, start: float, end: float) -> None:
        self.absent |= set(range(self.index(start), self.index(end)))

    def totals(self) -> list[float]:
        """The meter's own totals, in kWh."""
        sums = list(accumulate(self.moved))
        found: list[float] = []
        ends = [first for first, _ in self.meters[1:]] + [len(self.times)]
        for (first, total), end in zip(self.meters, ends, strict=True):
            found += [round(total + (wh - sums[first]) / 1000, 3) for wh in sums[first:end]]
        return found


def test_a_year_of_everything() -> None:
    year = Year(13)
    chance = random.Random(7)
    # A new meter in March, one that begins again in September.
    replaced, restarted = year.index(local(2026, 3, 11, 11)), year.index(local(2026, 9, 2, 15))
    year.meters = [(0, 13779), (replaced, 4), (restarted, 0)]
    year.uncounted = {replaced, restarted}
    year.moved[replaced - 1] = 0  # the last answer of a meter is borne out by none
    frozen = year.index(local(2026, 4, 8, 13))
    year.moved[frozen : frozen + 40] = [150] * 40
    totals = year.totals()
    # Away for a week, for three hours of one day, and over one midnight.
    holiday = (local(2026, 7, 10, 9), local(2026, 7, 17, 18, 30))
    night = (local(2026, 11, 5, 22), local(2026, 11, 6, 4))
    year.away(*holiday)
    year.away(*night)
    year.away(local(2026, 5, 20, 12), local(2026, 5, 20, 15))
    # Frozen for two hours while a car is charged: it catches up with more than one answer could bring.
    year.heard |= dict.fromkeys(range(frozen, frozen + 40), totals[frozen - 1])
    for _ in range(1500):
        at = chance.randrange(3, len(totals) - 20)
        near = range(at - 4, at + 16)
        if any(
            one in year.heard or one in year.absent or abs(one - restarted) < 40 or abs(one - replaced) < 4
            for one in near
        ):
            continue
        kind = chance.randrange(6)
        length = 1 if kind < 4 else chance.randrange(1, 4)
        for one in range(at, at + length):
            noise = {0: totals[one] - 0.001, 1: totals[one] + 0.004, 2: totals[one] + 137.0, 3: totals[one] / 2}
            year.heard[one] = max(0.0, noise.get(kind, 0.0))
            if kind == 5:
                year.heard[one] = totals[one] + 5000 + one - at
    samples = [
        (float(year.times[at]), year.heard.get(at, totals[at])) for at in range(len(totals)) if at not in year.absent
    ]
    change = float(year.times[replaced])
    readings = [cleaned(one for one in samples if one[0] < change), cleaned(one for one in samples if one[0] >= change)]
    first_day = datetime(2026, 1, 1, tzinfo=ZONE)
    days = [(first_day + timedelta(day)).timestamp() for day in range(366)]
    found = [amounts(one, days) for one in readings]

    sums = list(accumulate(year.moved))
    for day, (start, end) in enumerate(pairwise(days)):
        # Independent: the true counter at both ends of the day, less what no meter saw or what lies in a gap.
        first, last = year.index(start), year.index(end)
        wh = sums[last] - sums[first] - sum(year.moved[at] for at in year.uncounted if first < at <= last)
        for begins, ends in (holiday, night):
            before, after = year.index(begins) - 1, year.index(ends)
            lost = range(max(before, first), min(after, last))
            wh -= sums[lost.stop] - sums[lost.start] if lost else 0
        told = [one.spans[day] for one in found]
        value = sum(amount.value for amount in told if amount)
        assert value == pytest.approx(wh / 1000, abs=0.001), datetime.fromtimestamp(start, ZONE)
        whole = not any(begins < end and start < ends for begins, ends in (holiday, night)) and not (
            start <= change < end
        )
        assert [bool(amount and amount.whole) for amount in told].count(True) == whole, datetime.fromtimestamp(
            start, ZONE
        )
    gaps = [gap for one in found for gap in one.gaps]
    assert [(gap.start, gap.until) for gap in gaps] == [(begins - STEP_S, ends) for begins, ends in (holiday, night)]
    hours = [(end - start) / 3600 for start, end in pairwise(days)]
    assert (hours.count(23), hours.count(25)) == (1, 1)


def test_totals_that_come_late_are_all_counted_in_their_day() -> None:
    """DSMR 4: a new total every ten seconds, polled every second; at 20 kW that is more than a second can bring."""
    midnight = local(2026, 6, 2)
    samples = [(at, round(100 + (at // 10 * 10 - midnight) * 20 / 3600, 3)) for at in _seconds(midnight - 3600, 7200)]
    told = amounts(cleaned(samples), [midnight - 3600, midnight, midnight + 3600])
    assert [amount.value for amount in told.spans if amount] == pytest.approx([20.0, 20.0], abs=0.057)
    assert told.gaps == ()
    assert {reading.value for reading in cleaned(samples)} == {value for _, value in samples}  # none is passed over
    # Nothing is lost between the two: only a telegram's ten seconds may fall on the wrong side.
    assert sum(amount.value for amount in told.spans if amount) == pytest.approx(
        samples[-1][1] - samples[0][1], abs=0.057
    )


def _seconds(start: float, seconds: int) -> list[float]:
    return [start + second for second in range(seconds)]


@pytest.mark.parametrize(
    ("values", "clean"),
    [
        ([5.0, 5.0, 5.001, 5.001], [5.0, 5.001]),
        ([5.0, 5.0, 4.999, 5.0, 5.001, 5.001], [5.0, 5.0, 5.001]),
        ([5.0, 5.0, 5.003, 5.0, 5.001, 5.001], [5.0, 5.0, 5.001]),
        ([5.0, 5.0, 0.0, 0.0, 0.0, 5.001, 5.001], [5.0, 5.001]),
        ([5.0, 5.0, 900.0, 900.0, 5.001, 5.001], [5.0, 5.001]),
        ([5.0, 5.001, 5.002, 5.003], [5.0, 5.001, 5.002]),
        ([0.0, 0.0, 5.0, 5.0, 5.001, 5.001], [0.0, 5.0, 5.001]),
        ([0.0, 5.0, 5.0, 5.001, 5.001], [5.0, 5.001]),
        ([5.0, 5.0, 5.056, 5.056, 5.057], [5.0, 5.056]),  # ten seconds of 20 kW, told at once
        ([7.0], []),
    ],
)
def test_what_a_second_can_bring(values: Sequence[float], clean: Sequence[float]) -> None:
    cleaner = Cleaner()
    passed = [reading.value for at, value in enumerate(values) for reading in cleaner.add(at, value, at)]
    assert list(dict.fromkeys(passed)) == list(dict.fromkeys(clean))


def test_the_same_reading_of_an_earlier_time_changes_nothing() -> None:
    cleaner = Cleaner()
    for at, heard in ((10, 1), (11, 2), (8, 3)):
        cleaner.add(at, 5.0, heard)
    assert cleaner.last == Reading(11, 5.0)


def test_a_counter_that_begins_again_is_believed_once_it_counts_on_and_the_drop_is_not_counted() -> None:
    samples = [(at, 800.0) for at in _seconds(0, 100)] + [(at, at // 100 / 1000) for at in _seconds(100, 1500)]
    early, late = cleaned(samples[:600]), cleaned(samples)
    assert {reading.leg for reading in early} == {0}
    assert {reading.leg for reading in late} == {0, 1}
    (told,) = amounts(late, [0, 3600]).spans
    assert told is not None
    assert told.value == pytest.approx(0.014, abs=0.0011)


def test_a_restart_that_says_0_for_an_hour_changes_nothing() -> None:
    samples = [(0.0, 800.0), (1.0, 800.0), *((at, 0.0) for at in _seconds(2, 3600)), (3602.0, 800.4), (3603.0, 800.4)]
    assert list(dict.fromkeys(reading.value for reading in cleaned(samples))) == [800.0, 800.4]


def test_a_digit_that_flickers_down_for_long_begins_nothing_anew() -> None:
    """It stays 0.005 lower for half an hour, and counts on from there."""
    samples = [(at, 5.01) for at in _seconds(0, 100)] + [
        (at, round(5.005 + at // 200 / 1000, 3)) for at in _seconds(100, 1800)
    ]
    readings = cleaned(samples)
    assert {reading.leg for reading in readings} == {0}
    assert readings[-1].value - readings[0].value == pytest.approx(samples[-1][1] - 5.01)


@pytest.mark.parametrize(("lasts", "counted"), [(2, 0.03), (50, 0.03), (90, 20.03)])
def test_a_meter_that_was_frozen_catches_up_if_it_stays_there(lasts: int, counted: float) -> None:
    """Two hours at rest: 20 kWh more may be true, and may be a bad digit."""
    samples = [(at, 800.0) for at in _seconds(0, 7200)]
    samples += [(at, 820.0) for at in _seconds(7200, lasts)]
    back = 800.0 if lasts < 60 else 820.0
    samples += [(at, round(back + 0.003 * (at - 7200 - lasts), 3)) for at in _seconds(7200 + lasts, 12)]
    readings = cleaned(samples)
    assert {reading.leg for reading in readings} == {0}
    assert readings[-1].value - 800 == pytest.approx(counted, abs=0.0031)


def test_a_rise_that_no_connection_makes_is_no_amount_even_if_it_stays() -> None:
    samples = [(at, 800.0 if at < 10 else 90800.0 + at // 100 / 1000) for at in _seconds(0, 2000)]
    (told,) = amounts(cleaned(samples), [0, 3600]).spans
    assert told is not None
    assert told.value == pytest.approx(0.019, abs=0.0011)


@pytest.mark.parametrize(("apart", "expected", "gap"), [(BRIDGE_S, (0.5, 0.5), 0), (BRIDGE_S + 2, None, 1.0)])
def test_a_cut_is_bridged_or_lies_in_a_gap(apart: float, expected: tuple[float, float] | None, gap: float) -> None:
    cut = 100 * 900.0
    readings = [Reading(cut - apart / 2, 10.0), Reading(cut + apart / 2, 11.0)]
    told = amounts(readings, [cut - 9000, cut, cut + 9000])
    assert tuple(amount.value for amount in told.spans if amount) == (expected or ())
    assert sum(one.value for one in told.gaps) == gap


def test_a_gap_that_ends_at_midnight_lies_in_its_day() -> None:
    midnight = local(2026, 6, 2)
    told = amounts([Reading(midnight - 50000, 3.0), Reading(midnight, 8.0)], [midnight - 86400, midnight])
    assert [amount and (amount.value, amount.covered_s) for amount in told.spans] == [(5.0, 50000)]
    assert told.gaps == ()


def test_a_counter_that_began_again_after_a_gap_has_a_gap() -> None:
    readings = [Reading(0, 9.0), Reading(600, 9.1), Reading(5000, 0.0, 1), Reading(5600, 0.2, 1)]
    (told,) = amounts(readings, [0, 86400], now=5600).spans
    assert told is not None
    assert told.value == pytest.approx(0.3)
    assert (told.covered_s, told.gaps) == (1200, True)


def test_a_counter_that_rests_for_years_takes_no_longer_than_one_that_rests_for_days() -> None:
    asked: list[float] = []

    def day(at: float) -> tuple[float, float]:
        asked.append(at)
        return at // 86400 * 86400, at // 86400 * 86400 + 86400

    tally = Tally(day, BRIDGE_S, keep=3)
    assert tally.step(Reading(0, 5.0), Reading(40 * 365 * 86400.0, 5.0)) is None
    assert len(asked) < 20
    assert list(tally.sums) == [(40 * 365 - one) * 86400.0 for one in (3, 2, 1)]


@pytest.mark.parametrize(
    ("by", "days"),
    [(86400.0, {86400.0: 2.0}), (-7200.0, {0.0: 2.0}), (60000.0, {}), (90000.0, {})],
    ids=["a day later", "the same day", "over midnight", "nearly"],
)
def test_what_was_counted_by_a_clock_that_is_set_belongs_to_another_day(by: float, days: dict[float, float]) -> None:
    tally = Tally(lambda at: (at // 86400 * 86400, at // 86400 * 86400 + 86400), BRIDGE_S, keep=3)
    for start in range(20000, 84000, 800):
        assert tally.step(Reading(start, start / 32000), Reading(start + 800, (start + 800) / 32000)) is None
    tally.move(by)
    assert {start: one.value for start, one in tally.sums.items()} == pytest.approx(days)


def test_a_counter_that_stood_still_meanwhile_has_no_gap() -> None:
    midnight = local(2026, 6, 2)
    told = amounts(
        [Reading(midnight - 50000, 3.0), Reading(midnight + 50000, 3.0)], cuts(midnight - 1, midnight + 1, ZONE)
    )
    assert [amount.value if amount else None for amount in told.spans] == [0.0, 0.0]
    assert [amount.since is None for amount in told.spans if amount] == [False, True]
    assert told.gaps == ()


def test_an_amount_says_what_of_its_span_was_counted() -> None:
    day = local(2026, 6, 2)
    readings = [Reading(day + 3600 * hour, 10.0 + hour) for hour in range(3, 20)]
    (told,) = amounts(readings, [day, day + 86400]).spans
    assert told is not None
    assert (told.value, told.covered_s, told.since, told.until) == (16.0, 16 * 3600, day + 3 * 3600, day + 19 * 3600)
    assert not told.whole
    (live,) = amounts(readings, [day, day + 86400], 2.5 * 3600, now=day + 20 * 3600).spans
    assert live is not None
    assert live.until is None  # the present is no gap


def test_cuts_of_days_months_and_quarters() -> None:
    spring, autumn = local(2026, 3, 29), local(2026, 10, 25)
    assert [end - start for start, end in pairwise(cuts(spring, spring + 86400, ZONE))] == [23 * 3600, 86400]
    assert [end - start for start, end in pairwise(cuts(autumn, autumn + 90000, ZONE))] == [25 * 3600]
    assert cuts(local(2026, 1, 31), local(2026, 3, 1), ZONE, month_start) == [
        local(2026, 1, 1),
        local(2026, 2, 1),
        local(2026, 3, 1),
    ]
    assert month_start(local(2026, 1, 31), ZONE, -1) == local(2025, 12, 1)
    assert len(cuts(autumn, autumn + 90000, ZONE, quarter_start)) == 101
    assert day_start(local(2026, 3, 29, 23, 59), ZONE) == spring
    assert day_start(local(2026, 3, 30), ZONE, -1) == spring


# ---------------------------------------------------------------------- what holds of any counter

WH = st.lists(st.integers(0, 40), min_size=2, max_size=60)


@settings(max_examples=60)
@given(WH, st.lists(st.integers(0, 4000), min_size=60, max_size=60), st.sets(st.integers(1, 60000), max_size=8))
def test_amounts_and_gaps_add_up_to_what_the_counter_moved(moved: list[int], apart: list[int], inner: set[int]) -> None:
    times = list(accumulate(apart[: len(moved)]))
    readings = [Reading(at, wh / 1000) for at, wh in zip(times, accumulate(moved), strict=True)]
    edges = [0.0, *sorted(inner), 300000.0]
    told = amounts(readings, edges)
    values = [amount.value for amount in told.spans if amount] + [gap.value for gap in told.gaps]
    assert sum(values) == pytest.approx(readings[-1].value - readings[0].value)
    assert all(value >= 0 for value in values)
    covered = sum(amount.covered_s for amount in told.spans if amount) + sum(gap.until - gap.start for gap in told.gaps)
    assert covered == pytest.approx(times[-1] - times[0])


@settings(max_examples=60)
@given(
    st.lists(st.integers(0, 16), min_size=30, max_size=90),
    st.dictionaries(st.integers(2, 60), st.one_of(st.floats(0, 1e6), st.just(0.0)), max_size=6),
)
def test_noise_anywhere_changes_nothing(moved: list[int], noise: dict[int, float]) -> None:
    """Answers once a second. After each bad one come two good ones: what is heard twice may be true."""
    totals = [50 + wh / 1000 for wh in accumulate(moved)]
    bad = {at for at in noise if at - 1 not in noise and at - 2 not in noise and at < len(totals) - 4}
    samples = [(float(at), noise[at] if at in bad else total) for at, total in enumerate(totals)]
    ends = [(float(len(totals) + more), totals[-1]) for more in (0, 1)]
    true = [*((float(at), total) for at, total in enumerate(totals)), *ends]
    told, expected = (amounts(cleaned(one), [0, 900]) for one in ([*samples, *ends], true))
    assert [amount.value if amount else None for amount in told.spans] == pytest.approx(
        [amount.value if amount else None for amount in expected.spans]
    )


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(-5, 4000), st.floats(0, 1e7) | st.sampled_from([5.0, 5.001])), max_size=50))
def test_whatever_arrives_no_amount_is_negative_and_time_never_runs_back(
    samples: list[tuple[int, float]],
) -> None:
    times = accumulate(apart for apart, _ in samples)
    readings = cleaned([(float(at), value) for at, (_, value) in zip(times, samples, strict=True)])
    assert all(before.at <= after.at for before, after in pairwise(readings))
    told = amounts(readings, [-1e9, 0.0, 5000.0, 1e9])
    assert all(amount.value >= 0 for amount in told.spans if amount)
    assert all(gap.value > 0 for gap in told.gaps)
