"""`hwtui check --guided`: what it needs, and what it says before anybody has to switch anything."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest

from tui.core.address import parse_host
from tui.core.guided import trial
from tui.core.model import DeviceSetting
from tui.core.settings import Settings
from tui.engine.commands import guided
from tui.engine.commands.checkplan import Plan, make_plan
from tui.engine.commands.run import Output

if TYPE_CHECKING:
    from tests.cli.conftest import Run, Served


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("--duration=60", "--guided takes as long as the person does: leave out --duration"),
        ("--replay=house.jsonl", "nobody can switch a load in a recording: leave out --guided or --replay"),
    ],
)
def test_what_makes_no_sense_beside_it_is_said(hwtui: Run, option: str, said: str) -> None:
    done = hwtui("check", "--guided", "load", option)
    assert done.returncode == 3
    assert said in done.stderr


def plan(house: Served, **own: str) -> Plan:
    """That for the served household, without a search. Two of its sockets have one name."""
    sockets = [serial for serial, product in zip(house.serials, house.products, strict=True) if product == "HWE-SKT"]
    settings = Settings(
        hosts=tuple(parse_host(host) for host in house.hosts),
        mdns=False,
        timeout_s=1.0,
        devices={serial: DeviceSetting(name="Twin") for serial in sockets[:2]},
        language=own.pop("language", "en"),
    )
    return make_plan(settings, own)


def test_what_cannot_be_tested_is_said_at_once_with_what_can(
    house: Served, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guided, "TICK_S", 0.05)

    async def every() -> list[int]:
        words = ("Kettle", "twin", house.serials[0])
        return await asyncio.gather(*(guided.guided(plan(house), one, Output()) for one in words))

    assert asyncio.run(every()) == [3, 3, 3]
    said = capsys.readouterr().err
    assert 'hwtui: no meter that answers is called "Kettle": those that can be tested: ' in said
    assert "kWh meter" in said
    assert 'hwtui: more than one meter is called "twin": name it by its serial: ' in said
    assert f'"{house.serials[0]}" is what the others are compared with: name "load" to find a load\'s phase' in said


def test_a_person_who_does_nothing_is_asked_a_few_times(
    house: Served, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trial, "LATEST_S", -10.0)
    monkeypatch.setattr(guided, "TICK_S", 0.05)

    async def both() -> list[int]:
        words = ("load", "Load ")
        return await asyncio.gather(*(guided.guided(plan(house), one, Output(), watch_s=0.5) for one in words))

    assert asyncio.run(both()) == [3, 3]
    said = capsys.readouterr()
    assert "hwtui: Switch a load of about 2 kW, like a kettle, on now." in said.err
    assert "hwtui: Switch the load off now." in said.err
    assert said.out == 2 * (
        "The load: not sure of the phase: no step was seen: use a load of about 2 kW, and wait until you are asked.\n"
    )


def test_a_report_says_what_came_of_the_test_and_all_of_it_is_in_dutch(
    house: Served, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trial, "LATEST_S", -10.0)
    monkeypatch.setattr(guided, "TICK_S", 0.05)
    serial = next(one for one, product in zip(house.serials, house.products, strict=True) if product == "HWE-SKT")
    asked = plan(house, format="json", language="nl")

    async def test() -> int:
        return await guided.guided(asked, serial, Output(), reports=True, watch_s=1.0)

    assert asyncio.run(test()) == 3
    said = capsys.readouterr()
    assert "hwtui: Zet nu een apparaat van ongeveer 2 kW, zoals een waterkoker, achter Twin aan." in said.err
    findings = [one for one in json.loads(said.out)["findings"] if one["rule"] == "meter.test"]
    assert [(one["verdict"], one["name"]) for one in findings] == [("untestable", "Begeleide test")]
    assert findings[0]["line"].startswith("een test om ")
    assert findings[0]["text"].startswith("Waarom: er was geen stap te zien")
