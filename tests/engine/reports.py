"""A house for the tests of reports: every kind of secret, every verdict, hostile names, and no network."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import datetime
from urllib.parse import quote

import pytest

from tests.checks.house import House, Values, volts
from tui.core.checks import registry
from tui.core.checks.finding import WORST_FIRST, Finding, Verdict
from tui.core.checks.record import Record
from tui.core.checks.words import Words
from tui.core.events import Added, Configured, Failed, SystemRead
from tui.core.model import DeviceSetting, Endpoint, Role, State
from tui.core.reading import External, System
from tui.engine.checkdata import TABLES

SSID = "Jansen & Zn <b>5G</b>"
METER_ID, GAS_ID = "4530303437303030303037363330383137", "4730303235303033343239363335313138"
NAMES = ("Familie Jansen | `P1`", "Tuin/zolder ÉÉN", "<script>alert(1)</script>")
HOSTS = ("p1meter-jansen.local", "192.168.77.31", "192.168.77.32")
DEAD = "10.9.8.7"
RULE = "rule.of.all"
FIGURE = 253.125


def a_house(seconds: int = 30, **settings: object) -> House:
    """A grid meter, a solar meter and a socket, each with a name that the user gave, and a host that is dead."""
    house = House(**settings)  # type: ignore[arg-type]
    gas = (External("gas_meter", GAS_ID, 2569.646, "m3", datetime(2026, 6, 12, 14, 0)),)
    power: Values = {"power_w": -672.0, "power_l1_w": -1180.0, "power_l2_w": 412.0, "power_l3_w": 96.0}
    more: Values = {"unique_id": METER_ID, "meter_model": "ISKRA 2M550T-101", "energy_import_kwh": 13779.338}
    house.meter({**volts(241.3, 236.8, 237.1), **power, **more}, external=lambda second: gas, host=HOSTS[0])
    house.meter({"power_w": -2140.0, "voltage_v": 241.0}, "HWE-KWH1", host=HOSTS[1])
    house.meter({"power_w": 61.0}, "HWE-SKT", host=HOSTS[2])
    for meter, name, role in zip(house.meters, NAMES, (None, Role.SOLAR, Role.LOAD), strict=True):
        house.tell(Configured(meter.serial, DeviceSetting(name=name, role=role)))
    house.tell(Added(Endpoint(DEAD), house.now))
    house.tell(Failed(Endpoint(DEAD), State.SILENT, f"{DEAD} did not answer: is {HOSTS[0]} right?", house.now))
    house.run(seconds)
    house.tell(SystemRead(house.meters[0].serial, System(SSID, 70.0), house.now))
    return house


def secrets_of(house: House) -> list[str]:
    """What tells whose house that is."""
    serials = [meter.serial for meter in house.meters]
    return [*serials, *HOSTS, DEAD, *NAMES, SSID, METER_ID, GAS_ID, "E0047000007630817", "G0025003429635118"]


def one_of_each(monkeypatch: pytest.MonkeyPatch, *verdicts: Verdict) -> None:
    """Make a rule stand that finds each of these verdicts (without any: all), in words that hold every secret."""

    def rule(record: Record) -> Iterator[Finding]:
        grid = next(record.grid_meters)
        said = f"{NAMES[0]} {SSID} {GAS_ID.upper()} at http://{HOSTS[1]}/{quote(NAMES[1])}"
        for verdict in verdicts or WORST_FIRST:
            values = {"said": said, "serial": (grid.device.serial or "").upper()}
            yield Finding(
                RULE, verdict, grid.key, 1, FIGURE, "V", 253.0, ("voltage.mean10.high_v",), 600.0, values=values
            )

    monkeypatch.setattr(registry, "RULES", {RULE: rule})  # whole: put back one by one, they would change their order


def words_of(language: str) -> Words:
    """The words of a language, with those of that rule."""
    table = tomllib.loads((TABLES / "words" / f"{language}.toml").read_text("utf-8"))
    case = {"line": "seen {said}", "text": "It says {said}.", "advice": "See {serial}."}
    table[RULE] = {"name": "Everything", "limit": "at most {limit} V"} | {str(verdict): case for verdict in Verdict}
    return Words(table)
