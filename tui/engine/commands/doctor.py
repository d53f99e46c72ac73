"""`hwtui doctor`: for each device the layer that fails, and what to do; then the network as a whole."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from tui.core.address import AddressError, parse_host
from tui.core.doctor.diagnosis import Patient
from tui.core.doctor.network import remarks, summary
from tui.core.doctor.pages import WIDTH, as_json, computer_lines, lines
from tui.core.events import Remembered
from tui.core.model import Endpoint, key_of
from tui.core.products import product_of
from tui.core.settings import Settings, SettingsError
from tui.core.text import clean, quoted
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
_SERIAL = re.compile("[0-9a-f]{12}", re.IGNORECASE | re.ASCII)
"""A MAC (API documentation, discovery)."""
SECONDS = 8.0
"""It takes no longer, unless names do."""


@dataclass(frozen=True, slots=True)
class Targets:
    """Who is to be examined: hosts, and devices by key; neither: all that are known."""

    hosts: tuple[Endpoint, ...] = ()
    keys: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    """Of words that may have been meant as names."""


async def doctor(settings: Settings, words: Sequence[str], output: Output, *, in_json: bool) -> int:
    """Examine, and tell; the exit code of the worst that was found, 3 if there was no device."""
    clock = SystemClock()
    cache = Cache(settings.state_dir) if settings.state_dir else None
    remembered = cache.load(await asyncio.to_thread(network_id), clock.now()) if cache and cache.exists else []
    targets = targets_of(words, settings, remembered)
    for hint in targets.hints:
        narrate(f"hwtui: {hint}")
    if words:  # those of --host come with them, those of the config file do not
        before = () if settings.discover else settings.hosts
        settings = replace(settings, hosts=(*before, *targets.hosts), discover=False)
    zone = datetime.now().astimezone().tzinfo
    assert zone is not None  # noqa: S101  (`astimezone` sets it)
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
        doctor = Doctor(settings, clock, wanted=targets.keys, remembered=remembered, pasts=pasts)
        outcome = await doctor.run(tell)
    finally:
        progress.clear()
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


def targets_of(words: Iterable[str], settings: Settings, remembered: Iterable[Remembered]) -> Targets:
    """What each word means: the name of a device that is known, a serial, else a host.

    Upper and lower case are the same. Raises `SettingsError`.
    """
    names: dict[str, str] = {}
    for event in remembered:
        key = key_of(event.identity.serial)
        label = f"{product_of(event.identity.product_type).label} {event.identity.serial[-6:]}"
        names |= {key: key, label.casefold(): key}
    for key, device in settings.devices.items():
        names |= {key: key} | ({device.name.casefold(): key} if device.name else {})
    hosts, keys, hints = list[Endpoint](), list[str](), list[str]()
    for word in words:
        if (known := names.get(word.strip().casefold())) is not None:
            keys.append(known)
            continue
        if _SERIAL.fullmatch(word.strip()):  # also one that nobody knows yet: it may be announced
            keys.append(key_of(word.strip()))
            continue
        is_bare = "." not in word and ":" not in word
        if is_bare and len(word.split()) > 1:
            raise SettingsError(_not_known(word, names))
        try:
            hosts.append(parse_host(word))
        except AddressError as error:
            raise SettingsError(f"HOST: {error}") from None
        if is_bare and (near := _nearest(word, names)):
            hints.append(f'"{quoted(word)}" is asked as a host: did you mean the device "{near}"?')
    return Targets(tuple(hosts), tuple(keys), tuple(hints))


def _not_known(word: str, names: Iterable[str]) -> str:
    near = _nearest(word, names)
    meant = (
        f'did you mean "{near}"?' if near else "hwtui devices lists those that are; a serial or an address does as well"
    )
    return f'no device of the name "{quoted(word)}" is known: {meant}'


def _nearest(word: str, names: Iterable[str]) -> str:
    """The name that was probably meant; "" if none is near."""
    import difflib  # only needed for a mistake

    return clean(next(iter(difflib.get_close_matches(word.strip().casefold(), list(names), n=1)), ""))


def _width() -> int:
    """As the terminal has it, if it is narrow."""
    try:
        columns = os.get_terminal_size(sys.stdout.fileno()).columns
    except (OSError, ValueError):
        return WIDTH
    return min(WIDTH, max(columns, LEAST_WIDTH)) if columns else WIDTH
