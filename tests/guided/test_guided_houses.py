"""Guided tests in simulated houses: no wrong phase, direction, name or rise is ever proven, and few stay unsure.

All 1 000 houses of each kind are in `python -m tests.bench.guided`; here are the first 50, with the same seeds, but
watched for a shorter time before.
"""

from __future__ import annotations

import pytest

from tests.guided import houses, wired
from tests.guided.houses import KINDS, House
from tests.guided.solar import SOLAR, SolarHouse
from tests.guided.solar import house as house_of
from tui.core.guided.judging import Wiring
from tui.core.guided.trial import Meter, Trial

HOUSES, INVERTERS, BEFORE_S = 50, 10, 45
MOST_NOT_SURE, MOST_SLOW = 3, 6
"""Of these 50, and of those with a smart meter that has news every 10 s: the benchmark has the shares."""


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_wrong_is_proven_and_few_stay_unsure(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (houses, wired):
        monkeypatch.setattr(module, "BEFORE_S", BEFORE_S)
    wrong, not_sure = {}, []
    for seed in range(HOUSES):
        house = House(kind, seed).run()
        if said := proven_wrong(house):
            wrong[seed] = said
        if not house.is_sure:
            not_sure.append(seed)
    assert wrong == {}
    assert len(not_sure) <= (MOST_SLOW if kind == "P1 3-phase DSMR 4" else MOST_NOT_SURE), not_sure


def proven_wrong(house: House) -> list[str]:
    return sorted(text for text in house.said_wrong | set(house.wrong()) if text.startswith("proven"))


def test_an_inverter_is_switched_off_and_tells_its_direction_and_phase() -> None:
    """It takes minutes to start again: each time that it is needed again costs the simulation as much."""
    every = [SolarHouse(SOLAR, seed) for seed in range(INVERTERS)]
    for house in every:
        house.run()
    assert {seed: said for seed, house in enumerate(every) if (said := proven_wrong(house))} == {}
    turned = [one for house in every for one in house.trial.answers if one.question == "direction"]
    assert [one.certainty for one in turned] == ["proven"] * INVERTERS
    assert sum(house.is_sure for house in every) >= INVERTERS - 2


@pytest.mark.parametrize("kind", ["HWE-KWH1", "P1 3-phase DSMR 5"])
def test_where_nobody_acts_nothing_is_proven(kind: str) -> None:
    for seed in range(5):
        house = House(kind, seed)
        house.is_deaf = True
        assert house.run().ever_proven == set(), seed


def test_a_house_is_the_same_each_time() -> None:
    first, again = (House(KINDS[2], 11).run() for _ in range(2))
    assert (first.trial.answers, first.trial.cues, first.values) == (
        again.trial.answers,
        again.trial.cues,
        again.values,
    )


def test_the_houses_have_what_makes_it_hard() -> None:
    """Reversed meters, mixed up names, slow meters, 3x230 V, other ratios, and a meter that the connection misses."""
    houses = [House(kind, seed) for kind in KINDS for seed in range(HOUSES)]
    assert {house.truth.sign for house in houses} == {1, -1}
    assert {house.truth.names_ok for house in houses} == {True, False}
    assert {house.truth.ratio for house in houses} == {0.0, 0.5, 1.0, 2.0}
    assert {house.truth.halves for house in houses} >= {False}
    assert {house.connection.slow for house in houses} == {True, False}
    assert {house.declared for house in houses} == {"three", "one", "total-only", "no-neutral"}
    assert {house.no_connection for house in houses} == {True, False}
    assert max(house.connection.delay_s for house in houses) > 9.5


class UndeclaredHouse(House):
    """3x230 V that nobody declared: the load is between L1 and L3, and half of it shows on each. It is on no phase."""

    def _grid(self) -> tuple[Wiring, bool, bool]:
        super()._grid()
        self.no_connection = False
        return Wiring.NO_NEUTRAL, False, False

    def __init__(self, seed: int) -> None:
        super().__init__(KINDS[0], seed)
        self.connection.meter = Meter("grid", (1, 2, 3))
        self.truth.halves, self.truth.load_phase = True, 0
        self.subject = self.behind = None
        self.wired = []
        self.trial = Trial(None, self.connection.meter, Wiring.THREE, [])


def test_a_load_on_two_phases_is_on_none_of_them_however_restless_one_is() -> None:
    every = {seed: UndeclaredHouse(seed).run().ever_proven for seed in (1, 4, 5, 35, 102)}  # each proved one before
    assert [seed for seed, proven in every.items() if proven] == []


def test_a_meter_whose_load_is_on_two_phases_proves_none_where_one_is_restless() -> None:
    house = House(KINDS[0], 1926).run()
    assert house.truth.halves
    assert proven_wrong(house) == []


@pytest.mark.parametrize(
    ("kind", "seed"),
    [
        pytest.param(SOLAR, 4633, id="an oven on the group of an inverter"),
        pytest.param(SOLAR, 5393, id="a washing machine there"),
        pytest.param(KINDS[0], 3375, id="the rise by a single step"),
        pytest.param(KINDS[0], 3593, id="a hob of half the size on another phase"),
        pytest.param(KINDS[1], 3975, id="a slow meter that averages"),
    ],
)
def test_what_blind_seeds_found(kind: str, seed: int) -> None:
    """Each proved something wrong once."""
    assert proven_wrong(house_of(kind, seed).run()) == []
