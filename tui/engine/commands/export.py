"""`hwtui export`: the history as a table, one row for each series and span, written as it is read."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import datetime
from itertools import chain, islice
from operator import truediv
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from tui.core.past.history import MINUTE
from tui.core.past.voltagerecord import RecordKeeper
from tui.core.profiles import profile_of
from tui.core.settings import Settings
from tui.engine.commands.exits import OK, UNKNOWN
from tui.engine.commands.exportplan import Plan, Source, make_plan, meter_words, voltage_place
from tui.engine.commands.run import Output
from tui.engine.commands.streams import narrate
from tui.engine.history.reader import Reader
from tui.engine.history.schema import FILE, SERIES_PER_SPAN, start_of_row
from tui.engine.report.writing import ReportError, writing
from tui.engine.voltagecsv import summary, voltage_csv

AT_ONCE = 500
"""Lines that are written together."""
LEADING = ("time", "device", "serial", "meter", "meter_id")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A cell that begins so is a formula to a spreadsheet (OWASP, CSV injection)."""


async def export(settings: Settings, given: Mapping[str, Any], output: Output, now: float | None = None) -> int:
    """Write what was `given`; the exit code. Raises `SettingsError`, `StdoutError`."""
    now = time.time() if now is None else now
    if settings.state_dir is None:
        narrate("hwtui: there is no history: set HOME, or name its folder with --state-dir")
        return UNKNOWN
    path = settings.state_dir / FILE
    with closing(Reader(path, ZoneInfo(profile_of(settings.grid).zone))) as reader:
        if why := reader.why_not:
            narrate(f"hwtui: there is no history to export: {path}: {why}")
            return UNKNOWN
        plan = make_plan(settings, given, reader, now)
        if given.get("voltage"):
            return _voltage(plan, reader, output)
        lines = csv_lines(plan, reader) if plan.fmt == "csv" else jsonl_lines(plan, reader)
        wanted = 2 if plan.fmt == "csv" else 1
        first = list(islice(lines, wanted))  # up to the first row
        status, is_whole = _written(plan.path, chain(first, lines), output)
        if is_whole and len(first) < wanted:
            narrate(f"hwtui: {_why_none(plan, reader)}")
        return status


def _why_none(plan: Plan, reader: Reader) -> str:
    """Why there is no row in the period, and what to do."""
    there = reader.bounds()
    if there is None:
        return "the history is empty: leave hwtui running, on the screen or as a service"
    oldest, newest = (f"{datetime.fromtimestamp(at, plan.zone):%Y-%m-%d %H:%M}" for at in (there.oldest, there.newest))
    if plan.level is not MINUTE and plan.start <= there.newest and plan.end > there.oldest:
        return f"no whole step in this period, of {oldest} to {newest}: use a smaller --step"
    return f"nothing was measured in this period: the history has {oldest} to {newest}"


def _written(path: Path | None, lines: Iterator[str], output: Output) -> tuple[int, bool]:
    """The exit code, and whether all was written: a reader may have seen enough before."""
    if path is not None:
        return _write(path, lines, output)
    for some in _bundled(lines):
        _end_after_a_signal(output)
        if not output.has_reader():
            return OK, False
        output.lines(some)
    return OK, True


def _voltage(plan: Plan, reader: Reader, output: Output) -> int:
    """The voltage record of one meter; what it comes to is said on stderr, unless it was cut short."""
    place, keeper = voltage_place(plan, reader), RecordKeeper()
    minutes = reader.rows(place, MINUTE, plan.start, plan.end)
    status, is_whole = _written(plan.path, voltage_csv(minutes, plan.zone, keeper), output)
    if is_whole:
        said = list(summary(keeper.records(), plan.zone))
        for text in said or ["no ten minutes with a voltage in this period"]:
            narrate(f"hwtui: {text}")
    return status


def _write(path: Path, lines: Iterator[str], output: Output) -> tuple[int, bool]:
    """Into a file that is whole or as before, or into a pipe, whose reader may have seen enough."""
    try:
        output.is_writing = path.exists() and not path.is_file()  # where nobody reads, a signal must cut it short
        with writing(path) as file:
            for some in _bundled(lines):
                _end_after_a_signal(output)
                file.write("\n".join([*some, ""]))
    except ReportError as error:
        if isinstance(error.__cause__, BrokenPipeError):
            return OK, False
        narrate(f"hwtui: -o: {error}")
        return UNKNOWN, False
    finally:
        output.is_writing = False
    return OK, True


