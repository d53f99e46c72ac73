"""What a phase that is never at rest hides, and what not."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from tests.guided.houses import KINDS, House
from tests.guided.test_guided_houses import proven_wrong
from tests.guided.test_trial import Scene, idle, only_load, with_load
from tui.core.guided.answer import Question
from tui.core.guided.channel import Channel
from tui.core.guided.evidence import Foreign
from tui.core.guided.movement import Movements
from tui.core.guided.shared import apart

AT = 200


def hob(second: int, load: float = 0.0) -> float:
    """A ring of 1500 W, on for two seconds of four, beside the load."""
    return 100.0 + 1500.0 * (second % 4 < 2) + load


def watched(watts: Callable[[int], float | None], seconds: int = AT + 20) -> Channel:
    channel = Channel()
    for second in range(seconds):
        channel.take(float(second), watts(second))
    return channel


def fit(watts: Callable[[int], float | None], size: float) -> float:
    """How well a step of a size fits into what a channel did at the moment, by what it did before and after."""
    return Movements(watched(watts), [(AT - 12.0, AT + 12.0)]).fit(float(AT), size)


@pytest.mark.parametrize(
    ("watts", "size", "least", "most"),
    [
        pytest.param(lambda at: hob(at, 2000.0 * (at >= AT)), 2000.0, 3.0, 25.0, id="a step beside a hob"),
        pytest.param(lambda at: hob(at, 2000.0 * (at >= AT)), -2000.0, 0.1, 1.0, id="the contrary one says nothing"),
        pytest.param(lambda at: hob(at, -2000.0 * (at >= AT)), -2000.0, 3.0, 25.0, id="off beside a hob"),
        pytest.param(hob, 2000.0, 0.0, 0.003, id="a hob hides none of another size"),
        pytest.param(hob, 1500.0, 0.1, 10.0, id="but one of its own size"),
        pytest.param(lambda at: 100.0, 2000.0, 0.0, 0.001, id="at rest"),
        pytest.param(lambda at: 100.0 + 700.0 * (at >= AT), 2000.0, 0.2, 5.0, id="something else: nobody knows"),
        pytest.param(lambda at: None if abs(at - AT) < 3 else 100.0, 2000.0, 1.0, 1.0, id="not measured"),
    ],
)
def test_how_well_a_step_fits_into_what_a_phase_does(
    watts: Callable[[int], float | None], size: float, least: float, most: float
) -> None:
    assert least <= fit(watts, size) <= most


def test_a_movement_is_from_before_a_step_to_after_it_wherever_it_is_seen() -> None:
    channel = watched(lambda at: 100.0 + 1000.0 * (at >= AT) + 1000.0 * (at > AT))  # shared by two samples
    assert [channel.movement(at) for at in (AT - 1, AT, AT + 1)] == [1000.0, 2000.0, 2000.0]
    assert channel.movement(AT + 8) == 0.0
    assert math.isnan(Channel().movement(0.0))
    assert 2000.0 not in channel.movements(600, [(AT - 3.0, AT + 2.0)])
    assert channel.movements(600, [(0.0, 1000.0)]) == []


def test_a_hob_on_another_phase_has_no_share_of_a_step() -> None:
    load, other = watched(lambda at: 100.0 + 2000.0 * (at >= AT)), watched(hob)
    steps = [step for step in load.steps if step.size > 1000.0]
    assert apart(steps, [(other, Foreign(other, ()))]) > 5.0
    sharing = watched(lambda at: hob(at, 2000.0 * (at >= AT)))
    assert apart(steps, [(sharing, Foreign(sharing, ()))]) < 5.0


@pytest.mark.parametrize("seed", [44, 863])
def test_a_phase_is_proven_though_another_one_is_never_at_rest(seed: int) -> None:
    """Houses that were not sure before movements were weighed: a restless phase might have hidden a share."""
    house = House(KINDS[1], seed).run()
    assert house.is_sure
    assert proven_wrong(house) == []


def test_half_the_size_on_another_phase_makes_it_no_load_of_two() -> None:
    """A ring that takes half of what the kettle takes, and switches with it."""

    def half(second: int, load: float) -> float:
        return 300.0 + load * 0.5

    answers = Scene({"meter": {0: only_load}, "grid": {1: with_load, 2: half, 3: idle}}).run()
    assert not answers[Question.PHASE].is_final
