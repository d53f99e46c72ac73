"""A meter's time is a claim: what is taken for a fact, and what it may order."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.core.api.metertime import is_plausible
from tui.core.api.v1 import parse_measurement
from tui.core.doubt.dating import dated
from tui.core.events import Measured
from tui.core.external import is_left_over
from tui.core.moment import Now
from tui.core.reading import External, Measurement, System

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
TODAY = datetime(2026, 11, 28, 14, 30)
NOW = Now(datetime(2026, 11, 28, 14, 30, tzinfo=AMSTERDAM).timestamp(), 700.0)
STAMPS = (
    st.none()
    | st.datetimes()
    | st.datetimes(datetime(2026, 11, 1), datetime(2026, 12, 31))
    | st.sampled_from([datetime(1970, 1, 1, 1), datetime(2000, 1, 1), datetime(2068, 10, 27, 0, 27, 58)])
)


def judged(measurement: Measurement, now: Now = NOW) -> Measurement:
    return dated(Measured("x", measurement, System(), now, 0.01, 1.0), AMSTERDAM).measurement


def sent(*stamps: object, **fields: object) -> Measurement:
    """A P1 with a gas meter for each stamp, named "0", "1", ... as it would come off the wire."""
    external = [
        {"type": "gas_meter", "unique_id": str(index), "timestamp": stamp, "value": 1.5, "unit": "m3"}
        for index, stamp in enumerate(stamps)
    ]
    parsed = parse_measurement({"external": external, **fields})
    assert parsed
    return judged(parsed[0])


@pytest.mark.parametrize(
    ("stamps", "order", "old"),
    [
        # a meter's own time, beside what an empty channel, a factory clock and a broken one send
        ((700101010000, 261128142500), "10", ""),
        ((261128142500, 700101010000), "01", ""),
        ((101000000, 261128142500), "10", ""),
        ((681027002758, 261128142500), "10", ""),
        ((271128142500, 261128142500), "10", ""),
        ((262501000000, 261128142500), "10", ""),
        ((0, 261128142500), "10", ""),
        (("soon", 261128142500), "10", ""),
        # none of them has a time
        ((700101010000, 0, 681027002758), "012", ""),
        # a real swap, in either order, and one with an empty channel between
        ((250103000000, 261128142500), "10", "0"),
        ((261128142500, 250103000000), "01", "1"),
        ((250103000000, 700101010000, 261128142500), "201", "0"),
        # up to a day ahead is a clock that is off, and still a time, but it makes no reading of today old
        ((261128142500, 261128153000), "10", ""),
        ((261128133000, 261129143000), "10", ""),
        ((261128133000, 261129133000), "10", ""),
        ((261127150000, 261129133000), "10", ""),
        ((250103000000, 261129133000), "10", "0"),
    ],
)
def test_only_a_plausible_time_orders_meters_or_makes_one_old(stamps: tuple[object, ...], order: str, old: str) -> None:
    meters = sent(*stamps).external
    assert "".join(meter.unique_id or "" for meter in meters) == order
    assert "".join(meter.unique_id or "" for meter in meters if is_left_over(meter, meters, TODAY)) == old


def test_types_keep_the_order_of_the_answer() -> None:
    def meter(kind: str, name: str, stamp: datetime | None) -> External:
        return External(kind, name, 1.0, "m3", stamp)

    noon = datetime(2026, 11, 28, 12)
    meters = (
        meter("gas_meter", "NO TIME", None),
        meter("water_meter", "W", noon),
        meter("gas_meter", "OLD", datetime(2025, 1, 1)),
        meter("gas_meter", "NEW", noon),
    )
    external = judged(Measurement(external=meters)).external
    assert [meter.unique_id for meter in external] == ["NEW", "W", "OLD", "NO TIME"]


@pytest.mark.parametrize("name", [None, "0000"])
def test_meters_that_only_their_place_tells_apart_keep_it(name: str | None) -> None:
    old, new = datetime(2026, 11, 28, 12), datetime(2026, 11, 28, 12, 5)
    newest = External("gas_meter", "NEW", 9.0, "m3", datetime(2026, 11, 28, 14))
    for first, second in ((old, new), (new, old), (None, old)):
        meters = (External("gas_meter", name, 1.0, "m3", first), External("gas_meter", name, 2.0, "m3", second))
        found = judged(Measurement(external=(*meters, newest))).external
        assert [meter.value for meter in found] == [9.0, 1.0, 2.0]


@pytest.mark.parametrize(
    ("stamp", "note"),
    [
        (700101010000, "external[0].timestamp: 1970 is before 2010, dropped"),
        (101010000, "external[0].timestamp: 2000 is before 2010, dropped"),
        (262501000000, "external[0].timestamp: not a time, dropped"),
        (
            681027002758,
            "time of gas_meter 0: 2068-10-27 00:27 is more than a day ahead of this computer's clock, ignored",
        ),
        (
            261129143001,
            "time of gas_meter 0: 2026-11-29 14:30 is more than a day ahead of this computer's clock, ignored",
        ),
    ],
)
def test_an_impossible_time_is_taken_out_and_a_note_says_why(stamp: int, note: str) -> None:
    measurement = sent(stamp)
    (meter,) = measurement.external
    assert (meter.timestamp, meter.misdated, meter.value) == (None, True, 1.5)
    assert measurement.notes == (note,)


@pytest.mark.parametrize("stamp", [700101010000, 101000000, 681027002758, 271103181500])
def test_a_month_peak_keeps_its_power_but_not_an_impossible_time(stamp: int) -> None:
    measurement = sent(montly_power_peak_w=4230, montly_power_peak_timestamp=stamp)
    assert measurement.values == {"monthly_power_peak_w": 4230}
    assert len(measurement.notes) == 1


def test_a_computer_that_gets_its_time_later_gets_the_meters_times_then() -> None:
    meters = Measurement(external=(External("gas_meter", "A", 1.5, "m3", datetime(2026, 11, 28, 14, 25)),))
    booted = Now(NOW.utc - 26 * 86400, 60.0)
    assert judged(meters, booted).external[0].misdated
    assert judged(meters) == meters


@pytest.mark.parametrize(
    ("unique_id", "value", "count"), [("", 0, 0), ("00000000", 0, 0), ("FFFF", 0, 0), ("4730", 0, 1), ("", 1.5, 1)]
)
def test_an_empty_channel_with_a_factory_date_of_the_future_is_no_meter(
    unique_id: str, value: float, count: int
) -> None:
    channel = External("gas_meter", unique_id or None, value, "m3", datetime(2068, 10, 27, 0, 27, 58))
    real = External("gas_meter", "47", 12.5, "m3", datetime(2026, 11, 28, 14, 25))
    found = judged(Measurement(external=(channel, real)))
    assert len(found.external) == 1 + count
    assert len(found.notes) == count


def test_an_answer_that_is_in_order_stays_the_same_object() -> None:
    event = Measured("x", sent(261128142500), System(), NOW, 0.01, 1.0)
    assert dated(event, AMSTERDAM) is event


@given(st.lists(st.tuples(st.sampled_from(["gas_meter", "water_meter"]), STAMPS), max_size=16))
def test_no_time_whatever_orders_a_plausible_one_behind_an_implausible_one(
    rows: list[tuple[str, datetime | None]],
) -> None:
    meters = tuple(External(kind, str(at), 1.0, "m3", stamp) for at, (kind, stamp) in enumerate(rows))
    found = judged(Measurement(external=meters)).external
    assert [meter.type for meter in found] == [meter.type for meter in meters]
    assert sorted(meter.unique_id or "" for meter in found) == sorted(meter.unique_id or "" for meter in meters)
    claimed = {meter.unique_id: meter.timestamp for meter in meters}
    for kind in ("gas_meter", "water_meter"):
        of_kind = [claimed[meter.unique_id] for meter in found if meter.type == kind]
        good = [stamp for stamp in of_kind if stamp and is_plausible(stamp, NOW.utc, AMSTERDAM)]
        assert of_kind[: len(good)] == sorted(good, reverse=True)
    for meter in found:
        assert meter.timestamp is None or is_plausible(meter.timestamp, NOW.utc, AMSTERDAM)
        assert meter.misdated is (meter.timestamp is None and claimed[meter.unique_id] is not None)
        assert not (is_left_over(meter, found, TODAY) and meter.timestamp is None)
