"""A check of the demo's households names what is wrong there, and nothing else."""

from __future__ import annotations

import pytest

from tui.core.checks.finding import Finding, Verdict
from tui.core.checks.record import Installation
from tui.core.checks.registry import check
from tui.core.events import ClockStood, Failed
from tui.core.model import State
from tui.core.profiles import profile_of
from tui.engine.checkdata import load_limits
from tui.engine.demo.devices import Fault, SimulatedDevice
from tui.engine.demo.household import DEFAULT_START, Household
from tui.engine.demo.still import Still

SECONDS, EVERY_S = 1260, 2
RETRY_S = 12
"""How often a device that fails is asked again, about."""
ON_THE_WIRE = {
    Fault.API_OFF: (State.API_DISABLED, "the local API is off"),
    Fault.SILENT: (State.SILENT, "Connected, but no answer within 5 s: if it stays so, restart it"),
    Fault.DRIPPING: (State.SILENT, "Answer not complete within 5 s: is the Wi-Fi weak there?"),
    Fault.GARBAGE: (State.BAD_ANSWER, "The answer is not JSON: is it a HomeWizard device?"),
}
"""How a fault of the server looks to the poller (`tests/engine/test_demo_server.py` has the wire itself)."""


class Wired(Still):
    """A household with the faults of its servers."""

    def _poll(self, device: SimulatedDevice) -> None:
        second = round(self.now.monotonic - DEFAULT_START.monotonic)
        fault = device.fault
        endpoint = self.fleet.devices[device.serial].endpoints[0]
        if fault in ON_THE_WIRE:
            if second % RETRY_S == 0:
                self.apply(Failed(endpoint, *ON_THE_WIRE[fault], self.now))
        elif fault is Fault.WEAK_WIFI and second % (20 * EVERY_S) == 0:
            self.apply(Failed(endpoint, State.SILENT, "no answer within 5 s", self.now))
        else:
            super()._poll(device)
        if fault is Fault.FROZEN and second == 66:
            self.apply(ClockStood(device.serial, still=True, at=self.now))


def found(name: str, seed: int = 1, seconds: int = SECONDS) -> dict[tuple[str, str], Finding]:
    """What a check of a household warns of, by the name of the device and the rule."""
    household = Household(name, seed)
    still = Wired(household, DEFAULT_START)
    still.run(seconds, EVERY_S)
    installation = Installation(
        load_limits(household.grid), profile_of(household.grid), household.fuse, synchronised=True
    )
    names = {device.serial: device.name for device in household.devices}
    findings = check(still.recorder.record(still.now, installation))
    above = [finding for finding in findings if finding.verdict in (Verdict.WARN, Verdict.FAIL)]
    return {(names.get(finding.device or "", ""), finding.rule): finding for finding in reversed(above)}


@pytest.mark.parametrize("name", ["nl", "be", "old", "be-3x230"])
def test_a_check_of_a_healthy_household_warns_of_nothing(name: str) -> None:
    assert found(name) == {}


def test_a_check_of_the_faulty_household_names_each_fault_and_nothing_else() -> None:
    findings = found("faulty")
    assert {key: str(one.verdict) for key, one in findings.items()} == {
        ("Grid", "telegram.rate"): "fail",
        ("Solar", "api"): "fail",
        ("Shed", "link"): "fail",
        ("Attic", "link"): "fail",
        ("Workshop", "link"): "fail",
        ("Battery 2", "link"): "fail",
        ("Water", "wifi"): "warn",
    }


def test_a_check_of_the_house_on_site_names_each_fault_and_nothing_else() -> None:
    findings = found("onsite")
    assert {key: str(one.verdict) for key, one in findings.items()} == {
        ("Grid", "voltage.mean10"): "fail",
        ("Solar", "voltage.inverter"): "fail",
        ("Grid", "fuse.phase"): "fail",
        ("Solar", "meter.direction"): "warn",
        ("Grid", "external.age"): "fail",
        ("Pond pump", "wifi"): "fail",
    }
    phases = {rule: finding.phase for (_, rule), finding in findings.items()}
    assert phases["voltage.mean10"] == 1
    assert phases["fuse.phase"] == 3
    out_kw = findings["Solar", "voltage.inverter"].values["out_kw"]
    assert isinstance(out_kw, float)
    assert out_kw > 4  # though the meter there is upside down


def test_the_house_on_site_shows_something_within_two_minutes() -> None:
    assert found("onsite", seconds=110).keys() >= {
        ("Grid", "fuse.phase"),
        ("Solar", "voltage.inverter"),
        ("Solar", "meter.direction"),
        ("Grid", "external.age"),
        ("Pond pump", "wifi"),
    }


def test_a_still_house_reads_telegrams_as_a_poller_does() -> None:
    household = Household("be")
    still = Still(household, DEFAULT_START)
    still.run(15)
    grid = household.devices[0].serial
    limits, profile = load_limits(household.grid), profile_of(household.grid)
    findings = check(still.recorder.record(still.now, Installation(limits, profile, household.fuse, synchronised=True)))
    seen = {one.rule: one for one in findings if one.device == grid}
    assert seen["telegram.rate"].verdict is seen["telegram.crc"].verdict is seen["meter.clock"].verdict is Verdict.PASS
    assert seen["telegram.rate"].figure == 1.0
