"""Steps in a power: with levels, without, split by a meter that averages, and what is none."""

from __future__ import annotations

import math
from collections.abc import Sequence
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.core.guided.channel import KEPT, Channel


def seen(samples: Sequence[float | None], interval_s: float = 1.0, refresh_s: float = 1.0) -> list[tuple[float, float]]:
    """When and how large the steps are that a channel sees in samples that come at this interval."""
    channel = Channel(interval_s, refresh_s)
    for at, watts in enumerate(samples):
        channel.take(at * interval_s, watts)
    return [(step.at, round(step.size)) for step in channel.steps]


LOW, HIGH = [100.0] * 8, [2100.0] * 8


@pytest.mark.parametrize(
    ("samples", "steps"),
    [
        pytest.param([*LOW, *HIGH], [(8, 2000)], id="up"),
        pytest.param([*HIGH, *LOW], [(8, -2000)], id="down"),
        pytest.param([*LOW, 900.0, *HIGH], [(9, 2000)], id="shared by two samples"),
        pytest.param([*LOW, *HIGH[:4], *LOW], [(8, 2000), (12, -2000)], id="on and off"),
        pytest.param([*LOW, *HIGH, *[4100.0] * 8], [(8, 2000), (16, 2000)], id="twice the same way"),
        pytest.param([100.0, 2100.0] * 4, [(at, 2000 * (-1) ** (at + 1)) for at in range(1, 8)], id="a hob"),
        pytest.param([*LOW, 102.0, 98.0, 160.0, *[161.0] * 6], [(10, 60)], id="a small one"),
        pytest.param([*LOW, *[140.0] * 8], [], id="too small"),
        pytest.param([100.0 + 40 * at for at in range(30)], [], id="a ramp"),
        pytest.param([*LOW, None, None, *HIGH], [], id="not measured meanwhile"),
        pytest.param([None] * 8, [], id="never measured"),
        pytest.param([], [], id="nothing"),
    ],
)
def test_steps(samples: list[float | None], steps: list[tuple[float, float]]) -> None:
    assert seen(samples) == steps


def test_a_meter_that_is_asked_seldom_has_steps_too() -> None:
    assert seen([*LOW, *HIGH], interval_s=5.0) == [(40, 2000)]


def test_a_slow_meter_that_averages_shows_one_step_as_two() -> None:
    channel = Channel(1.0, 10.0)
    for at in range(60):
        channel.take(float(at), 100.0 if at < 20 else 700.0 if at < 30 else 2100.0)
    assert [(step.at, round(step.size)) for step in channel.seen(0.0, 60.0)] == [(20, 600), (30, 1400), (20, 2000)]


def test_the_size_is_that_of_the_levels_where_these_are_clear() -> None:
    random, channel = Random(3), Channel()
    for at in range(80):
        channel.take(float(at), (100.0 if at < 60 else 2100.0) + random.gauss(0, 20))
    (step,) = channel.steps
    assert step.size == pytest.approx(2000, abs=4 * step.sigma)
    assert 5.0 <= step.sigma < 40.0
    assert channel.noise_w == pytest.approx(20, rel=0.6)


def test_another_load_in_a_level_does_not_bend_the_size() -> None:
    channel = Channel()
    for at, watts in enumerate([*[100.0] * 20, 600.0, 600.0, *[2600.0] * 8]):
        channel.take(float(at), watts)
    assert [round(step.size) for step in channel.steps] == [500, 2000]


@pytest.mark.parametrize(("least_w", "at"), [(1500.0, [8.0, 9.0]), (2500.0, [])])
def test_what_moves_is_no_quiet_phase(least_w: float, at: list[float]) -> None:
    channel = Channel()
    for second, watts in enumerate([*LOW, *HIGH]):
        channel.take(float(second), watts)
    assert channel.stirs(0.0, 16.0, least_w) == at


def test_where_it_was_not_measured_it_is_not_quiet() -> None:
    channel = Channel()
    for second in (0.0, 1.0, 2.0, 8.0, 9.0):
        channel.take(second, 100.0)
    assert channel.stirs(0.0, 9.0, 50.0)
    assert channel.has_gap(0.0, 9.0)
    assert not channel.has_gap(0.0, 2.0)


def test_an_answer_from_before_is_not_taken() -> None:
    channel = Channel()
    for second in (5.0, 4.0, 5.0):
        channel.take(second, 100.0)
    assert (channel.newest, channel.watched_s) == (5.0, 0.0)


@given(st.lists(st.one_of(st.none(), st.floats(-1e5, 1e5)), max_size=60), st.sampled_from([1.0, 10.0]))
def test_whatever_is_sent_a_step_is_a_number_and_in_order(samples: list[float | None], refresh_s: float) -> None:
    channel = Channel(1.0, refresh_s)
    for at, watts in enumerate(samples):
        channel.take(float(at), watts)
    assert all(math.isfinite(step.size) and step.sigma > 0 for step in channel.steps)
    assert [step.at for step in channel.steps] == sorted(step.at for step in channel.steps)


def test_it_is_bounded() -> None:
    channel = Channel()
    for second in range(KEPT + 1500):
        channel.take(float(second), 100.0 + 2000.0 * (second // 7 % 2))
    assert channel.watched_s <= KEPT + 600
    assert len(channel.steps) <= (KEPT + 600) / 7 + 2
