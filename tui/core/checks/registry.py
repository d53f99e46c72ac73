"""The rules by their ids, in the order of a report. Adding one: a function, a line here, its words, its tests."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from tui.core.checks import clocks, fuse, meter, voltage
from tui.core.checks.finding import WORST_FIRST, Finding
from tui.core.checks.record import Record

Rule = Callable[[Record], Iterable[Finding]]
"""Pure: the record in, findings out; never raises, whatever the record holds."""

RULES: Mapping[str, Rule] = {
    "voltage.mean10": voltage.mean10,
    "fuse.phase": fuse.phase,
    "fuse.pv": fuse.pv,
    "meter.direction": meter.direction,
    "telegram.rate": clocks.rate,
    "telegram.crc": clocks.crc,
    "meter.clock": clocks.clock,
    "meter.protocol": meter.protocol,
    "current.resolution": meter.resolution,
    "counters": meter.counters,
}


def check(record: Record) -> tuple[Finding, ...]:
    """The findings of every rule, worst first; equal ones in the order of the rules."""
    findings = [finding for rule in RULES.values() for finding in rule(record)]
    return tuple(sorted(findings, key=lambda finding: WORST_FIRST.index(finding.verdict)))
