"""A past that knows what was counted in each quarter of an hour."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from tui.core.graph.bucket import Bucket
from tui.core.past.history import Amount, Level, Row, Series

QUARTER_S = 900


class PastOf:
    """`quarters`: what a counter moved, by place and quantity and then by the start of the quarter. What is absent
    between the first and the last is a gap."""

    def __init__(
        self, quarters: Mapping[tuple[str, str], Mapping[float, float]], series: Sequence[Series] = ()
    ) -> None:
        self.quarters = quarters
        self.all_series = tuple(series)
        self.asked = 0

    def amounts(self, place: str, quantity: str, cuts: Sequence[float]) -> tuple[Amount | None, ...]:
        self.asked += 1
        return tuple(self._amount(place, quantity, *pair) for pair in pairwise(cuts))

    def _amount(self, place: str, quantity: str, start: float, end: float) -> Amount | None:
        assert start % QUARTER_S == 0
        assert start < end
        of = self.quarters.get((place, quantity), {})
        inside = sorted(at for at in of if start <= at < end)
        if not inside:
            return None
        later = any(at >= end for at in of)
        since, until = inside[0], inside[-1] + QUARTER_S
        return Amount(
            sum(of[at] for at in inside),
            len(inside) * QUARTER_S,
            since if since > start else None,
            until if until < end and later else None,
            (until - since) > len(inside) * QUARTER_S,
        )

    def begins(self, place: str) -> float | None:
        return min((at for (of, _), some in self.quarters.items() if of == place for at in some), default=None)

    def series(self) -> tuple[Series, ...]:
        return self.all_series

    def window(self, place: str, quantity: str, start: float, end: float, columns: int) -> tuple[Bucket | None, ...]:
        return (None,) * columns

    def rows(self, place: str, level: Level, start: float, end: float) -> Iterator[Row]:
        return iter(())

    def highest_quarter(
        self, place: str, quantity: str, cuts: Sequence[float]
    ) -> tuple[tuple[float, float] | None, ...]:
        return (None,) * (len(cuts) - 1)
