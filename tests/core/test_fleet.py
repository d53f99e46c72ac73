"""reduce: what is announced, answered, typed and failed becomes one row a device."""

from __future__ import annotations

import pytest

from tui.core.answers import LATENCIES_KEPT
from tui.core.events import (
    Added,
    ClockStood,
    Configured,
    Event,
    Failed,
    Identified,
    Lost,
    Measured,
    Noted,
    Remembered,
    Seen,
    SwitchRead,
    SystemRead,
)
from tui.core.fleet import MOST_DEVICES, reduce
from tui.core.link.settling import MOST_LOST
from tui.core.model import Device, DeviceSetting, Endpoint, Fleet, Read, Role, State
from tui.core.moment import Now
from tui.core.reading import External, Identity, Measurement, Switch, System
from tui.core.state import state_of

T0 = Now(1_700_000_000.0, 100.0)
HERE = Endpoint("192.168.1.20")
THERE = Endpoint("192.168.1.21")
P1 = Identity("5c2faf000001", "HWE-P1", "P1 Meter", "5.18", "v1")
SOCKET = Identity("5c2faf000002", "HWE-SKT", "Energy Socket", "4.09", "v1")


def after(*events: Event, fleet: Fleet | None = None) -> Fleet:
    state = fleet or Fleet()
    for event in events:
        state = reduce(state, event)
    return state


def only(fleet: Fleet) -> Device:
    (device,) = fleet.devices.values()
    return device


def measured(at: Now = T0, power: float = 100.0, serial: str = P1.serial, interval: float = 1.0) -> Measured:
    return Measured(serial, Measurement({"power_w": power}), System("wifi", 62), at, 0.01, interval)


def failed(kind: State = State.SILENT, at: Now = T0, endpoint: Endpoint = HERE, crowded: bool = False) -> Failed:
    return Failed(endpoint, kind, "next step", at, crowded)


def test_an_announcement_makes_a_row_that_has_not_answered_yet() -> None:
    device = only(after(Seen(HERE, "5C2FAF000001", T0, "HWE-P1", "P1 Meter", True)))
    assert (device.key, device.serial) == ("5c2faf000001", "5C2FAF000001")
    assert (device.product_type, device.endpoint, device.api_enabled) == ("HWE-P1", HERE, True)
    assert device.measurement is None
    assert device.link.last_answer is None


def test_two_services_of_one_serial_are_one_device_with_v1_first() -> None:
    v2 = Endpoint("192.168.1.20", 443, "v2")
    device = only(after(Seen(v2, "5C2FAF000001", T0), Seen(HERE, "5c2faf000001", T0)))
    assert device.endpoints == (HERE, v2)


def test_a_new_address_replaces_the_old_one() -> None:
    assert only(after(Seen(HERE, P1.serial, T0), Seen(THERE, P1.serial, T0))).endpoints == (THERE,)


SELF_GIVEN = Endpoint("169.254.7.7")
NAMED = Endpoint("p1meter.lan")


@pytest.mark.parametrize(
    ("addresses", "lives"),
    [
        ([(HERE, False), (SELF_GIVEN, True)], HERE),
        ([(SELF_GIVEN, True), (HERE, False)], HERE),
        ([(HERE, False), (SELF_GIVEN, True), (HERE, False), (SELF_GIVEN, True)], HERE),
        ([(HERE, False), (SELF_GIVEN, True), (THERE, False)], THERE),
        ([(SELF_GIVEN, True)], SELF_GIVEN),
        ([(SELF_GIVEN, True), (Endpoint("169.254.8.8"), True)], Endpoint("169.254.8.8")),
        ([(NAMED, False), (SELF_GIVEN, True)], NAMED),
        ([(HERE, False), (SELF_GIVEN, False)], SELF_GIVEN),  # this computer is on such a net
        ([(Endpoint("192.168.1.20", 443, "v2"), False), (SELF_GIVEN, True)], SELF_GIVEN),  # the only one for v1
    ],
)
def test_a_self_given_address_replaces_no_better_one_whatever_its_age(
    addresses: list[tuple[Endpoint, bool]], lives: Endpoint
) -> None:
    device = only(after(*(Seen(endpoint, P1.serial, T0, last_resort=last) for endpoint, last in addresses)))
    assert device.v1_endpoint == lives


