"""The past of a demo: its sums, its seam with the live house, its days and seasons."""

from __future__ import annotations

import asyncio
import itertools
import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime
from threading import Event
from time import monotonic
from typing import NamedTuple

import pytest

from tui.core.api import v2
from tui.core.api.v1 import parse_measurement
from tui.core.events import Measured
from tui.core.model import Fleet, key_of
from tui.core.moment import Now
from tui.core.past.history import DAY, MINUTE, QUARTER, TOTAL, Row, place_of
from tui.core.reading import Measurement, System
from tui.core.settings import Settings
from tui.engine.clock import VirtualClock
from tui.engine.demo.devices import SimulatedDevice
from tui.engine.demo.history import DemoHistory
from tui.engine.demo.house import ZONE
from tui.engine.demo.household import DEFAULT_START, HOUSEHOLDS, Household
from tui.engine.demo.meters import glance, looking
from tui.engine.demo.past import GAP_HOURS, fill
from tui.engine.demo.still import Still
from tui.engine.history.memory import in_memory
from tui.engine.history.reader import Reader
from tui.engine.keeping.keeper import Keeper
from tui.engine.trends import Trends

DAYS, MINUTE_DAYS = 9, 1
P1 = "SELECT id FROM series WHERE kind = '' AND meter != ''"


@pytest.fixture(scope="module")
def house() -> Household:
    return Household("nl", lives=True)


@pytest.fixture(scope="module")
def past(house: Household) -> Iterator[sqlite3.Connection]:
    connection = in_memory("past")
    fill(connection, house, DAYS, minute_days=MINUTE_DAYS)
    with closing(connection):
        yield connection


def all_of(past: sqlite3.Connection, sql: str) -> list[tuple[int, ...]]:
    return past.execute(sql).fetchall()


def test_the_amounts_of_a_day_are_the_sums_of_its_quarters_and_hours(past: sqlite3.Connection) -> None:
    for amount in ("energy_import_kwh", "energy_export_t2_kwh", TOTAL, "water_total_m3"):
        sums = f"sum({amount}_amount), sum(covered_s), count({amount}_amount)"
        cut = int(datetime(2026, 6, 12, tzinfo=ZONE).timestamp()) // 60 * 1024
        for series in range(1, 9):
            where = f"WHERE id % 1024 = {series} AND id < {cut}"
            days = all_of(past, f"SELECT {sums} FROM day {where}")[0]
            for level in ("hour", "quarter"):
                assert all_of(past, f"SELECT {sums} FROM {level} {where}")[0][:2] == days[:2]
            assert days[2] in (0, DAYS)


