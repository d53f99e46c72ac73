"""Rules on the telegrams of a smart meter: how often they come, their checksum, and the clock in them."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from tui.core.api.metertime import EARLIEST, ahead_of
from tui.core.checks.finding import Finding, Seconds, Term, Verdict, Word
from tui.core.checks.record import Observed, Record
from tui.core.quantities import DSMR_5

RATE, CHECKSUM, CLOCK = "telegram.rate", "telegram.crc", "meter.clock"
LEAST_STEPS = 3
"""Steps of the clock that a rate rests on, at least."""


# ------------------------------------------------------------------ telegram.rate


def rate(record: Record) -> Iterator[Finding]:
    """`telegram.rate`: how often the smart meter really sends, by the clock in its telegrams."""
    meters = list(record.grid_meters)
    if not meters:
        yield Finding(RATE, Verdict.NA)
    for meter in meters:
        yield _rate_of(record, meter)


def _rate_of(record: Record, meter: Observed) -> Finding:
    limits, telegrams = record.limits, meter.telegrams
    frozen = meter.device.frozen
    watched = {"watched": Seconds(record.watched_s)}
    lasted = 0.0 if frozen is None else record.now.age_of(frozen)
    if frozen is not None and lasted >= limits[f"{RATE}.frozen_s"]:
        values: dict[str, Word] = {"at": frozen, "lasted": Seconds(lasted)}
        named = (f"{RATE}.frozen_s",)
        return Finding(RATE, Verdict.FAIL, meter.key, figure=lasted, unit="s", limits=named, values=values)
    if record.installation.recorded:
        return Finding(RATE, Verdict.UNTESTABLE, meter.key, variant="recorded")
    if len(telegrams.steps_s) < LEAST_STEPS:
        if meter.device.clock is not None:
            return Finding(RATE, Verdict.UNTESTABLE, meter.key, variant="few", values=watched)
        answers = meter.device.measurement is not None
        if answers and record.now.age_of(meter.since) >= limits[f"{RATE}.no_clock_s"]:
            return Finding(RATE, Verdict.INFO, meter.key, limits=(f"{RATE}.no_clock_s",), values=watched)
        variant = "no-clock" if telegrams.read else "not-yet"
        return Finding(RATE, Verdict.UNTESTABLE, meter.key, variant=variant, values=watched)
    name = "dsmr5_s" if (meter.device.number("protocol_version") or 0) >= DSMR_5 else "older_s"
    figure, usual = median(telegrams.steps_s), limits[f"{RATE}.{name}"]
    most = usual * limits[f"{RATE}.factor"]
    return Finding(
        RATE,
        Verdict.WARN if figure > most else Verdict.PASS,
        meter.key,
        figure=figure,
        unit="s",
        limit=most,
        limits=(f"{RATE}.{name}", f"{RATE}.factor"),
        window_s=sum(telegrams.steps_s),
        values={"usual": f"{usual:g}", "count": len(telegrams.steps_s)},
    )


# ------------------------------------------------------------------ telegram.crc


def crc(record: Record) -> Iterator[Finding]:
    """`telegram.crc`: whether the checksums of the telegrams are right."""
    found = False
    for meter in record.grid_meters:
        found = True
        telegrams, most = meter.telegrams, record.limits[f"{CHECKSUM}.wrong"]
        right = telegrams.checked - telegrams.wrong
        values: dict[str, Word] = {"wrong": telegrams.wrong, "right": right, "count": telegrams.checked}
        if not telegrams.read:
            variant = "recorded" if record.installation.recorded else ""
            yield Finding(CHECKSUM, Verdict.UNTESTABLE, meter.key, variant=variant)
        elif not telegrams.checked:
            yield Finding(CHECKSUM, Verdict.NA, meter.key, variant="none")
        else:
            yield Finding(
                CHECKSUM,
                Verdict.WARN if telegrams.wrong > most else Verdict.PASS,
                meter.key,
                figure=telegrams.wrong,
                limit=most,
                limits=(f"{CHECKSUM}.wrong",),
                values=values,
            )
    if not found:
        yield Finding(CHECKSUM, Verdict.NA)


# ------------------------------------------------------------------ meter.clock


def clock(record: Record) -> Iterator[Finding]:
    """`meter.clock`: the smart meter's clock against this computer's."""
    found = False
    for meter in record.grid_meters:
        found = True
        yield _clock_of(record, meter)
    if not found:
        yield Finding(CLOCK, Verdict.NA)


def _clock_of(record: Record, meter: Observed) -> Finding:
    limits, read = record.limits, meter.device.clock
    if meter.device.frozen is not None:
        return Finding(CLOCK, Verdict.UNTESTABLE, meter.key, variant="frozen")
    if read is None:
        variant = "no-clock" if meter.telegrams.read else "recorded" if record.installation.recorded else "not-yet"
        return Finding(CLOCK, Verdict.UNTESTABLE, meter.key, variant=variant)
    # This computer's clock may have been set since: its present one tells when that was.
    ahead = ahead_of(read.value, record.now.utc_of(read.at), record.zone)
    off, synchronised = abs(ahead), record.installation.synchronised
    if off <= limits[f"{CLOCK}.warn_s"]:
        verdict, name, variant = Verdict.PASS, "warn_s", "" if off >= 1 else "exact"
    elif synchronised is False:
        verdict, name, variant = Verdict.UNTESTABLE, "warn_s", "own-clock"
    elif off <= limits[f"{CLOCK}.fail_s"] or synchronised is None:
        verdict, name, variant = Verdict.WARN, "warn_s", "" if synchronised else "unsure"
    else:
        verdict, name, variant = Verdict.FAIL, "fail_s", "never-set" if read.value < EARLIEST else ""
    return Finding(
        CLOCK,
        verdict,
        meter.key,
        figure=off,
        unit="s",
        limit=limits[f"{CLOCK}.{name}"],
        limits=(f"{CLOCK}.warn_s", f"{CLOCK}.fail_s"),
        variant=variant,
        values={
            "off": Seconds(off),
            "way": Term("ahead" if ahead > 0 else "behind"),
            "synchronised": Term(_SYNCHRONISED[synchronised]),
        },
    )


_SYNCHRONISED = {True: "own-clock-right", False: "own-clock-loose", None: "own-clock-unknown"}
