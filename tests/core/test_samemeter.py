"""One smart meter counts once, however many dongles read it; of several meters, the user says which is the house's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tui.core.doubt.likeness import DOUBT_S, MOST_METERS, PROOF_S
from tui.core.events import Configured, Failed, Identified, Measured
from tui.core.fleet import reduce
from tui.core.house import Balance, balance_of, rival_meters
from tui.core.model import DeviceSetting, Endpoint, Fleet, Role, State
from tui.core.moment import Now
from tui.core.reading import Identity, Measurement, System

T0 = Now(1_700_000_000.0, 100.0)
OLD, NEW, OTHER = "5c2faf000001", "5C2FAF000002", "5c2faf000003"
ID = "4530303433303037313333343737303137"
ANOTHER_ID = "4530303433303037313333343737303138"


def endpoint(serial: str) -> Endpoint:
    return Endpoint(f"192.168.1.{int(serial[-2:], 16)}")


def found(*serials: str, kind: str = "HWE-P1", fleet: Fleet | None = None) -> Fleet:
    fleet = fleet or Fleet()
    for serial in serials:
        fleet = reduce(fleet, Identified(endpoint(serial), Identity(serial, kind), T0))
    return fleet


def heard(
    fleet: Fleet,
    serial: str,
    at: float = 0.0,
    *,
    power: float = 500.0,
    meter_id: str | None = None,
    import_kwh: float | None = None,
    export_kwh: float | None = 0.0,
) -> Fleet:
    values = {
        "unique_id": meter_id,
        "power_w": power,
        "energy_import_kwh": import_kwh,
        "energy_export_kwh": export_kwh,
    }
    sent = {name: value for name, value in values.items() if value is not None}
    return reduce(fleet, Measured(serial, Measurement(sent), System(), T0.plus(at), 0.01, 1.0))


def said(fleet: Fleet, serial: str, words: DeviceSetting) -> Fleet:
    return reduce(fleet, Configured(serial, words))


def counts(fleet: Fleet) -> list[str]:
    """The serials of the P1s that count."""
    meters = [device for device in fleet.devices.values() if device.product.is_grid_meter]
    return [device.serial or "" for device in meters if not device.same_meter_as]


def grid_w(fleet: Fleet, at: float = 0.0) -> float | None:
    return balance_of(fleet, T0.plus(at)).grid_w


def asked(fleet: Fleet, at: float = 0.0) -> int:
    """Of how many meters the user is asked which is the house's."""
    return len(rival_meters(fleet, T0.plus(at)))


# ------------------------------------------------------------------ by the id of the meter


def test_two_dongles_on_one_meter_count_once_and_the_other_says_whose_meter_it_reads() -> None:
    fleet = heard(heard(found(OLD, NEW), OLD, meter_id=ID), NEW, meter_id=ID.lower())
    assert balance_of(fleet, T0) == Balance(500)
    assert counts(fleet) == [OLD]
    assert fleet.devices[NEW.casefold()].same_meter_as == OLD
    assert asked(fleet) == 0


def test_two_dongles_on_the_meter_of_the_panels_count_once() -> None:
    fleet = heard(heard(found(OLD, NEW), OLD, power=-500, meter_id=ID), NEW, power=-500, meter_id=ID)
    for serial in (OLD, NEW):
        fleet = said(fleet, serial, DeviceSetting(role=Role.SOLAR))
    assert balance_of(fleet, T0) == Balance(solar_w=-500)


def test_three_dongles_on_one_meter_count_once() -> None:
    fleet = found(OLD, NEW, OTHER)
    for serial in (NEW, OTHER, OLD):
        fleet = heard(fleet, serial, meter_id=ID)
    assert grid_w(fleet) == 500


@pytest.mark.parametrize("no_id", [None, "", "0" * 34, "2D" * 18, "0" * 17, "E004\ufffd17", "E\ufffd", "45efbfbd30"])
def test_an_id_that_names_no_meter_makes_nothing_the_same(no_id: str | None) -> None:
    fleet = heard(heard(found(OLD, NEW), OLD, meter_id=no_id), NEW, meter_id=no_id)
    assert counts(fleet) == [OLD, NEW]
    assert grid_w(fleet) is None, "neither is added to the other, nor chosen"


