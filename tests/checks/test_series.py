"""Means over longer spans."""

from __future__ import annotations

from array import array

from hypothesis import given
from hypothesis import strategies as st

from tui.core.checks.series import MINUTE_S, Means

MINUTES = st.lists(st.tuples(st.integers(1, 3), st.floats(-100, 100, width=32)), max_size=60)
"""How many minutes after the one before, and the mean."""


@given(MINUTES, st.integers(1, 20))
def test_the_top_of_the_rolling_means_is_the_top_of_all_of_them(minutes: list[tuple[int, float]], count: int) -> None:
    means = Means(MINUTE_S, array("d"), array("f"))
    ends = 1000.0
    for step, value in minutes:
        ends += step * MINUTE_S
        means.ends.append(ends)
        means.values.append(value)
    rolled = [round(mean.value, 2) for mean in means.rolling(count)]
    for lowest, pick in ((False, max), (True, min)):
        top = means.top_rolling(count, lowest=lowest)
        assert (top is None) is (not rolled)
        if top is not None:
            assert abs(top.value - pick(rolled)) < 0.011
            assert any(mean.ends == top.ends and abs(mean.value - top.value) < 0.002 for mean in means.rolling(count))
