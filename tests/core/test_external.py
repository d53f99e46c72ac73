"""Meters behind the smart meter: names, keys and flows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.core.api.fields import TOO_LARGE
from tui.core.api.metertime import parse_meter_time
from tui.core.api.v1 import parse_measurement
from tui.core.doubt.dating import dated
from tui.core.events import Identified, Measured
from tui.core.external import MOST_KEPT, earlier_of, earlier_values, flow, is_left_over, keyed, kind_name
from tui.core.fleet import reduce
from tui.core.model import Endpoint, Fleet
from tui.core.moment import Now
from tui.core.reading import Earlier, External, Identity, MeterKey

NOON = datetime(2026, 11, 21, 12, 0)
GAS = External("gas_meter", "a", 100.0, "m3", NOON)
HERE = Endpoint("192.168.1.20")
T0 = Now(1_795_863_600.0, 100.0)


def later(meter: External, minutes: float, by: float) -> External:
    assert meter.timestamp is not None
    return replace(meter, timestamp=meter.timestamp + timedelta(minutes=minutes), value=meter.value + by)


@pytest.mark.parametrize(
    ("kind", "name"),
    [("gas_meter", "Gas"), ("inlet_heat_meter", "Inlet heat"), ("steam_meter", "Steam"), ("odd", "Odd")],
)
def test_a_kind_has_a_name(kind: str, name: str) -> None:
    assert kind_name(kind) == name


def test_meters_with_the_same_id_are_told_apart() -> None:
    meters = GAS, GAS, replace(GAS, type="water_meter"), replace(GAS, unique_id=None)
    assert len(keyed(meters)) == 4


@pytest.mark.parametrize(
    ("minutes", "by", "unit", "expected"),
    [
        (5, 0.035, "m3", (0.42, "m3/h")),
        (60, 0.0, "m3", (0.0, "m3/h")),
        (60, 0.036, "GJ", (10.0, "kW")),
        (60, 36, "MJ", (10.0, "kW")),
        (15, 2.5, "kWh", (10.0, "kW")),
        (60, 0.01, "MWh", (10.0, "kW")),
        (5, 35, "l", (0.42, "m3/h")),
        (1, 0.1, "m\N{SUPERSCRIPT THREE}", (6.0, "m3/h")),
        (0.99, 0.1, "m3", None),  # less than a minute
        (0, 0.035, "m3", None),
        (-5, 0.035, "m3", None),
        (5, -0.001, "m3", None),  # a total that fell
        (5, 5686.921, "m3", None),  # more than any gas meter lets through
        (5, 1.0, "kg", None),
        (5, 1.0, None, None),
    ],
)
def test_a_flow_is_the_mean_since_the_value_before(
    minutes: float, by: float, unit: str | None, expected: tuple[float, str] | None
) -> None:
    first = replace(GAS, unit=unit)
    result = flow(later(first, minutes, by), first, UTC)
    if expected is None:
        assert result is None
    else:
        assert result is not None
        assert result[0] == pytest.approx(expected[0])
        assert result[1] == expected[1]


def test_a_flow_needs_two_times_and_one_unit() -> None:
    assert flow(GAS, None, UTC) is None
    assert flow(GAS, replace(GAS, timestamp=None), UTC) is None
    assert flow(replace(GAS, timestamp=None), GAS, UTC) is None
    assert flow(later(replace(GAS, unit="l"), 5, 1), GAS, UTC) is None


@pytest.mark.parametrize(
    ("kind", "unit", "most", "shown"),
    [
        ("gas_meter", "m3", 40, "m3/h"),
        ("water_meter", "m3", 10, "m3/h"),
        ("warm_water_meter", "m3", 10, "m3/h"),
        ("water_meter", "l", 10_000, "m3/h"),
        ("heat_meter", "GJ", 1.8, "kW"),
        ("inlet_heat_meter", "GJ", 1.8, "kW"),
        ("heat_meter", "kWh", 500, "kW"),
        ("heat_meter", "m3", 40, "m3/h"),
        ("steam_meter", "m3", 40, "m3/h"),
    ],
)
def test_each_kind_has_a_flow_that_it_cannot_exceed(kind: str, unit: str, most: float, shown: str) -> None:
    first = External(kind, None, 0, unit, NOON)
    full = flow(later(first, 60, most), first, UTC)
    assert full is not None
    assert full[1] == shown
    assert flow(later(first, 60, most * 1.01), first, UTC) is None


def flows(*values: float, every_s: float = 300, first: External = GAS) -> list[float | None]:
    """The flow at each of the totals, which come at even intervals."""
    known: Mapping[MeterKey, Earlier] = {}
    (key,) = keyed((first,))
    found: list[float | None] = []
    for index, value in enumerate(values):
        meter = replace(later(first, index * every_s / 60, 0), value=value)
        known = earlier_values(known, (meter,))
        for _ in range(2):  # polls between two values change nothing
            assert earlier_values(known, (meter,)) == known
        moved = flow(meter, earlier_of(key, known), UTC)
        found.append(None if moved is None else round(moved[0], 2))
    return found


@pytest.mark.parametrize(
    ("totals", "expected"),
    [
        # nothing wrong
        ((1.0, 1.1, 1.1, 1.3), [None, 1.2, 0.0, 2.4]),
        # a zero, a lower total, two zeros
        ((5686.921, 0.0, 5687.004, 5687.05, 5687.1), [None, None, None, 0.55, 0.6]),
        ((100.0, 100.1, 99.9, 100.2, 100.3), [None, 1.2, None, None, 1.2]),
        ((100.0, 0.0, 0.0, 100.1, 100.2), [None, None, None, None, 1.2]),
        # falls twice
        ((100.0, 50.0, 25.0, 25.1, 25.2), [None, None, None, None, 1.2]),
        # digits too many, and back; up and staying there
        ((5686.9, 99999999.0, 5687.0, 5687.1, 5687.2), [None, None, None, None, 1.2]),
        ((100.0, 102.0, 100.1, 100.2, 100.3), [None, 24.0, None, None, 1.2]),
        ((5686.9, 5786.9, 5787.0, 5787.1), [None, None, 1.2, 1.2]),
        # a new meter, which begins at 0 under the same id
        ((5686.9, 0.0, 0.1, 0.2), [None, None, None, 1.2]),
        # the first total is the bad one
        ((0.0, 5686.9, 5687.0), [None, None, 1.2]),
        ((99999999.0, 5686.9, 5687.0, 5687.1), [None, None, None, 1.2]),
        # every one is bad
        ((5.0, 4.0, 3.0, 2.0), [None, None, None, None]),
        ((0.0, 1e6, 2e6, 3e6), [None, None, None, None]),
    ],
)
def test_after_a_bad_total_there_is_no_flow_until_two_good_ones_follow(
    totals: tuple[float, ...], expected: list[float | None]
) -> None:
    assert flows(*totals) == expected


WATER = replace(GAS, type="water_meter")


def test_a_meter_with_a_value_every_second_has_the_mean_flow_of_a_minute_or_two() -> None:
    litres = [second // 10 for second in range(300)]  # one litre every ten seconds
    found = flows(*(total / 1000 for total in litres), every_s=1, first=WATER)
    assert found[:60] == [None] * 60
    assert all(moved is not None and 0.3 <= moved <= 0.42 for moved in found[60:])


def test_a_bad_total_of_a_meter_with_a_value_every_second_hides_the_flow_for_a_minute() -> None:
    for bad in (0.0, 1e6):
        totals = [5 + second / 10_000 for second in range(300)]
        totals[150] = bad
        found = flows(*totals, every_s=1, first=WATER)
        assert found[149] == 0.36
        assert found[150:211] == [None] * 61
        assert found[213:] == [0.36] * 87


@pytest.mark.parametrize("every_s", [20, 45, 59, 60, 61, 119])
def test_whatever_the_interval_a_flow_is_of_at_least_a_minute(every_s: float) -> None:
    totals = [index * every_s / 10_000 for index in range(12)]
    found = flows(*totals, every_s=every_s, first=WATER)
    assert found.index(0.36) * every_s >= 60
    assert set(found[found.index(0.36) :]) == {0.36}


def test_an_answer_without_the_meter_and_a_value_without_a_time_are_survived() -> None:
    (key,) = keyed((GAS,))
    second = later(GAS, 5, 0.1)
    known = earlier_values(earlier_values({}, (GAS,)), (second,))
    assert earlier_of(key, known) == GAS
    assert earlier_values(known, ()) == known
    timeless = earlier_values(known, (replace(second, timestamp=None),))
    assert earlier_of(key, earlier_values(timeless, (later(GAS, 10, 0.2),))) == second


def test_a_bad_total_between_two_answers_with_the_same_time_costs_no_more() -> None:
    (key,) = keyed((GAS,))
    known: Mapping[MeterKey, Earlier] = {}
    found: list[float | None] = []
    for minutes, by in ((0, 0), (5, 0.1), (5, -100), (5, 0.1), (10, 0.2)):
        meter = later(GAS, minutes, by)
        known = earlier_values(known, (meter,))
        moved = flow(meter, earlier_of(key, known), UTC)
        found.append(moved and round(moved[0], 2))
    assert found == [None, 1.2, None, None, 1.2]


def test_a_clock_that_goes_back_starts_afresh() -> None:
    (key,) = keyed((GAS,))
    known: Mapping[MeterKey, Earlier] = {}
    found: list[tuple[float, str] | None] = []
    for minutes in (0, 60, 5, 65):  # summer time ends
        meter = later(GAS, minutes, len(found) / 10)
        known = earlier_values(known, (meter,))
        found.append(flow(meter, earlier_of(key, known), UTC))
    assert [moved is None for moved in found] == [True, False, True, False]


AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def stamped(*values: tuple[int, float], kind: str = "gas_meter") -> list[float | None]:
    """The flow in Amsterdam at each time, as a meter sends it (YYMMDDhhmmss), and total."""
    known: Mapping[MeterKey, Earlier] = {}
    found: list[float | None] = []
    for stamp, total in values:
        meter = External(kind, "a", total, "m3", parse_meter_time(stamp))
        (key,) = keyed((meter,))
        known = earlier_values(known, (meter,))
        moved = flow(meter, earlier_of(key, known), AMSTERDAM)
        found.append(moved and round(moved[0], 2))
    return found


@pytest.mark.parametrize(
    ("first", "every_s", "count", "most_none"),
    [
        ("2026-10-25T00:00", 3600, 8, 4),
        ("2026-10-25T00:30", 300, 60, 26),
        ("2026-10-25T01:58:01", 1, 8000, 7400),
        ("2026-03-29T00:00", 3600, 8, 1),
        ("2026-03-29T01:30", 300, 30, 1),
        ("2026-03-29T01:57:01", 1, 400, 61),
    ],
)
def test_when_the_clocks_change_a_flow_is_right_or_not_known(
    first: str, every_s: int, count: int, most_none: int
) -> None:
    begin = datetime.fromisoformat(first).replace(tzinfo=AMSTERDAM).timestamp()
    times = [datetime.fromtimestamp(begin + index * every_s, AMSTERDAM) for index in range(count)]
    found = stamped(*((int(f"{at:%y%m%d%H%M%S}"), index * every_s / 3600) for index, at in enumerate(times)))
    assert set(found) == {None, 1.0}
    assert found[-1] == 1.0
    assert found.count(None) <= most_none


@pytest.mark.parametrize("every_s", [1, 60, 300])
@pytest.mark.parametrize("moves_to", [261128120600, 261128121000, 261128140500])
def test_a_total_that_rises_while_its_time_stands_still_has_no_flow(every_s: int, moves_to: int) -> None:
    rises = [(261128120500, 100.2 + index * every_s / 3000) for index in range(24)]
    after = rises[-1][1]
    found = stamped((261128120000, 100.1), *rises, (moves_to, after + 0.1), (moves_to + 500, after + 0.2))
    assert found == [None, 1.2, *[None] * 24, 1.2]


def test_two_meters_of_one_name_keep_their_own_values() -> None:
    other = replace(GAS, value=5000.0)
    known = earlier_values({}, (GAS, other))
    first, second = keyed((GAS, other))
    known = earlier_values(known, (GAS, later(other, 5, 0.1)))
    assert earlier_of(first, known) is None
    assert earlier_of(second, known) == other


def test_meters_without_an_id_have_their_own_flow_whichever_was_read_last() -> None:
    fleet = reduce(Fleet(), Identified(HERE, Identity("5c2faf", "HWE-P1"), T0))
    found: list[list[float | None]] = []
    for minute in range(5, 50, 5):
        meters = [
            {
                "type": "water_meter",
                "value": round(first + read_at * rate, 3),
                "unit": "m3",
                "timestamp": 261128120000 + 100 * read_at,
            }
            for first, rate, read_at in ((100.02, 0.01, minute // 10 * 10), (100.51, 0.02, (minute + 5) // 10 * 10 - 5))
        ]
        read = parse_measurement({"external": meters})
        assert read
        event = dated(Measured("5c2faf", *read, T0.plus(minute * 60), 0.01, 1.0), UTC)
        fleet = reduce(fleet, event)
        device = fleet.devices["5c2faf"]
        moved = [
            flow(meter, earlier_of(key, device.earlier), UTC)
            for key, meter in keyed(event.measurement.external).items()
        ]
        found.append([one and round(one[0], 1) for one in moved])
    assert {one[0] for one in found} <= {None, 0.6}
    assert {one[1] for one in found} <= {None, 1.2}
    assert found[-1] == [0.6, 1.2]


def test_where_only_a_place_tells_meters_apart_one_that_is_missing_starts_them_all_afresh() -> None:
    first, second = replace(GAS, unique_id=None), replace(GAS, unique_id=None, value=100.5)
    known: Mapping[MeterKey, Earlier] = {}
    found = []
    for minutes, sent in ((0, (first, second)), (5, (second,)), (10, (first, second)), (15, (first, second))):
        meters = tuple(later(meter, minutes, 0) for meter in sent)
        known = earlier_values(known, meters)
        found.append([flow(meter, earlier_of(key, known), UTC) for key, meter in keyed(meters).items()])
    assert found == [[None, None], [None], [None, None], [(0, "m3/h"), (0, "m3/h")]]


def test_no_number_of_meters_fills_the_memory() -> None:
    known: Mapping[MeterKey, Earlier] = {}
    for number in range(200):
        known = earlier_values(known, (replace(GAS, unique_id=str(number)), replace(GAS, unique_id="stays")))
    assert len(known) <= MOST_KEPT
    assert ("gas_meter", "stays", 0) in known


KINDS = ("gas_meter", "water_meter", "warm_water_meter", "heat_meter", "inlet_heat_meter", "steam_meter")
UNITS = ("m3", "GJ", "kWh", "l", "MWh", "m\N{SUPERSCRIPT THREE}", "kg", "", None)
BOUNDS = {"gas_meter": 40, "water_meter": 10, "warm_water_meter": 10}
totals = st.one_of(
    st.floats(-TOO_LARGE, TOO_LARGE, exclude_min=True, exclude_max=True, allow_nan=False),
    st.floats(5000, 5001),
    st.sampled_from([0, 1e-9, 5686.921, 99_999_999]),
)
stamps = st.one_of(
    st.none(),
    st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31)),
    st.integers(0, 7200).map(lambda second: NOON + timedelta(seconds=second)),
)


@given(
    st.lists(
        st.lists(
            st.builds(
                External,
                st.sampled_from(KINDS),
                st.sampled_from(["a", None]),
                totals,
                st.sampled_from(UNITS),
                stamps,
            ),
            max_size=3,
        ).map(tuple),
        max_size=12,
    )
)
def test_no_sequence_of_totals_gives_a_flow_that_no_pipe_has(answers: list[tuple[External, ...]]) -> None:
    known: Mapping[MeterKey, Earlier] = {}
    for meters in answers:
        known = earlier_values(known, meters)
        for key, meter in keyed(meters).items():
            moved = flow(meter, earlier_of(key, known), UTC)
            if moved is not None:
                most = 500 if moved[1] == "kW" else BOUNDS.get(meter.type, 40)
                assert 0 <= moved[0] <= most
                assert moved[1] in ("kW", "m3/h")


@given(
    rate=st.floats(0, 3),
    every_s=st.sampled_from([1, 10, 60, 300, 3600]),
    at=st.integers(1, 80),
    bad=st.one_of(st.floats(-1e9, 4990), st.floats(1e5, 1e9), st.just(0.0)),
)
def test_one_bad_total_anywhere_is_never_seen_in_a_flow(rate: float, every_s: int, at: int, bad: float) -> None:
    good = [5000 + rate * index * every_s / 3600 for index in range(240)]
    found = flows(*good[:at], bad, *good[at + 1 :], every_s=every_s, first=WATER)
    assert all(moved is None or moved == pytest.approx(rate, abs=0.011) for moved in found)
    assert all(moved is not None for moved in found[at + 2 + max(1, 60 // every_s) :])


NEXT_YEAR = datetime(2027, 11, 21)


@pytest.mark.parametrize(
    ("other", "left_over"),
    [
        (later(GAS, 60 * 24 * 30, 1), True),
        (later(GAS, 5, 1), False),
        (replace(later(GAS, 60 * 24 * 30, 1), type="water_meter"), False),
    ],
)
def test_an_old_meter_is_left_over_beside_a_newer_one_of_its_kind(other: External, left_over: bool) -> None:
    assert is_left_over(GAS, (GAS, other), NEXT_YEAR) is left_over
    assert not is_left_over(other, (GAS, other), NEXT_YEAR)


def test_a_gas_meter_that_reads_0_once_has_no_flow_of_68244_cubic_metres() -> None:
    fleet = reduce(Fleet(), Identified(HERE, Identity("5c2faf", "HWE-P1"), T0))
    found = []
    for minute, value in ((0, 5686.921), (5, 0.0), (10, 5687.004), (15, 5687.054)):
        for poll in range(3):
            read = parse_measurement({"total_gas_m3": value, "gas_timestamp": 261128120000 + minute * 100})
            assert read
            fleet = reduce(fleet, Measured("5c2faf", *read, T0.plus(minute * 60 + poll), 0.01, 1.0))
        device = fleet.devices["5c2faf"]
        assert device.measurement
        ((key, meter),) = keyed(device.measurement.value.external).items()
        moved = flow(meter, earlier_of(key, device.earlier), UTC)
        found.append(moved and round(moved[0], 3))
    assert found == [None, None, None, 0.6]
