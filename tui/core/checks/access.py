"""Rules on what a device is and what it allows: its local API, its address, its firmware."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime

from tui.core.checks.finding import Finding, Verdict
from tui.core.checks.record import Observed, Record
from tui.core.checks.series import DAY_S
from tui.core.model import Device, Role, State
from tui.core.state import state_of

_VERSION = re.compile(r"(\d{1,3})\.(\d{1,2})(\d{2})?", re.ASCII)
"""x.yy or x.yyzz (API documentation, versioning)."""
_NUMBERED = re.compile(r"[\d.]+(:\d+)?", re.ASCII)
"""An IPv4 address: a name given by hand and the address behind it are one place."""


# ------------------------------------------------------------------ the local API


def api(record: Record) -> Iterator[Finding]:
    """`api`: whether each device that can be reached lets its local API be used.

    The answer of the device decides, else what it announces. One with API v2 only is asked once it is paired.
    """
    allowed = 0
    findings: list[Finding] = []
    for one in record.observed:
        state = state_of(one.device, record.now)
        if state is State.API_DISABLED:
            findings.append(Finding("api", Verdict.FAIL, one.key))
        elif state is State.NOT_PAIRED:
            findings.append(Finding("api", Verdict.INFO, one.key, variant="not-paired"))
        elif one.device.link.last_answer is not None:
            allowed += 1
    yield from findings
    if allowed:
        yield Finding("api", Verdict.PASS, values={"count": allowed})
    elif not findings:
        verdict, variant = (Verdict.UNTESTABLE, "no-answer") if record.observed else (Verdict.NA, "")
        yield Finding("api", verdict, variant=variant)


# ------------------------------------------------------------------ the identity


def identity(record: Record) -> Iterator[Finding]:
    """`identity`: a device that moved to another address, one that is at two, and two dongles on one smart meter."""
    findings = [found for one in record.observed for found in _identity_of(record, one)]
    yield from findings
    known = sum(bool(one.addresses) for one in record.observed)
    if not findings:
        yield Finding("identity", Verdict.PASS if known else Verdict.NA, values={"count": known})


def _identity_of(record: Record, one: Observed) -> Iterator[Finding]:
    if one.device.same_meter_as is not None:
        other = next((each.device for each in record.observed if each.device.serial == one.device.same_meter_as), None)
        values = {"other": (other.label if other is not None else one.device.same_meter_as)[:16]}
        yield Finding("identity", Verdict.INFO, one.key, variant="same-meter", values=values)
    before = record.installation.before.get(one.key)
    if before is not None and before.replaced is not None:
        day = datetime.fromtimestamp(before.replaced, record.zone)
        yield Finding(
            "identity", Verdict.INFO, one.key, variant="replaced", values={"day": day.strftime("%Y-%m-%d %H:%M")}
        )
    places = [place for place in one.addresses if _NUMBERED.fullmatch(place[0])]
    longest, since = 60 * record.limits["identity.back_min"], record.now.monotonic - DAY_S
    back = _came_back(places, longest, since)
    if back is not None:
        yield Finding(
            "identity",
            Verdict.WARN,
            one.key,
            limits=("identity.back_min",),
            variant="two-places",
            values={"address": back[0], "other": back[1]},
        )
    elif len(places) > 1 and places[-1][1] >= since:
        values = {"address": places[-1][0], "other": places[-2][0]}
        yield Finding("identity", Verdict.INFO, one.key, variant="moved", values=values)


def _came_back(places: Sequence[tuple[str, float]], longest_s: float, since: float) -> tuple[str, str] | None:
    """The newest two addresses of which the first was left for the second and taken again within `longest_s`, and
    after `since` (monotonic)."""
    for first, other, again in zip(places[-3::-1], places[-2::-1], places[::-1], strict=False):
        if first[0] == again[0] and again[1] - other[1] <= longest_s and again[1] >= since:
            return first[0], other[0]
    return None


# ------------------------------------------------------------------ the firmware


def firmware(record: Record) -> Iterator[Finding]:
    """`firmware`: what a newer one would bring: API v2, and the modes of a battery where the house has one."""
    battery = any(True for _ in record.with_role(Role.BATTERY))
    findings = [found for one in record.observed for found in _firmware_of(record, one, battery=battery)]
    yield from findings
    known = sum(_version(one.device) is not None for one in record.observed)
    if not findings:
        yield Finding("firmware", Verdict.PASS if known else Verdict.NA, values={"count": known})


def _firmware_of(record: Record, one: Observed, *, battery: bool) -> Iterator[Finding]:
    product = one.device.product
    kind = "p1" if product.is_grid_meter else "kwh" if product.can_be_inverted else None
    version = _version(one.device)
    if kind is None or version is None:
        return
    wanted = ("v2", "modes") if battery else ("v2",)
    for what in wanted:
        name = f"firmware.{kind}_{what}"
        limit = record.limits[name]
        if version < limit:
            yield Finding(
                "firmware",
                Verdict.INFO,
                one.key,
                figure=version,
                limit=limit,
                limits=(name,),
                variant=what,
                values={"version": (one.device.firmware_version or "")[:12]},
            )
            return


def _version(device: Device) -> float | None:
    """A version as a number to compare: "6.0305" as 6.0305, "4.19" as 4.19; None if it is none.

    The part after the point is a minor version of two digits and a patch of two, not a fraction.
    """
    found = _VERSION.fullmatch((device.firmware_version or "").strip())
    if found is None:
        return None
    return round(int(found[1]) + int(found[2]) / 100 + int(found[3] or 0) / 10000, 4)
