"""When devices gave no value in the last day, by the history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from zoneinfo import ZoneInfo

from tui.core.moment import Now
from tui.core.past.history import DAY, MINUTE, Past
from tui.core.profiles import profile_of
from tui.core.settings import Settings

LEAST_S = 2 * MINUTE.span_s
"""A shorter gap is none: what is written lags by up to a minute, and a minute may hold no answer of an old P1."""
MOST = 50
"""Gaps of a device, the newest (own choice)."""

Gap = tuple[float, float]
"""From when to when, in seconds since 1970, in whole minutes."""


def history_of(settings: Settings) -> AbstractContextManager[Past | None]:
    """The history of the state directory; None where there is none. It waits for the disk."""
    if not settings.state_dir or not settings.history:
        return nullcontext()
    from tui.engine.history.reader import open_past  # it loads SQLite

    return open_past(settings.state_dir, ZoneInfo(profile_of(settings.grid).zone))


def gaps_of(past: Past | None, keys: Iterable[str], now: Now) -> Mapping[str, list[Gap]] | None:
    """The gaps of each device, oldest first, since its first value of the last day; None without a history.

    It may wait for the disk. When none of several devices gave a value, the program may have been off: such a minute is
    part of no gap, and parts none. Of a single device nobody can tell the two apart.
    """
    if past is None:
        return None
    start, end = now.utc - DAY.span_s, now.utc - LEAST_S
    seen = {key: {row.start for row in past.rows(key, MINUTE, start, end)} for key in keys}
    running = sorted(set[int]().union(*seen.values()))
    if len(seen) == 1 and running:
        running = [*range(running[0], int(end) - MINUTE.span_s, MINUTE.span_s)]
    return {key: _gaps(running, minutes)[-MOST:] for key, minutes in seen.items()}


def _gaps(running: list[int], minutes: set[int]) -> list[Gap]:
    found: list[Gap] = []
    begins: int | None = None
    first = min(minutes, default=0)
    for at in [minute for minute in running if minute >= first]:
        if at in minutes:
            if begins is not None and at - begins >= LEAST_S:
                found.append((begins, at))
            begins = None
        elif begins is None:
            begins = at
    if begins is not None and running[-1] + MINUTE.span_s - begins >= LEAST_S:
        found.append((begins, running[-1] + MINUTE.span_s))
    return found
