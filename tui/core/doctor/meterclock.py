"""The clock of a smart meter behind a P1, from one answer: it tells a meter that has gone quiet from a quiet house."""

from __future__ import annotations

import re
from datetime import datetime
from typing import NamedTuple

from tui.core.api.decode import NotJsonError, decode
from tui.core.api.metertime import parse_meter_time
from tui.core.quantities import DSMR_5
from tui.core.telegram import LONGEST, telegram_clock

_VERSION = re.compile(r"^(?:1-3:0\.2\.8|0-0:96\.1\.4)\((\d{2})\d{0,3}\)", re.ASCII | re.MULTILINE)
"""OBIS 1-3:0.2.8, "version information"; Belgian meters have it as 0-0:96.1.4, with the country's own digits after."""


class MeterClock(NamedTuple):
    """What one answer told of it."""

    time: datetime
    """Naive, of the meter's own zone, and a claim."""
    every_second: bool
    """Whether this kind of meter sends a new telegram each second."""


def clock_in(body: bytes, api: str) -> MeterClock | None:
    """The clock in a telegram (API "v1") or in a measurement ("v2"); None if there is no valid one. Never raises."""
    if api == "v1":
        text = body[:LONGEST].decode("latin-1")
        found = _VERSION.search(text)
        time = telegram_clock(text)
        return MeterClock(time, found is not None and int(found[1]) >= DSMR_5) if time else None
    try:
        data, _ = decode(body)
    except NotJsonError:
        return None
    if not isinstance(data, dict):
        return None
    time, version = parse_meter_time(data.get("timestamp")), data.get("protocol_version")
    every_second = isinstance(version, (int, float)) and version >= DSMR_5
    return MeterClock(time, every_second) if time else None
