"""The door to the alarms: events of a fleet in, news out."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.alarms.alarmlab import T0, rule
from tui.core.alarms.rules import Rule
from tui.core.events import Configured, Event, Failed, Identified, Measured
from tui.core.fleet import reduce
from tui.core.model import DeviceSetting, Endpoint, Fleet, State
from tui.core.moment import Now
from tui.core.money.prices import Prices, read_prices
from tui.core.reading import Identity, Measurement, System
from tui.core.settings import ConfigFile
from tui.engine.out.alarms import Alarms
from tui.engine.out.around import Around

HERE = Endpoint("192.168.1.20")
P1 = Identity("5C2FAF000001", "HWE-P1", "P1 Meter", "5.18", "v1")


class House:
    """A P1 and its alarms; what is told is kept as words."""

    def __init__(self, *rules: Rule, around: Around | None = None, group_s: float = 0.0) -> None:
        self.now = T0
        self.fleet = Fleet()
        self.around = around
        self.alarms = Alarms(rules, T0, around, group_s=group_s) if around else Alarms(rules, T0, group_s=group_s)
        self.told: list[str] = []
        self.hears(Identified(HERE, P1, T0))

    def hears(self, event: Event) -> None:
        self.fleet = reduce(self.fleet, event)
        if self.around is not None:
            self.around.heard(event, self.fleet)
        news = self.alarms.heard(event, self.fleet, self.now)
        self.told += [f"raised {alarm.label}" for alarm in news.raised]
        self.told += [f"cleared {cleared.alarm.label}" for cleared in news.cleared]

    def measures(self, power_w: float | None = None, **values: float) -> None:
        every = values | ({} if power_w is None else {"power_w": power_w})
        self.hears(Measured(P1.serial, Measurement(dict(every)), System(), self.now, 0.01, 1.0))

    def lives(self, powers: Iterable[float]) -> None:
        for power_w in powers:
            self.now = self.now.plus(1)
            self.measures(power_w)


def test_a_value_raises_at_once_and_ends_at_once() -> None:
    house = House(rule("power_w > 5000"))
    house.lives([100, 6000])
    assert house.told == ["raised P1 meter 000001"]
    assert [alarm.figures for alarm in house.alarms.raised] == [(6000.0,)]
    house.lives([6000, 100])
    assert house.told[1:] == ["cleared P1 meter 000001"]
    assert house.alarms.raised == ()


def test_silence_is_heard_with_the_events_of_others() -> None:
    house = House(rule("silent for 2m", device="Fuse box"))
    house.hears(Configured(P1.serial, DeviceSetting("Fuse box")))
    house.measures(100)
    while house.now.age_of(T0) < 125:
        house.now = house.now.plus(5)
        house.hears(Failed(HERE, State.SILENT, "no answer", house.now))
    assert house.told == ["raised Fuse box"]


def test_silence_is_seen_by_a_look_without_events() -> None:
    house = House(rule("silent for 2m"))
    house.measures(100)
    assert house.alarms.look(house.fleet, house.now.plus(119)).raised == ()
    assert len(house.alarms.look(house.fleet, house.now.plus(121)).raised) == 1


def test_alarms_from_the_start_come_as_one() -> None:
    house = House(rule("power_w > 5000"), rule("voltage_l1_v > 100"), group_s=10.0)
    house.measures(6000, voltage_l1_v=230)
    house.now = house.now.plus(9)
    house.measures(6000, voltage_l1_v=230)
    assert house.told == []
    news = house.alarms.look(house.fleet, house.now.plus(1))
    assert [str(alarm.rule.when) for alarm in news.raised] == ["power_w > 5000 W", "voltage_l1_v > 100 V"]
    assert news.raised == house.alarms.raised


def test_whether_anything_is_known() -> None:
    house = House(rule("water_flow_lpm > 0"))
    house.measures(100)
    assert not house.alarms.knows
    house.now = house.now.plus(1)
    house.measures(water_flow_lpm=0)
    assert house.alarms.knows


ZONE = ZoneInfo("Europe/Amsterdam")


def around(when: str, prices: Prices | None = None) -> Around:
    return Around([rule(when).when], prices, ZONE)


def test_the_forecast_of_the_quarter_is_known() -> None:
    at = Now(900 * 1_960_000 + 600.0, 1000.0)
    asked = around("peak_forecast_w > 2500")
    house = House(rule("peak_forecast_w > 2500"), around=asked)
    house.now = at
    house.measures(6000, average_power_15m_w=1500)
    quarter = asked.quarter(P1.serial.lower(), at)
    assert quarter is not None
    assert quarter.forecast_w == pytest.approx(3500)
    assert house.told == ["raised P1 meter 000001"]
    assert around("power_w > 1").quarter(P1.serial.lower(), at) is None


def prices(folder: Path, **table: object) -> Prices:
    return read_prices(ConfigFile(str(folder / "c.toml"), {"prices": table}))


async def test_the_price_of_now(tmp_path: Path) -> None:
    assert around("price < 1").price(T0) is None
    assert around("price < 1", prices(tmp_path, **{"import": 0.25, "vat": 20})).price(T0) == 0.3
    assert around("power_w < 1", prices(tmp_path, **{"import": 0.25})).price(T0) is None


async def test_the_price_of_the_tariff_is_told_by_the_meter(tmp_path: Path) -> None:
    asked = around("price < 1", prices(tmp_path, import_t1=0.2, import_t2=0.3))
    house = House(rule("price < 0.25"), around=asked)
    house.measures(100, tariff=2)
    house.now = house.now.plus(1)
    house.measures(100, tariff=1)
    assert house.told == ["raised "]


async def test_the_price_of_a_file(tmp_path: Path) -> None:
    asked = around("price < 1", prices(tmp_path, file="prices.csv"))
    await asked.refresh(T0)
    assert asked.price(T0) is None
    assert "no such file" in asked.faults[0]
    (tmp_path / "prices.csv").write_text("start,import\n2025-11-24T17:00+01:00,0.08\n2025-11-24T18:00+01:00,0.31\n")
    await asked.refresh(T0)
    assert (asked.price(T0), asked.price(T0.plus(3600))) == (0.08, 0.31)
    assert asked.faults == ()


async def test_the_check_is_asked_of_who_knows(tmp_path: Path) -> None:
    assert around("check fails").failing("a") is None
    asked = Around([rule("check fails").when], None, ZONE, {"a": ["wifi"]}.get)
    assert (asked.failing("a"), asked.failing("b")) == (["wifi"], None)
