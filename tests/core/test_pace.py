"""How often a device pushes, and when its silence is one."""

from __future__ import annotations

from itertools import accumulate

import pytest

from tui.core.link.pace import Pace


@pytest.mark.parametrize(
    ("distances", "interval_s"),
    [
        ([], 1),
        ([10], 1),
        ([10, 10], 10),
        ([1, 10], 1),
        ([0.2, 0.2], 1),
        ([1, 1, 1, 9, 9], 1),
        ([5.1, 4.9, 5, 5.2, 4.8], 5),
        ([60] * 5, 10),
        ([10] * 5 + [1] * 5, 1),
    ],
)
def test_the_interval_is_the_usual_distance_in_whole_seconds(distances: list[float], interval_s: float) -> None:
    pace = Pace(start=100.0)
    for at in accumulate(distances, initial=100.5):
        pace.came(at)
    assert pace.interval_s == interval_s


def test_silence_is_counted_from_the_last_push_or_from_the_beginning() -> None:
    pace = Pace(start=100.0)
    assert (pace.since, pace.ask_at, pace.give_up_at) == (100, 110, 120)
    pace.came(101.0)
    assert (pace.since, pace.ask_at, pace.give_up_at) == (101, 111, 121)
    for at in (111.0, 121.0, 131.0):
        pace.came(at)
    assert (pace.ask_at, pace.give_up_at) == (151, 161)
