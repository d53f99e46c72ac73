"""`hwtui telegram`: the telegram of a smart meter: as it came, in words, or as JSON."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from enum import Enum, auto
from statistics import median
from zoneinfo import ZoneInfo

from tui.core.checks.telegramlog import TelegramLog
from tui.core.events import Event, TelegramRead
from tui.core.model import Device, Fleet
from tui.core.profiles import profile_of
from tui.core.settings import Settings
from tui.core.telegram.tokens import LONGEST_LINE
from tui.core.telegram.told import Told, tell
from tui.core.text import clean
from tui.engine.clock import SystemClock
from tui.engine.command import CommandError
from tui.engine.commands.exits import CRITICAL, OK, UNKNOWN, WARNING
from tui.engine.commands.once import nothing_found
from tui.engine.commands.run import Output
from tui.engine.commands.streams import narrate
from tui.engine.lines.poller import Depth
from tui.engine.monitor import Monitor
from tui.engine.source import Listener
from tui.engine.telegrams import RawTelegram, read_telegram
from tui.net.errors import DeviceError

STEPS = 2
"""So many times has the meter's clock to move before it is told how often a telegram comes."""

MakeMonitor = Callable[[Settings, Listener], Monitor]


class Form(Enum):
    """How a telegram is written."""

    WORDS = auto()
    RAW = auto()
    JSON = auto()


def live_monitor(settings: Settings, listener: Listener) -> Monitor:
    """The monitor that reads telegrams in a row, and opens no socket for what is pushed."""
    return Monitor(settings, SystemClock(), depth=Depth.CHECK, listeners=[listener])


async def telegram(
    settings: Settings, output: Output, form: Form = Form.WORDS, *, make_monitor: MakeMonitor = live_monitor
) -> int:
    """Write the last telegram of the only P1 that is named or found.

    Exit codes: 0 it was read; 1 its checksum is wrong, or what came is no telegram; 2 the P1 did not answer;
    3 none was found, or several.
    """
    zone = ZoneInfo(profile_of(settings.grid).zone)
    rate = _Rate(zone)
    monitor = make_monitor(settings, rate.heard)
    running = asyncio.create_task(monitor.run())
    try:
        await _until_asked(monitor, settings)
        device = _chosen(monitor, settings)
        if isinstance(device, int):
            return device
        try:
            raw = await read_telegram(monitor, device.key)
        except (DeviceError, CommandError) as error:
            text = str(error)
            narrate(f"hwtui: {text}" if device.label in text else f"hwtui: {device.label}: {text}")
            return CRITICAL
        told = tell(raw.text)
        if form is Form.WORDS:
            interval_s = await rate.interval_s(settings.patience_s) if told.clock else None
            from tui.core.telegram.words import Received, listing

            output.lines(listing(told, Received(raw.at.utc, zone), interval_s))
        else:
            _write(output, raw, told, form)
        return _code_of(told)
    finally:
        running.cancel()
        await asyncio.wait((running,))


class _Rate:
    """How often a telegram comes, from those that the poller reads in a row."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._log = TelegramLog()
        self._steps: tuple[float, ...] = ()
        self._enough = asyncio.Event()

    def heard(self, event: Event, _: Fleet) -> None:
        """A listener of the monitor."""
        if isinstance(event, TelegramRead) and event.telegram is not None:
            self._log.add(event.telegram, event.at, self._zone)
            self._steps = self._log.telegrams(event.at).steps_s
            if len(self._steps) >= STEPS:
                self._enough.set()

    async def interval_s(self, patience_s: float) -> float | None:
        """None where it cannot be told in time."""
        with suppress(TimeoutError):
            async with asyncio.timeout(patience_s):
                await self._enough.wait()
        return median(self._steps) if self._steps else None


async def _until_asked(monitor: Monitor, settings: Settings) -> None:
    """Every device that is named or found has been asked, or the time is up."""
    with suppress(TimeoutError):
        async with asyncio.timeout(settings.patience_s):
            if settings.discovers:
                await asyncio.sleep(settings.patience_s)
            await monitor.all_asked()


def _chosen(monitor: Monitor, settings: Settings) -> Device | int:
    """The one P1; an exit code, after it was told why, if there is none or no one."""
    devices = [device for device in monitor.fleet.devices.values() if not device.remembered]
    meters = [device for device in devices if device.product.is_grid_meter]
    silent = [device for device in devices if device.serial is None]
    if len(meters) > 1:
        narrate(f"hwtui: several P1 meters: {', '.join(map(_named, meters))}: name one of them")
        return UNKNOWN
    for device in silent:
        within = f"no answer within {settings.patience_s:g} s: give it a longer --timeout"
        narrate(f"hwtui: {device.label}: {device.problem.text if device.problem else within}")
    if meters:
        return meters[0]
    if silent:
        return CRITICAL
    if devices:
        names = ", ".join(device.label for device in devices)
        narrate(f"hwtui: only a P1 meter passes on telegrams, and there is none here: {names}")
    else:
        narrate(nothing_found(settings))
    return UNKNOWN


def _named(meter: Device) -> str:
    return f"{meter.label} ({meter.endpoint.address})" if meter.endpoint else meter.label


def _write(output: Output, raw: RawTelegram, told: Told, form: Form) -> None:
    if form is Form.JSON:
        from tui.core.telegram.asjson import telegram_json

        output.line(json.dumps(telegram_json(told), indent=2))
    elif output.is_terminal:  # nothing that a device sends may move the cursor
        output.lines(clean(line, LONGEST_LINE) for line in raw.text.replace("\r\n", "\n").rstrip("\n").split("\n"))
    else:
        output.raw(raw.text.encode("latin-1"))


def _code_of(told: Told) -> int:
    if told.checksum is False:
        narrate("hwtui: its checksum is wrong: something changed it on the way, or the meter is faulty")
        return WARNING
    if not any(line.code for line in told.lines):
        narrate("hwtui: this is no telegram: no line of it has a code of a meter")
        return WARNING
    return OK
