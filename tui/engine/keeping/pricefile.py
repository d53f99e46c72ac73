"""The file of prices that another program writes, read again when it changes."""

from __future__ import annotations

import io
import os
import stat
import time
from collections.abc import Iterable
from datetime import tzinfo
from math import inf
from pathlib import Path

from tui.core.money.pricelist import PriceList, parse_prices
from tui.core.settings import SettingsError
from tui.engine.home import expanded

LARGEST = 16 * 1024 * 1024
"""Bytes: eight years of quarters are less (own choice)."""
SETTLED_S = 2.0
"""A file that changed less than this ago may still be written: its end is not trusted (own choice)."""
_SEE = "see prices.file in the config file"


class PriceFile:
    """One file of prices. Not for the screen's thread: a disk may take its time."""

    def __init__(self, path: Path, zone: tzinfo) -> None:
        self._path = path
        self._zone = zone
        self._seen: tuple[int, int, int] | None = None
        self._since = inf
        self._prices = PriceList()
        self.faults: tuple[str, ...] = ()
        """What is wrong with it: sentences that begin with the file, and with the line where there is one."""

    def read(self, since: float = -inf) -> PriceList:
        """Its prices from `since` on (seconds since 1970), anew if it has changed. Nothing where it cannot be read.

        While it is being written those of before hold; without any, all but a last line that does not end.
        Raises nothing: `faults` says why.
        """
        try:
            path = expanded(self._path, "prices.file")
            found = os.stat(path)
            state = (found.st_mtime_ns, found.st_size, found.st_ino)
            if state == self._seen and since >= self._since:
                return self._prices
            if not stat.S_ISREG(found.st_mode):
                raise _UnusableError(f"it is not a regular file: {_SEE}")  # and to read it may wait for ever
            is_written = 0 <= time.time() - found.st_mtime < SETTLED_S
            if is_written and self._prices.steps and since >= self._since:
                return self._prices  # as it was before, until the next look
            prices = parse_prices(_lines(path, found.st_size, ends=not is_written), self._zone, since)
        except SettingsError as error:
            return self._without(str(error))
        except FileNotFoundError:
            return self._without(f"{self._path}: there is no such file: {_SEE}")
        except _UnusableError as error:
            return self._without(f"{self._path}: {error}")
        except OSError as error:
            return self._without(f"{self._path}: {error.strerror or type(error).__name__}: {_SEE}")
        self._prices, self._seen, self._since = prices, None if is_written else state, since
        self.faults = tuple(f"{self._path}:{fault}" for fault in prices.faults)
        if prices.more_faults:
            self.faults += (f"{self._path}: {prices.more_faults} more lines cannot be used",)
        if not prices.steps and not self.faults:
            self.faults = (f"{self._path}: there is no price in it from this month on: look at the job that writes it",)
        return prices

    def _without(self, fault: str) -> PriceList:
        self._seen, self._since, self._prices, self.faults = None, inf, PriceList(), (fault,)
        return self._prices


class _UnusableError(Exception):
    pass


def _lines(path: Path, size: int, *, ends: bool) -> Iterable[str]:
    """The lines of a file, without the last one if it does not end and still may (`ends`)."""
    if size <= LARGEST:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
        size = len(data)
    if size > LARGEST:
        raise _UnusableError(f"larger than {LARGEST // 1024 // 1024} MiB: leave out old prices")
    if b"\0" in data:
        raise _UnusableError("it is not text in UTF-8, but perhaps in UTF-16: save it as UTF-8")
    if not ends:
        data = data[: data.rfind(b"\n") + 1]
    return io.TextIOWrapper(io.BytesIO(data), "utf-8-sig", "replace")
