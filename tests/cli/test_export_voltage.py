"""`hwtui export --voltage`: which meter it tells of, also after that was replaced, and what it says beside the file."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.engine.history.years import Book
from tui.core.settings import Settings, SettingsError
from tui.engine.commands.export import export
from tui.engine.commands.run import Output
from tui.engine.history.schema import FILE

ZONE = ZoneInfo("Europe/Amsterdam")
BEGIN = int(datetime(2026, 6, 12, tzinfo=ZONE).timestamp())
DAY = 86400
NOW = BEGIN + 3 * DAY + 600.0


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of a history: a smart meter that was replaced at noon of the second day, and two kWh meters."""
    folder = tmp_path_factory.mktemp("house")
    with closing(Book(folder / FILE, ZONE)) as book:
        old, kwh = book.series("p1", meter="old", began=BEGIN), book.series("kwh", began=BEGIN)
        new, other = book.series("p1", meter="new", began=BEGIN + DAY + DAY // 2), book.series("other", began=BEGIN)
        book.connection.execute("BEGIN")
        measured(book, old, BEGIN + DAY // 2, 251.0, energy_import_t2_kwh=5.0)
        measured(book, new, BEGIN + 2 * DAY, 254.0, windows=2, energy_import_t2_kwh=0.0)
        measured(book, kwh, BEGIN + DAY // 2, 240.0)
        measured(book, kwh, BEGIN + 2 * DAY, 240.0)
        measured(book, other, BEGIN + DAY, 238.0)
        for series in (old, kwh, new, other):
            book.derive(series, BEGIN + 3 * DAY)
        book.connection.execute("COMMIT")
        yield folder


def measured(book: Book, series: int, start: int, volts: float, windows: int = 1, **readings: float) -> None:
    """Windows of ten minutes, with 2.9 kW to the grid."""
    for minute in range(10 * windows):
        bands = {"voltage_l1_v": (volts - 1, volts, volts + 1), "power_w": (-2900.0, -2900.0, -2900.0)}
        book.minute(series, start + 60 * minute, bands, readings)


def voltage(house: Path, tmp_path: Path, **given: Any) -> tuple[int, list[dict[str, str]]]:
    """The exit code and the rows of the file."""
    into = tmp_path / "out.csv"
    given = {"voltage": True, "output": str(into), **given}
    code = asyncio.run(export(Settings(state_dir=house), given, Output(), NOW))
    return code, list(csv.DictReader(io.StringIO(into.read_text("utf-8"))))


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({}, ["251.00", "254.00", "254.00"]),
        ({"end": "2026-06-12"}, ["251.00"]),
        ({"start": "2026-06-14"}, ["254.00", "254.00"]),
        ({"start": "2026-06-13T06:00", "end": "2026-06-14T00:10"}, ["254.00"]),
        ({"devices": ["kwh"]}, ["240.00", "240.00"]),
    ],
)
def test_the_smart_meter_is_told_of_also_where_it_was_replaced(
    house: Path, tmp_path: Path, given: dict[str, Any], wanted: list[str]
) -> None:
    code, rows = voltage(house, tmp_path, **given)
    assert code == 0
    assert [row["voltage_l1_v_mean"] for row in rows] == wanted
    assert [row["start"] for row in rows] == sorted(row["start"] for row in rows)
    assert {row["export_w_mean"] for row in rows} == {"2900"}


def test_what_it_comes_to_is_said_beside_the_file(
    house: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    voltage(house, tmp_path)
    assert capsys.readouterr().err == (
        "hwtui: L1: 3 means of 10 minutes, highest 254.0 V at 2026-06-14 00:00, lowest 251.0 V at 2026-06-12 12:00, "
        "66.7 % outside 207 to 253 V, longest 20 min from 2026-06-14 00:00\n"
    )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is always full")
def test_a_record_that_was_cut_short_is_not_summed_up(house: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A sum of the part that was read would be taken for that of all."""
    given = {"voltage": True, "output": "/dev/full"}
    assert asyncio.run(export(Settings(state_dir=house), given, Output(), NOW)) == 3
    assert capsys.readouterr().err == "hwtui: -o: /dev/full: the disk is full\n"

    class Left(Output):
        def has_reader(self) -> bool:
            return False

    assert asyncio.run(export(Settings(state_dir=house), {"voltage": True}, Left(), NOW)) == 0
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"output": "voltage.jsonl"}, "-o: --voltage is CSV: name a file like voltage.csv"),
        ({"step": "1h"}, "--voltage is CSV, of means of 10 minutes: leave out --format, --step and --quantity"),
        ({"end": "2026-06-11"}, "--voltage: no meter of the history has one in this period"),
        (
            {"devices": ["kwh", "other"]},
            "--voltage: several meters have a voltage: name one with --device, of kwh",
        ),
    ],
)
def test_what_it_cannot_tell_is_answered_with_what_to_do(
    house: Path, tmp_path: Path, given: dict[str, Any], says: str
) -> None:
    with pytest.raises(SettingsError) as error:
        voltage(house, tmp_path, **given)
    assert str(error.value).startswith(says)
