"""When a telegram is read several times in a row."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from tui.core.doubt.closelook import CloseLook
from tui.core.moment import Now

NOON = datetime(2026, 3, 1, 12, 0, 7)


def looks(
    clock: Callable[[int], datetime | None],
    after_s: float = 0.0,
    every_s: int = 1,
    fails: Callable[[int], bool] = lambda second: False,
) -> list[int]:
    """The seconds at which it wants to look, of a meter that is polled every so often for an hour."""
    look, asked = CloseLook(after_s), []
    for second in range(0, 3600, every_s):
        if look.wants_look(Now(0.0, 500.0 + second)):
            asked.append(second)
            if not fails(second):
                look.looked(clock(second))
    return asked


def each(period: int) -> Callable[[int], datetime]:
    """A clock that moves once in `period` seconds."""
    return lambda second: NOON + timedelta(seconds=second // period * period)


@pytest.mark.parametrize(
    ("clock", "more", "asked"),
    [
        (each(1), {}, range(6)),
        (each(1), {"after_s": 10.0}, range(10, 16)),
        (each(1), {"every_s": 5}, range(0, 26, 5)),
        (each(10), {}, range(51)),
        (each(3600), {}, range(60)),
        (each(3600), {"every_s": 7}, range(0, 60, 7)),
        (lambda second: None, {}, [0]),
        (lambda second: None if second == 2 else NOON + timedelta(seconds=second), {}, range(7)),
        (each(1), {"fails": lambda second: second == 1}, [0, 1, 11, 12, 13, 14, 15]),
        (each(1), {"fails": lambda second: True}, range(0, 60, 10)),
    ],
)
def test_it_looks_at_each_poll_until_the_clock_has_moved_five_times_or_a_minute_has_passed(
    clock: Callable[[int], datetime | None], more: dict[str, float], asked: list[int]
) -> None:
    assert looks(clock, **more) == list(asked)  # type: ignore[arg-type]


def test_what_others_read_counts_too() -> None:
    look = CloseLook(10.0)
    for second in range(6):
        assert not look.wants_look(Now(0.0, float(second)))
        look.looked(NOON + timedelta(seconds=second))
    assert not look.wants_look(Now(0.0, 20.0))
