"""A simulated house is handed on to nobody that was not named for it."""

from __future__ import annotations

import gc

import pytest

from tui.cli.commands import demo
from tui.cli.given import Given
from tui.core.out.influxplace import parse_influx
from tui.core.out.mqttbroker import Broker
from tui.core.settings import Settings
from tui.ui import launch

REAL = Settings(mqtt=Broker("127.0.0.1", 1883), influx=parse_influx("http://h/write"))
"""As the config file of a house names them."""


@pytest.mark.parametrize(
    ("flags", "kept"), [({}, []), ({"mqtt": "mqtt://h"}, ["mqtt"]), ({"influx": "http://h/write"}, ["influx"])]
)
def test_a_simulated_house_goes_out_only_where_that_was_typed(
    monkeypatch: pytest.MonkeyPatch, flags: dict[str, str], kept: list[str]
) -> None:
    started: list[Settings] = []
    monkeypatch.setattr(gc, "disable", lambda: None)
    monkeypatch.setattr(demo, "need_terminal", lambda instead: None)
    monkeypatch.setattr(launch, "run_demo", lambda settings, *rest, **more: started.append(settings))
    monkeypatch.setattr(Given, "settings", lambda given: REAL)
    demo.run(Given("demo", flags, {}, {}))
    assert [[name for name in ("mqtt", "influx") if getattr(one, name)] for one in started] == [kept]
