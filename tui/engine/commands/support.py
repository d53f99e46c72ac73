"""`hwtui support`: watches for some seconds, examines the links, and writes down what somebody needs to help."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tui.core.checks.record import Installation, Record
from tui.core.model import Fleet
from tui.core.profiles import profile_of
from tui.core.settings import Settings, SettingsError
from tui.core.support.diff import changes, heading
from tui.core.support.opened import NotSupportError, read_support
from tui.engine.checkdata import OWN_LIMITS, load_limits
from tui.engine.clock import SystemClock
from tui.engine.commands.exits import OK, UNKNOWN
from tui.engine.commands.named import Named, named_if_any
from tui.engine.commands.once import nothing_found
from tui.engine.commands.progress import Progress
from tui.engine.commands.run import Output
from tui.engine.commands.streams import narrate
from tui.engine.doctor.doctor import Doctor
from tui.engine.inspector import Inspector
from tui.engine.lines.poller import Depth
from tui.engine.monitor import Monitor
from tui.engine.remembered import Cache
from tui.engine.report.writing import ReportError, write_report
from tui.engine.support.doctoring import doctor_for
from tui.engine.support.gaps import Gap, gaps_of, history_of
from tui.engine.support.making import LARGEST, Found, support_text
from tui.engine.support.settingsfacts import Typed
from tui.engine.synchronised import is_synchronised
from tui.net.interfaces import network_id

USUAL_S, LEAST_S, MOST_S = 5.0, 0.2, 3600.0
"""How long the house is watched (own choice)."""
DOCTOR_S = 8.0
SAME = "Nothing that the files tell has changed."


@dataclass(frozen=True, slots=True)
class Plan:
    """A support file that can be made."""

    settings: Settings
    duration_s: float
    path: Path | None
    """None: stdout."""
    typed_at: Typed | None
    old: str | None = None
    """The text of the file to compare with."""
    words: Sequence[str] = ()
    """They name the devices that it is about; all without."""


async def support(plan: Plan, output: Output) -> int:
    """Make it and write it; the exit code. Raises `SettingsError`."""
    only = await named_if_any(plan.settings, plan.words, SystemClock())
    plan = replace(plan, settings=only.settings) if only else plan
    progress = Progress(plan.duration_s + DOCTOR_S)
    try:
        found = await _found(plan, only, progress)
        text = await asyncio.to_thread(support_text, found)
    finally:
        progress.clear()
    if only is not None:
        for sentence in only.not_there(found.fleet, found.now):
            narrate(sentence)
    elif not found.fleet.devices:
        narrate(nothing_found(replace(plan.settings, timeout_s=plan.duration_s)))
    if plan.path is not None:
        try:
            write_report(plan.path, text)
        except ReportError as error:
            narrate(f"hwtui: the support file was not written: {error}")
            return UNKNOWN
        narrate(f"hwtui: written: {plan.path}. Read it before you send it")
    elif plan.old is None:
        output.line(text.removesuffix("\n"))
    if plan.old is not None:
        output.lines(compared(plan.old, text))
    return OK


def compared(old: str, new: str) -> list[str]:
    """What changed, a sentence each. Raises `SettingsError` for a text that is no support file."""
    before, after = (parsed(text, name) for text, name in ((old, "--compare"), (new, "--with")))
    said = changes(before, after)
    return [SAME] if before == after else [*heading(before, after), *(said or [SAME])]


def parsed(text: str, where: str) -> dict[str, object]:
    """A support file. Raises `SettingsError`, which begins with `where` it was given."""
    try:
        return read_support(json.loads(text))
    except NotSupportError as error:
        raise SettingsError(f"{where}: {error}") from None
    except (ValueError, RecursionError):
        raise SettingsError(f"{where}: it is not JSON: name a file that hwtui support has written") from None


def text_of(name: str, where: str) -> str:
    """The text of a support file. Raises `SettingsError`."""
    try:
        with Path(name).open("rb") as file:
            data = file.read(4 * LARGEST + 1)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "a path is missing"
        raise SettingsError(f"{where}: {name}: {why}: name a file that hwtui support has written") from None
    if len(data) > 4 * LARGEST:
        raise SettingsError(f"{where}: {name}: it is too large for a support file")
    return data.decode(json.detect_encoding(data), "replace")  # some shells write UTF-16


async def _found(plan: Plan, only: Named | None, progress: Progress) -> Found:
    """Watch, then examine: both at once would disturb each other at the devices."""
    settings, clock = plan.settings, SystemClock()
    profile = profile_of(settings.grid)
    limits = load_limits(settings.grid, settings.config_file and settings.config_file.with_name(OWN_LIMITS))
    installation = Installation(limits, profile, settings.fuse, synchronised=is_synchronised())
    inspector = Inspector(clock.now(), profile)
    sources = only.sources if only else ()
    monitor = Monitor(settings, clock, depth=Depth.CHECK, sources=sources, listeners=[inspector.heard])
    if only is not None:
        only.begin(monitor)
    running = asyncio.create_task(monitor.run())
    try:
        progress.show(f"watching for {plan.duration_s:g} s ...", 0.0)
        done, _ = await asyncio.wait((running,), timeout=plan.duration_s)
        for one in done:
            one.result()
        record = inspector.record(clock.now(), installation)
    finally:
        running.cancel()
        await asyncio.wait((running,))
    progress.show("looking at each device for some seconds ...", plan.duration_s)
    fleet = monitor.fleet
    wanted = only.keys if only else ()
    doctor, gaps = await asyncio.to_thread(_looked_back, settings, fleet, record, clock, wanted)
    outcome = await doctor.run(lambda patient: None)
    return Found(settings, fleet, record, outcome, plan.typed_at, gaps=gaps)


def _looked_back(
    settings: Settings, fleet: Fleet, record: Record, clock: SystemClock, wanted: Sequence[str]
) -> tuple[Doctor, Mapping[str, list[Gap]] | None]:
    """A doctor who knows what the disk knows, and the gaps of the last day. It waits for the disk."""
    now = clock.now()
    cache = Cache(settings.state_dir) if settings.state_dir else None
    cached = cache.load(network_id(), now) if cache and cache.exists else []
    with history_of(settings) as past:
        doctor = doctor_for(settings, fleet, record, clock, past, cached=cached, wanted=wanted)
        return doctor, gaps_of(past, fleet.devices, now)
