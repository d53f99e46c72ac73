"""Missing, null, jumping and repeated data: no rule on the supply raises, or fails a house without evidence."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.checks.house import House, Values
from tui.core.checks.finding import Verdict
from tui.core.checks.registry import RULES
from tui.core.model import Role

SUPPLY = (
    *("voltage.mean10", "voltage.inverter", "voltage.step", "voltage.unbalance", "neutral.loose", "frequency"),
    *("supply.events", "phase.skew", "phase.missing", "pv.cable"),
)
NAMES = (
    *(f"{stem}_l{phase}_{unit}" for phase in (1, 2, 3) for stem, unit in (("voltage", "v"), ("power", "w"))),
    *("power_w", "voltage_v", "current_l1_a", "frequency_hz", "any_power_fail_count", "voltage_sag_l1_count"),
)
PRODUCTS = ("HWE-P1", "HWE-KWH1", "HWE-KWH3", "HWE-SKT", "HWE-WTR", "XYZ-NEW")
anything = st.one_of(st.none(), st.floats(-1e9, 1e9, width=32), st.sampled_from([0.0, 115.0, 230.0, 253.0, 400.0]))


@settings(max_examples=25, deadline=None)
@given(
    answers=st.lists(st.none() | st.dictionaries(st.sampled_from(NAMES), anything), min_size=1, max_size=8),
    products=st.lists(st.tuples(st.sampled_from(PRODUCTS), st.sampled_from([None, *Role])), min_size=1, max_size=3),
    grid=st.sampled_from([None, "nl", "be-vlg", "be-bru-3x230"]),
    fuse=st.sampled_from([None, "1x25", "3x25"]),
    at_inverter=st.dictionaries(st.sampled_from(["5c2faf000000", "5c2faf000001", "x"]), st.integers(1, 3)),
    stays=st.integers(1, 90),
)
def test_whatever_devices_answer_every_finding_can_be_told(
    answers: list[Values | None],
    products: list[tuple[str, Role | None]],
    grid: str | None,
    fuse: str | None,
    at_inverter: dict[str, int],
    stays: int,
) -> None:
    house = House(grid=grid, fuse=fuse, at_inverter=at_inverter)
    for product, role in products:
        house.meter(lambda second: answers[second // stays % len(answers)], product, role)
    for seconds in (4, 60, 100):
        house.run(seconds)
        record = house.record
        for rule in SUPPLY:
            for finding in RULES[rule](record):
                assert finding.rule == rule
                assert finding.verdict is not Verdict.PASS or finding.window_s


def glitchy(seed: int) -> House:
    """A healthy house whose meter leaves out a value, repeats itself, or tells nonsense, now and then and briefly."""
    random, house = Random(seed), House()
    last: dict[str, float] = {}

    def answer(second: int) -> Values | None:
        nonlocal last
        kind = random.random()
        if kind < 0.02:
            return None
        if kind < 0.10 and last:
            return last
        last = {"power_w": 800.0, "any_power_fail_count": 4, "voltage_sag_l1_count": 2}
        for phase in (1, 2, 3):
            last[f"voltage_l{phase}_v"] = round(232.0 + random.gauss(0, 0.4), 1)
            last[f"power_l{phase}_w"] = 260.0 + random.gauss(0, 9)
            last[f"current_l{phase}_a"] = 1.1
        if kind > 0.97:
            name = random.choice(list(last))
            if random.random() < 0.5:
                return {key: value for key, value in last.items() if key != name}
            if "voltage" in name and name.endswith("_v"):
                return last | {name: random.choice((0.0, 120.0, 290.0))}
        return last

    house.meter(answer)
    return house.run(720)


@pytest.mark.parametrize("seed", range(4))
def test_brief_nonsense_fails_no_house(seed: int) -> None:
    house = glitchy(seed)
    cases = {f"{rule} {case}" for rule in SUPPLY for case in house.verdicts(rule)}
    assert not {case for case in cases if case.split(" ")[1].startswith(("info", "warn", "fail"))}
    assert "voltage.mean10 pass-one" in cases
