"""Which meters of the history the bill is made of: no device is asked, so the series themselves must tell."""

from __future__ import annotations

from collections.abc import Mapping

from tui.core.model import DeviceSetting, Role
from tui.core.money.cost import Meter, Meters
from tui.core.past.history import TOTAL, Past, Series
from tui.engine.keeping.costing import UNITS, per_unit


class UnclearError(Exception):
    """It cannot be told; the text is a sentence that says what to do."""


def meters_in(past: Past, words: Mapping[str, DeviceSetting], now: float) -> Meters:
    """The meters of the grid, and of gas, water and heat. Raises `UnclearError`.

    A meter of the grid is one that the user gave that role, else the one that sends the id of a smart meter or has
    meters behind it. Of two dongles on one smart meter it is the one that came last.
    """
    series = past.series()
    devices = {one.device: one for one in series if not one.kind}
    told = [key for key in devices if key in words and words[key].role is Role.GRID]
    grid = told or _by_themselves(series, devices, words)
    if not grid:
        raise UnclearError("nothing of a P1 meter was kept yet: leave hwtui running, on the screen or as a service")
    if len(grid) > 1 and not told:
        raise UnclearError(
            f"there are {len(grid)} P1 meters on different smart meters ({', '.join(grid)}): "
            'give the one of the house role = "grid" in the config file'
        )
    others: dict[str, Meter] = {}
    for one in series:  # the newest of a kind comes last
        name = one.kind.removesuffix("_meter")
        factor = per_unit(name, one.unit) if one.device in grid and name in UNITS else None
        if factor is not None:
            others[name] = Meter(one.place, TOTAL, factor)
    if "water" not in others and len(water := [key for key in devices if _counts_water(past, key, now)]) == 1:
        others["water"] = Meter(water[0], "water_total_m3")
    return Meters(tuple(grid), others)


def _by_themselves(
    series: tuple[Series, ...], devices: Mapping[str, Series], words: Mapping[str, DeviceSetting]
) -> list[str]:
    above = {one.device for one in series if one.kind}
    free = [key for key in devices if key not in words or words[key].role is None]
    by_meter = {devices[key].meter or key: key for key in free if devices[key].meter or key in above}
    return list(by_meter.values())


def _counts_water(past: Past, place: str, now: float) -> bool:
    begins = past.begins(place)
    if begins is None:
        return False
    start, end = begins // 900 * 900, -(-now // 900) * 900
    return start < end and past.amounts(place, "water_total_m3", (start, end))[0] is not None
