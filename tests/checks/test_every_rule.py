"""What holds of every rule, whatever the house does: none raises, none accuses without evidence, all can be told."""

from __future__ import annotations

from datetime import datetime
from math import isfinite
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.checks.fullday import full_day
from tests.checks.house import NOON, House
from tests.checks.sound import LONGEST_LINE, assert_told
from tui.core.checks.finding import Verdict
from tui.core.checks.record import Installation, Observed, Record
from tui.core.checks.registry import RULES, check
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
    TelegramRead,
)
from tui.core.model import DeviceSetting, Endpoint, Role, State
from tui.core.moment import Now
from tui.core.profiles import PROFILES
from tui.core.quantities import QUANTITIES, Kind
from tui.core.reading import External, Identity, Measurement, Switch, System, Value
from tui.core.telegram import Telegram

ACCUSES = (Verdict.WARN, Verdict.FAIL)
GRIDS = [None, *PROFILES]
PRODUCTS = ("HWE-P1", "HWE-P1", "HWE-KWH1", "HWE-KWH3", "HWE-SKT", "HWE-WTR", "HWE-BAT", "HWE-XYZ")
SERIALS = [f"5c2faf0000{at:02x}" for at in range(len(PRODUCTS))]
HOURS_S = (0.0, 0.4, 1.0, 1.0, 1.0, 2.0, 10.0, 61.0, 900.0, 4000.0, 90000.0)

# ------------------------------------------------------------------ what a house may do

USUAL = {"V": 231.0, "W": 640.0, "A": 2.8, "kWh": 1234.567, "Hz": 50.01, "m3": 12.5, "l/min": 3.0}
STAMPS = [
    None,
    datetime(2026, 6, 12, 13, 55),
    datetime(2026, 6, 12, 14, 0),
    datetime(2026, 6, 11, 14, 0),
    datetime(2026, 6, 13, 13, 0),
    datetime(1999, 12, 31),
    datetime(2068, 1, 1),
    datetime.max,
]
_factors = st.sampled_from([1.0, 1.0, 1.0, 0.0, -1.0, 0.5, 1.1, 1.2, -20.0, 50.0])


def _value(name: str, extreme: bool) -> st.SearchStrategy[Value]:
    quantity = QUANTITIES[name]
    match quantity.kind:
        case Kind.TEXT:
            return st.sampled_from(["", "ISKRA  2M550T-101", "{0}{figure}", "4530303433303036", "0000"])
        case Kind.TIME:
            return st.sampled_from([stamp for stamp in STAMPS if stamp])
        case Kind.CODE:
            return st.sampled_from([1, 2, 22, 42, 50, 0, -3])
        case Kind.EVENT:
            return st.sampled_from([0, 1, 2, 250])
    usual = USUAL.get(quantity.unit, 100.0)
    values: st.SearchStrategy[Value] = _factors.map(lambda factor: usual * factor)
    return st.one_of(values, st.sampled_from([1e11, -1e11, 1e-11])) if extreme else values


def _usual(name: str, factor: float) -> Value:
    quantity = QUANTITIES[name]
    match quantity.kind:
        case Kind.TEXT:
            return "ISKRA  2M550T-101"
        case Kind.TIME:
            return datetime(2026, 6, 3, 18, 15)
        case Kind.CODE:
            return 50 if name == "protocol_version" else 2
        case Kind.EVENT:
            return 4
    return USUAL.get(quantity.unit, 100.0) * factor


@st.composite
def _values(draw: st.DrawFn, extreme: bool) -> dict[str, Value]:
    """Everything at one factor of the usual, some of it missing or quite another value; or almost nothing."""
    factor = draw(_factors)
    names = list(QUANTITIES) if draw(st.integers(0, 3)) else []
    missing, odd = draw(_some_names), draw(_some_names)
    values = {name: _usual(name, factor) for name in names if name not in missing}
    return values | {name: draw(_value(name, extreme)) for name in sorted(odd)}


