"""What a fast change is: a level, a jump, another level."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.checks.house import NOON, House, volts
from tui.core.checks.apart import ApartLog
from tui.core.checks.record import Step
from tui.core.checks.recorder import Recorder
from tui.core.checks.series import SeriesLog
from tui.core.checks.voltagesteps import StepLog


def seen(samples: Sequence[float | None], interval: float = 1.0, gap_at: int | None = None) -> tuple[Step, ...]:
    """The steps of a P1's L1 that answers with these voltages; `gap_at`: before that one a minute is missing."""
    house = House()
    house.meter(lambda second: volts(samples[second]) if samples[second] is not None else {"power_w": 1.0})
    for at, _ in enumerate(samples):
        house.now = house.start.plus(at * interval + (60 if gap_at is not None and at >= gap_at else 0))
        for meter in house.meters:
            house._poll(meter, at)
    (observed,) = house.record.observed
    return observed.steps


FLAT = [230.0] * 6


@pytest.mark.parametrize(
    ("samples", "size"),
    [
        ([*FLAT, *[222.0] * 6], 8.0),
        ([*FLAT, *[238.0] * 6], 8.0),
        ([*FLAT, 226.0, *[222.0] * 6], 8.0),
        ([230.2, 229.9, 230.1, 222.1, 221.9, 222.0], 8.067),
        ([*FLAT, *[222.0] * 3, *FLAT], 8.0),
    ],
)
def test_a_step_is_the_difference_of_two_levels(samples: list[float], size: float) -> None:
    (step,) = seen(samples)[:1]
    assert abs(step.before_v - step.after_v) == pytest.approx(size, abs=0.01)
    assert step.phase == 1


@pytest.mark.parametrize(
    "samples",
    [
        pytest.param([*FLAT, 200.0, *FLAT], id="one odd answer"),
        pytest.param([*FLAT, 0.0, 0.0, *FLAT], id="two odd answers"),
        pytest.param([*FLAT, 212.0, *[226.0] * 6], id="an odd answer, then a small change"),
        pytest.param([230.0 - 3 * at for at in range(12)], id="a ramp"),
        pytest.param([*FLAT, 227.0, 224.0, 221.0, *[218.0] * 6], id="a change that takes 4 s"),
        pytest.param([230.0 + 6 * (at % 2) for at in range(30)], id="noise"),
        pytest.param([*FLAT, None, None, *[222.0] * 6], id="an answer lacked it"),
        pytest.param([*FLAT, *[225.0] * 6], id="a small step"),
        pytest.param([*FLAT, 222.0, 222.0], id="not yet 3 s"),
        pytest.param([*FLAT, *[0.0] * 6, *FLAT], id="a phase that goes and comes"),
    ],
)
def test_what_is_no_step(samples: list[float | None]) -> None:
    assert seen(samples) == ()


def test_answers_that_are_far_apart_tell_of_no_step() -> None:
    samples = [*FLAT, *[222.0] * 6]
    assert seen(samples, interval=2.0) != ()
    assert seen(samples, interval=0.5) != ()
    assert seen(samples, interval=2.5) == ()
    assert seen(samples, gap_at=6) == ()


def test_two_answers_of_one_telegram_are_no_level() -> None:
    log, series, times = StepLog(), {"voltage_l1_v": SeriesLog()}, SeriesLog().recent.__class__("d")
    for at, value in ((0.0, 230.0), (1.0, 230.0), (2.0, 230.0), (4.1, 222.0), (5.0, 222.0)):
        times.append(NOON.monotonic + at)
        series["voltage_l1_v"].recent.append(value)
        log.look(times, series, NOON.plus(at))
    assert log.steps(NOON.plus(5)) == ()


def test_the_largest_is_kept_for_a_day() -> None:
    log, series, times = StepLog(), {"voltage_l1_v": SeriesLog()}, SeriesLog().recent.__class__("d")
    recent = series["voltage_l1_v"].recent
    for start, high in ((0, 240.0), (100, 238.0), (200, 241.0), (90_000, 237.0)):
        for at in range(12):
            times.append(NOON.monotonic + start + at)
            recent.append(230.0 if at < 6 else high)
            log.look(times, series, NOON.plus(start + at))
    (step,) = log.steps(NOON.plus(90_020))
    assert step.after_v == 237.0  # a day later the 241 V count no more
    assert step.at == NOON.plus(90_006)
    assert log.steps(NOON.plus(200_000)) == ()


