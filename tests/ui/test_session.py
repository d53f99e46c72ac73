"""What the views share: selection, order, filter and freeze over snapshots that come and go."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import pytest

from tui.core.events import Added, Configured, Identified
from tui.core.fleet import reduce
from tui.core.model import DeviceSetting, Endpoint, Fleet
from tui.core.profiles import PROFILES
from tui.core.reading import Identity
from tui.core.settings import Settings
from tui.engine.demo.household import DEFAULT_START, Household
from tui.engine.demo.still import Still
from tui.engine.mailbox import Snapshot
from tui.ui.draw.devices import SORTS
from tui.ui.glyphs import GLYPHS
from tui.ui.session import FREEZE_ENDS_S, Engine, Session


@pytest.fixture
def house() -> Still:
    house = Still(Household("nl"), DEFAULT_START)
    house.run(3)
    return house


@pytest.fixture
def session(house: Still) -> Session:
    engine = cast("Engine", None)  # a session itself never asks it
    session = Session(engine, Settings(), GLYPHS["unicode"], PROFILES["nl"], Snapshot(Fleet(), DEFAULT_START))
    session.take(house.snapshot)
    return session


def labels(session: Session) -> list[str]:
    return [device.label for device in session.devices()]


def test_the_first_device_of_the_list_is_selected_at_first(session: Session) -> None:
    assert session.device is not None
    assert session.device.label == labels(session)[0] == "Grid"


def test_the_selection_stops_at_both_ends(session: Session) -> None:
    session.move(-1)
    assert session.device is not None
    assert session.device.label == labels(session)[0]
    session.move(1000)
    assert session.device.label == labels(session)[-1]
    session.move(1)
    assert session.device.label == labels(session)[-1]


def test_a_selected_device_that_goes_away_hands_over_to_the_first(session: Session, house: Still) -> None:
    session.move(2)
    gone = session.selected
    devices = {key: device for key, device in house.fleet.devices.items() if key != gone}
    session.take(Snapshot(replace(house.fleet, devices=devices), house.now.plus(1)))
    assert session.selected == session.devices()[0].key


@pytest.mark.parametrize("together", [True, False])
def test_hosts_by_hand_that_say_who_they_are_leave_the_top_of_the_list_selected(together: bool) -> None:
    now = DEFAULT_START
    hosts = [Endpoint("127.0.0.1", port) for port in (8001, 8002, 8003)]
    products = (("HWE-SKT", "aa01"), ("HWE-P1", "aa02"), ("HWE-KWH1", "aa03"))
    session = Session(cast("Engine", None), Settings(), GLYPHS["unicode"], PROFILES["nl"], Snapshot(Fleet(), now))
    fleet = Fleet()
    for host in hosts:
        fleet = reduce(fleet, Added(host, now))
    session.take(Snapshot(fleet, now))
    for host, (product, serial) in zip(hosts, products, strict=True):
        fleet = reduce(fleet, Identified(host, Identity(serial, product, "Meter", "5.0", "v1"), now))
        if not together:
            session.take(Snapshot(fleet, now))
    session.take(Snapshot(fleet, now))
    assert session.device is not None
    assert session.device.product_type == "HWE-P1"
    assert session.device == session.devices()[0]


def test_without_devices_nothing_is_selected_and_moving_does_nothing(session: Session) -> None:
    session.take(Snapshot(Fleet(), DEFAULT_START.plus(9)))
    session.move(1)
    assert session.selected is None
    assert session.device is None


def test_the_orders_come_round_again(session: Session) -> None:
    assert [session.next_sort() for _ in SORTS] == [*SORTS[1:], SORTS[0]]


def test_every_order_and_no_filter_shows_every_device(session: Session) -> None:
    first = sorted(labels(session))
    for _ in SORTS:
        session.next_sort()
        assert sorted(labels(session)) == first


@pytest.mark.parametrize(
    ("wanted", "shown"),
    [
        ("pump", ["Heat pump"]),
        ("PUMP", ["Heat pump"]),
        ("socket free", ["Freezer"]),
        ("192.168.1.21", ["Solar"]),
        ("HWE-WTR", ["Water"]),
        ("no such thing", []),
    ],
)
def test_the_filter_looks_for_its_words_in_names_products_and_addresses(
    session: Session, wanted: str, shown: list[str]
) -> None:
    session.wanted = wanted
    assert labels(session) == shown


def test_a_device_that_the_filter_hides_is_not_at_hand(session: Session) -> None:
    session.wanted = "no such thing"
    assert (session.device, session.live_device, session.hidden) == (None, None, True)
    session.wanted = ""
    assert session.device is session.live_device is not None
    assert not session.hidden


def test_a_device_that_is_renamed_out_of_the_filter_takes_the_filter_with_it(session: Session, house: Still) -> None:
    session.wanted = "freez"
    session.selected = session.devices()[0].key
    house.apply(Configured(session.selected, DeviceSetting("Chest")))
    session.take(house.snapshot)
    assert session.device is not None
    assert session.device.label == "Chest"
    assert session.wanted == ""


def test_a_frozen_session_shows_the_old_and_knows_the_new(session: Session, house: Still) -> None:
    session.freeze()
    held = session.shown
    house.apply(Configured(session.selected or "", DeviceSetting("Renamed")))
    session.take(Snapshot(house.fleet, house.now.plus(1)))
    assert session.shown is held
    assert session.context.now == held.now
    assert session.device is not None
    assert session.live_device is not None
    assert (session.device.label, session.live_device.label) == ("Grid", "Renamed")
    session.freeze()
    assert session.device is session.live_device


def test_a_freeze_ends_by_itself_after_ten_minutes_and_no_sooner(session: Session, house: Still) -> None:
    session.freeze()
    session.take(Snapshot(house.fleet, house.now.plus(FREEZE_ENDS_S)))
    assert session.frozen is not None
    session.take(Snapshot(house.fleet, house.now.plus(FREEZE_ENDS_S + 1)))
    assert session.frozen is None


def test_the_search_lasts_since_the_first_snapshot(session: Session, house: Still) -> None:
    assert session.searching_for_s() == 0.0
    session.take(Snapshot(Fleet(), house.now.plus(7)))
    assert session.searching_for_s() == 7.0


class Tape:
    label = "replay 60x"

    def __init__(self) -> None:
        self.held: list[bool] = []

    def hold(self, held: bool) -> None:
        self.held.append(held)


def test_a_recording_waits_while_its_screen_is_frozen(session: Session) -> None:
    session.replay = tape = Tape()
    session.freeze()
    session.freeze()
    assert tape.held == [True, False]
