"""reduce for a device with two APIs: no announcement and no goodbye, real or forged, takes away what answers."""

from __future__ import annotations

from itertools import product

import pytest

from tui.core.events import (
    Added,
    Certified,
    ClockStood,
    Event,
    Failed,
    Identified,
    Lost,
    Measured,
    Paired,
    Remembered,
    Seen,
    Spoke,
    Unpaired,
)
from tui.core.fleet import reduce
from tui.core.model import Endpoint, Fleet, Spoken, State
from tui.core.moment import Now
from tui.core.reading import Identity, Measurement, System
from tui.core.state import state_of

T0 = Now(1_700_000_000.0, 100.0)
SERIAL = "5c2faf000001"
P1 = Identity(SERIAL, "HWE-P1", "P1 Meter", "6.02", "v1")
V1 = Endpoint("192.168.1.20")
V2 = Endpoint("192.168.1.20", 443, "v2")
OF = {"v1": V1, "v2": V2}
FAR = {"v1": Endpoint("192.168.1.99"), "v2": Endpoint("192.168.1.99", 443, "v2")}


def after(*events: Event, fleet: Fleet | None = None) -> Fleet:
    state = fleet or Fleet()
    for event in events:
        state = reduce(state, event)
    return state


def read_over(api: str, at: Now = T0) -> list[Event]:
    return [
        Identified(OF[api], P1, at),
        Spoke(SERIAL, Spoken(api), at),
        Measured(SERIAL, Measurement({"power_w": 1.0}), System(), at, 0.01, 1.0),
    ]


def house(announced: str, used: str | None, *, by_hand: bool, failing: bool = False) -> Fleet:
    """A device that is announced over some APIs, and is read over one of them or over none yet."""
    events: list[Event] = [Seen(OF[api], SERIAL, T0) for api in announced.split()]
    if by_hand:
        events.append(Added(OF[used or announced.split()[0]], T0))
    if used:
        events += read_over(used)
    if used and failing:
        events.append(Failed(OF[used], State.SILENT, "next step", T0))
    return after(*events)


GOODBYES = [
    # announced, read over, which says goodbye, by hand: what is left (None: the row is gone)
    ("v1", None, "v1", False, None),
    ("v2", None, "v2", False, None),
    ("v1", None, "v2", False, "v1"),
    ("v2", None, "v1", False, "v2"),
    ("v1 v2", None, "v1", False, "v2"),
    ("v1 v2", None, "v2", False, "v1"),
    ("v1", None, "v1", True, "v1"),
    ("v2", None, "v2", True, "v2"),
    ("v1 v2", None, "v1", True, "v1 v2"),
    ("v1 v2", None, "v2", True, "v1 v2"),
    ("v1", "v1", "v1", False, "v1"),
    ("v2", "v2", "v2", False, "v2"),
    ("v1", "v1", "v2", False, "v1"),
    ("v2", "v2", "v1", False, "v2"),
    ("v1 v2", "v1", "v1", False, "v1 v2"),
    ("v1 v2", "v2", "v2", False, "v1 v2"),
    ("v1 v2", "v1", "v2", False, "v1"),
    ("v1 v2", "v2", "v1", False, "v2"),
    ("v1 v2", "v1", "v1", True, "v1 v2"),
    ("v1 v2", "v1", "v2", True, "v1 v2"),
    ("v1 v2", "v2", "v1", True, "v1 v2"),
    ("v1 v2", "v2", "v2", True, "v1 v2"),
]


@pytest.mark.parametrize("failing", [False, True], ids=["", "and fails now"])
@pytest.mark.parametrize(("announced", "used", "goodbye", "by_hand", "left"), GOODBYES)
def test_a_goodbye_of_one_service_never_takes_away_what_answers(
    announced: str, used: str | None, goodbye: str, by_hand: bool, left: str | None, failing: bool
) -> None:
    """Only asking tells whether a device that has answered is gone: also while it fails, it is asked on."""
    before = house(announced, used, by_hand=by_hand, failing=failing)
    fleet = after(Lost(SERIAL.upper(), goodbye, T0), fleet=before)
    expected = {} if left is None else {SERIAL: tuple(OF[api] for api in left.split())}
    assert {key: device.endpoints for key, device in fleet.devices.items()} == expected


def test_goodbyes_of_both_services_leave_a_device_that_was_read_over_both() -> None:
    fleet = after(*read_over("v1"), *read_over("v2"))
    for order in (("v1", "v2"), ("v2", "v1")):
        assert after(*(Lost(SERIAL, api, T0) for api in order), fleet=fleet) is fleet


