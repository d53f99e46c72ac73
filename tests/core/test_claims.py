"""What an announcement is worth: how often it counts, whose address it leaves alone, where a device is looked for."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.core.events import Added, Certified, Configured, Event, Failed, Identified, Paired, Remembered, Seen, Unpaired
from tui.core.fleet import reduce
from tui.core.link.allowance import Allowance
from tui.core.link.claims import elsewhere, has_to_be_asked, heeded, keeper_of
from tui.core.model import HEED, Device, DeviceSetting, Endpoint, Fleet, State
from tui.core.moment import Now
from tui.core.reading import Identity

T0 = Now(1_700_000_000.0, 100.0)
SERIAL, OTHER = "5c2faf000001", "5c2faf0000ff"
P1 = Identity(SERIAL, "HWE-P1")
BATTERY = Identity(OTHER, "HWE-BAT")
V1, V2 = Endpoint("10.0.0.5"), Endpoint("10.0.0.5", 443, "v2")
FAR1, FAR2 = Endpoint("10.0.0.9"), Endpoint("10.0.0.9", 443, "v2")


def after(*events: Event) -> Fleet:
    fleet = Fleet()
    for event in events:
        fleet = reduce(fleet, event)
    return fleet


def silent(endpoint: Endpoint) -> Failed:
    return Failed(endpoint, State.SILENT, "next step", T0)


# ------------------------------------------------------------------ how often


def test_some_are_allowed_at_once_and_then_one_now_and_then() -> None:
    allowance: Allowance = Allowance(2, 10.0)
    allowed = []
    for second in range(45):
        left = allowance.take(T0.plus(second))
        if left is not None:
            allowance = left
            allowed.append(second)
    assert allowed == [0, 1, 10, 20, 30, 40]


@settings(max_examples=30)
@given(st.lists(st.floats(0.0, 20.0), max_size=40))
def test_there_are_never_more_than_the_time_allows_nor_a_long_silence(waits: list[float]) -> None:
    allowance, now, allowed = Allowance(3, 10.0), T0, 0
    for wait in waits:
        now = now.plus(wait)
        left = allowance.take(now)
        assert left is not None or wait < 10.0
        allowed += left is not None
        allowance = left or allowance
    assert allowed <= 3 + sum(waits) / 10.0 + 1e-6


def test_a_clock_that_goes_back_gives_nothing_away() -> None:
    left = Allowance(1, 10.0).take(T0)
    assert left is not None
    assert left.take(T0.plus(-1000.0)) is None


def test_an_announcement_of_where_it_is_costs_nothing() -> None:
    device = Device(SERIAL, serial=SERIAL, endpoints=(V1,))
    assert heeded(device, V1, T0) is device
    for number in range(int(HEED.most)):
        moved = heeded(device, Endpoint(f"10.0.1.{number}"), T0)
        assert moved is not None
        device = moved
    assert heeded(device, FAR1, T0) is None
    assert heeded(device, V1, T0) is device


# ------------------------------------------------------------------ whose address it is

KEPT = [
    # what has happened, who keeps it, whether it is asked who is there when OTHER is announced at it
    ((), V1, None, False),
    ((Seen(V1, SERIAL, T0),), V1, None, False),
    ((Identified(V1, P1, T0),), V1, SERIAL, False),
    ((Identified(V1, P1, T0), Seen(V2, SERIAL, T0)), V2, SERIAL, False),
    ((Identified(V1, P1, T0), silent(V1)), V1, SERIAL, True),
    ((Identified(V1, P1, T0), silent(V1), Seen(FAR1, SERIAL, T0)), V1, SERIAL, True),
    ((Identified(V1, P1, T0), Identified(FAR1, P1, T0)), V1, None, False),
    ((Identified(V1, P1, T0), Seen(V2, SERIAL, T0), silent(V1)), V2, None, False),
    ((Seen(V2, SERIAL, T0), Certified(V2, SERIAL, T0), silent(V2)), V2, SERIAL, True),
    ((Remembered(P1, V1, T0),), V1, SERIAL, True),
    ((Added(V2, T0),), V2, "https://10.0.0.5:443", False),
    ((Added(V1, T0),), V1, None, False),
]


@pytest.mark.parametrize(("events", "endpoint", "keeper", "asked"), KEPT)
def test_whom_an_announcement_takes_an_address_from(
    events: tuple[Event, ...], endpoint: Endpoint, keeper: str | None, asked: bool
) -> None:
    fleet = after(*events)
    found = keeper_of(fleet, endpoint, OTHER)
    assert (found and found.key) == keeper
    announced = reduce(fleet, Seen(endpoint, OTHER, T0))
    assert (OTHER in announced.devices) is (keeper is None)
    assert has_to_be_asked(announced, endpoint, OTHER) is asked


def test_who_answers_there_has_it_and_the_other_is_looked_for_no_more() -> None:
    fleet = after(Identified(V1, P1, T0), silent(V1), Seen(FAR1, SERIAL, T0), Identified(V1, BATTERY, T0))
    assert fleet.devices[OTHER].homes == (V1,)
    assert (fleet.devices[SERIAL].endpoints, fleet.devices[SERIAL].homes) == ((FAR1,), ())


# ------------------------------------------------------------------ where it is looked for

BOTH: tuple[Event, ...] = (Identified(V1, P1, T0), Certified(V2, SERIAL, T0))
LOOKED = [
    (BOTH, ()),
    ((*BOTH, silent(V1), Seen(FAR1, SERIAL, T0)), (V1,)),
    ((*BOTH, silent(V1), Seen(FAR1, SERIAL, T0), Seen(FAR2, SERIAL, T0)), (V1, V2)),
    ((*BOTH, silent(V1), Seen(FAR1, SERIAL, T0), Seen(FAR2, SERIAL, T0), Identified(FAR1, P1, T0)), ()),
    ((*BOTH, silent(V1), Seen(FAR2, SERIAL, T0), Identified(V1, P1, T0)), (V2,)),
    ((*BOTH, silent(V1), Seen(Endpoint(V2.host, 8443, "v2"), SERIAL, T0)), (V2,)),
    ((Remembered(P1, V1, T0), Seen(FAR1, SERIAL, T0)), (V1,)),
    ((Seen(V1, SERIAL, T0), Seen(FAR1, SERIAL, T0)), ()),
]


@pytest.mark.parametrize(("events", "places"), LOOKED)
def test_a_device_is_looked_for_where_it_answered_last(events: tuple[Event, ...], places: tuple[Endpoint, ...]) -> None:
    assert tuple(elsewhere(after(*events).devices[SERIAL])) == places


def test_a_strange_certificate_where_it_was_announced_sends_it_home() -> None:
    claimed = after(Certified(V2, SERIAL, T0), silent(V2), Seen(FAR2, SERIAL, T0))
    refused = Failed(FAR2, State.BAD_ANSWER, "next step", T0, untrusted=True)
    assert reduce(claimed, refused).devices[SERIAL].endpoints == (V2,)
    at_home = Failed(V2, State.BAD_ANSWER, "next step", T0, untrusted=True)
    assert after(Certified(V2, SERIAL, T0), at_home).devices[SERIAL].endpoints == (V2,)


def failing(times: int, endpoint: Endpoint = V1) -> tuple[Event, ...]:
    return (silent(endpoint),) * times


REFUTED = [
    # what has happened to a battery that has shown its certificate, and what it has then
    ((Seen(V1, SERIAL, T0), *failing(2)), (V1, V2)),
    ((Seen(V1, SERIAL, T0), *failing(3)), (V2,)),
    ((Seen(FAR1, SERIAL, T0),), (V2,)),
    ((Seen(V1, SERIAL, T0), *(Failed(V1, State.API_DISABLED, "next step", T0),) * 5), (V1, V2)),
    ((Seen(V1, SERIAL, T0), Identified(V1, P1, T0), *failing(5)), (V1, V2)),
    ((Seen(V1, SERIAL, T0), *failing(5, V2)), (V1, V2)),
    ((Paired(SERIAL, T0), Seen(V1, SERIAL, T0), *failing(5)), (V1, V2)),
    ((Added(V2, T0), Seen(V1, SERIAL, T0), *failing(5)), (V1, V2)),
]


@pytest.mark.parametrize(("events", "left"), REFUTED)
def test_an_api_that_was_only_announced_is_forgotten_when_it_fails(
    events: tuple[Event, ...], left: tuple[Endpoint, ...]
) -> None:
    assert after(Certified(V2, SERIAL, T0), *events).devices[SERIAL].endpoints == left


def test_another_device_where_it_was_announced_sends_it_home() -> None:
    claimed = after(Identified(V1, P1, T0), silent(V1), Seen(FAR1, SERIAL, T0))
    fleet = reduce(claimed, Identified(FAR1, BATTERY, T0))
    assert fleet.devices[SERIAL].endpoints == (V1,)
    assert fleet.devices[OTHER].endpoints == (FAR1,)


# ------------------------------------------------------------------ a paired device has shown where it is

PAIRED: tuple[Event, ...] = (Paired(SERIAL, T0), Identified(V2, P1, T0))
DOUBTFUL = [
    # besides, whether it is believed over v1 at FAR1
    (PAIRED, False),
    ((*PAIRED, silent(V2)), False),
    ((*PAIRED, Unpaired(SERIAL, T0)), True),
    ((*PAIRED, Configured(SERIAL, DeviceSetting(api="v1"))), True),
    ((*PAIRED, Added(FAR1, T0)), True),
    ((Paired(SERIAL, T0), Identified(V1, P1, T0)), True),
    ((Paired(SERIAL, T0), Identified(Endpoint("p1.lan", 443, "v2"), P1, T0)), True),
    ((*PAIRED, Identified(FAR2, P1, T0)), True),
]


@pytest.mark.parametrize(("events", "believed"), DOUBTFUL)
def test_whether_a_paired_device_is_believed_to_be_where_only_v1_says_so(
    events: tuple[Event, ...], believed: bool
) -> None:
    fleet = reduce(after(*events), Identified(FAR1, Identity(SERIAL, "HWE-SKT"), T0))
    assert (FAR1 in fleet.devices[SERIAL].endpoints) is believed
    assert (fleet.devices[SERIAL].product_type == "HWE-SKT") is believed


def test_what_another_has_does_not_move_along_with_a_paired_device() -> None:
    both = (Paired(SERIAL, T0), Identified(V1, P1, T0), Identified(V2, P1, T0))
    assert after(*both, Identified(FAR2, P1, T0)).devices[SERIAL].endpoints == (FAR1, FAR2)
    fleet = after(*both, Identified(FAR1, BATTERY, T0), Identified(FAR2, P1, T0))
    assert fleet.devices[SERIAL].endpoints == (FAR2,)
    assert fleet.devices[OTHER].endpoints == (FAR1,)