@given(st.lists(st.one_of(st.none(), st.floats(0, 500), st.sampled_from([230.0, 222.0])), min_size=1, max_size=40))
def test_a_step_never_rests_on_levels_that_were_not_there(samples: list[float | None]) -> None:
    sent = [value for value in samples if value is not None]
    for step in seen(samples):
        assert min(sent) - 0.01 <= step.after_v <= max(sent) + 0.01
        assert abs(step.after_v - step.before_v) > 5.0


# ------------------------------------------------------------------------------------------------- apart


def runs(answer: Callable[[int], dict[str, float]], seconds: int, interval: float = 1.0) -> ApartLog:
    log = ApartLog()
    for at in range(seconds):
        log.look(answer(at), NOON.plus(at * interval))
    return log


def test_the_longest_run_is_kept_with_its_widest_answer() -> None:
    def answer(at: int) -> dict[str, float]:
        if at in range(10, 14) or at in range(40, 44):
            return {"voltage_l1_v": 300.0, "voltage_l2_v": 150.0}
        if at in range(20, 31):
            return {"voltage_l1_v": 254.0 + (6 if at == 25 else 0), "voltage_l2_v": 230.0, "voltage_l3_v": 200.0}
        return {"voltage_l1_v": 230.0, "voltage_l2_v": 230.0, "voltage_l3_v": 230.0}

    apart = runs(answer, 60).longest(NOON.plus(60))
    assert apart is not None
    assert (apart.lasted_s, apart.high, apart.high_v, apart.low, apart.low_v) == (10.0, 1, 260.0, 3, 200.0)
    assert apart.at == NOON.plus(20)


@pytest.mark.parametrize(
    ("high", "low", "is_apart"),
    [(253.0, 200.0, False), (253.1, 206.9, True), (260.0, 207.0, False), (260.0, 9.0, False), (260.0, 10.0, True)],
)
def test_apart_has_a_boundary_on_both_sides(high: float, low: float, is_apart: bool) -> None:
    log = runs(lambda at: {"voltage_l1_v": high, "voltage_l2_v": low, "voltage_l3_v": 230.0}, 10)
    assert (log.longest(NOON.plus(10)) is not None) is is_apart


def test_few_or_far_answers_are_no_run() -> None:
    def broken(at: int) -> dict[str, float]:
        return {"voltage_l1_v": 270.0, "voltage_l2_v": 190.0}

    assert runs(broken, 2, interval=9.0).longest(NOON.plus(10)) is None
    assert runs(broken, 9, interval=11.0).longest(NOON.plus(100)) is None
    assert runs(broken, 9).longest(NOON.plus(100_000)) is None  # a day ago
    assert runs(broken, 9).longest(NOON.plus(10)) is not None


def test_both_watches_are_cheap() -> None:
    """Ten microseconds an answer, with room for a slow machine: most cost one subtraction a phase."""
    random, log, apart = Random(1), StepLog(), ApartLog()
    names = [f"{stem}_l{phase}_{unit}" for phase in (1, 2, 3) for stem, unit in (("voltage", "v"), ("load", "a"))]
    series = {name: SeriesLog() for name in names}
    times = SeriesLog().recent.__class__("d")
    answers = [{name: 230.0 + random.gauss(0, 0.4) for name in names} for _ in range(300)]
    for at, answer in enumerate(answers):
        times.append(float(at))
        for name in names:
            series[name].recent.append(answer[name])

    def spent() -> float:
        start = time.process_time()
        for answer in answers * 10:
            log.look(times, series, NOON)
            apart.look(answer, NOON)
        return (time.process_time() - start) / 3000

    assert min(spent() for _ in range(5)) < 30e-6


def test_a_frozen_or_endless_meter_costs_no_memory() -> None:
    house = House()
    house.meter(lambda second: volts(230.0 + 10 * (second // 7 % 2), 260.0, 190.0))
    (observed,) = house.run(900).record.observed
    assert isinstance(house.recorder, Recorder)
    assert len(observed.steps) <= 6
    assert observed.apart is not None
    assert observed.apart.lasted_s == 899