def test_a_goodbye_does_not_remove_a_device_that_moved_and_has_not_answered_there_yet() -> None:
    moved = after(*read_over("v1"), Failed(V1, State.SILENT, "next step", T0), Seen(FAR["v1"], SERIAL, T0))
    assert moved.devices[SERIAL].endpoints == (FAR["v1"],)
    assert after(Lost(SERIAL, "v1", T0), fleet=moved) is moved


def test_a_battery_that_showed_its_certificate_stays_though_it_is_not_paired() -> None:
    fleet = after(Seen(V2, SERIAL, T0), Certified(V2, SERIAL, T0), Failed(V2, State.NOT_PAIRED, "press p", T0))
    assert after(Lost(SERIAL, "v2", T0), fleet=fleet) is fleet
    stranger = after(Seen(V2, "5c2faf0000ff", T0), fleet=fleet)
    assert stranger is fleet, "it claims the address of a device that answers there"


# ------------------------------------------------------------------ an announcement is only a claim


@pytest.mark.parametrize(("used", "claimed", "by_hand"), list(product(("v1", "v2"), ("v1", "v2"), (False, True))))
def test_a_forged_announcement_does_not_take_the_device_from_the_endpoint_that_answers(
    used: str, claimed: str, by_hand: bool
) -> None:
    before = house("v1 v2", used, by_hand=by_hand)
    fleet = after(Seen(FAR[claimed], SERIAL, T0), fleet=before)
    assert OF[used] in fleet.devices[SERIAL].endpoints


@pytest.mark.parametrize("used", ["v1", "v2"])
def test_a_claim_on_the_other_api_at_a_stranger_s_address_waits_for_its_proof(used: str) -> None:
    """The host that answers over one API is the likely one for the other, too."""
    other = "v2" if used == "v1" else "v1"
    fleet = house("v1 v2", used, by_hand=False)
    assert after(Seen(FAR[other], SERIAL, T0), fleet=fleet) is fleet


def test_a_claim_is_corrected_by_an_announcement_from_the_host_that_answers_and_not_the_other_way() -> None:
    claimed = after(*read_over("v1"), Seen(FAR["v2"], SERIAL, T0))
    right = after(Seen(V2, SERIAL, T0), fleet=claimed)
    assert right.devices[SERIAL].endpoints == (V1, V2)
    assert after(Seen(FAR["v2"], SERIAL, T0), fleet=right) is right


def test_another_port_of_the_host_that_answers_is_taken_only_for_the_api_that_does_not() -> None:
    fleet = house("v1 v2", "v1", by_hand=False)
    fleet = after(
        Seen(Endpoint(V1.host, 8080), SERIAL, T0), Seen(Endpoint(V2.host, 8443, "v2"), SERIAL, T0), fleet=fleet
    )
    assert fleet.devices[SERIAL].endpoints == (V1, Endpoint(V2.host, 8443, "v2"))


@pytest.mark.parametrize("used", ["v1", "v2"])
def test_a_device_that_fails_is_looked_for_where_it_is_announced_unless_its_address_was_given(used: str) -> None:
    lost = house("v1 v2", used, by_hand=False, failing=True)
    assert FAR[used] in after(Seen(FAR[used], SERIAL, T0), fleet=lost).devices[SERIAL].endpoints
    given = house("v1 v2", used, by_hand=True, failing=True)
    assert after(Seen(FAR[used], SERIAL, T0), fleet=given) is given


def test_a_frozen_meter_answers_so_an_announcement_alone_does_not_move_it() -> None:
    fleet = after(*read_over("v1"), ClockStood(SERIAL, still=True, at=T0))
    assert after(Seen(FAR["v1"], SERIAL, T0), fleet=fleet) is fleet


@pytest.mark.parametrize("used", ["v1", "v2"])
def test_what_answers_at_a_new_address_moves_the_device(used: str) -> None:
    fleet = after(Identified(FAR[used], P1, T0), fleet=house("v1 v2", used, by_hand=True))
    assert FAR[used] in fleet.devices[SERIAL].endpoints
    assert OF[used] not in fleet.devices[SERIAL].endpoints


def test_a_certificate_at_a_new_address_moves_a_device_that_is_not_paired() -> None:
    fleet = after(Seen(V2, SERIAL, T0), Certified(V2, SERIAL, T0), Certified(FAR["v2"], SERIAL, T0))
    assert fleet.devices[SERIAL].endpoints == (FAR["v2"],)


def test_one_that_showed_its_certificate_is_told_what_it_is_by_its_announcement() -> None:
    fleet = after(Certified(V2, SERIAL, T0), Seen(V2, SERIAL, T0, "HWE-BAT"))
    assert fleet.devices[SERIAL].product.is_battery


def test_a_certificate_confirms_a_remembered_device() -> None:
    fleet = after(Remembered(P1, V1, T0, V2), Certified(V2, SERIAL, T0))
    assert not fleet.devices[SERIAL].remembered


