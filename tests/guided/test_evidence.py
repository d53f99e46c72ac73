"""The arithmetic of evidence: odds, sums of logarithms, and how often other loads switch."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.core.guided.channel import Channel
from tui.core.guided.evidence import LEAST_W, MOST_W, Foreign, anyone, covered, log_sum, normal, outcome


def watched(seconds: int, steps: dict[int, float]) -> Channel:
    """A channel that was watched so long, with these steps."""
    channel, watts = Channel(), 300.0
    for second in range(seconds):
        watts += steps.get(second, 0.0)
        channel.take(float(second), watts)
    return channel


@given(st.lists(st.floats(-300, 300), min_size=1, max_size=8))
def test_a_sum_of_logarithms_is_that_of_the_numbers(values: list[float]) -> None:
    assert log_sum(values) == pytest.approx(math.log(math.fsum(map(math.exp, values))), abs=1e-9)


def test_the_odds_are_those_against_all_others_together() -> None:
    best, odds = outcome([math.log(part) for part in (0.08, 0.9, 0.02)])
    assert best == 1
    assert odds == pytest.approx(math.log(9.0))


def test_sizes_of_unknown_loads_add_up_to_one() -> None:
    width = 0.5
    total = 2 * sum(anyone(LEAST_W + width * at) * width for at in range(int((MOST_W - LEAST_W) / width)))
    assert total == pytest.approx(1.0, abs=0.01)


@pytest.mark.parametrize(
    ("spans", "until", "seconds"),
    [
        ([], 100.0, 0.0),
        ([(0.0, 10.0)], 100.0, 10.0),
        ([(0.0, 10.0), (5.0, 20.0)], 100.0, 20.0),
        ([(50.0, 60.0), (0.0, 10.0)], 55.0, 15.0),
        ([(90.0, 120.0)], 80.0, 0.0),
    ],
)
def test_spans_that_overlap_count_once(spans: list[tuple[float, float]], until: float, seconds: float) -> None:
    assert covered(spans, until) == seconds


def test_a_load_that_was_seen_is_expected_again_and_others_less_the_longer_it_is_quiet() -> None:
    quiet, long_quiet, oven = watched(100, {}), watched(1000, {}), watched(100, {20: 2000.0, 60: -2000.0})
    of = {name: Foreign(one, ()) for name, one in (("quiet", quiet), ("long", long_quiet), ("oven", oven))}
    assert of["oven"].intensity(2000.0, 5.0) > 50 * of["quiet"].intensity(2000.0, 5.0)
    assert of["oven"].intensity(-2000.0, 5.0) == pytest.approx(of["oven"].intensity(2000.0, 5.0), rel=0.01)
    assert of["long"].intensity(1500.0, 5.0) < of["quiet"].intensity(1500.0, 5.0) / 4
    assert of["oven"].rate(1000.0) == pytest.approx(5 * of["oven"].rate(3000.0))


def test_steps_of_the_load_under_test_are_none_of_another_one() -> None:
    oven = watched(100, {20: 2000.0, 60: -2000.0})
    own = Foreign(oven, [(15.0, 25.0), (55.0, 65.0)])
    assert own.intensity(2000.0, 5.0) < Foreign(oven, ()).intensity(2000.0, 5.0) / 50


def test_normal_is_a_density() -> None:
    assert sum(normal(at / 10.0, 3.0) / 10.0 for at in range(-300, 300)) == pytest.approx(1.0, abs=1e-3)
    assert normal(100.0, 3.0) == 0.0
