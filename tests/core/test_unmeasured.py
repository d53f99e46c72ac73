"""A zero is a value until the rest of the answer says otherwise; then it is not measured, for everybody."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.core.api.v1 import V1_NAMES, parse_measurement
from tui.core.doubt.invert import as_wired
from tui.core.doubt.unmeasured import CONVINCED, looks_three_wire, note_of, setting_hints, unmeasured
from tui.core.events import Identified, Measured
from tui.core.fleet import reduce
from tui.core.model import Device, Endpoint, Fleet, Read
from tui.core.moment import Now
from tui.core.profiles import PROFILES, profile_of
from tui.core.quantities import QUANTITIES
from tui.core.reading import Identity, Measurement

T0 = Now(1_795_863_600.0, 100.0)
Answer = dict[str, object]


def answer(
    total: float | None,
    powers: Sequence[float | None],
    volts: Sequence[float | None] = (),
    amperes: Sequence[float | None] = (),
    **more: object,
) -> Answer:
    """`/api/v1/data` of a meter; None is not sent."""
    fields: Answer = {"active_power_w": total}
    for name, values in (("power_l{}_w", powers), ("voltage_l{}_v", volts), ("current_l{}_a", amperes)):
        fields |= {f"active_{name.format(phase)}": value for phase, value in enumerate(values, 1)}
    return {name: value for name, value in {**fields, **more}.items() if value is not None}


def measured(data: Answer) -> Measurement:
    read = parse_measurement(data)
    assert read
    return read[0]


POWERS = ("power_l1_w", "power_l2_w", "power_l3_w")
WITHOUT_NEUTRAL = [
    answer(-73, (0, 0, 0), (234.1, 0, 233.2), (0.81, 0, 0.77)),
    answer(-73.0, (0.0, 0.0, 0.0), (234.1, 0.0, 233.2)),
    answer(2960, (0, 0, 0), (229.8, 0, 230.3), (7.1, 12.73, 11.87)),  # the current of L2 is measured
    answer(412, (0, None, 0), (229.8, None, 230.3)),  # L2 is left out
    answer(412, (0, 0, 0), (229.8, None, 230.3), (1.2, None, 1.3)),
    answer(9, (0, 0, 0), (231, 0, 231), (0, 0, 0)),  # whole ampere
    answer(-5210, (0, 0, 0), (241, 0, 240), smr_version=50, meter_model="Fluvius 253967035_D"),
]


@pytest.mark.parametrize("data", WITHOUT_NEUTRAL)
def test_powers_of_0_beside_a_total_and_no_voltage_on_l2_are_the_print_of_3x230_v(data: Answer) -> None:
    measurement = measured(data)
    assert looks_three_wire(measurement)
    assert not {*POWERS, "voltage_l2_v"} & measurement.values.keys()
    assert {V1_NAMES[name] for name, value in data.items() if value} <= measurement.values.keys()
    assert {V1_NAMES[name] for name in data} == measurement.values.keys() | set(measurement.unmeasured)
    assert (note_of(measurement) or "").endswith("; this looks like 3x230 V without neutral")


VALUES = [
    # night: nothing flows
    answer(0, (0, 0, 0), (234.1, 235.0, 233.2), (0, 0, 0)),
    answer(0, (0, 0, 0)),
    answer(2, (0, 0, 0), (234, 235, 233)),  # rounded
    answer(0.0, (500, -300, -200), (234, 235, 233)),
    answer(-11, (-19, 0, 0), (234, 235, 233)),
    # one phase has failed
    answer(-73, (-40, 0, -33), (234.1, 0, 233.2), (0.2, 0, 0.2)),
    answer(812, (812, 0, 0), (234.1, 0, 233.2), (3.6, 0, 0)),
    answer(0, (0, 0, 0), (234.1, 0, 233.2), (0, 0, 0)),
    answer(500, (0, 500, 0), (0, 234.1, 233.2), (0, 2.2, 0)),
    # two have
    answer(812, (812, 0, 0), (234.1, 0, 0), (3.6, 0, 0)),
    # L2 is not known, so it may be all of it
    answer(500, (0, None, 0), (234, 235, 233)),
    # meters of one circuit
    answer(0, (0,), active_voltage_v=230.4, active_current_a=0.386, active_power_factor=1, active_apparent_power_va=0),
    answer(230, (230,), active_voltage_v=230, active_current_a=0, active_frequency_hz=50),  # whole ampere
    # no electricity at all
    {"active_liter_lpm": 0, "total_liter_m3": 0, "total_liter_offset_m3": 0},
    {"total_power_export_kwh": 0, "total_power_export_t1_kwh": 0, "voltage_sag_l1_count": 0},
    {"active_power_average_w": 0, "montly_power_peak_w": 0, "montly_power_peak_timestamp": 261101001500},
]


@pytest.mark.parametrize("data", VALUES)
def test_a_zero_that_nothing_contradicts_is_a_value(data: Answer) -> None:
    measurement = measured(data)
    assert measurement.unmeasured == ()
    assert measurement.values.keys() == {V1_NAMES[name] for name in data}
    assert not looks_three_wire(measurement)
    assert note_of(measurement) is None


@pytest.mark.parametrize(
    ("data", "names"),
    [
        (answer(-73, (0, 0, 0), (234.1, 235.0, 233.2)), POWERS),
        (answer(640, (0,), (234.1,)), ("power_l1_w",)),
        (answer(640, (300, 200, 140), (0, 0, 0)), ("voltage_l1_v", "voltage_l2_v", "voltage_l3_v")),
        (answer(0, (0, 0, 0), (0, 0, 0)), ("voltage_l1_v", "voltage_l2_v", "voltage_l3_v")),
        (answer(640, (300, 200, 140), (234.1, 0, 233.2)), ("voltage_l2_v",)),
        (answer(440, (300, 0, 140), (234.1, 0, 233.2), (1.3, 4.1, 0.6)), ("voltage_l2_v",)),
        (answer(2300, (2300, 0, 0), (234, 233, 235), (0, 0, 0)), ("current_l1_a",)),
        (answer(0, (900, 800, -20), (234, 233, 235)), ("power_w",)),
        (answer(543, (543,), active_voltage_v=0, active_current_a=2.4), ("voltage_v",)),
        (answer(543, (543,), active_voltage_v=230, active_current_a=0), ("current_a",)),
        (answer(543, (543,), active_apparent_power_va=0, active_power_factor=0), ("power_factor", "apparent_power_va")),
        (answer(1, (1,), active_voltage_v=230, active_frequency_hz=0), ("frequency_hz",)),
        ({"active_voltage_v": 0}, ("voltage_v",)),
    ],
)
def test_a_zero_that_the_rest_contradicts_is_not_measured_and_a_note_says_so(
    data: Answer, names: tuple[str, ...]
) -> None:
    measurement = measured(data)
    assert measurement.unmeasured == names
    assert not measurement.values.keys() & set(names)
    assert measurement.values.keys() | set(names) == {V1_NAMES[name] for name in data}
    assert note_of(measurement) == f"{', '.join(names)}: sent as 0 where it cannot be 0, so not measured"
    assert not looks_three_wire(measurement)


numbers = st.sampled_from([0, 0.0, -0.0, 3, -73, 230.1, 5000]) | st.floats(-99_999, 99_999)
answers = st.fixed_dictionaries(
    {}, optional={name: numbers for name, one in QUANTITIES.items() if one.phase or one.unit in ("W", "V", "A", "Hz")}
)


@given(answers)
def test_only_zeros_are_ever_taken_out_and_each_is_named(values: dict[str, float]) -> None:
    assert all(values[name] == 0 for name in unmeasured(values))


@given(
    powers=st.tuples(*[st.floats(-9000, 9000).map(round)] * 2),
    volts=st.tuples(*[st.floats(207, 253)] * 2),
    failed=st.integers(0, 2),
    drift=st.integers(-8, 8),
)
def test_a_phase_that_has_failed_is_always_seen(
    powers: tuple[int, int], volts: tuple[float, float], failed: int, drift: int
) -> None:
    total = sum(powers) + (drift if any(powers) else 0)
    data = answer(
        total,
        [*powers[:failed], 0, *powers[failed:]],
        [*volts[:failed], 0, *volts[failed:]],
    )
    assert measured(data).number(f"voltage_l{failed + 1}_v") == 0
    assert measured(data).number(f"power_l{failed + 1}_w") == 0


# --- one answer after another ---

NIGHT = answer(0, (0, 0, 0), (234.1, 0, 233.2), (0.4, 0, 0.4))
PRINT = answer(-73, (0, 0, 0), (234.1, 0, 233.2), (0.8, 0, 0.8))
ALIVE = answer(-73, (0, 0, 0), (234.1, 235.0, 233.2), (0.8, 0, 0.8))
OUTAGE = answer(-73, (-40, 0, -33), (234.1, 0, 233.2), (0.2, 0, 0.2))


def heard(*data: Answer) -> list[Measurement]:
    """What the fleet holds after each of the answers."""
    fleet = reduce(Fleet(), Identified(Endpoint("192.168.1.20"), Identity("5c2faf", "HWE-P1"), T0))
    found = []
    for second, one in enumerate(data):
        read = parse_measurement(one)
        assert read
        event = Measured("5c2faf", *read, T0.plus(second), 0.01, 1.0)
        fleet = reduce(fleet, as_wired(event, fleet))
        measurement = fleet.devices["5c2faf"].measurement
        assert measurement
        found.append(measurement.value)
    return found


def told(name: str, *data: Answer) -> list[float | None]:
    """A quantity in what the fleet holds after each of the answers."""
    return [one.number(name) for one in heard(*data)]


def test_a_total_that_passes_0_does_not_make_values_of_what_was_not_measured() -> None:
    found = heard(PRINT, NIGHT, NIGHT, PRINT, OUTAGE, NIGHT)
    assert [looks_three_wire(one) for one in found] == [True, True, True, True, False, False]
    assert [one.number("voltage_l2_v") for one in found] == [None, None, None, None, 0, 0]
    assert [one.number("power_l1_w") for one in found] == [None, None, None, None, -40, 0]


def test_a_meter_that_began_at_night_is_the_print_once_it_has_said_so_for_a_while() -> None:
    found = heard(NIGHT, NIGHT, *[PRINT] * CONVINCED, NIGHT)
    assert [looks_three_wire(one) for one in found] == [False] * (1 + CONVINCED) + [True, True]


def test_a_voltage_that_was_there_is_gone_even_where_power_per_phase_is_not_measured() -> None:
    found = heard(ALIVE, *[PRINT] * 9, NIGHT, PRINT, ALIVE)
    assert [one.number("voltage_l2_v") for one in found] == [235, *[0] * 11, 235]
    assert [one.number("current_l2_a") for one in found] == [0] * 13
    assert [one.number("power_l2_w") for one in found] == [None] * 13
    assert not any(looks_three_wire(one) for one in found)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        # the parts of one answer are of different moments
        ("power_l1_w", [answer(1500, (500, 500, 500)), answer(1500, (0, 0, 0)), answer(0, (0, 0, 0))]),
        ("power_l2_w", [answer(0, (0, 0, 0)), answer(1500, (0, 0, 0)), answer(0, (0, 0, 0))]),
        ("power_w", [answer(-1500, (-500, -500, -500)), answer(0, (-500, -500, -500)), answer(0, (0, 0, 0))]),
        ("voltage_l2_v", [answer(9, (3, 3, 3), (230, 0, 231)), answer(30, (3, 24, 3), (230, 0, 231))]),
        # L2 has failed
        ("power_l3_w", [answer(900, (500, 0, 400), (230, 0, 231)), answer(900, (0, 0, 0), (230, 0, 231))]),
        ("voltage_l2_v", [answer(900, (500, 0, 400), (230, 0, 231)), answer(900, (0, 0, 0), (230, 0, 231))]),
        ("voltage_l2_v", [answer(900, (500, 100, 300), (230, 229, 231)), answer(900, (0, 0, 0), (230, 0, 231))]),
    ],
)
def test_what_was_a_value_is_one_however_a_few_answers_contradict_it(name: str, data: list[Answer]) -> None:
    first, against, *after = data
    assert None not in told(name, first, *[against] * (CONVINCED - 1), *after, first, against, first)
    assert told(name, first, against)[-1] == 0


def test_what_was_a_value_is_none_after_several_contradictions_in_a_row_until_it_is_not_0() -> None:
    day, lost = answer(1500, (500, 500, 500)), answer(1500, (0, 0, 0))
    found = told("power_l2_w", day, *[lost] * (CONVINCED + 2), answer(0, (0, 0, 0)), answer(700, (700, 0, 0)))
    assert found == [500, *[0] * (CONVINCED - 1), None, None, None, None, 0]


@pytest.mark.parametrize(
    ("name", "fits", "contradicts"),
    [
        ("current_a", answer(240, (), active_current_a=0), answer(260, (), active_current_a=0)),
        ("power_factor", answer(4, (), active_power_factor=0), answer(6, (), active_power_factor=0)),
        ("voltage_l1_v", answer(4, (4, 0), (0, 230)), answer(6, (6, 0), (0, 230))),
        ("apparent_power_va", answer(4, (), active_apparent_power_va=0), answer(6, (), active_apparent_power_va=0)),
        ("power_w", answer(0, (50, 40, 5)), answer(0, (50, 40, 15))),
        ("voltage_l2_v", {"active_tariff": 1}, PRINT),
        ("voltage_l2_v", answer(-73, (), (234.1, 0, 233.2)), PRINT),
    ],
)
def test_a_value_does_not_come_and_go_around_a_limit(name: str, fits: Answer, contradicts: Answer) -> None:
    assert told(name, *[contradicts, fits] * 6) == [None] * 12
    if name in {V1_NAMES[key] for key in fits}:
        assert told(name, *[fits, contradicts] * 6) == [0] * 12
        assert told(name, fits, *[contradicts] * CONVINCED, *[fits, contradicts] * 6)[CONVINCED:] == [None] * 13


@given(st.lists(st.sampled_from([NIGHT, PRINT, ALIVE, OUTAGE, *WITHOUT_NEUTRAL, *VALUES]), max_size=8))
def test_in_any_order_a_name_is_either_a_value_or_not_measured(data: list[Answer]) -> None:
    for one, found in zip(data, heard(*data), strict=True):
        assert found.values.keys().isdisjoint(found.unmeasured)
        assert found.values.keys() | set(found.unmeasured) == {V1_NAMES[name] for name in one}
        flowing = {name: value for name, value in one.items() if value and name.startswith("active_")}
        assert {name: found.number(V1_NAMES[name]) for name in flowing} == flowing


# --- what to set ---


def p1(data: Answer, **more: object) -> Device:
    device = Device("5c2faf", "5c2faf", "HWE-P1", measurement=Read(measured(data), T0))
    return device if not more else Device("b", "b", "HWE-P1", measurement=device.measurement, same_meter_as="5c2faf")


@pytest.mark.parametrize(
    ("grid", "model", "told"),
    [
        (None, None, "--grid be-vlg-3x230, or be-wal-3x230 in Wallonia, be-bru-3x230 in Brussels"),
        (None, "Fluvius 253967035_D", "--grid be-vlg-3x230"),
        (None, "ORES 1234", "--grid be-wal-3x230"),
        (None, "Sibelga 1234", "--grid be-bru-3x230"),
        ("nl", None, "--grid nl-3x230"),
        ("nl", "Fluvius 253967035_D", "--grid be-vlg-3x230"),
        ("be-wal", "Kaifa AIFA-METER", "--grid be-wal-3x230"),
        ("be-bru", None, "--grid be-bru-3x230"),
    ],
)
def test_the_setting_is_named_for_the_region_that_was_chosen_or_is_likely(
    grid: str | None, model: str | None, told: str
) -> None:
    device = p1({**PRINT, "meter_model": model})
    hints = setting_hints(device, profile_of(grid))
    assert hints[0] == f"this looks like 3x230 V without neutral: start with {told}"
    assert {hint.split("--grid ")[1].split(",")[0] for hint in hints} <= PROFILES.keys()
    assert [len(hint) for hint in hints] == sorted((len(hint) for hint in hints), reverse=True)


def test_nothing_is_to_be_set_where_it_is_set_or_is_not_the_print_or_another_dongle_says_it() -> None:
    assert setting_hints(p1(PRINT), profile_of("be-wal-3x230")) == []
    assert setting_hints(p1(OUTAGE), profile_of(None)) == []
    assert setting_hints(p1(ALIVE), profile_of(None)) == []
    assert setting_hints(p1(PRINT, twin=True), profile_of(None)) == []
    assert setting_hints(Device("k", "k", "HWE-KWH3", measurement=p1(PRINT).measurement), profile_of(None)) == []
    assert setting_hints(Device("k"), profile_of(None)) == []
