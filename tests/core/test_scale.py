"""The scale is round, holds everything with the tallest bars, and changes only when it must."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.core.graph.scale import (
    LABEL_CELLS,
    LARGEST,
    Scale,
    full_labels,
    full_scale,
    round_steps,
    scale_for,
    unit_row,
    value_labels,
)

finite = st.floats(allow_nan=False, allow_infinity=False)
watts = st.floats(-30_000, 30_000)
ROUNDING = 1 + 1e-12


def test_round_steps_are_round_and_go_on() -> None:
    assert list(itertools.islice(round_steps(10), 11)) == [10, 15, 20, 25, 30, 40, 50, 60, 80, 100, 150]
    assert next(round_steps(1000.5)) == 1500
    assert next(round_steps(0.07)) == pytest.approx(0.08)


@pytest.mark.parametrize(
    ("low", "high", "rows", "scale"),
    [
        (0, 0, 8, Scale(10, 8, 0)),  # nothing yet
        (0, 3, 8, Scale(10, 8, 0)),  # next to nothing does not fill the graph
        (60, 61, 4, Scale(20, 4, 0)),  # a freezer
        (0, 3000, 3, Scale(1000, 3, 0)),  # a house that never exports
        (-2100, 0, 7, Scale(300, 0, 7)),  # solar
        (-2200, 1500, 8, Scale(500, 3, 5)),
        (-1, 3000, 4, Scale(1000, 3, 1)),  # the smallest export gets a row
        (-3000, 1, 4, Scale(1000, 1, 3)),
        (-500, 500, 6, Scale(200, 3, 3)),
        (-500, 500, 5, Scale(250, 3, 2)),  # a row to spare goes up when both are as near to being cut off
        (-500, 400, 5, Scale(200, 2, 3)),
        (-12_000, 17_250, 9, Scale(4000, 5, 4)),  # one to spare goes where a bar is nearer to being cut off
        (4000, 8000, 20, Scale(400, 20, 0)),
    ],
)
def test_the_smallest_round_scale_that_holds_everything(low: float, high: float, rows: int, scale: Scale) -> None:
    assert scale_for(low, high, rows) == scale


@pytest.mark.parametrize(
    ("low", "high", "previous", "scale", "why"),
    [
        (-1100, 1200, Scale(500, 4, 4), Scale(500, 4, 4), "fits, and bars would not be twice as tall"),
        (-2000, 2000, Scale(500, 4, 4), Scale(500, 4, 4), "fits exactly"),
        (-2000, 2001, Scale(500, 4, 4), Scale(600, 4, 4), "an import would be cut off"),
        (-2001, 2000, Scale(500, 4, 4), Scale(600, 4, 4), "an export would be cut off"),
        (-900, 2600, Scale(500, 4, 4), Scale(500, 6, 2), "the same unit, shared otherwise"),
        (-600, 900, Scale(500, 4, 4), Scale(200, 5, 3), "bars can be more than twice as tall"),
        (-800, 900, Scale(500, 4, 4), Scale(250, 4, 4), "bars can be twice as tall"),
        (0, 1500, Scale(500, 4, 4), Scale(200, 8, 0), "no export any more"),
        (0, 3900, Scale(500, 4, 4), Scale(500, 8, 0), "no export any more, same unit"),
        (0, 2900, Scale(500, 6, 2), Scale(400, 8, 0), "no export any more, though everything fits"),
        (-1500, 0, Scale(500, 4, 4), Scale(200, 0, 8), "no import any more"),
        (-1, 3900, Scale(500, 8, 0), Scale(600, 7, 1), "the first export"),
        (0, 2100, Scale(500, 8, 0), Scale(500, 8, 0), "half as high is not yet low enough"),
        (0, 2000, Scale(500, 8, 0), Scale(250, 8, 0), "now it is"),
        (0, 0, Scale(500, 8, 0), Scale(10, 8, 0), "everything has gone"),
        (-1100, 1200, Scale(500, 3, 3), Scale(300, 4, 4), "the graph has another height"),
    ],
)
def test_the_scale_changes_only_when_it_must(low: float, high: float, previous: Scale, scale: Scale, why: str) -> None:
    assert scale_for(low, high, 8, previous) == scale, why


def test_a_finer_scale_for_what_is_not_watts() -> None:
    assert scale_for(0, 2.2, 8, finest=0.5) == Scale(0.5, 8, 0)


def test_import_and_export_need_a_row_each() -> None:
    with pytest.raises(ValueError, match="needs 2 rows"):
        scale_for(-1, 1, 1)


@given(low=finite, high=finite, rows=st.integers(2, 100))
def test_everything_fits_whatever_the_numbers(low: float, high: float, rows: int) -> None:
    scale = scale_for(low, high, rows)
    assert scale.up + scale.down == rows
    assert min(high, LARGEST) <= scale.high * ROUNDING
    assert max(low, -LARGEST) >= scale.low * ROUNDING
    assert (scale.down > 0) == (low < 0)


@given(st.lists(st.tuples(watts, watts), max_size=20), st.integers(2, 30))
def test_a_scale_that_was_kept_holds_everything_too(spans: list[tuple[float, float]], rows: int) -> None:
    scale = None
    for one, other in spans:
        low, high = min(one, other), max(one, other)
        scale = scale_for(low, high, rows, scale)
        assert scale.low * ROUNDING <= low
        assert high <= scale.high * ROUNDING
        assert scale_for(low, high, rows, scale) == scale
        assert scale.unit_per_row < 2 * scale_for(low, high, rows).unit_per_row


@pytest.mark.parametrize(
    ("scale", "labels"),
    [
        (Scale(500, 3, 5), [(1, "1 kW"), (3, "0"), (5, "-1"), (7, "-2")]),
        (Scale(1000, 1, 2), [(0, "1 kW"), (1, "0"), (2, "-1"), (3, "-2")]),
        (Scale(1000, 3, 0), [(0, "3 kW"), (1, "2"), (2, "1"), (3, "0")]),
        (Scale(900, 2, 2), [(0, "1.8kW"), (1, "0.9"), (2, "0"), (3, "-0.9"), (4, "-1.8")]),
        (Scale(600, 4, 4), [(0, "2.4kW"), (2, "1.2"), (4, "0"), (6, "-1.2"), (8, "-2.4")]),
        (Scale(20, 4, 0), [(0, "80 W"), (1, "60"), (2, "40"), (3, "20"), (4, "0")]),
        (Scale(250, 2, 1), [(0, "500 W"), (1, "250"), (2, "0"), (3, "-250")]),
        (Scale(300, 0, 7), [(0, "0 kW"), (2, "-0.6"), (4, "-1.2"), (6, "-1.8")]),
        (Scale(4000, 6, 3), [(0, "24 kW"), (2, "16"), (4, "8"), (6, "0"), (8, "-8")]),
        (Scale(400, 20, 0), [(0, "8 kW"), (5, "6"), (10, "4"), (15, "2"), (20, "0")]),
        (Scale(1.5e6, 2, 0), [(0, "3 MW"), (1, "1.5"), (2, "0")]),
    ],
)
def test_labels_are_round_and_have_their_unit_once(scale: Scale, labels: list[tuple[int, str]]) -> None:
    assert value_labels(scale) == labels


@pytest.mark.parametrize(
    ("scale", "labels", "row"),
    [
        (Scale(0.5, 4, 0), [(0, "2"), (2, "1"), (4, "0")], 1),
        (Scale(0.5, 5, 0), [(1, "2"), (3, "1"), (5, "0")], 2),
        (Scale(0.5, 2, 0), [(0, "1"), (2, "0")], 1),
        (Scale(0.5, 1, 1), [(1, "0")], 2),
        (Scale(8e9, 2, 0), [(2, "0")], 1),  # the other number is too long to print
    ],
)
def test_a_unit_without_prefixes_has_a_row_between_the_labels(
    scale: Scale, labels: list[tuple[int, str]], row: int
) -> None:
    assert value_labels(scale, "l/min") == labels
    assert unit_row(scale, labels) == row


@given(low=finite, high=finite, rows=st.integers(2, 100), unit=st.sampled_from(("W", "l/min")))
def test_labels_are_short_and_each_has_a_row_of_its_own(low: float, high: float, rows: int, unit: str) -> None:
    scale = scale_for(low, high, rows)
    labels = value_labels(scale, unit)
    positions = [row for row, _ in labels]
    assert positions == sorted(set(positions))
    assert all(0 <= row <= rows and 1 <= len(text) <= LABEL_CELLS for row, text in labels)
    assert sum(text.split()[0].rstrip("kMGTW") == "0" for _, text in labels) == 1
    assert unit == "W" or unit_row(scale, labels) in set(range(rows + 1)) - set(positions)


@given(st.floats(0, 30_000), st.floats(0, 30_000), st.integers(2, 40))
def test_in_a_house_something_beside_zero_is_labelled(imported: float, exported: float, rows: int) -> None:
    assert len(value_labels(scale_for(-exported, imported, rows))) >= 2


def test_a_full_scale_has_whole_rows_for_each_of_its_labels() -> None:
    for rows in range(3, 60):
        scale = full_scale(100.0, rows)
        labels = full_labels(100.0, scale)
        assert labels[-1] == (rows - 1, "0")
        assert labels[0][1] == "100", rows
        assert 0 <= labels[0][0] <= (3 if rows > 9 else 1), rows
        for row, text in labels:
            assert (rows - 1 - row) * scale.unit_per_row == pytest.approx(float(text)), rows
        assert len({row for row, _ in labels}) == len(labels) in (3, 5, 6), rows
