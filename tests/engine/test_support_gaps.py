"""When devices gave no value in the last day, by the history."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from tui.core.moment import Now
from tui.core.past.history import Level, Row
from tui.core.settings import Settings
from tui.engine.support.gaps import MOST, gaps_of, history_of

START = 1_800_000_000
NOW = Now(START + 3600.0, 0.0)


class Minutes:
    """A past in which devices gave a value in these minutes of an hour."""

    def __init__(self, **minutes: Iterable[int]) -> None:
        self._minutes = minutes

    def rows(self, place: str, level: Level, start: float, end: float) -> list[Row]:
        begins = (START + 60 * minute for minute in self._minutes[place])
        return [Row(at, 60, 59) for at in begins if start <= at < end]


@pytest.mark.parametrize(
    ("minutes", "gaps"),
    [
        ({"a": range(58), "b": range(58)}, {"a": [], "b": []}),
        ({"a": range(58), "b": [*range(10), *range(15, 58)]}, {"a": [], "b": [(10, 15)]}),
        ({"a": range(58), "b": [*range(10), *range(11, 58)]}, {"a": [], "b": []}),  # a minute is none
        ({"a": range(58), "b": range(30)}, {"a": [], "b": [(30, 58)]}),  # and has not come back
        ({"a": range(58), "b": range(30, 58)}, {"a": [], "b": []}),  # it was not there before
        ({"a": range(58), "b": ()}, {"a": [], "b": [(0, 58)]}),
        ({"a": [*range(20), *range(40, 58)], "b": [*range(18), *range(42, 58)]}, {"a": [], "b": [(18, 42)]}),
        ({"a": [*range(20), *range(40, 58)]}, {"a": [(20, 40)]}),  # alone: hwtui may have been off
        ({"a": range(40)}, {"a": [(40, 57)]}),
        ({"a": ()}, {"a": []}),
        ({}, {}),
    ],
)
def test_a_gap_is_a_time_in_which_others_gave_a_value(
    minutes: dict[str, Iterable[int]], gaps: dict[str, list[tuple[int, int]]]
) -> None:
    found = gaps_of(Minutes(**minutes), minutes, NOW)  # type: ignore[arg-type]
    assert found is not None
    in_minutes = {key: [((a - START) / 60, (b - START) / 60) for a, b in each] for key, each in found.items()}
    assert in_minutes == gaps


def test_there_are_at_most_so_many_the_newest_and_none_without_a_history(tmp_path: Path) -> None:
    past = Minutes(a=range(-600, 58), b=range(-600, 58, 3))
    found = gaps_of(past, ["a", "b"], NOW)  # type: ignore[arg-type]
    assert found is not None
    assert len(found["b"]) == MOST
    assert [(at - START) / 60 for at in found["b"][-1]] == [55, 57]
    assert gaps_of(None, ["a"], NOW) is None
    for settings in (Settings(), Settings(state_dir=tmp_path), Settings(state_dir=tmp_path, history=False)):
        with history_of(settings) as past_on_disk:
            assert past_on_disk is None
