"""What a benchmark prints: a short table of medians, spreads and limits, and whether every limit was kept."""

from __future__ import annotations

import argparse
import os
import platform
import statistics
from collections.abc import Sequence


def percentile(values: Sequence[float], part: float) -> float:
    """The value below which `part` (0 to 1) of the values lie; of few values the nearest one above."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


class Report:
    """A table on stdout. Each `row` is printed at once; `end` says whether a limit was missed."""

    def __init__(self, title: str) -> None:
        self._missed: list[str] = []
        load = " ".join(f"{load:.1f}" for load in os.getloadavg())
        print(f"{title}\n(Python {platform.python_version()}, {os.cpu_count()} cores, load {load})")
        print(f"  {'':<44}{'median':>9}  {'least .. most':<18}{'limit':>9}", flush=True)

    def row(self, what: str, values: Sequence[float], unit: str = "", *, limit: float | None = None) -> None:
        """One measure, several times; its median must not be above `limit`."""
        median = statistics.median(values)
        spread = f"{_figure(min(values))} .. {_figure(max(values))}" if len(values) > 1 else ""
        self._line(what, median, unit, spread, limit)

    def value(self, what: str, value: float, unit: str = "", *, limit: float | None = None) -> None:
        """One figure, which must not be above `limit`."""
        self._line(what, value, unit, "", limit)

    def claim(self, what: str, *, holds: bool) -> None:
        """Something that is true or is not."""
        print(f"  {what:<44}{'yes' if holds else 'NO':>9}", flush=True)
        if not holds:
            self._missed.append(what)

    def end(self) -> int:
        """The exit status: 1 if any limit was missed."""
        for what in self._missed:
            print(f"  MISSED: {what}")
        return 1 if self._missed else 0

    def _line(self, what: str, value: float, unit: str, spread: str, limit: float | None) -> None:
        label = f"{what}, {unit}" if unit else what
        bound = "" if limit is None else f"<= {_figure(limit)}"
        missed = limit is not None and value > limit
        print(f"  {label:<44}{_figure(value):>9}  {spread:<18}{bound:>9}{'  MISSED' if missed else ''}", flush=True)
        if missed:
            self._missed.append(label)


def _figure(value: float) -> str:
    """Three digits that count."""
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def arguments(description: str | None) -> argparse.ArgumentParser:
    """The options of every benchmark."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer and shorter runs: does it work, not how fast is it")
    return parser