def test_a_self_given_address_does_not_replace_a_remembered_one_but_the_one_that_answers_counts() -> None:
    fleet = after(Remembered(P1, HERE, T0), Seen(SELF_GIVEN, P1.serial, T0, last_resort=True))
    assert only(fleet).endpoints == (HERE,)
    assert only(after(Identified(SELF_GIVEN, P1, T0), fleet=fleet)).endpoints == (SELF_GIVEN,)


@pytest.mark.parametrize(
    ("before", "lives"),
    [
        ([Identified(HERE, P1, T0)], HERE),
        ([Identified(HERE, P1, T0), failed()], THERE),
        ([Added(HERE, T0), Identified(HERE, P1, T0), failed()], HERE),
        ([Added(HERE, T0), failed(), Seen(HERE, P1.serial, T0)], THERE),
    ],
    ids=["it answers", "it does not answer", "its address was given by hand", "it has never answered"],
)
def test_a_device_that_answers_is_not_moved_by_an_announcement_alone(before: list[Event], lives: Endpoint) -> None:
    fleet = after(*before, Seen(THERE, P1.serial, T0))
    assert fleet.devices[P1.serial].endpoints == (lives,)
    assert after(Identified(THERE, P1, T0), fleet=fleet).devices[P1.serial].endpoints == (THERE,)


def test_a_serial_that_spells_the_address_of_a_host_by_hand_is_no_claim_on_its_row() -> None:
    fleet = after(Added(HERE, T0))
    assert after(Seen(THERE, "192.168.1.20:80", T0), fleet=fleet) is fleet


def test_an_address_with_ever_new_owners_leaves_few_rows_and_those_with_a_name() -> None:
    named = Configured(P1.serial, DeviceSetting("Grid"))
    owners = [Identified(HERE, Identity(f"{n:012x}", "HWE-P1"), T0.plus(n)) for n in range(MOST_LOST + 5)]
    fleet = after(named, Identified(HERE, P1, T0), *owners)
    assert list(fleet.devices) == [P1.serial, *(f"{n:012x}" for n in range(4, MOST_LOST + 5))]


def test_a_host_by_hand_is_a_row_of_its_own_and_merges_when_it_says_its_serial() -> None:
    fleet = after(Added(THERE, T0), Added(HERE, T0), Seen(Endpoint("10.0.0.9"), SOCKET.serial, T0))
    assert list(fleet.devices) == ["192.168.1.21:80", "192.168.1.20:80", SOCKET.serial]
    fleet = after(Identified(HERE, P1, T0), fleet=fleet)
    assert list(fleet.devices) == ["192.168.1.21:80", P1.serial, SOCKET.serial]  # in its place
    assert fleet.devices[P1.serial].by_hand
    assert fleet.devices[P1.serial].firmware_version == "5.18"


def test_a_host_by_hand_that_was_announced_already_is_no_second_row() -> None:
    device = only(after(Seen(HERE, P1.serial, T0), Added(HERE, T0)))
    assert device.by_hand


def test_an_announcement_at_the_address_of_a_host_by_hand_merges_too() -> None:
    fleet = after(Added(HERE, T0), failed(), Seen(HERE, P1.serial, T0))
    assert list(fleet.devices) == [P1.serial]
    assert only(fleet).link.lost == 1


def test_an_announcement_cannot_take_the_address_of_a_device_that_answers() -> None:
    fleet = after(Identified(HERE, P1, T0), measured())
    assert after(Seen(HERE, "5c2faf0000ff", T0), fleet=fleet) is fleet


