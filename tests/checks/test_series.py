"""Means over longer spans."""

from __future__ import annotations

from array import array
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.core.checks.series import MINUTE_S, Means

MINUTES = st.lists(st.tuples(st.integers(1, 3), st.floats(-100, 100, width=32)), max_size=60)
"""How many minutes after the one before, and the mean."""


@given(MINUTES, st.integers(1, 20))
def test_a_rolling_mean_has_no_gaps_and_its_top_is_found(minutes: list[tuple[int, float]], count: int) -> None:
    means, ends = Means(MINUTE_S, array("d"), array("f")), 1000.0
    for step, value in minutes:
        ends += step * MINUTE_S
        means.ends.append(ends)
        means.values.append(value)
    rolled = {
        means.ends[at + count - 1]: fmean(means.values[at : at + count])
        for at in range(len(means) - count + 1)
        if all(step == 1 for step, _ in minutes[at + 1 : at + count])
    }
    for lowest, pick in ((False, max), (True, min)):
        top = means.top_rolling(count, lowest=lowest)
        assert (top is None) is (not rolled)
        if top is not None:
            assert top.value == pytest.approx(pick(rolled.values()), abs=0.001)
            assert top.value == pytest.approx(rolled[top.ends], abs=0.001)
