"""When devices last answered, from the history on disk: all that it keeps of a link."""

from __future__ import annotations

from collections.abc import Iterable
from zoneinfo import ZoneInfo

from tui.core.doctor.past import LinkPast
from tui.core.moment import Now
from tui.core.past.history import DAY, MINUTE, Past
from tui.core.profiles import profile_of
from tui.core.settings import Settings

LONGEST_S = 400 * 86400.0
"""So long minutes are kept."""


def last_seen(past: Past, key: str, now: Now) -> LinkPast | None:
    """When a device gave its last value, to the minute, or to the day where minutes are gone; None if it never did.

    It may wait for the disk.
    """
    days = list(past.rows(key, DAY, now.utc - LONGEST_S, now.utc + DAY.span_s))
    since = float(days[-1].start) if days else now.utc - 2 * DAY.span_s  # today may have no day yet
    end, row = since, None
    for row in past.rows(key, MINUTE, since, now.utc + DAY.span_s):
        end = row.start + row.last_s
    if row is None:
        if not days:
            return None
        end = days[-1].start + days[-1].last_s
    return LinkPast(last_answer=now.plus(min(end, now.utc) - now.utc))


def all_last_seen(past: Past, keys: Iterable[str], now: Now) -> dict[str, LinkPast]:
    """The same of several devices: of those that ever answered."""
    return {key: found for key in keys if (found := last_seen(past, key, now)) is not None}


def last_seen_on_disk(settings: Settings, keys: Iterable[str], now: Now) -> dict[str, LinkPast]:
    """The same from the history of the state directory; empty where there is none. It waits for the disk."""
    if not settings.state_dir or not settings.history:
        return {}
    from tui.engine.history.reader import open_past  # it loads SQLite

    with open_past(settings.state_dir, ZoneInfo(profile_of(settings.grid).zone)) as past:
        return all_last_seen(past, keys, now) if past else {}
