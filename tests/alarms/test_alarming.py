"""The sink of alarms: what it watches, whom it tells, and whom it hands on to."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.alarms.alarmlab import T0, rule
from tui.core.alarms.rules import Rule
from tui.core.checks.finding import Finding, Verdict
from tui.core.events import Alarmed, Configured, Event, Identified, Measured
from tui.core.fleet import reduce
from tui.core.model import DeviceSetting, Endpoint, Fleet, Role
from tui.core.moment import Now
from tui.core.reading import Identity, Measurement, System
from tui.core.settings import Settings
from tui.engine.commands.troubles import Troubles
from tui.engine.out import failing
from tui.engine.out.alarming import Alarming
from tui.engine.out.outlets import Outlets

P1 = Identity("5C2FAF000001", "HWE-P1", "P1 Meter", "5.18", "v1")


class HandClock:
    """Moved on by hand; who sleeps lets others go on."""

    def __init__(self) -> None:
        self.at = T0

    def now(self) -> Now:
        return self.at

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0.002)


class House:
    """A P1 and the sink of its alarms; events go through one fleet, as those of a monitor do."""

    def __init__(self, *rules: Rule, broker: bool = False, folder: Path | None = None) -> None:
        self.clock, self.fleet, self.sent = HandClock(), Fleet(), list[tuple[str, str]]()
        self.said: list[str] = []
        self.told: list[Event] = []
        self.troubles = Troubles(self.said.append)
        settings = Settings(alarms=rules, state_dir=folder)
        publish = (lambda topic, text: self.sent.append((topic, text))) if broker else None
        self.sink = Alarming(settings, self.clock, self.apply, publish=publish, pace=self.clock)
        self.outlets = Outlets([self.sink], self.clock)
        self.apply(Identified(Endpoint("192.168.1.20"), P1, T0))
        self.apply(Configured(P1.serial, DeviceSetting("Fuse box")))

    def apply(self, event: Event) -> None:
        self.fleet = reduce(self.fleet, event)
        self.told.append(event)
        self.outlets.heard(event, self.fleet)
        self.troubles.heard(event, self.fleet)

    def measures(self, power_w: float, after_s: float = 70.0) -> None:
        self.clock.at = self.clock.at.plus(after_s)
        self.apply(Measured(P1.serial, Measurement({"power_w": power_w}), System(), self.clock.at, 0.01, 1.0))

    @property
    def alarmed(self) -> list[Alarmed]:
        return [event for event in self.told if isinstance(event, Alarmed)]

    async def until_alarmed(self, times: int) -> None:
        async with asyncio.timeout(10):
            while len(self.alarmed) < times:  # noqa: ASYNC110
                await asyncio.sleep(0.001)


@asynccontextmanager
async def running(house: House) -> AsyncIterator[None]:
    task = asyncio.create_task(house.outlets.run(house.apply))
    try:
        await asyncio.sleep(0)
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_who_shows_alarms_is_told_when_one_is_raised_and_when_it_is_over() -> None:
    house = House(rule("power_w > 5000", name="High"))
    async with running(house):
        house.measures(6000)
        await house.until_alarmed(1)
        assert [alarm.label for alarm in house.fleet.alarms] == ["Fuse box"]
        house.measures(100)
        await house.until_alarmed(2)
        assert house.fleet.alarms == ()
    assert house.said[0].startswith("hwtui: High, Fuse box: power is 6000 W, above 5000 W since ")
    assert house.said[1].startswith("hwtui: High, Fuse box: over at ")
    assert house.outlets.states[0].fault == ""


async def test_the_log_keeps_what_was_raised_and_when_it_was_over_and_no_name(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "tui.engine.out.alarming")
    house = House(rule("power_w > 5000", name="High"))
    async with running(house):
        house.measures(6000)
        await house.until_alarmed(1)
        house.measures(100)
        await house.until_alarmed(2)
    assert caplog.messages == [f"alarm {was}: power_w > 5000 W at 5c2faf000001" for was in ("raised", "over")]


async def test_silence_is_noticed_where_no_event_comes() -> None:
    house = House(rule("silent for 2m"))
    async with running(house):
        house.measures(100)
        house.clock.at = house.clock.at.plus(130)
        await house.until_alarmed(1)
    assert "no reading" in house.said[0]


async def test_a_broker_gets_each_at_its_topic_as_json() -> None:
    house = House(rule("power_w > 5000", mqtt="house/alarms"), rule("power_w > 5500"), broker=True)
    async with running(house):
        house.measures(6000)
        await house.until_alarmed(1)
        house.measures(100)
        await house.until_alarmed(2)
    assert [topic for topic, _ in house.sent] == ["house/alarms"] * 2
    assert [json.loads(text)["state"] for _, text in house.sent] == ["raised", "cleared"]
    assert json.loads(house.sent[0][1])["device"] == "Fuse box"


async def test_a_topic_without_a_broker_is_said_at_the_start() -> None:
    house = House(rule("power_w > 5000", mqtt="house/alarms"))
    async with running(house):
        await asyncio.sleep(0)
        text = "an alarm has a topic, but there is no broker to publish at: name one with --mqtt"
        assert house.outlets.states[0].fault == text
        assert [note.text for note in house.fleet.notes] == [f"alarms: {text}"]


async def test_a_slip_in_what_an_alarm_is_about_or_starts_is_said_before_it_is_needed(tmp_path: Path) -> None:
    house = House(
        rule("power_w > 5000", device="Fuse bx"), rule("power_w > 5000", device="Fuse box"),
        rule("power_w > 5000", role=Role.SOLAR), rule("silent", run=(str(tmp_path / "call-me"),)),
    )  # fmt: skip
    async with running(house), asyncio.timeout(10):
        while "the role solar" not in house.outlets.states[0].fault:  # noqa: ASYNC110
            await asyncio.sleep(0.001)
        fault = house.outlets.states[0].fault
        assert 'none of the devices found is called "Fuse bx", so an alarm cannot come' in fault
        assert 'an alarm starts "call-me", which is not there' in fault
        assert "Fuse box" not in fault
        (tmp_path / "call-me").touch(0o755)
        house.apply(Configured(P1.serial, DeviceSetting("Fuse bx", Role.SOLAR)))
        while "call-me" in house.outlets.states[0].fault or "solar" in house.outlets.states[0].fault:  # noqa: ASYNC110
            await asyncio.sleep(0.001)


async def test_another_hwtui_of_the_same_user_hands_nothing_on_but_tells(tmp_path: Path) -> None:
    asked = rule("power_w > 5000", mqtt="house/alarms")
    first, second = House(asked, broker=True, folder=tmp_path), House(asked, broker=True, folder=tmp_path)
    async with running(second):
        async with running(first):
            for house in (first, second):
                house.measures(6000)
                await house.until_alarmed(1)
            assert (len(first.sent), len(second.sent)) == (1, 0)
        second.measures(100)
        await second.until_alarmed(2)
        assert [json.loads(text)["state"] for _, text in second.sent] == ["cleared"]


async def test_what_the_check_finds_is_an_alarm(monkeypatch: pytest.MonkeyPatch) -> None:
    """The record is kept here, since nobody else keeps one; the rules run beside the loop."""
    found: list[Sequence[Finding]] = [(), (Finding("wifi", Verdict.WARN, P1.serial.lower()),)]
    found.append((Finding("wifi", Verdict.FAIL, P1.serial.lower()), Finding("frequency", Verdict.FAIL)))
    seen: list[int] = []

    def check(record: object) -> Sequence[Finding]:
        seen.append(len(getattr(record, "observed", ())))
        return found.pop(0) if len(found) > 1 else found[0]

    monkeypatch.setattr(failing, "check", check)
    house = House(rule("check fails wifi"), rule("check fails"))
    async with running(house):
        house.measures(100)
        async with asyncio.timeout(10):
            while len(house.fleet.alarms) < 3:
                await asyncio.sleep(0.002)
                house.measures(100, after_s=2.0)
    assert max(seen) == 1
    assert {(alarm.label, str(alarm.rule.when)) for alarm in house.fleet.alarms} == {
        ("", "check fails"),
        ("Fuse box", "check fails"),
        ("Fuse box", "check fails wifi"),
    }
