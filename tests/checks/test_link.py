"""The rules on answers and on Wi-Fi: each fault gives one finding, and tells how bad it is."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.checks.house import House, Values
from tui.core.checks.finding import Verdict
from tui.core.events import Added, Failed, Measured, Seen, SystemRead
from tui.core.model import Endpoint, State
from tui.core.reading import Measurement, System, Value

POWER: dict[str, Value] = {"power_w": 100.0}


def losing(lost: int, of: int) -> Callable[[int], Values | None]:
    """Loses the first of each so many polls, but not the very first ones."""
    return lambda second: None if 5 <= second % of < 5 + lost else POWER


def bad(house: House) -> list[str]:
    """The rule and the case of everything above info, of the rules on devices."""
    return [
        f"{rule} {found.case}"
        for rule in ("link", "wifi", "api", "identity")
        for found in house.findings(rule)
        if found.verdict in (Verdict.WARN, Verdict.FAIL)
    ]


@pytest.mark.parametrize(
    ("lost", "of", "case"),
    [
        (0, 100, "pass"),
        (1, 100, "info"),
        (2, 100, "info"),
        (3, 100, "info"),  # 3.0 % is inside
        (4, 100, "warn-lost"),
        (10, 100, "warn-lost"),  # and so is 10.0 %
        (11, 100, "fail-lost"),
    ],
)
def test_losses_have_one_boundary_each(lost: int, of: int, case: str) -> None:
    house = House()
    house.meter(losing(lost, of))
    assert house.run(of).verdicts("link") == [case]


def test_two_losses_are_no_warning_however_few_polls_there_were() -> None:
    house = House()
    house.meter(losing(2, 40))
    assert house.run(40).verdicts("link") == ["info"]


def test_a_loss_in_a_long_time_is_forgotten() -> None:
    house = House()
    house.meter(lambda second: None if second == 7 else POWER)
    assert house.run(60).verdicts("link") == ["info"]
    assert house.run(1000).verdicts("link") == ["pass"]


@pytest.mark.parametrize(("latency_s", "case"), [(0.9, "pass"), (1.0, "pass"), (1.1, "warn-late")])
def test_late_answers(latency_s: float, case: str) -> None:
    house = House()
    house.meter(POWER, latency_s=latency_s)
    assert house.run(60).verdicts("link") == [case]


def test_a_water_meter_may_take_its_time() -> None:
    house = House()
    house.meter({"water_total_m3": 1.0}, "HWE-WTR", latency_s=3.0)
    assert house.run(60).verdicts("link") == ["pass"]


# ------------------------------------------------------------------ silence


def test_a_device_that_dies_fails_after_a_minute_with_what_it_said() -> None:
    house = House()
    house.meter(lambda second: POWER if second < 2000 else None)
    assert house.run(2059).verdicts("link") == ["info"]  # 60.0 s is inside
    (found,) = house.run(3).findings("link")
    assert found.case == "fail-silent-wifi"
    assert found.values["said"] == "connection timed out"
    assert found.values["wifi"] == "70"
    assert bad(house) == ["link fail-silent-wifi"]


def test_a_device_that_recovers_is_no_longer_silent() -> None:
    house = House()
    house.meter(lambda second: None if 2000 <= second < 2100 else POWER)
    assert house.run(2090).verdicts("link") == ["fail-silent-wifi"]
    assert house.run(2000).verdicts("link") == ["info"]


def test_a_host_that_never_answers_fails_after_some_tries() -> None:
    house = House()
    endpoint = Endpoint("192.168.1.99")
    house.tell(Added(endpoint, house.now))
    assert house.run(20).verdicts("link") == ["untestable-waiting"]
    for _ in range(3):
        house.tell(Failed(endpoint, State.REFUSED, "connection refused", house.now))
        house.run(20)
    (found,) = house.findings("link")
    assert found.case == "fail-never"
    assert bad(house) == ["link fail-never"]


def test_what_was_not_asked_is_not_silent() -> None:
    house = House()
    house.meter(POWER)
    house.run(60)
    house.now = house.now.plus(7200)  # this computer was suspended
    assert house.verdicts("link") == ["pass"]


def test_garbage_is_a_lost_answer() -> None:
    house = House()
    meter = house.meter(POWER)
    for _ in range(40):
        house.run(1)
        house.tell(Failed(Endpoint(meter.host), State.BAD_ANSWER, "the answer is not JSON", house.now))
    assert bad(house) == ["link fail-lost"]


# ------------------------------------------------------------------ not polled


def test_a_device_without_its_api_is_told_once() -> None:
    house = House()
    meter = house.meter(lambda second: POWER if second < 60 else None)
    house.run(60)
    for _ in range(20):
        house.tell(Failed(Endpoint(meter.host), State.API_DISABLED, "Local API is off", house.now))
        house.now = house.now.plus(15)
    assert bad(house) == ["api fail"]
    assert house.verdicts("link") == ["untestable-api-off"]
    house.meters[0].answers = lambda second: POWER
    assert house.run(60).verdicts("link") == ["pass"], "the polls while the API was off were not lost"


def test_a_device_with_api_v2_only_is_no_fault() -> None:
    house = House()
    house.tell(Seen(Endpoint("192.168.1.50", 443, "v2"), "5c2fafaabbcc", house.now, "HWE-BAT"))
    house.run(300)
    assert bad(house) == []
    assert house.verdicts("api") == ["info-not-paired"]
    assert house.verdicts("link") == house.verdicts("wifi") == ["na"]


# ------------------------------------------------------------------ Wi-Fi


@pytest.mark.parametrize(
    ("pct", "case"),
    [
        (100, "pass"),
        (66, "pass"),
        (65, "pass-fair"),
        (50, "pass-fair"),
        (49, "info"),
        (30, "info"),
        (29, "warn"),
        (0, "warn"),
        (None, "untestable-not-sent"),
    ],
)
def test_the_strength_has_one_boundary_each(pct: float | None, case: str) -> None:
    house = House()
    house.meter(POWER, wifi_pct=pct)
    assert house.run(60).verdicts("wifi") == [case]


def test_dbm_are_percent_too() -> None:
    house = House()
    meter = house.meter(POWER, wifi_pct=None)
    house.run(1)
    for _ in range(100):
        house.now = house.now.plus(1)
        house.tell(Measured(meter.serial, Measurement(POWER), System(wifi_rssi_db=-87.0), house.now, 0.03, 1.0))
    (found,) = house.findings("wifi")
    assert (found.case, found.figure, found.values["dbm"]) == ("warn", 26.0, -87.0)


def test_what_a_device_tells_of_its_wifi_beside_its_values_counts_while_it_is_new() -> None:
    house = House()
    meter = house.meter(POWER, wifi_pct=None)
    house.run(1)
    house.tell(SystemRead(meter.serial, System(wifi_rssi_db=-87.0), house.now))
    for _ in range(200):
        house.now = house.now.plus(1)
        house.tell(Measured(meter.serial, Measurement(POWER), System(), house.now, None, 1.0))
    (found,) = house.findings("wifi")
    assert (found.case, found.figure) == ("warn", 26.0)
    (observed,) = house.record.observed
    assert sum(1 for value in observed.series["wifi_strength_pct"].recent if value == 26.0) == 150


def test_one_weak_moment_is_no_verdict() -> None:
    house = House()
    house.meter(POWER, wifi_pct=5)
    assert house.run(20).verdicts("wifi") == ["untestable-early"]


def test_one_drop_in_an_hour_does_not_count() -> None:
    house = House()
    meter = house.meter(POWER, wifi_pct=60)
    house.run(300)
    meter.wifi_pct = 5
    assert house.run(120).verdicts("wifi") == ["pass-fair"]


@pytest.mark.parametrize(
    ("lost", "wifi", "link"),
    [(1, "warn", "info"), (5, "warn-lost", "info-wifi"), (15, "fail-lost", "info-wifi")],
)
def test_weak_wifi_with_losses_is_one_finding(lost: int, wifi: str, link: str) -> None:
    house = House()
    house.meter(losing(lost, 100), wifi_pct=26)
    house.run(100)
    assert house.verdicts("wifi") == [wifi]
    assert house.verdicts("link") == [link]
    (found,) = house.findings("wifi")
    assert (found.figure, found.values["dbm"], found.values["lost"]) == (26, -87, lost)


def test_weak_wifi_with_late_answers_is_one_finding() -> None:
    house = House()
    house.meter(POWER, wifi_pct=12, latency_s=1.6)
    house.run(60)
    assert bad(house) == ["wifi warn-late"]


def test_a_silent_device_with_weak_wifi_is_one_finding() -> None:
    house = House()
    house.meter(lambda second: POWER if second < 300 else None, wifi_pct=12)
    house.run(400)
    assert bad(house) == ["link fail-silent-wifi"]
    assert house.verdicts("wifi") == ["untestable-silent"]


def test_without_devices_nothing_applies() -> None:
    assert House().run(10).verdicts("link") == House().verdicts("wifi") == ["na"]