_some_names = st.sets(st.sampled_from(list(QUANTITIES)), max_size=5)
_externals = st.lists(
    st.builds(
        External,
        st.sampled_from(["gas_meter", "heat_meter", "warm_water_meter", "state_silent", "{x}" * 20, ""]),
        st.sampled_from([None, "A", "B", "0000"]),
        st.sampled_from([0.0, 12.5, 13.5, -1.0, 1e11]),
        st.sampled_from(["m3", None, "GJ"]),
        st.sampled_from(STAMPS),
    ),
    max_size=3,
).map(tuple)
_systems = st.builds(
    System,
    st.sampled_from([None, "home", "{0}"]),
    st.sampled_from([None, 70.0, 12.0, 0.0, 1e11]),
    st.none(),
    st.sampled_from([None, None, -60.0, -90.0, -1e11]),
)
_which = st.integers(0, len(PRODUCTS) - 1)
_hosts = st.sampled_from(["192.168.1.10", "192.168.1.11", "192.168.1.12", "p1.lan"])
_kinds = st.sampled_from([State.SILENT, State.REFUSED, State.BAD_ANSWER, State.API_DISABLED])
_texts = st.sampled_from(["connection timed out", "", "{0} {figure} " * 30])


class Scene:
    """Plays what hypothesis drew, through the real fleet."""

    def __init__(self, grid: str | None) -> None:
        self.house = House(grid=grid)

    def tell(self, event: Event) -> None:
        self.house.tell(event)

    def wait(self, seconds: float, jump_s: float = 0.0) -> None:
        now = self.house.now
        self.house.now = Now(now.utc + seconds + jump_s, now.monotonic + seconds)


@st.composite
def _acts(draw: st.DrawFn, scene: Scene, *, extreme: bool) -> None:
    """One thing that happens in a house."""
    at, now, which = draw(_hosts), scene.house.now, draw(_which)
    endpoint, serial, product = Endpoint(at), SERIALS[which], PRODUCTS[which]
    act = draw(st.integers(0, 12))
    if act <= 4:
        scene.tell(Identified(endpoint, Identity(serial, product, None, draw(_firmware), "v1"), now))
        measurement, system = Measurement(draw(_values(extreme)), draw(_externals)), draw(_systems)
        every, other = draw(st.sampled_from([1.0, 5.0])), Measurement(draw(_values(extreme)))
        for turn in range(draw(st.sampled_from([1, 2, 40, 130]))):
            jumping = other if turn % 7 == 6 else measurement
            scene.tell(Measured(serial, jumping, system, scene.house.now, draw(_latency) if turn < 3 else 0.03, every))
            scene.wait(every)
    elif act == 5:
        kind, text = draw(_kinds), draw(_texts)
        for _ in range(draw(st.sampled_from([1, 3, 20]))):
            scene.tell(Failed(endpoint, kind, text, scene.house.now))
            scene.wait(5)
    elif act == 6:
        scene.tell(Configured(serial, DeviceSetting(draw(st.sampled_from([None, "{0}" * 30])), draw(_roles))))
    elif act == 7:
        api = draw(st.sampled_from(["v1", "v2"]))
        scene.tell(Seen(Endpoint(at, 80, api), serial, now, product, None, draw(st.sampled_from([None, True, False]))))
    elif act == 8:
        checksum = draw(st.sampled_from([None, True, False]))
        telegram = st.builds(Telegram, st.sampled_from(STAMPS), st.just(checksum))
        for _ in range(draw(st.sampled_from([1, 2, 12]))):
            scene.tell(TelegramRead(serial, draw(st.one_of(telegram, st.none())), scene.house.now))
            scene.wait(draw(st.sampled_from([0.0, 1.0])))
        scene.tell(ClockStood(serial, draw(st.booleans()), now))
    elif act == 9:
        scene.wait(0.0, draw(st.sampled_from([-4000.0, 3600.0, 1e8, -1.7e9])))
    elif act == 10:
        scene.tell(Added(Endpoint(at), now))
    elif act == 11:
        scene.tell(Lost(serial, draw(st.sampled_from(["v1", "v2"])), now))
        scene.tell(Remembered(Identity(serial, product), endpoint, now))
    else:
        scene.tell(SystemRead(serial, draw(_systems), now))
        scene.tell(SwitchRead(serial, Switch(draw(st.booleans())), now))
        scene.tell(Noted("clock", "the clock jumped", now))
    scene.wait(draw(st.sampled_from(HOURS_S)))


_firmware = st.sampled_from([None, "6.0305", "4.19", "{0}", "9" * 40])
_latency = st.sampled_from([0.03, 4.0, 0.0])
_roles = st.sampled_from([None, *Role])


def _played(data: st.DataObject, scene: Scene, *, extreme: bool) -> Record:
    for _ in range(data.draw(st.integers(1, 8), "acts")):
        data.draw(_acts(scene, extreme=extreme))
    fuse = data.draw(st.sampled_from([None, "1x25", "3x25"]), "fuse")
    at_inverter = data.draw(st.sampled_from([{}, {SERIALS[2]: 2}]), "at inverter")
    scene.house.fuse, scene.house.at_inverter = fuse, at_inverter
    scene.house.synchronised = data.draw(st.sampled_from([None, True, False]), "synchronised")
    return scene.house.record


