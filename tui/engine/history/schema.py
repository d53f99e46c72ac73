"""The tables of the history, and how a row of `core.past.history` is stored in them.

One row per series and span, all its quantities side by side. Its id is `key_of_row`: rows are appended in the order of
time, all series of a minute beside each other, so that a minute of a whole house touches two or three pages of 1 KB. A
row per quantity would touch thirty: an SD card wears by pages.

Values are whole numbers of the smallest step that is kept (`STEPS`), which SQLite packs into 1 to 4 bytes; the views
(`minutes`, `quarters`, `hours`, `days`) show them in their units, for people with `sqlite3`.
"""

from __future__ import annotations

from tui.core.past.history import BANDS, COUNTERS, EVENTS, LEVELS, MINUTE, Level
from tui.core.quantities import QUANTITIES

FILE = "history.sqlite"
VERSION = 2
"""PRAGMA user_version. A file with a higher one is of a newer hwtui, and left alone."""
PAGE_BYTES = 1024
SERIES_PER_SPAN = 1024
"""An id is the number of its minute times this, plus the number of its series."""

_PER_UNIT = {"W": 10, "V": 100, "A": 1000, "l/min": 100, "kWh": 1000, "m3": 1000, "%": 10}
AMOUNT_STEP = 1e-6
"""Of kWh, m3 or whatever a counter counts: quarters are added up, so they are not rounded to a counter's last digit."""


def step_of(quantity: str) -> float:
    """The smallest step that is kept of a quantity, in its unit."""
    known = QUANTITIES.get(quantity)
    if known is None:
        return 1e-3  # `TOTAL`, of whatever unit
    return 1.0 / _PER_UNIT.get(known.unit, int(10**known.decimals))


STEPS = {name: step_of(name) for name in (*BANDS, *COUNTERS, *EVENTS)}

_FIRST = ("energy_import_kwh", "energy_export_kwh", "power_w", "total", "water_total_m3", "water_flow_lpm")
"""What all meters send comes first, for people. A row takes a byte for every column that was there when it was written,
also where it is NULL (SQLite is built without SQLITE_ENABLE_NULL_TRIM)."""
ADDED_IN = {2: ("state_of_charge_pct", "cycles")}
"""The quantities that a version added, at the end of each table: that rewrites no row, so a year is brought to this
version in a moment. A house that lacks them pays a byte for each column in each row: 4 % more is written."""
_ADDED = tuple(name for names in ADDED_IN.values() for name in names)


def _ordered(names: tuple[str, ...]) -> list[str]:
    def place(name: str) -> int:
        return _FIRST.index(name) if name in _FIRST else len(_FIRST) + (name in _ADDED and 1 + _ADDED.index(name))

    return sorted(names, key=place)


def columns_of(level: Level) -> list[str]:
    """The columns of a level's table after its id, in their order: `power_w_min`, `energy_import_kwh`, ..."""
    columns = ["samples", "last_s"] + (["covered_s"] if level is not MINUTE else [])
    return columns + [column for name in _ordered((*COUNTERS, *BANDS, *EVENTS)) for column in columns_for(name, level)]


def columns_for(name: str, level: Level) -> list[str]:
    """Those of one quantity."""
    if name in BANDS:
        return [f"{name}_min", f"{name}_mean", f"{name}_max"]
    return [name] + ([f"{name}_amount"] if level is not MINUTE else [])


def added_columns(version: int, level: Level) -> list[str]:
    """The columns that a version added to a level's table."""
    return [column for name in ADDED_IN[version] for column in columns_for(name, level)]


def lacking(version: int) -> list[str]:
    """What makes the tables of an older file look like those of this version, for a connection that only reads it."""
    views = []
    for level in LEVELS if version < VERSION else ():
        added = [column for one in range(version + 1, VERSION + 1) for column in added_columns(one, level)]
        nulls = ", ".join(f"NULL AS {column}" for column in added)
        views.append(f"CREATE TEMP VIEW {level.name} AS SELECT *, {nulls} FROM main.{level.name}")  # noqa: S608
    return views


def key_of_row(start: float, series: int) -> int:
    """The id of a row: the number of the minute in which it begins, and its series."""
    return int(start // 60) * SERIES_PER_SPAN + series


def start_of_row(key: int) -> int:
    """The reverse: when the row begins, in seconds since 1970."""
    return key // SERIES_PER_SPAN * 60


def series_of_row(key: int) -> int:
    """The reverse: the number of its series."""
    return key % SERIES_PER_SPAN


def statements() -> list[str]:
    """What creates an empty database of this version, after `PRAGMA page_size` and `journal_mode`."""
    return [
        """CREATE TABLE series (
            id INTEGER PRIMARY KEY, device TEXT NOT NULL, kind TEXT NOT NULL, meter TEXT NOT NULL, unit TEXT NOT NULL,
            began INTEGER NOT NULL, UNIQUE (device, kind, meter, unit)) STRICT""",
        """CREATE TABLE gap (
            series INTEGER NOT NULL, quantity TEXT NOT NULL, start INTEGER NOT NULL, until INTEGER NOT NULL,
            amount INTEGER NOT NULL, PRIMARY KEY (series, start, quantity)) STRICT, WITHOUT ROWID""",
        "CREATE TABLE fact (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID",
        """CREATE TABLE recent (
            device TEXT NOT NULL, quantity TEXT NOT NULL, until REAL NOT NULL, buckets BLOB NOT NULL,
            PRIMARY KEY (device, quantity)) STRICT, WITHOUT ROWID""",
        *(_table(level) for level in LEVELS),
        *(view(level) for level in LEVELS),
        f"PRAGMA user_version = {VERSION}",
    ]


def _table(level: Level) -> str:
    columns = ", ".join(f"{name} INTEGER" for name in columns_of(level))
    return f"CREATE TABLE {level.name} (id INTEGER PRIMARY KEY, {columns}) STRICT"


def view(level: Level) -> str:
    """What creates the view of a level: values in their units, and times that a person can read."""
    shown = []
    for column in columns_of(level):
        quantity = column
        for ending in ("_min", "_mean", "_max", "_amount"):
            quantity = quantity.removesuffix(ending) if quantity not in STEPS else quantity
        step = AMOUNT_STEP if column.endswith("_amount") else STEPS.get(quantity, 1.0)
        shown.append(column if step == 1.0 else f"{column} / {round(1 / step)}.0 AS {column}")
    key = f"{level.name}.id"
    return f"""CREATE VIEW {level.name}s AS SELECT
        {key} / {SERIES_PER_SPAN} * 60 AS start, datetime({key} / {SERIES_PER_SPAN} * 60, 'unixepoch') AS utc,
        series.device, series.kind, series.meter, {", ".join(shown)}
        FROM {level.name} JOIN series ON series.id = {key} % {SERIES_PER_SPAN}"""  # noqa: S608  (names of this file)
