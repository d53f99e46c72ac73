"""The rules by their ids, in the order of a report. CONTRIBUTING.md shows how one is added."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import replace

from tui.core.checks import (
    access,
    cable,
    capacity,
    clocks,
    external,
    fuse,
    inverter,
    link,
    meter,
    phases,
    proofs,
    roles,
    supply,
    voltage,
)
from tui.core.checks.finding import WORST_FIRST, Finding, Verdict
from tui.core.checks.record import Record

Rule = Callable[[Record], Iterable[Finding]]
"""Pure: the record in, findings out; never raises, whatever the record holds."""

RULES: Mapping[str, Rule] = {
    "voltage.mean10": voltage.mean10,
    "voltage.inverter": inverter.inverter,
    "voltage.step": voltage.step,
    "voltage.unbalance": voltage.unbalance,
    "neutral.loose": supply.neutral,
    "frequency": supply.frequency,
    "fuse.phase": fuse.phase,
    "fuse.pv": fuse.pv,
    "phase.skew": phases.skew,
    "phase.missing": phases.missing,
    "phase.meter": proofs.phase,
    "meter.direction": meter.direction,
    "meter.test": proofs.test,
    "supply.events": supply.events,
    "external.age": external.age,
    "telegram.rate": clocks.rate,
    "telegram.crc": clocks.crc,
    "meter.clock": clocks.clock,
    "meter.protocol": meter.protocol,
    "current.resolution": meter.resolution,
    "wifi": link.wifi,
    "link": link.link,
    "link.restarts": link.restarts,
    "api": access.api,
    "identity": access.identity,
    "firmware": access.firmware,
    "capacity.peak": capacity.peak,
    "p1.consent": capacity.consent,
    "counters": meter.counters,
    "pv.cable": cable.cable,
    "roles": roles.roles,
}


def check(record: Record) -> tuple[Finding, ...]:
    """The findings of every rule, worst first; equal ones in the order of the rules.

    What cannot be tested because a P1 is frozen is told as that, whatever the rule lacks: to watch longer is no help.
    """
    frozen = {one.key for one in record.observed if one.device.frozen is not None}
    findings = [_of_frozen(finding, frozen) for rule in RULES.values() for finding in rule(record)]
    return tuple(sorted(findings, key=lambda finding: WORST_FIRST.index(finding.verdict)))


def _of_frozen(finding: Finding, frozen: Set[str]) -> Finding:
    if finding.device not in frozen or finding.verdict is not Verdict.UNTESTABLE:
        return finding
    return replace(finding, variant="frozen", values={})
