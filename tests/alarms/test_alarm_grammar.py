"""The language of alarms: what can be said, and the sentence on what cannot."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.core.alarms.condition import OPERATORS, Clause, Compared, Condition, Fails, Flag, duration_text
from tui.core.alarms.grammar import ConditionError, parse_condition, parse_duration
from tui.core.alarms.subjects import NEW_PEAK, SUBJECTS, UNITS
from tui.core.quantities import QUANTITIES, Kind


def power(op: str, limit: float) -> Compared:
    return Compared("power_w", op, limit)


@pytest.mark.parametrize(
    ("text", "clauses", "for_s"),
    [
        ("power_w > 5000 for 60s", [power(">", 5000)], 60),
        ("water_flow_lpm > 0 for 60m", [Compared("water_flow_lpm", ">", 0)], 3600),
        ("price < 0.05", [Compared("price", "<", 0.05)], 0),
        ("power_w<-1.5kW for 2 h", [power("<", -1500)], 7200),
        ("POWER_W >= +.5 kw FOR 1D", [power(">=", 500)], 86400),
        ("power_w == 4.35 kW", [power("==", 4350)], 0),
        ("tariff != 2", [Compared("tariff", "!=", 2)], 0),
        ("voltage_l1_v > 253 V for 10min", [Compared("voltage_l1_v", ">", 253)], 600),
        ("current_l3_a<=25A", [Compared("current_l3_a", "<=", 25)], 0),
        ("state_of_charge_pct < 10%", [Compared("state_of_charge_pct", "<", 10)], 0),
        ("water_flow_lpm > 1.2 m\N{SUPERSCRIPT THREE}/h", [Compared("water_flow_lpm", ">", 20)], 0),
        ("water_total_m3 > 500 l", [Compared("water_total_m3", ">", 0.5)], 0),
        ("energy_import_kwh > 2 MWh", [Compared("energy_import_kwh", ">", 2000)], 0),
        ("peak_forecast_w > 2.5 kW", [Compared("peak_forecast_w", ">", 2500)], 0),
        (" power_w > 1\nand  price > 0.3 for 90s ", [power(">", 1), Compared("price", ">", 0.3)], 90),
        ("silent for 5m", [Flag("silent")], 300),
        ("frozen", [Flag("frozen")], 0),
        ("new_peak", [Flag("new_peak")], 0),
        ("check fails", [Fails()], 0),
        ("check fails voltage.mean10 for 1h", [Fails("voltage.mean10")], 3600),
        ("check fails and power_w > 3", [Fails(), power(">", 3)], 0),
    ],
)
def test_what_can_be_said(text: str, clauses: list[Clause], for_s: float) -> None:
    assert parse_condition(text) == Condition(tuple(clauses), for_s)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", 'at the end: a quantity is missing: write a condition like "power_w > 5000 for 60s"'),
        ("pwer_w > 3", 'at character 1: there is no quantity "pwer_w": did you mean "power_w"?'),
        (
            "xyz > 3",
            'at character 1: there is no quantity "xyz": use one like power_w, voltage_l1_v or silent '
            "(hwtui help alarms has them all)",
        ),
        ("power_w", "at the end: a comparison is missing: use one of < <= > >= == !="),
        ("power_w 5", 'at character 9: "5" is not a comparison: use one of < <= > >= == !='),
        ("power_w = 5", 'at character 9: "=" is not a comparison: write == for "equal"'),
        ("power_w >", "at the end: a number is missing: use one like 5000"),
        ("power_w > high", 'at character 11: "high" is not a number: use one like 5000'),
        ("power_w > 0,5", "at character 12: write the number with a point"),
        ("power_w > 5 A", 'at character 13: "A" is no unit of power_w: use W or kW'),
        ("power_w > 1e6", 'at character 12: "e6" is no unit of power_w: use W or kW'),
        ("tariff == 1 kW", 'at character 13: "kW" is no unit of tariff: it has none'),
        ("power_w > 1000000001", "at character 11: use a number of -1000000000 to 1000000000"),
        ("meter_model == 3", 'at character 1: "meter_model" is no number: it cannot be compared'),
        ("power_w > 5 for", "at the end: a time is missing: use one like 60s, 5m or 2h"),
        ("power_w > 5 for 60", "at the end: a unit of time is missing: use s, m, h or d, as in 60s, 5m or 2h"),
        (
            "power_w > 5 for 1h30m",
            'at character 18: "h30m" is not a unit of time: use s, m, h or d, as in 60s, 5m or 2h',
        ),
        ("power_w > 5 for 0.5s", "at character 17: use a time of 1s to 7d"),
        ("power_w > 5 for 8d", "at character 17: use a time of 1s to 7d"),
        ("power_w > 5 for 60s now", 'at character 21: "now" is not expected here: nothing may follow the time'),
        (
            "silent 5m",
            'at character 8: "silent" is compared with nothing: write "silent", or "silent for 5m"',
        ),
        (
            "frozen today",
            'at character 8: "today" is not expected here: use "and" before another condition, "for" before a time',
        ),
        ("power_w > 5 or silent", 'at character 13: there is no "or": write two alarms'),
        ("power_w > 5 and", 'at the end: a quantity is missing: write a condition like "power_w > 5000 for 60s"'),
        ("for 5m", 'at character 1: "for" is not a quantity: write a condition like "power_w > 5000 for 60s"'),
        (
            "power_w > 5 and silent",
            'at character 1: "silent" stands alone: such a device sends no values to compare',
        ),
        ("check == fail", 'at character 7: "==" is not "fails": write "check fails", or "check fails RULE"'),
        (
            "check fails voltage.mean",
            'at character 13: there is no rule "voltage.mean": did you mean "voltage.mean10"?',
        ),
        ("(power_w > 5)", 'at character 1: "(" is not a quantity: write a condition like "power_w > 5000 for 60s"'),
        ("power_w > 5" + " and power_w > 5" * 8, "at character 129: use 8 conditions at most"),
        ("p" * 501, "it has 501 characters: use 500 at most"),
    ],
)
def test_what_cannot_be_said_is_told_with_its_place(text: str, sentence: str) -> None:
    with pytest.raises(ConditionError) as caught:
        parse_condition(text)
    assert str(caught.value) == sentence


def test_every_quantity_that_is_a_number_can_be_compared_and_no_other() -> None:
    numbers = {row.name for row in QUANTITIES.values() if row.kind not in (Kind.TEXT, Kind.TIME)}
    assert SUBJECTS.keys() == numbers | {"peak_forecast_w", "price"}
    assert {row.unit for row in SUBJECTS.values()} <= UNITS.keys() | {""}
    assert all(units[unit] == 1 for unit, units in UNITS.items())


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), (" 5 m", 300), ("1.5h", 5400), ("1d", 86400), ("2min", 120)]
)
def test_a_time(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "60", "m", "-5m", "5m 3", "0s", "x" * 600, "5 weeks"])
def test_no_time(text: str) -> None:
    with pytest.raises(ConditionError, match=r"time|after|use"):
        parse_duration(text)


NUMBERS = st.decimals(-1_000_000, 1_000_000, places=3).map(float)
CLAUSES = st.one_of(
    st.builds(Compared, st.sampled_from(sorted(SUBJECTS)), st.sampled_from(sorted(OPERATORS)), NUMBERS),
    st.sampled_from([Flag(NEW_PEAK), Fails(), Fails("neutral.loose")]),
)
CONDITIONS = st.builds(
    Condition,
    st.lists(CLAUSES, min_size=1, max_size=4).map(tuple),
    st.one_of(st.just(0.0), st.integers(1, 7 * 86400).map(float)),
)


@settings(max_examples=30)
@given(CONDITIONS)
def test_a_condition_as_text_is_that_condition(condition: Condition) -> None:
    assert parse_condition(str(condition)) == condition


@settings(max_examples=20)
@given(st.integers(1, 7 * 86400))
def test_a_time_as_text_is_that_time(seconds: int) -> None:
    assert parse_duration(duration_text(seconds)) == seconds


WORDS = [
    "power_w",
    "price",
    "silent",
    "check",
    "fails",
    "and",
    "or",
    "for",
    ">",
    "==",
    "5",
    "-3.2",
    "kW",
    "60s",
    "m",
    ",",
]


@given(st.one_of(st.text(max_size=60), st.lists(st.sampled_from(WORDS), max_size=9).map(" ".join)))
def test_any_text_is_a_condition_or_a_sentence_that_names_a_place(text: str) -> None:
    told = condition_or_sentence(text)
    if isinstance(told, Condition):
        assert parse_condition(str(told)) == told
    else:
        assert told.startswith(("at character ", "at the end: "))
        assert told.isprintable()


def condition_or_sentence(text: str) -> Condition | str:
    try:
        return parse_condition(text)
    except ConditionError as error:
        return str(error) if 0 <= error.at <= len(text) else "a place that is not there"
