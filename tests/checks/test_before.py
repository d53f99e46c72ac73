"""What the rules make of a week of history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

import pytest

from tests.checks.house import NOON, House, volts
from tests.checks.sound import WORDS, assert_told
from tui.core.checks.before import WEEK_S, Before, Counted, Fall, before_of
from tui.core.checks.finding import Finding
from tui.core.checks.registry import RULES
from tui.core.graph.bucket import Bucket
from tui.core.past.history import Row, Series

DAY_S = 86400
ZONE = ZoneInfo("Europe/Amsterdam")
UNTIL = NOON.utc
SINCE = int(UNTIL - WEEK_S)
OWN = Series(1, "5c2faf000000", "", "A")


def minutes(*volts_of_l1: tuple[int, float]) -> list[Row]:
    """Minutes of a week at so many volts, for so many minutes each; seven at a time would be the same windows."""
    rows, start = [], SINCE
    for count, value in volts_of_l1:
        for _ in range(count):
            rows.append(Row(start, 60, 59, {"voltage_l1_v": Bucket(value, value, value, 60)}))
            start += 60
    return rows


def hour(number: int, **readings: float) -> Row:
    """An hour of that week."""
    return Row(SINCE + 3600 * number, 3600, 3599, readings=readings)


def before(rows: Sequence[Row] = (), hours: Sequence[Row] = (), series: Sequence[Series] = (OWN,)) -> Before:
    """What was before; there is always at least one minute."""
    found = before_of(rows or minutes((1, 230.0)), hours, series, UNTIL, ZONE)
    assert found is not None
    return found


def judged(rule: str, past: Before) -> list[Finding]:
    """What a rule says of a P1 whose week is known."""
    house = House()
    meter = house.meter(volts(230.0) | {"any_power_fail_count": 4, "energy_import_kwh": 100.0})
    house.run(70)
    record = house.record
    record = replace(record, installation=replace(record.installation, before={meter.serial: past}))
    findings = list(RULES[rule](record))
    for finding in findings:
        assert_told(finding, record)
    return [finding for finding in findings if finding.variant]


def test_without_a_minute_nothing_is_known() -> None:
    assert before_of([], [], [OWN], UNTIL, ZONE) is None


@pytest.mark.parametrize(
    ("rows", "case", "figure"),
    [
        (minutes((1440, 230.0)), "pass-week", 0.0),
        (minutes((1368, 230.0), (72, 206.0)), "pass-week", 4.9),
        (minutes((1360, 230.0), (80, 206.0)), "warn-week L1", 5.6),
        (minutes((1430, 230.0), (10, 253.1)), "fail-week L1", 0.7),
        (minutes((1430, 230.0), (10, 195.0)), "fail-week L1", 0.7),
    ],
)
def test_the_voltage_of_a_week_is_held_against_the_norm(rows: list[Row], case: str, figure: float) -> None:
    (finding,) = [one for one in judged("voltage.mean10", before(rows)) if one.variant == "week"]
    assert (f"{finding.case} L{finding.phase}" if finding.phase else finding.case) == case
    assert finding.figure == figure
    assert finding.window_s == 144 * 600


def test_less_than_a_day_says_nothing_of_a_week() -> None:
    assert not [one for one in judged("voltage.mean10", before(minutes((1430, 260.0)))) if one.variant == "week"]


def test_events_are_told_by_day_and_those_of_a_silence_by_the_hour_after_it() -> None:
    hours = [
        hour(0, any_power_fail_count=4, long_power_fail_count=1, voltage_sag_l1_count=2),
        hour(1, any_power_fail_count=5, long_power_fail_count=2, voltage_sag_l1_count=2),
        hour(60, any_power_fail_count=7, long_power_fail_count=2, voltage_sag_l1_count=3),
        hour(61, any_power_fail_count=0),
        hour(62, any_power_fail_count=0),
    ]
    found = before(hours=hours)
    assert found.events == (
        Counted(date(2026, 6, 5), "failures", 1),
        Counted(date(2026, 6, 8), "failures", 2),
        Counted(date(2026, 6, 8), "sags", 1),
    )
    assert found.falls == ()  # an event is no energy
    failures, sags = judged("supply.events", found)
    assert failures.values["day"] == "2026-06-08"
    assert (failures.figure, failures.values["days"], sags.figure) == (3, 2, 1)


def test_a_week_without_events_is_no_finding_of_its_own() -> None:
    found = before(hours=[hour(0, any_power_fail_count=4), hour(90, any_power_fail_count=4)])
    assert found.counts_events
    assert judged("supply.events", found) == [] or all(one.variant != "week" for one in judged("supply.events", found))


def test_the_cycles_of_a_battery_are_no_events_of_the_grid() -> None:
    found = before(hours=[hour(0, cycles=120), hour(1, cycles=121)])
    assert (found.events, found.counts_events) == ((), False)


def test_a_counter_that_fell_in_the_week_is_told_with_its_day() -> None:
    found = before(hours=[hour(0, energy_import_kwh=100.0), hour(1, energy_import_kwh=2.5)])
    assert found.falls == (Fall(97.5, "energy_import_kwh", date(2026, 6, 5)),)
    (finding,) = judged("counters", found)
    assert finding.case == "info-fall-before"


def test_a_day_of_the_week_begins_at_local_midnight() -> None:
    hours = [
        hour(9, any_power_fail_count=4, energy_import_kwh=9.0),
        hour(10, any_power_fail_count=5, energy_import_kwh=1.0),
    ]
    found = before(hours=hours)
    assert found.events == (Counted(date(2026, 6, 6), "failures", 1),)
    assert found.falls == (Fall(8.0, "energy_import_kwh", date(2026, 6, 6)),)


def test_noise_of_a_counter_is_no_fall() -> None:
    found = before(hours=[hour(0, energy_import_kwh=100.001), hour(1, energy_import_kwh=100.0)])
    assert judged("counters", found) == []


def test_a_replaced_smart_meter_is_told_for_a_week() -> None:
    other = Series(2, OWN.device, "", "B", began=UNTIL - DAY_S)
    found = before(series=[OWN, other])
    (finding,) = judged("identity", found)
    assert WORDS["en"].of(finding, House().record).line == "another smart meter since 2026-06-11 14:00"
    assert before(series=[OWN, other._replace(began=UNTIL - 8 * DAY_S)]).replaced is None
    gas = Series(3, OWN.device, "gas_meter", "G", began=UNTIL - DAY_S)
    assert before(series=[OWN, gas]).replaced is None
