"""Judges the times in an answer, so that nothing after it takes a claim for a fact. Pure, and done before `reduce`.

A time that cannot be one is taken out and a note says so; it comes back by itself if only this computer's clock was
wrong, since each answer is judged anew.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, tzinfo

from tui.core.api.metertime import EARLIEST, is_plausible
from tui.core.events import Measured
from tui.core.external import is_empty_channel
from tui.core.reading import External, Measurement
from tui.core.text import readable_id


def dated(event: Measured, zone: tzinfo) -> Measured:
    """The event with only plausible times; `zone` is that of the meters."""
    measurement = _judged(event.measurement, event.at.utc, zone)
    return event if measurement is event.measurement else event._replace(measurement=measurement)


def _judged(measurement: Measurement, utc: float, zone: tzinfo) -> Measurement:
    """The measurement without impossible times, its external meters newest first within each type."""
    wrong = {
        name: value
        for name, value in measurement.values.items()
        if isinstance(value, datetime) and not is_plausible(value, utc, zone)
    }
    notes = [_note(name, value) for name, value in wrong.items()]
    meters = []
    for meter in measurement.external:
        if meter.timestamp is not None and not is_plausible(meter.timestamp, utc, zone):
            stamp, meter = meter.timestamp, replace(meter, timestamp=None, misdated=True)
            if is_empty_channel(meter):
                continue
            notes.append(_note(f"time of {meter.type} {readable_id(meter.unique_id or '')}".rstrip(), stamp))
        meters.append(meter)
    external = newest_first(meters)
    if not notes and external == measurement.external:
        return measurement
    values = {name: value for name, value in measurement.values.items() if name not in wrong}
    return replace(measurement, values=values, external=external, notes=(*measurement.notes, *notes))


def _note(what: str, stamp: datetime) -> str:
    why = f"before {EARLIEST.year}" if stamp < EARLIEST else "more than a day ahead of this computer's clock"
    return f"{what}: {stamp.isoformat(sep=' ', timespec='minutes')} is {why}, ignored"


def newest_first(meters: Iterable[External]) -> tuple[External, ...]:
    """Types keep the order of the answer; within a type the newest comes first, and those without a time last.

    After a meter is replaced, both are listed for a while, in any order. Those of one type and id, or without one, keep
    their order among themselves: only that tells them apart (`external.keyed`).
    """
    meters = tuple(meters)
    if len({meter.type for meter in meters}) == len(meters):
        return meters
    newest = sorted(meters, key=lambda meter: meter.timestamp or datetime.min, reverse=True)
    of_type = {meter.type: iter([other for other in newest if other.type == meter.type]) for meter in meters}
    names = [_name(next(of_type[meter.type])) for meter in meters]
    of_name = {name: iter([meter for meter in meters if _name(meter) == name]) for name in names}
    return tuple(next(of_name[name]) for name in names)


def _name(meter: External) -> tuple[str, str | None]:
    return meter.type, meter.unique_id