BATTERY_TOLD = Identity(SERIAL, "HWE-BAT", api_version="2.0.1")


@pytest.mark.parametrize(
    ("events", "product_type", "label"),
    [
        ((Certified(V2, SERIAL, T0, kind="battery"),), "HWE-BAT", "Battery"),
        ((Certified(V2, SERIAL, T0, kind="p1dongle"),), "HWE-P1", "P1 meter"),
        ((Certified(V2, SERIAL, T0, kind="energymeter"),), None, "kWh meter"),
        ((Certified(V2, SERIAL, T0, kind="energymeter"), Certified(V2, SERIAL, T0)), None, "kWh meter"),
        ((Certified(V2, SERIAL, T0, kind="thermostat"),), None, "Device"),
        ((Certified(V2, SERIAL, T0, kind="battery"), Identified(V1, P1, T0)), "HWE-P1", "P1 meter"),
        ((Identified(V1, P1, T0), Certified(V2, SERIAL, T0, kind="battery")), "HWE-P1", "P1 meter"),
        ((Remembered(BATTERY_TOLD, V2, T0), Certified(V2, SERIAL, T0, kind="p1dongle")), "HWE-BAT", "Battery"),
        ((Certified(V2, SERIAL, T0, kind="energymeter"), Seen(V2, SERIAL, T0, "HWE-KWH3")), "HWE-KWH3", "kWh meter 3"),
        ((Seen(V2, SERIAL, T0, "HWE-KWH3"), Certified(V2, SERIAL, T0, kind="energymeter")), "HWE-KWH3", "kWh meter 3"),
        ((Seen(V2, SERIAL, T0, "HWE-NEW"), Certified(V2, SERIAL, T0, kind="battery")), "HWE-NEW", "Device"),
    ],
)
def test_a_certificate_names_the_product_until_the_device_does(
    events: tuple[Event, ...], product_type: str | None, label: str
) -> None:
    device = after(*events).devices[SERIAL]
    assert (device.product_type, device.product.label) == (product_type, label)


# ------------------------------------------------------------------ one row


def test_two_hosts_by_hand_http_and_https_that_are_one_device_are_one_row() -> None:
    for answers in (
        (Identified(V1, P1, T0), Certified(V2, SERIAL, T0)),
        (Certified(V2, SERIAL, T0), Identified(V1, P1, T0)),
    ):
        fleet = after(Added(V1, T0), Added(V2, T0), *answers)
        assert {key: device.endpoints for key, device in fleet.devices.items()} == {SERIAL: (V1, V2)}
        assert fleet.devices[SERIAL].by_hand


def test_one_port_of_a_host_given_by_hand_for_each_api_is_two_rows() -> None:
    plain = Endpoint(V2.host, V2.port)
    fleet = after(Added(plain, T0), Added(V2, T0))
    assert [device.endpoints for device in fleet.devices.values()] == [(plain,), (V2,)]


def test_a_plain_host_that_speaks_only_v2_is_one_row_with_both_endpoints() -> None:
    fleet = after(Added(V1, T0), Failed(V1, State.REFUSED, "next step", T0), Certified(V2, SERIAL, T0, of=V1))
    assert {key: device.endpoints for key, device in fleet.devices.items()} == {SERIAL: (V1, V2)}
    assert fleet.devices[SERIAL].by_hand


# ------------------------------------------------------------------ what is known of v1


def test_an_answer_over_v2_says_nothing_of_v1_being_on() -> None:
    fleet = after(Seen(V1, SERIAL, T0, api_enabled=False), Seen(V2, SERIAL, T0), *read_over("v2"))
    assert fleet.devices[SERIAL].api_enabled is False
    assert state_of(fleet.devices[SERIAL], T0) is State.LIVE
    assert after(*read_over("v1"), fleet=fleet).devices[SERIAL].api_enabled is True


def test_a_token_ends_not_paired_and_without_one_the_device_is_no_longer_said_to_be_read_over_v2() -> None:
    fleet = after(Certified(V2, SERIAL, T0), Failed(V2, State.NOT_PAIRED, "press p", T0))
    assert state_of(fleet.devices[SERIAL], T0) is State.NOT_PAIRED
    paired = after(Paired(SERIAL, T0), fleet=fleet)
    assert state_of(paired.devices[SERIAL], T0) is State.UNKNOWN
    read = after(*read_over("v2"), fleet=paired)
    assert read.devices[SERIAL].spoken == Spoken("v2")
    assert after(Unpaired(SERIAL, T0), fleet=read).devices[SERIAL].spoken is None
    over_v1 = after(*read_over("v1"), fleet=paired)
    assert after(Unpaired(SERIAL, T0), fleet=over_v1).devices[SERIAL].spoken == Spoken("v1")
