"""Own use and self-sufficiency, from amounts of the same time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from tui.core.counting.ownuse import EXPORT, IMPORT, own_use
from tui.core.counting.today import Today
from tui.core.model import Device, Fleet, Read, Role
from tui.core.moment import Now
from tui.core.past.history import Amount
from tui.core.reading import Measurement

near: Callable[..., Any] = pytest.approx
NOW = Now(1_780_000_000.0, 100.0)


def device(key: str, role: Role | None = None, product: str = "HWE-KWH1", behind: str | None = None) -> Device:
    measured = Read(Measurement({"power_w": 1.0}), NOW)
    return Device(key, serial=key, product_type=product, given_role=role, behind=behind, measurement=measured)


P1, SOLAR, BATTERY = device("p1", product="HWE-P1"), device("solar", Role.SOLAR), device("battery", Role.BATTERY)


def told(
    devices: list[Device], amounts: Mapping[str, tuple[float | None, float | None]], **more: Amount
) -> tuple[float | None, float | None] | None:
    """Own use and self-sufficiency of a house whose meters counted (in, out)."""
    fleet = Fleet({one.key: one for one in devices})
    days = {
        key: {name: Amount(value, 3600.0) for name, value in ((IMPORT, into), (EXPORT, out)) if value is not None}
        for key, (into, out) in amounts.items()
    }
    for name, amount in more.items():
        days[name][EXPORT] = amount
    own = own_use(fleet, NOW, lambda place: Today(days[place]) if place in days else None)
    return None if own is None else (own.share, own.self_sufficiency)


@pytest.mark.parametrize(
    ("amounts", "expected"),
    [
        ({"p1": (4.0, 3.0), "solar": (0.0, 10.0)}, (0.7, 7 / 11)),
        ({"p1": (0.0, 10.0), "solar": (0.0, 10.0)}, (0.0, None)),
        ({"p1": (5.0, 0.0), "solar": (0.0, 0.0)}, (None, 0.0)),
        ({"p1": (5.0, 0.0), "solar": (0.0, 0.09)}, (None, 0.09 / 5.09)),  # some Wh at night are no sun
        ({"p1": (0.0, 0.0), "solar": (0.0, 10.0)}, (1.0, 1.0)),
        ({"p1": (4.0, 3.0), "solar": (0.0, None)}, None),
        ({"p1": (4.0, None), "solar": (0.0, 10.0)}, None),
        ({"solar": (0.0, 10.0)}, None),
        ({"p1": (4.0, 3.0)}, None),
    ],
)
def test_a_house_with_sun(
    amounts: Mapping[str, tuple[float | None, float | None]], expected: tuple[float | None, float | None] | None
) -> None:
    own = told([P1, SOLAR], amounts)
    assert own == (expected if expected is None else tuple(near(one) if one else one for one in expected))


def test_without_a_solar_meter_nothing_is_told() -> None:
    assert told([P1], {"p1": (4.0, 3.0)}) is None


def test_a_battery_delays_use_and_loses_some() -> None:
    # 10 of sun: 2 to the grid, 4 into the battery; 3 came out of it. 1 from the grid.
    own = told([P1, SOLAR, BATTERY], {"p1": (1.0, 2.0), "solar": (0.0, 10.0), "battery": (4.0, 3.0)})
    assert own == (near(0.8), near((8.0 - 1.0) / 8.0))


@pytest.mark.parametrize("counted", [{}, {"battery": (4.0, None)}])
def test_a_battery_that_does_not_tell_what_it_counted_leaves_the_own_use(counted: dict[str, Any]) -> None:
    amounts = {"p1": (1.0, 2.0), "solar": (0.0, 10.0), **counted}
    assert told([P1, SOLAR, BATTERY], amounts) == (near(0.8), None)
    unread = replace(BATTERY, product_type="HWE-BAT", given_role=None, measurement=None)
    assert told([P1, SOLAR, unread], amounts) == (near(0.8), None)


def test_a_battery_charged_from_the_grid_is_held_at_0() -> None:
    assert told([P1, SOLAR, BATTERY], {"p1": (9.0, 4.0), "solar": (0.0, 1.0), "battery": (8.0, 3.0)}) == (0.0, 0.0)


def test_panels_behind_others_are_counted_once() -> None:
    inner = device("inner", Role.SOLAR, behind="solar")
    assert told([P1, SOLAR, inner], {"p1": (4.0, 3.0), "solar": (0.0, 10.0), "inner": (0.0, 5.0)}) == (
        near(0.7),
        near(7 / 11),
    )


@pytest.mark.parametrize("change", [{"remembered": True}, {"same_meter_as": "solar"}])
def test_panels_that_are_not_there_any_more_or_are_read_twice_count_once(change: dict[str, Any]) -> None:
    other = replace(device("other", Role.SOLAR), **change)
    assert told([P1, SOLAR, other], {"p1": (4.0, 3.0), "solar": (0.0, 10.0), "other": (0.0, 10.0)}) == (
        near(0.7),
        near(7 / 11),
    )


def test_yesterday_is_told_of_yesterday() -> None:
    days = {
        "p1": Today(yesterday={IMPORT: Amount(4.0, 1.0), EXPORT: Amount(3.0, 1.0)}),
        "solar": Today(yesterday={EXPORT: Amount(10.0, 1.0)}),
    }
    fleet = Fleet({"p1": P1, "solar": SOLAR})
    assert own_use(fleet, NOW, days.get) is None
    own = own_use(fleet, NOW, days.get, yesterday=True)
    assert own is not None
    assert own.share == near(0.7)


@pytest.mark.parametrize(
    "amount",
    [Amount(10.0, 3600.0, since=5000.0), Amount(10.0, 3600.0, until=5000.0), Amount(10.0, 3600.0, gaps=True)],
)
def test_not_counted_over_the_same_time(amount: Amount) -> None:
    assert told([P1, SOLAR], {"p1": (4.0, 3.0), "solar": (0.0, 1.0)}, solar=amount) is None


def test_counted_since_the_same_moment_of_the_day() -> None:
    days = {
        "p1": Today({IMPORT: Amount(4.0, 1.0, 5000.0), EXPORT: Amount(3.0, 1.0, 5000.0)}),
        "solar": Today({EXPORT: Amount(10.0, 1.0, 5030.0)}),
    }
    own = own_use(Fleet({"p1": P1, "solar": SOLAR}), NOW, days.get)
    assert own is not None
    assert own.share == near(0.7)
