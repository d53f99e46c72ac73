"""The rule on gas, water and heat: how long ago each of these meters was read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, tzinfo
from itertools import pairwise

from tui.core.api.metertime import EARLIEST, span_s
from tui.core.checks.finding import Finding, Seconds, Term, Verdict, Word
from tui.core.checks.record import Observed, Record, Stamps
from tui.core.doubt.meterclock import ahead_s, reading_age_s
from tui.core.external import is_empty_channel, is_left_over, keyed, kind_name
from tui.core.model import State
from tui.core.reading import External
from tui.core.state import state_of

RULE = "external.age"
KINDS = ("gas_meter", "heat_meter", "warm_water_meter", "water_meter", "inlet_heat_meter")
"""Those with a term in the tables of words; any other is told by its own name."""
_LONGEST_KIND = 14


def age(record: Record) -> Iterator[Finding]:
    """`external.age`: how old the newest reading of each meter behind the smart meter is. None is no finding."""
    findings = [found for meter in record.grid_meters for found in _of_meter(record, meter)]
    yield from findings or [Finding(RULE, Verdict.NA)]


def interval_s(stamps: tuple[datetime, ...], zone: tzinfo) -> float | None:
    """How often a meter is read, learnt from the times of its last readings; None from fewer than two.

    The longest of the last steps counts: after a restart a meter may be read once more in between. A step over the hour
    that occurs twice, and one back in time, tells nothing.
    """
    spans = [span_s(earlier, later, zone) for earlier, later in pairwise(stamps)]
    return max((span for span in spans if span is not None and span > 0), default=None)


def _of_meter(record: Record, meter: Observed) -> Iterator[Finding]:
    read = meter.device.measurement
    present = keyed(read.value.external) if read is not None else {}
    seen = {key: stamps for key, stamps in meter.external.items() if key in present}
    if not seen:
        return
    if state_of(meter.device, record.now) not in (State.LIVE, State.STALE):
        # What is wrong is the smart meter or the way to it, and other rules tell.
        yield Finding(RULE, Verdict.UNTESTABLE, meter.key, variant="silent")
        return
    for stamps in seen.values():
        if not is_empty_channel(stamps.last):
            yield _of_external(record, meter, stamps, tuple(present.values()))


def _of_external(record: Record, meter: Observed, stamps: Stamps, neighbours: tuple[External, ...]) -> Finding:
    external, limits = stamps.last, record.limits
    known = external.type in KINDS
    values: dict[str, Word] = {
        "kind": Term(external.type) if known else kind_name(external.type)[:_LONGEST_KIND].lower()
    }
    today = datetime.fromtimestamp(record.now.utc, record.zone).replace(tzinfo=None)
    if is_left_over(external, neighbours, today) and external.timestamp is not None:
        values["date"] = f"{external.timestamp:%Y-%m-%d}"
        return Finding(RULE, Verdict.INFO, meter.key, variant="left-over", values=values)
    seconds = reading_age_s(meter.device, external, record.now, record.zone)
    if seconds is None:
        return _undated(record, meter, external, values)
    if record.installation.synchronised is False and meter.device.clock is None:
        return Finding(RULE, Verdict.UNTESTABLE, meter.key, variant="own-clock", values=values)
    every = interval_s(stamps.stamps, record.zone)
    first, longest = 3600 * limits[f"{RULE}.unlearnt_h"], 3600 * limits[f"{RULE}.fail_h"]
    late = first if every is None else max(limits[f"{RULE}.intervals"] * every, 60 * limits[f"{RULE}.least_min"])
    values |= {"age": Seconds(seconds), "every": Seconds(every or 0.0), "late": Seconds(min(late, longest))}
    verdict = Verdict.FAIL if seconds > longest else Verdict.WARN if seconds > late else Verdict.PASS
    return Finding(
        RULE,
        verdict,
        meter.key,
        figure=round(seconds / 60, 1),
        unit="min",
        limit=round((longest if verdict is Verdict.FAIL else min(late, longest)) / 60, 1),
        limits=tuple(f"{RULE}.{name}" for name in ("unlearnt_h", "intervals", "least_min", "fail_h")),
        window_s=record.remembered_s,
        variant="" if verdict is Verdict.FAIL or every is not None else "unlearnt",
        values=values,
    )


def _undated(record: Record, meter: Observed, external: External, values: dict[str, Word]) -> Finding:
    """A meter without a usable time: it sent none, or one that cannot be one.

    That a smart meter's clock is wrong is the finding of another rule, and its times are wrong with it.
    """
    clock = meter.device.clock
    if clock is not None and (clock.value < EARLIEST or ahead_s(meter.device, record.now, record.zone)):
        return Finding(RULE, Verdict.UNTESTABLE, meter.key, variant="clock", values=values)
    if record.installation.synchronised is False and clock is None:
        return Finding(RULE, Verdict.UNTESTABLE, meter.key, variant="own-clock", values=values)
    if external.timestamp is not None:
        values["stamp"] = f"{external.timestamp:%Y-%m-%d %H:%M}"
        return Finding(RULE, Verdict.WARN, meter.key, variant="future", values=values)
    if external.misdated:
        return Finding(RULE, Verdict.WARN, meter.key, variant="misdated", values=values)
    return Finding(RULE, Verdict.UNTESTABLE, meter.key, variant="no-time", values=values)
