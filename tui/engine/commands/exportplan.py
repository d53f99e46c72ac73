"""What `hwtui export` writes: its period, its meters and its columns."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from tui.core.external import kind_name
from tui.core.model import key_of
from tui.core.past.history import BANDS, DAY, HOUR, MINUTE, QUARTER, TOTAL, Level, Series
from tui.core.past.period import moment
from tui.core.profiles import profile_of
from tui.core.settings import Settings, SettingsError, given_at
from tui.core.text import quoted
from tui.engine.history.reader import Reader
from tui.engine.history.schema import AMOUNT_STEP, STEPS, columns_of
from tui.engine.report.writing import ReportError, check_writable

STEPS_BY_NAME = {"1m": MINUTE, "15m": QUARTER, "1h": HOUR, "1d": DAY}
FORMATS = ("csv", "jsonl")
PARTS = ("min", "mean", "max")
STDOUT = "-"


class Column(NamedTuple):
    """One column of numbers."""

    heading: str
    stored: str
    """Its name in the table of the level."""
    per_unit: int
    """What is stored is a whole number of 1 / `per_unit`."""
    unit: str = ""
    """Only for series of this unit; "" for all."""


class Source(NamedTuple):
    """One series, as its rows name it."""

    series: Series
    name: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What is written. Times are seconds since 1970."""

    level: Level
    fmt: str
    path: Path | None
    """None: stdout."""
    start: float
    end: float
    zone: ZoneInfo
    sources: tuple[Source, ...]
    columns: tuple[Column, ...]


def make_plan(settings: Settings, given: Mapping[str, Any], reader: Reader, now: float) -> Plan:
    """The plan for what was `given`. Raises `SettingsError`."""
    zone = ZoneInfo(profile_of(settings.grid).zone)
    level = STEPS_BY_NAME.get(step := given.get("step", "1h"))
    if level is None:
        raise SettingsError(f'--step: there is no "{quoted(step)}": use one of {", ".join(STEPS_BY_NAME)}')
    if given.get("output") == "":
        raise SettingsError("-o: a file is missing, like history.csv")
    path = Path(given["output"]) if given.get("output", STDOUT) != STDOUT else None
    ending = path.suffix.lstrip(".").lower() if path else ""
    fmt = given.get("format", ending if ending in FORMATS else FORMATS[0])
    if given.get("voltage") and fmt != "csv" and "format" not in given:
        raise SettingsError("-o: --voltage is CSV: name a file like voltage.csv")
    if given.get("voltage") and (fmt != "csv" or "step" in given or "quantities" in given):
        raise SettingsError("--voltage is CSV, of means of 10 minutes: leave out --format, --step and --quantity")
    if fmt not in FORMATS:
        raise SettingsError(f'--format: there is no "{quoted(fmt)}": use one of {", ".join(FORMATS)}')
    with given_at("--from"):
        start = moment(given["start"], now, zone) if "start" in given else 0.0
    with given_at("--to"):
        end = moment(given["end"], now, zone, last=True) if "end" in given else now
    if end <= start:
        raise SettingsError("--to: it is not after --from" if "end" in given else "--from: that is still to come")
    if path is not None:
        try:
            check_writable(path)
        except ReportError as error:
            raise SettingsError(f"-o: {error}") from None
    sources = _chosen([Source(one, _name(one, settings)) for one in reader.series()], given.get("devices", []))
    kept = _kept(reader, sources, level, start, end)
    headings = {column.heading: name for name in kept for column in _columns([name], level, sources)}
    columns = tuple(_columns(_quantities(given.get("quantities", []), kept, headings), level, sources))
    return Plan(level, fmt, path, start, end, zone, sources, columns)


