"""The quarter-hour of the Flemish bill."""

from __future__ import annotations

from math import nan

import pytest

from tui.core.counting.peak import counted_w, forecast_w, left_s, recent_w, room_w, still_beats


@pytest.mark.parametrize(("utc", "left"), [(0.0, 900.0), (450.0, 450.0), (899.0, 1.0), (900.0, 900.0)])
def test_a_quarter_ends_on_the_clock(utc: float, left: float) -> None:
    assert left_s(utc) == left


@pytest.mark.parametrize(
    ("average", "power", "left", "forecast"),
    [
        (1060, 2500, 450, 2310),
        (1060, -2500, 450, 1060),  # export does not lower it
        (1060, 2500, 780, 1060 + 2500 * 780 / 900),  # two minutes have passed
        (90, 2500, 781, None),
        (2000, 2500, 0, 2000),
    ],
)
def test_the_forecast_adds_what_is_still_to_come(
    average: float, power: float, left: float, forecast: float | None
) -> None:
    assert forecast_w(average, power, left) == pytest.approx(forecast)


@pytest.mark.parametrize(("peak", "counted"), [(0, 2500), (2500, 2500), (2500.1, 2500.1), (4612, 4612)])
def test_a_low_peak_is_billed_as_two_and_a_half_kilowatts(peak: float, counted: float) -> None:
    assert counted_w(peak) == counted


@pytest.mark.parametrize(
    ("average", "peak", "left", "room"),
    [(1060, 4610, 450, 7100), (90, 840, 840, 2582), (2600, 840, 300, 0), (1000, 4000, 0, 2_700_000)],
)
def test_what_may_still_be_drawn(average: float, peak: float, left: float, room: float) -> None:
    assert room_w(average, peak, left) == pytest.approx(room, abs=1)


@pytest.mark.parametrize(
    ("newest_first", "mean"),
    [
        ([(100.0, 900.0), (70.0, 300.0)], 600.0),
        ([(100.0, 900.0), (70.0, -300.0)], 450.0),  # export counts as nothing
        ([(100.0, nan), (70.0, 300.0)], 300.0),
        ([(41.0, 300.0), (40.0, 900.0)], 300.0),  # a minute ago is over
        ([(40.0, 900.0)], None),
        ([], None),
    ],
)
def test_the_power_of_the_last_minute(newest_first: list[tuple[float, float]], mean: float | None) -> None:
    assert recent_w(newest_first, 100.0) == mean


@pytest.mark.parametrize(
    ("forecast", "before", "beats"),
    [(2500.0, False, False), (2500.1, False, True), (2425.1, True, True), (2425.0, True, False), (None, True, False)],
)
def test_a_forecast_that_only_reaches_the_peak_does_not_beat_it(
    forecast: float | None, before: bool, beats: bool
) -> None:
    assert still_beats(forecast, 2500.0, before=before) is beats
