"""`hwtui doctor`: for each device the layer that fails, and what to do; then the network as a whole."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

from tui.core.doctor.diagnosis import Patient
from tui.core.doctor.label import Label
from tui.core.doctor.network import remarks, summary
from tui.core.doctor.pages import WIDTH, as_json, computer_lines, lines
from tui.core.model import key_of
from tui.core.profiles import profile_of
from tui.core.settings import Settings
from tui.core.targets import ambiguous, targets_of
from tui.engine.clock import SystemClock
from tui.engine.commands.exits import UNKNOWN
from tui.engine.commands.progress import Progress
from tui.engine.commands.run import Output
from tui.engine.commands.streams import narrate
from tui.engine.doctor.doctor import Doctor, Outcome
from tui.engine.doctor.lastseen import last_seen_on_disk
from tui.engine.remembered import Cache
from tui.net.interfaces import network_id

LEAST_WIDTH = 30
SECONDS = 8.0
"""It takes no longer, unless names do."""


async def doctor(settings: Settings, words: Sequence[str], output: Output, *, in_json: bool) -> int:
    """Examine, and tell; the exit code of the worst that was found, 3 if there was no device."""
    clock = SystemClock()
    cache = Cache(settings.state_dir) if settings.state_dir else None
    remembered = cache.load(await asyncio.to_thread(network_id), clock.now()) if cache and cache.exists else []
    targets = targets_of(words, settings, remembered)
    for hint in targets.hints:
        narrate(f"hwtui: {hint}")
    beside = (*settings.hosts, *targets.hosts)
    if words:  # those of --host come with them; those of the config file are asked only who they are, if need be
        before = () if settings.discover else settings.hosts
        settings = replace(settings, hosts=(*before, *targets.hosts), discover=False)
    zone = ZoneInfo(profile_of(settings.grid).zone)
    width = _width() if output.is_terminal else WIDTH

    progress = Progress(SECONDS)
    progress.show("looking for devices, and at each of them for some seconds ...", 0.0)

    def tell(patient: Patient) -> None:
        if not in_json:
            progress.clear()
            output.lines(lines(patient, zone, width))

    try:
        keys = {*targets.keys, *settings.devices, *(key_of(one.identity.serial) for one in remembered)}
        pasts = await asyncio.to_thread(last_seen_on_disk, settings, keys, clock.now())
        doctor = Doctor(
            settings,
            clock,
            wanted=targets.keys,
            labels=targets.labels,
            beside=beside,
            remembered=remembered,
            pasts=pasts,
        )
        outcome = await doctor.run(tell)
    finally:
        progress.clear()
    for sentence in _several(targets.labels, outcome):
        narrate(f"hwtui: {sentence}")
    if in_json:
        output.line(json.dumps(as_json(outcome.computer, outcome.patients)))
    else:
        output.lines(computer_lines(outcome.computer, summary(outcome.computer), width))
    if not outcome.patients:
        narrate(nobody(settings, outcome))
        return UNKNOWN
    return exit_code(outcome)


def exit_code(outcome: Outcome) -> int:
    """0 nothing to do, 1 something to look at, 2 something to be put right."""
    weights = [one.diagnosis.weight for one in outcome.patients]
    return int(max([*weights, *(one.weight for one in remarks(outcome.computer))], default=0))


def nobody(settings: Settings, outcome: Outcome) -> str:
    """What a person may try where there is no device at all."""
    if not settings.mdns:
        return "hwtui: nothing to ask: name a HOST, or leave out --no-mdns"
    if not outcome.computer.interfaces:
        return "hwtui: no device is known, and none can be heard without a network"
    return (
        "hwtui: no device is known, and no HomeWizard device was heard. Is this computer in the network of the meters "
        "(not a guest network), and is the Local API on (HomeWizard app: Settings > Meters > your meter > Local API)? "
        "If you know an address: hwtui doctor ADDRESS. If not: hwtui devices --scan"
    )


def _several(labels: Iterable[Label], outcome: Outcome) -> Iterator[str]:
    """What is said of a label that several devices turned out to have."""
    for label in labels:
        name, devices = label.text, [one.evidence.device for one in outcome.patients]
        serials = dict.fromkeys(one.serial for one in devices if one.serial and one.name.casefold() == name.casefold())
        if len(serials) > 1:
            yield ambiguous(name, serials)


def _width() -> int:
    """As the terminal has it, if it is narrow."""
    try:
        columns = os.get_terminal_size(sys.stdout.fileno()).columns
    except (OSError, ValueError):
        return WIDTH
    return min(WIDTH, max(columns, LEAST_WIDTH)) if columns else WIDTH
