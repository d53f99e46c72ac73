"""None of the 14 ordinary houses is warned of anything, whatever their seed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.checks.ordinary import KINDS, SEEDS, Watch, alarms
from tui.core.checks.finding import Verdict


@pytest.mark.parametrize("name", KINDS)
def test_an_ordinary_house_is_not_warned_of_anything(name: str) -> None:
    wrong = [
        (seed, second, finding)
        for seed in SEEDS
        for second, findings in Watch(name, seed).run()
        for finding in alarms(findings)
    ]
    assert wrong == []


@pytest.mark.parametrize("name", ["DSMR 4", "3x400"])
def test_the_record_of_a_fleet_made_now_and_then_is_that_of_the_real_one(name: str) -> None:
    fast, real = (Watch(name, seed=1, fast=fast) for fast in (True, False))
    said = [list(watch.run(400)) for watch in (fast, real)]
    assert said[0] == said[1]
    grid, *_ = real.record.observed
    assert len(grid.series) > 5
    for one, other in zip(fast.record.observed, real.record.observed, strict=True):
        assert repr(replace(one, device=other.device)) == repr(other)  # NaN is not equal to itself


def test_an_ordinary_house_gives_the_rules_something_to_judge() -> None:
    *_, (_, findings) = Watch("5 kW of solar on L1 at 247 V", seed=4).run()
    judged = {one.rule: one for one in findings if one.verdict in (Verdict.PASS, Verdict.INFO)}
    assert judged.keys() >= {"voltage.mean10", "voltage.step", "meter.clock", "telegram.rate", "link"}
    sunny = judged["voltage.inverter"]
    assert sunny.phase == 1
    assert sunny.figure is not None
    assert 244 < sunny.figure < 250
