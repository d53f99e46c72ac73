"""Periods as a person types them: days, times, and words like `today` or `-7d`. Pure."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta, tzinfo

from tui.core.text import quoted

_AGO = re.compile(r"-?(\d{1,5})([dhm])")
_SAYS = "use a day like 2026-01-31, a time like 2026-01-31T14:00, today, yesterday, -7d, -12h or -90m"


def moment(text: str, now: float, zone: tzinfo, *, last: bool = False) -> float:
    """What is meant, in seconds since 1970: of a day its beginning in `zone`, or of the `last` one its end.

    `-7d` is the day seven days ago; `-12h` and `-90m` are counted from `now`. Raises `ValueError`.
    """
    word = text.strip().lower()
    if word == "now":
        return now
    today = datetime.fromtimestamp(now, zone).date()
    ago = _AGO.fullmatch(word)
    if ago is not None and ago[2] != "d":
        return now - int(ago[1]) * (3600 if ago[2] == "h" else 60)
    try:
        if ago is not None:
            day = today - timedelta(int(ago[1]))
        elif word in ("today", "yesterday"):
            day = today - timedelta(word == "yesterday")
        else:
            found = datetime.fromisoformat(text.strip())
            if re.search(r"[T ]", text.strip(), re.IGNORECASE):
                return (found if found.tzinfo else found.replace(tzinfo=zone)).timestamp()
            day = found.date()
        return datetime.combine(day + timedelta(last), time(), zone).timestamp()
    except (ValueError, OverflowError):
        raise ValueError(f'"{quoted(text)}" is no time: {_SAYS}') from None
