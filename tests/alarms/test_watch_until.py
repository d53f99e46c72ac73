"""`hwtui watch --until` with a simulated device on loopback."""

from __future__ import annotations

import asyncio
from typing import cast

import pytest

from tui.core.alarms.grammar import parse_condition
from tui.core.money.prices import read_prices
from tui.core.settings import ConfigFile, Settings, SettingsError
from tui.engine.clock import SystemClock
from tui.engine.commands.exits import OK, UNKNOWN, WARNING
from tui.engine.commands.run import Output
from tui.engine.commands.until import Until, until_of
from tui.engine.commands.watch import watch
from tui.engine.demo.household import Household
from tui.engine.demo.server import serve


class Lines:
    """An output that keeps what is written, or refuses it."""

    def __init__(self, fault: Exception | None = None) -> None:
        self.lines: list[str] = []
        self.fault = fault
        self.came = asyncio.Event()

    def line(self, text: str) -> None:
        if self.fault:
            raise self.fault
        self.lines.append(text)
        self.came.set()


async def ended(until: Until, output: Lines) -> int:
    clock = SystemClock()
    async with serve(Household(devices=1, start=clock.now()), clock, announce=False) as (served,):
        settings = Settings(mdns=False, hosts=(served.endpoint,), interval_s=0.5)
        async with asyncio.timeout(20):
            return await watch(settings, cast("Output", output), as_json=False, until=until)


@pytest.mark.parametrize(
    ("condition", "timeout_s", "code", "said"),
    [
        ("voltage_l1_v > 100", None, OK, "P1 meter e8a06f: voltage L1 is 2"),
        ("voltage_l1_v < 100", 0.3, WARNING, "hwtui: it did not hold within 0.3s: voltage_l1_v < 100 V"),
        ("water_flow_lpm > 0", 0.3, UNKNOWN, "hwtui: no device told it within 0.3s: water_flow_lpm > 0 l/min"),
    ],
)
async def test_it_ends_when_it_holds_or_when_the_time_is_over(
    condition: str, timeout_s: float | None, code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    output = Lines()
    assert await ended(Until(parse_condition(condition), timeout_s), output) == code
    assert "P1 meter" in output.lines[0]
    assert said in capsys.readouterr().err


async def test_what_stops_the_readings_ends_it() -> None:
    with pytest.raises(OSError, match="disk full"):
        await ended(Until(parse_condition("power_w < -90 kW")), Lines(OSError("disk full")))


async def test_who_is_ended_by_a_signal_leaves_nothing_running() -> None:
    output = Lines()
    task = asyncio.create_task(ended(Until(parse_condition("power_w < -90 kW")), output))
    async with asyncio.timeout(20):
        await output.came.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert asyncio.all_tasks() == {asyncio.current_task()}


@pytest.mark.parametrize(
    ("timeout", "timeout_s"), [(None, None), ("3", 3.0), ("2.5", 2.5), ("90s", 90.0), ("8h", 28_800.0)]
)
def test_the_timeout_is_seconds_or_has_a_unit(timeout: str | None, timeout_s: float | None) -> None:
    assert until_of("frozen", timeout, Settings()) == Until(parse_condition("frozen"), timeout_s)


@pytest.mark.parametrize(
    ("condition", "timeout", "sentence"),
    [
        ("frozen for", None, "--until: at the end: a time is missing: use one like 60s, 5m or 2h"),
        ("check fails", None, "--until: the check is not waited for here: hwtui check judges the installation"),
        ("price < 3", None, "--until: there are no prices: see hwtui help prices"),
        ("frozen", "", "--timeout: at the end: a time is missing: use one like 60s, 5m or 2h"),
        ("frozen", "0", "--timeout: at character 1: use a time of 1s to 7d"),
        ("frozen", "-3", "--timeout: at character 1: use a time of 1s to 7d"),
    ],
)
def test_what_cannot_be_waited_for(condition: str, timeout: str | None, sentence: str) -> None:
    with pytest.raises(SettingsError) as caught:
        until_of(condition, timeout, Settings())
    assert str(caught.value) == sentence


def test_a_price_is_waited_for_where_there_are_prices() -> None:
    settings = Settings(prices=read_prices(ConfigFile("c", {"prices": {"import": 0.2}})))
    assert until_of("price < 0.1", None, settings).condition == parse_condition("price < 0.1")