def test_while_both_are_live_the_same_one_counts_and_it_is_the_other_as_soon_as_that_one_is_late() -> None:
    fleet = heard(heard(found(OLD, NEW), OLD, meter_id=ID), NEW, meter_id=ID)
    for second in range(1, 20):
        for serial in (NEW, OLD):
            fleet = heard(fleet, serial, second, meter_id=ID)
            assert counts(fleet) == [OLD]
    fleet = reduce(fleet, Failed(endpoint(OLD), State.SILENT, "", T0.plus(20)))
    for second in range(20, 30):
        fleet = heard(fleet, NEW, second, power=600, meter_id=ID)
        assert grid_w(fleet, second) is not None, "one of them is always live"
    assert (counts(fleet), grid_w(fleet, 29)) == ([NEW], 600)
    for second in range(30, 40):
        for serial in (OLD, NEW):
            fleet = heard(fleet, serial, second, meter_id=ID)
            assert counts(fleet) == [NEW], "the one that came back does not push it out"


def test_a_dongle_without_a_role_never_counts_and_one_with_a_role_does_before_one_by_itself() -> None:
    fleet = heard(heard(found(OLD, NEW), OLD, meter_id=ID), NEW, meter_id=ID)
    assert counts(said(fleet, OLD, DeviceSetting(role=Role.NONE))) == [NEW]
    assert counts(said(fleet, NEW, DeviceSetting(role=Role.GRID))) == [NEW]
    both = said(said(fleet, NEW, DeviceSetting(role=Role.GRID)), OLD, DeviceSetting(role=Role.GRID))
    assert grid_w(both) == 500, "whatever is said, it is one meter"


# ------------------------------------------------------------------ by its counters


def ticking(kw: float, second: float) -> float:
    """A counter to three decimals; from 10 kW on it moves several times a second."""
    return round(8000 + kw * second / 3600, 3)


def minutes_of(
    fleet: Fleet, kw: float, lag_s: float, *, seconds: int = 90, start: int = 0, other: float = 0.0
) -> Iterator[tuple[int, Fleet]]:
    """Two dongles whose meter speaks once a second, the second of them asked `lag_s` later."""
    for second in range(start, start + seconds):
        fleet = heard(fleet, OLD, second, import_kwh=ticking(kw, second))
        later = second + lag_s
        fleet = heard(fleet, NEW, later, import_kwh=round(ticking(kw, int(later)) + other, 3))
        yield second, fleet


def in_the_end(minutes: Iterator[tuple[int, Fleet]]) -> Fleet:
    return list(minutes)[-1][1]


@pytest.mark.parametrize("kw", [0.0, 0.5, 11.0])
@pytest.mark.parametrize("lag_s", [0.05, 0.95, 2.5])
def test_equal_counters_over_a_minute_are_one_meter(kw: float, lag_s: float) -> None:
    for second, fleet in minutes_of(found(OLD, NEW), kw, lag_s):
        assert asked(fleet, second + lag_s) == 0, "not before it is known"
        if second < PROOF_S - 5:
            assert (counts(fleet), grid_w(fleet, second)) == ([OLD, NEW], None)
    assert (counts(fleet), grid_w(fleet, second)) == ([OLD], 500)


def test_counters_of_two_meters_are_asked_about_and_not_added_up() -> None:
    for second, fleet in minutes_of(found(OLD, NEW), 0.5, 0.05, other=0.5):
        assert grid_w(fleet, second) is None
        assert counts(fleet) == [OLD, NEW]
    assert asked(fleet, second) == 2


@pytest.mark.parametrize("kwh", [None, 0.0])
def test_counters_of_nothing_make_nothing_the_same(kwh: float | None) -> None:
    fleet = found(OLD, NEW)
    for second in range(90):
        fleet = heard(heard(fleet, OLD, second, import_kwh=kwh), NEW, second, import_kwh=kwh)
    assert counts(fleet) == [OLD, NEW]
    assert asked(fleet, 89) == 2


def test_meters_that_part_after_all_are_two() -> None:
    fleet = in_the_end(minutes_of(found(OLD, NEW), 0.5, 0.05))
    assert counts(fleet) == [OLD]
    fleet = in_the_end(minutes_of(fleet, 0.5, 0.05, start=90, seconds=int(DOUBT_S) + 30, other=1.0))
    assert counts(fleet) == [OLD, NEW]