def test_a_counter_moved_what_its_rows_say(past: sqlite3.Connection) -> None:
    """Also across the night when nothing was measured: what moved then is a gap, and in no row."""
    rows = all_of(past, f"SELECT energy_import_kwh, energy_import_kwh_amount, id FROM quarter WHERE id % 1024 = ({P1})")
    (gap,) = all_of(
        past, f"SELECT start, until, amount FROM gap WHERE series = ({P1}) AND quantity = 'energy_import_kwh'"
    )
    assert gap[1] - gap[0] == GAP_HOURS * 3600
    moved_kwh = (rows[-1][0] - rows[0][0]) / 1000
    assert moved_kwh == pytest.approx((sum(row[1] for row in rows[1:]) + gap[2]) / 1e6, abs=0.001)
    assert all(one[0] <= two[0] for one, two in itertools.pairwise(rows))
    assert not [row for row in rows if gap[0] <= row[2] // 1024 * 60 < gap[1]]


def measured_by(device: SimulatedDevice) -> Measurement | None:
    """What a device says now, over API v1 if it speaks that."""
    if device.v2 and not device.announces_v1:
        return v2.parse_measurement(json.loads(device.v2.topics["measurement"]()))
    parsed = parse_measurement(json.loads(device.answer("GET", "/api/v1/data").body))
    return parsed[0] if parsed else None


@pytest.mark.parametrize(("name", "into_s"), [*((name, 60) for name in HOUSEHOLDS), ("nl", 0), ("be", 840)])
def test_the_live_house_goes_on_where_its_past_ends(name: str, into_s: int) -> None:
    utc = DEFAULT_START.utc - DEFAULT_START.utc % 900 + into_s - 6 * 3600  # of the morning: less of a day to fill
    house = Household(name, start=Now(utc, 0.0), lives=True)
    with closing(in_memory(f"{name}{into_s}")) as past:
        fill(past, house, 0)
        past.row_factory = sqlite3.Row
        newest = {
            (row["device"], row["kind"]): row for row in past.execute("SELECT * FROM minutes ORDER BY start").fetchall()
        }
    seen = 0
    for device in house.devices:
        row = newest.get((device.serial, ""))
        measured = measured_by(device) if row else None
        if row is None or measured is None:
            continue
        assert row["start"] + 60 == utc
        for quantity in ("energy_import_kwh", "energy_export_kwh", "energy_import_t1_kwh", "water_total_m3"):
            if (value := measured.number(quantity)) is not None:
                assert row[quantity] == pytest.approx(value, abs=0.0011)
                seen += 1
        for meter in measured.external:
            if (behind := newest.get((device.serial, meter.type))) is not None:
                assert behind["total"] <= meter.value + 0.0011
                assert meter.value - behind["total"] < 0.2
        power = measured.number("power_w")
        if power is not None and name != "onsite":
            assert row["power_w_min"] - 3000 <= power <= row["power_w_max"] + 3000
    assert seen >= 3


def test_minutes_then_quarters_and_no_row_ends_in_the_future(past: sqlite3.Connection) -> None:
    end = DEFAULT_START.utc
    for level, span in (("minute", 60), ("quarter", 900), ("hour", 3600), ("day", 86400)):
        first, last = all_of(past, f"SELECT min(id), max(id) FROM {level}")[0]
        assert last // 1024 * 60 + span <= end
        begun = (end - first // 1024 * 60) / 86400
        assert begun == pytest.approx(min(DAYS, MINUTE_DAYS if level == "minute" else DAYS) + 0.6, abs=0.1)
    assert {row[0] for row in all_of(past, "SELECT began FROM series")} == {first // 1024 * 60}


def watts(house: Household, month: int, day: int, hour: float) -> dict[str, float]:
    second = int(datetime(2026, month, day, tzinfo=ZONE).timestamp() + hour * 3600)
    seen = [glance(house.house, second + 37 * minute) for minute in range(30)]
    return {name: sum(one.watts[name] for one in seen) / 30 for name in seen[0].watts} | {
        "gas": sum(one.gas_m3_s for one in seen) * 120
    }


def test_nights_are_dark_and_winters_cold(house: Household) -> None:
    noons = [min(watts(house, month, day, 13)["Solar"] for day in range(1, 11)) for month in (1, 6)]
    assert noons[1] < 2 * noons[0] < -200
    for month in (1, 6, 12):
        assert watts(house, month, 5, 1)["Solar"] == 2.0
    winter, summer = watts(house, 1, 20, 8), watts(house, 7, 20, 8)
    assert winter["Heat pump"] > 500 > 10 > summer["Heat pump"]
    assert sum(watts(house, 1, day, 19)["gas"] for day in range(10, 20)) > 2 * sum(
        watts(house, 7, day, 19)["gas"] for day in range(10, 20)
    )


def test_for_two_days_nobody_was_there(past: sqlite3.Connection) -> None:
    water = [
        row[0] for row in all_of(past, "SELECT water_total_m3_amount FROM day WHERE water_total_m3 NOTNULL ORDER BY id")
    ]
    assert len(water) == DAYS
    assert sorted(water)[:2] == [0, 0]
    assert water.index(0) + 1 == len(water) - water[::-1].index(0) - 1
    assert all(amount > 50_000 for amount in sorted(water)[2:])


def test_without_a_past_the_house_is_as_ever() -> None:
    assert glance(Household().house, int(DEFAULT_START.utc)).watts["Solar"] < -500
    midnight = Now(DEFAULT_START.utc + 12 * 3600, 0.0)
    assert Household(start=midnight).house.watts["Solar"] < -500
    assert Household(start=midnight, lives=True).house.watts["Solar"] == 2.0


def test_it_is_filled_in_the_background_and_read_meanwhile(house: Household) -> None:
    history = DemoHistory(house, 1)
    with closing(sqlite3.connect(history.address, uri=True)) as reader:
        reader.execute("PRAGMA read_uncommitted = 1")
        until = monotonic() + 20
        while not (count := reader.execute("SELECT count(*) FROM minute").fetchone()[0]):
            assert monotonic() < until, "nothing was ever filled in"
        history.wait()
        assert reader.execute("SELECT count(*) FROM minute").fetchone()[0] > count
        assert reader.execute("SELECT count(*) FROM day").fetchone()[0] == 9
    history.close()
    history.close()


def test_it_stops_when_told(house: Household) -> None:
    with closing(in_memory("stopped")) as past:
        asked = iter([False, True])
        fill(past, house, 300, lambda: next(asked))
        assert past.execute("SELECT count(*) FROM day").fetchone() == (0,)


async def test_memory_is_filled_with_it_and_what_is_reckoned_waits_until_it_reaches_back_to_yesterday(
    house: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    go = Event()

    def slowly(
        connection: sqlite3.Connection, home: Household, days: int, stopped: Callable[[], bool], until: None
    ) -> None:
        go.wait(20)
        fill(connection, home, days, stopped, until=until)

    monkeypatch.setattr("tui.engine.demo.history.fill", slowly)
    monkeypatch.setattr("tui.engine.history.held.LOOKS_S", 0.01)
    history, trends, clock = DemoHistory(house, 1), Trends(), VirtualClock(house.house.start + 60.0)
    keeper = Keeper(Settings(), clock, trends, None, history)
    grid = house.devices[0].serial
    trends.add(key_of(grid), {"power_w": 500.0}, clock.now().utc)
    work = asyncio.create_task(keeper.run(lambda event: None))
    await asyncio.sleep(0)
    keeper.heard(Measured(grid, Measurement(values={}), System(), clock.now(), 0.0, 1.0), Fleet())
    seen = [keeper.whole_past]
    assert keeper.past is not None
    go.set()
    async with asyncio.timeout(20):
        while trends.oldest(key_of(grid), "power_w") > clock.now().utc - 80_000:  # noqa: ASYNC110 - a thread fills it
            await asyncio.sleep(0.01)
    assert seen == [None]
    assert keeper.whole_past is keeper.past
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)
    history.close()


class StillClock:
    """The clock of a house that is moved on."""

    def __init__(self, still: Still) -> None:
        self._still = still

    def now(self) -> Now:
        return self._still.now

    async def sleep(self, seconds: float) -> None:
        """Until the house has been moved on so far."""
        until = self._still.now.monotonic + seconds
        while self._still.now.monotonic < until:  # noqa: ASYNC110 - nobody says so when it is moved
            await asyncio.sleep(0.01)


class Lived(NamedTuple):
    """A demo, and what it keeps."""

    still: Still
    keeper: Keeper
    reader: Reader

    def quarters(self, place: str, hours: float) -> list[Row]:
        """Those of the last hours that have ended."""
        end = int(self.still.now.utc) // 900 * 900 - 900
        return list(self.reader.rows(place, QUARTER, end - hours * 3600, end))


@pytest.fixture(scope="module")
def lived() -> Iterator[Lived]:
    """A house with a day of past that has lived from half past eleven in the evening until one."""
    evening = Now(datetime(2026, 6, 12, 23, 30, 20, tzinfo=ZONE).timestamp(), 0.0)
    home = Household("be", lives=True, start=evening)
    still, history = Still(home, evening), DemoHistory(home, 1)
    history.wait()
    keeper = Keeper(Settings(grid=home.grid), StillClock(still), still.trends, None, history)

    async def live() -> None:
        keeping = asyncio.create_task(keeper.run(lambda event: None))
        await asyncio.sleep(0.1)
        still.listeners.append(keeper.heard)
        still.run(40)
        await keeper.counting.ask(history.reader, still.now)
        still.run(5600, 100)
        async with asyncio.timeout(20):
            while newest_of(history) + 200 < still.now.utc:  # noqa: ASYNC110 - a thread writes it
                await asyncio.sleep(0.01)
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)

    asyncio.run(live())
    yield Lived(still, keeper, history.reader)
    history.close()


def newest_of(history: DemoHistory) -> int:
    there = history.reader.bounds()
    return there.newest if there else 0


def test_what_a_demo_lives_is_counted_on_from_its_past_without_a_gap(lived: Lived) -> None:
    for series in lived.reader.series():
        place = place_of(series.device, series.kind)
        rows = lived.quarters(place, 12)
        assert [row.covered_s for row in rows] == [900] * 48, place


def test_a_day_of_it_turns_at_its_midnight(lived: Lived) -> None:
    grid, midnight = lived.still.household.devices[0].serial, int(datetime(2026, 6, 13, tzinfo=ZONE).timestamp())
    (yesterday,) = lived.reader.rows(grid, DAY, midnight - 86400, midnight)
    (at_midnight,) = lived.reader.rows(grid, MINUTE, midnight - 60, midnight)
    today = lived.keeper.today(grid, lived.still.now)
    measured = lived.still.fleet.devices[grid].measurement
    assert today is not None
    assert measured is not None
    for name in ("energy_import_kwh", "energy_export_kwh"):
        told, before = today.today[name], today.yesterday[name]
        now = measured.value.values[name]
        assert told is not None
        assert before is not None
        assert isinstance(now, float)
        assert told.value == pytest.approx(now - at_midnight.readings[name], abs=0.05)  # it believes one answer late
        assert before.value == pytest.approx(yesterday.amounts[name], abs=0.002)
        assert (round(before.covered_s), yesterday.covered_s, before.gaps, told.gaps) == (86400, 86400, False, False)


def test_a_graph_of_days_goes_on_while_it_lives(lived: Lived) -> None:
    grid, now = lived.still.household.devices[0].serial, int(lived.still.now.utc)
    began = lived.still.household.house.start
    columns = lived.reader.window(grid, "power_w", began - 7200, now - now % 900 - 900, 20)
    assert None not in columns
    assert lived.reader.window(grid, "power_w", began + 600, now - 600, 1)[0] is not None
    (bar,) = lived.reader.amounts(grid, "energy_import_kwh", (began // 900 * 900, now // 900 * 900 - 900))
    assert bar is not None
    assert not bar.gaps


def test_the_flemish_car_beats_the_peak_of_the_month_in_the_evening_and_was_never_there_before() -> None:
    start = datetime(2026, 6, 12, 17, 0, tzinfo=ZONE).timestamp()
    home = Household("be", lives=True, start=Now(start, 0.0))
    evening = int(start) + 2 * 3600
    seen = [glance(home.house, evening + at).net_w for at in range(-900, 0, 60)]
    assert sum(seen) / len(seen) > home.house.reading().peak.watts
    assert glance(home.house, evening - 86400).watts["Car"] == 0.0
    assert "Car" not in Household("nl", lives=True).house.circuits
    assert "Car" not in Household("be").house.circuits


def test_the_battery_has_a_past_that_its_counters_and_the_grid_agree_with(past: sqlite3.Connection) -> None:
    """It loses what a live one loses, and the grid was near 0 where the battery could see to it."""
    (battery,) = all_of(past, "SELECT id FROM series WHERE device = '5c2faf9ded45'")[0]
    taken, given = "energy_import_kwh_amount", "energy_export_kwh_amount"
    days = all_of(past, f"SELECT {taken}, {given} FROM day WHERE id % 1024 = {battery}")
    assert all(day[0] > 1_000_000 for day in days)
    assert 0.72 < sum(day[1] for day in days) / sum(day[0] for day in days) < 0.87
    cycles, charges = zip(
        *all_of(past, f"SELECT cycles, state_of_charge_pct_max FROM day WHERE id % 1024 = {battery} ORDER BY id"),
        strict=True,
    )
    assert cycles[-1] - cycles[0] == pytest.approx(sum(day[1] for day in days[1:]) / 1e6 / 2.2477, abs=1)
    assert 950 < max(charges) <= 1000  # tenths of a percent
    low, high = all_of(past, f"SELECT min(power_w_min), max(power_w_max) FROM minute WHERE id % 1024 = {battery}")[0]
    assert (low, high) == (-8000, 8000)  # tenths of a watt
    both = all_of(
        past,
        f"SELECT b.power_w_mean, g.power_w_mean FROM minute b JOIN minute g ON g.id = b.id - {battery} + ({P1}) "
        f"WHERE b.id % 1024 = {battery} AND abs(b.power_w_mean) BETWEEN 1000 AND 7000",
    )
    assert len(both) > 300
    assert sum(abs(grid) < 300 for _, grid in both) > 0.9 * len(both)


def test_the_charge_of_the_past_goes_where_the_power_drives_it_until_the_house_lives(house: Household) -> None:
    look, start = looking(house.house), house.house.start
    day = [look(start - 86400 + 60 * minute) for minute in range(1440)]
    rose = [later.charge - at.charge for at, later in itertools.pairwise(day)]
    assert all(0 <= at.charge <= 1 for at in day)
    assert min(at.charge for at in day) == 0 < 0.9 < max(at.charge for at in day)
    assert max(map(abs, rose)) < 0.01  # 800 W for a minute are 0.5 %
    (pack,) = house.house.group.packs
    assert look(start - start % 900 - 1).charge == pytest.approx(look(start - start % 900).charge, abs=0.002)
    assert look(start).charge == pytest.approx(pack.charge, abs=1e-9)
    assert look(start).watts["Battery"] == pytest.approx(house.house.watts["Battery"])
