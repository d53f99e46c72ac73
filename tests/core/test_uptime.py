"""What an uptime says: since when a device runs, and that it started anew."""

from __future__ import annotations

import pytest

from tui.core.events import Event, Identified, Measured, SystemRead
from tui.core.fleet import reduce
from tui.core.model import Device, Endpoint, Fleet
from tui.core.moment import Now
from tui.core.reading import Identity, Measurement, System
from tui.core.wording import up_words

T0 = Now(1_780_000_000.0, 5_000.0)
KEY = "5c2faf0000b1"
HERE = Endpoint("192.168.1.9", 443, "v2")


def told(*uptimes: tuple[float, float], interval_s: float = 1.0) -> Device:
    """A device that said at so many seconds how long it has been up."""
    events: list[Event] = [Identified(HERE, Identity(KEY, "HWE-BAT"), T0)]
    for second, up_s in uptimes:
        events.append(SystemRead(KEY, System(wifi_rssi_db=-60, uptime_s=up_s), T0.plus(second)))
        events.append(Measured(KEY, Measurement({"power_w": 1.0}), System(), T0.plus(second), None, interval_s))
    fleet = Fleet()
    for event in events:
        fleet = reduce(fleet, event)
    return fleet.devices[KEY]


@pytest.mark.parametrize(
    ("uptimes", "restarts"),
    [
        (((0, 100),), 0),
        (((0, 100), (60, 160)), 0),
        (((0, 100), (60, 155), (61, 160)), 0),  # late, in whole seconds
        (((0, 100), (60, 5)), 1),
        (((0, 20), (60, 30)), 1),  # more than before, but less than 60 s more
        (((0, 100), (60, 5), (120, 65), (180, 3)), 2),
        (((0, 10**7), (86400, 10**7 + 86400 - 80)), 0),  # its clock is slow
        (((0, 10**7), (86400, 10**7 + 86400 + 80)), 0),
        (((0, 10**7), (86400, 10**7)), 1),
    ],
)
def test_it_started_anew_where_it_has_been_up_for_less_than_it_must_have(
    uptimes: tuple[tuple[float, float], ...], restarts: int
) -> None:
    device = told(*uptimes)
    assert device.restarts == restarts
    second, up_s = uptimes[-1]
    assert device.started is not None
    assert T0.plus(second).age_of(device.started) == up_s


def test_where_time_is_made_to_pass_faster_an_answer_that_is_late_is_no_restart() -> None:
    """At a speed of 600, a quarter of a second on the way is 150 s."""
    assert told((0, 9000), (600, 9450), interval_s=60.0).restarts == 0
    assert told((0, 9000), (600, 9000), interval_s=60.0).restarts == 1


def test_what_says_nothing_of_it_changes_nothing() -> None:
    device = told((0, 100))
    fleet = reduce(Fleet({KEY: device}), SystemRead(KEY, System(cloud_enabled=True), T0.plus(30)))
    fleet = reduce(fleet, Measured(KEY, Measurement(), System("wifi", 50), T0.plus(40), None, 1.0))
    assert (fleet.devices[KEY].started, fleet.devices[KEY].restarts) == (device.started, 0)


@pytest.mark.parametrize(
    ("uptimes", "later", "words"),
    [
        (((0, 0),), 0, "0 min"),
        (((0, 59),), 0, "0 min"),
        (((0, 60),), 0, "1 min"),
        (((0, 7199),), 0, "119 min"),
        (((0, 7200),), 0, "2 h"),
        (((0, 2 * 86400 - 1),), 0, "47 h"),
        (((0, 12 * 86400),), 30, "12 d"),
        (((0, 500), (60, 5)), 0, "0 min, restarted once"),
        (((0, 500), (60, 5), (70, 1)), 0, "0 min, restarted twice"),
        (((0, 500), (60, 5), (70, 1), (90, 0)), 0, "0 min, restarted 3 times"),
        (((0, 12 * 86400),), 61, None),  # silent: nobody knows
    ],
)
def test_how_long_it_runs_is_told_in_words_that_do_not_tick(
    uptimes: tuple[tuple[float, float], ...], later: float, words: str | None
) -> None:
    device = told(*uptimes)
    assert up_words(device, T0.plus(uptimes[-1][0] + later)) == words


def test_a_device_that_tells_no_uptime_has_none() -> None:
    assert up_words(Device("a"), T0) is None
