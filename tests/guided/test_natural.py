"""What the steps of an hour make likely, without a person: out of the record, in bites, and never a proof."""

from __future__ import annotations

from random import Random

import pytest

from tests.checks.house import House
from tests.guided.loads import cycling
from tests.guided.natural import said_of
from tui.core.checks import earlier
from tui.core.checks.record import Record
from tui.core.events import Configured
from tui.core.guided.guide import samples
from tui.core.guided.natural import BITE, Natural, likely_of
from tui.core.guided.proof import Proof
from tui.core.model import DeviceSetting, Role

LASTS_S = 1200


def house(seconds: int = LASTS_S) -> House:
    """A heat pump on L2 that comes and goes, behind a kWh meter that was mounted the wrong way round."""
    one, random = House(), Random(3)
    pump = cycling(random, 900.0, (60, 200), (60, 200))
    watts = [pump(second) for second in range(seconds + 2)]
    noise = [random.gauss(200, 4) for _ in range(seconds + 2)]

    def grid(second: int) -> dict[str, float | int]:
        phases = {"power_l1_w": 150.0, "power_l2_w": noise[second] + watts[second], "power_l3_w": 80.0}
        return {**phases, "power_w": sum(phases.values()), "protocol_version": 50}

    one.meter(grid)
    one.meter(lambda second: {"power_w": -watts[second]}, "HWE-KWH1")
    return one.run(seconds)


def told(proofs: tuple[Proof, ...]) -> dict[str, str]:
    return {str(one.answer.question): f"{one.answer.certainty} {one.answer.value}" for one in proofs}


@pytest.fixture(scope="module")
def record() -> Record:
    """That of the house."""
    return house().record


def test_the_phase_and_direction_of_a_meter_are_likely_after_a_while(record: Record) -> None:
    found = likely_of(record)
    assert told(found) == {"phase": "likely L2", "direction": "likely reversed"}
    assert all(one.answer.steps > 5 and one.device == "5c2faf000001" for one in found)
    assert likely_of(house(120).record) == ()


def test_bites_lead_to_the_same_and_each_is_small(record: Record) -> None:
    natural, bites = Natural(record.installation.profile), 0
    while not natural.look(record):
        bites += 1
    assert bites >= len(record.observed) * LASTS_S // BITE
    assert told(natural.likely) == told(likely_of(record))
    assert natural.look(record)


def test_the_record_keeps_an_hour_of_powers_and_each_answer_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a shorter one: it would take as long as it lasts."""
    hour = 600
    monkeypatch.setattr(earlier, "HOUR", hour)
    (grid, meter) = house(900).record.observed
    for one, phases in ((grid, {0, 1, 2, 3}), (meter, {0})):
        taken = list(samples(one, 0.0))
        times = [at for at, _ in taken]
        assert hour - 60 <= len(times) <= hour + 60
        assert times == pytest.approx([times[0] + after for after in range(len(times))], abs=0.01)
        assert {frozenset(watts) for _, watts in taken} == {frozenset(phases)}
        assert len(list(samples(one, times[-100]))) == 99


def test_a_meter_that_is_turned_in_the_settings_begins_anew() -> None:
    one = house(400)
    assert one.record.observed[1].earlier
    one.tell(Configured("5c2faf000001", DeviceSetting(inverted=True)))
    one.run(2)
    assert one.record.observed[1].earlier == ()


def test_of_a_meter_of_the_connection_nothing_is_said() -> None:
    one = house(30)
    one.tell(Configured("5c2faf000001", DeviceSetting(role=Role.GRID)))
    assert likely_of(one.record) == ()


@pytest.mark.parametrize("kind", ["HWE-SKT", "HWE-KWH1", "HWE-KWH3"])
def test_nothing_wrong_is_likely_in_simulated_houses(kind: str) -> None:
    """`python -m tests.bench.guided --natural` has more of them, for an hour each."""
    said = [one for seed in range(2) for one in said_of(kind, seed, seconds=1200)]
    assert [one for one in said if not one.is_so] == []
