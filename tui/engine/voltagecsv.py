"""The voltage record of one meter as CSV: its 10-minute means with the export beside them, for the grid operator."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, tzinfo

from tui.core.past.history import Row
from tui.core.past.voltagerecord import HIGH_V, LOW_V, RecordKeeper, VoltageRecord, windows
from tui.core.quantities import PHASES

COLUMNS = (
    "start",
    *(f"voltage_l{phase}_v_{part}" for phase in PHASES for part in ("mean", "min", "max")),
    "export_w_mean",
    "outside",
)


def voltage_csv(minutes: Iterable[Row], zone: tzinfo, keeper: RecordKeeper | None = None) -> Iterator[str]:
    """The lines, the heading first: a line for each full 10-minute window, as they come.

    `outside` names the phases whose mean is outside the range, such as "L1 high"; it is empty for all others. `keeper`
    adds them up on the way.
    """
    keeper = keeper or RecordKeeper()
    yield ",".join(COLUMNS)
    for window in windows(minutes):
        keeper.add(window)
        cells = [datetime.fromtimestamp(window.start, zone).isoformat()]
        for phase in PHASES:
            spread = window.phases.get(phase)
            cells += ["", "", ""] if spread is None else [f"{value:.2f}" for value in spread]
        cells.append("" if window.export_w is None else f"{window.export_w:.0f}")
        outside = keeper.beyond(window)
        cells.append(" ".join(f"L{phase} {'high' if outside[phase].mean > HIGH_V else 'low'}" for phase in outside))
        yield ",".join(cells)


def summary(records: Iterable[VoltageRecord], zone: tzinfo) -> Iterator[str]:
    """What the record comes to, a sentence a phase, for people."""
    for record in records:
        if record.highest is None or record.lowest is None:
            continue
        highest, lowest = (f"{volts:.1f} V at {_when(start, zone)}" for volts, start in (record.highest, record.lowest))
        text = (
            f"L{record.phase}: {record.windows} means of 10 minutes, highest {highest}, lowest {lowest}, "
            f"{record.outside_pct:.1f} % outside {LOW_V:g} to {HIGH_V:g} V"
        )
        if (longest := record.longest) is not None:
            text += f", longest {longest.lasted_s // 60} min from {_when(longest.start, zone)}"
        yield text


def _when(utc: float, zone: tzinfo) -> str:
    return datetime.fromtimestamp(utc, zone).strftime("%Y-%m-%d %H:%M")
