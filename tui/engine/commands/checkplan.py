"""What `hwtui check` is asked to do, checked as a whole before anything is measured."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tui.core.checks.record import Installation
from tui.core.checks.words import Words
from tui.core.model import DeviceSetting, Role, key_of
from tui.core.options import number
from tui.core.profiles import profile_of
from tui.core.settings import Settings, SettingsError, given_at
from tui.core.text import quoted
from tui.engine.checkdata import OWN_LIMITS, load_limits, load_words
from tui.engine.report.report import FORMATS, LONGEST_NOTE
from tui.engine.report.writing import ReportError, check_writable
from tui.engine.synchronised import is_synchronised

USUAL_DURATION_S, LEAST_S, MOST_S = 60.0, 1.0, 86400.0
"""A verdict on voltage needs more than ten minutes; the record holds a day."""
STDOUT = "-"
ENDINGS = {".txt": "text", ".md": "markdown", ".json": "json", ".html": "html", ".htm": "html"}
"""The format of a file whose name tells it."""
_SERIAL = re.compile(r"[0-9A-Za-z]{4,32}", re.ASCII)
_PHASE = re.compile(r"[Ll]?([123])", re.ASCII)


@dataclass(frozen=True, slots=True)
class Plan:
    """A check that can be made."""

    settings: Settings
    """With the roles given for this one call."""
    installation: Installation
    words: Words
    duration_s: float
    fmt: str
    path: Path | None
    """None: stdout."""
    redact: bool
    note: str
    given: Mapping[str, str]
    """The option that named a device, by the device's key."""
    names: Sequence[str] = ()
    """The words that name the devices to look at; all without."""

    @property
    def secrets(self) -> list[str]:
        """What the user named, seen or not: hosts, serials, and names of devices."""
        devices = self.settings.devices
        named = [*(host.host for host in self.settings.hosts), *devices, *self.given]
        return [*named, *(words.name for words in devices.values() if words.name)]


def make_plan(settings: Settings, own: Mapping[str, Any], names: Sequence[str] = ()) -> Plan:
    """The plan for the options as typed, and for the devices that `names` mean. Raises `SettingsError`, which names
    the option or the file."""
    with given_at("--duration"):
        duration_s = number(float, LEAST_S, MOST_S)(own["duration"]) if "duration" in own else USUAL_DURATION_S
    if own.get("output") == "":
        raise SettingsError("-o: a file is missing, like report.html")
    path = Path(own["output"]) if own.get("output", STDOUT) != STDOUT else None
    fmt = _format(own.get("format"), path)
    roles = dict(_by_serial("--role", own.get("roles", ()), _role, "solar"))
    at_inverter = dict(_by_serial("--meter-at-inverter", own.get("at_inverter", ()), _phase, "L2"))
    if settings.fuse and (beyond := [phase for phase in at_inverter.values() if phase > settings.fuse.phases]):
        raise SettingsError(f"--meter-at-inverter: a fuse of {settings.fuse} has no L{beyond[0]}: use L1")
    devices = dict(settings.devices)
    for key, role in roles.items():
        devices[key] = replace(devices.get(key, DeviceSetting()), role=role)
    note = str(own.get("note", ""))
    if len(note) > LONGEST_NOTE:
        raise SettingsError(f"--note: it has {len(note)} characters: use {LONGEST_NOTE} at most")
    limits = load_limits(settings.grid, settings.config_file and settings.config_file.with_name(OWN_LIMITS))
    if path is not None:
        try:
            check_writable(path)
        except ReportError as error:
            raise SettingsError(f"-o: {error}") from None
    return Plan(
        replace(settings, devices=devices),
        Installation(limits, profile_of(settings.grid), settings.fuse, at_inverter, is_synchronised()),
        load_words(settings.language),
        duration_s,
        fmt,
        path,
        bool(own.get("redact")),
        note,
        dict.fromkeys(roles, "--role") | dict.fromkeys(at_inverter, "--meter-at-inverter"),
        names,
    )


def _format(given: str | None, path: Path | None) -> str:
    if given is None:
        if path and path.suffix.lower() == ".pdf":
            raise SettingsError(f"-o: {path}: there is no PDF: write {path.with_suffix('.html')} and print it to a PDF")
        return ENDINGS.get(path.suffix.lower(), "text") if path else "text"
    if given not in FORMATS:
        raise SettingsError(f'--format: there is no "{quoted(given)}": use one of {", ".join(FORMATS)}')
    return given


def _by_serial(option: str, texts: Iterable[str], parse: Any, example: str) -> Iterator[tuple[str, Any]]:
    """SERIAL=VALUE, each serial once."""
    seen = set()
    for text in texts:
        serial, equals, value = text.partition("=")
        serial = re.sub("[-:]", "", serial.strip())
        if not equals or not _SERIAL.fullmatch(serial):
            raise SettingsError(
                f'{option}: "{quoted(text)}" is not SERIAL=VALUE: write it like 5c2faf1a2b3c={example}; '
                "hwtui devices shows the serials"
            )
        if key_of(serial) in seen:
            raise SettingsError(f"{option}: the serial {serial} is given twice")
        seen.add(key_of(serial))
        with given_at(option):
            yield key_of(serial), parse(value.strip())


def _role(text: str) -> Role:
    if text.lower() not in tuple(Role):
        raise ValueError(f'there is no role "{quoted(text)}": use one of {", ".join(Role)}')
    return Role(text.lower())


def _phase(text: str) -> int:
    found = _PHASE.fullmatch(text)
    if found is None:
        raise ValueError(f'"{quoted(text)}" is no phase: use L1, L2 or L3')
    return int(found[1])