def voltage_place(plan: Plan, reader: Reader) -> str:
    """The meter whose voltage is told: the one that has any, else the smart meter among them.

    Only a smart meter tells an id or a second tariff: kWh meters and sockets count all as tariff 1.

    Raises `SettingsError`.
    """
    own: dict[str, list[Source]] = {}
    for one in plan.sources:  # a smart meter that was replaced has several
        if not one.series.kind:
            own.setdefault(one.series.device, []).append(one)
    kept = {key: _kept(reader, sources, MINUTE, plan.start, plan.end) for key, sources in own.items()}
    found = [key for key, names in kept.items() if any(name.startswith("voltage_") and name in BANDS for name in names)]
    if len(found) > 1:
        smart = {key for key, sources in own.items() if any(one.series.meter for one in sources)}
        found = [key for key in found if key in smart or "energy_import_t2_kwh" in kept[key]] or found
    if len(found) != 1:
        what = f"several meters have a voltage: name one with --device, of {_list(found)}"
        raise SettingsError(f"--voltage: {what if found else 'no meter of the history has one in this period'}")
    return found[0]


def _name(series: Series, settings: Settings) -> str:
    words = settings.devices.get(series.device)
    return (words.name if words else None) or series.device


def _chosen(sources: Sequence[Source], wanted: Sequence[str]) -> tuple[Source, ...]:
    """The series of the devices that were named: by name, serial or the end of it."""
    if not wanted:
        return tuple(sources)
    chosen: set[str] = set()
    devices = {one.series.device: one.name for one in sources}
    for word in wanted:
        asked = key_of(word.strip())
        exact = [key for key, name in devices.items() if asked in (key, key_of(name))]
        found = exact or [key for key in devices if asked and key.endswith(asked)]
        if not found or (len(found) > 1 and not exact):
            what = "is the end of several serials" if found else "is no device of the history"
            raise SettingsError(f'--device: "{quoted(word)}" {what}: there are {_list(_told(devices))}')
        chosen |= set(found)
    return tuple(one for one in sources if one.series.device in chosen)


def _told(devices: Mapping[str, str]) -> list[str]:
    return [key if name == key else f"{name} ({key})" for key, name in devices.items()]


def _list(words: Iterable[str]) -> str:
    return ", ".join(words) or "none"


def _kept(reader: Reader, sources: Sequence[Source], level: Level, start: float, end: float) -> list[str]:
    """The quantities that these series have, in the order of their table: of a long period by its days."""
    ids = [one.series.id for one in sources]
    names = [column for column in columns_of(MINUTE) if column.removesuffix("_mean") in BANDS or column in STEPS]
    there: set[int] = set()
    newest = reader.bounds()
    recent = newest.newest - 2 * DAY.span_s if newest else 0.0
    looks = [(level, max(start, end - 2 * DAY.span_s)), (level, max(start, recent)), (DAY, start - DAY.span_s)]
    looks.append((MINUTE, max(start, recent)))
    for one, since in looks:
        until = end if one is DAY else min(end, since + 2 * DAY.span_s)
        for row in reader.stored(ids, one, names, since, until):
            there |= {place for place, value in enumerate(row[1:]) if value is not None}
    return [names[place].removesuffix("_mean") for place in sorted(there)]


def _quantities(wanted: Sequence[str], kept: Sequence[str], headings: Mapping[str, str]) -> list[str]:
    """Those that were named, as they are or by one of their headings."""
    asked = {word if word in kept else headings.get(word, word): word for word in wanted}
    for name, word in asked.items():
        if name not in kept:
            raise SettingsError(f'--quantity: "{quoted(word)}" is not in the history of these: there are {_list(kept)}')
    return [name for name in kept if not wanted or name in asked]


def _columns(quantities: Iterable[str], level: Level, sources: Sequence[Source]) -> Iterable[Column]:
    for name in quantities:
        per_unit = round(1 / STEPS[name])
        if name in BANDS:
            yield from (Column(f"{name}_{part}", f"{name}_{part}", per_unit) for part in PARTS)
            continue
        units = dict.fromkeys(one.series.unit for one in sources if one.series.unit) if name == TOTAL else [""]
        for unit in units or [""]:
            suffix = re.sub(r"[^a-z0-9]", "", unit.lower().replace("\N{SUPERSCRIPT THREE}", "3"))
            heading = f"{name}_{suffix}" if suffix else name
            yield Column(heading, name, per_unit, unit)
            if level is not MINUTE:
                yield Column(f"{heading}_amount", f"{name}_amount", round(1 / AMOUNT_STEP), unit)


def meter_words(series: Series) -> str:
    """What is behind a device, in a word: "gas"; "" for its own values."""
    return kind_name(series.kind).lower() if series.kind else ""