def test_what_http_says_beats_what_was_announced() -> None:
    fleet = after(Seen(HERE, SOCKET.serial, T0, "HWE-SKT"), Identified(HERE, P1, T0))
    assert fleet.devices[P1.serial].endpoints == (HERE,)
    ousted = fleet.devices[SOCKET.serial]
    assert ousted.endpoints == ()
    assert ousted.problem is not None
    assert ousted.problem.kind is State.SILENT


def test_an_announcement_does_not_rename_a_device_that_has_answered() -> None:
    fleet = after(Identified(HERE, P1, T0), Seen(HERE, P1.serial, T0, "HWE-XXX", "Other", False))
    assert only(fleet).product_type == "HWE-P1"
    assert only(fleet).api_enabled is True


def test_a_remembered_device_counts_only_when_api_gives_its_serial() -> None:
    fleet = after(Remembered(P1, HERE, T0))
    assert only(fleet).remembered
    assert not only(after(Identified(HERE, P1, T0), fleet=fleet)).remembered
    other = after(Identified(HERE, SOCKET, T0), fleet=fleet)
    assert list(other.devices) == [SOCKET.serial]  # somebody else lives there now


def test_a_remembered_device_does_not_touch_one_that_is_known() -> None:
    fleet = after(Seen(HERE, P1.serial, T0))
    assert after(Remembered(P1, THERE, T0), Remembered(SOCKET, HERE, T0), fleet=fleet) is fleet


def test_a_goodbye_removes_only_what_never_answered() -> None:
    seen = after(Seen(HERE, P1.serial, T0))
    assert not after(Lost(P1.serial, "v1", T0), fleet=seen).devices
    answered = after(Identified(HERE, P1, T0), fleet=seen)
    assert after(Lost(P1.serial, "v1", T0), fleet=answered) is answered
    by_hand = after(Added(HERE, T0), fleet=seen)
    assert after(Lost(P1.serial, "v1", T0), fleet=by_hand) is by_hand


def test_a_goodbye_of_v2_leaves_v1() -> None:
    v2 = Endpoint("192.168.1.20", 443, "v2")
    fleet = after(Seen(HERE, P1.serial, T0), Seen(v2, P1.serial, T0), Lost(P1.serial, "v2", T0))
    assert only(fleet).endpoints == (HERE,)


def test_a_measurement_updates_every_part_that_came_with_it() -> None:
    device = only(after(Identified(HERE, P1, T0), measured(T0.plus(1))))
    assert device.number("power_w") == 100
    assert device.system is not None
    assert device.system.value == System("wifi", 62)
    assert (device.link.answered, device.link.latencies_s) == (1, (0.01,))
    assert device.link.last_answer == T0.plus(1)
    assert device.api_enabled is True


def test_parts_of_the_system_are_merged() -> None:
    events = Identified(HERE, P1, T0), SystemRead(P1.serial, System(cloud_enabled=False), T0), measured()
    system = only(after(*events)).system
    assert system is not None
    assert system.value == System("wifi", 62, False)


def test_a_measurement_that_says_nothing_of_the_device_makes_nothing_newer() -> None:
    told = SystemRead(P1.serial, System("wifi", wifi_rssi_db=-60), T0)
    of_v2 = measured(T0.plus(30))._replace(system=System())
    system = only(after(Identified(HERE, P1, T0), told, of_v2)).system
    assert system == Read(System("wifi", wifi_rssi_db=-60), T0)
    assert only(after(Identified(HERE, P1, T0), of_v2)).system is None


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        (System(), (62, None)),
        (System(wifi_rssi_db=-60), (None, -60)),
        (System(wifi_strength_pct=0), (0, None)),
    ],
)
def test_of_a_percentage_and_an_rssi_the_one_sent_last_counts(
    sent: System, shown: tuple[float | None, float | None]
) -> None:
    system = only(after(Identified(HERE, P1, T0), measured(), SystemRead(P1.serial, sent, T0))).system
    assert system is not None
    assert (system.value.wifi_strength_pct, system.value.wifi_rssi_db) == shown


