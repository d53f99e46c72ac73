"""An alarm does not flicker when its figure goes up and down at the limit."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from random import Random

import pytest

from tests.checks.house import House
from tui.core.checks.finding import Finding, Verdict
from tui.core.checks.registry import check
from tui.core.checks.steady import Steady


def lossy(pct: float, verdict: Verdict, limit: float = 3.0, unit: str = "%") -> Finding:
    return Finding("link", verdict, "p1", figure=pct, limit=limit, unit=unit)


ALARM = lossy(3.01, Verdict.WARN)


@pytest.mark.parametrize(
    ("after", "kept"),
    [
        (lossy(3.0, Verdict.INFO), True),
        (lossy(2.71, Verdict.INFO), True),
        (lossy(2.69, Verdict.INFO), False),
        (lossy(3.02, Verdict.INFO), False),  # milder for another cause
        (lossy(3.02, Verdict.WARN), False),
        (lossy(10.1, Verdict.FAIL, 10.0), False),
        (lossy(2.9, Verdict.INFO, unit="s"), False),
        (Finding("link", Verdict.UNTESTABLE, "p1", variant="api-off"), False),
        (Finding("wifi", Verdict.INFO, "p1", figure=2.9, limit=3.0, unit="%"), False),
        (Finding("link", Verdict.INFO, "socket", figure=2.9, limit=3.0, unit="%"), False),
    ],
)
def test_an_alarm_is_over_when_its_figure_is_clearly_right(after: Finding, kept: bool) -> None:
    steady = Steady()
    assert steady.settled([ALARM]) == (ALARM,)
    assert steady.settled([after]) == (ALARM if kept else after,)


def test_where_less_is_worse_it_is_the_other_way_round() -> None:
    steady, weak = Steady(), Finding("wifi", Verdict.WARN, "p1", figure=29.9, limit=30.0, unit="%")
    steady.settled([weak])
    assert steady.settled([Finding("wifi", Verdict.INFO, "p1", figure=32.9, limit=50.0, unit="%")]) == (weak,)
    strong = Finding("wifi", Verdict.INFO, "p1", figure=33.1, limit=50.0, unit="%")
    assert steady.settled([strong]) == (strong,)


def test_the_worst_of_a_day_is_not_held_on_to() -> None:
    steady = Steady()
    steady.settled([Finding("voltage.mean10", Verdict.FAIL, "p1", 1, 253.1, "V", 253.0)])
    forgotten = Finding("voltage.mean10", Verdict.PASS, "p1", 1, 252.9, "V", 253.0)
    assert steady.settled([forgotten]) == (forgotten,)


def test_a_kept_alarm_stands_where_it_belongs() -> None:
    steady, fine = Steady(), Finding("api", Verdict.PASS)
    steady.settled([ALARM])
    assert steady.settled([fine, lossy(2.9, Verdict.INFO)]) == (ALARM, fine)


def test_half_an_hour_at_the_limit_changes_few_verdicts() -> None:
    """Losses of 3 %, and Wi-Fi and latencies about their limits."""
    random, house, steady = Random(2), House(), Steady()
    meter = house.meter(lambda second: None if random.random() < 0.03 else {"power_w": 100.0})
    plain, settled = [], []
    for _ in range(360):
        meter.wifi_pct, meter.latency_s = 30 + random.gauss(0, 3), abs(1 + random.gauss(0, 0.3))
        findings = check(house.run(5).record)
        plain.append(alarms(findings))
        settled.append(alarms(steady.settled(findings)))
    assert changes(plain) > 10
    assert changes(settled) <= 4


def test_what_is_left_to_weak_wifi_stays_there_as_long_as_that_is_kept() -> None:
    weak = Finding("wifi", Verdict.WARN, "p1", figure=29.9, limit=30.0, unit="%")
    fair = Finding("wifi", Verdict.INFO, "p1", figure=30.1, limit=50.0, unit="%")
    left = Finding("link", Verdict.INFO, "p1", figure=4.0, limit=3.0, unit="%", variant="wifi")
    steady = Steady()
    steady.settled([weak, left])
    lost, elsewhere = lossy(4.0, Verdict.WARN), replace(ALARM, device="socket")
    assert steady.settled([fair, lost, elsewhere]) == (weak, elsewhere, left)
    strong = replace(fair, figure=40.0)
    assert steady.settled([strong, lost]) == (lost, strong)


def test_an_alarm_that_is_left_to_none_is_told_at_once() -> None:
    weak = Finding("wifi", Verdict.WARN, "p1", figure=29.9, limit=30.0, unit="%")
    fair = Finding("wifi", Verdict.INFO, "p1", figure=30.1, limit=50.0, unit="%")
    steady = Steady()
    steady.settled([weak, lossy(1.0, Verdict.INFO)])
    assert steady.settled([fair, ALARM]) == (weak, ALARM)


def alarms(findings: tuple[Finding, ...]) -> set[str]:
    """The rules that give an alarm."""
    return {one.rule for one in findings if one.verdict in (Verdict.WARN, Verdict.FAIL)}


def changes(seen: list[set[str]]) -> int:
    """How often they changed."""
    return sum(before != after for before, after in pairwise(seen))
