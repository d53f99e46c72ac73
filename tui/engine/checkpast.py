"""Asks the history for what the rules of the check know of the week before."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import tzinfo

from tui.core.checks.before import WEEK_S, Before, before_of
from tui.core.past.history import HOUR, MINUTE, Past


def befores(past: Past, keys: Iterable[str], utc: float, zone: tzinfo) -> dict[str, Before]:
    """What the history knows of these devices in the week up to `utc` (seconds since 1970). It waits for the disk.

    A week of minutes of one meter takes about 0.1 s, so ask in a thread of its own, and seldom.
    """
    series = past.series()
    found = {}
    for key in keys:
        own = [one for one in series if one.device == key]
        if not own:
            continue
        start = utc - WEEK_S
        hours = list(past.rows(key, HOUR, start, utc))
        if (before := before_of(past.rows(key, MINUTE, start, utc), hours, own, utc, zone)) is not None:
            found[key] = before
    return found