def test_a_dongle_whose_cable_is_out_still_belongs_to_its_meter() -> None:
    fleet = in_the_end(minutes_of(found(OLD, NEW), 2.0, 0.05))
    for second in range(90, 300):
        fleet = heard(fleet, OLD, second, import_kwh=ticking(2.0, 89))
        fleet = heard(fleet, NEW, second, import_kwh=ticking(2.0, second))
        assert len(counts(fleet)) == 1


def test_a_dongle_that_comes_back_after_an_hour_is_known_again() -> None:
    fleet = in_the_end(minutes_of(found(OLD, NEW), 0.5, 0.05))
    for second in range(90, 3600):
        fleet = heard(fleet, NEW, second, import_kwh=ticking(0.5, second))
    for second, later in minutes_of(fleet, 0.5, 0.05, start=3600, seconds=5):
        assert (len(counts(later)), grid_w(later, second)) == (1, 500)


def test_an_id_beats_the_counters_and_one_id_alone_does_not() -> None:
    fleet = alone = found(OLD, NEW)
    for second in range(90):
        fleet = heard(fleet, OLD, second, meter_id=ID, import_kwh=7.5)
        fleet = heard(fleet, NEW, second, meter_id=ANOTHER_ID, import_kwh=7.5)
        alone = heard(heard(alone, OLD, second, meter_id=ID, import_kwh=7.5), NEW, second, import_kwh=7.5)
    assert counts(fleet) == [OLD, NEW]
    assert counts(alone) == [OLD]


def test_a_flood_of_meters_is_not_compared_without_end() -> None:
    serials = [f"5c2fae0000{number:02x}" for number in range(4 * MOST_METERS)]
    fleet = found(*serials)
    for serial in serials:
        fleet = heard(fleet, serial, import_kwh=1.5)
    assert len(fleet.likeness.values) == MOST_METERS
    assert len(fleet.likeness.pairs) <= MOST_METERS**2


# ------------------------------------------------------------------ two meters


def two() -> Fleet:
    return heard(heard(found(OLD, NEW), OLD, meter_id=ID, power=500), NEW, meter_id=ANOTHER_ID, power=300)


def test_two_meters_are_asked_about_and_nothing_is_claimed() -> None:
    fleet = two()
    assert asked(fleet) == 2
    assert balance_of(fleet, T0) == Balance()


@pytest.mark.parametrize(
    ("words", "power"),
    [
        ({OLD: Role.GRID}, 500),
        ({NEW: Role.GRID}, 300),
        ({NEW: Role.NONE}, 500),
        ({NEW: Role.LOAD}, 500),
        ({OLD: Role.GRID, NEW: Role.GRID}, 800),
        ({OLD: Role.NONE, NEW: Role.NONE}, None),
    ],
)
def test_the_users_word_is_added_up_as_it_was_said(words: dict[str, Role], power: float | None) -> None:
    fleet = two()
    for serial, role in words.items():
        fleet = said(fleet, serial, DeviceSetting(role=role))
    assert grid_w(fleet) == power
    assert asked(fleet) == 0


def test_once_the_house_has_its_meter_nobody_asks_about_the_others() -> None:
    fleet = heard(found(OTHER, fleet=two()), OTHER, power=700.0, meter_id="4530303433303037313333343737303139")
    assert asked(fleet) == 3
    fleet = said(fleet, OTHER, DeviceSetting(role=Role.GRID))
    assert (asked(fleet), grid_w(fleet)) == (0, 700)


def test_a_name_alone_answers_nothing() -> None:
    fleet = said(two(), OLD, DeviceSetting("Ours"))
    assert (asked(fleet), grid_w(fleet)) == (2, None)


def test_a_second_p1_that_cannot_be_read_is_no_rival_and_one_that_was_not_asked_yet_may_be_one() -> None:
    fleet = heard(found(OLD, NEW), OLD, meter_id=ID)
    new = fleet.devices[NEW.casefold()]
    unasked = replace(fleet, devices={**fleet.devices, new.key: replace(new, link=replace(new.link, last_answer=None))})
    assert (grid_w(unasked), asked(unasked)) == (None, 0)
    off = reduce(unasked, Failed(endpoint(NEW), State.API_DISABLED, "", T0))
    assert (grid_w(off), asked(off)) == (500, 0)
