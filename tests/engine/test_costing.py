"""Costs for the screen: reckoned beside it, once a minute, from the history and what is counted live."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import threading
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from time import monotonic, sleep, time
from zoneinfo import ZoneInfo

import pytest

from tests.costs.pastof import PastOf
from tui.core.counting.today import Today
from tui.core.events import Event, Noted
from tui.core.model import Device, Endpoint, Fleet, Link, Read
from tui.core.moment import Now
from tui.core.money.cost import day_of, day_span, month_span
from tui.core.money.prices import Prices, read_prices
from tui.core.past.history import Amount, Past
from tui.core.reading import External, Measurement
from tui.core.settings import ConfigFile, Settings
from tui.engine.clock import VirtualClock
from tui.engine.keeping.costing import EVERY_S, HANGS_S, LOOKS_EVERY_S, WORDS, Costing, Costs, meters_of
from tui.engine.keeping.keeper import Keeper
from tui.engine.keeping.pricefile import LARGEST, PriceFile
from tui.engine.trends import Trends

ZONE = ZoneInfo("Europe/Amsterdam")
NOW = Now(datetime(2026, 11, 27, 14, 32, tzinfo=ZONE).timestamp(), 5000.0)
MONTH = datetime(2026, 11, 1, tzinfo=ZONE).timestamp()
PATIENCE_S = 5.0


def house(*external: External) -> Fleet:
    measurement = Read(Measurement({"power_w": 400.0, "tariff": 2.0}, external), NOW)
    p1 = Device("p1", "p1", "HWE-P1", endpoints=(Endpoint("h"),), measurement=measurement, link=Link(last_answer=NOW))
    return Fleet({"p1": p1})


def prices(**table: float | str) -> Prices:
    return read_prices(ConfigFile("c", {"prices": table}))


def past() -> PastOf:
    quarters = [MONTH + 900 * index for index in range(int((NOW.utc - MONTH) // 900))]
    return PastOf({("p1", "energy_import_kwh"): dict.fromkeys(quarters, 0.1)})


def reckoned(costing: Costing, now: Now, after: Now | None = None) -> Costs:
    """What it tells once it has reckoned, at a moment later than `after`."""
    end = monotonic() + PATIENCE_S
    while monotonic() < end:
        costs = costing.ask(now)
        if costs is not None and (after is None or costs.at != after):
            return costs
        sleep(0.001)
    raise AssertionError("nothing was reckoned")


def made(table: Prices, kept: Past | None, live: Today | None = None) -> Costing:
    costing = Costing(table, ZONE, lambda: kept, lambda place, now: live)
    costing.heard(house())
    return costing


def test_today_yesterday_and_this_month_from_the_history() -> None:
    costs = reckoned(made(prices(**{"import": 0.25}), past()), NOW)
    assert costs.today is not None
    assert costs.yesterday is not None
    assert costs.month is not None
    assert costs.today.total == 58 * Decimal("0.025")
    assert costs.yesterday.total == Decimal("2.4")
    assert costs.month.total == (26 * 96 + 58) * Decimal("0.025")
    assert costs.price is None  # it never changes


def test_today_is_what_is_counted_live_also_without_a_history() -> None:
    live = Today({"energy_import_kwh": Amount(4.0, 3600.0)})
    with_history = reckoned(made(prices(import_t2=0.3, **{"import": 0.25}), past(), live), NOW)
    assert with_history.price == (Decimal("0.3"), None, 2)
    alone = reckoned(made(prices(**{"import": 0.25}), None, live), NOW)
    assert alone.today is not None
    assert alone.today.total == Decimal(1)
    assert alone.yesterday is None
    assert alone.month is not None
    assert not alone.month.whole


def test_in_the_first_seconds_of_a_start_today_is_what_the_history_knows() -> None:
    """What is counted live begins with the start, or with 0, until the history has been asked for what was before."""
    for live in (Amount(0.1, 60.0, since=NOW.utc - 60), Amount(0.0, 0.0)):
        costs = reckoned(made(prices(**{"import": 0.25}), past(), Today({"energy_import_kwh": live})), NOW)
        assert costs.today is not None
        assert (costs.today.total, costs.today.whole) == (58 * Decimal("0.025"), True)
    longer = Today({"energy_import_kwh": Amount(9.0, 53000.0, gaps=True)})
    costs = reckoned(made(prices(**{"import": 0.25}), past(), longer), NOW)
    assert costs.today is not None
    assert costs.today.total == Decimal("2.25")


def test_this_month_holds_what_is_counted_live_today_so_that_it_is_never_less() -> None:
    """The history is a minute late. On the first day of a month, or of a history, that would be seen."""
    first = datetime(2026, 11, 1, 0, 20, tzinfo=ZONE).timestamp()
    live = Today({"energy_import_kwh": Amount(0.3, 1200.0)})
    for kept in ({MONTH: 0.2}, {MONTH - 900: 0.5, MONTH: 0.2}, {MONTH - 900: 0.5}):
        known = PastOf({("p1", "energy_import_kwh"): kept})
        costs = reckoned(made(prices(**{"import": 0.25}), known, live), Now(first, 5000.0))
        assert costs.today is not None
        assert costs.month is not None
        assert (costs.today.total, costs.month.total) == (Decimal("0.075"), Decimal("0.075"))
        assert costs.month.whole
    later = reckoned(made(prices(**{"import": 0.25}), past(), Today({"energy_import_kwh": Amount(6.0, 52000.0)})), NOW)
    assert later.month is not None
    assert later.month.total == (26 * 96 + 60) * Decimal("0.025")


def test_a_bar_of_the_graph_costs_what_it_shows() -> None:
    """Its amount is that of the history."""
    costing = made(prices(**{"import": 0.25}), past(), Today({"energy_import_kwh": Amount(9.0, 52000.0)}))
    _, costs = costing.of((day_span(day_of(NOW.utc, ZONE), ZONE), month_span(day_of(NOW.utc, ZONE), ZONE)), NOW)
    assert [cost and cost.total for cost in costs] == [58 * Decimal("0.025"), (26 * 96 + 58) * Decimal("0.025")]


FAULTS = (
    sqlite3.OperationalError("disk I/O error"),
    KeyError("x"),
    MemoryError(),
    InvalidOperation(),
    TypeError("None"),
)


async def told(keeper: Keeper, clock: VirtualClock, heard: list[Event], count: int) -> str:
    """The text of its note of this number, while the costs are asked for and time goes on."""
    end = monotonic() + PATIENCE_S
    while len(heard) < count and monotonic() < end:
        keeper.costs(clock.now())
        await clock.advance(EVERY_S / 4)
    event = heard[count - 1]
    assert isinstance(event, Noted)
    return event.text


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: type(fault).__name__)
async def test_whatever_fails_in_reckoning_is_a_note_and_is_tried_again(
    fault: Exception, capfd: pytest.CaptureFixture[str]
) -> None:
    class Failing(PastOf):
        def begins(self, place: str) -> float | None:
            if faults:
                raise faults[0]
            return super().begins(place)

    faults, clock, heard = [fault], VirtualClock(NOW.utc), list[Event]()
    keeper = Keeper(Settings(prices=prices(**{"import": 0.25})), clock, Trends(), None)
    keeper.past = Failing(past().quarters)
    running = asyncio.create_task(keeper.run(heard.append))
    keeper.heard(Noted("a", "b", NOW), house())

    assert await told(keeper, clock, heard, 1) == WORDS["bug"]
    assert keeper.costs(clock.now()) is None  # no figure of before stays as if it were new
    faults.clear()
    assert await told(keeper, clock, heard, 2) == ""
    assert keeper.costs(clock.now()) is not None
    assert not running.done()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert capfd.readouterr() == ("", "")


def test_without_room_for_a_thread_the_costs_wait_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    costing = made(prices(**{"import": 0.25}), past())
    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", full)
        assert costing.ask(NOW) is None
    assert reckoned(costing, NOW.plus(EVERY_S)).today is not None


async def test_a_disk_that_does_not_answer_is_told_and_the_costs_of_before_are_not() -> None:
    gate, pace, clock, heard = threading.Event(), VirtualClock(), VirtualClock(NOW.utc), list[Event]()
    gate.set()

    class Hanging(PastOf):
        def begins(self, place: str) -> float | None:
            gate.wait(PATIENCE_S)
            return super().begins(place)

    kept = Hanging(past().quarters)
    costing = Costing(prices(**{"import": 0.25}), ZONE, lambda: kept, lambda place, now: None, pace)
    costing.heard(house())
    first = reckoned(costing, NOW)
    gate.clear()
    assert costing.ask(NOW.plus(EVERY_S)) is first
    await pace.advance(HANGS_S + 1)
    assert costing.ask(NOW.plus(EVERY_S)) is None
    watching = asyncio.create_task(costing.watch(heard.append, clock))
    await clock.advance(1.0)
    assert [event.text for event in heard if isinstance(event, Noted)] == [WORDS["disk"]]
    gate.set()
    assert reckoned(costing, NOW.plus(EVERY_S)).at == NOW.plus(EVERY_S)
    await clock.advance(LOOKS_EVERY_S)
    assert [event.text for event in heard if isinstance(event, Noted)] == [WORDS["disk"], ""]
    watching.cancel()
    with pytest.raises(asyncio.CancelledError):
        await watching


def test_asking_never_waits_and_asks_the_disk_once_a_minute_after_a_few_times_at_the_start() -> None:
    gate, kept = threading.Event(), past()

    class Slow(PastOf):
        def begins(self, place: str) -> float | None:
            gate.wait(PATIENCE_S)
            return super().begins(place)

    slow = Slow(kept.quarters)
    costing = made(prices(**{"import": 0.25}), slow)
    assert [costing.ask(NOW.plus(second)) for second in range(3)] == [None] * 3  # the disk has not answered
    assert slow.asked == 0
    gate.set()
    at, last = NOW, reckoned(costing, NOW)
    for every_s in (5, 10, 20, 40, 60, 60):  # after a start what was before comes in bit by bit
        asked = slow.asked
        assert costing.ask(at.plus(every_s - 1)) is last
        assert slow.asked == asked
        at = at.plus(every_s)
        last = reckoned(costing, at, last.at)
        assert last.at == at


def test_the_next_price_is_told_when_it_begins(tmp_path: Path) -> None:
    file = tmp_path / "p.csv"
    file.write_text("\n".join(f"2026-11-27T{hour:02}:00,0.{hour + 10}" for hour in range(24)))
    costing = made(prices(file=str(file)), past())
    now = NOW.plus(28 * 60 - 5)
    before = reckoned(costing, now)
    after = reckoned(costing, now.plus(6), before.at)
    assert [costs.price and costs.price.price for costs in (before, after)] == [Decimal("0.24"), Decimal("0.25")]


def test_the_meters_of_the_bill() -> None:
    gas, heat = (
        External("gas_meter", "1", 5.0, "m\N{SUPERSCRIPT THREE}", None),
        External("heat_meter", "2", 5.0, "MJ", None),
    )
    odd, warm = External("water_meter", "3", 5.0, "gallons", None), External("warm_water_meter", "4", 5.0, "m3", None)
    inlet = External("inlet_heat_meter", "5", 5.0, "GJ", None)
    meters = meters_of(house(gas, heat, odd, warm, inlet), NOW)
    assert meters.grid == ("p1",)
    assert {name: (meter.place, meter.per_unit) for name, meter in meters.others.items()} == {
        "gas": ("p1/gas_meter", 1),
        "heat": ("p1/heat_meter", Decimal("0.001")),
        "warm_water": ("p1/warm_water_meter", 1),
    }


def test_a_keeper_without_prices_tells_nothing() -> None:
    keeper = Keeper(Settings(), VirtualClock(), Trends(), None)
    assert keeper.costs(NOW) is None


async def test_what_is_wrong_with_the_file_is_a_note_until_it_is_right(tmp_path: Path) -> None:
    file, clock, heard = tmp_path / "p.csv", VirtualClock(NOW.utc), list[Event]()
    keeper = Keeper(Settings(prices=prices(file=str(file))), clock, Trends(), None)
    running = asyncio.create_task(keeper.run(heard.append))
    keeper.heard(Noted("a", "b", NOW), house())

    words = "the file of prices cannot be used as it is"
    assert (
        await told(keeper, clock, heard, 1)
        == f"{words}: {file}: there is no such file: see prices.file in the config file"
    )
    file.write_text("2026-11-27T00:00,0.1\n2026-11-27T01:00,0.2\n")
    assert await told(keeper, clock, heard, 2) == ""
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


def write(path: Path, text: str | bytes, ago_s: float = 60.0) -> None:
    """A file that was written so long ago."""
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    then = time() - ago_s
    os.utime(path, (then, then))


def prices_in(file: PriceFile) -> list[str]:
    return [str(step.into) for step in file.read().steps]


def test_the_file_is_read_again_only_when_it_changes(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    write(path, "2026-11-27T00:00,0.1\n2026-11-27T01:00,0.2\n")
    file = PriceFile(path, ZONE)
    first = file.read()
    assert file.read() is first
    write(path, "2026-11-27T00:00,0.1\n2026-11-27T01:00,0.25", 50)
    assert prices_in(file) == ["0.1", "0.25"]
    path.unlink()
    assert file.read().steps == ()
    assert file.faults == (f"{path}: there is no such file: see prices.file in the config file",)


def test_while_a_file_is_written_the_prices_of_before_hold(tmp_path: Path) -> None:
    """Half a price looks like a price."""
    path = tmp_path / "p.csv"
    whole, half = "2026-11-27T00:00,0.1\n2026-11-27T01:00,0.25\n", "2026-11-27T00:00,0.1\n2026-11-27T01:00,0.2"
    write(path, half, 0)
    fresh = PriceFile(path, ZONE)
    assert prices_in(fresh) == ["0.1"]
    write(path, half, 60)
    assert prices_in(fresh) == ["0.1", "0.2"]
    write(path, whole, 60)
    assert prices_in(fresh) == ["0.1", "0.25"]
    write(path, half, 0)
    assert prices_in(fresh) == ["0.1", "0.25"]
    write(path, half.replace("0.1", "0.3"), 60)
    assert prices_in(fresh) == ["0.3", "0.2"]


def test_what_is_no_file_of_prices_is_named(tmp_path: Path) -> None:
    def fault(path: Path) -> str:
        file = PriceFile(path, ZONE)
        assert file.read().steps == ()
        (told,) = file.faults
        return told.removeprefix(f"{path}: ")

    pipe, empty, large, loop, wide = (tmp_path / name for name in ("pipe", "empty", "large", "loop", "wide"))
    os.mkfifo(pipe)
    loop.symlink_to(loop)
    empty.write_bytes(b"")
    wide.write_bytes("2026-11-27T00:00,0.1\n".encode("utf-16"))
    with large.open("wb") as file:
        file.truncate(LARGEST + 1)
    see = "see prices.file in the config file"
    assert fault(pipe) == fault(tmp_path) == f"it is not a regular file: {see}"
    assert fault(empty) == "there is no price in it from this month on: look at the job that writes it"
    assert fault(large) == "larger than 16 MiB: leave out old prices"
    assert fault(wide) == "it is not text in UTF-8, but perhaps in UTF-16: save it as UTF-8"
    assert fault(loop) == f"Too many levels of symbolic links: {see}"


def test_costs_are_reckoned_anew_at_once_when_there_is_a_history() -> None:
    kept: list[Past] = []
    costing = Costing(prices(**{"import": 0.3}), ZONE, lambda: kept[0] if kept else None, lambda place, now: None)
    costing.heard(house())
    first = reckoned(costing, NOW)
    soon = NOW.plus(1.0)
    assert costing.ask(soon) is first
    kept.append(past())
    again = reckoned(costing, soon, after=NOW)
    assert (first.today, again.today is not None) == (None, True)
