"""What the support file says of sinks, alarms and libraries."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib.metadata import version

from tests.engine.reports import a_house
from tui.core.alarms.grammar import parse_condition
from tui.core.alarms.rules import Rule
from tui.core.alarms.state import Alarm
from tui.core.model import Role
from tui.core.out.influxplace import parse_influx
from tui.core.out.mqttbroker import Broker
from tui.core.secret import Secret
from tui.core.settings import Settings
from tui.engine.out.sink import SinkState
from tui.engine.support.making import Found, support_text

HIGH = Rule(
    parse_condition("power_w > 5000 for 60s"),
    name="Oma's oven",
    device="Oma's plug",
    run=("/home/jansen/call-oma", "{text}"),
    webhook=Secret("https://hooks.jansen.example/s3cr3t"),
    mqtt="jansen/alarms",
)
LEAK = Rule(parse_condition("water_flow_lpm > 0 for 60m"), role=Role.LOAD, bell=True)
SETTINGS = Settings(
    influx=parse_influx("http://attic.jansen.example:8086/write?db=oma"),
    mqtt=Broker("broker.jansen.example", 1883, user="oma"),
    alarms=(LEAK, HIGH),
)
STATES = (
    SinkState("influx", "http://attic.jansen.example:8086/write", handed_on=7, dropped=2, last_fault="was slow"),
    SinkState("mqtt", "mqtt://broker.jansen.example:1883", fault="broker.jansen.example:1883 does not answer"),
    SinkState("alarms", "the settings", fault="the webhook at hooks.jansen.example did not answer"),
)


def test_each_sink_is_there_with_its_state_and_each_alarm_with_its_condition() -> None:
    house = a_house()
    fleet = house.fleet
    key = next(key for key, device in fleet.devices.items() if device.role is Role.SOLAR)
    alarm = Alarm(HIGH, key, fleet.devices[key].label, (5321.0,), house.now, house.now)
    found = Found(SETTINGS, replace(fleet, alarms=(alarm,)), house.record, sinks=STATES)
    text = support_text(found)
    doc = json.loads(text)
    influx, mqtt, alarms = doc["out"]["sinks"]
    assert influx == {
        "name": "influx",
        "target": influx["target"],
        "fault": None,
        "last_fault": "was slow",
        "handed_on": 7,
        "dropped": 2,
    }
    assert influx["target"].endswith(":8086/write")
    assert mqtt["fault"].endswith(":1883 does not answer")
    assert alarms["fault"].startswith("the webhook at host-")
    leak, high = doc["out"]["alarms"]
    assert (leak["number"], leak["when"], leak["role"], leak["does"]) == (1, str(LEAK.when), "load", ["bell"])
    assert (high["cooldown_s"], high["does"]) == (600.0, ["run", "webhook", "mqtt"])
    solar = next(row for row in doc["fleet"] if row["role"] == "solar")
    assert [(one["alarm"], one["device"]) for one in doc["out"]["raised"]] == [(2, solar["device"])]
    assert doc["system"]["libraries"]["textual"] == version("textual")
    assert not [secret for secret in ("jansen", "oma", "s3cr3t", "attic") if secret in text.casefold()]


def test_where_none_of_them_runs_they_are_named() -> None:
    house = a_house()
    out = json.loads(support_text(Found(SETTINGS, house.fleet, house.record)))["out"]
    assert out["sinks"] == [{"name": "influx"}, {"name": "mqtt"}, {"name": "alarms"}]
    assert [one["number"] for one in out["alarms"]] == [1, 2]
    assert out["raised"] is None
    nothing = json.loads(support_text(Found(Settings(), house.fleet, house.record, sinks=())))["out"]
    assert nothing == {"sinks": [], "alarms": [], "raised": []}
