"""`hwtui battery`: the mode of the batteries, and a change of it: shown, asked about, written, read back."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from tui.core.battery.batteries import Wanted
from tui.core.battery.control import Change, Outcome, plan, words_of
from tui.core.battery.group import has_batteries
from tui.core.battery.listing import INDENT, group_lines
from tui.core.model import Device, State
from tui.core.profiles import profile_of
from tui.core.settings import Settings
from tui.core.switching import mode_refusal
from tui.engine.clock import SystemClock
from tui.engine.command import CommandError
from tui.engine.commands.exits import CRITICAL, OK, UNKNOWN, WARNING
from tui.engine.commands.named import Named, named
from tui.engine.commands.once import nothing_found
from tui.engine.commands.run import Output
from tui.engine.commands.streams import narrate
from tui.engine.commands.yesno import can_ask, says_yes
from tui.engine.monitor import Monitor
from tui.engine.paired.tokens import TOPIC
from tui.net.errors import DeviceError, NotFound

MakeMonitor = Callable[[Settings], Monitor]
Ask = Callable[[str], Awaitable[bool]]

HTTPS = "https://HOST, or https://HOST:PORT"
NOBODY_TO_ASK = "hwtui: there is no terminal to ask on: use --yes to set it without a question"


def live_monitor(settings: Settings) -> Monitor:
    """The monitor of a command that has something to say to a device."""
    return Monitor(settings, SystemClock())


@dataclass
class Found:
    """What answered when it was asked about its batteries."""

    meters: list[Device] = field(default_factory=list)
    """Those that control some."""
    lost: list[str] = field(default_factory=list)
    """Sentences on those that did not answer."""
    unpaired: list[Device] = field(default_factory=list)
    """Meters that may control some, and would tell if they were paired."""
    over_v1: list[Device] = field(default_factory=list)
    """Paired ones that are read over API v1 all the same."""


async def battery(
    settings: Settings,
    output: Output,
    wanted: Wanted | None,
    *,
    as_json: bool = False,
    yes: bool = False,
    make_monitor: MakeMonitor = live_monitor,
    ask: Ask | None = None,
    words: Sequence[str] = (),
) -> int:
    """Show the mode of the batteries of each meter, or of those that `words` name; with `wanted`, set that of the only
    one. Raises `SettingsError`.

    `ask` asks a person; None: on the terminal. Exit codes: 0 shown, set, or so already; 1 written, but it became
    something else, or a meter did not answer; 2 nothing was reached; 3 nothing was found, or nothing may be done.
    """
    if wanted is not None and settings.read_only:
        narrate("hwtui: read-only: no mode is set")
        return UNKNOWN
    if wanted is not None and not yes and ask is None and not can_ask():
        narrate(NOBODY_TO_ASK)
        return UNKNOWN
    only = await named(settings, words, SystemClock()) if words else None
    settings = only.settings if only else settings
    monitor = make_monitor(settings)
    if only is not None:
        only.begin(monitor)
    running = asyncio.create_task(monitor.run())
    try:
        await _until_asked(monitor, settings, only)
        fleet, now = monitor.fleet, monitor.clock.now()
        devices = only.picked(fleet, now) if only else tuple(fleet.devices.values())
        found = await _look(monitor, devices, settings.patience_s, is_named=only is not None)
        for text in (*(note.text for note in monitor.fleet.notes if note.topic == TOPIC), *found.lost):
            narrate(f"hwtui: {text}")
        if not found.meters:
            return _nobody(monitor, settings, found)
        if wanted is None:
            _show(output, monitor, found.meters, settings, as_json=as_json)
            return WARNING if found.lost else OK
        if len(found.meters) > 1:
            names = ", ".join(_named(one) for one in found.meters)
            narrate(f"hwtui: several meters control batteries: {names}: name one of them")
            return UNKNOWN
        return await _set(monitor, output, found.meters[0], wanted, settings, as_json=as_json, ask=_asker(ask, yes=yes))
    finally:
        running.cancel()
        await asyncio.wait((running,))


def _asker(ask: Ask | None, *, yes: bool) -> Ask | None:
    return None if yes else ask or says_yes


async def _until_asked(monitor: Monitor, settings: Settings, only: Named | None) -> None:
    """Every device that is named or found has been asked, or the time is up."""
    with suppress(TimeoutError):
        async with asyncio.timeout(settings.patience_s):
            if settings.discovers:
                await asyncio.sleep(settings.patience_s)
            await (only.asked(monitor) if only else monitor.all_asked())


async def _look(monitor: Monitor, devices: Sequence[Device], waited_s: float, *, is_named: bool) -> Found:
    found = Found()
    for device in devices:
        key, product = device.key, device.product
        problem = device.problem
        text = problem.text if problem else f"no answer within {waited_s:g} s: give it a longer --timeout"
        if device.remembered or key not in monitor.fleet.devices:
            if is_named:
                found.lost.append(f"{device.label}: {text}")
            continue
        if product.is_battery:
            continue
        if not device.paired:
            if device.serial is None and (problem is None or problem.kind is not State.NOT_PAIRED):
                found.lost.append(f"{device.label}: {text}")
            elif product.pairs_from is not None:
                found.unpaired.append(device)
            continue
        try:
            if has_batteries(await monitor.read_batteries(key)):
                found.meters.append(monitor.fleet.devices[key])
        except NotFound:  # it has no such page
            if device.spoken is not None and device.spoken.api == "v1":
                found.over_v1.append(monitor.fleet.devices[key])
        except (DeviceError, CommandError) as error:
            found.lost.append(f"{device.label}: {error}")
    return found


def _nobody(monitor: Monitor, settings: Settings, found: Found) -> int:
    """Say why there is nothing to show."""
    devices = [device for device in monitor.fleet.devices.values() if not device.remembered]
    if found.unpaired:
        hosts = " ".join(where.address for one in found.unpaired if (where := one.endpoint_of("v2") or one.endpoint))
        names = ", ".join(one.label for one in found.unpaired)
        narrate(f"hwtui: not paired, so it does not tell of batteries: {names}: hwtui pair {hosts}")
    elif not devices and not found.lost:
        narrate(nothing_found(settings))
    elif found.over_v1:
        for one in found.over_v1:
            why = (one.spoken.why_not if one.spoken else None) or f"name it as {HTTPS}"
            narrate(f"hwtui: {one.label} is read over API v1, which knows no batteries: {why}")
    elif any(device.product.is_battery for device in devices):
        narrate("hwtui: a battery does not set its mode: name the P1 or kWh meter that controls it")
    elif not found.lost:
        narrate("hwtui: no battery is connected to any of these devices")
    return CRITICAL if found.lost else UNKNOWN


def _named(meter: Device) -> str:
    return f"{meter.label} ({meter.endpoint.address})" if meter.endpoint else meter.label


def _show(
    output: Output,
    monitor: Monitor,
    meters: list[Device],
    settings: Settings,
    *,
    as_json: bool,
    outcome: Outcome | None = None,
) -> None:
    if not as_json:
        output.lines(line for meter in meters for line in group_lines(meter))
        return
    from tui.core.devicejson import device_json

    zone, now = ZoneInfo(profile_of(settings.grid).zone), monitor.clock.now()
    rows: list[dict[str, Any]] = [device_json(meter, now, reading=True, zone=zone) for meter in meters]
    if outcome is not None:
        rows[0]["change"] = {"done": outcome.done, "text": outcome.text}
    output.line(json.dumps(rows, indent=2))


async def _set(
    monitor: Monitor,
    output: Output,
    meter: Device,
    wanted: Wanted,
    settings: Settings,
    *,
    as_json: bool,
    ask: Ask | None,
) -> int:
    """Set the mode of one meter's batteries. Without `ask` nobody is asked."""
    if text := mode_refusal(meter, monitor.clock.now(), read_only=settings.read_only):
        narrate(f"hwtui: {text}")
        return UNKNOWN
    group = meter.batteries
    assert group is not None  # noqa: S101  (`mode_refusal` looked)
    cloud = meter.system.value.cloud_enabled if meter.system else None
    change = plan(group.value, wanted, meter.api_version, cloud_enabled=cloud)
    if not as_json:
        output.lines(group_lines(meter))
    if isinstance(change, Change):
        narrate(f"{INDENT}then  {words_of(change.then)}")
        for warning in change.warnings:
            narrate(f"{INDENT}{warning}")
        if ask is not None and not await ask("Set it?"):
            narrate("hwtui: nothing was set")
            return UNKNOWN
        wanted = change.then
    elif not change.is_so:
        narrate(f"hwtui: {meter.label}: {change.why}")
        return UNKNOWN
    try:
        became = await monitor.set_batteries(meter.key, wanted)
    except (DeviceError, CommandError) as error:
        narrate(f"hwtui: {meter.label}: {error}" if meter.label not in str(error) else f"hwtui: {error}")
        return CRITICAL
    if as_json:
        _show(output, monitor, [monitor.fleet.devices[meter.key]], settings, as_json=True, outcome=became)
    else:
        output.line(became.text)
    return OK if became.done else WARNING
