"""`hwtui export`: the history as a table, one row for each series and span, written as it is read."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from tui.core.history import MINUTE
from tui.core.profiles import profile_of
from tui.core.settings import Settings
from tui.engine.commands.exits import OK, UNKNOWN
from tui.engine.commands.exportplan import Plan, Source, make_plan, meter_words
from tui.engine.commands.run import Output
from tui.engine.commands.streams import narrate
from tui.engine.files import replacing
from tui.engine.history.reader import Reader
from tui.engine.history.schema import FILE, SERIES_PER_SPAN, start_of_row

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
            narrate(f"hwtui: there is no history to export: {path}: {why}. The screen keeps it while it runs")
            return UNKNOWN
        plan = make_plan(settings, given, reader, now, Path.is_dir)
        lines = csv_lines(plan, reader) if plan.fmt == "csv" else jsonl_lines(plan, reader)
        if plan.path is None:
            for some in _bundled(lines):
                _end_after_a_signal(output)
                if not output.has_reader():
                    break
                output.lines(some)
            return OK
        return _write(plan.path, lines, output)


def _write(path: Path, lines: Iterator[str], output: Output) -> int:
    """Into a file that is whole or as before."""
    try:
        with replacing(path) as file:
            for some in _bundled(lines):
                _end_after_a_signal(output)
                file.writelines(f"{line}\n" for line in some)
    except OSError as error:
        narrate(f"hwtui: {path} cannot be written: {error.strerror or error}")
        return UNKNOWN
    return OK


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
    for source, at, cells in _rows(plan, reader):
        yield f"{at},{leads[source.series.id]},{','.join(cells)}"


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
    for source, at, cells in _rows(plan, reader):
        pairs = ", ".join(f"{key}: {text}" for key, text in zip(keys, cells, strict=True) if text)
        yield f'{{"time": "{at}", {leads[source.series.id]}, {pairs}}}'


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


def _rows(plan: Plan, reader: Reader) -> Iterator[tuple[Source, str, list[str]]]:
    """Series, time and numbers of each row that has any of the columns."""
    sources = {one.series.id: one for one in plan.sources}
    leading = ["samples"] if plan.level is MINUTE else ["samples", "covered_s"]
    stored = [*leading, *(column.stored for column in plan.columns)]
    formats = [(column.per_unit, f"%.{len(str(column.per_unit)) - 1}f", column.unit) for column in plan.columns]
    count, hour, head, tail = len(leading), -1, "", ""
    for row in reader.stored(list(sources), plan.level, stored, plan.start, plan.end):
        source = sources[row[0] % SERIES_PER_SPAN]
        numbers: Sequence[Any] = row[1 + count :]
        cells = [
            "" if number is None or (unit and unit != source.series.unit) else decimals % (number / per_unit)
            for number, (per_unit, decimals, unit) in zip(numbers, formats, strict=True)
        ]
        if not any(cells):
            continue
        start = start_of_row(row[0])
        if start // 3600 != hour:  # the offset changes at a full hour only
            hour = start // 3600
            text = datetime.fromtimestamp(start, plan.zone).isoformat()
            head, tail = text[:14], text[16:]
        yield source, f"{head}{start // 60 % 60:02}{tail}", [*map(_whole, row[1 : 1 + count]), *cells]


def _whole(number: int | None) -> str:
    return "" if number is None else str(number)
