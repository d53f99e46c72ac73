"""Which devices are asked at the same moment."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.core.link.beat import TOGETHER, next_beat, phase_of


def test_ten_devices_beat_together_and_the_next_ten_half_an_interval_later() -> None:
    assert {phase_of(slot) for slot in range(10)} == {0.0}
    assert {phase_of(slot) for slot in range(10, 20)} == {0.5}
    assert [phase_of(slot) for slot in range(20, 80, 10)] == [0.25, 0.75, 0.125, 0.625, 0.375, 0.875]


@given(st.integers(1, 26))
def test_groups_are_spread_over_the_interval(groups: int) -> None:
    phases = sorted({phase_of(slot) for slot in range(groups * TOGETHER)})
    assert len(phases) == groups
    pauses = [later - earlier for earlier, later in zip(phases, [*phases[1:], 1.0], strict=True)]
    assert max(pauses) <= 2 / groups
    assert min(pauses) >= 1 / (2 * groups)


@pytest.mark.parametrize(
    ("origin", "interval_s", "earliest", "beat"),
    [
        (0.0, 1.0, 0.0, 0.0),
        (0.0, 1.0, 0.3, 1.0),
        (0.25, 1.0, 7.3, 8.25),
        (0.1, 0.5, 0.1 + 0.5 + 1e-12, 0.6),  # a rounding is no reason to skip one
        (10.0, 5.0, 3.0, 5.0),
    ],
)
def test_the_next_beat(origin: float, interval_s: float, earliest: float, beat: float) -> None:
    assert next_beat(origin, interval_s, earliest) == pytest.approx(beat)


@given(st.floats(0, 1e7), st.floats(0.5, 3600), st.floats(0, 1e7))
def test_a_beat_is_within_one_interval_of_the_earliest_moment(origin: float, interval_s: float, after_s: float) -> None:
    earliest = origin + after_s
    assert -1e-5 * interval_s <= next_beat(origin, interval_s, earliest) - earliest <= interval_s * (1 + 1e-5)
