"""What the record keeps of the events, and that it is bounded."""

from __future__ import annotations

import pytest

from tests.checks.house import NOON, House, volts
from tui.core.checks.series import Mean


def test_a_mean_covers_only_what_was_answered() -> None:
    house = House()
    house.meter(lambda second: None if 100 <= second < 200 else {"voltage_l1_v": 230.0 + second // 60})
    (observed,) = house.run(601).record.observed
    series = observed.series["voltage_l1_v"]
    assert [mean.value for mean in series.minutes] == [230, 233, 234, 235, 236, 237, 238, 239]
    assert series.minutes.last == Mean(NOON.monotonic + 600, 239.0)
    assert len(series.windows) == 0  # 90 s of its ten minutes are missing


def test_a_window_ends_with_the_clock() -> None:
    house = House(start=NOON.plus(-110))
    house.meter(volts(240.0))
    (observed,) = house.run(720).record.observed
    (window,) = observed.series["voltage_l1_v"].windows
    assert window.ends == pytest.approx(NOON.monotonic + 600)
    assert window.value == 240.0