def _assert_sound(record: Record, *, longest: int | None) -> None:
    keys = {one.key for one in record.observed}
    for rule, judge in RULES.items():
        for found in judge(record):
            assert found.rule == rule
            assert found.device is None or found.device in keys
            assert found.phase in (None, 1, 2, 3)
            assert all(number is None or isfinite(number) for number in (found.figure, found.limit, found.window_s))
            assert_told(found, record, longest)


@settings(max_examples=40)
@given(st.data())
def test_whatever_a_house_does_every_rule_judges_it_and_can_be_told(data: st.DataObject) -> None:
    extreme = data.draw(st.booleans(), "extreme")
    record = _played(data, Scene(data.draw(st.sampled_from(GRIDS), "grid")), extreme=extreme)
    _assert_sound(record, longest=None if extreme else LONGEST_LINE)


# ------------------------------------------------------------------ no verdict without evidence


def _accused(record: Record) -> list[str]:
    return [f"{found.rule} {found.case}" for found in check(record) if found.verdict in ACCUSES]


@pytest.mark.parametrize("grid", GRIDS)
def test_an_empty_record_accuses_nobody(grid: str | None) -> None:
    house = House(grid=grid)
    for rule in RULES:
        assert house.findings(rule), f"{rule} says nothing, not even that it does not apply"
    assert _accused(house.record) == []
    _assert_sound(house.record, longest=LONGEST_LINE)
    house.now = house.now.plus(86400)
    assert _accused(house.record) == []
    bare = Record(NOON, NOON, Installation(house.limits))
    assert _accused(bare) == []
    _assert_sound(bare, longest=LONGEST_LINE)


@pytest.mark.parametrize("product", sorted(set(PRODUCTS)))
def test_of_a_device_that_never_answered_only_its_link_is_known(product: str) -> None:
    house = House()
    house.tell(Seen(Endpoint("192.168.1.10"), SERIALS[0], house.now, product))
    for _ in range(30):
        house.tell(Failed(Endpoint("192.168.1.10"), State.SILENT, "connection timed out", house.now))
        house.now = house.now.plus(60)
    assert _accused(house.record) == ["link fail-never"]
    _assert_sound(house.record, longest=LONGEST_LINE)


ONE_SAMPLE: list[dict[str, Value]] = [
    {name: factor * USUAL.get(row.unit, 100.0) for name, row in QUANTITIES.items() if row.kind is Kind.GAUGE}
    for factor in (0.0, -30.0, 0.5, 1.3, 30.0)
]


@pytest.mark.parametrize("grid", GRIDS)
@pytest.mark.parametrize("values", ONE_SAMPLE, ids=["zero", "export", "half", "high", "huge"])
def test_one_sample_accuses_nobody(values: dict[str, Value], grid: str | None) -> None:
    for product in sorted(set(PRODUCTS)):
        for role in (None, Role.SOLAR, Role.LOAD):
            house = House(grid=grid, fuse="3x25", start=NOON.plus(450))
            house.meter(values, product, role=None if product == "HWE-P1" else role, wifi_pct=3.0, latency_s=9.0)
            house.run(1)
            assert _accused(house.record) == [], product
            house.now = house.now.plus(30)
            assert _accused(house.record) == [], product


def test_what_is_only_remembered_or_switched_is_not_judged() -> None:
    house = House()
    house.tell(Remembered(Identity(SERIALS[0], "HWE-P1"), Endpoint("192.168.1.10"), house.now))
    house.now = house.now.plus(86400)
    assert house.record.observed == ()
    assert _accused(house.record) == []


def test_a_device_of_which_nothing_is_known_accuses_nobody() -> None:
    house = House()
    house.meter({})
    house.run(120)
    assert _accused(house.record) == []
    (one,) = house.record.observed
    bare = Record(house.now, NOON, house.installation, (Observed(one.device, NOON),))
    assert _accused(bare) == []
    _assert_sound(bare, longest=LONGEST_LINE)


# ------------------------------------------------------------------ a whole day


def test_a_day_of_fifty_devices_takes_little_time() -> None:
    record = full_day(50)
    assert _accused(record) == []

    def spent() -> float:
        start = process_time()
        check(record)
        return process_time() - start

    assert min(spent() for _ in range(5)) <= 0.050
