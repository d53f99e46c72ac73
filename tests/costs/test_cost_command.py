"""`hwtui cost`: what it tells of a history, and what it says where it cannot."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from contextlib import nullcontext
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.costs.pastof import PastOf
from tui.core.model import DeviceSetting, Role
from tui.core.money.cost import day_span
from tui.core.money.prices import read_prices
from tui.core.past.history import Past, Series
from tui.core.settings import ConfigFile, Settings, SettingsError
from tui.engine.commands import cost as command
from tui.engine.commands.cost import cost
from tui.engine.commands.costmeters import UnclearError, meters_in
from tui.engine.commands.run import Output

ZONE = ZoneInfo("Europe/Amsterdam")
NOW = datetime(2026, 11, 27, 14, 32, tzinfo=ZONE).timestamp()
BEGINS = datetime(2026, 11, 24, tzinfo=ZONE).timestamp()
P1 = Series(1, "p1", "", "4530")
GAS = Series(2, "p1", "gas_meter", "4730", "m3")


def past(*, hole: bool = False) -> PastOf:
    starts = [BEGINS + 900 * index for index in range(int((NOW - BEGINS) // 900))]
    missing = day_span(date(2026, 11, 26), ZONE).start + 3600
    kept = [start for start in starts if not hole or not missing <= start < missing + 7200]
    return PastOf(
        {
            ("p1", "energy_import_kwh"): dict.fromkeys(kept, 0.1),
            ("p1", "energy_export_kwh"): dict.fromkeys(kept, 0.025),
            ("p1/gas_meter", "total"): dict.fromkeys(starts, 0.02),
        },
        (P1, GAS),
    )


class Told(Output):
    def __init__(self) -> None:
        super().__init__()
        self.text = ""

    def lines(self, texts: Any) -> None:
        self.text += "".join(f"{text}\n" for text in texts)


def run(
    monkeypatch: pytest.MonkeyPatch,
    kept: Past | None,
    table: Mapping[str, Any] | None = None,
    **given: Any,
) -> tuple[int, str]:
    monkeypatch.setattr(command, "open_past", lambda folder, zone: nullcontext(kept))
    table = {"import": 0.25, "export": 0.05, "gas": 1.4, "fixed": 1} if table is None else table
    prices = read_prices(ConfigFile("c", {"prices": table})) if table else None
    told = Told()
    code = asyncio.run(cost(Settings(prices=prices, state_dir=Path("/nowhere")), given, told, NOW))
    return code, told.text


def test_today_yesterday_and_this_month(monkeypatch: pytest.MonkeyPatch) -> None:
    code, text = run(monkeypatch, past())
    assert text.splitlines() == [
        "            in kWh  out kWh  gas m3   cost",
        "today        5.800    1.450    1.16   4.00",
        "yesterday    9.600    2.400    1.92   5.97",
        "this month  34.600    8.650    6.92  21.91  since 2026-11-24 00:00",
        "price now   0.250 a kWh",
    ]
    assert code == 1  # the month is not whole


def test_warm_water_has_a_price_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """That of a heat network is several times that of cold water."""
    kept = past()
    kept.quarters = {**kept.quarters, ("p1/warm_water_meter", "total"): kept.quarters["p1/gas_meter", "total"]}
    kept.all_series = (P1, GAS, Series(3, "p1", "warm_water_meter", "5730", "m3"))
    cold = {"import": 0.25, "export": 0.05, "water": 1.1}
    _, text = run(monkeypatch, kept, cold)
    assert text.splitlines()[2].split() == ["yesterday", "9.600", "2.400", "2.28"]
    _, text = run(monkeypatch, kept, {**cold, "warm_water": 8.5})
    assert text.splitlines()[0].split() == ["in", "kWh", "out", "kWh", "warm", "m3", "cost"]
    assert text.splitlines()[2].split() == ["yesterday", "9.600", "2.400", "1.920", "18.60"]
    _, text = run(monkeypatch, kept, {"warm_water": 8.5}, json=True)
    assert json.loads(text)["spans"][1]["parts"] == {"warm_water": "16.32"}


def test_a_table_of_days_with_its_sum_and_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    code, text = run(monkeypatch, past(hole=True), start="2026-11-25", end="2026-11-26")
    assert text.splitlines()[1:4] == [
        "2026-11-25   9.600    2.400    1.92   5.97",
        "2026-11-26   8.800    2.200    1.92   5.78  without 2 h that were not counted",
        "sum         18.400    4.600    3.84  11.75  without 2 h that were not counted",
    ]
    assert code == 1
    assert run(monkeypatch, past(), start="2026-11-25", end="2026-11-26")[0] == 0


def test_from_62_days_on_it_is_a_table_of_months(monkeypatch: pytest.MonkeyPatch) -> None:
    _, text = run(monkeypatch, past(), start="2026-09-27", end="2026-11-27")
    assert [line.split()[0] for line in text.splitlines()[1:3]] == ["2026-11", "sum"]
    assert run(monkeypatch, past(), start="2000-01-01")[1].splitlines()[1].startswith("2026-11")
    _, text = run(monkeypatch, past(), start="2026-09-28", end="2026-11-27")
    assert [line.split()[0] for line in text.splitlines()[1:3]] == ["2026-11-24", "2026-11-25"]


def test_json_has_every_digit_as_text(monkeypatch: pytest.MonkeyPatch) -> None:
    table = {"import": 0.123456789, "currency": "EUR"}
    _, text = run(monkeypatch, past(), table, start="2026-11-25T00:00", end="2026-11-25T01:00+01:00", json=True)
    told = json.loads(text)
    first = told["spans"][0]
    assert (first["from"], first["to"]) == ("2026-11-25T00:00:00+01:00", "2026-11-25T01:00:00+01:00")
    assert (first["import_kwh"], first["cost"], first["whole"]) == ("0.4", "0.0493827156", False)
    assert first["unpriced_kwh"] == {"export": "0.1"}
    assert told["currency"] == "EUR"
    assert told["price_now"] == {"price_kwh": "0.123456789", "until": None}


def test_prices_of_a_file_and_its_bad_lines(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "prices.csv"
    rows = [f"2026-11-{day}T{hour:02}:00,0.{hour + 10}" for day in (25, 27) for hour in range(24)]
    file.write_text("\n".join([*rows, "never,1\n"]))
    code, text = run(monkeypatch, past(), {"file": str(file)}, start="2026-11-25", end="2026-11-25")
    row = "2026-11-25   9.600    2.400  2.06  without 2.400 kWh to grid that have no price"
    assert text.splitlines()[1] == row  # 0.4 kWh x (0.10 + ... + 0.33)
    assert text.splitlines()[-2:] == ["price now   0.240 a kWh until 15:00", "cheapest    0.253 at 14:45-16:45"]
    assert capsys.readouterr().err == f'hwtui: {file}:49: "never" is not a time: use one like 2026-01-31T14:00+01:00\n'
    assert code == 1


@pytest.mark.parametrize(
    ("kept", "table", "sentence"),
    [
        (None, None, "there is no history yet"),
        (PastOf({}), None, "nothing of a P1 meter was kept yet"),
        (past(), {}, "there are no prices: write them into the config file, like this:\n\n[prices]\nimport = 0.27"),
    ],
)
def test_where_it_cannot_tell_it_says_why(
    kept: Past | None,
    table: Mapping[str, Any] | None,
    sentence: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(monkeypatch, kept, table)[0] == 3
    assert capsys.readouterr().err.startswith(f"hwtui: {sentence}")


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"start": "x"}, '--from: "x" is no time: use a day like 2026-01-31'),
        ({"end": "0001-01-01T00:00+14:00"}, "--to: the year is out of range"),
        ({"start": "1999-12-31"}, "--from: the year is out of range: use one from 2000 to 2099"),
        ({"start": "2026-11-27T14:07"}, "--from: use a time on a quarter of an hour"),
        ({"start": "2027-01-01"}, "--from: it must be before --to, or before now"),
    ],
)
def test_a_wrong_time_is_named(given: dict[str, str], sentence: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsError) as caught:
        run(monkeypatch, past(), None, **given)
    assert str(caught.value).startswith(sentence)


@pytest.mark.parametrize(
    ("start", "same"), [("yesterday", "2026-11-26"), ("-2d", "2026-11-25"), ("-1h", "2026-11-27T13:30")]
)
def test_times_may_be_told_as_to_export(start: str, same: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(monkeypatch, past(), start=start) == run(monkeypatch, past(), start=same)


def test_the_meter_of_the_house_is_found_in_the_history() -> None:
    solar, other, old = Series(3, "kwh", "", ""), Series(4, "p2", "", "9999"), Series(5, "p0", "", "4530")
    assert meters_in(PastOf({}, (P1, GAS, solar)), {}, NOW).grid == ("p1",)
    assert meters_in(PastOf({}, (old, P1)), {}, NOW).grid == ("p1",)  # a new dongle on the same meter
    with pytest.raises(UnclearError, match=r'2 P1 meters on different smart meters \(p1, p2\).*role = "grid"'):
        meters_in(PastOf({}, (P1, other)), {}, NOW)
    words = {"p2": DeviceSetting(role=Role.GRID)}
    assert meters_in(PastOf({}, (P1, other)), words, NOW).grid == ("p2",)
    kept = PastOf({("w", "water_total_m3"): {BEGINS: 0.1}}, (P1, GAS, Series(6, "w", "", "")))
    assert {name: meter.place for name, meter in meters_in(kept, {}, NOW).others.items()} == {
        "gas": "p1/gas_meter",
        "water": "w",
    }
