"""The raw telegram of a smart meter (DSMR P1): its lines (`tokens`), and what is kept of each for the check and the
record (`summary`).

What each line means to a person (`obis`, `told`, `words`, `asjson`) is loaded by who shows a telegram.
"""

from __future__ import annotations

from tui.core.telegram.checksum import crc16
from tui.core.telegram.summary import MOST_MONTHS, PastPeak, Telegram, parse_telegram, telegram_clock
from tui.core.telegram.tokens import LONGEST

__all__ = ["LONGEST", "MOST_MONTHS", "PastPeak", "Telegram", "crc16", "parse_telegram", "telegram_clock"]
