"""`hwtui telegram`: the telegram of a smart meter: as it came, in words, or as JSON."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from enum import Enum, auto
from statistics import median
from zoneinfo import ZoneInfo

from tui.core.checks.telegramlog import TelegramLog
from tui.core.model import Device
from tui.core.profiles import profile_of
from tui.core.settings import USUAL_TIMEOUT_S, Settings
from tui.core.telegram import parse_telegram
from tui.core.telegram.tokens import LONGEST_LINE
from tui.core.telegram.told import Told, tell
from tui.core.text import clean
from tui.engine.clock import SystemClock
from tui.engine.command import CommandError
from tui.engine.commands.exits import CRITICAL, OK, UNKNOWN, WARNING
from tui.engine.commands.named import Named, named_if_any
from tui.engine.commands.once import nothing_found
from tui.engine.commands.progress import Progress
from tui.engine.commands.run import Output
from tui.engine.commands.streams import narrate
from tui.engine.lines.poller import Depth
from tui.engine.monitor import Monitor
from tui.engine.telegrams import RawTelegram, read_telegram
from tui.net.errors import DeviceError

STEPS = 2
"""So many times has the meter's clock to move before it is told how often a telegram comes."""
TELL_S = 4.5
"""A P1 that hangs is told of within six seconds (own choice): loading takes some of these."""
LEAST_READ_S = 2.0
"""For the telegram itself, after devices were looked for, however long that was to take."""
SLOW_S = 21.0
"""Before DSMR 5 one comes every ten seconds, so two more take up to twenty."""
EVERY_S, SLOW_EVERY_S = 0.5, 1.0
"""How often it is read to see its clock move. The vendor advises against more than the first (API documentation,
getting started)."""

MakeMonitor = Callable[[Settings], Monitor]


class Form(Enum):
    """How a telegram is written."""

    WORDS = auto()
    RAW = auto()
    JSON = auto()


def held_monitor(settings: Settings) -> Monitor:
    """The monitor that asks only who is there, and keeps the connection."""
    return Monitor(settings, SystemClock(), depth=Depth.HELD)


async def telegram(
    settings: Settings,
    output: Output,
    form: Form = Form.WORDS,
    words: Sequence[str] = (),
    *,
    make_monitor: MakeMonitor = held_monitor,
) -> int:
    """Write the last telegram of the only P1 that `words` name, or that is found without: it is read once, in words
    until it is known how often one comes. Raises `SettingsError`.

    Exit codes: 0 it was read; 1 its checksum is wrong, or what came is no telegram; 2 the P1 did not answer;
    3 none was found, or several.
    """
    zone = ZoneInfo(profile_of(settings.grid).zone)
    only = await named_if_any(settings, words, SystemClock())
    settings = only.settings if only else settings
    monitor = make_monitor(settings)
    if only is not None:
        only.begin(monitor)
    running = asyncio.create_task(monitor.run())
    tell_at = asyncio.get_running_loop().time() + max(TELL_S, (settings.timeout_s or 0.0) + LEAST_READ_S)
    try:
        await _until_asked(monitor, settings, only)
        device = _chosen(monitor, settings, only)
        if isinstance(device, int):
            return device
        try:
            left_s = tell_at - asyncio.get_running_loop().time()
            raw = await read_telegram(monitor, device.key, max(LEAST_READ_S, left_s))
        except (DeviceError, CommandError) as error:
            text = str(error)
            narrate(f"hwtui: {text}" if device.label in text else f"hwtui: {device.label}: {text}")
            return CRITICAL
        told = tell(raw.text)
        if form is Form.WORDS:
            interval_s = await _interval_s(monitor, device, raw, told, settings.timeout_s, zone)
            from tui.core.telegram.words import Received, listing

            output.lines(listing(told, Received(raw.at.utc, zone), interval_s))
        else:
            _write(output, raw, told, form)
        return _code_of(told)
    finally:
        running.cancel()
        await asyncio.wait((running,))


async def _interval_s(
    monitor: Monitor, device: Device, raw: RawTelegram, told: Told, timeout_s: float | None, zone: ZoneInfo
) -> float | None:
    """How often a telegram comes, from reads in a row; None where it cannot be told in time."""
    if told.clock is None:
        return None
    is_quick = (told.version or "").startswith("5")
    usual_s, every_s = (USUAL_TIMEOUT_S, EVERY_S) if is_quick else (SLOW_S, SLOW_EVERY_S)
    limit_s = usual_s if timeout_s is None else timeout_s
    log, progress = TelegramLog(), Progress(SLOW_S)
    steps = _log(log, raw, zone)
    progress.show("waiting for the next telegram, to tell how often one comes ...", 0.0)
    try:
        async with asyncio.timeout(limit_s):
            while len(steps) < STEPS:
                await asyncio.sleep(every_s)
                with suppress(DeviceError, CommandError):  # there is one to show already
                    steps = _log(log, await read_telegram(monitor, device.key), zone)
    except TimeoutError:
        pass
    finally:
        progress.clear()
    if not steps and timeout_s is None:  # who gave it less time knows why
        narrate(f"hwtui: no other telegram came within {limit_s:g} s: is the cable in on both sides?")
    return median(steps) if steps else None


def _log(log: TelegramLog, raw: RawTelegram, zone: ZoneInfo) -> tuple[float, ...]:
    """The steps of the meter's clock, with this one."""
    log.add(parse_telegram(raw.text), raw.at, zone)
    return log.telegrams(raw.at).steps_s


async def _until_asked(monitor: Monitor, settings: Settings, only: Named | None) -> None:
    """Every device that is named or found has been asked, or the time is up."""
    with suppress(TimeoutError):
        async with asyncio.timeout(settings.patience_s):
            if only is not None:
                await only.asked(monitor)
                return
            if settings.discovers:
                await asyncio.sleep(settings.patience_s)
            await monitor.all_asked()


def _chosen(monitor: Monitor, settings: Settings, only: Named | None) -> Device | int:
    """The one P1; an exit code, after it was told why, if there is none or no one."""
    if only is not None:
        devices = [*only.picked(monitor.fleet, monitor.clock.now())]
    else:
        devices = [device for device in monitor.fleet.devices.values() if not device.remembered]
    meters = [device for device in devices if device.product.is_grid_meter]
    unheard = [device for device in devices if only is not None and device.link.last_answer is None]
    silent = [device for device in devices if device.serial is None or (device in unheard and device not in meters)]
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
