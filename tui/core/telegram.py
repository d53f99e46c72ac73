"""The raw telegram of a smart meter (DSMR P1): the meter's own clock, which tells a frozen P1 from a quiet house."""

from __future__ import annotations

import re
from datetime import datetime

from tui.core.metertime import parse_meter_time

_CLOCK = re.compile(r"^0-0:1\.0\.0\((\d{12})[SW]?\)", re.ASCII | re.MULTILINE)
"""OBIS 0-0:1.0.0, "date-time stamp of the P1 message" since DSMR 3; S is summer time, W winter time (DSMR P1 companion
standard). No part of it can match in two ways, so matching takes linear time."""


def telegram_clock(text: str) -> datetime | None:
    """When the meter says it wrote this telegram, as a naive local time; None if it has no valid time."""
    found = _CLOCK.search(text)
    return parse_meter_time(found[1]) if found else None