def test_the_notes_of_a_device_are_those_of_its_last_answers() -> None:
    identity = P1._replace(notes=("name",))
    data = measured()._replace(measurement=Measurement({"power_w": 1.0}, notes=("data",)))
    system, switch = System(notes=("system",)), Switch(notes=("switch",))
    answers = (
        Identified(HERE, identity, T0),
        data,
        SystemRead(P1.serial, system, T0),
        SwitchRead(P1.serial, switch, T0),
    )
    fleet = after(*answers, data)
    assert only(fleet).notes == ("name", "data", "system", "switch")
    over = after(measured(), SystemRead(P1.serial, System(), T0), SwitchRead(P1.serial, Switch(), T0), fleet=fleet)
    assert only(over).notes == ("name",)
    assert only(after(Identified(HERE, P1, T0), fleet=over)).notes == ()


def test_the_answer_to_a_switch_command_updates_only_what_it_names() -> None:
    full = SwitchRead(SOCKET.serial, Switch(True, False, 255), T0)
    echo = SwitchRead(SOCKET.serial, Switch(power_on=False), T0.plus(1))
    switch = only(after(Identified(HERE, SOCKET, T0), full, echo)).switch
    assert switch is not None
    assert switch.value == Switch(False, False, 255)
    assert switch.at == T0.plus(1)


def test_equal_values_keep_the_moment_of_the_last_change() -> None:
    fleet = after(Identified(HERE, P1, T0), measured(T0), measured(T0.plus(1)))
    assert only(fleet).changed == T0
    assert only(after(measured(T0.plus(2), 101), fleet=fleet)).changed == T0.plus(2)
    gas = External("gas_meter", None, 1.0, "m3", None)
    with_gas = measured(T0.plus(3))._replace(measurement=Measurement({"power_w": 100.0}, (gas,)))
    assert only(after(with_gas, fleet=fleet)).changed == T0.plus(3)


def test_a_frozen_p1_is_told_so_until_a_value_changes() -> None:
    fleet = after(Identified(HERE, P1, T0), measured(T0), ClockStood(P1.serial, True, T0.plus(75)))
    problem = only(fleet).problem
    assert problem is not None
    assert (problem.kind, problem.since) == (State.FROZEN, T0)
    still = after(measured(T0.plus(76)), failed(at=T0.plus(77)), measured(T0.plus(80)), fleet=fleet)
    assert only(still).problem == problem
    assert only(after(measured(T0.plus(81), 7), fleet=still)).problem is None
    assert only(after(ClockStood(P1.serial, False, T0.plus(90)), fleet=still)).problem is None


def test_the_same_trouble_keeps_its_beginning_and_another_begins_anew() -> None:
    fleet = after(Identified(HERE, P1, T0), measured(), failed(at=T0.plus(5)), failed(at=T0.plus(9)))
    problem = only(fleet).problem
    assert problem is not None
    assert problem.since == T0.plus(5)
    assert (only(fleet).link.lost, only(fleet).link.lost_in_a_row) == (2, 2)
    # `/api` answers in between, the data does not: still the same trouble
    fleet = after(Identified(HERE, P1, T0.plus(12)), failed(at=T0.plus(13)), fleet=fleet)
    assert only(fleet).problem == problem
    other = only(after(failed(State.BAD_ANSWER, T0.plus(20)), fleet=fleet)).problem
    assert other is not None
    assert other.since == T0.plus(20)


def test_a_device_that_says_who_it_is_and_nothing_else_stays_in_trouble() -> None:
    """As one whose socket opens, tells its name and pushes nothing, again and again."""
    fleet = after(Identified(HERE, P1, T0), failed(at=T0.plus(20)), Identified(HERE, P1, T0.plus(22)))
    assert state_of(only(fleet), T0.plus(25)) is State.SILENT
    assert only(fleet).problem == only(fleet).last_problem
    assert only(after(measured(T0.plus(26)), fleet=fleet)).problem is None


