"""The voltage record as a file for the grid operator."""

from __future__ import annotations

import csv
from zoneinfo import ZoneInfo

from tui.core.graph.bucket import Bucket
from tui.core.past.history import Row
from tui.core.past.voltagerecord import RecordKeeper
from tui.engine.voltagecsv import summary, voltage_csv

ZONE = ZoneInfo("Europe/Amsterdam")
START = 1_781_265_600
"""Friday 12 June 2026, 14:00 Dutch time."""


def minutes(*volts: tuple[float, float | None]) -> list[Row]:
    """Ten minutes for each pair of voltages of L1 and L2, with 2.9 kW to the grid."""
    rows = []
    for at, (one, two) in enumerate(volts):
        bands = {"voltage_l1_v": Bucket(one - 1, one, one + 1, 60), "power_w": Bucket(-2900, -2900, -2900, 60)}
        if two is not None:
            bands["voltage_l2_v"] = Bucket(two, two, two, 60)
        rows += [Row(START + 600 * at + 60 * each, 60, 59, bands) for each in range(10)]
    return rows


def test_a_line_for_each_window_with_the_export_beside_it() -> None:
    keeper = RecordKeeper()
    lines = list(voltage_csv(minutes((250.4, 230.0), (253.4, 206.5), (230.0, None)), ZONE, keeper))
    first, second, third = csv.DictReader(lines)
    assert first["start"] == "2026-06-12T14:00:00+02:00"
    assert (first["voltage_l1_v_mean"], first["voltage_l1_v_min"], first["voltage_l1_v_max"]) == (
        "250.40",
        "249.40",
        "251.40",
    )
    assert (first["export_w_mean"], first["outside"]) == ("2900", "")
    assert second["outside"] == "L1 high L2 low"
    assert (third["voltage_l2_v_mean"], third["voltage_l3_v_mean"]) == ("", "")
    assert list(summary(keeper.records(), ZONE)) == [
        "L1: 3 means of 10 minutes, highest 253.4 V at 2026-06-12 14:10, lowest 230.0 V at 2026-06-12 14:20, "
        "33.3 % outside 207 to 253 V, longest 10 min from 2026-06-12 14:10",
        "L2: 2 means of 10 minutes, highest 230.0 V at 2026-06-12 14:00, lowest 206.5 V at 2026-06-12 14:10, "
        "50.0 % outside 207 to 253 V, longest 10 min from 2026-06-12 14:10",
    ]


def test_without_windows_only_the_heading() -> None:
    assert len(list(voltage_csv([], ZONE))) == 1


def test_the_hour_that_occurs_twice_has_two_offsets() -> None:
    start = 1_792_886_400  # Sunday 25 October 2026, 02:00 summer time
    rows = [
        Row(start + 3600 * hour + 60 * each, 60, 59, {"voltage_l1_v": Bucket(230, 230, 230, 60)})
        for hour in range(2)
        for each in range(10)
    ]
    assert [line[:25] for line in list(voltage_csv(rows, ZONE))[1:]] == [
        "2026-10-25T02:00:00+02:00",
        "2026-10-25T02:00:00+01:00",
    ]
