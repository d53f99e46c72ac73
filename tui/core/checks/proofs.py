"""Rules on what steps told: which phase a meter or a load is on, and what else a guided test found.

A guided test proves it; the steps that loads make by themselves make it likely (`core.guided`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tui.core.checks.evidence import connection_meters
from tui.core.checks.finding import Finding, Term, Verdict, Word
from tui.core.checks.record import Observed, Record
from tui.core.guided.answer import Certainty, Question, Why
from tui.core.guided.proof import Proof
from tui.core.model import Role
from tui.core.quantities import PHASES

PHASE, TEST, DIRECTION = "phase.meter", "meter.test", "meter.direction"
_SAID = (Certainty.PROVEN, Certainty.LIKELY)


def told(record: Record, key: str | None, question: Question) -> list[Proof]:
    """What steps told of a device, the proven ones alone where there are any."""
    of = [
        one
        for one in record.installation.proofs
        if one.device == key and one.answer.question is question and one.answer.certainty in _SAID
    ]
    return [one for one in of if one.is_proven] or of


# ------------------------------------------------------------------ phase.meter


def phase(record: Record) -> Iterator[Finding]:
    """`phase.meter`: the phase of each meter, and of loads that were tested."""
    found = [_on(proof) for proof in told(record, None, Question.PHASE)]
    meters = [one for one in record.observed if _can_be_placed(one)]
    if not (why := _why_none(record)):
        for meter in meters:
            proofs = told(record, meter.key, Question.PHASE)
            found += [_on(proof) for proof in proofs] or [Finding(PHASE, Verdict.UNTESTABLE, meter.key)]
    yield from found or [Finding(PHASE, Verdict.NA, variant=why or "no-meter")]


def _on(proof: Proof) -> Finding:
    """The finding; its phase is that of the connection."""
    answer = proof.answer
    values: dict[str, Word] = {"on": answer.value, "of": f"L{answer.of}", "at": proof.at, "count": answer.steps}
    variant = ("proven" if proof.is_proven else "likely") if proof.device else "load"
    if proof.device and answer.of:
        variant += "-part"
    on = int(answer.value[1:]) if answer.value[1:].isdigit() else None
    return Finding(PHASE, Verdict.INFO, proof.device, on, variant=variant, values=values, quantity="power_w")


def _can_be_placed(meter: Observed) -> bool:
    product = meter.device.product
    if product.is_grid_meter or meter.role is Role.GRID or not product.measures_electricity:
        return False
    return any(name in meter.series for name in ("power_w", "power_l1_w"))


def _why_none(record: Record) -> str:
    """Why no meter of this house can be placed on a phase; empty where it can."""
    meters = connection_meters(record)
    if not meters:
        return "no-connection"
    if not record.installation.profile.has_neutral:
        return "no-neutral"
    fuse = record.installation.fuse
    if all(f"power_l{phase}_w" in meters[0].series for phase in PHASES):
        return ""
    return "one-phase" if (fuse is not None and fuse.phases == 1) or meters[0].phases == (1,) else "total-only"


# ------------------------------------------------------------------ meter.direction


def directions(record: Record, meter: Observed) -> list[Finding]:
    """What steps told of the direction of a meter: for each of its own phases that was tested."""
    return [_directed(proof, meter) for proof in told(record, meter.key, Question.DIRECTION)]


def _directed(proof: Proof, meter: Observed) -> Finding:
    answer = proof.answer
    # It was turned in the settings since: what is read is turned, too.
    is_right = (answer.value == "right") is (proof.inverted is meter.device.is_inverted)
    finding = Finding(
        DIRECTION,
        Verdict.INFO,
        meter.key,
        answer.of or None,
        variant="likely-right" if is_right else "likely-reversed",
        values={"at": proof.at, "count": answer.steps},
        quantity="power_w",
    )
    if proof.is_proven:
        return replace(finding, verdict=Verdict.PASS if is_right else Verdict.FAIL, variant="test")
    return finding


# ------------------------------------------------------------------ meter.test


def test(record: Record) -> Iterator[Finding]:
    """`meter.test`: what a guided test found besides phase and direction, and where it was not sure."""
    found = []
    for meter in record.observed:
        of = [one for one in record.installation.proofs if one.device == meter.key]
        found += [_risen(one) for one in of if one.answer.question is Question.RISE and one.is_proven]
        found += [_mixed_up(one) for one in of if one.other and one.is_proven]
        unsure = [one for one in of if one.answer.certainty is Certainty.NOT_SURE]
        if unsure and not any(one.is_proven for one in of):
            found.append(_unsure(record, unsure[0]))
    yield from found or [Finding(TEST, Verdict.NA)]


def _risen(proof: Proof) -> Finding:
    answer = proof.answer
    values: dict[str, Word] = {"at": proof.at, "ratio": answer.ratio or 0.0}
    verdict = Verdict.PASS if answer.value == "same" else Verdict.WARN
    variant = "" if answer.value == "same" else answer.value
    return Finding(TEST, verdict, proof.device, answer.of or None, variant=variant, values=values, quantity="power_w")


def _mixed_up(proof: Proof) -> Finding:
    values: dict[str, Word] = {"at": proof.at, "other": proof.other}
    return Finding(TEST, Verdict.WARN, proof.device, variant="name", values=values, quantity="power_w")


def _unsure(record: Record, proof: Proof) -> Finding:
    answer = proof.answer
    values: dict[str, Word] = {"at": proof.at, "why": Term(f"why-{answer.why or Why.MORE}")}
    silent = next((one.device.label for one in record.observed if one.key == answer.silent), "")
    if answer.why is Why.GAPS and silent:
        return Finding(TEST, Verdict.UNTESTABLE, proof.device, variant="silent", values={**values, "other": silent})
    return Finding(TEST, Verdict.UNTESTABLE, proof.device, variant="unsure", values=values)
