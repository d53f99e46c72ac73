"""What stands beside the figures of a span: how much of its own sun the house used, and what its energy cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

from tui.core.counting.ownuse import EXPORT, IMPORT, OwnUse, own_use
from tui.core.counting.today import Today
from tui.core.graph.grid import Frame, Step, Unit, beside, floor
from tui.core.house import grid_meters
from tui.core.model import Fleet
from tui.core.moment import Now
from tui.core.money.cost import Cost, Meters
from tui.core.past.history import Amount, Past

_DAY = Step(1, Unit.DAY)


class Share(NamedTuple):
    """How much of its own sun a house used over some days."""

    sun_kwh: float
    used_kwh: float
    """Of it, what was not sent to the grid."""
    partly: bool = False
    """Whether there are days on which meters counted and no share can be told: those are not in it."""

    @property
    def of_sun(self) -> float:
        """0 to 1."""
        return self.used_kwh / self.sun_kwh


def own_uses(fleet: Fleet, now: Now, past: Past, frame: Frame) -> tuple[tuple[Share | None, ...], Share | None]:
    """The share of each column of whole days, and that of all of them; None where there is none to tell.

    It is reckoned by the day, as the panel does it: a day with a gap spoils no week.
    """
    days = [floor(_DAY, frame.start, frame.zone)]
    while days[-1] < min(frame.end, now.utc):
        days.append(beside(_DAY, days[-1], 1, frame.zone))
    known: dict[str, list[Mapping[str, Amount]]] = {}

    def of_day(place: str, day: int) -> Today:
        if place not in known:
            both = {name: past.amounts(place, name, days) for name in (IMPORT, EXPORT)}
            known[place] = [
                {name: one for name, found in both.items() if (one := found[at]) is not None}
                for at in range(len(days) - 1)
            ]
        return Today(known[place][day])

    found = [own_use(fleet, now, lambda place, day=day: of_day(place, day)) for day in range(len(days) - 1)]  # type: ignore[misc]
    if not any(found):
        return (None,) * frame.columns, None
    grid = [device.key for device in grid_meters(fleet, now)]
    counted = [any(of_day(place, day).today for place in grid) for day in range(len(days) - 1)]
    shares = []
    for start, end in pairwise(frame.cuts):
        within = [day for day in range(len(days) - 1) if start <= days[day] < end]
        shares.append(_share([found[day] for day in within if counted[day]]))
    return tuple(shares), _share([one for one, there in zip(found, counted, strict=True) if there])


def _share(days: Sequence[OwnUse | None]) -> Share | None:
    told = [one for one in days if one is not None]
    sunny = [(one.sun_kwh, one.share) for one in told if one.share is not None]
    if not sunny:
        return None
    return Share(sum(sun for sun, _ in sunny), sum(sun * share for sun, share in sunny), len(told) < len(days))


def billed(place: str, meters: Meters) -> tuple[str, ...]:
    """The parts of the bill that what is counted at a place makes: ("import", "export"), ("gas",), or none."""
    if place in meters.grid:
        return "import", "export"
    return tuple(name for name, meter in meters.others.items() if meter.place == place)


def cost_part(cost: Cost | None, names: Sequence[str]) -> Cost | None:
    """These parts of a cost, and what is missing of them; None without any."""
    if cost is None or not any(name in cost.parts for name in names):
        return None
    return replace(
        cost,
        parts={name: part for name, part in cost.parts.items() if name in names},
        uncounted_s={name: seconds for name, seconds in cost.uncounted_s.items() if name in names},
        unpriced={name: amount for name, amount in cost.unpriced.items() if name in names},
    )
