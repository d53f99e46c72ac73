"""`hwtui export`: what is kept, as a table that scripts and spreadsheets read."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.cli.conftest import environment_in
from tests.engine.history.years import Book
from tui.cli.parser import parse
from tui.core.model import DeviceSetting
from tui.core.past.period import moment
from tui.core.settings import Settings, SettingsError
from tui.engine.commands.export import cell, csv_lines, export
from tui.engine.commands.exportplan import make_plan
from tui.engine.commands.run import Output
from tui.engine.history.reader import Reader
from tui.engine.history.schema import FILE

ZONE = ZoneInfo("Europe/Amsterdam")
BEGIN = int(datetime(2026, 10, 25, tzinfo=ZONE).timestamp())
"""The day has 25 hours."""
NOW = BEGIN + 30 * 3600.0


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    with closing(Book(tmp_path / FILE, ZONE)) as made:
        p1, gas = made.series("aabb01", meter="m1", began=BEGIN), made.series("aabb01", "gas_meter", "g1", "m3", BEGIN)
        socket = made.series("ccdd01", began=BEGIN)
        made.connection.execute("BEGIN")
        for hour in range(29):
            at = BEGIN + hour * 3600
            made.minute(p1, at, {"power_w": (-hour, 1.5, hour)}, {"energy_import_kwh": hour / 2})
            made.minute(gas, at, readings={"total": 100 + hour / 10}, samples=1, last_s=0)
            made.minute(socket, at, {"power_w": (3, 3, 3), "voltage_v": (230, 231, 232)})
        for one, bridge_s in ((p1, 3600), (gas, 9000), (socket, 900)):
            made.derive(one, BEGIN + 28 * 3600, bridge_s)
        made.connection.execute("COMMIT")
        yield made


def exported(book: Book, tmp_path: Path, **given: Any) -> tuple[int, str]:
    """The exit code, and what was written into a file."""
    names = {"aabb01": DeviceSetting("=Grid, mine"), "ccdd01": DeviceSetting("Socket")}
    into = tmp_path / given.pop("into", "out.csv")
    settings = Settings(state_dir=tmp_path, devices=names)
    code = asyncio.run(export(settings, {"output": str(into), **given}, Output(), NOW))
    return code, into.read_text("utf-8") if into.exists() else ""


def table(text: str) -> list[Mapping[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.parametrize("fmt", ["csv", "jsonl"])
def test_a_battery_has_its_charge_and_its_cycles(book: Book, tmp_path: Path, fmt: str) -> None:
    battery = book.series("ba7701", began=BEGIN)
    book.connection.execute("BEGIN")
    for hour in range(29):
        pct = min(100.0, 40.5 + hour)
        book.minute(
            battery, BEGIN + hour * 3600, {"state_of_charge_pct": (pct, pct, pct)}, {"cycles": 120 + hour // 10}
        )
    book.connection.execute("COMMIT")
    given = {"devices": ["ba7701"], "step": "1m", "format": fmt, "into": f"out.{fmt}"}
    code, text = exported(book, tmp_path, **given)
    rows = table(text) if fmt == "csv" else [json.loads(line) for line in text.splitlines()]
    assert (code, len(rows)) == (0, 29)
    assert [float(rows[0][f"state_of_charge_pct_{part}"]) for part in ("min", "mean", "max")] == [40.5] * 3
    assert [int(float(row["cycles"])) for row in rows] == [120 + hour // 10 for hour in range(29)]
    _, chosen = exported(book, tmp_path, **given, quantities=["cycles"])
    assert "state_of_charge" not in chosen


def test_a_row_for_each_series_and_span_with_units_in_the_headings(book: Book, tmp_path: Path) -> None:
    code, text = exported(book, tmp_path, step="1h", start="2026-10-25", end="2026-10-25T02:00+01:00")
    rows = table(text)
    assert code == 0
    assert [row["time"] for row in rows[::3]] == [
        *("2026-10-25T00:00:00+02:00", "2026-10-25T01:00:00+02:00", "2026-10-25T02:00:00+02:00"),
    ]
    assert [(row["device"], row["serial"], row["meter"], row["meter_id"]) for row in rows[:3]] == [
        ("'=Grid, mine", "aabb01", "", "m1"),
        ("'=Grid, mine", "aabb01", "gas", "g1"),
        ("Socket", "ccdd01", "", ""),
    ]
    assert [rows[3][name] for name in ("power_w_min", "power_w_mean", "power_w_max", "total_m3", "voltage_v_max")] == [
        *("-1.0", "1.5", "1.0", "", ""),
    ]
    assert (rows[3]["energy_import_kwh"], rows[3]["energy_import_kwh_amount"]) == ("0.500", "0.500000")
    assert (rows[4]["total_m3"], rows[4]["total_m3_amount"], rows[4]["covered_s"]) == ("100.100", "0.100000", "3600")


def test_the_hour_that_occurs_twice_has_two_offsets_and_a_day_its_25_hours(book: Book, tmp_path: Path) -> None:
    _, text = exported(book, tmp_path, start="2026-10-25", devices=["socket"], quantities=["power_w"])
    times = [row["time"] for row in table(text)]
    assert times[2:4] == ["2026-10-25T02:00:00+02:00", "2026-10-25T02:00:00+01:00"]
    _, text = exported(book, tmp_path, step="1d", devices=["AABB01"], quantities=["energy_import_kwh"])
    assert [(row["time"], row["energy_import_kwh_amount"]) for row in table(text)] == [
        ("2026-10-25T00:00:00+02:00", "12.491806"),
    ]


def test_json_lines_have_numbers_and_only_what_was_measured(book: Book, tmp_path: Path) -> None:
    _, text = exported(book, tmp_path, into="out.jsonl", step="1m", end="2026-10-25T00:01", devices=["aabb01"])
    assert [json.loads(line) for line in text.splitlines()] == [
        {
            "time": "2026-10-25T00:00:00+02:00",
            "device": "=Grid, mine",
            "serial": "aabb01",
            "meter_id": "m1",
            "samples": 60,
            "energy_import_kwh": 0,
            "power_w_min": 0,
            "power_w_mean": 1.5,
            "power_w_max": 0,
        },
        {
            "time": "2026-10-25T00:00:00+02:00",
            "device": "=Grid, mine",
            "serial": "aabb01",
            "meter": "gas",
            "meter_id": "g1",
            "samples": 1,
            "total_m3": 100,
        },
    ]


@pytest.mark.parametrize(("word", "last"), [("total_m3", "total_m3_amount"), ("power_w_max", "power_w_max")])
def test_a_quantity_may_be_named_as_in_the_heading(book: Book, tmp_path: Path, word: str, last: str) -> None:
    code, text = exported(book, tmp_path, quantities=[word])
    assert (code, text.partition("\n")[0].split(",")[-1]) == (0, last)


def test_what_is_written_meanwhile_neither_stops_it_nor_doubles_a_row(book: Book, tmp_path: Path) -> None:
    with closing(Reader(tmp_path / FILE, ZONE)) as reader:
        plan = make_plan(Settings(), {"step": "1m", "devices": ["ccdd01"]}, reader, NOW)
        lines = csv_lines(plan, reader)
        found = [next(lines), next(lines)]
        book.connection.execute("BEGIN IMMEDIATE")
        book.minute(3, BEGIN + 60, {"power_w": (9, 9, 9)})
        found.append(next(lines))
        book.connection.execute("COMMIT")
        book.minute(3, BEGIN + 29 * 3600, {"power_w": (7, 7, 7)})
        found += lines
    times = [line.partition(",")[0] for line in found[1:]]
    assert (times, len(times)) == (sorted(set(times), key=datetime.fromisoformat), 29)


def test_a_value_of_another_kind_than_its_column_costs_its_row_only(book: Book, tmp_path: Path) -> None:
    """As bytes that went bad leave it."""
    for text in ("PRAGMA writable_schema = 1", "UPDATE sqlite_schema SET sql = replace(sql, ' STRICT', '')"):
        book.connection.execute(text)
    with closing(sqlite3.connect(tmp_path / FILE)) as other:
        other.execute("UPDATE minute SET power_w_max = 'much' WHERE id = (SELECT min(id) FROM minute)")
        other.commit()
    code, text = exported(book, tmp_path, step="1m", devices=["aabb01"], quantities=["power_w"])
    assert (code, len(table(text))) == (0, 28)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"step": "2h"}, '--step: there is no "2h": use one of 1m, 15m, 1h, 1d'),
        ({"format": "xls"}, '--format: there is no "xls": use one of csv, jsonl'),
        (
            {"devices": ["attic"]},
            '--device: "attic" is no device of the history: there are =Grid, mine (aabb01), Socket',
        ),
        ({"devices": ["01"]}, '--device: "01" is the end of several serials'),
        ({"quantities": ["heat"]}, '--quantity: "heat" is not in the history of these: there are energy_import_kwh,'),
        ({"start": "soon"}, '--from: "soon" is no time: use a day like 2026-01-31'),
        ({"start": "today", "end": "yesterday"}, "--to: it is not after --from"),
        ({"start": "2030-01-01"}, "--from: that is still to come"),
        ({"into": "no/out.csv"}, "-o: /"),
        ({"into": "."}, "-o: /"),
        ({"output": ""}, "-o: a file is missing, like history.csv"),
    ],
)
def test_what_is_not_there_is_answered_with_what_is(
    book: Book, tmp_path: Path, given: Mapping[str, Any], says: str
) -> None:
    with pytest.raises(SettingsError) as error:
        exported(book, tmp_path, **given)
    assert str(error.value).startswith(says)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (
            {"step": "1d", "start": "today"},
            "no whole step in this period, of 2026-10-25 00:00 to 2026-10-26 03:00: use",
        ),
        ({"end": "2026-10-24"}, "nothing was measured in this period: the history has 2026-10-25 00:00 to 2026-10-26"),
        ({"step": "1d"}, ""),
    ],
)
def test_a_period_without_rows_is_said_beside_the_heading(
    book: Book, tmp_path: Path, given: Mapping[str, Any], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for into in ("out.csv", "out.jsonl"):
        code, text = exported(book, tmp_path, into=into, **given)
        said = capsys.readouterr().err
        assert (code, said.startswith(f"hwtui: {says}"), bool(said)) == (0, bool(says), bool(says))
        assert text.count("\n") == (into == "out.csv") or not says


def test_a_file_is_whole_or_as_before_and_private(book: Book, tmp_path: Path) -> None:
    exported(book, tmp_path)
    assert (tmp_path / "out.csv").stat().st_mode & 0o777 == 0o600
    before = (tmp_path / "out.csv").read_text()
    output = Output()
    output.is_over = True  # a signal came
    with pytest.raises(KeyboardInterrupt):
        asyncio.run(export(Settings(state_dir=tmp_path), {"output": str(tmp_path / "out.csv")}, output, NOW))
    assert (tmp_path / "out.csv").read_text() == before
    assert [path for path in tmp_path.iterdir() if path.name.startswith(".")] == []


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with a name")
@pytest.mark.parametrize("most", [-1, 100])
def test_a_pipe_is_written_to_and_stays_one_and_its_reader_may_have_seen_enough(
    book: Book, tmp_path: Path, most: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """As `-o >(head)` in a shell."""
    pipe, found = tmp_path / "pipe", list[bytes]()
    os.mkfifo(pipe)

    def read() -> None:
        with pipe.open("rb", buffering=0) as file:
            while some := file.read(most):
                found.append(some)
                if most > 0:
                    break

    reading = threading.Thread(target=read)
    reading.start()
    settings = Settings(state_dir=tmp_path)
    assert asyncio.run(export(settings, {"output": str(pipe), "step": "1m"}, Output(), NOW)) == 0
    reading.join(10)
    assert pipe.is_fifo()
    assert b"".join(found).startswith(b"time,device,")
    assert b"".join(found).count(b"\n") == (1 + 3 * 29 if most < 0 else 0)
    assert capsys.readouterr() == ("", "")


def test_a_dash_is_stdout(book: Book, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = {"output": "-", "step": "1d", "format": "jsonl", "quantities": ["power_w"], "devices": ["ccdd01"]}
    assert asyncio.run(export(Settings(state_dir=tmp_path), given, Output(), NOW)) == 0
    assert json.loads(capsys.readouterr().out)["time"] == "2026-10-25T00:00:00+02:00"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("=1+1", "'=1+1"),
        ("@x", "'@x"),
        ("-12", "-12"),
        ("+x", "'+x"),
        ('a"b', '"a""b"'),
        ("a,b", '"a,b"'),
        ("Solar", "Solar"),
    ],
)
def test_names_are_no_formulas(text: str, told: str) -> None:
    assert cell(text) == told


@pytest.mark.parametrize(
    ("text", "last", "wanted"),
    [
        ("today", False, "2026-10-26T00:00:00+01:00"),
        ("today", True, "2026-10-27T00:00:00+01:00"),
        ("yesterday", False, "2026-10-25T00:00:00+02:00"),
        ("yesterday", True, "2026-10-26T00:00:00+01:00"),
        ("-7d", False, "2026-10-19T00:00:00+02:00"),
        ("2h", False, "2026-10-26T03:00:00+01:00"),
        ("2026-10-25", True, "2026-10-26T00:00:00+01:00"),
        ("2026-10-25T12:00", True, "2026-10-25T12:00:00+01:00"),
        ("2026-10-25T12:00Z", False, "2026-10-25T13:00:00+01:00"),
        ("now", True, "2026-10-26T05:00:00+01:00"),
    ],
)
def test_times_as_a_person_types_them(text: str, last: bool, wanted: str) -> None:
    assert moment(text, NOW, ZONE, last=last) == datetime.fromisoformat(wanted).timestamp()


def test_half_an_hour_after_midnight_it_is_today_here_and_yesterday_in_utc() -> None:
    assert moment("today", BEGIN + 1800, ZONE) == BEGIN


def test_a_time_ago_is_no_option() -> None:
    given = parse(["export", "--from", "-7d", "--to", "-1d"])
    assert not isinstance(given, int)
    assert given.own == {"start": "-7d", "end": "-1d"}


def test_as_a_process_without_a_history_and_with_a_reader_that_has_seen_enough(book: Book, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tui", "export", "--step", "1m"]
    env = environment_in(tmp_path / "home")
    none = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert (none.returncode, none.stdout) == (3, "")
    assert "there is no history to export" in none.stderr
    command += ["--state-dir", str(tmp_path)]
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert (process.stderr.read(), process.wait(30)) == ("", 0)