def _end_after_a_signal(output: Output) -> None:
    """Reading and writing never wait for the event loop, so a signal cannot cancel them."""
    if output.is_over:
        raise KeyboardInterrupt


def _bundled(lines: Iterator[str]) -> Iterator[list[str]]:
    while some := list(islice(lines, AT_ONCE)):
        yield some


def csv_lines(plan: Plan, reader: Reader) -> Iterator[str]:
    """The heading, and a line for each row; what was not measured is empty."""
    counted = [] if plan.level is MINUTE else ["covered_s"]
    yield ",".join([*LEADING, "samples", *counted, *(column.heading for column in plan.columns)])
    leads = {one.series.id: ",".join(map(cell, _lead(one))) for one in plan.sources}
    whole = ",".join(_formats(plan))
    for number, at, body in _rows(plan, reader, whole, ",".join):
        yield f"{at},{leads[number]},{body}"


def jsonl_lines(plan: Plan, reader: Reader) -> Iterator[str]:
    """An object for each row, with the keys of the heading; what was not measured is absent."""
    counted = [] if plan.level is MINUTE else ["covered_s"]
    keys = [json.dumps(name) for name in ("samples", *counted, *(column.heading for column in plan.columns))]
    leads = {
        one.series.id: ", ".join(
            f"{json.dumps(name)}: {json.dumps(text)}"
            for name, text in zip(LEADING[1:], _lead(one), strict=True)
            if text
        )
        for one in plan.sources
    }
    whole = ", ".join(f"{key.replace('%', '%%')}: {one}" for key, one in zip(keys, _formats(plan), strict=True))

    def pairs(cells: Sequence[str]) -> str:
        return ", ".join(f"{key}: {text}" for key, text in zip(keys, cells, strict=True) if text)

    for number, at, body in _rows(plan, reader, whole, pairs):
        yield f'{{"time": "{at}", {leads[number]}, {body}}}'


def _formats(plan: Plan) -> list[str]:
    """How each number of a row is written."""
    leading = ["%d"] if plan.level is MINUTE else ["%d", "%d"]
    return leading + [f"%.{len(str(column.per_unit)) - 1}f" for column in plan.columns]


def _lead(source: Source) -> tuple[str, str, str, str]:
    series = source.series
    return source.name, series.device, meter_words(series), series.meter


def cell(text: str) -> str:
    """A text for a CSV that a spreadsheet opens: quoted where need be, and never a formula."""
    if text.startswith(_FORMULA) and not _is_number(text):
        text = f"'{text}"
    return '"{}"'.format(text.replace('"', '""')) if any(mark in text for mark in ',"\r\n') else text


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _rows(
    plan: Plan, reader: Reader, whole: str, join: Callable[[Sequence[str]], str]
) -> Iterator[tuple[int, str, str]]:
    """Series, time and numbers of each row that has any of the columns.

    `whole` is the format of a row that has them all, and `join` makes the text of one that has not: a year has half a
    million rows.
    """
    units = {one.series.id: one.series.unit for one in plan.sources}
    leading = ["samples"] if plan.level is MINUTE else ["samples", "covered_s"]
    stored = [*leading, *(column.stored for column in plan.columns)]
    per_unit = [*(1 for _ in leading), *(column.per_unit for column in plan.columns)]
    wanted = [*("" for _ in leading), *(column.unit for column in plan.columns)]
    formats, plain = _formats(plan), not any(wanted)
    hour, head, tail = -1, "", ""
    for key, *numbers in reader.stored(list(units), plan.level, stored, plan.start, plan.end):
        series = key % SERIES_PER_SPAN
        try:
            if plain and None not in numbers:
                body = whole % tuple(map(truediv, numbers, per_unit))
            else:
                cells = [
                    "" if number is None or (unit and unit != units[series]) else one % (number / per)
                    for number, unit, one, per in zip(numbers, wanted, formats, per_unit, strict=True)
                ]
                if not any(cells[len(leading) :]):
                    continue
                body = join(cells)
        except TypeError:  # a damaged file: a value of another kind than its column
            continue
        now, minute = divmod(key // SERIES_PER_SPAN, 60)
        if now != hour:  # the offset changes at a full hour only
            hour = now
            text = datetime.fromtimestamp(start_of_row(key), plan.zone).isoformat()
            head, tail = text[:14], text[16:]
        yield series, f"{head}{minute:02}{tail}", body
