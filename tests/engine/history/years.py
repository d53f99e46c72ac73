"""Histories to read: small ones whose rows a test knows, and years of a plausible house for the benchmarks."""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import tzinfo
from itertools import pairwise
from pathlib import Path
from typing import Any

from tui.core.graph.bucket import Bucket
from tui.core.past.history import COUNTERS, DAY, HOUR, LEVELS, MINUTE, QUARTER, Level
from tui.engine.history.reader import Reader
from tui.engine.history.schema import FILE, PAGE_BYTES, STEPS, columns_of, key_of_row, statements
from tui.engine.history.spans import midnights

WEEK_MIN = 7 * 24 * 60


def empty(path: Path) -> sqlite3.Connection:
    """A history without rows, as the writer makes one."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = OFF")
    for text in statements():
        connection.execute(text)
    return connection


def put(connection: sqlite3.Connection, level: Level, start: int, series: int, columns: Mapping[str, Any]) -> None:
    """Store a row; values as they are stored."""
    names, marks = ", ".join(("id", *columns)), ", ".join("?" * (len(columns) + 1))
    connection.execute(
        f"INSERT INTO {level.name} ({names}) VALUES ({marks})", (key_of_row(start, series), *columns.values())
    )


class Book:
    """A small history. What is put in is remembered, for a test to reckon with."""

    def __init__(self, path: Path, zone: tzinfo) -> None:
        self.connection = empty(path)
        self.zone = zone
        self.minutes: dict[int, dict[int, dict[str, int]]] = {}
        """By series and start, as stored."""

    def series(self, device: str, kind: str = "", meter: str = "", unit: str = "", began: int = 0) -> int:
        """A new series."""
        number = len(self.minutes) + 1
        self.connection.execute(
            "INSERT INTO series VALUES (?, ?, ?, ?, ?, ?)", (number, device, kind, meter, unit, began)
        )
        self.minutes[number] = {}
        return number

    def minute(
        self,
        series: int,
        start: int,
        bands: Mapping[str, tuple[float, float, float]] | None = None,
        readings: Mapping[str, float] | None = None,
        samples: int = 60,
        last_s: int = 59,
    ) -> None:
        """Store a minute: `bands` are (least, mean, highest)."""
        columns = {"samples": samples, "last_s": last_s}
        for name, (low, mean, high) in (bands or {}).items():
            per_unit = round(1 / STEPS[name])
            columns[f"{name}_min"] = round(low * per_unit)
            columns[f"{name}_mean"] = round(mean * per_unit)
            columns[f"{name}_max"] = round(high * per_unit)
        for name, value in (readings or {}).items():
            columns[name] = round(value / STEPS[name])
        self.minutes[series][start] = columns
        put(self.connection, MINUTE, start, series, columns)

    def derive(self, series: int, until: int, bridge_s: int = 900) -> None:
        """Store the rows of all spans that end by `until` (a whole quarter), added up second by second."""
        rows = self.minutes[series]
        moved, counted = self.moved(series, bridge_s)
        for level in (QUARTER, HOUR, DAY):
            for start, end in self._spans(level, min(rows, default=until), until):
                inside = {at: row for at, row in rows.items() if start <= at < end}
                amounts = {
                    f"{name}_amount": round(1e6 * sum(seconds.get(at, 0.0) for at in range(start, end)))
                    for name, seconds in moved.items()
                }
                covered = max(
                    (sum(at in seconds for at in range(start, end)) for seconds in counted.values()), default=0
                )
                if not inside and not covered:
                    continue
                columns = together(inside)
                put(
                    self.connection,
                    level,
                    start,
                    series,
                    columns | (amounts if covered else {}) | {"covered_s": covered},
                )
        self.fact(series, until)

    def fact(self, series: int, until: int) -> None:
        """Say up to when a series is derived."""
        value = json.dumps({"until": until, "last": {}})
        self.connection.execute("INSERT OR REPLACE INTO fact VALUES (?, ?)", (f"derived.{series}", value))

    def moved(
        self, series: int, bridge_s: int = 900
    ) -> tuple[dict[str, dict[int, float]], dict[str, dict[int, float]]]:
        """What each counter moved in each second, and the seconds in which it was counted at all."""
        moved: dict[str, dict[int, float]] = {}
        for name in COUNTERS:
            readings = [
                (start + row["last_s"], row[name] * STEPS[name])
                for start, row in sorted(self.minutes[series].items())
                if name in row
            ]
            for (at, value), (until, then) in pairwise(readings):
                if until - at <= bridge_s and then >= value:
                    each = (then - value) / (until - at)
                    moved.setdefault(name, {}).update(dict.fromkeys(range(at, until), each))
        return moved, moved

    def _spans(self, level: Level, begin: int, until: int) -> Iterator[tuple[int, int]]:
        if level is DAY:
            yield from ((a, b) for a, b in pairwise(midnights(begin, until, self.zone)) if b <= until)
        else:
            span = level.span_s
            yield from ((at, at + span) for at in range(begin // span * span, until - span + 1, span))

    def close(self) -> None:
        """Close the file."""
        self.connection.close()


def together(rows: Mapping[int, Mapping[str, int]]) -> dict[str, int]:
    """Some minutes as one row, as stored."""
    samples = sum(row["samples"] for row in rows.values())
    columns = {"samples": samples, "last_s": max((row["last_s"] for row in rows.values()), default=0)}
    for _, row in sorted(rows.items()):
        columns |= {name: value for name, value in row.items() if name in COUNTERS}
    for name in {key.removesuffix("_mean") for row in rows.values() for key in row if key.endswith("_mean")}:
        found = [row for row in rows.values() if f"{name}_mean" in row]
        columns[f"{name}_min"] = min(row[f"{name}_min"] for row in found)
        columns[f"{name}_max"] = max(row[f"{name}_max"] for row in found)
        total = sum(row[f"{name}_mean"] * row["samples"] for row in found)
        columns[f"{name}_mean"] = round(total / sum(row["samples"] for row in found))
    return columns


def brute_window(
    book: Book, series: Sequence[int], quantity: str, spans: Sequence[tuple[int, int]]
) -> list[Bucket | None]:
    """What a window must show: column by column, minute by minute."""
    per_unit, drawn = round(1 / STEPS[quantity]), list[Bucket | None]()
    for begin, until in spans:
        rows = [
            row
            for number in series
            for at, row in book.minutes[number].items()
            if begin <= at < until and f"{quantity}_mean" in row
        ]
        count = sum(row["samples"] for row in rows)
        low, high = (
            pick((row[f"{quantity}_{part}"] for row in rows), default=0) / per_unit
            for pick, part in ((min, "min"), (max, "max"))
        )
        mean = sum(row[f"{quantity}_mean"] * row["samples"] for row in rows) / max(1, count) / per_unit
        drawn.append(Bucket(low, mean, high, count) if rows else None)
    return drawn


# ------------------------------------------------------------------ years

HOUSE = (
    ("p1", "", "p1"), ("p1", "gas_meter", "gas"), ("solar", "", "kwh3"), ("heatpump", "", "kwh3"), ("car", "", "kwh1"),
    ("battery", "", "kwh1"), ("boiler", "", "kwh1"), ("freezer", "", "socket"), ("washer", "", "socket"),
    ("dryer", "", "socket"), ("water", "", "water"),
)  # fmt: skip
"""Device, type of the external meter, and what it measures: ten devices, eleven series."""


def write_years(path: Path, end: int, zone: tzinfo, weeks: int = 52) -> None:
    """The history of the house `HOUSE` in so many weeks before `end` (a whole hour). Every week is the same."""
    with closing(empty(path)) as connection:
        connection.execute("PRAGMA temp_store = MEMORY")
        connection.execute("PRAGMA cache_size = -65536")
        start = end - weeks * WEEK_MIN * 60
        _write_week(connection, start)
        for level in (MINUTE, QUARTER, HOUR):
            counters = [name for name in columns_of(level) if name in COUNTERS]
            picks = [f"w.{c} + ?1 * t.{c}" if c in counters else f"w.{c}" for c in columns_of(level)]
            for week in range(weeks):
                connection.execute(
                    f"""INSERT INTO {level.name} SELECT w.id + ?1 * {key_of_row(WEEK_MIN * 60, 0)}, {", ".join(picks)}
                    FROM week_{level.name} AS w JOIN total AS t ON t.series = w.id % 1024 ORDER BY w.id""",
                    (week,),
                )
        for begin, until in pairwise(midnights(start, end, zone)):
            if until <= end:
                _sum_up(connection, "hour", "day", "id % 1024", key_of_row(begin, 0), begin, until)
        for number in range(1, len(HOUSE) + 1):
            connection.execute("INSERT INTO fact VALUES (?, ?)", (f"derived.{number}", json.dumps({"until": end})))
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _write_week(connection: sqlite3.Connection, start: int) -> None:
    """One week in temporary tables, and what its counters add up to."""
    for level in LEVELS[:3]:
        columns = ", ".join(f"{name} INTEGER" for name in columns_of(level))
        connection.execute(f"CREATE TEMP TABLE week_{level.name} (id INTEGER PRIMARY KEY, {columns})")
    connection.execute(f"CREATE TEMP TABLE total (series INTEGER PRIMARY KEY, {', '.join(COUNTERS)})")
    for number, (device, kind, measures) in enumerate(HOUSE, 1):
        meter = "" if measures in ("socket", "water") else f"meter{number}"
        unit = "m3" if kind else ""
        connection.execute("INSERT INTO series VALUES (?, ?, ?, ?, ?, ?)", (number, device, kind, meter, unit, start))
        rows = list(_week_of(measures, number))
        names = ", ".join(("id", *rows[0][1]))
        marks = ", ".join("?" * (len(rows[0][1]) + 1))
        connection.executemany(
            f"INSERT INTO week_minute ({names}) VALUES ({marks})",
            [(key_of_row(start + 60 * minute, number), *row.values()) for minute, row in rows],
        )
        last = rows[-1][1]
        connection.execute(
            f"INSERT INTO total VALUES (?{', ?' * len(COUNTERS)})", (number, *(last.get(name) for name in COUNTERS))
        )
    for level, span in ((QUARTER, 15), (HOUR, 60)):
        first = start // 60
        group = f"(id / 1024 - {first}) / {span}, id % 1024"
        key = f"((id / 1024 - {first}) / {span} * {span} + {first}) * 1024 + id % 1024"
        _sum_up(connection, "week_minute", f"week_{level.name}", group, key, start, start + WEEK_MIN * 60, level.span_s)


def _sum_up(
    connection: sqlite3.Connection,
    finer: str,
    coarser: str,
    group: str,
    key: Any,
    begin: int,
    end: int,
    span_s: int = 0,
) -> None:
    """Rows of a coarser table from those of a finer one."""
    picks = [f"{key} + id % 1024 AS id" if isinstance(key, int) else f"{key} AS id", "sum(samples)", "max(last_s)"]
    picks.append(f"{span_s or end - begin} AS covered_s")
    minutes = finer == "week_minute"
    for column in columns_of(QUARTER)[3:]:
        if column.endswith("_amount"):
            name = column.removesuffix("_amount")
            by_series = "PARTITION BY id % 1024 ORDER BY min(id)"
            last = f"1000 * max({name})"
            picks.append(f"{last} - lag({last}, 1, 0) OVER ({by_series})" if minutes else f"sum({column})")
        elif column.endswith("_mean"):
            picks.append(f"sum({column} * samples) / sum(samples)")
        else:
            picks.append(f"{'min' if column.endswith('_min') else 'max'}({column})")
    connection.execute(
        f"""INSERT INTO {coarser} SELECT {", ".join(picks)} FROM {finer}
        WHERE id >= ? AND id < ? GROUP BY {group}""",
        (key_of_row(begin, 0), key_of_row(end, 0)),
    )


def _week_of(measures: str, seed: int) -> Iterator[tuple[int, dict[str, int]]]:
    """The minutes of a week, and what is stored of each."""
    imported = exported = 0.0
    for minute in range(WEEK_MIN):
        hour, noise = minute / 60 % 24, (minute * 7919 + seed * 104729) % 997 / 997
        sun = max(0.0, math.sin((hour - 6) * math.pi / 12)) * (2500 if measures in ("p1", "kwh3") else 0)
        load = 300 + 200 * noise + (2500 * noise if 17 <= hour < 20 else 0)
        if measures == "gas":
            imported += 0.0002 * noise
            if minute % 5 == 0:
                yield minute, {"samples": 1, "last_s": 0, "total": round(1000 * imported)}
            continue
        if measures == "water":
            flow = 12 * noise if noise > 0.9 else 0.0
            imported += flow / 1000
            row = {"samples": 60, "last_s": 59, "water_total_m3": round(1000 * imported)}
            yield minute, row | _band("water_flow_lpm", flow, 0.5 * noise)
            continue
        watts = load / seed - sun
        imported, exported = imported + max(0.0, watts) / 6e4, exported + max(0.0, -watts) / 6e4
        row = {"samples": 60, "last_s": 59, "energy_import_kwh": round(1000 * imported)}
        row |= {"energy_export_kwh": round(1000 * exported)} | _band("power_w", watts, 900 * noise)
        if measures == "p1":
            row |= {"energy_import_t1_kwh": round(400 * imported), "energy_import_t2_kwh": round(600 * imported)}
            row |= {"energy_export_t1_kwh": round(400 * exported), "energy_export_t2_kwh": round(600 * exported)}
            row |= {"voltage_sag_l1_count": 3, "any_power_fail_count": 4}
        if measures == "socket":
            yield minute, row | _band("voltage_v", 230 + 4 * noise, 1) | _band("current_a", watts / 230, 0.1)
            continue
        for phase in (1, 2, 3) if measures in ("p1", "kwh3") else (1,):
            row |= _band(f"power_l{phase}_w", watts / 3, 300 * noise) | _band(f"voltage_l{phase}_v", 230 + 5 * noise, 1)
            row |= _band(f"current_l{phase}_a", abs(watts) / 690, noise)
        yield minute, row


def _band(name: str, mean: float, spread: float) -> dict[str, int]:
    per_unit = round(1 / STEPS[name])
    values = (mean - spread, mean, mean + spread)
    return {
        f"{name}_{part}": round(value * per_unit) for part, value in zip(("min", "mean", "max"), values, strict=True)
    }


@contextmanager
def a_book(folder: Path, zone: tzinfo) -> Iterator[tuple[Book, Reader]]:
    """An empty history in `folder`, and what reads it."""
    book, reader = Book(folder / FILE, zone), Reader(folder / FILE, zone)
    with closing(book), closing(reader):
        yield book, reader
