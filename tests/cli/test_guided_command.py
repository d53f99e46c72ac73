"""`hwtui check --guided`: what it needs, and what it says before anybody has to switch anything."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tui.core.address import parse_host
from tui.core.guided import trial
from tui.core.settings import Settings
from tui.engine.commands import guided
from tui.engine.commands.run import Output

if TYPE_CHECKING:
    from tests.cli.conftest import Run, Served


@pytest.mark.parametrize("option", ["--duration=60", "--format=json", "--note=x", "-oreport.html"])
def test_it_makes_no_report(hwtui: Run, option: str) -> None:
    done = hwtui("check", "--guided", "load", option, "127.0.0.1:9")
    assert done.returncode == 3
    assert "--guided makes no report: leave out -" in done.stderr


def settings(house: Served) -> Settings:
    """Those for the served household, without a search."""
    return Settings(hosts=tuple(parse_host(host) for host in house.hosts), mdns=False)


def test_a_meter_that_nobody_knows_is_said_at_once_with_those_that_there_are(
    house: Served, capsys: pytest.CaptureFixture[str]
) -> None:
    assert asyncio.run(guided.guided(settings(house), "Kettle", Output())) == 3
    said = capsys.readouterr().err
    assert 'hwtui: no meter that answers is called "Kettle": those that can be tested: ' in said
    assert "Socket" in said


def test_a_person_who_does_nothing_is_asked_a_few_times(
    house: Served, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trial, "LATEST_S", -10.0)
    monkeypatch.setattr(guided, "TICK_S", 0.05)
    assert asyncio.run(guided.guided(settings(house), "load", Output(), watch_s=0.5)) == 3
    said = capsys.readouterr()
    assert "hwtui: Switch a load of about 2 kW, like a kettle, on now." in said.err
    assert "hwtui: Switch the load off now." in said.err
    assert said.out == (
        "The load: not sure of the phase: no step was seen: use a load of about 2 kW, and wait until you are asked.\n"
    )
