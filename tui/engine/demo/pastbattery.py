"""What the batteries of a house did before it lived: a day of them from its flows alone.

A battery has no function of the second: what it does depends on its charge, and that on all it did before. But nearly
every night it is empty before the sun rises. So each day of the past is reckoned by itself, from an empty battery at
five in the morning; what a night left in it is forgotten then. From the moment at which the house begins to live its
batteries are followed second by second, exactly as the house itself does it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import lru_cache

from tui.engine.demo.battery import Group, Pack, error_w, towards_zero
from tui.engine.demo.house import QUARTER_S, ZONE, Circuit, group_of, local

CELL_S = 450
"""The step in which a day's charge is reckoned: the past looks at a house that often, too (`past.GLANCES`)."""
EMPTY_AT_H = 5

HouseW = Callable[[int], float]
"""What a house draws without its batteries at a UTC second."""


class BatteryPast:
    """Power and charge of one of a group of equal batteries, at any second of the past.

    `start` is when the house begins to live, and `key` that of its supply.
    """

    def __init__(self, circuits: tuple[Circuit, ...], house_w: HouseW, start: int, key: int) -> None:
        self._circuits, self._start, self._key = circuits, start, key
        self._count = len(group_of(circuits).packs)
        self._live = start - start % QUARTER_S
        self._house_w = house_w
        self._day = lru_cache(maxsize=4)(self._reckoned)
        self._group: Group | None = None
        self._lived: list[tuple[float, float]] = []

    def at(self, second: int) -> tuple[float, float]:
        """Power in W and charge, 0 to 1."""
        if second >= self._live:
            return self._lived_at(second)
        first = _morning(second)
        charges = self._day(first)
        cell, into = divmod(second - first, CELL_S)
        before, after = charges[cell], charges[cell + 1]
        pack = Pack("", before)
        pack.turn_to(self._wanted(second), CELL_S)
        return pack.watts, before + (after - before) * into / CELL_S

    def _wanted(self, second: int) -> float:
        seen_w = self._house_w(second) + error_w(self._key, second - self._start)
        return towards_zero(seen_w, self._count) / self._count

    def _reckoned(self, first: int) -> list[float]:
        """The charge at the beginning of each cell of the day from `first` on, and at its end."""
        pack, charges = Pack("", 0.0), [0.0]
        for second in range(first, _morning(first, 1), CELL_S):
            pack.turn_to(self._wanted(second), CELL_S)
            pack.store(CELL_S)
            charges.append(pack.charge)
        return charges

    def _lived_at(self, second: int) -> tuple[float, float]:
        """Since the house lives: one second after the other, as `House.step`."""
        group = self._group
        if group is None:
            group = self._group = group_of(self._circuits)
        while (at := self._live + len(self._lived)) <= second:
            if self._lived:
                group.store(1)
            group.follow(self._house_w(at), error_w(self._key, at - self._start))
            self._lived.append((group.packs[0].watts, group.packs[0].charge))
        return self._lived[second - self._live]


def _morning(second: int, days: int = 0) -> int:
    """The last time before `second` at which batteries are taken to be empty, or so many days after that."""
    clock = local(second - second % QUARTER_S)
    day = clock.date() - timedelta(days=0 if clock.hour >= EMPTY_AT_H else 1) + timedelta(days=days)
    return int(datetime(day.year, day.month, day.day, EMPTY_AT_H, tzinfo=ZONE).timestamp())


def charge_at_start(circuits: tuple[Circuit, ...], start: int, key: int) -> float:
    """How full the batteries of a house are when it begins to live."""

    def house_w(second: int) -> float:
        return sum(one.flow.at(second - start) for one in circuits)

    before = start - start % QUARTER_S - 1
    return BatteryPast(circuits, house_w, start, key).at(before)[1]
