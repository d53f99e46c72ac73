"""Own use, costs and 10-minute means beside a graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import cast
from zoneinfo import ZoneInfo

import pytest

from tui.core.counting.ownuse import EXPORT, IMPORT
from tui.core.graph.account import Share, billed, cost_part, own_uses
from tui.core.graph.bucket import Bucket
from tui.core.graph.grid import Frame, Step, Unit, frame_to
from tui.core.graph.tenminutes import Mean, TenMinutes
from tui.core.model import Device, Fleet, Read, Role
from tui.core.moment import Now
from tui.core.money.cost import Cost, Meter, Meters
from tui.core.past.history import Amount, Past
from tui.core.reading import Measurement

ZONE = ZoneInfo("Europe/Amsterdam")


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).timestamp()


NOW = Now(at("2026-11-27T14:30"), 0.0)


def device(key: str, product: str, role: Role | None = None) -> Device:
    return Device(
        key, serial=key, product_type=product, given_role=role, measurement=Read(Measurement({"power_w": 1.0}), NOW)
    )


FLEET = Fleet({"p1": device("p1", "HWE-P1"), "solar": device("solar", "HWE-KWH1", Role.SOLAR)})


class Days:
    """A past of days: (in, out) of the P1, and the sun; those not named were not counted."""

    def __init__(self, days: Mapping[str, tuple[float, float, float | None]]) -> None:
        self._days = days

    def amounts(self, place: str, quantity: str, cuts: Sequence[float]) -> tuple[Amount | None, ...]:
        found: list[Amount | None] = []
        for start in cuts[:-1]:
            day = self._days.get(f"{datetime.fromtimestamp(start, ZONE):%m-%d}")
            value = None
            if day is not None:
                of_sun = day[2] if quantity == EXPORT else 0.0
                value = of_sun if place == "solar" else day[0 if quantity == IMPORT else 1]
            found.append(None if value is None else Amount(value, 86400.0))
        return tuple(found)


def shares(
    days: Mapping[str, tuple[float, float, float | None]], frame: Frame
) -> tuple[list[Share | None], Share | None]:
    each, whole = own_uses(FLEET, NOW, cast("Past", Days(days)), frame)
    return list(each), whole


WEEK = frame_to(Step(1, Unit.DAY), NOW.utc, 7, ZONE)


def test_the_share_of_each_day_and_of_all_of_them() -> None:
    found, whole = shares({"11-26": (4.0, 3.0, 10.0), "11-27": (1.0, 1.0, 2.0)}, WEEK)
    assert found == [None] * 5 + [Share(10.0, 7.0), Share(2.0, 1.0)]
    assert whole == Share(12.0, 8.0)
    assert whole.of_sun == pytest.approx(8 / 12)


def test_a_day_that_cannot_be_told_spoils_no_month_and_is_said_to_be_missing() -> None:
    frame = frame_to(Step(1, Unit.MONTH), NOW.utc, 2, ZONE)
    found, whole = shares({"10-31": (4.0, 3.0, None), "11-01": (4.0, 3.0, 10.0), "11-02": (4.0, 3.0, None)}, frame)
    assert found == [None, Share(10.0, 7.0, partly=True)]
    assert whole == Share(10.0, 7.0, partly=True)


def test_without_sun_there_is_no_share() -> None:
    assert shares({"11-26": (4.0, 0.0, 0.0)}, WEEK) == ([None] * 7, None)


METERS = Meters(("p1",), {"gas": Meter("p1/gas_meter", "total"), "water": Meter("w", "water_total_m3")})


@pytest.mark.parametrize(
    ("place", "names"), [("p1", ("import", "export")), ("p1/gas_meter", ("gas",)), ("w", ("water",)), ("solar", ())]
)
def test_what_a_meter_adds_to_the_bill(place: str, names: tuple[str, ...]) -> None:
    assert billed(place, METERS) == names


def test_a_part_of_a_cost_lacks_only_what_it_lacks_itself() -> None:
    parts = {"import": Decimal(3), "export": Decimal(-1), "gas": Decimal(9), "fixed": Decimal(1)}
    cost = Cost(parts, uncounted_s={"gas": 3600.0}, unpriced={"export": Decimal(2)})
    of_energy, of_gas = cost_part(cost, ("import", "export")), cost_part(cost, ("gas",))
    assert of_energy is not None
    assert of_gas is not None
    assert (of_energy.total, dict(of_energy.uncounted_s)) == (Decimal(2), {})
    assert of_energy.unpriced == {"export": Decimal(2)}
    assert (of_gas.total, dict(of_gas.unpriced)) == (Decimal(9), {})
    assert of_gas.uncounted_s == {"gas": 3600.0}
    assert cost_part(cost, ("water",)) is None
    assert cost_part(None, ("gas",)) is None


class Minutes:
    """A past of minutes: 230 V, but for some; it counts what it is asked for."""

    def __init__(self, volts: Mapping[float, float | None]) -> None:
        self._volts = volts
        self.asked: list[tuple[float, float]] = []

    def window(self, place: str, quantity: str, start: float, end: float, columns: int) -> tuple[Bucket | None, ...]:
        self.asked.append((start, end))
        values = (self._volts.get(start + 60 * minute, 230.0) for minute in range(columns))
        return tuple(None if value is None else Bucket(value - 9, value, value + 9, 60) for value in values)


NOON = at("2026-11-27T12:00")


def highest(past: Minutes, cuts: Sequence[float], now: float = NOW.utc, keeper: TenMinutes | None = None) -> object:
    return (keeper or TenMinutes()).highest(cast("Past", past), "p1", "voltage_l1_v", cuts, now)


def test_the_highest_mean_of_ten_minutes_in_each_column() -> None:
    cuts = [NOON, NOON + 1200, NOON + 2400, NOON + 3600]
    past = Minutes({NOON + 600 + 60 * minute: 250.0 + minute for minute in range(10)} | {NOON + 1260.0: 400.0})
    columns, whole = TenMinutes().highest(cast("Past", past), "p1", "voltage_l1_v", cuts, NOW.utc)
    assert columns == (Mean(254.5, NOON + 600), Mean(247.0, NOON + 1200), Mean(230.0, NOON + 3000))
    assert whole == Mean(254.5, NOON + 600)


@pytest.mark.parametrize(
    ("volts", "expected"),
    [
        ({NOON: None}, Mean(230.0, NOON)),
        ({NOON: None, NOON + 60: None}, None),
        ({NOON: 0.0, NOON + 60: 0.0}, None),
    ],
)
def test_a_window_counts_as_in_the_voltage_record(volts: Mapping[float, float | None], expected: Mean | None) -> None:
    assert highest(Minutes(volts), [NOON, NOON + 600]) == ((expected,), expected)


def test_columns_shorter_than_a_window_have_the_one_that_begins_in_them() -> None:
    cuts = [NOON + 300 * column for column in range(4)]
    mean = Mean(230.0, NOON), Mean(230.0, NOON + 600)
    assert highest(Minutes({}), cuts) == ((mean[0], None, mean[1]), mean[1])


def test_only_what_is_new_is_read_and_nothing_that_may_still_change() -> None:
    past, keeper, cuts = Minutes({}), TenMinutes(), [NOON, NOON + 86400]
    for seconds in (3600.0, 3700.0, 4500.0):
        highest(past, cuts, NOON + seconds, keeper)
    assert past.asked == [(NOON, NOON + 3000), (NOON + 3000, NOON + 4200)]
    highest(past, [NOON - 3600, NOON], NOON + 4500, keeper)
    assert past.asked[2:] == [(NOON - 3600, NOON)]
    highest(past, [NOON - 86400, NOON - 7200], NOON + 4500, keeper)
    assert past.asked[3:] == [(NOON - 86400, NOON - 7200)]