def test_trouble_after_a_measurement_is_new_trouble() -> None:
    fleet = after(Identified(HERE, P1, T0), failed(at=T0), measured(T0.plus(5)), failed(at=T0.plus(9)))
    problem = only(fleet).problem
    assert problem is not None
    assert problem.since == T0.plus(9)


def test_a_measurement_ends_a_problem_but_it_is_not_forgotten() -> None:
    device = only(after(Identified(HERE, P1, T0), failed(), measured(T0.plus(1))))
    assert device.problem is None
    assert device.last_problem is not None
    assert device.last_problem.kind is State.SILENT
    assert device.link.lost_in_a_row == 0


def test_a_switched_off_api_is_no_loss() -> None:
    device = only(after(Seen(HERE, P1.serial, T0, api_enabled=True), failed(State.API_DISABLED)))
    assert device.link.lost == 0
    assert device.api_enabled is False


def test_a_crowded_device_stays_so_while_it_is_asked_slowly() -> None:
    fleet = after(Identified(HERE, P1, T0), measured(), failed(State.REFUSED, crowded=True), measured(interval=5))
    assert only(fleet).link.crowded
    assert not only(after(measured(interval=1), fleet=fleet)).link.crowded
    assert only(after(measured(T0.plus(59), interval=5), fleet=fleet)).link.crowded
    assert not only(after(measured(T0.plus(61), interval=5), fleet=fleet)).link.crowded


def test_names_given_before_a_device_is_seen_are_kept_for_it() -> None:
    words = Configured("5C2FAF000002", DeviceSetting("Freezer", Role.LOAD))
    device = only(after(words, Seen(HERE, SOCKET.serial, T0)))
    assert (device.label, device.role) == ("Freezer", Role.LOAD)
    renamed = only(after(Configured(SOCKET.serial, DeviceSetting()), fleet=after(words, Seen(HERE, SOCKET.serial, T0))))
    assert (renamed.label, renamed.role) == ("Device 000002", None)


def test_a_p1_is_the_grid_by_itself() -> None:
    assert only(after(Identified(HERE, P1, T0))).role is Role.GRID


def test_only_the_last_latencies_are_kept() -> None:
    events = [measured(T0.plus(second), power=second) for second in range(LATENCIES_KEPT + 5)]
    assert len(only(after(Identified(HERE, P1, T0), *events)).link.latencies_s) == LATENCIES_KEPT


def test_a_note_is_one_a_topic_and_is_taken_back_by_an_empty_text() -> None:
    fleet = after(Noted("mdns", "no route", T0), Noted("clock", "jumped", T0), Noted("mdns", "port taken", T0))
    assert [note.text for note in fleet.notes] == ["jumped", "port taken"]
    assert after(Noted("mdns", "port taken", T0.plus(1)), fleet=fleet) is fleet
    assert [note.topic for note in after(Noted("mdns", "", T0), fleet=fleet).notes] == ["clock"]


def test_a_flood_of_announcements_stops_with_a_note() -> None:
    flood = [Seen(Endpoint(f"10.0.{n // 250}.{n % 250}"), f"{n:012x}", T0) for n in range(MOST_DEVICES + 40)]
    fleet = after(*flood)
    assert len(fleet.devices) == MOST_DEVICES
    assert [note.topic for note in fleet.notes] == ["devices-cap"]


@pytest.mark.parametrize(
    "event",
    [measured(), failed(), Lost("nobody", "v1", T0), ClockStood("nobody", True, T0)],
    ids=lambda e: type(e).__name__,
)
def test_an_event_about_nobody_changes_nothing(event: Event) -> None:
    fleet = Fleet()
    assert reduce(fleet, event) is fleet
