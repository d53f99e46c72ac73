"""The words for what was counted today and yesterday: "in 4.2  out 6.1 kWh", "gas 1.86 m3", "since 12:22".

Energy has one decimal, so that the figure does not tick.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import tzinfo
from typing import NamedTuple

from tui.core.counting.ownuse import EXPORT, IMPORT, OwnUse, own_use
from tui.core.counting.today import Today
from tui.core.external import kind_name
from tui.core.house import grid_meters
from tui.core.model import Device, Fleet, Role
from tui.core.moment import Now
from tui.core.past.history import TOTAL, Amount, place_of
from tui.core.reading import External
from tui.core.text import clean
from tui.core.wording import clock, number

WATER = "water_total_m3"
_LEAST_OUT_KWH = 0.05
"""A load that delivered less than is shown has no "out"."""


class Counted(NamedTuple):
    """One figure of a day."""

    name: str
    """ "in", "out", "gas"; "" where only one can be meant."""
    value: float
    decimals: int
    unit: str
    amount: Amount

    @property
    def figure(self) -> str:
        """ "4.2"; "none" for a house that delivered nothing."""
        return "none" if self.name.startswith("out") and self.value == 0 else number(self.value, self.decimals)


def electric(device: Device, day: Mapping[str, Amount]) -> list[Counted]:
    """What a device's own counters say of a day: in and out, or the one that matters for what it measures."""
    into, out, water = day.get(IMPORT), day.get(EXPORT), day.get(WATER)
    if water is not None:
        return [Counted("", water.value, 3, "m3", water)]
    if device.role is Role.SOLAR and out is not None:
        return [Counted("", out.value, 1, "kWh", out)]
    both = device.role in (Role.GRID, Role.BATTERY) or device.product.is_grid_meter
    if out is not None and (both or into is None or out.value >= _LEAST_OUT_KWH):
        names = (("in", into), ("out", out))
        return [Counted(name, one.value, 1, "kWh", one) for name, one in names if one is not None]
    return [] if into is None else [Counted("in" if both else "", into.value, 1, "kWh", into)]


def behind(device: Device, meter: External, day: Mapping[str, Amount]) -> Counted | None:
    """The same of a meter behind a P1; `day` is that of its place (`place_of_meter`)."""
    amount = day.get(TOTAL)
    if amount is None:
        return None
    decimals = 2 if meter.type == "gas_meter" else 3
    return Counted(kind_name(meter.type).lower(), amount.value, decimals, clean(meter.unit or "", 8), amount)


def place_of_meter(device: Device, meter: External) -> str:
    """The place of a meter behind a P1."""
    return place_of(device.key, meter.type)


def together(figures: list[Counted], gap: str = "  ") -> str:
    """ "in 4.2  out 6.1 kWh": one unit for all."""
    parts = [f"{one.name} {one.figure}".strip() for one in figures]
    units = figures[0].unit if figures else ""
    return f"{gap.join(parts)} {units}" if parts and not parts[-1].endswith("none") else gap.join(parts)


def partial(figures: list[Counted], zone: tzinfo) -> str:
    """What of the day was counted: "since 12:22", "until 20:00", "with gaps"; "" for a whole one."""
    return ", ".join(_partial(figures, zone))


def since_of(figures: list[Counted], zone: tzinfo) -> str | None:
    """From when: "12:22"; None where it is from midnight."""
    starts = [one.amount.since for one in figures if one.amount.since is not None]
    return clock(max(starts), zone) if starts else None


def _partial(figures: list[Counted], zone: tzinfo) -> Iterator[str]:
    if since := since_of(figures, zone):
        yield f"since {since}"
    ends = [one.amount.until for one in figures if one.amount.until is not None]
    if ends:
        yield f"until {clock(min(ends), zone)}"
    if any(one.amount.gaps for one in figures):
        yield "with gaps"


def own_words(own: OwnUse | None) -> str:
    """ "own use 62 % of 11.3 kWh sun"; "" without sun."""
    if own is None or own.share is None:
        return ""
    return f"own use {own.share * 100:.0f} % of {number(own.sun_kwh, 1)} kWh sun"


def sufficiency_words(own: OwnUse | None) -> str:
    """ "self-sufficient 48 %"; "" where it is not known."""
    return "" if own is None or own.self_sufficiency is None else f"self-sufficient {own.self_sufficiency * 100:.0f} %"


def day_lines(device: Device, days: Mapping[str, Today], fleet: Fleet, now: Now, zone: tzinfo) -> list[str]:
    """ "today      in 4.2  out 6.1 kWh, gas 0.42 m3, own use 62 % of 11.3 kWh sun", and the same of yesterday."""
    lines = []
    for label in ("today", "yesterday"):
        told = {place: (one.yesterday if label == "yesterday" else one.today) for place, one in days.items()}
        figures = electric(device, told.get(device.key, {}))
        parts = [" ".join((together(figures), note)) if (note := partial(figures, zone)) else together(figures)]
        kinds: dict[str, External] = {}
        for meter in meters_of(device):
            kinds.setdefault(meter.type, meter)
        for kind, meter in kinds.items():
            found = behind(device, meter, told.get(place_of(device.key, kind), {}))
            if found is not None:
                parts.append(" ".join(filter(None, (found.name, found.figure, found.unit, partial([found], zone)))))
        if device in grid_meters(fleet, now):
            own = own_use(fleet, now, days.get, yesterday=label == "yesterday")
            parts += [own_words(own), sufficiency_words(own)]
        text = ", ".join(filter(None, parts))
        if text:
            lines.append(f"{label:<10} {text}")
    return lines


def meters_of(device: Device) -> tuple[External, ...]:
    """The meters behind a P1, as last heard."""
    return device.measurement.value.external if device.measurement else ()
