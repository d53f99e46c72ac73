"""A household without sockets: what a screen would show of its devices of API v2, and a live one in the same state."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from tui.core.battery.batteries import BOTH, Mode
from tui.core.events import Event
from tui.core.model import Device, Fleet, State
from tui.core.settings import Settings
from tui.engine.clock import FastClock
from tui.engine.demo.certificates import CA_FILE
from tui.engine.demo.household import DEFAULT_START, Household
from tui.engine.demo.source import DemoSource, tokens_of
from tui.engine.demo.still import Still
from tui.engine.monitor import Monitor
from tui.engine.paired.tokens import Tokens


def by_name(household: Household, fleet: Fleet) -> dict[str, Device]:
    return {one.name: fleet.devices[one.serial] for one in household.devices if one.serial in fleet.devices}


def still(name: str) -> dict[str, Device]:
    one = Still(Household(name), DEFAULT_START)
    one.run(8)
    return by_name(one.household, one.fleet)


def said(device: Device) -> object:
    """What decides how a device is drawn, its values aside."""
    system = device.system.value if device.system else None
    return (
        device.spoken,
        device.paired,
        device.problem and device.problem.kind,
        [endpoint.api for endpoint in device.endpoints],
        device.measurement and set(device.measurement.value.values),
        device.batteries and replace(device.batteries.value, power_w=None, target_power_w=None),
        system and (system.wifi_ssid, system.wifi_rssi_db is None, system.led_brightness_pct, system.cloud_enabled),
        device.firmware_version if device.measurement else None,
    )


def test_a_house_with_a_battery_has_it_live_and_its_grid_meter_pushes() -> None:
    seen = still("nl")
    for name in ("Grid", "Battery"):
        spoken = seen[name].spoken
        assert spoken is not None
        assert (spoken.api, spoken.push, spoken.why_not) == ("v2", True, None)
        assert seen[name].problem is None
    group = seen["Grid"].batteries
    assert group is not None
    assert (group.value.mode, group.value.permissions, group.value.count) == (Mode.ZERO, BOTH, 1)
    assert group.value.power_w == pytest.approx(seen["Battery"].number("power_w"), abs=0.51)
    assert seen["Battery"].number("state_of_charge_pct") == 58


def test_what_is_wrong_over_api_v2_shows() -> None:
    seen = still("faulty")
    kinds = {name: device.problem.kind for name, device in seen.items() if device.problem}
    assert kinds["Battery"] is kinds["Car charger"] is State.NOT_PAIRED
    assert kinds["Battery 2"] is State.BAD_ANSWER
    spoken = seen["Boiler"].spoken
    assert spoken is not None
    assert (spoken.api, spoken.push) == ("v2", False)
    assert seen["Boiler"].measurement is not None


@pytest.mark.parametrize("name", ["nl", "be"])
async def test_a_still_house_is_that_of_the_live_engine(name: str) -> None:
    """Over real TLS and real HTTP, at the pace of a fast clock that still lets its devices push."""
    clock = FastClock(5.0)
    household = Household(name, start=clock.now(), speed=clock.speed)
    tokens = Tokens(None, clock)
    for token in tokens_of(household):
        tokens.lend(token)
    settings = Settings(ca=CA_FILE, mdns=False, interfaces=("127.0.0.1",))
    wanted, come = still(name), asyncio.Event()

    def heard(event: Event, fleet: Fleet) -> None:
        seen = by_name(household, fleet)
        if all(one in seen and said(seen[one]) == said(device) for one, device in wanted.items() if device.spoken):
            come.set()

    source = DemoSource(household, clock, mdns=False)
    monitor = Monitor(settings, clock, sources=[source], listeners=[heard], tokens=tokens)
    task = asyncio.create_task(monitor.run())
    try:
        async with asyncio.timeout(15):
            await come.wait()
    except TimeoutError:
        now = by_name(household, monitor.fleet)
        assert {one: said(now[one]) for one in wanted} == {one: said(device) for one, device in wanted.items()}
        raise
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
